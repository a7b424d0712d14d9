//! Every rule that an assertion can keep or break by itself, one after the other. The service refuses at the first that
//! does not hold; the doctor looks at each.

use jsonwebtoken::Algorithm;
use serde_json::Value;
use smart_verify::time::{CLOCK_LEEWAY, UnixSeconds};

use super::refuse;
use super::statement::{Half, Statement};
use crate::client::{AssertionAlgorithms, ClientId};
use crate::error::OAuthError;
use crate::service::Service;

/// How far ahead `exp` may be: 300 seconds.
///
/// Source: SMART App Launch 2.2, client-confidential-asymmetric#authenticating-to-the-token-endpoint.
const MAX_AHEAD: u64 = 300;

/// How long ago an assertion may say it was made: 600 seconds. None can live longer than that and keep `exp`.
const MAX_AGE: u64 = 600;

/// The longest `kid` and `jti`, in bytes.
const MAX_NAME: usize = 256;

/// What an assertion is held against.
#[derive(Clone, Debug)]
pub struct ExpectedAssertion<'a> {
    /// The audiences that mean us, the usual one first.
    pub audiences: Vec<&'a str>,
    /// The algorithms that are accepted.
    pub algorithms: &'a AssertionAlgorithms,
    /// Our clock.
    pub now: UnixSeconds,
}

impl<'a> ExpectedAssertion<'a> {
    /// What this service expects.
    pub fn by(service: &'a Service, now: UnixSeconds) -> Self {
        let audiences = service.assertion_audiences().to_vec();
        Self { audiences, algorithms: service.assertion_algorithms(), now }
    }
}

