//! Allow or Deny: the last page, and the grant that comes of it.

use http::StatusCode;
use pages::consent::{AskingApp, Consent, RegisteredBy, Withheld};
use pages::layout::Form as PageForm;
use pages::message::{Answered as AlreadyAnswered, BackLink};
use pages::words::Whose;
use smart::audit::{Event, Record};
use smart::authorization::{AllowRefused, Allowed, Answer, Draft, Issuance, Offer};
use smart::error::ErrorCode;
use smart::grant::Basis;
use smart::ids::{GrantKey, RequestId};
use smart::parameters::Parameters;
use smart::ports::GrantIssuer;
use smart::user::Role;
use smart_verify::scope::ScopeSet;
use web::browser::seal::{Purpose, binding};
use web::notes::noted;
use web::{Response, respond};

use crate::journey_page::{self, JourneyPage};
use crate::ports::Reaches;
use crate::stop::Stop;
use crate::visit::Visit;

const ACTION: &str = "consent";

/// The page.
pub(crate) fn show(page: &JourneyPage<'_, impl Reaches>, offer: &Offer<'_>) -> Result<Response, Stop> {
    let JourneyPage { open, present, .. } = page;
    let draft = Draft::new(present.progress.ends_at);
    let sealed = page.visit.ports.seals.seal(Purpose::Form, &draft, &bound_to(page)).map_err(|cause| {
        let sentence = "the page cannot be made just now; nothing was shared, try again shortly.";
        open.back(ErrorCode::TemporarilyUnavailable.because("draft_not_sealed", sentence).logging(cause))
    })?;
    let patient = present.progress.patient.as_ref().map(|patient| page.shown_patient(patient));
    let is_own = present.progress.patient_id() == present.who.user.own_patient();
    let whose = match (&patient, present.who.user.role) {
        (Some(patient), Role::Clinician) => Whose::Patient(patient.name.clone()),
        (Some(patient), Role::Patient) if !is_own => Whose::Patient(patient.name.clone()),
        _ => Whose::Own,
    };
    let client = open.request.client();
    Ok(page.respond(&Consent {
        app: AskingApp {
            name: client.metadata.client_name.clone(),
            host: open.request.home_host(),
            registered_on: Some(client.created_at),
            registered_by: RegisteredBy::of(client),
        },
        form: PageForm {
            hidden: vec![("grant".to_owned(), sealed), ("of".to_owned(), draft.code().grant().key().0)],
            ..page.form("/authorize/consent", ACTION)
        },
        signed_in: page.shown_user(),
        patient,
        whose,
        scopes: offer.scopes().clone(),
        withheld: offer
            .withheld()
            .map(|decision| Withheld { why: decision.sentence(), scope: decision.asked.clone() })
            .collect(),
        how_long: offer.how_long(),
        nothing_ticked: open.params.own("nothing").is_some(),
        connected_apps_url: Some("/manage".to_owned()),
    }))
}

/// `POST /authorize/consent`.
pub(crate) async fn submit(visit: &Visit<'_, impl Reaches>) -> Result<Response, Stop> {
    // Its launch may be spent on this very grant, when the form is sent twice. What the field says is only believed so
    // far: the grant itself comes out of the sealed draft.
    let grant = |form: &Parameters| form.all("of").next().map(|key| GrantKey(key.to_owned()));
    let answered = journey_page::answered(visit, ACTION, grant).await?;
    let page = &answered.page(visit);
    match answered.form.all("decision").next() {
        Some("deny") => Ok(deny(page)),
        Some("allow") => allow(page, &answered.form).await,
        _ => Ok(page.again(&[])),
    }
}

fn deny(page: &JourneyPage<'_, impl Reaches>) -> Response {
    let request = &page.open.request;
    let person = page.visit.ports.audit.person(&page.present.who.user.subject);
    let denied = Record::of(Event::ConsentDenied).client(&request.client().client_id).person(person);
    noted(respond::see_other(&request.denial_url()), denied)
}

async fn allow(page: &JourneyPage<'_, impl Reaches>, form: &Parameters) -> Result<Response, Stop> {
    let sealed = form.all("grant").next().unwrap_or_default();
    let draft: Option<Draft> = page.visit.ports.seals.open(Purpose::Form, sealed, &bound_to(page));
    let draft = draft.filter(|draft| !draft.is_over(page.visit.now)).ok_or(Stop::OutOfDate)?;
    let offer = page.attended()?.offer().map_err(|error| page.open.back(error))?;
    let answer = Answer {
        ticked: ScopeSet::parse(&form.all("scope").collect::<Vec<_>>().join(" ")),
        days: form.all("days").next().and_then(|days| days.parse().ok()).unwrap_or(0),
    };
    match offer.decide(answer, &draft) {
        Err(AllowRefused::NothingTicked) => Ok(page.again(&[("nothing", "1")])),
        Err(AllowRefused::OutOfDate) => Err(Stop::OutOfDate),
        Ok(allowed) => issue(page, allowed, &draft).await,
    }
}

/// Issues without a page what was allowed before.
pub(crate) async fn issue_remembered(
    page: &JourneyPage<'_, impl Reaches>,
    allowed: Allowed<'_>,
) -> Result<Response, Stop> {
    issue(page, allowed, &Draft::new(page.present.progress.ends_at)).await
}

/// Puts the grant, and sends the app its code.
async fn issue(
    page: &JourneyPage<'_, impl Reaches>,
    allowed: Allowed<'_>,
    draft: &Draft,
) -> Result<Response, Stop> {
    let JourneyPage { visit, open, .. } = page;
    let Visit { ports, now, .. } = **visit;
    let new = allowed.issue(draft, RequestId::draw(), &ports.service);
    let event = match new.grant.basis {
        Basis::Person => Event::ConsentGiven,
        Basis::Remembered | Basis::Organisation => Event::ConsentRemembered,
    };
    let with_code = || respond::see_other(&open.request.target().with_code(&draft.code().write(&ports.macs)));
    match Issuance::of(ports.store.issue(&new).await?, &new, now) {
        Issuance::Code => Ok(noted(with_code(), ports.audit.of_grant(event, &new.grant))),
        Issuance::CodeAgain => Ok(with_code()),
        Issuance::AnsweredAlready => Ok(already_answered(page)),
        Issuance::OutOfDate => Err(Stop::OutOfDate),
        Issuance::Back(error) => Err(open.back(error)),
    }
}

/// A draft opens only in the session, for the client, request, patient and encounter that its page was made for.
fn bound_to(page: &JourneyPage<'_, impl Reaches>) -> Vec<u8> {
    let progress = &page.present.progress;
    binding(&[
        page.session(),
        page.open.request.client().client_id.as_str().as_bytes(),
        &page.open.params.hash,
        progress.patient_id().unwrap_or_default().as_bytes(),
        progress.encounter_id().unwrap_or_default().as_bytes(),
    ])
}

/// The same page was answered before, and otherwise, or so long ago that its code has expired.
fn already_answered(page: &JourneyPage<'_, impl Reaches>) -> Response {
    let request = &page.open.request;
    let app = page.open.app();
    let back = request.home_host().map(|_| BackLink {
        url: request.client().metadata.client_uri.clone().unwrap_or_else(|| request.denial_url()),
        text: format!("Go back to {}", app.name),
    });
    let answered = AlreadyAnswered { app: Some(app), back };
    page.open.respond(&answered, StatusCode::CONFLICT, &page.visit.ports.site)
}
