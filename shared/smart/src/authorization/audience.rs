//! `aud`: the FHIR server that an authorization request names.

use crate::error::{ErrorCode, OAuthError};
use crate::parameters::Parameters;
use crate::service::Service;

/// `aud` is the FHIR server that the app wants to read from, and must be ours: an app that was lured to another server
/// would hand our token to it. One trailing slash more or less is the same server.
///
/// Source: SMART App Launch 2.2, app-launch#obtain-authorization-code (`aud`); RFC 8707 §2 (`resource`).
pub(super) fn check(form: &Parameters, service: &Service) -> Result<(), OAuthError> {
    let same = |asked: &str| asked.strip_suffix('/').unwrap_or(asked) == service.fhir_base_url();
    let expected = |name: &str| format!("{name} must be the FHIR base URL {}.", service.fhir_base_url());
    let resource = form.get("resource")?;
    if resource.is_some_and(|asked| !same(asked)) {
        return Err(ErrorCode::InvalidTarget.because("resource_foreign", expected("resource")));
    }
    match form.get("aud")?.or(resource) {
        Some(asked) if same(asked) => Ok(()),
        Some(_) => Err(ErrorCode::InvalidRequest.because("aud_foreign", expected("aud"))),
        None => Err(ErrorCode::InvalidRequest.because("aud_missing", expected("aud"))),
    }
}
