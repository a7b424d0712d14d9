//! Registration: who may register, change and end what, and what is remembered beside the clients themselves.
//!
//! Administrators act by the admin API, people by the account pages, programs by RFC 7591 and RFC 7592. All of them
//! come to the rules of this module; none of the rules reads a clock or writes anything by itself.

mod access_token;
mod account;
mod approval_policy;
mod entry;
mod idempotency;
mod limits;
mod pending_change;
mod problems;
mod secrets;
mod set_password;

pub use access_token::{InitialAccess, RegistrationAccess, RegistrationToken, TOKEN_PREFIX};
pub use account::{AccountChange, AccountRefused, NewAccount};
pub use approval_policy::{
    PolicyVerdict, SELF_REGISTRATION_SCOPES, SelfRegistration, SelfRegistrationPolicy,
};
pub use entry::{Entry, Note};
pub use idempotency::{Answered, IdempotencyKey, Remembered, SECRET_SHOWN_FOR};
pub use limits::{Limit, counter};
pub use pending_change::{DecisionRefused, PendingChange, State};
pub use problems::Problem;
pub use secrets::{LIVE_SECRETS, SecretRefused};
pub use set_password::{SET_PASSWORD_LIFETIME, SetPassword, SetPasswordToken};
