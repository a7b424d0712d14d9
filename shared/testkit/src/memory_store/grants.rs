//! Grants, and what users decided.

use smart::client::ClientId;
use smart::consent::{Consent, Decided};
use smart::error::Unreachable;
use smart::grant::Grant;
use smart::ids::GrantKey;
use smart::ports::{ConsentStore, Cursor, GrantIssuer, GrantKeeper, Issued, NewGrant, Page, Replace};

use super::{MemoryStore, others_come_between};

/// How many decisions of a user are read at once.
const PAGE: usize = 100;

impl MemoryStore {
    fn replace_at_once(&self, read_version: u64, next: &Grant) -> Result<Replace, Unreachable> {
        Ok(match self.reached()?.grants.get_mut(&next.key.0) {
            Some(grant) if grant.version == read_version => {
                *grant = next.clone();
                Replace::Replaced
            }
            Some(grant) if grant.last_request == next.last_request => Replace::Replaced,
            current => Replace::Refused(current.map(|grant| Box::new(grant.clone()))),
        })
    }
}

impl GrantIssuer for MemoryStore {
    async fn issue(&self, new: &NewGrant) -> Result<Issued, Unreachable> {
        let NewGrant { grant, report, consent, launch } = new;
        let remembered = &mut *self.reached()?;
        if let Some(before) = remembered.grants.get(&grant.key.0) {
            return Ok(Issued::Already(Box::new(before.clone())));
        }
        if !remembered
            .users
            .get(&grant.person.user_name)
            .is_some_and(|user| user.is_still(&grant.person.subject))
        {
            return Ok(Issued::UserGone);
        }
        if let Some(key) = launch {
            match remembered.launches.get_mut(key) {
                Some(launch) if launch.spent_on.is_none() => launch.spent_on = Some(grant.key.clone()),
                _ => return Ok(Issued::LaunchSpent),
            }
        }
        remembered.grants.insert(grant.key.0.clone(), grant.clone());
        let consent = consent.clone().map(Decided::Consent);
        for decided in consent.into_iter().chain([Decided::Report(report.clone())]) {
            remembered.decided.insert(decided.key().to_owned(), decided);
        }
        Ok(Issued::Issued)
    }
}

impl ConsentStore for MemoryStore {
    async fn consent(&self, key: &str) -> Result<Option<Consent>, Unreachable> {
        Ok(match self.reached()?.decided.get(key) {
            Some(Decided::Consent(consent)) => Some(consent.clone()),
            _ => None,
        })
    }

    async fn decided_by(
        &self,
        subject: &str,
        about: Option<&ClientId>,
        after: Option<&Cursor>,
    ) -> Result<Page<Decided>, Unreachable> {
        let is_theirs = |decided: &&Decided| {
            let of = match decided {
                Decided::Report(report) => &report.subject,
                Decided::Consent(consent) => &consent.subject,
            };
            of == subject && about.is_none_or(|about| about == decided.client_id())
        };
        let place = |decided: &Decided| format!("{} {}", decided.client_id(), decided.key());
        let mut items: Vec<Decided> = self.reached()?.decided.values().filter(is_theirs).cloned().collect();
        items.sort_by_key(place);
        items.retain(|decided| after.is_none_or(|Cursor(after)| place(decided) > *after));
        let more = items.len() > PAGE;
        items.truncate(PAGE);
        let next = items.last().filter(|_| more).map(|last| Cursor(place(last)));
        Ok(Page { items, next })
    }

    async fn forget(&self, keys: &[String]) -> Result<(), Unreachable> {
        self.reached()?.decided.retain(|key, _| !keys.contains(key));
        Ok(())
    }
}

impl GrantKeeper for MemoryStore {
    async fn grant(&self, key: &GrantKey) -> Result<Option<Grant>, Unreachable> {
        others_come_between().await;
        let grant = self.reached().map(|remembered| remembered.grants.get(&key.0).cloned());
        others_come_between().await;
        grant
    }

    async fn replace(&self, read_version: u64, next: &Grant) -> Result<Replace, Unreachable> {
        others_come_between().await;
        let answer = self.replace_at_once(read_version, next);
        others_come_between().await;
        answer
    }
}
