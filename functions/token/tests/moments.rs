//! What becomes of codes, tokens and those who hold them, as time passes and as people and clients are stopped: through
//! the handler, against a store in memory, at chosen moments.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::time::Duration;

use http::header;
use serde_json::{Value, json};
use smart::client::{Client, ClientSecret};
use smart::discovery::Service;
use smart::grant::{GrantKey, Lasting, Stage, TokenDesk};
use smart::http::{Request, Response};
use smart::ports::{GrantIssuer as _, GrantKeeper as _, SessionStore as _};
use smart::random::base64url;
use smart::scope::{RequestedScopes, ScopeSet};
use smart::session::Session;
use smart::time::UnixSeconds;
use smart::user::User;
use testkit::fixtures::{self, NOW, REDIRECT_URI, VERIFIER};
use testkit::{LocalSigner, MemoryStore, NoJwks};
use token::{Ports, handle};

const DAY: u64 = 86_400;
const SCOPE: &str = "launch/patient openid fhirUser offline_access patient/*.rs";

/// The token function, an app, a person, and a clock.
struct World {
    ports: Ports<MemoryStore, LocalSigner, NoJwks>,
    now: UnixSeconds,
}

/// What the function answered.
struct Answer {
    status: u16,
    body: Value,
    response: Response,
}

impl Answer {
    fn text(&self, member: &str) -> &str {
        self.body[member].as_str().unwrap_or_else(|| panic!("no {member} in {}", self.body))
    }

    /// The status and error code of a refusal, which gives nothing.
    fn refused(&self) -> (u16, &str) {
        assert!(self.body.get("access_token").is_none() && self.body.get("refresh_token").is_none());
        (self.status, self.text("error"))
    }
}

const REFUSED: (u16, &str) = (400, "invalid_grant");
const UNPROVEN: (u16, &str) = (401, "invalid_client");

impl World {
    fn new() -> Self {
        let store = MemoryStore::default();
        store.put_client(fixtures::public_client("app"));
        store.put_client(fixtures::public_client("other"));
        store.put_user(fixtures::user("ann"));
        let service = Service::new("https://auth.example.org", "https://fhir.example.org/r4");
        let desk = TokenDesk { store, signer: LocalSigner::default(), jwks: NoJwks, service };
        Self { ports: Ports { desk, minting: fixtures::minting() }, now: NOW }
    }

    fn store(&self) -> &MemoryStore {
        &self.ports.desk.store
    }

    fn wait(&mut self, seconds: u64) {
        self.now = self.now + Duration::from_secs(seconds);
    }

    /// A code that ann has just allowed the app, and the key of its grant.
    async fn code(&self, scope: &str, lasting: Option<Lasting>) -> (String, GrantKey) {
        let (mut grant, code) = fixtures::issued_grant("app", "ann");
        let scope = ScopeSet::parse(scope);
        grant.scope = RequestedScopes::all_registered(&scope).narrow_to(&scope, &scope).granted;
        grant.issued_at = self.now;
        grant.lasting = lasting;
        grant.nonce = Some("n-0S6_WzA2Mj".to_owned());
        let report = fixtures::report(&grant);
        self.store().issue(fixtures::only(&grant, &report)).await.unwrap();
        (code.write(&fixtures::macs()), grant.key)
    }

    async fn offline_code(&self, days: u64) -> (String, GrantKey) {
        let until = self.now + Duration::from_secs(days * DAY);
        self.code(SCOPE, Some(Lasting::Offline { until })).await
    }

    async fn send(&self, path: &str, authorization: Option<&str>, pairs: &[(&str, &str)]) -> Answer {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        let mut request = http::Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ORIGIN, "https://app.example.org");
        if let Some(authorization) = authorization {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        let request: Request = request.body(body.into()).unwrap();
        let response = handle(request, &self.ports, self.now).await;
        let body = serde_json::from_slice(response.body()).unwrap_or(Value::Null);
        Answer { status: response.status().as_u16(), body, response }
    }

    async fn redeem(&self, code: &str, set: &[(&str, &str)]) -> Answer {
        self.token(
            "authorization_code",
            &[("code", code), ("redirect_uri", REDIRECT_URI), ("code_verifier", VERIFIER)],
            set,
        )
        .await
    }

