//! When consent is skipped: a user who allowed the same before is not asked again.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use smart_verify::scope::{LastingScope, Scope, ScopeSet};
use smart_verify::time::UnixSeconds;

use crate::client::{AuthMethod, Client, ClientId};
use crate::grant::{Grant, Lasting};
use crate::narrowing::GrantedScopes;
use crate::random;

/// How long a consent is remembered: 90 days.
pub const REMEMBERED_DAYS: u32 = 90;

/// What a person allowed a client for one patient, so that they need not be asked the same again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// A hash of person, client and patient.
    pub key: String,
    /// The client.
    pub client_id: ClientId,
    /// The subject of the person.
    #[serde(rename = "sub")]
    pub subject: String,
    /// What was allowed.
    pub scope: ScopeSet,
    /// What the client was when it was allowed: where it is answered and how it proves itself.
    pub client: String,
    /// Until when the app may get data while the person is away, if that was allowed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lasting_until: Option<UnixSeconds>,
    /// When it was allowed.
    pub allowed_at: UnixSeconds,
    /// Until when it counts.
    pub expires_at: UnixSeconds,
}

impl Consent {
    /// The key of what a person allows a client for a patient, or for none.
    pub fn key_of(subject: &str, client_id: &ClientId, patient: Option<&str>) -> String {
        let parts = (subject, client_id.as_str(), patient);
        // JSON keeps the parts apart.
        random::sha256(serde_json::json!(["consent", parts]).to_string().as_bytes())
    }

    /// The consent that a grant is the witness of, to be remembered for so long.
    pub fn of(grant: &Grant, client: &Client, remembered: Duration) -> Self {
        Self {
            key: Self::key_of(&grant.person.subject, &grant.client_id, grant.context.patient.as_deref()),
            client_id: grant.client_id.clone(),
            subject: grant.person.subject.clone(),
            scope: grant.scope.set().clone(),
            client: identity(client),
            lasting_until: match grant.stage.lasting() {
                Some(Lasting::Offline { until }) => Some(*until),
                _ => None,
            },
            allowed_at: grant.issued_at,
            expires_at: grant.issued_at + remembered,
        }
    }

    /// Whether it spares the person the question: nothing is asked beyond it, the client is what it was, and can be
    /// trusted to be itself, since it proves so or is answered at an https address.
    pub fn spares(
        &self,
        asked: &GrantedScopes,
        client: &Client,
        redirect_uri: &str,
        now: UnixSeconds,
    ) -> bool {
        let is_itself = client.metadata.token_endpoint_auth_method != AuthMethod::None
            || redirect_uri.starts_with("https://");
        let the_same = self.client == identity(client) && self.client_id == client.client_id;
        let lasts = asked.set().has(&Scope::Lasting(LastingScope::Offline));
        let in_time =
            now < self.expires_at && (!lasts || self.lasting_until.is_some_and(|until| now < until));
        is_itself && the_same && in_time && self.scope.contains(asked.set())
    }
}

/// What makes a client another one, as far as people trusted it.
fn identity(client: &Client) -> String {
    let metadata = &client.metadata;
    let how = (metadata.token_endpoint_auth_method, metadata.jwks_uri.as_ref());
    random::sha256(serde_json::json!([metadata.redirect_uris, how]).to_string().as_bytes())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::client::ClientMetadata;
    use crate::narrowing::RequestedScopes;

    const REMEMBERED: Duration = Duration::from_secs(90 * 24 * 3600);

    fn client(method: &str, redirect_uri: &str) -> Client {
        let metadata = json!({
            "client_name": "App", "redirect_uris": [redirect_uri], "token_endpoint_auth_method": method,
            "scope": "patient/*.rs",
        });
        let metadata = ClientMetadata::check(metadata.as_object().unwrap()).unwrap();
        Client::new("app".parse().unwrap(), metadata, UnixSeconds(0))
    }

    fn granted(scope: &str) -> GrantedScopes {
        let scope = ScopeSet::parse(scope);
        RequestedScopes::all_registered(&scope).narrow_to(&scope, &scope).granted
    }

    #[test]
    fn pg_25_a_consent_spares_what_is_within_it_from_the_same_client() {
        const URI: &str = "https://app.example.org/cb";
        let web = client("client_secret_basic", URI);
        let now = UnixSeconds(1_000);
        let consent = Consent {
            key: Consent::key_of("sub", &web.client_id, Some("1")),
            client_id: web.client_id.clone(),
            subject: "sub".to_owned(),
            scope: ScopeSet::parse("launch/patient patient/*.rs offline_access"),
            client: identity(&web),
            lasting_until: Some(now + REMEMBERED / 3),
            allowed_at: now,
            expires_at: now + REMEMBERED,
        };
        let spares =
            |scope: &str, client: &Client, uri: &str, at| consent.spares(&granted(scope), client, uri, at);
        assert!(spares("launch/patient patient/*.rs", &web, URI, now));
        assert!(spares("patient/Observation.r", &web, URI, now));
        assert!(spares("patient/*.rs offline_access", &web, URI, now));
        let later = now + REMEMBERED / 3;
        assert!(
            !spares("patient/*.rs offline_access", &web, URI, later),
            "it was allowed to last until then"
        );
        assert!(spares("patient/*.rs", &web, URI, later));
        assert!(!spares("patient/*.cruds", &web, URI, now), "the scope grew");
        assert!(!spares("patient/*.rs", &web, URI, now + REMEMBERED), "it has ended");
        let moved = client("client_secret_basic", "https://app.example.org/other");
        assert!(!spares("patient/*.rs", &moved, URI, now), "the client is answered elsewhere");
        assert!(
            !spares("patient/*.rs", &client("client_secret_post", URI), URI, now),
            "it proves itself otherwise"
        );
    }

    #[test]
    fn pg_25_a_public_client_that_anybody_could_be_is_always_asked_about() {
        let native = client("none", "org.example.app:/cb");
        let now = UnixSeconds(1_000);
        let scope = granted("patient/*.rs");
        let of = |client: &Client| Consent {
            key: String::new(),
            client_id: client.client_id.clone(),
            subject: "sub".to_owned(),
            scope: scope.set().clone(),
            client: identity(client),
            lasting_until: None,
            allowed_at: now,
            expires_at: now + REMEMBERED,
        };
        assert!(!of(&native).spares(&scope, &native, "org.example.app:/cb", now));
        let web = client("none", "https://app.example.org/cb");
        assert!(of(&web).spares(&scope, &web, "https://app.example.org/cb", now));
    }

    #[test]
    fn the_key_keeps_person_client_and_patient_apart() {
        let (a, b): (ClientId, ClientId) = ("a".parse().unwrap(), "b".parse().unwrap());
        let keys = [
            Consent::key_of("s", &a, None),
            Consent::key_of("s", &a, Some("1")),
            Consent::key_of("s", &b, Some("1")),
            Consent::key_of("t", &a, Some("1")),
            Consent::key_of("s", &a, Some("")),
        ];
        assert_eq!(keys.iter().collect::<std::collections::HashSet<_>>().len(), keys.len());
    }
}
