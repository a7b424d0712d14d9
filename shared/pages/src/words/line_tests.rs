//! The table of words, read as people read it.

use super::super::{categories, kinds};
use super::*;

fn own(scopes: &str) -> Vec<ConsentLine> {
    lines(&ScopeSet::parse(scopes), &Whose::Own)
}

fn said(scopes: &str) -> Vec<String> {
    own(scopes).into_iter().map(|line| line.sentence).collect()
}

#[test]
fn each_scope_says_what_the_table_says() {
    let table = [
        ("patient/*.rs", Group::See, "See all of your health record"),
        ("patient/*.cruds", Group::Delete, "See, add, change and delete all of your health record"),
        ("patient/Patient.r", Group::See, "See your name, contact details and date of birth"),
        ("patient/Observation.rs", Group::See, "See your test results and measurements"),
        ("patient/Observation.read", Group::See, "See your test results and measurements"),
        ("patient/Observation.c", Group::AddOrChange, "Add your test results and measurements"),
        ("patient/Observation.cu", Group::AddOrChange, "Add and change your test results and measurements"),
        (
            "patient/Observation.write",
            Group::Delete,
            "Add, change and delete your test results and measurements",
        ),
        ("patient/Condition.d", Group::Delete, "Delete your health problems and diagnoses"),
        ("patient/FamilyMemberHistory.rs", Group::See, "See your family's health history"),
        ("patient/Provenance.rs", Group::See, "See who agreed to, wrote or read your records"),
        ("patient/Practitioner.r", Group::AlsoKnow, "See who treats you and where"),
        ("patient/Practitioner.cruds", Group::Delete, "See, add, change and delete who treats you and where"),
        ("patient/RelatedPerson.s", Group::See, "See people connected with you"),
        ("patient/GuidanceResponse.rs", Group::See, "See your other health information (guidance response)"),
        ("user/Observation.rs", Group::See, "See test results and measurements of every patient you may see"),
        ("user/*.rs", Group::See, "See all of the health record of every patient you may see"),
        ("user/Organization.rs", Group::AlsoKnow, "See who treats every patient you may see and where"),
        ("system/*.rs", Group::See, "See all of the health record of every patient"),
        ("openid", Group::AlsoKnow, "Know who you are"),
        ("launch/patient", Group::AlsoKnow, "Know which patient is open"),
        ("launch/encounter", Group::AlsoKnow, "Know which visit is open"),
        ("offline_access", Group::Lasting, "Keep getting new data when you are not there"),
        ("online_access", Group::Lasting, "Keep getting data until you sign out"),
        ("patient/Observation.rs?code=1234-5", Group::See, "See some of your test results and measurements"),
        ("patient/*.rs?_security=R", Group::See, "See parts of your health record"),
        ("patient/Flag.rs?status=active", Group::See, "See some of your other health information"),
    ];
    for (scope, group, sentence) in table {
        let line = own(scope).remove(0);
        assert_eq!((line.group, line.sentence.as_str()), (group, sentence), "{scope}");
        assert_eq!(line.scopes, [scope]);
    }
}

#[test]
fn a_granular_scope_has_its_own_words_however_it_is_encoded() {
    let system = "http://terminology.hl7.org/CodeSystem/observation-category";
    let plain = format!("patient/Observation.rs?category={system}|laboratory");
    let encoded = plain.replace('|', "%7C");
    assert_eq!(said(&plain), ["See your lab results"]);
    assert_eq!(said(&encoded), ["See your lab results"]);
    let not_the_same = [
        "category=http://elsewhere.example/|laboratory".to_owned(),
        "category=laboratory".to_owned(),
        format!("category={system}|laboratory,{system}|vital-signs"),
        format!("category={system}|laboratory&status=final"),
    ];
    for parameters in not_the_same {
        let scope = format!("patient/Observation.rs?{parameters}");
        assert_eq!(said(&scope), ["See some of your test results and measurements"], "{parameters}");
    }
}

