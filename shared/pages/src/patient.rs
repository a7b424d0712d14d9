//! The page on which a patient is chosen.

use askama::Template;
use smart_verify::time::UnixSeconds;

use crate::dates;
use crate::layout::{AppName, Form, Page, SignedIn, Site, render};

/// "Choose a patient". The form posts `patient`, the bare id of the one chosen.
#[derive(Clone, Debug)]
pub struct ChoosePatient {
    /// The app that will see the record.
    pub app: AppName,
    /// Where the choice goes.
    pub form: Form,
    /// Who chooses.
    pub signed_in: Option<SignedIn>,
    /// What is asked.
    pub asks: PatientQuestion,
    /// The patients of this page, in the order shown. Only these may be accepted.
    pub patients: Vec<PatientChoice>,
    /// Search and paging, where there are more than 10 patients.
    pub search: Option<PatientSearch>,
    /// Whether Continue was pressed with nothing chosen.
    pub nothing_chosen: bool,
    /// The way back to the app with `access_denied`.
    pub cancel_url: String,
    /// Today, for ages.
    pub now: UnixSeconds,
}

/// What the page asks, which depends on who reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PatientQuestion {
    /// A clinician: "Choose a patient".
    ChooseAPatient,
    /// Somebody who also looks after others' records: "Whose record?".
    WhoseRecord,
}

/// A patient who can be chosen. What the record does not hold is left out of the words.
#[derive(Clone, Debug)]
pub struct PatientChoice {
    /// The FHIR id, without a type.
    pub id: String,
    /// Given and family name.
    pub name: String,
    /// A FHIR date: a day, a month or a year.
    pub birth_date: Option<String>,
    /// "female", "male" or another word.
    pub sex: Option<String>,
    /// The record number, of which the end is shown so that namesakes are told apart.
    pub record_number: Option<String>,
}

/// Search and paging. The search is a GET form whose field is `q`.
#[derive(Clone, Debug)]
pub struct PatientSearch {
    /// Where it is sent.
    pub action: String,
    /// The authorization request, repeated: name and value.
    pub hidden: Vec<(String, String)>,
    /// What was searched for.
    pub query: String,
    /// How many were found.
    pub total: usize,
    /// The page before this one.
    pub previous_url: Option<String>,
    /// The page after this one.
    pub next_url: Option<String>,
    /// This page without the search.
    pub show_all_url: String,
}

impl PatientQuestion {
    const fn words(self) -> &'static str {
        match self {
            Self::ChooseAPatient => "Choose a patient",
            Self::WhoseRecord => "Whose record?",
        }
    }
}

impl PatientChoice {
    /// "born 24 May 1980 (46), female, record no. ending 1002"
    fn about(&self, now: UnixSeconds) -> String {
        let born = self.birth_date.as_deref().and_then(dates::born).map(|born| {
            let age = self.birth_date.as_deref().and_then(|date| dates::age(date, now));
            age.map_or_else(|| format!("born {born}"), |age| format!("born {born} ({age})"))
        });
        let number =
            self.record_number.as_deref().map(|number| format!("record no. ending {}", ending(number)));
        born.into_iter().chain(self.sex.clone()).chain(number).collect::<Vec<_>>().join(", ")
    }
}

/// The last four characters.
fn ending(number: &str) -> &str {
    number.char_indices().rev().nth(3).map_or(number, |(start, _)| &number[start..])
}

impl PatientSearch {
    fn count(&self) -> String {
        if self.total == 1 { "1 patient".to_owned() } else { format!("{} patients", self.total) }
    }

    const fn has_pages(&self) -> bool {
        self.previous_url.is_some() || self.next_url.is_some()
    }
}

impl ChoosePatient {
    fn searched(&self) -> &str {
        self.search.as_ref().map_or("", |search| search.query.as_str())
    }
}

#[derive(Template)]
#[template(path = "patient.html")]
struct View<'a> {
    site: &'a Site,
    page: &'a ChoosePatient,
}

