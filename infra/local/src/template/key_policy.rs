//! The policy of a KMS key, which has to allow a use beside the policy of whoever uses it.
//!
//! Source: AWS KMS Developer Guide, "Key policies"; IAM User Guide, "aws:PrincipalArn".

use serde_json::Value;

use super::{Resource, TemplateError};

/// Who may use a key in which way, within the account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyPolicy {
    document: Value,
    allowed: Vec<Allowed>,
}

/// One statement: it hands these actions to IAM, for those roles alone or for every principal of the account.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Allowed {
    actions: Vec<String>,
    roles: Option<Vec<String>>,
    /// It applies to calls that a service such as CloudFormation makes for the principal, and to no other.
    through_services_only: bool,
}

impl KeyPolicy {
    pub(super) fn of(resource: &Resource<'_>) -> Result<Self, TemplateError> {
        Self::read(resource.properties["KeyPolicy"].clone())
            .ok_or_else(|| resource.fault("KeyPolicy", "only plain statements that allow are known here."))
    }

    /// The policy in a document, if each of its statements is one that is known here.
    pub fn read(document: Value) -> Option<Self> {
        let statements = document["Statement"].as_array().into_iter().flatten();
        let allowed = statements.map(Allowed::of).collect::<Option<_>>()?;
        Some(Self { document, allowed })
    }

    /// The document.
    pub const fn document(&self) -> &Value {
        &self.document
    }

    /// Whether a role of the account may do this with the key by a call of its own, if its own policy allows it too.
    pub fn lets(&self, role: &str, action: &str) -> bool {
        let any = |patterns: &[String], text: &str| patterns.iter().any(|pattern| is_like(pattern, text));
        self.allowed.iter().filter(|one| !one.through_services_only).any(|one| {
            any(&one.actions, action) && one.roles.as_ref().is_none_or(|patterns| any(patterns, role))
        })
    }
}

impl Allowed {
    fn of(statement: &Value) -> Option<Self> {
        let principal = statement["Principal"]["AWS"].as_str()?;
        let (roles, through_services_only) = match &statement["Condition"] {
            Value::Null => (None, false),
            condition if !condition["ForAnyValue:StringEquals"]["aws:CalledVia"].is_null() => (None, true),
            condition => (Some(texts(&condition["ArnLike"]["aws:PrincipalArn"])?), false),
        };
        let roles = if principal.ends_with(":root") { roles } else { Some(vec![principal.to_owned()]) };
        let plain = statement["Effect"] == "Allow" && statement["Resource"] == "*";
        plain.then_some(Self { actions: texts(&statement["Action"])?, roles, through_services_only })
    }
}

/// One text or a list of texts.
fn texts(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::String(text) => Some(vec![text.clone()]),
        Value::Array(values) => values.iter().map(|value| value.as_str().map(str::to_owned)).collect(),
        _ => None,
    }
}

/// Whether a text is as a pattern says, in which `*` stands for anything.
pub(super) fn is_like(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((before, after)) => text.strip_prefix(before).is_some_and(|rest| {
            (0..=rest.len()).any(|end| rest.is_char_boundary(end) && is_like(after, &rest[end..]))
        }),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn policy(statement: &Value) -> Option<KeyPolicy> {
        KeyPolicy::read(json!({ "Statement": [statement] }))
    }

    #[test]
    fn a_statement_for_cloudformation_lets_no_role_call_by_itself() {
        let statement = json!({ "Effect": "Allow", "Principal": { "AWS": "arn:aws:iam::000000000000:root" },
            "Action": "kms:PutKeyPolicy", "Resource": "*" });
        assert!(policy(&statement).unwrap().lets("role/a", "kms:PutKeyPolicy"));
        let mut through = statement;
        through["Condition"] =
            json!({ "ForAnyValue:StringEquals": { "aws:CalledVia": "cloudformation.amazonaws.com" } });
        assert!(!policy(&through).unwrap().lets("role/a", "kms:PutKeyPolicy"));
    }

    #[test]
    fn a_statement_for_one_role_lets_no_other() {
        let statement = json!({ "Effect": "Allow", "Principal": { "AWS": "arn:aws:iam::000000000000:role/keys" },
            "Action": ["kms:DisableKey"], "Resource": "*" });
        let policy = policy(&statement).unwrap();
        assert!(policy.lets("arn:aws:iam::000000000000:role/keys", "kms:DisableKey"));
        assert!(!policy.lets("arn:aws:iam::000000000000:role/other", "kms:DisableKey"));
    }

    #[test]
    fn an_unknown_condition_is_refused() {
        let statement = json!({ "Effect": "Allow", "Principal": { "AWS": "arn:aws:iam::000000000000:root" },
            "Action": "kms:Sign", "Resource": "*", "Condition": { "Bool": { "aws:SecureTransport": "true" } } });
        assert_eq!(policy(&statement), None);
    }

    #[test]
    fn a_star_stands_for_anything() {
        for (pattern, text, expected) in [
            ("kms:Sign", "kms:Sign", true),
            ("kms:Get*", "kms:GetPublicKey", true),
            ("kms:Get*", "kms:GenerateMac", false),
            ("role/a/token/*", "role/a/token/x-1", true),
            ("role/a/token/*", "role/b/token/x-1", false),
            ("role/*/token/*", "role/a/backend-token/x", false),
        ] {
            assert_eq!(is_like(pattern, text), expected, "{pattern} {text}");
        }
    }
}
