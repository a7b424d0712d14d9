//! Recent problems, in the replay table: both are what is known for a while of how clients proved themselves. One item a
//! client, and in it one attribute a kind of problem, so that a problem is kept by one write and without reading.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use serde_dynamo::to_attribute_value;
use smart::client::ClientId;
use smart::error::Unreachable;
use smart::ports::{ProblemReader, ProblemWriter};
use smart::random;
use smart::registration::Problem;
use smart_verify::time::UnixSeconds;

use super::Tables;
use super::item::{from_item, number, text, unreachable};
use super::needs::{Needs, need};
use super::table::Table;
use crate::causes;

/// How long a refusal waits at most for its problem to be kept.
const ANSWER_TIMEOUT: Duration = Duration::from_millis(500);

/// No assertion has such a key: those are hashes of an id and a `jti` with a NUL between, and it stands in front here.
fn key(client_id: &ClientId) -> String {
    random::sha256(format!("\0problems {client_id}").as_bytes())
}

/// What the ports of this file take of DynamoDB.
pub(super) const NEEDS: &[Needs] = &[
    Needs { port: "ProblemWriter", calls: &[need(Table::Replay, "UpdateItem")] },
    Needs { port: "ProblemReader", calls: &[need(Table::Replay, "GetItem")] },
];

impl ProblemWriter for Tables {
    async fn keep(&self, of: &ClientId, problem: &Problem) {
        let place = (of.clone(), problem.kind());
        if self.kept_problems.get(&place, problem.at).is_some() {
            return;
        }
        self.kept_problems.put(place, &Arc::new(()), problem.at);
        let cause = match tokio::time::timeout(ANSWER_TIMEOUT, self.write_problem(of, problem)).await {
            Ok(Ok(())) => return,
            Ok(Err(error)) => causes(&error),
            Err(_) => "it takes too long".to_owned(),
        };
        tracing::warn!(cause, "a problem of a client was not kept");
    }
}

impl ProblemReader for Tables {
    async fn problems(&self, of: &ClientId, now: UnixSeconds) -> Result<Vec<Problem>, Unreachable> {
        let read = self.db.get_item().table_name(self.name(Table::Replay)?).key("key", text(key(of)));
        let answer = read.send().await.map_err(unreachable("replay: GetItem"))?;
        let kept = answer.item.unwrap_or_default().into_values().filter_map(|value| match value {
            AttributeValue::M(problem) => Some(from_item(problem)),
            _ => None,
        });
        Ok(Problem::latest(kept.collect::<Result<_, _>>()?, now))
    }
}

impl Tables {
    async fn write_problem(&self, of: &ClientId, problem: &Problem) -> Result<(), Unreachable> {
        let value = to_attribute_value(problem).map_err(|error| Unreachable::new("an item", error))?;
        let update = self.db.update_item().table_name(self.name(Table::Replay)?).key("key", text(key(of)));
        let update = update
            .update_expression("SET #kind = :problem, expires_at = :end")
            .expression_attribute_names("#kind", problem.kind())
            .expression_attribute_values(":problem", value)
            .expression_attribute_values(":end", number((problem.at + Problem::LIFETIME).0));
        update.send().await.map(drop).map_err(unreachable("replay: UpdateItem"))
    }
}
