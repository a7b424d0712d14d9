//! Online access ends with the session in which the user allowed it.

use smart_verify::time::UnixSeconds;

use super::redemption::refusal;
use super::{Grant, Lasting};
use crate::error::OAuthError;
use crate::session::Session;
use crate::user::User;

impl Grant {
    /// The session with which access ends, by the hash of its id. Nothing unless the grant is of `online_access`.
    pub fn needed_session(&self) -> Option<&str> {
        match self.stage.lasting()? {
            Lasting::Online { session, .. } => Some(session),
            Lasting::Offline { .. } => None,
        }
    }

    /// Refuses online access once its session has ended. `session` is the one that the grant needs, if it was found.
    ///
    /// Source: SMART App Launch 2.2, scopes-and-launch-context (`online_access`).
    ///
    /// # Errors
    /// `invalid_grant`.
    pub fn check_session(
        &self,
        session: Option<&Session>,
        user: &User,
        now: UnixSeconds,
    ) -> Result<(), OAuthError> {
        let is_live = |session: &Session| session.is_of(user, now);
        if self.needed_session().is_none() || session.is_some_and(is_live) {
            return Ok(());
        }
        let over = "the person has signed out, or their session has ended; they must be asked again.";
        Err(refusal("session_over", over))
    }
}
