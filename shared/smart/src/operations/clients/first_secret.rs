//! The first secret of a client, and what other metadata makes of its secrets.

use smart_verify::time::UnixSeconds;

use crate::client::{Client, ClientMetadata, ClientSecret, StoredSecret};

/// What is kept of the first secret of a client, and that secret itself if it was generated here and must be shown.
pub(super) fn first_secret(
    chosen: Option<&ClientSecret>,
    now: UnixSeconds,
) -> (StoredSecret, Option<ClientSecret>) {
    match chosen {
        Some(chosen) => (chosen.stored(now), None),
        None => {
            let drawn = ClientSecret::generate();
            (drawn.stored(now), Some(drawn))
        }
    }
}

impl Client {
    /// The next version of a client with other metadata. Secrets stay while it uses them; a client that begins to gets
    /// the one that was chosen for it, or one that is drawn, and said.
    pub fn with_metadata(
        &self,
        metadata: ClientMetadata,
        chosen: Option<&ClientSecret>,
        now: UnixSeconds,
    ) -> (Self, Option<ClientSecret>) {
        let has_secret = metadata.token_endpoint_auth_method.uses_secret();
        let (secrets, fresh) = match has_secret {
            true if self.secrets.is_empty() => {
                let (kept, drawn) = first_secret(chosen, now);
                (vec![kept], drawn)
            }
            true => (self.secrets.clone(), None),
            false => (Vec::new(), None),
        };
        let next = self.changed(now, |client| {
            client.metadata = metadata;
            client.secrets = secrets;
        });
        (next, fresh)
    }
}
