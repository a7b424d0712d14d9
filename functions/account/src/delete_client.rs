//! `/account/clients/{client_id}/delete`: asks first.

use pages::account::{ClientPart, DeleteClient};
use smart::client::ClientId;
use smart::operations::clients;
use web::{notes, respond};

use crate::desk::Reaches;
use crate::refusal::PageResult;
use crate::visit::Visit;

pub(crate) async fn show(visit: &Visit<'_, impl Reaches>, id: &ClientId) -> PageResult {
    let client = visit.client(id).await?;
    let page = DeleteClient {
        frame: visit.frame_of_clients(Some(&client)).await?,
        form: visit.form_to(&format!("/account/clients/{id}/delete")),
        known: visit.known(&client, ClientPart::Settings),
    };
    Ok(visit.page(&page))
}

pub(crate) async fn submit(visit: &Visit<'_, impl Reaches>, id: &ClientId) -> PageResult {
    visit.sent()?;
    let client = visit.client(id).await?;
    let done = clients::delete(&visit.operations, &client).await?;
    Ok(notes::with(done.record, respond::see_other("/account/clients?done=deleted")))
}
