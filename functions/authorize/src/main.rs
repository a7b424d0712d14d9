//! Runs the authorize function on Lambda.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    aws::function::run::<authorize::Ports<aws::Deployed>>().await
}
