//! The whole stack, started and stopped.

use super::*;

async fn status(url: &str) -> u16 {
    reqwest::get(url).await.unwrap().status().as_u16()
}

#[tokio::test]
async fn everything_answers_and_stops() {
    let stack = Stack::start(&Options::default()).await.unwrap();
    let Urls { issuer, fhir_base_url, sample_app, ehr, dynamodb, .. } = stack.urls.clone();
    assert_eq!(fhir_base_url, format!("{issuer}/fhir"));
    assert_eq!(status(&format!("{issuer}/nowhere")).await, 404);
    assert_eq!(status(&format!("{fhir_base_url}/Patient")).await, 401);
    assert_eq!(status(&dynamodb).await, 200);
    assert_eq!(status(&sample_app).await, 200);
    assert_eq!(status(&ehr).await, 200);
    stack.stop().await;
    assert!(reqwest::get(&issuer).await.is_err());
}

#[tokio::test]
async fn a_taken_port_is_refused_by_its_number_and_the_flag() {
    let taken = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = taken.local_addr().unwrap().port();
    let error = Stack::start(&Options { port, ..Options::default() }).await.err().unwrap();
    assert_eq!(
        error.to_string(),
        format!("Port {port} of 127.0.0.1 is taken. Stop what listens there, or choose another with --port.")
    );
}

#[tokio::test]
async fn data_outlives_the_stack_until_it_is_reset() {
    let directory = std::env::temp_dir().join(format!("stack-{}", std::process::id()));
    let options = Options { data: Some(directory.clone()), ..Options::default() };
    let bystander = directory.join("bystander.txt");
    let keys = async |options: &Options| {
        Stack::start(options).await.unwrap().stop().await;
        let key = std::fs::read_dir(directory.join(KMS_DIRECTORY)).unwrap().next().unwrap().unwrap();
        std::fs::read(key.path()).unwrap()
    };
    let first = keys(&options).await;
    std::fs::write(&bystander, "mine").unwrap();
    assert_eq!(keys(&options).await, first);
    assert_ne!(keys(&Options { reset: true, ..options }).await, first);
    assert!(bystander.exists());
    std::fs::remove_dir_all(&directory).unwrap();
}
