//! What all pages share: the frame around them, their forms, and how they become an answer.

use std::fmt;

use askama::Template;
use bytes::Bytes;
use http::StatusCode;
use web::Response;
use web::browser::headers::{self, FormAction, Framing};

use crate::contact::{Contact, NotAContact};
use crate::look::{Dressed, Look, LookError};

/// Where a page is shown: facts of the deployment, the same for every page.
#[derive(Clone, Debug)]
pub struct Site {
    /// Who runs this service; people are asked to sign in to it.
    pub organisation: String,
    /// Whether this is a test server with invented data, which every page then says.
    pub sandbox: bool,
    /// Whether the issuer is https, so that browsers may be told to use nothing else.
    pub https: bool,
    /// Whom people turn to, at the foot of every page.
    pub contact: Option<Contact>,
    look: Option<Dressed>,
}

impl Site {
    /// The site of an issuer.
    pub fn new(organisation: impl Into<String>, sandbox: bool, issuer: &str) -> Self {
        let https = issuer.starts_with("https://");
        Self { organisation: organisation.into(), sandbox, https, contact: None, look: None }
    }

    /// Says on every page whom to turn to.
    #[must_use]
    pub fn with_contact(self, contact: Contact) -> Self {
        Self { contact: Some(contact), ..self }
    }

    /// Gives the pages the organisation's colour and logo.
    ///
    /// # Errors
    /// When the colour is none or too light to hold white text, or the logo is no SVG file or too large.
    pub fn with_look(self, look: Look) -> Result<Self, LookError> {
        Ok(Self { look: Some(look.dress()?), ..self })
    }

    /// The site as settings describe it; an empty one is not made.
    ///
    /// # Errors
    /// What is wrong with the first that is no good.
    pub fn with_settings(self, contact: &str, accent: &str, logo_svg: &str) -> Result<Self, SiteRefused> {
        let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let look = Look { accent: given(accent), logo_svg: given(logo_svg) };
        let site =
            if look.accent.is_some() || look.logo_svg.is_some() { self.with_look(look)? } else { self };
        match given(contact) {
            Some(contact) => Ok(site.with_contact(contact.parse()?)),
            None => Ok(site),
        }
    }

    /// The text of `/assets/site.css`, if a colour was chosen: pages then load it after their own style sheet.
    pub fn stylesheet(&self) -> Option<&str> {
        self.look.as_ref().and_then(|look| look.stylesheet.as_deref())
    }

    /// The bytes of `/assets/logo.svg`, if there is a logo.
    pub(crate) fn logo(&self) -> Option<&Bytes> {
        self.look.as_ref().and_then(|look| look.logo.as_ref())
    }

    /// The content type and bytes of `site.css` or `logo.svg` below `/assets/`; nothing for any other name and for what
    /// was not chosen. The answer carries [`crate::look::CACHE_CONTROL`] and, for the logo, must carry
    /// [`crate::look::LOGO_POLICY`]: `default-src 'none'; sandbox`.
    pub fn asset(&self, name: &str) -> Option<(&'static str, Bytes)> {
        match name {
            "site.css" => Some(("text/css; charset=utf-8", self.stylesheet()?.to_owned().into())),
            "logo.svg" => Some(("image/svg+xml", self.logo()?.clone())),
            _ => None,
        }
    }
}

/// Settings of which no site can be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SiteRefused {
    /// The colour or the logo.
    #[error(transparent)]
    Look(#[from] LookError),
    /// Whom people turn to.
    #[error(transparent)]
    Contact(#[from] NotAContact),
}

/// A form that changes something: sent by POST, with a token against forgery.
#[derive(Clone)]
pub struct Form {
    /// Where it is sent.
    pub action: String,
    /// The token made by [`web::browser::csrf::token`]; the field is called `csrf`.
    pub csrf: String,
    /// Hidden fields that come back as they are: name and value.
    pub hidden: Vec<(String, String)>,
}

impl fmt::Debug for Form {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Form(redacted)")
    }
}

/// Who is signed in, as pages after sign-in say it.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The name that is shown.
    pub name: String,
    /// Where somebody else goes to sign in instead.
    pub switch_url: Option<String>,
}

/// An app's name, which its developer chose, and the host of its home page if it has one.
#[derive(Clone, Debug)]
pub struct AppName {
    /// The name as registered.
    pub name: String,
    /// The host of its home page, shown as plain text and never as a link.
    pub host: Option<String>,
}

/// A page: plain values that become HTML.
pub trait Page {
    /// The page as HTML, everything in it escaped.
    ///
    /// # Errors
    /// When a template cannot be rendered, which no value can cause.
    fn html(&self, site: &Site) -> Result<String, askama::Error>;

    /// The page as an answer with the headers that every page has. `form_action` says where its forms may lead. Nobody
    /// may frame it.
    fn respond(&self, site: &Site, status: StatusCode, form_action: &FormAction) -> Response {
        self.respond_framed(site, status, form_action, &Framing::Nobody)
    }

    /// The same, and those whom `framing` names may show the page inside theirs.
    fn respond_framed(
        &self,
        site: &Site,
        status: StatusCode,
        form_action: &FormAction,
        framing: &Framing,
    ) -> Response {
        let (status, html) = match self.html(site) {
            Ok(html) => (status, html),
            Err(_) => (StatusCode::INTERNAL_SERVER_ERROR, BROKEN.to_owned()),
        };
        headers::page(site.https, status, form_action, framing, html)
    }
}

