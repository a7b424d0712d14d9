//! One client: shown and changed by its owner, or by an administrator.

use http::StatusCode;
use pages::account::{Client as ClientPage, ClientFacts, ClientPart, ClientValues, Fault};
use pages::dates;
use smart::client::{ChangedBy, Client, ClientId, ClientSecret, FieldError, GrantType};
use smart::operations::clients::{self, Fate, Kept, Wanted};
use smart::operations::{Done, OperationRefused, Seen, approvals};
use smart::registration::{Entry, State};
use web::{Response, notes, respond};

use crate::client_form::{differing, told, values_from, values_of};
use crate::desk::Reaches;
use crate::refusal::{PageResult, Refusal};
use crate::visit::{Visit, fault, field, kind_in_words};
use crate::{client_keys, typed_secret};

/// Said after what was done, where the new secret could not be kept for its page.
const LOST: &str =
    " Its new secret could not be shown, and nobody has it: add another under Secrets, then end that one.";

impl<W: Reaches> Visit<'_, W> {
    /// The client of this id, if it is theirs or they are an administrator. Otherwise there is none.
    pub(crate) async fn client(&self, id: &ClientId) -> Result<Seen<Client>, OperationRefused> {
        clients::read(&self.operations, id).await
    }

    /// What pages about a client say of it.
    pub(crate) fn known(&self, client: &Client, part: ClientPart) -> ClientFacts {
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
    pub(crate) async fn done(&self, path: &str, done: &str, secret: Option<ClientSecret>) -> Response {
        let flash = match secret {
            Some(secret) => match self.keep_flash(&secret.reveal()).await {
                Some(handle) => format!("&once={handle}"),
                None => "&lost=secret".to_owned(),
            },
            None => String::new(),
        };
        respond::see_other(&format!("{path}?done={done}{flash}"))
    }

    /// What a page says that was reached after something was done: a closed list.
    pub(crate) fn notice(&self, name: &str) -> Option<String> {
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

    /// The form of a client, or of a new one.
    pub(crate) async fn client_page(
        &self,
        known: Option<&Seen<Client>>,
        values: ClientValues,
    ) -> Result<ClientPage, Refusal> {
        let id = known.map_or("new", |client| client.client_id.as_str());
        let may = match known {
            Some(client) => clients::may_change(&self.operations, client),
            None => clients::may_register(&self.operations),
        };
        let form = may.then(|| {
            let mut form = self.form_to(&format!("/account/clients/{id}"));
            form.hidden.extend(known.map(|client| ("version".to_owned(), client.version.to_string())));
            form
        });
        Ok(ClientPage {
            frame: self.frame_of_clients(known.map(|client| &**client)).await?,
            form,
            known: known.map(|client| self.known(client, ClientPart::Settings)),
            values,
            conflicts: Vec::new(),
            keys_checked: None,
            needs_pages: self.operations.policy.needs_pages,
        })
    }

    /// The same with what was refused.
    pub(crate) async fn client_page_again(
        &self,
        known: Option<&Seen<Client>>,
        values: ClientValues,
        faults: Vec<Fault>,
    ) -> PageResult {
        let mut page = self.client_page(known, values).await?;
        page.frame.faults = faults;
        Ok(self.page_with(StatusCode::BAD_REQUEST, &page))
    }
}

pub(crate) fn told_all(errors: &[FieldError]) -> Vec<Fault> {
    errors.iter().map(|error| told(error, &[])).collect()
}

/// What was checked in two places, or every fault of both.
pub(crate) fn both<T, U>(one: Result<T, Vec<Fault>>, other: Result<U, Fault>) -> Result<(T, U), Vec<Fault>> {
    match (one, other) {
        (Ok(one), Ok(other)) => Ok((one, other)),
        (one, other) => Err(one.err().into_iter().flatten().chain(other.err()).collect()),
    }
}

pub(crate) async fn show(visit: &Visit<'_, impl Reaches>, id: &ClientId) -> PageResult {
    let client = visit.client(id).await?;
    let mut page = visit.client_page(Some(&client), values_from(&client.metadata)).await?;
    page.frame.notice = visit.notice(&client.metadata.client_name);
    let request = approvals::of_client(&visit.operations, &client).await?.as_ref().and_then(in_words);
    let secret = visit.take_flash::<String>().await?;
    page.known = page.known.map(|known| ClientFacts { request, secret, ..known });
    Ok(visit.page(&page))
}

/// What the owner of a client asked for and what became of it.
fn in_words(entry: &Entry) -> Option<String> {
    let change = entry.pending_change()?;
    Some(match &change.state {
        State::Pending => {
            format!("TokenToolState for and not decided yet: scopes {}.", change.requested.scope)
        }
        State::Approved { scope, .. } => format!("Your request was approved with the scopes {scope}."),
        State::Declined { reason, .. } => format!("Your request was declined: {reason}"),
    })
}

pub(crate) async fn submit(visit: &Visit<'_, impl Reaches>, id: &ClientId) -> PageResult {
    let form = visit.sent()?;
    let client = visit.client(id).await?;
    if !clients::may_change(&visit.operations, &client) {
        return Err(Refusal::NotFound);
    }
    let values = values_of(&form);
    if field(&form, "do") == "check" {
        return client_keys::show(visit, Some(&client), values).await;
    }
    if field(&form, "version") != client.version.to_string() {
        return stale(visit, &client, values).await;
    }
    let typed = typed_secret::typed_for(&form, &values, Some(&client));
    let (metadata, chosen) = match both(visit.checked(&values, Some(&client)), typed) {
        Ok(both) => both,
        Err(faults) => return visit.client_page_again(Some(&client), values, faults).await,
    };
    let is_chosen = chosen.is_some();
    let wanted = Wanted { metadata, owner: None, chosen };
    let Done { body: Kept { secret, fate, .. }, record, .. } =
        match clients::change(&visit.operations, &client, wanted).await {
            Err(OperationRefused::Stale(_)) => return stale(visit, &visit.client(id).await?, values).await,
            Err(OperationRefused::Invalid(errors)) => {
                return visit.client_page_again(Some(&client), values, told_all(&errors)).await;
            }
            done => done?,
        };
    let done = match fate {
        Fate::Unchanged => "unchanged",
        Fate::Waits if is_chosen => "waiting-secret",
        Fate::Waits => "waiting",
        Fate::Counts => "updated",
    };
    Ok(notes::with(record, visit.done(&format!("/account/clients/{id}"), done, secret).await))
}

/// Who changed a client last, to the user who sees the page: no other user is named.
fn changer(visit: &Visit<'_, impl Reaches>, client: &Client) -> &'static str {
    match &client.changed_by {
        Some(ChangedBy::Person(sub)) if sub == visit.subject() => "you",
        Some(ChangedBy::Person(sub)) if client.owner.as_ref() == Some(sub) => "its owner",
        Some(ChangedBy::Person(_) | ChangedBy::Administrator) => "an administrator",
        Some(ChangedBy::Itself) => "the client itself",
        None => "somebody",
    }
}

/// The client was changed since the form was shown: both values are shown, and nothing was done.
async fn stale(visit: &Visit<'_, impl Reaches>, client: &Seen<Client>, values: ClientValues) -> PageResult {
    let conflicts = differing(&values_from(&client.metadata), &values);
    let mut page = visit.client_page(Some(client), values).await?;
    page.conflicts = conflicts;
    let when = dates::moment_in_words(client.updated_at).unwrap_or_default();
    let said = format!("This client was changed by {} at {when}.", changer(visit, client));
    page.frame.faults = vec![fault("conflicts", said)];
    Ok(visit.page_with(StatusCode::CONFLICT, &page))
}
