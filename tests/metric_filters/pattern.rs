//! CloudWatch's filter patterns for JSON, as far as the template uses them.
//!
//! Source: CloudWatch Logs User Guide, "Filter pattern syntax", JSON.

use serde_json::Value;

/// Whether a line of a log matches a pattern, such as `{ ($.status = 429) && ($.route = "/sign-*") }`.
///
/// # Panics
/// For a pattern that is malformed, or that uses what is not known here.
pub(super) fn matches(pattern: &str, line: &Value) -> bool {
    let mut rest = Rest(pattern);
    rest.expect("{");
    let matched = rest.any(line);
    rest.expect("}");
    assert!(rest.0.trim().is_empty(), "{pattern}: unread: {}", rest.0);
    matched
}

/// What is still to be read of a pattern.
struct Rest<'a>(&'a str);

impl<'a> Rest<'a> {
    fn takes(&mut self, token: &str) -> bool {
        let rest = self.0.trim_start().strip_prefix(token);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    fn expect(&mut self, token: &str) {
        assert!(self.takes(token), "expected {token} before {}", self.0);
    }

    /// The characters up to the first one that ends them.
    fn until(&mut self, ends: impl Fn(char) -> bool) -> &'a str {
        let text = self.0.trim_start();
        let (taken, rest) = text.split_at(text.find(ends).unwrap_or(text.len()));
        self.0 = rest;
        taken
    }

    /// Conditions joined by `||`, which binds less than `&&`. Both sides are always read.
    fn any(&mut self, line: &Value) -> bool {
        let mut matched = self.all(line);
        while self.takes("||") {
            matched |= self.all(line);
        }
        matched
    }

    fn all(&mut self, line: &Value) -> bool {
        let mut matched = self.one(line);
        while self.takes("&&") {
            matched &= self.one(line);
        }
        matched
    }

    fn one(&mut self, line: &Value) -> bool {
        if self.takes("(") {
            let matched = self.any(line);
            self.expect(")");
            return matched;
        }
        self.expect("$.");
        let path = self.until(|letter| !letter.is_ascii_alphanumeric() && letter != '_' && letter != '.');
        let found = path.split('.').try_fold(line, |value, name| value.get(name));
        self.expect("=");
        if self.takes("\"") {
            let wanted = self.until(|letter| letter == '"');
            self.expect("\"");
            return found.and_then(Value::as_str).is_some_and(|text| fits(wanted, text));
        }
        let wanted: f64 = self.until(|letter| !letter.is_ascii_digit() && letter != '.').parse().unwrap();
        found.and_then(Value::as_f64).is_some_and(|number| number.to_bits() == wanted.to_bits())
    }
}

/// Whether a string is the wanted one, in which `*` represents any characters.
fn fits(wanted: &str, text: &str) -> bool {
    match wanted.split_once('*') {
        None => wanted == text,
        Some((before, after)) => text.strip_prefix(before).is_some_and(|rest| {
            rest.char_indices().any(|(at, _)| fits(after, &rest[at..])) || fits(after, "")
        }),
    }
}

#[test]
fn patterns_are_read_as_cloudwatch_reads_them() {
    let line = serde_json::json!({ "status": 429, "route": "/sign-in", "of": { "reason": "a_replayed" } });
    for pattern in [
        r"{ $.status = 429 }",
        r#"{ ($.status = 429) && ($.route = "/sign-in") }"#,
        r#"{ $.of.reason = "*_replayed" && $.route = "/sign*" }"#,
        r#"{ $.route = "x" && $.route = "y" || $.status = 429 }"#,
        r#"{ $.status = 429 || $.route = "x" && $.route = "y" }"#,
    ] {
        assert!(matches(pattern, &line), "{pattern}");
    }
    for pattern in [
        r"{ $.status = 42 }",
        r#"{ $.status = "429" }"#,
        r#"{ $.path = "/sign-in" }"#,
        r#"{ $.of.reason = "replayed" }"#,
        r#"{ ($.status = 429 || $.route = "x") && $.route = "y" }"#,
    ] {
        assert!(!matches(pattern, &line), "{pattern}");
    }
}
