//! What a resource type is called in plain words. Types that mean the same to a person share one entry, and so one
//! line of the consent page.

/// Words for a kind of record, ready to be told whose it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phrase {
    /// `before` + "your" + `noun`: "your lab results", "who wrote" + "your" + "records".
    Theirs {
        /// Words in front of the owner.
        before: &'static str,
        /// What is theirs.
        noun: &'static str,
    },
    /// `before` + "you" + `after`: "who treats you and where".
    Them {
        /// Words in front of the person.
        before: &'static str,
        /// Words behind the person.
        after: &'static str,
    },
}

impl Phrase {
    /// The words without whose they are.
    pub(super) const fn noun(self) -> &'static str {
        match self {
            Self::Theirs { noun, .. } => noun,
            Self::Them { before, .. } => before,
        }
    }
}

/// One row of the table.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct RecordKind {
    /// The resource types that mean this to a person.
    pub(super) types: &'static [&'static str],
    /// The words.
    pub(super) phrase: Phrase,
    /// A sentence or two more, for those who ask.
    pub(super) long: &'static str,
    /// Whether seeing it is background ("The app will also know") rather than a part of the record.
    pub(super) background: bool,
}

const fn theirs(noun: &'static str) -> Phrase {
    Phrase::Theirs { before: "", noun }
}

const fn kind(types: &'static [&'static str], phrase: Phrase, long: &'static str) -> RecordKind {
    RecordKind { types, phrase, long, background: false }
}

/// `*`: everything.
pub(super) static WHOLE: RecordKind = kind(
    &["*"],
    Phrase::Theirs { before: "all of ", noun: "health record" },
    "Every kind of record that is here now or comes later: personal details, test results, health problems, \
     medicines, allergies, vaccinations, operations, reports, documents, visits, plans, insurance and all others.",
);

/// What no other row names.
pub(super) static OTHER: RecordKind =
    kind(&[], theirs("other health information"), "A kind of record that is seldom used.");

/// The table.
#[rustfmt::skip]
pub(super) static KINDS: &[RecordKind] = &[
    kind(&["Patient"], theirs("name, contact details and date of birth"),
        "Also sex, language and next of kin, if they are recorded."),
    kind(&["Observation"], theirs("test results and measurements"),
        "Lab results, vital signs, questionnaires, smoking and other social history."),
    kind(&["Condition"], theirs("health problems and diagnoses"),
        "Illnesses and other health concerns, past and present."),
    kind(&["MedicationRequest", "MedicationStatement", "MedicationDispense", "MedicationAdministration", "Medication"],
        theirs("medicines"), "What was prescribed, handed out and taken."),
    kind(&["AllergyIntolerance"], theirs("allergies"),
        "Allergies and intolerances to medicines, food and other things, and how strong they were."),
    kind(&["Immunization"], theirs("vaccinations"), "Which vaccines were given, and when."),
    kind(&["Procedure"], theirs("operations and procedures"), "What was done, when and by whom."),
    kind(&["DiagnosticReport"], theirs("reports of tests and scans"), "Reports of laboratories, scans and other tests."),
    kind(&["DocumentReference", "Binary", "Composition"], theirs("documents and notes"),
        "They may hold anything that a clinician wrote."),
    kind(&["Encounter"], theirs("visits and hospital stays"), "When, where and why the care was given."),
    kind(&["Appointment", "Slot", "Schedule"], theirs("appointments"), "Past and coming appointments and free times."),
    kind(&["CarePlan", "CareTeam", "Goal", "ServiceRequest"], theirs("care plan, care team and goals"),
        "What is planned and ordered, who takes part, and what it is meant to reach."),
    kind(&["Coverage", "ExplanationOfBenefit", "Claim"], theirs("insurance and bills"),
        "Insurance, what was billed and what was paid."),
    kind(&["FamilyMemberHistory"], theirs("family's health history"), "This is about relatives too."),
    kind(&["Device", "DeviceRequest"], theirs("implants and devices"), "Implants and other devices, in use or ordered."),
    kind(&["Consent", "Provenance", "AuditEvent"], Phrase::Theirs { before: "who agreed to, wrote or read ", noun: "records" },
        "What was agreed to, who wrote a record and who looked at it."),
    RecordKind { types: &["Practitioner", "PractitionerRole", "Organization", "Location"],
        phrase: Phrase::Them { before: "who treats ", after: " and where" },
        long: "Names and work addresses of clinicians, hospitals and practices.", background: true },
    kind(&["Specimen", "Media", "ImagingStudy"], theirs("samples, pictures and scans"),
        "Samples that were taken, photographs and scans."),
    kind(&["QuestionnaireResponse"], theirs("answers to forms"), "Questionnaires that were filled in."),
    kind(&["RelatedPerson"], Phrase::Them { before: "people connected with ", after: "" },
        "Family, carers and others, with their contact details."),
];

/// The row of a resource type, if the table has one.
pub(super) fn of(resource_type: &str) -> Option<&'static RecordKind> {
    KINDS.iter().find(|kind| kind.types.contains(&resource_type))
}

/// A FHIR name as words: `GuidanceResponse` is "guidance response".
pub(super) fn spelled_out(resource_type: &str) -> String {
    let mut words = String::new();
    for letter in resource_type.chars() {
        if letter.is_ascii_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.push(letter.to_ascii_lowercase());
    }
    words
}
