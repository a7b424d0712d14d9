//! Pages that tell something: that it did not work and why, that the question was answered, that one is signed out,
//! and help.

use askama::Template;
use smart::reasons::{GROUPS, Group, Reason};

use crate::layout::{AppName, Form, Page, Site, page, render};

/// What a person sees when an authorization cannot go on and the app cannot be told.
#[derive(Clone, Debug)]
pub struct ErrorPage {
    /// The heading, in words and without a code.
    pub heading: Heading,
    /// What happened, in a sentence or two.
    pub what_happened: String,
    /// What to do now.
    pub what_to_do: String,
    /// A way back to the app, where it is known to be the app's.
    pub back: Option<BackLink>,
    /// The exact terms, for whoever builds the app.
    pub developer: Option<ForTheDeveloper>,
}

/// The heading of an [`ErrorPage`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heading {
    /// The request is wrong, and where to send the person back is not known.
    CannotSignYouIn,
    /// The 10 minutes are over.
    SignInExpired,
    /// The form came from another session, another browser or an older page.
    OutOfDate,
    /// The provider where one wanted to sign in said no, or something that cannot be believed.
    NotSignedIn,
    /// A choice that was not offered.
    NotYours,
    /// There is no such page.
    NotFound,
    /// The fault is ours.
    WentWrong,
}

/// A link back to the app.
#[derive(Clone, Debug)]
pub struct BackLink {
    /// Where it leads.
    pub url: String,
    /// What it says: "Go back to Growth Chart".
    pub text: String,
}

/// What a developer needs to find the fault. Everything is shown as text.
#[derive(Clone, Debug)]
pub struct ForTheDeveloper {
    /// The OAuth error code.
    pub error: String,
    /// What is wrong and what is expected.
    pub reason: String,
    /// More facts, such as the parameter, what was received and what was expected: name and value.
    pub details: Vec<(String, String)>,
    /// The id under which the log knows this request.
    pub request_id: String,
}

impl Heading {
    const fn words(self) -> &'static str {
        match self {
            Self::CannotSignYouIn => "This app cannot sign you in",
            Self::SignInExpired => "This sign-in has expired",
            Self::OutOfDate => "This page is out of date",
            Self::NotSignedIn => "You are not signed in",
            Self::NotYours => "You cannot choose this",
            Self::NotFound => "There is no such page",
            Self::WentWrong => "Something went wrong",
        }
    }

    const fn what_happened(self) -> &'static str {
        match self {
            Self::CannotSignYouIn => "The app sent you here with a request that we cannot answer.",
            Self::SignInExpired => "A sign-in must be finished within 10 minutes, and more time has passed.",
            Self::OutOfDate => "It was opened before you signed in or out, or in another browser.",
            Self::NotSignedIn => "The place where you wanted to sign in did not say who you are.",
            Self::NotYours => "What you chose is not on your list.",
            Self::NotFound => "The address may be mistyped, or the page was only for a moment.",
            Self::WentWrong => "The fault is on our side, not yours.",
        }
    }

    const fn what_to_do(self) -> &'static str {
        match self {
            Self::CannotSignYouIn => {
                "Go back to the app and try again. If it fails again, tell the maker of the app."
            }
            Self::WentWrong => "Go back to the app and try again in a minute.",
            _ => "Go back to the app and try again.",
        }
    }
}

impl ErrorPage {
    /// A page with this heading and the words that fit it.
    pub fn new(heading: Heading) -> Self {
        Self {
            heading,
            what_happened: heading.what_happened().to_owned(),
            what_to_do: heading.what_to_do().to_owned(),
            back: None,
            developer: None,
        }
    }

    /// Says more exactly what happened.
    #[must_use]
    pub fn because(self, what_happened: impl Into<String>) -> Self {
        Self { what_happened: what_happened.into(), ..self }
    }

    /// Adds the exact terms.
    #[must_use]
    pub fn with_developer(self, developer: ForTheDeveloper) -> Self {
        Self { developer: Some(developer), ..self }
    }

    /// Adds a way back.
    #[must_use]
    pub fn with_back(self, back: BackLink) -> Self {
        Self { back: Some(back), ..self }
    }
}

/// "You have already answered": a second, different answer to one question.
#[derive(Clone, Debug)]
pub struct Answered {
    /// The app that asked.
    pub app: Option<AppName>,
    /// A way back to it.
    pub back: Option<BackLink>,
}

/// "Sign out?", since signing out is a POST.
#[derive(Clone, Debug)]
pub struct SignOut {
    /// Where it goes.
    pub form: Form,
}

/// "You are signed out".
#[derive(Clone, Debug)]
pub struct SignedOut {
    /// Where one can sign in again, if there is something to sign in to.
    pub sign_in_url: Option<String>,
}

/// "Continue in a new window": the page is framed, and the browser does not send its cookie there.
#[derive(Clone, Debug)]
pub struct OpenInNewWindow {
    /// The app that frames it, if it is known.
    pub app: Option<AppName>,
    /// Where it goes on, by itself.
    pub url: String,
}

/// What this service is, what its pages ask, and whom to turn to.
#[derive(Clone, Copy, Debug)]
pub struct Help;

