//! Runs the registration function on Lambda.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    aws::function::run::<registration::Ports<aws::Deployed>>().await
}
