//! The consent page: who asks, whose record, what, for how long, what becomes of it, and two buttons.

use askama::Template;
use smart::authorization::HowLong;
use smart::client::Client;
use smart_verify::scope::{Level, ResourceScope, ScopeSet};
use smart_verify::time::UnixSeconds;

use crate::dates;
use crate::layout::{Form, Page, SignedIn, Site, render};
use crate::words::{self, Group, Whose};

mod how_long;
mod parts;

use how_long::Choice;
use parts::{Line, Part};

/// "Allow {App} to see your health record?" The form posts `decision` (`allow` or `deny`), a `scope` for each box
/// that is ticked, and `days` where [`HowLong::Choose`] is asked. A ticked scope is one of [`Consent::scopes`] or one of
/// [`offered_parts`].
#[derive(Clone, Debug)]
pub struct Consent {
    /// The app that asks.
    pub app: AskingApp,
    /// Where the decision goes.
    pub form: Form,
    /// Who decides.
    pub signed_in: SignedIn,
    /// Whose record it is, if one is chosen.
    pub patient: Option<ConsentPatient>,
    /// How the record is spoken of: "your" or by the patient's name.
    pub whose: Whose,
    /// What would be granted if all stayed ticked.
    pub scopes: ScopeSet,
    /// What the app asked for and will not get, whatever is ticked.
    pub withheld: Vec<Withheld>,
    /// For how long it would be granted.
    pub how_long: HowLong,
    /// Whether Allow was pressed with no kind of record ticked.
    pub nothing_ticked: bool,
    /// The page on which apps are disconnected, if there is one.
    pub connected_apps_url: Option<String>,
}

/// A scope that was asked for and is not granted, or only in part.
#[derive(Clone, Debug)]
pub struct Withheld {
    /// The scope as it was asked.
    pub scope: String,
    /// Why, in a sentence.
    pub why: String,
}

/// The app that asks, as it was registered.
#[derive(Clone, Debug)]
pub struct AskingApp {
    /// Its name.
    pub name: String,
    /// The host of its home page, shown as text.
    pub host: Option<String>,
    /// When it was registered.
    pub registered_on: Option<UnixSeconds>,
    /// By whom.
    pub registered_by: RegisteredBy,
}

/// Who registered an app.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegisteredBy {
    /// An administrator of the organisation.
    Administrator,
    /// Its developer, and nobody checked it.
    Developer,
}

/// The patient whose record is asked for.
#[derive(Clone, Debug)]
pub struct ConsentPatient {
    /// Given and family name.
    pub name: String,
    /// A FHIR date.
    pub birth_date: Option<String>,
    /// Where another patient is chosen, if there is a choice.
    pub change_url: Option<String>,
}

/// Whether any kind of record is asked for. If so, Allow with none of them ticked is answered by the page again.
pub fn asks_clinical(asked: &ScopeSet) -> bool {
    asked.resources().next().is_some()
}

/// What may be ticked besides what was asked: the parts of wide scopes, each inside of one of them.
///
/// ```
/// use pages::consent::offered_parts;
/// use smart_verify::scope::ScopeSet;
///
/// let parts = offered_parts(&ScopeSet::parse("openid patient/*.read"));
/// assert!(parts.contains(&ScopeSet::parse("patient/Condition.rs")));
/// assert!(ScopeSet::parse("patient/*.rs").contains(&parts));
/// ```
pub fn offered_parts(asked: &ScopeSet) -> ScopeSet {
    asked.resources().flat_map(words::parts).map(|part| part.scope).collect()
}

impl RegisteredBy {
    /// What is known of a client.
    pub const fn of(client: &Client) -> Self {
        if client.checked { Self::Administrator } else { Self::Developer }
    }

    const fn words(self, sandbox: bool) -> &'static str {
        match (self, sandbox) {
            (Self::Administrator, _) => "the administrator",
            (Self::Developer, true) => "a developer on this test server",
            (Self::Developer, false) => "its developer",
        }
    }

    const fn is_unchecked(self) -> bool {
        matches!(self, Self::Developer)
    }
}

impl ConsentPatient {
    pub(crate) fn born(&self) -> Option<String> {
        self.birth_date.as_deref().and_then(dates::born)
    }
}

impl Consent {
    /// "to see and change your health record"
    fn asked(&self) -> String {
        let asks = |may: fn(&ResourceScope) -> bool| self.scopes.resources().any(may);
        let sees = asks(|scope| scope.permissions().reads() || scope.permissions().searches());
        let changes = asks(|scope| {
            let may = scope.permissions();
            may.creates() || may.updates() || may.deletes()
        });
        let verb = match (sees, changes) {
            (true, true) => "see and change",
            (true, false) => "see",
            (false, true) => "change",
            (false, false) => return "to know who you are".to_owned(),
        };
        match &self.whose {
            _ if !self.is_about_one() => format!("to {verb} records of every patient you may see"),
            Whose::Own => format!("to {verb} your health record"),
            Whose::Patient(name) => format!("to {verb} {name}'s record"),
        }
    }

    /// Whether it is about the record of one patient.
    fn is_about_one(&self) -> bool {
        self.scopes.resources().any(|scope| scope.level() == Level::Patient)
    }

    /// "How long may {App} keep getting your data?"
    fn data(&self) -> String {
        match &self.whose {
            _ if asks_clinical(&self.scopes) && !self.is_about_one() => "this data".to_owned(),
            Whose::Own => "your data".to_owned(),
            Whose::Patient(name) => format!("{name}'s data"),
        }
    }

    fn view<'a>(&'a self, site: &'a Site) -> View<'a> {
        let lines = parts::numbered(&self.scopes, &self.whose, !self.nothing_ticked);
        let first_box =
            lines.iter().find(|line| !line.required).map_or_else(String::new, |line| line.id.clone());
        let (lasting, lines): (Vec<Line>, _) =
            lines.into_iter().partition(|line| line.group == Group::Lasting);
        View {
            site,
            page: self,
            asked: self.asked(),
            registered_on: self.app.registered_on.and_then(dates::day_in_words),
            parts: parts::grouped(lines),
            lasting,
            choices: how_long::choices(&self.how_long, &self.scopes),
            ends: how_long::sentence(&self.how_long),
            first_box,
        }
    }
}

#[derive(Template)]
#[template(path = "consent.html")]
struct View<'a> {
    site: &'a Site,
    page: &'a Consent,
    asked: String,
    registered_on: Option<String>,
    parts: Vec<Part>,
    lasting: Vec<Line>,
    choices: Vec<Choice>,
    ends: &'static str,
    first_box: String,
}

impl Page for Consent {
    fn html(&self, site: &Site) -> Result<String, askama::Error> {
        render(&self.view(site))
    }
}

#[cfg(test)]
mod tests;
