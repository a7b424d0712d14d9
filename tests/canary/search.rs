//! What must not get out, and how it is found in any form.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use serde_json::Value;

use crate::support::{Answer, Browser, Page, parameter, service};

/// Something that pages of ours carry to and fro, and no other answer but the one that gives it.
pub(super) const OF_PAGES: usize = usize::MAX;

/// Something that must not get out.
pub(super) struct Secret {
    pub(super) what: &'static str,
    pub(super) text: String,
    /// In how many answers it may stand: in the one that gives it.
    pub(super) answers: usize,
}

/// All that must not get out, noted as it comes up.
#[derive(Default)]
pub(super) struct Canaries(pub(super) Vec<Secret>);

impl Canaries {
    pub(super) fn given(&mut self, what: &'static str, text: &str) {
        self.note(what, text, 0);
    }

    /// Noted again when it is the same.
    pub(super) fn note(&mut self, what: &'static str, text: &str, answers: usize) {
        assert!(text.len() >= 4, "{what} is too short to be searched for: {text}");
        if !self.0.iter().any(|known| known.text == text) {
            self.0.push(Secret { what, text: text.to_owned(), answers });
        }
    }

    /// The tokens in an answer, and where its patient is.
    pub(super) fn tokens(&mut self, answer: &Answer) -> Value {
        assert_eq!(answer.status, 200, "{}", answer.text);
        let body = answer.json();
        for what in ["access_token", "refresh_token", "id_token"] {
            if let Some(token) = body[what].as_str() {
                self.note(what, token, 1);
                let signature = token.rsplit('.').next().unwrap();
                self.note("the end of a token", signature, 1);
            }
        }
        body
    }

    /// What a page and the browser carry for us.
    pub(super) fn page(&mut self, page: &Page, browser: &Browser) {
        for (name, value) in page.fields() {
            if ["csrf", "grant"].contains(&name.as_str()) {
                self.note("a form's field", &value, OF_PAGES);
            }
        }
        let action = url::Url::parse(&service().at(&page.action())).unwrap();
        if let Some(step) = parameter(&action, "step").filter(|step| !step.is_empty()) {
            self.note("a step", &step, OF_PAGES);
        }
        for value in browser.cookies.values() {
            self.given("a cookie", value);
        }
    }

    /// Every secret that stands in a text in any form.
    pub(super) fn found_in(&self, text: &str) -> Vec<String> {
        let there = |secret: &&Secret| forms(&secret.text).iter().any(|form| text.contains(form));
        self.0.iter().filter(there).map(|secret| format!("{}: {}", secret.what, secret.text)).collect()
    }
}

/// How a text can stand somewhere: as it is, in hexadecimal, in a URL, and in base64 wherever it begins in it.
pub(super) fn forms(text: &str) -> Vec<String> {
    let hex: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
    let in_url = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
    let mut forms = vec![text.to_owned(), hex.to_uppercase(), hex, in_url];
    for shift in 0..3 {
        let bytes = [&vec![0; shift][..], text.as_bytes()].concat();
        // Without the characters that what stands around it has a part in.
        let (from, to) = ((shift * 8).div_ceil(6), bytes.len() * 8 / 6);
        forms.extend(
            [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD].map(|base64| base64.encode(&bytes)[from..to].to_owned()),
        );
    }
    forms
}

#[test]
fn the_search_finds_a_canary_in_every_form() {
    let mut canaries = Canaries::default();
    canaries.given("a password", "c/n+ry");
    let encoded = |text: &str| STANDARD_NO_PAD.encode(text);
    for carrier in [
        "x c/n+ry".to_owned(),
        "632f6e2b7279".to_owned(),
        "632F6E2B7279".to_owned(),
        "a=c%2Fn%2Bry".to_owned(),
        encoded("c/n+ry"),
        encoded("app:c/n+ry"),
        encoded("my-app:c/n+ry and more"),
        URL_SAFE_NO_PAD.encode(r#"{"it":"c/n+ry"}"#),
    ] {
        assert_eq!(canaries.found_in(&carrier).len(), 1, "{carrier}");
    }
    assert_eq!(canaries.found_in("canary c/n"), Vec::<String>::new());
}
