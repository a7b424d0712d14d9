//! An authorization request in which every rule holds that needs no user.

use std::sync::Arc;

use smart_verify::scope::ScopeSet;
use smart_verify::time::UnixSeconds;
use url::Url;

use super::{Addressed, AuthorizationRequest, RedirectTarget};
use crate::client::Client;
use crate::error::{ErrorCode, OAuthError};
use crate::ids::GrantKey;
use crate::launch::Launch;
use crate::narrowing::Narrowed;
use crate::service::Service;

/// A request whose client and redirect URI are proven and in which every rule holds that needs no user. Only
/// [`CheckedRequest::check`] makes one.
#[derive(Debug)]
pub struct CheckedRequest {
    asked: AuthorizationRequest,
    client: Arc<Client>,
    target: RedirectTarget,
    launch: Option<Launch>,
    brought: Brought,
}

/// How the browser brought a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Brought {
    /// In a URL that leaves room for what our pages add to it.
    ShortUrl,
    /// In a URL or a form that is too long for that: the request must be kept here.
    LongUrl,
    /// In a URL or a form that is longer than any request that is kept.
    TooLong,
    /// By the handle of a request that is kept here.
    Kept {
        /// Whether this is the browser that it is kept for.
        by_this_browser: bool,
    },
}

/// What must be known to check a request.
#[derive(Debug)]
pub struct RequestFacts<'a> {
    /// The client that the request names, if it is registered.
    pub client: Option<Arc<Client>>,
    /// The launch that the request names, if it is kept here.
    pub launch: Option<Launch>,
    /// The grant for which the launch may be used already, if the page that makes it is submitted again.
    pub grant: Option<&'a GrantKey>,
    /// How the browser brought the request.
    pub brought: Brought,
}

/// Why a request is refused, and who sees the error.
#[derive(Debug)]
pub enum RequestRefused {
    /// The client or its redirect URI is not proven, so only a page of ours may show the error.
    ToUser(OAuthError),
    /// The error goes to the app.
    ToApp(Box<RedirectTarget>, OAuthError),
}

impl CheckedRequest {
    /// Checks a request against what is known of its client and its launch.
    ///
    /// Source: RFC 6749 §4.1.1 and §4.1.2.1; SMART App Launch 2.2, app-launch#obtain-authorization-code.
    ///
    /// # Errors
    /// The first rule that does not hold, and who sees the error.
    pub fn check(
        addressed: &Addressed<'_>,
        facts: RequestFacts<'_>,
        service: &Service,
        now: UnixSeconds,
    ) -> Result<Self, RequestRefused> {
        let RequestFacts { client, launch, grant, brought } = facts;
        let (target, client) =
            RedirectTarget::prove(client, addressed, service.issuer()).map_err(RequestRefused::ToUser)?;
        let rest = || {
            RedirectTarget::check_grant(&client)?;
            let asked = AuthorizationRequest::check(addressed.parameters(), service)?;
            let launch = match asked.launch {
                Some(_) => Some(Launch::admit(launch, &client.client_id, grant, now)?),
                None => None,
            };
            Ok((asked, launch))
        };
        match rest() {
            Ok((asked, launch)) => Ok(Self { asked, client, target, launch, brought }),
            Err(error) => Err(RequestRefused::ToApp(Box::new(target), error)),
        }
    }

    /// What the app asks.
    pub const fn asked(&self) -> &AuthorizationRequest {
        &self.asked
    }

    /// The app's registration.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Where the answer goes.
    pub const fn target(&self) -> &RedirectTarget {
        &self.target
    }

    /// What the EHR told of the launch, if the app asks for it.
    pub const fn launch(&self) -> Option<&Launch> {
        self.launch.as_ref()
    }

    /// How the browser brought the request.
    pub const fn brought(&self) -> Brought {
        self.brought
    }

    /// The host of the app's home page, or of the redirect URI if it has none.
    pub fn home_host(&self) -> Option<String> {
        let home = self.client.metadata.client_uri.as_deref().unwrap_or_else(|| self.target.uri());
        Url::parse(home).ok()?.host_str().map(str::to_owned)
    }

    /// The redirect URI with the user's Deny.
    pub fn denial_url(&self) -> String {
        let error = ErrorCode::AccessDenied
            .because("person_denied", "the person did not allow this; nothing was shared.");
        self.target.with_error(&error)
    }

    /// What becomes of each asked scope under a ceiling.
    pub(super) fn narrowed_to(&self, ceiling: &ScopeSet) -> Narrowed {
        self.asked.scopes.narrow_to(&self.client.metadata.scope, ceiling)
    }
}
