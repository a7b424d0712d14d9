//! The lines of the consent page: which scopes share one, and what it says.

use std::borrow::Borrow;

use smart_verify::scope::{
    ExtensionScope, IdentityScope, LastingScope, LaunchScope, Level, Permissions, ResourceScope,
    ResourceType, Scope, ScopeSet,
};

use super::Whose;
use super::categories::{self, Category};
use super::kinds::{self, Phrase, RecordKind};

/// Under which heading of the consent page a line stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// "The app can see".
    See,
    /// "The app can add or change".
    AddOrChange,
    /// "The app can delete".
    Delete,
    /// "The app will also know".
    AlsoKnow,
    /// "For how long".
    Lasting,
}

/// One line of the consent page, and one checkbox unless it is required.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentLine {
    /// The heading that it stands under: that of the strongest thing it allows.
    pub group: Group,
    /// What it says: "See your lab results".
    pub sentence: String,
    /// A sentence or two more, for those who ask.
    pub long: String,
    /// The exact scopes that it stands for, as asked. They are granted or withheld together.
    pub scopes: Vec<String>,
    /// Whether it is text without a checkbox: who the person is and what is open in the app cannot be withheld apart.
    pub required: bool,
}

/// What a set of scopes says in plain words, in the order of the headings and, within one, as asked. Scopes that say
/// the same share a line; every scope of the set is in exactly one.
pub fn lines(scopes: &ScopeSet, whose: &Whose) -> Vec<ConsentLine> {
    let mut lines: Vec<ConsentLine> = Vec::new();
    for scope in scopes.iter() {
        let line = line(scope, whose);
        match lines.iter_mut().find(|known| known.sentence == line.sentence) {
            Some(known) => known.scopes.extend(line.scopes),
            None => lines.push(line),
        }
    }
    lines.sort_by_key(|line| line.group);
    lines
}

/// What a set of scopes says once it is granted, in the same order and words. For how long is said elsewhere.
///
/// ```
/// use pages::words::{Whose, sentences};
/// use smart_verify::scope::ScopeSet;
///
/// let granted = ScopeSet::parse("openid offline_access patient/Immunization.rs");
/// assert_eq!(sentences(&granted, &Whose::Own), ["See your vaccinations", "Know who you are"]);
/// ```
pub fn sentences(scopes: &ScopeSet, whose: &Whose) -> Vec<String> {
    let lines = lines(scopes, whose).into_iter().filter(|line| line.group != Group::Lasting);
    lines.map(|line| line.sentence).collect()
}

fn line(scope: &Scope, whose: &Whose) -> ConsentLine {
    let (group, sentence, long) = match scope.meaning() {
        Scope::AsUri(_) => {
            plain(Group::AlsoKnow, ("Know something we cannot name", "Written in an unknown form."))
        }
        Scope::Resource(resource) => resource_line(resource, whose),
        Scope::Launch(launch) => plain(Group::AlsoKnow, launch_words(launch)),
        Scope::Identity(IdentityScope::OpenId | IdentityScope::FhirUser) => {
            plain(Group::AlsoKnow, ("Know who you are", "Your name and your user record."))
        }
        Scope::Lasting(lasting) => plain(Group::Lasting, lasting_words(*lasting)),
        Scope::Extension(extension) => plain(Group::AddOrChange, extension_words(*extension)),
    };
    ConsentLine { group, sentence, long, scopes: vec![scope.to_string()], required: !scope.is_a_choice() }
}

fn plain(group: Group, (sentence, long): (&str, &str)) -> (Group, String, String) {
    (group, sentence.to_owned(), long.to_owned())
}

const fn launch_words(launch: &LaunchScope) -> (&'static str, &'static str) {
    match launch {
        LaunchScope::Ehr => {
            ("Know what is open on your screen", "The patient and the visit that the app was started for.")
        }
        LaunchScope::Patient => ("Know which patient is open", "The app is told which record this is about."),
        LaunchScope::Encounter => ("Know which visit is open", "The app is told which visit this is about."),
        LaunchScope::Other(_) => {
            ("Know what else is open on your screen", "The app is told what it was started for.")
        }
    }
}

const fn lasting_words(lasting: LastingScope) -> (&'static str, &'static str) {
    match lasting {
        LastingScope::Offline => (
            "Keep getting new data when you are not there",
            "The app can come back for new data without asking you again.",
        ),
        LastingScope::Online => (
            "Keep getting data until you sign out",
            "The app can come back for new data while you are signed in here.",
        ),
    }
}

const fn extension_words(extension: ExtensionScope) -> (&'static str, &'static str) {
    match extension {
        ExtensionScope::Registration => {
            ("Manage the apps and people of this service", "For administrators only.")
        }
        ExtensionScope::Launch => ("Start apps for a patient", "For the record system only."),
        ExtensionScope::Introspect => {
            ("Check what other apps were allowed", "For the servers that hold records only.")
        }
    }
}

