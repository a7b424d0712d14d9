//! Stored items keep their form. Each item of `stored/*.json` was written by the code of commit 8f3e84b, apart from the
//! newer `basis` and `pkce` of grants. The tests put it into its table, read it with the store of today, write it back,
//! and expect the same item.
//!
//! `UPDATE_STORED=1` writes the files again with what the store wrote. Use it to add an item: a changed line means that
//! code which runs side by side with the old code loses or misreads what the old code stored.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use aws::dynamodb::Tables;
use aws::{Aws, DynamoClient, EmulatorUrls};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use smart::authorization::Progress;
use smart::consent::Decided;
use smart::lockout::Counter;
use smart::ports::{
    Changed, ClientWriter, ConsentStore, FlowStore, GrantIssuer, GrantKeeper, Issued, LaunchStore, NewGrant,
    ProblemReader, ProblemWriter, Registry, Replace, ReplayStore, RequestCounter, SessionReader,
    SessionStore, Spend, Tombstones, UserKeeper, UserReader, Write, Written,
};
use smart_verify::time::UnixSeconds;
use testkit::fixtures::{self, NOW};
use web::browser::cookies::{PreSession, SessionCookie};

use crate::support::tables::tables;
use crate::support::{Service, own_service, service, use_service};

/// Items by what is special about each.
type Items = BTreeMap<String, Value>;

fn path(kind: &str) -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("stored/{kind}.json"))
}

fn golden(kind: &str) -> Items {
    serde_json::from_str(&std::fs::read_to_string(path(kind)).unwrap()).unwrap()
}

/// Compares what was written with the file, or writes the file, one line per item.
fn compare(kind: &str, written: &Items) {
    if std::env::var_os("UPDATE_STORED").is_some() {
        let lines: Vec<String> =
            written.iter().map(|(name, item)| format!("  {}: {item}", json!(name))).collect();
        return std::fs::write(path(kind), format!("{{\n{}\n}}\n", lines.join(",\n"))).unwrap();
    }
    for (name, item) in golden(kind) {
        assert_eq!(written[&name], item, "stored/{kind}.json: {name}");
    }
}

/// The service of these tests alone: what they store shows in no list of another test.
static SERVICE: LazyLock<&Service> = LazyLock::new(own_service);

/// A table without the store around it.
struct Raw {
    db: DynamoClient,
    name: &'static str,
    key: &'static str,
}

impl Raw {
    async fn new(name: &'static str, key: &'static str) -> Self {
        use_service(*SERVICE);
        let urls = &service().urls;
        let (dynamodb, kms) = (urls.dynamodb.clone(), urls.kms.clone());
        let aws = Aws::emulated_at(EmulatorUrls { dynamodb, kms }).await;
        Self { db: aws.dynamodb(), name, key }
    }

    async fn put(&self, item: &Value) {
        let item = serde_dynamo::to_item(item).unwrap();
        self.db.put_item().table_name(self.name).set_item(Some(item)).send().await.unwrap();
    }

    async fn get(&self, item: &Value) -> Value {
        let key = serde_dynamo::to_item(json!({ self.key: item[self.key] })).unwrap();
        let read = self.db.get_item().table_name(self.name).set_key(Some(key)).consistent_read(true);
        serde_dynamo::from_item(read.send().await.unwrap().item.unwrap()).unwrap()
    }

    /// Puts an item, lets the store read it and write it back, and returns what is stored then.
    async fn after(&self, item: &Value, rewrite: impl AsyncFn(&Tables, &Value)) -> Value {
        self.put(item).await;
        rewrite(&tables().await, item).await;
        self.get(item).await
    }

    /// The same with fields that this code does not know, also in an object of a list.
    async fn keeps_unknown(&self, kind: &str, list: &str, rewrite: impl AsyncFn(&Tables, &Value)) {
        for (name, mut item) in golden(kind) {
            item["newer_text"] = json!("text");
            item["newer_nested"] = json!({ "list": ["text", 1, -1, 1.5, true, null, {}, []] });
            for inner in item.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
                inner["newer_flag"] = json!(true);
            }
            assert_eq!(self.after(&item, &rewrite).await, item, "{kind}: {name}");
        }
    }

    async fn keeps(&self, kind: &str, rewrite: impl AsyncFn(&Tables, &Value)) {
        let mut written = Items::new();
        for (name, item) in golden(kind) {
            written.insert(name, self.after(&item, &rewrite).await);
        }
        compare(kind, &written);
    }
}

