//! `/account/clients/{client_id}/problems`: why a client was refused lately.

use pages::account::{ClientPart, Problems};
use smart::client::ClientId;
use smart::operations::problems;

use crate::desk::Reaches;
use crate::refusal::PageResult;
use crate::visit::Visit;

pub(crate) async fn show(visit: &Visit<'_, impl Reaches>, id: &ClientId) -> PageResult {
    let (client, latest) = problems::latest(&visit.operations, id).await?;
    let page = Problems {
        frame: visit.frame_of_clients(Some(&client)).await?,
        known: visit.known(&client, ClientPart::Problems),
        latest: latest.into_iter().map(Into::into).collect(),
    };
    Ok(visit.page(&page))
}
