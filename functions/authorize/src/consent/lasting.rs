//! For how long: what the page offers, what was chosen, and what the grant says of it.

use pages::consent::HowLong;
use smart::grant::Lasting;
use smart::parameters::Parameters;
use smart_verify::scope::{LastingScope, Scope, ScopeSet};
use smart_verify::time::UnixSeconds;
use web::browser::signed_in::SignedIn;

/// For how long the app may get data: asked where it asks for access that lasts.
pub(super) fn how_long(scopes: &ScopeSet, offline_days: u32, today: UnixSeconds) -> HowLong {
    if scopes.has(&Scope::Lasting(LastingScope::Offline)) {
        HowLong::up_to(offline_days, today)
    } else if scopes.has(&Scope::Lasting(LastingScope::Online)) {
        HowLong::UntilSignOut
    } else {
        HowLong::AboutAnHour
    }
}

/// The scopes that were ticked, those for lasting access among them if days were chosen, and how many.
pub(super) fn chosen(
    form: &Parameters,
    offered: &ScopeSet,
    offline_days: u32,
    now: UnixSeconds,
) -> (ScopeSet, u32) {
    let ticked = ScopeSet::parse(&form.all("scope").collect::<Vec<_>>().join(" "));
    let HowLong::Choose { days: choices, .. } = how_long(offered, offline_days, now) else {
        return (ticked, 0);
    };
    let days = form.all("days").next().and_then(|days| days.parse().ok());
    let days = days.filter(|days| choices.contains(days)).unwrap_or(0);
    let is_lasting = |scope: &&Scope| matches!(scope.meaning(), Scope::Lasting(_));
    let of_the_page = ticked.iter().filter(|scope| !is_lasting(scope));
    let lasting = offered.iter().filter(|scope| days > 0 && is_lasting(scope));
    (of_the_page.chain(lasting).cloned().collect(), days)
}

/// When it was decided what is given.
#[derive(Clone, Copy)]
pub(super) enum Decision {
    /// On the page; what lasts was allowed until then.
    Now { until: UnixSeconds },
    /// Some time before; what lasts was allowed until then, and is not prolonged by being used.
    Before { until: Option<UnixSeconds> },
}

impl Decision {
    /// For how long the app may come back, if it may: never past `longest`, whatever was allowed before that counted.
    pub(super) fn lasting(self, granted: &ScopeSet, who: &SignedIn, longest: UnixSeconds) -> Option<Lasting> {
        let until = match self {
            Self::Now { until } => Some(until),
            Self::Before { until } => until,
        };
        if granted.has(&Scope::Lasting(LastingScope::Offline)) {
            return until.map(|until| Lasting::Offline { until: until.min(longest) });
        }
        granted
            .has(&Scope::Lasting(LastingScope::Online))
            .then(|| Lasting::Online { session: who.session.id.clone(), until: who.session.expires_at })
    }
}
