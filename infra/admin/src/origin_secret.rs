//! `cargo admin origin-secret`: the secret that CloudFront sends with each request, and how it is deployed.

use clap::{ArgGroup, Args};
use serde_json::{Value, json};
use smart::random;
use smart_verify::jws::sha256_digest;

use crate::report::Report;
use crate::sam_deploy::SamDeploy;

/// Make a secret for CloudFront, and print the deployments that put it into use.
///
/// The first secret takes one deployment, which sets up CloudFront too. To replace a secret takes three: the functions
/// accept both, CloudFront sends the new one, the functions accept the new one alone. No request is refused in between.
/// Nothing is deployed by this command, and it keeps nothing: the secret is in the printed commands only. Run them in the
/// folder of the version that is deployed, after `sam build`.
#[derive(Debug, Args)]
#[command(after_help = AFTER, group = ArgGroup::new("use").required(true).args(["certificate", "replace"]))]
pub(crate) struct Options {
    /// Deploy a first secret and set up CloudFront with this certificate (ACM, in us-east-1) for DomainName
    #[arg(long, value_name = "ARN", value_parser = certificate)]
    certificate: Option<String>,

    /// Replace the secret with this SHA-256, which is the parameter OriginSecretHash of the stack
    #[arg(long, value_name = "HASH", value_parser = sha256)]
    replace: Option<String>,

    /// The name of the stack, where samconfig.toml does not name it
    #[arg(long, env = "STACK_NAME", hide_env_values = true, value_name = "NAME")]
    stack: Option<String>,

    /// The environment of samconfig.toml
    #[arg(long, value_name = "NAME")]
    config_env: Option<String>,
}

const AFTER: &str = "The hash in use:
  aws cloudformation describe-stacks --stack-name NAME --output text \\
    --query \"Stacks[0].Parameters[?ParameterKey=='OriginSecretHash'].ParameterValue\"";

pub(crate) fn run(options: &Options) -> Report {
    // 43 characters of base64url, all of which the parameter takes.
    let secret = random::text::<32>();
    let hash: String = sha256_digest(&secret).iter().map(|byte| format!("{byte:02x}")).collect();
    let steps = options.steps(&secret, &hash);
    let deploy: Vec<Value> =
        steps.iter().map(|(step, command)| json!({ "step": step, "command": command })).collect();
    let report = Report::new(json!({ "secret": secret, "hash": hash, "deploy": deploy }));
    let report = steps.into_iter().enumerate().fold(report, |report, (at, (step, command))| {
        report.heading(format!("{}. {step}", at + 1)).text(command)
    });
    match options.replace {
        Some(_) => report.text("\nStart each deployment after the previous one has finished."),
        None => report.text("\nUntil DNS leads to CloudFront, the service answers every request with 403."),
    }
}

impl Options {
    /// What each deployment does, and its command, in order.
    fn steps(&self, secret: &str, hash: &str) -> Vec<(&'static str, String)> {
        let secret = ("OriginSecret", secret.to_owned());
        let hashes = |hashes: String| ("OriginSecretHash", hashes);
        match (&self.certificate, &self.replace) {
            (_, Some(before)) => vec![
                ("Accept both secrets", self.deploy(vec![hashes(format!("{before},{hash}"))])),
                ("Send the new secret", self.deploy(vec![secret])),
                ("Accept the new secret only", self.deploy(vec![hashes(hash.to_owned())])),
            ],
            (certificate, None) => {
                let certificate = ("CloudFrontCertificateArn", certificate.clone().unwrap_or_default());
                let parameters = vec![certificate, secret, hashes(hash.to_owned())];
                vec![("Set up CloudFront with its secret", self.deploy(parameters))]
            }
        }
    }

    fn deploy(&self, parameters: Vec<(&'static str, String)>) -> String {
        let (stack, config_env) = (self.stack.as_deref(), self.config_env.as_deref());
        SamDeploy { stack, config_env, parameters }.command()
    }
}

fn certificate(text: &str) -> Result<String, String> {
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b":/-".contains(&byte));
    let of_cloudfront = text.starts_with("arn:aws") && text.contains(":acm:us-east-1:");
    let expected = || "write the ARN of a certificate in us-east-1, such as arn:aws:acm:us-east-1:111122223333:certificate/1";
    if plain && of_cloudfront { Ok(text.to_owned()) } else { Err(expected().to_owned()) }
}

fn sha256(text: &str) -> Result<String, String> {
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    match text.split(',').count() {
        1 if text.len() == 64 && text.bytes().all(is_digit) => Ok(text.to_owned()),
        2 => {
            Err("two hashes are in use: first deploy the one of the secret that CloudFront sends".to_owned())
        }
        _ => Err("write 64 lower-case hexadecimal digits".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::Cli;
    use crate::cli::Command;

    const HASH: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    const ARN: &str = "arn:aws:acm:us-east-1:111122223333:certificate/1";

    fn options(words: &[&str]) -> Result<Options, clap::Error> {
        let usual = ["smart-admin", "origin-secret"];
        match Cli::try_parse_from(usual.iter().chain(words))?.command {
            Command::OriginSecret(options) => Ok(options),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_replacement_accepts_both_secrets_before_cloudfront_sends_the_new_one() {
        let options = options(&["--replace", HASH, "--config-env", "prod"]).unwrap();
        let commands: Vec<_> = options.steps("s", "h").into_iter().map(|(_, command)| command).collect();
        let begin = "sam deploy --config-env prod --parameter-overrides";
        assert_eq!(
            commands,
            [
                format!("{begin} OriginSecretHash={HASH},h"),
                format!("{begin} OriginSecret=s"),
                format!("{begin} OriginSecretHash=h"),
            ]
        );
    }

    #[test]
    fn a_first_secret_comes_with_cloudfront() {
        let options = options(&["--certificate", ARN, "--stack", "it's"]).unwrap();
        let (_, command) = options.steps("s", "h").pop().unwrap();
        let parameters = format!("CloudFrontCertificateArn={ARN} OriginSecret=s OriginSecretHash=h");
        assert_eq!(command, format!(r"sam deploy --stack-name 'it'\''s' --parameter-overrides {parameters}"));
    }

    #[test]
    fn each_secret_is_another_and_its_hash_is_of_it() {
        let options = options(&["--replace", HASH]).unwrap();
        let said = || -> Value { serde_json::from_str(&run(&options).rendered(true, false)).unwrap() };
        let (one, other) = (said(), said());
        assert_ne!(one["secret"], other["secret"]);
        let digest = sha256_digest(one["secret"].as_str().unwrap());
        let hash: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(one["hash"], hash);
    }

    #[test]
    fn what_no_deployment_could_take_is_refused() {
        let two = format!("{HASH},{HASH}");
        for words in [
            vec![],
            vec!["--replace", HASH, "--certificate", ARN],
            vec!["--replace", &HASH[1..]],
            vec!["--replace", &two],
            vec!["--certificate", "arn:aws:acm:eu-central-1:111122223333:certificate/1"],
            vec!["--certificate", "arn:aws:acm:us-east-1:1 OriginSecretHash="],
        ] {
            assert!(options(&words).is_err(), "{words:?}");
        }
    }
}
