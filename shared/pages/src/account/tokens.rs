//! "Get Access Tokens": asked for on one page, shown once on another.

use super::scopes::{self, Preset};
use super::{Frame, Section};
use crate::consent::Withheld;
use crate::layout::{Form, page};

/// The form.
#[derive(Clone, Debug)]
pub struct AskForToken {
    /// What stands around it.
    pub frame: Frame,
    /// Where it goes.
    pub form: Form,
    /// The clients whose scopes the token may have; the first is the tool itself.
    pub clients: Vec<ScopesOf>,
    /// What was typed before, or a first proposal.
    pub scope: String,
}

/// A client whose scopes the token may have.
#[derive(Clone, Debug)]
pub struct ScopesOf {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Whether it is chosen.
    pub chosen: bool,
}

/// A token, shown once.
#[derive(Clone, Debug)]
pub struct Token {
    /// What stands around it.
    pub frame: Frame,
    /// The token; nothing when it was shown before.
    pub token: Option<String>,
    /// When it ends, in words.
    pub ends: String,
    /// What was granted.
    pub granted: Vec<String>,
    /// What was asked for and not granted.
    pub withheld: Vec<Withheld>,
    /// What the token says: name and value.
    pub claims: Vec<(String, String)>,
    /// A request that uses it.
    pub curl: String,
    /// Where it is given back.
    pub revoke: Form,
}

impl AskForToken {
    fn presets(&self) -> impl Iterator<Item = &'static Preset> {
        scopes::PRESETS.iter().filter(|preset| !preset.is_for_backends())
    }
}

page!(AskForToken, AskForTokenView, "account/tokens.html");
page!(Token, TokenView, "account/token.html");
