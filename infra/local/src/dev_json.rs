//! `.local/dev.json`: what runs, who exists and how they prove themselves, for scripts.

use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use serde_json::{Value, json};
use smart::user::Role;

use crate::Urls;
use crate::fhir::PATIENT_IDS;
use crate::seed::{Seeded, SeededClient, SeededUser};

/// Where it is, from the directory in which `cargo dev` was typed.
pub const PATH: &str = ".local/dev.json";

/// What it says.
pub fn document(urls: &Urls, seeded: &Seeded, admin_access_token: Option<&str>) -> Value {
    let issuer = &urls.issuer;
    let fhir = &urls.fhir_base_url;
    json!({
        "issuer": issuer,
        "fhir_base_url": fhir,
        "sample_app": format!("{}/", urls.sample_app),
        "ehr": format!("{}/", urls.ehr),
        "endpoints": {
            "smart_configuration": format!("{fhir}/.well-known/smart-configuration"),
            "authorization": format!("{issuer}/authorize"),
            "token": format!("{issuer}/token"),
            "backend_token": format!("{issuer}/backend-token"),
            "jwks": format!("{issuer}/.well-known/jwks.json"),
            "clients": format!("{issuer}/clients"),
            "launch": format!("{issuer}/launch"),
            "users": format!("{issuer}/users"),
            "registration": format!("{issuer}/register"),
        },
        "kms": urls.kms,
        "admin": {
            "client_id": seeded.admin.client_id(),
            "private_jwk": seeded.admin.private_jwk(),
            "access_token": admin_access_token,
        },
        "clients": seeded.clients.iter().map(client).collect::<Vec<_>>(),
        "users": seeded.users.iter().map(|one| user(one, fhir)).collect::<Vec<_>>(),
        "patients": PATIENT_IDS,
    })
}

fn client(seeded: &SeededClient) -> Value {
    let metadata = &seeded.client.metadata;
    let mut client = json!({
        "client_id": seeded.client.client_id,
        "type": seeded.kind,
        "redirect_uris": metadata.redirect_uris,
        "scope": metadata.scope,
    });
    if let Some(launch_url) = &metadata.launch_url {
        client["launch_url"] = json!(launch_url);
    }
    if let Some(secret) = &seeded.secret {
        client["client_secret"] = json!(secret);
    }
    if let Some(key) = seeded.key_pair.as_ref().and_then(crate::seed::KeyPair::private_jwk) {
        client["private_jwk"] = key;
    }
    client
}

fn user(seeded: &SeededUser, fhir_base_url: &str) -> Value {
    json!({
        "name": seeded.name,
        "password": seeded.password,
        "role": match seeded.role { Role::Patient => "patient", Role::Clinician => "clinician", Role::System => "system" },
        "fhirUser": format!("{fhir_base_url}/{}", seeded.fhir_user),
    })
}

/// Writes it whole or not at all, readable by its owner alone: it holds keys and secrets.
///
/// # Errors
/// When it cannot be written.
pub fn write(document: &Value, path: &Path) -> io::Result<()> {
    if let Some(directory) = path.parent() {
        std::fs::create_dir_all(directory)?;
    }
    let draft = path.with_extension("json.new");
    // A draft that an interrupted run left would keep its own mode.
    match std::fs::remove_file(&draft) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
    file.write_all(serde_json::to_string_pretty(document)?.as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()?;
    std::fs::rename(&draft, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_replaced_whole_and_is_its_owners_alone() {
        let directory = std::env::temp_dir().join(format!("dev-json-{}", std::process::id()));
        let path = directory.join("dev.json");
        for turn in 0..2 {
            write(&json!({ "turn": turn }), &path).unwrap();
        }
        let read: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        assert_eq!(read["turn"], 1);
        let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&path).unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600);
        std::fs::remove_dir_all(&directory).unwrap();
    }
}
