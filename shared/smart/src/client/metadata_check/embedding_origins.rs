//! Which pages may frame an embedded launch.

use serde_json::Value;
use url::Url;

use super::Reader;
use crate::client::is_loopback;

/// How many origins an EHR may name.
const MAX_ORIGINS: usize = 10;

/// The longest origin: a host name of 253 bytes with its scheme and port fits.
const MAX_LENGTH: usize = 300;

impl Reader<'_> {
    pub(super) fn embedding_origins(&mut self) -> Vec<String> {
        let list = match self.get("embedding_origins") {
            None => return Vec::new(),
            Some(Value::Array(list)) if list.len() <= MAX_ORIGINS => list,
            Some(_) => {
                self.fault("/embedding_origins", format!("must be a list of at most {MAX_ORIGINS} origins."));
                return Vec::new();
            }
        };
        let mut origins = Vec::new();
        for (place, value) in list.iter().enumerate() {
            match value.as_str().filter(|text| is_origin(text)) {
                Some(origin) => origins.push(origin.to_owned()),
                None => self.fault(
                    format!("/embedding_origins/{place}"),
                    "must be an origin in lower case without a path or a default port, such as \
                     https://ehr.example.org; http is allowed only for localhost and 127.0.0.1.",
                ),
            }
        }
        origins
    }
}

/// Whether a text is a web origin as browsers serialize it: scheme, host and a port that is not the default one.
/// It will stand in `frame-ancestors`, whose grammar has no IPv6 address and ends at `;`.
///
/// Source: RFC 6454 §6.2; CSP Level 3 §2.3.1.
fn is_origin(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:/".contains(&byte);
    let web = |url: &Url| url.scheme() == "https" || (url.scheme() == "http" && is_loopback(url));
    text.len() <= MAX_LENGTH
        && text.bytes().all(plain)
        && Url::parse(text).is_ok_and(|url| web(&url) && url.origin().ascii_serialization() == text)
}
