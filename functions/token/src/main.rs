//! Runs the token function on Lambda.

fn main() {}
