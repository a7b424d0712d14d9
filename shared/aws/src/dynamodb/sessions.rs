//! The sessions table: one item a session, by the hash of the cookie's id.

use smart::error::Unreachable;
use smart::ports::SessionStore;
use smart::session::Session;

use super::Tables;
use super::item::{from_item, text, to_item, unreachable};

impl SessionStore for Tables {
    async fn session(&self, id: &str) -> Result<Option<Session>, Unreachable> {
        let read =
            self.db.get_item().table_name(&self.names.sessions).key("id", text(id)).consistent_read(true);
        let answer = read.send().await.map_err(unreachable("sessions: GetItem"))?;
        answer.item.map(from_item).transpose()
    }

    async fn begin(&self, session: &Session) -> Result<(), Unreachable> {
        let put = self.db.put_item().table_name(&self.names.sessions).set_item(Some(to_item(session)?));
        put.send().await.map(drop).map_err(unreachable("sessions: PutItem"))
    }

    async fn end(&self, id: &str) -> Result<(), Unreachable> {
        let delete = self.db.delete_item().table_name(&self.names.sessions).key("id", text(id));
        delete.send().await.map(drop).map_err(unreachable("sessions: DeleteItem"))
    }
}
