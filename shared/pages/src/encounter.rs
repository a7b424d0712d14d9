//! The page on which a visit is chosen.

use askama::Template;

use crate::consent::ConsentPatient;
use crate::dates;
use crate::layout::{AppName, Form, Page, SignedIn, Site, render};

/// "Choose a visit". The form posts `encounter`, the bare id of the one chosen.
#[derive(Clone, Debug)]
pub struct ChooseEncounter {
    /// The app that will be told.
    pub app: AppName,
    /// Where the choice goes.
    pub form: Form,
    /// Who chooses.
    pub signed_in: Option<SignedIn>,
    /// Whose visits they are.
    pub patient: ConsentPatient,
    /// The visits, in the order shown. Only these may be accepted.
    pub encounters: Vec<EncounterChoice>,
    /// Whether Continue was pressed with nothing chosen.
    pub nothing_chosen: bool,
    /// The way on with no visit, if the app can do without.
    pub without_url: Option<String>,
    /// The way back to the app with `access_denied`.
    pub cancel_url: String,
}

/// A visit that can be chosen. What the record does not hold is left out of the words.
#[derive(Clone, Debug)]
pub struct EncounterChoice {
    /// The FHIR id, without a type.
    pub id: String,
    /// When it was: a FHIR date or dateTime.
    pub date: Option<String>,
    /// What it was about: "Cardiology".
    pub what: Option<String>,
    /// Who was seen: "Dr Shaw".
    pub with: Option<String>,
    /// The FHIR status; said only where the visit is not simply over.
    pub status: Option<String>,
}

impl EncounterChoice {
    /// "Visit on 24 May 2026"
    fn when(&self) -> String {
        let day = self.date.as_deref().and_then(dates::day_of);
        day.map_or_else(|| "Visit without a date".to_owned(), |day| format!("Visit on {day}"))
    }

    /// Source: FHIR R4, valueset-encounter-status.
    fn state(&self) -> Option<&'static str> {
        match self.status.as_deref()? {
            "planned" => Some("planned"),
            "arrived" | "triaged" | "in-progress" | "onleave" => Some("not over yet"),
            "cancelled" => Some("cancelled"),
            _ => None,
        }
    }
}

#[derive(Template)]
#[template(path = "encounter.html")]
struct View<'a> {
    site: &'a Site,
    page: &'a ChooseEncounter,
}

impl Page for ChooseEncounter {
    fn html(&self, site: &Site) -> Result<String, askama::Error> {
        render(&View { site, page: self })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::tests::{CANARY, app, form, html, site};

    fn visit(id: &str) -> EncounterChoice {
        EncounterChoice {
            id: id.into(),
            date: Some("2026-05-24T10:30:00+02:00".into()),
            what: Some("Cardiology".into()),
            with: Some("Dr Shaw".into()),
            status: Some("finished".into()),
        }
    }

    fn page() -> ChooseEncounter {
        ChooseEncounter {
            app: app(),
            form: form(),
            signed_in: Some(SignedIn { name: "Dr Shaw".into(), switch_url: Some("/switch".into()) }),
            patient: ConsentPatient {
                name: "Ana Lopez".into(),
                birth_date: Some("1980-05-24".into()),
                change_url: Some("/change".into()),
            },
            encounters: vec![visit("e1"), visit("e2")],
            nothing_chosen: false,
            without_url: Some("/without".into()),
            cancel_url: "/cancel".into(),
        }
    }

    #[test]
    fn pg_13_what_the_record_does_not_hold_is_left_out() {
        let bare = EncounterChoice { date: None, what: None, with: None, status: None, ..visit("e1") };
        let html = html(&ChooseEncounter { encounters: vec![bare], ..page() }, &site());
        assert!(html.contains("<label for=\"encounter-1\"><strong>Visit without a date</strong></label>"));
    }

    #[test]
    fn a_visit_says_when_it_was_and_whether_it_is_over() {
        let table = [
            ("2026-05", "finished", "Visit on May 2026", None),
            ("2026-05-24T10:30:00Z", "in-progress", "Visit on 24 May 2026", Some("not over yet")),
            ("2026-05-24", "planned", "Visit on 24 May 2026", Some("planned")),
            ("soon", "entered-in-error", "Visit without a date", None),
        ];
        for (date, status, when, state) in table {
            let visit =
                EncounterChoice { date: Some(date.into()), status: Some(status.into()), ..visit("e1") };
            assert_eq!((visit.when().as_str(), visit.state()), (when, state));
        }
    }

    #[test]
    fn pg_13_no_visit_at_all_leaves_the_way_on_without_one() {
        let html = html(&ChooseEncounter { encounters: vec![], ..page() }, &site());
        assert!(html.contains("No visits are recorded for <bdi>Ana Lopez</bdi>."));
        assert!(html.contains("<a class=\"button\" href=\"/without\">Go on without a visit</a>"));
        assert!(html.contains(">Cancel</a>") && !html.contains("Continue"));
    }

    #[test]
    fn nothing_chosen_says_so_and_leads_to_the_first_visit() {
        let html = html(&ChooseEncounter { nothing_chosen: true, without_url: None, ..page() }, &site());
        assert!(html.contains("<title>Error: Choose a visit"));
        assert!(html.contains("role=\"alert\""));
        assert!(html.contains("<a href=\"#encounter-1\">Choose a visit to continue.</a>"));
        assert!(!html.contains("Go on without"));
    }

    #[test]
    fn ux_4_twenty_visits_fit_a_page() {
        let encounters = (0..20).map(|number| visit(&format!("{number:0>64}"))).collect();
        html(&ChooseEncounter { encounters, ..page() }, &site());
    }

    #[test]
    fn a23_nothing_that_others_wrote_becomes_an_element_or_an_attribute() {
        let canary = || Some(CANARY.to_owned());
        let hostile = EncounterChoice {
            id: CANARY.into(),
            date: canary(),
            what: canary(),
            with: canary(),
            status: canary(),
        };
        let patient = ConsentPatient { name: CANARY.into(), birth_date: canary(), change_url: canary() };
        let mut page =
            ChooseEncounter { encounters: vec![hostile], patient, without_url: canary(), ..page() };
        page.app = AppName { name: CANARY.into(), host: canary() };
        html(&page, &site());
        page.encounters.clear();
        html(&page, &site());
    }
}
