//! An OpenID provider on loopback, as small as one can be that is still strict about what it is asked. Everybody it
//! knows is signed in already, so a visit to its sign-in page answers at once. It can be told to misbehave.

mod endpoints;
mod id_token;
mod keys;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value};
use smart_verify::time::UnixSeconds;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// The one client that the provider knows.
pub const CLIENT_ID: &str = "smart-authorization";

/// The secret of [`CLIENT_ID`]; its signs are those that a form encodes.
pub const CLIENT_SECRET: &str = "a secret: 100% + /more&";

/// What the provider does wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Misbehaviour {
    /// Nothing.
    #[default]
    None,
    /// The id token repeats another nonce.
    WrongNonce,
    /// The id token is for another client.
    WrongAudience,
    /// The id token is of another issuer.
    WrongIssuer,
    /// The id token ended an hour ago.
    Expired,
    /// The id token will be issued in an hour.
    IssuedLater,
    /// The id token is not signed.
    Unsigned,
    /// The id token is authenticated by HMAC, with the public key as the secret.
    SymmetricWithPublicKey,
    /// The id token is signed by a stranger who uses the name of the provider's key.
    ForeignKey,
    /// The id token is signed by a key that is not published.
    UnpublishedKey,
    /// There is no id token.
    NoIdToken,
    /// The sign-in page sends people back with `access_denied`.
    AccessDenied,
    /// The id token does not say when they signed in, although it was asked.
    NoAuthTime,
    /// Nobody is asked to sign in again, whatever was asked: they did so many seconds ago.
    SignedInBefore(u64),
    /// The token endpoint answers 500.
    TokenEndpointFails,
    /// The token endpoint sends its caller elsewhere.
    TokenEndpointRedirects,
    /// The discovery document is that of another issuer.
    DiscoveryOfAnother,
    /// The discovery document is larger than 256 KiB.
    HugeDiscovery,
    /// The sign-in page is said to be at a plain http address of another host.
    PlainHttpEndpoint,
}

/// A code that waits to be redeemed.
#[derive(Clone, Debug)]
struct Waiting {
    login: String,
    redirect_uri: String,
    code_challenge: String,
    nonce: Option<String>,
    auth_time: UnixSeconds,
}

#[derive(Debug)]
struct Settings {
    misbehaviour: Misbehaviour,
    token_authentication: &'static str,
    algorithm: &'static str,
    people: BTreeMap<String, Map<String, Value>>,
    signed_in: Option<String>,
    redirect_uris: Vec<String>,
    clock: Option<UnixSeconds>,
    next_key: bool,
    codes: BTreeMap<String, Waiting>,
    asked: BTreeMap<String, usize>,
    last_authorization: BTreeMap<String, String>,
}

/// What the endpoints share.
#[derive(Clone, Debug)]
struct Shared {
    issuer: Arc<str>,
    settings: Arc<Mutex<Settings>>,
}

impl Shared {
    fn open(&self) -> MutexGuard<'_, Settings> {
        self.settings.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Settings {
    fn now(&self) -> UnixSeconds {
        let real = || UnixSeconds(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs());
        self.clock.unwrap_or_else(real)
    }
}

/// A running provider. It stops when it is dropped.
#[derive(Debug)]
pub struct Provider {
    shared: Shared,
    server: JoinHandle<()>,
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Provider {
    /// Starts a provider that sends people back to this address and to no other.
    pub async fn start(redirect_uri: &str) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let settings = Settings {
            misbehaviour: Misbehaviour::None,
            token_authentication: "client_secret_basic",
            algorithm: "RS256",
            people: BTreeMap::new(),
            signed_in: None,
            redirect_uris: vec![redirect_uri.to_owned()],
            clock: None,
            next_key: false,
            codes: BTreeMap::new(),
            asked: BTreeMap::new(),
            last_authorization: BTreeMap::new(),
        };
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let shared = Shared { issuer: issuer.into(), settings: Arc::new(Mutex::new(settings)) };
        let router = endpoints::router(shared.clone());
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { shared, server }
    }

    /// Its issuer, which is also where it answers.
    pub fn issuer(&self) -> &str {
        &self.shared.issuer
    }

    /// Makes somebody known, who is named by `login_hint`. Their claims stand beside and before the usual ones; `sub`
    /// is the login unless they say otherwise.
    pub fn put_person(&self, login: &str, claims: &Value) {
        self.shared.open().people.insert(login.to_owned(), claims.as_object().unwrap().clone());
    }

    /// From now on it is this person who comes without a `login_hint`.
    pub fn sign_in(&self, login: &str) {
        self.shared.open().signed_in = Some(login.to_owned());
    }

    /// From now on it does something wrong, or nothing.
    pub fn misbehave(&self, misbehaviour: Misbehaviour) {
        self.shared.open().misbehaviour = misbehaviour;
    }

    /// From now on the client authenticates by this method alone: `client_secret_basic`, which it is at first, `none`, or
    /// `client_secret_post`.
    pub fn authenticate_by(&self, method: &'static str) {
        self.shared.open().token_authentication = method;
    }

    /// From now on it signs by this algorithm: `RS256`, which it is at first, `PS256` or `ES256`. What it said before
    /// of itself is not true any more.
    pub fn sign_by(&self, algorithm: &'static str) {
        self.shared.open().algorithm = algorithm;
    }

    /// Its clock stands at this moment; at first it goes with that of the machine.
    pub fn set_clock(&self, now: UnixSeconds) {
        self.shared.open().clock = Some(now);
    }

    /// From now on another key is published, alone, and signs.
    pub fn change_key(&self) {
        self.shared.open().next_key = true;
    }

    /// How often a path was asked for.
    pub fn asked(&self, path: &str) -> usize {
        self.shared.open().asked.get(path).copied().unwrap_or_default()
    }

    /// The parameters of the last visit to its sign-in page.
    pub fn last_authorization(&self) -> BTreeMap<String, String> {
        self.shared.open().last_authorization.clone()
    }
}
