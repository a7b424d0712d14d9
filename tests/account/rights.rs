//! Whose clients are whose, and what waits for an administrator.

use local::Options;

use super::{APP, register, see, signed_in};
use crate::support::{Answer, Browser, form, http, own_service_with, service};

#[tokio::test]
async fn g13_others_clients_are_not_there_and_an_administrator_sees_all_with_their_owners() {
    let (mut owner, mut other, mut admin) =
        (signed_in("clara").await, signed_in("chidi").await, signed_in("dario").await);
    let (_, path) = register(&mut owner, &[("client_name", "Private app"), ("kind", "secret")]).await;
    for part in ["", "/delete", "/samples", "/problems", "/secrets"] {
        let page = see(&mut other, &format!("{path}{part}")).await;
        assert_eq!((page.answer.status, page.heading().as_str()), (404, "There is no such page"), "{part}");
        assert_eq!(see(&mut admin, &format!("{path}{part}")).await.answer.status, 200, "{part}");
    }
    // Nor does a form of one's own lead there.
    let (own, own_path) = register(&mut other, &[]).await;
    let csrf = own.form_to(&own_path).fields().into_iter().find(|(name, _)| name == "csrf").unwrap().1;
    let cookie = format!("session={}", other.cookies["session"]);
    let posted = http().post(service().at(&path)).header("cookie", &cookie).body(form(&[("csrf", &csrf)]));
    let posted = Answer::of(posted.header("content-type", "application/x-www-form-urlencoded")).await;
    assert_eq!(posted.status, 403, "s01: a token is for one form");

    for closed in ["/account/all-clients", "/account/approvals", "/account/approvals/x"] {
        assert_eq!(see(&mut other, closed).await.answer.status, 404, "{closed}");
    }
    let all = see(&mut admin, "/account/all-clients").await;
    assert!(all.answer.text.contains("owner <code>demo-clara</code>"), "pg_45: {}", all.answer.text);
    let found = see(&mut admin, "/account/all-clients?q=private").await;
    assert!(found.answer.text.contains("Private app") && !found.answer.text.contains("Demo EHR"));
}

#[tokio::test]
async fn s01_no_form_counts_without_its_token_and_nobody_else_may_send_it() {
    let mut browser = signed_in("clara").await;
    for path in ["/account/clients/new", "/account/password", "/account/tokens"] {
        let page = see(&mut browser, path).await;
        let forged = browser.submit_to(&page, path, &[("csrf", "1.AAAA")]).await.page();
        assert_eq!(
            (forged.answer.status, forged.heading().as_str()),
            (403, "This page is out of date"),
            "{path}"
        );
        let stolen = signed_in("chidi").await.submit_to(&page, path, &[]).await.page();
        assert_eq!(stolen.answer.status, 403, "{path}: of another session");
    }
    // Without a session a form leads to the sign-in page, and nothing is done.
    let page = see(&mut browser, "/account/clients/new").await;
    let nobody = Browser::default().submit_to(&page, "/account/clients/new", &APP).await.page();
    assert!(nobody.heading().starts_with("Sign in"), "{}", nobody.heading());
}

#[tokio::test]
async fn pg_45_where_only_administrators_register_others_are_told_whom_to_ask() {
    let parameters = [("Sandbox", "false"), ("SelfRegistration", "off")];
    let parameters = parameters.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    let settings = vec![("test-accounts".to_owned(), String::new())];
    own_service_with(Options { parameters, settings, ..Options::default() });
    let mut browser = signed_in("clara").await;
    let page = see(&mut browser, "/account/clients/new").await;
    assert!(page.answer.text.contains("your site administrator"), "{}", page.answer.text);
    for closed in ["/account/patients", "/account/tokens", "/account/create", "/account/tokens/result"] {
        assert_eq!(see(&mut browser, closed).await.answer.status, 404, "pg_48 pg_49 {closed}");
    }
    let mut admin = signed_in("dario").await;
    let form = see(&mut admin, "/account/clients/new").await;
    let missing = admin.submit_to(&form, "/account/clients/new", &APP).await.page();
    assert!(missing.answer.text.contains("Privacy page: needed on this server."), "{}", missing.answer.text);
    assert_eq!(see(&mut admin, "/account/tokens").await.heading(), "Get Access Tokens");
}

#[tokio::test]
async fn rg_approval_a_backend_service_waits_and_its_owner_sees_what_became_of_it() {
    let (mut owner, mut admin) = (signed_in("clara").await, signed_in("dario").await);
    let jwks = serde_json::json!({ "keys": [service().seeded.backend.public_jwk()] }).to_string();
    let backend = |name: &'static str| {
        [
            ("client_name", name),
            ("kind", "backend"),
            ("redirect_uris", ""),
            ("keys", "value"),
            ("scope", "system/Patient.rs system/Observation.rs"),
            ("preset", ""),
        ]
    };
    let keys = ("jwks", jwks.as_str());
    let (page, path) = register(&mut owner, &[&backend("Nightly export")[..], &[keys]].concat()).await;
    assert!(page.answer.text.contains("It waits for an administrator"), "{}", page.answer.text);
    let id = path.rsplit('/').next().unwrap();
    let decision = format!("/account/approvals/{id}");
    assert!(see(&mut admin, "/account/approvals").await.answer.text.contains("Nightly export"));
    let ask = see(&mut admin, &decision).await;
    assert!(ask.answer.text.contains("Requested") && ask.answer.text.contains("system/Observation.rs"));
    let more = [("decision", "approve"), ("scope", "system/*.cruds")];
    assert_eq!(admin.submit_to(&ask, &decision, &more).await.page().answer.status, 400);
    let less = [("decision", "approve"), ("scope", "system/Patient.rs")];
    let done = admin.submit_to(&ask, &decision, &less).await.page();
    assert!(done.answer.text.contains("Approved."), "{}", done.answer.text);
    let seen = see(&mut owner, &path).await;
    assert!(seen.answer.text.contains("approved with the scopes system/Patient.rs"), "{}", seen.answer.text);

    let (_, path) = register(&mut owner, &[&backend("Too much")[..], &[keys]].concat()).await;
    let decision = format!("/account/approvals/{}", path.rsplit('/').next().unwrap());
    let ask = see(&mut admin, &decision).await;
    let silent = admin.submit_to(&ask, &decision, &[("decision", "decline")]).await.page();
    assert_eq!(silent.answer.status, 400);
    let why = [("decision", "decline"), ("reason", "No need was shown.")];
    admin.submit_to(&ask, &decision, &why).await.page();
    let told = see(&mut owner, "/account/clients/new").await;
    assert!(told.answer.text.contains("“Too much” was declined: No need was shown."), "{}", told.answer.text);
}
