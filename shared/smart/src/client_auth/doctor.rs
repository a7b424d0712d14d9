//! The assertion doctor: every rule that the service holds an assertion against, one row a rule, by the very functions
//! that the service uses. What was received is shown here, and only here: whoever asks has the assertion.

use serde::Serialize;
use serde_json::Value;
use smart_verify::jws::CompactJws;
use smart_verify::time::UnixSeconds;

use super::assertion::{
    ExpectedAssertion, Half, RULES, Statement, UnverifiedHeader, check_signature, no_such_client,
};
use super::jwks;
use crate::client::{ClientId, KeySet};
use crate::error::OAuthError;

/// How much of a value is shown, in characters.
const SHOWN: usize = 120;

/// What is examined, and what is known of its client.
#[derive(Debug)]
pub struct Case<'a> {
    /// The assertion.
    pub assertion: &'a str,
    /// What the service expects of it.
    pub expected: ExpectedAssertion<'a>,
    /// The client it should come from, where that is known.
    pub client_id: Option<&'a ClientId>,
    /// The keys that are registered, where they are known.
    pub keys: Option<&'a KeySet>,
    /// The address of keys that is registered, where there is one.
    pub jwks_uri: Option<&'a str>,
}

/// What became of one rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckOutcome {
    /// It holds.
    Pass,
    /// It does not, and the service refuses.
    Fail,
    /// Something before it failed, or what it takes is not known here.
    NotReached,
}

/// One rule.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// What the rule is called.
    pub rule: &'static str,
    /// What became of it.
    pub outcome: CheckOutcome,
    /// What the assertion has.
    pub found: String,
    /// What it should have.
    pub expected: String,
    /// The reason code that the service would log and link to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'static str>,
    /// The sentence that the service would answer, or why the rule was not reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub says: Option<String>,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<&'static str>,
}

/// All rows.
#[derive(Clone, Debug, Serialize)]
pub struct Diagnosis {
    /// One a rule, in the order in which the service checks them.
    pub rows: Vec<Row>,
    /// How many seconds the clock that set `iat` is ahead of ours, if there is an `iat`; behind when negative.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clock_ahead: Option<i64>,
}

impl Diagnosis {
    /// Whether some rule does not hold.
    pub fn fails(&self) -> bool {
        self.rows.iter().any(|row| row.outcome == CheckOutcome::Fail)
    }

    /// The row of a rule.
    pub fn row(&self, rule: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.rule == rule)
    }
}

/// Examines an assertion.
pub fn examine(case: &Case<'_>) -> Diagnosis {
    let read = Statement::read(case.assertion);
    let mut rows = vec![Row::of("form", read.as_ref().err()).about(
        format!("{} bytes, {} parts", case.assertion.len(), case.assertion.split('.').count()),
        "a signed JWT: three parts of base64url, header and claims JSON objects".to_owned(),
        "Send the compact form that a JWT library writes, unchanged: no padding, no white space, no quotes.",
    )];
    let Ok((jws, statement)) = read else {
        rows.extend(RULES.iter().map(|rule| Row::not_reached(rule.name, UNREADABLE)));
        rows.extend(LATER.iter().map(|rule| Row::not_reached(rule, UNREADABLE)));
        return Diagnosis { rows, clock_ahead: None };
    };
    for rule in &RULES {
        let outcome = (rule.check)(&statement, &case.expected);
        let row = Row::of(rule.name, outcome.as_ref().err());
        rows.push(row.about(shown(&statement, rule.members), (rule.expects)(&case.expected), rule.remedy));
    }
    rows.push(client(&statement, case));
    rows.extend(key_rows(&jws, &statement, case));
    rows.push(Row::not_reached("replay", "only the service knows which jti it has seen before."));
    Diagnosis { rows, clock_ahead: clock_ahead(&statement, case.expected.now) }
}

/// The rules that need more than the assertion.
const LATER: [&str; 5] = ["client", "registered jku", "key", "signature", "replay"];

const UNREADABLE: &str = "the assertion cannot be read.";
const NO_HEADER: &str = "alg or kid is no good.";

