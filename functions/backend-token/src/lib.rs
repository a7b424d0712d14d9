//! `/backend-token`: the client credentials grant alone, on its own function, so that bulk jobs do not stand in the way
//! of people who sign in.

use std::sync::Arc;

use aws::config::Environment;
use aws::dynamodb::{TableNames, Tables};
use aws::jwks_http::HttpsJwks;
use aws::kms::KmsSigner;
use aws::{Aws, StartError};
use smart::client::Client;
use smart::error::OAuthError;
use smart::grant::{TokenDesk, TokenGrant, client_credentials};
use smart::http::{Request, Response, respond};
use smart::ports::{ClientReader, JwksSource, ProblemWriter, ReplayStore, Signer, SystemAccountReader};
use smart::token::TokenResponse;
use smart_verify::time::UnixSeconds;

/// All that this function may remember by. Its policy in `template.yaml` lists the same, action by action.
pub trait Store: ClientReader + SystemAccountReader + ReplayStore + ProblemWriter {}

impl<T: ClientReader + SystemAccountReader + ReplayStore + ProblemWriter> Store for T {}

/// Makes the ports of the real world.
///
/// # Errors
/// When a setting is no good, or a key cannot be used.
pub async fn wire(
    environment: &Environment,
    aws: &Aws,
) -> Result<TokenDesk<Tables, KmsSigner, HttpsJwks>, StartError> {
    let mut settings = environment.reader();
    let service = settings.service();
    let reach = settings.reach_of_keys(&service);
    let signing_keys = settings.signing_keys();
    let names = TableNames {
        clients: settings.required("CLIENTS_TABLE"),
        users: settings.required("USERS_TABLE"),
        replay: settings.required("REPLAY_TABLE"),
        ..TableNames::default()
    };
    settings.finish()?;
    let store = Tables::new(aws.dynamodb(), names);
    let ((), signer) = tokio::try_join!(store.open(), KmsSigner::connect(aws.kms(), signing_keys))?;
    let jwks = HttpsJwks::new(reach);
    Ok(TokenDesk { store, signer, jwks, service })
}

/// `POST /backend-token`: the same answers as `/token` for the same client credentials; other grants do not exist here.
///
/// Source: SMART App Launch 2.2, backend-services#obtain-access-token.
pub async fn handle<S: Store, K: Signer, J: JwksSource>(
    request: Request,
    desk: &TokenDesk<S, K, J>,
    now: UnixSeconds,
) -> Response {
    if let Some(answer) = respond::unless_post(&request) {
        return answer;
    }
    let mut named = None;
    let answer = issue(&request, desk, &mut named, now).await;
    desk.answer(&request, named.as_deref(), &answer, now).await
}

async fn issue<S: Store, K: Signer, J: JwksSource>(
    request: &Request,
    desk: &TokenDesk<S, K, J>,
    named: &mut Option<Arc<Client>>,
    now: UnixSeconds,
) -> Result<TokenResponse, OAuthError> {
    let (form, grant) = TokenGrant::read(request)?;
    if grant != TokenGrant::ClientCredentials {
        return Err(TokenGrant::unsupported(
            "only client_credentials is given here; use the token endpoint.",
        ));
    }
    let client = desk.authenticate(&form, request.headers(), None, named, now).await?;
    client_credentials::issue(&form, client, desk, now).await
}
