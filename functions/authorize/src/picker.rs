//! Choosing a patient: only from those that the FHIR API shows to this person, and the choice is checked the same way.

use std::collections::HashMap;
use std::time::Duration;

use http::StatusCode;
use pages::message::Heading;
use pages::patient::{ChoosePatient, PatientChoice, PatientQuestion, PatientSearch};
use smart::error::{ErrorCode, OAuthError};
use smart::issuing::mint::sign;
use smart::narrowing::RequestedScopes;
use smart::ports::{Found, Patient, PatientDirectory, PatientQuery};
use smart::token::{Bearer, claims};
use smart::user::Role;
use smart_verify::access_token::{self, AccessToken};
use smart_verify::scope::ScopeSet;
use web::Response;
use web::browser::signed_in::SignedIn;

use crate::asked::{self, Asked};
use crate::journey::{self, Answered, Journey};
use crate::ports::Reaches;
use crate::visit::Visit;
use crate::{own_query, refusal};

const ACTION: &str = "patient";

/// How long the token lives with which the FHIR API is asked: 60 seconds.
const TOKEN_LIFETIME: Duration = Duration::from_secs(60);

/// The client that this token names: us.
const CLIENT_ID: &str = "picker";

/// What the picker may read, in the name of the person who chooses.
const SCOPE: &str = "user/Patient.rs user/Encounter.rs";

/// Up to so many patients stand on a page without a search box.
const WITHOUT_SEARCH: usize = 10;

/// No list is paged further than this.
const MAX_OFFSET: usize = 100_000;

/// So many patients stand on a page with one.
const PAGE: usize = 20;

/// The list, or the next step when there is nothing to choose.
pub(crate) async fn show(visit: &Visit<'_, impl Reaches>, journey: &Journey) -> Response {
    let Journey { asked, who, .. } = journey;
    let text = asked.own("q").unwrap_or_default();
    let offset = asked.own("offset").and_then(|offset| offset.parse().ok()).unwrap_or(0).min(MAX_OFFSET);
    let query = PatientQuery { text: text.to_owned(), ids: own_records(who), offset, limit: PAGE };
    let found = match patients(visit, who, &query).await {
        Ok(found) => found,
        Err(error) if asked.request.prompt.none => return asked::back(&asked.target, &error),
        Err(error) => return refusal::unavailable(visit, &error),
    };
    let only = who.user.role == Role::Patient && text.is_empty() && found.total == 1;
    if let ([patient], true) = (found.patients.as_slice(), only) {
        return journey.with_patient(patient, &visit.ports.seals);
    }
    if asked.request.prompt.none {
        let error = ErrorCode::InteractionRequired
            .because("interaction_required", "a patient must be chosen, and prompt is none.");
        return asked::back(&asked.target, &error);
    }
    list(visit, journey, found, &query)
}

fn list(visit: &Visit<'_, impl Reaches>, journey: &Journey, found: Found, query: &PatientQuery) -> Response {
    let Journey { asked, who, .. } = journey;
    let PatientQuery { text, offset, .. } = query;
    let with_search = found.total > WITHOUT_SEARCH || !text.is_empty() || *offset > 0;
    let page = ChoosePatient {
        app: asked.app(),
        form: journey.form("/authorize/patient", ACTION, &visit.ports.seals),
        signed_in: Some(journey.shown_user()),
        asks: match who.user.role {
            Role::Patient | Role::System => PatientQuestion::WhoseRecord,
            Role::Clinician => PatientQuestion::ChooseAPatient,
        },
        search: with_search.then(|| search(asked, found.total, text, *offset)),
        patients: found.patients.into_iter().map(choice).collect(),
        nothing_chosen: asked.own("nothing").is_some(),
        cancel_url: asked.cancel_url(),
        now: visit.now,
    };
    journey.respond(&page, &visit.ports.site)
}

fn search(asked: &Asked, total: usize, text: &str, offset: usize) -> PatientSearch {
    let step = asked.sealed_step();
    let at = |offset: usize| {
        own_query::address(&asked.query, &[("step", step), ("q", text), ("offset", &offset.to_string())])
    };
    let step_field = [("step".to_owned(), step.to_owned())];
    PatientSearch {
        action: "/authorize".to_owned(),
        hidden: own_query::repeated(&asked.query).into_iter().chain(step_field).collect(),
        query: text.to_owned(),
        total,
        previous_url: (offset > 0).then(|| at(offset.saturating_sub(PAGE))),
        next_url: (offset.saturating_add(PAGE) < total).then(|| at(offset + PAGE)),
        show_all_url: own_query::address(&asked.query, &[("step", step)]),
    }
}

