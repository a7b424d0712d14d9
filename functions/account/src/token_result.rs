//! A test token, shown once, and revoked.

use pages::account::{Section, Token};
use pages::consent::Withheld;
use pages::dates;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use smart::narrowing::Narrowed;
use smart_verify::scope::ScopeSet;
use smart_verify::time::UnixSeconds;
use web::{Response, respond};

use crate::desk::Reaches;
use crate::refusal::PageResult;
use crate::token_tool::{claims, text_of, withheld};
use crate::visit::{Visit, field};

/// A token on its way to the page that shows it.
#[derive(Default, Serialize, Deserialize)]
struct Got {
    token: String,
    ends: UnixSeconds,
    granted: String,
    withheld: Vec<(String, String)>,
}

/// Keeps a token for one look, and leads there. One that cannot be kept is shown here.
pub(crate) async fn keep(visit: &Visit<'_, impl Reaches>, narrowed: &Narrowed, body: &Value) -> Response {
    let text = |name| text_of(body, name).to_owned();
    let granted = text("scope");
    let lives = std::time::Duration::from_secs(body["expires_in"].as_u64().unwrap_or_default());
    let got = Got {
        token: text("access_token"),
        ends: visit.operations.now + lives,
        withheld: withheld(narrowed, &ScopeSet::parse(&granted)),
        granted,
    };
    match visit.keep_flash(&got).await {
        Some(once) => respond::see_other(&format!("/account/tokens/result?once={once}")),
        None => page_of(visit, Some(got)),
    }
}

/// The token, the first time.
pub(crate) async fn show(visit: &Visit<'_, impl Reaches>) -> PageResult {
    visit.may_test()?;
    let got = visit.take_flash::<Got>().await?;
    Ok(page_of(visit, got))
}

fn page_of(visit: &Visit<'_, impl Reaches>, got: Option<Got>) -> Response {
    let frame = visit.frame(Section::Tokens);
    let revoke = visit.form_to("/account/tokens/revoke");
    // Without a token the page says only that a token is shown once.
    let has_token = got.is_some();
    let got = got.unwrap_or_default();
    let claims = claims(&got.token);
    let patient = claims.iter().find(|(name, _)| name == "patient").map(|(_, id)| format!("Patient/{id}"));
    let curl = format!(
        "curl -H \"Authorization: Bearer $TOKEN\" \\\n  '{}/{}'",
        visit.operations.service.fhir_base_url(),
        patient.as_deref().unwrap_or("Patient?_count=5"),
    );
    let page = Token {
        frame,
        token: Some(got.token).filter(|_| has_token),
        ends: dates::moment_in_words(got.ends).unwrap_or_default(),
        granted: got.granted.split_whitespace().map(str::to_owned).collect(),
        withheld: got.withheld.into_iter().map(|(scope, why)| Withheld { scope, why }).collect(),
        claims,
        curl,
        revoke,
    };
    visit.page(&page)
}

/// Revokes the token.
pub(crate) async fn submit(visit: &Visit<'_, impl Reaches>) -> PageResult {
    let form = visit.sent()?;
    visit.may_test()?;
    let token = field(&form, "token");
    visit.give_back(token).await?;
    Ok(respond::see_other("/account/tokens?done=revoked"))
}
