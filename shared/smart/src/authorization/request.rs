//! The authorization request, checked one rule after the other.

use super::audience;
use crate::client::ClientId;
use crate::error::{ErrorCode, OAuthError};
use crate::launch::LaunchHandle;
use crate::narrowing::RequestedScopes;
use crate::parameters::Parameters;
use crate::pkce::CodeChallenge;
use crate::service::Service;

/// Every parameter that means something here; each may come once.
const PARAMETERS: [&str; 18] = [
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "aud",
    "resource",
    "launch",
    "code_challenge",
    "code_challenge_method",
    "nonce",
    "prompt",
    "max_age",
    "login_hint",
    "id_token_hint",
    "response_mode",
    "request",
    "request_uri",
];

/// The longest value of a single parameter but `scope`: 2 KiB.
const MAX_VALUE: usize = 2048;

/// Who asks, and where the answer should go: read first, since until they are proven no error may go anywhere.
#[derive(Debug)]
pub struct Addressed<'a> {
    parameters: &'a Parameters,
    /// The client that asks.
    pub client_id: ClientId,
    /// Where it wants the answer.
    pub redirect_uri: &'a str,
    /// What it wants back with it.
    pub state: Option<&'a str>,
}

impl<'a> Addressed<'a> {
    /// Reads who asks.
    ///
    /// # Errors
    /// `invalid_request`, to be shown to the person on a page of ours.
    pub fn read(form: &'a Parameters) -> Result<Self, OAuthError> {
        let client_id = form.required("client_id")?.parse().map_err(|_| {
            // The same words as for an id that nobody has: whoever typed it sees the same page.
            ErrorCode::InvalidRequest
                .because("client_unknown", "no app of this client_id is registered here.")
        })?;
        let redirect_uri = form.required("redirect_uri")?;
        // A state sent twice is an error of its own, told to the app without a state.
        let state = form.get("state").unwrap_or_default().filter(|state| state.len() <= MAX_VALUE);
        Ok(Self { parameters: form, client_id, redirect_uri, state })
    }

    /// The whole request, of which no rule is checked yet.
    pub(super) const fn parameters(&self) -> &'a Parameters {
        self.parameters
    }

    /// The key of the launch that the request names, to be looked up.
    pub fn launch_key(&self) -> Option<String> {
        self.parameters.all("launch").next().and_then(LaunchHandle::parse).map(|handle| handle.key())
    }
}

/// What `prompt` asks of the page.
///
/// Source: OpenID Connect Core 1.0 §3.1.2.1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Prompt {
    /// No page may be shown at all.
    pub none: bool,
    /// The person must sign in again.
    pub login: bool,
    /// The person must be asked again.
    pub consent: bool,
}

impl Prompt {
    fn parse(text: Option<&str>) -> Result<Self, OAuthError> {
        let mut prompt = Self::default();
        let words = text.unwrap_or_default().split(' ').filter(|word| !word.is_empty());
        for word in words {
            match word {
                "none" => prompt.none = true,
                "login" | "select_account" => prompt.login = true,
                "consent" => prompt.consent = true,
                _ => {
                    return Err(invalid(
                        "prompt_unknown",
                        "prompt may hold none, login, consent or select_account.",
                    ));
                }
            }
        }
        if prompt.none && (prompt.login || prompt.consent) {
            return Err(invalid("prompt_contradiction", "prompt=none goes with no other value."));
        }
        Ok(prompt)
    }
}

/// An authorization request in which everything is as it must be, apart from who the person is and what they allow.
#[derive(Debug)]
pub struct AuthorizationRequest {
    /// What is asked.
    pub scopes: RequestedScopes,
    /// The launch that the app was opened with, not looked up yet.
    pub launch: Option<LaunchHandle>,
    /// What the code will be bound to.
    pub challenge: CodeChallenge,
    /// What the id_token must echo.
    pub nonce: Option<String>,
    /// What `prompt` asks of the page.
    pub prompt: Prompt,
    /// How long ago the person may have signed in, in seconds.
    pub max_age: Option<u64>,
    /// Who the app thinks the person is.
    pub login_hint: Option<String>,
}

impl AuthorizationRequest {
    /// Whether the app cares when the user authenticated. An upstream provider must then report it: `max_age` was sent
    /// there, and where no time comes back the user took it out of the address on the way.
    ///
    /// Source: OpenID Connect Core 1.0 §2, `auth_time`.
    pub const fn needs_auth_time(&self) -> bool {
        self.prompt.login || self.max_age.is_some()
    }
}

