//! The upstream OpenID provider: code flow with PKCE and nonce, and an id token that is verified before a word of it is
//! believed.

mod http;
mod provider_cache;
mod refusals;

use std::time::Duration;

use chrono::{DateTime, Utc};
use openidconnect::core::{
    CoreAuthPrompt, CoreAuthenticationFlow, CoreClient, CoreIdToken, CoreIdTokenClaims, CoreIdTokenVerifier,
};
use openidconnect::{
    AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointMaybeSet, EndpointNotSet, EndpointSet,
    IssuerUrl, LoginHint, Nonce, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope, TokenResponse as _,
};
use serde_json::{Map, Value};
use smart::error::Unreachable;
use smart::random;
use smart::service::Service;
use smart::upstream::{Departure, Identity, RoundTrip, SignInRefused, UpstreamMapping};
use smart_verify::jws::UnverifiedJws;
use smart_verify::time::{CLOCK_LEEWAY, UnixSeconds};
use url::Url;

use crate::config::{UpstreamSettings, is_loopback_http};
use crate::{StartError, kms};

use http::Http;
use provider_cache::{ProviderCache, ProviderDocuments, unreachable};

/// What the secret of our client is encrypted for, as its encryption context says.
pub const SECRET_PURPOSE: &str = "upstream-client-secret";

/// The longest subject that is read.
///
/// Source: OpenID Connect Core 1.0 §2, `sub`.
const LONGEST_SUBJECT: usize = 255;

/// A client of the provider, with the endpoints that its discovery document has for sure.
type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// The one provider that may say who people are.
#[derive(Debug)]
pub struct UpstreamProvider {
    label: String,
    issuer: IssuerUrl,
    client_id: ClientId,
    client_secret: Option<ClientSecret>,
    scopes: Vec<Scope>,
    mapping: UpstreamMapping,
    fhir_base_url: String,
    http: Http,
    cache: ProviderCache,
}

impl UpstreamProvider {
    /// The provider of these settings, with the secret of our client there opened by KMS. The provider itself is not
    /// asked anything yet.
    ///
    /// # Errors
    /// When the secret cannot be opened, or TLS cannot be set up.
    pub async fn connect(
        kms: &aws_sdk_kms::Client,
        settings: UpstreamSettings,
        service: &Service,
    ) -> Result<Self, StartError> {
        let secret = match &settings.client_secret {
            None => None,
            Some(sealed) => {
                let secret = String::from_utf8(kms::open(kms, sealed, SECRET_PURPOSE).await?);
                Some(
                    secret
                        .map_err(|_| StartError::Keys("the upstream client secret is no text".to_owned()))?,
                )
            }
        };
        Self::new(settings, secret, service)
    }

    /// The same with the secret at hand. Plain http is for a provider on loopback while we are there as well.
    ///
    /// # Errors
    /// When TLS cannot be set up, or the issuer is no URL.
    pub fn new(
        settings: UpstreamSettings,
        client_secret: Option<String>,
        service: &Service,
    ) -> Result<Self, StartError> {
        let other = |error: &dyn std::error::Error| StartError::Other(crate::causes(error));
        let allow_loopback = Url::parse(service.issuer()).is_ok_and(|ours| is_loopback_http(&ours));
        let http = Http::new(allow_loopback).map_err(|error| other(&error))?;
        let issuer = IssuerUrl::new(settings.issuer).map_err(|error| other(&error))?;
        // The crate adds `openid` itself.
        let scopes = settings.scopes.into_iter().filter(|scope| scope != "openid").map(Scope::new).collect();
        Ok(Self {
            label: settings.label,
            client_id: ClientId::new(settings.client_id),
            scopes,
            mapping: settings.mapping,
            fhir_base_url: service.fhir_base_url().to_owned(),
            cache: ProviderCache::new(http.clone(), issuer.clone(), client_secret.is_some()),
            client_secret: client_secret.map(ClientSecret::new),
            issuer,
            http,
        })
    }

