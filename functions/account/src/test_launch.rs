//! *Start a test launch*: the real pages and endpoints with a client's scopes, a page of ours in the place of the app, and
//! then what came back, step by step, without a code or a token.
//!
//! An app's own code goes to its own address, where we are not, and a confidential app proves itself by what only it has. So
//! the test token tool goes the way, with no more scopes than the client is registered for, and the page says what that does
//! not try.

use http::StatusCode;
use pages::account::{CameBack, ClientPart, Frame, TestLaunch};
use serde_json::Value;
use smart::client::{Client, ClientId, ClientKind};
use smart::narrowing::Narrowed;
use smart::parameters::Parameters;
use smart::random;
use smart_verify::scope::{LaunchScope, Scope, ScopeSet};
use web::respond;

use crate::desk::Reaches;
use crate::refusal::{PageResult, Refusal};
use crate::token_tool::{TokenToolState, claims, text_of, withheld};
use crate::tokens::why_nothing;
use crate::visit::{Visit, fault};

/// What stands in the place of a code, a token, or what is sealed.
const HIDDEN: &str = "(hidden)";

/// What opens a door, or is only ours to read.
const SECRET: [&str; 5] = ["code", "state", "access_token", "refresh_token", "id_token"];

impl<W: Reaches> Visit<'_, W> {
    /// Where a test launch of a client is started, if it acts for people and its reader can test at all.
    pub(crate) fn test_launch_of(&self, client: &Client) -> Option<pages::layout::Form> {
        let acts_for_people = client.metadata.kind() != ClientKind::Backend;
        (acts_for_people && self.can_test()).then(|| self.form_to(&path_of(&client.client_id)))
    }

    fn test_page(&self, frame: Frame, client: &Client, came: Option<CameBack>) -> TestLaunch {
        let known = self.known(client, ClientPart::TestLaunch);
        TestLaunch { frame, known, form: self.test_launch_of(client), came }
    }
}

fn path_of(id: &ClientId) -> String {
    format!("/account/clients/{id}/test-launch")
}

/// The scopes that a test launch asks for, and those that it cannot: access that lasts, which the tool never has, and the
/// context of an EHR, where none has opened the app.
fn parts(client: &Client) -> (ScopeSet, ScopeSet) {
    let cannot =
        |scope: &&Scope| matches!(scope.meaning(), Scope::Lasting(_) | Scope::Launch(LaunchScope::Ehr));
    let (left_out, asked): (Vec<&Scope>, Vec<&Scope>) = client.metadata.scope.iter().partition(cannot);
    (asked.into_iter().cloned().collect(), left_out.into_iter().cloned().collect())
}

pub(crate) async fn submit(visit: &Visit<'_, impl Reaches>, id: &ClientId) -> PageResult {
    visit.sent()?;
    let client = visit.client(id).await?;
    if visit.test_launch_of(&client).is_none() {
        return Err(Refusal::NotFound);
    }
    let scope = parts(&client).0.to_string();
    let narrowed = visit.narrowed(&scope, Some(id)).await?;
    if narrowed.granted.set().is_empty() {
        let nothing = fault("try", "Nothing that this client is registered for can be tried.");
        let mut frame = visit.frame_of_clients(Some(&client)).await?;
        frame.faults = [vec![nothing], why_nothing(&narrowed, "try")].concat();
        return Ok(visit.page_with(StatusCode::CONFLICT, &visit.test_page(frame, &client, None)));
    }
    let asked =
        TokenToolState { verifier: random::text::<32>(), scope, client: Some(id.clone()), launch: true };
    visit.leave(&narrowed, &asked).await
}

/// Keeps what came back for one look, and leads there; what cannot be kept is shown here. The token is revoked
/// immediately, because nothing is to use it.
pub(crate) async fn keep(
    visit: &Visit<'_, impl Reaches>,
    asked: &TokenToolState,
    client: &Client,
    narrowed: &Narrowed,
    answer: Option<&(StatusCode, Value)>,
) -> PageResult {
    let text = |name| answer.map_or("", |(_, body)| text_of(body, name));
    let token = text("access_token");
    let came = CameBack {
        left_out: parts(client).1.iter().map(Scope::to_string).collect(),
        sent: sent(visit, &narrowed.granted.to_string(), asked),
        authorized: authorized(visit),
        status: answer.map(|(status, _)| status.as_u16()),
        answered: answer.map(|(_, body)| members(body)).unwrap_or_default(),
        access_token: claims(token),
        id_token: claims(text("id_token")),
        withheld: match token {
            "" => Vec::new(),
            _ => withheld(narrowed, &ScopeSet::parse(text("scope"))),
        },
        given_back: !token.is_empty() && visit.give_back(token).await.is_ok(),
    };
    match visit.keep_flash(&came).await {
        Some(handle) => Ok(respond::see_other(&format!("{}?once={handle}", path_of(&client.client_id)))),
        None => shown(visit, client, Some(came)).await,
    }
}

async fn shown(visit: &Visit<'_, impl Reaches>, client: &Client, came: Option<CameBack>) -> PageResult {
    let frame = visit.frame_of_clients(Some(client)).await?;
    Ok(visit.page(&visit.test_page(frame, client, came)))
}

fn sent(visit: &Visit<'_, impl Reaches>, scope: &str, asked: &TokenToolState) -> Vec<(String, String)> {
    let sent = visit.authorization_request(scope, &asked.verifier).into_iter();
    let state = ("state", HIDDEN.to_owned());
    sent.chain([state]).map(|(name, value)| (name.to_owned(), value)).collect()
}

/// What the authorization endpoint sent back, of which only the code and our own seal are anybody's secret.
fn authorized(visit: &Visit<'_, impl Reaches>) -> Vec<(String, String)> {
    let query = Parameters::query(visit.request.uri().query().unwrap_or_default());
    let pairs = query.as_ref().map(Parameters::pairs).unwrap_or_default();
    pairs.iter().map(|(name, value)| (name.clone(), unless_secret(name, value))).collect()
}

/// The members of an answer of the token endpoint.
fn members(body: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let members = body.as_object().into_iter().flatten();
    members.map(|(name, value)| (name.clone(), unless_secret(name, &text(value)))).collect()
}

fn unless_secret(name: &str, value: &str) -> String {
    if SECRET.contains(&name) { HIDDEN.to_owned() } else { value.to_owned() }
}

/// What came back, the first time.
pub(crate) async fn show(visit: &Visit<'_, impl Reaches>, id: &ClientId) -> PageResult {
    let client = visit.client(id).await?;
    if visit.test_launch_of(&client).is_none() {
        return Err(Refusal::NotFound);
    }
    let came = visit.take_flash::<CameBack>().await?;
    shown(visit, &client, came).await
}