const BROKEN: &str = "<!doctype html><html lang=\"en\"><title>Something went wrong</title>\
    <main><h1>Something went wrong</h1><p>Nothing was shared. Go back to the app and try again.</p></main>";

/// Renders a template; every page goes through here.
pub(crate) fn render(template: &impl Template) -> Result<String, askama::Error> {
    template.render()
}

/// Makes a page of a struct and a template that names it `page`.
macro_rules! page {
    ($page:ty, $view:ident, $path:literal) => {
        #[derive(askama::Template)]
        #[template(path = $path)]
        struct $view<'a> {
            site: &'a $crate::layout::Site,
            page: &'a $page,
        }

        impl $crate::layout::Page for $page {
            fn html(&self, site: &$crate::layout::Site) -> Result<String, askama::Error> {
                $crate::layout::render(&$view { site, page: self })
            }
        }
    };
}
pub(crate) use page;

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// What a hostile registration or request would like to see executed.
    pub(crate) const CANARY: &str = "\"'><img src=x onerror=alert(1)></title><script>alert(2)</script>";

    /// The only image that pages show.
    const LOGO: &str = "<img src=\"/assets/logo.svg\" alt=\"\">";

    pub(crate) fn site() -> Site {
        Site::new("Example Hospital", false, "https://auth.example.org")
    }

    pub(crate) fn sandbox() -> Site {
        Site::new("Example Hospital", true, "http://127.0.0.1:9000")
    }

    pub(crate) fn form() -> Form {
        Form {
            action: "/authorize/step?a=1&b=2".into(),
            csrf: "1.token".into(),
            hidden: vec![("step".into(), "1.sealed".into())],
        }
    }

    pub(crate) fn app() -> AppName {
        AppName { name: "Growth Chart".into(), host: Some("app.example.org".into()) }
    }

    /// The page's HTML, after what must be true of every page.
    pub(crate) fn html(page: &impl Page, site: &Site) -> String {
        let html = page.html(site).unwrap();
        assert_eq!(html.matches("<h1").count(), 1, "one h1");
        assert_eq!(html.matches("<main").count(), 1, "one main");
        assert!(html.starts_with("<!doctype html>") && html.contains("<html lang=\"en\">"));
        assert!(html.contains(&format!(" – {}</title>", site.organisation)), "title: {html}");
        assert!(html.contains("<a href=\"/help\">Help</a>"));
        assert_eq!(html.contains("Test server – invented data only"), site.sandbox);
        assert!(html.len() <= 14 * 1024, "UX-4: {} bytes", html.len());
        assert_eq!(html.contains("href=\"/assets/site.css\""), site.stylesheet().is_some());
        assert_eq!(html.contains(LOGO), site.logo().is_some());
        no_inline_code(&html.replace(LOGO, ""));
        html
    }

    fn no_inline_code(html: &str) {
        assert_eq!(html.matches("<script").count(), 1, "one script, ours");
        assert!(html.contains(&format!("<script src=\"{}\" defer></script>", crate::assets::js_path())));
        for forbidden in ["<style", " style=", "<img", "javascript:"] {
            assert!(!html.contains(forbidden), "{forbidden}");
        }
        assert!(!html.contains("<!--"), "a comment in the page");
    }

    #[test]
    fn a_form_token_and_hidden_fields_come_back_as_they_are() {
        let page = crate::message::SignOut { form: form() };
        let html = html(&page, &site());
        assert!(
            html.contains("<form method=\"post\" action=\"/authorize/step?a=1&#38;b=2\" class=\"card\">")
        );
        assert!(html.contains("<input type=\"hidden\" name=\"csrf\" value=\"1.token\">"));
        assert!(html.contains("<input type=\"hidden\" name=\"step\" value=\"1.sealed\">"));
    }

    fn dressed() -> Site {
        let svg = "<svg xmlns=\"http://www.w3.org/2000/svg\"/>".to_owned();
        let look = Look { accent: Some("#6a1b9a".into()), logo_svg: Some(svg) };
        site().with_look(look).unwrap()
    }

    #[test]
    fn a_look_is_a_style_sheet_and_a_logo_of_our_own_origin() {
        let site = dressed();
        html(&crate::message::Help, &site);
        let (content_type, css) = site.asset("site.css").unwrap();
        assert_eq!(content_type, "text/css; charset=utf-8");
        assert_eq!(css, site.stylesheet().unwrap());
        assert_eq!(site.asset("logo.svg").unwrap().0, "image/svg+xml");
        assert_eq!(site.asset("style.css"), None);
    }

    #[test]
    fn without_a_look_there_is_nothing_to_load() {
        let plain = site().with_look(Look::default()).unwrap();
        html(&crate::message::Help, &plain);
        for name in ["site.css", "logo.svg"] {
            assert_eq!((plain.asset(name), site().asset(name)), (None, None));
        }
        assert!(site().with_look(Look { accent: Some("#ffffff".into()), logo_svg: None }).is_err());
    }

    #[test]
    fn whom_to_turn_to_stands_at_the_foot_of_the_page() {
        let site = site().with_contact("help@example.org".parse().unwrap());
        let html = html(&crate::message::Help, &site);
        assert!(html.contains("<footer>"));
        assert!(html.contains("<a href=\"mailto:help@example.org\">help@example.org</a>"));
    }
}
