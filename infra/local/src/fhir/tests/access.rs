//! What a token shows.

use super::*;

#[tokio::test]
async fn a_backend_service_sees_every_patient() {
    let stage = Stage::set().await;
    let token = stage.backend("system/*.rs");
    assert_eq!(stage.ids("Patient", &token).await, PATIENT_IDS.join(" "));
    assert_eq!(stage.status("Patient/farah", &token).await, 200);
    assert_eq!(stage.status("Patient/nobody", &token).await, 404);
    assert_eq!(stage.ids("Practitioner", &token).await, "clara dario");
}

#[tokio::test]
async fn system_scopes_give_a_user_nothing() {
    let stage = Stage::set().await;
    let of_a_person = |fhir_user: Value| {
        let person = json!({ "sub": "person", "grant": "g", "fhirUser": fhir_user });
        stage.key.sign(&stage.claims("system/*.rs", &person))
    };
    let with_fhir_user = of_a_person(json!("Practitioner/clara"));
    let without = of_a_person(Value::Null);
    for token in [with_fhir_user, without] {
        assert_eq!(stage.status("Patient", &token).await, 403);
    }
}

#[tokio::test]
async fn a_system_account_sees_what_a_backend_service_sees() {
    let stage = Stage::set().await;
    let account = json!({ "sub": "demo-system", "fhirUser": "Device/demo-system" });
    let token = stage.key.sign(&stage.claims("system/*.rs", &account));
    assert_eq!(stage.ids("Patient", &token).await, PATIENT_IDS.join(" "));
}

