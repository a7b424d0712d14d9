//! Runs the authorize function on Lambda.

use aws::config::Environment;
use aws::{Aws, lambda, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    telemetry::begin();
    let ports = authorize::wire(&Environment::of_process(), &Aws::of_function().await).await?;
    lambda::run(|request, now| authorize::handle(request, &ports, now)).await
}
