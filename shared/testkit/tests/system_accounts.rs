//! A backend service that acts as a system account.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use jsonwebtoken::jwk::JwkSet;
use serde_json::{Value, json};
use smart::audit::Refusal;
use smart::client::Client;
use smart::client_auth::Credentials;
use smart::error::ErrorCode;
use smart::issuing::introspection::{self, Asker};
use smart::issuing::{TokenDesk, client_credentials};
use smart::parameters::Parameters;
use smart::ports::PublicKeys as _;
use smart::random;
use smart::service::Service;
use smart::user::User;
use smart_verify::access_token::{self, AccessToken};
use smart_verify::scope::ScopeSet;
use testkit::fixtures::{self, BackendKey, NOW};
use testkit::{LocalSigner, MemoryStore, NoJwks, With};

struct Scene {
    desk: TokenDesk<With<MemoryStore, LocalSigner, NoJwks>>,
    client: Client,
    key: BackendKey,
}

/// A client with `system/*.rs`, acting as an account that may read patients and observations.
fn scene() -> Scene {
    let store = MemoryStore::default();
    let (mut client, key) = fixtures::backend_client("reports");
    client.metadata.system_account = Some("nightly".to_owned());
    store.put_client(client.clone());
    store.put_user(fixtures::system_account("nightly"));
    let service = Service::new("https://auth.example.org", "https://fhir.example.org/r4");
    Scene { desk: TokenDesk { store, signer: LocalSigner::default(), jwks: NoJwks, service }, client, key }
}

impl Scene {
    async fn ask(&self, scope: Option<&str>) -> Result<(Value, AccessToken), Refusal> {
        let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
        let assertion = self.key.assertion("reports", &random::text::<16>());
        let scope = scope.map(|scope| format!("&scope={scope}")).unwrap_or_default();
        let form = format!("client_assertion_type={kind}&client_assertion={assertion}{scope}");
        let form = Parameters::query(&form).unwrap();
        let client = self.desk.authenticate(&form, Credentials::default(), None, NOW).await?;
        let answer = json!(client_credentials::issue(&form, client, &self.desk, NOW).await?.body);
        let keys: JwkSet = self.desk.signer.keys().published(NOW);
        let token = answer["access_token"].as_str().unwrap();
        let token = access_token::verify(token, &keys, self.desk.service.tokens(), NOW).unwrap();
        Ok((answer, token))
    }

    async fn refusal(&self) -> (ErrorCode, &'static str) {
        let Refusal { error, .. } = self.ask(None).await.unwrap_err();
        (error.code(), error.reason())
    }
}

#[tokio::test]
async fn a_token_names_the_account_and_stays_within_both_ceilings() {
    let scene = scene();
    let (answer, token) = scene.ask(None).await.unwrap();
    assert_eq!(answer["scope"], "system/Patient.rs system/Observation.rs");
    assert_eq!((token.subject.as_str(), token.client_id.as_str()), ("sub-nightly", "reports"));
    assert_eq!(token.fhir_user.as_deref(), Some("https://fhir.example.org/r4/Device/nightly"));
    let (answer, _) = scene.ask(Some("system/Patient.r+system/Condition.rs")).await.unwrap();
    assert_eq!(answer["scope"], "system/Patient.r");
    let refusal = scene.ask(Some("system/Condition.rs")).await.unwrap_err();
    assert_eq!(refusal.error.code(), ErrorCode::InvalidScope);
}

#[tokio::test]
async fn an_account_gives_a_client_nothing_that_it_is_not_registered_for() {
    let mut scene = scene();
    scene.client.metadata.scope = ScopeSet::parse("system/Observation.s");
    scene.desk.store.put_client(scene.client.clone());
    assert_eq!(scene.ask(None).await.unwrap().0["scope"], "system/Observation.s");
}

#[tokio::test]
async fn f14_disabling_the_account_or_the_client_ends_its_tokens() {
    let scene = scene();
    let no_account = (ErrorCode::UnauthorizedClient, "system_account");
    scene.desk.store.put_user(User { disabled: true, ..fixtures::system_account("nightly") });
    assert_eq!(scene.refusal().await, no_account);
    scene.desk.store.put_user(fixtures::user("nightly"));
    assert_eq!(scene.refusal().await, no_account, "a person is no system account");
    scene.desk.store.remove_user("nightly");
    assert_eq!(scene.refusal().await, no_account);
    scene.desk.store.put_user(fixtures::system_account("nightly"));
    scene.ask(None).await.unwrap();
    scene.desk.store.put_client(Client { disabled: true, ..scene.client.clone() });
    assert_eq!(scene.refusal().await, (ErrorCode::InvalidClient, "assertion_client"));
}

#[tokio::test]
async fn f14_a_token_that_is_out_is_inactive_once_its_account_is_disabled() {
    let scene = scene();
    let (answer, _) = scene.ask(None).await.unwrap();
    let token = answer["access_token"].as_str().unwrap();
    let id = scene.client.client_id.clone();
    let active = || async {
        let asker = Asker::Client(&id);
        let said = introspection::introspect(token, asker, &scene.desk, &fixtures::minting(), NOW).await;
        json!(said.unwrap().body)["active"].clone()
    };
    assert_eq!(active().await, true);
    scene.desk.store.put_user(User { disabled: true, ..fixtures::system_account("nightly") });
    assert_eq!(active().await, false);
    scene.desk.store.put_user(User { subject: "another".to_owned(), ..fixtures::system_account("nightly") });
    assert_eq!(active().await, false, "the name went to another account");
}

#[tokio::test]
async fn an_account_without_a_fhir_resource_is_named_by_sub_alone() {
    let scene = scene();
    scene.desk.store.put_user(User { fhir_user: None, ..fixtures::system_account("nightly") });
    let (_, token) = scene.ask(None).await.unwrap();
    assert_eq!((token.subject.as_str(), token.fhir_user), ("sub-nightly", None));
}
