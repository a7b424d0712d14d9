//! What `cargo dev` says once everything runs: within one screen, where to click, who exists, and a line to paste.

use std::fmt::Write as _;

use smart::user::Role;

use crate::{Stack, dev_json};

/// The text.
pub fn of(stack: &Stack) -> String {
    let urls = &stack.urls;
    let mut text = String::new();
    let mut line = |said: &str| {
        // Writing to a String never fails.
        let _ = writeln!(text, "{said}");
    };
    line("");
    match stack.gateway {
        Some(_) => line(&format!("  The service runs at        {}", urls.issuer)),
        None => {
            line("  The stand-ins run. In a second terminal:");
            line("    cargo lambda watch -A 127.0.0.1 --disable-cors --env-file infra/local/stand-ins.env");
            line(&format!("  The service will run at    {}", urls.issuer));
        }
    }
    line(&format!("  Sample app, click here     {}/", urls.sample_app));
    line(&format!("  EHR, launches the app      {}/", urls.ehr));
    line(&format!("  FHIR API (protected)       {}", urls.fhir_base_url));
    line(&format!("  Discovery                  {}/.well-known/smart-configuration", urls.fhir_base_url));
    line("");
    line("  Sign in as                 password              who");
    for user in &stack.seeded.users {
        let role = match user.role {
            Role::Patient => "patient",
            Role::Clinician => "clinician",
            Role::System => "system",
        };
        line(&format!("    {:<24} {:<21} {role}, {}", user.name, user.password, user.fhir_user));
    }
    line("");
    line("  Clients");
    for seeded in &stack.seeded.clients {
        line(&format!("    {:<24} {}", seeded.client.client_id.as_str(), seeded.kind));
    }
    line(&format!("  Their secrets and keys     {}", dev_json::PATH));
    line("");
    line("  A backend token, as often as you paste this:");
    line("");
    line(&format!("curl -s {}/token -d grant_type=client_credentials \\", urls.issuer));
    line("  -d client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer \\");
    line(&format!("  -d client_assertion=\"$(curl -s {}/assertion)\"", urls.sample_app));
    line("");
    line("  Stop with Ctrl-C.");
    text
}
