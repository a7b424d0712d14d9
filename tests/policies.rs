//! What IAM would say. The stack holds each function to its policy and to those of the keys, so every journey fails in which
//! one calls what it may not; here it is shown that this is so, and that nobody may do what is another's.

use std::collections::{BTreeMap, BTreeSet};

use local::template::{Template, Values};

use crate::support::{App, Browser, own_service, service};

/// By function, each action with the table or key that it was done to.
type Calls = BTreeMap<String, BTreeSet<(String, String)>>;

/// A key that the template does not have was made by a rotation, which gives it an alias.
fn aliases_of(resource: &str) -> Vec<String> {
    let id = resource.rsplit_once("key/").map(|(_, id)| id);
    id.map(|id| format!("alias/local/signing/{id}")).into_iter().collect()
}

/// What functions may do that only others were seen to do. What they did themselves they may do.
fn beyond_their_own(template: &Template, calls: &Calls) -> Vec<String> {
    let mut beyond = Vec::new();
    for function in template.functions().unwrap() {
        let own = calls.get(&function.binary).cloned().unwrap_or_default();
        for (action, resource) in &own {
            let allowed = template.allows(&function, action, resource, &aliases_of(resource)).unwrap();
            assert!(allowed, "{}: {action} on {resource}", function.binary);
        }
        let others = calls.values().flatten().filter(|call| !own.contains(*call));
        for (action, resource) in others {
            if template.allows(&function, action, resource, &aliases_of(resource)).unwrap() {
                beyond.push(format!("{} {action} {resource}", function.binary));
            }
        }
    }
    beyond.sort_unstable();
    beyond.dedup();
    beyond
}

#[tokio::test]
async fn a_function_can_do_what_its_flows_do_and_nothing_that_only_others_do() {
    own_service();
    for door in ["/token", "/backend-token"] {
        assert_eq!(service().backend_token(door, &service().assertion(), None).await.status, 200);
    }
    let app = App::named("demo-public");
    let answered = Browser::default().allow(&app.address(&[]), "clara", Some("emre")).await;
    assert_eq!(app.exchange(&app.code(&answered), &[]).await.status, 200);
    let mut calls = Calls::new();
    for function in service().template.functions().unwrap() {
        let taken = service().calls(&function.logical_id).into_iter().flat_map(|call| call.permissions);
        calls.insert(function.binary, taken.collect());
    }
    let seen: usize = calls.values().map(BTreeSet::len).sum();
    assert!(seen > 20, "{calls:?}");
    // The others have more flows than these; tests/peers has all of them judged together, below.
    let beyond = beyond_their_own(&service().template, &calls);
    assert!(!beyond.iter().any(|call| call.starts_with("discovery ")), "{beyond:?}");
}

/// Signing, MACs and settings by key policy too, so that a policy written too widely elsewhere gives nobody a key.
#[test]
fn keys_are_for_their_functions_alone() {
    let template = Template::of_this_repository(Values::at("https://auth.example.org")).unwrap();
    let uses: [(&str, &str, &[&str]); 5] = [
        ("SigningKey", "kms:Sign", &["authorize", "backend-token", "token"]),
        ("TokenMacKey", "kms:GenerateMac", &["authorize", "token"]),
        ("PageSealKey", "kms:GenerateMac", &["authorize", "registration"]),
        ("AuditHashKey", "kms:GenerateMac", &["authorize", "registration", "token"]),
        ("SettingsKey", "kms:Decrypt", &["authorize"]),
    ];
    let functions = template.functions().unwrap();
    for key in template.keys().unwrap() {
        let (_, action, expected) = uses.iter().find(|(name, ..)| *name == key.logical_id).unwrap();
        let let_in = functions.iter().filter(|function| key.policy.lets(&function.role, action));
        let mut let_in: Vec<&str> = let_in.map(|function| function.binary.as_str()).collect();
        let_in.sort_unstable();
        assert_eq!(let_in, *expected, "{}", key.logical_id);
        let operator = "arn:aws:iam::000000000000:role/operator";
        assert!(!key.policy.lets(operator, action), "{}: nobody else, not even an operator", key.logical_id);
        assert!(key.policy.lets(operator, "kms:PutKeyPolicy"), "{}: administered", key.logical_id);
    }
}

/// The client of the upstream provider has a secret only in the suite `upstream` of tests/peers.
const USED_ELSEWHERE: [&str; 1] = ["kms:Decrypt"];

/// Judges what a whole run of the journeys noted in the file `JOURNEYS_CALLS`: every permission was used, and nobody may do
/// what only others did.
#[test]
#[ignore = "tests/peers/run has the journeys note their calls first"]
fn of_all_journeys_together_each_permission_was_used_and_none_is_another_functions() {
    let text = std::fs::read_to_string(std::env::var("JOURNEYS_CALLS").unwrap()).unwrap();
    let mut calls = Calls::new();
    for line in text.lines() {
        let parts: Vec<&str> = line.split(' ').collect();
        let [function, action, resource] = parts[..] else { panic!("{line}") };
        calls.entry(function.to_owned()).or_default().insert((action.to_owned(), resource.to_owned()));
    }
    let template = Template::of_this_repository(Values::at("https://auth.example.org")).unwrap();
    assert_eq!(beyond_their_own(&template, &calls), Vec::<String>::new());
    for function in template.functions().unwrap() {
        let own = &calls[&function.binary];
        for statement in &function.policy {
            for (action, resource) in statement
                .actions
                .iter()
                .flat_map(|action| statement.resources.iter().map(move |of| (action, of)))
            {
                let name = resource.rsplit_once(":table/").map_or(resource.as_str(), |(_, name)| name);
                let used = match name.strip_suffix('*') {
                    // Any key with an alias: one that a rotation made, whose id is drawn.
                    Some(start) => own.iter().any(|(done, of)| {
                        done == action && of.strip_prefix(start).is_some_and(|id| id.len() == 36)
                    }),
                    None => own.contains(&(action.clone(), name.to_owned())),
                };
                assert!(
                    used || USED_ELSEWHERE.contains(&action.as_str()),
                    "{} never did {action} on {name}",
                    function.binary
                );
            }
        }
    }
}
