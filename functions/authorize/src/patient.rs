//! Choosing a patient: only from those that the FHIR API shows to this user.

use pages::patient::{ChoosePatient, PatientChoice, PatientQuestion, PatientSearch};
use smart::authorization::{PATIENTS_ON_A_PAGE, PatientFrom};
use smart::ports::{Found, Patient};
use smart::user::Role;
use web::Response;

use crate::directory;
use crate::journey_page::{self, JourneyPage};
use crate::ports::Reaches;
use crate::stop::Stop;
use crate::visit::Visit;

const ACTION: &str = "patient";

/// A list of up to so many patients has no search box.
const WITHOUT_SEARCH: usize = 10;

/// The list, or the next step when there is nothing to choose.
pub(crate) async fn show(
    page: &JourneyPage<'_, impl Reaches>,
    from: PatientFrom<'_>,
) -> Result<Response, Stop> {
    let found = directory::patients(page.visit, &page.present.who, &from.query()).await;
    page.settled(from.settle(found), |found| list(page, found))
}

/// `POST /authorize/patient`.
pub(crate) async fn submit(visit: &Visit<'_, impl Reaches>) -> Result<Response, Stop> {
    let answered = journey_page::answered(visit, ACTION, |_| None).await?;
    let page = &answered.page(visit);
    let chosen = answered.form.all("patient").next().filter(|id| !id.is_empty() && id.len() <= 64);
    match chosen {
        Some(id) => show(page, page.attended()?.patient_chosen(id)).await,
        None => Ok(page.again(&[("nothing", "1")])),
    }
}

fn list(page: &JourneyPage<'_, impl Reaches>, found: Found) -> Response {
    let params = &page.open.params;
    let with_search = found.total > WITHOUT_SEARCH || params.own("q").is_some() || params.offset() > 0;
    page.respond(&ChoosePatient {
        app: page.open.app(),
        form: page.form("/authorize/patient", ACTION),
        signed_in: Some(page.shown_user()),
        asks: match page.present.who.user.role {
            Role::Patient | Role::System => PatientQuestion::WhoseRecord,
            Role::Clinician => PatientQuestion::ChooseAPatient,
        },
        search: with_search.then(|| search(page, found.total)),
        patients: found.patients.into_iter().map(choice).collect(),
        nothing_chosen: params.own("nothing").is_some(),
        cancel_url: page.open.request.denial_url(),
        now: page.visit.now,
    })
}

fn search(page: &JourneyPage<'_, impl Reaches>, total: usize) -> PatientSearch {
    let params = &page.open.params;
    let (text, offset) = (params.own("q").unwrap_or_default(), params.offset());
    let at = |offset: usize| params.address_with_step(&[("q", text), ("offset", &offset.to_string())]);
    let step_field = [("step".to_owned(), params.sealed_step().to_owned())];
    PatientSearch {
        action: "/authorize".to_owned(),
        hidden: params.repeated().into_iter().chain(step_field).collect(),
        query: text.to_owned(),
        total,
        previous_url: (offset > 0).then(|| at(offset.saturating_sub(PATIENTS_ON_A_PAGE))),
        next_url: (offset.saturating_add(PATIENTS_ON_A_PAGE) < total)
            .then(|| at(offset + PATIENTS_ON_A_PAGE)),
        show_all_url: params.address_with_step(&[]),
    }
}

fn choice(patient: Patient) -> PatientChoice {
    let Patient { id, name, birth_date, gender, record_number } = patient;
    PatientChoice { id, name, birth_date, sex: gender, record_number }
}
