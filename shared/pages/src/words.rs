//! One table from scopes to plain words, and the lines of the consent page that are made from it.
//!
//! No line says a FHIR name, and each holds the exact scopes that it stands for: a person who unticks it withholds
//! just those.

mod categories;
#[cfg(test)]
mod documented;
mod kinds;
mod line;
mod parts;

pub use line::{ConsentLine, Group, lines, listed, sentences};
pub use parts::{ScopePart, parts};

/// Whose record a page talks about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whose {
    /// The reader's own: "your lab results".
    Own,
    /// A patient's, by this name: "Ana Lopez's lab results".
    Patient(String),
}
