//! The two cookies: `__Host-session` says who is signed in, `__Host-pre` ties pages to a browser before anyone is.
//!
//! Both are sealed. A session that was idle for 15 minutes does not open any more; no table is written for idling,
//! since the cookie itself carries when it was last seen.

use std::fmt;
use std::time::Duration;

use cookie::{Cookie, SameSite};
use http::header::{COOKIE, HeaderMap, HeaderValue};
use serde::{Deserialize, Serialize};
use smart_verify::base64url;
use smart_verify::time::UnixSeconds;
use url::{Host, Url};

use crate::browser::seal::{PageKeys, Purpose, SealFailed};

/// How long a session may be idle unless a setting says otherwise: 15 minutes.
pub const IDLE_LIMIT: Duration = Duration::from_secs(900);

/// The issuer is neither https nor http on a loopback address, so its cookies would travel in the clear.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the issuer must be an https URL, or http on a loopback address for development")]
pub struct IssuerRefused;

/// How cookies are named and flagged, which only the issuer's scheme decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CookiePolicy {
    secure: bool,
    idle_limit: Duration,
}

impl CookiePolicy {
    /// https: `__Host-` names and `Secure`, always. http on a loopback address: neither, or browsers would drop them.
    ///
    /// # Errors
    /// For any other issuer; the function must not start.
    pub fn for_issuer(issuer: &str) -> Result<Self, IssuerRefused> {
        let url = Url::parse(issuer).map_err(|_| IssuerRefused)?;
        let loopback = match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        match url.scheme() {
            "https" => Ok(Self { secure: true, idle_limit: IDLE_LIMIT }),
            "http" if loopback => Ok(Self { secure: false, idle_limit: IDLE_LIMIT }),
            _ => Err(IssuerRefused),
        }
    }

    /// The same, with sessions that may be idle for so long.
    #[must_use]
    pub const fn idling(self, idle_limit: Duration) -> Self {
        Self { idle_limit, ..self }
    }

    /// The name of the session cookie.
    pub const fn session_name(self) -> &'static str {
        if self.secure { "__Host-session" } else { "session" }
    }

    /// The name of the pre-session cookie.
    pub const fn pre_session_name(self) -> &'static str {
        if self.secure { "__Host-pre" } else { "pre" }
    }

    /// The `Set-Cookie` that makes or reissues a session: it was last seen `now`.
    ///
    /// # Errors
    /// Never for a session; the seal's own error is passed on.
    pub fn set_session(
        self,
        session: &SessionCookie,
        keys: &PageKeys,
        now: UnixSeconds,
    ) -> Result<HeaderValue, SealFailed> {
        let seen = SessionCookie { last_seen: now, ..session.clone() };
        let name = self.session_name();
        self.set(name, keys.seal(Purpose::Session, &seen, name.as_bytes())?)
    }

    /// The `Set-Cookie` that ends a session in the browser.
    pub fn clear_session(self) -> HeaderValue {
        self.clear(self.session_name())
    }

    /// The `Set-Cookie` that makes a pre-session.
    ///
    /// # Errors
    /// Never for a pre-session; the seal's own error is passed on.
    pub fn set_pre_session(self, pre: &PreSession, keys: &PageKeys) -> Result<HeaderValue, SealFailed> {
        let name = self.pre_session_name();
        self.set(name, keys.seal(Purpose::PreSession, pre, name.as_bytes())?)
    }

    /// The `Set-Cookie` that removes the pre-session, once somebody has signed in.
    pub fn clear_pre_session(self) -> HeaderValue {
        self.clear(self.pre_session_name())
    }

    /// Source: RFC 6265bis §4.1.3.2 (`__Host-`: Secure, `Path=/`, no Domain).
    fn flagged(self, name: &'static str, value: String) -> Cookie<'static> {
        let mut cookie = Cookie::new(name, value);
        cookie.set_path("/");
        cookie.set_http_only(true);
        cookie.set_same_site(SameSite::Lax);
        if self.secure {
            cookie.set_secure(true);
        }
        cookie
    }

    fn set(self, name: &'static str, value: String) -> Result<HeaderValue, SealFailed> {
        HeaderValue::from_str(&self.flagged(name, value).to_string()).map_err(|_| SealFailed)
    }

    fn clear(self, name: &'static str) -> HeaderValue {
        let mut cookie = self.flagged(name, String::new());
        cookie.set_max_age(cookie::time::Duration::ZERO);
        // The names are constants of this file, so this is always a header value.
        HeaderValue::from_str(&cookie.to_string()).unwrap_or(HeaderValue::from_static(""))
    }
}

