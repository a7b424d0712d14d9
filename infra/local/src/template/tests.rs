//! This repository's template, and the corners of the reader that it does not visit.

use super::*;

fn ours() -> Template {
    Template::of_this_repository(Values::at("http://127.0.0.1:9000")).unwrap()
}

fn with_resources(resources: &str) -> Template {
    Template::parse(&format!("Resources:\n{resources}"), Values::at("http://x")).unwrap()
}

fn function(template: &Template, binary: &str) -> Function {
    template.functions().unwrap().into_iter().find(|function| function.binary == binary).unwrap()
}

#[test]
fn the_template_has_five_functions_their_tables_and_keys() {
    let names: Vec<_> = ours().functions().unwrap().into_iter().map(|function| function.binary).collect();
    assert_eq!(names.len(), 5);
    assert_eq!(ours().tables().unwrap().len(), 11);
    assert_eq!(ours().keys().unwrap().len(), 5);
}

#[test]
fn a_key_of_which_nothing_is_said_encrypts() {
    let key = with_resources("  K: {Type: 'AWS::KMS::Key', Properties: {PendingWindowInDays: 30}}\n")
        .keys()
        .unwrap();
    assert_eq!((key[0].spec, key[0].usage), (KeySpec::SYMMETRIC_DEFAULT, KeyUsage::EncryptDecrypt));
    let wrong = with_resources("  K: {Type: 'AWS::KMS::Key', Properties: {KeySpec: [RSA_2048]}}\n");
    assert!(wrong.keys().is_err());
}

#[test]
fn the_issuer_is_the_api_unless_a_domain_is_given() {
    assert_eq!(function(&ours(), "token").environment["ISSUER"], "http://127.0.0.1:9000");
    let values = Values::at("http://127.0.0.1:9000").with("DomainName", "auth.example.org");
    let environment = function(&Template::of_this_repository(values).unwrap(), "token").environment;
    assert_eq!(environment["ISSUER"], "https://auth.example.org");
    assert_eq!(environment["FHIR_BASE_URL"], "http://127.0.0.1:9000/fhir");
}

#[test]
fn the_fhir_server_is_the_demo_unless_another_is_given() {
    assert_eq!(function(&ours(), "token").environment["FHIR_BASE_URL"], "http://127.0.0.1:9000/fhir");
    let values = Values::at("http://127.0.0.1:9000").with("FhirBaseUrl", "https://fhir.example.org/r4");
    let environment = function(&Template::of_this_repository(values).unwrap(), "token").environment;
    assert_eq!(environment["FHIR_BASE_URL"], "https://fhir.example.org/r4");
}

#[test]
fn keys_are_named_by_their_arns() {
    let environment = function(&ours(), "authorize").environment;
    assert_eq!(environment["SIGNING_KEY"], "arn:aws:kms:eu-central-1:000000000000:key/SigningKey");
    assert_eq!(environment["TOKEN_MAC_KEY"], "arn:aws:kms:eu-central-1:000000000000:key/TokenMacKey");
}

#[test]
fn a_function_has_its_own_memory_or_the_common_one() {
    assert_eq!(function(&ours(), "authorize").memory, 1024);
    assert_eq!(function(&ours(), "token").memory, 256);
}

#[test]
fn later_signing_keys_are_allowed_by_alias_and_only_then() {
    let later = "arn:aws:kms:eu-central-1:000000000000:key/later";
    let may = |binary, action, alias: &str| function(&ours(), binary).may(action, later, &[alias.to_owned()]);
    let alias = "alias/local/signing/later";
    assert!(!function(&ours(), "token").may("kms:Sign", later, &[]));
    assert!(!may("token", "kms:Sign", "alias/another/signing/later"));
    assert!(may("token", "kms:Sign", alias));
    assert!(!may("registration", "kms:Sign", alias));
    assert!(may("registration", "kms:GetPublicKey", alias));
}

#[test]
fn no_policy_holds_a_wildcard_but_for_keys_of_one_alias() {
    for function in ours().functions().unwrap() {
        for statement in function.policy {
            let resources = if statement.aliases == ["alias/local/signing/*"] {
                assert_eq!(statement.resources, ["arn:aws:kms:eu-central-1:000000000000:key/*"]);
                Vec::new()
            } else {
                statement.resources.clone()
            };
            let all = statement.actions.iter().chain(&resources);
            assert!(all.clone().all(|entry| !entry.contains('*')), "{}: {all:?}", function.logical_id);
        }
    }
}

