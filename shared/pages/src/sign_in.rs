//! The sign-in page.

use askama::Template;

use crate::layout::{AppName, Form, Page, Site, render};

/// "Sign in to {organisation}". The form posts `username` and `password`; with an [`UpstreamButton`] there is another one.
#[derive(Clone, Debug)]
pub struct SignIn {
    /// The app that a person signs in for; without one it is for a page of ours.
    pub app: Option<AppName>,
    /// Why one signs in without an app, in a sentence.
    pub purpose: &'static str,
    /// Where an account is made, if people make their own.
    pub create_account_url: Option<&'static str>,
    /// Where the form with username and password goes.
    pub form: Form,
    /// Whether there is such a form at all.
    pub local: bool,
    /// Signing in elsewhere, which is offered first.
    pub upstream: Option<UpstreamButton>,
    /// What stands in the username field: what was typed before, or a test account's name.
    pub username: String,
    /// What went wrong the last time.
    pub error: Option<SignInError>,
    /// The way back: to the app with `access_denied`, if there is one.
    pub cancel_url: Option<String>,
    /// People to sign in as on a test server; shown nowhere else.
    pub test_accounts: Vec<TestAccount>,
}

/// "Continue with {provider}": signing in where one has an account already.
#[derive(Clone, Debug)]
pub struct UpstreamButton {
    /// The provider, as people know it.
    pub provider: String,
    /// Where the button leads. Its answer is a redirect, so the page's `form-action` must
    /// allow the provider's origin: [`web::browser::headers::FormAction::and_also`].
    pub form: Form,
}

/// Why somebody is not signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignInError {
    /// No such user, or not their password: one sentence for both.
    Wrong,
    /// Too many wrong passwords; for so many minutes none is looked at.
    TooManyTries {
        /// How long to wait.
        minutes: u64,
    },
    /// Somebody is signed in, and not who opened the app from the EHR.
    AnotherPerson,
}

/// An invented person who may be signed in as.
#[derive(Clone, Debug)]
pub struct TestAccount {
    /// The username.
    pub name: String,
    /// Who it is: "Clinician, sees all patients".
    pub about: String,
    /// The password, which is no secret there.
    pub password: Option<String>,
    /// This page again, with the username filled in.
    pub use_url: String,
}

impl SignInError {
    fn sentence(self) -> String {
        match self {
            Self::Wrong => "The username or password is not right. Try again.".to_owned(),
            Self::TooManyTries { minutes: 1 } => "Too many tries. Wait 1 minute.".to_owned(),
            Self::TooManyTries { minutes } => format!("Too many tries. Wait {minutes} minutes."),
            Self::AnotherPerson => {
                "Somebody else opened this app. Sign in as the person who opened it, or open it again."
                    .to_owned()
            }
        }
    }

    const fn is_about_the_fields(self) -> bool {
        matches!(self, Self::Wrong)
    }
}

impl SignIn {
    fn fields_are_wrong(&self) -> bool {
        self.local && self.error.is_some_and(SignInError::is_about_the_fields)
    }
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct View<'a> {
    site: &'a Site,
    page: &'a SignIn,
}

impl Page for SignIn {
    fn html(&self, site: &Site) -> Result<String, askama::Error> {
        render(&View { site, page: self })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::tests::{CANARY, app, form, html, sandbox, site};

    fn page() -> SignIn {
        SignIn {
            app: Some(app()),
            purpose: "Sign in to see which apps are connected.",
            create_account_url: None,
            form: form(),
            local: true,
            upstream: None,
            username: String::new(),
            error: None,
            cancel_url: Some("https://app.example.org/cb?error=access_denied&state=s".into()),
            test_accounts: vec![TestAccount {
                name: "maria".into(),
                about: "Patient".into(),
                password: Some("invented".into()),
                use_url: "/authorize?username=maria".into(),
            }],
        }
    }

    #[test]
    fn pg_3_a_wrong_password_keeps_the_username_and_empties_the_password() {
        let wrong = SignIn { username: "maria".into(), error: Some(SignInError::Wrong), ..page() };
        let html = html(&wrong, &site());
        assert!(html.contains("<title>Error: Sign in – Example Hospital</title>"));
        assert!(html.contains("role=\"alert\""));
        assert!(html.contains("The username or password is not right. Try again."));
        assert!(html.contains("type=\"text\" value=\"maria\""));
        assert!(html.contains("name=\"password\" type=\"password\" autocomplete"), "no value");
        assert_eq!(html.matches("aria-invalid=\"true\"").count(), 2);
    }

    #[test]
    fn pg_3_too_many_tries_say_how_long_to_wait() {
        let table = [(1, "Too many tries. Wait 1 minute."), (15, "Too many tries. Wait 15 minutes.")];
        for (minutes, sentence) in table {
            let page = SignIn { error: Some(SignInError::TooManyTries { minutes }), ..page() };
            assert!(html(&page, &site()).contains(sentence));
        }
    }

    #[test]
    fn pg_4_test_accounts_are_listed_on_a_sandbox_and_nowhere_else() {
        let shown = html(&page(), &sandbox());
        assert!(shown.contains("<summary>Test accounts</summary>"));
        assert!(shown.contains(">Use maria</a>"));
        assert!(shown.contains("href=\"/authorize?username=maria\""));
        let hidden = html(&page(), &site());
        assert!(!hidden.contains("Test accounts") && !hidden.contains("invented"));
    }

    fn upstream() -> Option<UpstreamButton> {
        Some(UpstreamButton {
            provider: "Example ID".into(),
            form: Form { action: "/sign-in/upstream".into(), ..form() },
        })
    }

    #[test]
    fn pg_6_the_other_provider_comes_first_and_the_local_form_only_if_enabled() {
        let both = html(&SignIn { upstream: upstream(), ..page() }, &site());
        let door = both.find("<form method=\"post\" action=\"/sign-in/upstream\"").unwrap();
        assert!(door < both.find("<label for=\"username\">").unwrap());
        assert!(both.contains("<button class=\"main\">Continue with <bdi>Example ID</bdi></button>"));
        assert_eq!(both.matches("name=\"csrf\"").count(), 2);
        let wrong = Some(SignInError::Wrong);
        let only = html(&SignIn { upstream: upstream(), local: false, error: wrong, ..page() }, &sandbox());
        for gone in ["username", "password", "Test accounts", "Or sign in"] {
            assert!(!only.contains(&format!("id=\"{gone}")) && !only.contains(&format!(">{gone}")), "{gone}");
        }
        assert!(!only.contains("href=\"#username\""));
    }

    #[test]
    fn pg_28_one_signs_in_without_an_app_to_see_which_are_connected() {
        let html = html(&SignIn { app: None, cancel_url: None, ..page() }, &site());
        assert!(html.contains("Sign in to see which apps are connected."));
        assert!(!html.contains("wants to connect") && !html.contains("Cancel"));
    }

    #[test]
    fn a23_nothing_that_others_wrote_becomes_an_element_or_an_attribute() {
        let mut page = SignIn { username: CANARY.into(), cancel_url: Some(CANARY.into()), ..page() };
        page.app = Some(AppName { name: CANARY.into(), host: Some(CANARY.into()) });
        page.upstream = upstream().map(|door| UpstreamButton { provider: CANARY.into(), ..door });
        page.form.action = CANARY.into();
        page.form.hidden = vec![(CANARY.into(), CANARY.into())];
        html(&page, &site());
    }
}
