//! *Get Access Tokens*: asked for here, allowed and issued where every app is, and shown here once.

use http::StatusCode;
use pages::account::{AskForToken, Fault, ScopesOf, Section, Token, scopes};
use pages::consent::Withheld;
use pages::dates;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use smart::audit::{Event, Record};
use smart::client::ClientId;
use smart::narrowing::{Narrowed, NarrowedScope, RequestedScopes};
use smart::{random, reasons};
use smart_verify::scope::ScopeSet;
use smart_verify::time::UnixSeconds;
use web::notes::noted;
use web::{Response, respond};

use super::test_launch;
use super::token_tool::{Asked, claims};
use super::visit::{Visit, fault};
use crate::Reaches;
use crate::call::Answer;

const PROPOSED: &str = "launch/patient openid fhirUser patient/*.rs";

/// A token on its way to the page that shows it.
#[derive(Serialize, Deserialize)]
struct Got {
    token: String,
    ends: UnixSeconds,
    granted: String,
    withheld: Vec<(String, String)>,
}

impl<W: Reaches> Visit<'_, W> {
    /// Test tokens are for test servers, and for administrators.
    pub(super) fn may_test(&self) -> Result<(), Box<Response>> {
        if self.can_test() { Ok(()) } else { Err(self.not_found()) }
    }

    pub(super) fn can_test(&self) -> bool {
        self.home().site.sandbox || self.is_administrator()
    }

    /// What comes of a wish: within what the client is registered for, and within what this person may have.
    pub(super) async fn narrowed(
        &self,
        scope: &str,
        client: Option<&ClientId>,
    ) -> Result<Narrowed, Box<Response>> {
        let tool = self.tool_scopes();
        let registered = match client {
            Some(id) => self.client(id).await?.metadata.scope.intersect(&tool),
            None => tool,
        };
        let ceiling = self.home().ceilings.of(self.who.user.role);
        let requested = RequestedScopes::parse(scope).map_err(|error| self.refused(&error))?;
        Ok(requested.narrow_to(&registered, ceiling))
    }
}

/// The form.
pub(super) async fn ask(
    visit: &Visit<'_, impl Reaches>,
    faults: Vec<Fault>,
    typed: Option<(&str, Option<&ClientId>)>,
    status: StatusCode,
) -> Answer {
    visit.may_test()?;
    let (scope, chosen) = typed.unwrap_or((PROPOSED, None));
    let (owned, _) = visit.own_clients(50).await?;
    let own = owned.iter().map(|client| ScopesOf {
        id: client.client_id.to_string(),
        name: client.metadata.client_name.clone(),
        chosen: chosen == Some(&client.client_id),
    });
    let tool = ScopesOf { id: String::new(), name: "Test token tool".to_owned(), chosen: chosen.is_none() };
    let mut page = AskForToken {
        frame: visit.bare_frame(Section::Tokens),
        form: visit.form_to("/account/tokens"),
        clients: [tool].into_iter().chain(own).collect(),
        scope: scope.to_owned(),
    };
    page.frame.faults = faults;
    page.frame.notice = match visit.query("done").as_deref() {
        Some("revoked") => Some("The token is revoked.".to_owned()),
        Some("denied") => Some("You said no, so there is no token.".to_owned()),
        _ => None,
    };
    Ok(visit.respond(&page, status))
}

/// `POST /account/tokens`: to the authorization endpoint, as an app goes there.
pub(super) async fn request(visit: &Visit<'_, impl Reaches>) -> Answer {
    let form = visit.sent()?;
    visit.may_test()?;
    let mut words: Vec<String> =
        form.all("scope").flat_map(str::split_whitespace).map(str::to_owned).collect();
    words.extend(scopes::of_presets(form.all("preset")));
    let scope = words.join(" ");
    let client =
        form.all("client").next().filter(|id| !id.is_empty()).and_then(|id| id.parse::<ClientId>().ok());
    let typed = Some((scope.as_str(), client.as_ref()));
    if scope.is_empty() || scope.len() > 4096 {
        let said = vec![fault("scope", "Name at least one scope, and at most 4096 characters.")];
        return ask(visit, said, typed, StatusCode::BAD_REQUEST).await;
    }
    let narrowed = visit.narrowed(&scope, client.as_ref()).await?;
    if narrowed.granted.set().is_empty() {
        let why = narrowed.report.iter().map(|one| format!("{}: {}", one.asked, one.sentence()));
        let said = why.take(5).map(|why| fault("scope", why)).collect();
        return ask(visit, said, typed, StatusCode::BAD_REQUEST).await;
    }
    let asked = Asked { verifier: random::text::<32>(), scope: scope.clone(), client, launch: false };
    visit.leave(&narrowed, &asked).await
}

