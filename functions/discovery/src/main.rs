//! Runs the discovery function on Lambda.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    aws::function::run::<discovery::Ports<aws::kms::KmsSigner>>().await
}
