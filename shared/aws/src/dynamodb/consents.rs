//! The consents table: what people decided, beside the grants that came of it.

use smart::consent::ScopeReport;
use smart::error::Unreachable;
use smart::grant::GrantKey;
use smart::ports::ConsentReader;

use super::Tables;
use super::item::{from_item, text, unreachable};

impl ConsentReader for Tables {
    async fn report(&self, key: &GrantKey) -> Result<Option<ScopeReport>, Unreachable> {
        let read = self
            .db
            .get_item()
            .table_name(&self.names.consents)
            .key("key", text(&key.0))
            .consistent_read(true);
        let answer = read.send().await.map_err(unreachable("consents: GetItem"))?;
        answer.item.map(from_item).transpose()
    }
}
