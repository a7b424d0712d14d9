//! One request of somebody who is signed in, and what every page needs of it.

use http::StatusCode;
use pages::account::{ClientLink, Fault, Frame, Section};
use pages::layout::{Form as PageForm, Page};
use pages::refusal;
use smart::audit::Record;
use smart::client::{Client, ClientKind};
use smart::error::{OAuthError, Unreachable};
use smart::operations::clients::{self, ListedClients};
use smart::operations::{Actor, OperationRefused, Operations};
use smart::parameters::Parameters;
use smart::ports::World;
use smart_verify::time::UnixSeconds;
use web::body;
use web::browser::csrf;
use web::browser::headers::FormAction;
use web::browser::signed_in::SignedIn;
use web::{Request, Response};

use super::AccountHome;
use crate::{Ports, Reaches};

/// What forms are for; each is bound to its path besides.
const ACTION: &str = "account";

/// How many clients stand beside a page.
const LISTED: usize = 10;

/// One request of somebody who is signed in.
pub(super) struct Visit<'a, W: World> {
    pub(super) request: &'a Request,
    pub(super) ports: &'a Ports<W>,
    pub(super) who: &'a SignedIn,
    pub(super) now: UnixSeconds,
}

impl<'a, W: Reaches> Visit<'a, W> {
    pub(super) fn home(&self) -> &'a AccountHome {
        &self.ports.account
    }

    pub(super) fn store(&self) -> &'a W::Store {
        &self.ports.store
    }

    /// Who asks, by `sub`.
    pub(super) fn subject(&self) -> &'a str {
        &self.who.user.subject
    }

    pub(super) fn is_administrator(&self) -> bool {
        self.who.user.administrator
    }

    /// What they may do.
    pub(super) fn operations(&self) -> Operations<'a, W> {
        let actor = Actor::Person { subject: self.subject(), administrator: self.is_administrator() };
        self.ports.operations(actor, self.now)
    }

    /// Why nothing was done. What is not there and what is not for them read alike.
    pub(super) fn not_done(&self, why: OperationRefused) -> Box<Response> {
        match why {
            OperationRefused::Unreachable(error) => self.unreachable(error),
            _ => self.not_found(),
        }
    }

    /// Their own clients, the newest first, and whether there are more.
    pub(super) async fn own_clients(&self, limit: usize) -> Result<(Vec<Client>, bool), Box<Response>> {
        let page =
            clients::list(&self.operations(), ListedClients::OwnedBy(self.subject()), None, limit).await;
        let page = page.map_err(|why| self.not_done(why))?;
        Ok(page.map(|page| (page.items, page.next.is_some())).unwrap_or_default())
    }

    /// A form that leads to a path, bound to it and to its visitor's session.
    pub(super) fn form_to(&self, path: &str) -> PageForm {
        let csrf = csrf::token(&self.ports.seals, self.who.cookie.id(), ACTION, path.as_bytes());
        PageForm { action: path.to_owned(), csrf, hidden: Vec::new() }
    }

    /// What was sent, if it comes from a page that the same visitor was shown.
    pub(super) fn sent(&self) -> Result<Parameters, Box<Response>> {
        let form = body::form(self.request).map_err(|error| self.refused(&error))?;
        let token = form.all(csrf::FIELD).next().unwrap_or_default();
        let path = self.request.uri().path().as_bytes();
        if csrf::check(&self.ports.seals, token, self.who.cookie.id(), ACTION, path) {
            return Ok(form);
        }
        Err(Box::new(refusal::out_of_date(self.request, &self.home().site)))
    }

    /// The value of a parameter of the query.
    pub(super) fn query(&self, name: &str) -> Option<String> {
        let query = Parameters::query(self.request.uri().query().unwrap_or_default()).ok()?;
        query.all(name).next().filter(|value| !value.is_empty()).map(str::to_owned)
    }

    pub(super) fn refused(&self, error: &OAuthError) -> Box<Response> {
        Box::new(super::unavailable(self.request, &self.home().site, error))
    }

    pub(super) fn unreachable(&self, error: Unreachable) -> Box<Response> {
        self.refused(&error.into())
    }

    /// There is no such page, or it is not for them: both read alike.
    pub(super) fn not_found(&self) -> Box<Response> {
        Box::new(refusal::not_found(&self.home().site))
    }

    pub(super) fn respond(&self, page: &impl Page, status: StatusCode) -> Response {
        page.respond(&self.home().site, status, &FormAction::SelfOnly)
    }

    /// What stands around a page; `current` is the client that it is about.
    pub(super) async fn frame(
        &self,
        section: Section,
        current: Option<&Client>,
    ) -> Result<Frame, Box<Response>> {
        let mut frame = self.bare_frame(section);
        if section != Section::Clients {
            return Ok(frame);
        }
        let (mut clients, more) = self.own_clients(LISTED).await?;
        // An index may not know yet what was registered just now, and never knows what is somebody else's.
        if let Some(current) = current
            && !clients.iter().any(|known| known.client_id == current.client_id)
        {
            clients.insert(0, current.clone());
        }
        let id = current.map(|client| &client.client_id);
        frame.clients = clients.iter().map(|client| link(client, id == Some(&client.client_id))).collect();
        frame.more_clients = more;
        Ok(frame)
    }

    /// The same for a page beside which no clients stand.
    pub(super) fn bare_frame(&self, section: Section) -> Frame {
        Frame {
            name: self.who.user.display_name.clone(),
            administrator: self.is_administrator(),
            may_register: clients::may_register(&self.operations()),
            sign_out: PageForm {
                action: "/sign-out".to_owned(),
                csrf: csrf::token(&self.ports.seals, self.who.cookie.id(), "sign-out", b""),
                hidden: Vec::new(),
            },
            section,
            clients: Vec::new(),
            more_clients: false,
            notice: None,
            faults: Vec::new(),
        }
    }

    /// The record of what this visitor did.
    pub(super) fn by_them(&self, record: Record) -> Record {
        record.by_person(self.ports.audit.person(self.subject()))
    }
}

/// A client in a list.
pub(super) fn link(client: &Client, current: bool) -> ClientLink {
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

pub(super) fn kind_in_words(client: &Client) -> &'static str {
    match client.metadata.kind() {
        ClientKind::Public => "browser or phone app",
        ClientKind::ConfidentialSymmetric => "app with a secret",
        ClientKind::ConfidentialAsymmetric => "app with a key pair",
        ClientKind::Backend => "backend service",
    }
}

pub(super) fn fault(field: &'static str, message: impl Into<String>) -> Fault {
    Fault { field, message: message.into() }
}