    fn client(&self, known: &ProviderDocuments, callback_url: &str) -> Result<Client, Unreachable> {
        let callback = RedirectUrl::new(callback_url.to_owned());
        let callback = callback.map_err(|error| unreachable("callback", &error.to_string()))?;
        let (id, secret) = (self.client_id.clone(), self.client_secret.clone());
        let client = CoreClient::from_provider_metadata(known.metadata.clone(), id, secret);
        Ok(client.set_auth_type(known.authentication.clone()).set_redirect_uri(callback))
    }

    async fn redeem(
        &self,
        known: &ProviderDocuments,
        callback_url: &str,
        code: &str,
        verifier: &str,
    ) -> Result<CoreIdToken, SignInRefused> {
        let client = self.client(known, callback_url)?;
        let request = client.exchange_code(AuthorizationCode::new(code.to_owned()));
        let request = request.map_err(|error| unreachable("token endpoint", &error.to_string()))?;
        let request = request.set_pkce_verifier(PkceCodeVerifier::new(verifier.to_owned()));
        let answer = request.request_async(&self.http).await;
        let answer = answer.map_err(|error| refusals::of_exchange(&error))?;
        answer.id_token().cloned().ok_or(refusals::NO_ID_TOKEN)
    }

    /// The claims of an id token whose signature, issuer, audience, times and nonce are right. The keys are read anew
    /// if its own is not among them.
    ///
    /// Source: OpenID Connect Core 1.0 §3.1.3.7.
    async fn verify(
        &self,
        known: &ProviderDocuments,
        id_token: &CoreIdToken,
        nonce: &Nonce,
        now: UnixSeconds,
    ) -> Result<CoreIdTokenClaims, SignInRefused> {
        let mut claims = id_token.claims(&self.verifier(known, now), nonce);
        if claims.as_ref().is_err_and(refusals::is_unknown_key)
            && let Some(newer) = self.cache.with_newer_keys(known, now).await?
        {
            claims = id_token.claims(&self.verifier(&newer, now), nonce);
        }
        let claims = claims.map_err(|error| refusals::of_id_token(&error))?;
        self.check(claims, now)?;
        Ok(claims.clone())
    }

    fn verifier<'a>(&self, known: &ProviderDocuments, now: UnixSeconds) -> CoreIdTokenVerifier<'a> {
        let keys = known.metadata.jwks().clone();
        // Without the secret, so that nothing can be verified by it.
        CoreIdTokenVerifier::new_public_client(self.client_id.clone(), self.issuer.clone(), keys)
            .set_allowed_algs(known.algorithms.iter().cloned())
            .set_time_fn(move || moment(now.0.saturating_sub(CLOCK_LEEWAY.as_secs())))
            // Other audiences are no harm as long as we are the authorized party, which is checked below.
            .set_other_audience_verifier_fn(|_| true)
    }

    /// What the crate leaves to its callers.
    fn check(&self, claims: &CoreIdTokenClaims, now: UnixSeconds) -> Result<(), SignInRefused> {
        if claims.issuer().as_str() != self.issuer.as_str() {
            return Err(refusals::ISSUER);
        }
        let authorized = match claims.authorized_party() {
            Some(party) => *party == self.client_id,
            None => claims.audiences().len() == 1,
        };
        if !authorized {
            return Err(refusals::AUDIENCE);
        }
        if claims.issue_time() > moment((now + CLOCK_LEEWAY).0) {
            return Err(refusals::ISSUED_LATER);
        }
        let subject = claims.subject().as_str();
        if subject.is_empty() || subject.len() > LONGEST_SUBJECT {
            return Err(refusals::MALFORMED);
        }
        Ok(())
    }
}

/// How a user is to sign in at the provider.
#[derive(Clone, Copy, Debug)]
pub struct WantedSignIn<'a> {
    /// What the provider must repeat.
    pub state: &'a str,
    /// The name that the user is likely to sign in with.
    pub login_hint: Option<&'a str>,
    /// Asks the provider to make them sign in again, and to say when they did: [`Identity::auth_time`] shows if it has.
    pub fresh: bool,
}

