//! People sign in at a provider on loopback, honest or not.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use aws::config::UpstreamSettings;
use aws::upstream::{UpstreamProvider, WantedSignIn};
use serde_json::{Value, json};
use smart::random;
use smart::service::Service;
use smart::upstream::{Departure, Identity, RoundTrip, SignInRefused, UpstreamMapping};
use smart::user::Role;
use smart_verify::time::UnixSeconds;
use testkit::fixtures::NOW;
use testkit::provider::{CLIENT_ID, CLIENT_SECRET, Misbehaviour, Provider};
use url::Url;

const SIGN_IN: WantedSignIn<'_> = WantedSignIn { state: "s", login_hint: None, fresh: false };
const CALLBACK: &str = "http://127.0.0.1:9000/sign-in/callback";

/// A provider that knows Ann, and our side of it.
struct World {
    provider: Provider,
    upstream: UpstreamProvider,
}

fn settings(issuer: &str) -> UpstreamSettings {
    UpstreamSettings {
        issuer: issuer.to_owned(),
        client_id: CLIENT_ID.to_owned(),
        label: "Example ID".to_owned(),
        client_secret: None,
        scopes: ["openid", "profile", "fhirUser"].map(str::to_owned).to_vec(),
        mapping: UpstreamMapping::default(),
    }
}

fn upstream(issuer: &str) -> UpstreamProvider {
    let service = Service::new("http://127.0.0.1:9000", "http://127.0.0.1:9000/fhir");
    UpstreamProvider::new(settings(issuer), Some(CLIENT_SECRET.to_owned()), &service).unwrap()
}

impl World {
    async fn new() -> Self {
        let provider = Provider::start(CALLBACK).await;
        provider.set_clock(NOW);
        provider.put_person("ann", &json!({ "fhirUser": "Patient/ann", "name": "Ann Sample" }));
        let upstream = upstream(provider.issuer());
        Self { provider, upstream }
    }

    async fn leave(&self, now: UnixSeconds) -> Departure {
        self.upstream
            .begin(CALLBACK, WantedSignIn { state: "state-1", login_hint: Some("ann"), fresh: false }, now)
            .await
            .unwrap()
    }

    async fn come_back(&self, code: &str, round_trip: &RoundTrip, now: UnixSeconds) -> String {
        outcome(&self.upstream.finish(CALLBACK, code, round_trip, now).await)
    }

    /// The whole way; `Ok`, or the reason of the refusal.
    async fn sign_in_at(&self, now: UnixSeconds) -> String {
        let departure = self.leave(now).await;
        let code = visit(&departure.url).await["code"].as_str().unwrap().to_owned();
        self.come_back(&code, &departure.round_trip, now).await
    }

    async fn sign_in(&self) -> String {
        self.sign_in_at(NOW).await
    }
}

fn outcome(finished: &Result<Identity, SignInRefused>) -> String {
    match finished {
        Ok(_) => "Ok".to_owned(),
        Err(SignInRefused::Unreachable(_)) => "unreachable".to_owned(),
        Err(SignInRefused::Denied { reason, sentence }) => {
            assert!(sentence.is_ascii() && !sentence.contains(['"', '\\']), "{sentence}");
            (*reason).to_owned()
        }
    }
}

/// What stands in the URL that the sign-in page sends a browser to.
async fn visit(url: &str) -> Value {
    let browser = reqwest::Client::builder()
        .tls_certs_only([])
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let answer = browser.get(url).send().await.unwrap();
    assert_eq!(answer.status(), 303, "{}", answer.text().await.unwrap());
    let location = Url::parse(answer.headers()["location"].to_str().unwrap()).unwrap();
    assert!(location.as_str().starts_with(CALLBACK));
    location.query_pairs().map(|(name, value)| (name.into_owned(), json!(value))).collect()
}

