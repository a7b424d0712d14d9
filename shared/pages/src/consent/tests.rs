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
        lasts_until: None,
        withheld: Vec::new(),
        nothing_ticked: false,
        connected_apps_url: None,
    }
}

const ASKED: &str =
    "launch/patient openid fhirUser offline_access patient/Observation.rs patient/Condition.cruds";

#[test]
fn pg_15_to_pg_24_the_accessible_names_are_there() {
    let html = html(&page(ASKED), &site());
    for part in [
        "<title>Allow Growth Chart? – Example Hospital</title>",
        "<h1>Allow <bdi>Growth Chart</bdi> to see and change your health record?</h1>",
        "registered 24 May 2026 by the administrator",
        "You are <strong><bdi>Ana Lopez</bdi></strong>",
        "Not you? <a href=\"/switch\">Switch</a>",
        "Record of <strong><bdi>Ana Lopez</bdi></strong>, born 24 May 1980 <a href=\"/change\">Change patient</a>",
        "<legend>The app can see</legend>",
        "<legend>The app can delete</legend>",
        "<legend>The app will also know</legend>",
        "<input type=\"checkbox\" id=\"line-1\" name=\"scope\" value=\"patient/Observation.rs\" checked>",
        "<label for=\"line-1\">See your test results and measurements</label>",
        "<label for=\"line-2\">See, add, change and delete your health problems and diagnoses</label>",
        "<code>patient/Condition.cruds</code>",
        "name=\"scope\" value=\"offline_access\" checked",
        "Once <bdi>Growth Chart</bdi> has a copy, Example Hospital cannot take it back.",
        "name=\"decision\" value=\"allow\">Allow</button>",
        "name=\"decision\" value=\"deny\">Deny</button>",
    ] {
        assert!(html.contains(part), "{part} in {html}");
    }
    assert!(!html.contains("Connected apps") && !html.contains("Nobody at"));
}

#[test]
fn pg_18_required_ones_are_text_and_every_other_line_a_ticked_box() {
    let html = html(&page(ASKED), &site());
    assert!(html.contains("<p id=\"line-3\">Know which patient is open</p>"));
    assert!(html.contains("<p id=\"line-4\">Know who you are</p>"));
    assert_eq!(html.matches("type=\"checkbox\"").count(), 3);
    assert_eq!(html.matches(" checked>").count(), 3);
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
    let lasting =
        Consent { lasts_until: Some(UnixSeconds(1_779_580_800)), ..page("patient/*.rs offline_access") };
    assert!(
        html(&lasting, &site())
            .contains("Keep getting new data when you are not there, until 24 May 2026</label>")
    );
    assert!(
        html(&page("patient/*.rs online_access"), &site())
            .contains("Keep getting data until you sign out</label>")
    );
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
    assert!(html[first..].starts_with("<button disabled hidden></button>"));
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
    assert_eq!(html.matches("type=\"checkbox\"").count(), 20);
}

#[test]
fn pg_19_boxes_and_what_is_no_choice_are_together_all_that_was_asked() {
    let asked = ScopeSet::parse(ASKED);
    let lines = crate::words::lines(&asked, &Whose::Own);
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