/// Who is signed in, as the session cookie carries it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionCookie {
    #[serde(with = "id_as_text")]
    id: [u8; 32],
    /// The name of the user.
    pub user: String,
    /// The user's `sub`; a user read from the table whose `sub` differs is somebody else.
    pub sub: String,
    last_seen: UnixSeconds,
}

impl SessionCookie {
    /// A session that nobody has seen yet; [`CookiePolicy::set_session`] notes when.
    pub fn new(id: [u8; 32], user: impl Into<String>, sub: impl Into<String>) -> Self {
        Self { id, user: user.into(), sub: sub.into(), last_seen: UnixSeconds(0) }
    }

    /// The session's id. Its SHA-256 is the key in the table of sessions.
    pub const fn id(&self) -> &[u8; 32] {
        &self.id
    }

    fn is_idle(&self, limit: Duration, now: UnixSeconds) -> bool {
        now.since(self.last_seen) > limit
    }
}

impl fmt::Debug for SessionCookie {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "SessionCookie(last seen {}, the rest redacted)", self.last_seen.0)
    }
}

/// A browser in which nobody has signed in yet: 32 random bytes.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreSession {
    #[serde(with = "id_as_text")]
    id: [u8; 32],
}

impl PreSession {
    /// A pre-session of these random bytes.
    pub const fn new(id: [u8; 32]) -> Self {
        Self { id }
    }

    /// The bytes that forms before sign-in are bound to.
    pub const fn id(&self) -> &[u8; 32] {
        &self.id
    }
}

impl fmt::Debug for PreSession {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("PreSession(redacted)")
    }
}

/// The cookies of a request.
pub struct Cookies(Vec<(String, String)>);

impl Cookies {
    /// Reads every `cookie` header; what is no cookie is left out.
    pub fn of(headers: &HeaderMap) -> Self {
        let pairs = headers.get_all(COOKIE).iter().filter_map(|header| header.to_str().ok());
        let cookies = pairs.flat_map(|header| Cookie::split_parse(header).flatten());
        Self(cookies.map(|cookie| (cookie.name().to_owned(), cookie.value().to_owned())).collect())
    }

    /// The session, unless it is forged or was idle for too long.
    pub fn session(&self, policy: CookiePolicy, keys: &PageKeys, now: UnixSeconds) -> Option<SessionCookie> {
        let name = policy.session_name();
        let open = |sealed: &str| keys.open::<SessionCookie>(Purpose::Session, sealed, name.as_bytes());
        self.named(name).filter_map(open).find(|session| !session.is_idle(policy.idle_limit, now))
    }

    /// The pre-session, unless it is forged.
    pub fn pre_session(&self, policy: CookiePolicy, keys: &PageKeys) -> Option<PreSession> {
        let name = policy.pre_session_name();
        self.named(name).find_map(|sealed| keys.open(Purpose::PreSession, sealed, name.as_bytes()))
    }

    /// A name can come twice where `__Host-` does not protect it; ours is the one that opens.
    fn named(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

impl fmt::Debug for Cookies {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

mod id_as_text {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(id: &[u8; 32], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&super::base64url::encode(id))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<[u8; 32], D::Error> {
        let text = String::deserialize(from)?;
        let bytes = super::base64url::decode(&text).and_then(|bytes| bytes.try_into().ok());
        bytes.ok_or_else(|| D::Error::custom("not 32 bytes"))
    }
}

#[cfg(test)]
mod tests;
