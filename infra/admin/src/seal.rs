//! `cargo admin seal`: a secret becomes a ciphertext that only the function that needs it can open.

use aws::upstream::SECRET_PURPOSE;
use clap::Args;
use serde_json::json;

use crate::report::Report;
use crate::{Failure, World};

/// Encrypt the secret of our client at an OpenID provider.
///
/// `settings set provider FILE --client-secret FILE` does this and writes the provider. Use this command if you only want
/// the ciphertext, client_secret_ciphertext of the setting provider. The secret is read from standard input, without a
/// line break at its end. Only the function authorize can decrypt the ciphertext. Takes kms:Encrypt.
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
    let secret = checked(world.read_input()?)?;
    let kms = world.aws_of(&options.key).await?.kms();
    let ciphertext = aws::kms::seal(&kms, &options.key, secret.as_bytes(), SECRET_PURPOSE).await?;
    // Alone on its line, so that a script can take it as it is.
    Ok(Report::new(json!({ "client_secret_ciphertext": ciphertext })).text(ciphertext))
}

/// A secret that KMS can encrypt.
///
/// # Errors
/// When it is empty or too long.
pub(crate) fn checked(secret: String) -> Result<String, Failure> {
    if secret.is_empty() || secret.len() > LONGEST {
        return Err(Failure::Usage(format!("The secret must have 1 to {LONGEST} bytes.")));
    }
    Ok(secret)
}

/// The content of a file, whose last line break is none of the secret.
pub(crate) fn without_line_break(text: &str) -> String {
    let text = text.strip_suffix('\n').unwrap_or(text);
    text.strip_suffix('\r').unwrap_or(text).to_owned()
}
