//! Where an app may be answered.

use std::fmt;
use std::net::Ipv4Addr;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use url::{Host, Url};

/// The longest redirect URI that is registered.
const MAX_LENGTH: usize = 2000;

/// A complete address that an app registered, compared byte for byte: https, http on loopback, or the private scheme
/// of a native app in reverse domain form.
///
/// Source: RFC 9700 §2.1 and §4.1.3; RFC 8252 §7.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RedirectUri(String);

/// Why an address is not registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RedirectUriRefused {
    /// Not a complete URI.
    #[error("is not a complete URI of printable ASCII characters, or is longer than 2000")]
    NotAUri,
    /// Plain http to another machine.
    #[error("uses http; http is allowed only for localhost and 127.0.0.1, use https")]
    Http,
    /// A fragment.
    #[error("has a fragment; remove the part after #")]
    Fragment,
    /// A wildcard.
    #[error("has a wildcard; list each address")]
    Wildcard,
    /// A user name or password.
    #[error("has a user name or password before the host")]
    UserInfo,
    /// Steps through the path.
    #[error("has . or .. steps, a backslash or an empty host in it")]
    Steps,
    /// A scheme that runs code, or one without a dot.
    #[error(
        "has a scheme that is not https and not a private one in reverse domain form, such as com.example.app"
    )]
    Scheme,
}

impl RedirectUri {
    /// The address as registered.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address, taken apart.
    ///
    /// # Panics
    /// Never: only what parses is registered.
    pub fn url(&self) -> Url {
        Url::parse(&self.0).expect("a redirect URI is a URL since it was registered")
    }

    /// The origin of its pages, if it has one.
    pub fn origin(&self) -> Option<String> {
        let origin = self.url().origin();
        origin.is_tuple().then(|| origin.ascii_serialization())
    }

    /// Whether a request's address is this one: the same bytes, or the same but for the port of a native app that
    /// listens on 127.0.0.1 or \[::1\] and learns its port late.
    ///
    /// Source: RFC 8252 §7.3.
    pub fn matches(&self, asked: &str) -> bool {
        asked == self.0 || self.matches_on_another_port(asked)
    }

    fn matches_on_another_port(&self, asked: &str) -> bool {
        let registered = self.url();
        let is_loopback_ip = matches!(registered.host(), Some(Host::Ipv4(_) | Host::Ipv6(_)));
        if registered.scheme() != "http" || !is_loopback_ip {
            return false;
        }
        without_port(&self.0).is_some_and(|own| without_port(asked) == Some(own))
    }
}

/// `http://127.0.0.1:8080/cb` without its port, in two parts that stand as they were written.
fn without_port(text: &str) -> Option<(&str, &str)> {
    let rest = text.strip_prefix("http://")?;
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if !host.ends_with(':') && !authority.ends_with(']') => {
            let is_port =
                !port.is_empty() && port.len() <= 5 && port.bytes().all(|byte| byte.is_ascii_digit());
            if !is_port {
                return None;
            }
            host
        }
        _ => authority,
    };
    Some((host, path))
}

/// Whether a URL stays on the machine: 127.0.0.1, \[::1\] or localhost.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address == Ipv4Addr::LOCALHOST,
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

impl FromStr for RedirectUri {
    type Err = RedirectUriRefused;

    fn from_str(text: &str) -> Result<Self, RedirectUriRefused> {
        let printable = text.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"<>`{|}^".contains(&byte));
        if text.is_empty() || text.len() > MAX_LENGTH || !printable {
            return Err(RedirectUriRefused::NotAUri);
        }
        let url = Url::parse(text).map_err(|_| RedirectUriRefused::NotAUri)?;
        if text.contains('#') {
            return Err(RedirectUriRefused::Fragment);
        }
        if text.contains('*') {
            return Err(RedirectUriRefused::Wildcard);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(RedirectUriRefused::UserInfo);
        }
        if text.contains('\\') || has_steps(text) {
            return Err(RedirectUriRefused::Steps);
        }
        check_scheme(&url, text)?;
        Ok(Self(text.to_owned()))
    }
}

fn has_steps(text: &str) -> bool {
    let lower = text.split('?').next().unwrap_or_default().to_ascii_lowercase().replace("%2e", ".");
    lower.split(['/', ';']).any(|segment| segment == "." || segment == "..")
}

fn check_scheme(url: &Url, text: &str) -> Result<(), RedirectUriRefused> {
    match url.scheme() {
        "https" | "http" if !has_authority(text) => Err(RedirectUriRefused::Steps),
        "https" => Ok(()),
        "http" if is_loopback(url) => Ok(()),
        "http" => Err(RedirectUriRefused::Http),
        private if private.contains('.') && text.starts_with(private) => Ok(()),
        _ => Err(RedirectUriRefused::Scheme),
    }
}

/// Whether the scheme stands as we write it, followed by `//` and a host: URL parsers forgive what we do not.
fn has_authority(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with(['/', '?', ':']))
}

impl TryFrom<String> for RedirectUri {
    type Error = RedirectUriRefused;

    fn try_from(text: String) -> Result<Self, RedirectUriRefused> {
        text.parse()
    }
}

impl From<RedirectUri> for String {
    fn from(uri: RedirectUri) -> Self {
        uri.0
    }
}

