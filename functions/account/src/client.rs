//! One client: registered, shown, changed and deleted by its owner, or by an administrator.

use http::StatusCode;
use pages::account::{
    AppKind, Client as ClientPage, ClientFacts, ClientPart, ClientValues, DeleteClient, Fault, Section,
};
use pages::dates;
use smart::client::{ChangedBy, Client, ClientId, ClientSecret, FieldError, GrantType};
use smart::operations::clients::{self, Fate, Kept, Wanted};
use smart::operations::{Done, OperationRefused, Seen, approvals};
use smart::registration::{Entry, State};
use web::{Response, respond};

use super::client_form::{STALE, differing, told, values_from, values_of};
use super::visit::{Visit, kind_in_words};
use super::{client_keys, typed_secret};
use crate::Reaches;
use crate::call::{Answer, with};

const NEW: &str = "/account/clients/new";

/// Said after what was done, where the new secret could not be kept for its page.
const LOST: &str =
    " Its new secret could not be shown, and nobody has it: add another under Secrets, then end that one.";

impl<W: Reaches> Visit<'_, W> {
    /// The client of this id, if it is theirs or they are an administrator. Otherwise there is none.
    pub(super) async fn client(&self, id: &ClientId) -> Result<Seen<Client>, Box<Response>> {
        clients::read(&self.operations(), id).await.map_err(|why| self.not_done(why))
    }

    /// What pages about a client say of it.
    pub(super) fn known(&self, client: &Client, part: ClientPart) -> ClientFacts {
        let owner = client.owner.clone().unwrap_or_else(|| "nobody; administrators alone".to_owned());
        ClientFacts {
            id: client.client_id.to_string(),
            name: client.metadata.client_name.clone(),
            kind: kind_in_words(client),
            state: match client.status() {
                "pending" => "It waits for an administrator, and does not work until then.",
                "disabled" => "An administrator has disabled it.",
                _ if client.checked || !client.may_use(GrantType::AuthorizationCode) => "It works.",
                _ if self.is_administrator() => {
                    "It works. People are told that nobody has checked it; Update, also with nothing different, says that you have."
                }
                _ => "It works. People are told that nobody at the organisation has checked it.",
            },
            has_secrets: client.metadata.token_endpoint_auth_method.uses_secret(),
            owner: self.is_administrator().then_some(owner),
            request: None,
            secret: None,
            part,
        }
    }

    /// Leads to a client's page, which says what was done and shows a new secret once.
    pub(super) async fn done(&self, path: &str, done: &str, secret: Option<ClientSecret>) -> Response {
        let once = match secret {
            Some(secret) => match self.keep_once(&secret.reveal()).await {
                Some(handle) => format!("&once={handle}"),
                None => "&lost=secret".to_owned(),
            },
            None => String::new(),
        };
        respond::see_other(&format!("{path}?done={done}{once}"))
    }

    /// What a page says that was reached after something was done: a closed list.
    pub(super) fn notice(&self, name: &str) -> Option<String> {
        let lost = if self.query("lost").is_some() { LOST } else { "" };
        let said = match self.query("done")?.as_str() {
            "registered" => format!("Registered “{name}”."),
            "updated" => format!("Updated “{name}”."),
            "unchanged" => "Nothing was different, so nothing was changed.".to_owned(),
            "waiting" => {
                "Your change waits for an administrator. Until then the client goes on as it was.".to_owned()
            }
            "waiting-secret" => {
                "Your change waits for an administrator. The secret is not kept: add it afterwards."
                    .to_owned()
            }
            "deleted" => "The client is deleted.".to_owned(),
            "secret-added" => "Added a secret.".to_owned(),
            "secret-ended" => "The secret ends as you said.".to_owned(),
            _ => return None,
        };
        Some(said + lost)
    }

    pub(super) async fn page(
        &self,
        known: Option<&Seen<Client>>,
        values: ClientValues,
    ) -> Result<ClientPage, Box<Response>> {
        let path =
            known.map_or_else(|| NEW.to_owned(), |client| format!("/account/clients/{}", client.client_id));
        let operations = self.operations();
        let may = match known {
            Some(client) => clients::may_change(&operations, client),
            None => clients::may_register(&operations),
        };
        let form = may.then(|| {
            let mut form = self.form_to(&path);
            form.hidden.extend(known.map(|client| ("version".to_owned(), client.version.to_string())));
            form
        });
        Ok(ClientPage {
            frame: self.frame(Section::Clients, known.map(|client| &**client)).await?,
            form,
            known: known.map(|client| self.known(client, ClientPart::Settings)),
            values,
            meanwhile: Vec::new(),
            keys_checked: None,
            needs_pages: !self.home().site.sandbox,
        })
    }

    async fn again(&self, known: Option<&Seen<Client>>, values: ClientValues, faults: Vec<Fault>) -> Answer {
        let mut page = self.page(known, values).await?;
        page.frame.faults = faults;
        Ok(self.respond(&page, StatusCode::BAD_REQUEST))
    }
}

