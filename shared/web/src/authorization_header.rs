//! The Authorization header: HTTP Basic of a client, or a bearer token.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, header};
use percent_encoding::percent_decode_str;
use smart::client_auth::{Authorization, Basic, Credentials};

/// The longest header that is read as HTTP Basic: 4 KiB.
const MAX_LENGTH: usize = 4096;

/// Reads what authenticates a client, in addition to the parameters of its request.
///
/// Id and secret are form-decoded, as the standard says. Ours are issued in characters that no encoding changes, so
/// clients that do not encode are understood as well.
///
/// Source: RFC 6749 §2.3.1; RFC 7617 §2.
pub fn credentials(headers: &HeaderMap) -> Credentials {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let authorization = match (values.next(), values.next()) {
        (None, _) => Authorization::Absent,
        (Some(value), None) if value.len() <= MAX_LENGTH => {
            let basic = value.to_str().ok().and_then(parse_basic);
            basic.map_or(Authorization::Unreadable, Authorization::Basic)
        }
        (Some(_), _) => Authorization::Unreadable,
    };
    Credentials { authorization }
}

fn parse_basic(value: &str) -> Option<Basic> {
    let (scheme, credentials) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = String::from_utf8(STANDARD.decode(credentials.trim_start_matches(' ')).ok()?).ok()?;
    let (client_id, secret) = pair.split_once(':')?;
    let form_decoded = |text: &str| {
        let spaced = text.replace('+', " ");
        percent_decode_str(&spaced).decode_utf8().ok().map(std::borrow::Cow::into_owned)
    };
    let basic = Basic { client_id: form_decoded(client_id)?, secret: form_decoded(secret)? };
    let clean = |text: &str| !text.is_empty() && !text.chars().any(char::is_control);
    (clean(&basic.client_id) && clean(&basic.secret)).then_some(basic)
}

/// Reads a bearer token: `None` without an Authorization header, `Some(None)` with one that is no bearer token.
///
/// Source: RFC 6750 §2.1.
pub fn bearer(headers: &HeaderMap) -> Option<Option<&str>> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let value = values.next()?;
    if values.next().is_some() {
        return Some(None);
    }
    let token = value.to_str().ok().and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    });
    Some(token.filter(|token| !token.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(value: &str) -> HeaderMap {
        HeaderMap::from_iter([(header::AUTHORIZATION, value.parse().unwrap())])
    }

    fn basic(headers: &HeaderMap) -> Basic {
        match credentials(headers).authorization {
            Authorization::Basic(basic) => basic,
            other => panic!("{other:?}"),
        }
    }

    fn is_unreadable(headers: &HeaderMap) -> bool {
        matches!(credentials(headers).authorization, Authorization::Unreadable)
    }

    #[test]
    fn the_example_of_rfc_6749_is_read() {
        let read = basic(&header("Basic czZCaGRSa3F0MzpnWDFmQmF0M2JW"));
        assert_eq!((read.client_id.as_str(), read.secret.as_str()), ("s6BhdRkqt3", "gX1fBat3bV"));
    }

    #[test]
    fn k04_ca_3_an_encoded_pair_and_a_raw_one_read_the_same() {
        for pair in ["my-app:a_b-c", "my%2Dapp:a%5Fb%2Dc"] {
            let read = basic(&header(&format!("Basic {}", STANDARD.encode(pair))));
            assert_eq!((read.client_id.as_str(), read.secret.as_str()), ("my-app", "a_b-c"));
        }
    }

    #[test]
    fn k03_what_is_not_readable_basic_is_no_credential() {
        for value in ["Basic", "Basic !!!", "Basic bm9jb2xvbg==", "Basic YTo=", "Bearer abc", "Basic YTpi="] {
            assert!(is_unreadable(&header(value)), "{value}");
        }
        let mut two = header("Basic YTpi");
        two.append(header::AUTHORIZATION, "Basic YTpi".parse().unwrap());
        assert!(is_unreadable(&two));
        assert!(matches!(credentials(&HeaderMap::new()).authorization, Authorization::Absent));
    }

    #[test]
    fn a_bearer_token_is_read_whatever_the_case_of_the_scheme() {
        assert_eq!(bearer(&header("bEARER abc")), Some(Some("abc")));
        assert_eq!(bearer(&header("Basic abc")), Some(None));
    }
}
