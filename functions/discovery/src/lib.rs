//! Where everything is: the discovery documents, the public keys, the help pages, and the files that pages load.

use aws::config::{Settings, TextName};
use aws::function::Function;
use aws::kms::KmsSigner;
use aws::{Aws, StartError, lambda};
use bytes::Bytes;
use http::{HeaderValue, Method, StatusCode, header};
use pages::layout::{Page, Site};
use pages::message::{Help, HelpOnErrors, HelpOnReason};
use pages::{assets, look, refusal};
use serde_json::{Value, json};
use smart::ports::PublicKeys;
use smart::random;
use smart::reasons::{self, Reason};
use smart::service::Service;
use smart::settings::SettingsItem;
use smart::signing_keys::JWKS_LIFETIME;
use smart_verify::time::UnixSeconds;
use web::accept::prefers_page;
use web::browser::headers::FormAction;
use web::cors::{allow_any_origin, preflight};
use web::{Request, Response, respond};

/// How long clients may keep a document or a key: [`JWKS_LIFETIME`], which rotation counts on.
const CACHE_CONTROL: HeaderValue = HeaderValue::from_static("public, max-age=300");

const _: () = assert!(JWKS_LIFETIME.as_secs() == 300, "CACHE_CONTROL says the same as JWKS_LIFETIME");

/// The path without a name, which leads to the account home.
const HOME: &str = "/";

const ACCOUNT_HOME: &str = "/account";

const METHODS: &str = "GET, HEAD, OPTIONS";

/// What this function works with: documents made once, and the schedule of keys.
#[derive(Debug)]
pub struct Ports<K> {
    keys: K,
    site: Site,
    smart_configuration: Document,
    openid_configuration: Document,
    authorization_server: Document,
    capability_statement: Document,
}

/// A JSON document with its tag.
#[derive(Debug)]
struct Document {
    media_type: &'static str,
    body: Bytes,
    etag: String,
}

impl Document {
    fn new(media_type: &'static str, value: &Value) -> Self {
        let body = value.to_string();
        let etag = format!("\"{}\"", random::sha256(body.as_bytes()));
        Self { media_type, body: Bytes::from(body), etag }
    }
}

impl<K: PublicKeys> Ports<K> {
    /// Makes the documents of a service; `types` are the resource types that its FHIR server serves.
    pub fn new(keys: K, service: &Service, site: Site, types: &[String], now: UnixSeconds) -> Self {
        let json = "application/json";
        let statement = service.capability_statement(types, &date_of(now));
        Self {
            keys,
            site,
            smart_configuration: Document::new(json, &service.smart_configuration()),
            openid_configuration: Document::new(json, &service.openid_configuration()),
            authorization_server: Document::new(json, &service.authorization_server_metadata()),
            capability_statement: Document::new("application/fhir+json", &statement),
        }
    }
}

/// The day of a moment, in UTC.
fn date_of(now: UnixSeconds) -> String {
    let seconds = i64::try_from(now.0).unwrap_or_default();
    jiff::Timestamp::from_second(seconds).unwrap_or_default().strftime("%Y-%m-%d").to_string()
}

impl Function for Ports<KmsSigner> {
    const SETTINGS: &'static [SettingsItem] = &[SettingsItem::SigningKeys, SettingsItem::Texts];

    async fn wire(settings: &Settings, aws: &Aws) -> Result<Self, StartError> {
        let mut settings = settings.reader();
        let service = settings.service();
        let signing_keys = settings.signing_keys();
        let types = settings.text(TextName::FhirResources);
        let organisation = settings.required("ORGANISATION");
        let sandbox = settings.flag("SANDBOX");
        let [contact, accent] =
            ["CONTACT", "ACCENT_COLOUR"].map(|name| settings.optional(name).unwrap_or_default().to_owned());
        let logo = settings.text(TextName::Logo);
        settings.finish()?;
        let types: Vec<String> = types.split(',').map(|name| name.trim().to_owned()).collect();
        let site = Site::new(organisation, sandbox, service.issuer()).with_settings(&contact, &accent, &logo);
        let site = site.map_err(|error| StartError::Other(error.to_string()))?;
        let keys = KmsSigner::connect(aws.kms(), signing_keys).await?;
        Ok(Ports::new(keys, &service, site, &types, lambda::now()))
    }

    async fn handle(&self, request: Request, now: UnixSeconds) -> Response {
        handle(request, self, now).await
    }

    fn keys(&self) -> &KmsSigner {
        &self.keys
    }
}

