//! `GET /openapi.json`: the description of this API, made from the tables that its tests hold against the routes and the
//! answers.
//!
//! Source: OpenAPI Specification 3.1.

mod operations;
mod schemas;

use http::StatusCode;
use serde_json::{Map, Value, json};
use smart::service::Service;
use web::cors::allow_any_origin;
use web::{Response, respond};

use operations::{OPERATIONS, Operation, Who};

/// Answers `GET /openapi.json`.
pub(crate) fn serve(service: &Service) -> Response {
    let mut response = respond::json(StatusCode::OK, &document(service));
    allow_any_origin(&mut response);
    response
}

/// The document.
pub(crate) fn document(service: &Service) -> Value {
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Registration",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Clients and accounts of this SMART authorization server: the admin API, and registration by \
                RFC 7591 and RFC 7592.",
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": service.issuer() }],
        "paths": paths(),
        "components": {
            "schemas": schemas::all(),
            "securitySchemes": {
                "admin": {
                    "type": "http", "scheme": "bearer", "bearerFormat": "at+jwt",
                    "description": "An access token of this service with the scope __registration.",
                },
                "initial_access": {
                    "type": "http", "scheme": "bearer",
                    "description": "An initial access token, made at /register-tokens.",
                },
                "registration_access": {
                    "type": "http", "scheme": "bearer",
                    "description": "The registration access token of the client.",
                },
            },
        },
    })
}

fn paths() -> Map<String, Value> {
    let mut paths = Map::new();
    for operation in &OPERATIONS {
        let path = paths.entry(operation.path).or_insert_with(|| json!({}));
        path[operation.method.to_ascii_lowercase()] = described(operation);
    }
    paths
}

fn described(operation: &Operation) -> Value {
    let mut described = json!({
        "operationId": operation.id,
        "summary": operation.summary,
        "parameters": parameters(operation),
        "responses": responses(operation),
    });
    match operation.who {
        Who::Admin => described["security"] = json!([{ "admin": [] }]),
        Who::Registrant => described["security"] = json!([{}, { "initial_access": [] }]),
        Who::Itself => described["security"] = json!([{ "registration_access": [] }]),
        Who::Anybody => described["security"] = json!([]),
    }
    if let Some((schema, required)) = operation.body {
        let mut content = Map::new();
        content.insert("application/json".to_owned(), json!({ "schema": reference(schema) }));
        if operation.method == "PATCH" {
            let patch = json!({ "schema": reference(schema) });
            content.insert("application/merge-patch+json".to_owned(), patch);
        }
        described["requestBody"] = json!({ "required": required, "content": content });
    }
    described
}

fn parameters(operation: &Operation) -> Vec<Value> {
    let in_path = operation.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let in_path = in_path.map(|name| {
        json!({ "name": name, "in": "path", "required": true, "schema": schemas::path_parameter(name) })
    });
    let others = operation.parameters.iter().map(|name| schemas::parameter(name));
    in_path.chain(others).collect()
}

fn responses(operation: &Operation) -> Map<String, Value> {
    let mut responses = Map::new();
    for (status, schema) in operation.answers {
        let mut response = json!({ "description": reason(*status) });
        if let Some(schema) = schema {
            response["content"] = json!({ "application/json": { "schema": reference(schema) } });
        }
        responses.insert(status.to_string(), response);
    }
    let everywhere: &[u16] = match operation.who {
        Who::Admin => &[401, 403, 429, 503],
        Who::Registrant | Who::Itself => &[401, 429, 503],
        Who::Anybody => &[],
    };
    let by_rfc_7591 = matches!(operation.who, Who::Registrant | Who::Itself);
    for status in operation.refusals.iter().chain(everywhere) {
        let (kind, schema) = if by_rfc_7591 {
            ("application/json", "RegistrationError")
        } else {
            ("application/problem+json", "Problem")
        };
        let content = match (status, operation.current) {
            // Not a problem but the thing as it is now.
            (412, Some(current)) => json!({
                "application/json": { "schema": reference(current) },
                "application/problem+json": { "schema": reference("Problem") },
            }),
            _ => json!({ kind: { "schema": reference(schema) } }),
        };
        responses.insert(status.to_string(), json!({ "description": reason(*status), "content": content }));
    }
    responses
}

fn reason(status: u16) -> &'static str {
    StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason()).unwrap_or_default()
}

fn reference(schema: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{schema}") })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::routes::ROUTES;

    #[test]
    fn api_9_every_path_and_method_is_described_and_no_other() {
        let routed: BTreeSet<(String, String)> = ROUTES
            .iter()
            .flat_map(|(path, allow)| allow.split(", ").map(|method| ((*path).to_owned(), method.to_owned())))
            .filter(|(_, method)| method != "OPTIONS")
            .collect();
        let described: BTreeSet<(String, String)> = OPERATIONS
            .iter()
            .map(|operation| (operation.path.to_owned(), operation.method.to_owned()))
            .collect();
        assert_eq!(described, routed);
        assert_eq!(described.len(), OPERATIONS.len(), "none twice");
    }

    #[test]
    fn every_schema_that_is_referred_to_is_there_and_every_id_stands_once() {
        let document = document(&Service::new("https://auth.example.org", "https://fhir.example.org/r4"));
        let text = document.to_string();
        let named: BTreeSet<&str> = text
            .split("#/components/schemas/")
            .skip(1)
            .map(|rest| rest.split('"').next().unwrap_or_default())
            .collect();
        let there = document["components"]["schemas"].as_object().unwrap();
        assert_eq!(named, there.keys().map(String::as_str).collect());
        let ids: BTreeSet<_> = OPERATIONS.iter().map(|operation| operation.id).collect();
        assert_eq!(ids.len(), OPERATIONS.len());
    }
}
