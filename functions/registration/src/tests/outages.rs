//! What is answered while the store cannot be reached, from whichever call of a request on.

use http::{Method, StatusCode, header};
use smart::ports::{Listed, Registry, UserKeeper};

use super::*;

/// All that these requests could change.
async fn kept(stage: &Stage) -> String {
    let store = &stage.ports.store;
    let (clients, users) = (store.list(None, 100).await.unwrap(), store.users(None, 100).await.unwrap());
    let tokens = store.entries(Listed::OfKind("initial_access"), None, 100).await.unwrap();
    format!("{clients:?} {users:?} {tokens:?}")
}

#[tokio::test]
async fn a_store_that_fails_at_any_call_is_told_as_503_and_when_to_try_again_and_nothing_has_changed() {
    let stage = Stage::that_is(SelfRegistration::Open).await;
    let store = &stage.ports.store;
    let body = app("client_secret_basic");
    let bearer = format!("Bearer {}", stage.token);
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
        (Method::POST, "/users/x/disable"),
        (Method::GET, "/register-tokens"),
        (Method::GET, "/approvals"),
        (Method::GET, "/approvals/x"),
        (Method::POST, "/register"),
    ] {
        store.put_client(testkit::fixtures::client("x", &body));
        store.put_user(testkit::fixtures::user("x"));
        let headers = if path == "/register" { &headers[1..2] } else { &headers };
        for calls in 0.. {
            let before = kept(&stage).await;
            store.fail_after(calls);
            let asked = request(method.clone(), path, headers, body.to_string());
            let response = handle(asked, &stage.ports, NOW).await;
            store.recover();
            if response.status() != StatusCode::SERVICE_UNAVAILABLE {
                assert!(calls > 1 && !response.status().is_server_error(), "{method} {path} {response:?}");
                break;
            }
            assert!(response.headers().contains_key(header::RETRY_AFTER), "{method} {path}");
            assert_eq!(reason(&response), ("temporarily_unavailable", "backend_unreachable"), "{path}");
            let text = text_of(&response);
            assert!(!text.contains("told to fail") && !text.contains("client_secret"), "{text}");
            assert_eq!(kept(&stage).await, before, "{method} {path} after {calls} calls");
        }
    }
}
