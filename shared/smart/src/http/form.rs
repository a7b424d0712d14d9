//! Form bodies and query strings, read strictly: each parameter once, decoded once, or the request is refused.

use std::fmt;

use http::{HeaderMap, header};
use percent_encoding::percent_decode_str;

use super::Request;
use crate::error::{ErrorCode, OAuthError};

/// The largest form body that is read: 64 KiB.
const MAX_BODY: usize = 64 * 1024;

/// How many parameters a form may hold.
const MAX_PARAMETERS: usize = 1000;

/// Parameters in the order they came, decoded. What has no value counts as not sent.
///
/// Source: RFC 6749 §3.1 and §3.2; Appendix B (encoding).
pub struct Form(Vec<(String, String)>);

impl fmt::Debug for Form {
    /// The names alone: values are codes, secrets and passwords.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

impl Form {
    /// Reads the body of a POST to an OAuth endpoint. Parameters in the query are refused: secrets would stand in logs.
    ///
    /// # Errors
    /// `invalid_request` (413 for a body over 64 KiB).
    pub fn parse(request: &Request) -> Result<Self, OAuthError> {
        if request.uri().query().is_some_and(|query| !query.is_empty()) {
            let sentence = "send the parameters in the body, not in the query of the URL.";
            return Err(ErrorCode::InvalidRequest.because("parameters_in_query", sentence));
        }
        Self::body(request)
    }

    /// Reads the body of a POST, whatever the query says.
    ///
    /// # Errors
    /// As [`Form::parse`].
    pub fn body(request: &Request) -> Result<Self, OAuthError> {
        if request.body().len() > MAX_BODY {
            return Err(ErrorCode::TooLarge.because("body_too_large", "the body is larger than 64 KiB."));
        }
        if !is_form(request.headers()) {
            let sentence = "send the body as application/x-www-form-urlencoded.";
            return Err(ErrorCode::InvalidRequest.because("content_type", sentence));
        }
        let malformed =
            || ErrorCode::InvalidRequest.because("body_malformed", "the body is not a form in UTF-8.");
        std::str::from_utf8(request.body()).ok().and_then(Self::decode).ok_or_else(malformed)
    }

    /// Reads a query string.
    ///
    /// # Errors
    /// `invalid_request` when it is not a form in UTF-8.
    pub fn query(query: &str) -> Result<Self, OAuthError> {
        let sentence = "the query is not percent-encoded UTF-8.";
        Self::decode(query).ok_or_else(|| ErrorCode::InvalidRequest.because("query_malformed", sentence))
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
        let missing =
            || ErrorCode::InvalidRequest.because("parameter_missing", format!("{name} is missing."));
        self.get(name)?.ok_or_else(missing)
    }

    /// Whether every named parameter came once at most.
    ///
    /// # Errors
    /// `invalid_request` for the first that came twice.
    pub fn each_once(&self, names: &[&'static str]) -> Result<(), OAuthError> {
        names.iter().try_for_each(|name| self.get(name).map(drop))
    }
}

fn is_form(headers: &HeaderMap) -> bool {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = value.split(';').next().unwrap_or_default();
    media_type.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded")
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
    use bytes::Bytes;

    use super::*;

    fn post(body: impl Into<Bytes>) -> Request {
        http::Request::post("/token")
            .header("content-type", "application/x-www-form-urlencoded; charset=utf-8")
            .body(body.into())
            .unwrap()
    }

    #[test]
    fn x04_a_value_is_decoded_exactly_once() {
        let form = Form::parse(&post("a=1+2%20%2B%252e&b=%C3%A4")).unwrap();
        assert_eq!(form.get("a").unwrap(), Some("1 2 +%2e"));
        assert_eq!(form.get("b").unwrap(), Some("ä"));
    }

    #[test]
    fn t04_what_is_not_a_form_is_refused() {
        for body in [&b"a=%zz"[..], b"a=%f", b"a=%", b"a=%ff", b"a=%00", b"\xff=1"] {
            let error = Form::parse(&post(body)).err().unwrap();
            assert_eq!(error.code(), ErrorCode::InvalidRequest, "{body:?}");
        }
        assert!(Form::parse(&post("a=1&".repeat(10_000))).is_err());
    }

    #[test]
    fn t05_a_parameter_twice_is_refused_whatever_its_values() {
        let form = Form::parse(&post("code=1&code=1&scope=")).unwrap();
        assert_eq!(form.get("code").err().unwrap().reason(), "parameter_twice");
    }

    #[test]
    fn t10_an_empty_value_counts_as_missing() {
        let form = Form::parse(&post("code=&x")).unwrap();
        assert_eq!(form.required("code").err().unwrap().reason(), "parameter_missing");
    }

    #[test]
    fn t02_t03_t06_other_bodies_large_bodies_and_queries_are_refused() {
        let json =
            http::Request::post("/token").header("content-type", "application/json").body(Bytes::new());
        assert_eq!(Form::parse(&json.unwrap()).err().unwrap().reason(), "content_type");
        let large = Form::parse(&post(vec![b'a'; MAX_BODY + 1])).err().unwrap();
        assert_eq!(large.code().wire().1, http::StatusCode::PAYLOAD_TOO_LARGE);
        let mut query = post("a=1");
        *query.uri_mut() = "/token?client_secret=x".parse().unwrap();
        assert_eq!(Form::parse(&query).err().unwrap().reason(), "parameters_in_query");
    }
}
