//! `docs/settings.md` held against `template.yaml`: its tables are made from it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use local::template::{Template, Values};
use serde_json::Value;
use smart::consent::REMEMBERED_DAYS;
use smart::launch::LAUNCH_LIFETIME;
use smart::lockout;
use smart::long_request::FLOW_LIFETIME;
use smart::registration::{Limit, SECRET_SHOWN_FOR};
use smart::token::CODE_LIFETIME;
use smart_verify::time::CLOCK_LEEWAY;
use testkit::documents::hold_tables;

use super::page::root;

const PAGE: &str = "docs/settings.md";

/// With `UPDATE_SETTINGS=1` the tables are written anew.
#[test]
fn every_setting_stands_in_the_documents_with_its_default_and_none_that_is_gone() {
    let template = Template::of_this_repository(Values::at("https://auth.example.org")).unwrap();
    let document = template.document();
    let tables = [("parameters", parameters(document)), ("variables", variables(document))];
    hold_tables(&root().join(PAGE), "UPDATE_SETTINGS", &tables);
}

fn parameters(document: &Value) -> String {
    let mut table = "| parameter | default | what it is |\n| --- | --- | --- |\n".to_owned();
    for (name, parameter) in document["Parameters"].as_object().unwrap() {
        let default = match &parameter["Default"] {
            Value::Null => "has to be given".to_owned(),
            Value::String(text) if text.is_empty() => "empty".to_owned(),
            Value::String(text) => format!("`{text}`"),
            other => format!("`{other}`"),
        };
        let description = parameter["Description"].as_str().unwrap().trim().replace('|', "\\|");
        writeln!(table, "| `{name}` | {default} | {description} |").unwrap();
    }
    table
}

fn variables(document: &Value) -> String {
    let mut found: BTreeMap<String, (Vec<String>, Vec<String>)> = BTreeMap::new();
    let globals = &document["Globals"]["Function"]["Environment"]["Variables"];
    gather(globals, "all", &mut found);
    for resource in document["Resources"].as_object().unwrap().values() {
        if resource["Type"] == "AWS::Serverless::Function" {
            let binary = resource["Metadata"]["BuildProperties"]["Binary"].as_str().unwrap();
            gather(&resource["Properties"]["Environment"]["Variables"], binary, &mut found);
        }
    }
    let mut table = "| variable | functions | made from |\n| --- | --- | --- |\n".to_owned();
    for (name, (functions, sources)) in found {
        writeln!(table, "| `{name}` | {} | {} |", functions.join(", "), sources.join(", ")).unwrap();
    }
    table
}

fn gather(variables: &Value, function: &str, found: &mut BTreeMap<String, (Vec<String>, Vec<String>)>) {
    for (name, value) in variables.as_object().into_iter().flatten() {
        let (functions, sources) = found.entry(name.clone()).or_default();
        functions.push(function.to_owned());
        for source in names_in(value) {
            if !sources.contains(&source) {
                sources.push(source);
            }
        }
    }
}

/// The parameters and resources that an expression names.
fn names_in(value: &Value) -> Vec<String> {
    let quoted = |name: &str| format!("`{}`", name.split('.').next().unwrap_or_default());
    match value {
        Value::Object(members) => members
            .iter()
            .flat_map(|(function, argument)| match (function.as_str(), argument) {
                ("Ref" | "Fn::GetAtt", Value::String(name)) => vec![quoted(name)],
                ("Fn::Sub", Value::String(text)) => {
                    text.split("${").skip(1).filter_map(|rest| rest.split('}').next()).map(quoted).collect()
                }
                (_, argument) => names_in(argument),
            })
            .collect(),
        // The first argument of `If` is a condition, which is no name of a resource: a text of a list is left out.
        Value::Array(values) => values.iter().flat_map(names_in).collect(),
        _ => Vec::new(),
    }
}

/// Numbers that are no settings, as two pages tell them.
#[test]
fn numbers_in_the_documents_are_those_of_the_code() {
    let minutes = |time: Duration| time.as_secs() / 60;
    let window = minutes(lockout::WINDOW);
    let limits = [
        format!(
            "| tries to sign in, of one name from one address | {} in {window} minutes |",
            lockout::TRIES
        ),
        format!("| of one name from all addresses | {} in {window} minutes |", lockout::TRIES_FROM_ANYWHERE),
        format!("| of all names from one address | {} in {window} minutes |", lockout::TRIES_OF_ANYONE),
        format!(
            "| registrations without a token, from one address | {} an hour |",
            Limit::OPEN_REGISTRATION.requests
        ),
        format!(
            "| requests with a registration access token, from one address | {} a minute |",
            Limit::MANAGEMENT.requests
        ),
        format!("| life of a code | {} s |", CODE_LIFETIME.as_secs()),
        format!("| life of a launch handle | {} minutes |", minutes(LAUNCH_LIFETIME)),
    ];
    let kept = [
        format!("what the request says | {} minutes |", minutes(FLOW_LIFETIME)),
        format!("| user name, patient id | {} minutes |", minutes(LAUNCH_LIFETIME)),
        format!("the memory {REMEMBERED_DAYS} days |"),
        format!("the assertion's end and {} seconds", CLOCK_LEEWAY.as_secs()),
        format!("a secret in them {} minutes", minutes(SECRET_SHOWN_FOR)),
    ];
    for (page, sentences) in
        [("docs/operators/quotas.md", &limits[..]), ("docs/operators/data.md", &kept[..])]
    {
        let text = std::fs::read_to_string(root().join(page)).unwrap();
        for sentence in sentences {
            assert!(text.contains(sentence.as_str()), "{page} does not say: {sentence}");
        }
    }
}
