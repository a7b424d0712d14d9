//! Discovery: what the service says about itself is true, and the same in every document.

use std::collections::BTreeSet;

use serde_json::Value;
use smart::signing_keys::JWKS_LIFETIME;
use smart::user::{Ceilings, backend_ceiling};
use smart_verify::scope::ScopeSet;

use crate::support::{Answer, Browser, http, logs, service};

const DOCUMENTS: [&str; 6] = [
    "/fhir/.well-known/smart-configuration",
    "/.well-known/smart-configuration",
    "/.well-known/openid-configuration",
    "/.well-known/oauth-authorization-server",
    "/.well-known/jwks.json",
    "/fhir/metadata",
];

async fn smart_configuration() -> Value {
    service().get("/fhir/.well-known/smart-configuration").await.json()
}

fn strings(value: &Value) -> Vec<&str> {
    value.as_array().unwrap().iter().map(|one| one.as_str().unwrap()).collect()
}

#[tokio::test]
async fn disc_1_disc_2_disc_3_the_document_stands_under_the_fhir_base_for_everyone() {
    for accept in ["*/*", "text/html", "application/fhir+json"] {
        let url = format!("{}/.well-known/smart-configuration", service().urls.fhir_base_url);
        let request = http().get(url).header("accept", accept).header("origin", "https://anyone.example.org");
        let answer = Answer::of(request).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"), "{accept}");
        assert_eq!(answer.header("access-control-allow-origin"), "*");
    }
}

#[tokio::test]
async fn disc_4_disc_5_disc_6_every_endpoint_is_an_absolute_url_of_ours() {
    let document = smart_configuration().await;
    for member in ["issuer", "authorization_endpoint", "token_endpoint", "jwks_uri"] {
        assert!(document[member].as_str().unwrap().starts_with(&service().urls.issuer), "{member}");
    }
    for member in ["grant_types_supported", "capabilities", "code_challenge_methods_supported"] {
        assert!(!strings(&document[member]).is_empty(), "{member}");
    }
}

/// Grants, methods, algorithms and capabilities, each of which apps rely on, and what OpenID clients need written out.
#[tokio::test]
async fn disc_7_to_disc_10_disc_13_cb_4_od_1_to_od_5_a_document_changes_only_with_its_snapshot() {
    for (name, path) in [
        ("smart-configuration", "/fhir/.well-known/smart-configuration"),
        ("openid-configuration", "/.well-known/openid-configuration"),
        ("capability-statement", "/fhir/metadata"),
    ] {
        let text = service().get(path).await.text.replace(&service().urls.issuer, "https://auth.example.org");
        let mut document: Value = serde_json::from_str(&text).unwrap();
        if let Some(date) = document.get_mut("date") {
            *date = "2026-11-24".into();
        }
        insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_json_snapshot!(name, document);
        });
    }
}

#[tokio::test]
async fn disc_11_what_is_not_built_is_not_named() {
    let document = smart_configuration().await;
    assert!(document.get("registration_endpoint").is_none());
    for member in ["introspection_endpoint", "revocation_endpoint", "management_endpoint"] {
        assert!(document[member].as_str().unwrap().starts_with(&service().urls.issuer), "{member}");
    }
}

#[tokio::test]
async fn disc_14_od_3_am_1_all_documents_say_the_same() {
    let smart = smart_configuration().await;
    for path in ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"] {
        let other = service().get(path).await.json();
        for (member, value) in smart.as_object().unwrap() {
            if !["capabilities", "management_endpoint"].contains(&member.as_str()) {
                assert_eq!(&other[member], value, "{member} in {path}");
            }
        }
        assert!(
            other
                .as_object()
                .unwrap()
                .values()
                .all(|value| value.as_array().is_none_or(|list| !list.is_empty()))
        );
    }
}

#[tokio::test]
async fn disc_15_d02_documents_may_be_kept_and_have_a_tag() {
    for path in DOCUMENTS {
        let answer = service().get(path).await;
        let max_age = format!("public, max-age={}", JWKS_LIFETIME.as_secs());
        assert_eq!(answer.header("cache-control"), max_age, "{path}");
        let tag = answer.header("etag");
        let again = Answer::of(http().get(service().at(path)).header("if-none-match", tag)).await;
        assert_eq!((again.status, again.text.as_str()), (304, ""), "{path}");
    }
}

