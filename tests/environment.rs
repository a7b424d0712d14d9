//! The environment of a function may have 4 KB in all, names and values together.
//!
//! Source: AWS Lambda Developer Guide, "Lambda quotas".

use local::template::{Template, Values};
use serde_json::Value;

/// The most bytes that the variables of a function may have together.
const MOST: usize = 4096;

/// How much longer than the logical id the name of a table can be: `{stack}-{id}-{12 or 13 characters}`.
const DRAWN: usize = "smart-authorization-prod".len() + 15;

/// The longest value that a parameter takes.
fn longest(parameter: &Value) -> String {
    if let Some(values) = parameter["AllowedValues"].as_array() {
        let words =
            values.iter().map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
        return words.max_by_key(String::len).unwrap();
    }
    if parameter["Type"] == "Number" {
        return parameter["MaxValue"].to_string();
    }
    let most = parameter["MaxLength"].as_u64().unwrap_or_else(|| panic!("no MaxLength: {parameter}"));
    // CloudFormation counts characters, Lambda bytes; a pattern lets ASCII in alone.
    let character = if parameter["AllowedPattern"].is_string() { "x" } else { "\u{1f3e5}" };
    character.repeat(usize::try_from(most).unwrap())
}

fn size(template: &Template, function: &str) -> usize {
    let functions = template.functions().unwrap();
    let function = functions.into_iter().find(|one| one.binary == function).unwrap();
    let length = |name: &str, value: &str| {
        let longer = if name.ends_with("_TABLE") { DRAWN } else { 0 };
        // The ARN of a key ends with its logical id here, and with 36 characters in AWS.
        let longer = longer + value.matches(":key/").count() * ("-us-gov".len() + 36);
        name.len() + value.len() + longer
    };
    function.environment.iter().map(|(name, value)| length(name, value)).sum()
}

#[test]
fn with_every_parameter_filled_to_its_limit_every_environment_fits_into_4_kb() {
    let endpoint = "https://abcdefghij.execute-api.ap-southeast-2.amazonaws.com";
    let usual = Template::of_this_repository(Values::at(endpoint)).unwrap();
    let parameters = usual.document()["Parameters"].as_object().unwrap();
    let values = parameters
        .iter()
        .fold(Values::at(endpoint), |values, (name, parameter)| values.with(name, longest(parameter)));
    let filled = Template::of_this_repository(values).unwrap();
    for function in filled.functions().unwrap() {
        let size = size(&filled, &function.binary);
        assert!(size < MOST, "{}: {size}", function.binary);
        assert!(size > 500, "{}: {size}, so little that nothing was filled", function.binary);
    }
}
