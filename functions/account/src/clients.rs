//! Lists of clients.

use form_urlencoded::Serializer;
use pages::account::{Clients, Section};
use smart::operations::clients::{self, ListedClients};
use smart::ports::Cursor;
use web::respond;

use crate::desk::Reaches;
use crate::new_client;
use crate::refusal::PageResult;
use crate::visit::{Visit, link};

/// How many clients are read for a page. A search continues from page to page.
const A_PAGE: usize = 20;

/// `/account/clients`: the form for a new one with the list; with `all` or a search the list itself.
pub(crate) async fn show(visit: &Visit<'_, impl Reaches>) -> PageResult {
    match (visit.query("all"), visit.query("done")) {
        (Some(_), _) => list(visit, ListedClients::OwnedBy(visit.subject())).await,
        (None, Some(_)) => new_client::show(visit).await,
        (None, None) => Ok(respond::see_other("/account/clients/new")),
    }
}

/// `/account/all-clients`, for administrators.
pub(crate) async fn show_all(visit: &Visit<'_, impl Reaches>) -> PageResult {
    list(visit, ListedClients::All).await
}

async fn list(visit: &Visit<'_, impl Reaches>, whose: ListedClients<'_>) -> PageResult {
    let after = visit.query("after").map(Cursor);
    let page = clients::list(&visit.operations, whose, after.as_ref(), A_PAGE).await?;
    let (items, next) = page.map(|page| (page.items, page.next)).unwrap_or_default();
    let query = visit.query("q").unwrap_or_default();
    let words = query.to_lowercase();
    let found = items.iter().filter(|client| client.metadata.client_name.to_lowercase().contains(&words));
    let (frame, path, names_owners) = match whose {
        ListedClients::All => (visit.frame(Section::AllClients), "/account/all-clients", true),
        ListedClients::OwnedBy(_) => (visit.frame_of_clients(None).await?, "/account/clients", false),
    };
    let owner = |owner: &Option<String>| owner.clone().filter(|_| names_owners);
    let lines = found.map(|client| (link(client, false), owner(&client.owner))).collect();
    let next_url = next.map(|Cursor(after)| {
        let query = Serializer::new(String::new())
            .extend_pairs([("all", "yes"), ("q", query.as_str()), ("after", after.as_str())])
            .finish();
        format!("{path}?{query}")
    });
    Ok(visit.page(&Clients { frame, clients: lines, query, next_url }))
}