impl Page for ChoosePatient {
    fn html(&self, site: &Site) -> Result<String, askama::Error> {
        render(&View { site, page: self })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::tests::{CANARY, app, form, html, site};

    const NOW: UnixSeconds = UnixSeconds(1_779_580_800); // 24 May 2026

    fn patient(id: &str) -> PatientChoice {
        PatientChoice {
            id: id.into(),
            name: "Ana Lopez".into(),
            birth_date: Some("1980-05-24".into()),
            sex: Some("female".into()),
            record_number: Some("MRN-551002".into()),
        }
    }

    fn page() -> ChoosePatient {
        ChoosePatient {
            app: app(),
            form: form(),
            signed_in: Some(SignedIn { name: "Dr Shaw".into(), switch_url: Some("/authorize?again".into()) }),
            asks: PatientQuestion::ChooseAPatient,
            patients: vec![patient("a1"), patient("b2")],
            search: None,
            nothing_chosen: false,
            cancel_url: "/cancel".into(),
            now: NOW,
        }
    }

    fn search(query: &str) -> PatientSearch {
        PatientSearch {
            action: "/authorize".into(),
            hidden: vec![("client_id".into(), "app".into())],
            query: query.into(),
            total: 24,
            previous_url: None,
            next_url: Some("/authorize?page=2".into()),
            show_all_url: "/authorize?all".into(),
        }
    }

    #[test]
    fn pg_8_somebody_with_several_records_is_asked_whose() {
        let page = ChoosePatient { asks: PatientQuestion::WhoseRecord, ..page() };
        assert!(html(&page, &site()).contains("<h1>Whose record?</h1>"));
    }

    #[test]
    fn pg_9_what_the_record_does_not_hold_is_left_out() {
        let bare = PatientChoice { birth_date: None, sex: None, record_number: None, ..patient("a1") };
        assert_eq!(bare.about(NOW), "");
        let partly =
            PatientChoice { birth_date: Some("1980".into()), record_number: Some("7".into()), ..bare };
        assert_eq!(partly.about(NOW), "born 1980, record no. ending 7");
        assert_eq!(ending("äöüßé"), "öüßé");
    }

    #[test]
    fn pg_10_many_patients_are_searched_and_paged_without_script() {
        let page = ChoosePatient { search: Some(search("")), ..page() };
        let html = html(&page, &site());
        assert!(html.contains("<form method=\"get\" action=\"/authorize\""));
        assert!(html.contains("<input type=\"hidden\" name=\"client_id\" value=\"app\">"));
        assert!(html.contains("rel=\"next\">Next</a>") && !html.contains("Previous"));
    }

    #[test]
    fn pg_11_none_found_none_at_all_and_none_chosen_are_told_apart() {
        let found = ChoosePatient { patients: vec![], search: Some(search("Zoe")), ..page() };
        let html_found = html(&found, &site());
        assert!(html_found.contains("No patient matches “<bdi>Zoe</bdi>”."));
        assert!(html_found.contains("<a href=\"/authorize?all\">Show all</a>"));
        let none = ChoosePatient { patients: vec![], ..page() };
        let html_none = html(&none, &site());
        assert!(html_none.contains("You have no patients here.") && html_none.contains(">Cancel</a>"));
        assert!(!html_none.contains("Continue"));
        let unchosen = ChoosePatient { nothing_chosen: true, ..page() };
        let html_unchosen = html(&unchosen, &site());
        assert!(html_unchosen.contains("<title>Error: Choose a patient"));
        assert!(
            html_unchosen.contains("role=\"alert\"")
                && html_unchosen.contains("Choose a patient to continue.")
        );
    }

    #[test]
    fn a23_nothing_that_others_wrote_becomes_an_element_or_an_attribute() {
        let canary = || Some(CANARY.to_owned());
        let hostile = PatientChoice {
            id: CANARY.into(),
            name: CANARY.into(),
            birth_date: canary(),
            sex: canary(),
            record_number: canary(),
        };
        let mut page = ChoosePatient { patients: vec![hostile], search: Some(search(CANARY)), ..page() };
        html(&page, &site());
        page.patients.clear();
        html(&page, &site());
    }
}
