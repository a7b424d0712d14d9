//! Why a client was refused lately.

use super::{OperationRefused, Operations, Seen, clients};
use crate::client::{Client, ClientId};
use crate::ports::{ClientWriter, ProblemReader, World};
use crate::registration::Problem;

/// A client that the actor may see, with its latest problems, the newest first.
///
/// # Errors
/// `NotFound` when there is no such client, or it is another user's.
pub async fn latest(
    operations: &Operations<'_, impl World<Store: ClientWriter + ProblemReader>>,
    id: &ClientId,
) -> Result<(Seen<Client>, Vec<Problem>), OperationRefused> {
    let client = clients::read(operations, id).await?;
    let problems = operations.store.problems(id, operations.now).await?;
    Ok((client, problems))
}
