//! Clients, case by case.

use http::{Method, StatusCode, header};
use serde_json::json;
use smart_verify::time::UnixSeconds;
use testkit::fixtures::NOW;
use web::notes::RefusalNote;

use super::*;

#[tokio::test]
async fn g01_g13_a_token_that_is_missing_bad_old_for_others_or_without_the_scope_opens_nothing() {
    let stage = Stage::new().await;
    let signed = async |issuer, audience, scope, age| {
        Some(token(&stage.ports.keys, issuer, audience, scope, UnixSeconds(NOW.0 - age)).await)
    };
    let refused = (401, "Bearer error=\"invalid_token\"", "token_refused");
    let lacking = (403, "Bearer error=\"insufficient_scope\", scope=\"__registration\"", "scope_missing");
    for (token, expected) in [
        (None, (401, "Bearer", "token_missing")),
        (Some("x.y.z".to_owned()), refused),
        (signed("https://other.example.org", FHIR, "__registration", 0).await, refused),
        (signed(ISSUER, ISSUER, "__registration", 0).await, refused),
        (signed(ISSUER, FHIR, "__registration", 300).await, refused),
        (signed(ISSUER, FHIR, "__introspect system/*.rs", 0).await, lacking),
    ] {
        for (method, path) in [
            (Method::GET, "/clients"),
            (Method::POST, "/clients"),
            (Method::DELETE, "/clients/x"),
            (Method::GET, "/users"),
            (Method::GET, "/approvals"),
            (Method::GET, "/register-tokens"),
        ] {
            let answer = stage.outsider(method, path, token.as_deref(), &json!({})).await;
            let challenge = answer.headers()[header::WWW_AUTHENTICATE].to_str().unwrap();
            assert_eq!(
                (answer.status().as_u16(), challenge, reason(&answer).1),
                expected,
                "{path} {token:?}"
            );
            assert_eq!(body_of(&answer)["error"], reason(&answer).0);
            let has_cause = answer.extensions().get::<RefusalNote>().unwrap().cause.is_some();
            assert_eq!(has_cause, expected == refused, "for the log");
        }
    }
}

#[tokio::test]
async fn g14_a_secret_is_shown_when_it_is_made_and_never_again() {
    let stage = Stage::new().await;
    let registered = stage.post(&app("client_secret_basic")).await;
    assert_eq!(registered.status(), StatusCode::CREATED);
    let body = body_of(&registered);
    let secret = body["client_secret"].as_str().unwrap();
    assert_eq!(body["client_secret_expires_at"], 0);
    assert_eq!(body["client_id_issued_at"], NOW.0);
    assert_eq!(body["created_at"], "2027-01-15T08:00:00Z");
    assert_eq!(registered.headers()[header::LOCATION].to_str().unwrap(), path_of(&registered));
    let stored = stage.stored(&registered).await;
    assert!(stored.secrets[0].is(secret, NOW));
    let hash = serde_json::to_value(&stored.secrets[0]).unwrap()["hash"].as_str().unwrap().to_owned();
    let renamed = stage.put(&registered, &app("client_secret_post")).await;
    let later = [renamed, stage.get(&path_of(&registered)).await, stage.get("/clients").await];
    for answer in later {
        assert_eq!(answer.status(), StatusCode::OK);
        let text = text_of(&answer);
        assert!([secret, &hash, "client_secret\""].iter().all(|never| !text.contains(never)), "{text}");
        assert!(text.contains(&format!("\"last_four\":\"{}\"", &secret[secret.len() - 4..])), "{text}");
    }
}

