//! One client: its form, and the pages that belong to it.

use smart::registration::Problem;

use super::samples::Sample;
use super::scopes::{self, Preset};
use super::{Frame, Section};
use crate::dates;
use crate::layout::{Form, page};

/// A client, or the form for a new one.
#[derive(Clone, Debug)]
pub struct Client {
    /// What stands around it.
    pub frame: Frame,
    /// Where the form goes; without one the reader may only look.
    pub form: Option<Form>,
    /// What is known of a client that is registered.
    pub known: Option<ClientFacts>,
    /// What stands in the fields.
    pub values: ClientValues,
    /// What another user has changed since the form was shown.
    pub conflicts: Vec<FieldConflict>,
    /// What a check of the keys has found.
    pub keys_checked: Option<String>,
    /// Whether a home page, a privacy page and a contact must be given.
    pub needs_pages: bool,
}

/// What is known of a client that is registered.
#[derive(Clone, Debug)]
pub struct ClientFacts {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its kind, in a few words.
    pub kind: &'static str,
    /// Whether it can be used, in a sentence.
    pub state: &'static str,
    /// Whether it has secrets.
    pub has_secrets: bool,
    /// Whose it is, for administrators.
    pub owner: Option<String>,
    /// What its owner asked for and what became of it.
    pub request: Option<String>,
    /// Its secret, shown this once.
    pub secret: Option<String>,
    /// The page of the client that this is.
    pub part: ClientPart,
}

/// The pages of one client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientPart {
    /// The form.
    Settings,
    /// Code samples.
    Samples,
    /// A test launch, which the code samples lead to.
    TestLaunch,
    /// Secrets.
    Secrets,
    /// Recent problems.
    Problems,
}

impl ClientFacts {
    pub(super) fn is(&self, part: ClientPart) -> bool {
        self.part == part
    }
}

/// What stands in the fields, as it was typed.
#[derive(Clone, Debug, Default)]
pub struct ClientValues {
    /// App name.
    pub name: String,
    /// Kind of app.
    pub kind: AppKind,
    /// Redirect URIs, one a line.
    pub redirect_uris: String,
    /// Launch URL.
    pub launch_url: String,
    /// Whether they type a secret rather than let one be made. What they typed is nobody's to show again.
    pub secret_typed: bool,
    /// Whether the secret comes in the body rather than in the header.
    pub secret_in_body: bool,
    /// Where public keys come from.
    pub keys: Keys,
    /// Their address.
    pub jwks_uri: String,
    /// They themselves.
    pub jwks: String,
    /// Exact scopes.
    pub scope: String,
    /// Longest access, in days; nothing is as long as the service allows.
    pub longest_access: String,
    /// Home page.
    pub client_uri: String,
    /// Privacy page.
    pub policy_uri: String,
    /// Contact e-mail.
    pub contact: String,
}

/// The kinds of app that the form knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AppKind {
    /// Runs in the browser or on a phone.
    #[default]
    Public,
    /// Has a server that keeps a secret.
    Secret,
    /// Has a server with a key pair.
    Keys,
    /// Runs without a user.
    Backend,
}

impl AppKind {
    /// All, in the order in which the form shows them.
    pub const ALL: [Self; 4] = [Self::Public, Self::Secret, Self::Keys, Self::Backend];

    /// What the form sends.
    pub const fn value(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Secret => "secret",
            Self::Keys => "keys",
            Self::Backend => "backend",
        }
    }

    /// The kind that a form has sent; the first for anything else.
    pub fn of(value: &str) -> Self {
        Self::ALL.into_iter().find(|kind| kind.value() == value).unwrap_or_default()
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Public => "Runs in the browser or on a phone (public)",
            Self::Secret => "Has a server that keeps a secret (confidential)",
            Self::Keys => "Has a server with a key pair (recommended)",
            Self::Backend => "Runs without a user (backend service)",
        }
    }
}

/// Where public keys come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Keys {
    /// From an address.
    #[default]
    Address,
    /// They were pasted.
    Pasted,
}

/// A field that two people changed.
#[derive(Clone, Debug)]
pub struct FieldConflict {
    /// Which.
    pub field: &'static str,
    /// What stands there now.
    pub theirs: String,
    /// What the reader wanted.
    pub yours: String,
}

/// "Delete “{name}”?"
#[derive(Clone, Debug)]
pub struct DeleteClient {
    /// What stands around it.
    pub frame: Frame,
    /// Where it goes.
    pub form: Form,
    /// The client.
    pub known: ClientFacts,
}

/// Code samples for one client.
#[derive(Clone, Debug)]
pub struct Samples {
    /// What stands around it.
    pub frame: Frame,
    /// The client.
    pub known: ClientFacts,
    /// The samples.
    pub samples: Vec<Sample>,
    /// Where a test launch is started, if the reader can start one.
    pub test_launch: Option<Form>,
}

/// "Recent problems".
#[derive(Clone, Debug)]
pub struct Problems {
    /// What stands around it.
    pub frame: Frame,
    /// The client.
    pub known: ClientFacts,
    /// The latest refused requests, the newest first.
    pub latest: Vec<RefusedRequest>,
}

/// A request that was refused.
#[derive(Clone, Debug)]
pub struct RefusedRequest {
    /// When, in words.
    pub at: String,
    /// What it was and what was said.
    pub problem: Problem,
}

impl From<Problem> for RefusedRequest {
    fn from(problem: Problem) -> Self {
        Self { at: dates::moment_in_words(problem.at).unwrap_or_default(), problem }
    }
}

/// What is offered as the longest access, in days and in words.
const LONGEST_ACCESS: [(&str, &str); 5] = [
    ("", "As long as this server allows"),
    ("0", "1 hour"),
    ("30", "30 days"),
    ("90", "90 days"),
    ("365", "1 year"),
];

impl Client {
    fn presets(&self) -> impl Iterator<Item = &'static Preset> {
        scopes::PRESETS.iter()
    }

    /// What the longest access may be: value and words. One that was set elsewhere stays what it is.
    fn longest_access(&self) -> Vec<(&str, String)> {
        let own = |(value, words): (&'static str, &str)| (value, words.to_owned());
        let mut choices: Vec<(&str, String)> = LONGEST_ACCESS.map(own).to_vec();
        let chosen = self.values.longest_access.as_str();
        if !choices.iter().any(|(value, _)| *value == chosen) {
            choices.push((chosen, format!("{chosen} days")));
        }
        choices
    }

    fn has_secrets(&self) -> bool {
        self.known.as_ref().is_some_and(|known| known.has_secrets)
    }
}

page!(Client, ClientView, "account/client.html");
page!(DeleteClient, DeleteClientView, "account/delete.html");
page!(Samples, SamplesView, "account/samples.html");
page!(Problems, ProblemsView, "account/problems.html");
