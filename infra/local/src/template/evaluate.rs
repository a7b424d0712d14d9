//! Conditions and intrinsic functions, as CloudFormation evaluates them.
//!
//! Source: CloudFormation User Guide, "Intrinsic function reference".

use serde_json::{Map, Value, json};

use super::yaml::inside;
use super::{Template, TemplateError, values};

type Evaluated = Result<Value, TemplateError>;

impl Template {
    /// A part of the template with every function in it replaced by what it gives. `AWS::NoValue` becomes
    /// `null`, and maps and lists drop it.
    pub(super) fn evaluated(&self, node: &Value, place: &str) -> Evaluated {
        match node {
            Value::Object(members) => match function(members) {
                Some((name, argument)) => self.call(name, argument, place),
                None => self.map(members, place),
            },
            Value::Array(nodes) => self.list(nodes, place),
            scalar => Ok(scalar.clone()),
        }
    }

    /// Whether a condition of the template's section `Conditions` holds.
    pub(super) fn condition(&self, name: &str, place: &str) -> Result<bool, TemplateError> {
        match self.document["Conditions"].get(name) {
            Some(node) => self.holds(node, &format!("Conditions.{name}")),
            None => Err(TemplateError::at(place, format!("there is no condition {name}."))),
        }
    }

    fn map(&self, members: &Map<String, Value>, place: &str) -> Evaluated {
        let mut map = Map::new();
        for (name, node) in members {
            let value = self.evaluated(node, &inside(place, name))?;
            if !value.is_null() {
                map.insert(name.clone(), value);
            }
        }
        Ok(Value::Object(map))
    }

    fn list(&self, nodes: &[Value], place: &str) -> Evaluated {
        let mut list = Vec::new();
        for (index, node) in nodes.iter().enumerate() {
            list.push(self.evaluated(node, &format!("{place}[{index}]"))?);
        }
        list.retain(|value| !value.is_null());
        Ok(Value::Array(list))
    }

    fn call(&self, name: &str, argument: &Value, place: &str) -> Evaluated {
        match name {
            "Ref" => self.reference(&text(argument, place)?, place),
            "Fn::GetAtt" => self.attribute(argument, place).map(Value::String),
            "Fn::Sub" => self.substituted(argument, place).map(Value::String),
            "Fn::If" => self.either(argument, place),
            "Fn::Join" => self.joined(argument, place).map(Value::String),
            "Fn::Equals" | "Fn::Not" | "Fn::And" | "Fn::Or" => {
                self.holds(&json!({ name: argument }), place).map(Value::Bool)
            }
            other => Err(TemplateError::at(place, format!("the function {other} is not known here."))),
        }
    }

    fn reference(&self, name: &str, place: &str) -> Evaluated {
        if name == "AWS::NoValue" {
            return Ok(Value::Null);
        }
        if let Some(value) = values::pseudo_parameter(name) {
            return Ok(json!(value));
        }
        if let Some(parameter) = self.parameter(name) {
            return self.parameter_value(name, parameter, place);
        }
        match self.resource_type(name) {
            // Locally everything is named by its logical id, where AWS would draw a name.
            Some(_) => Ok(json!(name)),
            None => Err(TemplateError::at(place, format!("there is no parameter or resource {name}."))),
        }
    }

    fn parameter_value(&self, name: &str, parameter: &Value, place: &str) -> Evaluated {
        let value = match (self.values.parameters.get(name), parameter.get("Default")) {
            (Some(value), _) => value.clone(),
            (None, Some(default)) => text(default, place)?,
            (None, None) => values::answer(&self.values, name)
                .ok_or_else(|| TemplateError::at(place, format!("the parameter {name} has no value.")))?,
        };
        Ok(match parameter["Type"].as_str() {
            Some("CommaDelimitedList") => value.split(',').map(str::trim).collect(),
            _ => json!(value),
        })
    }

    fn attribute(&self, argument: &Value, place: &str) -> Result<String, TemplateError> {
        let dotted = match argument.as_array() {
            Some(parts) => parts.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("."),
            None => text(argument, place)?,
        };
        let unknown = || TemplateError::at(place, format!("what {dotted} is on this machine is not known."));
        let (logical_id, attribute) = dotted.split_once('.').ok_or_else(unknown)?;
        let kind = self.resource_type(logical_id).ok_or_else(unknown)?;
        values::attribute(&self.values, kind, logical_id, attribute).ok_or_else(unknown)
    }

