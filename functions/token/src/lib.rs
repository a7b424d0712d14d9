//! What apps do with what people allowed them: take tokens, come back for more, ask about them, give them back.

mod introspect;
mod revoke;
mod token;
mod userinfo;

use aws::config::Environment;
use aws::dynamodb::{TableNames, Tables};
use aws::jwks_http::HttpsJwks;
use aws::kms::{self, KmsSigner};
use aws::{Aws, StartError};
use http::Method;
use smart::audit::AuditHasher;
use smart::grant::{Minting, TokenDesk};
use smart::http::{Request, Response, preflight, respond};
use smart::mac::{NoMintingKey, TokenMacs};
use smart::ports::{
    ClientReader, GrantKeeper, JwksSource, ProblemWriter, ReplayStore, SessionReader, Signer,
    SystemAccountReader, Tombstones, UserReader,
};
use smart_verify::time::UnixSeconds;

/// All that this function may remember by. Its policy in `template.yaml` lists the same, action by action.
pub trait Store:
    ClientReader
    + UserReader
    + SystemAccountReader
    + SessionReader
    + GrantKeeper
    + Tombstones
    + ReplayStore
    + ProblemWriter
{
}

impl<T> Store for T where
    T: ClientReader
        + UserReader
        + SystemAccountReader
        + SessionReader
        + GrantKeeper
        + Tombstones
        + ReplayStore
        + ProblemWriter
{
}

/// The parameters that mean something where somebody asks about a token or gives it back; each may come once.
const ABOUT_A_TOKEN: [&str; 6] =
    ["token", "token_type_hint", "client_id", "client_secret", "client_assertion", "client_assertion_type"];

/// What this function works with.
#[derive(Debug)]
pub struct Ports<S, K, J> {
    /// Store, signer, clients' keys, and where we are.
    pub desk: TokenDesk<S, K, J>,
    /// What codes and refresh tokens are made and read by.
    pub minting: Minting,
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
    let reach = settings.reach_of_keys(&service);
    let signing_keys = settings.signing_keys();
    let token_mac = settings.mac_key("TOKEN_MAC");
    let audit_hash = settings.mac_key("AUDIT_HASH");
    let refresh_idle = settings.days("REFRESH_IDLE_DAYS");
    let names = TableNames {
        clients: settings.required("CLIENTS_TABLE"),
        users: settings.required("USERS_TABLE"),
        sessions: settings.required("SESSIONS_TABLE"),
        grants: settings.required("GRANTS_TABLE"),
        replay: settings.required("REPLAY_TABLE"),
        ..TableNames::default()
    };
    settings.finish()?;
    let kms = aws.kms();
    let store = Tables::new(aws.dynamodb(), names);
    let ((), signer, secrets, audit_secrets) = tokio::try_join!(
        store.open(),
        KmsSigner::connect(kms.clone(), signing_keys),
        kms::secrets(&kms, &token_mac, "token-mac"),
        kms::secrets(&kms, &audit_hash, "audit-hash"),
    )?;
    let no_key = |error: NoMintingKey| StartError::Other(error.to_string());
    let macs = TokenMacs::derive(&secrets, token_mac.mint).map_err(no_key)?;
    let audit = AuditHasher::derive(&audit_secrets, audit_hash.mint).map_err(no_key)?;
    let jwks = HttpsJwks::new(reach);
    let desk = TokenDesk { store, signer, jwks, service };
    Ok(Ports { desk, minting: Minting { macs, refresh_idle, audit } })
}

/// `/token`, `/introspect`, `/revoke` and `/userinfo`.
pub async fn handle<S: Store, K: Signer, J: JwksSource>(
    request: Request,
    ports: &Ports<S, K, J>,
    now: UnixSeconds,
) -> Response {
    let path = request.uri().path();
    if path == "/userinfo" {
        return match *request.method() {
            Method::OPTIONS => preflight(request.headers(), "GET, POST, OPTIONS"),
            _ => userinfo::handle(&request, ports, now).await,
        };
    }
    if let Some(answer) = respond::unless_post(&request) {
        return answer;
    }
    match path {
        "/token" => token::handle(&request, ports, now).await,
        "/introspect" => introspect::handle(&request, ports, now).await,
        "/revoke" => revoke::handle(&request, ports, now).await,
        _ => respond::not_found(),
    }
}
