//! Choosing an encounter, which the app learns of if it asks for one.

use pages::encounter::{ChooseEncounter, EncounterChoice};
use smart::authorization::{ChosenEncounter, EncounterFrom};
use smart::ports::Encounter;
use web::{Response, respond};

use crate::directory;
use crate::journey_page::{self, JourneyPage};
use crate::ports::Reaches;
use crate::stop::Stop;
use crate::visit::Visit;

const ACTION: &str = "encounter";

/// The list, or the next step after a choice from it.
pub(crate) async fn show(
    page: &JourneyPage<'_, impl Reaches>,
    from: EncounterFrom<'_>,
) -> Result<Response, Stop> {
    let found = directory::encounters(page.visit, &page.present.who, from.patient()).await;
    page.settled(from.settle(found), |encounters| list(page, encounters))
}

/// `POST /authorize/encounter`.
pub(crate) async fn submit(visit: &Visit<'_, impl Reaches>) -> Result<Response, Stop> {
    let answered = journey_page::answered(visit, ACTION, |_| None).await?;
    let page = &answered.page(visit);
    let chosen = answered.form.all("encounter").next().unwrap_or_default();
    match page.attended()?.encounter_chosen(chosen) {
        // No patient is settled, so the request is where it was before.
        None => Ok(respond::see_other(&page.open.params.address(&[]))),
        Some(_) if chosen.is_empty() => Ok(page.again(&[("nothing", "1")])),
        Some(from) => show(page, from).await,
    }
}

/// A user whose patient has no encounter, or who wants to choose none, can continue without one.
fn list(page: &JourneyPage<'_, impl Reaches>, encounters: Vec<Encounter>) -> Response {
    let params = &page.open.params;
    let progress = &page.present.progress;
    let without = page.seal(&progress.with_encounter(ChosenEncounter::Without));
    let patient = progress.patient.clone().unwrap_or_default();
    page.respond(&ChooseEncounter {
        app: page.open.app(),
        form: page.form("/authorize/encounter", ACTION),
        signed_in: Some(page.shown_user()),
        patient: page.shown_patient(&patient),
        encounters: encounters.into_iter().map(choice).collect(),
        nothing_chosen: params.own("nothing").is_some(),
        without_url: Some(params.address(&[("step", &without)])),
        cancel_url: page.open.request.denial_url(),
    })
}

fn choice(encounter: Encounter) -> EncounterChoice {
    let Encounter { id, began, what, with, status } = encounter;
    EncounterChoice { id, date: began, what, with, status }
}
