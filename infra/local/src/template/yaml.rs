//! YAML with CloudFormation's short tags, turned into the JSON that it is short for.

use saphyr::{LoadableYamlNode, Scalar, Yaml};
use serde_json::{Map, Value, json};

use super::TemplateError;

/// The template as JSON: `!Ref A` becomes `{"Ref": "A"}`, `!Sub a` becomes `{"Fn::Sub": "a"}`.
pub(super) fn document(text: &str) -> Result<Value, TemplateError> {
    let documents = Yaml::load_from_str(text)
        .map_err(|error| TemplateError::at("the whole text", format!("{error}.")))?;
    match documents.as_slice() {
        [document] => json_of(document, ""),
        _ => Err(TemplateError::at("the whole text", "one YAML document is expected.")),
    }
}

fn json_of(node: &Yaml<'_>, place: &str) -> Result<Value, TemplateError> {
    match node {
        Yaml::Value(Scalar::String(text)) => Ok(json!(text)),
        Yaml::Value(Scalar::Integer(number)) => Ok(json!(number)),
        Yaml::Value(Scalar::Boolean(flag)) => Ok(json!(flag)),
        Yaml::Value(Scalar::Null) => Ok(Value::Null),
        Yaml::Sequence(nodes) => nodes.iter().map(|node| json_of(node, place)).collect(),
        Yaml::Mapping(entries) => entries
            .iter()
            .map(|(name, node)| {
                let name = name.as_str().ok_or_else(|| TemplateError::at(place, "a name must be a text."))?;
                Ok((name.to_owned(), json_of(node, &inside(place, name))?))
            })
            .collect::<Result<Map<_, _>, _>>()
            .map(Value::Object),
        Yaml::Tagged(tag, node) => {
            let argument = json_of(node, place)?;
            Ok(match tag.suffix.as_str() {
                name @ ("Ref" | "Condition") => json!({ name: argument }),
                name => json!({ format!("Fn::{name}"): argument }),
            })
        }
        _ => Err(TemplateError::at(place, "only texts, whole numbers, lists and maps are expected.")),
    }
}

/// The place of a member, written as a path.
pub(super) fn inside(place: &str, name: &str) -> String {
    if place.is_empty() { name.to_owned() } else { format!("{place}.{name}") }
}
