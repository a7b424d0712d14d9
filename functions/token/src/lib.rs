//! What apps do with what people allowed them: take tokens, come back for more, ask about them, give them back.

mod introspect;
mod revoke;
mod token;
mod userinfo;

use aws::config::Settings;
use aws::dynamodb::{TableNames, Tables};
use aws::function::Function;
use aws::jwks_http::HttpsJwks;
use aws::kms::{self, KmsSigner};
use aws::{Aws, Deployed, StartError};
use http::Method;
use serde::Serialize;
use smart::audit::{AuditHasher, AuditedResult};
use smart::issuing::{Minting, TokenDesk};
use smart::mac::{NoMintingKey, TokenMacs};
use smart::ports::{
    ClientReader, GrantKeeper, JwksSource, ProblemWriter, ReplayStore, SessionReader, Signer,
    SystemAccountReader, Tombstones, UserReader, World,
};
use smart::settings::{MacName, SettingsItem};
use smart_verify::time::UnixSeconds;
use web::cors::preflight;
use web::{Request, Response, respond};

smart::reach! {
    /// All that this function may reach. Its policy in `template.yaml` lists the same, action by action.
    pub trait Reaches {
        Store: ClientReader
            + UserReader
            + SystemAccountReader
            + SessionReader
            + GrantKeeper
            + Tombstones
            + ReplayStore
            + ProblemWriter;
        Signer: Signer, Jwks: JwksSource
    }
}

/// The parameters that mean something where somebody asks about a token or gives it back; each may come once.
const ABOUT_A_TOKEN: [&str; 6] =
    ["token", "token_type_hint", "client_id", "client_secret", "client_assertion", "client_assertion_type"];

/// What this function works with.
pub struct Ports<W: World> {
    /// Store, signer, clients' keys, and where we are.
    pub desk: TokenDesk<W>,
    /// What codes and refresh tokens are made and read by.
    pub minting: Minting,
}

/// One request to this function.
struct Visit<'a, W: World> {
    request: &'a Request,
    desk: &'a TokenDesk<W>,
    minting: &'a Minting,
    now: UnixSeconds,
}

impl<W: Reaches> Visit<'_, W> {
    /// Answers a client, and keeps for its owner why it was refused.
    async fn answer(&self, answer: &AuditedResult<impl Serialize + Sync>) -> Response {
        let TokenDesk { service, store, .. } = self.desk;
        respond::to_client_of(self.request, service, answer, store, self.now).await
    }
}

impl Function for Ports<Deployed> {
    const SETTINGS: &'static [SettingsItem] = &[SettingsItem::SigningKeys, SettingsItem::MacVersions];

    async fn wire(settings: &Settings, aws: &Aws) -> Result<Self, StartError> {
        let mut settings = settings.reader();
        let service = settings.service();
        let reach = settings.reach_of_keys(&service);
        let signing_keys = settings.signing_keys();
        let token_mac = settings.mac_key(MacName::TokenMac);
        let audit_hash = settings.mac_key(MacName::AuditHash);
        let refresh_idle = settings.days("REFRESH_IDLE_DAYS");
        let names = TableNames::read(&mut settings, REACHES);
        settings.finish()?;
        let kms = aws.kms();
        let store = Tables::new(aws.dynamodb(), names);
        let (signer, secrets, audit_secrets) = tokio::try_join!(
            KmsSigner::connect(kms.clone(), signing_keys),
            kms::secrets(&kms, &token_mac, MacName::TokenMac),
            kms::secrets(&kms, &audit_hash, MacName::AuditHash),
        )?;
        let no_key = |error: NoMintingKey| StartError::Other(error.to_string());
        let macs = TokenMacs::derive(&secrets, token_mac.versions.minting()).map_err(no_key)?;
        let audit = AuditHasher::derive(&audit_secrets, audit_hash.versions.minting()).map_err(no_key)?;
        let jwks = HttpsJwks::new(reach);
        let desk = TokenDesk { store, signer, jwks, service };
        Ok(Ports { desk, minting: Minting { macs, refresh_idle, audit } })
    }

    async fn handle(&self, request: Request, now: UnixSeconds) -> Response {
        handle(request, self, now).await
    }

    fn keys(&self) -> &KmsSigner {
        &self.desk.signer
    }
}

/// `/token`, `/introspect`, `/revoke` and `/userinfo`.
pub async fn handle(request: Request, ports: &Ports<impl Reaches>, now: UnixSeconds) -> Response {
    let Ports { desk, minting } = ports;
    let visit = Visit { request: &request, desk, minting, now };
    let path = request.uri().path();
    if path == "/userinfo" {
        return match *request.method() {
            Method::OPTIONS => preflight(request.headers(), "GET, POST, OPTIONS"),
            _ => userinfo::handle(&visit).await,
        };
    }
    if let Some(answer) = respond::unless_post(&request) {
        return answer;
    }
    match path {
        "/token" => token::handle(&visit).await,
        "/introspect" => introspect::handle(&visit).await,
        "/revoke" => revoke::handle(&visit).await,
        _ => respond::not_found(),
    }
}