#[tokio::test]
async fn somebody_whom_the_provider_knows_is_who_it_says() {
    let world = World::new().await;
    assert_eq!(world.upstream.label(), "Example ID");
    assert_eq!(world.upstream.sign_in_origin(NOW).await.unwrap(), world.provider.issuer());
    let departure = world.leave(NOW).await;
    let answer = visit(&departure.url).await;
    assert_eq!((&answer["state"], &answer["iss"]), (&json!("state-1"), &json!(world.upstream.issuer())));
    let code = answer["code"].as_str().unwrap();
    let identity = world.upstream.finish(CALLBACK, code, &departure.round_trip, NOW).await.unwrap();
    let expected = Identity {
        issuer: world.provider.issuer().to_owned(),
        subject: "ann".to_owned(),
        display_name: "Ann Sample".to_owned(),
        fhir_user: Some("Patient/ann".to_owned()),
        role: Role::Patient,
        auth_time: Some(UnixSeconds(NOW.0 - 3600)),
    };
    assert_eq!(identity, expected);
    assert_eq!(world.come_back(code, &departure.round_trip, NOW).await, "upstream_code_refused");
}

#[tokio::test]
async fn a_departure_asks_for_a_code_with_pkce_and_nonce() {
    let world = World::new().await;
    let departure = world.leave(NOW).await;
    visit(&departure.url).await;
    let asked = world.provider.last_authorization();
    let challenge = random::sha256(departure.round_trip.code_verifier.as_bytes());
    for (name, value) in [
        ("response_type", "code"),
        ("client_id", CLIENT_ID),
        ("redirect_uri", CALLBACK),
        ("scope", "openid profile fhirUser"),
        ("state", "state-1"),
        ("nonce", departure.round_trip.nonce.as_str()),
        ("code_challenge", challenge.as_str()),
        ("code_challenge_method", "S256"),
        ("login_hint", "ann"),
    ] {
        assert_eq!(asked[name], value, "{name}");
    }
    assert!(!asked.contains_key("prompt") && !asked.contains_key("max_age"));
    let other = world.leave(NOW).await;
    assert_ne!(departure.round_trip, other.round_trip);
}

#[tokio::test]
async fn who_is_to_sign_in_again_did_so_just_now() {
    let world = World::new().await;
    world.provider.sign_in("ann");
    let departure =
        world.upstream.begin(CALLBACK, WantedSignIn { fresh: true, ..SIGN_IN }, NOW).await.unwrap();
    let code = visit(&departure.url).await["code"].as_str().unwrap().to_owned();
    let asked = world.provider.last_authorization();
    assert_eq!((asked["prompt"].as_str(), asked["max_age"].as_str()), ("login", "0"));
    let identity = world.upstream.finish(CALLBACK, &code, &departure.round_trip, NOW).await.unwrap();
    assert_eq!(identity.auth_time, Some(NOW));
}

#[tokio::test]
async fn the_secret_goes_where_the_provider_takes_it() {
    let world = World::new().await;
    world.provider.authenticate_by("client_secret_post");
    assert_eq!(world.sign_in().await, "Ok");
    let world = World::new().await;
    world.provider.authenticate_by("private_key_jwt");
    assert!(world.upstream.begin(CALLBACK, SIGN_IN, NOW).await.is_err());
}

#[tokio::test]
async fn each_lie_is_refused_for_its_own_reason() {
    let world = World::new().await;
    for (misbehaviour, reason) in [
        (Misbehaviour::WrongNonce, "upstream_token_nonce"),
        (Misbehaviour::WrongAudience, "upstream_token_audience"),
        (Misbehaviour::WrongIssuer, "upstream_token_issuer"),
        (Misbehaviour::Expired, "upstream_token_expired"),
        (Misbehaviour::IssuedLater, "upstream_token_issued_later"),
        (Misbehaviour::Unsigned, "upstream_token_unsigned"),
        (Misbehaviour::SymmetricWithPublicKey, "upstream_token_algorithm"),
        (Misbehaviour::ForeignKey, "upstream_token_signature"),
        (Misbehaviour::UnpublishedKey, "upstream_token_key"),
        (Misbehaviour::NoIdToken, "upstream_token_missing"),
        (Misbehaviour::TokenEndpointFails, "unreachable"),
        (Misbehaviour::TokenEndpointRedirects, "unreachable"),
        (Misbehaviour::None, "Ok"),
    ] {
        world.provider.misbehave(misbehaviour);
        assert_eq!(world.sign_in().await, reason, "{misbehaviour:?}");
    }
}

