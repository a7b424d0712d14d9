//! The test token tool: a public client of our own, registered when it is first needed. Nothing about it is special to the
//! authorization and token endpoints, except that its tokens are short.

use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use smart::client::{ClientId, TEST_TOKEN_TOOL};
use smart::error::Unreachable;
use smart::narrowing::{Narrowed, NarrowedScope};
use smart::operations::clients;
use smart::random;
use smart_verify::base64url;
use smart_verify::scope::ScopeSet;
use web::browser::seal::{Purpose, binding};
use web::{notes, respond};

use crate::desk::Reaches;
use crate::refusal::{PageResult, Refusal};
use crate::visit::Visit;

/// Where the authorization endpoint answers it.
pub(crate) const CALLBACK: &str = "/account/tokens/callback";

/// What is known again when the authorization endpoint answers: sealed as `state`, for the one who asked alone.
#[derive(Serialize, Deserialize)]
pub(crate) struct TokenToolState {
    /// The secret of this request.
    pub(crate) verifier: String,
    /// What was asked for.
    pub(crate) scope: String,
    /// The client whose scopes it may have; the tool's own if none is named.
    pub(crate) client: Option<ClientId>,
    /// Whether it is that client's test launch, which shows what came back and gives no token away.
    #[serde(default)]
    pub(crate) launch: bool,
}

impl<W: Reaches> Visit<'_, W> {
    /// To the authorization endpoint, as an app goes there.
    pub(crate) async fn leave(&self, narrowed: &Narrowed, asked: &TokenToolState) -> PageResult {
        let (operations, home) = (&self.operations, self.desk.home);
        let kept = clients::keep_test_token_tool(operations, &self.callback(), &home.ceilings).await?;
        let state = self.desk.seals.seal(Purpose::Form, asked, &self.state_binding());
        let state = state.map_err(|error| Unreachable::new("seal", error))?;
        let mut query = form_urlencoded::Serializer::new(String::new());
        let sent = self.authorization_request(&narrowed.granted.to_string(), &asked.verifier);
        let query = query.extend_pairs(sent).append_pair("state", &state).finish();
        let address = format!("{}?{query}", operations.service.authorization_endpoint());
        Ok(notes::with(kept.record, respond::see_other(&address)))
    }

    /// What the tool sends to the authorization endpoint, except `state`.
    pub(crate) fn authorization_request(&self, scope: &str, verifier: &str) -> [(&'static str, String); 7] {
        let own = |text: &str| text.to_owned();
        [
            ("response_type", own("code")),
            ("client_id", own(TEST_TOKEN_TOOL)),
            ("redirect_uri", self.callback()),
            ("scope", own(scope)),
            ("aud", own(self.operations.service.fhir_base_url())),
            ("code_challenge", random::sha256(verifier.as_bytes())),
            ("code_challenge_method", own("S256")),
        ]
    }

    fn state_binding(&self) -> Vec<u8> {
        binding(&[b"token tool", self.who.cookie.id()])
    }

    /// What was asked for, when the authorization endpoint answers it: in the session of the one who asked, by its name.
    ///
    /// Source: RFC 6749 §10.12 (`state`); RFC 9207 §2.4 (`iss`).
    pub(crate) fn come_back(&self) -> Result<TokenToolState, Refusal> {
        let state = self.query("state").unwrap_or_default();
        let asked = self.desk.seals.open::<TokenToolState>(Purpose::Form, &state, &self.state_binding());
        let is_ours = self.query("iss").as_deref() == Some(self.operations.service.issuer());
        asked.filter(|_| is_ours).ok_or(Refusal::OutOfDate)
    }

    /// The code becomes a token at the token endpoint, or does not.
    pub(crate) async fn exchange(
        &self,
        code: &str,
        asked: &TokenToolState,
    ) -> Result<(StatusCode, Value), Unreachable> {
        let redirect_uri = self.callback();
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", redirect_uri.as_str()),
            ("client_id", TEST_TOKEN_TOOL),
            ("code_verifier", asked.verifier.as_str()),
        ];
        self.desk.home.endpoints.token(&form).await
    }

    /// Gives a token back, so that it is over at once.
    ///
    /// Source: RFC 7009 §2.1.
    pub(crate) async fn give_back(&self, token: &str) -> Result<(), Unreachable> {
        self.desk.home.endpoints.revoke(&[("token", token), ("client_id", TEST_TOKEN_TOOL)]).await
    }

    /// The address where the authorization endpoint answers the tool.
    pub(crate) fn callback(&self) -> String {
        format!("{}{CALLBACK}", self.operations.service.issuer())
    }
}

/// The claims of a token of ours, to be read by people.
pub(crate) fn claims(token: &str) -> Vec<(String, String)> {
    let claims = token.split('.').nth(1).and_then(base64url::decode);
    let claims = claims.and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok());
    let shown = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let members = claims.as_ref().and_then(Value::as_object).into_iter().flatten();
    members.map(|(name, value)| (name.clone(), shown(value))).collect()
}

/// A member of an answer of the token endpoint; empty if it has none.
pub(crate) fn text_of<'a>(body: &'a Value, name: &str) -> &'a str {
    body[name].as_str().unwrap_or_default()
}

/// What was asked for and is not in the token, and why.
pub(crate) fn withheld(narrowed: &Narrowed, granted: &ScopeSet) -> Vec<(String, String)> {
    let less = narrowed.report.iter().filter(|decision| NarrowedScope::is_less_than_asked(decision));
    let less = less.map(|decision| (decision.asked.clone(), decision.sentence()));
    let offered = narrowed.granted.set().iter().filter(|scope| !granted.has(scope));
    let unticked = offered.map(|scope| (scope.to_string(), "You did not allow all of it.".to_owned()));
    less.chain(unticked).collect()
}