#[tokio::test]
async fn rg_7_a_client_that_stops_to_use_secrets_loses_them_and_a_new_one_comes_with_a_secret_method() {
    let stage = Stage::new().await;
    let registered = stage.post(&app("client_secret_basic")).await;
    let first = text(&body_of(&registered), "client_secret");
    let public = stage.put(&registered, &app("none")).await;
    assert!(["secrets", "client_secret"].iter().all(|member| body_of(&public).get(member).is_none()));
    assert!(stage.stored(&public).await.secrets.is_empty());
    let confidential = stage.put(&public, &app("client_secret_post")).await;
    let second = text(&body_of(&confidential), "client_secret");
    let stored = stage.stored(&confidential).await;
    assert!(stored.secrets[0].is(&second, NOW) && !stored.secrets[0].is(&first, NOW));
}

#[tokio::test]
async fn g10_what_is_ours_to_set_stays_ours_also_in_a_change() {
    let stage = Stage::new().await;
    let mut body = app("none");
    let ours = json!({
        "client_id": "mine", "client_secret": "mine", "created_at": "1970-01-01T00:00:00Z", "version": 99,
        "client_id_issued_at": 1, "secrets": [{ "hash": "x" }], "admin": true,
    });
    body.as_object_mut().unwrap().extend(ours.as_object().unwrap().clone());
    let registered = stage.post(&body).await;
    let before = stage.stored(&registered).await;
    assert_ne!(before.client_id.as_str(), "mine");
    assert_eq!((before.created_at, before.version, before.secrets.len()), (NOW, 1, 0));
    let after = stage.stored(&stage.put(&registered, &body).await).await;
    assert_eq!((&after.client_id, after.created_at, after.version), (&before.client_id, NOW, 2));
}

#[tokio::test]
async fn a_client_that_was_read_may_be_sent_back_as_it_is_and_counts_as_changed() {
    let stage = Stage::new().await;
    let read = stage.get(&path_of(&stage.post(&app("none")).await)).await;
    let same = stage.put(&read, &body_of(&read)).await;
    assert_eq!(same.status(), StatusCode::OK, "{:?}", same.body());
    assert_ne!(same.headers()[header::ETAG], read.headers()[header::ETAG]);
    let mut stopped = body_of(&same);
    stopped["status"] = json!("disabled");
    assert_eq!(stage.put(&same, &stopped).await.status(), StatusCode::BAD_REQUEST, "refused, not ignored");
}

