//! What must hold for any text at all. The fuzz targets look for one that breaks it; `fuzz_corpus.rs` tries again, in
//! every run of the tests, all texts that have been worth keeping.

use smart::narrowing::RequestedScopes;
use smart_verify::scope::{FhirRequest, Level, ScopeSet};

/// Scopes print as they were read, what is no scope is kept with its place, and meaning is not lost on the way.
pub(crate) fn z01_scopes(text: &str) {
    let set = ScopeSet::parse(text);
    let printed = set.to_string();
    assert_eq!(ScopeSet::parse(&printed).to_string(), printed);
    assert!(set.iter().all(|scope| text.contains(&scope.to_string())));
    assert!(set.unknown().iter().all(|unread| text[unread.at..].starts_with(&unread.word)));
    assert!(set.shortest().means_the_same_as(&set));
    assert!(set.intersect(&set).means_the_same_as(&set));
    assert!(set.difference(&set).is_empty());
    if let Ok(asked) = RequestedScopes::parse(text) {
        let narrowed = asked.narrow_to(&set, &set);
        assert!(set.contains(narrowed.granted.set()));
        assert!(narrowed.report.iter().all(|decision| decision.sentence().ends_with('.')));
    }
    if let Some(request) = FhirRequest::parse("GET", text) {
        let _ = set.allows(Level::Patient, &request, Some("1"));
    }
}
