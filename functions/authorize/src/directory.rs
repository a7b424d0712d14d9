//! What the FHIR API shows to a user: asked with a short token of that user.

use std::collections::HashMap;
use std::time::Duration;

use smart::error::{ErrorCode, OAuthError};
use smart::issuing::mint::sign;
use smart::narrowing::RequestedScopes;
use smart::ports::{Encounter, Found, PatientDirectory, PatientQuery};
use smart::token::{Bearer, claims};
use smart_verify::access_token::{self, AccessToken};
use smart_verify::scope::ScopeSet;
use web::browser::signed_in::SignedIn;

use crate::ports::Reaches;
use crate::visit::Visit;

/// How long the token lives with which the FHIR API is asked: 60 seconds.
const TOKEN_LIFETIME: Duration = Duration::from_secs(60);

/// The client that this token names: us.
const CLIENT_ID: &str = "picker";

/// What the pickers may read, in the name of the user who chooses.
const SCOPE: &str = "user/Patient.rs user/Encounter.rs";

/// The patients that the FHIR API shows to this user. It is not asked for an empty list of ids.
pub(crate) async fn patients(
    visit: &Visit<'_, impl Reaches>,
    who: &SignedIn,
    query: &PatientQuery,
) -> Result<Found, OAuthError> {
    if query.ids.as_ref().is_some_and(Vec::is_empty) {
        return Ok(Found::default());
    }
    let token = token_of(visit, who).await?;
    visit.ports.directory.patients(&token, query).await.map_err(|error| {
        let sentence = "the list of patients cannot be read just now; nothing was shared, try again shortly.";
        ErrorCode::TemporarilyUnavailable.because("patients_unavailable", sentence).logging(error)
    })
}

/// The encounters of a patient that the FHIR API shows to this user.
pub(crate) async fn encounters(
    visit: &Visit<'_, impl Reaches>,
    who: &SignedIn,
    patient: &str,
) -> Result<Vec<Encounter>, OAuthError> {
    let token = token_of(visit, who).await?;
    visit.ports.directory.encounters(&token, patient).await.map_err(|error| {
        let sentence = "the list of visits cannot be read just now; nothing was shared, try again shortly.";
        ErrorCode::TemporarilyUnavailable.because("encounters_unavailable", sentence).logging(error)
    })
}

/// What patients are called, as far as the FHIR API shows them to this user.
pub(crate) async fn names(
    visit: &Visit<'_, impl Reaches>,
    who: &SignedIn,
    ids: impl IntoIterator<Item = &str>,
) -> Result<HashMap<String, String>, OAuthError> {
    let ids = ids.into_iter().filter(|id| who.user.may_choose(id));
    let ids: Vec<String> = ids.map(str::to_owned).collect();
    let query = PatientQuery { limit: ids.len(), ids: Some(ids), ..PatientQuery::default() };
    let found = patients(visit, who, &query).await?;
    Ok(found.patients.into_iter().map(|patient| (patient.id, patient.name)).collect())
}

async fn token_of(visit: &Visit<'_, impl Reaches>, who: &SignedIn) -> Result<String, OAuthError> {
    let Visit { ports, now, .. } = *visit;
    let own = ScopeSet::parse(SCOPE);
    let scope = RequestedScopes::all_registered(&own).narrow_to(&own, &own).granted;
    let subject = &who.user.subject;
    let bearer = Bearer { subject, client_id: CLIENT_ID, scope: &scope };
    let bare = claims(ports.service.tokens(), bearer, TOKEN_LIFETIME, now);
    let claims = AccessToken { fhir_user: who.user.fhir_user_url(ports.service.fhir_base_url()), ..bare };
    sign(&ports.signer, access_token::TYPE, &claims, now).await
}