/// One rule.
pub(in crate::client_auth) struct Rule {
    /// What it is called.
    pub(in crate::client_auth) name: &'static str,
    /// The members it looks at, and in which half they stand.
    pub(in crate::client_auth) members: (Half, &'static [&'static str]),
    /// What it expects.
    pub(in crate::client_auth) expects: fn(&ExpectedAssertion<'_>) -> String,
    /// What to do where it does not hold.
    pub(in crate::client_auth) remedy: &'static str,
    /// Whether it holds.
    pub(in crate::client_auth) check: fn(&Statement, &ExpectedAssertion<'_>) -> Result<(), OAuthError>,
}

/// All of them, in the order in which they are checked.
pub(in crate::client_auth) const RULES: [Rule; 11] = [
    Rule {
        name: "crit",
        members: (Half::Header, &["crit"]),
        expects: |_| "absent".to_owned(),
        remedy: "Leave crit out of the header.",
        check: |statement, _| critical(statement),
    },
    Rule {
        name: "typ",
        members: (Half::Header, &["typ"]),
        expects: |_| "JWT".to_owned(),
        remedy: "Set the header member typ to JWT.",
        check: |statement, _| typ(statement),
    },
    Rule {
        name: "alg",
        members: (Half::Header, &["alg"]),
        expects: |expected| expected.algorithms.to_string(),
        remedy: "Sign with ES384 (a P-384 key) or RS384 (an RSA key of 2048 bits or more).",
        check: |statement, expected| algorithm(statement, expected).map(drop),
    },
    Rule {
        name: "kid",
        members: (Half::Header, &["kid"]),
        expects: |_| "a text of 1 to 256 bytes".to_owned(),
        remedy: "Set the header member kid to the kid of the registered key.",
        check: |statement, _| kid(statement).map(drop),
    },
    Rule {
        name: "jku",
        members: (Half::Header, &["jku"]),
        expects: |_| "absent, or the registered jwks_uri".to_owned(),
        remedy: "Leave jku out, or set it to the registered jwks_uri, byte for byte.",
        check: |statement, _| jku(statement).map(drop),
    },
    Rule {
        name: "iss and sub",
        members: (Half::Claims, &["iss", "sub"]),
        expects: |_| "the client_id, twice".to_owned(),
        remedy: "Set both iss and sub to the client_id that registration gave you.",
        check: |statement, _| client_id(statement).map(drop),
    },
    Rule {
        name: "aud",
        members: (Half::Claims, &["aud"]),
        expects: |expected| format!("exactly one of {}", expected.audiences.join(", ")),
        remedy: "Set aud to the token_endpoint of discovery, byte for byte, and to nothing else beside it.",
        check: audience,
    },
    Rule {
        name: "exp",
        members: (Half::Claims, &["exp"]),
        expects: |expected| format!("{} to {}", expected.now.0, expected.now.0 + MAX_AHEAD),
        remedy: "Set exp to now plus 300 seconds at most, in whole seconds, and keep the clock in time.",
        check: |statement, expected| expiry(statement, expected.now).map(drop),
    },
    Rule {
        name: "nbf",
        members: (Half::Claims, &["nbf"]),
        expects: |expected| format!("absent, or {} at most", expected.now.0 + CLOCK_LEEWAY.as_secs()),
        remedy: "Leave nbf out, or set it to now in whole seconds.",
        check: |statement, expected| not_before(statement, expected.now),
    },
    Rule {
        name: "iat",
        members: (Half::Claims, &["iat"]),
        expects: |expected| {
            format!("absent, or {} to {}", expected.now.0.saturating_sub(MAX_AGE), expected.now.0)
        },
        remedy: "Set iat to now in whole seconds, and make an assertion for each request.",
        check: |statement, expected| issued_at(statement, expected.now),
    },
    Rule {
        name: "jti",
        members: (Half::Claims, &["jti"]),
        expects: |_| "a text of 1 to 256 bytes, new each time".to_owned(),
        remedy: "Set jti to a new random text, such as a UUID, in each assertion.",
        check: |statement, _| jti(statement).map(drop),
    },
];

/// Extensions that must be understood are not understood here.
///
/// Source: RFC 7515 §4.1.11.
fn critical(statement: &Statement) -> Result<(), OAuthError> {
    match statement.get(Half::Header, "crit") {
        None => Ok(()),
        Some(_) => {
            Err(refuse("assertion_malformed", "the header has crit, and no extension is understood here."))
        }
    }
}

/// Source: SMART App Launch 2.2, client-confidential-asymmetric (header `typ`, fixed value JWT); RFC 8725 §3.11.
fn typ(statement: &Statement) -> Result<(), OAuthError> {
    match statement.header_text("typ") {
        Some(typ) if typ.eq_ignore_ascii_case("JWT") => Ok(()),
        _ => Err(refuse("assertion_typ", "the header must have typ JWT.")),
    }
}

/// Source: SMART App Launch 2.2, client-confidential-asymmetric (RS384 and ES384); RFC 8725 §3.1.
pub(super) fn algorithm(
    statement: &Statement,
    expected: &ExpectedAssertion<'_>,
) -> Result<Algorithm, OAuthError> {
    let accepted = statement.header_text("alg").and_then(|name| expected.algorithms.named(name));
    accepted
        .ok_or_else(|| refuse("assertion_alg", format!("alg is not accepted; use {}.", expected.algorithms)))
}

/// Source: SMART App Launch 2.2, client-confidential-asymmetric (header `kid` is required).
pub(super) fn kid(statement: &Statement) -> Result<&str, OAuthError> {
    let kid = statement.header_text("kid").filter(|kid| !kid.is_empty() && kid.len() <= MAX_NAME);
    let sentence = "the header must name the key by kid, a text of 1 to 256 bytes.";
    kid.ok_or_else(|| refuse("assertion_kid_missing", sentence))
}

/// Where it is there it is a text; whether it is the registered address needs the client's record.
///
/// Source: RFC 7515 §4.1.2.
pub(super) fn jku(statement: &Statement) -> Result<Option<&str>, OAuthError> {
    match statement.get(Half::Header, "jku") {
        None => Ok(None),
        Some(Value::String(jku)) => Ok(Some(jku)),
        Some(_) => Err(refuse("assertion_jku", "jku must be a text where it is there; it may be left out.")),
    }
}

/// Source: RFC 7523 §3, items 1 and 2; SMART App Launch 2.2 (`iss` and `sub` are the client_id).
pub(super) fn client_id(statement: &Statement) -> Result<ClientId, OAuthError> {
    let (issuer, subject) = (statement.text("iss")?, statement.text("sub")?);
    if issuer != subject {
        return Err(refuse("assertion_iss_sub", "iss and sub must both be the client_id; they differ."));
    }
    issuer.parse().map_err(|_| super::no_such_client("iss is no client id at all"))
}

/// One audience, and it is us. Several would let another server in the list use the assertion here.
///
/// Source: RFC 7523 §3, item 3; SMART App Launch 2.2 (`aud` is the token URL).
fn audience(statement: &Statement, expected: &ExpectedAssertion<'_>) -> Result<(), OAuthError> {
    let only = match statement.get(Half::Claims, "aud") {
        Some(Value::String(audience)) => Some(audience),
        Some(Value::Array(list)) => match list.as_slice() {
            [Value::String(audience)] => Some(audience),
            _ => None,
        },
        _ => return Err(refuse("assertion_claims", "the claim aud must be there, as a text.")),
    };
    if only.is_some_and(|audience| expected.audiences.contains(&audience.as_str())) {
        return Ok(());
    }
    let usual = expected.audiences.first().copied().unwrap_or_default();
    Err(refuse("assertion_aud", format!("aud must be the token URL {usual} alone.")))
}

/// Source: RFC 7523 §3, item 4; SMART App Launch 2.2 (`exp` no more than five minutes in the future).
pub(super) fn expiry(statement: &Statement, now: UnixSeconds) -> Result<UnixSeconds, OAuthError> {
    let leeway = CLOCK_LEEWAY.as_secs();
    let exp = statement.seconds("exp")?.ok_or_else(|| {
        refuse("assertion_claims", "the claim exp must be there, as a whole number of seconds.")
    })?;
    if exp.saturating_add(leeway) <= now.0 {
        let ago = now.0 - exp;
        return Err(refuse("assertion_expired", format!("exp is {ago} s past by our clock.")));
    }
    let ahead = exp.saturating_sub(now.0);
    if ahead > MAX_AHEAD + leeway {
        let sentence = format!("exp is {ahead} s ahead; at most {MAX_AHEAD} s is allowed.");
        return Err(refuse("assertion_exp_far", sentence));
    }
    Ok(UnixSeconds(exp))
}

/// Source: RFC 7523 §3, item 5.
fn not_before(statement: &Statement, now: UnixSeconds) -> Result<(), OAuthError> {
    not_ahead("nbf", statement.seconds("nbf")?, now)
}

/// Source: RFC 7523 §3, item 6 (an unreasonable `iat` may be refused).
fn issued_at(statement: &Statement, now: UnixSeconds) -> Result<(), OAuthError> {
    let iat = statement.seconds("iat")?;
    not_ahead("iat", iat, now)?;
    let ago = iat.map_or(0, |iat| now.0.saturating_sub(iat));
    if ago > MAX_AGE {
        let sentence = format!("iat is {ago} s ago by our clock; at most {MAX_AGE} s is allowed.");
        return Err(refuse("assertion_iat_old", sentence));
    }
    Ok(())
}

fn not_ahead(name: &str, moment: Option<u64>, now: UnixSeconds) -> Result<(), OAuthError> {
    let (ahead, leeway) = (moment.unwrap_or_default().saturating_sub(now.0), CLOCK_LEEWAY.as_secs());
    if ahead > leeway {
        let sentence = format!("{name} is {ahead} s ahead of our clock; at most {leeway} s is allowed.");
        return Err(refuse("assertion_not_yet", sentence));
    }
    Ok(())
}

/// Whether it was seen before is known only when it is spent.
///
/// Source: RFC 7523 §3, item 7; SMART App Launch 2.2 (`jti` is required).
pub(super) fn jti(statement: &Statement) -> Result<&str, OAuthError> {
    let jti = statement.text("jti")?;
    if jti.is_empty() || jti.len() > MAX_NAME {
        return Err(refuse("assertion_jti", "jti must be a text of 1 to 256 bytes."));
    }
    Ok(jti)
}
