//! What both token endpoints do first: read which grant is asked for, and authenticate the client.

use std::time::Duration;

use smart_verify::time::UnixSeconds;

use crate::audit::{AuditHasher, Refusal};
use crate::client::ClientId;
use crate::client_auth::{AuthenticatedClient, Credentials, Presented};
use crate::error::{ErrorCode, OAuthError};
use crate::mac::TokenMacs;
use crate::parameters::Parameters;
use crate::ports::{ClientReader, JwksSource, World};
use crate::service::Service;

/// What both token endpoints work with: a store, a signer, the keys of clients, and where we are.
pub struct TokenDesk<W: World> {
    /// What is remembered.
    pub store: W::Store,
    /// What signs.
    pub signer: W::Signer,
    /// Where clients' keys come from.
    pub jwks: W::Jwks,
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
    /// Reads which grant a token request asks for, before the client is authenticated: every caller learns that a grant
    /// does not exist.
    ///
    /// # Errors
    /// `invalid_request`, or `unsupported_grant_type`.
    pub fn asked(parameters: &Parameters) -> Result<Self, OAuthError> {
        parameters.each_once(&PARAMETERS)?;
        match parameters.required("grant_type")? {
            "authorization_code" => Ok(Self::AuthorizationCode),
            "client_credentials" => Ok(Self::ClientCredentials),
            "refresh_token" => Ok(Self::RefreshToken),
            _ => Err(Self::unsupported(
                "grant_type must be authorization_code, refresh_token or client_credentials.",
            )),
        }
    }

    /// A grant that is not given.
    pub fn unsupported(sentence: &'static str) -> OAuthError {
        ErrorCode::UnsupportedGrantType.because("grant_type_unsupported", sentence)
    }
}

impl<W: World<Store: ClientReader, Jwks: JwksSource>> TokenDesk<W> {
    /// Authenticates the client. `otherwise` is the client of a request whose credentials name none: a public client
    /// whose refresh token names it.
    ///
    /// # Errors
    /// `invalid_client`, `invalid_request`, or `temporarily_unavailable`. A refusal names the client that the request
    /// names, proven or not.
    pub async fn authenticate(
        &self,
        parameters: &Parameters,
        credentials: Credentials,
        otherwise: Option<&ClientId>,
        now: UnixSeconds,
    ) -> Result<AuthenticatedClient, Refusal> {
        let presented = Presented::read(parameters, credentials, otherwise, &self.service, now)?;
        let client = self.store.client(presented.client_id(), now).await?;
        let proven = presented.prove(client.clone(), &self.jwks, now).await;
        proven.map_err(|error| Refusal::from(error).about(client))
    }
}
