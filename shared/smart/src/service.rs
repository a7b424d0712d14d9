//! This service: its own addresses, and what they are for.

use smart_verify::access_token::Expected;
use url::Url;

use crate::client::{AssertionAlgorithms, is_loopback};

/// Where we are: our own addresses, from settings and never from a request.
#[derive(Clone, Debug)]
pub struct Service {
    tokens: Expected,
    authorization_endpoint: String,
    token_endpoint: String,
    backend_token_endpoint: String,
    jwks_uri: String,
    assertion_algorithms: AssertionAlgorithms,
}

impl Service {
    /// The service of this issuer, for the FHIR server at this base URL; a trailing slash of either is dropped.
    pub fn new(issuer: &str, fhir_base_url: &str) -> Self {
        let issuer = issuer.trim_end_matches('/');
        Self {
            tokens: Expected {
                issuer: issuer.to_owned(),
                audience: fhir_base_url.trim_end_matches('/').to_owned(),
            },
            authorization_endpoint: format!("{issuer}/authorize"),
            token_endpoint: format!("{issuer}/token"),
            backend_token_endpoint: format!("{issuer}/backend-token"),
            jwks_uri: format!("{issuer}/.well-known/jwks.json"),
            assertion_algorithms: AssertionAlgorithms::default(),
        }
    }

    /// The same service, taking assertions of these algorithms.
    #[must_use]
    pub fn accepting(mut self, algorithms: AssertionAlgorithms) -> Self {
        self.assertion_algorithms = algorithms;
        self
    }

    /// The algorithms in which clients may sign their assertions.
    pub const fn assertion_algorithms(&self) -> &AssertionAlgorithms {
        &self.assertion_algorithms
    }

    /// Who issues tokens, and for which FHIR server.
    pub const fn tokens(&self) -> &Expected {
        &self.tokens
    }

    /// The issuer, without a trailing slash.
    pub fn issuer(&self) -> &str {
        &self.tokens.issuer
    }

    /// The FHIR base URL, without a trailing slash.
    pub fn fhir_base_url(&self) -> &str {
        &self.tokens.audience
    }

    /// Where people are asked.
    pub fn authorization_endpoint(&self) -> &str {
        &self.authorization_endpoint
    }

    /// Where tokens are given.
    pub fn token_endpoint(&self) -> &str {
        &self.token_endpoint
    }

    /// Where backend services may ask as well.
    pub fn backend_token_endpoint(&self) -> &str {
        &self.backend_token_endpoint
    }

    /// Where people see which apps they have connected.
    pub fn management_endpoint(&self) -> String {
        format!("{}/manage", self.issuer())
    }

    /// Where it is asked whether a token is good.
    pub fn introspection_endpoint(&self) -> String {
        format!("{}/introspect", self.issuer())
    }

    /// Where apps give tokens back.
    pub fn revocation_endpoint(&self) -> String {
        format!("{}/revoke", self.issuer())
    }

    /// Where apps learn who the person is.
    pub fn userinfo_endpoint(&self) -> String {
        format!("{}/userinfo", self.issuer())
    }

    /// Where our public keys are.
    pub fn jwks_uri(&self) -> &str {
        &self.jwks_uri
    }

    /// Whether we run on one machine for development, where plain http and loopback addresses are allowed.
    pub fn is_on_loopback(&self) -> bool {
        Url::parse(self.issuer()).is_ok_and(|url| url.scheme() == "http" && is_loopback(&url))
    }

    /// The audiences of assertions that are meant for us: either of the two token URLs, or the issuer.
    pub fn assertion_audiences(&self) -> [&str; 3] {
        [&self.token_endpoint, &self.backend_token_endpoint, self.issuer()]
    }
}
