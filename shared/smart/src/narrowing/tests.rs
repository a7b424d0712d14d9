use smart_verify::scope::NotAScope;

use super::*;

fn narrowed(asked: &str, registered: &str, ceiling: &str) -> String {
    let asked = RequestedScopes::parse(asked).unwrap();
    asked.narrow_to(&ScopeSet::parse(registered), &ScopeSet::parse(ceiling)).granted.to_string()
}

#[test]
fn sc_9_granted_is_asked_and_registered_and_allowed() {
    let all = "patient/*.cruds user/*.cruds openid fhirUser launch/patient";
    assert_eq!(narrowed("patient/*.rs openid", all, all), "patient/*.rs openid");
    assert_eq!(narrowed("patient/*.cruds", "patient/*.rs", all), "patient/*.rs");
    assert_eq!(narrowed("patient/*.read", "patient/*.cruds", all), "patient/*.read");
    assert_eq!(narrowed("system/*.rs", "system/Observation.rs", "system/*.cruds"), "system/Observation.rs");
    assert_eq!(narrowed("user/*.rs", all, "patient/*.cruds"), "");
}

#[test]
fn sc_9_a_star_becomes_the_registered_types_and_parts_join() {
    let registered = "patient/Observation.r patient/Observation.s patient/Condition.rs";
    assert_eq!(
        narrowed("patient/*.rs", registered, "patient/*.cruds"),
        "patient/Observation.rs patient/Condition.rs"
    );
    assert_eq!(narrowed("patient/Observation.rs", registered, "patient/*.cruds"), "patient/Observation.rs");
    assert_eq!(
        narrowed("patient/Observation.rs", "patient/*.rs patient/Observation.rs", "patient/*.rs"),
        "patient/Observation.rs"
    );
}

#[test]
fn sc_9_different_search_parameters_are_not_comparable() {
    assert_eq!(narrowed("patient/Observation.rs?a=1", "patient/Observation.rs?a=2", "patient/*.rs"), "");
    assert_eq!(
        narrowed("patient/Observation.rs", "patient/Observation.rs?a=2", "patient/*.rs"),
        "patient/Observation.rs?a=2"
    );
    assert_eq!(
        narrowed("patient/Observation.rs?b=1&a=2", "patient/Observation.rs?a=2&b=1", "patient/*.rs"),
        "patient/Observation.rs?b=1&a=2"
    );
}

#[test]
fn sc_14_fhir_user_needs_openid() {
    assert_eq!(narrowed("fhirUser", "openid fhirUser", "openid fhirUser"), "");
    assert_eq!(narrowed("fhirUser openid", "openid fhirUser", "openid fhirUser"), "fhirUser openid");
}

#[test]
fn every_asked_word_has_its_decision() {
    let asked = RequestedScopes::parse("patient/*.cruds profile user/*.rs openid").unwrap();
    let registered = ScopeSet::parse("patient/*.rs openid user/*.rs");
    let report = asked.narrow_to(&registered, &ScopeSet::parse("patient/*.cruds openid")).report;
    let outcomes: Vec<_> = report.into_iter().map(|decision| decision.outcome).collect();
    let expected = [
        ScopeOutcome::Reduced(vec!["patient/*.rs".to_owned()]),
        ScopeOutcome::Dropped(Dropped::NotAllowed),
        ScopeOutcome::Granted,
        ScopeOutcome::Dropped(Dropped::NotAScope(NotAScope::NotOffered)),
    ];
    assert_eq!(outcomes, expected);
}

#[test]
fn pg_19_what_was_unticked_is_withheld() {
    let all = "patient/Observation.rs patient/Condition.rs openid";
    let set = ScopeSet::parse(all);
    for ticked in ["patient/Condition.rs", "patient/Condition.rs patient/*.cruds"] {
        let offered = RequestedScopes::parse(all).unwrap().narrow_to(&set, &set);
        let left = offered.approved(&ScopeSet::parse(ticked));
        assert_eq!(left.granted.to_string(), "patient/Condition.rs openid");
        let codes: Vec<_> = left.report.iter().map(NarrowedScope::code).collect();
        assert_eq!(codes, ["unticked", "granted", "granted"]);
    }
}

#[test]
fn sc_12_what_was_reduced_and_then_unticked_says_what_is_left_if_anything() {
    let registered = ScopeSet::parse("patient/Observation.rs patient/Condition.rs");
    let ceiling = ScopeSet::parse("patient/*.rs");
    let offered = || RequestedScopes::parse("patient/*.rs").unwrap().narrow_to(&registered, &ceiling);
    let left = offered().approved(&ScopeSet::parse("patient/Condition.rs"));
    assert_eq!(left.report[0].sentence(), "Reduced to patient/Condition.rs.");
    let nothing = offered().approved(&ScopeSet::default());
    assert_eq!(nothing.report[0].code(), "unticked");
    assert_eq!(nothing.or_refuse().unwrap_err().code(), ErrorCode::InvalidScope, "sc_12");
}

#[test]
fn sc_14_a_person_without_a_fhir_resource_is_not_named() {
    let all = ScopeSet::parse("openid fhirUser");
    let left = RequestedScopes::all_registered(&all).narrow_to(&all, &all).without_fhir_user();
    assert_eq!(left.granted.to_string(), "openid");
    assert_eq!(left.report[1].code(), "no_fhir_user");
}

#[test]
fn sc_10_what_only_the_other_kind_of_client_may_have_says_so() {
    let code = |asked: &str, ceiling: &str| {
        let (asked, ceiling) = (ScopeSet::parse(asked), ScopeSet::parse(ceiling));
        RequestedScopes::all_registered(&asked).narrow_to(&asked, &ceiling).report[0].code()
    };
    assert_eq!(code("system/*.rs", "patient/*.cruds openid"), "only_for_backends");
    assert_eq!(code("__registration", "patient/*.cruds openid"), "only_for_backends");
    assert_eq!(code("patient/*.rs", "system/*.cruds __launch"), "only_for_people");
    assert_eq!(code("launch/patient", "system/*.cruds"), "only_for_people");
    assert_eq!(code("user/*.rs", "patient/*.cruds openid"), "not_allowed");
}

#[test]
fn a12_scope_text_is_bounded_and_clean() {
    let too_long = "a".repeat(MAX_LENGTH + 1);
    assert_eq!(RequestedScopes::parse(&too_long).unwrap_err().code(), ErrorCode::InvalidRequest);
    for text in ["a\tb", "a\"b", "a\\b", "ä", "a\0b", "a\u{a0}b"] {
        assert_eq!(RequestedScopes::parse(text).unwrap_err().code(), ErrorCode::InvalidScope, "{text:?}");
    }
}