    async fn refresh(&self, token: &str, set: &[(&str, &str)]) -> Answer {
        self.token("refresh_token", &[("refresh_token", token)], set).await
    }

    async fn token(&self, grant: &str, usual: &[(&str, &str)], set: &[(&str, &str)]) -> Answer {
        let all = [("grant_type", grant), ("client_id", "app")].into_iter().chain(usual.iter().copied());
        let kept = all.filter(|(name, _)| !set.iter().any(|(given, _)| given == name));
        let pairs: Vec<_> = kept.chain(set.iter().copied()).collect();
        self.send("/token", None, &pairs).await
    }

    async fn stage(&self, key: &GrantKey) -> Stage {
        self.store().grant(key).await.unwrap().unwrap().stage
    }
}

fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&smart::random::from_base64url(payload).unwrap()).unwrap()
}

#[tokio::test]
async fn c02_c03_cg_2_cg_7_a_code_is_good_for_a_minute_and_not_for_a_second_more() {
    let mut world = World::new();
    let (code, _) = world.code(SCOPE, None).await;
    let (late, _) = world.code(SCOPE, None).await;
    world.wait(59);
    assert_eq!(world.redeem(&code, &[]).await.status, 200);
    world.wait(1);
    assert_eq!(world.redeem(&late, &[]).await.refused(), REFUSED);
}

#[tokio::test]
async fn rs_2_rs_3_a_refresh_token_comes_only_with_lasting_access_and_no_token_outlives_it() {
    let world = World::new();
    let (code, _) = world.code("launch/patient patient/*.rs", None).await;
    let alone = world.redeem(&code, &[]).await;
    assert!(alone.body.get("refresh_token").is_none() && alone.body["expires_in"] == 3600);

    let until = world.now + Duration::from_secs(600);
    let (code, _) = world.code(SCOPE, Some(Lasting::Offline { until })).await;
    let short = world.redeem(&code, &[]).await;
    assert_eq!(short.body["expires_in"], 600, "the person chose an end, and nothing lives longer");
    assert_eq!(claims(short.text("access_token"))["exp"], until.0);
}

#[tokio::test]
async fn c16_at_2_id_5_id_6_rs_4_rs_6_tokens_say_what_they_must_and_no_more() {
    let world = World::new();
    let (code, key) = world.offline_code(90).await;
    let answer = world.redeem(&code, &[]).await;
    let access = claims(answer.text("access_token"));
    let mut members: Vec<_> = access.as_object().unwrap().keys().map(String::as_str).collect();
    members.sort_unstable();
    let expected =
        ["aud", "client_id", "exp", "fhirUser", "grant", "iat", "iss", "jti", "patient", "scope", "sub"];
    assert_eq!(members, expected);
    assert_eq!((&access["aud"], &access["grant"]), (&json!("https://fhir.example.org/r4"), &json!(key.0)));
    assert_eq!(access["exp"].as_u64().unwrap() - access["iat"].as_u64().unwrap(), 3600);
    let header = |token: &str| {
        let part = smart::random::from_base64url(token.split('.').next().unwrap()).unwrap();
        serde_json::from_slice::<Value>(&part).unwrap()
    };
    assert_eq!(header(answer.text("access_token"))["typ"], "at+jwt");
    assert_eq!(header(answer.text("id_token"))["typ"], "JWT");
    let id = claims(answer.text("id_token"));
    assert_eq!(id["nonce"], "n-0S6_WzA2Mj");
    assert!(id.get("at_hash").is_none(), "it would put one signature behind the other");
    let mut names: Vec<_> = answer.body.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    let beside =
        ["access_token", "expires_in", "id_token", "patient", "refresh_token", "scope", "token_type"];
    assert_eq!(names, beside);
}

#[tokio::test]
async fn tr_10_the_id_token_of_a_refresh_is_of_the_same_sign_in_and_echoes_no_nonce() {
    let mut world = World::new();
    let (code, _) = world.offline_code(90).await;
    let first = world.redeem(&code, &[]).await;
    world.wait(DAY);
    let second = world.refresh(first.text("refresh_token"), &[]).await;
    let (one, two) = (claims(first.text("id_token")), claims(second.text("id_token")));
    for member in ["iss", "sub", "aud", "auth_time", "fhirUser"] {
        assert_eq!(one[member], two[member], "{member}");
    }
    assert!(two.get("nonce").is_none());
    assert_eq!(two["iat"], world.now.0);
}

