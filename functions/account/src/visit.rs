//! One request of a user who is signed in, and what every page needs of it.

use http::{StatusCode, header};
use pages::account::{ClientLink, Fault, Frame, Section};
use pages::layout::{Form as PageForm, Page};
use smart::client::{Client, ClientKind};
use smart::operations::clients::{self, ListedClients};
use smart::operations::{Acting, Actor, DryRun, Operations};
use smart::parameters::Parameters;
use smart::ports::World;
use web::browser::csrf;
use web::browser::headers::FormAction;
use web::browser::signed_in::{SignedIn, set_cookie};
use web::{Request, Response, body};

use crate::desk::{Desk, Reaches};
use crate::refusal::Refusal;

/// What forms are for; each is bound to its path too.
const ACTION: &str = "account";

/// How many clients are listed next to a page.
const LISTED: usize = 10;

/// One request of a user who is signed in.
pub(crate) struct Visit<'a, W: World> {
    pub(crate) request: &'a Request,
    pub(crate) desk: &'a Desk<'a, W>,
    pub(crate) who: &'a SignedIn,
    /// What they may do.
    pub(crate) operations: Operations<'a, W>,
}

impl<'a, W: Reaches> Visit<'a, W> {
    pub(crate) fn of(request: &'a Request, desk: &'a Desk<'a, W>, who: &'a SignedIn) -> Self {
        let actor = Actor::Person { subject: &who.user.subject, administrator: who.user.administrator };
        let Operations { jwks, policy, service, .. } = desk.operations;
        let acting = Acting { actor, dry_run: DryRun::No, ..desk.operations.acting };
        Self { request, desk, who, operations: Operations { acting, jwks, policy, service } }
    }

    /// Who asks, by `sub`.
    pub(crate) fn subject(&self) -> &'a str {
        &self.who.user.subject
    }

    pub(crate) fn is_administrator(&self) -> bool {
        self.who.user.administrator
    }

    /// Their own clients, the newest first, and whether there are more.
    pub(crate) async fn own_clients(&self, limit: usize) -> Result<(Vec<Client>, bool), Refusal> {
        let page =
            clients::list(&self.operations, ListedClients::OwnedBy(self.subject()), None, limit).await?;
        Ok(page.map(|page| (page.items, page.next.is_some())).unwrap_or_default())
    }

    /// A form that leads to a path, bound to it and to its visitor's session.
    pub(crate) fn form_to(&self, path: &str) -> PageForm {
        let csrf = csrf::token(self.desk.seals, self.who.cookie.id(), ACTION, path.as_bytes());
        PageForm { action: path.to_owned(), csrf, hidden: Vec::new() }
    }

    /// What was sent, if it comes from a page that the same visitor was shown.
    pub(crate) fn sent(&self) -> Result<Parameters, Refusal> {
        let form = body::form(self.request)?;
        let (token, path) = (field(&form, csrf::FIELD), self.request.uri().path().as_bytes());
        let is_theirs = csrf::check(self.desk.seals, token, self.who.cookie.id(), ACTION, path);
        if is_theirs { Ok(form) } else { Err(Refusal::OutOfDate) }
    }

    /// The value of a parameter of the query.
    pub(crate) fn query(&self, name: &str) -> Option<String> {
        let query = Parameters::query(self.request.uri().query().unwrap_or_default()).ok()?;
        Some(field(&query, name)).filter(|value| !value.is_empty()).map(str::to_owned)
    }

    /// A page with what was asked for.
    pub(crate) fn page(&self, page: &impl Page) -> Response {
        self.page_with(StatusCode::OK, page)
    }

    pub(crate) fn page_with(&self, status: StatusCode, page: &impl Page) -> Response {
        page.respond(&self.desk.home.site, status, &FormAction::SelfOnly)
    }

    /// The answer with the time of this request in its session cookie, unless it sets another.
    pub(crate) fn seen(&self, mut answer: Response) -> Response {
        if !answer.headers().contains_key(header::SET_COOKIE) {
            let Desk { seals, home, operations, .. } = self.desk;
            set_cookie(&mut answer, home.cookies.set_session(&self.who.cookie, seals, operations.now));
        }
        answer
    }

    /// What is around a page of clients; `current` is the one that it is about.
    pub(crate) async fn frame_of_clients(&self, current: Option<&Client>) -> Result<Frame, Refusal> {
        let (mut clients, more_clients) = self.own_clients(LISTED).await?;
        // An index may not know yet what was registered last, and never knows what is another user's.
        if let Some(current) = current
            && !clients.iter().any(|known| known.client_id == current.client_id)
        {
            clients.insert(0, current.clone());
        }
        let id = current.map(|client| &client.client_id);
        let clients = clients.iter().map(|client| link(client, id == Some(&client.client_id))).collect();
        Ok(Frame { clients, more_clients, ..self.frame(Section::Clients) })
    }

    /// What is around a page without a list of clients.
    pub(crate) fn frame(&self, section: Section) -> Frame {
        Frame {
            name: self.who.user.display_name.clone(),
            administrator: self.is_administrator(),
            may_register: clients::may_register(&self.operations),
            sign_out: PageForm {
                action: "/sign-out".to_owned(),
                csrf: csrf::token(self.desk.seals, self.who.cookie.id(), "sign-out", b""),
                hidden: Vec::new(),
            },
            section,
            clients: Vec::new(),
            more_clients: false,
            notice: None,
            faults: Vec::new(),
        }
    }
}

/// A client in a list.
pub(crate) fn link(client: &Client, current: bool) -> ClientLink {
    ClientLink {
        id: client.client_id.to_string(),
        name: client.metadata.client_name.clone(),
        kind: kind_in_words(client),
        state: match (client.awaits_approval, client.disabled) {
            (true, _) => Some("waits to be approved"),
            (false, true) => Some("disabled"),
            (false, false) => None,
        },
        current,
    }
}

pub(crate) fn kind_in_words(client: &Client) -> &'static str {
    match client.metadata.kind() {
        ClientKind::Public => "browser or phone app",
        ClientKind::ConfidentialSymmetric => "app with a secret",
        ClientKind::ConfidentialAsymmetric => "app with a key pair",
        ClientKind::Backend => "backend service",
    }
}

/// The first value of a field; an empty one if there is none.
pub(crate) fn field<'a>(form: &'a Parameters, name: &str) -> &'a str {
    form.all(name).next().unwrap_or_default()
}

pub(crate) fn fault(field: &'static str, message: impl Into<String>) -> Fault {
    Fault { field, message: message.into() }
}
