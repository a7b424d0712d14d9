//! The parameters of a form or query, read strictly: each parameter once, decoded once, or the request is refused.

use std::fmt;

use percent_encoding::percent_decode_str;

use crate::error::{ErrorCode, OAuthError};

/// How many parameters a form may hold.
const MAX_PARAMETERS: usize = 1000;

/// Parameters in the order they came, decoded. What has no value counts as not sent.
///
/// Source: RFC 6749 §3.1 and §3.2; Appendix B (encoding).
pub struct Parameters(Vec<(String, String)>);

impl fmt::Debug for Parameters {
    /// The names alone: values are codes, secrets and passwords.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

impl Parameters {
    /// Reads a query string.
    ///
    /// # Errors
    /// `invalid_request` when it is not a form in UTF-8.
    pub fn query(query: &str) -> Result<Self, OAuthError> {
        let sentence = "the query is not percent-encoded UTF-8.";
        Self::decode(query).ok_or_else(|| ErrorCode::InvalidRequest.because("query_malformed", sentence))
    }

    /// Reads the body of a form.
    ///
    /// # Errors
    /// `invalid_request` when it is not a form in UTF-8.
    pub fn form(body: &[u8]) -> Result<Self, OAuthError> {
        let malformed =
            || ErrorCode::InvalidRequest.because("body_malformed", "the body is not a form in UTF-8.");
        std::str::from_utf8(body).ok().and_then(Self::decode).ok_or_else(malformed)
    }

    fn decode(text: &str) -> Option<Self> {
        let pairs = text.split('&').filter(|pair| !pair.is_empty());
        let decoded: Option<Vec<_>> = pairs
            .map(|pair| {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                Some((decode(name)?, decode(value)?))
            })
            .collect();
        let decoded = decoded?;
        (decoded.len() <= MAX_PARAMETERS).then_some(Self(decoded))
    }

    /// All parameters, in the order they came.
    pub fn pairs(&self) -> &[(String, String)] {
        &self.0
    }

    /// All values of a parameter that may come several times, such as a checkbox.
    pub fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The value of a parameter, if it was sent.
    ///
    /// # Errors
    /// `invalid_request` when it was sent twice, with whatever values.
    pub fn get(&self, name: &'static str) -> Result<Option<&str>, OAuthError> {
        let mut values = self.all(name);
        let first = values.next();
        if values.next().is_some() {
            return Err(
                ErrorCode::InvalidRequest.because("parameter_twice", format!("{name} was sent twice."))
            );
        }
        Ok(first.filter(|value| !value.is_empty()))
    }

    /// The value of a parameter that must be sent.
    ///
    /// # Errors
    /// `invalid_request` when it is missing, empty or sent twice.
    pub fn required(&self, name: &'static str) -> Result<&str, OAuthError> {
        self.get(name)?.ok_or_else(|| Self::missing(name))
    }

    /// The error for a parameter that must be sent, and was not.
    pub fn missing(name: &'static str) -> OAuthError {
        ErrorCode::InvalidRequest.because("parameter_missing", format!("{name} is missing."))
    }

    /// Whether every named parameter came once at most.
    ///
    /// # Errors
    /// `invalid_request` for the first that came twice.
    pub fn each_once(&self, names: &[&'static str]) -> Result<(), OAuthError> {
        names.iter().try_for_each(|name| self.get(name).map(drop))
    }
}

/// Decodes one name or value: `+` is a space, `%XX` a byte, and all of it UTF-8 without NUL.
fn decode(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let whole = |place: usize| {
        bytes.get(place + 1..place + 3).is_some_and(|two| two.iter().all(u8::is_ascii_hexdigit))
    };
    if bytes.iter().enumerate().any(|(place, byte)| *byte == b'%' && !whole(place)) {
        return None;
    }
    let spaced = text.replace('+', " ");
    let decoded = percent_decode_str(&spaced).decode_utf8().ok()?.into_owned();
    (!decoded.contains('\0')).then_some(decoded)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(body: impl AsRef<[u8]>) -> Result<Parameters, OAuthError> {
        Parameters::form(body.as_ref())
    }

    #[test]
    fn x04_a_value_is_decoded_exactly_once() {
        let form = form("a=1+2%20%2B%252e&b=%C3%A4").unwrap();
        assert_eq!(form.get("a").unwrap(), Some("1 2 +%2e"));
        assert_eq!(form.get("b").unwrap(), Some("ä"));
    }

    #[test]
    fn t04_what_is_not_a_form_is_refused() {
        for body in [&b"a=%zz"[..], b"a=%f", b"a=%", b"a=%ff", b"a=%00", b"\xff=1"] {
            let error = form(body).err().unwrap();
            assert_eq!(error.code(), ErrorCode::InvalidRequest, "{body:?}");
        }
        assert!(form("a=1&".repeat(10_000)).is_err());
    }

    #[test]
    fn t05_a_parameter_twice_is_refused_whatever_its_values() {
        let form = form("code=1&code=1&scope=").unwrap();
        assert_eq!(form.get("code").err().unwrap().reason(), "parameter_twice");
    }

    #[test]
    fn t10_an_empty_value_counts_as_missing() {
        let form = form("code=&x").unwrap();
        assert_eq!(form.required("code").err().unwrap().reason(), "parameter_missing");
    }
}
