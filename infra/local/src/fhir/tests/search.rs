//! How a search is asked and answered.

use super::*;

#[tokio::test]
async fn a_search_that_is_not_understood_is_refused() {
    let stage = Stage::set().await;
    let token = stage.backend("system/*.rs");
    for (path, status) in [
        ("Patient?colour=blue", 400),
        ("Patient?name:exact=Alma", 400),
        ("Patient?_include=Patient:general-practitioner", 400),
        ("Patient?birthdate=soon", 400),
        ("Patient?_count=many", 400),
        ("Patient?_offset=-1", 400),
        ("Patient?_count=%2B1", 400),
        ("Patient?_format=xml", 406),
        ("Patient/alma?_format=application/fhir%2Bxml", 406),
    ] {
        let response = stage.get(path).bearer_auth(&token).send().await.unwrap();
        assert_eq!(refusal(response).await.0, status, "{path}");
    }
    for path in
        ["Patient?_format=json&name=", "Patient?_pretty=true&_total=accurate", "Patient/alma?_format=json"]
    {
        assert_eq!(stage.status(path, &token).await, 200, "{path}");
    }
}

#[tokio::test]
async fn a_parameter_that_cannot_be_heeded_is_reported_in_the_bundle() {
    let stage = Stage::set().await;
    let bundle = stage.search("Patient?_id=alma&_summary=true", &stage.backend("system/*.rs")).await;
    assert_eq!(bundle["total"], 1);
    assert_eq!(bundle["entry"][0]["search"]["mode"], "match");
    assert_eq!(bundle["entry"][1]["search"]["mode"], "outcome");
    assert_eq!(bundle["entry"][1]["resource"]["resourceType"], "OperationOutcome");
}

#[tokio::test]
async fn pages_are_walked_by_their_next_links() {
    let stage = Stage::set().await;
    let token = stage.backend("system/*.rs");
    let (mut next, mut seen) =
        (Some(format!("{}/Patient?gender=male,female&_count=4", stage.base)), Vec::new());
    while let Some(url) = next.take() {
        let bundle: Value =
            stage.client.get(url).bearer_auth(&token).send().await.unwrap().json().await.unwrap();
        assert_eq!(bundle["total"], 6);
        let entries = bundle["entry"].as_array().unwrap();
        seen.push(entries.len());
        assert_eq!(entries[0]["fullUrl"].as_str().unwrap().find(&stage.base), Some(0));
        let links = bundle["link"].as_array().unwrap();
        assert_eq!(links[0]["relation"], "self");
        let link = links.iter().find(|link| link["relation"] == "next");
        next = link.map(|link| link["url"].as_str().unwrap().to_owned());
    }
    assert_eq!(seen, [4, 2]);
    let counted = stage.search("Patient?_count=0", &token).await;
    assert_eq!((&counted["total"], &counted["entry"]), (&json!(6), &Value::Null));
}

#[tokio::test]
async fn a_search_may_come_as_a_form() {
    let stage = Stage::set().await;
    let token = stage.backend("system/*.rs");
    let url = format!("{}/Observation/_search?category=laboratory", stage.base);
    let post = || stage.client.post(&url).bearer_auth(&token);
    let form = post().header("content-type", "application/x-www-form-urlencoded").body("patient=alma");
    let bundle: Value = form.send().await.unwrap().json().await.unwrap();
    assert_eq!(bundle["total"], 2);
    let wrong = post().header("content-type", "application/json").body("{}").send().await.unwrap();
    assert_eq!(refusal(wrong).await.0, 415);
    assert_eq!(refusal(stage.get("Patient/_search").bearer_auth(&token).send().await.unwrap()).await.0, 405);
}
