//! What is thrown at the endpoints: each gets its own refusal, never a 5xx, and changes nothing.

use crate::support::{Answer, App, Browser, form, http, parameter, service};

async fn page_without_redirect(address: &str) {
    let answer = Answer::of(http().get(address)).await;
    assert_eq!((answer.status, answer.header("location")), (400, ""), "{address}");
    assert!(answer.text.contains("This app cannot sign you in"));
    assert!(answer.header("content-security-policy").contains("frame-ancestors 'none'"), "a25");
    assert_eq!(answer.header("x-frame-options"), "DENY");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("referrer-policy"), "no-referrer");
}

#[tokio::test]
async fn a01_a02_a03_a04_az_3_while_nothing_is_proven_no_one_is_redirected() {
    let app = App::named("demo-public");
    let redirect_uri = app.redirect_uri().to_owned();
    for set in [
        [("client_id", "")],
        [("client_id", "nobody")],
        [("client_id", "<script>alert(1)</script>")],
        [("redirect_uri", "")],
        [("redirect_uri", "https://evil.example.org/cb")],
        [("redirect_uri", &format!("{redirect_uri}/"))],
        [("redirect_uri", &format!("{redirect_uri}?x=1"))],
    ] {
        page_without_redirect(&app.address(&set)).await;
    }
    let good = app.address(&[]);
    page_without_redirect(&format!("{good}&client_id=demo-public")).await;
    page_without_redirect(&format!("{good}&redirect_uri=https://evil.example.org/cb")).await;
    page_without_redirect(&format!("{good}&x=%ff")).await;
}

#[tokio::test]
async fn az_5_later_errors_go_back_to_the_app_with_state_and_issuer() {
    let app = App::named("demo-public");
    let long = "x".repeat(2049);
    let fhir = service().urls.fhir_base_url.clone();
    let (deeper, slashes, prefix) = (format!("{fhir}/Patient"), format!("{fhir}//"), &fhir[..fhir.len() - 1]);
    for (set, error) in [
        // az_2 a08
        (("response_type", "id_token"), "unsupported_response_type"),
        (("response_type", "code token"), "unsupported_response_type"),
        (("response_type", "none"), "unsupported_response_type"),
        // az_7 a10
        (("aud", deeper.as_str()), "invalid_request"),
        (("aud", &slashes), "invalid_request"),
        (("aud", prefix), "invalid_request"),
        // az_8
        (("resource", "https://other.example.org/fhir"), "invalid_target"),
        // az_9 a09
        (("code_challenge", "x"), "invalid_request"),
        (("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-c"), "invalid_request"),
        (("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cMM"), "invalid_request"),
        (("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM"), "invalid_request"),
        (("code_challenge_method", "S512"), "invalid_request"),
        // az_10 a11 a12
        (("scope", "unknown-only"), "invalid_scope"),
        (("scope", "patient/Observation.sr"), "invalid_scope"),
        (("scope", "patient/*.x"), "invalid_scope"),
        (("scope", "Patient/*.rs"), "invalid_scope"),
        (("scope", "launch/patient\tpatient/*.rs"), "invalid_scope"),
        (("scope", "patient/*.rs\u{a0}"), "invalid_scope"),
        // az_16 a16
        (("max_age", "1e400"), "invalid_request"),
        (("prompt", "once"), "invalid_request"),
        // az_19
        (("nonce", &long), "invalid_request"),
        (("login_hint", &long), "invalid_request"),
        // az_20 a19
        (("registration", "{}"), "registration_not_supported"),
        // a17
        (("response_mode", "form_post"), "invalid_request"),
        // a20
        (("id_token_hint", "eyJhbGciOiJub25lIn0.e30."), "invalid_request"),
        (("response_type", ""), "invalid_request"),
        (("response_type", "token"), "unsupported_response_type"),
        (("code_challenge", ""), "invalid_request"),
        (("code_challenge_method", ""), "invalid_request"),
        (("code_challenge_method", "plain"), "invalid_request"),
        (("aud", ""), "invalid_request"),
        (("aud", "https://other.example.org/fhir"), "invalid_request"),
        (("scope", ""), "invalid_scope"),
        (("scope", "profile email"), "invalid_scope"),
        (("scope", "system/*.rs"), "invalid_scope"),
        (("scope", "a\"b"), "invalid_scope"),
        (("request", "x"), "request_not_supported"),
        (("request_uri", "http://169.254.169.254/"), "request_uri_not_supported"),
        (("response_mode", "fragment"), "invalid_request"),
        (("prompt", "none login"), "invalid_request"),
        (("max_age", "-1"), "invalid_request"),
    ] {
        let answered = Browser::default().open(&app.address(&[set])).await.away();
        assert_eq!(parameter(&answered, "error").as_deref(), Some(error), "{set:?}");
        assert_eq!(parameter(&answered, "state").as_deref(), Some("a b+c&d=é"), "{set:?}");
        assert_eq!(parameter(&answered, "iss").as_deref(), Some(service().urls.issuer.as_str()), "{set:?}");
        assert_eq!(parameter(&answered, "code"), None);
    }
    let stateless = Browser::default().open(&app.address(&[("state", "")])).await.away();
    assert_eq!(parameter(&stateless, "error").as_deref(), Some("invalid_request"));
    assert_eq!(parameter(&stateless, "state"), None);
}

