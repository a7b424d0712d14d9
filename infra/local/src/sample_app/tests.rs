//! The app's routes over real HTTP.

use std::sync::atomic::{AtomicUsize, Ordering};

use reqwest::Client;
use serde_json::Value;
use tokio::net::TcpListener;

use super::*;

struct Stage {
    origin: String,
    client: Client,
}

impl Stage {
    async fn set() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let signed = AtomicUsize::new(0);
        let app = SampleApp {
            client_id: "sample".to_owned(),
            issuer: "http://127.0.0.1:9000".to_owned(),
            fhir_base_url: "http://127.0.0.1:9103/fhir".to_owned(),
            ehr: "http://localhost:9105".to_owned(),
            assertion: Arc::new(move || format!("assertion-{}", signed.fetch_add(1, Ordering::SeqCst))),
        };
        tokio::spawn(async { axum::serve(listener, router(app)).await.unwrap() });
        Self { origin, client: Client::builder().no_proxy().tls_certs_only([]).build().unwrap() }
    }

    async fn get(&self, path: &str) -> reqwest::Response {
        self.client.get(format!("{}{path}", self.origin)).send().await.unwrap()
    }

    async fn assertion(&self, headers: &[(&str, &str)]) -> (u16, String) {
        let mut request = self.client.get(format!("{}/assertion", self.origin));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    }
}

#[tokio::test]
async fn the_page_names_the_service_and_runs_nothing_inline() {
    let stage = Stage::set().await;
    let response = stage.get("/").await;
    let policy = response.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self'"), "{policy}");
    assert!(policy.contains("connect-src 'self' http://127.0.0.1:9000 http://127.0.0.1:9103;"), "{policy}");
    assert!(!policy.contains("unsafe"));
    let page = response.text().await.unwrap();
    assert!(page.contains(r#"<h1 id="title">Sample SMART app</h1>"#));
    assert!(page.contains("Connect to 127.0.0.1:9103</button>"));
    assert!(!page.contains("<style") && !page.contains(" style=") && !page.contains(" onclick"), "{page}");
    assert_eq!(page.matches("<script").count(), 1);
}

#[tokio::test]
async fn every_answer_is_kept_by_nobody_and_framed_by_the_ehr_alone() {
    let stage = Stage::set().await;
    for (path, media_type) in [
        ("/", "text/html; charset=utf-8"),
        ("/launch?iss=x&launch=y", "text/html; charset=utf-8"),
        ("/app.js", "text/javascript; charset=utf-8"),
        ("/style.css", "text/css; charset=utf-8"),
        ("/config.json", "application/json"),
        ("/callback?code=1", "text/html; charset=utf-8"),
        ("/assertion", "text/plain; charset=utf-8"),
    ] {
        let response = stage.get(path).await;
        assert_eq!(response.status(), 200, "{path}");
        assert_eq!(response.headers()["content-type"], media_type);
        assert_eq!(response.headers()["cache-control"], "no-store");
        assert_eq!(response.headers()["x-content-type-options"], "nosniff");
        assert_eq!(response.headers()["referrer-policy"], "no-referrer");
        assert!(!response.headers().contains_key("x-frame-options"));
        let policy = response.headers()["content-security-policy"].to_str().unwrap();
        assert!(policy.ends_with("; frame-ancestors http://localhost:9105"), "{path}");
    }
    assert_eq!(stage.get("/nothing").await.status(), 404);
}

#[tokio::test]
async fn the_script_learns_client_and_fhir_base_from_the_settings() {
    let stage = Stage::set().await;
    let config: Value = stage.get("/config.json").await.json().await.unwrap();
    assert_eq!(config, json!({ "client_id": "sample", "fhir_base_url": "http://127.0.0.1:9103/fhir" }));
}

#[tokio::test]
async fn what_an_ehr_opens_is_the_same_page() {
    let stage = Stage::set().await;
    let (opened, page) = (stage.get("/launch?iss=x&launch=%3Cb%3E").await, stage.get("/").await);
    assert_eq!(opened.text().await.unwrap(), page.text().await.unwrap());
}

#[tokio::test]
async fn every_part_that_the_script_looks_for_is_on_the_page() {
    let names = SCRIPT.split("part(\"").skip(1).filter_map(|rest| rest.split('"').next());
    for name in names {
        assert!(PAGE.contains(&format!("id=\"{name}\"")), "{name}");
    }
}

#[tokio::test]
async fn the_callback_shows_what_it_received_as_text() {
    let stage = Stage::set().await;
    let page = stage.get("/callback?code=a%26b&state=%3Cscript%3Ealert(1)%3C/script%3E&%22x=1").await;
    let page = page.text().await.unwrap();
    assert!(page.contains(r#"<h1 id="title">Back at the app</h1>"#));
    assert!(page.contains("<dt>code</dt><dd><code>a&amp;b</code></dd>"));
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    assert!(page.contains("<dt>&quot;x</dt>"));
    assert!(!page.contains("<script"));
    let refused = stage.get("/callback?error=access_denied&state=1").await.text().await.unwrap();
    assert!(refused.contains("with an error") && refused.contains("access_denied"));
    let empty = stage.get("/callback").await.text().await.unwrap();
    assert!(empty.contains("no answer") && !empty.contains("<dl"));
}

#[tokio::test]
async fn a_shell_gets_a_fresh_assertion_each_time() {
    let stage = Stage::set().await;
    assert_eq!(stage.assertion(&[]).await, (200, "assertion-0".to_owned()));
    assert_eq!(stage.assertion(&[("host", "localhost:9104")]).await, (200, "assertion-1".to_owned()));
    let own =
        [("host", "localhost:9104"), ("origin", "http://localhost:9104"), ("sec-fetch-site", "same-origin")];
    assert_eq!(stage.assertion(&own).await, (200, "assertion-2".to_owned()));
}

#[tokio::test]
async fn other_sites_get_no_assertion() {
    let stage = Stage::set().await;
    for headers in [
        vec![("host", "evil.example")],
        vec![("host", "evil.example:9104"), ("origin", "http://evil.example:9104")],
        vec![("host", "localhost.evil.example")],
        vec![("host", "user@evil.example")],
        vec![("origin", "https://evil.example")],
        vec![("origin", "null")],
        vec![("host", "localhost:9104"), ("origin", "http://localhost:9105")],
        vec![("host", "localhost:9104"), ("origin", "https://localhost:9104")],
        vec![("sec-fetch-site", "cross-site")],
        vec![("sec-fetch-site", "same-site")],
    ] {
        let (status, text) = stage.assertion(&headers).await;
        assert_eq!(status, 403, "{headers:?}");
        assert!(!text.contains("assertion-"));
    }
}
