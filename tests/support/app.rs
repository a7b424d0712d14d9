//! A SMART app: asks, and exchanges what it gets.

use local::seed::SeededClient;
use serde_json::Value;
use url::Url;

use super::{Answer, form, http, service};

/// The example of RFC 7636 Appendix B.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// What every journey may ask for.
const SCOPE: &str = "launch/patient openid fhirUser patient/*.rs";

/// One of the seeded apps.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) client: &'static SeededClient,
    pub(crate) scope: String,
}

impl App {
    pub(crate) fn named(client_id: &str) -> Self {
        let known = |client: &&SeededClient| client.client.client_id.as_str() == client_id;
        let client = service().seeded.clients.iter().find(known).unwrap();
        Self { client, scope: SCOPE.to_owned() }
    }

    pub(crate) fn asking(scope: &str) -> Self {
        Self { scope: scope.to_owned(), ..Self::named("demo-public") }
    }

    pub(crate) fn redirect_uri(&self) -> &str {
        self.client.client.metadata.redirect_uris[0].as_str()
    }

    /// The address of an authorization request, some parameters set otherwise; an empty value leaves one out.
    pub(crate) fn address(&self, set: &[(&str, &str)]) -> String {
        let id = self.client.client.client_id.as_str();
        let usual = [
            ("response_type", "code"),
            ("client_id", id),
            ("redirect_uri", self.redirect_uri()),
            ("scope", &self.scope),
            ("state", "a b+c&d=é"),
            ("aud", &service().urls.fhir_base_url),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
            ("nonce", "n-0S6_WzA2Mj"),
        ];
        let kept = usual.iter().filter(|(name, _)| !set.iter().any(|(given, _)| given == name));
        let pairs: Vec<_> = kept.chain(set).copied().filter(|(_, value)| !value.is_empty()).collect();
        format!("{}?{}", service().at("/authorize"), form(&pairs))
    }

    /// The code in the address the app was answered at, after what must be true of every answer.
    pub(crate) fn code(&self, answered: &Url) -> String {
        assert!(answered.as_str().starts_with(self.redirect_uri()));
        assert_eq!(parameter(answered, "state").as_deref(), Some("a b+c&d=é"), "az_5 az_6");
        assert_eq!(parameter(answered, "iss").as_deref(), Some(service().urls.issuer.as_str()), "az_18 a26");
        assert_eq!(answered.query_pairs().count(), 3, "az_14: code, state and iss alone");
        assert_eq!(answered.fragment(), None);
        parameter(answered, "code").unwrap_or_else(|| panic!("no code in {answered}"))
    }

    /// Exchanges a code, some parameters set otherwise.
    pub(crate) async fn exchange(&self, code: &str, set: &[(&str, &str)]) -> Answer {
        let usual = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", self.redirect_uri()),
            ("code_verifier", VERIFIER),
        ];
        self.send("/token", &usual, set).await
    }

    /// Comes back for another access token, some parameters set otherwise.
    pub(crate) async fn refresh(&self, refresh_token: &str, set: &[(&str, &str)]) -> Answer {
        let usual = [("grant_type", "refresh_token"), ("refresh_token", refresh_token)];
        self.send("/token", &usual, set).await
    }

    /// Asks whether a token is good.
    pub(crate) async fn introspect(&self, token: &str) -> Value {
        let answer = self.send("/introspect", &[("token", token)], &[]).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()
    }

    /// Gives a token back.
    pub(crate) async fn revoke(&self, token: &str) -> Answer {
        self.send("/revoke", &[("token", token)], &[]).await
    }

    /// Sends a form with the app's own proof; an empty value leaves a parameter out.
    pub(crate) async fn send(&self, path: &str, usual: &[(&str, &str)], set: &[(&str, &str)]) -> Answer {
        let id = self.client.client.client_id.as_str();
        let mut usual = usual.to_vec();
        if self.client.secret.is_none() {
            usual.push(("client_id", id));
        }
        let kept = usual.iter().filter(|(name, _)| !set.iter().any(|(given, _)| given == name));
        let pairs: Vec<_> = kept.chain(set).copied().filter(|(_, value)| !value.is_empty()).collect();
        let request = http().post(service().at(path)).body(form(&pairs));
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let request = match &self.client.secret {
            Some(secret) => request.basic_auth(id, Some(secret)),
            None => request,
        };
        Answer::of(request).await
    }
}

/// A parameter of an address.
pub(crate) fn parameter(address: &Url, name: &str) -> Option<String> {
    address.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
}
