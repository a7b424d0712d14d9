//! The consent page as a person meets it.

use super::*;
use crate::layout::tests::{CANARY, form, html, sandbox, site};

fn page(scopes: &str) -> Consent {
    Consent {
        app: AskingApp {
            name: "Growth Chart".into(),
            host: Some("app.example.org".into()),
            registered_on: Some(UnixSeconds(1_779_580_800)),
            registered_by: RegisteredBy::Administrator,
        },
        form: form(),
        signed_in: SignedIn { name: "Ana Lopez".into(), switch_url: Some("/switch".into()) },
        patient: Some(ConsentPatient {
            name: "Ana Lopez".into(),
            birth_date: Some("1980-05-24".into()),
            change_url: Some("/change".into()),
        }),
        whose: Whose::Own,
        scopes: ScopeSet::parse(scopes),
        how_long: HowLong::AboutAnHour,
        withheld: Vec::new(),
        nothing_ticked: false,
        connected_apps_url: None,
    }
}

const ASKED: &str =
    "launch/patient openid fhirUser offline_access patient/Observation.rs patient/Condition.cruds";

#[test]
fn pg_18_required_ones_are_text_and_every_other_line_a_ticked_box() {
    let html = html(&page(ASKED), &site());
    assert!(html.contains("<p id=\"line-3\">Know which patient is open</p>"));
    assert!(html.contains("<p id=\"line-4\">Know who you are</p>"));
    let (lines, parts) = (3, 6 + 3);
    assert_eq!(html.matches("type=\"checkbox\"").count(), lines + parts);
    assert_eq!(html.matches(" checked>").count(), lines);
    assert!(!html.contains("value=\"openid\""));
}

#[test]
fn pg_15_the_heading_says_whose_record_and_whether_it_is_changed() {
    let table = [
        ("patient/*.rs", Whose::Own, "to see your health record"),
        ("patient/*.rs", Whose::Patient("Ana Lopez".into()), "to see Ana Lopez's record"),
        ("patient/*.cruds", Whose::Patient("Ana Lopez".into()), "to see and change Ana Lopez's record"),
        ("patient/Observation.c", Whose::Own, "to change your health record"),
        ("user/*.rs", Whose::Own, "to see records of every patient you may see"),
        ("openid fhirUser", Whose::Own, "to know who you are"),
    ];
    for (scopes, whose, expected) in table {
        assert_eq!(Consent { whose, ..page(scopes) }.asked(), expected, "{scopes}");
    }
}

#[test]
fn pg_16_an_app_that_nobody_checked_says_so() {
    let mut page = page(ASKED);
    page.app.registered_by = RegisteredBy::Developer;
    assert!(html(&page, &site()).contains("Nobody at Example Hospital has checked this app."));
    assert!(html(&page, &sandbox()).contains("by a developer on this test server"));
}

#[test]
fn pg_21_writing_and_deleting_carry_a_sign_and_words() {
    let html = html(&page("patient/Goal.rs patient/Goal.c patient/Goal.d"), &site());
    assert!(html.contains("becomes part of the record.") && html.contains("may be lost."));
    assert_eq!(html.matches("⚠").count(), 2);
}

#[test]
fn pg_22_how_long_is_said_with_the_date_or_as_an_hour() {
    assert!(html(&page("patient/*.rs"), &site()).contains("This ends in about 1 hour."));
    let online = Consent { how_long: HowLong::UntilSignOut, ..page("patient/*.rs online_access") };
    let html_online = html(&online, &site());
    assert!(html_online.contains("name=\"scope\" value=\"online_access\" checked"));
    assert!(html_online.contains("Keep getting data until you sign out</label>"));
    let until = Consent { how_long: HowLong::UntilSignOut, ..page("patient/*.rs") };
    assert!(html(&until, &site()).contains("This ends when you sign out."));
}

fn lasting(scopes: &str) -> Consent {
    Consent { how_long: HowLong::up_to(365, UnixSeconds(1_779_580_800)), ..page(scopes) }
}

#[test]
fn pg_22_lasting_access_is_chosen_by_radios_and_has_no_box() {
    let html = html(&lasting(ASKED), &site());
    assert!(!html.contains("value=\"offline_access\"") && !html.contains("This ends"));
    assert_eq!(html.matches("type=\"radio\"").count(), 4);
}

#[test]
fn pg_22_a_clinician_reads_whose_data_it_is() {
    let table = [
        ("patient/*.rs offline_access", Whose::Patient("Ana Lopez".into()), "Ana Lopez's data"),
        ("user/*.rs offline_access", Whose::Own, "this data"),
        ("openid offline_access", Whose::Own, "your data"),
    ];
    for (scopes, whose, expected) in table {
        assert_eq!(Consent { whose, ..lasting(scopes) }.data(), expected, "{scopes}");
    }
}

const LABORATORY: &str =
    "patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory";

#[test]
fn az_13_all_observations_can_be_allowed_in_part() {
    let html = html(&page("patient/Observation.read"), &site());
    assert!(html.contains("Untick the line above and tick what may be seen."));
    assert!(html.contains(&format!(
        "<input type=\"checkbox\" id=\"line-1-1\" name=\"scope\" value=\"{LABORATORY}\">\
         <label for=\"line-1-1\">Lab results</label>"
    )));
    assert_eq!(html.matches("type=\"checkbox\"").count(), 7);
    assert_eq!(html.matches(" checked>").count(), 1, "the line, and none of its parts");
}