/// `GET /account/tokens/callback`: the code becomes a token at the token endpoint, which is kept for one look.
///
/// Source: RFC 9207 §2.4 (whose answer it is); RFC 6749 §4.1.3.
pub(super) async fn arrive(visit: &Visit<'_, impl Reaches>) -> Answer {
    visit.may_test()?;
    let asked = visit.come_back()?;
    // All that is read is read before the code is spent: whoever is told to try again still has it.
    let client = asked.client.as_ref();
    let narrowed = visit.narrowed(&asked.scope, client).await?;
    let launched = match client.filter(|_| asked.launch) {
        Some(id) => Some(visit.client(id).await?),
        None => None,
    };
    let answer = match visit.query("code") {
        Some(code) => Some(visit.exchange(&code, &asked).await?),
        None => None,
    };
    let gives_a_token = |(status, body): &&(StatusCode, Value)| {
        status.is_success() && body["access_token"].as_str().is_some_and(|token| !token.is_empty())
    };
    let token = answer.as_ref().filter(gives_a_token);
    let shown = match (launched, &answer, token) {
        (Some(client), ..) => test_launch::keep(visit, &asked, &client, &narrowed, answer.as_ref()).await?,
        (None, None, _) => return not_authorized(visit, &asked).await,
        (None, Some((_, refusal)), None) => return refused(visit, &asked, refusal).await,
        (None, _, Some((_, body))) => keep(visit, &narrowed, body).await,
    };
    let record = token.map(|(_, body)| {
        let granted = ScopeSet::parse(body["scope"].as_str().unwrap_or_default());
        visit.by_them(Record::of(Event::TestTokenIssued)).scope(&granted)
    });
    Ok(record.into_iter().fold(shown, noted))
}

/// The authorization endpoint gave no code. Its reason is told in the words of our own table, never in those of the address.
async fn not_authorized(visit: &Visit<'_, impl Reaches>, asked: &Asked) -> Answer {
    let about = visit.query("error_uri").unwrap_or_default();
    let name = about.rsplit('/').next().unwrap_or_default();
    let said = match reasons::find(name) {
        Some(reason) if reason.name == "person_denied" => {
            return Ok(respond::see_other("/account/tokens?done=denied"));
        }
        Some(reason) => format!("There is no token. {} {}", reason.means, reason.mend),
        None => "There is no token: the authorization endpoint gave no code, and no reason that is known here. Request it \
                 again; if that does not help, tell the administrator."
            .to_owned(),
    };
    let typed = Some((asked.scope.as_str(), asked.client.as_ref()));
    ask(visit, vec![fault("scope", said)], typed, StatusCode::BAD_REQUEST).await
}

async fn refused(visit: &Visit<'_, impl Reaches>, asked: &Asked, refusal: &Value) -> Answer {
    let text = |name: &str| refusal[name].as_str().unwrap_or_default();
    let said = format!("The token endpoint answered {}: {}", text("error"), text("error_description"));
    let typed = Some((asked.scope.as_str(), asked.client.as_ref()));
    ask(visit, vec![fault("scope", said)], typed, StatusCode::BAD_REQUEST).await
}

/// Keeps a token for one look, and leads there. One that cannot be kept is shown here.
async fn keep(visit: &Visit<'_, impl Reaches>, narrowed: &Narrowed, body: &Value) -> Response {
    let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    let granted = text("scope");
    let lives = std::time::Duration::from_secs(body["expires_in"].as_u64().unwrap_or_default());
    let got = Got {
        token: text("access_token"),
        ends: visit.now + lives,
        withheld: withheld(narrowed, &ScopeSet::parse(&granted)),
        granted,
    };
    match visit.keep_once(&got).await {
        Some(once) => respond::see_other(&format!("/account/tokens/result?once={once}")),
        None => page_of(visit, Some(got)),
    }
}

/// What was asked for and is not in the token, and why.
pub(super) fn withheld(narrowed: &Narrowed, granted: &ScopeSet) -> Vec<(String, String)> {
    let less = narrowed.report.iter().filter(|decision| NarrowedScope::is_less_than_asked(decision));
    let less = less.map(|decision| (decision.asked.clone(), decision.sentence()));
    let offered = narrowed.granted.set().iter().filter(|scope| !granted.has(scope));
    let unticked = offered.map(|scope| (scope.to_string(), "You did not allow all of it.".to_owned()));
    less.chain(unticked).collect()
}

/// `GET /account/tokens/result`: the token, the first time.
pub(super) async fn show(visit: &Visit<'_, impl Reaches>) -> Answer {
    visit.may_test()?;
    let got = visit.take_once::<Got>().await?;
    Ok(page_of(visit, got))
}

fn page_of(visit: &Visit<'_, impl Reaches>, got: Option<Got>) -> Response {
    let frame = visit.bare_frame(Section::Tokens);
    let revoke = visit.form_to("/account/tokens/revoke");
    let Some(got) = got else {
        let nothing = Token {
            frame,
            token: None,
            ends: String::new(),
            granted: Vec::new(),
            withheld: Vec::new(),
            claims: Vec::new(),
            curl: String::new(),
            revoke,
        };
        return visit.respond(&nothing, StatusCode::OK);
    };
    let claims = claims(&got.token);
    let patient = claims.iter().find(|(name, _)| name == "patient").map(|(_, id)| format!("Patient/{id}"));
    let curl = format!(
        "curl -H \"Authorization: Bearer $TOKEN\" \\\n  '{}/{}'",
        visit.ports.service.fhir_base_url(),
        patient.as_deref().unwrap_or("Patient?_count=5"),
    );
    let page = Token {
        frame,
        token: Some(got.token),
        ends: dates::moment_in_words(got.ends).unwrap_or_default(),
        granted: got.granted.split_whitespace().map(str::to_owned).collect(),
        withheld: got.withheld.into_iter().map(|(scope, why)| Withheld { scope, why }).collect(),
        claims,
        curl,
        revoke,
    };
    visit.respond(&page, StatusCode::OK)
}

/// `POST /account/tokens/revoke`.
pub(super) async fn revoke(visit: &Visit<'_, impl Reaches>) -> Answer {
    let form = visit.sent()?;
    visit.may_test()?;
    let token = form.all("token").next().unwrap_or_default();
    visit.give_back(token).await.map_err(|error| visit.unreachable(error))?;
    Ok(respond::see_other("/account/tokens?done=revoked"))
}