/// `GET` of a document, the keys, an asset or a help page; and what is asked at paths that no function has.
///
/// Source: SMART App Launch 2.2, conformance; OpenID Connect Discovery 1.0; RFC 8414; RFC 7517.
pub async fn handle<K: PublicKeys>(request: Request, ports: &Ports<K>, now: UnixSeconds) -> Response {
    let path = request.uri().path();
    if !is_known(path, &ports.site) {
        return not_found(&request, &ports.site);
    }
    match *request.method() {
        Method::GET | Method::HEAD => {}
        Method::OPTIONS => return preflight(request.headers(), METHODS),
        _ => return respond::method_not_allowed(METHODS),
    }
    let mut response = get(path, &request, ports, now);
    if request.method() == Method::HEAD {
        *response.body_mut() = Bytes::new();
    }
    response
}

/// The answer for an unknown path: a page for browsers, JSON for all other clients. Neither repeats the path.
fn not_found(request: &Request, site: &Site) -> Response {
    let is_read = [Method::GET, Method::HEAD].contains(request.method());
    let mut response = if is_read && prefers_page(request.headers()) {
        refusal::not_found(site)
    } else {
        respond::not_found()
    };
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept"));
    if request.method() == Method::HEAD {
        *response.body_mut() = Bytes::new();
    }
    response
}

fn is_known(path: &str, site: &Site) -> bool {
    let documents = [
        HOME,
        "/.well-known/smart-configuration",
        "/fhir/.well-known/smart-configuration",
        "/.well-known/openid-configuration",
        "/.well-known/oauth-authorization-server",
        "/.well-known/jwks.json",
        "/fhir/metadata",
        "/help",
    ];
    documents.contains(&path)
        || path == "/help/errors"
        || explained(path).is_some()
        || path
            .strip_prefix("/assets/")
            .is_some_and(|name| assets::file(name).is_some() || site.asset(name).is_some())
}

/// The reason that a page of help is about.
fn explained(path: &str) -> Option<&'static Reason> {
    reasons::find(path.strip_prefix("/help/")?)
}

fn get<K: PublicKeys>(path: &str, request: &Request, ports: &Ports<K>, now: UnixSeconds) -> Response {
    match path {
        HOME => respond::see_other(ACCOUNT_HOME),
        "/.well-known/openid-configuration" => document(&ports.openid_configuration, request),
        "/.well-known/oauth-authorization-server" => document(&ports.authorization_server, request),
        "/fhir/metadata" => document(&ports.capability_statement, request),
        "/.well-known/jwks.json" => {
            document(&Document::new("application/json", &json!(ports.keys.published(now))), request)
        }
        "/help" => Help.respond(&ports.site, StatusCode::OK, &FormAction::SelfOnly),
        "/help/errors" => HelpOnErrors.respond(&ports.site, StatusCode::OK, &FormAction::SelfOnly),
        _ if explained(path).is_some() => explained(path).map_or_else(respond::not_found, |reason| {
            HelpOnReason(reason).respond(&ports.site, StatusCode::OK, &FormAction::SelfOnly)
        }),
        _ => match path.strip_prefix("/assets/") {
            Some(name) => match assets::file(name) {
                Some(asset) => asset_of(&asset, request),
                None => own_asset(name, &ports.site, request),
            },
            None => document(&ports.smart_configuration, request),
        },
    }
}

fn document(document: &Document, request: &Request) -> Response {
    let mut response = tagged(&document.etag, request, || document.body.clone());
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(document.media_type));
    headers.insert(header::CACHE_CONTROL, CACHE_CONTROL);
    allow_any_origin(&mut response);
    response
}

fn asset_of(asset: &assets::Asset, request: &Request) -> Response {
    let mut response = tagged(asset.etag, request, || Bytes::from_static(asset.bytes));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.content_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(assets::CACHE_CONTROL));
    response
}

/// The site's own colours and logo. A logo is somebody else's file, and may do nothing when it is opened by itself.
fn own_asset(name: &str, site: &Site, request: &Request) -> Response {
    let Some((content_type, bytes)) = site.asset(name) else { return respond::not_found() };
    let etag = format!("\"{}\"", random::sha256(&bytes));
    let mut response = tagged(&etag, request, || bytes.clone());
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(look::CACHE_CONTROL));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(look::LOGO_POLICY));
    response
}

/// The body with its tag, or 304 for whoever has it already.
///
/// Source: RFC 9110 §13.1.2.
fn tagged(etag: &str, request: &Request, body: impl Fn() -> Bytes) -> Response {
    let known = request.headers().get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let is_known =
        known.is_some_and(|known| known.split(',').any(|tag| tag.trim() == etag || tag.trim() == "*"));
    let mut response = if is_known { Response::default() } else { Response::new(body()) };
    if is_known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    let headers = response.headers_mut();
    if let Ok(tag) = HeaderValue::from_str(etag) {
        headers.insert(header::ETAG, tag);
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}