pub(super) async fn ask(visit: &Visit<'_, impl Reaches>) -> Answer {
    let kind = visit.query("kind").map(|kind| AppKind::of(&kind)).unwrap_or_default();
    let mut page = visit.page(None, ClientValues { kind, ..ClientValues::default() }).await?;
    page.frame.notice = visit.notice("");
    if page.frame.notice.is_none() {
        page.frame.notice = declined(visit).await?;
    }
    Ok(visit.respond(&page, StatusCode::OK))
}

/// What became of new clients that are not there any more: nobody else tells those who asked for them.
async fn declined(visit: &Visit<'_, impl Reaches>) -> Result<Option<String>, Box<Response>> {
    let entries = approvals::own(&visit.operations(), 20).await.map_err(|why| visit.not_done(why))?;
    let said = entries.iter().filter_map(|entry| {
        let change = entry.pending_change().filter(|change| change.before.is_none())?;
        match &change.state {
            State::Declined { reason, .. } => {
                Some(format!("Your request for “{}” was declined: {reason}", change.requested.client_name))
            }
            _ => None,
        }
    });
    let said: Vec<String> = said.take(3).collect();
    Ok((!said.is_empty()).then(|| said.join(" ")))
}

pub(super) async fn create(visit: &Visit<'_, impl Reaches>) -> Answer {
    let form = visit.sent()?;
    let operations = visit.operations();
    if !clients::may_register(&operations) {
        return Err(visit.not_found());
    }
    let values = values_of(&form);
    if form.all("do").next() == Some("check") {
        return client_keys::check(visit, None, values).await;
    }
    let checked = visit.checked(&values, None).and_then(|metadata| {
        let judged = clients::judge(&operations, metadata.clone());
        judged.map(|_| metadata).map_err(|errors| told_all(&errors))
    });
    let (metadata, chosen) = match both(checked, typed_secret::typed_for(&form, &values, None)) {
        Ok(both) => both,
        Err(faults) => return visit.again(None, values, faults).await,
    };
    let wanted = Wanted { metadata, owner: None, chosen };
    let Done { body: Kept { client, secret, .. }, record, .. } =
        match clients::register(&operations, wanted, |_, _| None).await {
            Err(OperationRefused::Invalid(errors)) => {
                return visit.again(None, values, told_all(&errors)).await;
            }
            done => done.map_err(|why| visit.not_done(why))?,
        };
    let path = format!("/account/clients/{}", client.client_id);
    Ok(with(record, visit.done(&path, "registered", secret).await))
}

fn told_all(errors: &[FieldError]) -> Vec<Fault> {
    errors.iter().map(|error| told(error, &[])).collect()
}

/// What was checked in two places, or every fault of both.
fn both<T, U>(one: Result<T, Vec<Fault>>, other: Result<U, Fault>) -> Result<(T, U), Vec<Fault>> {
    match (one, other) {
        (Ok(one), Ok(other)) => Ok((one, other)),
        (one, other) => Err(one.err().into_iter().flatten().chain(other.err()).collect()),
    }
}

pub(super) async fn show(visit: &Visit<'_, impl Reaches>, id: &ClientId) -> Answer {
    let client = visit.client(id).await?;
    let mut page = visit.page(Some(&client), values_from(&client.metadata)).await?;
    page.frame.notice = visit.notice(&client.metadata.client_name);
    let (request, secret) = (request_of(visit, &client).await?, visit.take_once::<String>().await?);
    page.known = page.known.map(|known| ClientFacts { request, secret, ..known });
    Ok(visit.respond(&page, StatusCode::OK))
}