#[tokio::test]
async fn a14_a_parameter_twice_is_an_error_for_the_app() {
    let app = App::named("demo-public");
    for name in ["scope", "state", "nonce", "aud", "code_challenge", "code_challenge_method", "response_type"]
    {
        let answered = Browser::default().open(&format!("{}&{name}=x", app.address(&[]))).await.away();
        assert_eq!(parameter(&answered, "error").as_deref(), Some("invalid_request"), "{name}");
        assert_eq!(parameter(&answered, "iss").as_deref(), Some(service().urls.issuer.as_str()), "a26");
        assert_eq!(parameter(&answered, "code"), None);
    }
}

#[tokio::test]
async fn az_4_a05_near_misses_of_a_registered_address_are_misses() {
    let app = App::named("demo-public");
    let good = app.redirect_uri().to_owned();
    let host = url::Url::parse(&good).unwrap().host_str().unwrap().to_owned();
    let path = url::Url::parse(&good).unwrap().path().to_owned();
    let misses = [
        format!("{good}#f"),
        format!("{good}/."),
        format!("{good}/../x"),
        format!("{good}/..;/"),
        format!("{good}%2e%2e"),
        format!("{good}%00"),
        format!("{good} "),
        format!("{good}."),
        format!("{good}\t"),
        format!("{good}\r\nLocation: https://evil.example.org"),
        good.to_uppercase(),
        good.replace(&path, &path.to_uppercase()),
        good.replace(&path, &path.replacen('c', "%63", 1)),
        good.replace(&host, &format!("{host}.evil.example.org")),
        good.replace(&host, &format!("{host}@evil.example.org")),
        good.replace(&host, &format!("evil.example.org\\@{host}")),
        good.replace(&host, &format!("{host}.")),
        good.replacen("http", "https", 1),
        "//evil.example.org/cb".to_owned(),
        "javascript:alert(1)".to_owned(),
        "data:text/html,x".to_owned(),
    ];
    for miss in misses {
        assert_ne!(miss, good);
        page_without_redirect(&app.address(&[("redirect_uri", &miss)])).await;
    }
}

#[tokio::test]
async fn az_6_az_7_az_8_what_an_app_may_write_in_other_ways_is_taken() {
    let app = App::named("demo-public");
    let fhir = service().urls.fhir_base_url.clone();
    for set in [
        vec![("aud", format!("{fhir}/"))],
        vec![("aud", String::new()), ("resource", fhir.clone())],
        vec![("resource", fhir.clone())],
        vec![("response_mode", "query".to_owned())],
        vec![("state", "x".repeat(2048))],
    ] {
        let set: Vec<_> = set.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let page = Browser::default().open(&app.address(&set)).await.page();
        assert!(page.heading().starts_with("Sign in to"), "{set:?} {}", page.heading());
    }
}

#[tokio::test]
async fn a21_a_hostile_state_comes_back_whole_and_splits_nothing() {
    let app = App::named("demo-public");
    let long = "x".repeat(2048);
    for state in
        ["\r\nSet-Cookie: a=b", "\"'<script>", "&code=x&iss=https://evil.example.org", "%0d%0a", &long]
    {
        let answered =
            Browser::default().open(&app.address(&[("state", state), ("response_type", "token")])).await;
        let answered = answered.away();
        assert_eq!(parameter(&answered, "state").as_deref(), Some(state));
        for name in ["error", "state", "iss"] {
            assert_eq!(answered.query_pairs().filter(|(known, _)| known == name).count(), 1, "{name}");
        }
        assert_eq!(parameter(&answered, "code"), None);
    }
}

