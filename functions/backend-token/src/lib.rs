//! The backend-token function.
