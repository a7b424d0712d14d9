//! The EHR's routes over real HTTP, before a service that answers what a test wants.

use std::sync::Mutex;

use axum::body::Bytes;
use axum::response::IntoResponse as _;
use axum::{Json, Router};
use http::{HeaderMap, StatusCode};
use reqwest::{Client, redirect};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::*;
use crate::fhir;

const LAUNCH_URL: &str =
    "http://localhost:9104/launch?iss=http%3A%2F%2F127.0.0.1%3A9000%2Ffhir&launch=handle";

/// What the service answers at `/token` and at `/launch`, and what it was sent.
struct Service {
    token: (u16, Value),
    launch: (u16, Value),
    sent: Mutex<Vec<String>>,
}

impl Service {
    fn willing() -> Self {
        let launched = json!({ "launch": "handle", "launch_url": LAUNCH_URL, "expires_in": 300 });
        Self {
            token: (200, json!({ "access_token": "ehr-token", "token_type": "bearer" })),
            launch: (201, launched),
            sent: Mutex::default(),
        }
    }
}

struct Stage {
    origin: String,
    issuer: String,
    service: Arc<Service>,
    client: Client,
}

impl Stage {
    async fn set(service: Service) -> Self {
        let service = Arc::new(service);
        let issuer = serve(Self::played(&service)).await;
        let ehr = Ehr {
            issuer: issuer.clone(),
            apps: vec![
                app("other-app", "Other <b>app</b>", "https://other.example.org/launch"),
                app("sample-app", "Sample SMART app", "http://localhost:9104/launch"),
            ],
            users: vec![
                Person { name: "alma", display_name: "Alma Sample", role: Role::Patient },
                Person { name: "clara", display_name: "Clara Demo", role: Role::Clinician },
            ],
            assertion: Arc::new(|| "the.assertion.signed".to_owned()),
        };
        let client = Client::builder()
            .no_proxy()
            .tls_certs_only([])
            .redirect(redirect::Policy::none())
            .build()
            .unwrap();
        Self { origin: serve(router(ehr)).await, issuer, service, client }
    }

    fn played(service: &Arc<Service>) -> Router {
        let (token, launch) = (service.clone(), service.clone());
        let answer = |(status, body): &(u16, Value)| {
            (StatusCode::from_u16(*status).unwrap(), Json(body.clone())).into_response()
        };
        let token = post(async move |body: String| {
            token.sent.lock().unwrap().push(body);
            answer(&token.token)
        });
        let launch = post(async move |headers: HeaderMap, body: Bytes| {
            let mut sent = launch.sent.lock().unwrap();
            sent.push(format!("{:?} {:?}", headers["authorization"], headers["content-type"]));
            sent.push(String::from_utf8(body.to_vec()).unwrap());
            answer(&launch.launch)
        });
        Router::new().route("/token", token).route("/launch", launch)
    }

    async fn get(&self, path: &str) -> reqwest::Response {
        self.client.get(format!("{}{path}", self.origin)).send().await.unwrap()
    }

    async fn launch(&self, fields: &[(&str, &str)], headers: &[(&str, &str)]) -> reqwest::Response {
        let form: String = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let mut request = self.client.post(format!("{}/launch", self.origin)).body(form);
        request = request.header("content-type", "application/x-www-form-urlencoded");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await.unwrap()
    }

    fn sent(&self) -> Vec<String> {
        self.service.sent.lock().unwrap().clone()
    }
}

async fn serve(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async { axum::serve(listener, router).await.unwrap() });
    origin
}

fn app(client_id: &str, name: &str, launch_url: &str) -> App {
    App { client_id: client_id.to_owned(), name: name.to_owned(), launch_url: launch_url.to_owned() }
}

const CHOSEN: [(&str, &str); 3] = [("client_id", "sample-app"), ("user", "clara"), ("patient", "chidi")];

fn chosen<'a>(more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    [&CHOSEN, more].concat()
}