#[tokio::test]
async fn a11_a13_system_scopes_are_left_out_beside_others() {
    let app = App::asking("launch/patient patient/*.rs system/*.rs profile");
    let answered = Browser::default().allow(&app.address(&[]), "chidi", None).await;
    assert_eq!(app.exchange(&app.code(&answered), &[]).await.json()["scope"], "launch/patient patient/*.rs");
}

#[tokio::test]
async fn lc_9_lc_10_a13_contexts_and_extensions_that_nobody_registered_are_left_out() {
    let scope = "launch/patient patient/*.rs launch/imagingstudy launch/ImagingStudy launch/list?role=x \
                 __launch __introspect https://example.org/scopes/x";
    let app = App::asking(scope);
    let answered = Browser::default().allow(&app.address(&[]), "chidi", None).await;
    assert_eq!(app.exchange(&app.code(&answered), &[]).await.json()["scope"], "launch/patient patient/*.rs");
}

#[tokio::test]
async fn az_11_a18_a_client_without_the_code_grant_is_not_served() {
    // A backend service has no redirect URI, so nothing can even be sent back to it.
    let app = App::named("demo-public");
    page_without_redirect(&app.address(&[("client_id", "demo-backend")])).await;
}

#[tokio::test]
async fn gen_11_a22_s12_other_methods_are_refused_by_name() {
    for path in ["/authorize", "/sign-in", "/authorize/consent"] {
        let answer = Answer::of(http().put(service().at(path))).await;
        assert_eq!((answer.status, answer.header("allow")), (405, "GET, HEAD, POST"), "{path}");
    }
    let json = http().post(service().at("/authorize")).header("content-type", "application/json").body("{}");
    assert_eq!(Answer::of(json).await.status, 400);
}

#[tokio::test]
async fn t01_t02_t03_t04_t06_gen_3_gen_5_what_is_no_token_request_is_refused() {
    for path in ["/token", "/backend-token"] {
        for method in [http::Method::GET, http::Method::PUT, http::Method::DELETE] {
            let answer = Answer::of(http().request(method, service().at(path))).await;
            assert_eq!(answer.status, 405);
            assert!(answer.header("allow").contains("POST"));
        }
        let send = |kind: &'static str, body: Vec<u8>| async move {
            Answer::of(http().post(service().at(path)).header("content-type", kind).body(body)).await
        };
        let form = "application/x-www-form-urlencoded";
        for (kind, body, status) in [
            ("application/json", b"{}".to_vec(), 400),
            ("multipart/form-data; boundary=x", b"--x--".to_vec(), 400),
            ("text/plain", b"grant_type=client_credentials".to_vec(), 400),
            (form, vec![b'a'; 64 * 1024 + 1], 413),
            (form, b"grant_type=%zz".to_vec(), 400),
            (form, b"grant_type=\xff".to_vec(), 400),
            (form, b"a=b&".repeat(10_000), 400),
            (form, Vec::new(), 400),
        ] {
            let answer = send(kind, body).await;
            assert_eq!((answer.status, answer.error().as_str()), (status, "invalid_request"), "{kind}");
        }
        let query = format!("{path}?client_secret=x");
        let answer = service().post(&query, &[("grant_type", "client_credentials")]).await;
        assert_eq!((answer.status, answer.error().as_str()), (400, "invalid_request"));
    }
}

#[tokio::test]
async fn t05_gen_4_every_known_parameter_twice_is_refused() {
    for name in [
        "grant_type",
        "code",
        "redirect_uri",
        "code_verifier",
        "client_id",
        "client_secret",
        "client_assertion",
        "client_assertion_type",
        "scope",
        "refresh_token",
    ] {
        let pairs = [("grant_type", "client_credentials"), (name, "a"), (name, "b")];
        let answer = service().post("/token", &pairs).await;
        assert_eq!((answer.status, answer.error().as_str()), (400, "invalid_request"), "{name}");
    }
}