#[tokio::test]
async fn disc_12_every_named_scope_can_be_had() {
    let document = smart_configuration().await;
    let to_be_had = Ceilings::default().of_anybody().union(&backend_ceiling());
    for scope in strings(&document["scopes_supported"]) {
        let named = ScopeSet::parse(scope);
        assert!(!named.is_empty() && to_be_had.contains(&named), "{scope}");
    }
}

#[tokio::test]
async fn am_2_the_issuer_comes_with_every_authorization_response() {
    let document = service().get("/.well-known/oauth-authorization-server").await.json();
    assert_eq!(document["authorization_response_iss_parameter_supported"], true);
}

#[tokio::test]
async fn cap_1_the_capability_statement_names_the_same_endpoints() {
    let answer = service().get("/fhir/metadata").await;
    assert_eq!(answer.header("content-type"), "application/fhir+json");
    let statement = answer.json();
    let smart = smart_configuration().await;
    for member in ["date", "kind", "fhirVersion", "format", "status"] {
        assert!(statement.get(member).is_some(), "{member}");
    }
    let security = &statement["rest"][0]["security"];
    assert_eq!(security["service"][0]["coding"][0]["code"], "SMART-on-FHIR");
    let uris = security["extension"][0]["extension"].as_array().unwrap();
    let named: Vec<_> = uris.iter().map(|uri| (uri["url"].as_str().unwrap(), &uri["valueUri"])).collect();
    let expected = [
        ("authorize", &smart["authorization_endpoint"]),
        ("token", &smart["token_endpoint"]),
        ("introspect", &smart["introspection_endpoint"]),
        ("manage", &smart["management_endpoint"]),
        ("revoke", &smart["revocation_endpoint"]),
    ];
    assert_eq!(named, expected);
    assert!(statement["rest"][0]["resource"].as_array().unwrap().iter().any(|one| one["type"] == "Patient"));
}

#[tokio::test]
async fn d02_jw_1_jw_2_keys_are_public_named_once_and_for_signatures() {
    let keys = service().get("/.well-known/jwks.json").await.json();
    let keys = keys["keys"].as_array().unwrap();
    assert!(!keys.is_empty());
    let kids: BTreeSet<_> = keys.iter().map(|key| key["kid"].as_str().unwrap()).collect();
    assert_eq!(kids.len(), keys.len());
    for key in keys {
        assert_eq!((&key["kty"], &key["use"], &key["alg"]), (&"RSA".into(), &"sig".into(), &"RS256".into()));
        assert!(!key["kid"].as_str().unwrap().is_empty());
        for private in ["d", "p", "q", "dp", "dq", "qi", "k"] {
            assert!(key.get(private).is_none());
        }
    }
}

#[tokio::test]
async fn d01_every_named_endpoint_is_there() {
    let document = smart_configuration().await;
    for (member, status) in [("authorization_endpoint", 400), ("token_endpoint", 405), ("jwks_uri", 200)] {
        let answer = Answer::of(http().get(document[member].as_str().unwrap())).await;
        assert_eq!(answer.status, status, "{member}");
    }
}

#[tokio::test]
async fn d03_nothing_in_a_request_changes_the_issuer() {
    let expected = smart_configuration().await;
    let url = service().at("/fhir/.well-known/smart-configuration?issuer=https://evil.example.org");
    let request =
        http().get(url).header("host", "evil.example.org").header("x-forwarded-host", "evil.example.org");
    let spoofed = Answer::of(request.header("x-forwarded-proto", "https")).await;
    assert_eq!(spoofed.json(), expected);
    assert_eq!(service().get("/.well-known/openid-configuration/").await.status, 404);
    let posted = service().post("/.well-known/openid-configuration", &[]).await;
    assert_eq!((posted.status, posted.header("allow")), (405, "GET, HEAD, OPTIONS"));
}