#[tokio::test]
async fn a_scope_allows_its_types_and_letters_only() {
    let stage = Stage::set().await;
    for (scope, path, status) in [
        ("system/Patient.r", "Patient/alma", 200),
        ("system/Patient.r", "Patient", 403),
        ("system/Patient.s", "Patient", 200),
        ("system/Patient.s", "Patient/alma", 403),
        ("system/Patient.s", "Patient/nobody", 403),
        ("system/Patient.read", "Patient", 200),
        ("system/Patient.rs", "Condition", 403),
        ("system/*.cud", "Patient", 403),
        ("__registration", "Patient", 403),
        ("", "Patient", 403),
        ("patient/*.rs", "Patient", 403),
        ("user/*.rs", "Patient", 403),
        ("system/*.rs", "Medication", 404),
        ("system/*.rs", "Patient/alma/_history", 404),
    ] {
        assert_eq!(stage.status(path, &stage.backend(scope)).await, status, "{scope} {path}");
    }
    let response =
        stage.get("Patient").bearer_auth(stage.backend("system/Condition.rs")).send().await.unwrap();
    assert_eq!(refusal(response).await, (403, r#"Bearer error="insufficient_scope""#.to_owned()));
}

#[tokio::test]
async fn a_user_sees_what_the_record_system_lets_them_see() {
    let stage = Stage::set().await;
    for (fhir_user, patients) in [
        ("Practitioner/clara", "alma bruno chidi dunja emre farah"),
        ("Practitioner/dario", "chidi dunja emre"),
        ("Patient/alma", "alma bruno"),
        ("Patient/chidi", "chidi"),
        ("Patient/farah", ""),
        ("Practitioner/nobody", ""),
    ] {
        let token = stage.user(fhir_user, None, "user/*.rs");
        assert_eq!(stage.ids("Patient", &token).await, patients, "{fhir_user}");
        let observations = stage.search("Observation?_count=100", &token).await;
        let mut entries = observations["entry"].as_array().into_iter().flatten();
        let seen = |entry: &Value| {
            let subject = entry["resource"]["subject"]["reference"].as_str().unwrap();
            patients.split(' ').any(|id| subject == format!("Patient/{id}"))
        };
        assert!(entries.all(seen), "{fhir_user}");
    }
    let foreign = json!({ "sub": "person", "fhirUser": "https://other.example/fhir/Practitioner/clara" });
    let token = stage.key.sign(&stage.claims("user/*.rs", &foreign));
    assert_eq!(stage.ids("Patient", &token).await, "");
    let relative = json!({ "sub": "person", "fhirUser": "Patient/chidi" });
    let token = stage.key.sign(&stage.claims("user/*.rs", &relative));
    assert_eq!(stage.ids("Patient", &token).await, "chidi");
}

#[tokio::test]
async fn patient_scopes_stay_inside_the_compartment() {
    let stage = Stage::set().await;
    let token = stage.user("Practitioner/clara", Some("bruno"), "patient/*.rs");
    assert_eq!(stage.ids("Patient", &token).await, "bruno");
    assert_eq!(stage.ids("Patient?_id=alma", &token).await, "");
    assert_eq!(stage.ids("Observation?patient=alma", &token).await, "");
    assert_eq!(stage.ids("Encounter", &token).await, "bruno-cold");
    assert_eq!(stage.status("Encounter/bruno-cold", &token).await, 200);
    assert_eq!(stage.status("Encounter/alma-checkup", &token).await, 404);
    assert_eq!(stage.status("Patient/alma", &token).await, 404);
}

#[tokio::test]
async fn an_out_of_sight_resource_looks_like_none() {
    let stage = Stage::set().await;
    let token = stage.user("Patient/alma", Some("alma"), "patient/*.rs");
    let hidden = stage.get("Patient/chidi").bearer_auth(&token).send().await.unwrap();
    let missing = stage.get("Patient/nobody").bearer_auth(&token).send().await.unwrap();
    assert_eq!((hidden.status(), missing.status()), (StatusCode::NOT_FOUND, StatusCode::NOT_FOUND));
    assert_eq!(hidden.text().await.unwrap(), missing.text().await.unwrap());
}

#[tokio::test]
async fn a_patient_in_context_that_the_user_may_not_see_stays_hidden() {
    let stage = Stage::set().await;
    let token = stage.user("Patient/alma", Some("chidi"), "patient/*.rs");
    assert_eq!(stage.ids("Patient", &token).await, "");
    assert_eq!(stage.status("Patient/chidi", &token).await, 404);
    let parent = stage.user("Patient/alma", Some("bruno"), "patient/*.rs");
    assert_eq!(stage.status("Patient/bruno", &parent).await, 200);
    assert_eq!(stage.status("Patient/alma", &parent).await, 404);
}

#[tokio::test]
async fn practitioners_are_seen_if_they_appear_in_the_record_and_by_themselves() {
    let stage = Stage::set().await;
    let token = stage.user("Patient/alma", Some("bruno"), "patient/*.rs");
    assert_eq!(stage.ids("Practitioner", &token).await, "clara");
    let without = stage.user("Patient/alma", Some("bruno"), "patient/Patient.rs");
    assert_eq!(stage.status("Practitioner/clara", &without).await, 403);
    let oneself = stage.user("Practitioner/clara", Some("chidi"), "patient/*.rs");
    assert_eq!(stage.status("Practitioner/clara", &oneself).await, 200);
}

#[tokio::test]
async fn a_granular_scope_filters_what_is_seen() {
    let stage = Stage::set().await;
    let scope = format!("patient/Observation.rs?{LABORATORY}");
    let token = stage.user("Patient/alma", Some("alma"), &scope);
    assert_eq!(stage.ids("Observation", &token).await, "alma-checkup-2345-7 alma-cardiology-2160-0");
    assert_eq!(stage.ids("Observation?category=vital-signs", &token).await, "");
    assert_eq!(stage.status("Observation/alma-checkup-2345-7", &token).await, 200);
    assert_eq!(stage.status("Observation/alma-checkup-8867-4", &token).await, 404);
    let two = format!("{scope} patient/Observation.rs?category=social-history");
    let token = stage.user("Patient/alma", Some("alma"), &two);
    assert!(stage.ids("Observation", &token).await.contains("alma-checkup-72166-2"));
    for unreadable in
        ["colour=blue", "category=", "code:in=https://valueset.example", "date=2025-02-18T10:00"]
    {
        let token = stage.user("Patient/alma", Some("alma"), &format!("patient/Observation.rs?{unreadable}"));
        let response = stage.get("Observation").bearer_auth(token).send().await.unwrap();
        let shown = response.json::<Value>().await.unwrap()["entry"].clone();
        assert_eq!(shown, Value::Null, "{unreadable}");
    }
}

#[tokio::test]
async fn levels_add_up() {
    let stage = Stage::set().await;
    let scope = format!("patient/Patient.rs user/Observation.rs?{LABORATORY} patient/Observation.rs");
    let token = stage.user("Practitioner/dario", Some("emre"), &scope);
    let ids = stage.ids("Observation", &token).await;
    assert!(ids.contains("emre-throat-8867-4"), "all of the patient in context: {ids}");
    assert!(ids.contains("chidi-diabetes-4548-4"), "laboratory values of the user's other patients: {ids}");
    assert!(!ids.contains("chidi-diabetes-29463-7") && !ids.contains("alma"), "{ids}");
}