/// A moment as the crate counts time.
fn moment(seconds: u64) -> DateTime<Utc> {
    let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
    DateTime::from_timestamp(seconds, 0).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// All claims of a token that was verified, those included that the crate has no name for.
fn all_claims(verified: &CoreIdToken) -> Result<Map<String, Value>, SignInRefused> {
    let text = verified.to_string();
    let token = UnverifiedJws::parse(&text).map_err(|_| refusals::MALFORMED)?;
    token.unverified_payload().map_err(|_| refusals::MALFORMED)
}

impl UpstreamProvider {
    /// What people call it, as the button on the sign-in page says.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// Its issuer. An `iss` that comes with a code or an error must be exactly this.
    ///
    /// Source: RFC 9207 §2.4.
    pub fn issuer(&self) -> &str {
        self.issuer.as_str()
    }

    /// The origin of its sign-in page, such as `https://id.example.org`: a page of ours whose form leads there must
    /// name it in `form-action`.
    ///
    /// # Errors
    /// When the provider does not say where its sign-in page is.
    pub async fn sign_in_origin(&self, now: UnixSeconds) -> Result<String, Unreachable> {
        let known = self.cache.known(now).await?;
        Ok(known.metadata.authorization_endpoint().url().origin().ascii_serialization())
    }

    /// Where to send the browser of a user who wants to sign in, and what to keep until they are back.
    ///
    /// # Errors
    /// When the provider does not say where its sign-in page is.
    pub async fn begin(
        &self,
        callback_url: &str,
        sign_in: WantedSignIn<'_>,
        now: UnixSeconds,
    ) -> Result<Departure, Unreachable> {
        let known = self.cache.known(now).await?;
        let round_trip = RoundTrip { nonce: random::text::<16>(), code_verifier: random::text::<32>() };
        let (state, nonce) = (CsrfToken::new(sign_in.state.to_owned()), Nonce::new(round_trip.nonce.clone()));
        let verifier = PkceCodeVerifier::new(round_trip.code_verifier.clone());
        let client = self.client(&known, callback_url)?;
        let mut request = client
            .authorize_url(CoreAuthenticationFlow::AuthorizationCode, move || state, move || nonce)
            .add_scopes(self.scopes.iter().cloned())
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier));
        if let Some(hint) = sign_in.login_hint {
            request = request.set_login_hint(LoginHint::new(hint.to_owned()));
        }
        if sign_in.fresh {
            // `max_age` besides, because then the id token must say when they signed in: a person can take both away.
            request = request.add_prompt(CoreAuthPrompt::Login).set_max_age(Duration::ZERO);
        }
        let (url, _, _) = request.url();
        Ok(Departure { url: url.into(), round_trip })
    }

    /// Who has come back with this code. The callback URL and the round trip are those of their departure.
    ///
    /// # Errors
    /// When the provider cannot be asked, or what it says is not to be believed.
    pub async fn finish(
        &self,
        callback_url: &str,
        code: &str,
        round_trip: &RoundTrip,
        now: UnixSeconds,
    ) -> Result<Identity, SignInRefused> {
        let known = self.cache.known(now).await?;
        let id_token = self.redeem(&known, callback_url, code, &round_trip.code_verifier).await?;
        let nonce = Nonce::new(round_trip.nonce.clone());
        let claims = self.verify(&known, &id_token, &nonce, now).await?;
        let mapped = self.mapping.apply(&all_claims(&id_token)?, &self.fhir_base_url)?;
        let auth_time = claims.auth_time().and_then(|time| u64::try_from(time.timestamp()).ok());
        Ok(Identity {
            issuer: self.issuer.to_string(),
            subject: claims.subject().to_string(),
            display_name: mapped.display_name,
            fhir_user: mapped.fhir_user,
            role: mapped.role,
            auth_time: auth_time.map(UnixSeconds),
        })
    }
}
