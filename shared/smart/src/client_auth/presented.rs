//! What a request presents as its proof, read before any client is looked up.

use std::fmt;
use std::sync::Arc;

use smart_verify::time::UnixSeconds;

use super::AuthenticatedClient;
use super::assertion::{ExpectedAssertion, UnverifiedAssertion};
use crate::client::{AuthMethod, Client, ClientId, StoredSecret};
use crate::error::{ErrorCode, OAuthError};
use crate::parameters::Parameters;
use crate::ports::JwksSource;
use crate::service::Service;

/// What a request sends to authenticate its client, in addition to its parameters. The default is nothing.
#[derive(Debug, Default)]
pub struct Credentials {
    /// The Authorization header.
    pub authorization: Authorization,
}

/// An Authorization header, as client authentication sees it.
#[derive(Debug, Default)]
pub enum Authorization {
    /// There is none.
    #[default]
    Absent,
    /// There is one that cannot authenticate a client: it is not HTTP Basic, cannot be read, or came twice.
    Unreadable,
    /// HTTP Basic.
    Basic(Basic),
}

/// The id and secret of a client that authenticates by HTTP Basic.
pub struct Basic {
    /// The client's id.
    pub client_id: String,
    /// The client's secret.
    pub secret: String,
}

impl fmt::Debug for Basic {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Basic({}, redacted)", self.client_id)
    }
}

/// The one proof that a request presents.
#[derive(Debug)]
pub struct Presented {
    client_id: ClientId,
    proof: Proof,
}

#[derive(Debug)]
enum Proof {
    Nothing,
    Secret { secret: PresentedSecret, method: AuthMethod },
    Assertion(Box<UnverifiedAssertion>),
}

/// A secret as it was sent.
struct PresentedSecret(String);

impl fmt::Debug for PresentedSecret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("PresentedSecret(redacted)")
    }
}

/// One answer for every way in which a secret can be wrong, an unknown client included.
fn failed() -> OAuthError {
    ErrorCode::InvalidClient.because("client_authentication", "client authentication failed.")
}

impl Presented {
    /// Reads the proof, and refuses what no client could mend by being another client: two proofs at once, credentials
    /// that cannot be read, an assertion that breaks a rule by itself. `otherwise` is the client if none is named.
    ///
    /// Source: RFC 6749 §2.3 (a client must not use more than one method).
    ///
    /// # Errors
    /// `invalid_request` for two proofs, `invalid_client` for what cannot be a proof.
    pub fn read(
        parameters: &Parameters,
        credentials: Credentials,
        otherwise: Option<&ClientId>,
        service: &Service,
        now: UnixSeconds,
    ) -> Result<Self, OAuthError> {
        let basic = match credentials.authorization {
            Authorization::Absent => None,
            Authorization::Unreadable => Some(None),
            Authorization::Basic(basic) => Some(Some(basic)),
        };
        let secret = parameters.get("client_secret")?;
        let assertion = parameters.get("client_assertion")?;
        let assertion_type = parameters.get("client_assertion_type")?;
        let named = parameters.get("client_id")?;
        let by_assertion = assertion.is_some() || assertion_type.is_some();
        if usize::from(basic.is_some()) + usize::from(secret.is_some()) + usize::from(by_assertion) > 1 {
            let sentence = "send one client authentication: the Authorization header, client_secret or client_assertion.";
            return Err(ErrorCode::InvalidRequest.because("client_authentication_twice", sentence));
        }
        let presented = if by_assertion {
            let assertion =
                UnverifiedAssertion::read(assertion, assertion_type, &ExpectedAssertion::by(service, now))?;
            Self { client_id: assertion.client_id().clone(), proof: Proof::Assertion(Box::new(assertion)) }
        } else if let Some(basic) = basic {
            let Basic { client_id, secret } = basic.ok_or_else(failed)?;
            let secret = PresentedSecret(secret);
            let proof = Proof::Secret { secret, method: AuthMethod::ClientSecretBasic };
            Self { client_id: client_id.parse().map_err(|_| failed())?, proof }
        } else {
            let client_id = match (named, otherwise) {
                (Some(named), _) => named.parse().map_err(|_| failed())?,
                (None, Some(otherwise)) => otherwise.clone(),
                (None, None) => return Err(failed()),
            };
            let proof = match secret {
                Some(secret) => Proof::Secret {
                    secret: PresentedSecret(secret.to_owned()),
                    method: AuthMethod::ClientSecretPost,
                },
                None => Proof::Nothing,
            };
            Self { client_id, proof }
        };
        if named.is_some_and(|named| named != presented.client_id.as_str()) {
            let sentence = "client_id is not the client that the other credentials name.";
            return Err(ErrorCode::InvalidClient.because("client_id_differs", sentence));
        }
        Ok(presented)
    }

    /// The client that the request says it comes from.
    pub fn client_id(&self) -> &ClientId {
        &self.client_id
    }

    /// Whether a client, as looked up by that id, is proven. What method it must use stands in its record, never in
    /// the request.
    ///
    /// # Errors
    /// `invalid_client`; the same words for an unknown client, a disabled one and a wrong secret.
    pub async fn prove(
        self,
        client: Option<Arc<Client>>,
        jwks: &impl JwksSource,
        now: UnixSeconds,
    ) -> Result<AuthenticatedClient, OAuthError> {
        let enabled = client.clone().filter(|client| !client.disabled);
        match self.proof {
            Proof::Assertion(assertion) => {
                let (client, unspent) = assertion.verify(client, jwks, now).await?;
                Ok(AuthenticatedClient { client, unspent: Some(unspent) })
            }
            Proof::Secret { secret, method } => {
                let client = check_secret(enabled, &secret.0, method, now)?;
                Ok(AuthenticatedClient { client, unspent: None })
            }
            Proof::Nothing => {
                let public =
                    |client: &Arc<Client>| client.metadata.token_endpoint_auth_method == AuthMethod::None;
                let client = enabled.filter(public).ok_or_else(failed)?;
                Ok(AuthenticatedClient { client, unspent: None })
            }
        }
    }
}

/// Compares a secret with two stored ones, always two, so that neither the client's existence nor the number of its
/// secrets shows in the work done.
fn check_secret(
    client: Option<Arc<Client>>,
    presented: &str,
    method: AuthMethod,
    now: UnixSeconds,
) -> Result<Arc<Client>, OAuthError> {
    let nobodys = StoredSecret::nobodys();
    let stored = client.as_ref().map_or(&[][..], |client| &client.secrets);
    let first = stored.first().unwrap_or(&nobodys).is(presented, now);
    let second = stored.get(1).unwrap_or(&nobodys).is(presented, now);
    let client = client.filter(|client| client.metadata.token_endpoint_auth_method == method);
    client.filter(|_| first | second).ok_or_else(failed)
}
