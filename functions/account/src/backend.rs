//! What a backend service needs.

use pages::account::{Backend, Section, samples};
use smart::client::ClientKind;

use crate::desk::Reaches;
use crate::refusal::PageResult;
use crate::visit::{Visit, link};

pub(crate) async fn show(visit: &Visit<'_, impl Reaches>) -> PageResult {
    let service = visit.operations.service;
    let (owned, _) = visit.own_clients(50).await?;
    let backends = owned.iter().filter(|client| client.metadata.kind() == ClientKind::Backend);
    let page = Backend {
        frame: visit.frame(Section::Backend),
        token_endpoint: service.token_endpoint().to_owned(),
        audiences: service.assertion_audiences().iter().map(|audience| (*audience).to_owned()).collect(),
        algorithms: service.assertion_algorithms().names(),
        services: backends.map(|client| link(client, false)).collect(),
        making_keys: samples::making_keys(),
    };
    Ok(visit.page(&page))
}
