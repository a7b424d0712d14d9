//! How progress is sealed: old and new code read each other's steps.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::Progress;

/// A step as any version of the code writes it.
fn step() -> impl Strategy<Value = Value> {
    let optional = vec!["auth_time", "patient_shown"];
    let without = proptest::sample::subsequence(optional, 0..=2);
    let parts = (any::<String>(), any::<u64>(), 0..3, any::<[bool; 3]>(), without);
    parts.prop_map(|(text, at, encounter, [patient, birth_date, fresh], without)| {
        let mut item = json!({
            "subject": text, "auth_time": at, "patient": patient.then_some(&text),
            "patient_shown": [text, birth_date.then_some("1980-05-24")],
            "encounter": (encounter == 1).then_some(&text), "without_encounter": encounter == 2,
            "signed_in_for_this_request": fresh, "ends_at": at,
        });
        let unknown_patient = (!patient).then_some("patient_shown");
        for name in without.into_iter().chain(unknown_patient) {
            item.as_object_mut().unwrap().remove(name);
        }
        item
    })
}

proptest! {
    #[test]
    fn a_step_is_read_and_written_back_unchanged(item in step()) {
        let read: Progress = serde_json::from_value(item.clone()).unwrap();
        prop_assert_eq!(json!(read), item);
    }
}

#[test]
fn an_encounter_that_was_chosen_counts_whatever_else_a_step_holds() {
    let item = json!({
        "subject": "sub", "patient": "ann", "encounter": "visit", "without_encounter": true,
        "signed_in_for_this_request": true, "ends_at": 600,
    });
    let read: Progress = serde_json::from_value(item).unwrap();
    assert_eq!(read.encounter_id(), Some("visit"));
}

#[test]
fn debug_names_no_user() {
    let item = json!({
        "subject": "canary", "patient": "canary", "encounter": null, "signed_in_for_this_request": true, "ends_at": 600,
    });
    let read: Progress = serde_json::from_value(item).unwrap();
    assert_eq!(format!("{read:?}"), "Progress(until 600, the rest redacted)");
}
