//! The account home over a store in memory.

mod pages;
mod records;

use std::collections::BTreeMap;
use std::time::Duration;

use ::pages::layout::Site;
use aws::own_endpoints::OwnEndpoints;
use http::Method;
use serde_json::json;
use smart::audit::AuditHasher;
use smart::operations::{Acting, Actor, DryRun, Operations};
use smart::ports::{Created, SessionStore, UserKeeper};
use smart::registration::{NewAccount, SelfRegistration, SelfRegistrationPolicy};
use smart::service::Service;
use smart::session::Session;
use smart::user::{Ceilings, User};
use smart::{password, random};
use smart_verify::scope::ScopeSet;
use smart_verify::time::UnixSeconds;
use testkit::fixtures::{self, NOW};
use testkit::{MemoryStore, NoJwks, With};
use web::browser::cookies::{CookiePolicy, SessionCookie};
use web::browser::seal::PageKeys;
use web::{Request, Response};

use crate::{AccountHome, Desk};

const ISSUER: &str = "https://auth.example.org";
const ADDRESS: &str = "192.0.2.1";
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

/// The account home of a test server.
struct Stage {
    store: MemoryStore,
    policy: SelfRegistrationPolicy,
    service: Service,
    audit: AuditHasher,
    seals: PageKeys,
    home: AccountHome,
    now: UnixSeconds,
}

impl Stage {
    /// One where users may register so much.
    fn that_is(mode: SelfRegistration) -> Self {
        let service = Service::new(ISSUER, "https://fhir.example.org/r4");
        let home = AccountHome {
            site: Site::new("Example Hospital", true, ISSUER),
            cookies: CookiePolicy::for_issuer(ISSUER).unwrap(),
            session_lifetime: Duration::from_secs(8 * 3600),
            local_accounts: true,
            sandbox_fhir_user: Some("Practitioner/demo".to_owned()),
            people: Vec::new(),
            ceilings: Ceilings::default(),
            endpoints: OwnEndpoints::new(&service),
        };
        let ceiling = ScopeSet::parse("launch/patient openid fhirUser patient/*.rs");
        Self {
            store: MemoryStore::default(),
            policy: SelfRegistrationPolicy { mode, ceiling, needs_pages: false },
            service,
            audit: fixtures::audit(),
            seals: PageKeys::derive(&BTreeMap::from([(1, [7; 32])]), 1).unwrap(),
            home,
            now: NOW,
        }
    }

    /// Lets time pass.
    const fn later(&mut self, seconds: u64) {
        self.now = UnixSeconds(self.now.0 + seconds);
    }

    async fn handle(&self, request: &Request) -> Response {
        let Self { store, policy, service, audit, seals, home, now } = self;
        let actor = Actor::Anonymous { address: ADDRESS, initial: None };
        let acting = Acting { store, audit, actor, dry_run: DryRun::No, now: *now };
        let operations = Operations { acting, jwks: &NoJwks, policy, service };
        let desk: Desk<'_, With<MemoryStore, (), NoJwks>> =
            Desk { operations, address: ADDRESS, seals, home };
        crate::handle(request, &desk).await
    }
}

fn request(method: Method, path: &str, headers: &[(&str, &str)], body: &str) -> Request {
    let mut request = http::Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(body.to_owned().into()).unwrap()
}

/// A user of this name, whose password is `the first password`.
async fn person(stage: &Stage, name: &str, administrator: bool) -> User {
    let said = json!({
        "name": name, "display_name": name, "role": "clinician", "administrator": administrator,
    });
    let user = NewAccount::check(said.as_object().unwrap()).unwrap().into_user(NOW);
    let user = User { password_hash: password::hash("the first password").unwrap(), ..user };
    assert_eq!(stage.store.create_user(&user).await.unwrap(), Created::Created);
    user
}

/// The cookie header of a browser in which they have signed in at a moment.
async fn session(stage: &Stage, user: &User, at: UnixSeconds) -> String {
    let cookie = SessionCookie::new(random::bytes(), &user.name, &user.subject);
    let begun = Session::begun(random::sha256(cookie.id()), user, at, stage.home.session_lifetime);
    stage.store.begin(&begun, None, &[]).await.unwrap();
    let set = stage.home.cookies.set_session(&cookie, &stage.seals, at).unwrap();
    set.to_str().unwrap().split(';').next().unwrap().to_owned()
}

async fn get(stage: &Stage, path: &str, cookie: &str) -> Response {
    stage.handle(&request(Method::GET, path, &[("cookie", cookie)], "")).await
}

async fn post(stage: &Stage, path: &str, cookie: &str, fields: &[(&str, &str)]) -> Response {
    let page = text(&get(stage, path, cookie).await);
    let form = page.split(&format!("action=\"{path}\"")).nth(1).unwrap();
    let csrf = form.split("name=\"csrf\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let mut body = form_urlencoded::Serializer::new(String::new());
    let body = body.append_pair("csrf", &csrf).extend_pairs(fields).finish();
    stage.handle(&request(Method::POST, path, &[("cookie", cookie), FORM], &body)).await
}

fn text(response: &Response) -> String {
    String::from_utf8(response.body().to_vec()).unwrap()
}
