//! The names of the members.

use crate::client::ClientMetadata;

/// What can be said of a client.
pub(super) const KNOWN: [&str; 20] = [
    "client_name",
    "redirect_uris",
    "launch_url",
    "embedding_origins",
    "token_endpoint_auth_method",
    "grant_types",
    "response_types",
    "scope",
    "longest_access_days",
    "system_account",
    "jwks",
    "jwks_uri",
    "client_uri",
    "policy_uri",
    "tos_uri",
    "logo_uri",
    "contacts",
    "software_id",
    "software_version",
    "software_statement",
];

impl ClientMetadata {
    /// Ours to set: whoever reads a client and sends it back with a change need not take these out.
    pub const READ_ONLY: [&str; 14] = [
        "checked",
        "kind",
        "status",
        "registration_client_uri",
        "registration_access_token",
        "client_id",
        "client_secret",
        "client_id_issued_at",
        "client_secret_expires_at",
        "secrets",
        "created_at",
        "updated_at",
        "version",
        "admin",
    ];
}
