//! What the provider says about itself, and its keys: read when first needed, and kept for an hour at most.

use std::sync::Arc;
use std::time::Duration;

use openidconnect::core::{
    CoreClientAuthMethod, CoreJsonWebKey, CoreJsonWebKeySet, CoreJwsSigningAlgorithm, CoreProviderMetadata,
};
use openidconnect::{AuthType, IssuerUrl};
use smart::error::Unreachable;
use smart_verify::base64url;
use smart_verify::time::UnixSeconds;
use tokio::sync::Mutex;

use super::http::Http;
use crate::causes;

/// How long discovery document and keys are kept: 1 hour.
const LIFETIME: Duration = Duration::from_secs(3600);

/// How soon the keys are read again because a `kid` was not among them: 1 minute.
const REFETCH_PAUSE: Duration = Duration::from_secs(60);

/// The smallest RSA modulus that is accepted: 2048 bits.
const MIN_RSA_BYTES: usize = 256;

/// The algorithms of id tokens that are accepted: none that shares a secret, and not `none`.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 3] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
];

/// A discovery document that was looked at, with the keys it leads to.
#[derive(Clone, Debug)]
pub(super) struct ProviderDocuments {
    pub(super) metadata: CoreProviderMetadata,
    /// The accepted algorithms that the provider uses.
    pub(super) algorithms: Vec<CoreJwsSigningAlgorithm>,
    /// How our client authenticates.
    pub(super) authentication: AuthType,
    read_at: UnixSeconds,
    keys_read_at: UnixSeconds,
}

/// Remembers what is known; one fetch at a time.
#[derive(Debug)]
pub(super) struct ProviderCache {
    http: Http,
    issuer: IssuerUrl,
    has_secret: bool,
    known: Mutex<Option<Arc<ProviderDocuments>>>,
}

impl ProviderCache {
    pub(super) fn new(http: Http, issuer: IssuerUrl, has_secret: bool) -> Self {
        Self { http, issuer, has_secret, known: Mutex::default() }
    }

    /// What is known of the provider, at most an hour old.
    pub(super) async fn known(&self, now: UnixSeconds) -> Result<Arc<ProviderDocuments>, Unreachable> {
        let mut known = self.known.lock().await;
        if let Some(known) = known.as_ref().filter(|known| known.is_fresh(now)) {
            return Ok(Arc::clone(known));
        }
        let read = Arc::new(self.read(now).await?);
        *known = Some(Arc::clone(&read));
        Ok(read)
    }

    /// The same with keys that are newer than those which lack a `kid`; none if these were read less than a minute ago.
    pub(super) async fn with_newer_keys(
        &self,
        lacking: &ProviderDocuments,
        now: UnixSeconds,
    ) -> Result<Option<Arc<ProviderDocuments>>, Unreachable> {
        let mut known = self.known.lock().await;
        if let Some(newer) = known.as_ref().filter(|known| known.keys_read_at > lacking.keys_read_at) {
            return Ok(Some(Arc::clone(newer)));
        }
        if lacking.keys_read_at <= now && now.since(lacking.keys_read_at) < REFETCH_PAUSE {
            return Ok(None);
        }
        // A fetch that fails is one as well: the next is a minute away.
        *known = Some(Arc::new(ProviderDocuments { keys_read_at: now, ..lacking.clone() }));
        let keys = CoreJsonWebKeySet::fetch_async(lacking.metadata.jwks_uri(), &self.http).await;
        let keys = keys.map_err(|error| unreachable("keys", &causes(&error)))?;
        let metadata = lacking.metadata.clone().set_jwks(strong(&keys));
        let newer = Arc::new(ProviderDocuments { metadata, keys_read_at: now, ..lacking.clone() });
        *known = Some(Arc::clone(&newer));
        Ok(Some(newer))
    }

    async fn read(&self, now: UnixSeconds) -> Result<ProviderDocuments, Unreachable> {
        let refused = |why: &str| unreachable("discovery document", why);
        let metadata = CoreProviderMetadata::discover_async(self.issuer.clone(), &self.http).await;
        let metadata = metadata.map_err(|error| refused(&causes(&error)))?;
        // The crate compares URLs; an issuer is compared letter by letter.
        if metadata.issuer().as_str() != self.issuer.as_str() {
            return Err(refused("names another issuer"));
        }
        let token_endpoint = metadata.token_endpoint().ok_or_else(|| refused("has no token_endpoint"))?;
        let endpoints = [metadata.authorization_endpoint().url(), token_endpoint.url()];
        if !endpoints.into_iter().all(|url| self.http.may_reach(url)) {
            return Err(refused("has an endpoint that is not https"));
        }
        let offered = metadata.id_token_signing_alg_values_supported();
        let algorithms: Vec<_> = ALGORITHMS.into_iter().filter(|one| offered.contains(one)).collect();
        if algorithms.is_empty() {
            return Err(refused("offers none of RS256, ES256, PS256"));
        }
        let authentication = authentication(&metadata, self.has_secret)
            .ok_or_else(|| refused("takes neither client_secret_basic nor client_secret_post"))?;
        let keys = strong(metadata.jwks());
        let metadata = metadata.set_jwks(keys);
        Ok(ProviderDocuments { metadata, algorithms, authentication, read_at: now, keys_read_at: now })
    }
}