    /// `!Sub "a ${Name} b ${Resource.Attribute} ${!Literal}"`, with or without a map of further names.
    fn substituted(&self, argument: &Value, place: &str) -> Result<String, TemplateError> {
        let (pattern, names) = match argument.as_array().map(Vec::as_slice) {
            Some([pattern, names]) => (text(pattern, place)?, names),
            Some(_) => return Err(TemplateError::at(place, "!Sub takes a text, or a text and a map.")),
            None => (text(argument, place)?, &Value::Null),
        };
        let mut result = String::new();
        let mut rest = pattern.as_str();
        while let Some((before, after)) = rest.split_once("${") {
            let (name, after) =
                after.split_once('}').ok_or_else(|| TemplateError::at(place, "a ${ has no } behind it."))?;
            result.push_str(before);
            result.push_str(&self.substitute(name, names, place)?);
            rest = after;
        }
        Ok(result + rest)
    }

    fn substitute(&self, name: &str, names: &Value, place: &str) -> Result<String, TemplateError> {
        match (name.strip_prefix('!'), names.get(name)) {
            (Some(literal), _) => Ok(format!("${{{literal}}}")),
            (None, Some(node)) => text(&self.evaluated(node, place)?, place),
            (None, None) if name.contains('.') => self.attribute(&json!(name), place),
            (None, None) => text(&self.reference(name, place)?, place),
        }
    }

    fn either(&self, argument: &Value, place: &str) -> Evaluated {
        match argument.as_array().map(Vec::as_slice) {
            Some([condition, then, otherwise]) => {
                let holds = self.condition(&text(condition, place)?, place)?;
                self.evaluated(if holds { then } else { otherwise }, place)
            }
            _ => Err(TemplateError::at(place, "!If takes a condition and two values.")),
        }
    }

    fn joined(&self, argument: &Value, place: &str) -> Result<String, TemplateError> {
        let wrong = || TemplateError::at(place, "!Join takes a separator and a list.");
        let Some([separator, list]) = argument.as_array().map(Vec::as_slice) else { return Err(wrong()) };
        let list = self.evaluated(list, place)?;
        let texts = list.as_array().ok_or_else(wrong)?.iter().map(|item| text(item, place));
        Ok(texts.collect::<Result<Vec<_>, _>>()?.join(&text(separator, place)?))
    }

    fn holds(&self, node: &Value, place: &str) -> Result<bool, TemplateError> {
        let wrong = || TemplateError::at(place, "a condition is expected here.");
        let (name, argument) = node.as_object().and_then(function).ok_or_else(wrong)?;
        if name == "Condition" {
            return self.condition(&text(argument, place)?, place);
        }
        let parts = argument.as_array().ok_or_else(wrong)?;
        match (name, parts.as_slice()) {
            ("Fn::Equals", [one, other]) => {
                let one = text(&self.evaluated(one, place)?, place)?;
                Ok(one == text(&self.evaluated(other, place)?, place)?)
            }
            ("Fn::Not", [part]) => Ok(!self.holds(part, place)?),
            ("Fn::And", parts) => self.every(parts, place, true),
            ("Fn::Or", parts) => self.every(parts, place, false).map(|none| !none),
            _ => Err(wrong()),
        }
    }

    /// Whether each of these conditions holds (`wanted` true), or none of them (`wanted` false).
    fn every(&self, parts: &[Value], place: &str, wanted: bool) -> Result<bool, TemplateError> {
        for part in parts {
            if self.holds(part, place)? != wanted {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// The function that a map is a call of, with its argument.
fn function(members: &Map<String, Value>) -> Option<(&str, &Value)> {
    let (name, argument) = members.iter().next()?;
    let is_call = members.len() == 1 && (name.starts_with("Fn::") || name == "Ref" || name == "Condition");
    is_call.then_some((name.as_str(), argument))
}

/// A scalar as CloudFormation writes it into a text.
pub(super) fn text(value: &Value, place: &str) -> Result<String, TemplateError> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(flag) => Ok(flag.to_string()),
        _ => Err(TemplateError::at(place, "a text is expected here.")),
    }
}
