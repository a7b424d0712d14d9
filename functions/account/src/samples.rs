//! `/account/clients/{client_id}/samples`: code for a client.

use pages::account::{ClientPart, Samples, samples as code};
use smart::client::ClientId;

use crate::client_form::{kind_of, values_from};
use crate::desk::Reaches;
use crate::refusal::PageResult;
use crate::visit::Visit;

pub(crate) async fn show(visit: &Visit<'_, impl Reaches>, id: &ClientId) -> PageResult {
    let client = visit.client(id).await?;
    let scope = client.metadata.scope.to_string();
    let subject = code::Subject {
        kind: kind_of(&client.metadata),
        secret_in_body: values_from(&client.metadata).secret_in_body,
        client_id: id.as_str(),
        redirect_uri: client.metadata.redirect_uris.first().map_or("", |uri| uri.as_str()),
        scope: &scope,
    };
    let page = Samples {
        frame: visit.frame_of_clients(Some(&client)).await?,
        known: visit.known(&client, ClientPart::Samples),
        samples: code::of(&subject, visit.operations.service).to_vec(),
        test_launch: visit.test_launch_of(&client),
    };
    Ok(visit.page(&page))
}
