//! Whether the token endpoint refuses as it should, and browsers may ask it.

use reqwest::{Client, Method, Response};

use super::discovery::Documents;
use super::{Check, ask, header};
use crate::web;

const ORIGIN: &str = "https://app.example.org";
const ROUTE: &str =
    "Route the path to the function token, with every method, and let nothing in between answer for it.";
const HELP: &str = "Route /help/{reason} to the function discovery of the same stack.";

pub(super) async fn checks(http: &Client, documents: &Documents) -> Vec<Check> {
    let url = &documents.place.token_endpoint;
    let preflight = http.request(Method::OPTIONS, url).header("origin", ORIGIN);
    let preflight = ask(preflight.header("access-control-request-method", "POST")).await;
    let read = ask(http.get(url)).await;
    let form = http.post(url).header("content-type", "application/x-www-form-urlencoded");
    let empty = ask(form.body("")).await;
    let mut checks = vec![
        Check::of("CORS of token", preflight.and_then(|answer| may_ask(&answer)), ROUTE),
        Check::of("GET of token", read.and_then(|answer| not_allowed(&answer)), ROUTE),
    ];
    checks.push(Check::of("refusals are explained", explained(http, empty).await, HELP));
    checks
}

/// Source: Fetch standard, CORS-preflight request.
fn may_ask(answer: &Response) -> Result<String, String> {
    let allowed = header(answer, "access-control-allow-methods");
    let origin = header(answer, "access-control-allow-origin");
    if origin != ORIGIN || !allowed.contains("POST") {
        return Err(format!(
            "a preflight is answered {} for {origin:?} with {allowed:?}",
            answer.status().as_u16()
        ));
    }
    if header(answer, "access-control-allow-credentials") == "true" {
        return Err("other origins may send cookies".to_owned());
    }
    Ok("pages may ask, without cookies".to_owned())
}

/// Source: RFC 6749 §3.2; RFC 9110 §15.5.6.
fn not_allowed(answer: &Response) -> Result<String, String> {
    let allow = header(answer, "allow");
    let is_right = answer.status() == 405 && allow.contains("POST");
    let found = format!("{}, allow: {allow}", answer.status().as_u16());
    if is_right { Ok(found) } else { Err(found) }
}

/// Source: RFC 6749 §5.2.
async fn explained(http: &Client, answer: Result<Response, String>) -> Result<String, String> {
    let answer = answer?;
    let (status, store) = (answer.status(), header(&answer, "cache-control"));
    let body = web::json(answer).await.map_err(|failure| failure.to_string())?;
    if status != 400 && status != 401 || !store.contains("no-store") {
        return Err(format!("an empty request is answered {} with cache-control {store:?}", status.as_u16()));
    }
    let page = body["error_uri"].as_str().ok_or("a refusal carries no error_uri")?;
    let shown = ask(http.get(page)).await?;
    if shown.status().is_success() {
        Ok(page.to_owned())
    } else {
        Err(format!("{page} answers {}", shown.status().as_u16()))
    }
}