#[tokio::test]
async fn r03_tr_4_tr_6_a_narrower_token_keeps_the_grant_and_a_wider_one_is_refused() {
    let world = World::new();
    let (code, _) = world.offline_code(90).await;
    let first = world.redeem(&code, &[]).await;
    for wider in ["patient/*.cruds", "user/*.rs", "patient/*.rs profile", "patient/Foo.rs", "a\u{e9}"] {
        let refused = world.refresh(first.text("refresh_token"), &[("scope", wider)]).await;
        assert_eq!(refused.refused(), (400, "invalid_scope"), "{wider}");
    }
    let narrow = world.refresh(first.text("refresh_token"), &[("scope", "patient/Observation.rs")]).await;
    assert_eq!(narrow.text("scope"), "patient/Observation.rs");
    assert!(narrow.body.get("id_token").is_none(), "openid was left out");
    let again = world.refresh(narrow.text("refresh_token"), &[]).await;
    assert_eq!(again.text("scope"), SCOPE, "the refresh token keeps all of it, as it was written");
}

#[tokio::test]
async fn r04_a_refresh_token_ends_by_lying_idle_and_on_the_day_that_was_chosen() {
    let mut world = World::new();
    let (code, _) = world.offline_code(365).await;
    let first = world.redeem(&code, &[]).await;
    world.wait(92 * DAY);
    assert_eq!(world.refresh(first.text("refresh_token"), &[]).await.refused(), REFUSED);

    let mut world = World::new();
    let (code, _) = world.offline_code(30).await;
    let mut last = world.redeem(&code, &[]).await;
    for _ in 0..29 {
        world.wait(DAY);
        last = world.refresh(last.text("refresh_token"), &[]).await;
    }
    world.wait(DAY - 1);
    last = world.refresh(last.text("refresh_token"), &[]).await;
    assert_eq!(last.body["expires_in"], 1);
    world.wait(1);
    assert_eq!(world.refresh(last.text("refresh_token"), &[]).await.refused(), REFUSED);
}

#[tokio::test]
async fn r06_after_the_grace_a_replaced_token_ends_the_family() {
    let mut world = World::new();
    let (code, key) = world.offline_code(90).await;
    let first = world.redeem(&code, &[]).await;
    let second = world.refresh(first.text("refresh_token"), &[]).await;
    world.wait(9);
    let again = world.refresh(first.text("refresh_token"), &[]).await;
    assert_eq!(again.text("refresh_token"), second.text("refresh_token"));
    world.wait(1);
    let stale = world.refresh(first.text("refresh_token"), &[]).await;
    assert_eq!(stale.refused(), REFUSED);
    assert_eq!(world.stage(&key).await, Stage::Revoked);
    assert_eq!(world.refresh(second.text("refresh_token"), &[]).await.refused(), REFUSED);
}

#[tokio::test]
async fn c04_cg_5_the_replay_of_a_code_ends_what_came_of_it() {
    let world = World::new();
    let (code, key) = world.offline_code(90).await;
    let first = world.redeem(&code, &[]).await;
    let stranger = world.redeem(&code, &[("code_verifier", &"a".repeat(43))]).await;
    assert_eq!(stranger.refused(), REFUSED);
    assert_eq!(world.stage(&key).await, Stage::Redeemed, "who cannot prove everything ends nothing");
    assert_eq!(world.redeem(&code, &[]).await.refused(), REFUSED);
    assert_eq!(world.stage(&key).await, Stage::Revoked);
    assert_eq!(world.refresh(first.text("refresh_token"), &[]).await.refused(), REFUSED);
}

#[tokio::test]
async fn r11_tr_9_c11_whoever_was_stopped_gets_nothing_and_has_lost_nothing() {
    let world = World::new();
    let (code, _) = world.offline_code(90).await;
    let first = world.redeem(&code, &[]).await;
    let token = first.text("refresh_token");
    world.store().put_user(User { disabled: true, ..fixtures::user("ann") });
    assert_eq!(world.refresh(token, &[]).await.refused(), REFUSED);
    world.store().put_user(User { subject: "sub-of-another".to_owned(), ..fixtures::user("ann") });
    assert_eq!(world.refresh(token, &[]).await.refused(), REFUSED, "the name has gone to somebody else");
    world.store().put_user(fixtures::user("ann"));
    world.store().put_client(Client { disabled: true, ..fixtures::public_client("app") });
    assert_eq!(world.refresh(token, &[]).await.refused(), UNPROVEN);
    world.store().put_client(fixtures::public_client("app"));
    assert_eq!(world.refresh(token, &[]).await.status, 200, "the token was not burnt meanwhile");
}

