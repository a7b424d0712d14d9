//! The code exchange. Its rules change nothing: the caller signs, then asks the store to replace the grant.

use std::time::Duration;

use smart_verify::time::UnixSeconds;
use subtle::ConstantTimeEq;

use super::{Family, Grant, Renewable, Stage};
use crate::client::ClientId;
use crate::error::{ErrorCode, OAuthError};
use crate::ids::RequestId;
use crate::mac::TokenMacs;
use crate::pkce::CodeVerifier;
use crate::token::{AuthorizationCode, CODE_LIFETIME, RefreshToken};

/// What an app shows when it exchanges a code, and what it can count on.
#[derive(Debug)]
pub struct CodeProof<'a> {
    /// The code, its MAC checked.
    pub code: &'a AuthorizationCode,
    /// The client, authenticated.
    pub client_id: &'a ClientId,
    /// The address it says it was answered at.
    pub redirect_uri: &'a str,
    /// The secret of its authorization request, if it shows one.
    pub verifier: Option<&'a CodeVerifier>,
    /// How long a refresh token may lie unused.
    pub idle: Duration,
}

/// What a code exchange makes of a grant.
#[derive(Debug)]
pub enum Redemption {
    /// Tokens may be given, a refresh token among them if the app may come back, once the store has this instead.
    Redeemed(Box<Grant>, Option<RefreshToken>),
    /// The code was used before, and both requests had every proof right: one of the two has stolen it. The store must
    /// have this instead, and no client gets a token.
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
            && self.person.subject == again.person.subject
            && self.scope == again.scope
            && self.context.patient == again.context.patient
            && self.context.encounter == again.context.encounter
            && self.stage.lasting() == again.stage.lasting()
            && self.code.hash == again.code.hash;
        same && self.stage.is_issued() && now < self.issued_at + CODE_LIFETIME
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
        let secret: bool = proof.code.secret_hash().as_bytes().ct_eq(self.code.hash.as_bytes()).into();
        if !secret || &self.client_id != proof.client_id {
            return refused("code_unknown", "the code is not one that was issued to this client.");
        }
        if self.code.redirect_uri != proof.redirect_uri {
            return refused("code_redirect_uri", "redirect_uri is not the one of the authorization request.");
        }
        if let Err(error) = self.code.pkce.check(proof.verifier) {
            return Redemption::Refused(error);
        }
        match &self.stage {
            Stage::Issued { .. } if now >= self.issued_at + CODE_LIFETIME => {
                refused("code_expired", "the code is older than 60 seconds.")
            }
            Stage::Issued { lasting: None } => {
                let next = self.next(Stage::Redeemed { renewable: None }, by, now);
                Redemption::Redeemed(Box::new(next), None)
            }
            Stage::Issued { lasting: Some(lasting) } => {
                let first = RefreshToken::first(proof.code.grant().clone(), self.client_id.clone(), macs);
                let renewable = Renewable { lasting: lasting.clone(), family: Family::of(&first, now) };
                let next =
                    self.next(Stage::Redeemed { renewable: Some(renewable) }, by, now).kept_for(proof.idle);
                Redemption::Redeemed(Box::new(next), Some(first))
            }
            Stage::Redeemed { .. } => Redemption::Replayed(Box::new(self.revoked(by, now))),
            Stage::Revoked(_) => {
                refused("grant_revoked", "the code was already used, or access was withdrawn.")
            }
        }
    }
}
