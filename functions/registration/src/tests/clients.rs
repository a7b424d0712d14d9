//! Clients, case by case.

use http::{Method, StatusCode, header};
use serde_json::json;
use smart_verify::time::UnixSeconds;
use testkit::fixtures::NOW;
use web::notes::RefusalNote;

use super::*;

#[tokio::test]
async fn g01_a_token_that_is_missing_bad_old_or_for_others_opens_nothing() {
    let stage = Stage::new().await;
    let signer = &stage.ports.keys;
    let old = UnixSeconds(NOW.0 - 300);
    let bad = [
        ("another issuer", token(signer, "https://other.example.org", FHIR, "__registration", NOW).await),
        ("another audience", token(signer, ISSUER, ISSUER, "__registration", NOW).await),
        ("expired", token(signer, ISSUER, FHIR, "__registration", old).await),
        ("broken", "x.y.z".to_owned()),
    ];
    for (what, token) in bad {
        let bearer = format!("Bearer {token}");
        let asked = request(Method::GET, "/clients", &[("authorization", &bearer)], "");
        let response = handle(asked, &stage.ports, NOW).await;
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{what}");
        assert_eq!(response.headers()[header::WWW_AUTHENTICATE], "Bearer error=\"invalid_token\"", "{what}");
        assert_eq!(body_of(&response)["error"], "invalid_token", "{what}");
        assert_eq!(reason(&response), ("invalid_token", "token_refused"), "{what}");
        assert!(response.extensions().get::<RefusalNote>().unwrap().cause.is_some(), "{what}");
    }
    for (method, path) in
        [(Method::GET, "/clients"), (Method::POST, "/clients"), (Method::DELETE, "/clients/x")]
    {
        let response = handle(request(method, path, &[], "{}"), &stage.ports, NOW).await;
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(response.headers()[header::WWW_AUTHENTICATE], "Bearer");
    }
}

#[tokio::test]
async fn g01_g13_a_token_without_the_scope_is_told_which_one_it_lacks() {
    let mut stage = Stage::new().await;
    stage.token = token(&stage.ports.keys, ISSUER, FHIR, "__introspect system/*.rs", NOW).await;
    for response in
        [stage.get("/clients").await, stage.get("/clients/somebody").await, stage.post(&json!({})).await]
    {
        assert_eq!(response.status(), StatusCode::FORBIDDEN);
        let challenge = response.headers()[header::WWW_AUTHENTICATE].to_str().unwrap();
        assert_eq!(challenge, "Bearer error=\"insufficient_scope\", scope=\"__registration\"");
        assert_eq!(reason(&response), ("insufficient_scope", "scope_missing"));
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
        let text = String::from_utf8(answer.body().to_vec()).unwrap();
        assert!(
            !text.contains(secret) && !text.contains(&hash) && !text.contains("client_secret\""),
            "{text}"
        );
        assert!(text.contains("last_four"));
    }
}

