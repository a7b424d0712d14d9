//! A browser: keeps cookies, follows redirects within the service, and stops where it is sent elsewhere.

use std::collections::BTreeMap;

use url::Url;

use super::{Answer, Page, form, http, service};

/// One person's browser.
#[derive(Debug, Default)]
pub(crate) struct Browser {
    pub(crate) cookies: BTreeMap<String, String>,
    /// Where it was redirected to last since the last click.
    redirected: Option<Url>,
}

/// Where a click led: to a page of ours, or back to the app.
#[derive(Debug)]
pub(crate) enum Led {
    To(Page),
    Away(Url),
}

impl Led {
    pub(crate) fn page(self) -> Page {
        match self {
            Self::To(page) => page,
            Self::Away(url) => panic!("led away to {url}"),
        }
    }

    pub(crate) fn away(self) -> Url {
        match self {
            Self::Away(url) => url,
            Self::To(page) => panic!("still on a page: {} {}", page.answer.status, page.heading()),
        }
    }
}

impl Browser {
    /// One that has these cookies.
    pub(crate) fn with(cookies: BTreeMap<String, String>) -> Self {
        Self { cookies, ..Self::default() }
    }

    pub(crate) async fn open(&mut self, address: &str) -> Led {
        let first = http().get(address);
        self.follow(first, address).await
    }

    /// Sends a form from another site: a browser brings no cookie of ours then.
    pub(crate) async fn post(&mut self, address: &str, body: &str) -> Led {
        let kept = std::mem::take(&mut self.cookies);
        let request = http().post(address).body(body.to_owned());
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let answer = Answer::of(request).await;
        self.cookies = kept;
        self.keep(&answer);
        let location = answer.header("location").to_owned();
        if location.is_empty() {
            return Led::To(Page { answer });
        }
        let next = Url::parse(address).unwrap().join(&location).unwrap();
        if next.as_str().starts_with(&service().urls.issuer) {
            self.open(next.as_str()).await
        } else {
            Led::Away(next)
        }
    }

    /// Loads again where the last click led by a redirect; nothing if it led to no redirect.
    pub(crate) async fn reload(&mut self) -> Option<Led> {
        let address = self.redirected.clone()?;
        Some(self.open(address.as_str()).await)
    }

    /// Sends the form of a page, with some fields set.
    pub(crate) async fn submit(&mut self, page: &Page, set: &[(&str, &str)]) -> Led {
        let kept = page.fields().into_iter().filter(|(name, _)| !set.iter().any(|(given, _)| given == name));
        let mut pairs: Vec<(String, String)> = kept.collect();
        pairs.extend(set.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let borrowed: Vec<_> = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let address = service().at(&page.action());
        let request = http().post(&address).body(form(&borrowed));
        self.follow(request.header("content-type", "application/x-www-form-urlencoded"), &address).await
    }

    /// Sends the form of a page that leads to a path, where a page has several.
    pub(crate) async fn submit_to(&mut self, page: &Page, path: &str, set: &[(&str, &str)]) -> Led {
        self.submit(&page.form_to(path), set).await
    }

    async fn follow(&mut self, first: reqwest::RequestBuilder, address: &str) -> Led {
        let mut request = first;
        let mut address = Url::parse(address).unwrap();
        self.redirected = None;
        for _ in 0..10 {
            let answer = Answer::of(self.with_cookies(request)).await;
            self.keep(&answer);
            if answer.header("location").is_empty() {
                return Led::To(Page { answer });
            }
            assert_eq!(answer.status, 303, "s12: a redirect after a POST is a 303");
            address = address.join(answer.header("location")).unwrap();
            if !address.as_str().starts_with(&service().urls.issuer) {
                return Led::Away(address);
            }
            request = http().get(address.clone());
            self.redirected = Some(address.clone());
        }
        panic!("too many redirects");
    }

    fn with_cookies(&self, request: reqwest::RequestBuilder) -> reqwest::RequestBuilder {
        let pairs: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if pairs.is_empty() { request } else { request.header("cookie", pairs.join("; ")) }
    }

    fn keep(&mut self, answer: &Answer) {
        for cookie in answer.headers.get_all("set-cookie") {
            let cookie = cookie.to_str().unwrap();
            assert!(
                cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && cookie.contains("Path=/")
            );
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            match value {
                "" => self.cookies.remove(name),
                value => self.cookies.insert(name.to_owned(), value.to_owned()),
            };
        }
    }

    /// Goes the whole way: signs in, chooses a patient if asked, allows everything unless that was allowed before.
    pub(crate) async fn allow(&mut self, address: &str, user: &str, patient: Option<&str>) -> Url {
        match self.reach(address, user, patient).await {
            Led::To(consent) => self.submit(&consent, &[("decision", "allow")]).await.away(),
            Led::Away(url) => url,
        }
    }

    /// The same for who is signed in already and has one record.
    pub(crate) async fn allow_again(&mut self, address: &str) -> Url {
        let consent = self.open(address).await.page();
        self.submit(&consent, &[("decision", "allow")]).await.away()
    }

    /// The same, up to the last page.
    pub(crate) async fn reach_consent(&mut self, address: &str, user: &str, patient: Option<&str>) -> Page {
        self.reach(address, user, patient).await.page()
    }

    async fn reach(&mut self, address: &str, user: &str, patient: Option<&str>) -> Led {
        let page = self.open(address).await.page();
        let led = self.sign_in(&page, user).await;
        let Some(patient) = patient else { return led };
        let page = led.page();
        assert!(page.choices().contains(&patient.to_owned()), "{:?} {}", page.choices(), page.heading());
        self.submit(&page, &[("patient", patient)]).await
    }

    pub(crate) async fn sign_in(&mut self, page: &Page, user: &str) -> Led {
        let user = service().seeded.users.iter().find(|known| known.name == user).unwrap();
        self.submit(page, &[("username", user.name), ("password", user.password)]).await
    }
}
