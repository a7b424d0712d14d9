//! The least that a function with AWS in it can be: both clients made as the SDK makes them, nothing asked. How long this
//! one takes to start is what the functions are measured against.

use lambda_http::{Body, Error, Request, Response, run, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let sdk = aws_config::load_from_env().await;
    let clients = (aws_sdk_dynamodb::Client::new(&sdk), aws_sdk_kms::Client::new(&sdk));
    run(service_fn(async |_request: Request| {
        let _ = &clients;
        Ok::<_, Error>(Response::new(Body::Empty))
    }))
    .await
}
