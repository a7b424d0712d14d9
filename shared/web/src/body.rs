//! Form bodies of requests.

use http::{HeaderMap, header};
use smart::error::{ErrorCode, OAuthError};
use smart::parameters::Parameters;

use crate::Request;

/// The largest form body that is read: 64 KiB.
const MAX_BODY: usize = 64 * 1024;

/// Reads the body of a POST to an OAuth endpoint. Parameters in the query are refused, because secrets would appear in logs.
///
/// # Errors
/// `invalid_request` (413 for a body over 64 KiB).
pub fn parameters(request: &Request) -> Result<Parameters, OAuthError> {
    if request.uri().query().is_some_and(|query| !query.is_empty()) {
        let sentence = "send the parameters in the body, not in the query of the URL.";
        return Err(ErrorCode::InvalidRequest.because("parameters_in_query", sentence));
    }
    form(request)
}

/// Reads the body of a POST, whatever the query says.
///
/// # Errors
/// As [`parameters`].
pub fn form(request: &Request) -> Result<Parameters, OAuthError> {
    if request.body().len() > MAX_BODY {
        return Err(ErrorCode::TooLarge.because("body_too_large", "the body is larger than 64 KiB."));
    }
    if !is_form(request.headers()) {
        let sentence = "send the body as application/x-www-form-urlencoded.";
        return Err(ErrorCode::InvalidRequest.because("content_type", sentence));
    }
    Parameters::form(request.body())
}

fn is_form(headers: &HeaderMap) -> bool {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = value.split(';').next().unwrap_or_default();
    media_type.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded")
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
    fn t02_t03_t06_other_bodies_large_bodies_and_queries_are_refused() {
        let json =
            http::Request::post("/token").header("content-type", "application/json").body(Bytes::new());
        assert_eq!(parameters(&json.unwrap()).err().unwrap().reason(), "content_type");
        let large = parameters(&post(vec![b'a'; MAX_BODY + 1])).err().unwrap();
        assert_eq!(large.code().wire().1, http::StatusCode::PAYLOAD_TOO_LARGE);
        let mut query = post("a=1");
        assert_eq!(parameters(&query).unwrap().get("a").unwrap(), Some("1"));
        *query.uri_mut() = "/token?client_secret=x".parse().unwrap();
        assert_eq!(parameters(&query).err().unwrap().reason(), "parameters_in_query");
    }
}