#[tokio::test]
async fn an_id_token_is_signed_as_the_provider_said() {
    let world = World::new().await;
    for (seconds, algorithm) in [(0, "RS256"), (3600, "PS256"), (7200, "ES256")] {
        let now = UnixSeconds(NOW.0 + seconds);
        world.provider.set_clock(now);
        world.provider.sign_by(algorithm);
        assert_eq!(world.sign_in_at(now).await, "Ok", "{algorithm}");
    }
    world.provider.sign_by("RS256");
    assert_eq!(world.sign_in_at(UnixSeconds(NOW.0 + 7200)).await, "upstream_token_algorithm");
}

#[tokio::test]
async fn claims_are_read_strictly() {
    let world = World::new().await;
    for (claims, reason) in [
        (json!({ "aud": [CLIENT_ID, "another"] }), "upstream_token_audience"),
        (json!({ "aud": [CLIENT_ID, "another"], "azp": CLIENT_ID }), "Ok"),
        (json!({ "aud": CLIENT_ID, "azp": "another" }), "upstream_token_audience"),
        (json!({ "aud": [] }), "upstream_token_audience"),
        (json!({ "aud": [CLIENT_ID] }), "Ok"),
        (json!({ "nonce": null }), "upstream_token_nonce"),
        (json!({ "sub": "" }), "upstream_token_malformed"),
        (json!({ "sub": "s".repeat(256) }), "upstream_token_malformed"),
        (json!({ "sub": 7 }), "upstream_token_malformed"),
        (json!({ "exp": "later" }), "upstream_token_malformed"),
        (json!({ "exp": NOW.0 - 29 }), "Ok"),
        (json!({ "exp": NOW.0 - 30 }), "upstream_token_expired"),
        (json!({ "iat": NOW.0 + 30 }), "Ok"),
        (json!({ "iat": NOW.0 + 31 }), "upstream_token_issued_later"),
        (json!({ "fhirUser": null }), "upstream_no_role"),
        (json!({ "fhirUser": "https://else.example.org/Patient/1" }), "upstream_fhir_user_elsewhere"),
        (json!({ "fhirUser": "http://127.0.0.1:9000/fhir/Practitioner/1" }), "Ok"),
    ] {
        let mut person = json!({ "fhirUser": "Patient/ann" });
        person.as_object_mut().unwrap().extend(claims.as_object().unwrap().clone());
        world.provider.put_person("ann", &person);
        assert_eq!(world.sign_in().await, reason, "{claims}");
    }
}

#[tokio::test]
async fn a_code_works_with_its_own_round_trip_and_address_alone() {
    let world = World::new().await;
    let (one, two) = (world.leave(NOW).await, world.leave(NOW).await);
    let code = async || visit(&one.url).await["code"].as_str().unwrap().to_owned();
    assert_eq!(world.come_back(&code().await, &two.round_trip, NOW).await, "upstream_code_refused");
    let mixed = RoundTrip { nonce: two.round_trip.nonce.clone(), ..one.round_trip.clone() };
    assert_eq!(world.come_back(&code().await, &mixed, NOW).await, "upstream_token_nonce");
    let elsewhere = format!("{CALLBACK}/x");
    let finished = world.upstream.finish(&elsewhere, &code().await, &one.round_trip, NOW).await;
    assert_eq!(outcome(&finished), "upstream_code_refused");
    assert_eq!(world.come_back("no-code", &one.round_trip, NOW).await, "upstream_code_refused");
    assert_eq!(world.come_back(&code().await, &one.round_trip, NOW).await, "Ok");
}

