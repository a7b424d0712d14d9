//! Runs the backend-token function on Lambda.

fn main() {}