/// What its owner asked for and what became of it, in words.
async fn request_of(
    visit: &Visit<'_, impl Reaches>,
    client: &Seen<Client>,
) -> Result<Option<String>, Box<Response>> {
    let entry = approvals::of_client(&visit.operations(), client).await;
    let entry = entry.map_err(|why| visit.not_done(why))?;
    Ok(entry.as_ref().and_then(Entry::pending_change).map(|change| match &change.state {
        State::Pending => format!("Asked for and not decided yet: scopes {}.", change.requested.scope),
        State::Approved { scope, .. } => format!("Your request was approved with the scopes {scope}."),
        State::Declined { reason, .. } => format!("Your request was declined: {reason}"),
    }))
}

pub(super) async fn update(visit: &Visit<'_, impl Reaches>, id: &ClientId) -> Answer {
    let form = visit.sent()?;
    let client = visit.client(id).await?;
    let operations = visit.operations();
    if !clients::may_change(&operations, &client) {
        return Err(visit.not_found());
    }
    let values = values_of(&form);
    if form.all("do").next() == Some("check") {
        return client_keys::check(visit, Some(&client), values).await;
    }
    if form.all("version").next() != Some(client.version.to_string().as_str()) {
        return stale(visit, &client, values).await;
    }
    let typed = typed_secret::typed_for(&form, &values, Some(&client));
    let (metadata, chosen) = match both(visit.checked(&values, Some(&client)), typed) {
        Ok(both) => both,
        Err(faults) => return visit.again(Some(&client), values, faults).await,
    };
    let path = format!("/account/clients/{id}");
    let is_chosen = chosen.is_some();
    let wanted = Wanted { metadata, owner: None, chosen };
    let Done { body: Kept { secret, fate, .. }, record, .. } =
        match clients::change(&operations, &client, wanted).await {
            Err(OperationRefused::Stale(_)) => return stale(visit, &visit.client(id).await?, values).await,
            Err(OperationRefused::Invalid(errors)) => {
                return visit.again(Some(&client), values, told_all(&errors)).await;
            }
            done => done.map_err(|why| visit.not_done(why))?,
        };
    let done = match fate {
        Fate::Unchanged => "unchanged",
        Fate::Waits if is_chosen => "waiting-secret",
        Fate::Waits => "waiting",
        Fate::Counts => "updated",
    };
    Ok(with(record, visit.done(&path, done, secret).await))
}

/// Who changed a client last, to the one who looks: nobody else is named.
fn changer(visit: &Visit<'_, impl Reaches>, client: &Client) -> &'static str {
    match &client.changed_by {
        Some(ChangedBy::Person(sub)) if sub == visit.subject() => "you",
        Some(ChangedBy::Person(sub)) if client.owner.as_ref() == Some(sub) => "its owner",
        Some(ChangedBy::Person(_) | ChangedBy::Administrator) => "an administrator",
        Some(ChangedBy::Itself) => "the client itself",
        None => "somebody",
    }
}

/// Somebody changed it meanwhile: both values are shown, and nothing was done.
async fn stale(visit: &Visit<'_, impl Reaches>, client: &Seen<Client>, values: ClientValues) -> Answer {
    let meanwhile = differing(&values_from(&client.metadata), &values);
    let mut page = visit.page(Some(client), values).await?;
    page.meanwhile = meanwhile;
    let when = dates::moment_in_words(client.updated_at).unwrap_or_default();
    let said = format!("This client was changed by {} at {when}.", changer(visit, client));
    page.frame.faults = vec![super::visit::fault("meanwhile", said)];
    Ok(visit.respond(&page, STALE))
}

pub(super) async fn ask_delete(visit: &Visit<'_, impl Reaches>, id: &ClientId) -> Answer {
    let client = visit.client(id).await?;
    let page = DeleteClient {
        frame: visit.frame(Section::Clients, Some(&client)).await?,
        form: visit.form_to(&format!("/account/clients/{id}/delete")),
        known: visit.known(&client, ClientPart::Settings),
    };
    Ok(visit.respond(&page, StatusCode::OK))
}

pub(super) async fn delete(visit: &Visit<'_, impl Reaches>, id: &ClientId) -> Answer {
    visit.sent()?;
    let client = visit.client(id).await?;
    let done = clients::delete(&visit.operations(), &client).await.map_err(|why| visit.not_done(why))?;
    Ok(with(done.record, respond::see_other("/account/clients?done=deleted")))
}
