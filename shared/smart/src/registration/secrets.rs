//! The secrets of a client: two at most are live, so that one can take over from the other.

use std::time::Duration;

use smart_verify::time::UnixSeconds;

use crate::client::{Client, ClientSecret, StoredSecret};

/// How many secrets of a client are live at most.
pub const LIVE_SECRETS: usize = 2;

/// Why the secrets of a client stay as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretRefused {
    /// The client proves itself by something else.
    #[error("this client has no secrets; its token_endpoint_auth_method is another.")]
    UsesNone,
    /// Two are live.
    #[error("two secrets are live; end one of them first.")]
    TwoAreLive,
    /// There is no such secret.
    #[error("the client has no live secret of this id.")]
    Unknown,
    /// It is the only one.
    #[error("this is the only secret that is live; add another before you end it.")]
    TheOnlyOne,
    /// It is one of those that are live.
    #[error("this secret is live already; take another.")]
    LiveAlready,
}

impl Client {
    /// The client with one secret more. The others end after `others_end_in`, if it is given and they do not end sooner.
    ///
    /// # Errors
    /// When two secrets are live already, or this one is, or it has none at all.
    pub fn with_secret(
        &self,
        secret: &ClientSecret,
        expires_at: Option<UnixSeconds>,
        others_end_in: Option<Duration>,
        now: UnixSeconds,
    ) -> Result<Self, SecretRefused> {
        if !self.metadata.token_endpoint_auth_method.uses_secret() {
            return Err(SecretRefused::UsesNone);
        }
        let mut secrets = self.live_secrets(now);
        if secrets.len() >= LIVE_SECRETS {
            return Err(SecretRefused::TwoAreLive);
        }
        if secrets.iter().any(|known| known.is(secret.reveal(), now)) {
            return Err(SecretRefused::LiveAlready);
        }
        if let Some(overlap) = others_end_in {
            secrets.iter_mut().for_each(|other| end_at(other, now + overlap));
        }
        let mut stored = secret.stored(now);
        stored.expires_at = expires_at;
        secrets.push(stored);
        Ok(self.changed(now, |client| client.secrets = secrets))
    }

    /// The client with one secret ending after a while, or at once.
    ///
    /// # Errors
    /// When there is no such secret, or it is the only one.
    pub fn without_secret(
        &self,
        id: &str,
        ends_in: Duration,
        now: UnixSeconds,
    ) -> Result<Self, SecretRefused> {
        let mut secrets = self.live_secrets(now);
        let lasting = secrets.len();
        let secret = secrets.iter_mut().find(|secret| secret.id() == id).ok_or(SecretRefused::Unknown)?;
        if lasting == 1 {
            return Err(SecretRefused::TheOnlyOne);
        }
        end_at(secret, now + ends_in);
        secrets.retain(|secret| secret.is_live(now));
        Ok(self.changed(now, |client| client.secrets = secrets))
    }

    fn live_secrets(&self, now: UnixSeconds) -> Vec<StoredSecret> {
        self.secrets.iter().filter(|secret| secret.is_live(now)).cloned().collect()
    }

    /// The next version of a client, of which nobody has said yet who made it.
    #[must_use]
    pub fn changed(&self, now: UnixSeconds, change: impl FnOnce(&mut Self)) -> Self {
        let mut next = Self { updated_at: now, changed_by: None, version: self.version + 1, ..self.clone() };
        change(&mut next);
        next
    }
}

fn end_at(secret: &mut StoredSecret, moment: UnixSeconds) {
    secret.expires_at = Some(secret.expires_at.map_or(moment, |end| end.min(moment)));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::client::ClientMetadata;

    const NOW: UnixSeconds = UnixSeconds(1_000);

    fn client(method: &str) -> (Client, ClientSecret) {
        let metadata = json!({
            "client_name": "App", "redirect_uris": ["https://app.example.org/cb"],
            "token_endpoint_auth_method": method, "scope": "patient/*.rs",
        });
        let secret = ClientSecret::generate();
        let metadata = ClientMetadata::check(metadata.as_object().unwrap()).unwrap();
        let mut client = Client::new("app".parse().unwrap(), metadata, NOW);
        client.secrets = vec![secret.stored(NOW)];
        (client, secret)
    }

    #[test]
    fn rg_12_a_secret_is_replaced_with_an_overlap() {
        let (client, old) = client("client_secret_basic");
        let new = ClientSecret::generate();
        let both = client.with_secret(&new, None, Some(Duration::from_secs(3600)), NOW).unwrap();
        let good = |client: &Client, secret: &ClientSecret, at| {
            client.secrets.iter().any(|known| known.is(secret.reveal(), UnixSeconds(at)))
        };
        assert!(good(&both, &old, 4_599) && good(&both, &new, 4_599));
        assert!(!good(&both, &old, 4_600) && good(&both, &new, 4_600));
        assert_eq!(both.version, 2);
        let later = UnixSeconds(4_600);
        let third = both.with_secret(&ClientSecret::generate(), None, None, later).unwrap();
        assert_eq!(third.secrets.len(), 2, "the ended one is gone");
    }

    #[test]
    fn rg_12_two_are_live_at_most_and_one_at_least() {
        let (client, _) = client("client_secret_post");
        let only = client.secrets[0].id().to_owned();
        assert_eq!(client.without_secret(&only, Duration::ZERO, NOW), Err(SecretRefused::TheOnlyOne));
        let second = ClientSecret::generate();
        let both = client.with_secret(&second, None, None, NOW).unwrap();
        let third = both.with_secret(&ClientSecret::generate(), None, None, NOW);
        assert_eq!(third, Err(SecretRefused::TwoAreLive));
        let again =
            both.without_secret(&only, Duration::ZERO, NOW).unwrap().with_secret(&second, None, None, NOW);
        assert_eq!(again, Err(SecretRefused::LiveAlready), "two that are one could not be told apart");
        assert_eq!(both.without_secret("nothing", Duration::ZERO, NOW), Err(SecretRefused::Unknown));
        let left = both.without_secret(&only, Duration::ZERO, NOW).unwrap();
        assert_eq!(left.secrets.len(), 1);
        assert_ne!(left.secrets[0].id(), only);
    }

    #[test]
    fn a_public_client_has_none() {
        let (client, secret) = client("none");
        assert_eq!(client.with_secret(&secret, None, None, NOW), Err(SecretRefused::UsesNone));
    }
}
