//! The test token tool: a public client of our own, registered when it is first needed. Nothing about it is special to the
//! authorization and token endpoints, besides that its tokens are short.

use serde_json::json;
use smart::client::{Client, ClientId, ClientMetadata, TEST_TOKEN_TOOL};
use smart::error::Unreachable;
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

    /// Sees to it that the tool is registered as it should be. Its id is not one that is ever drawn, so nobody has it.
    pub(super) async fn register_tool(&self) -> Result<(), Unreachable> {
        let id: ClientId = TEST_TOKEN_TOOL.parse().map_err(|_| Unreachable::new("clients", "no id"))?;
        let members = json!({
            "client_name": "Test token tool", "redirect_uris": [self.callback()],
            "token_endpoint_auth_method": "none", "scope": self.tool_scopes().to_string(),
        });
        let metadata = ClientMetadata::check(members.as_object().unwrap_or(&serde_json::Map::new()));
        let metadata = metadata.map_err(|errors| Unreachable::new("clients", format!("{errors:?}")))?;
        match self.store().current(&id).await? {
            None => self.store().create(&Client::new(id, metadata, self.now)).await.map(drop),
            Some(known) if known.metadata == metadata => Ok(()),
            Some(known) => {
                let next = known.changed(self.now, |client| client.metadata = metadata);
                self.store().replace(&next, known.version).await.map(drop)
            }
        }
    }
}
