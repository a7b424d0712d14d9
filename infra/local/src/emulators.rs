//! The fixed ports of `cargo dev --stand-ins`, and the environment file with which `cargo lambda watch` runs the
//! functions against them.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::template::{REGION, Template, TemplateError, Values};

/// The fixed ports of `cargo dev --stand-ins`. They must not move: the environment file names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EmulatorPorts {
    /// Where `cargo lambda watch` answers; the issuer is this port of 127.0.0.1.
    pub cargo_lambda: u16,
    /// The emulator of DynamoDB.
    pub dynamodb: u16,
    /// The emulator of KMS.
    pub kms: u16,
    /// The demo FHIR API.
    pub fhir: u16,
    /// The sample app.
    pub sample_app: u16,
    /// The EHR simulator.
    pub ehr: u16,
}

/// The ports that `cargo dev --stand-ins` listens on, and the one that it leaves to `cargo lambda watch`.
pub const EMULATOR_PORTS: EmulatorPorts =
    EmulatorPorts { cargo_lambda: 9000, dynamodb: 9101, kms: 9102, fhir: 9103, sample_app: 9104, ehr: 9105 };

const HEADER: &str = "\
# The environment of the five functions under `cargo lambda watch`, beside `cargo dev --stand-ins`.
# Written from template.yaml: a test renders it again and compares. The key id and the secret below open nothing.

";

/// This repository's template as it is while `cargo lambda watch` plays the gateway.
///
/// # Errors
/// When the template cannot be read.
pub fn emulators_template() -> Result<Template, TemplateError> {
    let EmulatorPorts { cargo_lambda, fhir, .. } = EMULATOR_PORTS;
    let values = Values::at(format!("http://127.0.0.1:{cargo_lambda}"))
        .with("FhirBaseUrl", format!("http://127.0.0.1:{fhir}/fhir"))
        .with("Sandbox", "true")
        .with("LoopbackKeys", "true")
        .with("SelfRegistration", "open")
        .with("SandboxFhirUser", "Practitioner/clara");
    Template::of_this_repository(values)
}

/// The text of `infra/local/stand-ins.env`: every variable that any function reads, and where the emulators
/// are.
///
/// # Errors
/// When the template cannot be read, two functions want different values of one variable, or a value cannot
/// be written into such a file.
pub fn stand_ins_env() -> Result<String, TemplateError> {
    let mut variables = BTreeMap::from([
        ("AWS_ACCESS_KEY_ID".to_owned(), "local".to_owned()),
        ("AWS_SECRET_ACCESS_KEY".to_owned(), "local".to_owned()),
        ("AWS_REGION".to_owned(), REGION.to_owned()),
        ("AWS_ENDPOINT_URL_DYNAMODB".to_owned(), format!("http://127.0.0.1:{}", EMULATOR_PORTS.dynamodb)),
        ("AWS_ENDPOINT_URL_KMS".to_owned(), format!("http://127.0.0.1:{}", EMULATOR_PORTS.kms)),
    ]);
    for function in emulators_template()?.functions()? {
        for (name, value) in function.environment {
            let before = variables.insert(name.clone(), value.clone());
            if before.is_some_and(|before| before != value) {
                return Err(TemplateError::at(
                    format!("Resources.{}.Environment.{name}", function.logical_id),
                    "another function has another value, and cargo lambda watch has one environment for all.",
                ));
            }
        }
    }
    let mut text = HEADER.to_owned();
    for (name, value) in variables {
        writeln!(text, "{name}={}", quoted(&name, &value)?)
            .map_err(|error| TemplateError::at(&name, error.to_string()))?;
    }
    Ok(text)
}

/// A value as cargo-lambda's parser of such files reads it: bare if it is plain, else in single quotes.
fn quoted(name: &str, value: &str) -> Result<String, TemplateError> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/,".contains(&byte);
    match value {
        "" => Ok("''".to_owned()),
        value if value.bytes().all(plain) => Ok(value.to_owned()),
        value if value.contains(['\'', '\\', '\n']) => Err(TemplateError::at(
            name,
            "a quote, a backslash or a line break cannot stand in stand-ins.env.",
        )),
        value => Ok(format!("'{value}'")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stand_ins_env_is_up_to_date() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/stand-ins.env");
        let rendered = stand_ins_env().unwrap();
        if std::env::var_os("UPDATE_STAND_INS_ENV").is_some() {
            std::fs::write(file, &rendered).unwrap();
        }
        assert!(
            std::fs::read_to_string(file).unwrap_or_default() == rendered,
            "infra/local/stand-ins.env is old: run UPDATE_STAND_INS_ENV=1 cargo test --package local"
        );
    }
}