fn policy(response: &reqwest::Response) -> String {
    response.headers()["content-security-policy"].to_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_page_lists_apps_users_patients_and_encounters() {
    let stage = Stage::set(Service::willing()).await;
    let response = stage.get("/").await;
    assert_eq!(response.status(), 200);
    let page = response.text().await.unwrap();
    assert!(page.contains(r#"<h1 id="title">EHR simulator</h1>"#));
    assert!(page.contains(r#"name="client_id" value="sample-app" checked>"#), "{page}");
    assert!(
        page.contains("Sample SMART app <code>sample-app</code> <code>http://localhost:9104/launch</code>")
    );
    assert!(page.contains("https://other.example.org/launch"));
    assert!(page.contains(r#"<option value="clara" selected>Clara Demo, clinician (clara)</option>"#));
    for id in fhir::PATIENT_IDS {
        assert!(page.contains(&format!("<option value=\"{id}\"")), "{id}");
    }
    assert!(page.contains("Chidi Example, born 1951-01-07 (chidi)"));
    assert!(page.contains(r#"<option value="chidi-diabetes">2025-03-11, Diabetology (chidi-diabetes)"#));
    assert!(!page.contains("role=\"alert\""));
}

#[tokio::test]
async fn a_choice_can_be_kept_as_an_address() {
    let stage = Stage::set(Service::willing()).await;
    let page = stage.get("/?client_id=other-app&patient=emre&embedded=true&intent=a%22b").await;
    let page = page.text().await.unwrap();
    assert!(page.contains(r#"value="other-app" checked>"#));
    assert!(page.contains(r#"<option value="emre" selected>"#));
    assert!(page.contains(r#"name="embedded" value="true" checked>"#));
    assert!(page.contains(r#"name="intent" value="a&quot;b""#));
}

#[tokio::test]
async fn every_answer_runs_nothing_and_is_framed_and_kept_by_nobody() {
    let stage = Stage::set(Service::willing()).await;
    let embedded = stage.launch(&chosen(&[("embedded", "true")]), &[]).await;
    for response in [stage.get("/").await, stage.get("/style.css").await, embedded] {
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["cache-control"], "no-store");
        assert_eq!(response.headers()["x-content-type-options"], "nosniff");
        let policy = policy(&response);
        assert!(policy.starts_with("default-src 'none'; style-src 'self';"), "{policy}");
        assert!(policy.ends_with("frame-ancestors 'none'") && !policy.contains("unsafe"), "{policy}");
        let text = response.text().await.unwrap();
        assert!(!text.contains("<script") && !text.contains("<style") && !text.contains(" style="), "{text}");
    }
    assert!(policy(&stage.get("/").await).contains("frame-src 'none';"));
}

#[tokio::test]
async fn a_launch_in_the_tab_leads_to_the_app() {
    let stage = Stage::set(Service::willing()).await;
    let more = [("encounter", "chidi-diabetes"), ("intent", "reconcile"), ("need_patient_banner", "true")];
    let response = stage.launch(&chosen(&more), &[]).await;
    assert_eq!(response.status(), 303);
    assert_eq!(response.headers()["location"], LAUNCH_URL);
    let sent = stage.sent();
    assert!(sent[0].contains("grant_type=client_credentials&"), "{}", sent[0]);
    assert!(sent[0].ends_with("&client_assertion=the.assertion.signed&scope=__launch"), "{}", sent[0]);
    assert_eq!(sent[1], r#""Bearer ehr-token" "application/json""#);
    let body: Value = serde_json::from_str(&sent[2]).unwrap();
    let wanted = json!({
        "client_id": "sample-app", "user": "clara", "patient": "chidi", "encounter": "chidi-diabetes",
        "intent": "reconcile", "need_patient_banner": true, "embedded": false,
    });
    assert_eq!(body, wanted);
}

#[tokio::test]
async fn what_is_left_empty_is_left_out() {
    let stage = Stage::set(Service::willing()).await;
    stage.launch(&chosen(&[("encounter", ""), ("intent", " "), ("other_client_id", " mine ")]), &[]).await;
    let body: Value = serde_json::from_str(&stage.sent()[2]).unwrap();
    let wanted = json!({
        "client_id": "mine", "user": "clara", "patient": "chidi", "need_patient_banner": false, "embedded": false,
    });
    assert_eq!(body, wanted);
}

#[tokio::test]
async fn an_embedded_launch_shows_the_app_below_the_patient() {
    let stage = Stage::set(Service::willing()).await;
    let response = stage.launch(&chosen(&[("embedded", "true")]), &[]).await;
    assert_eq!(response.status(), 200);
    let framed = format!("frame-src {} http://localhost:9104;", stage.issuer);
    assert!(policy(&response).contains(&framed), "{}", policy(&response));
    let page = response.text().await.unwrap();
    let source = LAUNCH_URL.replace('&', "&amp;");
    assert!(page.contains(&format!(r#"<iframe id="app" title="Sample SMART app" src="{source}"></iframe>"#)));
    assert!(page.contains("<strong>Example, Chidi</strong> <span>born 1951-01-07</span>"), "{page}");
    assert!(stage.sent()[2].contains(r#""embedded":true"#));
}

#[tokio::test]
async fn a_script_gets_the_answer_of_the_service() {
    let stage = Stage::set(Service::willing()).await;
    let response = stage.launch(&CHOSEN, &[("accept", "application/json")]).await;
    assert_eq!(response.status(), 201);
    assert_eq!(response.json::<Value>().await.unwrap(), stage.service.launch.1);
    let problem = json!({ "title": "Unprocessable", "status": 422, "detail": "The app has no launch URL." });
    let stage = Stage::set(Service { launch: (422, problem.clone()), ..Service::willing() }).await;
    let response = stage.launch(&CHOSEN, &[("accept", "application/json")]).await;
    assert_eq!(response.status(), 422);
    assert_eq!(response.json::<Value>().await.unwrap(), problem);
}

#[tokio::test]
async fn a_refusal_of_the_service_is_shown_in_words_beside_what_was_chosen() {
    let table = [
        (404, json!({ "detail": "There is no such client." }), "(404): There is no such client.</p>"),
        (
            403,
            json!({ "error": "x", "error_description": "Not <i>yours</i>." }),
            "&lt;i&gt;yours&lt;/i&gt;.</p>",
        ),
        (500, json!({ "message": "Internal Server Error" }), "with status 500 and without a reason.</p>"),
    ];
    for (status, body, words) in table {
        let stage = Stage::set(Service { launch: (status, body), ..Service::willing() }).await;
        let response = stage.launch(&chosen(&[("embedded", "true")]), &[]).await;
        assert_eq!(response.status().as_u16(), status);
        let page = response.text().await.unwrap();
        assert!(page.contains("Nothing was launched") && page.contains(words), "{page}");
        assert!(page.contains(r#"<option value="chidi" selected>"#) && !page.contains("<iframe"));
    }
    let unknown = json!({ "error": "invalid_client", "error_description": "Unknown client." });
    let stage = Stage::set(Service { token: (401, unknown), ..Service::willing() }).await;
    let response = stage.launch(&CHOSEN, &[]).await;
    assert_eq!(response.status(), 502);
    assert!(response.text().await.unwrap().contains("access token and got none: 401 Unauthorized"));
    assert_eq!(stage.sent().len(), 1);
}

#[tokio::test]
async fn an_answer_without_an_address_opens_nothing() {
    let stage = Stage::set(Service { launch: (201, json!({ "launch": "x" })), ..Service::willing() }).await;
    let response = stage.launch(&CHOSEN, &[]).await;
    assert_eq!(response.status(), 502);
    assert!(response.text().await.unwrap().contains("without a launch URL"));
}

#[tokio::test]
async fn what_cannot_be_launched_is_not_asked_for() {
    let stage = Stage::set(Service::willing()).await;
    let table = [
        (vec![("client_id", "sample-app"), ("user", "clara")], "Choose a patient."),
        (vec![("user", "clara"), ("patient", "chidi")], "Choose an app."),
        (chosen(&[("encounter", "bruno-cold")]), "The encounter bruno-cold belongs to bruno"),
        (chosen(&[("embedded", "perhaps")]), "Failed to deserialize form"),
    ];
    for (fields, words) in table {
        let response = stage.launch(&fields, &[]).await;
        assert_eq!(response.status(), 400, "{words}");
        let page = response.text().await.unwrap();
        assert!(page.contains(words), "{page}");
    }
    assert_eq!(stage.sent(), Vec::<String>::new());
}

#[tokio::test]
async fn nothing_typed_becomes_markup() {
    let typed = "\"><script>alert('1')</script>";
    let fields =
        ["client_id", "other_client_id", "user", "patient", "encounter", "intent"].map(|name| (name, typed));
    let refusing = Service { launch: (400, json!({ "detail": typed })), ..Service::willing() };
    let refused = Stage::set(refusing).await.launch(&fields, &[]).await.text().await.unwrap();
    let leading = json!({ "launch_url": format!("https://app.example.org/launch?x={typed}") });
    let stage = Stage::set(Service { launch: (201, leading), ..Service::willing() }).await;
    let framed = stage.launch(&[fields.as_slice(), &[("embedded", "true")]].concat(), &[]).await;
    let listed = stage.get("/").await.text().await.unwrap();
    assert!(listed.contains("Other &lt;b&gt;app&lt;/b&gt;"));
    for page in [refused, framed.text().await.unwrap(), listed] {
        assert!(!page.contains("<script") && !page.contains("\">alert") && !page.contains("<b>"), "{page}");
    }
}

#[tokio::test]
async fn the_forms_of_other_sites_launch_nothing() {
    let stage = Stage::set(Service::willing()).await;
    for headers in [
        [("origin", "https://evil.example")],
        [("origin", "null")],
        [("origin", "http://localhost:9104")],
        [("sec-fetch-site", "cross-site")],
        [("sec-fetch-site", "same-site")],
        [("host", "evil.example")],
    ] {
        let response = stage.launch(&CHOSEN, &headers).await;
        assert_eq!(response.status(), 403, "{headers:?}");
    }
    assert_eq!(stage.sent(), Vec::<String>::new());
    let own = stage.origin.clone();
    let response = stage.launch(&CHOSEN, &[("origin", &own), ("sec-fetch-site", "same-origin")]).await;
    assert_eq!(response.status(), 303);
}
