//! The service in memory, and requests that are under way in it: each goes on by one step when it is told to, and may be
//! given up between any two.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use serde_json::{Value, json};
use smart::audit::Refusal;
use smart::client_auth::Credentials;
use smart::error::ErrorCode;
use smart::grant::{Grant, Lasting, Stage};
use smart::ids::GrantKey;
use smart::issuing::introspection::{self, Asker};
use smart::issuing::{Minting, TokenDesk, exchange, renewal, revocation};
use smart::parameters::Parameters;
use smart::ports::{GrantIssuer as _, SessionStore as _};
use smart::service::Service;
use smart::session::Session;
use smart::token::RefreshToken;
use smart::unknown_fields::UnknownFields;
use smart::user::User;
use smart_verify::time::UnixSeconds;
use testkit::fixtures::{self, NOW, REDIRECT_URI, VERIFIER};
use testkit::{InstantSigner, MemoryStore, NoJwks, With};

use crate::model::Effect;

/// For how long the app may come back.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Access {
    Once,
    Offline,
    /// Offline, and soon over.
    Brief,
    Online,
}

/// What is asked of the service. Tokens are counted from the newest that the app has.
#[derive(Clone, Copy, Debug)]
pub(crate) enum AppRequest {
    Redeem,
    RedeemWrongly(Wrong),
    Refresh { token: usize, narrow: bool },
    RefreshOfAnother { token: usize },
    Revoke { token: usize },
    Introspect { token: usize },
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Wrong {
    Verifier,
    Address,
    Client,
}

/// A body, or the code and reason of a refusal.
pub(crate) type TokenResult = Result<Value, (ErrorCode, &'static str)>;

type UnderWay = Pin<Box<dyn Future<Output = TokenResult>>>;

struct Parts {
    desk: TokenDesk<With<MemoryStore, InstantSigner, NoJwks>>,
    minting: Minting,
}

#[derive(Clone)]
pub(crate) struct World {
    parts: Arc<Parts>,
    pub(crate) key: GrantKey,
    code: String,
    pub(crate) until: Option<UnixSeconds>,
    /// The refresh tokens that the app was given, oldest first.
    pub(crate) tokens: Vec<String>,
}

pub(crate) const NARROW: &str = "patient/*.rs";
const SESSION: &str = "session";

/// Runs what nobody interrupts.
pub(crate) fn run<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    for _ in 0..1000 {
        if let Poll::Ready(done) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return done;
        }
    }
    panic!("it does not come to an end");
}

/// Lets a request go on by one step.
pub(crate) fn step(under_way: &mut UnderWay) -> Option<TokenResult> {
    match under_way.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => Some(answer),
        Poll::Pending => None,
    }
}

impl World {
    /// A code on its way to an app.
    pub(crate) fn new(access: Access) -> Self {
        let store = MemoryStore::default();
        store.put_client(fixtures::public_client("app"));
        store.put_client(fixtures::public_client("other"));
        store.put_user(fixtures::user("ann"));
        let until = |seconds| UnixSeconds(NOW.0 + seconds);
        let session = Session {
            id: SESSION.to_owned(),
            name: "ann".to_owned(),
            subject: "sub-ann".to_owned(),
            auth_time: Some(NOW),
            began_at: NOW,
            expires_at: until(8 * 3600),
            unknown: UnknownFields::NONE,
        };
        run(store.begin(&session, None, &[])).unwrap();
        let lasting = match access {
            Access::Once => None,
            Access::Offline => Some(Lasting::Offline { until: until(365 * 86_400) }),
            Access::Brief => Some(Lasting::Offline { until: until(4000) }),
            Access::Online => Some(Lasting::Online { session: session.id, until: until(8 * 3600) }),
        };
        let (grant, code) = fixtures::issued_grant("app", "ann");
        let grant = Grant { stage: Stage::Issued { lasting }, ..grant };
        run(store.issue(&fixtures::only(&grant, &fixtures::report(&grant)))).unwrap();
        let service = Service::new("https://auth.example.org", "https://fhir.example.org/r4");
        let desk = TokenDesk { store, signer: InstantSigner::default(), jwks: NoJwks, service };
        let minting = fixtures::minting();
        let (key, code) = (grant.key, code.write(&minting.macs));
        let until = grant.stage.lasting().map(Lasting::until);
        Self { parts: Arc::new(Parts { desk, minting }), key, code, until, tokens: Vec::new() }
    }

    /// The grant as it stands.
    pub(crate) fn grant(&self) -> Grant {
        self.parts.desk.store.grant_as_it_stands(&self.key).unwrap()
    }

    pub(crate) fn signing_fails(&self, fails: bool) {
        self.parts.desk.signer.fail(fails);
    }

    pub(crate) fn sign_out(&self) {
        run(self.parts.desk.store.end(SESSION)).unwrap();
    }

    pub(crate) fn disable(&self, disabled: bool) {
        self.parts.desk.store.put_user(User { disabled, ..fixtures::user("ann") });
    }

