//! Where the authorization endpoint answers the test token tool.

use http::StatusCode;
use serde_json::Value;
use smart::operations::clients;
use smart::reasons;
use smart_verify::scope::ScopeSet;
use web::{notes, respond};

use crate::desk::Reaches;
use crate::refusal::PageResult;
use crate::token_tool::{TokenToolState, text_of};
use crate::tokens::again;
use crate::visit::{Visit, fault};
use crate::{test_launch, token_result};

/// The code becomes a token at the token endpoint, which is shown once.
///
/// Source: RFC 9207 §2.4 (whose answer it is); RFC 6749 §4.1.3.
pub(crate) async fn show(visit: &Visit<'_, impl Reaches>) -> PageResult {
    visit.may_test()?;
    let asked = visit.come_back()?;
    // All that is read is read before the code is spent, so that a user who must try again still has it.
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
        (None, _, Some((_, body))) => token_result::keep(visit, &narrowed, body).await,
    };
    let issued = |(_, body): &(StatusCode, Value)| {
        clients::test_token_issued(&visit.operations, &ScopeSet::parse(text_of(body, "scope")))
    };
    Ok(notes::with(token.map(issued), shown))
}

/// The authorization endpoint gave no code. Its reason is shown in the words of our own table, never in those of the
/// address.
async fn not_authorized(visit: &Visit<'_, impl Reaches>, asked: &TokenToolState) -> PageResult {
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
    again(visit, &asked.scope, asked.client.as_ref(), vec![fault("scope", said)]).await
}

async fn refused(visit: &Visit<'_, impl Reaches>, asked: &TokenToolState, refusal: &Value) -> PageResult {
    let (error, why) = (text_of(refusal, "error"), text_of(refusal, "error_description"));
    let said = format!("The token endpoint answered {error}: {why}");
    again(visit, &asked.scope, asked.client.as_ref(), vec![fault("scope", said)]).await
}
