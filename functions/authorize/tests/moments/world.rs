//! A browser in front of the service, a FHIR API behind it, and a clock.

use std::collections::BTreeMap;
use std::time::Duration;

use authorize::{Ports, handle};
use http::header;
use pages::layout::Site;
use serde_json::{Value, json};
use smart::authorization::{Remember, Rules};
use smart::error::Unreachable;
use smart::password;
use smart::ports::{DirectoryError, Encounter, Found, Patient, PatientDirectory, PatientQuery};
use smart::service::Service;
use smart::session::SESSION_LIFETIME;
use smart::user::{Ceilings, User};
use smart_verify::time::UnixSeconds;
use testkit::fixtures::{self, CHALLENGE, NOW, REDIRECT_URI};
use testkit::{LocalSigner, MemoryStore, With};
use web::browser::cookies::CookiePolicy;
use web::browser::seal::PageKeys;
use web::{Request, Response};

/// A FHIR API.
#[derive(Debug)]
pub(crate) enum Directory {
    /// Shows every patient who is asked for, under this name in front of the id.
    Shows(&'static str),
    /// Answers that it cannot.
    Fails,
    /// Does not answer.
    Hangs,
}

impl PatientDirectory for Directory {
    async fn patients(&self, _: &str, query: &PatientQuery) -> Result<Found, DirectoryError> {
        let name = match self {
            Self::Shows(name) => name,
            Self::Fails => return Err(DirectoryError(Unreachable::new("FHIR", "answered 503"))),
            Self::Hangs => std::future::pending().await,
        };
        let named = query.ids.clone().unwrap_or_default().into_iter();
        let patient = |id: String| Patient {
            name: format!("{name}{id}"),
            id,
            birth_date: None,
            gender: None,
            record_number: None,
        };
        let patients: Vec<_> = named.map(patient).collect();
        Ok(Found { total: patients.len(), patients })
    }

    async fn encounters(&self, _: &str, _: &str) -> Result<Vec<Encounter>, DirectoryError> {
        Ok(Vec::new())
    }
}

/// A browser in front of the service, and a clock.
pub(crate) struct World {
    pub(crate) ports: Ports<With<MemoryStore, LocalSigner, (), Directory>>,
    cookies: BTreeMap<String, String>,
    pub(crate) now: UnixSeconds,
}

const PASSWORD: &str = "a long password";

/// What the app is registered with.
pub(crate) fn app() -> Value {
    json!({
        "client_name": "An app", "redirect_uris": [REDIRECT_URI], "token_endpoint_auth_method": "none",
        "launch_url": "https://app.example.org/launch",
        "scope": "launch launch/patient openid fhirUser offline_access online_access patient/*.rs",
    })
}

/// The patient who signs in, and looks after others.
pub(crate) fn ann(others: &[&str]) -> User {
    let patients = others.iter().map(|id| (*id).to_owned()).collect();
    User { password_hash: password::hash(PASSWORD).unwrap(), patients, ..fixtures::user("ann") }
}

impl World {
    pub(crate) fn new() -> Self {
        let store = MemoryStore::default();
        store.put_client(fixtures::client("app", &app()));
        store.put_user(ann(&[]));
        let service = Service::new("https://auth.example.org", "https://fhir.example.org/r4");
        let ports = Ports {
            store,
            signer: LocalSigner::default(),
            directory: Directory::Shows(""),
            upstream: None,
            local_accounts: true,
            rules: Rules { ceilings: Ceilings::default(), longest_days: 365, remember: Remember::default() },
            site: Site::new("Example", false, service.issuer()),
            test_accounts: Vec::new(),
            session_lifetime: SESSION_LIFETIME,
            cookies: CookiePolicy::for_issuer(service.issuer()).unwrap(),
            seals: PageKeys::derive(&BTreeMap::from([(1, [7; 32])]), 1).unwrap(),
            macs: fixtures::macs(),
            audit: fixtures::audit(),
            service,
        };
        Self { ports, cookies: BTreeMap::new(), now: NOW }
    }

    pub(crate) fn wait(&mut self, seconds: u64) {
        self.now = self.now + Duration::from_secs(seconds);
    }

