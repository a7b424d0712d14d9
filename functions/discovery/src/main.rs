//! Runs the discovery function on Lambda.

fn main() {}
