//! Bodies: a JSON object in which every name stands once, of a size that somebody means.

use http::{StatusCode, header};
use serde_json::{Map, Value};
use smart::client::FieldError;
use smart::error::ErrorCode;
use smart_verify::strict_json;
use web::{Request, Response, problem};

/// The largest body that is read: 64 KiB.
const MAX_BODY: usize = 64 * 1024;

/// The object in a body.
///
/// # Errors
/// When it is too large, says it is something else, or is none.
pub(crate) fn object(request: &Request, media_types: &[&str]) -> Result<Map<String, Value>, Box<Response>> {
    let refuse = |status, reason, detail: &str| {
        Box::new(problem::of(status, "invalid_client_metadata", reason, detail))
    };
    if request.body().len() > MAX_BODY {
        let detail = "the body is larger than 64 KiB.";
        return Err(refuse(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", detail));
    }
    let said = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let said = said.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    if !media_types.iter().any(|known| said.eq_ignore_ascii_case(known)) {
        let detail = "send the body as application/json.";
        return Err(refuse(StatusCode::BAD_REQUEST, "content_type", detail));
    }
    strict_json::object(request.body()).ok_or_else(|| {
        let detail = "the body must be a JSON object in which every name stands once.";
        refuse(StatusCode::BAD_REQUEST, "body_malformed", detail)
    })
}

/// The same, where nothing need be said at all.
pub(crate) fn optional_object(request: &Request) -> Result<Map<String, Value>, Box<Response>> {
    if request.body().is_empty() { Ok(Map::new()) } else { object(request, &JSON) }
}

pub(crate) const JSON: [&str; 1] = ["application/json"];

/// A patch may also be named by what it is.
///
/// Source: RFC 7396 §4.
pub(crate) const MERGE_PATCH: [&str; 2] = ["application/merge-patch+json", "application/json"];

/// What a patch makes of a value.
///
/// Source: RFC 7396 §2.
pub(crate) fn merge(target: &mut Value, patch: Value) {
    let Value::Object(patch) = patch else {
        *target = patch;
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Value::Object(members) = target else { return };
    for (name, value) in patch {
        if value.is_null() {
            members.remove(&name);
        } else {
            merge(members.entry(name).or_insert(Value::Null), value);
        }
    }
}

/// Reads a few members one by one. All that is wrong with them is said at once.
pub(crate) struct Members {
    members: Map<String, Value>,
    errors: Vec<FieldError>,
}

impl Members {
    pub(crate) const fn of(members: Map<String, Value>) -> Self {
        Self { members, errors: Vec::new() }
    }

    pub(crate) fn fault(&mut self, pointer: &str, message: &str) {
        let (pointer, message) = (pointer.to_owned(), message.to_owned());
        self.errors.push(FieldError { pointer, message, code: ErrorCode::InvalidRequest });
    }

    /// A member that is not needed; `null` counts as missing.
    pub(crate) fn take(&mut self, name: &str) -> Option<Value> {
        self.members.remove(name).filter(|value| !value.is_null())
    }

    /// A short text.
    pub(crate) fn text(&mut self, name: &str, longest: usize) -> Option<String> {
        let value = self.take(name)?;
        let text = value.as_str().map(str::trim).filter(|text| {
            !text.is_empty() && text.chars().count() <= longest && !text.chars().any(char::is_control)
        });
        if text.is_none() {
            let message = format!("must be a text of 1 to {longest} characters without control characters.");
            self.fault(&format!("/{name}"), &message);
        }
        text.map(str::to_owned)
    }

    /// A short string that is needed and must be more than a string; if it is not, the message says what it must be.
    pub(crate) fn parsed<T>(
        &mut self,
        name: &str,
        longest: usize,
        parse: impl Fn(&str) -> Option<T>,
        message: &str,
    ) -> Option<T> {
        let value = self.text(name, longest).and_then(|text| parse(&text));
        if value.is_none() {
            self.fault(&format!("/{name}"), message);
        }
        value
    }

    /// A whole number within bounds.
    pub(crate) fn number(&mut self, name: &str, least: u64, most: u64) -> Option<u64> {
        let value = self.take(name)?;
        let number = value.as_u64().filter(|number| (least..=most).contains(number));
        if number.is_none() {
            self.fault(&format!("/{name}"), &format!("must be a whole number from {least} to {most}."));
        }
        number
    }

    /// Nothing else may be there.
    ///
    /// # Errors
    /// All that was wrong.
    pub(crate) fn finish(self) -> Result<(), Box<Response>> {
        self.finish_with(Some(()))
    }

    /// The same with the value that was read; there is one where nothing was wrong.
    ///
    /// # Errors
    /// All that was wrong.
    pub(crate) fn finish_with<T>(mut self, value: Option<T>) -> Result<T, Box<Response>> {
        let unknown: Vec<String> = self.members.keys().take(10).cloned().collect();
        for name in unknown {
            let shown: String = name.chars().filter(char::is_ascii_graphic).take(60).collect();
            self.fault(&format!("/{shown}"), "is not a member that is known here.");
        }
        let refused = || Box::new(problem::of_fields(&self.errors));
        value.filter(|_| self.errors.is_empty()).ok_or_else(refused)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The table of RFC 7396, Appendix A.
    #[test]
    fn api_7_a_patch_is_merged_as_the_printed_examples_say() {
        for (mut target, patch, expected) in [
            (json!({"a":"b"}), json!({"a":"c"}), json!({"a":"c"})),
            (json!({"a":"b"}), json!({"b":"c"}), json!({"a":"b","b":"c"})),
            (json!({"a":"b"}), json!({"a":null}), json!({})),
            (json!({"a":"b","b":"c"}), json!({"a":null}), json!({"b":"c"})),
            (json!({"a":["b"]}), json!({"a":"c"}), json!({"a":"c"})),
            (json!({"a":"c"}), json!({"a":["b"]}), json!({"a":["b"]})),
            (json!({"a":{"b":"c"}}), json!({"a":{"b":"d","c":null}}), json!({"a":{"b":"d"}})),
            (json!({"a":[{"b":"c"}]}), json!({"a":[1]}), json!({"a":[1]})),
            (json!(["a", "b"]), json!(["c", "d"]), json!(["c", "d"])),
            (json!({"a":"b"}), json!(["c"]), json!(["c"])),
            (json!({"a":"foo"}), json!(null), json!(null)),
            (json!({"e":null}), json!({"a":1}), json!({"e":null,"a":1})),
            (json!([1, 2]), json!({"a":"b","c":null}), json!({"a":"b"})),
            (json!({}), json!({"a":{"bb":{"ccc":null}}}), json!({"a":{"bb":{}}})),
        ] {
            merge(&mut target, patch);
            assert_eq!(target, expected);
        }
    }
}