#[tokio::test]
async fn r10_online_access_ends_with_its_session_however_that_ends() {
    let session = |id: &str| Session {
        id: id.to_owned(),
        name: "ann".to_owned(),
        subject: "sub-ann".to_owned(),
        auth_time: Some(NOW),
        began_at: NOW,
        expires_at: NOW + Duration::from_secs(8 * 3600),
    };
    let online = |id: &str| Lasting::Online { session: id.to_owned(), until: session(id).expires_at };
    let scope = "launch/patient online_access patient/*.rs";
    let mut world = World::new();
    let mut tokens = Vec::new();
    for id in ["out", "late", "password"] {
        world.store().begin(&session(id), None, &[]).await.unwrap();
        let (code, _) = world.code(scope, Some(online(id))).await;
        tokens.push(world.redeem(&code, &[]).await.text("refresh_token").to_owned());
    }
    // Idling is no end: the person is still signed in as far as the app is concerned.
    world.wait(4 * 3600);
    for token in &mut tokens {
        *token = world.refresh(token, &[]).await.text("refresh_token").to_owned();
    }
    world.store().end("out").await.unwrap();
    assert_eq!(world.refresh(&tokens[0], &[]).await.refused(), REFUSED);
    world.store().put_user(User { sessions_from: world.now, ..fixtures::user("ann") });
    assert_eq!(world.refresh(&tokens[2], &[]).await.refused(), REFUSED, "all older sessions were ended");
    world.store().put_user(fixtures::user("ann"));
    let last = world.refresh(&tokens[1], &[]).await;
    assert_eq!(last.status, 200);
    world.wait(4 * 3600);
    assert_eq!(world.refresh(last.text("refresh_token"), &[]).await.refused(), REFUSED);
}

#[tokio::test]
async fn r02_c07_another_clients_code_or_token_is_refused_and_stays_good() {
    let world = World::new();
    let (code, _) = world.offline_code(90).await;
    assert_eq!(world.redeem(&code, &[("client_id", "other")]).await.refused(), REFUSED);
    let first = world.redeem(&code, &[]).await;
    let token = first.text("refresh_token");
    assert_eq!(world.refresh(token, &[("client_id", "other")]).await.refused(), REFUSED);
    assert_eq!(world.refresh(token, &[]).await.status, 200);
}

#[tokio::test]
async fn c14_r01_one_kind_of_token_is_never_taken_for_another() {
    let world = World::new();
    let (code, _) = world.offline_code(90).await;
    let (unused, _) = world.offline_code(90).await;
    let first = world.redeem(&code, &[]).await;
    for other in [first.text("refresh_token"), first.text("access_token"), first.text("id_token"), "x"] {
        assert_eq!(world.redeem(other, &[]).await.refused(), REFUSED);
    }
    for other in [&unused, first.text("access_token"), first.text("id_token"), "refresh_1_AAAA"] {
        assert_eq!(world.refresh(other, &[]).await.refused(), REFUSED);
    }
    assert_eq!(world.refresh("", &[]).await.refused(), (400, "invalid_request"));
}

#[tokio::test]
async fn c12_cg_3_what_a_code_exchange_asks_beyond_the_grant_is_not_heard() {
    let world = World::new();
    let (code, _) = world.offline_code(90).await;
    let answer = world.redeem(&code, &[("scope", "patient/*.cruds system/*.cruds"), ("foo", "bar")]).await;
    assert_eq!((answer.status, answer.text("scope")), (200, SCOPE));
}

fn basic(id: &str, secret: &str) -> String {
    use base64::Engine as _;
    let pair = base64::engine::general_purpose::STANDARD.encode(format!("{id}:{secret}"));
    format!("Basic {pair}")
}

