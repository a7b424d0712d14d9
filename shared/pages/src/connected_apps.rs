//! The page on which a person sees which apps are connected, and the one that asks before an app is disconnected.

use askama::Template;
use smart::operations::connected_apps::Ends;
use smart_verify::time::UnixSeconds;

use crate::consent::Withheld;
use crate::dates;
use crate::layout::{Form, Page, Site, render};

/// How many apps a page shows at most; more stand on the next one.
pub const APPS_PER_PAGE: usize = 10;

/// "Connected apps".
#[derive(Clone, Debug)]
pub struct ConnectedApps {
    /// Who is signed in.
    pub signed_in_name: String,
    /// Where the button "Sign out" goes.
    pub sign_out: Form,
    /// The apps of this page, at most [`APPS_PER_PAGE`].
    pub apps: Vec<ConnectedApp>,
    /// The name of the app that was just disconnected.
    pub done: Option<String>,
    /// The page after this one.
    pub next_url: Option<String>,
}

/// An app that still may get something.
#[derive(Clone, Debug)]
pub struct ConnectedApp {
    /// Its name.
    pub name: String,
    /// The host of its home page, shown as text.
    pub host: Option<String>,
    /// Whose record it is, in words: "Your record".
    pub whose: Option<String>,
    /// What it may do, in the words of the consent page: [`crate::words::sentences`].
    pub sentences: Vec<String>,
    /// What it asked for and did not get.
    pub withheld: Vec<Withheld>,
    /// When it was allowed.
    pub since: UnixSeconds,
    /// When it last got something.
    pub last_used: Option<UnixSeconds>,
    /// When it ends by itself.
    pub ends: Ends,
    /// The page that asks before it is disconnected.
    pub disconnect_url: String,
}

/// "Disconnect {App}?", since disconnecting is a POST.
#[derive(Clone, Debug)]
pub struct Disconnect {
    /// The app's name.
    pub name: String,
    /// Where it goes.
    pub form: Form,
    /// The way back to the list.
    pub back_url: String,
}

fn ending(ends: Ends) -> String {
    match ends {
        Ends::On(moment) => match dates::day_in_words(moment) {
            Some(day) => format!("Ends on {day}"),
            None => "Does not end by itself".to_owned(),
        },
        Ends::WithSignOut => "Ends when you sign out".to_owned(),
        Ends::Soon => "Ends within about 1 hour".to_owned(),
    }
}

impl ConnectedApp {
    /// "Connected on 24 May 2026. Last used on 25 May 2026. Ends on 22 August 2026."
    fn times(&self) -> String {
        let said = |what: &str, moment| dates::day_in_words(moment).map(|day| format!("{what} {day}"));
        let since = said("Connected on", self.since);
        let used = self
            .last_used
            .map_or_else(|| Some("Not used yet".to_owned()), |moment| said("Last used on", moment));
        let said: Vec<String> = since.into_iter().chain(used).chain([ending(self.ends)]).collect();
        format!("{}.", said.join(". "))
    }
}

#[derive(Template)]
#[template(path = "connected_apps.html")]
struct View<'a> {
    site: &'a Site,
    page: &'a ConnectedApps,
}

impl Page for ConnectedApps {
    fn html(&self, site: &Site) -> Result<String, askama::Error> {
        render(&View { site, page: self })
    }
}

#[derive(Template)]
#[template(path = "disconnect.html")]
struct DisconnectView<'a> {
    site: &'a Site,
    page: &'a Disconnect,
}

impl Page for Disconnect {
    fn html(&self, site: &Site) -> Result<String, askama::Error> {
        render(&DisconnectView { site, page: self })
    }
}

#[cfg(test)]
mod tests {
    use smart_verify::scope::ScopeSet;

    use super::*;
    use crate::layout::tests::{CANARY, form, html, site};
    use crate::words::{Whose, sentences};

    const SINCE: UnixSeconds = UnixSeconds(1_779_580_800); // 24 May 2026

