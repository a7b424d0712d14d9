//! Names in backticks and links: what a document speaks of exists.

use std::collections::BTreeSet;
use std::path::Path;

use local::template::{TEXT, Template, Values};

use super::page::{Document, root};

/// Names that others gave.
const FOREIGN: [&str; 8] = [
    "AccessDeniedException",
    "INSUFFICIENT_DATA",
    "SMART_ON_FHIR",
    "SERVER_CAPABILITY_STATEMENT_GENERATED",
    "AuthorizationInterceptor",
    "AuthenticationException",
    "SearchNarrowingInterceptor",
    "AuthorizationStrategy",
];

/// What stands between backticks outside fences.
fn spans(document: &Document) -> Vec<(usize, &str)> {
    let prose = document.prose();
    prose
        .into_iter()
        .flat_map(|(number, line)| line.split('`').skip(1).step_by(2).map(move |span| (number, span)))
        .collect()
}

#[test]
fn doc_6_links_lead_to_files_that_exist() {
    for document in Document::all() {
        let directory = Path::new(&document.path).parent().unwrap().to_owned();
        for (number, line) in document.prose() {
            for link in line.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
                let file = link.split('#').next().unwrap_or_default();
                let is_ours = !file.is_empty() && !file.contains("://");
                let there = root().join(&directory).join(file);
                assert!(!is_ours || there.exists(), "{}:{number}: {link} leads nowhere", document.path);
                let Some((_, anchor)) = link.split_once('#').filter(|_| !link.contains("://")) else {
                    continue;
                };
                let text = if file.is_empty() {
                    document.text.clone()
                } else {
                    std::fs::read_to_string(&there).unwrap()
                };
                let known = text.lines().any(|line| line.starts_with('#') && slug(line) == anchor);
                assert!(known, "{}:{number}: {link} names no heading", document.path);
            }
        }
    }
}

/// The anchor of a heading.
fn slug(heading: &str) -> String {
    let heading = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = heading.chars().filter(|letter| letter.is_alphanumeric() || [' ', '-', '_'].contains(letter));
    kept.map(|letter| if letter == ' ' { '-' } else { letter }).collect()
}

#[test]
fn doc_6_paths_in_backticks_are_routes_or_files() {
    let template = Template::of_this_repository(Values::at("https://auth.example.org")).unwrap();
    let routes: Vec<String> = template.routes().unwrap().into_iter().map(|route| route.path).collect();
    for document in Document::all() {
        for (number, span) in spans(&document) {
            let path =
                span.rsplit(' ').next().unwrap_or_default().split(['?', '#']).next().unwrap_or_default();
            if let Some(named) = path.strip_prefix('/').filter(|_| is_a_request(span)) {
                let known = routes.iter().any(|route| fits(route, &format!("/{named}")));
                assert!(known || is_of_the_fhir_server(named), "{}:{number}: no route {path}", document.path);
            }
            let in_here = ["shared/", "functions/", "infra/", "tests/", "docs/"];
            if in_here.iter().any(|place| span.starts_with(place)) && !span.contains(['{', '*', ' ']) {
                assert!(root().join(span).exists(), "{}:{number}: there is no {span}", document.path);
            }
        }
    }
}

/// `/token` or `POST /token`.
fn is_a_request(span: &str) -> bool {
    let method = span.split_once(' ').map_or("GET", |(method, _)| method);
    span.starts_with('/') || ["GET", "POST", "PUT", "PATCH", "DELETE"].contains(&method)
}

fn is_of_the_fhir_server(path: &str) -> bool {
    path == "metadata" || path == "fhir" || path.starts_with("fhir/")
}

fn fits(route: &str, path: &str) -> bool {
    let (route, path): (Vec<_>, Vec<_>) = (route.split('/').collect(), path.split('/').collect());
    route.len() == path.len()
        && route.iter().zip(&path).all(|(known, said)| known == said || known.starts_with('{'))
}

#[test]
fn doc_6_names_in_backticks_are_names_of_the_code() {
    let (code, mut faults) = (code(), Vec::new());
    for document in Document::all() {
        for (number, span) in spans(&document) {
            let is_name = span.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
            let has_parts = span.trim_matches('_').contains('_')
                || span.bytes().skip(1).zip(span.bytes()).any(|(next, one)| {
                    next.is_ascii_uppercase()
                        && one.is_ascii_lowercase()
                        && span.starts_with(char::is_uppercase)
                });
            if is_name && has_parts && !FOREIGN.contains(&span) && !code.contains(span) {
                faults.push(format!("{}:{number}: nothing is called {span}", document.path));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn doc_6_variables_in_backticks_are_settings() {
    let template = Template::of_this_repository(Values::at("https://auth.example.org")).unwrap();
    let functions = template.functions().unwrap();
    let settings: BTreeSet<_> = functions.iter().flat_map(|function| function.environment.keys()).collect();
    for document in Document::all() {
        for (number, span) in spans(&document) {
            let is_variable = span.contains('_')
                && span.starts_with(char::is_uppercase)
                && span.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
            let is_known = settings.iter().any(|name| *name == span) || FOREIGN.contains(&span);
            assert!(!is_variable || is_known, "{}:{number}: no function reads {span}", document.path);
        }
    }
}

#[test]
fn doc_6_commands_of_cargo_admin_exist() {
    let all = std::fs::read_to_string(root().join("infra/admin/src/cli.rs")).unwrap();
    for document in Document::all() {
        for said in commands(&document) {
            let known = all.contains(&format!("{}(", capitalised(&said[0])));
            assert!(known, "{}: no command {}", document.path, said[0]);
            let place = root().join("infra/admin/src").join(&said[0]);
            let module = [place.join("mod.rs"), place.with_extension("rs")];
            let text = module.iter().find_map(|file| std::fs::read_to_string(file).ok());
            let known =
                text.is_none_or(|text| said.get(1).is_none_or(|second| text.contains(&capitalised(second))));
            assert!(known, "{}: no command {}", document.path, said.join(" "));
        }
    }
}

/// The words behind `cargo admin`, in backticks and in fences.
fn commands(document: &Document) -> Vec<Vec<String>> {
    let fences = document.fences();
    let lines = fences.iter().flat_map(|fence| fence.text.lines().map(str::trim));
    let spans = spans(document).into_iter().map(|(_, span)| span);
    let said = lines.chain(spans).filter_map(|text| text.strip_prefix("cargo admin "));
    said.map(|text| text.split(' ').take_while(|word| is_word(word)).take(2).map(str::to_owned).collect())
        .filter(|words: &Vec<_>| !words.is_empty())
        .collect()
}

fn is_word(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase())
}

fn capitalised(word: &str) -> String {
    let (first, rest) = word.split_at(1);
    format!("{}{rest}", first.to_uppercase())
}

/// All that is written in Rust here, and the template.
fn code() -> String {
    let mut text = TEXT.to_owned();
    for place in ["shared", "functions", "infra"] {
        gather(&root().join(place), &mut text);
    }
    text
}

fn gather(directory: &Path, text: &mut String) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            gather(&path, text);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            text.push_str(&std::fs::read_to_string(&path).unwrap());
        }
    }
}