#[test]
fn a_clinician_reads_the_name_of_the_patient() {
    let ana = Whose::Patient("Ana Lopez".into());
    let scopes = ScopeSet::parse("patient/Observation.rs patient/Practitioner.rs user/Observation.rs");
    let said: Vec<String> = lines(&scopes, &ana).into_iter().map(|line| line.sentence).collect();
    assert_eq!(
        said,
        [
            "See Ana Lopez's test results and measurements",
            "See test results and measurements of every patient you may see",
            "See who treats Ana Lopez and where",
        ]
    );
}

#[test]
fn cw_2_see_and_add_are_two_lines_and_one_scope_that_does_both_is_one() {
    assert_eq!(own("patient/Observation.rs patient/Observation.c").len(), 2);
    let whole = own("patient/Observation.cruds");
    assert_eq!(whole.len(), 1);
    assert_eq!(whole[0].scopes, ["patient/Observation.cruds"]);
}

#[test]
fn scopes_that_say_the_same_share_a_line_and_keep_their_exact_text() {
    let lines = own("patient/MedicationRequest.rs patient/Patient.rs patient/MedicationStatement.read");
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0].scopes, ["patient/MedicationRequest.rs", "patient/MedicationStatement.read"]);
}

#[test]
fn who_you_are_and_what_is_open_are_no_choice_and_all_else_is() {
    for line in own("openid fhirUser launch launch/patient launch/encounter launch/imagingstudy") {
        assert!(line.required, "{}", line.sentence);
    }
    for line in own("patient/*.rs user/*.rs offline_access online_access __registration") {
        assert!(!line.required, "{}", line.sentence);
    }
}

#[test]
fn headings_come_in_the_order_of_the_page() {
    let groups: Vec<Group> = own("offline_access openid patient/Goal.d patient/Goal.c patient/Goal.rs")
        .iter()
        .map(|line| line.group)
        .collect();
    assert_eq!(groups, [Group::See, Group::AddOrChange, Group::Delete, Group::AlsoKnow, Group::Lasting]);
}

/// CW-1: every type, every combination of letters, every level, every known category.
#[test]
fn cw_1_every_scope_has_a_short_and_a_long_text_without_fhir_names() {
    let letters = (1..32_u8).map(|bits| -> String {
        "cruds"
            .chars()
            .enumerate()
            .filter(|(place, _)| bits & (1 << place) != 0)
            .map(|(_, letter)| letter)
            .collect()
    });
    let categories =
        categories::CATEGORIES.iter().map(|row| (row.of.to_owned(), format!("?{}", row.parameters())));
    let whole = ResourceType::names().iter().chain(&["*"]).map(|name| ((*name).to_owned(), String::new()));
    let parts: Vec<(String, String)> = whole.chain(categories).collect();
    for letters in letters {
        for level in ["patient", "user", "system"] {
            for (name, parameters) in &parts {
                says_it_plainly(&format!("{level}/{name}.{letters}{parameters}"));
            }
        }
    }
}

fn says_it_plainly(scope: &str) {
    let line = own(scope).pop().unwrap_or_else(|| panic!("{scope} has no line"));
    assert_eq!(line.scopes, [scope]);
    for text in [&line.sentence, &line.long] {
        assert!(!text.is_empty(), "{scope}");
        let fhir_name = |word: &str| word.chars().skip(1).any(|letter| letter.is_ascii_uppercase());
        let spoken = text.replace("X-rays", "");
        assert!(!spoken.split_whitespace().any(fhir_name), "{scope}: {text}");
        assert!(!text.contains("scope") && !text.contains("token") && !text.contains("resource"), "{text}");
    }
    assert!(line.sentence.split_whitespace().count() <= 20, "{scope}: {}", line.sentence);
}

#[test]
fn every_row_of_the_table_names_real_types_and_each_type_once() {
    let mut named: Vec<&str> = kinds::KINDS.iter().flat_map(|kind| kind.types).copied().collect();
    assert!(named.iter().all(|name| ResourceType::names().contains(name)));
    named.sort_unstable();
    assert!(named.is_sorted_by(|one, next| one < next), "a type in two rows");
}