#[tokio::test]
async fn g16_a_change_or_deletion_needs_the_tag_that_was_read() {
    let stage = Stage::new().await;
    let registered = stage.post(&app("none")).await;
    let path = path_of(&registered);
    for method in [Method::PUT, Method::DELETE] {
        let bare = stage.send(method.clone(), &path, &[JSON], app("none").to_string()).await;
        assert_eq!(why(&bare), (428, "if_match_missing"));
        for tag in ["\"7\"", "W/\"1\"", "1", ""] {
            let headers = [JSON, ("if-match", tag)];
            let stale = stage.send(method.clone(), &path, &headers, app("none").to_string()).await;
            assert_eq!(stale.status(), StatusCode::PRECONDITION_FAILED, "{method} {tag}");
            assert_eq!(body_of(&stale)["client_name"], "An app");
            assert_eq!(stale.headers()[header::ETAG], registered.headers()[header::ETAG]);
            assert_eq!(reason(&stale), ("precondition_failed", "if_match_stale"));
        }
    }
    let deleted = stage.send(Method::DELETE, &path, &[("if-match", "\"1\"")], "").await;
    assert_eq!((deleted.status(), deleted.body().len()), (StatusCode::NO_CONTENT, 0));
    assert_eq!(stage.get(&path).await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn g16_of_two_changes_at_once_one_is_refused_and_sees_the_other() {
    let stage = Stage::new().await;
    let registered = stage.post(&app("none")).await;
    let change = async |name: &str| {
        let body = json!({ "client_name": name });
        stage.json(Method::PATCH, &path_of(&registered), Some(&registered), &body).await
    };
    let (one, other) = tokio::join!(change("One"), change("Other"));
    let mut statuses = [one.status().as_u16(), other.status().as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412]);
    assert_eq!(body_of(&one)["client_name"], body_of(&other)["client_name"]);
}

#[tokio::test]
async fn api_5_who_has_a_client_already_gets_no_body() {
    let stage = Stage::new().await;
    let path = path_of(&stage.post(&app("none")).await);
    for tag in ["\"1\"", "W/\"1\"", "\"0\", \"1\"", "*"] {
        let same = stage.send(Method::GET, &path, &[("if-none-match", tag)], "").await;
        assert_eq!((same.status(), same.body().len()), (StatusCode::NOT_MODIFIED, 0), "{tag}");
        assert_eq!(same.headers()[header::ETAG], "\"1\"");
    }
    let other = stage.send(Method::GET, &path, &[("if-none-match", "\"2\"")], "").await;
    assert_eq!(other.status(), StatusCode::OK);
}

#[tokio::test]
async fn g09_a_body_that_is_large_no_json_or_ambiguous_registers_nothing() {
    let stage = Stage::new().await;
    let twice = "{\"client_name\":\"a\",\"client_name\":\"b\"}".to_owned();
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(10_000), "]".repeat(10_000));
    let bodies = [
        (twice, "application/json", 400, "body_malformed"),
        (deep, "application/json", 400, "body_malformed"),
        ("[]".to_owned(), "application/json; charset=utf-8", 400, "body_malformed"),
        (" ".repeat(64 * 1024 + 1), "application/json", 413, "body_too_large"),
        (app("none").to_string(), "text/plain", 400, "content_type"),
    ];
    for (body, kind, status, why) in bodies {
        let response = stage.send(Method::POST, "/clients", &[("content-type", kind)], body).await;
        assert_eq!(reason(&response), ("invalid_client_metadata", why));
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json");
        assert_eq!((response.status().as_u16(), &body_of(&response)["status"]), (status, &json!(status)));
    }
    assert!(stage.items("/clients").await.is_empty());
}

#[tokio::test]
async fn g02_g05_every_bad_member_is_named_at_once_and_a_bad_redirect_uri_names_the_code() {
    let stage = Stage::new().await;
    let keys = stage.post(&app("private_key_jwt")).await;
    assert_eq!(body_of(&keys)["error"], "invalid_client_metadata");
    let body = json!({
        "client_name": "", "scope": "patient/Foo.rs", "typo": 1,
        "redirect_uris": ["https://app.example.org/cb", "http://app.example.org/cb", "javascript:alert(1)"],
        "token_endpoint_auth_method": "private_key_jwt", "jwks": { "keys": [{ "kty": "oct", "k": "AAAA" }] },
    });
    let refused = stage.post(&body).await;
    assert_eq!(refused.headers()[header::CONTENT_TYPE], "application/problem+json");
    let problem = body_of(&refused);
    let said = ["type", "title", "error"].map(|member| &problem[member]);
    assert_eq!(said, ["about:blank", "Bad Request", "invalid_redirect_uri"]);
    let errors = problem["errors"].as_array().unwrap();
    let pointers: Vec<_> = errors.iter().map(|error| error["pointer"].as_str().unwrap()).collect();
    let expected = "/typo /client_name /redirect_uris/1 /redirect_uris/2 /scope /jwks";
    assert_eq!(pointers.join(" "), expected);
    let codes = [2, 4].map(|place| &errors[place]["code"]);
    assert_eq!(codes, ["invalid_redirect_uri", "invalid_client_metadata"]);
}

