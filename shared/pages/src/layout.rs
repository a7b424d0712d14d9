//! What all pages share: the frame around them, their forms, and how they become an answer.

use askama::Template;
use http::StatusCode;
use smart::http::Response;

use crate::headers::{self, FormAction};

/// Where a page is shown: facts of the deployment, the same for every page.
#[derive(Clone, Debug)]
pub struct Site {
    /// Who runs this service; people are asked to sign in to it.
    pub organisation: String,
    /// Whether this is a test server with invented data, which every page then says.
    pub sandbox: bool,
    /// Whether the issuer is https, so that browsers may be told to use nothing else.
    pub https: bool,
}

impl Site {
    /// The site of an issuer.
    pub fn new(organisation: impl Into<String>, sandbox: bool, issuer: &str) -> Self {
        Self { organisation: organisation.into(), sandbox, https: issuer.starts_with("https://") }
    }
}

/// A form that changes something: sent by POST, with a token against forgery.
#[derive(Clone, Debug)]
pub struct Form {
    /// Where it is sent.
    pub action: String,
    /// The token made by [`crate::csrf::token`]; the field is called `csrf`.
    pub csrf: String,
    /// Hidden fields that come back as they are: name and value.
    pub hidden: Vec<(String, String)>,
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

    /// The page as an answer with the headers that every page has. `form_action` says where its forms may lead.
    fn respond(&self, site: &Site, status: StatusCode, form_action: &FormAction) -> Response {
        match self.html(site) {
            Ok(html) => headers::page(site, status, form_action, html),
            Err(_) => headers::page(site, StatusCode::INTERNAL_SERVER_ERROR, form_action, BROKEN.to_owned()),
        }
    }
}

const BROKEN: &str = "<!doctype html><html lang=\"en\"><title>Something went wrong</title>\
    <main><h1>Something went wrong</h1><p>Nothing was shared. Go back to the app and try again.</p></main>";

/// Renders a template; every page goes through here.
pub(crate) fn render(template: &impl Template) -> Result<String, askama::Error> {
    template.render()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// What a hostile registration or request would like to see executed.
    pub(crate) const CANARY: &str = "\"'><img src=x onerror=alert(1)></title><script>alert(2)</script>";

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
        no_inline_code(&html);
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
        let page = crate::message::SignOut { form: form(), name: "Maria".into() };
        let html = html(&page, &site());
        assert!(
            html.contains("<form method=\"post\" action=\"/authorize/step?a=1&#38;b=2\" class=\"card\">")
        );
        assert!(html.contains("<input type=\"hidden\" name=\"csrf\" value=\"1.token\">"));
        assert!(html.contains("<input type=\"hidden\" name=\"step\" value=\"1.sealed\">"));
    }
}
