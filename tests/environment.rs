//! The environment of a function may have 4 KB in all, names and values together.
//!
//! Source: AWS Lambda Developer Guide, "Lambda quotas".

use local::template::{Template, Values};

/// With the longest value of every parameter: texts as long as their pattern or their limit lets them be, keys with real
/// ARNs, tables with the longest names that CloudFormation draws.
#[test]
fn with_the_longest_of_all_values_the_environment_of_every_function_fits_into_4_kb() {
    let arn = |number: u8| {
        format!(
            "arn:aws-us-gov:kms:ap-southeast-2:123456789012:key/0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e{number:02}"
        )
    };
    let key = |number| {
        format!(
            r#"{{"key":"{}","algorithm":"RS256","publish_from":1700000000,"sign_from":1700000000,"sign_until":1700000000,"remove_at":1700000000}}"#,
            arn(number)
        )
    };
    let upstream = format!(
        r#"{{"issuer":"https://login.example.org/{}","client_id":"{}","label":"{}","client_secret_ciphertext":"{}"}}"#,
        "t".repeat(40),
        "c".repeat(40),
        "l".repeat(40),
        "A".repeat(300)
    );
    let longest = [
        ("DomainName", format!("{}.example.org", "a".repeat(52))),
        ("FhirBaseUrl", format!("https://{}.example.org/fhir/r4", "a".repeat(52))),
        ("Organisation", "o".repeat(80)),
        ("Contact", format!("https://{}.example.org/contact", "a".repeat(40))),
        ("AccentColour", "#123456".to_owned()),
        ("LogoSvg", "l".repeat(1024)),
        ("Upstream", upstream),
        ("SigningKeys", format!("[{},{}]", key(1), key(2))),
        ("OriginSecretHash", "0".repeat(64)),
    ];
    let values = longest.iter().fold(Values::at("https://auth.example.org"), |values, (name, value)| {
        values.with(*name, value.as_str())
    });
    // Names here are logical ids; drawn ones have the stack before them and 12 characters and hyphens behind.
    let drawn = "smart-authorization-pro".len() + 14;
    for function in Template::of_this_repository(values).unwrap().functions().unwrap() {
        let length = |name: &str, value: &str| {
            let longer = if name.ends_with("_TABLE") { drawn } else { 0 };
            // A key here is named by its logical id.
            let longer = longer + value.matches("key/").count() * 36;
            name.len() + value.len() + longer
        };
        let size: usize = function.environment.iter().map(|(name, value)| length(name, value)).sum();
        assert!(size < 4096, "{}: {size}", function.binary);
    }
}