#[test]
fn every_route_leads_to_a_function() {
    let functions: Vec<_> = ours().functions().unwrap().into_iter().map(|one| one.logical_id).collect();
    let routes = ours().routes().unwrap();
    assert!(routes.iter().all(|route| functions.contains(&route.function)));
    let client =
        Route { path: "/clients/{client_id}".to_owned(), function: "RegistrationFunction".to_owned() };
    assert!(routes.contains(&client));
}

#[test]
fn a_table_names_its_key_its_index_and_what_ends_its_items() {
    let tables = ours().tables().unwrap();
    let clients = tables.iter().find(|table| table.name == "ClientsTable").unwrap();
    assert_eq!((clients.partition_key.as_str(), &clients.expires_by), ("client_id", &None));
    assert_eq!(clients.indexes[0].name, "by_creation");
    assert_eq!(clients.indexes[0].sort_key.as_deref(), Some("created"));
    let grants = tables.iter().find(|table| table.name == "GrantsTable").unwrap();
    assert_eq!(grants.expires_by.as_deref(), Some("expires_at"));
}

#[test]
fn a_value_for_a_parameter_that_does_not_exist_is_refused_by_name() {
    let error = Template::of_this_repository(Values::at("http://x").with("Nonsense", "1")).unwrap_err();
    assert_eq!(error.to_string(), "template.yaml, Parameters: there is no parameter Nonsense.");
}

#[test]
fn a_reference_to_nothing_is_refused_with_its_place() {
    let template =
        with_resources("  T:\n    Type: AWS::DynamoDB::Table\n    Properties:\n      A: {B: !Ref C}\n");
    assert_eq!(
        template.tables().unwrap_err().to_string(),
        "template.yaml, Resources.T.Properties.A.B: there is no parameter or resource C."
    );
}

#[test]
fn an_unknown_function_is_refused_with_its_place() {
    let template =
        with_resources("  T:\n    Type: AWS::DynamoDB::Table\n    Properties: {A: [!Cidr [a, 1, 2]]}\n");
    assert_eq!(
        template.tables().unwrap_err().to_string(),
        "template.yaml, Resources.T.Properties.A[0]: the function Fn::Cidr is not known here."
    );
}

#[test]
fn conditions_combine() {
    let text = "
Parameters: {A: {Type: String, Default: x}}
Conditions:
  Yes: !Equals [!Ref A, x]
  No: !Not [!Condition Yes]
  Both: !And [!Condition Yes, !Condition No]
  Any: !Or [!Condition No, !Condition Yes]
  None: !Or [!Condition No, !Condition Both]
";
    let template = Template::parse(text, Values::default()).unwrap();
    let holds = |name: &str| template.condition(name, "here").unwrap();
    assert!(holds("Yes") && holds("Any"));
    assert!(!holds("No") && !holds("Both") && !holds("None"));
    assert!(template.condition("Missing", "here").is_err());
}

#[test]
fn sub_takes_names_attributes_literals_and_a_map() {
    let template = with_resources("  K: {Type: 'AWS::KMS::Key'}\n");
    let sub = |argument: &Value| template.evaluated(&serde_json::json!({"Fn::Sub": argument}), "here");
    assert_eq!(sub(&"${AWS::Region} ${!AWS::Region} $x".into()).unwrap(), "eu-central-1 ${AWS::Region} $x");
    assert_eq!(sub(&"${K.Arn}".into()).unwrap(), "arn:aws:kms:eu-central-1:000000000000:key/K");
    let argument = serde_json::json!(["${One}-${K}", {"One": {"Ref": "AWS::Partition"}}]);
    assert_eq!(sub(&argument).unwrap(), "aws-K");
    assert!(sub(&"${K.Nothing}".into()).is_err());
    assert!(sub(&"${open".into()).is_err());
}

#[test]
fn cargo_lambda_has_the_routes_of_the_template() {
    let manifest = include_str!("../../../../Cargo.toml");
    let (_, table) = manifest.split_once("[workspace.metadata.lambda.watch.router]\n").unwrap();
    let lines = table.lines().take_while(|line| !line.starts_with('['));
    let routed: std::collections::BTreeMap<_, _> = lines
        .filter_map(|line| line.split_once(" = "))
        .map(|(path, name)| (quoted(path), quoted(name)))
        .collect();
    let functions = ours().functions().unwrap();
    let binary = |id: &str| functions.iter().find(|one| one.logical_id == id).unwrap().binary.clone();
    // cargo-lambda has no default route, and answers 404 itself.
    let paths = ours().routes().unwrap().into_iter().filter(|route| route.path != Route::DEFAULT);
    let wanted = paths.map(|route| (route.path, binary(&route.function))).collect();
    assert_eq!(routed, wanted);
}

fn quoted(text: &str) -> String {
    text.trim().trim_matches('"').to_owned()
}