impl ProviderDocuments {
    /// A clock that jumped back makes nothing fresher.
    fn is_fresh(&self, now: UnixSeconds) -> bool {
        self.read_at <= now && now.since(self.read_at) < LIFETIME
    }
}

/// How our client authenticates: by Basic unless the provider takes only the form. Without a secret, its id in the
/// form is all.
///
/// Source: OpenID Connect Discovery 1.0 §3, `token_endpoint_auth_methods_supported`.
fn authentication(metadata: &CoreProviderMetadata, has_secret: bool) -> Option<AuthType> {
    let Some(taken) = metadata.token_endpoint_auth_methods_supported().filter(|_| has_secret) else {
        return Some(if has_secret { AuthType::BasicAuth } else { AuthType::RequestBody });
    };
    if taken.contains(&CoreClientAuthMethod::ClientSecretBasic) {
        Some(AuthType::BasicAuth)
    } else {
        taken.contains(&CoreClientAuthMethod::ClientSecretPost).then_some(AuthType::RequestBody)
    }
}

/// Without RSA keys under 2048 bits.
fn strong(keys: &CoreJsonWebKeySet) -> CoreJsonWebKeySet {
    let is_strong = |key: &&CoreJsonWebKey| {
        let members = serde_json::to_value(key).unwrap_or_default();
        let Some(modulus) = members.get("n").and_then(|n| n.as_str()) else { return true };
        let bytes = base64url::decode(modulus).unwrap_or_default();
        bytes.iter().skip_while(|byte| **byte == 0).count() >= MIN_RSA_BYTES
    };
    CoreJsonWebKeySet::new(keys.keys().iter().filter(is_strong).cloned().collect())
}

pub(super) fn unreachable(what: &str, cause: &str) -> Unreachable {
    Unreachable::new("upstream provider", format!("{what}: {cause}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_rsa_key_under_2048_bits_verifies_nothing() {
        let key = |kid: &str, modulus: &[u8]| json!({ "kty": "RSA", "kid": kid, "e": "AQAB", "n": base64url::encode(modulus) });
        let padded = [&[0; 128][..], &[255; 128]].concat();
        let point = base64url::encode(&[7; 32]);
        let keys = json!({ "keys": [
            key("weak", &[255; 255]),
            key("padded", &padded),
            key("strong", &[255; 256]),
            { "kty": "EC", "kid": "elliptic", "crv": "P-256", "x": point, "y": point },
        ] });
        let keys: CoreJsonWebKeySet = serde_json::from_value(keys).unwrap();
        let kept = json!(strong(&keys));
        let kept: Vec<_> = kept["keys"].as_array().unwrap().iter().map(|key| key["kid"].clone()).collect();
        assert_eq!(kept, ["strong", "elliptic"]);
    }

    #[test]
    fn basic_comes_before_the_form_and_is_meant_where_nothing_is_said() {
        let metadata = |methods: serde_json::Value| -> CoreProviderMetadata {
            let mut document = json!({
                "issuer": "https://op.example.org", "authorization_endpoint": "https://op.example.org/a",
                "token_endpoint": "https://op.example.org/t", "jwks_uri": "https://op.example.org/k",
                "response_types_supported": ["code"], "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
            });
            if !methods.is_null() {
                document["token_endpoint_auth_methods_supported"] = methods;
            }
            serde_json::from_value(document).unwrap()
        };
        for (methods, has_secret, expected) in [
            (json!(null), true, Some("BasicAuth")),
            (json!(["client_secret_post", "client_secret_basic"]), true, Some("BasicAuth")),
            (json!(["private_key_jwt", "client_secret_post"]), true, Some("RequestBody")),
            (json!(["private_key_jwt"]), true, None),
            (json!(["none"]), false, Some("RequestBody")),
        ] {
            let chosen = authentication(&metadata(methods.clone()), has_secret);
            assert_eq!(chosen.map(|chosen| format!("{chosen:?}")).as_deref(), expected, "{methods}");
        }
    }
}
