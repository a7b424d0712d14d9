//! A Lambda function: its binary, its environment, what it may do.

use std::collections::BTreeMap;

use serde_json::Value;

use super::evaluate::text;
use super::key_policy::is_like;
use super::{ACCOUNT, Resource, TemplateError};

/// A Lambda function of the template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// Its name in the template, such as `TokenFunction`.
    pub logical_id: String,
    /// The binary that cargo builds for it, named as its package.
    pub binary: String,
    /// Its memory in MiB.
    pub memory: u64,
    /// How long an invocation may take, in seconds.
    pub timeout: u64,
    /// Its environment variables, evaluated for this machine.
    pub environment: BTreeMap<String, String>,
    /// What it may do in AWS, statement by statement, without the logs that SAM adds.
    pub policy: Vec<Statement>,
    /// The ARN of its role, up to the name that AWS draws.
    pub role: String,
}

/// One statement of a policy that allows something.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Statement {
    /// The actions allowed, such as `dynamodb:GetItem`.
    pub actions: Vec<String>,
    /// The ARNs of the resources they are allowed on; `*` matches any characters.
    pub resources: Vec<String>,
    /// If it is not empty, only KMS keys with an alias like one of these.
    pub aliases: Vec<String>,
}

impl Function {
    /// Reads one function; what it does not say itself it takes from `Globals`.
    pub(super) fn of(resource: &Resource<'_>, globals: &Value) -> Result<Self, TemplateError> {
        let number = |name: &str| {
            let value = resource.properties.get(name).unwrap_or(&globals[name]);
            value.as_u64().ok_or_else(|| resource.fault(name, "a whole number is expected here."))
        };
        let binary = resource.raw["Metadata"]["BuildProperties"]["Binary"].as_str();
        Ok(Self {
            logical_id: resource.logical_id.to_owned(),
            binary: binary
                .ok_or_else(|| resource.fault("Metadata", "BuildProperties needs the name of a Binary."))?
                .to_owned(),
            memory: number("MemorySize")?,
            timeout: number("Timeout")?,
            environment: environment(resource, globals)?,
            policy: policy(resource)?,
            role: role(resource),
        })
    }

    /// Whether this function may do this to this resource, a key with these aliases if it is one.
    pub fn may(&self, action: &str, resource: &str, aliases: &[String]) -> bool {
        let any = |patterns: &[String], text: &str| patterns.iter().any(|pattern| is_like(pattern, text));
        self.policy.iter().any(|one| {
            let of_alias = one.aliases.is_empty() || aliases.iter().any(|alias| any(&one.aliases, alias));
            one.actions.iter().any(|allowed| allowed == action) && any(&one.resources, resource) && of_alias
        })
    }
}

fn role(resource: &Resource<'_>) -> String {
    let path = resource.properties["RolePath"].as_str().unwrap_or("/");
    format!("arn:aws:iam::{ACCOUNT}:role{path}{}Role", resource.logical_id)
}

/// The variables of `Globals`, then the function's own.
fn environment(resource: &Resource<'_>, globals: &Value) -> Result<BTreeMap<String, String>, TemplateError> {
    let mut environment = BTreeMap::new();
    for source in [globals, &resource.properties] {
        for (name, value) in source["Environment"]["Variables"].as_object().into_iter().flatten() {
            let place = format!("Resources.{}.Environment.{name}", resource.logical_id);
            environment.insert(name.clone(), text(value, &place)?);
        }
    }
    Ok(environment)
}

fn policy(resource: &Resource<'_>) -> Result<Vec<Statement>, TemplateError> {
    let documents = resource.properties["Policies"].as_array().into_iter().flatten();
    let mut policy = Vec::new();
    for document in documents {
        let statements = document["Statement"].as_array().ok_or_else(|| {
            resource.fault("Policies", "only policies with a list Statement are known here.")
        })?;
        for statement in statements {
            policy.push(Statement::of(statement, resource)?);
        }
    }
    Ok(policy)
}

impl Statement {
    fn of(statement: &Value, resource: &Resource<'_>) -> Result<Self, TemplateError> {
        // Source: AWS KMS Developer Guide, "Condition keys", kms:ResourceAliases.
        let aliases = match statement.get("Condition") {
            None => Vec::new(),
            Some(condition) => texts(&condition["ForAnyValue:StringLike"]["kms:ResourceAliases"], resource)?,
        };
        if statement["Effect"] != "Allow" {
            return Err(resource.fault("Policies", "only statements that allow are known here."));
        }
        Ok(Self {
            actions: texts(&statement["Action"], resource)?,
            resources: texts(&statement["Resource"], resource)?,
            aliases,
        })
    }
}

/// One text or a list of texts.
fn texts(value: &Value, resource: &Resource<'_>) -> Result<Vec<String>, TemplateError> {
    let place = format!("Resources.{}.Properties.Policies", resource.logical_id);
    match value {
        Value::Array(values) => values.iter().map(|value| text(value, &place)).collect(),
        value => Ok(vec![text(value, &place)?]),
    }
}
