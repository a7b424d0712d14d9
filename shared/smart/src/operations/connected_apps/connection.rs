//! What a user has decided about one client, as far as it still counts.

use std::collections::{BTreeMap, BTreeSet};

use smart_verify::scope::ScopeSet;
use smart_verify::time::UnixSeconds;

use crate::client::ClientId;
use crate::consent::{Consent, ScopeReport};
use crate::grant::{Grant, Lasting};
use crate::narrowing::NarrowedScope;

/// What a user has decided about one client, as far as it still counts: at least one grant or consent.
#[derive(Debug)]
pub struct Connection {
    /// The client.
    pub client_id: ClientId,
    /// The grants of which something may still come.
    grants: Vec<(Grant, ScopeReport)>,
    /// What the user need not be asked again.
    consents: Vec<Consent>,
}

/// When the access of an app ends by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ends {
    /// At a moment.
    On(UnixSeconds),
    /// When the user signs out.
    WithSignOut,
    /// With its access token, within about an hour.
    Soon,
}

impl Connection {
    /// What still counts of these decisions, in the order of clients. A consent counts until it ends; a report counts
    /// while its grant is there and live.
    pub(super) fn all(
        consents: Vec<Consent>,
        reports: impl IntoIterator<Item = (ScopeReport, Option<Grant>)>,
        now: UnixSeconds,
    ) -> Vec<Self> {
        let mut by_client: BTreeMap<ClientId, Self> = BTreeMap::new();
        for consent in consents.into_iter().filter(|consent| now < consent.expires_at) {
            let id = consent.client_id.clone();
            by_client.entry(id).or_insert_with_key(Self::with).consents.push(consent);
        }
        for (report, grant) in reports {
            if let Some(grant) = grant.filter(|grant| grant.is_live(now)) {
                let id = report.client_id.clone();
                by_client.entry(id).or_insert_with_key(Self::with).grants.push((grant, report));
            }
        }
        by_client.into_values().collect()
    }

    fn with(client_id: &ClientId) -> Self {
        Self { client_id: client_id.clone(), grants: Vec::new(), consents: Vec::new() }
    }

    /// All that the app may get.
    pub fn scope(&self) -> ScopeSet {
        let granted = self.grants().map(|grant| grant.scope.set());
        let allowed = self.consents.iter().map(|consent| &consent.scope);
        granted.chain(allowed).fold(ScopeSet::default(), |all, scope| all.union(scope))
    }

    /// The patients whose records its grants are about. A consent does not name its patient.
    pub fn patients(&self) -> BTreeSet<&str> {
        self.grants().filter_map(|grant| grant.context.patient.as_deref()).collect()
    }

    /// What the app asked for last and did not get, or not all of it.
    pub fn withheld(&self) -> impl Iterator<Item = &NarrowedScope> {
        let latest = self.grants.iter().max_by_key(|(grant, _)| grant.issued_at);
        let decisions = latest.into_iter().flat_map(|(_, report)| &report.decisions);
        decisions.filter(|decision| decision.is_less_than_asked())
    }

    /// When the user first allowed something.
    pub fn since(&self) -> UnixSeconds {
        let issued = self.grants().map(|grant| grant.issued_at);
        let allowed = self.consents.iter().map(|consent| consent.allowed_at);
        issued.chain(allowed).min().unwrap_or_default()
    }

    /// When the app last got a token.
    pub fn last_used(&self) -> Option<UnixSeconds> {
        self.grants().filter_map(Grant::last_used).max()
    }

    /// When the access ends by itself: at the last moment that the user chose or until which the app need not ask
    /// again; without one, with the session or the access token.
    pub fn ends(&self) -> Ends {
        let lasting = || self.grants().filter_map(|grant| grant.stage.lasting());
        let offline =
            lasting().filter(|lasting| matches!(lasting, Lasting::Offline { .. })).map(Lasting::until);
        let last = offline.chain(self.consents.iter().map(|consent| consent.expires_at)).max();
        let online = if lasting().next().is_some() { Ends::WithSignOut } else { Ends::Soon };
        last.map_or(online, Ends::On)
    }

    fn grants(&self) -> impl Iterator<Item = &Grant> {
        self.grants.iter().map(|(grant, _)| grant)
    }
}
