//! A template that cannot be read, said in a sentence that names the place.

/// Why a template cannot be used on this machine, and where in it the reason stands.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("template.yaml, {place}: {fault}")]
pub struct TemplateError {
    place: String,
    fault: String,
}

impl TemplateError {
    pub(crate) fn at(place: impl Into<String>, fault: impl Into<String>) -> Self {
        Self { place: place.into(), fault: fault.into() }
    }
}
