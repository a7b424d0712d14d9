//! Refresh tokens: for how long an app may come back, and what becomes of a grant when it does. These rules change
//! nothing: the caller signs, then asks the store to replace the grant.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use smart_verify::time::UnixSeconds;
use subtle::ConstantTimeEq;

use super::redemption::refusal;
use super::{Grant, Renewable, Stage};
use crate::client::ClientId;
use crate::error::OAuthError;
use crate::ids::RequestId;
use crate::mac::TokenMacs;
use crate::random;
use crate::token::RefreshToken;

/// For how long the token just replaced still gives its successor again: 10 seconds, for a client that lost the answer.
///
/// Source: RFC 9700 §4.14.2 (rotation; a replaced token that comes back ends the family).
pub const GRACE: Duration = Duration::from_secs(10);

/// How long a refresh token may lie unused unless a setting says otherwise: 92 days.
///
/// Source: 45 CFR §170.315(g)(10) asks for three months at least.
pub const IDLE: Duration = Duration::from_secs(92 * 86_400);

/// For how long an app may come back for another access token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lasting {
    /// Until a moment that the person chose, whether they are there or not: `offline_access`.
    Offline {
        /// When it ends.
        until: UnixSeconds,
    },
    /// While the person is signed in: `online_access`.
    Online {
        /// The session, by the hash of its id.
        session: String,
        /// When that session ends at the latest.
        until: UnixSeconds,
    },
}

impl Lasting {
    /// When it ends, whatever happens.
    pub const fn until(&self) -> UnixSeconds {
        match self {
            Self::Offline { until } | Self::Online { until, .. } => *until,
        }
    }
}

/// The refresh tokens of a grant: one that is live, and what is known of the one before it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Family {
    /// The place of the live token, from 1.
    pub generation: u32,
    /// SHA-256 of its secret.
    pub hash: String,
    /// The version of the key that made its MAC.
    pub mac: u32,
    /// When it was made.
    pub since: UnixSeconds,
    /// How it was made of the one before it, if there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Before>,
}

/// What is known of the token that was replaced last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Before {
    /// SHA-256 of its secret.
    pub hash: String,
    /// What the live token's secret was made from, with the secret of that one.
    pub salt: String,
}

/// What an app shows when it comes back, and what it can count on.
#[derive(Debug)]
pub struct RefreshProof<'a> {
    /// The token, its MAC checked.
    pub token: &'a RefreshToken,
    /// The client, authenticated.
    pub client_id: &'a ClientId,
    /// How long a token may lie unused.
    pub idle: Duration,
}

/// What a refresh makes of a grant.
#[derive(Debug)]
pub enum Renewal {
    /// Tokens may be given, this refresh token among them, once the store has this grant instead.
    Renewed(Box<Grant>, RefreshToken),
    /// The answer was given a moment ago: its refresh token is given again, and nothing changes.
    Repeated(RefreshToken),
    /// A token that was replaced long ago, or twice: it was stolen, or its successor was. The store must have this instead,
    /// and nobody gets a token.
    Stale(Box<Grant>),
    /// Nothing changes: the token is not this client's, too old, or over.
    Refused(OAuthError),
}

fn refused(reason: &'static str, sentence: &'static str) -> Renewal {
    Renewal::Refused(refusal(reason, sentence))
}

fn unknown() -> Renewal {
    refused("refresh_token_unknown", "the refresh token is not one that was issued to this client.")
}

fn same(one: &str, other: &str) -> bool {
    one.as_bytes().ct_eq(other.as_bytes()).into()
}

impl Family {
    /// The family that begins with this token.
    pub(super) fn of(first: &RefreshToken, now: UnixSeconds) -> Self {
        Self {
            generation: first.generation(),
            hash: first.secret_hash(),
            mac: first.mac_version(),
            since: now,
            before: None,
        }
    }

    /// Whether a token is the live one.
    pub fn is_live(&self, token: &RefreshToken) -> bool {
        self.generation == token.generation() && same(&self.hash, &token.secret_hash())
    }

    /// The live token again, for who has the one before it and comes soon.
    fn again(&self, token: &RefreshToken, now: UnixSeconds) -> Option<RefreshToken> {
        let before = self.before.as_ref()?;
        let follows = token.generation().checked_add(1) == Some(self.generation);
        let known = same(&before.hash, &token.secret_hash());
        (follows && known && now < self.since + GRACE).then(|| token.successor(&before.salt, self.mac))
    }

    /// The family after its live token was replaced by its successor, whose salt is drawn now.
    fn next(&self, token: &RefreshToken, macs: &TokenMacs, now: UnixSeconds) -> (Self, RefreshToken) {
        let salt = random::text::<16>();
        let successor = token.successor(&salt, macs.minting_version());
        let before = Some(Before { hash: self.hash.clone(), salt });
        (Self { before, ..Self::of(&successor, now) }, successor)
    }
}

impl Renewable {
    /// From when on the live refresh token is useless: it has lain too long, or the app may not come back any more.
    pub fn ends_at(&self, idle: Duration) -> UnixSeconds {
        self.lasting.until().min(self.family.since + idle)
    }
}

impl Grant {
    /// What a refresh makes of this grant.
    ///
    /// A token that is older than the live one was given out once, or its MAC would not hold: only the live token's
    /// predecessor may come again, and only for a moment.
    ///
    /// Source: RFC 6749 §6 and §10.4; RFC 9700 §4.14.2.
    pub fn renew(
        &self,
        proof: &RefreshProof<'_>,
        macs: &TokenMacs,
        by: &RequestId,
        now: UnixSeconds,
    ) -> Renewal {
        let token = proof.token;
        let theirs = &self.client_id == proof.client_id && token.client_id() == proof.client_id;
        let renewable = match &self.stage {
            Stage::Redeemed { renewable: Some(renewable) } if theirs => renewable,
            Stage::Revoked(_) if theirs => {
                return refused(
                    "grant_revoked",
                    "access was withdrawn or ended; the person must be asked again.",
                );
            }
            _ => return unknown(),
        };
        let Renewable { lasting, family } = renewable;
        if now >= renewable.ends_at(proof.idle) {
            return refused(
                "refresh_token_expired",
                "the refresh token has ended; the person must be asked again.",
            );
        }
        if family.is_live(token) {
            let (family, successor) = family.next(token, macs, now);
            let renewable = Some(Renewable { lasting: lasting.clone(), family });
            let next = self.next(Stage::Redeemed { renewable }, by, now);
            return Renewal::Renewed(Box::new(next.kept_for(proof.idle)), successor);
        }
        if let Some(successor) = family.again(token, now) {
            return Renewal::Repeated(successor);
        }
        if token.generation() < family.generation {
            return Renewal::Stale(Box::new(self.revoked(by, now)));
        }
        unknown()
    }

    /// The grant, to be kept for as long as its refresh token may be used and at least as long as an access token of it
    /// lives.
    pub(super) fn kept_for(mut self, idle: Duration) -> Self {
        if let Some(renewable) = self.stage.renewable() {
            self.expires_at = self.expires_at.max(renewable.ends_at(idle));
        }
        self
    }
}

#[cfg(test)]
mod tests;