/// Whether it comes from the client that it should come from.
fn client(statement: &Statement, case: &Case<'_>) -> Row {
    let Some(client_id) = case.client_id else {
        return Row::not_reached("client", "the client_id is not known here.");
    };
    let same = statement.get(Half::Claims, "iss").and_then(Value::as_str) == Some(client_id.as_str());
    let refusal = (!same).then(|| no_such_client("iss is not the client that was given"));
    Row::of("client", refusal.as_ref()).about(
        shown(statement, (Half::Claims, &["iss"])),
        client_id.to_string(),
        "Set iss and sub to the client_id, and see that the client is registered here and not disabled.",
    )
}

/// The address in the header, the key that is chosen, and the signature.
fn key_rows(jws: &CompactJws<'_>, statement: &Statement, case: &Case<'_>) -> [Row; 3] {
    let Ok(header) = UnverifiedHeader::of(statement, &case.expected) else {
        return ["registered jku", "key", "signature"].map(|rule| Row::not_reached(rule, NO_HEADER));
    };
    let address = if header.jku.is_some() && case.jwks_uri.is_none() && case.keys.is_none() {
        Row::not_reached("registered jku", "the registered jwks_uri is not known here.")
    } else {
        Row::of("registered jku", jwks::check_address(header.jku.as_deref(), case.jwks_uri).err().as_ref())
            .about(
                shown(statement, (Half::Header, &["jku"])),
                case.jwks_uri.unwrap_or("absent").to_owned(),
                "Leave jku out of the header, or register that address as jwks_uri.",
            )
    };
    let Some(keys) = case.keys else {
        let why = "the registered keys are not known here.";
        return [address, Row::not_reached("key", why), Row::not_reached("signature", why)];
    };
    let chosen = jwks::choose(keys, &header);
    let key = Row::of("key", chosen.as_ref().err()).about(
        shown(statement, (Half::Header, &["kid", "alg"])),
        format!("one key of these: {}", clipped(&keys.kids().collect::<Vec<_>>().join(", "))),
        "Register the public half of the signing key, with the same kid, and kty and crv as alg needs them.",
    );
    let signature = match chosen {
        Err(_) => Row::not_reached("signature", "no key was chosen."),
        Ok(chosen) => Row::of("signature", check_signature(jws, header.algorithm, chosen).err().as_ref()).about(
            "a signature".to_owned(),
            format!("one that holds under the key {}", clipped(&header.kid)),
            "Sign with the private half of the registered key; ES384 signatures are 96 bytes r and s, not DER.",
        ),
    };
    [address, key, signature]
}

impl Row {
    fn of(rule: &'static str, refusal: Option<&OAuthError>) -> Self {
        Self {
            rule,
            outcome: if refusal.is_some() { CheckOutcome::Fail } else { CheckOutcome::Pass },
            found: String::new(),
            expected: String::new(),
            reason: refusal.map(OAuthError::reason),
            says: refusal.map(|refusal| refusal.sentence().to_owned()),
            remedy: None,
        }
    }

    fn about(mut self, found: String, expected: String, remedy: &'static str) -> Self {
        self.found = found;
        self.expected = expected;
        self.remedy = (self.outcome == CheckOutcome::Fail).then_some(remedy);
        self
    }

    fn not_reached(rule: &'static str, why: &'static str) -> Self {
        Self { outcome: CheckOutcome::NotReached, says: Some(why.to_owned()), ..Self::of(rule, None) }
    }
}

fn clock_ahead(statement: &Statement, now: UnixSeconds) -> Option<i64> {
    let iat = statement.get(Half::Claims, "iat")?.as_i64()?;
    iat.checked_sub(i64::try_from(now.0).ok()?)
}

/// Members as JSON; several with their names.
fn shown(statement: &Statement, (half, names): (Half, &[&str])) -> String {
    let value = |name: &str| {
        statement.get(half, name).map_or("absent".to_owned(), |value| clipped(&value.to_string()))
    };
    match names {
        [name] => value(name),
        _ => names.iter().map(|name| format!("{name} {}", value(name))).collect::<Vec<_>>().join(", "),
    }
}

fn clipped(text: &str) -> String {
    let printable = |character: char| if character.is_control() { '?' } else { character };
    let mut shown: String = text.chars().take(SHOWN).map(printable).collect();
    if text.chars().count() > SHOWN {
        shown.push_str("..");
    }
    shown
}

#[cfg(test)]
mod tests;
