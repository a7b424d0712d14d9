//! What is answered while the store is silent.

use http::{Method, StatusCode, header};
use smart::client::{Client, ClientId};
use smart::error::Unreachable;
use smart::lockout::{Counter, Raised};
use smart::ports::{
    Changed, ClientWriter, Created, Cursor, Listed, Lockout, Page, ProblemReader, Registry, RequestCounter,
    SessionReader, SessionStore, UserKeeper, UserReader, Write, Written,
};
use smart::registration::{Entry, Problem};
use smart::session::Session;
use smart::user::User;

use super::*;

/// A store that nobody reaches.
#[derive(Debug)]
struct Silent {
    counts: bool,
}

fn silent<T>() -> Result<T, Unreachable> {
    Err(Unreachable::new("clients", "told to be silent"))
}

impl ClientWriter for Silent {
    async fn current(&self, _: &ClientId) -> Result<Option<Client>, Unreachable> {
        silent()
    }

    async fn create(&self, _: &Client) -> Result<Created, Unreachable> {
        silent()
    }

    async fn replace(&self, _: &Client, _: u64) -> Result<Changed, Unreachable> {
        silent()
    }

    async fn delete(&self, _: &ClientId, _: u64) -> Result<Changed, Unreachable> {
        silent()
    }

    async fn list(&self, _: Option<&Cursor>, _: usize) -> Result<Option<Page<Client>>, Unreachable> {
        silent()
    }

    async fn owned_by(
        &self,
        _: &str,
        _: Option<&Cursor>,
        _: usize,
    ) -> Result<Option<Page<Client>>, Unreachable> {
        silent()
    }
}

impl UserReader for Silent {
    async fn user(&self, _: &str) -> Result<Option<User>, Unreachable> {
        silent()
    }
}

impl UserKeeper for Silent {
    async fn create_user(&self, _: &User) -> Result<Created, Unreachable> {
        silent()
    }

    async fn replace_user(&self, _: &User, _: u64) -> Result<Changed, Unreachable> {
        silent()
    }

    async fn delete_user(&self, _: &str, _: u64) -> Result<Changed, Unreachable> {
        silent()
    }

    async fn users(&self, _: Option<&Cursor>, _: usize) -> Result<Option<Page<User>>, Unreachable> {
        silent()
    }
}

impl Registry for Silent {
    async fn entry(&self, _: &str) -> Result<Option<Entry>, Unreachable> {
        silent()
    }

    async fn entries(
        &self,
        _: Listed<'_>,
        _: Option<&Cursor>,
        _: usize,
    ) -> Result<Option<Page<Entry>>, Unreachable> {
        silent()
    }

    async fn write(&self, _: &[Write<'_>], _: UnixSeconds) -> Result<Written, Unreachable> {
        silent()
    }
}

impl ProblemReader for Silent {
    async fn problems(&self, _: &ClientId, _: UnixSeconds) -> Result<Vec<Problem>, Unreachable> {
        silent()
    }
}

impl SessionReader for Silent {
    async fn session(&self, _: &str) -> Result<Option<Session>, Unreachable> {
        silent()
    }
}

impl SessionStore for Silent {
    async fn begin(&self, _: &Session, _: Option<&str>, _: &[Counter]) -> Result<(), Unreachable> {
        silent()
    }

    async fn end(&self, _: &str) -> Result<(), Unreachable> {
        silent()
    }
}

impl Lockout for Silent {
    async fn raise(&self, _: &[Counter]) -> Result<Raised, Unreachable> {
        silent()
    }
}

/// Whether this counter answers is chosen: behind it the store is silent.
impl RequestCounter for Silent {
    async fn count(&self, _: &Counter) -> Result<u64, Unreachable> {
        if self.counts { Ok(1) } else { silent() }
    }
}

#[tokio::test]
async fn a_store_that_cannot_be_reached_is_told_as_503_and_when_to_try_again() {
    for counts in [true, false] {
        let stage = Stage::that_is(SelfRegistration::Open).await;
        let bearer = format!("Bearer {}", stage.token);
        let Stage { ports: Ports { keys, jwks, seals, audit, policy, service, .. }, .. } = stage;
        let ports = Ports {
            store: Silent { counts },
            keys,
            jwks,
            seals,
            audit,
            policy,
            service,
            account: account_home(),
        };
        let headers = [("authorization", bearer.as_str()), JSON, ("if-match", "\"1\"")];
        for (method, path) in [
            (Method::POST, "/clients"),
            (Method::GET, "/clients"),
            (Method::GET, "/clients/x"),
            (Method::PUT, "/clients/x"),
            (Method::PATCH, "/clients/x"),
            (Method::DELETE, "/clients/x"),
            (Method::POST, "/clients/x/disable"),
            (Method::POST, "/clients/x/secrets"),
            (Method::GET, "/users"),
            (Method::GET, "/users/x"),
            (Method::GET, "/register-tokens"),
            (Method::GET, "/approvals"),
            (Method::GET, "/approvals/x"),
        ] {
            told(request(method, path, &headers, app("client_secret_basic").to_string()), &ports).await;
        }
        let open = request(Method::POST, "/register", &[JSON], app("client_secret_basic").to_string());
        told(open, &ports).await;
    }
}

async fn told(asked: Request, ports: &Ports<With<Silent, LocalSigner, NoJwks>>) {
    let path = asked.uri().path().to_owned();
    let response = handle(asked, ports, NOW).await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE, "{path}");
    assert!(response.headers().contains_key(header::RETRY_AFTER), "{path}");
    assert_eq!(reason(&response), ("temporarily_unavailable", "backend_unreachable"), "{path}");
    let text = String::from_utf8(response.body().to_vec()).unwrap();
    assert!(!text.contains("told to be silent") && !text.contains("client_secret"), "{text}");
}
