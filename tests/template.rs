//! `template.yaml` held against the code: routes, settings and policies.

use std::collections::BTreeMap;

use aws::config::Environment;
use aws::dynamodb::{Need, needs_of};
use aws::{Aws, EmulatorUrls};
use local::template::{Function, Template, Values};
use serde_json::json;
use smart::ports::Reached;

use crate::support::{Answer, http, service};

fn template() -> Template {
    Template::of_this_repository(Values::at("https://auth.example.org")).unwrap()
}

fn function(binary: &str) -> Function {
    template().functions().unwrap().into_iter().find(|function| function.binary == binary).unwrap()
}

#[tokio::test]
async fn every_route_reaches_a_handler_that_knows_it() {
    for route in template().routes().unwrap() {
        let path = route
            .path
            .replace("/assets/{file}", pages::assets::css_path())
            .replace("{step}", "patient")
            .replace("{door}", "upstream")
            .replace("{client_id}", "none")
            .replace("{name}", "nobody")
            .replace("{secret}", "none")
            .replace("{id}", "none")
            .replace("{reason}", "verifier_mismatch")
            .replace("{page}", "clients")
            .replace("{part}", "secrets");
        let request = http()
            .request(http::Method::OPTIONS, service().at(&path))
            .header("origin", "https://a.example.org");
        let answer = Answer::of(request).await;
        assert!([204, 405].contains(&answer.status), "{}: {} {}", route.path, answer.status, answer.text);
    }
}

/// A setting that the template forgets keeps its function from starting, and one that no function reads is named too.
#[tokio::test]
async fn each_function_starts_with_the_settings_of_its_template_and_needs_them_all() {
    let nowhere = EmulatorUrls { dynamodb: service().urls.dynamodb.clone(), kms: service().urls.kms.clone() };
    let aws = Aws::emulated_at(nowhere).await;
    for function in service().template.functions().unwrap() {
        start(&function.binary, &function.environment, &aws).await.unwrap();
        let needed = function.environment.keys().filter(|name| !MAY_BE_LEFT_OUT.contains(&name.as_str()));
        for name in needed {
            let mut without = function.environment.clone();
            without.remove(name);
            let said = start(&function.binary, &without, &aws).await.unwrap_err();
            assert!(said.contains(name.as_str()), "{} without {name}: {said}", function.binary);
        }
    }
}

/// Settings with which a function does not stand or fall.
const MAY_BE_LEFT_OUT: [&str; 13] = [
    "ORIGIN_SECRET_HASH",
    "SANDBOX_FHIR_USER",
    "SANDBOX",
    "ASSERTION_ALGORITHMS",
    "LOOPBACK_KEYS",
    "LOG_LEVEL",
    "UPSTREAM",
    "LOCAL_ACCOUNTS",
    "SETTINGS_KEY",
    "CONTACT",
    "ACCENT_COLOUR",
    "LOGO_SVG",
    "TEST_ACCOUNTS",
];

async fn start(binary: &str, environment: &BTreeMap<String, String>, aws: &Aws) -> Result<(), String> {
    let environment = Environment::from(environment.clone());
    let outcome = match binary {
        "discovery" => discovery::wire(&environment, aws).await.map(drop),
        "authorize" => authorize::wire(&environment, aws).await.map(drop),
        "token" => token::wire(&environment, aws).await.map(drop),
        "backend-token" => backend_token::wire(&environment, aws).await.map(drop),
        "registration" => registration::wire(&environment, aws).await.map(drop),
        other => panic!("no such function: {other}"),
    };
    outcome.map_err(|error| error.to_string())
}

/// What a policy allows, sorted: each action with the key, the table or the index of a table that it is about.
type Permissions = Vec<(String, String)>;

fn granted(binary: &str) -> Permissions {
    let name = |resource: &str| {
        let (of, index) = resource.split_once("/index/").unwrap_or((resource, ""));
        let name = of.rsplit_once('/').map_or(of, |(_, name)| name);
        if index.is_empty() { name.to_owned() } else { format!("{name}/{index}") }
    };
    let statements = function(binary).policy;
    let pairs = statements.iter().flat_map(|statement| {
        statement.resources.iter().flat_map(move |resource| {
            statement.actions.iter().map(move |action| (action.clone(), name(resource)))
        })
    });
    let mut pairs: Permissions = pairs.collect();
    pairs.sort_unstable();
    pairs
}

/// What the ports take that a function names by `reach!`, and the keys that its start takes.
fn needed(reaches: Reached, start: &[(&str, &str)]) -> Permissions {
    let of_tables = needs_of(reaches.store()).unwrap().into_iter().map(|Need { table, index, operation }| {
        let index = index.map(|index| format!("/{index}")).unwrap_or_default();
        (format!("dynamodb:{operation}"), format!("{}{index}", table.logical_id()))
    });
    let of_keys = reaches.others().iter().flat_map(|port| match *port {
        "Signer" => vec![("GetPublicKey", "SigningKey"), ("Sign", "SigningKey")],
        "PublicKeys" => vec![("GetPublicKey", "SigningKey")],
        "JwksSource" | "PatientDirectory" => Vec::new(),
        other => panic!("what does the port {other} take of AWS?"),
    });
    let of_keys = of_keys.chain(start.iter().copied());
    let of_keys = of_keys.map(|(operation, key)| (format!("kms:{operation}"), key.to_owned()));
    let mut all: Permissions = of_tables.chain(of_keys).collect();
    all.sort_unstable();
    all
}

/// What a function's ports and its start need, and not one action more.
#[test]
fn each_policy_lists_exactly_the_actions_and_resources_its_ports_need() {
    let [token_mac, page_seal, audit_hash] =
        ["TokenMacKey", "PageSealKey", "AuditHashKey"].map(|key| ("GenerateMac", key));
    let settings = ("Decrypt", "SettingsKey");
    let publish = [("kms:GetPublicKey".to_owned(), "SigningKey".to_owned())];
    let functions = [
        ("discovery", publish.to_vec()),
        ("authorize", needed(authorize::REACHES, &[token_mac, page_seal, audit_hash, settings])),
        ("token", needed(token::REACHES, &[token_mac, audit_hash])),
        ("backend-token", needed(backend_token::REACHES, &[])),
        ("registration", needed(registration::REACHES, &[page_seal, audit_hash])),
    ];
    for (binary, needed) in functions {
        assert_eq!(granted(binary), needed, "{binary}");
    }
}

/// Also in the middle of a rotation, with three keys of AWS's length.
#[test]
fn the_environment_of_every_function_fits_into_4_kb() {
    let key = |number: u64| {
        let arn = format!(
            "arn:aws:kms:ap-southeast-2:111122223333:key/1234abcd-12ab-34cd-56ef-12345678900{number}"
        );
        json!({ "key": arn, "algorithm": "RS256", "publish_from": 1_790_000_000, "sign_from": 1_790_000_540,
            "sign_until": 1_790_100_000, "remove_at": 1_790_200_000 })
    };
    let schedule = json!([key(1), key(2), key(3)]).to_string();
    let values = Values::at(&service().urls.issuer).with("SigningKeys", schedule);
    for function in Template::of_this_repository(values).unwrap().functions().unwrap() {
        let size: usize = function.environment.iter().map(|(name, value)| name.len() + value.len()).sum();
        assert!(size < 4096, "{}: {size}", function.binary);
    }
}
