//! The clients that are there from the start: one of each kind, an admin, an EHR, and the sample app.

use std::fmt;

use aws::dynamodb::Tables;
use serde_json::{Value, json};
use smart::client::{AuthMethod, Client, ClientId, ClientMetadata, ClientSecret};
use smart_verify::time::UnixSeconds;

use super::{KeyPair, SYSTEM_ACCOUNT};
use crate::start::{StartError, Urls};

/// The client that the sample app is.
pub const SAMPLE_APP: &str = "sample-app";

/// The client that the EHR simulator is.
pub const EHR: &str = "demo-ehr";

/// What apps are registered for.
const APP_SCOPE: &str = "launch launch/patient launch/encounter openid fhirUser offline_access online_access \
    patient/*.cruds user/*.cruds";

/// A client with all that it needs to prove itself.
#[derive(Clone)]
pub struct SeededClient {
    /// What was registered.
    pub client: Client,
    /// Its kind, as scripts name it.
    pub kind: &'static str,
    /// Its secret, if it has one.
    pub secret: Option<String>,
    /// Its key pair, if it has one.
    pub key_pair: Option<KeyPair>,
}

impl fmt::Debug for SeededClient {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "SeededClient({}, redacted)", self.client.client_id)
    }
}

pub(super) struct Planted {
    pub(super) clients: Vec<SeededClient>,
    pub(super) admin: KeyPair,
    pub(super) backend: KeyPair,
    pub(super) ehr: KeyPair,
}

/// Writes them.
pub(super) async fn plant(tables: &Tables, urls: &Urls, now: UnixSeconds) -> Result<Planted, StartError> {
    let callback = format!("{}/callback", urls.sample_app);
    let home = format!("{}/", urls.sample_app);
    let backend = KeyPair::generate("demo-backend")?;
    let key_app = KeyPair::generate("demo-key-pair")?;
    let reports = KeyPair::generate("demo-reports")?;
    let ehr = KeyPair::generate(EHR)?;
    let admin = KeyPair::generate("demo-admin")?;
    let app = |name: &str, method: &str, redirect_uri: &str| {
        json!({
            "client_name": name, "redirect_uris": [redirect_uri], "token_endpoint_auth_method": method,
            "scope": APP_SCOPE,
        })
    };
    let by_key = |name: &str, pair: &KeyPair, scope: &str| {
        json!({
            "client_name": name, "token_endpoint_auth_method": "private_key_jwt", "scope": scope,
            "grant_types": ["client_credentials"], "jwks": { "keys": [pair.public_jwk()] },
        })
    };
    let mut key_metadata = app("Demo app with a key pair", "private_key_jwt", &callback);
    key_metadata["jwks"] = json!({ "keys": [key_app.public_jwk()] });
    let mut reports_metadata = by_key("Demo service with a system account", &reports, "system/*.rs");
    reports_metadata["system_account"] = json!(SYSTEM_ACCOUNT);
    let mut ehr_metadata = by_key("Demo EHR", &ehr, "__launch");
    ehr_metadata["embedding_origins"] = json!([urls.ehr]);
    let mut sample_metadata = app("Sample SMART app", "none", &home);
    sample_metadata["launch_url"] = json!(format!("{}/launch", urls.sample_app));

    let clients = vec![
        seeded("demo-public", "public", &app("Demo browser app", "none", &callback), None, now)?,
        seeded(
            "demo-confidential",
            "confidential-symmetric",
            &app("Demo app with a server", "client_secret_basic", &callback),
            None,
            now,
        )?,
        seeded("demo-key-pair", "confidential-asymmetric", &key_metadata, Some(key_app), now)?,
        seeded(
            "demo-backend",
            "backend",
            &by_key("Demo backend service", &backend, "system/*.rs"),
            Some(backend.clone()),
            now,
        )?,
        seeded("demo-reports", "backend", &reports_metadata, Some(reports), now)?,
        seeded(EHR, "backend", &ehr_metadata, Some(ehr.clone()), now)?,
        seeded(SAMPLE_APP, "public", &sample_metadata, None, now)?,
    ];
    let scope = "__registration __launch __introspect";
    let administrator =
        seeded("demo-admin", "admin", &by_key("Demo administrator", &admin, scope), None, now)?;
    for seeded in clients.iter().chain([&administrator]) {
        tables.put_client(&seeded.client).await?;
    }
    Ok(Planted { clients, admin, backend, ehr })
}

/// Registers by the same rules as everybody else.
fn seeded(
    id: &str,
    kind: &'static str,
    metadata: &Value,
    key_pair: Option<KeyPair>,
    now: UnixSeconds,
) -> Result<SeededClient, StartError> {
    let refused = |why: String| StartError::Seed(format!("{id}: {why}"));
    let members = metadata.as_object().ok_or_else(|| refused("not an object".to_owned()))?;
    let metadata = ClientMetadata::check(members).map_err(|errors| refused(format!("{errors:?}")))?;
    let with_secret = matches!(
        metadata.token_endpoint_auth_method,
        AuthMethod::ClientSecretBasic | AuthMethod::ClientSecretPost
    );
    let secret = with_secret.then(ClientSecret::generate);
    let id = id.parse::<ClientId>().map_err(|error| refused(error.to_string()))?;
    let secrets = secret.iter().map(|secret| secret.stored(now)).collect();
    let client = Client { secrets, checked: true, ..Client::new(id, metadata, now) };
    Ok(SeededClient { client, kind, secret: secret.map(|secret| secret.reveal().to_owned()), key_pair })
}
