//! Who may register and change which clients, and what becomes of what they want.

use super::super::{Actor, Operations, Seen};
use crate::client::{Client, ClientMetadata, FieldError};
use crate::ports::World;
use crate::registration::{PolicyVerdict, SelfRegistration};

/// Whether the actor registers clients of their own. A client changes itself alone.
pub fn may_register(operations: &Operations<'_, impl World>) -> bool {
    let is_itself = matches!(operations.actor, Actor::Itself(_));
    let is_open = operations.policy.mode != SelfRegistration::Off && !is_itself;
    operations.actor.is_administrator() || is_open || operations.actor.initial().is_some()
}

/// Whether the actor may change a client that they see. While registration is off, only what came by an initial access
/// token changes itself; a client that was disabled stays as it is.
pub fn may_change(operations: &Operations<'_, impl World>, client: &Seen<Client>) -> bool {
    let is_open = operations.policy.mode != SelfRegistration::Off;
    let is_stopped = client.disabled && !client.awaits_approval;
    match operations.actor {
        Actor::Administrator(_) | Actor::Person { administrator: true, .. } => true,
        Actor::Person { .. } => is_open && !is_stopped,
        Actor::Itself(own) => (is_open || own.access.ceiling.is_some()) && !is_stopped,
        Actor::Anonymous { .. } => false,
    }
}

/// What becomes of what the actor wants: administrators decide it, others are judged by the policy, or by what an
/// administrator allowed their client before.
///
/// # Errors
/// Every scope that cannot be had.
pub fn judge(
    operations: &Operations<'_, impl World>,
    metadata: ClientMetadata,
) -> Result<PolicyVerdict, Vec<FieldError>> {
    let allowed_before = match operations.actor {
        Actor::Administrator(_) | Actor::Person { administrator: true, .. } => {
            return Ok(PolicyVerdict::Trusted(metadata));
        }
        Actor::Person { .. } => None,
        Actor::Itself(own) => own.access.ceiling.as_ref(),
        Actor::Anonymous { .. } => operations.actor.initial().map(|(_, access)| &access.scope),
    };
    operations.policy.judge(metadata, allowed_before)
}
