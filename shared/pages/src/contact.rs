//! Whom people turn to: an e-mail address or a page.

use std::str::FromStr;

use url::Url;

/// Whom people turn to when something does not work.
///
/// ```
/// use pages::contact::Contact;
///
/// let contact: Contact = "help@example.org".parse()?;
/// assert_eq!((contact.href().as_str(), contact.text().as_str()), ("mailto:help@example.org", "help@example.org"));
/// assert!("javascript:alert(1)".parse::<Contact>().is_err());
/// # Ok::<(), pages::contact::NotAContact>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Contact {
    /// An e-mail address of plain letters.
    Email(String),
    /// A page, always https.
    Page(Url),
}

/// The text is neither.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the contact {0:?} is neither an e-mail address nor an https URL")]
pub struct NotAContact(String);

impl FromStr for Contact {
    type Err = NotAContact;

    fn from_str(text: &str) -> Result<Self, NotAContact> {
        if is_email(text) {
            return Ok(Self::Email(text.to_owned()));
        }
        let url = Url::parse(text).ok().filter(|url| url.scheme() == "https" && url.username().is_empty());
        url.map(Self::Page).ok_or_else(|| NotAContact(text.to_owned()))
    }
}

/// Only letters that a `mailto:` URL holds as they are.
fn is_email(text: &str) -> bool {
    let made_of = |part: &str, also: &[u8]| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || also.contains(&byte))
    };
    text.split_once('@').is_some_and(|(person, host)| {
        made_of(person, b"._+-") && made_of(host, b".-") && host.contains('.') && !host.starts_with('.')
    })
}

impl Contact {
    /// Where a link to it leads.
    pub fn href(&self) -> String {
        match self {
            Self::Email(address) => format!("mailto:{address}"),
            Self::Page(url) => url.to_string(),
        }
    }

    /// What the link says: the address without its scheme.
    pub fn text(&self) -> String {
        match self {
            Self::Email(address) => address.clone(),
            Self::Page(url) => url.as_str().trim_start_matches("https://").trim_end_matches('/').to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_and_a_page_have_their_links() {
        let table = [
            ("help+me@a.example.org", "mailto:help+me@a.example.org", "help+me@a.example.org"),
            ("https://example.org/help", "https://example.org/help", "example.org/help"),
            ("https://example.org", "https://example.org/", "example.org"),
        ];
        for (text, href, says) in table {
            let contact: Contact = text.parse().unwrap();
            assert_eq!((contact.href().as_str(), contact.text().as_str()), (href, says));
        }
    }

    #[test]
    fn nothing_else_is_a_contact() {
        for text in [
            "",
            "help",
            "help@",
            "@example.org",
            "help@localhost",
            "help@.org",
            "a@b@c.org",
            "a?cc=x@example.org",
            "http://example.org/",
            "javascript:alert(1)",
            "https://a@example.org/",
            "mailto:help@example.org",
        ] {
            assert_eq!(text.parse::<Contact>(), Err(NotAContact(text.to_owned())), "{text}");
        }
    }
}