#[tokio::test]
async fn gen_8_a_preflight_is_answered_at_every_path_a_browser_app_uses() {
    for path in DOCUMENTS.into_iter().chain(["/token", "/backend-token"]) {
        let request = http().request(http::Method::OPTIONS, service().at(path));
        let request =
            request.header("access-control-request-method", "POST").header("origin", "https://a.example.org");
        let answer = Answer::of(request).await;
        assert_eq!(answer.status, 204, "{path}");
        assert_eq!(answer.header("access-control-allow-origin"), "https://a.example.org", "{path}");
        assert_eq!(answer.header("access-control-allow-credentials"), "");
        assert!(answer.header("access-control-allow-headers").contains("authorization"));
    }
    let plain = http()
        .request(http::Method::OPTIONS, service().at("/token"))
        .header("origin", "http://a.example.org");
    assert_eq!(Answer::of(plain).await.header("access-control-allow-origin"), "");
}

#[tokio::test]
async fn head_answers_as_get_without_a_body() {
    let answer = Answer::of(http().head(service().at("/.well-known/jwks.json"))).await;
    assert_eq!((answer.status, answer.text.as_str()), (200, ""));
}

#[tokio::test]
async fn an_unknown_path_is_a_page_for_browsers_and_json_for_others_without_the_path() {
    logs::keep();
    let ask = async |method: http::Method, path: &str, accept: &str| {
        let answer = Answer::of(http().request(method, service().at(path)).header("accept", accept)).await;
        assert_eq!((answer.status, answer.header("cache-control")), (404, "no-store"));
        assert!(!answer.text.contains("canary") && !format!("{:?}", answer.headers).contains("canary"));
        answer
    };
    let browser = "text/html,application/xhtml+xml,*/*;q=0.8";
    for path in ["/canary", "/canary/<script>", "/help/canary", "/assets/canary.js", "//canary.example.org"] {
        let page = ask(http::Method::GET, path, browser).await;
        assert!(page.text.contains("<h1>There is no such page</h1>"), "{}", page.text);
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
        let json = ask(http::Method::GET, path, "*/*").await;
        assert_eq!(json.text, r#"{"message":"Not Found"}"#);
        for method in [http::Method::POST, http::Method::DELETE, http::Method::OPTIONS] {
            assert_eq!(ask(method, path, browser).await.header("content-type"), "application/json");
        }
        assert_eq!(ask(http::Method::HEAD, path, browser).await.text, "");
    }
    let answer = ask(http::Method::GET, "/canary?query=canary", browser).await;
    let id = answer.header("x-request-id");
    let lines = logs::text();
    let line = lines.lines().find(|line| line.contains(id)).unwrap();
    assert!(line.contains(r#""route":"$default""#) && !line.contains("canary"), "{line}");
}

#[tokio::test]
async fn the_path_without_a_name_leads_to_the_account_home() {
    for method in [http::Method::GET, http::Method::HEAD] {
        let answer = Answer::of(http().request(method, service().at("/"))).await;
        assert_eq!((answer.status, answer.header("location")), (303, "/account"));
    }
    assert_eq!(service().post("/", &[]).await.status, 405);
    let home = Browser::default().open(&service().at("/")).await.page();
    assert!(home.heading().starts_with("Sign in"), "{}", home.heading());
}

/// The reasons that stand in the code, wherever a refusal is made.
fn reasons_in(directory: &std::path::Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            reasons_in(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let code = std::fs::read_to_string(&path).unwrap();
            for made in code.split("because(").skip(1) {
                let reason = made.trim_start().strip_prefix('"').and_then(|rest| rest.split('"').next());
                found.extend(reason.map(str::to_owned));
            }
        }
    }
}

#[tokio::test]
async fn er_1_every_reason_has_a_page_that_says_what_to_do() {
    let mut found = BTreeSet::new();
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    for directory in ["shared/smart/src", "shared/aws/src", "functions"] {
        reasons_in(&root.join(directory), &mut found);
    }
    assert!(found.len() > 50, "{found:?}");
    let index = service().get("/help/errors").await;
    for reason in &found {
        let known = smart::reasons::find(reason).unwrap_or_else(|| panic!("{reason} is not in the table"));
        assert!(index.text.contains(&format!("/help/{reason}")), "{reason}");
        let page = service().get(&format!("/help/{reason}")).await;
        assert_eq!(page.status, 200);
        assert!(page.text.contains(reason.as_str()) && known.mend.len() > 20);
    }
    assert_eq!(service().get("/help/nothing").await.status, 404);
    let refused = service().post("/token", &[("grant_type", "password")]).await;
    let page = refused.json()["error_uri"].as_str().unwrap().to_owned();
    assert_eq!(page, service().at("/help/grant_type_unsupported"), "be_9");
}
