//! Every operation: what it takes, and every status it answers with.

/// Who may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who {
    Admin,
    Registrant,
    Itself,
    Anybody,
}

/// One method of one path.
#[derive(Clone, Copy, Debug)]
pub(super) struct Operation {
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    pub(super) id: &'static str,
    pub(super) summary: &'static str,
    pub(super) who: Who,
    pub(super) parameters: &'static [&'static str],
    /// The schema of the body, and whether one must be sent.
    pub(super) body: Option<(&'static str, bool)>,
    pub(super) answers: &'static [(u16, Option<&'static str>)],
    /// The statuses of refusals, besides those that every operation of its kind has.
    pub(super) refusals: &'static [u16],
    /// What a 412 shows.
    pub(super) current: Option<&'static str>,
}

impl Operation {
    const fn admin(
        method: &'static str,
        path: &'static str,
        id: &'static str,
        summary: &'static str,
    ) -> Self {
        let who = Who::Admin;
        let (parameters, body, answers, refusals, current) = (&[], None, &[], &[], None);
        Self { method, path, id, summary, who, parameters, body, answers, refusals, current }
    }

    const fn by(self, who: Who) -> Self {
        Self { who, ..self }
    }

    const fn takes(self, parameters: &'static [&'static str]) -> Self {
        Self { parameters, ..self }
    }

    const fn reads(self, schema: &'static str) -> Self {
        Self { body: Some((schema, true)), ..self }
    }

    const fn may_read(self, schema: &'static str) -> Self {
        Self { body: Some((schema, false)), ..self }
    }

    const fn answers(self, answers: &'static [(u16, Option<&'static str>)]) -> Self {
        Self { answers, ..self }
    }

    const fn refuses(self, refusals: &'static [u16]) -> Self {
        Self { refusals, ..self }
    }

    const fn shows(self, current: &'static str) -> Self {
        Self { current: Some(current), ..self }
    }
}

const LIST: &[&str] = &["limit", "cursor"];
const CHANGE: &[&str] = &["If-Match", "dry_run"];
const DRY_RUN: &[&str] = &["dry_run"];

