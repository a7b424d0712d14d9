//! Writes every page with invented data into a folder, for a browser:
//! `cargo run -p pages --example samples -- target/pages`.

mod account;

use std::path::{Path, PathBuf};
use std::{fs, io};

use pages::assets;
use pages::connected_apps::{ConnectedApp, ConnectedApps, Disconnect};
use pages::consent::{AskingApp, Consent, ConsentPatient, RegisteredBy, Withheld};
use pages::encounter::{ChooseEncounter, EncounterChoice};
use pages::layout::{AppName, Form, Page, SignedIn, Site};
use pages::look::Look;
use pages::message::{
    Answered, BackLink, ErrorPage, ForTheDeveloper, Heading, Help, OpenInNewWindow, SignOut, SignedOut,
};
use pages::patient::{ChoosePatient, PatientChoice, PatientQuestion, PatientSearch};
use pages::sign_in::{SignIn, SignInError, TestAccount, UpstreamButton};
use pages::words::{self, Whose};
use smart::authorization::HowLong;
use smart::operations::connected_apps::Ends;
use smart_verify::scope::ScopeSet;
use smart_verify::time::UnixSeconds;

const NOW: UnixSeconds = UnixSeconds(1_779_580_800); // 24 May 2026
const READS: &str = "launch/patient openid fhirUser offline_access patient/Patient.rs patient/Condition.rs \
    patient/MedicationRequest.rs patient/MedicationStatement.rs patient/Practitioner.rs patient/Observation.rs\
    ?category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory";
const EVERYTHING: &str = "launch/patient openid fhirUser offline_access patient/*.rs patient/Observation.rs";
const LOGO: &str = r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><rect width="64" height="64" rx="12" fill="#6a1b9a"/><path d="M28 14h8v14h14v8H36v14h-8V36H14v-8h14z" fill="#fff"/></svg>"##;
const WRITES: &str = "launch launch/patient openid fhirUser online_access patient/*.cruds user/*.cruds";

fn main() -> io::Result<()> {
    let folder = std::env::args().nth(1).map_or_else(|| PathBuf::from("target/pages"), PathBuf::from);
    write_assets(&folder, &dressed()?)?;
    every_page(&|name, site, page| write_page(&folder, name, site, page))
}

/// A site with all that an organisation may add.
fn dressed() -> io::Result<Site> {
    let site = production().with_contact("help@example.org".parse().map_err(io::Error::other)?);
    let look = Look { accent: Some("#6a1b9a".into()), logo_svg: Some(LOGO.into()) };
    site.with_look(look).map_err(io::Error::other)
}

fn production() -> Site {
    Site::new("Example Hospital", false, "https://auth.example.org")
}

/// Calls `write` with each page in its main states.
fn every_page(write: &dyn Fn(&str, &Site, &dyn Page) -> io::Result<()>) -> io::Result<()> {
    let sandbox = Site::new("Example Hospital", true, "http://127.0.0.1:9000");
    let (production, dressed) = (production(), dressed()?);
    write("sign_in", &sandbox, &sign_in(None))?;
    write("sign_in_wrong", &production, &sign_in(Some(SignInError::Wrong)))?;
    let elsewhere = UpstreamButton { provider: "Example ID".into(), form: form() };
    write("sign_in_elsewhere", &dressed, &SignIn { upstream: Some(elsewhere), ..sign_in(None) })?;
    write("sign_in_no_app", &dressed, &SignIn { app: None, cancel_url: None, ..sign_in(None) })?;
    write("encounter", &dressed, &encounters(3))?;
    write("encounter_none", &production, &encounters(0))?;
    write("patient", &sandbox, &patients(3, None))?;
    write("patient_many", &production, &patients(20, Some("")))?;
    write("patient_none", &production, &patients(0, Some("Zoe")))?;
    write("consent_reads", &production, &consent(READS, Whose::Own))?;
    write("consent_everything", &dressed, &consent(EVERYTHING, Whose::Own))?;
    write("consent_writes", &sandbox, &consent(WRITES, Whose::Patient("Ana Lopez".into())))?;
    write("consent_none", &sandbox, &Consent { nothing_ticked: true, ..consent(READS, Whose::Own) })?;
    write("connected_apps", &dressed, &connected_apps(2, Some("Old App".into())))?;
    write("connected_apps_none", &production, &connected_apps(0, None))?;
    let ask = Disconnect { name: app().name, form: form(), back_url: "connected_apps.html".into() };
    write("disconnect", &production, &ask)?;
    write("error", &sandbox, &error())?;
    write("error_contact", &dressed, &error())?;
    let framed = OpenInNewWindow { app: Some(app()), url: "consent_reads.html".into() };
    write("new_window", &production, &framed)?;
    write("answered", &production, &Answered { app: Some(app()), back: Some(back()) })?;
    write("sign_out", &production, &SignOut { form: form() })?;
    write("signed_out", &production, &SignedOut { sign_in_url: None })?;
    write("help", &sandbox, &Help)?;
    account::each(&|name, page| write(name, &sandbox, page))
}

