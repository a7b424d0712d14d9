//! The test token tool: a public client of our own, registered when it is first needed. Nothing about it is special to the
//! authorization and token endpoints, besides that its tokens are short.

use serde_json::json;
use smart::audit::{Event, Record};
use smart::client::{Client, ClientId, ClientMetadata, TEST_TOKEN_TOOL};
use smart::error::Unreachable;
use smart::ports::{Changed, Created};
use smart::scope::{LastingScope, Scope, ScopeSet};

use super::visit::Visit;
use crate::Store;

/// Where the authorization endpoint answers it.
pub(super) const CALLBACK: &str = "/account/tokens/callback";

impl<S: Store, K, J> Visit<'_, S, K, J> {
    /// The address where the authorization endpoint answers the tool.
    pub(super) fn callback(&self) -> String {
        format!("{}{CALLBACK}", self.ports.service.issuer())
    }

    /// What the tool may ask for: what anybody may have, except access that lasts.
    pub(super) fn tool_scopes(&self) -> ScopeSet {
        let ends =
            |scope: &&Scope| !matches!(scope, Scope::Lasting(LastingScope::Offline | LastingScope::Online));
        self.home().ceilings.of_anybody().iter().filter(ends).cloned().collect()
    }

    /// Sees to it that the tool is registered as it should be. Its id is not one that is ever drawn, so nobody has it. Says
    /// what to record, if it was not.
    pub(super) async fn register_tool(&self) -> Result<Option<Record>, Unreachable> {
        let id: ClientId = TEST_TOKEN_TOOL.parse().map_err(|_| Unreachable::new("clients", "no id"))?;
        let members = json!({
            "client_name": "Test token tool", "redirect_uris": [self.callback()],
            "token_endpoint_auth_method": "none", "scope": self.tool_scopes().to_string(),
        });
        let metadata = ClientMetadata::check(members.as_object().unwrap_or(&serde_json::Map::new()));
        let metadata = metadata.map_err(|errors| Unreachable::new("clients", format!("{errors:?}")))?;
        match self.store().current(&id).await? {
            None => {
                let tool = Client::new(id, metadata, self.now);
                let is_new = self.store().create(&tool).await? == Created::Created;
                Ok(is_new.then(|| self.of_client(Event::ClientRegistered, None, Some(&tool))))
            }
            Some(known) if known.metadata == metadata => Ok(None),
            Some(known) => {
                let next = known.changed(self.now, |client| client.metadata = metadata);
                let is_changed = self.store().replace(&next, known.version).await? == Changed::Changed;
                Ok(is_changed.then(|| self.of_client(Event::ClientChanged, Some(&known), Some(&next))))
            }
        }
    }
}
