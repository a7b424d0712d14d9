//! The EHR's two pages: what to launch, and an app in a frame.

use std::fmt::Write as _;

use smart::user::Role;

use super::launch::LaunchForm;
use super::{App, Ehr, Person};
use crate::fhir::{self, Demographics, Visit};
use crate::html::escaped;

/// What can be launched for whom, with a refusal above it if there was one.
pub(super) fn choices(ehr: &Ehr, asked: &LaunchForm, refusal: Option<&str>) -> String {
    let problem = refusal.map(|words| {
        format!(
            r#"
    <section id="problem" role="alert" aria-labelledby="problem-title">
      <h2 id="problem-title">Nothing was launched</h2>
      <p id="problem-text">{}</p>
    </section>"#,
            escaped(words)
        )
    });
    let content = format!(
        r#"
  <main>
    <h1 id="title">EHR simulator</h1>
    <p>It plays a hospital's record system, from which a user opens an app. The app learns the patient from the
      launch, and the user still signs in at the service. All people in it are made up.</p>{problem}
    <form method="post" action="/launch">
      <fieldset>
        <legend>App</legend>{apps}
        <label for="other_client_id">Another app, by its client id</label>
        <input id="other_client_id" name="other_client_id" value="{other}" autocomplete="off" spellcheck="false">
      </fieldset>
      <label for="user">User who is signed in at the EHR</label>
      <select id="user" name="user">{users}
      </select>
      <label for="patient">Patient</label>
      <select id="patient" name="patient">{patients}
      </select>
      <label for="encounter">Encounter of the patient</label>
      <select id="encounter" name="encounter">{encounters}
      </select>
      <fieldset>
        <legend>Where the app opens</legend>{places}
      </fieldset>
      <label class="choice"><input type="checkbox" name="need_patient_banner" value="true"{banner}>
        <span>The app has to show who the patient is (<code>need_patient_banner</code>)</span></label>
      <label for="intent">Intent, as agreed with the app, or nothing</label>
      <input id="intent" name="intent" value="{intent}" autocomplete="off" spellcheck="false">
      <button type="submit">Launch</button>
    </form>
  </main>"#,
        problem = problem.unwrap_or_default(),
        apps = ehr.apps.iter().map(|app| app_choice(app, asked)).collect::<String>(),
        other = escaped(&asked.other_client_id),
        users = ehr.users.iter().map(|user| user_option(user, asked)).collect::<String>(),
        patients = fhir::demographics().map(|patient| patient_option(&patient, asked)).collect::<String>(),
        encounters = encounter_options(asked),
        places = [(false, "In this tab"), (true, "In a frame on the EHR's page")]
            .map(|(embedded, text)| {
                let checked = checked(asked.embedded == embedded);
                format!(
                    "\n        <label class=\"choice\"><input type=\"radio\" name=\"embedded\" value=\"{embedded}\"{checked}>\
                     <span>{text}</span></label>"
                )
            })
            .concat(),
        banner = checked(asked.need_patient_banner),
        intent = escaped(&asked.intent),
    );
    document("EHR simulator", "choices", &content)
}

/// The app in a frame below who the patient is, as an EHR shows it.
pub(super) fn embedded(ehr: &Ehr, asked: &LaunchForm, launch_url: &str) -> String {
    let listed = ehr.apps.iter().find(|app| app.client_id == asked.app());
    let name = escaped(listed.map_or(asked.app(), |app| &app.name));
    let patient = fhir::demographics().find(|patient| patient.id == asked.patient);
    let banner = match patient {
        Some(Demographics { id, given, family, birth_date }) => {
            format!("<strong>{family}, {given}</strong> <span>born {birth_date}</span> <span>{id}</span>")
        }
        None => format!("<strong>{}</strong>", escaped(&asked.patient)),
    };
    let content = format!(
        r#"
  <header id="patient-banner" aria-label="Patient">{banner} <a href="/">Close {name}</a></header>
  <iframe id="app" title="{name}" src="{}"></iframe>"#,
        escaped(launch_url)
    );
    document(&format!("{name} in the EHR simulator"), "embedding", &content)
}

fn app_choice(app: &App, asked: &LaunchForm) -> String {
    let (client_id, name, launch_url) =
        (escaped(&app.client_id), escaped(&app.name), escaped(&app.launch_url));
    let checked = checked(app.client_id == asked.client_id);
    format!(
        r#"
        <label class="choice"><input type="radio" name="client_id" value="{client_id}"{checked}>
          <span>{name} <code>{client_id}</code> <code>{launch_url}</code></span></label>"#
    )
}

fn user_option(user: &Person, asked: &LaunchForm) -> String {
    let role = match user.role {
        Role::Patient => "patient",
        Role::Clinician => "clinician",
        Role::System => "system",
    };
    option(user.name, &format!("{}, {role} ({})", user.display_name, user.name), &asked.user)
}

fn patient_option(patient: &Demographics, asked: &LaunchForm) -> String {
    let Demographics { id, given, family, birth_date } = patient;
    option(id, &format!("{given} {family}, born {birth_date} ({id})"), &asked.patient)
}

/// Every encounter under the name of its patient, since a page without a script cannot wait for the patient.
fn encounter_options(asked: &LaunchForm) -> String {
    let mut options = option("", "None", &asked.encounter);
    for patient in fhir::demographics() {
        // Writing to a String never fails.
        let _ = write!(options, "\n        <optgroup label=\"{} {}\">", patient.given, patient.family);
        for Visit { id, date, service, .. } in fhir::visits().filter(|visit| visit.patient == patient.id) {
            options.push_str(&option(id, &format!("{date}, {service} ({id})"), &asked.encounter));
        }
        options.push_str("\n        </optgroup>");
    }
    options
}

fn option(value: &str, text: &str, chosen: &str) -> String {
    let selected = if value == chosen { " selected" } else { "" };
    format!("\n        <option value=\"{}\"{selected}>{}</option>", escaped(value), escaped(text))
}

const fn checked(is: bool) -> &'static str {
    if is { " checked" } else { "" }
}

fn document(title: &str, class: &str, content: &str) -> String {
    format!(
        r#"<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>{title}</title>
  <link rel="icon" href="data:,">
  <link rel="stylesheet" href="/style.css">
</head>
<body class="{class}">{content}
</body>
</html>
"#
    )
}
