//! What a grant may become, written once more and as plainly as can be: numbers only, no tokens, no hashes.

use smart::grant::{GRACE, Grant, IDLE, Renewable, Stage};
use smart::token::CODE_LIFETIME;
use smart_verify::time::UnixSeconds;

/// Where the grant is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Its code was not exchanged yet.
    Fresh,
    /// It was; this is the place of its live refresh token, and since when. Without lasting access it is 0.
    Open { live: u32, since: UnixSeconds },
    /// It has ended.
    Over,
}

impl Phase {
    pub(crate) fn of(grant: &Grant) -> Self {
        match &grant.stage {
            Stage::Issued { .. } => Self::Fresh,
            Stage::Redeemed { renewable: Some(Renewable { family, .. }) } => {
                Self::Open { live: family.generation, since: family.since }
            }
            Stage::Redeemed { renewable: None } => Self::Open { live: 0, since: grant.stage_since },
            Stage::Revoked(_) => Self::Over,
        }
    }
}

/// What a request wants, as far as the model cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Exchange the code, with every proof right.
    Redeem,
    /// Come back with the refresh token of this place.
    Refresh(u32),
    /// End everything.
    Revoke,
    /// Nothing: a stranger, a wrong proof, a question.
    Nothing,
}

/// What is fixed for one grant.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms {
    pub(crate) issued_at: UnixSeconds,
    /// Until when the app may come back, if it may.
    pub(crate) until: Option<UnixSeconds>,
}

impl Terms {
    /// Whether a refresh token may be used at all.
    pub(crate) fn is_usable(&self, since: UnixSeconds, now: UnixSeconds) -> bool {
        self.until.is_some_and(|until| now < until) && now < since + IDLE
    }

    /// The one thing that a request may make of the grant, if it may change it.
    pub(crate) fn next(&self, phase: Phase, effect: Effect, now: UnixSeconds) -> Option<Phase> {
        match (phase, effect) {
            (Phase::Over, _) | (_, Effect::Nothing) | (Phase::Fresh, Effect::Refresh(_)) => None,
            (_, Effect::Revoke) | (Phase::Open { .. }, Effect::Redeem) => Some(Phase::Over),
            (Phase::Fresh, Effect::Redeem) => (now < self.issued_at + CODE_LIFETIME)
                .then_some(Phase::Open { live: u32::from(self.until.is_some()), since: now }),
            (Phase::Open { since, .. }, Effect::Refresh(_)) if !self.is_usable(since, now) => None,
            (Phase::Open { live, .. }, Effect::Refresh(shown)) if shown == live => {
                Some(Phase::Open { live: live + 1, since: now })
            }
            (Phase::Open { live, since }, Effect::Refresh(shown)) => {
                let a_moment_ago = shown + 1 == live && now < since + GRACE;
                (shown < live && !a_moment_ago).then_some(Phase::Over)
            }
        }
    }

    /// Whether a request that finds this has to end the grant: it shows what was used before.
    pub(crate) fn must_end(&self, phase: Phase, effect: Effect, now: UnixSeconds) -> bool {
        self.next(phase, effect, now) == Some(Phase::Over)
    }
}