fn resource_line(scope: &ResourceScope, whose: &Whose) -> (Group, String, String) {
    let (verbs, strongest) = verbs(scope.permissions());
    let about = About::of(scope);
    let group = if strongest == Group::See && about.background() { Group::AlsoKnow } else { strongest };
    (group, format!("{verbs} {}", about.whose(scope.level(), whose)), about.long())
}

/// "See", "Add and change", "See, add, change and delete", and the heading of the strongest of them.
fn verbs(permissions: Permissions) -> (String, Group) {
    let all = [
        (permissions.reads() || permissions.searches(), "see", Group::See),
        (permissions.creates(), "add", Group::AddOrChange),
        (permissions.updates(), "change", Group::AddOrChange),
        (permissions.deletes(), "delete", Group::Delete),
    ];
    let asked: Vec<_> = all.into_iter().filter(|(asked, _, _)| *asked).collect();
    let strongest = asked.iter().map(|(_, _, group)| *group).max().unwrap_or(Group::See);
    let words: Vec<&str> = asked.iter().map(|(_, word, _)| *word).collect();
    (capitalised(&listed(&words)), strongest)
}

/// "see, add and change"
pub fn listed<S: Borrow<str>>(words: &[S]) -> String {
    match words.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {}", rest.join(", "), last.borrow()),
        _ => words.concat(),
    }
}

pub(super) fn capitalised(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// What a resource scope is about.
enum About {
    /// A row of the table.
    RecordKind(&'static RecordKind),
    /// A type that the table does not name.
    Unnamed(&'static str),
    /// A category that the table names.
    Category(&'static Category),
    /// A part of a kind, cut out by a search that we have no words for.
    Part(&'static RecordKind),
}

impl About {
    fn of(scope: &ResourceScope) -> Self {
        let ResourceType::Named(name) = scope.resource() else {
            return if scope.parameters().is_some() {
                Self::Part(&kinds::WHOLE)
            } else {
                Self::RecordKind(&kinds::WHOLE)
            };
        };
        let kind = kinds::of(name);
        match (scope.parameters(), kind) {
            (None, Some(kind)) => Self::RecordKind(kind),
            (None, None) => Self::Unnamed(name),
            (Some(parameters), _) => categories::of(name, parameters)
                .map_or(Self::Part(kind.unwrap_or(&kinds::OTHER)), Self::Category),
        }
    }

    const fn background(&self) -> bool {
        matches!(self, Self::RecordKind(kind) | Self::Part(kind) if kind.background)
    }

    fn whose(&self, level: Level, whose: &Whose) -> String {
        let owned = |phrase| Owner::of(level, whose).says(phrase);
        match self {
            Self::RecordKind(kind) => owned(kind.phrase),
            Self::Unnamed(name) => format!("{} ({})", owned(kinds::OTHER.phrase), kinds::spelled_out(name)),
            Self::Category(category) => owned(Phrase::Theirs { before: "", noun: category.noun }),
            Self::Part(kind) if kind.types == kinds::WHOLE.types => {
                owned(Phrase::Theirs { before: "parts of ", noun: "health record" })
            }
            Self::Part(kind) => format!("some of {}", owned(kind.phrase)),
        }
    }

    fn long(&self) -> String {
        match self {
            Self::RecordKind(kind) => kind.long.to_owned(),
            Self::Unnamed(_) => kinds::OTHER.long.to_owned(),
            Self::Category(category) => category.long.to_owned(),
            Self::Part(_) => {
                "Only what matches a search that the app has named; it stands below word for word.".to_owned()
            }
        }
    }
}

/// Whose data a line is about, which the level of the scope decides before the reader does.
enum Owner<'a> {
    You,
    Patient(&'a str),
    Everyone(&'static str),
}

impl<'a> Owner<'a> {
    fn of(level: Level, whose: &'a Whose) -> Self {
        match (level, whose) {
            (Level::User, _) => Self::Everyone("every patient you may see"),
            (Level::System, _) => Self::Everyone("every patient"),
            (Level::Patient, Whose::Own) => Self::You,
            (Level::Patient, Whose::Patient(name)) => Self::Patient(name),
        }
    }

    fn says(&self, phrase: Phrase) -> String {
        match (self, phrase) {
            (Self::You, Phrase::Theirs { before, noun }) => format!("{before}your {noun}"),
            (Self::You, Phrase::Them { before, after }) => format!("{before}you{after}"),
            (Self::Patient(name), Phrase::Theirs { before, noun }) => format!("{before}{name}'s {noun}"),
            (Self::Patient(name), Phrase::Them { before, after }) => format!("{before}{name}{after}"),
            (Self::Everyone(all), Phrase::Theirs { before: "", noun }) => {
                format!("{noun} of {all}")
            }
            (Self::Everyone(all), Phrase::Theirs { before, noun }) => format!("{before}the {noun} of {all}"),
            (Self::Everyone(all), Phrase::Them { before, after }) => format!("{before}{all}{after}"),
        }
    }
}

#[cfg(test)]
#[path = "line_tests.rs"]
mod tests;
