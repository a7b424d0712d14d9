//! *Get Access Tokens*: asked for here, allowed and issued where every app is.

use http::StatusCode;
use pages::account::{AskForToken, Fault, ScopesOf, Section, scopes};
use smart::client::ClientId;
use smart::narrowing::{Narrowed, RequestedScopes};
use smart::operations::clients::test_token_scopes;
use smart::random;

use crate::desk::Reaches;
use crate::refusal::{PageResult, Refusal};
use crate::token_tool::TokenToolState;
use crate::visit::{Visit, fault, field};

const PROPOSED: &str = "launch/patient openid fhirUser patient/*.rs";

impl<W: Reaches> Visit<'_, W> {
    /// Test tokens are for test servers, and for administrators.
    pub(crate) fn may_test(&self) -> Result<(), Refusal> {
        if self.can_test() { Ok(()) } else { Err(Refusal::NotFound) }
    }

    pub(crate) fn can_test(&self) -> bool {
        self.desk.home.site.sandbox || self.is_administrator()
    }

    /// What comes of a wish: within what the client is registered for, and within what this person may have.
    pub(crate) async fn narrowed(&self, scope: &str, client: Option<&ClientId>) -> Result<Narrowed, Refusal> {
        let tool = test_token_scopes(&self.desk.home.ceilings);
        let registered = match client {
            Some(id) => self.client(id).await?.metadata.scope.intersect(&tool),
            None => tool,
        };
        let ceiling = self.desk.home.ceilings.of(self.who.user.role);
        let requested = RequestedScopes::parse(scope)?;
        Ok(requested.narrow_to(&registered, ceiling))
    }
}

pub(crate) async fn show(visit: &Visit<'_, impl Reaches>) -> PageResult {
    page(visit, PROPOSED, None, StatusCode::OK, Vec::new()).await
}

/// The form with what was refused.
pub(crate) async fn again(
    visit: &Visit<'_, impl Reaches>,
    scope: &str,
    client: Option<&ClientId>,
    faults: Vec<Fault>,
) -> PageResult {
    page(visit, scope, client, StatusCode::BAD_REQUEST, faults).await
}

async fn page(
    visit: &Visit<'_, impl Reaches>,
    scope: &str,
    client: Option<&ClientId>,
    status: StatusCode,
    faults: Vec<Fault>,
) -> PageResult {
    visit.may_test()?;
    let (owned, _) = visit.own_clients(50).await?;
    let own = owned.iter().map(|own| ScopesOf {
        id: own.client_id.to_string(),
        name: own.metadata.client_name.clone(),
        chosen: client == Some(&own.client_id),
    });
    let (id, name) = (String::new(), "Test token tool".to_owned());
    let tool = ScopesOf { id, name, chosen: client.is_none() };
    let mut page = AskForToken {
        frame: visit.frame(Section::Tokens),
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
    Ok(visit.page_with(status, &page))
}

/// To the authorization endpoint, as an app goes there.
pub(crate) async fn submit(visit: &Visit<'_, impl Reaches>) -> PageResult {
    let form = visit.sent()?;
    visit.may_test()?;
    let mut words: Vec<String> =
        form.all("scope").flat_map(str::split_whitespace).map(str::to_owned).collect();
    words.extend(scopes::of_presets(form.all("preset")));
    let scope = words.join(" ");
    let client = field(&form, "client").parse::<ClientId>().ok();
    if scope.is_empty() || scope.len() > 4096 {
        let said = fault("scope", "Name at least one scope, and at most 4096 characters.");
        return again(visit, &scope, client.as_ref(), vec![said]).await;
    }
    let narrowed = visit.narrowed(&scope, client.as_ref()).await?;
    if narrowed.granted.set().is_empty() {
        return again(visit, &scope, client.as_ref(), why_nothing(&narrowed, "scope")).await;
    }
    let asked = TokenToolState { verifier: random::text::<32>(), scope, client, launch: false };
    visit.leave(&narrowed, &asked).await
}

/// Why none of a few scopes can be had.
pub(crate) fn why_nothing(narrowed: &Narrowed, field: &'static str) -> Vec<Fault> {
    let why = narrowed.report.iter().take(5);
    why.map(|one| fault(field, format!("{}: {}", one.asked, one.sentence()))).collect()
}
