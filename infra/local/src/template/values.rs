//! What a deployment would decide and this machine has to: parameters, and the names of what is made.

use std::collections::BTreeMap;

/// The region that local ARNs name.
pub const REGION: &str = "eu-central-1";

/// The account that local ARNs name: no real one.
pub const ACCOUNT: &str = "000000000000";

/// The values of a template on this machine: where its API answers, and the parameters that differ from the
/// defaults.
#[derive(Clone, Debug, Default)]
pub struct Values {
    pub(super) api_endpoint: String,
    pub(super) parameters: BTreeMap<String, String>,
}

impl Values {
    /// The API answers at this URL, given without a slash at its end.
    pub fn at(api_endpoint: impl Into<String>) -> Self {
        Self { api_endpoint: api_endpoint.into(), parameters: BTreeMap::new() }
    }

    /// The same, with one parameter set to something else than its default.
    #[must_use]
    pub fn with(mut self, parameter: impl Into<String>, value: impl Into<String>) -> Self {
        self.parameters.insert(parameter.into(), value.into());
        self
    }
}

/// What this machine answers to the questions that every deployment answers itself.
pub(super) fn answer(values: &Values, parameter: &str) -> Option<String> {
    match parameter {
        "Stage" | "SignInMode" => Some("local".to_owned()),
        // The gateway of this machine also serves the demo FHIR API.
        "FhirBaseUrl" => Some(format!("{}/fhir", values.api_endpoint)),
        "AlarmEmail" => Some(String::new()),
        _ => None,
    }
}

/// What `!GetAtt` says of a resource, for the few attributes that the template uses.
pub(super) fn attribute(values: &Values, kind: &str, logical_id: &str, attribute: &str) -> Option<String> {
    let arn = |service: &str, what: String| Some(format!("arn:aws:{service}:{REGION}:{ACCOUNT}:{what}"));
    match (kind, attribute) {
        ("AWS::ApiGatewayV2::Api", "ApiEndpoint") => Some(values.api_endpoint.clone()),
        ("AWS::DynamoDB::Table", "Arn") => arn("dynamodb", format!("table/{logical_id}")),
        ("AWS::KMS::Key", "Arn") => arn("kms", format!("key/{logical_id}")),
        ("AWS::Serverless::Function", "Arn") => arn("lambda", format!("function:{logical_id}")),
        _ => None,
    }
}

/// What CloudFormation knows without being told, such as `AWS::Region`.
pub(super) fn pseudo_parameter(name: &str) -> Option<&'static str> {
    match name {
        "AWS::AccountId" => Some(ACCOUNT),
        "AWS::Partition" => Some("aws"),
        "AWS::Region" => Some(REGION),
        "AWS::StackName" => Some("local"),
        "AWS::URLSuffix" => Some("amazonaws.com"),
        _ => None,
    }
}
