//! `cargo admin seal`: a secret becomes a ciphertext that only the function that needs it can open.

use aws::upstream::SECRET_PURPOSE;
use clap::Args;
use serde_json::json;

use crate::report::Report;
use crate::{Failure, World};

/// Encrypt a secret for the settings, such as that of our client at an upstream provider.
///
/// The secret is read from standard input (one line break at its end is dropped), never from an argument, which other
/// users of the machine could see. What is printed is `client_secret_ciphertext` of the parameter Upstream. It can be
/// opened by the stack's settings key alone, and for this purpose alone. Takes kms:Encrypt.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  cargo admin seal --key arn:aws:kms:eu-central-1:111122223333:key/1234abcd < secret.txt"
)]
pub(crate) struct Options {
    /// The ARN of the stack's settings key: its output SettingsKey
    #[arg(long, env = "SETTINGS_KEY", hide_env_values = true, value_name = "ARN")]
    key: String,
}

/// The longest secret that is sealed: what KMS encrypts by itself, in bytes.
///
/// Source: AWS KMS API reference, Encrypt, `Plaintext`.
const LONGEST: usize = 4096;

pub(crate) async fn run(options: &Options, world: &World) -> Result<Report, Failure> {
    let secret = world.read_input()?;
    if secret.is_empty() || secret.len() > LONGEST {
        return Err(Failure::Usage(format!("standard input must hold the secret: 1 to {LONGEST} bytes")));
    }
    let kms = world.aws_of(&options.key).await?.kms();
    let ciphertext = aws::kms::seal(&kms, &options.key, secret.as_bytes(), SECRET_PURPOSE).await?;
    // Alone on its line, so that a script can take it as it is.
    Ok(Report::new(json!({ "client_secret_ciphertext": ciphertext })).text(ciphertext))
}
