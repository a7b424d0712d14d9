//! `/token`: a code, or a client's own proof, becomes an access token.

use std::sync::Arc;

use aws::config::Environment;
use aws::dynamodb::{TableNames, Tables};
use aws::jwks_http::HttpsJwks;
use aws::kms::{self, KmsSigner};
use aws::{Aws, StartError};
use smart::client::Client;
use smart::error::OAuthError;
use smart::grant::{TokenDesk, TokenGrant, authorization_code, client_credentials};
use smart::http::{Request, Response, respond};
use smart::mac::TokenMacs;
use smart::ports::{ClientReader, GrantKeeper, JwksSource, ReplayStore, Signer, UserReader};
use smart::time::UnixSeconds;
use smart::token::TokenResponse;

/// All that this function may remember by. Its policy in `template.yaml` lists the same, action by action.
pub trait Store: ClientReader + UserReader + GrantKeeper + ReplayStore {}

impl<T: ClientReader + UserReader + GrantKeeper + ReplayStore> Store for T {}

/// What this function works with.
#[derive(Debug)]
pub struct Ports<S, K, J> {
    /// Store, signer, clients' keys, and where we are.
    pub desk: TokenDesk<S, K, J>,
    /// The MACs of codes.
    pub macs: TokenMacs,
}

/// Makes the ports of the real world.
///
/// # Errors
/// When a setting is no good, or a key cannot be used.
pub async fn wire(
    environment: &Environment,
    aws: &Aws,
) -> Result<Ports<Tables, KmsSigner, HttpsJwks>, StartError> {
    let mut settings = environment.reader();
    let service = settings.service();
    let signing_keys = settings.signing_keys();
    let token_mac = settings.mac_key("TOKEN_MAC");
    let names = TableNames {
        clients: settings.required("CLIENTS_TABLE"),
        users: settings.required("USERS_TABLE"),
        grants: settings.required("GRANTS_TABLE"),
        replay: settings.required("REPLAY_TABLE"),
        ..TableNames::default()
    };
    settings.finish()?;
    let kms = aws.kms();
    let store = Tables::new(aws.dynamodb(), names);
    let (signer, secrets, ()) = tokio::try_join!(
        KmsSigner::connect(kms.clone(), signing_keys),
        kms::secrets(&kms, &token_mac, "token-mac"),
        store.open()
    )?;
    let macs =
        TokenMacs::derive(&secrets, token_mac.mint).map_err(|error| StartError::Other(error.to_string()))?;
    let jwks =
        HttpsJwks::new(service.is_on_loopback()).map_err(|error| StartError::Other(error.to_string()))?;
    Ok(Ports { desk: TokenDesk { store, signer, jwks, service }, macs })
}

/// `POST /token`: answers with a token or with one OAuth error, and neither may be cached.
///
/// Source: RFC 6749 §5; SMART App Launch 2.2, app-launch#obtain-access-token.
pub async fn handle<S: Store, K: Signer, J: JwksSource>(
    request: Request,
    ports: &Ports<S, K, J>,
    now: UnixSeconds,
) -> Response {
    if let Some(answer) = respond::unless_post(&request) {
        return answer;
    }
    let mut named = None;
    let answer = issue(&request, ports, &mut named, now).await;
    respond::token(&request, named.as_deref(), &answer)
}

async fn issue<S: Store, K: Signer, J: JwksSource>(
    request: &Request,
    ports: &Ports<S, K, J>,
    named: &mut Option<Arc<Client>>,
    now: UnixSeconds,
) -> Result<TokenResponse, OAuthError> {
    let desk = &ports.desk;
    let (form, grant) = TokenGrant::read(request)?;
    let client = desk.authenticate(&form, request.headers(), named, now).await?;
    match grant {
        TokenGrant::AuthorizationCode => {
            authorization_code::redeem(&form, client, desk, &ports.macs, now).await
        }
        TokenGrant::ClientCredentials => client_credentials::issue(&form, client, desk, now).await,
    }
}
