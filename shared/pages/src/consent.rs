//! The consent page: who asks, whose record, what, for how long, what becomes of it, and two buttons.

use askama::Template;
use smart::scope::{ResourceScope, ScopeSet};
use smart::time::UnixSeconds;

use crate::dates;
use crate::layout::{Form, Page, SignedIn, Site, render};
use crate::words::{Group, Whose};

mod parts;

use parts::{Line, Part};

/// "Allow {App} to see your health record?" The form posts `decision` (`allow` or `deny`) and a `scope` for each box
/// that stayed ticked; `GrantedScopes::approved` says what is granted by those.
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
    /// Until when the app could come back, if it asks for `offline_access`.
    pub lasts_until: Option<UnixSeconds>,
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

impl RegisteredBy {
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
        let ones_own = self.scopes.resources().any(|scope| scope.level() == smart::scope::Level::Patient);
        match &self.whose {
            _ if !ones_own => format!("to {verb} records of every patient you may see"),
            Whose::Own => format!("to {verb} your health record"),
            Whose::Patient(name) => format!("to {verb} {name}'s record"),
        }
    }

    fn view<'a>(&'a self, site: &'a Site) -> View<'a> {
        let lines = parts::numbered(&self.scopes, &self.whose, !self.nothing_ticked, self.lasts_until);
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
    first_box: String,
}

impl Page for Consent {
    fn html(&self, site: &Site) -> Result<String, askama::Error> {
        render(&self.view(site))
    }
}

#[cfg(test)]
mod tests;
