//! Every change leaves a line, and no line holds a secret.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use http::Method;
use serde_json::json;
use tracing_subscriber::fmt::MakeWriter;

use super::*;

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Lines {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

impl Lines {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    fn read(&self) -> Vec<Value> {
        self.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

#[tokio::test]
async fn api_11_g14_every_change_is_a_line_with_before_and_after_and_without_secrets() {
    let lines = Lines::default();
    // With one dispatcher alone, a line that another test reaches first would be switched off for all threads.
    let _second = tracing::Dispatch::new(tracing_subscriber::fmt().with_writer(io::sink).finish());
    let subscriber = tracing_subscriber::fmt().json().with_writer(lines.clone()).finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let stage = Stage::that_is(SelfRegistration::Open).await;
    let mut secrets = Vec::new();
    let registered = stage.post(&app("client_secret_basic")).await;
    let path = path_of(&registered);
    secrets.push(body_of(&registered)["client_secret"].clone());
    let renamed = stage.json(Method::PATCH, &path, Some(&registered), &json!({ "client_name": "New" })).await;
    let added = stage.json(Method::POST, &format!("{path}/secrets"), None, &json!({})).await;
    secrets.push(body_of(&added)["client_secret"].clone());
    stage.json(Method::POST, &format!("{path}/disable"), None, &json!({})).await;
    let read = stage.get(&path).await;
    stage.json(Method::DELETE, &path, Some(&read), &json!({})).await;
    stage.json(Method::DELETE, &path, Some(&renamed), &json!({})).await;
    let own = body_of(&stage.outsider(Method::POST, "/register", None, &app("client_secret_post")).await);
    secrets.extend([own["client_secret"].clone(), own["registration_access_token"].clone()]);
    let ann = json!({ "name": "ann", "display_name": "Ann", "role": "patient" });
    stage.json(Method::POST, "/users", None, &ann).await;
    let link = stage.json(Method::POST, "/users/ann/set-password-link", None, &json!({})).await;
    secrets.push(body_of(&link)["link"].clone());
    let token = stage.json(Method::POST, "/register-tokens", None, &json!({ "scope": "patient/*.rs" })).await;
    secrets.push(body_of(&token)["token"].clone());

    let audit: Vec<Value> = lines
        .read()
        .into_iter()
        .filter(|line| line["target"] == "audit")
        .map(|line| line["fields"].clone())
        .collect();
    let actions: Vec<_> = audit.iter().map(|line| line["action"].as_str().unwrap()).collect();
    let expected = [
        "client.create",
        "client.change",
        "client.secret.add",
        "client.disable",
        "client.delete",
        "client.register",
        "user.create",
        "user.set_password_link",
        "register_token.create",
    ];
    assert_eq!(actions, expected);
    let change: Value = serde_json::from_str(audit[1]["after"].as_str().unwrap()).unwrap();
    assert_eq!((change["client_name"].clone(), audit[1]["by"].clone()), (json!("New"), json!("admin")));
    assert!(audit[1]["before"].as_str().unwrap().contains("An app"));
    assert_eq!(
        audit[6]["members"].as_str().unwrap().split(' ').filter(|name| *name == "display_name").count(),
        1
    );
    let text = lines.text();
    assert!(!text.contains("\"ann\"") && !text.contains("Ann"), "no person is named");
    for secret in secrets {
        let secret = secret.as_str().unwrap();
        let bare = secret.rsplit_once("token=").map_or(secret, |(_, token)| token);
        assert!(!text.contains(bare), "a secret is in the log");
    }
    assert!(!text.contains("\"hash\""));
}
