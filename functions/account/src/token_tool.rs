//! The test token tool: a public client of our own, registered when it is first needed. Nothing about it is special to the
//! authorization and token endpoints, besides that its tokens are short.

use http::StatusCode;
use pages::refusal;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use smart::audit::Record;
use smart::client::{ClientId, ClientMetadata, TEST_TOKEN_TOOL};
use smart::error::Unreachable;
use smart::narrowing::Narrowed;
use smart::operations::clients::{self, Ours};
use smart::random;
use smart_verify::base64url;
use smart_verify::scope::{LastingScope, Scope, ScopeSet};
use web::browser::seal::{Purpose, binding};
use web::notes::noted;
use web::{Response, respond};

use super::visit::Visit;
use crate::Reaches;
use crate::call::Answer;

/// Where the authorization endpoint answers it.
pub(super) const CALLBACK: &str = "/account/tokens/callback";

/// What is known again when the authorization endpoint answers: sealed as `state`, for the one who asked alone.
#[derive(Serialize, Deserialize)]
pub(super) struct Asked {
    /// The secret of this request.
    pub(super) verifier: String,
    /// What was asked for.
    pub(super) scope: String,
    /// The client whose scopes it may have; the tool's own if none is named.
    pub(super) client: Option<ClientId>,
    /// Whether it is that client's test launch, which shows what came back and gives no token away.
    #[serde(default)]
    pub(super) launch: bool,
}

impl<W: Reaches> Visit<'_, W> {
    /// To the authorization endpoint, as an app goes there.
    pub(super) async fn leave(&self, narrowed: &Narrowed, asked: &Asked) -> Answer {
        let record = self.register_tool().await?;
        let state = self.ports.seals.seal(Purpose::Form, asked, &self.state_binding());
        let state = state.map_err(|error| self.unreachable(Unreachable::new("seal", error)))?;
        let mut query = form_urlencoded::Serializer::new(String::new());
        let sent = self.authorization_request(&narrowed.granted.to_string(), &asked.verifier);
        let query = query.extend_pairs(sent).append_pair("state", &state).finish();
        let answer = respond::see_other(&format!("{}?{query}", self.ports.service.authorization_endpoint()));
        Ok(record.into_iter().fold(answer, noted))
    }

    /// What the tool sends to the authorization endpoint, besides `state`.
    pub(super) fn authorization_request(&self, scope: &str, verifier: &str) -> [(&'static str, String); 7] {
        let own = |text: &str| text.to_owned();
        [
            ("response_type", own("code")),
            ("client_id", own(TEST_TOKEN_TOOL)),
            ("redirect_uri", self.callback()),
            ("scope", own(scope)),
            ("aud", own(self.ports.service.fhir_base_url())),
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
    pub(super) fn come_back(&self) -> Result<Asked, Box<Response>> {
        let state = self.query("state").unwrap_or_default();
        let asked = self.ports.seals.open::<Asked>(Purpose::Form, &state, &self.state_binding());
        let is_ours = self.query("iss").as_deref() == Some(self.ports.service.issuer());
        let out_of_date = || Box::new(refusal::out_of_date(self.request, &self.home().site));
        asked.filter(|_| is_ours).ok_or_else(out_of_date)
    }

    /// The code becomes a token at the token endpoint, or does not.
    pub(super) async fn exchange(
        &self,
        code: &str,
        asked: &Asked,
    ) -> Result<(StatusCode, Value), Box<Response>> {
        let redirect_uri = self.callback();
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", redirect_uri.as_str()),
            ("client_id", TEST_TOKEN_TOOL),
            ("code_verifier", asked.verifier.as_str()),
        ];
        self.home().endpoints.token(&form).await.map_err(|error| self.unreachable(error))
    }

    /// Gives a token back, so that it is over at once.
    ///
    /// Source: RFC 7009 §2.1.
    pub(super) async fn give_back(&self, token: &str) -> Result<(), Unreachable> {
        self.home().endpoints.revoke(&[("token", token), ("client_id", TEST_TOKEN_TOOL)]).await
    }

    /// The address where the authorization endpoint answers the tool.
    pub(super) fn callback(&self) -> String {
        format!("{}{CALLBACK}", self.ports.service.issuer())
    }

    /// What the tool may ask for: what anybody may have, except access that lasts.
    pub(super) fn tool_scopes(&self) -> ScopeSet {
        let ends =
            |scope: &&Scope| !matches!(scope, Scope::Lasting(LastingScope::Offline | LastingScope::Online));
        self.home().ceilings.of_anybody().iter().filter(ends).cloned().collect()
    }

    /// Sees to it that the tool is registered as it should be. Its id is not one that is ever drawn, so nobody has it. Says
    /// what to record, if it was not.
    pub(super) async fn register_tool(&self) -> Result<Option<Record>, Box<Response>> {
        let broken = |why: String| self.unreachable(Unreachable::new("clients", why));
        let members = json!({
            "client_name": "Test token tool", "redirect_uris": [self.callback()],
            "token_endpoint_auth_method": "none", "scope": self.tool_scopes().to_string(),
        });
        let metadata = ClientMetadata::check(members.as_object().unwrap_or(&serde_json::Map::new()));
        let metadata = metadata.map_err(|errors| broken(format!("{errors:?}")))?;
        let kept = clients::keep_ours(&self.operations(), Ours::TestTokenTool, metadata).await;
        kept.map(|done| done.record).map_err(|why| self.not_done(why))
    }
}

/// The claims of a token of ours, to be read by people.
pub(super) fn claims(token: &str) -> Vec<(String, String)> {
    let claims = token.split('.').nth(1).and_then(base64url::decode);
    let claims = claims.and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok());
    let shown = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let members = claims.as_ref().and_then(Value::as_object).into_iter().flatten();
    members.map(|(name, value)| (name.clone(), shown(value))).collect()
}
