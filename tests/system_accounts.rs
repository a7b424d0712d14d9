//! A backend service that acts as a system account, through both doors and at the FHIR API.

use jsonwebtoken::jwk::JwkSet;
use local::seed::{KeyPair, SYSTEM_ACCOUNT};
use smart_verify::access_token::{self, Expected};

use crate::support::{App, Browser, service};

fn reports() -> KeyPair {
    let seeded =
        service().seeded.clients.iter().find(|client| client.client.metadata.system_account.is_some());
    seeded.unwrap().key_pair.clone().unwrap()
}

/// A fresh assertion of the client that has the account.
pub(crate) fn assertion() -> String {
    reports().assertion(&service().at("/token"), service().now())
}

#[tokio::test]
async fn a_token_carries_the_account_and_opens_what_it_is_pre_authorised_for() {
    for door in ["/token", "/backend-token"] {
        let answer = service().backend_token(door, &assertion(), None).await.json();
        assert_eq!(answer["scope"], "system/Patient.rs system/Observation.rs", "{door}");
        let token = answer["access_token"].as_str().unwrap();
        let keys: JwkSet =
            serde_json::from_value(service().get("/.well-known/jwks.json").await.json()).unwrap();
        let expected = Expected {
            issuer: service().urls.issuer.clone(),
            audience: service().urls.fhir_base_url.clone(),
        };
        let claims = access_token::verify(token, &keys, &expected, aws::lambda::now()).unwrap();
        assert_eq!(claims.subject, "demo-reports-account");
        assert_eq!(claims.client_id, "demo-reports");
        let fhir_user = format!("{}/Device/demo-reports", service().urls.fhir_base_url);
        assert_eq!(claims.fhir_user, Some(fhir_user));
        assert_eq!(service().fhir("Patient", token).await.status, 200);
        assert_eq!(service().fhir("Condition", token).await.status, 403);
    }
}

#[tokio::test]
async fn nobody_signs_in_as_a_system_account() {
    let app = App::named("demo-public");
    let mut browser = Browser::default();
    let page = browser.open(&app.address(&[])).await.page();
    let fields = [("username", SYSTEM_ACCOUNT), ("password", "demo-reports-password")];
    let again = browser.submit(&page, &fields).await.page();
    assert_eq!(again.answer.status, 401);
    assert!(again.answer.text.contains("name=\"password\""), "the sign-in page again");
}
