//! Who is signed in in a browser, and the pages of ours that somebody signs in for.

use http::{HeaderMap, HeaderValue, header};
use smart::error::Unreachable;
use smart::ports::{SessionReader, UserReader};
use smart::random;
use smart::session::Session;
use smart::user::User;
use smart_verify::time::UnixSeconds;

use crate::Response;
use crate::browser::cookies::{CookiePolicy, Cookies, PreSession, SessionCookie};
use crate::browser::seal::PageKeys;

/// A person who is signed in in this browser, still the same and still enabled.
#[derive(Debug)]
pub struct SignedIn {
    /// Their cookie.
    pub cookie: SessionCookie,
    /// Their session.
    pub session: Session,
    /// Who they are.
    pub user: User,
}

/// Reads session and user side by side; whoever is gone, disabled or somebody else by now is not signed in.
///
/// # Errors
/// When the store cannot be reached.
pub async fn signed_in<S: SessionReader + UserReader>(
    cookie: Option<SessionCookie>,
    store: &S,
    now: UnixSeconds,
) -> Result<Option<SignedIn>, Unreachable> {
    let Some(cookie) = cookie else {
        return Ok(None);
    };
    let id = random::sha256(cookie.id());
    let (session, user) = tokio::try_join!(store.session(&id), store.user(&cookie.user))?;
    let live = |session: &Session, user: &User| session.subject == cookie.sub && session.is_of(user, now);
    Ok(match (session, user) {
        (Some(session), Some(user)) if live(&session, &user) => Some(SignedIn { cookie, session, user }),
        _ => None,
    })
}

/// The pre-session that ties a page to this browser before anybody is signed in, and whether it must still be set.
pub fn pre_session(headers: &HeaderMap, policy: CookiePolicy, keys: &PageKeys) -> (PreSession, bool) {
    match Cookies::of(headers).pre_session(policy, keys) {
        Some(known) => (known, false),
        None => (PreSession::new(random::bytes()), true),
    }
}

/// Adds a cookie to an answer; one that cannot be sealed is not set, and the next page asks to sign in again.
pub fn set_cookie<E>(response: &mut Response, cookie: Result<HeaderValue, E>) {
    if let Ok(cookie) = cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

/// A page of ours that somebody signs in for: a closed list, so that no address in a query leads anywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwnPage {
    /// The apps that are connected.
    Manage,
    /// The account home.
    Account,
    /// Register SMART Clients.
    Clients,
    /// Get Access Tokens.
    Tokens,
    /// What waits for an administrator.
    Approvals,
}

impl OwnPage {
    const ALL: [Self; 5] = [Self::Manage, Self::Account, Self::Clients, Self::Tokens, Self::Approvals];

    /// Its path.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Manage => "/manage",
            Self::Account => "/account",
            Self::Clients => "/account/clients",
            Self::Tokens => "/account/tokens",
            Self::Approvals => "/account/approvals",
        }
    }

    /// The query with which the sign-in page leads to it.
    pub const fn query(self) -> &'static str {
        match self {
            Self::Manage => "",
            Self::Account => "to=account",
            Self::Clients => "to=clients",
            Self::Tokens => "to=tokens",
            Self::Approvals => "to=approvals",
        }
    }

    /// The page that this very query leads to.
    pub fn of_query(query: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|page| page.query() == query)
    }

    /// The page that stands for a path that somebody wanted to see.
    pub fn of_path(path: &str) -> Self {
        let below = |page: &Self| {
            path.strip_prefix(page.path()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let longest = Self::ALL.into_iter().filter(below).max_by_key(|page| page.path().len());
        longest.unwrap_or(Self::Account)
    }

    /// A path of the sign-in pages that leads to it.
    pub fn at(self, path: &str) -> String {
        match self.query() {
            "" => path.to_owned(),
            query => format!("{path}?{query}"),
        }
    }

    /// Why one signs in, in a sentence.
    pub const fn purpose(self) -> &'static str {
        match self {
            Self::Manage => "Sign in to see which apps are connected.",
            _ => "Sign in to register apps and to try tokens.",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s11_only_these_words_lead_anywhere_and_only_to_our_own_paths() {
        for page in OwnPage::ALL {
            assert_eq!(OwnPage::of_query(page.query()), Some(page));
            assert_eq!(OwnPage::of_path(page.path()), page);
        }
        for query in [
            "to=/evil",
            "to=//evil.example",
            "to=https://evil.example",
            "to=account&x=1",
            "to=",
            "to=Account",
        ] {
            assert_eq!(OwnPage::of_query(query), None, "{query}");
        }
        assert_eq!(OwnPage::of_path("/account/clients/c1/secrets"), OwnPage::Clients);
        assert_eq!(OwnPage::of_path("/account/clientsx"), OwnPage::Account);
        assert_eq!(OwnPage::of_path("//evil.example"), OwnPage::Account);
    }
}
