//! Whether a user must sign in although one is signed in.

use smart_verify::time::{CLOCK_LEEWAY, UnixSeconds};

use super::Journey;
use super::journey::{Attended, Visitor};

/// Why the sign-in page is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhySignIn {
    /// No user is signed in in this browser.
    NotSignedIn,
    /// The EHR opened the app for another user than the one who is signed in.
    LaunchedByAnother,
    /// The user wants to sign in as another user.
    AnotherWanted,
    /// The app asks for a new sign-in.
    PromptLogin,
    /// The sign-in is older than the app accepts.
    TooLongAgo,
}

/// The journey of a user who need not sign in for it.
pub(super) fn satisfied(on: Journey<'_>) -> Result<Attended<'_>, WhySignIn> {
    let attended = on.attended().ok_or(WhySignIn::NotSignedIn)?;
    match wanted(on, &attended.visitor) {
        Some(why) => Err(why),
        None => Ok(attended),
    }
}

/// Why the user who is signed in must sign in for this request. A sign-in whose time is unknown is too old for any
/// `max_age`, and `max_age=0` means the same as `prompt=login`.
///
/// Source: OpenID Connect Core 1.0 §3.1.2.1, `prompt` and `max_age`.
fn wanted(on: Journey<'_>, visitor: &Visitor<'_>) -> Option<WhySignIn> {
    let Journey { request, wish, now, .. } = on;
    let progress = visitor.progress;
    let age = progress.auth_time.map(|time| now.since(time).as_secs());
    let is_too_old = |max_age: u64| age.is_none_or(|age| age > max_age);
    if request.launch().is_some_and(|launch| launch.subject != visitor.session.subject) {
        Some(WhySignIn::LaunchedByAnother)
    } else if wish.another_user {
        Some(WhySignIn::AnotherWanted)
    } else if progress.is_fresh {
        None
    } else if request.asked().prompt.login || request.asked().max_age == Some(0) {
        Some(WhySignIn::PromptLogin)
    } else {
        request.asked().max_age.is_some_and(is_too_old).then_some(WhySignIn::TooLongAgo)
    }
}

/// When a user authenticated at an upstream provider, and whether that was for this sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Freshness {
    /// When, if the provider reports it: never later than now, so that a clock ahead of ours makes no sign-in younger.
    pub auth_time: Option<UnixSeconds>,
    /// Whether it was after the user left for the provider, give or take [`CLOCK_LEEWAY`].
    pub is_fresh: bool,
}

impl Freshness {
    /// Judges the `auth_time` that a provider reports, for a user who left at `left_at`.
    pub fn of(reported: Option<UnixSeconds>, left_at: UnixSeconds, now: UnixSeconds) -> Self {
        let auth_time = reported.map(|time| time.min(now));
        Self { auth_time, is_fresh: auth_time.is_some_and(|time| time + CLOCK_LEEWAY >= left_at) }
    }
}
