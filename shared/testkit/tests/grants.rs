//! The grants against a store in memory, at chosen moments.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::sync::Arc;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeySize, PublicKeyComponents};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA384, RsaKeyPair};
use serde_json::{Value, json};
use smart::audit::{AuditedResult, Refusal};
use smart::client_auth::Credentials;
use smart::error::ErrorCode;
use smart::grant::{CodeBinding, Grant, Stage};
use smart::issuing::{TokenDesk, TokenResponse, client_credentials, exchange};
use smart::parameters::Parameters;
use smart::pkce::Pkce;
use smart::ports::{GrantIssuer as _, GrantKeeper as _};
use smart::service::Service;
use smart::token::AuthorizationCode;
use smart::user::User;
use smart_verify::base64url;
use smart_verify::time::UnixSeconds;
use testkit::fixtures::{self, NOW, REDIRECT_URI, VERIFIER};
use testkit::{LocalSigner, MemoryStore, NoJwks, With};

type Desk = TokenDesk<With<MemoryStore, LocalSigner, NoJwks>>;

struct Issued {
    desk: Desk,
    code: AuthorizationCode,
}

/// A desk, an app, a user, and a code on its way.
async fn issued() -> Issued {
    issued_as(|grant| grant).await
}

/// The same with a grant that is another than usual.
async fn issued_as(other: impl FnOnce(Grant) -> Grant) -> Issued {
    let store = MemoryStore::default();
    store.put_client(fixtures::public_client("app"));
    store.put_client(fixtures::public_client("other"));
    store.put_user(fixtures::user("ann"));
    let (grant, code) = fixtures::issued_grant("app", "ann");
    let grant = other(grant);
    store.issue(&fixtures::only(&grant, &fixtures::report(&grant))).await.unwrap();
    Issued { desk: desk(store), code }
}

fn desk(store: MemoryStore) -> Desk {
    let service = Service::new("https://auth.example.org", "https://fhir.example.org/r4");
    TokenDesk { store, signer: LocalSigner::default(), jwks: NoJwks, service }
}

impl Issued {
    fn form(&self, client_id: &str, redirect_uri: &str, verifier: &str) -> Parameters {
        let code = self.code.write(&fixtures::macs());
        let query =
            format!("client_id={client_id}&redirect_uri={redirect_uri}&code_verifier={verifier}&code={code}");
        Parameters::query(&query).unwrap()
    }

    async fn redeem(&self, form: &Parameters, now: UnixSeconds) -> AuditedResult<TokenResponse> {
        let client = self.desk.authenticate(form, Credentials::default(), None, now).await?;
        exchange::redeem(form, client, &self.desk, &fixtures::minting(), now).await
    }

    async fn redeem_rightly(&self, now: UnixSeconds) -> AuditedResult<TokenResponse> {
        self.redeem(&self.form("app", REDIRECT_URI, VERIFIER), now).await
    }

    async fn stage(&self) -> Stage {
        self.desk.store.grant(&self.code.grant().key()).await.unwrap().unwrap().stage
    }
}

fn refused(answer: AuditedResult<TokenResponse>) -> (ErrorCode, &'static str) {
    let Refusal { error, .. } = answer.unwrap_err();
    (error.code(), error.reason())
}

#[tokio::test]
async fn c03_a_code_is_good_for_one_minute() {
    let early = issued().await;
    early.redeem_rightly(UnixSeconds(NOW.0 + 59)).await.unwrap();
    let late = issued().await;
    assert_eq!(
        refused(late.redeem_rightly(UnixSeconds(NOW.0 + 60)).await),
        (ErrorCode::InvalidGrant, "code_expired")
    );
}

#[tokio::test]
async fn c07_c08_c09_a_wrong_proof_burns_nothing() {
    let issued = issued().await;
    let wrong = "a".repeat(43);
    for (client, uri, verifier, reason) in [
        ("other", REDIRECT_URI, VERIFIER, "code_unknown"),
        ("app", "https://app.example.org/other", VERIFIER, "code_redirect_uri"),
        ("app", REDIRECT_URI, wrong.as_str(), "verifier_mismatch"),
        ("app", REDIRECT_URI, fixtures::CHALLENGE, "verifier_mismatch"),
    ] {
        let answer = issued.redeem(&issued.form(client, uri, verifier), NOW).await;
        assert_eq!(refused(answer), (ErrorCode::InvalidGrant, reason));
        assert!(issued.stage().await.is_issued());
    }
    issued.redeem_rightly(NOW).await.unwrap();
}

