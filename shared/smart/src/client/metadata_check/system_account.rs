//! The account as which a backend service acts.

use super::{Reader, is_deceiving};
use crate::client::GrantType;

impl Reader<'_> {
    pub(super) fn system_account(&mut self, grants: &[GrantType]) -> Option<String> {
        let name = self.text("system_account")?;
        if !grants.contains(&GrantType::ClientCredentials) {
            self.fault("/system_account", "only a backend service acts as a system account.");
        }
        if !(1..=100).contains(&name.len()) || name.chars().any(is_deceiving) {
            self.fault("/system_account", "must be the name of a system account, 100 bytes at most.");
        }
        Some(name.to_owned())
    }
}
