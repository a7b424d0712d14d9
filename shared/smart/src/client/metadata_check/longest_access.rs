//! For how long a client may keep getting data.

use super::Reader;
use crate::client::{ClientMetadata, GrantType};

impl Reader<'_> {
    pub(super) fn longest_access_days(&mut self, grants: &[GrantType]) -> Option<u32> {
        let value = self.get("longest_access_days")?;
        let days = value.as_u64().and_then(|days| u32::try_from(days).ok());
        let days = days.filter(|days| *days <= ClientMetadata::LONGEST_ACCESS_DAYS);
        if days.is_none() {
            let most = ClientMetadata::LONGEST_ACCESS_DAYS;
            self.fault("/longest_access_days", format!("must be a whole number of days, from 0 to {most}."));
        }
        if grants.contains(&GrantType::ClientCredentials) {
            self.fault("/longest_access_days", "a backend service gets no access that lasts.");
        }
        days
    }
}
