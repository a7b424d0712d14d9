//! An authorization request that a browser has open: read with all that must be known of it, and checked.

use http::StatusCode;
use pages::layout::{AppName, Page, Site};
use smart::authorization::{
    Addressed, Brought, CheckedRequest, Journey, PatientSearch, Progress, RequestFacts, Visitor, Wish,
};
use smart::consent::Consent;
use smart::error::{OAuthError, Unreachable};
use smart::ids::GrantKey;
use smart::launch::Launch;
use smart::long_request::{Flow, FlowHandle};
use smart::parameters::Parameters;
use smart::ports::{ClientReader, ConsentStore, FlowStore, LaunchStore};
use url::Url;
use web::Response;
use web::browser::headers::{FormAction, Framing};
use web::browser::signed_in::{SignedIn, signed_in};
use web::browser::step::StepBinding;

use crate::ports::Reaches;
use crate::stop::Stop;
use crate::ui_params::{self, UiParams};
use crate::visit::Visit;

/// A request that is checked, and the parameters with which the browser brought it.
#[derive(Debug)]
pub(crate) struct OpenRequest {
    pub(crate) request: CheckedRequest,
    pub(crate) params: UiParams,
}

/// The user who is signed in in the browser, and how far they have come with the request.
#[derive(Debug)]
pub(crate) struct Present {
    pub(crate) who: SignedIn,
    pub(crate) progress: Progress,
}

/// A request, and what is known of the browser that it comes from.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) open: OpenRequest,
    pub(crate) present: Option<Present>,
    /// What the user allowed this client before.
    pub(crate) before: Option<Consent>,
}

/// What a handler needs to know in addition to the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reads {
    /// Nothing, since a user is about to sign in.
    Nothing,
    /// Who is signed in.
    User,
    /// Who is signed in, and what they allowed before.
    UserAndConsent,
}

/// A request as it came: in the URL, or as the handle of one that is kept here.
struct Unchecked {
    params: UiParams,
    flow: Option<Flow>,
}

/// Opens the request that this query is or names. All that must be known is read side by side.
///
/// # Errors
/// A page while client and redirect URI are not proven, a redirect to the app afterwards.
pub(crate) async fn open(visit: &Visit<'_, impl Reaches>, query: &str, reads: Reads) -> Result<Opened, Stop> {
    check(visit, unchecked(visit, query).await?, reads, None).await
}

/// Opens the request whose page a form answers. `grant` is the one for which the launch may be used already.
///
/// # Errors
/// As [`open`].
pub(crate) async fn open_answered(
    visit: &Visit<'_, impl Reaches>,
    grant: Option<&GrantKey>,
) -> Result<Opened, Stop> {
    check(visit, unchecked(visit, visit.query()).await?, Reads::User, grant).await
}

/// Opens a request whose parameters came as a form.
///
/// # Errors
/// As [`open`].
pub(crate) async fn open_form(
    visit: &Visit<'_, impl Reaches>,
    query: String,
    form: Parameters,
) -> Result<Opened, Stop> {
    let unchecked = Unchecked { params: UiParams::new(query, form), flow: None };
    check(visit, unchecked, Reads::Nothing, None).await
}

async fn unchecked(visit: &Visit<'_, impl Reaches>, query: &str) -> Result<Unchecked, Stop> {
    let form = Parameters::query(query)?;
    let Some(handle) = form.all("flow").next().and_then(FlowHandle::parse) else {
        return Ok(Unchecked { params: UiParams::new(query.to_owned(), form), flow: None });
    };
    let flow = visit.ports.store.flow(&handle.key()).await?;
    let flow = flow.filter(|flow| visit.now < flow.expires_at).ok_or(Stop::Expired)?;
    let form = Parameters::query(&format!("{}&{}", flow.request, ui_params::ours(query)))?;
    Ok(Unchecked { params: UiParams::new(ui_params::of_flow(&handle), form), flow: Some(flow) })
}