fn choice(patient: Patient) -> PatientChoice {
    PatientChoice {
        id: patient.id,
        name: patient.name,
        birth_date: patient.birth_date,
        sex: patient.gender,
        record_number: patient.record_number,
    }
}

/// `POST /authorize/patient`.
pub(crate) async fn submit(visit: &Visit<'_, impl Reaches>) -> Response {
    let Answered { journey, form } = match journey::answered(visit, ACTION, |_| None).await {
        Ok(answered) => answered,
        Err(answer) => return *answer,
    };
    let Some(chosen) = form.all("patient").next().filter(|id| !id.is_empty() && id.len() <= 64) else {
        return journey.again(&[("nothing", "1")]);
    };
    match check(visit, &journey.who, chosen).await {
        Ok(Some(patient)) => journey.with_patient(&patient, &visit.ports.seals),
        Ok(None) => {
            let error = ErrorCode::AccessDenied
                .because("patient_not_listed", "the chosen patient is not on the list.");
            refusal::with_heading(visit, &error, Heading::NotYours, StatusCode::FORBIDDEN)
        }
        Err(error) => refusal::unavailable(visit, &error),
    }
}

/// The patient that the EHR has open, if the FHIR API shows them to this user.
pub(crate) async fn of_launch(visit: &Visit<'_, impl Reaches>, journey: &Journey, patient: &str) -> Response {
    let asked = &journey.asked;
    match check(visit, &journey.who, patient).await {
        Ok(Some(patient)) => journey.with_patient(&patient, &visit.ports.seals),
        Ok(None) => {
            let sentence = "the patient of the launch is not one that the person may see.";
            asked::back(&asked.target, &ErrorCode::AccessDenied.because("launch_patient", sentence))
        }
        Err(error) if asked.request.prompt.none => asked::back(&asked.target, &error),
        Err(error) => refusal::unavailable(visit, &error),
    }
}

/// The chosen patient, if the FHIR API shows them to this user.
async fn check(
    visit: &Visit<'_, impl Reaches>,
    who: &SignedIn,
    chosen: &str,
) -> Result<Option<Patient>, OAuthError> {
    let is_id = chosen.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte));
    if !is_id || !may_choose(who, chosen) {
        return Ok(None);
    }
    let query = PatientQuery { ids: Some(vec![chosen.to_owned()]), limit: 1, ..PatientQuery::default() };
    let found = patients(visit, who, &query).await?;
    Ok(found.patients.into_iter().find(|patient| patient.id == chosen))
}

/// What patients are called, as far as the FHIR API shows them to this user.
pub(crate) async fn names(
    visit: &Visit<'_, impl Reaches>,
    who: &SignedIn,
    ids: impl IntoIterator<Item = &str>,
) -> Result<HashMap<String, String>, OAuthError> {
    let ids = ids.into_iter().filter(|id| may_choose(who, id));
    let ids: Vec<String> = ids.map(str::to_owned).collect();
    let query = PatientQuery { limit: ids.len(), ids: Some(ids), ..PatientQuery::default() };
    let found = patients(visit, who, &query).await?;
    Ok(found.patients.into_iter().map(|patient| (patient.id, patient.name)).collect())
}

fn may_choose(who: &SignedIn, patient: &str) -> bool {
    who.user.own_records().is_none_or(|own| own.contains(&patient))
}

fn own_records(who: &SignedIn) -> Option<Vec<String>> {
    who.user.own_records().map(|own| own.into_iter().map(str::to_owned).collect())
}

/// Asks the FHIR API by a short token of the user.
async fn patients(
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

/// A short token of the user, for us.
pub(crate) async fn token_of(visit: &Visit<'_, impl Reaches>, who: &SignedIn) -> Result<String, OAuthError> {
    let Visit { ports, now, .. } = *visit;
    let own = ScopeSet::parse(SCOPE);
    let scope = RequestedScopes::all_registered(&own).narrow_to(&own, &own).granted;
    let subject = &who.user.subject;
    let bearer = Bearer { subject, client_id: CLIENT_ID, scope: &scope };
    let bare = claims(ports.service.tokens(), bearer, TOKEN_LIFETIME, now);
    let claims = AccessToken { fhir_user: who.user.fhir_user_url(ports.service.fhir_base_url()), ..bare };
    sign(&ports.signer, access_token::TYPE, &claims, now).await
}
