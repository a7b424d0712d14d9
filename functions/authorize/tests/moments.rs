//! What time does to a session, a step, a flow, a launch, a count and a consent: against a store in memory, at chosen
//! moments.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeMap;
use std::time::Duration;

use authorize::{Ports, handle};
use http::header;
use pages::layout::Site;
use pages::seal::PageKeys;
use pages::session_cookie::CookiePolicy;
use serde_json::json;
use smart::discovery::Service;
use smart::http::{Request, Response};
use smart::launch::LaunchHandle;
use smart::password;
use smart::ports::{
    DirectoryError, Encounter, Found, LaunchStore as _, Patient, PatientDirectory, PatientQuery,
};
use smart::session::SESSION_LIFETIME;
use smart::time::UnixSeconds;
use smart::user::{Ceilings, User};
use testkit::fixtures::{self, CHALLENGE, NOW, REDIRECT_URI};
use testkit::{LocalSigner, MemoryStore};

/// A FHIR API that shows every patient who is asked for.
#[derive(Debug)]
struct Everybody;

impl PatientDirectory for Everybody {
    async fn patients(&self, _: &str, query: &PatientQuery) -> Result<Found, DirectoryError> {
        let named = query.ids.clone().unwrap_or_default().into_iter();
        let patient = |id: String| Patient {
            name: id.clone(),
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
struct World {
    ports: Ports<MemoryStore, LocalSigner, Everybody>,
    cookies: BTreeMap<String, String>,
    now: UnixSeconds,
}

const PASSWORD: &str = "a long password";

impl World {
    fn new() -> Self {
        let store = MemoryStore::default();
        let metadata = json!({
            "client_name": "An app", "redirect_uris": [REDIRECT_URI], "token_endpoint_auth_method": "none",
            "launch_url": "https://app.example.org/launch",
            "scope": "launch launch/patient openid fhirUser patient/*.rs",
        });
        store.put_client(fixtures::client("app", &metadata));
        store.put_user(User { password_hash: password::hash(PASSWORD).unwrap(), ..fixtures::user("ann") });
        let service = Service::new("https://auth.example.org", "https://fhir.example.org/r4");
        let ports = Ports {
            store,
            signer: LocalSigner::default(),
            directory: Everybody,
            upstream: None,
            local_accounts: true,
            ceilings: Ceilings::default(),
            site: Site::new("Example", false, service.issuer()),
            test_accounts: Vec::new(),
            offline_days: 365,
            session_lifetime: SESSION_LIFETIME,
            cookies: CookiePolicy::for_issuer(service.issuer()).unwrap(),
            seals: PageKeys::derive(&BTreeMap::from([(1, [7; 32])]), 1).unwrap(),
            macs: fixtures::macs(),
            audit: fixtures::audit(),
            service,
        };
        Self { ports, cookies: BTreeMap::new(), now: NOW }
    }

    fn wait(&mut self, seconds: u64) {
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
    async fn open(&mut self, address: &str) -> Seen {
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

    async fn submit(&mut self, page: &Seen, fields: &[(&str, &str)]) -> Seen {
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

    async fn sign_in(&mut self, page: &Seen) -> Seen {
        self.submit(page, &[("username", "ann"), ("password", PASSWORD)]).await
    }
}

fn location(response: &Response) -> Option<String> {
    response.headers().get(header::LOCATION).map(|value| value.to_str().unwrap().to_owned())
}

/// What a person sees, or where the browser was sent.
#[derive(Debug)]
struct Seen {
    status: u16,
    text: String,
    away: Option<String>,
}

impl Seen {
    fn of(response: &Response) -> Self {
        let text = String::from_utf8(response.body().to_vec()).unwrap();
        Self { status: response.status().as_u16(), text, away: location(response) }
    }

    fn is(&self, heading: &str) -> bool {
        self.text.contains(&format!("<h1>{heading}"))
    }

    fn attribute(&self, after: &str, name: &str) -> Option<String> {
        let (_, rest) = self.text.split_once(after)?;
        let (_, rest) = rest.split_once(&format!("{name}=\""))?;
        rest.split('"').next().map(|value| value.replace("&#38;", "&").replace("&amp;", "&"))
    }

    fn action(&self) -> String {
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

    fn error(&self) -> Option<String> {
        let query = self.away.as_deref()?.split_once('?')?.1.to_owned();
        form_urlencoded::parse(query.as_bytes())
            .find(|(name, _)| name == "error")
            .map(|(_, value)| value.into_owned())
    }
}

fn request(more: &[(&str, &str)]) -> String {
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

#[tokio::test]
async fn s13_a_session_ends_by_idling_and_by_its_age() {
    let mut world = World::new();
    let page = world.open(&request(&[])).await;
    assert!(page.is("Sign in"));
    assert!(world.sign_in(&page).await.is("Allow"));
    // Every page counts as something done.
    for _ in 0..31 {
        world.wait(900);
        assert!(world.open(&request(&[])).await.is("Allow"), "{}", world.now.0);
    }
    world.wait(901);
    let over = world.open(&request(&[])).await;
    assert!(over.is("Sign in"), "s13: 15 minutes and a second of nothing");

    world.sign_in(&over).await;
    let began = world.now;
    while world.now.since(began) < SESSION_LIFETIME - Duration::from_secs(900) {
        world.wait(900);
        assert!(world.open(&request(&[])).await.is("Allow"));
    }
    world.wait(899);
    assert!(world.open(&request(&[])).await.is("Allow"));
    world.wait(1);
    assert!(world.open(&request(&[])).await.is("Sign in"), "s13: 8 hours, its item still in the table");
}

#[tokio::test]
async fn a_page_is_good_for_ten_minutes_and_then_out_of_date() {
    let mut world = World::new();
    let page = world.open(&request(&[])).await;
    let consent = world.sign_in(&page).await;
    world.wait(599);
    let answered = world.submit(&consent, &[("decision", "allow")]).await;
    assert!(answered.away.unwrap().contains("code="));
    let page = world.open(&request(&[("state", "t"), ("prompt", "consent")])).await;
    assert!(page.is("Allow"), "{}", page.text);
    world.wait(600);
    let late = world.submit(&page, &[("decision", "allow")]).await;
    assert_eq!((late.status, late.away), (403, None), "nothing was done: {}", late.text);
}

#[tokio::test]
async fn pg_25_a_consent_is_remembered_for_ninety_days() {
    let mut world = World::new();
    let page = world.open(&request(&[])).await;
    let consent = world.sign_in(&page).await;
    world.submit(&consent, &[("decision", "allow")]).await;
    let again = world.open(&request(&[("prompt", "none")])).await;
    assert!(again.away.unwrap().contains("code="));
    world.wait(90 * 24 * 3600);
    let page = world.open(&request(&[])).await;
    assert!(world.sign_in(&page).await.is("Allow"), "it has ended");
}

#[tokio::test]
async fn a15_a_launch_is_good_for_five_minutes() {
    for (age, error) in [(299, None), (300, Some("invalid_request"))] {
        let mut world = World::new();
        let page = world.open("/manage").await;
        world.sign_in(&page).await;
        let handle = LaunchHandle::draw();
        let launch = smart::launch::Launch { key: handle.key(), ..fixtures::launch("app", "ann") };
        world.ports.store.open(&launch).await.unwrap();
        world.wait(age);
        let seen = world.open(&request(&[("scope", "launch patient/*.rs"), ("launch", handle.text())])).await;
        assert_eq!(seen.error().as_deref(), error, "{age}");
        assert_eq!(seen.is("Allow"), error.is_none());
    }
}

#[tokio::test]
async fn a_request_that_is_kept_is_kept_for_fifteen_minutes() {
    let granular =
        |number| format!("patient/Observation.rs?category=http://example.org/categories|kind-{number}");
    let scope = (0..110).map(granular).collect::<Vec<_>>().join(" ");
    let mut world = World::new();
    let page = world.open(&request(&[("scope", &scope)])).await;
    let flow = page.action().replace("/sign-in", "/authorize");
    world.wait(899);
    assert!(world.open(&flow).await.is("Sign in"));
    world.wait(1);
    let gone = world.open(&flow).await;
    assert!(gone.is("This sign-in has expired") && gone.status == 410, "{}", gone.text);
}

#[tokio::test]
async fn s08_nobody_is_locked_out_for_longer_than_a_quarter_of_an_hour() {
    let mut world = World::new();
    let page = world.open(&request(&[])).await;
    for status in [401, 401, 401, 401, 401, 429] {
        let seen = world.submit(&page, &[("username", "ann"), ("password", "wrong")]).await;
        assert_eq!(seen.status, status);
    }
    world.wait(900);
    assert!(world.sign_in(&page).await.is("Allow"));
}

#[tokio::test]
async fn az_16_max_age_asks_for_a_new_sign_in_once() {
    let mut world = World::new();
    let page = world.open(&request(&[])).await;
    world.sign_in(&page).await;
    world.wait(61);
    let asked = world.open(&request(&[("max_age", "60")])).await;
    assert!(asked.is("Sign in"));
    assert!(world.sign_in(&asked).await.is("Allow"));
    let asked = world.open(&request(&[("max_age", "0")])).await;
    assert!(asked.is("Sign in"), "max_age=0 asks within the same second as well");
    let none = world.open(&request(&[("max_age", "0"), ("prompt", "none")])).await;
    assert_eq!(none.error().as_deref(), Some("login_required"), "{none:?}");
    // Once, like prompt=login: the sign-in for this very request is new enough.
    assert!(world.sign_in(&asked).await.is("Allow"));
}