#[tokio::test]
async fn rg_7_a_client_that_stops_to_use_secrets_loses_them_and_a_new_one_comes_with_a_secret_method() {
    let stage = Stage::new().await;
    let registered = stage.post(&app("client_secret_basic")).await;
    let first = body_of(&registered)["client_secret"].clone();
    let public = stage.put(&registered, &app("none")).await;
    assert!(["secrets", "client_secret"].iter().all(|member| body_of(&public).get(member).is_none()));
    assert!(stage.stored(&public).await.secrets.is_empty());
    let confidential = stage.put(&public, &app("client_secret_post")).await;
    let second = body_of(&confidential)["client_secret"].clone();
    assert!(second.is_string() && second != first);
    let stored = stage.stored(&confidential).await;
    assert!(stored.secrets[0].is(second.as_str().unwrap(), NOW));
    assert!(!stored.secrets[0].is(first.as_str().unwrap(), NOW));
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
    let registered = stage.post(&app("none")).await;
    let read = stage.get(&path_of(&registered)).await;
    let same = stage.put(&read, &body_of(&read)).await;
    assert_eq!(same.status(), StatusCode::OK, "{:?}", same.body());
    assert_ne!(same.headers()[header::ETAG], read.headers()[header::ETAG]);
    assert_eq!(stage.put(&read, &body_of(&read)).await.status(), StatusCode::PRECONDITION_FAILED);
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
        assert_eq!(bare.status(), StatusCode::PRECONDITION_REQUIRED);
        assert_eq!(reason(&bare).1, "if_match_missing");
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
async fn api_5_who_has_a_client_already_gets_no_body() {
    let stage = Stage::new().await;
    let path = path_of(&stage.post(&app("none")).await);
    for tag in ["\"1\"", "W/\"1\"", "\"0\", \"1\"", "*"] {
        let same = stage.send(Method::GET, &path, &[("if-none-match", tag)], "").await;
        assert_eq!((same.status(), same.body().len()), (StatusCode::NOT_MODIFIED, 0), "{tag}");
        assert_eq!(same.headers()[header::ETAG], "\"1\"");
    }
    assert_eq!(
        stage.send(Method::GET, &path, &[("if-none-match", "\"2\"")], "").await.status(),
        StatusCode::OK
    );
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
        assert_eq!(
            (response.status().as_u16(), reason(&response)),
            (status, ("invalid_client_metadata", why))
        );
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json");
        assert_eq!(body_of(&response)["status"], status);
    }
    assert_eq!(body_of(&stage.get("/clients").await)["items"], json!([]));
}

#[tokio::test]
async fn g02_g05_all_faults_are_told_and_a_bad_redirect_uri_names_the_code() {
    let stage = Stage::new().await;
    let mut body = app("private_key_jwt");
    let keys = stage.post(&body).await;
    assert_eq!(body_of(&keys)["error"], "invalid_client_metadata");
    body["redirect_uris"] = json!([]);
    let both = body_of(&stage.post(&body).await);
    assert_eq!(both["error"], "invalid_redirect_uri");
    assert_eq!((both["type"].as_str(), both["title"].as_str()), (Some("about:blank"), Some("Bad Request")));
    let codes: Vec<_> = both["errors"].as_array().unwrap().iter().map(|error| &error["code"]).collect();
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
        seen.extend(body["items"].as_array().unwrap().iter().map(|item| item["client_id"].to_string()));
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
        assert_eq!(
            (response.status(), reason(&response).0),
            (StatusCode::BAD_REQUEST, "invalid_request"),
            "{bad}"
        );
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
        assert_eq!(
            (preflight.status(), &preflight.headers()[header::ALLOW]),
            (StatusCode::NO_CONTENT, &allow.parse().unwrap())
        );
    }
    for path in ["/clients/", "/clients/a/b", "/clients/a/b/c", "/clients/%00", "/clientsx"] {
        assert_eq!(stage.get(path).await.status(), StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn pg_38_the_longest_access_is_set_read_and_taken_back_by_the_admin_api() {
    let stage = Stage::new().await;
    let registered = stage.post(&app("none")).await;
    assert!(body_of(&registered).get("longest_access_days").is_none());
    let path = path_of(&registered);
    let patch = |days: Value| json!({ "longest_access_days": days });
    let limited = stage.json(Method::PATCH, &path, Some(&registered), &patch(json!(30))).await;
    assert_eq!(body_of(&limited)["longest_access_days"], 30);
    assert_eq!(stage.stored(&limited).await.metadata.longest_access_days, Some(30));
    let refused = stage.json(Method::PATCH, &path, Some(&limited), &patch(json!(3651))).await;
    assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
    assert_eq!(body_of(&refused)["errors"][0]["pointer"], "/longest_access_days");
    let free = stage.json(Method::PATCH, &path, Some(&limited), &patch(json!(null))).await;
    assert!(body_of(&free).get("longest_access_days").is_none());
}
