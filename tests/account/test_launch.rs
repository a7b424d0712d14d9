//! "Start a test launch": the real flow with a page of ours as the app.

use serde_json::Value;
use smart_verify::base64url;

use super::{between, heading, register, see, signed_in};
use crate::support::{Answer, Page, service};

const SCOPE: &str =
    "launch launch/patient openid fhirUser offline_access patient/Observation.rs user/Patient.rs";

/// The value beside a name on the page of a test launch, in the section of a heading.
fn value(page: &Page, section: &str, name: &str) -> String {
    let part = between(&page.answer.text, section, "</section>");
    between(&part, &format!("<dt><code>{name}</code></dt><dd><code>"), "</code>")
}

const SENT: &str = "1. The app sends you";
const AUTHORIZED: &str = "2. It sends you back";
const ANSWERED: &str = "3. The token endpoint answers 200";
const ACCESS: &str = "What the access token says";
const IDENTITY: &str = "What the id_token says";

#[tokio::test]
async fn pg_44_a_test_launch_goes_the_real_way_and_shows_what_came_back_without_any_secret() {
    let mut browser = signed_in("chidi").await;
    let set = [("kind", "secret"), ("client_name", "Launched app"), ("scope", SCOPE), ("preset", "")];
    let (_, path) = register(&mut browser, &set).await;
    let launch = format!("{path}/test-launch");
    let samples = see(&mut browser, &format!("{path}/samples")).await;
    assert!(samples.answer.text.contains("It does not try the app's code, its redirect URIs, its secret"));
    let consent = browser.submit_to(&samples, &launch, &[]).await.page();
    assert!(heading(&consent).starts_with("Allow Test token tool"), "{}", consent.heading());
    let shown = browser.submit(&consent, &[("decision", "allow")]).await.page();
    assert_eq!(heading(&shown), "Launched app: test launch", "{}", shown.answer.text);

    assert_eq!(value(&shown, SENT, "client_id"), "test-token-tool");
    assert_eq!(value(&shown, SENT, "aud"), service().urls.fhir_base_url);
    assert_eq!(value(&shown, SENT, "code_challenge").len(), 43);
    for (section, name) in
        [(AUTHORIZED, "code"), (AUTHORIZED, "state"), (ANSWERED, "access_token"), (ANSWERED, "id_token")]
    {
        assert_eq!(value(&shown, section, name), "(hidden)", "{name}");
    }
    assert_eq!(value(&shown, AUTHORIZED, "iss"), service().urls.issuer);
    assert_eq!(value(&shown, ANSWERED, "patient"), "chidi");
    assert_eq!(value(&shown, ANSWERED, "scope"), value(&shown, ACCESS, "scope"));
    assert_eq!(value(&shown, ACCESS, "client_id"), "test-token-tool", "pg_48");
    assert_eq!(value(&shown, IDENTITY, "aud"), "test-token-tool");
    let text = &shown.answer.text;
    assert!(
        text.contains("<code>launch</code> <code>offline_access</code>"),
        "what it cannot ask for: {text}"
    );

    assert!(!Answer::all().iter().any(|answer| holds_a_jwt(&answer.text)), "no page shows a token");
    let again = see(&mut browser, &launch).await;
    assert!(!again.answer.text.contains("What the access token says"), "shown once");
}

/// Whether a text holds a part of a JWT that says something: base64url of a JSON object. The three letters that such a
/// part begins with occur in random text too.
fn holds_a_jwt(text: &str) -> bool {
    let words = text.split(|letter: char| !letter.is_ascii_alphanumeric() && !"-_".contains(letter));
    words.filter(|word| word.starts_with("eyJ")).any(|word| {
        let said = base64url::decode(word).and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok());
        said.is_some_and(|said| said.is_object())
    })
}

#[test]
fn a_part_of_a_jwt_is_found_and_three_letters_are_none() {
    for held in ["<p>eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.sig</p>", "token=eyJzdWIiOiJhIn0"] {
        assert!(holds_a_jwt(held), "{held}");
    }
    for other in ["2.xeyJab", "value=\"2.eyJab\"", "eyJhbGci", "eyJ.ab.eyJ"] {
        assert!(!holds_a_jwt(other), "{other}");
    }
}

#[tokio::test]
async fn pg_44_a_no_comes_back_as_the_app_would_see_it() {
    let mut browser = signed_in("chidi").await;
    let (_, path) = register(&mut browser, &[("client_name", "Denied app")]).await;
    let samples = see(&mut browser, &format!("{path}/samples")).await;
    let consent = browser.submit_to(&samples, &format!("{path}/test-launch"), &[]).await.page();
    let shown = browser.submit(&consent, &[("decision", "deny")]).await.page();
    assert!(shown.answer.text.contains("It came back without a token."), "{}", shown.answer.text);
    assert_eq!(value(&shown, AUTHORIZED, "error"), "access_denied");
    assert!(!shown.answer.text.contains("3. The token endpoint"));
}

#[tokio::test]
async fn pg_44_g13_only_who_sees_a_client_tries_it_and_a_backend_service_has_no_launch() {
    let (mut owner, mut other) = (signed_in("clara").await, signed_in("chidi").await);
    let (_, path) = register(&mut owner, &[("client_name", "Not yours")]).await;
    let launch = format!("{path}/test-launch");
    let samples = see(&mut owner, &format!("{path}/samples")).await;
    assert_eq!(see(&mut other, &launch).await.answer.status, 404);
    let stolen = other.submit_to(&samples, &launch, &[]).await.page();
    assert_eq!(stolen.answer.status, 403, "s01: of another session");

    let jwks = serde_json::json!({ "keys": [service().seeded.backend.public_jwk()] }).to_string();
    let backend = [
        ("client_name", "No launch"),
        ("kind", "backend"),
        ("redirect_uris", ""),
        ("keys", "value"),
        ("jwks", jwks.as_str()),
        ("scope", "system/Patient.rs"),
        ("preset", ""),
    ];
    let (_, path) = register(&mut owner, &backend).await;
    let samples = see(&mut owner, &format!("{path}/samples")).await;
    assert!(!samples.answer.text.contains("Start a test launch"));
    assert_eq!(see(&mut owner, &format!("{path}/test-launch")).await.answer.status, 404);
}
