//! A DynamoDB table: its keys, its indexes, what makes its items end.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Resource, TemplateError};

/// A DynamoDB table of the template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Its name, locally its logical id.
    pub name: String,
    /// The attribute that finds an item.
    pub partition_key: String,
    /// The attribute that orders the items of one partition key, if the table has one.
    pub sort_key: Option<String>,
    /// The key attributes and their types: `S`, `N` or `B`.
    pub attributes: BTreeMap<String, String>,
    /// The global secondary indexes.
    pub indexes: Vec<Index>,
    /// The attribute that holds when an item ends, in seconds since 1970, if items do.
    pub expires_by: Option<String>,
}

/// A global secondary index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Index {
    /// Its name.
    pub name: String,
    /// The attribute that finds its items.
    pub partition_key: String,
    /// The attribute that orders them, if there is one.
    pub sort_key: Option<String>,
    /// What it holds of an item: `KEYS_ONLY`, `INCLUDE` or `ALL`.
    pub projection: String,
}

impl Table {
    pub(super) fn of(resource: &Resource<'_>) -> Result<Self, TemplateError> {
        let properties = &resource.properties;
        let (partition_key, sort_key) = key_schema(properties, resource)?;
        let indexes = list(&properties["GlobalSecondaryIndexes"]);
        let definitions = list(&properties["AttributeDefinitions"]);
        Ok(Self {
            name: resource.logical_id.to_owned(),
            partition_key,
            sort_key,
            attributes: definitions.filter_map(attribute).collect(),
            indexes: indexes.map(|index| Index::of(index, resource)).collect::<Result<_, _>>()?,
            expires_by: expires_by(&properties["TimeToLiveSpecification"]),
        })
    }
}

impl Index {
    fn of(index: &Value, resource: &Resource<'_>) -> Result<Self, TemplateError> {
        let (partition_key, sort_key) = key_schema(index, resource)?;
        let member = |value: &Value| {
            let text = value.as_str().map(str::to_owned);
            text.ok_or_else(|| {
                resource.fault("GlobalSecondaryIndexes", "a name and a projection are expected.")
            })
        };
        Ok(Self {
            name: member(&index["IndexName"])?,
            partition_key,
            sort_key,
            projection: member(&index["Projection"]["ProjectionType"])?,
        })
    }
}

/// The partition key and the sort key of a table or an index.
fn key_schema(of: &Value, resource: &Resource<'_>) -> Result<(String, Option<String>), TemplateError> {
    let key = |kind: &str| {
        let mut elements = list(&of["KeySchema"]);
        let element = elements.find(|element| element["KeyType"] == kind)?;
        element["AttributeName"].as_str().map(str::to_owned)
    };
    let partition_key = key("HASH").ok_or_else(|| resource.fault("KeySchema", "it has no HASH key."))?;
    Ok((partition_key, key("RANGE")))
}

fn attribute(definition: &Value) -> Option<(String, String)> {
    let member = |name: &str| definition[name].as_str().map(str::to_owned);
    Some((member("AttributeName")?, member("AttributeType")?))
}

fn expires_by(specification: &Value) -> Option<String> {
    let enabled = specification["Enabled"] == true;
    specification["AttributeName"].as_str().filter(|_| enabled).map(str::to_owned)
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}
