//! Runs the token function on Lambda.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    aws::function::run::<token::Ports<aws::Deployed>>().await
}
