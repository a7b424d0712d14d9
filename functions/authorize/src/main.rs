//! Runs the authorize function on Lambda.

fn main() {}
