//! The draft of a grant: its id and its code, made with the consent page, so that an answer sent twice makes one grant.

use serde::{Deserialize, Serialize};
use smart_verify::time::UnixSeconds;

use crate::error::{ErrorCode, OAuthError};
use crate::ids::GrantId;
use crate::ports::{Issued, NewGrant};
use crate::random;
use crate::token::AuthorizationCode;

/// The id and the code of the grant that a consent page may make. The page carries it, sealed.
#[derive(Serialize, Deserialize)]
pub struct Draft {
    grant: [u8; GrantId::LENGTH],
    secret: [u8; 32],
    ends_at: UnixSeconds,
}

impl Draft {
    /// A new one, for a page that may be answered until then.
    pub fn new(ends_at: UnixSeconds) -> Self {
        Self { grant: *GrantId::draw().bytes(), secret: random::bytes(), ends_at }
    }

    /// The code.
    pub fn code(&self) -> AuthorizationCode {
        AuthorizationCode::of_parts(GrantId::from_bytes(self.grant), self.secret)
    }

    /// Whether the page may not be answered any more.
    pub fn is_over(&self, now: UnixSeconds) -> bool {
        now >= self.ends_at
    }

    /// Until when the page may be answered.
    pub const fn ends_at(&self) -> UnixSeconds {
        self.ends_at
    }
}

impl std::fmt::Debug for Draft {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Draft(until {}, the rest redacted)", self.ends_at.0)
    }
}

/// What the user and the app get to see once a store was asked to issue a grant.
#[derive(Debug)]
pub enum Issuance {
    /// The code goes to the app, and the grant is new.
    Code,
    /// The code goes to the app again: the same answer was sent twice.
    CodeAgain,
    /// The same page was answered before, and otherwise, or so long ago that its code has expired.
    AnsweredAlready,
    /// The account is gone, disabled or another user's by now. Nothing was done.
    OutOfDate,
    /// An error goes to the app.
    Back(OAuthError),
}

impl Issuance {
    /// Judges what a store made of a new grant.
    pub fn of(issued: Issued, new: &NewGrant, now: UnixSeconds) -> Self {
        match issued {
            Issued::Issued => Self::Code,
            Issued::Already(before) if before.answers_the_same_as(&new.grant, now) => Self::CodeAgain,
            Issued::Already(_) => Self::AnsweredAlready,
            Issued::UserGone => Self::OutOfDate,
            Issued::LaunchSpent => Self::Back(ErrorCode::InvalidRequest.because(
                "launch_spent",
                "the launch handle was used already; open the app from the EHR again.",
            )),
        }
    }
}
