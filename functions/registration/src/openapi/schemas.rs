//! What is sent and answered, as JSON Schema.

use serde_json::{Map, Value, json};
use smart::client::ClientMetadata;

const CLIENT_ID: &str = "^[A-Za-z0-9._~-]{1,64}$";

/// Members of a registration that are sent and shown alike.
fn metadata() -> Value {
    let page =
        || json!({ "type": ["string", "null"], "maxLength": 2000, "description": "An https address." });
    let short = || json!({ "type": ["string", "null"], "maxLength": 120 });
    json!({
        "client_name": { "type": "string", "minLength": 1, "maxLength": 80, "examples": ["My app"] },
        "redirect_uris": {
            "type": ["array", "null"], "maxItems": 100, "items": { "type": "string", "maxLength": 2000 },
            "examples": [["https://app.example.org/callback"]],
        },
        "launch_url": { "type": ["string", "null"], "maxLength": 2000 },
        "embedding_origins": {
            "type": ["array", "null"], "maxItems": 10, "items": { "type": "string", "maxLength": 300 },
        },
        "token_endpoint_auth_method": {
            "enum": ["none", "client_secret_basic", "client_secret_post", "private_key_jwt", null],
        },
        "grant_types": {
            "type": ["array", "null"],
            "items": { "enum": ["authorization_code", "client_credentials", "refresh_token"] },
        },
        "response_types": { "type": ["array", "null"], "items": { "enum": ["code"] } },
        "scope": { "type": ["string", "null"], "maxLength": 8192, "examples": ["launch/patient patient/*.rs"] },
        "longest_access_days": {
            "type": ["integer", "null"], "minimum": 0, "maximum": 3650,
            "description": "For how many days at most the app may keep getting data, of as many as the service allows; 0 is \
                about an hour, without a refresh token. Apps alone have it.",
        },
        "jwks": {
            "type": ["object", "null"],
            "required": ["keys"],
            "properties": { "keys": { "type": "array", "minItems": 1, "maxItems": 16, "items": { "type": "object" } } },
        },
        "jwks_uri": { "type": ["string", "null"], "maxLength": 2000 },
        "client_uri": page(),
        "policy_uri": page(),
        "tos_uri": page(),
        "logo_uri": page(),
        "contacts": {
            "type": ["array", "null"], "minItems": 1, "maxItems": 10, "items": { "type": "string", "maxLength": 254 },
        },
        "software_id": short(),
        "software_version": short(),
    })
}

/// An object with all the members of several others.
fn joined(parts: &[Value]) -> Map<String, Value> {
    parts.iter().filter_map(Value::as_object).flat_map(|part| part.clone()).collect()
}

/// Ours to set: ignored when sent.
fn read_only() -> Value {
    let ignored = |name: &&str| ((*name).to_owned(), json!({ "description": "Read only; ignored." }));
    Value::Object(ClientMetadata::READ_ONLY.iter().map(ignored).collect())
}

fn owner() -> Value {
    json!({ "owner": { "type": ["string", "null"], "minLength": 1, "maxLength": 128, "pattern": "^[ -~]*$" } })
}

fn object(properties: impl Into<Value>, required: &[&str]) -> Value {
    let properties: Value = properties.into();
    let mut schema = json!({ "type": "object", "required": required });
    schema["properties"] = properties;
    schema
}

fn closed(properties: impl Into<Value>, required: &[&str]) -> Value {
    let mut schema = object(properties, required);
    schema["additionalProperties"] = json!(false);
    schema
}

fn list_of(schema: &str) -> Value {
    let items = json!({ "type": "array", "items": super::reference(schema) });
    object(json!({ "items": items, "next_cursor": { "type": "string" } }), &["items"])
}

fn time() -> Value {
    json!({ "type": "string", "format": "date-time" })
}

fn time_or_null() -> Value {
    json!({ "type": ["string", "null"], "format": "date-time" })
}

/// Every schema by its name.
pub(super) fn all() -> Map<String, Value> {
    joined(&[clients(), registrations(), users(), approvals(), refusals()])
}

