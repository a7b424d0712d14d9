//! The golden event, and whole requests through a running gateway.

use std::collections::BTreeMap;

use lambda_http::RequestExt as _;
use lambda_http::request::RequestContext;
use serde_json::{Value, json};

use super::*;

fn arrival<'a>(parts: &'a http::request::Parts, body: &'a [u8]) -> Arrival<'a> {
    Arrival {
        parts,
        body,
        peer: "127.0.0.1:51234".parse().unwrap(),
        route: "/clients/{client_id}",
        path_parameters: BTreeMap::from([("client_id".to_owned(), "one two".to_owned())]),
        request_id: "LV7fzho-PHcEJPw=".to_owned(),
        at: jiff::Timestamp::from_millisecond(1_587_481_701_067).unwrap(),
    }
}

fn event(request: http::Request<&[u8]>) -> Value {
    let (parts, body) = request.into_parts();
    event_of(&arrival(&parts, body))
}

fn post(content_type: &str, body: &'static [u8]) -> Value {
    event(http::Request::post("/clients/1").header("content-type", content_type).body(body).unwrap())
}

#[test]
fn the_golden_event() {
    let request = http::Request::put("/clients/one%20two?scope=a%20b&scope=c&x=1")
        .header("Host", "127.0.0.1:9000")
        .header("User-Agent", "curl/8")
        .header("Accept", "text/html")
        .header("accept", "text/plain")
        .header("Cookie", "a=1; b=2")
        .header("Cookie", "c=3")
        .header("X-Forwarded-For", "203.0.113.7")
        .header("Content-Type", "application/x-www-form-urlencoded")
        .body(b"grant_type=x".as_slice())
        .unwrap();
    assert_eq!(
        event(request),
        json!({
            "version": "2.0",
            "routeKey": "ANY /clients/{client_id}",
            "rawPath": "/clients/one two",
            "rawQueryString": "scope=a%20b&scope=c&x=1",
            "cookies": ["a=1", "b=2", "c=3"],
            "headers": {
                "accept": "text/html,text/plain",
                "content-length": "12",
                "content-type": "application/x-www-form-urlencoded",
                "host": "127.0.0.1:9000",
                "user-agent": "curl/8",
                "x-amzn-trace-id": "Root=1-5e9f0c65-4c5637667a686f2d50486345",
                "x-forwarded-for": "203.0.113.7, 127.0.0.1",
                "x-forwarded-port": "9000",
                "x-forwarded-proto": "http",
            },
            "queryStringParameters": {"scope": "a b,c", "x": "1"},
            "pathParameters": {"client_id": "one two"},
            "requestContext": {
                "accountId": "000000000000",
                "apiId": "local",
                "domainName": "127.0.0.1:9000",
                "domainPrefix": "127",
                "http": {
                    "method": "PUT",
                    "path": "/clients/one two",
                    "protocol": "HTTP/1.1",
                    "sourceIp": "127.0.0.1",
                    "userAgent": "curl/8",
                },
                "requestId": "LV7fzho-PHcEJPw=",
                "routeKey": "ANY /clients/{client_id}",
                "stage": "$default",
                "time": "21/Apr/2020:15:08:21 +0000",
                "timeEpoch": 1_587_481_701_067_u64,
            },
            "body": "Z3JhbnRfdHlwZT14",
            "isBase64Encoded": true,
        })
    );
}

#[test]
fn text_stays_text_and_everything_else_is_base64() {
    for text in ["text/plain", "application/json", "Application/JSON; charset=utf-8", "application/xml"] {
        assert_eq!(post(text, b"{}")["isBase64Encoded"], false, "{text}");
        assert_eq!(post(text, b"{}")["body"], "{}", "{text}");
    }
    for binary in ["application/x-www-form-urlencoded", "application/jwt", "", "application/json-seq"] {
        assert_eq!(post(binary, b"{}")["body"], "e30=", "{binary}");
    }
    assert_eq!(post("text/plain", b"\xff")["isBase64Encoded"], true);
}

#[test]
fn without_a_body_there_is_no_member_body() {
    let event = post("application/json", b"");
    assert!(event.get("body").is_none() && event["isBase64Encoded"] == false);
}

#[test]
fn a_path_is_decoded_and_ends_at_a_question_mark_that_was_hidden_in_it() {
    let raw_path = |path: &str| event::raw_path(&path.parse().unwrap());
    assert_eq!(raw_path("/clients/a%3Fadmin=1"), "/clients/a");
    assert_eq!(raw_path("/clients/%zz%4"), "/clients/%zz%4");
    assert_eq!(raw_path("/clients/%C3%A4%FF?q"), "/clients/ä\u{fffd}");
}

/// A gateway whose one function says what it got, or does what the path says.
async fn running() -> String {
    running_with(&["/echo", "/echo/{name}", "/panic", "/binary"]).await
}

async fn running_with(routes: &[&str]) -> String {
    let handler: Handler = Arc::new(|request| Box::pin(function(request)));
    let route = |path: &&str| Route { path: (*path).to_owned(), function: "F".to_owned() };
    let routes = routes.iter().map(route).collect();
    let fhir = Router::new().fallback(|request: Request| async move { format!("fhir {}", request.uri()) });
    let gateway = Gateway::new(routes, HashMap::from([("F".to_owned(), handler)]), fhir).unwrap();
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(gateway.serve(listener, std::future::pending()));
    url
}

