//! The first page: the addresses of this service.

use pages::account::{Home, Section};

use crate::desk::Reaches;
use crate::refusal::PageResult;
use crate::visit::Visit;

pub(crate) async fn show(visit: &Visit<'_, impl Reaches>) -> PageResult {
    let service = visit.operations.service;
    let fhir = service.fhir_base_url();
    let addresses = vec![
        ("FHIR base URL", fhir.to_owned()),
        ("Issuer", service.issuer().to_owned()),
        ("Authorize", service.authorization_endpoint().to_owned()),
        ("Token", service.token_endpoint().to_owned()),
        ("JWKS", service.jwks_uri().to_owned()),
        ("SMART configuration", format!("{fhir}/.well-known/smart-configuration")),
        ("Capability statement", format!("{fhir}/metadata")),
    ];
    let has_client = !visit.own_clients(1).await?.0.is_empty();
    Ok(visit.page(&Home { frame: visit.frame(Section::Home), has_client, addresses }))
}
