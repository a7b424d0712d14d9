//! Runs the registration function on Lambda.

fn main() {}
