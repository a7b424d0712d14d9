//! Introspection: whether a token is still good, for who may ask.

use serde::Serialize;
use smart_verify::access_token::AccessToken;
use smart_verify::time::UnixSeconds;

use super::{Minting, TokenDesk};
use crate::audit::{AuditHasher, Audited, Event, Record};
use crate::client::{ClientId, PICKER};
use crate::error::{OAuthError, Unreachable};
use crate::grant::Grant;
use crate::launch::Context;
use crate::ports::{ClientReader, GrantKeeper, PublicKeys, SystemAccountReader, Tombstones, World};
use crate::token::{IssuedToken, RefreshToken};
use crate::user::SystemAccount;

/// Who asks.
#[derive(Clone, Copy, Debug)]
pub enum Asker<'a> {
    /// A client that has proven itself: it may ask about its own tokens.
    Client(&'a ClientId),
    /// The bearer of a token that allows asking about the access tokens of all.
    AnyToken,
}

impl Asker<'_> {
    /// A refresh token is nobody's business but its client's.
    fn may_ask_about(&self, token: &IssuedToken) -> bool {
        match self {
            Self::Client(id) => token.client_id() == id.as_str(),
            Self::AnyToken => matches!(token, IssuedToken::Access(_)),
        }
    }
}

/// What is answered: of a token that is not active nothing is said but that.
///
/// Source: RFC 7662 §2.2; SMART App Launch 2.2, token-introspection.
#[derive(Debug, Default, Serialize)]
pub struct Introspection {
    active: bool,
    #[serde(flatten)]
    about: Option<About>,
}

impl Introspection {
    /// What is known of a token, with a record that tells as much of it.
    fn of(about: Option<About>, record: Record, audit: &AuditHasher) -> Audited<Self> {
        let active = about.is_some();
        let patient = about.as_ref().and_then(|about| about.patient.as_deref());
        let record = record.patient(patient.map(|id| audit.patient(id)));
        let record = record.for_reason(if active { "active" } else { "inactive" });
        Audited::new(Self { active, about }, record)
    }
}

/// The record of a token that was recognised.
fn record_of(token: &IssuedToken) -> Record {
    let record = Record::of(Event::TokenIntrospected);
    let record = match token.client_id().parse() {
        Ok(client_id) => record.client(&client_id),
        Err(_) => record,
    };
    match token.grant() {
        Some(key) => record.grant(&key),
        None => record,
    }
}

#[derive(Debug, Serialize)]
struct About {
    scope: String,
    client_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    token_type: Option<&'static str>,
    iss: String,
    sub: String,
    aud: String,
    exp: UnixSeconds,
    iat: UnixSeconds,
    #[serde(skip_serializing_if = "Option::is_none")]
    jti: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", rename = "fhirUser")]
    fhir_user: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    patient: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    encounter: Option<String>,
    #[serde(flatten)]
    context: Context,
}

/// Says whether a token is good at this moment: its signature or MAC, its end, whether its grant lives, and whether its
/// client may still act.
///
/// # Errors
/// `temporarily_unavailable` when that cannot be known.
pub async fn introspect(
    text: &str,
    asker: Asker<'_>,
    desk: &TokenDesk<
        impl World<Store: ClientReader + SystemAccountReader + GrantKeeper + Tombstones, Signer: PublicKeys>,
    >,
    minting: &Minting,
    now: UnixSeconds,
) -> Result<Audited<Introspection>, OAuthError> {
    let keys = desk.signer.published(now);
    let token = IssuedToken::recognise(text, &keys, desk.service.tokens(), &minting.macs, now);
    let Some(token) = token.filter(|token| asker.may_ask_about(token)) else {
        return Ok(Introspection::of(None, Record::of(Event::TokenIntrospected), &minting.audit));
    };
    let record = record_of(&token);
    let client = client_of(&token, &desk.store, now);
    let grant = async {
        match (token.grant(), &token) {
            (Some(key), _) => {
                desk.store.grant(&key).await.map(|grant| grant.map(|grant| State::Granted(Box::new(grant))))
            }
            (None, IssuedToken::Access(token)) => {
                let buried = desk.store.is_buried(&token.jti).await?;
                Ok((!buried).then_some(State::Alone))
            }
            (None, IssuedToken::Refresh(_)) => Ok(None),
        }
    };
    let (may_act, state) = tokio::try_join!(client, grant)?;
    let about = match (token, state) {
        _ if !may_act => None,
        (IssuedToken::Access(token), Some(state)) => about_access_token(*token, state),
        (IssuedToken::Refresh(token), Some(State::Granted(grant))) => {
            about_refresh_token(&token, *grant, desk.service.tokens().issuer.clone(), minting, now)
        }
        _ => None,
    };
    Ok(Introspection::of(about, record, &minting.audit))
}

/// What the store knows of a token.
enum State {
    /// The grant that it comes from.
    Granted(Box<Grant>),
    /// It comes from none, and was not revoked.
    Alone,
}

/// Whether the client of a token may still act, and the system account that the token names, if it names one. The picker
/// is a part of this service and registered nowhere.
async fn client_of(
    token: &IssuedToken,
    store: &(impl ClientReader + SystemAccountReader),
    now: UnixSeconds,
) -> Result<bool, Unreachable> {
    if token.client_id() == PICKER {
        return Ok(true);
    }
    let Ok(id) = token.client_id().parse() else {
        return Ok(false);
    };
    let client = store.client(&id, now).await?;
    let Some(client) = client.filter(|client| !client.disabled) else {
        return Ok(false);
    };
    match (token, &client.metadata.system_account) {
        (IssuedToken::Access(token), Some(name)) if token.grant.is_none() => {
            let account = SystemAccount::of(store.system_account(name, now).await?);
            Ok(account.is_ok_and(|account| account.subject() == token.subject))
        }
        _ => Ok(true),
    }
}

fn about_access_token(token: AccessToken, state: State) -> Option<About> {
    let (context, fhir_user) = match state {
        State::Alone => (Context::default(), token.fhir_user),
        State::Granted(grant) if grant.stage.is_redeemed() && grant.client_id.as_str() == token.client_id => {
            (grant.context.launch, token.fhir_user.filter(|_| grant.scope.set().wants_fhir_user()))
        }
        State::Granted(_) => return None,
    };
    Some(About {
        scope: token.scope.to_string(),
        client_id: token.client_id,
        token_type: Some("Bearer"),
        iss: token.issuer,
        sub: token.subject,
        aud: token.audience,
        exp: token.expires_at,
        iat: token.issued_at,
        jti: Some(token.jti),
        fhir_user,
        patient: token.patient,
        encounter: token.encounter,
        context,
    })
}

fn about_refresh_token(
    token: &RefreshToken,
    grant: Grant,
    issuer: String,
    minting: &Minting,
    now: UnixSeconds,
) -> Option<About> {
    let renewable = grant.stage.renewable().filter(|renewable| renewable.family.is_live(token))?;
    let ends_at = renewable.ends_at(minting.refresh_idle);
    (now < ends_at).then(|| About {
        exp: ends_at,
        iat: renewable.family.since,
        scope: grant.scope.to_string(),
        client_id: grant.client_id.to_string(),
        token_type: None,
        aud: issuer.clone(),
        iss: issuer,
        sub: grant.person.subject,
        jti: None,
        fhir_user: grant.person.fhir_user.filter(|_| grant.scope.set().wants_fhir_user()),
        patient: grant.context.patient,
        encounter: grant.context.encounter,
        context: grant.context.launch,
    })
}
