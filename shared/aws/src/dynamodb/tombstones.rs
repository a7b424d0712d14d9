//! Revoked tokens of backend services, in the grants table: they have no grant there, and both are asked for by whoever
//! asks whether a token is still good.

use smart::error::Unreachable;
use smart::ports::Tombstones;
use smart::random;
use smart_verify::time::UnixSeconds;

use super::Tables;
use super::item::{number, text, unreachable};
use super::needs::{Needs, need};
use super::table::Table;

/// No grant has such a key: those are hashes of 16 bytes, and a NUL stands in front here.
fn key(jti: &str) -> String {
    random::sha256(format!("\0jti {jti}").as_bytes())
}

/// What the ports of this file take of DynamoDB.
pub(super) const NEEDS: &[Needs] =
    &[Needs { port: "Tombstones", calls: &[need(Table::Grants, "PutItem"), need(Table::Grants, "GetItem")] }];

impl Tombstones for Tables {
    async fn bury(&self, jti: &str, until: UnixSeconds) -> Result<(), Unreachable> {
        let put = self.db.put_item().table_name(self.name(Table::Grants)?);
        let put = put.item("key", text(key(jti))).item("expires_at", number(until.0));
        put.send().await.map(drop).map_err(unreachable("grants: PutItem"))
    }

    async fn is_buried(&self, jti: &str) -> Result<bool, Unreachable> {
        let read = self.db.get_item().table_name(self.name(Table::Grants)?).key("key", text(key(jti)));
        let answer = read.consistent_read(true).send().await.map_err(unreachable("grants: GetItem"))?;
        Ok(answer.item.is_some())
    }
}
