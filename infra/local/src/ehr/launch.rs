//! What the form asks for: a launch at the service, then the app.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use http::{HeaderMap, StatusCode, header};
use serde::Deserialize;
use serde_json::{Value, json};
use smart::user::Role;
use url::Url;

use super::service::{self, Refusal};
use super::{Ehr, content_security_policy, page};
use crate::{fhir, loopback};

/// What is chosen on the page; a script sends the same fields. What the EHR leaves to the service's judgement is text
/// here, so that its refusals can be tried out.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct LaunchForm {
    pub(super) client_id: String,
    /// An app that is not on the list, in place of the chosen one.
    pub(super) other_client_id: String,
    pub(super) user: String,
    pub(super) patient: String,
    pub(super) encounter: String,
    pub(super) intent: String,
    pub(super) embedded: bool,
    pub(super) need_patient_banner: bool,
}

impl LaunchForm {
    /// What the page shows first: a clinician opens the last app of the list, which is the sample app, for a patient.
    pub(super) fn proposed_by(ehr: &Ehr) -> Self {
        let clinician = ehr.users.iter().find(|user| user.role == Role::Clinician);
        Self {
            client_id: ehr.apps.last().map(|app| app.client_id.clone()).unwrap_or_default(),
            user: clinician.map(|user| user.name.to_owned()).unwrap_or_default(),
            patient: fhir::PATIENT_IDS[0].to_owned(),
            need_patient_banner: true,
            ..Self::default()
        }
    }

    pub(super) fn app(&self) -> &str {
        let other = self.other_client_id.trim();
        if other.is_empty() { &self.client_id } else { other }
    }

    /// The request to the service; what was left empty is left out.
    fn body(&self) -> Value {
        let mut body = json!({
            "client_id": self.app(), "user": self.user, "patient": self.patient,
            "need_patient_banner": self.need_patient_banner, "embedded": self.embedded,
        });
        for (member, text) in [("encounter", &self.encounter), ("intent", &self.intent)] {
            if !text.trim().is_empty() {
                body[member] = json!(text.trim());
            }
        }
        body
    }

    fn check(&self) -> Result<(), Refusal> {
        let missing = [("an app", self.app()), ("a user", &self.user), ("a patient", &self.patient)]
            .into_iter()
            .find(|(_, text)| text.is_empty());
        if let Some((what, _)) = missing {
            return Err(Refusal::of_ours(StatusCode::BAD_REQUEST, format!("Choose {what}.")));
        }
        let another = |visit: &fhir::Visit| visit.id == self.encounter && visit.patient != self.patient;
        match fhir::visits().find(another) {
            Some(fhir::Visit { id, patient, .. }) => {
                let words =
                    format!("The encounter {id} belongs to {patient}: choose one of the patient's own.");
                Err(Refusal::of_ours(StatusCode::BAD_REQUEST, words))
            }
            None => Ok(()),
        }
    }
}

/// `POST /launch`: asks the service for a launch, then opens the app in the tab or in a frame. Whoever accepts JSON
/// gets the service's answer.
///
/// The form has no token against forgery. This is a demonstration on loopback without a session, and a launch signs
/// nobody in; a browser says where a form comes from, and the forms of other sites are refused by that.
pub(super) async fn launch(
    State(ehr): State<Arc<Ehr>>,
    headers: HeaderMap,
    form: Result<Form<LaunchForm>, FormRejection>,
) -> Response {
    let (asked, answer) = match form {
        _ if !loopback::is_own(&headers) => {
            let words = "This form is only for the EHR's own page and for programs on this machine.";
            (LaunchForm::default(), Err(Refusal::of_ours(StatusCode::FORBIDDEN, words)))
        }
        Err(unread) => {
            (LaunchForm::default(), Err(Refusal::of_ours(StatusCode::BAD_REQUEST, unread.body_text())))
        }
        Ok(Form(asked)) => {
            let answer = launched(&ehr, &asked).await;
            (asked, answer)
        }
    };
    match answer {
        Ok(launched) if wants_json(&headers) => (StatusCode::CREATED, Json(launched)).into_response(),
        Ok(launched) => open(&ehr, &asked, &launched),
        Err(refusal) if wants_json(&headers) => (refusal.status, Json(refusal.body)).into_response(),
        Err(refusal) => refused(&ehr, &asked, &refusal),
    }
}

async fn launched(ehr: &Ehr, asked: &LaunchForm) -> Result<Value, Refusal> {
    asked.check()?;
    service::launch(ehr, &asked.body()).await
}

fn wants_json(headers: &HeaderMap) -> bool {
    let accepted = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accepted
        .split(',')
        .filter_map(|range| range.split(';').next())
        .any(|range| range.trim() == "application/json")
}

/// Opens the app where the service says that it lives.
fn open(ehr: &Ehr, asked: &LaunchForm, launched: &Value) -> Response {
    let text = launched.get("launch_url").and_then(Value::as_str).unwrap_or_default();
    let Ok(url) = Url::parse(text) else {
        let words = "The service answered without a launch URL.";
        return refused(ehr, asked, &Refusal::of_ours(StatusCode::BAD_GATEWAY, words));
    };
    if !asked.embedded {
        return Redirect::to(text).into_response();
    }
    // The frame shows the app, then the service's pages, then the app again.
    let framed: Vec<String> = Url::parse(&ehr.issuer).iter().chain([&url]).filter_map(framable).collect();
    let policy = content_security_policy(&framed).map(|value| (header::CONTENT_SECURITY_POLICY, value));
    (policy.into_iter().collect::<HeaderMap>(), Html(page::embedded(ehr, asked, text))).into_response()
}

/// The origin of a web page, if a policy can name it: a host may hold `;`, which would end the directive.
fn framable(url: &Url) -> Option<String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:/".contains(&byte);
    let origin = url.origin();
    let text = origin.ascii_serialization();
    (origin.is_tuple() && text.bytes().all(plain)).then_some(text)
}

fn refused(ehr: &Ehr, asked: &LaunchForm, refusal: &Refusal) -> Response {
    (refusal.status, Html(page::choices(ehr, asked, Some(&refusal.words)))).into_response()
}