#[tokio::test]
async fn c04_a_replay_with_every_proof_right_ends_the_grant_and_a_strangers_does_not() {
    let issued = issued().await;
    issued.redeem_rightly(NOW).await.unwrap();
    let stranger = issued.form("app", REDIRECT_URI, &"a".repeat(43));
    assert_eq!(refused(issued.redeem(&stranger, NOW).await).1, "verifier_mismatch");
    assert!(issued.stage().await.is_redeemed());
    assert_eq!(refused(issued.redeem_rightly(NOW).await), (ErrorCode::InvalidGrant, "code_replayed"));
    assert!(issued.stage().await.is_revoked());
    assert_eq!(refused(issued.redeem_rightly(NOW).await), (ErrorCode::InvalidGrant, "grant_revoked"));
}

/// An exchange of a public client without a verifier.
fn without_verifier(code: &str) -> Parameters {
    Parameters::query(&format!("client_id=app&redirect_uri={REDIRECT_URI}&code={code}")).unwrap()
}

#[tokio::test]
async fn c08_a_missing_verifier_is_refused_whatever_the_code_is() {
    let issued = issued().await;
    let code = issued.code.write(&fixtures::macs());
    let of_nothing = AuthorizationCode::draw().write(&fixtures::macs());
    let empty = format!("{code}&code_verifier=");
    for code in [code.as_str(), &empty, &of_nothing, "code_1_forged", ""] {
        let Refusal { error, .. } = issued.redeem(&without_verifier(code), NOW).await.unwrap_err();
        let said = (error.code(), error.reason(), error.sentence());
        let missing = (ErrorCode::InvalidRequest, "parameter_missing", "code_verifier is missing.");
        assert_eq!(said, missing, "{code}");
    }
    issued.redeem_rightly(NOW).await.unwrap();
}

#[tokio::test]
async fn a_code_without_a_challenge_is_not_exchanged_with_a_verifier() {
    let bound_to_none =
        |grant: Grant| Grant { code: CodeBinding { pkce: Pkce::Absent, ..grant.code }, ..grant };
    let issued = issued_as(bound_to_none).await;
    let downgraded = issued.redeem_rightly(NOW).await;
    assert_eq!(refused(downgraded), (ErrorCode::InvalidGrant, "verifier_unexpected"));
    assert!(issued.stage().await.is_issued());
}

#[tokio::test]
async fn a_request_without_a_verifier_spends_no_assertion() {
    let issued = issued().await;
    let (_, key) = fixtures::backend_client("unused");
    let metadata = json!({
        "client_name": "An app", "redirect_uris": [REDIRECT_URI], "scope": "launch/patient patient/*.rs",
        "token_endpoint_auth_method": "private_key_jwt", "jwks": { "keys": [key.public_jwk()] },
    });
    issued.desk.store.put_client(fixtures::client("app", &metadata));
    let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    let assertion = key.assertion("app", "jti");
    let code = issued.code.write(&fixtures::macs());
    let proofs = format!("client_assertion_type={kind}&client_assertion={assertion}");
    let query = format!("{proofs}&redirect_uri={REDIRECT_URI}&code={code}");
    let missing = issued.redeem(&Parameters::query(&query).unwrap(), NOW).await;
    assert_eq!(refused(missing).1, "parameter_missing");
    let whole = format!("{query}&code_verifier={VERIFIER}");
    issued.redeem(&Parameters::query(&whole).unwrap(), NOW).await.unwrap();
}

#[tokio::test]
async fn c05_of_64_exchanges_at_once_one_is_answered_and_the_grant_is_revoked() {
    let issued = Arc::new(issued().await);
    let mut requests = tokio::task::JoinSet::new();
    for _ in 0..64 {
        let issued = Arc::clone(&issued);
        requests.spawn(async move { issued.redeem_rightly(NOW).await.is_ok() });
    }
    let answers = requests.join_all().await;
    assert_eq!(answers.into_iter().filter(|good| *good).count(), 1);
    assert!(issued.stage().await.is_revoked());
}

#[tokio::test]
async fn f01_when_signing_fails_nothing_has_changed() {
    let issued = issued().await;
    issued.desk.signer.fail(true);
    assert_eq!(refused(issued.redeem_rightly(NOW).await).0, ErrorCode::TemporarilyUnavailable);
    assert!(issued.stage().await.is_issued());
    issued.desk.signer.fail(false);
    issued.redeem_rightly(NOW).await.unwrap();
}

