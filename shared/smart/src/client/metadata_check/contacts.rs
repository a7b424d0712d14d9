//! Whom to write to, and where to read on.

use url::Url;

use super::{Reader, is_deceiving};
use crate::client::is_loopback;

impl Reader<'_> {
    pub(super) fn contacts(&mut self) -> Vec<String> {
        let Some(value) = self.get("contacts") else {
            return Vec::new();
        };
        let contacts: Vec<String> = serde_json::from_value(value.clone()).unwrap_or_default();
        let readable = |contact: &String| contact.len() <= 254 && !contact.chars().any(is_deceiving);
        if contacts.is_empty() || contacts.len() > 10 || !contacts.iter().all(readable) {
            self.fault("/contacts", "must be a list of at most 10 addresses.");
        }
        contacts
    }

    pub(super) fn web_page(&mut self, name: &str) -> Option<String> {
        let text = self.text(name)?;
        let page = Url::parse(text)
            .is_ok_and(|url| url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url)));
        if !page || text.len() > 2000 || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            self.fault(format!("/{name}"), "must be an https address.");
        }
        Some(text.to_owned())
    }
}
