//! Refusals, all of which are an OperationOutcome.

use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde_json::{Value, json};

/// The media type of FHIR in JSON.
///
/// Source: FHIR R4, http#mime-type.
pub(super) const FHIR_JSON: &str = "application/fhir+json";

/// A request that is not served, and what the caller is told about it.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    issue: &'static str,
    diagnostics: String,
    header: Option<(HeaderName, HeaderValue)>,
}

impl Refusal {
    fn new(status: StatusCode, issue: &'static str, diagnostics: impl Into<String>) -> Self {
        Self { status, issue, diagnostics: diagnostics.into(), header: None }
    }

    fn with(self, name: HeaderName, value: &str) -> Self {
        // Every value is our own text, so it always fits into a header.
        Self { header: HeaderValue::from_str(value).ok().map(|value| (name, value)), ..self }
    }

    /// No token was sent.
    ///
    /// Source: RFC 6750 §3.1 (without a token, no error code).
    pub(super) fn no_token() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "login", "Send an access token: Authorization: Bearer TOKEN.")
            .with(header::WWW_AUTHENTICATE, "Bearer")
    }

    /// A token was sent that cannot be believed.
    ///
    /// Source: RFC 6750 §3.1.
    pub(super) fn invalid_token(why: &str) -> Self {
        let sentence = format!("The access token is refused: {why}.");
        let challenge = format!(r#"Bearer error="invalid_token", error_description="{sentence}""#);
        Self::new(StatusCode::UNAUTHORIZED, "login", sentence).with(header::WWW_AUTHENTICATE, &challenge)
    }

    /// The token is good, but not for this.
    ///
    /// Source: RFC 6750 §3.1.
    pub(super) fn insufficient_scope(diagnostics: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", diagnostics)
            .with(header::WWW_AUTHENTICATE, r#"Bearer error="insufficient_scope""#)
    }

    /// There is no such resource, or none that this token may know of: the two look the same.
    pub(super) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", "There is no such resource that this token may see.")
    }

    /// There is no such address or type.
    pub(super) fn not_served() -> Self {
        let sentence = "This demo serves Patient, Practitioner, Encounter, Observation and Condition, \
            to read by id and to search.";
        Self::new(StatusCode::NOT_FOUND, "not-supported", sentence)
    }

    /// The address is served, but not by this method.
    pub(super) fn method_not_allowed(allow: &'static str) -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "not-supported", "This demo only reads and searches.")
            .with(header::ALLOW, allow)
    }

    /// The search cannot be understood.
    pub(super) fn bad_search(issue: &'static str, diagnostics: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, issue, diagnostics)
    }

    /// A POSTed search that is no form.
    pub(super) fn no_form() -> Self {
        let sentence = "Send the search as application/x-www-form-urlencoded.";
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "structure", sentence)
    }

    /// Another format than JSON was asked for.
    pub(super) fn json_only() -> Self {
        Self::new(StatusCode::NOT_ACCEPTABLE, "not-supported", "This demo answers in JSON only.")
    }

    /// What this API needs from the authorization server cannot be had just now.
    pub(super) fn unreachable(what: &str) -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "transient",
            format!("{what} cannot be fetched. Try again."),
        )
        .with(header::RETRY_AFTER, "2")
    }
}

/// An OperationOutcome of one issue.
pub(super) fn operation_outcome(severity: &str, issue: &str, diagnostics: &str) -> Value {
    json!({
        "resourceType": "OperationOutcome",
        "issue": [{ "severity": severity, "code": issue, "diagnostics": diagnostics }],
    })
}

/// A FHIR resource as an answer. None of them may be kept by a cache.
pub(super) fn fhir_json(status: StatusCode, resource: &Value) -> Response {
    let headers = [(header::CONTENT_TYPE, FHIR_JSON), (header::CACHE_CONTROL, "no-store")];
    (status, headers, resource.to_string()).into_response()
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let outcome = operation_outcome("error", self.issue, &self.diagnostics);
        let mut response = fhir_json(self.status, &outcome);
        if let Some((name, value)) = self.header {
            response.headers_mut().insert(name, value);
        }
        response
    }
}
