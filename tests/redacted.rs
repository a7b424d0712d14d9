//! L03: `Debug` of what must not be shown shows nothing of it. Types that hold a secret and no test can make stand beside
//! their own tests.

use std::collections::BTreeMap;

use pages::layout::Form as PageForm;
use smart::audit::AuditHasher;
use smart::authorization::Progress;
use smart::client::ClientSecret;
use smart::ids::GrantId;
use smart::launch::LaunchHandle;
use smart::long_request::{Flow, FlowHandle};
use smart::mac::TokenMacs;
use smart::parameters::Parameters;
use smart::pkce::CodeVerifier;
use smart::token::{AuthorizationCode, RefreshToken};
use smart::upstream::RoundTrip;
use smart::user::User;
use smart_verify::access_token::AccessToken;
use smart_verify::jws::UnverifiedJws;
use smart_verify::time::UnixSeconds;
use testkit::fixtures;
use web::authorization_header::credentials;
use web::browser::cookies::{Cookies, PreSession, SessionCookie};
use web::browser::seal::PageKeys;

use crate::support::VERIFIER;

/// Nothing of these texts may be in what is shown.
fn shows_none_of(shown: &impl std::fmt::Debug, hidden: &[&str]) {
    for shown in [format!("{shown:?}"), format!("{shown:#?}")] {
        for text in hidden {
            assert!(text.len() >= 3 && !shown.contains(text), "{text} in {shown}");
        }
    }
}

/// Bytes as `Debug` would list them.
const LISTED: &str = "7, 7, 7";

#[test]
fn l03_codes_tokens_and_their_keys_are_not_shown() {
    let macs = fixtures::macs();
    let code = AuthorizationCode::draw();
    let written = code.write(&macs);
    shows_none_of(&code, &[&written, &written[7..30]]);
    shows_none_of(&VERIFIER.parse::<CodeVerifier>(), &[VERIFIER]);
    let token = RefreshToken::first(GrantId::draw(), "app".parse().unwrap(), &macs);
    let written = token.write(&macs).unwrap();
    shows_none_of(&token, &[&written[10..40]]);
    shows_none_of(&GrantId::from_bytes([7; 16]), &[LISTED]);
    let secrets = BTreeMap::from([(1, [7; 32])]);
    shows_none_of(&TokenMacs::derive(&secrets, 1), &[LISTED]);
    shows_none_of(&PageKeys::derive(&secrets, 1), &[LISTED]);
    shows_none_of(&AuditHasher::derive(&secrets, 1), &[LISTED]);
    let text = "eyJhbGciOiJSUzI1NiIsImtpZCI6ImsifQ.eyJhIjoiY2FuYXJ5In0.c2lnbmF0dXJl";
    shows_none_of(&UnverifiedJws::parse(text).unwrap(), &["eyJhIjoi", "c2lnbmF0", "canary", "99, 97"]);
    let claims: AccessToken = serde_json::from_value(serde_json::json!({
        "iss": "https://a.example.org", "aud": "https://f.example.org", "sub": "canary-person", "client_id": "app",
        "scope": "openid patient/Observation.rs?code=canary", "patient": "canary-patient", "jti": "canary-jti",
        "encounter": "canary-visit", "fhirUser": "https://f.example.org/Patient/canary", "iat": 1, "exp": 2,
    }))
    .unwrap();
    shows_none_of(&claims, &["canary"]);
}

#[test]
fn l03_what_apps_and_people_send_is_not_shown() {
    let secret = ClientSecret::generate();
    shows_none_of(&secret, &[secret.reveal()]);
    shows_none_of(
        &secret.stored(UnixSeconds(1)),
        &[secret.reveal(), &smart::random::sha256(secret.reveal().as_bytes())],
    );
    let form = Parameters::query("password=canary&code=canary").unwrap();
    shows_none_of(&form, &["canary"]);
    let mut headers = http::HeaderMap::new();
    headers.insert("authorization", "Basic YXBwOmNhbmFyeQ==".parse().unwrap());
    headers.insert("cookie", "smart_session=canary".parse().unwrap());
    shows_none_of(&credentials(&headers), &["canary"]);
    shows_none_of(&Cookies::of(&headers), &["canary"]);
    let user = User { password_hash: "canary-hash".to_owned(), ..fixtures::user("canary") };
    shows_none_of(&user, &["canary-hash"]);
}

#[test]
fn l03_what_browsers_carry_is_not_shown() {
    let (launch, flow) = (LaunchHandle::draw(), FlowHandle::draw());
    shows_none_of(&launch, &[launch.text()]);
    shows_none_of(&flow, &[flow.text()]);
    let round_trip = RoundTrip { nonce: "canary".to_owned(), code_verifier: "canary".to_owned() };
    shows_none_of(&round_trip, &["canary"]);
    let kept =
        Flow::new(&flow, &[7; 32], "login_hint=canary".to_owned(), UnixSeconds(1)).by_way_of(round_trip);
    shows_none_of(&kept, &["canary", flow.text()]);
    shows_none_of(&SessionCookie::new([7; 32], "canary", "canary"), &["canary", LISTED]);
    shows_none_of(&PreSession::new([7; 32]), &[LISTED]);
    let sealed = serde_json::json!({
        "subject": "canary", "auth_time": 1, "patient": "canary", "patient_shown": ["canary", null],
        "encounter": "canary", "signed_in_for_this_request": true, "ends_at": 2,
    });
    let progress: Progress = serde_json::from_value(sealed).unwrap();
    shows_none_of(&progress, &["canary"]);
    let form = PageForm {
        action: "/authorize?step=canary".to_owned(),
        csrf: "canary".to_owned(),
        hidden: vec![("grant".to_owned(), "canary".to_owned())],
    };
    shows_none_of(&form, &["canary"]);
}
