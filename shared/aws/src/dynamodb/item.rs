//! Items: structs as DynamoDB keeps them, and faults as the rules see them.

use std::collections::HashMap;
use std::error::Error;

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::types::{AttributeValue, CancellationReason};
use serde::{Deserialize, Serialize};
use smart::error::Unreachable;

use crate::causes;

pub(super) type Item = HashMap<String, AttributeValue>;

/// A struct as an item.
pub(super) fn to_item(value: &impl Serialize) -> Result<Item, Unreachable> {
    serde_dynamo::to_item(value).map_err(|error| Unreachable::new("an item", error))
}

/// The keys of the index by creation, which the store alone knows.
const INDEX_KEYS: [&str; 2] = ["listed", "created"];

/// A struct as an item that lists show, with the keys of the index, which never change.
pub(super) fn to_listed_item(value: &impl Serialize, kind: &str, place: String) -> Result<Item, Unreachable> {
    let mut item = to_item(value)?;
    let keys = INDEX_KEYS.map(str::to_owned).into_iter().zip([text(kind), text(place)]);
    item.extend(keys);
    Ok(item)
}

/// An item as a struct. One that cannot be read is a fault of ours, never a missing one. The keys of the
/// index are left out, because a struct that keeps unknown fields would keep them too.
pub(super) fn from_item<'a, T: Deserialize<'a>>(mut item: Item) -> Result<T, Unreachable> {
    for key in INDEX_KEYS {
        item.remove(key);
    }
    serde_dynamo::from_item(item).map_err(|error| Unreachable::new("an item", error))
}

pub(super) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

pub(super) fn number(value: u64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// Whether a part of a transaction was refused by its condition.
pub(super) fn is_condition(reason: &CancellationReason) -> bool {
    reason.code() == Some("ConditionalCheckFailed")
}

/// A call that failed, in words for the log.
pub(super) fn unreachable<E, R>(what: &'static str) -> impl Fn(SdkError<E, R>) -> Unreachable
where
    E: Error + Send + Sync + 'static,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    move |error| Unreachable::new(what, causes(&error))
}
