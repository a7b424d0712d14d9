//! What `template.yaml` describes, with the values it has on this machine.
//!
//! The template is the one description of routes, tables, keys, environment and permissions. This module
//! reads it the way CloudFormation would (parameters, conditions, intrinsic functions), so that the local
//! stack cannot drift from what is deployed, and so that tests can hold the template against the code.
//!
//! ```
//! use local::template::{Template, Values};
//!
//! let template = Template::of_this_repository(Values::at("http://127.0.0.1:9000"))?; let token =
//! template.functions()?.into_iter().find(|function| function.binary == "token").expect("it is there");
//! assert_eq!(token.environment["ISSUER"], "http://127.0.0.1:9000");
//! # Ok::<(), local::template::TemplateError>(())
//! ```

mod error;
mod evaluate;
mod function;
mod key;
mod key_policy;
mod route;
mod table;
mod values;
mod yaml;

use serde_json::Value;

pub use error::TemplateError;
pub use function::{Function, Statement};
pub use key::{Key, KeySpec, KeyUsage};
pub use key_policy::KeyPolicy;
pub use route::Route;
pub use table::{Index, Table};
pub use values::{ACCOUNT, REGION, Values};

/// The text of this repository's `template.yaml`, built in so that the binary works from any directory.
pub const TEXT: &str = include_str!("../../../../template.yaml");

/// A CloudFormation template together with the values that its parameters and resources have on this machine.
#[derive(Clone, Debug)]
pub struct Template {
    document: Value,
    values: Values,
}

/// One resource whose condition holds, its properties evaluated.
struct Resource<'a> {
    logical_id: &'a str,
    raw: &'a Value,
    properties: Value,
}

impl Template {
    /// This repository's template.
    ///
    /// # Errors
    /// When a value names a parameter that the template does not have.
    pub fn of_this_repository(values: Values) -> Result<Self, TemplateError> {
        Self::parse(TEXT, values)
    }

    /// Reads a template from its text.
    ///
    /// # Errors
    /// When the text is not YAML, or a value names a parameter that the template does not have.
    pub fn parse(text: &str, values: Values) -> Result<Self, TemplateError> {
        let template = Self { document: yaml::document(text)?, values };
        match template.values.parameters.keys().find(|name| template.parameter(name).is_none()) {
            Some(name) => Err(TemplateError::at("Parameters", format!("there is no parameter {name}."))),
            None => Ok(template),
        }
    }

    /// The template as it is written, in JSON: nothing is evaluated.
    pub const fn document(&self) -> &Value {
        &self.document
    }

    /// The Lambda functions, in the order of their logical ids.
    ///
    /// # Errors
    /// When the template uses something that this reader does not know; the sentence names the place.
    pub fn functions(&self) -> Result<Vec<Function>, TemplateError> {
        let globals = self.evaluated(&self.document["Globals"]["Function"], "Globals.Function")?;
        self.each("AWS::Serverless::Function", |resource| Function::of(resource, &globals))
    }

    /// The routes of the API, each leading to one function.
    ///
    /// # Errors
    /// When the template uses something that this reader does not know; the sentence names the place.
    pub fn routes(&self) -> Result<Vec<Route>, TemplateError> {
        let integrations = self.each("AWS::ApiGatewayV2::Integration", route::Integration::of)?;
        self.each("AWS::ApiGatewayV2::Route", |resource| Route::of(resource, &integrations))
    }

    /// The DynamoDB tables.
    ///
    /// # Errors
    /// When the template uses something that this reader does not know; the sentence names the place.
    pub fn tables(&self) -> Result<Vec<Table>, TemplateError> {
        self.each("AWS::DynamoDB::Table", Table::of)
    }

    /// The KMS keys.
    ///
    /// # Errors
    /// When the template uses something that this reader does not know; the sentence names the place.
    pub fn keys(&self) -> Result<Vec<Key>, TemplateError> {
        self.each("AWS::KMS::Key", Key::of)
    }

    /// Whether a function can do this to a table (by its name, or `Table/index/name`) or a key (by its ARN, with these
    /// aliases): its own policy allows it, and so does that of the key.
    ///
    /// # Errors
    /// When the template uses something that this reader does not know; the sentence names the place.
    pub fn allows(
        &self,
        function: &Function,
        action: &str,
        resource: &str,
        aliases: &[String],
    ) -> Result<bool, TemplateError> {
        if resource.starts_with("arn:") {
            let key = self.keys()?.into_iter().find(|key| key.arn == resource);
            let lets = key.is_none_or(|key| key.policy.lets(&function.role, action));
            return Ok(lets && function.may(action, resource, aliases));
        }
        Ok(function.may(action, &format!("arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{resource}"), &[]))
    }

    fn each<T>(
        &self,
        kind: &str,
        read: impl Fn(&Resource<'_>) -> Result<T, TemplateError>,
    ) -> Result<Vec<T>, TemplateError> {
        let mut found = Vec::new();
        for (logical_id, raw) in self.document["Resources"].as_object().into_iter().flatten() {
            if raw["Type"] == kind && self.exists(logical_id, raw)? {
                let properties =
                    self.evaluated(&raw["Properties"], &format!("Resources.{logical_id}.Properties"))?;
                found.push(read(&Resource { logical_id, raw, properties })?);
            }
        }
        Ok(found)
    }

    fn exists(&self, logical_id: &str, raw: &Value) -> Result<bool, TemplateError> {
        match raw["Condition"].as_str() {
            Some(condition) => self.condition(condition, &format!("Resources.{logical_id}.Condition")),
            None => Ok(true),
        }
    }

    fn parameter(&self, name: &str) -> Option<&Value> {
        self.document["Parameters"].get(name)
    }

    /// The type of a resource, such as `AWS::KMS::Key`.
    fn resource_type(&self, logical_id: &str) -> Option<&str> {
        self.document["Resources"][logical_id]["Type"].as_str()
    }
}

impl Resource<'_> {
    /// A property that must be a text.
    fn text(&self, name: &str) -> Result<&str, TemplateError> {
        self.properties[name].as_str().ok_or_else(|| self.fault(name, "a text is expected here."))
    }

    fn fault(&self, property: &str, fault: impl Into<String>) -> TemplateError {
        TemplateError::at(format!("Resources.{}.Properties.{property}", self.logical_id), fault)
    }
}

#[cfg(test)]
mod tests;
