//! Pages that only show: the first one, the test patients, and what a backend service needs.

use http::StatusCode;
use pages::account::{Backend, Home, Section, TestPatients, samples};
use smart::client::ClientKind;
use web::Response;

use super::visit::{Visit, link};
use crate::Reaches;
use crate::call::Answer;

pub(super) async fn show(visit: &Visit<'_, impl Reaches>) -> Answer {
    let service = &visit.ports.service;
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
    let page = Home { frame: visit.bare_frame(Section::Home), has_client, addresses };
    Ok(visit.respond(&page, StatusCode::OK))
}

pub(super) async fn patients(visit: &Visit<'_, impl Reaches>) -> Result<Response, Box<Response>> {
    let home = visit.home();
    if !home.site.sandbox {
        return Err(visit.not_found());
    }
    let page = TestPatients { frame: visit.bare_frame(Section::Patients), people: home.people.clone() };
    Ok(visit.respond(&page, StatusCode::OK))
}

pub(super) async fn backend(visit: &Visit<'_, impl Reaches>) -> Answer {
    let service = &visit.ports.service;
    let (owned, _) = visit.own_clients(50).await?;
    let backends = owned.iter().filter(|client| client.metadata.kind() == ClientKind::Backend);
    let page = Backend {
        frame: visit.bare_frame(Section::Backend),
        token_endpoint: service.token_endpoint().to_owned(),
        audiences: service.assertion_audiences().iter().map(|audience| (*audience).to_owned()).collect(),
        algorithms: service.assertion_algorithms().names(),
        services: backends.map(|client| link(client, false)).collect(),
        making_keys: samples::making_keys(),
    };
    Ok(visit.respond(&page, StatusCode::OK))
}
