//! The least that a function with AWS in it can be: both clients made, nothing asked. How long this one takes to start is
//! what the functions are measured against.

use aws::Aws;
use lambda_http::{Body, Error, Request, Response, run, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let aws = Aws::of_environment().await;
    let clients = (aws.dynamodb(), aws.kms());
    run(service_fn(async |_request: Request| {
        let _ = &clients;
        Ok::<_, Error>(Response::new(Body::Empty))
    }))
    .await
}
