//! Which page an authorization request has come to.

use http::StatusCode;
use pages::message::OpenInNewWindow;
use pages::sign_in::SignInError;
use smart::consent::Consent;
use smart::narrowing::Narrowed;
use smart_verify::time::UnixSeconds;
use web::Response;
use web::browser::headers::Framing;
use web::browser::signed_in::SignedIn;
use web::browser::step::Step;

use crate::asked::{self, Asked, Opened, Reads};
use crate::journey::Journey;
use crate::ports::Reaches;
use crate::visit::Visit;
use crate::{consent, encounter, kept, own_query, picker, refusal, sign_in};

/// `GET /authorize`: the page that the request has come to.
pub(crate) async fn show(visit: &Visit<'_, impl Reaches>) -> Response {
    let Visit { ports, now, .. } = *visit;
    let Opened { asked, who, remembered } = match asked::open(visit, Reads::PersonAndConsent).await {
        Ok(opened) => opened,
        Err(answer) => return *answer,
    };
    if !own_query::fits(&asked.query) {
        return kept::keep(visit, &asked).await;
    }
    // Whatever the user's role: with nothing to give, no sign-in is asked for.
    if let Err(error) = asked.narrowed_to(&ports.ceilings.of_anybody()).or_refuse() {
        return asked::back(&asked.target, &error);
    }
    if !kept::is_of_this_browser(visit, &asked) {
        return refusal::out_of_date(visit);
    }
    let another =
        who.as_ref().is_some_and(|who| asked.is_for_another(who)).then_some(SignInError::AnotherPerson);
    let with_step = who.map(|who| (asked.step(&who, now), who));
    let may_continue =
        |step: &Step, who: &SignedIn| !must_sign_in(&asked, step, now) && !asked.is_for_another(who);
    let Some((step, who)) = with_step.filter(|(step, who)| may_continue(step, who)) else {
        return match new_window(visit, &asked) {
            Some(page) => page,
            None => sign_in::page_or_refuse(visit, &asked, another).await,
        };
    };
    let journey = Journey { asked, who, step };
    let answer = match journey.asked.scopes_of(&journey.who.user, &ports.ceilings) {
        Err(error) => asked::back(&journey.asked.target, &error),
        Ok(narrowed) => next(visit, &journey, narrowed, remembered).await,
    };
    visit.seen(answer, &journey.who)
}

/// What is still to be settled: whose record, which visit, and whether the user allows it.
async fn next(
    visit: &Visit<'_, impl Reaches>,
    journey: &Journey,
    narrowed: Narrowed,
    remembered: Option<Consent>,
) -> Response {
    let Journey { asked, step, .. } = journey;
    let scopes = narrowed.granted.set();
    let launched = asked.launch.as_ref().filter(|_| scopes.asks_for_launch());
    if step.patient.is_none() {
        if let Some(patient) = launched.and_then(|launch| launch.patient.as_deref()) {
            return picker::of_launch(visit, journey, patient).await;
        }
        if scopes.needs_patient() {
            return picker::show(visit, journey).await;
        }
    }
    let has_visit = launched.is_some_and(|launch| launch.encounter.is_some());
    if scopes.needs_encounter() && !has_visit && step.encounter.is_none() && !step.without_encounter {
        return encounter::show(visit, journey).await;
    }
    let narrowed = consent::settled(journey, narrowed);
    let spared = remembered.filter(|consent| {
        let uri = asked.target.uri();
        !asked.request.prompt.consent && consent.spares(&narrowed.granted, &asked.client, uri, visit.now)
    });
    match spared {
        Some(spared) => consent::again(visit, journey, narrowed, &spared).await,
        None => consent::show(visit, journey, narrowed),
    }
}

/// A page that is framed where the browser sends no cookie cannot know who is there, and offers a new window.
fn new_window(visit: &Visit<'_, impl Reaches>, asked: &Asked) -> Option<Response> {
    let headers = visit.request.headers();
    let framed = headers.get("sec-fetch-dest").is_some_and(|dest| dest == "iframe" || dest == "frame");
    if !framed || asked.framing() == Framing::Nobody || headers.contains_key(http::header::COOKIE) {
        return None;
    }
    let page = OpenInNewWindow { app: Some(asked.app()), url: own_query::address(&asked.query, &[]) };
    Some(asked.respond(&page, StatusCode::OK, &visit.ports.site))
}

/// Whether the app, or the user, wants a sign-in although a user is signed in. A sign-in whose time is unknown is too
/// old for any `max_age`, and `max_age=0` means the same as `prompt=login`.
///
/// Source: OpenID Connect Core 1.0 §3.1.2.1, `prompt` and `max_age`.
fn must_sign_in(asked: &Asked, step: &Step, now: UnixSeconds) -> bool {
    let age = step.auth_time.map(|time| now.since(UnixSeconds(time)).as_secs());
    let too_old = |max_age| max_age == 0 || age.is_none_or(|age| age > max_age);
    let wanted = asked.request.prompt.login || asked.request.max_age.is_some_and(too_old);
    asked.own("switch").is_some() || (wanted && !step.signed_in_for_this_request)
}