async fn check(
    visit: &Visit<'_, impl Reaches>,
    unchecked: Unchecked,
    reads: Reads,
    grant: Option<&GrantKey>,
) -> Result<Opened, Stop> {
    let Visit { ports, now, .. } = *visit;
    let Unchecked { params, flow } = unchecked;
    let addressed = Addressed::read(&params.form)?;
    let client_id = &addressed.client_id;
    let cookie = visit.session_cookie().filter(|_| reads != Reads::Nothing);
    let progress = cookie.as_ref().and_then(|cookie| {
        let to = StepBinding { session: cookie.id(), client_id: client_id.as_str(), request: &params.hash };
        to.open(params.sealed_step(), &ports.seals, now)
    });
    let consent_key = cookie.as_ref().filter(|_| reads == Reads::UserAndConsent).map(|cookie| {
        let patient = progress.as_ref().and_then(Progress::patient_id);
        Consent::key_of(&cookie.sub, client_id, patient)
    });
    let (client, who, launch, before) = tokio::try_join!(
        ports.store.client(client_id, now),
        signed_in(cookie, &ports.store, now),
        launch_of(addressed.launch_key(), &ports.store),
        consent_of(consent_key, &ports.store),
    )?;
    let progress =
        progress.filter(|progress| who.as_ref().is_some_and(|who| who.session.subject == progress.subject));
    let brought = match &flow {
        Some(flow) => {
            Brought::Kept { by_this_browser: progress.is_some() || flow.is_of(visit.pre_session().0.id()) }
        }
        None => params.brought(),
    };
    let facts = RequestFacts { client, launch, grant, brought };
    let request = CheckedRequest::check(&addressed, facts, &ports.service, now)?;
    let present = who.map(|who| {
        let progress = progress.unwrap_or_else(|| Progress::of_session(&who.session, now));
        Present { who, progress }
    });
    Ok(Opened { open: OpenRequest { request, params }, present, before })
}

async fn launch_of(key: Option<String>, store: &impl LaunchStore) -> Result<Option<Launch>, Unreachable> {
    match key {
        Some(key) => store.launch(&key).await,
        None => Ok(None),
    }
}

async fn consent_of(key: Option<String>, store: &impl ConsentStore) -> Result<Option<Consent>, Unreachable> {
    match key {
        Some(key) => store.consent(&key).await,
        None => Ok(None),
    }
}

impl OpenRequest {
    /// The journey of this request: the rules say what happens next.
    pub(crate) fn journey<'a>(
        &'a self,
        visit: &Visit<'a, impl Reaches>,
        present: Option<&'a Present>,
        before: Option<&'a Consent>,
    ) -> Journey<'a> {
        let Self { request, params } = self;
        Journey {
            request,
            visitor: present.map(Present::visitor),
            before,
            wish: Wish {
                another_user: params.own("switch").is_some(),
                framed_without_cookie: visit.is_framed_without_cookie() && self.framing() != Framing::Nobody,
                patients: PatientSearch {
                    text: params.own("q").unwrap_or_default(),
                    offset: params.offset(),
                },
            },
            rules: &visit.ports.rules,
            now: visit.now,
        }
    }

    /// Sends an error to the app.
    pub(crate) fn back(&self, error: OAuthError) -> Stop {
        Stop::back(self.request.target(), error)
    }

    /// The app as pages name it.
    pub(crate) fn app(&self) -> AppName {
        let name = self.request.client().metadata.client_name.clone();
        AppName { name, host: self.request.home_host() }
    }

    /// Where the forms of this request may lead: to us, and from there to the app.
    pub(crate) fn form_action(&self) -> FormAction {
        let uri = Url::parse(self.request.target().uri());
        uri.map_or(FormAction::SelfOnly, |uri| FormAction::and_redirect(&uri))
    }

    /// Who may frame the pages of this request.
    pub(crate) fn framing(&self) -> Framing {
        let launch = self.request.launch().into_iter();
        Framing::by(launch.flat_map(|launch| launch.embedding_origins.iter().map(String::as_str)))
    }

    /// Answers with a page of this request: its forms may lead to the app, and the EHR that embeds the app may frame it.
    pub(crate) fn respond(&self, page: &impl Page, status: StatusCode, site: &Site) -> Response {
        page.respond_framed(site, status, &self.form_action(), &self.framing())
    }

    /// What a step of this request is sealed for.
    pub(crate) fn step_binding<'a>(&'a self, session: &'a [u8]) -> StepBinding<'a> {
        let client_id = self.request.client().client_id.as_str();
        StepBinding { session, client_id, request: &self.params.hash }
    }
}

impl Present {
    pub(crate) const fn visitor(&self) -> Visitor<'_> {
        Visitor { user: &self.who.user, session: &self.who.session, progress: &self.progress }
    }
}
