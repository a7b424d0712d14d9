//! Whether what the service says of itself can be read, and says the same everywhere.

use jiff::fmt::rfc2822;
use reqwest::Client;
use serde_json::Value;
use smart_verify::time::UnixSeconds;

use super::{Check, ask, document, header};
use crate::api::TokenService;
use crate::{Failure, web};

/// What the rest goes by.
pub(super) struct Documents {
    pub(super) base_url: String,
    pub(super) smart: Value,
    pub(super) place: TokenService,
}

/// What the first answer shows.
pub(super) struct First {
    pub(super) checks: Vec<Check>,
    pub(super) documents: Option<Documents>,
}

const READABLE: &str = "Give the base URL of the FHIR server, and let its host answer /.well-known/smart-configuration \
    with the document of the service, as application/json.";
const CLOCK: &str = "Set the clock of this machine by NTP. AWS keeps the clocks of functions.";
const AGREE: &str =
    "Route every discovery path to the function discovery of the same stack, and look at caches in between.";

/// How far clocks may be apart, in seconds.
const APART: i64 = 30;

/// # Errors
/// When nobody answers there, or not over TLS that this machine trusts.
pub(super) async fn first(http: &Client, base_url: &str, now: UnixSeconds) -> Result<First, Failure> {
    let url = format!("{base_url}/.well-known/smart-configuration");
    let answer = web::send(http.get(&url).header("origin", "https://app.example.org")).await?;
    let (status, date, kind) = (answer.status(), header(&answer, "date"), header(&answer, "content-type"));
    let any_origin = header(&answer, "access-control-allow-origin");
    let mut checks = vec![Check::of("name and TLS", Ok(format!("{base_url} answers")), "")];
    let smart = if status.is_success() { web::json(answer).await.ok() } else { None };
    let place = smart.as_ref().and_then(TokenService::described_by);
    let named = match &place {
        Some(place) => Ok(format!("issuer {}", place.issuer)),
        None => Err(format!(
            "answers {} {kind} without a document that names an issuer over https",
            status.as_u16()
        )),
    };
    checks.push(Check::of("discovery", named, READABLE));
    checks.push(clock(&date, now));
    let readable = if any_origin == "*" {
        Ok("any origin may read it".to_owned())
    } else {
        Err("pages of other origins cannot read it".to_owned())
    };
    checks.push(Check::of(
        "CORS of discovery",
        readable,
        "Let nothing in between remove Access-Control-Allow-Origin.",
    ));
    let documents =
        smart.zip(place).map(|(smart, place)| Documents { base_url: base_url.to_owned(), smart, place });
    Ok(First { checks, documents })
}

/// Source: RFC 9110 §6.6.1.
fn clock(date: &str, now: UnixSeconds) -> Check {
    let Ok(moment) = rfc2822::parse(date) else {
        return Check::skipped("clock", "the service sends no Date");
    };
    let ahead = i64::try_from(now.0).unwrap_or_default() - moment.timestamp().as_second();
    let found = format!("this machine is {ahead} s ahead");
    Check::of("clock", if ahead.abs() <= APART { Ok(found) } else { Err(found) }, CLOCK)
}

pub(super) async fn agreement(http: &Client, documents: &Documents) -> Vec<Check> {
    let issuer = &documents.place.issuer;
    let mut checks = Vec::new();
    for (name, path) in [
        ("openid-configuration", "openid-configuration"),
        ("oauth-authorization-server", "oauth-authorization-server"),
        ("smart-configuration of the issuer", "smart-configuration"),
    ] {
        let other = document(http, &format!("{issuer}/.well-known/{path}")).await;
        checks.push(Check::of(name, other.and_then(|other| same(&documents.smart, &other)), AGREE));
    }
    checks.push(statement(http, documents).await);
    checks
}

const SHARED: [&str; 7] = [
    "issuer",
    "authorization_endpoint",
    "token_endpoint",
    "jwks_uri",
    "introspection_endpoint",
    "revocation_endpoint",
    "scopes_supported",
];

fn same(one: &Value, other: &Value) -> Result<String, String> {
    let differing: Vec<_> = SHARED.into_iter().filter(|name| one[name] != other[name]).collect();
    if differing.is_empty() {
        Ok("says the same".to_owned())
    } else {
        Err(format!("differs in {}", differing.join(", ")))
    }
}

/// Source: SMART App Launch 1.0, conformance#using-cs (`oauth-uris`).
async fn statement(http: &Client, documents: &Documents) -> Check {
    let url = format!("{}/metadata", documents.base_url);
    let answer = match ask(http.get(&url)).await {
        Ok(answer) if answer.status() == 404 => {
            return Check::skipped(
                "CapabilityStatement",
                "no /metadata here: give the base URL of the FHIR server",
            );
        }
        Ok(answer) => web::json(answer).await.map_err(|failure| failure.to_string()),
        Err(why) => Err(why),
    };
    let uri = |statement: &Value, name: &str| {
        let extensions = statement.pointer("/rest/0/security/extension").and_then(Value::as_array);
        let uris = extensions.into_iter().flatten().filter_map(|extension| extension["extension"].as_array());
        uris.flatten().find(|uri| uri["url"] == name).map(|uri| uri["valueUri"].clone()).unwrap_or_default()
    };
    let agrees = answer.and_then(|statement| {
        let pairs = [("authorize", "authorization_endpoint"), ("token", "token_endpoint")];
        let differing =
            pairs.iter().filter(|(name, member)| uri(&statement, name) != documents.smart[member]);
        let differing: Vec<_> = differing.map(|(name, _)| *name).collect();
        if differing.is_empty() {
            Ok("says the same".to_owned())
        } else {
            Err(format!("oauth-uris differ in {}", differing.join(", ")))
        }
    });
    Check::of("CapabilityStatement", agrees, AGREE)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::CheckResult;
    use super::*;

    #[test]
    fn a_clock_that_is_far_off_is_found() {
        let now = UnixSeconds(784_111_777 + 90);
        assert_eq!(clock("Sun, 06 Nov 1994 08:49:37 GMT", now).outcome, CheckResult::Fail);
        assert_eq!(clock("Sun, 06 Nov 1994 08:50:37 GMT", now).outcome, CheckResult::Pass);
        assert_eq!(clock("", now).outcome, CheckResult::Skipped);
    }

    #[test]
    fn documents_that_differ_say_in_what() {
        assert_eq!(
            same(&json!({ "issuer": "a" }), &json!({ "issuer": "b" })),
            Err("differs in issuer".to_owned())
        );
    }
}