/// The app with a secret instead, and that secret.
fn confidential() -> (Client, String) {
    let metadata = json!({
        "client_name": "An app with a server", "redirect_uris": [REDIRECT_URI],
        "token_endpoint_auth_method": "client_secret_basic", "scope": SCOPE,
    });
    let secret = ClientSecret::generate();
    let client = Client { secrets: vec![secret.stored(NOW)], ..fixtures::client("app", &metadata) };
    (client, secret.reveal().to_owned())
}

#[tokio::test]
async fn c13_k08_a_wrong_secret_burns_nothing_and_two_secrets_live_while_they_overlap() {
    let mut world = World::new();
    let (mut client, old) = confidential();
    let new = ClientSecret::generate();
    client.secrets[0].expires_at = Some(NOW + Duration::from_secs(3600));
    client.secrets.push(new.stored(NOW));
    world.store().put_client(client);
    let (code, key) = world.offline_code(90).await;
    let redeem = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", REDIRECT_URI),
        ("code_verifier", VERIFIER),
    ];
    let wrong = world.send("/token", Some(&basic("app", "smart_secret_wrong")), &redeem).await;
    assert_eq!(wrong.refused(), UNPROVEN);
    assert_eq!(wrong.response.headers()[header::WWW_AUTHENTICATE], "Basic realm=\"token\"", "ca_5");
    assert_eq!(world.stage(&key).await, Stage::Issued);
    let first = world.send("/token", Some(&basic("app", &old)), &redeem).await;
    let refresh =
        |token: &str| [("grant_type", "refresh_token".to_owned()), ("refresh_token", token.to_owned())];
    let mut token = first.text("refresh_token").to_owned();
    for (secret, wait, good) in [(new.reveal(), 3600, true), (&old, 0, false), (new.reveal(), 0, true)] {
        world.wait(wait);
        let pairs = refresh(&token);
        let pairs: Vec<_> = pairs.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let answer = world.send("/token", Some(&basic("app", secret)), &pairs).await;
        if good {
            token = answer.text("refresh_token").to_owned();
        } else {
            assert_eq!(answer.refused(), UNPROVEN);
        }
    }
}

async fn introspected(world: &World, authorization: &str, token: &str) -> Value {
    let answer = world.send("/introspect", Some(authorization), &[("token", token)]).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.response.headers()[header::CACHE_CONTROL], "no-store");
    answer.body
}

#[tokio::test]
async fn in_7_in_8_i03_i05_i06_whatever_is_not_good_is_inactive_and_nothing_else_is_said() {
    let mut world = World::new();
    let (client, secret) = confidential();
    world.store().put_client(client.clone());
    let proof = basic("app", &secret);
    let (code, _) = world.offline_code(30).await;
    let redeem = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", REDIRECT_URI),
        ("code_verifier", VERIFIER),
    ];
    let first = world.send("/token", Some(&proof), &redeem).await;
    let (access, refresh) = (first.text("access_token"), first.text("refresh_token"));
    for token in [access, refresh] {
        assert_eq!(introspected(&world, &proof, token).await["active"], true);
        let hinted = [("token", token), ("token_type_hint", "access_token")];
        assert_eq!(world.send("/introspect", Some(&proof), &hinted).await.body["active"], true, "any hint");
    }
    let flipped = format!("{}x", &access[..access.len() - 1]);
    let mut unsigned: Vec<&str> = access.split('.').collect();
    let none = base64url(br#"{"alg":"none","typ":"at+jwt"}"#);
    unsigned[0] = &none;
    let unsigned = unsigned.join(".");
    let id_token = first.text("id_token");
    for bad in
        [flipped.as_str(), &unsigned, id_token, &code, "x", "refresh_1_AAAA", "a.b.c", &"a".repeat(20_000)]
    {
        assert_eq!(introspected(&world, &proof, bad).await, json!({ "active": false }), "{bad}");
    }
    world.store().put_client(Client { disabled: true, ..client.clone() });
    let stopped = world.send("/introspect", Some(&proof), &[("token", access)]).await;
    assert_eq!(stopped.refused(), UNPROVEN);
    world.store().put_client(client);
    // i06: the replay of a code is seen at once.
    assert_eq!(world.send("/token", Some(&proof), &redeem).await.refused(), REFUSED);
    for token in [access, refresh] {
        assert_eq!(introspected(&world, &proof, token).await, json!({ "active": false }));
    }
    let (code, _) = world.offline_code(30).await;
    let redeem = redeem.map(|(name, value)| (name, if name == "code" { code.as_str() } else { value }));
    let second = world.send("/token", Some(&proof), &redeem).await;
    world.wait(3600);
    let (access, refresh) = (second.text("access_token"), second.text("refresh_token"));
    assert_eq!(introspected(&world, &proof, access).await, json!({ "active": false }), "it has ended");
    assert_eq!(introspected(&world, &proof, refresh).await["active"], true);
    world.wait(30 * DAY);
    assert_eq!(introspected(&world, &proof, refresh).await, json!({ "active": false }));
}

