//! Registration: the admin API for clients and accounts, and the endpoints of RFC 7591 and RFC 7592.
//!
//! A request passes: its route (`routes`), its caller and quota (`admin_auth`), one file per resource, and its answer.
//! The answer to a change carries its record (`smart::audit`), which becomes a line of the log.

mod admin_auth;
mod approvals;
mod body;
mod call;
mod check;
mod client_list;
mod client_view;
mod clients;
mod idempotency;
mod openapi;
mod pagination;
mod preconditions;
mod register;
mod register_tokens;
mod rfc7592;
mod routes;
mod secrets;
#[cfg(test)]
mod tests;
mod users;

use aws::config::Settings;
use aws::dynamodb::{TableNames, Tables};
use aws::function::Function;
use aws::jwks_http::HttpsJwks;
use aws::kms::{self, KmsSigner};
use aws::{Aws, Deployed, StartError};
use http::Method;
use smart::audit::AuditHasher;
use smart::error::OAuthError;
use smart::operations::{Acting, Actor, DryRun, Operations};
use smart::ports::{
    ClientWriter, JwksSource, Lockout, ProblemReader, PublicKeys, Registry, RequestCounter, SessionStore,
    UserKeeper, World,
};
use smart::registration::SelfRegistrationPolicy;
use smart::service::Service;
use smart::settings::{MacName, SettingsItem};
use smart_verify::time::UnixSeconds;
use web::browser::seal::PageKeys;
use web::cors::preflight;
use web::{Request, Response, respond};

use account::{AccountHome, Desk};
use routes::Route;

smart::reach! {
    /// All that this function may reach. Its policy in `template.yaml` lists the same, action by action.
    pub trait Reaches {
        Store: ClientWriter
            + UserKeeper
            + Registry
            + RequestCounter
            + SessionStore
            + Lockout
            + ProblemReader;
        Signer: PublicKeys, Jwks: JwksSource
    }
}

/// What this function works with.
pub struct Ports<W: World> {
    /// What is remembered.
    pub store: W::Store,
    /// What verifies the tokens of those who ask.
    pub keys: W::Signer,
    /// What reads the keys that clients publish.
    pub jwks: W::Jwks,
    /// What addresses are hashed with.
    pub seals: PageKeys,
    /// What hides people and addresses in records.
    pub audit: AuditHasher,
    /// Who registers besides administrators, and for what at most.
    pub policy: SelfRegistrationPolicy,
    /// Our own addresses.
    pub service: Service,
    /// What the pages of the account home need too.
    pub account: AccountHome,
}

impl<W: World> Ports<W> {
    /// What an actor may do now.
    fn operations<'a>(&'a self, actor: Actor<'a>, now: UnixSeconds) -> Operations<'a, W> {
        let Self { store, jwks, policy, service, audit, .. } = self;
        let acting = Acting { store, audit, actor, dry_run: DryRun::No, now };
        Operations { acting, jwks, policy, service }
    }
}

impl Function for Ports<Deployed> {
    const SETTINGS: &'static [SettingsItem] =
        &[SettingsItem::SigningKeys, SettingsItem::MacVersions, SettingsItem::Texts];

    async fn wire(settings: &Settings, aws: &Aws) -> Result<Self, StartError> {
        let mut settings = settings.reader();
        let service = settings.service();
        let reach = settings.reach_of_keys(&service);
        let signing_keys = settings.signing_keys();
        let page_seal = settings.mac_key(MacName::PageSeal);
        let audit_hash = settings.mac_key(MacName::AuditHash);
        let policy = settings.self_registration();
        let names = TableNames::read(&mut settings, REACHES);
        let account = AccountHome::read(&mut settings, &service);
        settings.finish()?;
        let account = account?;
        let kms = aws.kms();
        let store = Tables::new(aws.dynamodb(), names);
        let (keys, seal_secrets, audit_secrets) = tokio::try_join!(
            KmsSigner::connect(kms.clone(), signing_keys),
            kms::secrets(&kms, &page_seal, MacName::PageSeal),
            kms::secrets(&kms, &audit_hash, MacName::AuditHash),
        )?;
        let other = |error: &dyn std::error::Error| StartError::Other(error.to_string());
        Ok(Ports {
            account,
            store,
            keys,
            jwks: HttpsJwks::new(reach),
            seals: PageKeys::derive(&seal_secrets, page_seal.versions.minting())
                .map_err(|error| other(&error))?,
            audit: AuditHasher::derive(&audit_secrets, audit_hash.versions.minting())
                .map_err(|error| other(&error))?,
            policy,
            service,
        })
    }

    async fn handle(&self, request: Request, now: UnixSeconds) -> Response {
        handle(request, self, now).await
    }

    fn keys(&self) -> &KmsSigner {
        &self.keys
    }

    fn unavailable(&self, request: &Request, error: &OAuthError) -> Response {
        if account::is_at(request.uri().path()) {
            return account::unavailable(request, &self.account, error);
        }
        respond::refusal(error)
    }
}

/// Answers one request: of an administrator, or of somebody who registers a client of their own.
pub async fn handle(request: Request, ports: &Ports<impl Reaches>, now: UnixSeconds) -> Response {
    if account::is_at(request.uri().path()) {
        let address = &admin_auth::address(&request);
        let operations = ports.operations(Actor::Anonymous { address, initial: None }, now);
        let desk = Desk { operations, address, seals: &ports.seals, home: &ports.account };
        return account::handle(&request, &desk).await;
    }
    let Some(route) = Route::of(request.uri().path()) else {
        return respond::not_found();
    };
    if request.method() == Method::OPTIONS {
        let mut answer = preflight(request.headers(), route.allow());
        respond::no_store(&mut answer);
        return answer;
    }
    let taken = route.allow().split(", ").any(|method| method == request.method().as_str());
    if !taken {
        return respond::method_not_allowed(route.allow());
    }
    match route {
        Route::OpenApi => openapi::serve(&ports.service),
        Route::Register => register::answer(&request, ports, now).await,
        Route::Registered(id) => rfc7592::answer(&request, &id, ports, now).await,
        route => admin_auth::administrate(&request, route, ports, now).await,
    }
}
