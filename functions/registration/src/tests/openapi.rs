//! The description of the API.

use http::{Method, StatusCode, header};

use super::*;

#[tokio::test]
async fn api_9_the_description_is_there_for_everybody() {
    let stage = Stage::new().await;
    let answer = handle(request(Method::GET, "/openapi.json", &[], ""), &stage.ports, NOW).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()[header::ACCESS_CONTROL_ALLOW_ORIGIN], "*");
    let document = body_of(&answer);
    assert_eq!((&document["openapi"], &document["servers"][0]["url"]), (&"3.1.0".into(), &ISSUER.into()));
}
