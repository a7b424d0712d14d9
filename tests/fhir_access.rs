//! What a token opens at the demo FHIR API, and what it does not.

use crate::support::{Answer, App, Browser, http, service};

async fn backend_token() -> String {
    let answer = service().backend_token("/token", &service().assertion(), None).await;
    answer.json()["access_token"].as_str().unwrap().to_owned()
}

async fn patient_token(scope: &str, user: &str, patient: Option<&str>) -> String {
    let app = App::asking(scope);
    let answered = Browser::default().allow(&app.address(&[]), user, patient).await;
    let answer = app.exchange(&app.code(&answered), &[]).await;
    answer.json()["access_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn at_4_without_a_token_nothing_is_read() {
    let url = format!("{}/Patient", service().urls.fhir_base_url);
    let answer = Answer::of(http().get(&url)).await;
    assert_eq!((answer.status, answer.json()["resourceType"].clone()), (401, "OperationOutcome".into()));
    assert!(answer.header("www-authenticate").starts_with("Bearer"));
}

#[tokio::test]
async fn a_backend_token_reads_all_patients_and_changes_none() {
    let token = backend_token().await;
    let all = service().fhir("Patient", &token).await;
    assert_eq!((all.status, all.json()["total"].clone()), (200, 6.into()));
    let url = format!("{}/Patient", service().urls.fhir_base_url);
    let created = Answer::of(http().post(url).bearer_auth(&token).body("{}")).await;
    assert_eq!(created.status, 403);
}

#[tokio::test]
async fn a_patients_token_reads_the_patient_in_context_alone() {
    let token = patient_token("launch/patient patient/*.rs", "chidi", None).await;
    assert_eq!(service().fhir("Patient/chidi", &token).await.status, 200);
    assert_eq!(service().fhir("Patient/dunja", &token).await.status, 404);
    assert_eq!(service().fhir("Patient", &token).await.json()["total"], 1);
}

#[tokio::test]
async fn a_granular_scope_reads_what_matches_it() {
    let category = "http://terminology.hl7.org/CodeSystem/observation-category|laboratory";
    let all = patient_token("launch/patient patient/Observation.rs", "clara", Some("alma")).await;
    let scope = format!("launch/patient patient/Observation.rs?category={category}");
    let some = patient_token(&scope, "clara", Some("alma")).await;
    let total = |answer: &Answer| answer.json()["total"].as_u64().unwrap();
    let (all, some) = (service().fhir("Observation", &all).await, service().fhir("Observation", &some).await);
    assert!(total(&some) > 0 && total(&some) < total(&all), "{} of {}", total(&some), total(&all));
    for entry in some.json()["entry"].as_array().unwrap() {
        assert!(entry["resource"]["category"].to_string().contains("laboratory"));
    }
}

#[tokio::test]
async fn a_scope_for_one_type_opens_no_other() {
    let token = patient_token("launch/patient patient/Patient.r", "chidi", None).await;
    assert_eq!(service().fhir("Patient/chidi", &token).await.status, 200);
    assert_eq!(service().fhir("Observation?patient=chidi", &token).await.status, 403);
}

#[tokio::test]
async fn a_token_never_reaches_further_than_its_user() {
    let token = patient_token("user/*.rs", "dario", None).await;
    assert_eq!(service().fhir("Patient", &token).await.json()["total"], 3);
    assert_eq!(service().fhir("Patient/alma", &token).await.status, 404);
}

#[tokio::test]
async fn at_1_at_3_id_6_other_tokens_are_no_access_tokens() {
    let app = App::named("demo-public");
    let answered = Browser::default().allow(&app.address(&[]), "chidi", None).await;
    let code = app.code(&answered);
    let answer = app.exchange(&code, &[]).await.json();
    for other in [answer["id_token"].as_str().unwrap(), &code, &service().assertion()] {
        assert_eq!(service().fhir("Patient/chidi", other).await.status, 401);
    }
}
