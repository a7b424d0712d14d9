//! What an older version keeps in parameters and in its template, copied into the SettingsTable once.

use admin::Failure;
use aws::dynamodb::SettingsTable;
use aws::{Aws, EmulatorUrls};
use local::{Options, Stack};
use serde_json::{Value, json};
use smart::settings::SettingsItem;
use smart::signing_keys::{Schedule, SigningAlgorithm};
use smart_verify::time::UnixSeconds;

use super::played::{NAME, Played};

/// A stack of an older version, whose SettingsTable is new.
struct Older {
    stack: Stack,
    played: Played,
    /// The key that was added by the older version.
    second: String,
}

impl Older {
    async fn start() -> Self {
        let stack = Stack::start(&Options::default()).await.unwrap();
        create_table(&stack).await;
        let keys = stack.template.keys().unwrap();
        let first = keys.into_iter().find(|key| key.logical_id == "SigningKey").unwrap().arn;
        let kms = aws(&stack).await.kms();
        let second = aws::kms::make_signing_key(&kms, SigningAlgorithm::RS256, "", &first).await.unwrap();
        let schedule = Schedule::parse(&first).unwrap();
        let schedule = schedule.add(&second, SigningAlgorithm::RS256, UnixSeconds(1_790_000_000)).unwrap();
        let mut played = Played::of(&stack);
        played.resources.iter_mut().find(|(id, ..)| id == "SettingsTable").unwrap().1 = TABLE.to_owned();
        for (name, value) in [
            ("SigningKeys", json!(schedule).to_string()),
            ("SigningKeyArns", format!("{first},{second}")),
            (
                "Upstream",
                json!({ "issuer": "https://op.example.org", "client_id": "us", "label": "ID" }).to_string(),
            ),
            ("FhirResources", "Patient,Observation".to_owned()),
            ("LogoSvg", "<svg xmlns=\"http://www.w3.org/2000/svg\"/>".to_owned()),
            ("PatientScopes", aws::config::TextName::PatientScopes.usual().to_owned()),
            ("TestAccounts", String::new()),
        ] {
            played.parameters.insert(name.to_owned(), value);
        }
        played.template =
            template(&json!({ "Fn::Sub": r#"{"key":"${TokenMacKey.Arn}","accept":[1,2],"mint":2}"# }));
        Self { stack, played, second }
    }

    async fn import(&self, more: &[&str]) -> Result<Value, Failure> {
        let words = [&["settings", "import", "--json", "--stack", NAME], more].concat();
        Ok(serde_json::from_str(&self.played.said(&words).await?).unwrap())
    }

    async fn stored(&self, item: SettingsItem) -> Option<String> {
        let table = SettingsTable::new(aws(&self.stack).await.dynamodb(), TABLE.to_owned());
        table.read(&[item]).await.unwrap().get(item).map(|stored| stored.value.clone())
    }
}

/// The SettingsTable of the older stack. That of the running service has its test accounts already.
const TABLE: &str = "older-settings";

async fn create_table(stack: &Stack) {
    let table = json!({
        "TableName": TABLE,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{ "AttributeName": "key", "AttributeType": "S" }],
        "KeySchema": [{ "AttributeName": "key", "KeyType": "HASH" }],
    });
    let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
    let request = http.post(&stack.urls.dynamodb).header("x-amz-target", "DynamoDB_20120810.CreateTable");
    let request = request.header("content-type", "application/x-amz-json-1.0").body(table.to_string());
    // The emulator wants a signature and checks none.
    let signature = "AWS4-HMAC-SHA256 Credential=local/20261126/eu-central-1/dynamodb/aws4_request, \
        SignedHeaders=host;x-amz-date, Signature=00";
    let request = request.header("authorization", signature).header("x-amz-date", "20261126T000000Z");
    let answer = request.send().await.unwrap();
    assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
}

async fn aws(stack: &Stack) -> Aws {
    let urls = EmulatorUrls { dynamodb: stack.urls.dynamodb.clone(), kms: stack.urls.kms.clone() };
    Aws::emulated_at(urls).await
}

/// A template after its transforms, in which two functions use the MAC key of tokens.
fn template(token_mac: &Value) -> String {
    let function = json!({ "Type": "AWS::Lambda::Function", "Properties": { "Environment": { "Variables": {
        "TOKEN_MAC": token_mac,
        "PAGE_SEAL": { "Fn::Sub": r#"{"key":"${PageSealKey.Arn}","accept":[1],"mint":1}"# },
    } } } });
    json!({ "Resources": { "AuthorizeFunction": function, "TokenFunction": function } }).to_string()
}

fn outcomes(said: &Value) -> Vec<(&str, &str)> {
    let items = said["items"].as_array().unwrap().iter();
    items.map(|row| (row["item"].as_str().unwrap(), row["outcome"].as_str().unwrap())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_parameters_of_an_older_version_are_imported_once() {
    let older = Older::start().await;
    let all = ["signing-keys", "mac-versions", "providers", "texts"];
    let shown = older.import(&["--dry-run"]).await.unwrap();
    assert_eq!(outcomes(&shown), all.map(|item| (item, "would be written")));
    assert_eq!(older.stored(SettingsItem::SigningKeys).await, None);
    assert!(older.stack.kms.aliases_of(&older.second).is_empty());

    let said = older.import(&[]).await.unwrap();
    assert_eq!(outcomes(&said), all.map(|item| (item, "written")));
    assert_eq!(said["items"][3]["found"], "FhirResources, LogoSvg");
    let schedule = Schedule::parse(&older.stored(SettingsItem::SigningKeys).await.unwrap()).unwrap();
    assert_eq!(schedule.keys().len(), 2);
    let macs: Value = serde_json::from_str(&older.stored(SettingsItem::MacVersions).await.unwrap()).unwrap();
    assert_eq!((&macs["token-mac"]["accept"], &macs["token-mac"]["mint"]), (&json!([1, 2]), &json!(2)));
    assert!(macs.get("page-seal").is_none(), "usual versions are skipped");
    let texts: Value = serde_json::from_str(&older.stored(SettingsItem::Texts).await.unwrap()).unwrap();
    assert_eq!(texts.as_object().unwrap().keys().collect::<Vec<_>>(), ["fhir-resources", "logo"]);
    let providers: Value =
        serde_json::from_str(&older.stored(SettingsItem::Providers).await.unwrap()).unwrap();
    assert_eq!(providers[0]["client_id"], "us");
    let id = older.second.rsplit('/').next().unwrap();
    assert_eq!(older.stack.kms.aliases_of(&older.second), [format!("alias/{NAME}/signing/{id}")]);
    assert!(schedule.keys().iter().any(|key| older.stack.kms.aliases_of(&key.key).is_empty()));

    let again = older.played.said(&["settings", "import", "--stack", NAME]).await.unwrap();
    assert!(again.starts_with("Everything is there already. Nothing was written."), "{again}");
    older.stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_changed_before_the_import_and_the_import_overwrites_nothing() {
    let older = Older::start().await;
    let scopes = ["settings", "set", "clinician-scopes", "-", "--stack", NAME];
    for (words, kept) in [
        (&scopes[..], "FhirResources, LogoSvg"),
        (&["keys", "add", "--stack", NAME], "SigningKeys"),
        (&["keys", "mac", "add", "audit-hash", "--stack", NAME], "token-mac"),
    ] {
        let refused = older.played.said_with(words, "openid fhirUser").await.unwrap_err();
        let (sentence, remedy) =
            (format!("still keeps {kept} outside the SettingsTable"), "settings import --stack");
        let refused = (refused.code(), refused.to_string());
        assert!(refused.0 == 1 && refused.1.contains(&sentence) && refused.1.contains(remedy), "{refused:?}");
    }
    older.import(&[]).await.unwrap();
    older.played.said_with(&scopes, "openid fhirUser").await.unwrap();
    let said = older.import(&[]).await.unwrap();
    assert_eq!(outcomes(&said)[3], ("texts", "kept"));
    let texts: Value = serde_json::from_str(&older.stored(SettingsItem::Texts).await.unwrap()).unwrap();
    let names: Vec<_> = texts.as_object().unwrap().keys().collect();
    assert_eq!(names, ["clinician-scopes", "fhir-resources", "logo"]);
    older.stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_that_are_given_for_one_mac_key_leave_those_of_the_others() {
    let older = Older::start().await;
    older.import(&["--mac", "page-seal=3:3"]).await.unwrap();
    let macs: Value = serde_json::from_str(&older.stored(SettingsItem::MacVersions).await.unwrap()).unwrap();
    assert_eq!((&macs["token-mac"]["mint"], &macs["page-seal"]["mint"]), (&json!(2), &json!(3)));
    older.stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_settings_table_nothing_is_imported() {
    let mut older = Older::start().await;
    older.played.resources.retain(|(id, ..)| id != "SettingsTable");
    let refused = older.import(&[]).await.unwrap_err();
    assert_eq!(refused.code(), 2);
    let sentence = "has no SettingsTable. Deploy the commit \"template: add a table for settings\" first.";
    assert!(refused.to_string().contains(sentence), "{refused}");
    older.stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_is_refused_where_users_have_local_accounts_only() {
    let mut older = Older::start().await;
    older.played.parameters.insert("SignInMode".to_owned(), "local".to_owned());
    let refused = older.import(&[]).await.unwrap_err();
    assert!(refused.to_string().contains("Deploy SignInMode upstream or both first."), "{refused}");
    assert_eq!(older.stored(SettingsItem::SigningKeys).await, None, "nothing was written");
    older.stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_that_cannot_be_read_are_given_by_hand() {
    let mut older = Older::start().await;
    older.played.template = template(&json!({ "Ref": "TokenMac" }));
    let refused = older.import(&[]).await.unwrap_err();
    assert_eq!(refused.code(), 1);
    assert!(refused.to_string().contains("Add the versions of each MAC key, such as --mac token-mac=1,2:2."));
    assert_eq!(older.stored(SettingsItem::SigningKeys).await, None, "nothing was written");
    let given = ["--mac", "token-mac=2,3:3", "--mac", "page-seal=1:1", "--mac", "audit-hash=1:1"];
    older.import(&given).await.unwrap();
    let macs: Value = serde_json::from_str(&older.stored(SettingsItem::MacVersions).await.unwrap()).unwrap();
    assert_eq!(macs["token-mac"]["accept"], json!([2, 3]));
    older.stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stack_with_usual_values_has_nothing_to_import() {
    let mut older = Older::start().await;
    older.played.parameters.retain(|name, _| name == "PatientScopes");
    older.played.template = template(&json!({ "Fn::Sub": r#"{"key":"k","accept":[1],"mint":1}"# }));
    let said = older.import(&[]).await.unwrap();
    assert!(outcomes(&said).iter().all(|(_, outcome)| ["skipped", "kept"].contains(outcome)), "{said}");
    assert_eq!(older.played.examined(&older.stack).await["ok"], true);
    older.stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_finds_parameters_that_were_not_imported() {
    let older = Older::start().await;
    let found = |said: &Value| {
        let checks = said["checks"].as_array().unwrap().iter();
        let mut checks = checks.filter(|check| check["check"] == "settings imported");
        checks.next().cloned().unwrap()
    };
    let check = found(&older.played.examined(&older.stack).await);
    assert_eq!(check["outcome"], "fail");
    assert!(check["found"].as_str().unwrap().contains("SigningKeys, token-mac, Upstream"), "{check}");
    let remedy = check["remedy"].as_str().unwrap();
    assert!(remedy.ends_with(&format!("\ncargo admin settings import --stack {NAME}")), "{remedy}");
    older.import(&[]).await.unwrap();
    assert_eq!(found(&older.played.examined(&older.stack).await)["outcome"], "pass");
    older.stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_keys_of_a_stack_are_found_by_its_name() {
    let older = Older::start().await;
    let listed = older.played.said(&["keys", "list", "--json", "--stack", NAME]).await.unwrap();
    let listed: Value = serde_json::from_str(&listed).unwrap();
    assert_eq!(listed["signing_keys"][0]["key"], "arn:aws:kms:eu-central-1:000000000000:key/SigningKey");
    assert!(listed["signing_keys_version"].is_null());
    older.import(&[]).await.unwrap();
    let added = older.played.said(&["keys", "add", "--stack", NAME]).await.unwrap();
    let next = added.lines().find(|line| line.starts_with("cargo admin keys promote ")).unwrap();
    assert!(next.ends_with(&format!(" --stack {NAME}")), "{next}");
    let unknown = older.played.said(&["keys", "list", "--stack", "smart"]).await.unwrap_err();
    assert_eq!(
        (unknown.code(), unknown.to_string().contains("There is no stack smart")),
        (2, true),
        "{unknown}"
    );
    older.stack.stop().await;
}