#[tokio::test]
async fn in_1_in_2_in_3_i01_i02_who_may_not_ask_is_told_how() {
    let world = World::new();
    let bare = world.send("/introspect", None, &[("token", "x")]).await;
    assert_eq!(bare.status, 401);
    assert_eq!(bare.response.headers()[header::WWW_AUTHENTICATE], "Bearer");
    let bad = world.send("/introspect", Some("Bearer abc"), &[("token", "x")]).await;
    assert_eq!(bad.status, 401);
    let public = world.send("/introspect", None, &[("token", "x"), ("client_id", "app")]).await;
    assert_eq!(public.refused(), UNPROVEN, "a public client has proven nothing");
    let (client, secret) = confidential();
    world.store().put_client(client);
    let proof = basic("app", &secret);
    let wrong = world.send("/introspect", Some(&basic("app", "wrong")), &[("token", "x")]).await;
    assert_eq!(wrong.refused(), UNPROVEN);
    assert_eq!(world.send("/introspect", Some(&proof), &[]).await.refused(), (400, "invalid_request"));
    let twice = [("token", "x"), ("token", "y")];
    assert_eq!(world.send("/introspect", Some(&proof), &twice).await.refused(), (400, "invalid_request"));

    let (code, _) = world.offline_code(30).await;
    let redeem = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", REDIRECT_URI),
        ("code_verifier", VERIFIER),
    ];
    let first = world.send("/token", Some(&proof), &redeem).await;
    let bearer = format!("Bearer {}", first.text("access_token"));
    let scope = world.send("/introspect", Some(&bearer), &[("token", "x")]).await;
    assert_eq!((scope.status, scope.text("error")), (403, "insufficient_scope"));
}

#[tokio::test]
async fn v01_v02_rv_1_rv_3_what_needs_no_ending_is_ended() {
    let world = World::new();
    let (client, secret) = confidential();
    world.store().put_client(client);
    let proof = basic("app", &secret);
    let bare = world.send("/revoke", None, &[("token", "x"), ("client_id", "app")]).await;
    assert_eq!(bare.refused(), UNPROVEN);
    assert_eq!(world.send("/revoke", Some(&proof), &[]).await.refused(), (400, "invalid_request"));
    for (token, hint) in [("x", "refresh_token"), ("refresh_1_AAAA", "access_token"), ("a.b.c", "nonsense")] {
        let answer =
            world.send("/revoke", Some(&proof), &[("token", token), ("token_type_hint", hint)]).await;
        assert_eq!((answer.status, answer.response.body().len()), (200, 0), "{token}");
    }
}

#[tokio::test]
async fn r09_rv_5_giving_back_either_token_ends_both() {
    let world = World::new();
    for given_back in ["access_token", "refresh_token"] {
        let (code, key) = world.offline_code(30).await;
        let first = world.redeem(&code, &[]).await;
        let pairs = [("token", first.text(given_back)), ("client_id", "app")];
        assert_eq!(world.send("/revoke", None, &pairs).await.status, 200);
        assert_eq!(world.stage(&key).await, Stage::Revoked, "{given_back}");
        assert_eq!(world.refresh(first.text("refresh_token"), &[]).await.refused(), REFUSED);
    }
}

