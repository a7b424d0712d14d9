//! What the connected apps call a patient, whether or not the FHIR API answers.

use std::io::Read as _;
use std::sync::Mutex;

use aws::telemetry::lines;
use tracing_subscriber::layer::SubscriberExt as _;

use super::world::{Directory, World, ann, request};

/// Ann connects the app to the records of these patients, each by a code of its own.
async fn connected_to(patients: &[&str]) -> World {
    let mut world = World::new();
    world.ports.directory = Directory::Shows("Name of ");
    world.ports.store.put_user(ann(&["bo", "cy", "di"]));
    let page = world.open(&request(&[])).await;
    let mut picker = world.sign_in(&page).await;
    for patient in patients {
        let mut next = world.submit(&picker, &[("patient", patient)]).await;
        if next.is("Allow") {
            next = world.submit(&next, &[("decision", "allow")]).await;
        }
        assert!(next.away.unwrap().contains("code="), "{patient}");
        picker = world.open(&request(&[])).await;
    }
    world
}

#[tokio::test]
async fn pg_28_patients_have_their_names_up_to_three_of_them() {
    for (patients, line) in [
        (&["ann"][..], "Your record"),
        (&["bo"], "Record of Name of bo"),
        (&["ann", "bo"], "Records of Name of bo and you"),
        (&["cy", "ann", "bo"], "Records of Name of bo, Name of cy and you"),
        (&["ann", "bo", "cy", "di"], "Records of 4 patients"),
    ] {
        let page = connected_to(patients).await.open("/manage").await;
        assert!(
            page.is("Connected apps") && page.text.contains(&format!(">{line}<")),
            "{line}: {}",
            page.text
        );
    }
    let page = connected_to(&["bo"]).await.open("/manage").await;
    assert!(page.text.contains("See all of Name of bo&#39;s health record"), "{}", page.text);
}

#[tokio::test]
async fn pg_28_a_fhir_api_that_does_not_answer_costs_the_names_and_nothing_else_and_the_log_says_why() {
    let mut world = connected_to(&["bo"]).await;
    for (silent, why) in [(Directory::Fails, "FHIR: answered 503"), (Directory::Hangs, "has elapsed")] {
        world.ports.directory = silent;
        let (mut log, to) = std::io::pipe().unwrap();
        let lines = tracing_subscriber::registry().with(lines("", Mutex::new(to)));
        let logging = tracing::subscriber::set_default(lines);
        let page = world.open("/manage").await;
        drop(logging);
        assert!(page.is("Connected apps") && page.text.contains(">Record of patient bo<"), "{}", page.text);
        let mut logged = String::new();
        log.read_to_string(&mut logged).unwrap();
        assert!(logged.contains("WARN") && logged.contains(why) && !logged.contains("bo\""), "{logged}");
    }
}

#[tokio::test]
async fn pg_28_a_patient_whom_the_person_looks_after_no_more_is_not_named() {
    let mut world = connected_to(&["bo"]).await;
    world.ports.store.put_user(ann(&[]));
    let page = world.open("/manage").await;
    assert!(page.text.contains(">Record of patient bo<"), "{}", page.text);
}
