//! Scopes to choose from in the form: presets, and a grid of kinds of record by what is done with them.

use super::client::AppKind;

/// Several scopes under one sentence.
#[derive(Clone, Copy, Debug)]
pub struct Preset {
    /// What the form sends.
    pub value: &'static str,
    /// What it says.
    pub words: &'static str,
    /// The scopes.
    pub scopes: &'static str,
}

/// The presets of the form, for apps first.
pub const PRESETS: [Preset; 6] = [
    Preset {
        value: "sign-in",
        words: "Know who signs in and which patient is open",
        scopes: "launch launch/patient openid fhirUser",
    },
    Preset { value: "read", words: "Read everything", scopes: "patient/*.rs" },
    Preset {
        value: "labs",
        words: "Vitals and labs",
        scopes: "patient/Patient.rs patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|vital-signs \
            patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory",
    },
    Preset { value: "write", words: "Write back results", scopes: "patient/Observation.cu" },
    Preset { value: "offline", words: "Keep getting data when the person is away", scopes: "offline_access" },
    Preset { value: "system", words: "Read everything as a backend service", scopes: "system/*.rs" },
];

/// The kinds of record in the grid.
pub const GRID: [&str; 8] = [
    "*",
    "Patient",
    "Observation",
    "Condition",
    "MedicationRequest",
    "AllergyIntolerance",
    "DocumentReference",
    "Encounter",
];

/// What is done with them: the letter of a scope, and the word.
pub const VERBS: [(char, &str); 5] =
    [('r', "read"), ('s', "search"), ('c', "create"), ('u', "update"), ('d', "delete")];

impl Preset {
    /// The kinds of app that it is for, as the form's script compares them.
    pub(crate) fn kinds(&self) -> &'static str {
        if self.is_for_backends() { "backend" } else { "public secret keys" }
    }

    pub(crate) fn is_for_backends(&self) -> bool {
        self.scopes.starts_with("system/")
    }
}

/// The scopes of presets that were ticked.
pub fn of_presets<'a>(ticked: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let known = |value| PRESETS.iter().find(|preset| preset.value == value);
    let presets = ticked.into_iter().filter_map(known);
    presets.flat_map(|preset| preset.scopes.split_whitespace()).map(str::to_owned).collect()
}

/// The scopes of boxes of the grid that were ticked: one a kind of record, its letters in order.
///
/// ```
/// use pages::account::{AppKind, scopes};
///
/// let ticked = ["Observation.s", "Observation.r", "Patient.r", "Nothing.r", "Patient.x"];
/// assert_eq!(scopes::of_grid(ticked, AppKind::Public), ["patient/Patient.r", "patient/Observation.rs"]);
/// assert_eq!(scopes::of_grid(["*.r"], AppKind::Backend), ["system/*.r"]);
/// ```
pub fn of_grid<'a>(ticked: impl IntoIterator<Item = &'a str>, kind: AppKind) -> Vec<String> {
    let ticked: Vec<(&str, &str)> = ticked.into_iter().filter_map(|box_| box_.split_once('.')).collect();
    let level = if kind == AppKind::Backend { "system" } else { "patient" };
    let scope = |record: &&str| {
        let has =
            |letter: &char| ticked.iter().any(|(kind, verb)| kind == record && verb.chars().eq([*letter]));
        let letters: String = ['c', 'r', 'u', 'd', 's'].iter().filter(|letter| has(letter)).collect();
        (!letters.is_empty()).then(|| format!("{level}/{record}.{letters}"))
    };
    GRID.iter().filter_map(scope).collect()
}
