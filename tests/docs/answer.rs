//! What is printed behind an example, held against the answer.

use serde_json::Value;

/// Whether an answer is as printed: `..` at the end of a text stands for the rest of it, and alone for any value; a member
/// `..` stands for further members. All else is equal.
pub(super) fn agrees(printed: &Value, got: &Value) -> Result<(), String> {
    at("", printed, got)
}

fn at(place: &str, printed: &Value, got: &Value) -> Result<(), String> {
    let differs = || Err(format!("{place}: printed is {printed}, the answer has {got}"));
    match (printed, got) {
        (Value::String(text), _) if text == ".." => Ok(()),
        (Value::String(text), Value::String(got)) => match text.strip_suffix("..") {
            Some(beginning) if got.starts_with(beginning) => Ok(()),
            None if text == got => Ok(()),
            _ => differs(),
        },
        (Value::Array(printed), Value::Array(got)) if printed.len() == got.len() => {
            printed.iter().zip(got).try_for_each(|(printed, got)| at(&format!("{place}[]"), printed, got))
        }
        (Value::Object(printed), Value::Object(members)) => {
            let is_open = printed.contains_key("..");
            let unprinted = members.keys().find(|name| !printed.contains_key(*name));
            if let (false, Some(name)) = (is_open, unprinted) {
                return Err(format!("{place}: the member {name} is not printed"));
            }
            let printed = printed.iter().filter(|(name, _)| *name != "..");
            for (name, printed) in printed {
                let missing = || format!("{place}: the answer has no member {name}: {got}");
                at(&format!("{place}.{name}"), printed, members.get(name).ok_or_else(missing)?)?;
            }
            Ok(())
        }
        _ if printed == got => Ok(()),
        _ => differs(),
    }
}