fn invalid(reason: &'static str, sentence: &'static str) -> OAuthError {
    ErrorCode::InvalidRequest.because(reason, sentence)
}

impl AuthorizationRequest {
    /// Checks a request whose client and address are proven.
    ///
    /// Source: SMART App Launch 2.2, app-launch#obtain-authorization-code; RFC 6749 §4.1.1; OpenID Connect Core 1.0 §3.1.2.1.
    ///
    /// # Errors
    /// The first rule that does not hold, to be told to the app.
    pub fn check(form: &Parameters, service: &Service) -> Result<Self, OAuthError> {
        form.each_once(&PARAMETERS)?;
        check_lengths(form)?;
        check_response(form)?;
        refuse_request_objects(form)?;
        if form.get("state")?.is_none() {
            return Err(invalid("state_missing", "state is missing; send an unguessable value."));
        }
        audience::check(form, service)?;
        let challenge =
            CodeChallenge::parse(form.get("code_challenge")?, form.get("code_challenge_method")?)?;
        let scopes = match form.get("scope")? {
            Some(scope) => RequestedScopes::parse(scope)?,
            None => return Err(ErrorCode::InvalidScope.because("scope_missing", "scope is missing.")),
        };
        let launch = launch(form, &scopes)?;
        Ok(Self {
            scopes,
            launch,
            challenge,
            nonce: form.get("nonce")?.map(str::to_owned),
            prompt: Prompt::parse(form.get("prompt")?)?,
            max_age: max_age(form)?,
            login_hint: form.get("login_hint")?.map(str::to_owned),
        })
    }
}

fn check_lengths(form: &Parameters) -> Result<(), OAuthError> {
    let too_long = |name: &&&str| **name != "scope" && form.all(name).any(|value| value.len() > MAX_VALUE);
    match PARAMETERS.iter().find(too_long) {
        Some(name) => Err(ErrorCode::InvalidRequest
            .because("parameter_too_long", format!("{name} is longer than 2048 bytes."))),
        None => Ok(()),
    }
}

fn check_response(form: &Parameters) -> Result<(), OAuthError> {
    match form.required("response_type")? {
        "code" => {}
        _ => {
            let sentence = "response_type must be code.";
            return Err(ErrorCode::UnsupportedResponseType.because("response_type", sentence));
        }
    }
    match form.get("response_mode")? {
        None | Some("query") => Ok(()),
        Some(_) => Err(invalid("response_mode", "response_mode must be query, or left out.")),
    }
}

/// Source: OpenID Connect Core 1.0 §6 and §7.2.1.
fn refuse_request_objects(form: &Parameters) -> Result<(), OAuthError> {
    let sentence = "send the parameters themselves; request objects are not supported.";
    if form.get("request")?.is_some() {
        return Err(ErrorCode::RequestNotSupported.because("request_object", sentence));
    }
    if form.get("request_uri")?.is_some() {
        return Err(ErrorCode::RequestUriNotSupported.because("request_object", sentence));
    }
    if form.get("id_token_hint")?.is_some() {
        let sentence = "id_token_hint is not supported; leave it out.";
        return Err(invalid("id_token_hint", sentence));
    }
    if form.get("registration")?.is_some() {
        return Err(ErrorCode::RegistrationNotSupported.because("registration_parameter", sentence));
    }
    Ok(())
}

/// The handle of a launch, if one is asked for. Without the scope `launch` the parameter means nothing.
///
/// Source: SMART App Launch 2.2, app-launch#launch-app-ehr-launch.
fn launch(form: &Parameters, scopes: &RequestedScopes) -> Result<Option<LaunchHandle>, OAuthError> {
    match (scopes.asks_for_launch(), form.get("launch")?) {
        (false, _) => Ok(None),
        (true, None) => {
            Err(invalid("launch_missing", "the scope launch needs the launch parameter of an EHR."))
        }
        (true, Some(text)) => match LaunchHandle::parse(text) {
            Some(handle) => Ok(Some(handle)),
            None => Err(invalid("launch_malformed", "launch is not a handle that was made here.")),
        },
    }
}

fn max_age(form: &Parameters) -> Result<Option<u64>, OAuthError> {
    let read = |text: &str| {
        let digits = text.len() <= 10 && text.bytes().all(|byte| byte.is_ascii_digit());
        let malformed = || invalid("max_age", "max_age must be a whole number of seconds.");
        text.parse().ok().filter(|_| digits).ok_or_else(malformed)
    };
    form.get("max_age")?.map(read).transpose()
}

#[cfg(test)]
mod tests;
