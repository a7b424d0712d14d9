//! Writes every page with invented data into a folder, to be looked at in a browser:
//! `cargo run -p pages --example samples -- target/pages`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use pages::assets;
use pages::consent::{AskingApp, Consent, ConsentPatient, HowLong, RegisteredBy};
use pages::layout::{AppName, Form, Page, SignedIn, Site};
use pages::message::{Answered, BackLink, ErrorPage, ForTheDeveloper, Heading, Help, SignOut, SignedOut};
use pages::patient::{ChoosePatient, PatientChoice, PatientQuestion, PatientSearch};
use pages::sign_in::{SignIn, SignInError, TestAccount};
use pages::words::Whose;
use smart::scope::ScopeSet;
use smart::time::UnixSeconds;

const NOW: UnixSeconds = UnixSeconds(1_779_580_800); // 24 May 2026
const READS: &str = "launch/patient openid fhirUser offline_access patient/Patient.rs patient/Condition.rs \
    patient/MedicationRequest.rs patient/MedicationStatement.rs patient/Practitioner.rs patient/Observation.rs\
    ?category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory";
const WRITES: &str = "launch launch/patient openid fhirUser online_access patient/*.cruds user/*.cruds";

fn main() -> io::Result<()> {
    let folder = std::env::args().nth(1).map_or_else(|| PathBuf::from("target/pages"), PathBuf::from);
    write_assets(&folder)?;
    let sandbox = Site::new("Example Hospital", true, "http://127.0.0.1:9000");
    let production = Site::new("Example Hospital", false, "https://auth.example.org");
    let write = |name: &str, site: &Site, page: &dyn Page| write_page(&folder, name, site, page);
    write("sign_in", &sandbox, &sign_in(None))?;
    write("sign_in_wrong", &production, &sign_in(Some(SignInError::Wrong)))?;
    write("patient", &sandbox, &patients(3, None))?;
    write("patient_many", &production, &patients(20, Some("")))?;
    write("patient_none", &production, &patients(0, Some("Zoe")))?;
    write("consent_reads", &production, &consent(READS, Whose::Own))?;
    write("consent_writes", &sandbox, &consent(WRITES, Whose::Patient("Ana Lopez".into())))?;
    write("consent_none", &sandbox, &Consent { nothing_ticked: true, ..consent(READS, Whose::Own) })?;
    write("error", &sandbox, &error())?;
    write("answered", &production, &Answered { app: Some(app()), back: Some(back()) })?;
    write("sign_out", &production, &SignOut { form: form(), name: "Ana Lopez".into() })?;
    write("signed_out", &production, &SignedOut { sign_in_url: None })?;
    write("help", &sandbox, &Help)
}

fn write_assets(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder.join("assets"))?;
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
        how_long: HowLong::up_to(365, NOW),
        withheld: Vec::new(),
        nothing_ticked: false,
        connected_apps_url: None,
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
