//! What the command line asks about a stack.

#![allow(clippy::unwrap_used, reason = "a journey that cannot continue has failed")]

mod import;
mod played;

use admin::Failure;
use local::{Options, Stack};
use serde_json::Value;

use played::{NAME, Played};

fn outcome<'a>(said: &'a Value, name: &str) -> (&'a str, &'a str) {
    let check = said["checks"].as_array().unwrap().iter().find(|check| check["check"] == name);
    let check = check.unwrap_or_else(|| panic!("no check {name}: {said:#}"));
    (check["outcome"].as_str().unwrap(), check["found"].as_str().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_finds_a_missing_alarm_and_tables_that_keep_or_lose_too_much() {
    let stack = Stack::start(&Options::default()).await.unwrap();
    let whole = Played::of(&stack);
    let said = whole.examined(&stack).await;
    assert_eq!(said["ok"], true, "{said:#}");
    let (alarms, tables) = (whole.count("AWS::CloudWatch::Alarm"), whole.count("AWS::DynamoDB::Table"));
    assert!(alarms > 0 && tables > 0);
    assert_eq!(outcome(&said, "alarms"), ("pass", &*format!("there, all {alarms}")));
    assert_eq!(outcome(&said, "TTL"), ("pass", &*format!("on, {tables} tables")));
    assert_eq!(outcome(&said, "point-in-time recovery"), ("pass", &*format!("on, {tables} tables")));
    assert_eq!(outcome(&said, "deletion protection"), ("pass", &*format!("on, {tables} tables")));
    assert_eq!(outcome(&said, "settings imported").0, "pass");

    let mut broken = whole.clone();
    broken.resources.retain(|(id, ..)| id != "ReplayAlarm");
    let named = |id: &str| whole.resources.iter().find(|(of, ..)| of == id).unwrap().1.clone();
    // Clients and users do not end: their tables have no TTL to be on.
    broken.endless = vec![named("GrantsTable"), named("ClientsTable"), named("UsersTable")];
    broken.lost = vec![named("ClientsTable")];
    broken.unprotected = vec![named("GrantsTable"), named("UsersTable")];
    let said = broken.examined(&stack).await;
    assert_eq!(outcome(&said, "alarms"), ("fail", "not there: ReplayAlarm"));
    assert_eq!(outcome(&said, "TTL"), ("fail", &*format!("off: {}", named("GrantsTable"))));
    assert_eq!(
        outcome(&said, "point-in-time recovery"),
        ("fail", &*format!("off: {}", named("ClientsTable")))
    );

    let (grants, users) = (named("GrantsTable"), named("UsersTable"));
    assert_eq!(outcome(&said, "deletion protection"), ("fail", &*format!("off: {grants}, {users}")));
    let words = ["doctor", "--base-url", &stack.urls.fhir_base_url, "--stack", NAME, "--config-env", "it's"];
    let Err(Failure::Found(said)) = broken.said(&words).await else { panic!("nothing is found") };
    let protect = "sam deploy --config-env 'it'\\''s' --stack-name smart-test --parameter-overrides DeletionProtection=true";
    let expire =
        format!("aws dynamodb update-time-to-live --table-name {grants} --time-to-live-specification");
    for command in [protect, &expire] {
        assert!(said.lines().any(|line| line.starts_with(command)), "{command}: {said}");
    }

    // All that the template lets forget, and nothing else.
    let mut endless = whole.clone();
    endless.endless = whole.resources.iter().map(|(_, name, _)| name.clone()).collect();
    let resources = &stack.template.document()["Resources"];
    let forgets = |id: &str| resources[id]["Properties"]["TimeToLiveSpecification"]["Enabled"] == true;
    let with_ttl = whole.resources.iter().filter(|(id, ..)| forgets(id));
    let names: Vec<_> = with_ttl.map(|(_, name, _)| name.as_str()).collect();
    assert!(names.len() > 4, "{names:?}");
    let said = endless.examined(&stack).await;
    assert_eq!(outcome(&said, "TTL"), ("fail", &*format!("off: {}", names.join(", "))));

    let said = whole.said(&["doctor", "--base-url", &stack.urls.fhir_base_url, "--stack", "smart"]).await;
    let Err(Failure::Found(said)) = said else { panic!("{said:?}") };
    assert!(said.contains("there is no stack smart here"), "{said}");
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_admin_is_written_into_the_table_of_a_stack() {
    let stack = Stack::start(&Options::default()).await.unwrap();
    let played = Played::of(&stack);
    let words = ["bootstrap", "--show-secret", "--another", "--json", "--stack"];
    let said: Value =
        serde_json::from_str(&played.said(&[&words[..], &[NAME]].concat()).await.unwrap()).unwrap();
    let table = &played.resources.iter().find(|(id, ..)| id == "ClientsTable").unwrap().1;
    assert_eq!(said["table"], **table);
    let refused = played.said(&["bootstrap", "--show-secret", "--stack", NAME]).await;
    assert!(matches!(refused, Err(Failure::Refused(_))), "{refused:?}");

    let unknown = played.said(&[&words[..], &["smart"]].concat()).await;
    assert!(matches!(&unknown, Err(Failure::Usage(why)) if why.contains("no stack smart")), "{unknown:?}");
    let mut emptied = played.clone();
    emptied.resources.retain(|(_, _, kind)| kind != "AWS::DynamoDB::Table");
    let tableless = emptied.said(&[&words[..], &[NAME]].concat()).await;
    assert!(
        matches!(&tableless, Err(Failure::Usage(why)) if why.contains("--clients-table")),
        "{tableless:?}"
    );
    stack.stop().await;
}
