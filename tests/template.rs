//! `template.yaml` held against the code: routes, settings and policies.

use std::collections::BTreeMap;

use aws::config::Environment;
use aws::dynamodb::{Need, needs_of};
use aws::function::{Function as LambdaFunction, Running};
use aws::kms::KmsSigner;
use aws::{Aws, Deployed, EmulatorUrls};
use local::template::{Function, Route, Template, Values};
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
    let routes = template().routes().unwrap();
    assert!(routes.iter().any(|route| route.path == Route::DEFAULT && route.function == "DiscoveryFunction"));
    for route in routes.into_iter().filter(|route| route.path != Route::DEFAULT) {
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

/// Otherwise a flood of requests for unknown paths takes the capacity of all others.
#[test]
fn the_default_route_has_a_small_limit_of_its_own() {
    let template = template();
    let stage = &template.document()["Resources"]["DefaultStage"];
    let limits = &stage["Properties"]["RouteSettings"][Route::DEFAULT];
    assert!(limits["ThrottlingRateLimit"].as_u64().unwrap() <= 20, "{limits}");
    assert!(limits["ThrottlingBurstLimit"].as_u64().unwrap() <= 40, "{limits}");
    // API Gateway refuses settings of a route that it does not have yet.
    assert!(stage["DependsOn"].as_array().unwrap().iter().any(|route| route == "DefaultRoute"));
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
const MAY_BE_LEFT_OUT: [&str; 11] = [
    "ORIGIN_SECRET_HASH",
    "SANDBOX_FHIR_USER",
    "SANDBOX",
    "ASSERTION_ALGORITHMS",
    "LOOPBACK_KEYS",
    "LOG_LEVEL",
    "LOCAL_ACCOUNTS",
    "PROVIDER_SIGN_IN",
    "SETTINGS_KEY",
    "CONTACT",
    "ACCENT_COLOUR",
];

async fn start(binary: &str, environment: &BTreeMap<String, String>, aws: &Aws) -> Result<(), String> {
    match binary {
        "discovery" => started::<discovery::Ports<KmsSigner>>(environment, aws).await,
        "authorize" => started::<authorize::Ports<Deployed>>(environment, aws).await,
        "token" => started::<token::Ports<Deployed>>(environment, aws).await,
        "backend-token" => started::<backend_token::Ports<Deployed>>(environment, aws).await,
        "registration" => started::<registration::Ports<Deployed>>(environment, aws).await,
        other => panic!("no such function: {other}"),
    }
}

async fn started<F: LambdaFunction>(environment: &BTreeMap<String, String>, aws: &Aws) -> Result<(), String> {
    let environment = Environment::from(environment.clone());
    let started = Running::<F>::start(environment, aws.clone(), aws::lambda::now()).await;
    started.map(drop).map_err(|error| error.to_string())
}

/// What a policy allows, sorted: each action with the key, the table or the index of a table that it is about.
type Permissions = Vec<(String, String)>;

fn granted(binary: &str) -> Permissions {
    let name = |resource: &str| {
        let (of, index) = resource.split_once("/index/").unwrap_or((resource, ""));
        let name = of.rsplit_once('/').map_or(of, |(_, name)| name);
        let name = if resource.starts_with("alias/") { resource } else { name };
        if index.is_empty() { name.to_owned() } else { format!("{name}/{index}") }
    };
    let statements = function(binary).policy;
    let pairs = statements.iter().flat_map(|statement| {
        let of = if statement.aliases.is_empty() { &statement.resources } else { &statement.aliases };
        of.iter().flat_map(move |of| statement.actions.iter().map(move |action| (action.clone(), name(of))))
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
        "Signer" => SIGNING_KEYS.into_iter().flat_map(|key| [("GetPublicKey", key), ("Sign", key)]).collect(),
        "PublicKeys" => SIGNING_KEYS.into_iter().map(|key| ("GetPublicKey", key)).collect(),
        "JwksSource" | "PatientDirectory" => Vec::new(),
        other => panic!("what does the port {other} take of AWS?"),
    });
    let of_keys = of_keys.chain(start.iter().copied());
    let of_keys = of_keys.map(|(operation, key)| (format!("kms:{operation}"), key.to_owned()));
    let mut all: Permissions = of_tables.chain(of_keys).chain([settings()]).collect();
    all.sort_unstable();
    all
}

/// The key of the stack, and those that a rotation made.
const SIGNING_KEYS: [&str; 2] = ["SigningKey", "alias/local/signing/*"];

/// Every function reads its settings.
fn settings() -> (String, String) {
    ("dynamodb:GetItem".to_owned(), "SettingsTable".to_owned())
}

/// What a function's ports and its start need, and not one action more.
#[test]
fn each_policy_lists_exactly_the_actions_and_resources_its_ports_need() {
    let [token_mac, page_seal, audit_hash] =
        ["TokenMacKey", "PageSealKey", "AuditHashKey"].map(|key| ("GenerateMac", key));
    let open = ("Decrypt", "SettingsKey");
    let publish = SIGNING_KEYS.map(|key| ("kms:GetPublicKey".to_owned(), key.to_owned()));
    let functions = [
        ("discovery", std::iter::once(settings()).chain(publish).collect()),
        ("authorize", needed(authorize::REACHES, &[token_mac, page_seal, audit_hash, open])),
        ("token", needed(token::REACHES, &[token_mac, audit_hash])),
        ("backend-token", needed(backend_token::REACHES, &[])),
        ("registration", needed(registration::REACHES, &[page_seal, audit_hash])),
    ];
    for (binary, needed) in functions {
        assert_eq!(granted(binary), needed, "{binary}");
    }
}
