//! smart.