page!(ErrorPage, ErrorView, "error.html");
page!(Answered, AnsweredView, "answered.html");
page!(SignOut, SignOutView, "sign_out.html");
page!(SignedOut, SignedOutView, "signed_out.html");
page!(OpenInNewWindow, OpenInNewWindowView, "new_window.html");

/// What a refusal means and how to mend it, for whoever builds or runs an app.
#[derive(Clone, Copy, Debug)]
pub struct HelpOnReason(pub &'static Reason);

/// All reasons, for whoever looks for one.
#[derive(Clone, Copy, Debug)]
pub struct HelpOnErrors;

page!(HelpOnReason, HelpOnReasonView, "help_reason.html");

#[derive(Template)]
#[template(path = "help_errors.html")]
struct HelpOnErrorsView<'a> {
    site: &'a Site,
    groups: &'static [Group],
}

impl Page for HelpOnErrors {
    fn html(&self, site: &Site) -> Result<String, askama::Error> {
        render(&HelpOnErrorsView { site, groups: &GROUPS })
    }
}

#[derive(Template)]
#[template(path = "help.html")]
struct HelpView<'a> {
    site: &'a Site,
}

impl Page for Help {
    fn html(&self, site: &Site) -> Result<String, askama::Error> {
        render(&HelpView { site })
    }
}

#[cfg(test)]
mod tests {
    use http::StatusCode;
    use web::browser::headers::FormAction;

    use super::*;
    use crate::layout::tests::{CANARY, app, form, html, sandbox, site};

    fn developer(text: &str) -> ForTheDeveloper {
        ForTheDeveloper {
            error: "invalid_request".into(),
            reason: "redirect_uri is not registered for this client; compare exactly.".into(),
            details: vec![("Received".into(), text.into())],
            request_id: "req-1".into(),
        }
    }

    #[test]
    fn pg_30_what_was_received_is_shown_and_never_a_link() {
        let page = ErrorPage::new(Heading::CannotSignYouIn).with_developer(developer("https://a.example/"));
        let html = html(&page, &site());
        assert!(html.contains("<dt>Received</dt><dd><code>https://a.example/</code></dd>"));
        assert!(!html.contains("href=\"https://a.example"));
    }

    #[test]
    fn every_heading_has_its_words() {
        use Heading::{CannotSignYouIn, NotFound, NotYours, OutOfDate, SignInExpired, WentWrong};
        for heading in [CannotSignYouIn, SignInExpired, OutOfDate, NotYours, NotFound, WentWrong] {
            let html = html(&ErrorPage::new(heading), &sandbox());
            assert!(html.contains(heading.words()) && !html.contains("For the developer"));
        }
        assert!(html(&ErrorPage::new(OutOfDate), &site()).contains("<h1>This page is out of date</h1>"));
    }

    #[test]
    fn s05_a_second_answer_is_told_that_the_first_counts() {
        let back =
            BackLink { url: "https://app.example.org/".into(), text: "Go back to Growth Chart".into() };
        let html = html(&Answered { app: Some(app()), back: Some(back) }, &site());
        assert!(html.contains("<h1>You have already answered</h1>"));
        assert!(html.contains("href=\"https://app.example.org/\""));
    }

    #[test]
    fn pg_35_signing_out_is_a_button_and_then_a_page() {
        let ask = html(&SignOut { form: form() }, &site());
        assert!(ask.contains("<button class=\"main\">Sign out</button>"));
        let done = html(&SignedOut { sign_in_url: None }, &site());
        assert!(done.contains("<h1>You are signed out</h1>"));
    }

    #[test]
    fn an_error_says_whom_to_turn_to() {
        let site = site().with_contact("help@example.org".parse().unwrap());
        let page = ErrorPage::new(Heading::WentWrong);
        let html = html(&page, &site);
        assert!(html.contains(
            "If it still fails, contact Example Hospital: <a href=\"mailto:help@example.org\">help@example.org</a>"
        ));
    }

    #[test]
    fn help_names_the_organisation_to_turn_to() {
        assert!(html(&Help, &site()).contains("ask Example Hospital"));
    }

    #[test]
    fn a23_nothing_that_others_wrote_becomes_an_element_or_an_attribute() {
        let back = || BackLink { url: CANARY.into(), text: CANARY.into() };
        let mut facts = developer(CANARY);
        facts.error = CANARY.into();
        facts.details.push((CANARY.into(), CANARY.into()));
        let page = ErrorPage::new(Heading::WentWrong).because(CANARY).with_developer(facts).with_back(back());
        html(&page, &site());
        html(
            &Answered { app: Some(AppName { name: CANARY.into(), host: None }), back: Some(back()) },
            &site(),
        );
        html(&SignOut { form: form() }, &site());
        let app = Some(AppName { name: CANARY.into(), host: None });
        html(&OpenInNewWindow { app, url: CANARY.into() }, &site());
        let organisation = Site::new("A & B", false, "https://auth.example.org");
        assert!(Help.html(&organisation).unwrap().contains("A &#38; B"));
    }

    #[test]
    fn a_page_becomes_an_answer_with_its_status_and_headers() {
        let answer = Help.respond(&site(), StatusCode::NOT_FOUND, &FormAction::SelfOnly);
        assert_eq!(answer.status(), StatusCode::NOT_FOUND);
        assert!(answer.headers().contains_key("content-security-policy"));
        assert!(answer.body().starts_with(b"<!doctype html>"));
    }
}