fn write_assets(folder: &Path, site: &Site) -> io::Result<()> {
    fs::create_dir_all(folder.join("assets"))?;
    for name in ["site.css", "logo.svg"] {
        let (_, bytes) = site.asset(name).ok_or(io::ErrorKind::NotFound)?;
        fs::write(folder.join("assets").join(name), bytes)?;
    }
    for path in [assets::css_path(), assets::js_path()] {
        let name = path.trim_start_matches("/assets/");
        let file = assets::file(name).ok_or(io::ErrorKind::NotFound)?;
        fs::write(folder.join("assets").join(name), file.bytes)?;
    }
    Ok(())
}

fn write_page(folder: &Path, name: &str, site: &Site, page: &dyn Page) -> io::Result<()> {
    let html = page.html(site).map_err(io::Error::other)?;
    // From a file there is no root to start at.
    fs::write(folder.join(format!("{name}.html")), html.replace("\"/assets/", "\"assets/"))
}

fn app() -> AppName {
    AppName { name: "Growth Chart".into(), host: Some("growth.example.org".into()) }
}

fn back() -> BackLink {
    BackLink { url: "https://growth.example.org/".into(), text: "Go back to Growth Chart".into() }
}

fn form() -> Form {
    Form { action: "/authorize/step".into(), csrf: "1.token".into(), hidden: vec![] }
}

fn sign_in(error: Option<SignInError>) -> SignIn {
    let account = |name: &str, about: &str| TestAccount {
        name: name.into(),
        about: about.into(),
        password: Some(format!("{name}-password")),
        use_url: format!("sign_in.html?username={name}"),
    };
    SignIn {
        app: Some(app()),
        purpose: "Sign in to register apps and to try tokens.",
        create_account_url: Some("account_create.html"),
        form: form(),
        local: true,
        upstream: None,
        username: error.map(|_| "ana".to_owned()).unwrap_or_default(),
        error,
        cancel_url: Some("https://growth.example.org/?error=access_denied".into()),
        test_accounts: vec![
            account("ana", "Patient, sees her own record"),
            account("dr-shaw", "Clinician, sees all"),
        ],
    }
}

fn patients(number: usize, query: Option<&str>) -> ChoosePatient {
    let names = ["Ana Lopez", "Ben Okafor", "Chiara Bianchi-Winterbottom"];
    let patient = |place: usize| PatientChoice {
        id: format!("p{place}"),
        name: names[place % names.len()].into(),
        birth_date: Some(format!("19{}-05-24", 50 + place)),
        sex: Some(["female", "male"][place % 2].into()),
        record_number: Some(format!("{}", 1000 + place)),
    };
    ChoosePatient {
        app: app(),
        form: form(),
        signed_in: Some(SignedIn { name: "Dr Shaw".into(), switch_url: Some("sign_in.html".into()) }),
        asks: PatientQuestion::ChooseAPatient,
        patients: (0..number).map(patient).collect(),
        search: query.map(|query| PatientSearch {
            action: "patient_many.html".into(),
            hidden: vec![],
            query: query.into(),
            total: number * 3,
            previous_url: None,
            next_url: (number > 0).then(|| "patient_many.html?page=2".into()),
            show_all_url: "patient_many.html".into(),
        }),
        nothing_chosen: number == 3,
        cancel_url: "https://growth.example.org/?error=access_denied".into(),
        now: NOW,
    }
}

