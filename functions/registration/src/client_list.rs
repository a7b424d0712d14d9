//! `GET /clients`: newest first, in pages, of an owner, a state, a kind, or with some words in the name.

use serde_json::Value;
use smart::client::{Client, ClientKind};
use smart::operations::clients::{self, ListedClients};
use smart::parameters::Parameters;
use smart::ports::Cursor;
use web::Response;

use crate::Reaches;
use crate::call::{ApiResult, Call, bad_query, not_done};
use crate::client_view::representation;
use crate::pagination::PageBuilder;

/// Which clients are wanted.
struct Filter {
    owner: Option<String>,
    status: Option<String>,
    kind: Option<ClientKind>,
    words: Option<String>,
}

impl Filter {
    fn asked(query: &Parameters) -> Result<Self, Box<Response>> {
        let get = |name| query.get(name).map_err(|error| bad_query(error.sentence()));
        let status = get("status")?.map(str::to_owned);
        if status.as_deref().is_some_and(|status| !["active", "disabled", "pending"].contains(&status)) {
            return Err(bad_query("status must be active, disabled or pending."));
        }
        let kind = get("kind")?.map(|kind| serde_json::from_value(Value::from(kind)));
        let kind = kind.transpose().map_err(|_| {
            bad_query("kind must be public, confidential-symmetric, confidential-asymmetric or backend.")
        })?;
        let owner = get("owner")?.filter(|owner| owner.len() <= 128).map(str::to_owned);
        Ok(Self { owner, status, kind, words: get("q")?.map(str::to_lowercase) })
    }

    const fn is_empty(&self) -> bool {
        self.status.is_none() && self.kind.is_none() && self.words.is_none()
    }

    fn keeps(&self, client: &Client) -> bool {
        let has = |words: &String| {
            client.metadata.client_name.to_lowercase().contains(words)
                || client.client_id.as_str().to_lowercase().contains(words)
        };
        self.status.as_deref().is_none_or(|status| status == client.status())
            && self.kind.is_none_or(|kind| kind == client.metadata.kind())
            && self.words.as_ref().is_none_or(has)
    }
}

pub(crate) async fn list(call: &Call<'_, impl Reaches>) -> ApiResult {
    let query = call.query()?;
    let filter = Filter::asked(&query)?;
    let operations = call.operations();
    let whose = filter.owner.as_deref().map_or(ListedClients::All, ListedClients::OwnedBy);
    let mut builder = PageBuilder::from_query(&query, !filter.is_empty())?;
    while let Some((cursor, size)) = builder.wanted() {
        let page = clients::list(&operations, whose, cursor, size).await;
        let place = |client: &Client| Cursor::behind(client.created_at, client.client_id.as_str());
        builder.take(page.map_err(not_done)?, |client| filter.keeps(client), place)?;
    }
    Ok(builder.answer("/clients", &query, representation))
}
