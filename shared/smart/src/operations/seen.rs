//! Evidence that an actor may see a client or user, and so act on it.

use std::ops::Deref;

use smart_verify::time::UnixSeconds;

use super::Actor;
use crate::client::Client;
use crate::registration::{RegistrationAccess, RegistrationToken};
use crate::user::User;

/// A client or user that its actor may see. What is done to one takes this, so an operation on what was not checked for its
/// actor does not compile.
///
/// It is valid for the actor that read it, in the request that read it.
#[derive(Debug)]
pub struct Seen<T>(T);

impl Seen<Client> {
    /// The client, if the actor may see it: administrators see all, users their own, and a client itself.
    pub(super) fn by(actor: &Actor<'_>, client: Client) -> Option<Self> {
        let is_seen = match actor {
            Actor::Administrator(_) | Actor::Person { administrator: true, .. } => true,
            Actor::Person { subject, .. } => client.owner.as_deref() == Some(subject),
            Actor::Itself(own) => own.client.client_id == client.client_id,
            Actor::Anonymous { .. } => false,
        };
        is_seen.then_some(Self(client))
    }

    /// The client, if this is its registration access token.
    pub(super) fn by_token(
        client: Client,
        access: &RegistrationAccess,
        token: &RegistrationToken,
        now: UnixSeconds,
    ) -> Option<Self> {
        access.opens(token, now).then_some(Self(client))
    }
}

impl Seen<User> {
    /// The account, if the actor is an administrator.
    pub(super) fn by(actor: &Actor<'_>, user: User) -> Option<Self> {
        actor.is_administrator().then_some(Self(user))
    }
}

impl<T> Seen<T> {
    /// What was seen, without the evidence.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> Deref for Seen<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}
