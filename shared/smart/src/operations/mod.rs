//! What administrators, users and programs do with clients and accounts: one way to do each, under the JSON API, RFC
//! 7591 and RFC 7592, the approvals and the pages.
//!
//! A caller checks how a request is written, does one operation by an actor's [`Operations`], or by the [`Acting`] in
//! it, and shows what came of it. Who may do it, what waits for approval, which secret is made, what ends along with
//! it, and which record is written, is decided here: an operation checks its actor, or takes what is made by that check
//! alone ([`Seen`], [`OwnRegistration`]).

mod acting;
mod actor;
pub mod approvals;
pub mod clients;
pub mod connected_apps;
mod dry_run;
mod metadata;
pub mod problems;
mod refused;
pub mod register_tokens;
pub mod secrets;
mod seen;
pub mod users;

use std::ops::Deref;

use crate::ports::World;
use crate::registration::SelfRegistrationPolicy;
use crate::service::Service;

pub use acting::Acting;
pub use actor::{Actor, OwnRegistration};
pub use dry_run::{Done, DryRun};
pub use metadata::{AskedByAdministrator, Examined, KeysFound};
pub use refused::{Conflict, Forbidden, Missing, OperationRefused, Stale};
pub use seen::Seen;

/// What one actor may do now, and with what, where clients are registered.
///
/// Every operation that takes [`Acting`] alone takes this as well.
pub struct Operations<'a, W: World> {
    /// Who acts, on what is remembered, and when.
    pub acting: Acting<'a, W::Store>,
    /// What reads the keys that clients publish.
    pub jwks: &'a W::Jwks,
    /// Which others than administrators register, and for what at most.
    pub policy: &'a SelfRegistrationPolicy,
    /// Our own addresses.
    pub service: &'a Service,
}

impl<W: World> Operations<'_, W> {
    /// The same, where the caller says whether it is only tried.
    #[must_use]
    pub fn with_dry_run(mut self, dry_run: DryRun) -> Self {
        self.acting.dry_run = dry_run;
        self
    }
}

impl<'a, W: World> Deref for Operations<'a, W> {
    type Target = Acting<'a, W::Store>;

    fn deref(&self) -> &Self::Target {
        &self.acting
    }
}