#[tokio::test]
async fn t09_k01_k02_k03_k06_k07_ca_1_ca_2_credentials_that_do_not_fit_are_refused() {
    let secret = service().seeded.clients.iter().find_map(|client| client.secret.clone()).unwrap();
    let id = "demo-confidential";
    let post = |pairs: Vec<(&str, &str)>, header: Option<String>| {
        let pairs = [vec![("grant_type", "authorization_code"), ("code", "x"), ("redirect_uri", "x")], pairs]
            .concat();
        let request = http().post(service().at("/token")).body(form(&pairs));
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let request =
            if let Some(header) = header { request.header("authorization", header) } else { request };
        Answer::of(request)
    };
    let basic = |id: &str, secret: &str| {
        use base64::Engine as _;
        format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(format!("{id}:{secret}")))
    };
    let assertion = service().assertion();
    let wrong = post(vec![], Some(basic(id, "wrong"))).await;
    let unknown = post(vec![], Some(basic("nobody", "wrong"))).await;
    assert_eq!((wrong.status, &wrong.text), (401, &unknown.text), "k02");
    assert_eq!(wrong.header("www-authenticate"), "Basic realm=\"token\"", "ca_5");
    for (pairs, header, error) in [
        (vec![("client_id", id)], None, "invalid_client"),
        (vec![("client_id", id), ("client_secret", secret.as_str())], None, "invalid_client"),
        (vec![("client_id", "demo-public"), ("client_secret", "x")], None, "invalid_client"),
        (vec![], None, "invalid_client"),
        (vec![], Some("Basic !!".to_owned()), "invalid_client"),
        (vec![], Some("Bearer x".to_owned()), "invalid_client"),
        (vec![], Some(basic(id, &"x".repeat(10_000))), "invalid_client"),
        (vec![("client_id", "demo-public")], Some(basic(id, &secret)), "invalid_client"),
        (vec![("client_secret", "x")], Some(basic(id, &secret)), "invalid_request"),
        (vec![("client_assertion", assertion.as_str())], Some(basic(id, &secret)), "invalid_request"),
        (vec![("client_assertion", assertion.as_str()), ("client_secret", "x")], None, "invalid_request"),
    ] {
        let answer = post(pairs.clone(), header).await;
        assert!(answer.status < 500 && answer.status >= 400, "{pairs:?} {}", answer.text);
        if answer.status != 431 {
            assert_eq!(answer.error(), error, "{pairs:?}");
        }
    }
}

#[tokio::test]
async fn a23_nothing_that_is_sent_becomes_part_of_a_page() {
    let canary = "\"'><img src=x onerror=alert(1)>";
    let app = App::named("demo-public");
    for name in ["login_hint", "nonce", "state", "username", "unknown", "step", "q"] {
        let answer = Answer::of(http().get(app.address(&[(name, canary)]))).await;
        assert!(!answer.text.contains("<img"), "{name}");
        assert_eq!(answer.status, 200, "{name}");
    }
}

#[tokio::test]
async fn a24_what_headers_claim_of_our_address_changes_nothing() {
    let app = App::named("demo-public");
    let get = || http().get(app.address(&[]));
    let plain = Answer::of(get()).await.text;
    let spoofed = get()
        .header("host", "evil.example.org")
        .header("x-forwarded-host", "evil.example.org")
        .header("x-forwarded-proto", "https")
        .header("forwarded", "host=evil.example.org");
    let spoofed = Answer::of(spoofed).await.text;
    assert!(!spoofed.contains("evil.example.org"));
    let without_csrf = |text: &str| text.split("name=\"csrf\"").next().unwrap().to_owned();
    assert_eq!(without_csrf(&spoofed), without_csrf(&plain));
    let refused = http().get(app.address(&[("response_type", "token")])).header("host", "evil.example.org");
    let location = Answer::of(refused).await.header("location").to_owned();
    let back = url::Url::parse(&location).unwrap();
    assert_eq!(parameter(&back, "iss").as_deref(), Some(service().urls.issuer.as_str()), "a26");
}

#[tokio::test]
async fn gen_9_no_other_site_reads_the_pages() {
    let app = App::named("demo-public");
    let own = app.client.client.origins().next().unwrap();
    let manage = service().at("/manage");
    for address in [app.address(&[]), manage, service().at("/sign-in"), service().at("/sign-out")] {
        for method in [http::Method::GET, http::Method::OPTIONS] {
            let request = http().request(method, &address).header("origin", own.as_str());
            let answer = Answer::of(request.header("access-control-request-method", "GET")).await;
            assert_eq!(answer.header("access-control-allow-origin"), "", "{address}");
        }
    }
}

/// Both are experimental: `authorization_details` counts as unknown, and a style sheet is the EHR's own to serve.
#[tokio::test]
async fn lc_11_lc_12_what_is_experimental_is_neither_promised_nor_in_the_way() {
    let document = service().get("/fhir/.well-known/smart-configuration").await.json();
    assert!(document.get("authorization_details_types_supported").is_none());
    let app = App::named("demo-public");
    let details = app.address(&[("authorization_details", "[{\"type\":\"smart_on_fhir\"}]")]);
    let answered = Browser::default().allow(&details, "chidi", None).await;
    assert_eq!(app.exchange(&app.code(&answered), &[]).await.json()["scope"], app.scope);
}
