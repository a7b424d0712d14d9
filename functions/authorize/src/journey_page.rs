//! A page of an app's request: what it is made with, and how its answer is opened.

use http::StatusCode;
use pages::consent::ConsentPatient;
use pages::layout::{Form as PageForm, Page, SignedIn as ShownUser};
use pages::message::Heading;
use smart::authorization::{Attended, ChosenPatient, Progress, Settled};
use smart::ids::GrantKey;
use smart::parameters::Parameters;
use smart::ports::World;
use web::browser::csrf;
use web::{Response, body, respond};

use crate::open_request::{self, OpenRequest, Opened, Present};
use crate::ports::Reaches;
use crate::stop::Stop;
use crate::visit::Visit;

/// An app's request and the user who is signed in for it: what a page is made with.
pub(crate) struct JourneyPage<'a, W: World> {
    pub(crate) visit: &'a Visit<'a, W>,
    pub(crate) open: &'a OpenRequest,
    pub(crate) present: &'a Present,
}

impl<'a, W: Reaches> JourneyPage<'a, W> {
    /// The id of the session, which steps and forms are bound to.
    pub(crate) fn session(&self) -> &'a [u8] {
        self.present.who.cookie.id()
    }

    /// The journey at this page, which a form of it answers.
    pub(crate) fn attended(&self) -> Result<Attended<'a>, Stop> {
        self.open.journey(self.visit, Some(self.present), None).attended().ok_or(Stop::OutOfDate)
    }

    /// Progress, sealed for the request and for the user's session.
    pub(crate) fn seal(&self, progress: &Progress) -> String {
        // Without a step the request is where it was before.
        self.open.step_binding(self.session()).seal(progress, &self.visit.ports.seals).unwrap_or_default()
    }

    /// Continues one step further.
    pub(crate) fn advance(&self, progress: &Progress) -> Response {
        respond::see_other(&self.open.params.address(&[("step", &self.seal(progress))]))
    }

    /// Shows the same page again, with some parameters of ours in addition to the step.
    pub(crate) fn again(&self, ours: &[(&str, &str)]) -> Response {
        respond::see_other(&self.open.params.address_with_step(ours))
    }

    /// What follows once the FHIR API has answered: the next step, the list to choose from, or an error.
    pub(crate) fn settled<Listed>(
        &self,
        settled: Settled<Listed>,
        list: impl FnOnce(Listed) -> Response,
    ) -> Result<Response, Stop> {
        match settled {
            Settled::Known(progress) => Ok(self.advance(&progress)),
            Settled::Ask(listed) => Ok(list(listed)),
            Settled::NotListed(error) => Err(Stop::page(Heading::NotYours, StatusCode::FORBIDDEN, error)),
            Settled::Back(error) => Err(self.open.back(error)),
            Settled::Failed(error) => Err(Stop::unavailable(error)),
        }
    }

    /// Answers with a page of this request.
    pub(crate) fn respond(&self, page: &impl Page) -> Response {
        self.open.respond(page, StatusCode::OK, &self.visit.ports.site)
    }

    /// The form of a page, which is sent to this path and names this action.
    pub(crate) fn form(&self, path: &str, action: &str) -> PageForm {
        PageForm {
            action: self.open.params.at_with_step(path),
            csrf: csrf::token(&self.visit.ports.seals, self.session(), action, &self.open.params.hash),
            hidden: Vec::new(),
        }
    }

    /// Who is signed in, with the link to sign in as another user.
    pub(crate) fn shown_user(&self) -> ShownUser {
        let switch_url = self.open.params.address(&[("switch", "1")]);
        ShownUser { name: self.present.who.user.display_name.clone(), switch_url: Some(switch_url) }
    }

    /// The chosen patient, with the link to choose another where there is a choice.
    pub(crate) fn shown_patient(&self, patient: &ChosenPatient) -> ConsentPatient {
        let ChosenPatient { id, name, birth_date } = patient;
        let launched = self.open.request.launch().is_some_and(|launch| launch.patient.is_some());
        let may_choose = !launched && self.present.who.user.own_records().is_none_or(|own| own.len() > 1);
        ConsentPatient {
            name: name.clone().unwrap_or_else(|| format!("Patient {id}")),
            birth_date: birth_date.clone(),
            // Without a step the request is where it was before the choice.
            change_url: may_choose.then(|| self.open.params.address(&[])),
        }
    }
}

/// The answer to a page of ours, after it was seen to come from the page that this user was shown.
#[derive(Debug)]
pub(crate) struct Answered {
    open: OpenRequest,
    present: Present,
    pub(crate) form: Parameters,
}

impl Answered {
    /// The page that it answers.
    pub(crate) const fn page<'a, W: Reaches>(&'a self, visit: &'a Visit<'a, W>) -> JourneyPage<'a, W> {
        JourneyPage { visit, open: &self.open, present: &self.present }
    }
}

/// Opens the answer to a page. `grant` is the one that the page may have made already, if it was sent before.
///
/// # Errors
/// [`Stop::Restart`] when the session has ended since the page was shown, [`Stop::OutOfDate`] when the form is not of the
/// session and request it comes with, and as [`open_request::open`].
pub(crate) async fn answered(
    visit: &Visit<'_, impl Reaches>,
    action: &str,
    grant: impl FnOnce(&Parameters) -> Option<GrantKey>,
) -> Result<Answered, Stop> {
    let form = body::form(visit.request)?;
    let Opened { open, present, .. } = open_request::open_answered(visit, grant(&form).as_ref()).await?;
    let present = present.ok_or_else(|| Stop::Restart(open.params.address(&[])))?;
    let token = form.all("csrf").next().unwrap_or_default();
    if csrf::check(&visit.ports.seals, token, present.who.cookie.id(), action, &open.params.hash) {
        Ok(Answered { open, present, form })
    } else {
        Err(Stop::OutOfDate)
    }
}