#[test]
fn pg_20_a_wildcard_can_be_allowed_in_part() {
    let html = html(&page("patient/*.read"), &site());
    assert!(html.contains("name=\"scope\" value=\"patient/Immunization.rs\">"));
    assert_eq!(html.matches("type=\"checkbox\"").count(), 17);
    assert_eq!(html.matches("<summary>Only some of it").count(), 1);
}

#[test]
fn a_part_that_was_asked_for_has_its_own_line_and_no_second_box() {
    let asked = format!("patient/Observation.rs {LABORATORY} patient/Condition.cruds");
    let html = html(&page(&asked), &site());
    assert_eq!(html.matches(&format!("value=\"{LABORATORY}\"")).count(), 1);
    assert!(html.contains("Untick the line above and tick what may be used."));
}

#[test]
fn every_part_of_the_page_is_offered_and_inside_what_was_asked() {
    let asked = ScopeSet::parse("patient/*.cruds user/Observation.read patient/Condition.rs openid");
    let offered = offered_parts(&asked);
    assert!(asked.contains(&offered) && offered.unknown().is_empty());
    let lines = parts::numbered(&asked, &Whose::Own, true);
    let boxes: Vec<&str> =
        lines.iter().flat_map(|line| &line.some).map(|piece| piece.value.as_str()).collect();
    let boxes = ScopeSet::parse(&boxes.join(" "));
    assert!(boxes.iter().all(|scope| offered.has(scope)));
    assert!(!boxes.is_empty());
}

#[test]
fn pg_23_connected_apps_are_named_only_where_they_exist() {
    let page = Consent { connected_apps_url: Some("/manage".into()), ..page(ASKED) };
    let html = html(&page, &site());
    assert!(html.contains("You can stop this at any time under <a href=\"/manage\">Connected apps</a>."));
}

#[test]
fn pg_24_the_first_button_of_the_form_is_one_that_does_nothing() {
    let html = html(&page(ASKED), &site());
    let first = html.find("<button").unwrap();
    assert!(html[first..].starts_with("<button formmethod=\"dialog\" hidden></button>"));
}

#[test]
fn pg_19_allow_with_nothing_ticked_asks_again_and_leaves_the_boxes_unticked() {
    let html = html(&Consent { nothing_ticked: true, ..page(ASKED) }, &site());
    assert!(html.contains("<title>Error: Allow"));
    assert!(html.contains("<a href=\"#line-1\">Tick at least one kind of record, or choose Deny.</a>"));
    assert_eq!(html.matches(" checked>").count(), 1, "offline_access is no kind of record");
}

#[test]
fn cw_4_twenty_scopes_show_eight_lines_and_fold_the_rest() {
    let types = "Patient Observation Condition MedicationRequest AllergyIntolerance Immunization Procedure \
                 DiagnosticReport DocumentReference Encounter Appointment CarePlan Coverage FamilyMemberHistory \
                 Device Consent Specimen QuestionnaireResponse RelatedPerson Flag";
    let asked: Vec<String> = types.split_whitespace().map(|name| format!("patient/{name}.rs")).collect();
    let html = html(&page(&asked.join(" ")), &site());
    assert!(html.contains("<summary>and 12 more</summary>"));
    assert_eq!(html.matches("type=\"checkbox\"").count(), 20 + 6 + 3);
}

#[test]
fn pg_19_boxes_and_what_is_no_choice_are_together_all_that_was_asked() {
    let asked = ScopeSet::parse(ASKED);
    let lines = words::lines(&asked, &Whose::Own);
    let all: Vec<String> = lines.iter().flat_map(|line| line.scopes.clone()).collect();
    assert_eq!(all.len(), asked.iter().count());
    assert!(ScopeSet::parse(&all.join(" ")).means_the_same_as(&asked));
    assert!(
        lines
            .iter()
            .filter(|line| line.required)
            .all(|line| !line.scopes.join(" ").contains('/') || line.scopes.join(" ").starts_with("launch/"))
    );
}

#[test]
fn what_is_not_given_is_said_with_the_reason() {
    let withheld =
        Withheld { scope: "user/*.cruds".into(), why: "The client is not registered for it.".into() };
    let html = html(&Consent { withheld: vec![withheld], ..page(ASKED) }, &site());
    assert!(html.contains("<summary>Asked for and not given (1)</summary>"));
    assert!(html.contains("<code>user/*.cruds</code> The client is not registered for it."));
}

#[test]
fn scopes_that_share_a_line_share_a_box() {
    let asked = ScopeSet::parse("patient/MedicationRequest.rs patient/MedicationStatement.rs");
    let html = html(&page(&asked.to_string()), &site());
    assert!(html.contains("value=\"patient/MedicationRequest.rs patient/MedicationStatement.rs\" checked"));
}

#[test]
fn a23_nothing_that_others_wrote_becomes_an_element_or_an_attribute() {
    let mut page = page("patient/Observation.rs?code='><img/src=x/onerror=alert(1)>");
    assert!(!page.scopes.is_empty(), "such a scope is one, so the page must bear it");
    page.app.name = CANARY.into();
    page.app.host = Some(CANARY.into());
    page.signed_in = SignedIn { name: CANARY.into(), switch_url: Some(CANARY.into()) };
    page.whose = Whose::Patient(CANARY.into());
    page.patient = Some(ConsentPatient {
        name: CANARY.into(),
        birth_date: Some(CANARY.into()),
        change_url: Some(CANARY.into()),
    });
    page.connected_apps_url = Some(CANARY.into());
    html(&page, &site());
}
