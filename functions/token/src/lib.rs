//! The token function.
