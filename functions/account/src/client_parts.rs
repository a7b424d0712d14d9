//! The pages that belong to a client: its samples and its recent problems.

use http::StatusCode;
use pages::account::{ClientPart, Problems, Samples, Section, samples as code};
use smart::client::ClientId;
use smart::operations::problems;

use super::client_form::{kind_of, values_from};
use super::visit::Visit;
use crate::Reaches;
use crate::call::Answer;

pub(super) async fn samples(visit: &Visit<'_, impl Reaches>, id: &ClientId) -> Answer {
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
        frame: visit.frame(Section::Clients, Some(&client)).await?,
        known: visit.known(&client, ClientPart::Samples),
        samples: code::of(&subject, &visit.ports.service).to_vec(),
        test_launch: visit.test_launch_of(&client),
    };
    Ok(visit.respond(&page, StatusCode::OK))
}

pub(super) async fn recent_problems(visit: &Visit<'_, impl Reaches>, id: &ClientId) -> Answer {
    let latest = problems::latest(&visit.operations(), id).await;
    let (client, latest) = latest.map_err(|why| visit.not_done(why))?;
    let page = Problems {
        frame: visit.frame(Section::Clients, Some(&client)).await?,
        known: visit.known(&client, ClientPart::Problems),
        latest: latest.into_iter().map(Into::into).collect(),
    };
    Ok(visit.respond(&page, StatusCode::OK))
}
