//! Settings of a running service: checked, written, and used without a restart.

use aws::config::{Environment, Settings};
use serde_json::{Value, json};

use super::service::{Service, http};

#[tokio::test(flavor = "multi_thread")]
async fn a_setting_is_used_within_five_minutes_and_can_be_taken_back() {
    let service = Service::start::<10>().await;
    let types = || async {
        let url = format!("{}/metadata", service.stack.urls.fhir_base_url);
        let statement: Value = http().get(url).send().await.unwrap().json().await.unwrap();
        statement["rest"][0]["resource"].as_array().map_or(0, Vec::len)
    };
    let before = types().await;
    assert!(before > 2, "{before}");
    let set = ["settings", "set", "fhir-resources", "-"];
    service.said(&set, Some("Patient,Observation\n")).await.unwrap();
    service.wait_for_functions();
    assert_eq!(types().await, 2);
    assert_eq!(
        service.said(&["settings", "show", "fhir-resources"], None).await.unwrap(),
        "Patient,Observation\n"
    );

    service.admin(&["settings", "remove", "fhir-resources", "--yes"]).await.unwrap();
    service.wait_for_functions();
    assert_eq!(types().await, before);
    let absent = service.admin(&["settings", "remove", "fhir-resources", "--yes"]).await.unwrap_err();
    assert_eq!(absent.code(), 1, "{absent}");

    for (name, value) in [("patient-scopes", "system/*.rs"), ("logo", "a picture"), ("logo", "")] {
        let wrong = service.said(&["settings", "set", name, "-"], Some(value)).await.unwrap_err();
        assert_eq!(wrong.code(), 2, "{wrong}");
    }
    service.stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_secret_is_one_that_the_service_opens_and_no_list_shows() {
    let service = Service::start::<11>().await;
    let file = |name: &str, text: &str| {
        let path = std::env::temp_dir().join(format!("smart-admin-{name}-{}", std::process::id()));
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let provider = json!({ "issuer": "https://op.example.org", "client_id": "us", "label": "Example" });
    let provider = file("provider", &provider.to_string());
    let secret = file("secret", "a secret\n");
    let key = service.key("SettingsKey");
    let words = ["settings", "set", "provider", &provider, "--settings-key", &key, "--client-secret"];
    let shown = service.admin(&[&words[..], &[&secret, "--dry-run"]].concat()).await.unwrap();
    assert_eq!(shown["written"], false);
    service.admin(&[&words[..], &[&secret]].concat()).await.unwrap();

    let environment = [("ISSUER", service.stack.urls.issuer.clone()), ("SETTINGS_KEY", key.clone())];
    let environment = environment.map(|(name, value)| (name.to_owned(), value));
    let settings = Settings {
        environment: Environment::from(std::collections::BTreeMap::from(environment)),
        stored: service.stored().await,
    };
    let sealed = settings.reader().upstream().unwrap().client_secret.unwrap();
    let kms = service.aws().await.kms();
    let opened = aws::kms::open(&kms, &sealed, aws::upstream::SECRET_PURPOSE).await.unwrap();
    assert_eq!(opened, b"a secret");

    let shown = service.said(&["settings", "show", "provider"], None).await.unwrap();
    let ciphertext = serde_json::from_str::<Value>(&shown).unwrap()["client_secret_ciphertext"].clone();
    for words in [&["settings", "list"][..], &["settings", "list", "--json"]] {
        let listed = service.said(words, None).await.unwrap();
        assert!(listed.contains("Example (https://op.example.org), client us, with a secret"), "{listed}");
        assert!(!listed.contains(ciphertext.as_str().unwrap()), "{listed}");
        assert!(listed.contains("chidi") && !listed.contains("chidi-demo-password"), "{listed}");
    }
    for path in [provider, secret] {
        std::fs::remove_file(path).unwrap();
    }
    service.stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sealed_secret_is_one_that_the_service_opens() {
    let service = Service::start::<12>().await;
    let key = service.key("SettingsKey");
    let seal = |secret: &'static str| {
        let cli = <admin::Cli as clap::Parser>::parse_from(["smart-admin", "seal", "--key", &key]);
        let world = service.world();
        async move { admin::run(cli, &admin::World { input: Some(secret.to_owned()), ..world.await }).await }
    };
    let ciphertext = seal("a secret\n").await.unwrap();
    let provider = json!({ "issuer": "https://op.example.org", "client_id": "us", "label": "Example",
        "client_secret_ciphertext": ciphertext.trim_end() });
    service.said(&["settings", "set", "provider", "-"], Some(&provider.to_string())).await.unwrap();
    assert_eq!(seal("\n").await.unwrap_err().code(), 2);
    service.stack.stop().await;
}