    fn connected() -> ConnectedApp {
        let granted = ScopeSet::parse("openid offline_access patient/Observation.rs patient/Immunization.rs");
        ConnectedApp {
            name: "Growth Chart".into(),
            host: Some("app.example.org".into()),
            whose: Some("Your record".into()),
            sentences: sentences(&granted, &Whose::Own),
            withheld: vec![Withheld { scope: "user/*.rs".into(), why: "You did not tick it.".into() }],
            since: SINCE,
            last_used: Some(UnixSeconds(SINCE.0 + 86_400)),
            ends: Ends::On(UnixSeconds(SINCE.0 + 90 * 86_400)),
            disconnect_url: "/manage/disconnect?grant=1&a=b".into(),
        }
    }

    fn page() -> ConnectedApps {
        ConnectedApps {
            signed_in_name: "Ana Lopez".into(),
            sign_out: Form { action: "/sign-out".into(), ..form() },
            apps: vec![connected()],
            done: None,
            next_url: None,
        }
    }

    #[test]
    fn pg_28_it_ends_on_a_day_with_the_session_or_soon() {
        let table = [
            (Ends::On(SINCE), "Ends on 24 May 2026"),
            (Ends::On(UnixSeconds(u64::MAX)), "Does not end by itself"),
            (Ends::WithSignOut, "Ends when you sign out"),
            (Ends::Soon, "Ends within about 1 hour"),
        ];
        for (ends, sentence) in table {
            assert_eq!(ending(ends), sentence);
        }
        let unused = ConnectedApp { last_used: None, ends: Ends::Soon, ..connected() };
        assert_eq!(unused.times(), "Connected on 24 May 2026. Not used yet. Ends within about 1 hour.");
    }

    #[test]
    fn pg_28_who_has_disconnected_an_app_is_told_what_stays() {
        let done = ConnectedApps { apps: vec![], done: Some("Growth Chart".into()), ..page() };
        let html_done = html(&done, &site());
        let notice = "Disconnected <bdi>Growth Chart</bdi>. It keeps what it has already copied.";
        assert!(html_done.contains("role=\"status\"") && html_done.contains(notice));
        assert!(html_done.contains("No app is connected."));
    }

    #[test]
    fn more_apps_stand_on_the_next_page() {
        let page = ConnectedApps { next_url: Some("/manage?after=1".into()), ..page() };
        assert!(html(&page, &site()).contains("<a href=\"/manage?after=1\" rel=\"next\">Next</a>"));
    }

    #[test]
    fn ux_4_a_full_page_is_light_enough() {
        let asked = "launch/patient openid fhirUser patient/Patient.rs patient/Observation.rs patient/Condition.rs \
                     patient/MedicationRequest.rs patient/Immunization.rs patient/Goal.rs patient/Encounter.rs";
        let sentences = sentences(&ScopeSet::parse(asked), &Whose::Patient("Ana Lopez".into()));
        let app = ConnectedApp { sentences, ..connected() };
        html(&ConnectedApps { apps: vec![app; APPS_PER_PAGE], ..page() }, &site());
    }

    #[test]
    fn a23_nothing_that_others_wrote_becomes_an_element_or_an_attribute() {
        let hostile = ConnectedApp {
            name: CANARY.into(),
            host: Some(CANARY.into()),
            whose: Some(CANARY.into()),
            sentences: vec![CANARY.into()],
            withheld: vec![Withheld { scope: CANARY.into(), why: CANARY.into() }],
            disconnect_url: CANARY.into(),
            ..connected()
        };
        let page = ConnectedApps {
            signed_in_name: CANARY.into(),
            sign_out: Form { action: CANARY.into(), ..form() },
            apps: vec![hostile],
            done: Some(CANARY.into()),
            next_url: Some(CANARY.into()),
        };
        html(&page, &site());
        html(&Disconnect { name: CANARY.into(), form: form(), back_url: CANARY.into() }, &site());
    }
}
