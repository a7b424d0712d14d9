//! The stages of a grant, and what is known in each of them alone.

use serde::{Deserialize, Serialize};
use smart_verify::access_token::APP_LIFETIME;
use smart_verify::time::UnixSeconds;

use super::{Family, Grant, Lasting};
use crate::ids::RequestId;
use crate::token::CODE_LIFETIME;

/// Where in its life a grant is. Nothing ever leaves `Revoked`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Its code is on the way to the app.
    Issued {
        /// For how long the app may come back, if it may.
        lasting: Option<Lasting>,
    },
    /// The code was exchanged.
    Redeemed {
        /// By what the app comes back, if it may.
        renewable: Option<Renewable>,
    },
    /// It is over.
    Revoked(Remains),
}

/// By what an app comes back for another access token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renewable {
    /// For how long it may.
    pub lasting: Lasting,
    /// Its refresh tokens.
    pub family: Family,
}

/// What a grant had when it was revoked: written back as it was read, and read by no rule. Old code that runs side by
/// side expects it in the item, because it tells from it why a refresh token is refused.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remains {
    lasting: Option<Lasting>,
    family: Option<Family>,
}

/// A stage as an item names it.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum StageName {
    Issued,
    Redeemed,
    Revoked,
}

/// What an item says of its stage, in three fields.
pub(super) type StoredStage = (StageName, Option<Lasting>, Option<Family>);

impl Stage {
    /// Whether its code is on the way to the app.
    pub const fn is_issued(&self) -> bool {
        matches!(self, Self::Issued { .. })
    }

    /// Whether the code was exchanged, and what came of it has not been revoked.
    pub const fn is_redeemed(&self) -> bool {
        matches!(self, Self::Redeemed { .. })
    }

    /// Whether it is over.
    pub const fn is_revoked(&self) -> bool {
        matches!(self, Self::Revoked(_))
    }

    /// For how long the app may come back, while anything may come of the grant.
    pub fn lasting(&self) -> Option<&Lasting> {
        match self {
            Self::Issued { lasting } => lasting.as_ref(),
            Self::Redeemed { renewable } => renewable.as_ref().map(|renewable| &renewable.lasting),
            Self::Revoked(_) => None,
        }
    }

    /// By what the app may come back, once its code was exchanged.
    pub const fn renewable(&self) -> Option<&Renewable> {
        match self {
            Self::Redeemed { renewable } => renewable.as_ref(),
            Self::Issued { .. } | Self::Revoked(_) => None,
        }
    }

    /// The stage of an item, unless its fields contradict one another: refresh tokens begin with the code exchange, if
    /// the app may come back.
    pub(super) fn read(stored: StoredStage) -> Option<Self> {
        Some(match stored {
            (StageName::Issued, lasting, None) => Self::Issued { lasting },
            (StageName::Redeemed, None, None) => Self::Redeemed { renewable: None },
            (StageName::Redeemed, Some(lasting), Some(family)) => {
                Self::Redeemed { renewable: Some(Renewable { lasting, family }) }
            }
            (StageName::Revoked, None, Some(_)) => return None,
            (StageName::Revoked, lasting, family) => Self::Revoked(Remains { lasting, family }),
            (StageName::Issued | StageName::Redeemed, ..) => return None,
        })
    }

    /// What an item says of this stage.
    pub(super) fn write(self) -> StoredStage {
        match self {
            Self::Issued { lasting } => (StageName::Issued, lasting, None),
            Self::Redeemed { renewable } => {
                let (lasting, family) =
                    renewable.map(|Renewable { lasting, family }| (lasting, family)).unzip();
                (StageName::Redeemed, lasting, family)
            }
            Self::Revoked(Remains { lasting, family }) => (StageName::Revoked, lasting, family),
        }
    }
}

impl Grant {
    /// Whether anything can still come of it, or what came of it may still be valid.
    pub fn is_live(&self, now: UnixSeconds) -> bool {
        match self.stage {
            Stage::Issued { .. } => now < self.issued_at + CODE_LIFETIME,
            Stage::Redeemed { .. } => now < self.expires_at,
            Stage::Revoked(_) => false,
        }
    }

    /// When the app last got a token of it; nothing before the code exchange.
    pub fn last_used(&self) -> Option<UnixSeconds> {
        self.stage.is_redeemed().then_some(self.stage_since)
    }

    /// The grant after its user, or another on their behalf, has ended it; nothing if it is over already.
    pub fn withdraw(&self, by: &RequestId, now: UnixSeconds) -> Option<Self> {
        (!self.stage.is_revoked()).then(|| self.revoked(by, now))
    }

    pub(super) fn revoked(&self, by: &RequestId, now: UnixSeconds) -> Self {
        let (_, lasting, family) = self.stage.clone().write();
        self.next(Stage::Revoked(Remains { lasting, family }), by, now)
    }

    pub(super) fn next(&self, stage: Stage, by: &RequestId, now: UnixSeconds) -> Self {
        Self {
            stage,
            stage_since: now,
            // Kept for as long as an access token of it may live, so that an introspection sees its end.
            expires_at: now + APP_LIFETIME + CODE_LIFETIME,
            version: self.version + 1,
            last_request: by.clone(),
            ..self.clone()
        }
    }
}