impl fmt::Display for RedirectUri {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> RedirectUriRefused {
        text.parse::<RedirectUri>().expect_err(text)
    }

    #[test]
    fn rg_8_https_loopback_and_private_schemes_are_registered() {
        for text in [
            "https://app.example.org/cb",
            "https://app.example.org/cb?x=1",
            "http://localhost:3000/",
            "http://127.0.0.1/cb",
            "http://[::1]:8080/cb",
            "com.example.app:/cb",
        ] {
            assert_eq!(text.parse::<RedirectUri>().map(String::from).as_deref(), Ok(text));
        }
    }

    #[test]
    fn g03_g04_addresses_that_leak_a_code_are_refused() {
        assert_eq!(refused("http://app.example.org/cb"), RedirectUriRefused::Http);
        assert_eq!(refused("http://127.0.0.2/cb"), RedirectUriRefused::Http);
        assert_eq!(refused("https://app.example.org/cb#x"), RedirectUriRefused::Fragment);
        assert_eq!(refused("https://*.example.org/cb"), RedirectUriRefused::Wildcard);
        assert_eq!(refused("https://user@app.example.org/cb"), RedirectUriRefused::UserInfo);
        assert_eq!(refused("https://app.example.org/a/../cb"), RedirectUriRefused::Steps);
        assert_eq!(refused("https://app.example.org/%2e%2E/cb"), RedirectUriRefused::Steps);
        assert_eq!(refused("https://app.example.org\\@evil.example"), RedirectUriRefused::Steps);
        assert_eq!(refused("https:/app.example.org/cb"), RedirectUriRefused::Steps);
        for text in [
            "/cb",
            "app.example.org/cb",
            " https://app.example.org/cb",
            "https://app.example.org/c b",
            "https://app.example.org/\u{1}",
        ] {
            assert_eq!(refused(text), RedirectUriRefused::NotAUri, "{text}");
        }
        for text in [
            "JaVaScRiPt:alert(1)",
            "data:text/html,x",
            "vbscript:x",
            "file:///etc/passwd",
            "blob:https://x/1",
            "myapp:/cb",
        ] {
            assert_eq!(refused(text), RedirectUriRefused::Scheme, "{text}");
        }
    }

    #[test]
    fn az_4_a05_only_the_same_bytes_match() {
        let uri: RedirectUri = "https://app.example.org/cb".parse().unwrap();
        assert!(uri.matches("https://app.example.org/cb"));
        for near in [
            "https://app.example.org/cb/",
            "https://app.example.org/cb?x=1",
            "https://app.example.org/cb#f",
            "https://APP.example.org/cb",
            "https://app.example.org/CB",
            "https://app.example.org/%63b",
            "https://app.example.org/./cb",
            "https://app.example.org/x/../cb",
            "https://app.example.org/..;/cb",
            "https://app.example.org/%2e%2e/cb",
            "https://app.example.org.evil.test/cb",
            "https://app.example.org@evil.test/cb",
            "https://a@b@app.example.org/cb",
            "https://app.example.org\\@evil/cb",
            "https://app.example.org//evil",
            "//app.example.org/cb",
            "http://app.example.org/cb",
            "https://app.example.org:443/cb",
            "https://app.example.org:8443/cb",
            "https://app.example.org./cb",
            "https://app.example.org/cb ",
            " https://app.example.org/cb",
            "https://app.example.org/cb\0",
            "https://app.example.org/c\tb",
            "https://app.example.org/cb\r\n",
            "https://аpp.example.org/cb",
            "HTTPS://app.example.org/cb",
            "https:///app.example.org/cb",
            "https:app.example.org/cb",
            "https://app.example.org/cb;x",
            "https://app.example.org/cb%20",
            "https://app.example.org/cb&x",
            "https://sub.app.example.org/cb",
            "https://app.example.org",
            "https://app.example.org/",
            "https://app.example.org/c",
            "https://app.example.org/cbb",
            "app.example.org/cb",
            "https://app.example.org/cb?",
            "https://app.example.org/cb#",
            "",
        ] {
            assert!(!uri.matches(near), "{near:?}");
        }
    }

    #[test]
    fn a07_a_loopback_address_matches_on_any_port() {
        let uri: RedirectUri = "http://127.0.0.1/cb".parse().unwrap();
        assert!(uri.matches("http://127.0.0.1:51004/cb"));
        for other in [
            "http://localhost:51004/cb",
            "http://127.0.0.2:51004/cb",
            "http://[::1]:51004/cb",
            "http://127.0.0.1:51004/cb2",
            "http://127.0.0.1:/cb",
            "http://127.0.0.1:x/cb",
            "http://127.0.0.1:1@evil.test/cb",
            "https://127.0.0.1:51004/cb",
        ] {
            assert!(!uri.matches(other), "{other}");
        }
        let named: RedirectUri = "http://localhost/cb".parse().unwrap();
        assert!(!named.matches("http://localhost:51004/cb"));
        let six: RedirectUri = "http://[::1]/cb".parse().unwrap();
        assert!(six.matches("http://[::1]:51004/cb") && !six.matches("http://[::2]:51004/cb"));
    }

    #[test]
    fn a06_a_wildcard_in_an_old_record_is_refused_when_it_is_read() {
        assert!(serde_json::from_str::<RedirectUri>("\"https://*.example.org/\"").is_err());
    }
}
