//! Lists of clients.

use form_urlencoded::Serializer;
use http::StatusCode;
use pages::account::{Clients, Section};
use smart::operations::clients::{self, ListedClients};
use smart::ports::Cursor;
use web::respond;

use super::visit::{Visit, link};
use crate::Reaches;
use crate::call::Answer;

/// How many a page shows, of as many that were looked at: a search goes on from page to page.
const A_PAGE: usize = 20;

/// `/account/clients`: the form for a new one beside the list; with `all` or a search the list itself.
pub(super) async fn own(visit: &Visit<'_, impl Reaches>) -> Answer {
    if visit.query("all").is_none() {
        return match visit.query("done") {
            None => Ok(respond::see_other("/account/clients/new")),
            Some(_) => super::client::ask(visit).await,
        };
    }
    let after = visit.query("after").map(Cursor);
    show(visit, ListedClients::OwnedBy(visit.subject()), after.as_ref()).await
}

/// `/account/all-clients`, for administrators.
pub(super) async fn all(visit: &Visit<'_, impl Reaches>) -> Answer {
    let after = visit.query("after").map(Cursor);
    show(visit, ListedClients::All, after.as_ref()).await
}

async fn show(visit: &Visit<'_, impl Reaches>, whose: ListedClients<'_>, after: Option<&Cursor>) -> Answer {
    let page = clients::list(&visit.operations(), whose, after, A_PAGE).await;
    let page = page.map_err(|why| visit.not_done(why))?;
    let (items, next) = page.map(|page| (page.items, page.next)).unwrap_or_default();
    let query = visit.query("q").unwrap_or_default();
    let words = query.to_lowercase();
    let found = items.iter().filter(|client| client.metadata.client_name.to_lowercase().contains(&words));
    let everybodys = matches!(whose, ListedClients::All);
    let section = if everybodys { Section::AllClients } else { Section::Clients };
    let lines =
        found.map(|client| (link(client, false), client.owner.clone().filter(|_| everybodys))).collect();
    let path = if everybodys { "/account/all-clients" } else { "/account/clients" };
    let next_url = next.map(|Cursor(after)| {
        let query = Serializer::new(String::new())
            .extend_pairs([("all", "yes"), ("q", query.as_str()), ("after", after.as_str())])
            .finish();
        format!("{path}?{query}")
    });
    let page = Clients { frame: visit.frame(section, None).await?, clients: lines, query, next_url };
    Ok(visit.respond(&page, StatusCode::OK))
}
