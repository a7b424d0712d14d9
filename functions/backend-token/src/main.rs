//! Runs the backend-token function on Lambda.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    aws::function::run::<backend_token::Ports<aws::Deployed>>().await
}
