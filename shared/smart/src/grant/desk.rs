//! What both token endpoints do before a grant: read the form, and let the client prove itself.

use std::sync::Arc;
use std::time::Duration;

use http::HeaderMap;
use serde::Serialize;
use smart_verify::time::UnixSeconds;

use crate::audit::{AuditHasher, Audited};
use crate::client::{Client, ClientId};
use crate::client_auth::{AuthenticatedClient, Presented};
use crate::discovery::Service;
use crate::error::{ErrorCode, OAuthError};
use crate::http::{Form, Request, Response, respond};
use crate::mac::TokenMacs;
use crate::ports::{ClientReader, JwksSource, ProblemWriter};
use crate::registration::Problem;

/// What both token endpoints work with: a store, a signer, the keys of clients, and where we are.
#[derive(Debug)]
pub struct TokenDesk<S, K, J> {
    /// What is remembered.
    pub store: S,
    /// What signs.
    pub signer: K,
    /// Where clients' keys come from.
    pub jwks: J,
    /// Our own addresses.
    pub service: Service,
}

/// What codes and refresh tokens are made and read by, and what the record of it is made with.
#[derive(Debug)]
pub struct Minting {
    /// Their MACs.
    pub macs: TokenMacs,
    /// How long a refresh token may lie unused.
    pub refresh_idle: Duration,
    /// What hides people and patients in the record.
    pub audit: AuditHasher,
}

/// How often a race that was lost is decided again before the caller is asked to come back.
pub(super) struct Rounds;

impl Rounds {
    pub(super) fn all() -> std::ops::Range<u8> {
        0..3
    }

    pub(super) fn over() -> OAuthError {
        ErrorCode::TemporarilyUnavailable
            .because("grant_contended", "many requests use this code or token at once; try again.")
    }
}

/// Every parameter that means something at a token endpoint; each may come once.
const PARAMETERS: [&str; 14] = [
    "grant_type",
    "code",
    "redirect_uri",
    "code_verifier",
    "client_id",
    "client_secret",
    "client_assertion",
    "client_assertion_type",
    "scope",
    "refresh_token",
    "resource",
    "audience",
    "username",
    "password",
];

/// The grants that are given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenGrant {
    /// A code that a person's consent gave.
    AuthorizationCode,
    /// A client for itself.
    ClientCredentials,
    /// An app that comes back.
    RefreshToken,
}

impl TokenGrant {
    /// Reads the form of a token request and which grant it asks for, before anybody is authenticated: a grant that does
    /// not exist is said to be so to everyone.
    ///
    /// # Errors
    /// `invalid_request`, or `unsupported_grant_type`.
    pub fn read(request: &Request) -> Result<(Form, Self), OAuthError> {
        let form = Form::parse(request)?;
        form.each_once(&PARAMETERS)?;
        let grant = match form.required("grant_type")? {
            "authorization_code" => Self::AuthorizationCode,
            "client_credentials" => Self::ClientCredentials,
            "refresh_token" => Self::RefreshToken,
            _ => {
                return Err(Self::unsupported(
                    "grant_type must be authorization_code, refresh_token or client_credentials.",
                ));
            }
        };
        Ok((form, grant))
    }

    /// A grant that is not given.
    pub fn unsupported(sentence: &'static str) -> OAuthError {
        ErrorCode::UnsupportedGrantType.because("grant_type_unsupported", sentence)
    }
}

impl<S: ClientReader, K, J: JwksSource> TokenDesk<S, K, J> {
    /// Lets the client prove itself. `named` becomes the client that the request names, proven or not: its pages may
    /// read the answer, errors included. `otherwise` is the client that the request names if it names none by its
    /// credentials: a public client whose refresh token names it.
    ///
    /// # Errors
    /// `invalid_client`, `invalid_request`, or `temporarily_unavailable`.
    pub async fn authenticate(
        &self,
        form: &Form,
        headers: &HeaderMap,
        otherwise: Option<&ClientId>,
        named: &mut Option<Arc<Client>>,
        now: UnixSeconds,
    ) -> Result<AuthenticatedClient, OAuthError> {
        let presented = Presented::read(form, headers, otherwise, &self.service, now)?;
        let client = self.store.client(presented.client_id(), now).await?;
        named.clone_from(&client);
        presented.prove(client, &self.jwks, now).await
    }
}

impl<S: ProblemWriter, K, J> TokenDesk<S, K, J> {
    /// Answers a client, and keeps for its owner why it was refused.
    pub async fn answer(
        &self,
        request: &Request,
        named: Option<&Client>,
        answer: &Result<impl Serialize + Audited + Sync, OAuthError>,
        now: UnixSeconds,
    ) -> Response {
        if let (Some(client), Err(error)) = (named, answer)
            && let Some(problem) = Problem::of(error, request, now)
        {
            self.store.keep(&client.client_id, &problem).await;
        }
        respond::to_client(request, &self.service, named, answer)
    }
}