#[tokio::test]
async fn a_client_that_the_provider_does_not_accept_is_told_apart() {
    let world = World::new().await;
    let departure = world.leave(NOW).await;
    let code = visit(&departure.url).await["code"].as_str().unwrap().to_owned();
    let service = Service::new("http://127.0.0.1:9000", "http://127.0.0.1:9000/fhir");
    let settings = settings(world.provider.issuer());
    let wrong = UpstreamProvider::new(settings, Some("another secret".to_owned()), &service).unwrap();
    let finished = wrong.finish(CALLBACK, &code, &departure.round_trip, NOW).await;
    assert_eq!(outcome(&finished), "upstream_client_refused");
    assert!(!format!("{wrong:?}").contains("another secret"));
}

#[tokio::test]
async fn whoever_is_refused_there_comes_back_with_an_error() {
    let world = World::new().await;
    world.provider.misbehave(Misbehaviour::AccessDenied);
    let answer = visit(&world.leave(NOW).await.url).await;
    assert_eq!((&answer["error"], &answer["code"]), (&json!("access_denied"), &Value::Null));
}

#[tokio::test]
async fn what_the_provider_says_of_itself_is_kept_for_an_hour() {
    let world = World::new().await;
    let asked = |path| world.provider.asked(path);
    for (seconds, times) in [(0, 1), (3599, 1), (3600, 2)] {
        world.leave(UnixSeconds(NOW.0 + seconds)).await;
        assert_eq!((asked("/.well-known/openid-configuration"), asked("/jwks")), (times, times), "{seconds}");
    }
}

#[tokio::test]
async fn a_new_key_is_looked_for_at_most_once_a_minute() {
    let world = World::new().await;
    assert_eq!(world.sign_in().await, "Ok");
    world.provider.change_key();
    for (seconds, reason, times) in
        [(1, "upstream_token_key", 1), (59, "upstream_token_key", 1), (60, "Ok", 2), (61, "Ok", 2)]
    {
        let now = UnixSeconds(NOW.0 + seconds);
        world.provider.set_clock(now);
        assert_eq!(world.sign_in_at(now).await, reason, "{seconds}");
        assert_eq!(world.provider.asked("/jwks"), times, "{seconds}");
    }
    assert_eq!(world.provider.asked("/.well-known/openid-configuration"), 1);
}

#[tokio::test]
async fn a_provider_that_cannot_be_asked_is_unreachable() {
    let world = World::new().await;
    for misbehaviour in
        [Misbehaviour::DiscoveryOfAnother, Misbehaviour::HugeDiscovery, Misbehaviour::PlainHttpEndpoint]
    {
        world.provider.misbehave(misbehaviour);
        let begun = world.upstream.begin(CALLBACK, SIGN_IN, NOW).await;
        assert!(begun.is_err(), "{misbehaviour:?}");
    }
    world.provider.misbehave(Misbehaviour::None);
    let departure = world.leave(NOW).await;
    let issuer = world.provider.issuer().to_owned();
    drop(world.provider);
    tokio::task::yield_now().await;
    assert!(upstream(&issuer).begin(CALLBACK, SIGN_IN, NOW).await.is_err());
    let finished = world.upstream.finish(CALLBACK, "code", &departure.round_trip, NOW).await;
    assert_eq!(outcome(&finished), "unreachable");
}

#[tokio::test]
async fn plain_http_is_refused_unless_we_are_on_loopback_too() {
    let world = World::new().await;
    let service = Service::new("https://auth.example.org", "https://auth.example.org/fhir");
    let deployed = UpstreamProvider::new(settings(world.provider.issuer()), None, &service).unwrap();
    assert!(deployed.begin(CALLBACK, SIGN_IN, NOW).await.is_err());
    assert_eq!(world.provider.asked("/.well-known/openid-configuration"), 0);
}