fn text<'a>(item: &'a Value, name: &str) -> &'a str {
    item[name].as_str().unwrap()
}

fn moment(item: &Value) -> UnixSeconds {
    UnixSeconds(item["expires_at"].as_u64().unwrap())
}

async fn rewrite_client(tables: &Tables, item: &Value) {
    let client = tables.current(&text(item, "client_id").parse().unwrap()).await.unwrap().unwrap();
    let written = ClientWriter::replace(tables, &client, client.version).await.unwrap();
    assert_eq!(written, Changed::Changed);
}

async fn rewrite_user(tables: &Tables, item: &Value) {
    let user = tables.user(text(item, "name")).await.unwrap().unwrap();
    assert_eq!(tables.replace_user(&user, user.version).await.unwrap(), Changed::Changed);
}

async fn rewrite_session(tables: &Tables, item: &Value) {
    let session = tables.session(text(item, "id")).await.unwrap().unwrap();
    tables.begin(&session, None, &[]).await.unwrap();
}

#[tokio::test]
async fn stored_clients_are_read_and_written_back_unchanged_with_unknown_fields() {
    let raw = Raw::new("ClientsTable", "client_id").await;
    raw.keeps("clients", rewrite_client).await;
    raw.keeps_unknown("clients", "secrets", rewrite_client).await;
}

#[tokio::test]
async fn stored_users_are_read_and_written_back_unchanged_with_unknown_fields() {
    let raw = Raw::new("UsersTable", "name").await;
    raw.keeps("users", rewrite_user).await;
    raw.keeps_unknown("users", "", rewrite_user).await;
}

#[tokio::test]
async fn stored_sessions_are_read_and_written_back_unchanged_with_unknown_fields() {
    let raw = Raw::new("SessionsTable", "id").await;
    raw.keeps("sessions", rewrite_session).await;
    raw.keeps_unknown("sessions", "", rewrite_session).await;
}

#[tokio::test]
async fn stored_grants_are_read_and_written_back_unchanged_with_unknown_fields() {
    let rewrite = async |tables: &Tables, item: &Value| {
        let key = serde_json::from_value(item["key"].clone()).unwrap();
        let grant = tables.grant(&key).await.unwrap().unwrap();
        let written = GrantKeeper::replace(tables, grant.version, &grant).await.unwrap();
        assert!(matches!(written, Replace::Replaced));
    };
    let raw = Raw::new("GrantsTable", "key").await;
    raw.keeps("grants", rewrite).await;
    raw.keeps_unknown("grants", "", rewrite).await;
}

#[tokio::test]
async fn stored_tombstones_are_read_and_written_back_unchanged() {
    let rewrite = async |tables: &Tables, item: &Value| {
        assert!(tables.is_buried("example-jti").await.unwrap());
        tables.bury("example-jti", moment(item)).await.unwrap();
    };
    Raw::new("GrantsTable", "key").await.keeps("tombstones", rewrite).await;
}

#[tokio::test]
async fn stored_flows_are_read_and_written_back_unchanged() {
    let rewrite = async |tables: &Tables, item: &Value| {
        let flow = tables.flow(text(item, "key")).await.unwrap().unwrap();
        FlowStore::keep(tables, &flow).await.unwrap();
    };
    Raw::new("FlowsTable", "key").await.keeps("flows", rewrite).await;
}

#[tokio::test]
async fn stored_launches_are_read_and_written_back_unchanged() {
    let rewrite = async |tables: &Tables, item: &Value| {
        let launch = tables.launch(text(item, "key")).await.unwrap().unwrap();
        LaunchStore::open(tables, &launch).await.unwrap();
    };
    Raw::new("LaunchesTable", "key").await.keeps("launches", rewrite).await;
}

