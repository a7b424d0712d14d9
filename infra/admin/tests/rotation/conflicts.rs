//! Two operators at the same time: what one has not seen is never overwritten.

use std::sync::Arc;

use admin::{Cli, World};
use axum::Router;
use clap::Parser as _;
use smart::settings::SettingsItem;
use tokio::sync::Mutex;

use super::service::{Service, http, refused};

/// `promote` reads the published keys after the schedule. While it does, another operator adds a key.
#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_that_changed_while_a_command_ran_is_not_overwritten() {
    let service = Arc::new(Service::start::<9>().await);
    let added = service.admin(&["keys", "add"]).await.unwrap();
    let key = added["key"].as_str().unwrap().to_owned();
    service.wait_for_functions();

    let other = Arc::new(Mutex::new(None));
    let (of_handler, written) = (Arc::clone(&service), Arc::clone(&other));
    let published = move || async move {
        let added = of_handler.admin(&["keys", "add"]).await.unwrap();
        *written.lock().await = added["key"].as_str().map(str::to_owned);
        let url = format!("{}/.well-known/jwks.json", of_handler.stack.urls.issuer);
        http().get(url).send().await.unwrap().text().await.unwrap()
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = tokio::spawn(async move { axum::serve(listener, Router::new().fallback(published)).await });

    let words = ["smart-admin", "keys", "promote", &key, "--settings-table", "SettingsTable", "--base-url"];
    let cli = Cli::parse_from(words.iter().chain(&[url.as_str()]));
    let world: World = service.world().await;
    let conflict = refused(admin::run(cli, &world).await.map(serde_json::Value::from));
    assert!(conflict.contains("Nothing was written. Run the command again."), "{conflict}");
    let stored = service.stored().await;
    let stored = stored.get(SettingsItem::SigningKeys).unwrap();
    assert_eq!(stored.version, 2);
    assert!(stored.value.contains(other.lock().await.as_deref().unwrap()));
    assert!(!stored.value.contains("sign_from\":1"), "{}", stored.value);
    server.abort();
    service.admin(&["keys", "promote", &key]).await.unwrap();
}
