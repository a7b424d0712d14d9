//! From nothing to a listed app: the first admin is written, gets tokens, registers clients one by one and by a file.

#![allow(clippy::unwrap_used, reason = "a journey that cannot go on has failed")]

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use admin::{Cli, Failure, World};
use aws::dynamodb::{Table, TableNames, Tables};
use aws::{Aws, EmulatorUrls};
use clap::Parser as _;
use local::{Options, Stack};
use serde_json::Value;
use smart::ports::ClientWriter as _;

/// A running service, and a directory for an operator's files.
struct Office {
    stack: Stack,
    directory: PathBuf,
    table: String,
}

impl Office {
    async fn open(name: &str) -> Self {
        let directory = std::env::temp_dir().join(format!("smart-admin-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&directory).unwrap();
        let stack = Stack::start(&Options::default()).await.unwrap();
        let functions = stack.template.functions().unwrap();
        let table = functions.iter().find_map(|function| function.environment.get("CLIENTS_TABLE").cloned());
        Self { stack, directory, table: table.unwrap() }
    }

    async fn close(self) {
        self.stack.stop().await;
        std::fs::remove_dir_all(self.directory).unwrap();
    }

    async fn aws(&self) -> Aws {
        let (dynamodb, kms) = (self.stack.urls.dynamodb.clone(), self.stack.urls.kms.clone());
        Aws::emulated_at(EmulatorUrls { dynamodb, kms }).await
    }

    fn file(&self, name: &str) -> String {
        self.directory.join(name).to_str().unwrap().to_owned()
    }

    fn written(&self, name: &str, content: &str) -> String {
        std::fs::write(self.file(name), content).unwrap();
        self.file(name)
    }

    async fn said(&self, words: &[&str]) -> Result<String, Failure> {
        let cli = Cli::parse_from(std::iter::once(&"smart-admin").chain(words));
        admin::run(cli, &World { aws: Some(self.aws().await), ..World::of_operator() }).await
    }

    /// As JSON, with the key of the first admin.
    async fn admin(&self, words: &[&str]) -> Result<Value, Failure> {
        let (key, base_url) = (self.file("admin.jwks"), &self.stack.urls.fhir_base_url);
        let door = ["--json", "--key", &key, "--client-id", "admin", "--base-url", base_url];
        let said = self.said(&[words, &door].concat()).await?;
        Ok(serde_json::from_str(&said).unwrap())
    }

    /// Makes the first admin, as in a service that nobody has set up yet.
    async fn bootstrap(&self) -> Value {
        let names = TableNames::of_program([(Table::Clients, self.table.clone())]);
        let tables = Tables::new(self.aws().await.dynamodb(), names);
        let seeded = "demo-admin".parse().unwrap();
        let version = tables.current(&seeded).await.unwrap().unwrap().version;
        tables.delete(&seeded, version).await.unwrap();
        let key = self.file("admin.jwks");
        let words = ["bootstrap", "--json", "--clients-table", &self.table, "--new-key", &key];
        serde_json::from_str(&self.said(&words).await.unwrap()).unwrap()
    }
}

fn mode(path: &str) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test(flavor = "multi_thread")]
async fn rg_the_first_admin_is_made_once_and_no_key_is_shown_unasked() {
    let office = Office::open("bootstrap").await;
    let table = office.table.clone();
    let new_key = office.file("new.jwks");
    let words = ["bootstrap", "--clients-table", &table, "--new-key", &new_key];
    let refused = office.said(&words).await.unwrap_err();
    assert_eq!((refused.code(), refused.to_string().contains("demo-admin")), (1, true), "{refused}");
    assert!(!std::path::Path::new(&new_key).exists());

    let made = office.bootstrap().await;
    assert_eq!(made["client_id"], "admin");
    assert!(made.get("private_jwks").is_none());
    assert_eq!(mode(&office.file("admin.jwks")), 0o600);
    let refused = office.said(&words).await.unwrap_err();
    assert_eq!((refused.code(), refused.to_string().contains("admin is an admin")), (1, true), "{refused}");
    // A key that is there is not overwritten, and nothing is registered without one.
    let key = office.file("admin.jwks");
    let again = ["bootstrap", "--clients-table", &table, "--new-key", &key, "--another"];
    assert_eq!(office.said(&again).await.unwrap_err().code(), 2);
    assert_eq!(office.said(&["bootstrap", "--clients-table", &table]).await.unwrap_err().code(), 2);
    let shown = ["bootstrap", "--clients-table", &table, "--show-secret", "--another"];
    assert!(office.said(&shown).await.unwrap().contains("\"d\":"));

    let listed = office.admin(&["clients", "list", "--kind", "backend"]).await.unwrap();
    let admins = listed.as_array().unwrap().iter().filter(|client| client["scope"] == "__registration");
    assert_eq!(admins.count(), 2);
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rg_an_app_is_registered_listed_changed_stopped_and_deleted() {
    let office = Office::open("clients").await;
    office.bootstrap().await;
    let create = ["clients", "create", "--name", "My app", "--scope", "patient/*.rs"];
    let create = [&create[..], &["--redirect-uri", "https://app.example.org/callback"]].concat();
    assert_eq!(office.admin(&create).await.unwrap_err().code(), 2, "nobody would see its secret");
    let secret = office.file("app.secret");
    let made = office.admin(&[&create[..], &["--secret-file", &secret]].concat()).await.unwrap();
    assert!(made.get("client_secret").is_none());
    assert_eq!((mode(&secret), std::fs::read_to_string(&secret).unwrap().trim().len() >= 43), (0o600, true));
    let id = made["client_id"].as_str().unwrap();

    let listed = office.admin(&["clients", "list", "--search", "my app"]).await.unwrap();
    assert_eq!((listed.as_array().unwrap().len(), &listed[0]["client_id"]), (1, &made["client_id"]));
    let changed = office.admin(&["clients", "update", id, "--name", "Our app"]).await.unwrap();
    assert_eq!((&changed["client_name"], &changed["scope"]), (&"Our app".into(), &"patient/*.rs".into()));
    office.admin(&["clients", "update", id, "--longest-access-days", "30"]).await.unwrap();
    assert_eq!(office.admin(&["clients", "show", id]).await.unwrap()["longest_access_days"], 30);
    let bad = ["clients", "update", id, "--redirect-uri", "http://app.example.org", "--scope", "x"];
    let refused = office.admin(&bad).await.unwrap_err();
    let said = refused.to_string();
    assert!(
        refused.code() == 1 && said.contains("\n  /redirect_uris/0  ") && said.contains("\n  /scope  "),
        "{said}"
    );
    assert_eq!(office.admin(&["clients", "disable", id]).await.unwrap()["status"], "disabled");
    assert_eq!(office.admin(&["clients", "enable", id]).await.unwrap()["status"], "active");
    let rotated = office.admin(&["clients", "rotate-secret", id, "--show-secret"]).await.unwrap();
    assert!(rotated["client_secret"].is_string());
    let third = office.file("third.secret");
    let refused = office.admin(&["clients", "rotate-secret", id, "--secret-file", &third]).await.unwrap_err();
    assert_eq!((refused.code(), std::path::Path::new(&third).exists()), (1, false), "{refused}");

    office.admin(&["clients", "delete", id, "--yes"]).await.unwrap();
    assert_eq!(office.admin(&["clients", "show", id]).await.unwrap_err().code(), 1);
    office.close().await;
}

const FILE: &str = r#"
[[client]]
client_name = "Browser app"
software_id = "browser-app"
token_endpoint_auth_method = "none"
redirect_uris = ["https://app.example.org/callback"]
scope = "launch/patient patient/*.rs"

[[client]]
client_name = "Server app"
redirect_uris = ["https://server.example.org/callback"]
scope = "patient/*.rs"
status = "disabled"
"#;

#[tokio::test(flavor = "multi_thread")]
async fn rg_a_file_that_is_applied_twice_changes_nothing_the_second_time() {
    let office = Office::open("apply").await;
    office.bootstrap().await;
    let file = office.written("clients.toml", FILE);
    let counts = |said: &Value| ["register", "change", "same"].map(|name| said[name].as_u64().unwrap());
    let planned = office.admin(&["apply", &file, "--dry-run"]).await.unwrap();
    assert_eq!(counts(&planned), [2, 0, 0]);
    let secrets = office.file("secrets");
    let words = ["apply", &file, "--yes", "--secret-file", &secrets];
    assert_eq!(counts(&office.admin(&words).await.unwrap()), [2, 0, 0]);
    let kept = std::fs::read_to_string(&secrets).unwrap();
    assert_eq!((kept.lines().count(), mode(&secrets)), (1, 0o600));
    assert!(kept.contains("Server app") && kept.contains("client_secret"));
    assert_eq!(counts(&office.admin(&["apply", &file, "--yes"]).await.unwrap()), [0, 0, 2]);
    let listed = office.admin(&["clients", "list", "--status", "disabled"]).await.unwrap();
    assert_eq!(listed[0]["client_name"], "Server app");

    // A name may change where there is a software_id to go by.
    let file = office.written("clients.toml", &FILE.replace("\"Browser app\"", "\"Our app\""));
    let changed = office.admin(&["apply", &file, "--yes"]).await.unwrap();
    assert_eq!(
        (counts(&changed), &changed["clients"][0]["changes"][0]["after"]),
        ([0, 1, 1], &"Our app".into())
    );

    // What is exported is what is there, without a secret.
    let words = ["export", "--key", &office.file("admin.jwks"), "--client-id", "admin", "--base-url"];
    let exported = office.said(&[&words[..], &[&office.stack.urls.issuer]].concat()).await.unwrap();
    assert!(
        exported.contains("software_id = \"browser-app\"") && !exported.contains("last_four"),
        "{exported}"
    );
    let file = office.written("exported.toml", &exported);
    let again = office.admin(&["apply", &file, "--dry-run"]).await.unwrap();
    assert_eq!((&again["register"], &again["change"]), (&0.into(), &0.into()), "{again:#}");
    assert!(again["same"].as_u64().unwrap() > 2);

    let twice = office.written("twice.toml", &format!("{FILE}{FILE}"));
    assert_eq!(office.admin(&["apply", &twice, "--yes"]).await.unwrap_err().code(), 2);
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rg_accounts_are_made_listed_and_given_a_link() {
    let office = Office::open("users").await;
    office.bootstrap().await;
    let create = ["users", "create", "ann", "--display-name", "Ann Sample", "--role", "clinician"];
    let made = office.admin(&[&create[..], &["--fhir-user", "Practitioner/ann"]].concat()).await.unwrap();
    assert_eq!((&made["name"], &made["has_password"]), (&"ann".into(), &false.into()));
    assert_eq!(office.admin(&["users", "list", "--search", "ann s"]).await.unwrap()[0]["name"], "ann");
    let changed = office.admin(&["users", "update", "ann", "--display-name", "Ann"]).await.unwrap();
    assert_eq!(changed["display_name"], "Ann");
    assert_eq!(office.admin(&["users", "set-password-link", "ann"]).await.unwrap_err().code(), 2);
    let link = office.admin(&["users", "set-password-link", "ann", "--show-secret"]).await.unwrap();
    assert!(link["link"].as_str().unwrap().starts_with(&office.stack.urls.issuer));
    assert_eq!(office.admin(&["users", "disable", "ann"]).await.unwrap()["disabled"], true);
    office.admin(&["users", "delete", "ann", "--yes"]).await.unwrap();
    assert_eq!(office.admin(&["users", "show", "ann"]).await.unwrap_err().code(), 1);
    office.close().await;
}

#[tokio::test]
async fn used_wrongly_it_exits_with_2_and_where_nobody_answers_with_3() {
    let run = |words: &[&str]| {
        let cli = Cli::parse_from(std::iter::once(&"smart-admin").chain(words));
        async move { admin::run(cli, &World::of_operator()).await }
    };
    assert_eq!(run(&["clients", "list"]).await.unwrap_err().code(), 2);
    assert_eq!(run(&["doctor", "--base-url", "http://auth.example.org"]).await.unwrap_err().code(), 2);
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    assert_eq!(run(&["doctor", "--base-url", &format!("http://{nobody}")]).await.unwrap_err().code(), 3);
    for shell in ["bash", "zsh", "fish"] {
        assert!(run(&["completions", shell]).await.unwrap().contains("rotate-secret"), "{shell}");
    }
}
