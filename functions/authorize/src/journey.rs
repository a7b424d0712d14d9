//! An app's request on its way through the pages that follow a sign-in.

use http::StatusCode;
use pages::consent::ConsentPatient;
use pages::layout::{Form as PageForm, Page, SignedIn as ShownUser, Site};
use smart::error::OAuthError;
use smart::ids::GrantKey;
use smart::parameters::Parameters;
use smart::ports::Patient;
use web::browser::csrf;
use web::browser::seal::PageKeys;
use web::browser::signed_in::SignedIn;
use web::browser::step::Step;
use web::{Response, body, respond};

use crate::asked::{self, Asked, Opened};
use crate::ports::Reaches;
use crate::visit::Visit;
use crate::{own_query, refusal};

/// An app's request, the user who is signed in for it, and how far they have come.
#[derive(Debug)]
pub(crate) struct Journey {
    pub(crate) asked: Asked,
    pub(crate) who: SignedIn,
    pub(crate) step: Step,
}

impl Journey {
    /// The id of the session, which steps and forms are bound to.
    pub(crate) fn session(&self) -> &[u8] {
        self.who.cookie.id()
    }

    /// Continues one step further.
    pub(crate) fn advance(&self, step: &Step, seals: &PageKeys) -> Response {
        self.asked.advance(step, self.session(), seals)
    }

    /// Continues with this patient.
    pub(crate) fn with_patient(&self, patient: &Patient, seals: &PageKeys) -> Response {
        let shown = Some((patient.name.clone(), patient.birth_date.clone()));
        let step = Step { patient: Some(patient.id.clone()), patient_shown: shown, ..self.step.clone() };
        self.advance(&step, seals)
    }

    /// Shows the same page again, with some parameters of ours in addition to the step.
    pub(crate) fn again(&self, ours: &[(&str, &str)]) -> Response {
        let step = [("step", self.asked.sealed_step())];
        respond::see_other(&own_query::address(&self.asked.query, &[&step[..], ours].concat()))
    }

    /// Answers with a page of this request.
    pub(crate) fn respond(&self, page: &impl Page, site: &Site) -> Response {
        self.asked.respond(page, StatusCode::OK, site)
    }

    /// The form of a page, which is sent to this path and names this action.
    pub(crate) fn form(&self, path: &str, action: &str, seals: &PageKeys) -> PageForm {
        PageForm {
            action: own_query::at(path, &self.asked.query, &[("step", self.asked.sealed_step())]),
            csrf: csrf::token(seals, self.session(), action, &self.asked.hash),
            hidden: Vec::new(),
        }
    }

    /// Who is signed in, with the link to sign in as another user.
    pub(crate) fn shown_user(&self) -> ShownUser {
        let switch_url = own_query::address(&self.asked.query, &[("switch", "1")]);
        ShownUser { name: self.who.user.display_name.clone(), switch_url: Some(switch_url) }
    }

    /// The chosen patient, with the link to choose another where there is a choice.
    pub(crate) fn shown_patient(&self, id: &str) -> ConsentPatient {
        let Self { asked, who, step } = self;
        let (name, birth_date) =
            step.patient_shown.clone().unwrap_or_else(|| (format!("Patient {id}"), None));
        let launched = asked.launch.as_ref().is_some_and(|launch| launch.patient.is_some());
        let may_choose = !launched && who.user.own_records().is_none_or(|own| own.len() > 1);
        // Without a step the request is where it was before the choice.
        let change_url = may_choose.then(|| own_query::address(&asked.query, &[]));
        ConsentPatient { name, birth_date, change_url }
    }
}

/// The answer to a page of ours, after it was seen to come from the page that this user was shown.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) journey: Journey,
    pub(crate) form: Parameters,
}

/// Opens the answer to a page. `grant` is the one that the page may have made already, if it was sent before.
///
/// # Errors
/// The answer, when it cannot be taken: to sign in first, when the session has ended since then; a page, when the form is
/// not of the session and request it comes with.
pub(crate) async fn answered(
    visit: &Visit<'_, impl Reaches>,
    action: &str,
    grant: impl FnOnce(&Parameters) -> Option<GrantKey>,
) -> Result<Answered, Box<Response>> {
    let page = |error: OAuthError| Box::new(refusal::page(visit, &error));
    let form = body::form(visit.request).map_err(page)?;
    let grant = grant(&form);
    let Opened { asked, who, .. } = asked::open_answered(visit, grant.as_ref()).await?;
    let Some(who) = who else {
        return Err(Box::new(respond::see_other(&own_query::address(&asked.query, &[]))));
    };
    let token = form.all("csrf").next().unwrap_or_default();
    if csrf::check(&visit.ports.seals, token, who.cookie.id(), action, &asked.hash) {
        let step = asked.step(&who, visit.now);
        return Ok(Answered { journey: Journey { asked, who, step }, form });
    }
    Err(Box::new(refusal::out_of_date(visit)))
}
