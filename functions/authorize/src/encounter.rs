//! The encounter picker: which visit the app is told of, where it asks for one.

use http::StatusCode;
use pages::encounter::{ChooseEncounter, EncounterChoice};
use pages::layout::Form as PageForm;
use pages::message::Heading;
use smart::error::{ErrorCode, OAuthError};
use smart::ports::{Encounter, PatientDirectory, Signer};
use smart_verify::time::UnixSeconds;
use web::browser::csrf;
use web::browser::step::Step;
use web::{Request, Response, respond};

use crate::asked::{self, Answered, Asked};
use crate::browser::SignedIn;
use crate::{Ports, Store, consent, own_query, picker, refusal};

const ACTION: &str = "encounter";

/// The list. With nothing on it, or with no wish to choose, the app can be gone on to without a visit.
pub(crate) async fn show<S: Store, K: Signer, D: PatientDirectory>(
    request: &Request,
    asked: &Asked,
    who: &SignedIn,
    step: &Step,
    ports: &Ports<S, K, D>,
    now: UnixSeconds,
) -> Response {
    if asked.request.prompt.none {
        let error = ErrorCode::InteractionRequired
            .because("interaction_required", "an encounter must be chosen, and prompt is none.");
        return asked::back(&asked.target, &error);
    }
    let patient = step.patient.as_deref().unwrap_or_default();
    let encounters = match encounters(patient, who, ports, now).await {
        Ok(encounters) => encounters,
        Err(error) => return refusal::unavailable(request, ports, &error),
    };
    let without = Step { without_encounter: true, ..step.clone() };
    let without = asked.seal(&without, who.cookie.id(), ports);
    let sealed = asked.own("step").unwrap_or_default();
    let page = ChooseEncounter {
        app: asked.app(),
        form: PageForm {
            action: own_query::at("/authorize/encounter", &asked.query, &[("step", sealed)]),
            csrf: csrf::token(&ports.seals, who.cookie.id(), ACTION, &asked.hash),
            hidden: Vec::new(),
        },
        signed_in: Some(picker::shown(asked, who)),
        patient: consent::patient_line(asked, who, step, patient),
        encounters: encounters.into_iter().map(choice).collect(),
        nothing_chosen: asked.own("nothing").is_some(),
        without_url: Some(own_query::address(&asked.query, &[("step", &without)])),
        cancel_url: asked.cancel_url(),
    };
    asked.respond(&page, StatusCode::OK, ports)
}

fn choice(encounter: Encounter) -> EncounterChoice {
    let Encounter { id, began, what, with, status } = encounter;
    EncounterChoice { id, date: began, what, with, status }
}

/// `POST /authorize/encounter`.
pub(crate) async fn submit<S: Store, K: Signer, D: PatientDirectory>(
    request: &Request,
    ports: &Ports<S, K, D>,
    now: UnixSeconds,
) -> Response {
    let Answered { asked, who, form } = match asked::answered(request, ports, ACTION, |_| None, now).await {
        Ok(answered) => answered,
        Err(answer) => return *answer,
    };
    let step = asked.step(&who, now);
    let again = |ours: &[(&str, &str)]| respond::see_other(&own_query::address(&asked.query, ours));
    let sealed = asked.own("step").unwrap_or_default();
    let Some(patient) = step.patient.clone() else {
        return again(&[]);
    };
    let Some(chosen) = form.all("encounter").next().filter(|id| !id.is_empty()) else {
        return again(&[("step", sealed), ("nothing", "1")]);
    };
    match encounters(&patient, &who, ports, now).await {
        Ok(encounters) if encounters.iter().any(|encounter| encounter.id == chosen) => {
            let step = Step { encounter: Some(chosen.to_owned()), ..step };
            asked.go_on(&step, who.cookie.id(), ports)
        }
        Ok(_) => {
            let error = ErrorCode::AccessDenied
                .because("encounter_not_listed", "the chosen encounter is not on the list.");
            refusal::with_heading(request, ports, &error, Heading::NotYours, StatusCode::FORBIDDEN)
        }
        Err(error) => refusal::unavailable(request, ports, &error),
    }
}

/// The encounters that the FHIR API shows this person of a patient.
async fn encounters<S, K: Signer, D: PatientDirectory>(
    patient: &str,
    who: &SignedIn,
    ports: &Ports<S, K, D>,
    now: UnixSeconds,
) -> Result<Vec<Encounter>, OAuthError> {
    let token = picker::token_of(who, ports, now).await?;
    ports.directory.encounters(&token, patient).await.map_err(|error| {
        let sentence = "the list of visits cannot be read just now; nothing was shared, try again shortly.";
        ErrorCode::TemporarilyUnavailable.because("encounters_unavailable", sentence).logging(error)
    })
}