fn clients() -> Value {
    let status = json!({ "status": { "enum": ["active", "disabled", "pending"] } });
    let sent = joined(&[metadata(), read_only(), owner(), status.clone()]);
    let shown = joined(&[
        metadata(),
        status,
        owner(),
        json!({
            "client_id": { "type": "string", "pattern": CLIENT_ID },
            "client_id_issued_at": { "type": "integer" },
            "client_secret": { "type": "string", "description": "Shown once." },
            "client_secret_expires_at": { "type": "integer" },
            "client_secret_note": { "type": "string" },
            "checked": {
                "type": "boolean",
                "description": "Whether an administrator registered it, approved it or changed it last. Else people are told that nobody has checked it.",
            },
            "kind": { "enum": ["public", "confidential-symmetric", "confidential-asymmetric", "backend"] },
            "created_at": time(),
            "updated_at": time(),
            "secrets": { "type": "array", "maxItems": 2, "items": super::reference("Secret") },
        }),
    ]);
    let needed =
        ["client_id", "client_name", "kind", "status", "checked", "scope", "created_at", "updated_at"];
    let secret = json!({
        "id": { "type": "string" }, "last_four": { "type": "string" }, "created_at": time(),
        "expires_at": time_or_null(),
    });
    let new_secret = joined(&[
        secret.clone(),
        json!({ "client_secret": { "type": "string" }, "client_secret_expires_at": { "type": "integer" } }),
    ]);
    let whole =
        |least: u64, most: u64| json!({ "type": ["integer", "null"], "minimum": least, "maximum": most });
    json!({
        "ClientRequest": closed(Value::Object(sent.clone()), &["client_name", "scope"]),
        "ClientPatch": object(Value::Object(sent), &[]),
        "Client": object(Value::Object(shown), &needed),
        "ClientList": list_of("Client"),
        "Secret": object(secret, &["id", "last_four", "created_at"]),
        "NewSecret": object(Value::Object(new_secret), &["id", "client_secret"]),
        "SecretList": list_of("Secret"),
        "SecretRequest": closed(
            json!({ "expires_in": whole(60, 315_360_000), "others_expire_in": whole(0, 7_776_000) }),
            &[],
        ),
        // What is wrong with it is what the answer says.
        "CheckRequest": { "type": "object" },
        "Check": object(
            json!({
                "ok": { "type": "boolean" },
                "errors": { "type": "array", "items": super::reference("FieldError") },
                "redirect_uris": { "type": "array", "items": { "type": "object" } },
                "keys": { "type": ["object", "null"] },
            }),
            &["ok", "errors", "redirect_uris", "keys"],
        ),
        "EventList": list_of("Event"),
        "Event": object(
            json!({
                "at": time(), "endpoint": { "type": "string" }, "error": { "type": "string" },
                "reason": { "type": "string" }, "sentence": { "type": "string" },
                "cause": { "type": ["string", "null"] }, "request_id": { "type": "string" },
            }),
            &["at", "endpoint", "error", "reason", "sentence"],
        ),
    })
}

fn registrations() -> Value {
    let shown = joined(&[
        metadata(),
        json!({
            "client_id": { "type": "string", "pattern": CLIENT_ID },
            "client_id_issued_at": { "type": "integer" },
            "client_secret": { "type": "string" },
            "client_secret_expires_at": { "type": "integer" },
            "registration_client_uri": { "type": "string", "format": "uri" },
            "registration_access_token": { "type": "string" },
            "status": { "enum": ["active", "disabled", "pending"] },
        }),
    ]);
    let needed = ["client_id", "registration_client_uri", "registration_access_token", "client_id_issued_at"];
    let token = json!({
        "id": { "type": "string" }, "token": { "type": "string", "description": "Shown once." },
        "description": { "type": "string" }, "scope": { "type": "string" }, "uses_left": { "type": "integer" },
        "made_by": { "type": "string" }, "created_at": time(), "expires_at": time_or_null(),
    });
    json!({
        // What is not known is ignored, and what does not go together is replaced.
        "RegistrationRequest": object(json!({ "redirect_uris": { "examples": [["https://app.example.org/cb"]] } }), &[]),
        "Registration": object(Value::Object(shown), &needed),
        "RegisterToken": object(token, &["id", "scope", "uses_left", "created_at"]),
        "RegisterTokenList": list_of("RegisterToken"),
        "RegisterTokenRequest": closed(
            json!({
                "description": { "type": ["string", "null"], "minLength": 1, "maxLength": 120 },
                "scope": { "type": "string", "minLength": 1, "maxLength": 8192, "examples": ["patient/*.rs"] },
                "uses": { "type": ["integer", "null"], "minimum": 1, "maximum": 1000 },
                "expires_in": { "type": ["integer", "null"], "minimum": 60, "maximum": 7_776_000 },
            }),
            &["scope"],
        ),
        "Document": { "type": "object" },
    })
}