pub(super) const OPERATIONS: [Operation; 33] = [
    Operation::admin("GET", "/clients", "listClients", "Clients, the newest first")
        .takes(&["limit", "cursor", "owner", "status", "kind", "q"])
        .answers(&[(200, Some("ClientList"))])
        .refuses(&[400]),
    Operation::admin("POST", "/clients", "createClient", "Register a client")
        .takes(&["Idempotency-Key", "dry_run"])
        .reads("ClientRequest")
        .answers(&[(201, Some("Client")), (200, Some("Client"))])
        .refuses(&[400, 413, 422]),
    Operation::admin("GET", "/clients/{client_id}", "readClient", "A client")
        .takes(&["If-None-Match"])
        .answers(&[(200, Some("Client")), (304, None)])
        .refuses(&[404]),
    Operation::admin(
        "PUT",
        "/clients/{client_id}",
        "replaceClient",
        "Replace a client; what is not sent is gone",
    )
    .takes(CHANGE)
    .reads("ClientRequest")
    .answers(&[(200, Some("Client"))])
    .refuses(&[400, 404, 412, 413, 428])
    .shows("Client"),
    Operation::admin("PATCH", "/clients/{client_id}", "patchClient", "Change some members (RFC 7396)")
        .takes(CHANGE)
        .reads("ClientPatch")
        .answers(&[(200, Some("Client"))])
        .refuses(&[400, 404, 412, 413, 428])
        .shows("Client"),
    Operation::admin("DELETE", "/clients/{client_id}", "deleteClient", "End a client and its tokens")
        .takes(CHANGE)
        .answers(&[(204, None)])
        .refuses(&[400, 404, 412, 428])
        .shows("Client"),
    Operation::admin(
        "POST",
        "/clients/{client_id}/check",
        "checkClient",
        "Check keys and addresses; changes nothing",
    )
    .may_read("CheckRequest")
    .answers(&[(200, Some("Check"))])
    .refuses(&[400, 404, 413]),
    Operation::admin("POST", "/clients/{client_id}/disable", "disableClient", "Stop a client and its tokens")
        .takes(DRY_RUN)
        .answers(&[(200, Some("Client"))])
        .refuses(&[400, 404, 409]),
    Operation::admin("POST", "/clients/{client_id}/enable", "enableClient", "Let a client work again")
        .takes(DRY_RUN)
        .answers(&[(200, Some("Client"))])
        .refuses(&[400, 404, 409]),
    Operation::admin(
        "GET",
        "/clients/{client_id}/events",
        "listClientEvents",
        "The latest of its refused requests, one of each kind",
    )
    .answers(&[(200, Some("EventList"))])
    .refuses(&[404]),
    Operation::admin(
        "GET",
        "/clients/{client_id}/secrets",
        "listSecrets",
        "Its live secrets, without themselves",
    )
    .answers(&[(200, Some("SecretList"))])
    .refuses(&[404]),
    Operation::admin("POST", "/clients/{client_id}/secrets", "addSecret", "A second secret, shown once")
        .takes(DRY_RUN)
        .may_read("SecretRequest")
        .answers(&[(201, Some("NewSecret")), (200, Some("Client"))])
        .refuses(&[400, 404, 409, 412, 413])
        .shows("Client"),
    Operation::admin(
        "DELETE",
        "/clients/{client_id}/secrets/{secret}",
        "endSecret",
        "End a secret, now or later",
    )
    .takes(&["If-Match", "dry_run", "in"])
    .answers(&[(204, None), (200, Some("Client"))])
    .refuses(&[400, 404, 409, 412, 428])
    .shows("Client"),
    Operation::admin("GET", "/users", "listUsers", "Accounts, the newest first")
        .takes(&["limit", "cursor", "role", "q"])
        .answers(&[(200, Some("UserList"))])
        .refuses(&[400]),
    Operation::admin("POST", "/users", "createUser", "Make an account, without a password")
        .takes(DRY_RUN)
        .reads("UserRequest")
        .answers(&[(201, Some("User")), (200, Some("User"))])
        .refuses(&[400, 409, 413]),
    Operation::admin("GET", "/users/{name}", "readUser", "An account")
        .takes(&["If-None-Match"])
        .answers(&[(200, Some("User")), (304, None)])
        .refuses(&[404]),
    Operation::admin("PATCH", "/users/{name}", "patchUser", "Change some members (RFC 7396)")
        .takes(CHANGE)
        .reads("UserPatch")
        .answers(&[(200, Some("User"))])
        .refuses(&[400, 404, 412, 413, 428])
        .shows("User"),
    Operation::admin("DELETE", "/users/{name}", "deleteUser", "Take an account away")
        .takes(CHANGE)
        .answers(&[(204, None)])
        .refuses(&[400, 404, 412, 428])
        .shows("User"),
    Operation::admin("POST", "/users/{name}/disable", "disableUser", "Stop somebody, and end their sessions")
        .takes(DRY_RUN)
        .answers(&[(200, Some("User"))])
        .refuses(&[400, 404]),
    Operation::admin("POST", "/users/{name}/enable", "enableUser", "Let somebody sign in again")
        .takes(DRY_RUN)
        .answers(&[(200, Some("User"))])
        .refuses(&[400, 404]),
    Operation::admin(
        "POST",
        "/users/{name}/set-password-link",
        "setPasswordLink",
        "A link, good once and for a day",
    )
    .answers(&[(201, Some("SetPasswordLink"))])
    .refuses(&[404, 409]),
    Operation::admin("POST", "/register", "register", "Register oneself (RFC 7591)")
        .by(Who::Registrant)
        .reads("RegistrationRequest")
        .answers(&[(201, Some("Registration"))])
        .refuses(&[400, 413]),
    Operation::admin("GET", "/register/{client_id}", "readRegistration", "One's registration (RFC 7592)")
        .by(Who::Itself)
        .answers(&[(200, Some("Registration"))]),
    Operation::admin(
        "PUT",
        "/register/{client_id}",
        "replaceRegistration",
        "Replace one's registration (RFC 7592)",
    )
    .by(Who::Itself)
    .reads("RegistrationRequest")
    .answers(&[(200, Some("Registration"))])
    .refuses(&[400, 403, 413]),
    Operation::admin(
        "DELETE",
        "/register/{client_id}",
        "deleteRegistration",
        "End one's registration (RFC 7592)",
    )
    .by(Who::Itself)
    .answers(&[(204, None)]),
    Operation::admin("GET", "/register-tokens", "listRegisterTokens", "What was given to register with")
        .takes(LIST)
        .answers(&[(200, Some("RegisterTokenList"))])
        .refuses(&[400]),
    Operation::admin(
        "POST",
        "/register-tokens",
        "createRegisterToken",
        "Give somebody what to register with",
    )
    .takes(DRY_RUN)
    .reads("RegisterTokenRequest")
    .answers(&[(201, Some("RegisterToken")), (200, Some("RegisterToken"))])
    .refuses(&[400, 413]),
    Operation::admin(
        "DELETE",
        "/register-tokens/{id}",
        "endRegisterToken",
        "End it; what was registered stays",
    )
    .takes(DRY_RUN)
    .answers(&[(204, None)])
    .refuses(&[400, 404]),
    Operation::admin("GET", "/approvals", "listApprovals", "What developers asked for")
        .takes(&["limit", "cursor", "state"])
        .answers(&[(200, Some("ApprovalList"))])
        .refuses(&[400]),
    Operation::admin("GET", "/approvals/{client_id}", "readApproval", "Before, requested and after")
        .takes(&["If-None-Match"])
        .answers(&[(200, Some("Approval")), (304, None)])
        .refuses(&[404]),
    Operation::admin("POST", "/approvals/{client_id}/approve", "approve", "Give it, or less of it")
        .takes(&["If-Match"])
        .may_read("ApproveRequest")
        .answers(&[(200, Some("Approval"))])
        .refuses(&[400, 404, 409, 412, 413, 428])
        .shows("Approval"),
    Operation::admin("POST", "/approvals/{client_id}/decline", "decline", "Refuse it, with a reason")
        .takes(&["If-Match"])
        .reads("DeclineRequest")
        .answers(&[(200, Some("Approval"))])
        .refuses(&[400, 404, 409, 412, 413, 428])
        .shows("Approval"),
    Operation::admin("GET", "/openapi.json", "describe", "This document")
        .by(Who::Anybody)
        .answers(&[(200, Some("Document"))]),
];
