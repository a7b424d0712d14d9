//! Who reads a page and tries it: what they know by then, and the service they try it at.

use std::collections::BTreeMap;

use local::{Options, Stack, summary};
use serde_json::{Value, json};

use smart_verify::base64url;

use super::page::{Fence, Step};
use super::{answer, curl};
use crate::ehr_launch::{launch, signed_in};
use crate::registration_api::admin_token;
use crate::support::{Answer, App, Browser, VERIFIER, parameter, service};

/// The addresses of the documents.
const PRINTED: &str = "http://127.0.0.1:9000";

/// What the reader of a page knows.
#[derive(Debug)]
pub(super) struct World {
    variables: BTreeMap<String, String>,
}

impl World {
    pub(super) async fn new() -> Self {
        let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        let now = aws::lambda::now();
        let ehr = service().seeded.ehr.assertion(&service().at("/token"), now);
        let asking = service().seeded.admin.assertion(&service().at("/token"), now);
        let known = [
            ("VERIFIER", VERIFIER.to_owned()),
            ("CHALLENGE", challenge.to_owned()),
            ("STATE", "a-state-that-nobody-guesses".to_owned()),
            ("NONCE", "n-0S6_WzA2Mj".to_owned()),
            ("ASSERTION", service().assertion()),
            ("ADMIN_TOKEN", admin_token().await),
            ("EHR_TOKEN", token(&ehr, "__launch").await),
            ("INTROSPECT_TOKEN", token(&asking, "__introspect").await),
        ];
        Self { variables: known.map(|(name, value)| (name.to_owned(), value)).into() }
    }

    pub(super) async fn take(&mut self, step: &Step) -> Result<(), String> {
        match step {
            Step::Call(call, printed) => self.call(call, printed.as_ref()).await,
            Step::Authorize(request) => self.authorize(request).await,
            Step::Claims(printed) => self.claims(printed),
            Step::Summary(printed) => said_at_start(printed).await,
            Step::TokenResponse(printed) => {
                let answer = service().backend_token("/token", &self.variables["ASSERTION"], None).await;
                answer::agrees(&read(&printed.text)?, &answer.json())
            }
        }
    }

    async fn call(&mut self, call: &Fence, printed: Option<&Fence>) -> Result<(), String> {
        let answer = curl::run(curl::words(&here(&call.text), &self.variables)?).await?;
        let body = serde_json::from_str::<Value>(&answer.text);
        if let Ok(Value::Object(members)) = &body {
            for (name, value) in members {
                if let Some(text) = value.as_str() {
                    self.variables.insert(name.to_uppercase(), text.to_owned());
                }
            }
        }
        let Some(printed) = printed else {
            return if answer.status < 400 { Ok(()) } else { Err(told(&answer)) };
        };
        let status = printed.words.get(2).map(|status| status.parse::<u16>().unwrap());
        if status.is_some_and(|status| status != answer.status) {
            return Err(told(&answer));
        }
        let expected = read(&printed.text)?;
        answer::agrees(&expected, &body.map_err(|_| told(&answer))?)
    }

    /// Chidi, or Clara where an EHR opened the app, signs in and allows everything.
    async fn authorize(&mut self, request: &Fence) -> Result<(), String> {
        let text = here(&request.text);
        let id = text.lines().find_map(|line| line.trim().strip_prefix("&client_id="));
        let app = App::named(id.ok_or("there is no client_id")?);
        self.variables.insert("REDIRECT_URI".to_owned(), app.redirect_uri().to_owned());
        if request.is("launch") {
            let more =
                json!({ "encounter": "chidi-diabetes", "intent": "reconcile", "need_patient_banner": false });
            self.variables.insert("LAUNCH".to_owned(), launch("clara", "chidi", &more).await);
        }
        let (address, parameters) = text.split_once('?').ok_or("there is no query")?;
        let mut pairs = Vec::new();
        for line in parameters.lines().map(|line| line.trim().trim_start_matches('&')) {
            let (name, value) = line.split_once('=').ok_or("a parameter has no value")?;
            let value = match value.strip_prefix('$') {
                Some(name) => self.variables.get(name).ok_or_else(|| format!("${name} is not known here"))?,
                None => value,
            };
            pairs.push((name, value));
        }
        let address = format!("{}?{}", address.trim(), crate::support::form(&pairs));
        let answered = if request.is("launch") {
            signed_in("clara").await.allow_again(&address).await
        } else {
            Browser::default().allow(&address, "chidi", None).await
        };
        let code = parameter(&answered, "code").ok_or_else(|| format!("no code in {answered}"))?;
        self.variables.insert("CODE".to_owned(), code);
        Ok(())
    }

    /// The times are printed as seconds from the token's beginning.
    fn claims(&self, printed: &Fence) -> Result<(), String> {
        let token = self.variables.get("ACCESS_TOKEN").ok_or("there is no access token")?;
        let payload = token.split('.').nth(1).and_then(base64url::decode).ok_or("no JWT")?;
        let mut claims: Value = serde_json::from_slice(&payload).map_err(|error| error.to_string())?;
        let begins = claims["iat"].as_u64().ok_or("no iat")?;
        for name in ["iat", "exp"] {
            claims[name] = json!(claims[name].as_u64().ok_or("no time")? - begins);
        }
        answer::agrees(&read(&printed.text)?, &claims)
    }
}

/// Ports are drawn at each start; all else is printed as it is.
async fn said_at_start(printed: &Fence) -> Result<(), String> {
    let stack = Stack::start(&Options::default()).await.map_err(|error| error.to_string())?;
    let (said, printed) = (without_ports(&summary::of(&stack)), without_ports(&printed.text));
    if said.trim() == printed.trim() {
        return Ok(());
    }
    let mut lines = said.trim().lines().zip(printed.trim().lines());
    let first = lines.find(|(said, printed)| said != printed);
    Err(format!("cargo dev says something else; the first difference is {first:?}"))
}

fn without_ports(text: &str) -> String {
    let mut parts = text.split("://");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        let (host, rest) = part.split_once(':').unwrap_or((part, ""));
        format!("{text}://{host}:{}", rest.trim_start_matches(|digit: char| digit.is_ascii_digit()))
    })
}

/// The addresses of this service, instead of those that are printed.
fn here(text: &str) -> String {
    let urls = &service().urls;
    text.replace(&format!("{PRINTED}/fhir"), &urls.fhir_base_url).replace(PRINTED, &urls.issuer)
}

fn read(text: &str) -> Result<Value, String> {
    serde_json::from_str(&here(text)).map_err(|error| format!("what is printed is no JSON: {error}"))
}

fn told(answer: &Answer) -> String {
    format!("the answer is {} {}", answer.status, answer.text)
}

async fn token(assertion: &str, scope: &str) -> String {
    let answer = service().backend_token("/token", assertion, Some(scope)).await;
    answer.json()["access_token"].as_str().unwrap().to_owned()
}