fn users() -> Value {
    let sent = json!({
        "name": { "type": "string", "pattern": "^[a-z0-9._@-]{1,64}$", "examples": ["ann"] },
        "display_name": { "type": "string", "minLength": 1, "maxLength": 100, "examples": ["Ann Sample"] },
        "role": { "type": "string", "enum": ["patient", "clinician"] },
        "fhirUser": { "type": ["string", "null"], "examples": ["Patient/ann"] },
        "patients": { "type": ["array", "null"], "maxItems": 50, "items": { "type": "string" } },
        "administrator": { "type": ["boolean", "null"] },
        "disabled": { "type": ["boolean", "null"] },
    });
    let ignored = json!({ "sub": {}, "created_at": {}, "has_password": {}, "version": {} });
    let shown = json!({
        "name": { "type": "string" }, "sub": { "type": "string" }, "display_name": { "type": "string" },
        "role": { "type": "string" }, "fhirUser": { "type": ["string", "null"] },
        "patients": { "type": "array", "items": { "type": "string" } }, "administrator": { "type": "boolean" },
        "disabled": { "type": "boolean" }, "has_password": { "type": "boolean" }, "created_at": time(),
    });
    let needed = ["name", "sub", "role", "administrator", "disabled", "has_password", "created_at"];
    json!({
        "UserRequest": closed(Value::Object(joined(&[sent.clone(), ignored])), &["name", "display_name", "role"]),
        "UserPatch": object(sent, &[]),
        "User": object(shown, &needed),
        "UserList": list_of("User"),
        "SetPasswordLink": object(
            json!({ "link": { "type": "string", "format": "uri" }, "expires_at": time() }),
            &["link", "expires_at"],
        ),
    })
}

fn approvals() -> Value {
    let registration = || json!({ "type": ["object", "null"] });
    let approval = json!({
        "client_id": { "type": "string" }, "owner": { "type": ["string", "null"] },
        "state": { "enum": ["pending", "approved", "declined"] }, "asked_at": time(),
        "before": registration(), "requested": registration(), "after": registration(),
        "report": { "type": "array", "items": { "type": "object" } },
        "decided_by": { "type": "string" }, "decided_at": time(), "reason": { "type": "string" },
    });
    json!({
        "Approval": object(approval, &["client_id", "state", "asked_at", "requested", "after", "report"]),
        "ApprovalList": list_of("Approval"),
        "ApproveRequest": closed(json!({ "scope": { "type": ["string", "null"], "maxLength": 8192 } }), &[]),
        "DeclineRequest": closed(
            json!({ "reason": { "type": "string", "minLength": 1, "maxLength": 500 } }),
            &["reason"],
        ),
    })
}

fn refusals() -> Value {
    let text = || json!({ "type": "string" });
    let errors = json!({ "type": "array", "items": super::reference("FieldError") });
    json!({
        "FieldError": object(
            json!({ "pointer": text(), "message": text(), "code": text() }),
            &["pointer", "message", "code"],
        ),
        "Problem": object(
            json!({
                "type": text(), "title": text(), "status": { "type": "integer" }, "detail": text(),
                "error": text(), "error_description": text(), "errors": errors,
            }),
            &["type", "title", "status", "detail", "error"],
        ),
        "RegistrationError": object(
            json!({ "error": text(), "error_description": text(), "errors": errors }),
            &["error", "error_description"],
        ),
    })
}

/// A part of a path.
pub(super) fn path_parameter(name: &str) -> Value {
    match name {
        "client_id" => json!({ "type": "string", "pattern": CLIENT_ID }),
        "name" => json!({ "type": "string", "pattern": "^[a-z0-9._@:-]{1,128}$" }),
        _ => json!({ "type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$" }),
    }
}

/// A query parameter or header.
pub(super) fn parameter(name: &str) -> Value {
    let query = |schema: Value| json!({ "name": name, "in": "query", "schema": schema });
    let header = |required: bool, schema: Value| json!({ "name": name, "in": "header", "required": required, "schema": schema });
    match name {
        "limit" => query(json!({ "type": "integer", "minimum": 1, "maximum": 200, "default": 50 })),
        "in" => query(json!({ "type": "integer", "minimum": 0, "maximum": 7_776_000, "default": 0 })),
        "dry_run" => query(json!({ "type": "boolean", "default": false })),
        "status" => query(json!({ "enum": ["active", "disabled", "pending"] })),
        "state" => query(json!({ "enum": ["pending", "approved", "declined"] })),
        "role" => query(json!({ "enum": ["patient", "clinician"] })),
        "kind" => query(
            json!({ "enum": ["public", "confidential-symmetric", "confidential-asymmetric", "backend"] }),
        ),
        "If-Match" => header(true, json!({ "type": "string", "examples": ["\"1\""] })),
        "If-None-Match" => header(false, json!({ "type": "string" })),
        "Idempotency-Key" => header(false, json!({ "type": "string", "pattern": "^[!-~]{16,200}$" })),
        _ => query(json!({ "type": "string" })),
    }
}
