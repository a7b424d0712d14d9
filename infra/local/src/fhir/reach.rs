//! Which patients somebody can see.

/// A set of patients: all there are, or a list of ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    Everyone,
    Only(Vec<&'static str>),
}

impl Reach {
    pub(super) const fn nobody() -> Self {
        Self::Only(Vec::new())
    }

    pub(super) fn contains(&self, patient: &str) -> bool {
        match self {
            Self::Everyone => true,
            Self::Only(ids) => ids.contains(&patient),
        }
    }

    /// This reach, cut down to one patient; nobody if that patient is outside of it or does not exist.
    pub(super) fn narrowed_to(&self, patient: &str) -> Self {
        let known = super::PATIENT_IDS.into_iter().find(|id| *id == patient && self.contains(id));
        Self::Only(known.into_iter().collect())
    }
}