#[tokio::test]
async fn rv_6_t12_gen_2_gen_8_every_answer_is_kept_by_nobody_and_read_by_the_apps_own_pages() {
    let world = World::new();
    let (code, _) = world.offline_code(30).await;
    let good = world.redeem(&code, &[]).await;
    let revoke = [("token", good.text("refresh_token")), ("client_id", "app")];
    let answers = [
        world.redeem("x", &[]).await,
        world.refresh("x", &[]).await,
        world.send("/revoke", None, &revoke).await,
        world.send("/revoke", None, &[("client_id", "app")]).await,
        good,
    ];
    for answer in answers {
        let header = |name| answer.response.headers().get(name).unwrap().to_str().unwrap().to_owned();
        assert_eq!((header("cache-control"), header("pragma")), ("no-store".into(), "no-cache".into()));
        assert_eq!(header("access-control-allow-origin"), "https://app.example.org");
        assert_eq!(header("x-content-type-options"), "nosniff");
    }
}

#[tokio::test]
async fn t08_t11_a_client_uses_the_grants_it_is_registered_for() {
    let world = World::new();
    let (backend, key) = fixtures::backend_client("backend");
    world.store().put_client(backend);
    let public = [("grant_type", "client_credentials"), ("client_id", "app"), ("anything", "else")];
    assert_eq!(world.send("/token", None, &public).await.refused(), (400, "unauthorized_client"));
    let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    let mut assertions = ["1", "2"].map(|jti| key.assertion("backend", jti)).into_iter();
    let (code, _) = world.offline_code(30).await;
    for (grant, proof) in
        [("authorization_code", ("code", code.as_str())), ("refresh_token", ("refresh_token", "x"))]
    {
        let assertion = assertions.next().unwrap();
        let pairs = [
            ("grant_type", grant),
            proof,
            ("redirect_uri", REDIRECT_URI),
            ("code_verifier", VERIFIER),
            ("client_assertion_type", kind),
            ("client_assertion", &assertion),
        ];
        assert_eq!(
            world.send("/token", None, &pairs).await.refused(),
            (400, "unauthorized_client"),
            "{grant}"
        );
    }
}

#[tokio::test]
async fn t14_a_code_of_another_stage_is_no_code_here() {
    let world = World::new();
    let (_, code) = fixtures::issued_grant("app", "ann");
    let elsewhere = std::collections::BTreeMap::from([(1, [9; 32])]);
    let elsewhere = smart::mac::TokenMacs::derive(&elsewhere, 1).unwrap();
    assert_eq!(world.redeem(&code.write(&elsewhere), &[]).await.refused(), REFUSED);
}

#[tokio::test]
async fn ca_4_k05_k07_a_secret_in_the_body_is_for_who_registered_it_so() {
    let world = World::new();
    let (client, secret) = confidential();
    let mut metadata = client.metadata.clone();
    metadata.token_endpoint_auth_method = smart::client::AuthMethod::ClientSecretPost;
    world.store().put_client(Client { metadata, ..client });
    let (code, _) = world.offline_code(30).await;
    let in_body = |secret: &str| {
        [
            ("code", &*code),
            ("redirect_uri", REDIRECT_URI),
            ("code_verifier", VERIFIER),
            ("client_secret", secret),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
    };
    let basic = basic("app", &secret);
    let pairs = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", REDIRECT_URI),
        ("code_verifier", VERIFIER),
    ];
    assert_eq!(world.send("/token", Some(&basic), &pairs).await.refused(), UNPROVEN, "not by Basic then");
    for (secret, status) in [("wrong", 401), (&*"x".repeat(10_000), 401), ("", 401), (&*secret, 200)] {
        let pairs = in_body(secret);
        let pairs: Vec<_> = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(world.token("authorization_code", &pairs, &[]).await.status, status);
    }
}

#[tokio::test]
async fn c06_of_many_exchanges_at_once_only_one_with_the_right_verifier_is_answered() {
    let world = World::new();
    let (code, _) = world.offline_code(30).await;
    let wrong = "a".repeat(43);
    let sent = (0..200).map(|number| {
        let verifier = if number % 2 == 0 { VERIFIER } else { wrong.as_str() };
        let code = code.as_str();
        let world = &world;
        async move { (number, world.redeem(code, &[("code_verifier", verifier)]).await.status) }
    });
    let answers = futures_util::future::join_all(sent).await;
    let good: Vec<_> = answers.iter().filter(|(_, status)| *status == 200).collect();
    assert_eq!(good.len(), 1);
    assert_eq!(good[0].0 % 2, 0);
    assert!(answers.iter().all(|(_, status)| [200, 400].contains(status)));
}
