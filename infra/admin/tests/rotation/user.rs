//! A user with a browser, who connects an app that gets a refresh token.

use std::collections::BTreeMap;

use serde_json::Value;
use url::Url;

use super::service::{Service, form, http};

/// The example of RFC 7636 Appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

const CLIENT: &str = "demo-public";

/// The browser of one user.
#[derive(Default)]
pub(crate) struct User {
    cookies: BTreeMap<String, String>,
}

/// Where a click led.
enum Led {
    /// The address of a page and its HTML.
    Page(String, String),
    /// To the app.
    App(Url),
}

impl User {
    /// Connects the app, and returns the answer of the token endpoint.
    pub(crate) async fn connect(&mut self, service: &Service) -> Value {
        let redirect_uri = redirect_uri(service);
        let mut led = self.open(service, &authorize(service)).await;
        let user = service.stack.seeded.users.iter().find(|user| user.name == "chidi").unwrap();
        let app = loop {
            led = match led {
                Led::App(app) => break app,
                Led::Page(address, html) if html.contains("name=\"password\"") => {
                    let filled = [("username", user.name), ("password", user.password)];
                    self.submit(service, &address, &html, &filled).await
                }
                Led::Page(address, html) => {
                    assert!(html.contains("name=\"decision\""), "{html}");
                    self.submit(service, &address, &html, &[("decision", "allow")]).await
                }
            };
        };
        let code = app.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned();
        service
            .post(&[
                ("grant_type", "authorization_code"),
                ("client_id", CLIENT),
                ("code", &code),
                ("redirect_uri", &redirect_uri),
                ("code_verifier", VERIFIER),
            ])
            .await
    }

    /// Whether the user has to sign in to connect the app.
    pub(crate) async fn has_to_sign_in(&mut self, service: &Service) -> bool {
        let led = self.open(service, &authorize(service)).await;
        matches!(led, Led::Page(_, html) if html.contains("name=\"password\""))
    }

    async fn open(&mut self, service: &Service, address: &str) -> Led {
        self.follow(service, http().get(address), address).await
    }

    async fn submit(&mut self, service: &Service, address: &str, html: &str, set: &[(&str, &str)]) -> Led {
        let hidden = fields(html).into_iter().filter(|(name, _)| set.iter().all(|(given, _)| given != name));
        let given = set.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let pairs: Vec<_> = hidden.chain(given).collect();
        let pairs: Vec<_> = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let form_tag = tags(html, "form").into_iter().find(|tag| tag.contains("method=\"post\"")).unwrap();
        let action = attribute(&form_tag, "action").unwrap();
        let address = Url::parse(address).unwrap().join(&action).unwrap().to_string();
        let request = http().post(&address).body(form(&pairs));
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        self.follow(service, request, &address).await
    }

    async fn follow(&mut self, service: &Service, first: reqwest::RequestBuilder, address: &str) -> Led {
        let (mut request, mut address) = (first, Url::parse(address).unwrap());
        loop {
            let cookies: Vec<_> =
                self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let answer = request.header("cookie", cookies.join("; ")).send().await.unwrap();
            for cookie in answer.headers().get_all("set-cookie") {
                let pair = cookie.to_str().unwrap().split(';').next().unwrap();
                let (name, value) = pair.split_once('=').unwrap();
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
            let location = answer.headers().get("location").map(|to| to.to_str().unwrap().to_owned());
            let Some(location) = location else {
                return Led::Page(address.to_string(), answer.text().await.unwrap());
            };
            address = address.join(&location).unwrap();
            if !address.as_str().starts_with(&service.stack.urls.issuer) {
                return Led::App(address);
            }
            request = http().get(address.clone());
        }
    }
}

/// Uses a refresh token of the app.
pub(crate) async fn refresh(service: &Service, token: &str) -> Value {
    let form = [("grant_type", "refresh_token"), ("client_id", CLIENT), ("refresh_token", token)];
    service.post(&form).await
}

/// The access token of an answer.
pub(crate) fn access_token(answer: &Value) -> String {
    answer["access_token"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

/// The refresh token of an answer.
pub(crate) fn refresh_token(answer: &Value) -> &str {
    answer["refresh_token"].as_str().unwrap_or_else(|| panic!("{answer}"))
}

fn redirect_uri(service: &Service) -> String {
    let clients = &service.stack.seeded.clients;
    let client = clients.iter().find(|known| known.client.client_id.as_str() == CLIENT).unwrap();
    client.client.metadata.redirect_uris[0].as_str().to_owned()
}

fn authorize(service: &Service) -> String {
    let pairs = form(&[
        ("response_type", "code"),
        ("client_id", CLIENT),
        ("redirect_uri", &redirect_uri(service)),
        ("scope", "launch/patient offline_access patient/*.rs"),
        ("state", "abcdefgh"),
        ("aud", &service.stack.urls.fhir_base_url),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ]);
    format!("{}/authorize?{pairs}", service.stack.urls.issuer)
}

/// Hidden fields, ticked boxes and chosen radios.
fn fields(html: &str) -> Vec<(String, String)> {
    let is_sent = |tag: &String| match attribute(tag, "type").as_deref() {
        Some("hidden") => true,
        Some("checkbox" | "radio") => tag.contains(" checked"),
        _ => false,
    };
    let pair = |tag: String| Some((attribute(&tag, "name")?, attribute(&tag, "value").unwrap_or_default()));
    tags(html, "input").into_iter().filter(is_sent).filter_map(pair).collect()
}

fn tags(html: &str, name: &str) -> Vec<String> {
    let parts = html.split(&format!("<{name} ")).skip(1).map(str::to_owned).collect::<Vec<_>>();
    parts.into_iter().map(|part| format!(" {}", part.split('>').next().unwrap_or_default())).collect()
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    let value = rest.split('"').next()?;
    let named =
        [("&#38;", "&"), ("&#39;", "'"), ("&#34;", "\""), ("&#60;", "<"), ("&#62;", ">"), ("&amp;", "&")];
    Some(named.iter().fold(value.to_owned(), |text, (entity, character)| text.replace(entity, character)))
}
