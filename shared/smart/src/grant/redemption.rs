//! What may become of a grant. These rules change nothing: the caller signs, then asks the store to replace the grant.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use smart_verify::access_token::APP_LIFETIME;
use smart_verify::time::UnixSeconds;
use subtle::ConstantTimeEq;

use super::{Family, Grant};
use crate::client::ClientId;
use crate::error::{ErrorCode, OAuthError};
use crate::ids::RequestId;
use crate::mac::TokenMacs;
use crate::pkce::CodeVerifier;
use crate::token::{AuthorizationCode, CODE_LIFETIME, RefreshToken};

/// Where in its life a grant is. Nothing ever leaves `Revoked`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Its code is on the way to the app.
    Issued,
    /// The code was exchanged.
    Redeemed,
    /// It is over.
    Revoked,
}

/// What an app shows when it exchanges a code, and what it can count on.
#[derive(Debug)]
pub struct CodeProof<'a> {
    /// The code, its MAC checked.
    pub code: &'a AuthorizationCode,
    /// The client, authenticated.
    pub client_id: &'a ClientId,
    /// The address it says it was answered at.
    pub redirect_uri: &'a str,
    /// The secret of its authorization request.
    pub verifier: &'a CodeVerifier,
    /// How long a refresh token may lie unused.
    pub idle: Duration,
}

/// What a code exchange makes of a grant.
#[derive(Debug)]
pub enum Redemption {
    /// Tokens may be given, a refresh token among them if the app may come back, once the store has this instead.
    Redeemed(Box<Grant>, Option<RefreshToken>),
    /// The code was used before, by somebody who can prove everything: one of the two has stolen it. The store must have
    /// this instead, and nobody gets a token.
    Replayed(Box<Grant>),
    /// Nothing changes: the proofs are wrong, or the code is too old or over.
    Refused(OAuthError),
}

fn refused(reason: &'static str, sentence: &'static str) -> Redemption {
    Redemption::Refused(refusal(reason, sentence))
}

pub(super) fn refusal(reason: &'static str, sentence: &'static str) -> OAuthError {
    ErrorCode::InvalidGrant.because(reason, sentence)
}

impl Grant {
    /// Whether this grant, put by an earlier submission of the same page, is the very answer that is given again: then
    /// its code, still on the way, may be sent again too.
    pub fn answers_the_same_as(&self, again: &Self, now: UnixSeconds) -> bool {
        let same = self.client_id == again.client_id
            && self.subject == again.subject
            && self.scope == again.scope
            && self.patient == again.patient
            && self.encounter == again.encounter
            && self.lasting == again.lasting
            && self.code_hash == again.code_hash;
        same && self.stage == Stage::Issued && now < self.issued_at + CODE_LIFETIME
    }

    /// Whether anything can still come of it, or what came of it may still be good.
    pub fn is_live(&self, now: UnixSeconds) -> bool {
        match self.stage {
            Stage::Issued => now < self.issued_at + CODE_LIFETIME,
            Stage::Redeemed => now < self.expires_at,
            Stage::Revoked => false,
        }
    }

    /// The grant after its person, or somebody for them, has ended it; nothing if it is over already.
    pub fn withdraw(&self, by: &RequestId, now: UnixSeconds) -> Option<Self> {
        (self.stage != Stage::Revoked).then(|| self.next(Stage::Revoked, by, now))
    }

    /// What a code exchange makes of this grant.
    ///
    /// Source: RFC 6749 §4.1.2 (a code must not be used twice; what was issued for it should be revoked) and §4.1.3.
    pub fn redeem(
        &self,
        proof: &CodeProof<'_>,
        macs: &TokenMacs,
        by: &RequestId,
        now: UnixSeconds,
    ) -> Redemption {
        let secret: bool = proof.code.secret_hash().as_bytes().ct_eq(self.code_hash.as_bytes()).into();
        if !secret || &self.client_id != proof.client_id {
            return refused("code_unknown", "the code is not one that was issued to this client.");
        }
        if self.redirect_uri != proof.redirect_uri {
            return refused("code_redirect_uri", "redirect_uri is not the one of the authorization request.");
        }
        if !self.challenge.is_of(proof.verifier) {
            return refused("verifier_mismatch", "code_verifier does not match the code_challenge.");
        }
        match self.stage {
            Stage::Issued if now >= self.issued_at + CODE_LIFETIME => {
                refused("code_expired", "the code is older than 60 seconds.")
            }
            Stage::Issued => {
                let first = self
                    .lasting
                    .as_ref()
                    .map(|_| RefreshToken::first(proof.code.grant().clone(), self.client_id.clone(), macs));
                let family = first.as_ref().map(|first| Family::of(first, now));
                let next = Self { family, ..self.next(Stage::Redeemed, by, now) };
                Redemption::Redeemed(Box::new(next.kept_for(proof.idle)), first)
            }
            Stage::Redeemed => Redemption::Replayed(Box::new(self.next(Stage::Revoked, by, now))),
            Stage::Revoked => refused("grant_revoked", "the code was already used, or access was withdrawn."),
        }
    }

    pub(super) fn next(&self, stage: Stage, by: &RequestId, now: UnixSeconds) -> Self {
        Self {
            stage,
            stage_since: now,
            // Kept for as long as an access token of it may live, so that its end can be seen by whoever asks.
            expires_at: now + APP_LIFETIME + CODE_LIFETIME,
            version: self.version + 1,
            last_request: by.clone(),
            ..self.clone()
        }
    }
}
