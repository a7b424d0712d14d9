//! The journey as tables, and as a walk through every combination of what decides it.

mod answers;
mod every_walk;
mod next;
mod progress;
mod world;