    /// The app keeps a token that it was given.
    pub(crate) fn keep(&mut self, token: &str) {
        let place = self.read(token).generation();
        let before = self.tokens.partition_point(|known| self.read(known).generation() < place);
        if self.tokens.get(before).is_none_or(|known| known != token) {
            self.tokens.insert(before, token.to_owned());
        }
    }

    /// The token that is meant, if the app was given any.
    pub(crate) fn token(&self, back: usize) -> Option<&str> {
        let last = self.tokens.len().checked_sub(1)?;
        Some(&self.tokens[last - back.min(last)])
    }

    /// A refresh token, read.
    pub(crate) fn read(&self, token: &str) -> RefreshToken {
        RefreshToken::read(token, &self.parts.minting.macs).unwrap()
    }

    /// What the model makes of a request.
    pub(crate) fn effect(&self, asked: AppRequest) -> Effect {
        let shown = |token| self.token(token).map(|token| self.read(token).generation());
        match asked {
            AppRequest::Redeem => Effect::Redeem,
            AppRequest::Refresh { token, .. } => shown(token).map_or(Effect::Nothing, Effect::Refresh),
            AppRequest::Revoke { token } => shown(token).map_or(Effect::Nothing, |_| Effect::Revoke),
            AppRequest::RedeemWrongly(_)
            | AppRequest::RefreshOfAnother { .. }
            | AppRequest::Introspect { .. } => Effect::Nothing,
        }
    }

    /// Sends a request; nothing if it needs a token and there is none.
    pub(crate) fn send(&self, asked: AppRequest, now: UnixSeconds) -> Option<UnderWay> {
        let parts = Arc::clone(&self.parts);
        let form = Parameters::query(&self.query(asked)?).unwrap();
        Some(Box::pin(async move {
            let answer = match asked {
                AppRequest::Redeem | AppRequest::RedeemWrongly(_) => parts.redeem(&form, now).await,
                AppRequest::Refresh { .. } | AppRequest::RefreshOfAnother { .. } => {
                    parts.refresh(&form, now).await
                }
                AppRequest::Revoke { .. } => parts.revoke(&form, now).await,
                AppRequest::Introspect { .. } => parts.introspect(&form, now).await,
            };
            answer.map_err(|refusal| (refusal.error.code(), refusal.error.reason()))
        }))
    }

    fn query(&self, asked: AppRequest) -> Option<String> {
        let code = |client, address, verifier| {
            let code = &self.code;
            format!("client_id={client}&redirect_uri={address}&code_verifier={verifier}&code={code}")
        };
        let other = "a".repeat(43);
        Some(match asked {
            AppRequest::Redeem => code("app", REDIRECT_URI, VERIFIER),
            AppRequest::RedeemWrongly(Wrong::Verifier) => code("app", REDIRECT_URI, &other),
            AppRequest::RedeemWrongly(Wrong::Address) => {
                code("app", "https://app.example.org/other", VERIFIER)
            }
            AppRequest::RedeemWrongly(Wrong::Client) => code("other", REDIRECT_URI, VERIFIER),
            AppRequest::Refresh { token, narrow } => {
                let scope = if narrow { format!("&scope={NARROW}") } else { String::new() };
                format!("client_id=app&refresh_token={}{scope}", self.token(token)?)
            }
            AppRequest::RefreshOfAnother { token } => {
                format!("client_id=other&refresh_token={}", self.token(token)?)
            }
            AppRequest::Revoke { token } | AppRequest::Introspect { token } => {
                format!("client_id=app&token={}", self.token(token)?)
            }
        })
    }
}

impl Parts {
    async fn redeem(&self, form: &Parameters, now: UnixSeconds) -> Result<Value, Refusal> {
        let client = self.desk.authenticate(form, Credentials::default(), None, now).await?;
        let answer = exchange::redeem(form, client, &self.desk, &self.minting, now).await?;
        Ok(serde_json::to_value(answer.body).unwrap())
    }

    async fn refresh(&self, form: &Parameters, now: UnixSeconds) -> Result<Value, Refusal> {
        let client = self.desk.authenticate(form, Credentials::default(), None, now).await?;
        let answer = renewal::renew(form, client, &self.desk, &self.minting, now).await?;
        Ok(serde_json::to_value(answer.body).unwrap())
    }

    async fn revoke(&self, form: &Parameters, now: UnixSeconds) -> Result<Value, Refusal> {
        let client = self.desk.authenticate(form, Credentials::default(), None, now).await?;
        revocation::revoke(form, client, &self.desk, &self.minting, now).await.map(|_| json!({}))
    }

    async fn introspect(&self, form: &Parameters, now: UnixSeconds) -> Result<Value, Refusal> {
        let app = "app".parse().unwrap();
        let asker = Asker::Client(&app);
        let text = form.required("token")?;
        let answer = introspection::introspect(text, asker, &self.desk, &self.minting, now).await?;
        Ok(serde_json::to_value(answer.body).unwrap())
    }
}
