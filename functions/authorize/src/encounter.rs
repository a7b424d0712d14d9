//! The encounter picker: which visit the app learns of, if it asks for one.

use http::StatusCode;
use pages::encounter::{ChooseEncounter, EncounterChoice};
use pages::message::Heading;
use smart::error::{ErrorCode, OAuthError};
use smart::ports::{Encounter, PatientDirectory};
use web::browser::signed_in::SignedIn;
use web::browser::step::Step;
use web::{Response, respond};

use crate::asked;
use crate::journey::{self, Answered, Journey};
use crate::ports::Reaches;
use crate::visit::Visit;
use crate::{own_query, picker, refusal};

const ACTION: &str = "encounter";

/// The list. A user who has no visit, or wishes to choose none, can continue to the app without one.
pub(crate) async fn show(visit: &Visit<'_, impl Reaches>, journey: &Journey) -> Response {
    let Visit { ports, .. } = *visit;
    let Journey { asked, who, step } = journey;
    if asked.request.prompt.none {
        let error = ErrorCode::InteractionRequired
            .because("interaction_required", "an encounter must be chosen, and prompt is none.");
        return asked::back(&asked.target, &error);
    }
    let patient = step.patient.as_deref().unwrap_or_default();
    let encounters = match encounters(visit, who, patient).await {
        Ok(encounters) => encounters,
        Err(error) => return refusal::unavailable(visit, &error),
    };
    let without = Step { without_encounter: true, ..step.clone() };
    let without = asked.seal(&without, journey.session(), &ports.seals);
    let page = ChooseEncounter {
        app: asked.app(),
        form: journey.form("/authorize/encounter", ACTION, &ports.seals),
        signed_in: Some(journey.shown_user()),
        patient: journey.shown_patient(patient),
        encounters: encounters.into_iter().map(choice).collect(),
        nothing_chosen: asked.own("nothing").is_some(),
        without_url: Some(own_query::address(&asked.query, &[("step", &without)])),
        cancel_url: asked.cancel_url(),
    };
    journey.respond(&page, &ports.site)
}

fn choice(encounter: Encounter) -> EncounterChoice {
    let Encounter { id, began, what, with, status } = encounter;
    EncounterChoice { id, date: began, what, with, status }
}

/// `POST /authorize/encounter`.
pub(crate) async fn submit(visit: &Visit<'_, impl Reaches>) -> Response {
    let Answered { journey, form } = match journey::answered(visit, ACTION, |_| None).await {
        Ok(answered) => answered,
        Err(answer) => return *answer,
    };
    let Journey { asked, who, step } = &journey;
    let Some(patient) = &step.patient else {
        return respond::see_other(&own_query::address(&asked.query, &[]));
    };
    let Some(chosen) = form.all("encounter").next().filter(|id| !id.is_empty()) else {
        return journey.again(&[("nothing", "1")]);
    };
    match encounters(visit, who, patient).await {
        Ok(encounters) if encounters.iter().any(|encounter| encounter.id == chosen) => {
            let step = Step { encounter: Some(chosen.to_owned()), ..step.clone() };
            journey.advance(&step, &visit.ports.seals)
        }
        Ok(_) => {
            let error = ErrorCode::AccessDenied
                .because("encounter_not_listed", "the chosen encounter is not on the list.");
            refusal::with_heading(visit, &error, Heading::NotYours, StatusCode::FORBIDDEN)
        }
        Err(error) => refusal::unavailable(visit, &error),
    }
}

/// The encounters that the FHIR API shows this user of a patient.
async fn encounters(
    visit: &Visit<'_, impl Reaches>,
    who: &SignedIn,
    patient: &str,
) -> Result<Vec<Encounter>, OAuthError> {
    let token = picker::token_of(visit, who).await?;
    visit.ports.directory.encounters(&token, patient).await.map_err(|error| {
        let sentence = "the list of visits cannot be read just now; nothing was shared, try again shortly.";
        ErrorCode::TemporarilyUnavailable.because("encounters_unavailable", sentence).logging(error)
    })
}