/// Only a new grant writes reports and consents.
#[tokio::test]
async fn stored_consents_and_reports_are_read_and_written_back_unchanged() {
    let raw = Raw::new("ConsentsTable", "key").await;
    let name = fixtures::fresh_name();
    tables().await.put_user(&fixtures::user(&name)).await.unwrap();
    let rewrite = async |tables: &Tables, item: &Value| {
        let client = text(item, "client_id").parse().unwrap();
        let decided = tables.decided_by(text(item, "sub"), Some(&client), None).await.unwrap().items;
        let decided = decided.into_iter().find(|decided| decided.key() == item["key"]).unwrap();
        let (grant, _) = fixtures::issued_grant("example-app", &name);
        let (report, consent) = match decided {
            Decided::Report(report) => (report, None),
            Decided::Consent(consent) => (fixtures::report(&grant), Some(consent)),
        };
        if let Some(consent) = &consent {
            assert_eq!(tables.consent(&consent.key).await.unwrap().as_ref(), Some(consent));
        }
        let new = NewGrant { grant, report, consent, launch: None };
        assert!(matches!(tables.issue(&new).await.unwrap(), Issued::Issued));
    };
    raw.keeps("consents", rewrite).await;
}

#[tokio::test]
async fn stored_registry_entries_are_read_and_written_back_unchanged() {
    let rewrite = async |tables: &Tables, item: &Value| {
        let entry = tables.entry(text(item, "key")).await.unwrap().unwrap();
        let replace = Write::ReplaceEntry { next: &entry, read_version: entry.version };
        assert_eq!(tables.write(&[replace], NOW).await.unwrap(), Written::Written);
    };
    Raw::new("RegistryTable", "key").await.keeps("registry", rewrite).await;
}

#[tokio::test]
async fn stored_problems_are_read_and_written_back_unchanged() {
    let rewrite = async |tables: &Tables, _: &Value| {
        let client = "example-app".parse().unwrap();
        let problems = tables.problems(&client, NOW).await.unwrap();
        assert_eq!(problems.len(), 2);
        for problem in problems.iter().rev() {
            ProblemWriter::keep(tables, &client, problem).await;
        }
    };
    Raw::new("ReplayTable", "key").await.keeps("problems", rewrite).await;
}

/// The item cannot be written back: `by` is random.
#[tokio::test]
async fn stored_spent_assertions_are_read_and_their_form_is_kept() {
    let spend = async |tables: &Tables, item: &Value| {
        let spent = tables.spend(text(item, "key"), moment(item), NOW).await.unwrap();
        assert_eq!(spent, Spend::SeenBefore);
    };
    let raw = Raw::new("ReplayTable", "key").await;
    raw.keeps("replay", spend).await;
    for item in golden("replay").values() {
        let again = async |tables: &Tables, item: &Value| {
            let later = UnixSeconds(moment(item).0 + 1);
            assert_eq!(tables.spend(text(item, "key"), moment(item), later).await.unwrap(), Spend::Spent);
        };
        let mut written = raw.after(item, again).await;
        assert_ne!(text(&written, "by"), text(item, "by"));
        written["by"] = item["by"].clone();
        assert_eq!(&written, item);
    }
}

#[tokio::test]
async fn stored_counts_of_attempts_are_raised_and_lowered_unchanged() {
    let raise_and_lower = async |tables: &Tables, item: &Value| {
        let (key, ends_at) = (text(item, "key").to_owned(), moment(item));
        let counter = Counter { key, limit: 5, ends_at, begins_anew: false };
        assert_eq!(tables.count(&counter).await.unwrap(), item["tries"].as_u64().unwrap() + 1);
        let mut session = golden("sessions").into_values().next().unwrap();
        session["id"] = json!(fixtures::fresh_name());
        let session = serde_json::from_value(session).unwrap();
        tables.begin(&session, None, &[counter]).await.unwrap();
    };
    Raw::new("AttemptsTable", "key").await.keeps("attempts", raise_and_lower).await;
}

/// Reads each item as a type and writes it back.
fn keeps<T: Serialize + DeserializeOwned>(kind: &str) {
    let written = golden(kind).into_iter().map(|(name, item)| {
        let read: T = serde_json::from_value(item).unwrap_or_else(|error| panic!("{name}: {error}"));
        (name, json!(read))
    });
    compare(kind, &written.collect());
}

/// Browsers store these sealed, so old and new code meet them in the same way.
#[test]
fn what_is_sealed_for_a_browser_is_read_and_written_back_unchanged() {
    keeps::<Progress>("steps");
    keeps::<SessionCookie>("session_cookies");
    keeps::<PreSession>("pre_sessions");
}