#[tokio::test]
async fn api_6_the_link_leads_through_the_whole_list() {
    let stage = Stage::new().await;
    for _ in 0..5 {
        stage.post(&app("none")).await;
    }
    let (mut path, mut seen) = ("/clients?limit=2".to_owned(), Vec::new());
    loop {
        let page = stage.get(&path).await;
        let body = body_of(&page);
        let items = body["items"].as_array().unwrap();
        assert!(items.len() <= 2);
        seen.extend(items.iter().map(|item| item["client_id"].to_string()));
        let Some(link) = page.headers().get(header::LINK) else {
            assert!(body.get("next_cursor").is_none());
            break;
        };
        let link = link.to_str().unwrap().strip_suffix(">; rel=\"next\"").unwrap();
        path = link.strip_prefix('<').unwrap().to_owned();
    }
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), 5);
    for bad in ["limit=0", "limit=201", "limit=-1", "limit=x", "cursor=x", "limit=1&limit=1", "cursor=%zz"] {
        let response = stage.get(&format!("/clients?{bad}")).await;
        assert_eq!((response.status().as_u16(), reason(&response).0), (400, "invalid_request"), "{bad}");
    }
}

#[tokio::test]
async fn api_7_pg_38_a_patch_changes_what_it_names_and_the_list_finds_it() {
    let stage = Stage::new().await;
    let mut body = app("none");
    body["client_uri"] = json!("https://app.example.org/");
    body["owner"] = json!("sub-ann");
    let registered = stage.post(&body).await;
    let patch =
        async |read, patch| stage.json(Method::PATCH, &path_of(&registered), Some(read), &patch).await;
    let changed = json!({ "client_name": "Renamed", "client_uri": null, "longest_access_days": 30 });
    let patched = patch(&registered, changed).await;
    assert_eq!(patched.status(), StatusCode::OK, "{:?}", patched.body());
    let body = body_of(&patched);
    assert_eq!((&body["client_name"], &body["owner"]), (&json!("Renamed"), &json!("sub-ann")));
    assert_eq!((body.get("client_uri"), &body["longest_access_days"]), (None, &json!(30)));
    assert_eq!(stage.stored(&patched).await.metadata.longest_access_days, Some(30));
    for (member, value) in [("nmae", json!("x")), ("longest_access_days", json!(3651))] {
        let refused = patch(&patched, json!({ member: value })).await;
        assert_eq!(body_of(&refused)["errors"][0]["pointer"], format!("/{member}"));
    }
    let headers = [("content-type", "application/merge-patch+json"), ("if-match", "\"2\"")];
    let free = json!({ "longest_access_days": null }).to_string();
    let free = stage.send(Method::PATCH, &path_of(&registered), &headers, free).await;
    assert!(body_of(&free).get("longest_access_days").is_none());
    assert_eq!(stage.items("/clients?owner=sub-ann&kind=public&q=RENAM").await.len(), 1);
    for none in ["owner=sub-ben", "kind=backend", "q=other", "status=disabled"] {
        assert!(stage.items(&format!("/clients?{none}")).await.is_empty(), "{none}");
    }
    for bad in ["kind=king", "status=gone"] {
        assert_eq!(stage.get(&format!("/clients?{bad}")).await.status(), StatusCode::BAD_REQUEST, "{bad}");
    }
}

#[tokio::test]
async fn other_methods_are_refused_and_a_preflight_needs_no_token() {
    let stage = Stage::new().await;
    for (method, path, allow) in [
        (Method::PUT, "/clients", "GET, POST, OPTIONS"),
        (Method::POST, "/clients/x", "GET, PUT, PATCH, DELETE, OPTIONS"),
    ] {
        let response = stage.send(method, path, &[], "").await;
        assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(response.headers()[header::ALLOW], allow);
        let asked = request(Method::OPTIONS, path, &[("origin", "https://app.example.org")], "");
        let preflight = handle(asked, &stage.ports, NOW).await;
        assert_eq!(preflight.status(), StatusCode::NO_CONTENT);
        assert_eq!(preflight.headers()[header::ALLOW], allow);
    }
    for path in ["/clients/", "/clients/a/b", "/clients/a/b/c", "/clients/%00", "/clientsx"] {
        assert_eq!(stage.get(path).await.status(), StatusCode::NOT_FOUND, "{path}");
    }
}