#[tokio::test]
async fn c11_somebody_who_is_gone_disabled_or_another_gets_no_token() {
    let issued = issued().await;
    let gone = (ErrorCode::InvalidGrant, "user_gone");
    issued.desk.store.remove_user("ann");
    assert_eq!(refused(issued.redeem_rightly(NOW).await), gone);
    issued.desk.store.put_user(User { disabled: true, ..fixtures::user("ann") });
    assert_eq!(refused(issued.redeem_rightly(NOW).await), gone);
    issued.desk.store.put_user(User { subject: "another".to_owned(), ..fixtures::user("ann") });
    assert_eq!(refused(issued.redeem_rightly(NOW).await), gone);
    assert!(issued.stage().await.is_issued());
}

async fn backend(
    desk: &Desk,
    assertion: &str,
    scope: &str,
    now: UnixSeconds,
) -> AuditedResult<TokenResponse> {
    let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    let query = format!("client_assertion_type={kind}&client_assertion={assertion}&scope={scope}");
    let form = Parameters::query(&query).unwrap();
    let client = desk.authenticate(&form, Credentials::default(), None, now).await?;
    client_credentials::issue(&form, client, desk, now).await
}

#[tokio::test]
async fn b20_b21_b22_a_jti_is_good_once_a_client_for_as_long_as_its_assertion() {
    let store = MemoryStore::default();
    let (one, key) = fixtures::backend_client("one");
    let (other, other_key) = fixtures::backend_client("other");
    store.put_client(one);
    store.put_client(other);
    let desk = desk(store);
    let assertion = key.assertion("one", "same");
    backend(&desk, &assertion, "", NOW).await.unwrap();
    backend(&desk, &other_key.assertion("other", "same"), "", NOW).await.unwrap();
    for later in [0, 300, 329] {
        let answer = backend(&desk, &assertion, "", UnixSeconds(NOW.0 + later)).await;
        assert_eq!(refused(answer), (ErrorCode::InvalidClient, "assertion_jti_replayed"), "{later}");
    }
    let expired = backend(&desk, &assertion, "", UnixSeconds(NOW.0 + 330)).await;
    assert_eq!(refused(expired).1, "assertion_expired");
}

#[tokio::test]
async fn b07_b12_a_key_of_another_client_verifies_nothing() {
    let store = MemoryStore::default();
    let (one, _) = fixtures::backend_client("one");
    let (_, other_key) = fixtures::backend_client("other");
    store.put_client(one);
    let desk = desk(store);
    assert_eq!(
        refused(backend(&desk, &other_key.assertion("one", "j"), "", NOW).await).1,
        "assertion_signature"
    );
    assert_eq!(
        refused(backend(&desk, &other_key.assertion("nobody", "j"), "", NOW).await).1,
        "assertion_client"
    );
}

#[tokio::test]
async fn ca_7_an_rsa_key_signs_by_rs384() {
    let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    let public = PublicKeyComponents::<Vec<u8>>::from(pair.public_key());
    let jwk = json!({ "kty": "RSA", "kid": "r1", "n": base64url::encode(&public.n), "e": base64url::encode(&public.e) });
    let metadata = json!({
        "client_name": "By RSA", "grant_types": ["client_credentials"], "token_endpoint_auth_method": "private_key_jwt",
        "jwks": { "keys": [jwk] }, "scope": "system/*.rs",
    });
    let store = MemoryStore::default();
    store.put_client(fixtures::client("by-rsa", &metadata));
    let desk = desk(store);
    let sign = |alg: &str, jti: &str| {
        let claims = json!({
            "iss": "by-rsa", "sub": "by-rsa", "aud": "https://auth.example.org/token", "exp": NOW.0 + 300, "jti": jti,
        });
        let part = |value: &Value| base64url::encode(value.to_string().as_bytes());
        let input = format!("{}.{}", part(&json!({ "alg": alg, "typ": "JWT", "kid": "r1" })), part(&claims));
        let mut signature = vec![0; pair.public_modulus_len()];
        pair.sign(&RSA_PKCS1_SHA384, &SystemRandom::new(), input.as_bytes(), &mut signature).unwrap();
        format!("{input}.{}", base64url::encode(&signature))
    };
    backend(&desk, &sign("RS384", "1"), "", NOW).await.unwrap();
    assert_eq!(refused(backend(&desk, &sign("RS256", "2"), "", NOW).await).1, "assertion_alg");
    assert_eq!(refused(backend(&desk, &sign("ES384", "3"), "", NOW).await).1, "assertion_key", "b06");
}
