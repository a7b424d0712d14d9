//! The documents held against the service: examples run, answers are as printed, names and links exist.

mod answer;
mod architecture;
mod curl;
mod names;
mod page;
mod settings;
mod world;

use page::{Document, Step};
use world::World;

/// Each page is a story of its own: what an answer brought is known to the examples after it.
#[tokio::test]
async fn doc_6_every_example_answers_as_it_is_printed() {
    crate::support::own_service();
    let (mut run, mut faults) = (0, Vec::new());
    for document in Document::all() {
        let mut world = World::new().await;
        for step in document.steps() {
            if let Err(fault) = world.take(&step).await {
                faults.push(format!("{}:{}: {fault}", document.path, step.line()));
            }
            run += 1;
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(run >= 30, "only {run} examples were found");
}

/// A fence that nothing looks at would rot.
#[test]
fn doc_6_no_example_of_the_service_is_left_out() {
    for document in Document::all().into_iter().filter(|document| document.path.starts_with("docs/")) {
        for fence in document.fences() {
            let (kind, run) = (fence.words.first().map_or("", String::as_str), fence.is("run"));
            let calls_us = kind == "sh" && fence.text.trim_start().starts_with("curl ");
            let is_program = ["js", "python"].contains(&kind);
            assert!(run || !(calls_us || is_program), "{}:{} is not run", document.path, fence.line);
        }
    }
}

#[test]
fn doc_6_a_refused_example_is_told() {
    let expected = serde_json::json!({ "a": "x..", "..": ".." });
    assert!(answer::agrees(&expected, &serde_json::json!({ "a": "xyz", "b": 1 })).is_ok());
    for other in [serde_json::json!({ "a": "yz" }), serde_json::json!({ "b": 1 }), serde_json::json!([])] {
        assert!(answer::agrees(&expected, &other).is_err(), "{other}");
    }
    let closed = serde_json::json!({ "a": ".." });
    assert!(answer::agrees(&closed, &serde_json::json!({ "a": 1, "b": 2 })).is_err());
}

#[test]
fn every_document_begins_with_a_title_and_guides_say_what_one_has_at_the_end() {
    for document in Document::all() {
        assert!(document.text.starts_with("# "), "{} has no title", document.path);
        let is_guide = ["docs/apps/", "docs/operators/", "docs/fhir-servers/"]
            .iter()
            .any(|directory| document.path.starts_with(directory));
        let opening = document.text.lines().nth(2).unwrap_or_default();
        assert!(!is_guide || opening.starts_with("At the end of this page "), "{}: {opening}", document.path);
    }
}

/// What a step is made of, for those who read a page from top to bottom.
impl Document {
    fn steps(&self) -> Vec<Step> {
        let fences = self.fences();
        let printed = |next: Option<&page::Fence>| next.filter(|fence| fence.is("answer")).cloned();
        let step = |(at, fence): (usize, &page::Fence)| match fence.words.first().map(String::as_str) {
            Some("sh") if fence.is("run") => Some(Step::Call(fence.clone(), printed(fences.get(at + 1)))),
            Some("text") if fence.is("authorize") => Some(Step::Authorize(fence.clone())),
            Some("text") if fence.is("cargo-dev") => Some(Step::Summary(fence.clone())),
            Some("json") if fence.is("token-response") => Some(Step::TokenResponse(fence.clone())),
            Some("json") if fence.is("claims") => Some(Step::Claims(fence.clone())),
            _ => None,
        };
        fences.iter().enumerate().filter_map(step).collect()
    }
}
