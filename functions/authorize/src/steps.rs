//! Which page an authorization request has come to.

use http::StatusCode;
use pages::message::OpenInNewWindow;
use pages::sign_in::SignInError;
use smart::consent::Consent;
use smart::narrowing::Narrowed;
use smart::ports::{PatientDirectory, Signer};
use smart_verify::time::UnixSeconds;
use web::browser::headers::Framing;
use web::browser::step::Step;
use web::{Request, Response};

use crate::asked::{self, Asked, Opened, Reads};
use crate::browser::{self, SignedIn};
use crate::{Ports, Store, consent, encounter, kept, own_query, picker, refusal, sign_in};

/// `GET /authorize`: the page that the request has come to.
pub(crate) async fn show<S: Store, K: Signer, D: PatientDirectory>(
    request: &Request,
    ports: &Ports<S, K, D>,
    now: UnixSeconds,
) -> Response {
    let Opened { asked, who, remembered } =
        match asked::open(request, ports, Reads::PersonAndConsent, now).await {
            Ok(opened) => opened,
            Err(answer) => return *answer,
        };
    if !own_query::fits(&asked.query) {
        return kept::keep(request, &asked, &asked.query, ports, now).await;
    }
    // Whatever the person's role: with nothing to give, nobody is asked to sign in.
    if let Err(error) = asked.narrowed_to(&ports.ceilings.of_anybody()).or_refuse() {
        return asked::back(&asked.target, &error);
    }
    if !kept::is_of_this_browser(request, &asked, ports) {
        return refusal::out_of_date(request, ports);
    }
    let another =
        who.as_ref().is_some_and(|who| asked.is_for_another(who)).then_some(SignInError::AnotherPerson);
    let with_step = who.map(|who| (asked.step(&who, now), who));
    let may_go_on =
        |step: &Step, who: &SignedIn| !must_sign_in(&asked, step, now) && !asked.is_for_another(who);
    let Some((step, who)) = with_step.filter(|(step, who)| may_go_on(step, who)) else {
        return match new_window(request, &asked, ports) {
            Some(page) => page,
            None => sign_in::page_or_refuse(request, &asked, another, ports, now).await,
        };
    };
    let answer = match asked.scopes_of(&who.user, &ports.ceilings) {
        Err(error) => asked::back(&asked.target, &error),
        Ok(narrowed) => next(request, &asked, &who, step, narrowed, remembered, ports, now).await,
    };
    browser::seen(answer, &who, ports, now)
}

/// What is still to be settled: whose record, which visit, and whether the person allows it.
#[expect(clippy::too_many_arguments, reason = "each is a thing of its own that the page needs")]
async fn next<S: Store, K: Signer, D: PatientDirectory>(
    request: &Request,
    asked: &Asked,
    who: &SignedIn,
    step: Step,
    narrowed: Narrowed,
    remembered: Option<Consent>,
    ports: &Ports<S, K, D>,
    now: UnixSeconds,
) -> Response {
    let scopes = narrowed.granted.set();
    let launched = asked.launch.as_ref().filter(|_| scopes.asks_for_launch());
    if step.patient.is_none() {
        if let Some(patient) = launched.and_then(|launch| launch.patient.as_deref()) {
            return picker::of_launch(request, asked, who, step, patient, ports, now).await;
        }
        if scopes.needs_patient() {
            return picker::show(request, asked, who, step, ports, now).await;
        }
    }
    let has_visit = launched.is_some_and(|launch| launch.encounter.is_some());
    if scopes.needs_encounter() && !has_visit && step.encounter.is_none() && !step.without_encounter {
        return encounter::show(request, asked, who, &step, ports, now).await;
    }
    let narrowed = consent::settled(asked, &step, narrowed);
    let spared = remembered.filter(|consent| {
        let uri = asked.target.uri();
        !asked.request.prompt.consent && consent.spares(&narrowed.granted, &asked.client, uri, now)
    });
    match spared {
        Some(spared) => consent::again(request, asked, who, &step, narrowed, &spared, ports, now).await,
        None => consent::show(asked, who, &step, narrowed, ports, now),
    }
}

/// A page that is framed where the browser sends no cookie cannot know who is there, and says where it can be gone on.
fn new_window<S, K, D>(request: &Request, asked: &Asked, ports: &Ports<S, K, D>) -> Option<Response> {
    let framed =
        request.headers().get("sec-fetch-dest").is_some_and(|dest| dest == "iframe" || dest == "frame");
    if !framed || asked.framing() == Framing::Nobody || request.headers().contains_key(http::header::COOKIE) {
        return None;
    }
    let page = OpenInNewWindow { app: Some(asked.app()), url: own_query::address(&asked.query, &[]) };
    Some(asked.respond(&page, StatusCode::OK, ports))
}

/// Whether the app, or the person, wants a sign-in although somebody is signed in. A sign-in of which nobody knows when
/// it was is too old for any `max_age`, and `max_age=0` means the same as `prompt=login`.
///
/// Source: OpenID Connect Core 1.0 §3.1.2.1, `prompt` and `max_age`.
fn must_sign_in(asked: &Asked, step: &Step, now: UnixSeconds) -> bool {
    let age = step.auth_time.map(|time| now.since(UnixSeconds(time)).as_secs());
    let too_old = |max_age| max_age == 0 || age.is_none_or(|age| age > max_age);
    let wanted = asked.request.prompt.login || asked.request.max_age.is_some_and(too_old);
    asked.own("switch").is_some() || (wanted && !step.signed_in_for_this_request)
}