fn consent(scopes: &str, whose: Whose) -> Consent {
    let checked = whose != Whose::Own;
    Consent {
        app: AskingApp {
            name: "Growth Chart".into(),
            host: Some("growth.example.org".into()),
            registered_on: Some(NOW),
            registered_by: if checked { RegisteredBy::Administrator } else { RegisteredBy::Developer },
        },
        form: form(),
        signed_in: SignedIn { name: "Ana Lopez".into(), switch_url: Some("sign_in.html".into()) },
        patient: Some(ConsentPatient {
            name: "Ana Lopez".into(),
            birth_date: Some("1980-05-24".into()),
            change_url: Some("patient.html".into()),
        }),
        whose,
        scopes: ScopeSet::parse(scopes),
        how_long: if scopes == WRITES { HowLong::UntilSignOut } else { HowLong::up_to(365, NOW) },
        withheld: Vec::new(),
        nothing_ticked: false,
        connected_apps_url: None,
    }
}

fn encounters(number: usize) -> ChooseEncounter {
    let visit = |place: usize| EncounterChoice {
        id: format!("e{place}"),
        date: (place < 2).then(|| format!("2026-05-{}T10:30:00+02:00", 24 - place)),
        what: Some(["Cardiology", "Emergency", "General practice"][place % 3].into()),
        with: (place != 1).then(|| "Dr Shaw".into()),
        status: Some(["in-progress", "finished"][place % 2].into()),
    };
    ChooseEncounter {
        app: app(),
        form: form(),
        signed_in: Some(SignedIn { name: "Dr Shaw".into(), switch_url: Some("sign_in.html".into()) }),
        patient: ConsentPatient {
            name: "Ana Lopez".into(),
            birth_date: Some("1980-05-24".into()),
            change_url: Some("patient.html".into()),
        },
        encounters: (0..number).map(visit).collect(),
        nothing_chosen: false,
        without_url: Some("consent_reads.html".into()),
        cancel_url: "https://growth.example.org/?error=access_denied".into(),
    }
}

fn connected_apps(number: usize, done: Option<String>) -> ConnectedApps {
    let connected = |place: usize| ConnectedApp {
        name: ["Growth Chart", "Pocket Record"][place % 2].into(),
        host: Some("growth.example.org".into()),
        whose: Some("Ana Lopez".into()),
        sentences: words::sentences(&ScopeSet::parse(READS), &Whose::Own),
        withheld: vec![Withheld { scope: "patient/*.cud".into(), why: "You did not tick it.".into() }],
        since: NOW,
        last_used: (place == 0).then_some(NOW),
        ends: if place == 0 { Ends::On(UnixSeconds(NOW.0 + 90 * 86_400)) } else { Ends::WithSignOut },
        disconnect_url: "disconnect.html".into(),
    };
    ConnectedApps {
        signed_in_name: "Ana Lopez".into(),
        sign_out: form(),
        apps: (0..number).map(connected).collect(),
        done,
        next_url: None,
    }
}

fn error() -> ErrorPage {
    ErrorPage::new(Heading::CannotSignYouIn).with_developer(ForTheDeveloper {
        error: "invalid_request".into(),
        reason: "redirect_uri is not registered for this client; compare exactly, also the trailing slash."
            .into(),
        details: vec![("Received redirect_uri".into(), "https://growth.example.org/callback".into())],
        request_id: "0f3c7a52-3b1f-4a55-8a4e-1f0d6d3a9b11".into(),
    })
}

#[cfg(test)]
mod tests;