    async fn send(&mut self, method: &str, address: &str, body: String) -> Response {
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request: Request = http::Request::builder()
            .method(method)
            .uri(address.strip_prefix("https://auth.example.org").unwrap_or(address))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::COOKIE, cookies.join("; "))
            .body(body.into())
            .unwrap();
        let response = handle(request, &self.ports, self.now).await;
        for cookie in response.headers().get_all(header::SET_COOKIE) {
            let (name, value) = cookie.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        response
    }

    /// Opens an address, and where it leads as long as that is with us.
    pub(crate) async fn open(&mut self, address: &str) -> Seen {
        let mut response = self.send("GET", address, String::new()).await;
        loop {
            match location(&response) {
                Some(next) if next.starts_with('/') => {
                    response = self.send("GET", &next, String::new()).await;
                }
                _ => return Seen::of(&response),
            }
        }
    }

    pub(crate) async fn submit(&mut self, page: &Seen, fields: &[(&str, &str)]) -> Seen {
        let mut body = form_urlencoded::Serializer::new(String::new());
        for name in ["csrf", "grant", "of"] {
            if let Some(value) = page.hidden(name) {
                body.append_pair(name, &value);
            }
        }
        body.extend_pairs(page.ticked().iter().map(|scope| ("scope", scope)));
        body.extend_pairs(fields);
        let response = self.send("POST", &page.action(), body.finish()).await;
        match location(&response) {
            Some(next) if next.starts_with('/') => self.open(&next).await,
            _ => Seen::of(&response),
        }
    }

    pub(crate) async fn sign_in(&mut self, page: &Seen) -> Seen {
        self.submit(page, &[("username", "ann"), ("password", PASSWORD)]).await
    }
}

fn location(response: &Response) -> Option<String> {
    response.headers().get(header::LOCATION).map(|value| value.to_str().unwrap().to_owned())
}

/// What a person sees, or where the browser was sent.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) status: u16,
    pub(crate) text: String,
    pub(crate) away: Option<String>,
}

impl Seen {
    fn of(response: &Response) -> Self {
        let text = String::from_utf8(response.body().to_vec()).unwrap();
        Self { status: response.status().as_u16(), text, away: location(response) }
    }

    pub(crate) fn is(&self, heading: &str) -> bool {
        self.text.contains(&format!("<h1>{heading}"))
    }

    fn attribute(&self, after: &str, name: &str) -> Option<String> {
        let (_, rest) = self.text.split_once(after)?;
        let (_, rest) = rest.split_once(&format!("{name}=\""))?;
        rest.split('"').next().map(|value| value.replace("&#38;", "&").replace("&amp;", "&"))
    }

    pub(crate) fn action(&self) -> String {
        self.attribute("method=\"post\"", "action").unwrap()
    }

    fn hidden(&self, name: &str) -> Option<String> {
        self.attribute(&format!("name=\"{name}\""), "value")
    }

    fn ticked(&self) -> Vec<String> {
        let boxes = self.text.split("<input ").skip(1).filter_map(|tag| tag.split('>').next());
        let ticked = boxes.filter(|tag| tag.contains("name=\"scope\"") && tag.contains(" checked"));
        ticked.filter_map(|tag| tag.split("value=\"").nth(1)?.split('"').next().map(str::to_owned)).collect()
    }

    pub(crate) fn error(&self) -> Option<String> {
        let query = self.away.as_deref()?.split_once('?')?.1.to_owned();
        form_urlencoded::parse(query.as_bytes())
            .find(|(name, _)| name == "error")
            .map(|(_, value)| value.into_owned())
    }
}

pub(crate) fn request(more: &[(&str, &str)]) -> String {
    let usual = [
        ("response_type", "code"),
        ("client_id", "app"),
        ("redirect_uri", REDIRECT_URI),
        ("scope", "launch/patient patient/*.rs"),
        ("state", "s"),
        ("aud", "https://fhir.example.org/r4"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    let kept = usual.iter().filter(|(name, _)| !more.iter().any(|(given, _)| given == name));
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(kept.chain(more)).finish();
    format!("/authorize?{query}")
}
