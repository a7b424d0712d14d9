//! A grant as its item stores it: one flat map, which old and new code read and write side by side.

use serde::{Deserialize, Serialize};
use smart_verify::time::UnixSeconds;
use thiserror::Error;

use super::stage::StageName;
use super::{Basis, CodeBinding, Family, Grant, GrantContext, Grantor, Lasting, Stage};
use crate::client::ClientId;
use crate::ids::{GrantKey, RequestId};
use crate::launch;
use crate::narrowing::GrantedScopes;
use crate::pkce::{CodeChallenge, Pkce};
use crate::unknown_fields::UnknownFields;

/// The item. What is optional is absent, never null; what is new has a default that is absent, so that older code reads
/// what newer code writes.
#[derive(Serialize, Deserialize)]
pub(super) struct StoredGrant {
    key: GrantKey,
    client_id: ClientId,
    user_name: String,
    sub: String,
    scope: GrantedScopes,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    patient: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    encounter: Option<String>,
    #[serde(default, skip_serializing_if = "launch::Context::is_empty")]
    context: launch::Context,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fhir_user: Option<String>,
    redirect_uri: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    challenge: Option<CodeChallenge>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pkce: Option<WithoutChallenge>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nonce: Option<String>,
    auth_time: UnixSeconds,
    issued_at: UnixSeconds,
    #[serde(default, skip_serializing_if = "Basis::is_person")]
    basis: Basis,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lasting: Option<Lasting>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    family: Option<Family>,
    code_hash: String,
    stage: StageName,
    stage_since: UnixSeconds,
    expires_at: UnixSeconds,
    version: u64,
    last_request: RequestId,
    #[serde(flatten)]
    unknown: UnknownFields,
}

/// Says that there is no challenge on purpose: a lost challenge must never read as one that was not needed.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum WithoutChallenge {
    None,
}

/// Why an item is no grant, though each of its fields can be read. No version has ever written such an item: refresh
/// tokens and what they hang on came to grants together.
#[derive(Debug, Error)]
pub(super) enum Contradiction {
    #[error("a grant has either a challenge or `pkce: none`")]
    Pkce,
    #[error("lasting and family of a grant contradict its stage")]
    Stage,
}

impl TryFrom<StoredGrant> for Grant {
    type Error = Contradiction;

    fn try_from(stored: StoredGrant) -> Result<Self, Contradiction> {
        let pkce = match (stored.challenge, stored.pkce) {
            (Some(challenge), None) => Pkce::Required(challenge),
            (None, Some(WithoutChallenge::None)) => Pkce::Absent,
            (Some(_), Some(_)) | (None, None) => return Err(Contradiction::Pkce),
        };
        let stage = (stored.stage, stored.lasting, stored.family);
        Ok(Self {
            key: stored.key,
            client_id: stored.client_id,
            person: Grantor {
                user_name: stored.user_name,
                subject: stored.sub,
                fhir_user: stored.fhir_user,
                auth_time: stored.auth_time,
            },
            scope: stored.scope,
            context: GrantContext {
                patient: stored.patient,
                encounter: stored.encounter,
                launch: stored.context,
            },
            code: CodeBinding {
                hash: stored.code_hash,
                pkce,
                redirect_uri: stored.redirect_uri,
                nonce: stored.nonce,
            },
            basis: stored.basis,
            issued_at: stored.issued_at,
            stage: Stage::read(stage).ok_or(Contradiction::Stage)?,
            stage_since: stored.stage_since,
            expires_at: stored.expires_at,
            version: stored.version,
            last_request: stored.last_request,
            unknown: stored.unknown,
        })
    }
}

impl From<Grant> for StoredGrant {
    fn from(grant: Grant) -> Self {
        let (challenge, pkce) = match grant.code.pkce {
            Pkce::Required(challenge) => (Some(challenge), None),
            Pkce::Absent => (None, Some(WithoutChallenge::None)),
        };
        let (stage, lasting, family) = grant.stage.write();
        Self {
            key: grant.key,
            client_id: grant.client_id,
            user_name: grant.person.user_name,
            sub: grant.person.subject,
            scope: grant.scope,
            patient: grant.context.patient,
            encounter: grant.context.encounter,
            context: grant.context.launch,
            fhir_user: grant.person.fhir_user,
            redirect_uri: grant.code.redirect_uri,
            challenge,
            pkce,
            nonce: grant.code.nonce,
            auth_time: grant.person.auth_time,
            issued_at: grant.issued_at,
            basis: grant.basis,
            lasting,
            family,
            code_hash: grant.code.hash,
            stage,
            stage_since: grant.stage_since,
            expires_at: grant.expires_at,
            version: grant.version,
            last_request: grant.last_request,
            unknown: grant.unknown,
        }
    }
}

#[cfg(test)]
mod tests;