async fn function(request: lambda_http::Request) -> lambda_http::Response<lambda_http::Body> {
    match request.raw_http_path() {
        "/panic" => panic!("as asked"),
        "/binary" => lambda_http::Response::builder()
            .header("content-type", "image/png")
            .body(lambda_http::Body::Binary(vec![0, 159, 146, 150]))
            .unwrap(),
        _ => lambda_http::Response::builder()
            .status(303)
            .header("location", "/there#here")
            .header("set-cookie", "a=1")
            .header("set-cookie", "b=2")
            .header("content-length", "9999")
            .body(
                json!({
                    "method": request.method().as_str(),
                    "name": request.path_parameters().first("name"),
                    "cookie": request.headers().get("cookie").map(|value| value.to_str().unwrap()),
                    "body": String::from_utf8_lossy(request.body()),
                    "query": request.uri().query(),
                    "route": match request.request_context_ref() {
                        Some(RequestContext::ApiGatewayV2(context)) => context.route_key.clone(),
                        _ => None,
                    },
                })
                .to_string()
                .into(),
            )
            .unwrap(),
    }
}

fn client() -> reqwest::Client {
    reqwest::Client::builder().tls_certs_only([]).redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

#[tokio::test]
async fn a_request_reaches_its_function_and_the_answer_comes_back_whole() {
    let url = running().await;
    let request = client().post(format!("{url}/echo/me?a=%20|b")).header("cookie", "x=1; y=2").body("k=v");
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 303);
    assert_eq!(response.headers()["location"], "/there#here");
    assert!(response.headers().contains_key("apigw-requestid"));
    let cookies: Vec<_> = response.headers().get_all("set-cookie").iter().collect();
    assert_eq!(cookies, ["a=1", "b=2"]);
    let seen: Value = response.json().await.unwrap();
    assert_eq!(
        seen,
        json!({"method": "POST", "name": "me", "cookie": "x=1; y=2", "body": "k=v", "query": "a=%20|b",
            "route": "ANY /echo/{name}"})
    );
}

#[tokio::test]
async fn bytes_come_back_as_bytes() {
    let response = client().get(format!("{}/binary", running().await)).send().await.unwrap();
    assert_eq!(response.bytes().await.unwrap().as_ref(), [0, 159, 146, 150]);
}

#[tokio::test]
async fn a_path_without_a_route_gets_the_gateways_own_404() {
    let response = client().get(format!("{}/nowhere", running().await)).send().await.unwrap();
    assert_eq!(response.status(), 404);
    assert_eq!(response.headers()["content-type"], "application/json");
    assert_eq!(response.text().await.unwrap(), r#"{"message":"Not Found"}"#);
}

#[tokio::test]
async fn the_default_route_takes_any_method_of_a_path_that_no_other_route_takes() {
    let url = running_with(&["/echo", "$default"]).await;
    for (path, route) in [("/echo", "ANY /echo"), ("/nowhere/at-all", "$default"), ("/", "$default")] {
        for method in [http::Method::GET, http::Method::DELETE] {
            let request = client().request(method, format!("{url}{path}"));
            let seen: Value = request.send().await.unwrap().json().await.unwrap();
            assert_eq!(seen["route"], route, "{path}");
        }
    }
    let fhir = client().get(format!("{url}/fhir/Patient")).send().await.unwrap();
    assert_eq!(fhir.text().await.unwrap(), "fhir /fhir/Patient");
}

#[tokio::test]
async fn a_function_that_panics_is_a_500_without_its_words_and_the_next_call_works() {
    let url = running().await;
    let response = client().get(format!("{url}/panic")).send().await.unwrap();
    assert_eq!(response.status(), 500);
    assert_eq!(response.text().await.unwrap(), r#"{"message":"Internal Server Error"}"#);
    assert_eq!(client().get(format!("{url}/echo")).send().await.unwrap().status(), 303);
}

#[tokio::test]
async fn what_no_route_owns_under_fhir_goes_to_the_fhir_api() {
    let url = running().await;
    let text = |path: &str| {
        let request = client().get(format!("{url}{path}"));
        async move { request.send().await.unwrap().text().await.unwrap() }
    };
    assert_eq!(text("/fhir/Patient?_count=1").await, "fhir /fhir/Patient?_count=1");
    assert_eq!(text("/fhirs").await, r#"{"message":"Not Found"}"#);
}

#[tokio::test]
async fn too_much_is_refused_as_the_gateway_refuses_it() {
    let url = running().await;
    let request = client().get(format!("{url}/echo")).header("x-long", "a".repeat(10_240));
    assert_eq!(request.send().await.unwrap().status(), 431);
    let request = client().get(format!("{url}/echo?{}", "a".repeat(10_240)));
    assert_eq!(request.send().await.unwrap().status(), 431);
    let request = client().post(format!("{url}/echo")).body("a".repeat(10 * 1024 * 1024 + 1));
    assert_eq!(request.send().await.unwrap().status(), 413);
}

#[tokio::test]
async fn a_host_that_is_none_never_reaches_a_function() {
    let request = client().get(format!("{}/echo", running().await)).header("host", "a b");
    assert_eq!(request.send().await.unwrap().status(), 400);
}

#[test]
fn a_route_without_a_handler_is_named() {
    let route = Route { path: "/a".to_owned(), function: "F".to_owned() };
    let error = Gateway::new(vec![route], HashMap::new(), Router::new()).err().unwrap();
    assert_eq!(error.to_string(), "the route /a leads to F, and there is no handler for it");
}
