//! What the FHIR API and the user answer, and what comes of it.

use std::time::Duration;

use smart_verify::scope::ScopeSet;

use super::super::*;
use super::world::{NOW, World, draft, found, reason, service, settled, user};
use crate::error::{ErrorCode, OAuthError};
use crate::grant::Basis;
use crate::ids::RequestId;
use crate::ports::{Encounter, Issued, NewGrant};
use crate::user::Role;

fn unavailable() -> OAuthError {
    ErrorCode::TemporarilyUnavailable.because("patients_unavailable", "Try again.")
}

/// What becomes of the patient once these are found.
fn patient_of(world: &World, found: Result<crate::ports::Found, OAuthError>) -> String {
    world.on(|journey| match journey.next() {
        Next::Patient(from) => settled(from.settle(found)),
        other => panic!("{other:?}"),
    })
}

#[test]
fn a_user_is_asked_for_the_patient_unless_there_is_one_record() {
    let clinician = World::with(|world| world.user = user(Role::Clinician));
    let searched = World::with(|world| world.search = "ann");
    let none = |mut world: World| {
        world.prompt = Some("none");
        world
    };
    let asked = "back: interaction_required (interaction_required)";
    let table: [(&str, &World, &[&str], &str); 8] = [
        ("one record", &World::new(), &["ann"], "known: ann Open"),
        ("several", &World::new(), &["ann", "ben"], "ask"),
        ("none", &World::new(), &[], "ask"),
        ("one that a search found", &searched, &["ann"], "ask"),
        ("one that a clinician sees", &clinician, &["ann"], "ask"),
        ("one record, no page", &none(World::new()), &["ann"], "known: ann Open"),
        ("several, no page", &none(World::new()), &["ann", "ben"], asked),
        ("none, no page", &none(World::new()), &[], asked),
    ];
    for (name, world, ids, expected) in table {
        assert_eq!(patient_of(world, Ok(found(ids))), expected, "{name}");
    }
    let failed = "failed: temporarily_unavailable (patients_unavailable)";
    assert_eq!(patient_of(&World::new(), Err(unavailable())), failed);
    let back = "back: temporarily_unavailable (patients_unavailable)";
    assert_eq!(patient_of(&none(World::new()), Err(unavailable())), back);
}

#[test]
fn a_patient_of_a_launch_or_of_the_user_counts_only_if_the_fhir_api_shows_them() {
    let launched = World::launched(|_| ());
    assert_eq!(patient_of(&launched, Ok(found(&["ann"]))), "known: ann Open");
    assert_eq!(patient_of(&launched, Ok(found(&[]))), "back: access_denied (launch_patient)");
    assert_eq!(patient_of(&launched, Ok(found(&["ben"]))), "back: access_denied (launch_patient)");
    let chosen = |id: &str, ids: &[&str]| {
        World::new().on(|journey| {
            let from = journey.attended().unwrap().patient_chosen(id);
            (from.query().ids.unwrap(), settled(from.settle(Ok(found(ids)))))
        })
    };
    assert_eq!(chosen("ann", &["ann"]), (vec!["ann".to_owned()], "known: ann Open".to_owned()));
    let not_listed = "not listed: access_denied (patient_not_listed)".to_owned();
    assert_eq!(chosen("ann", &[]), (vec!["ann".to_owned()], not_listed.clone()));
    for never_asked in ["ben", "", "a/b", &"a".repeat(65)] {
        assert_eq!(chosen(never_asked, &[]), (Vec::new(), not_listed.clone()), "{never_asked}");
    }
}

#[test]
fn an_encounter_of_the_user_counts_only_if_the_fhir_api_shows_it() {
    let encounter =
        |id: &str| Encounter { id: id.to_owned(), began: None, what: None, with: None, status: None };
    let world =
        World::with(|world| world.scope = "launch/patient launch/encounter patient/*.rs").with_patient("ann");
    let of = |world: &World, found: Result<Vec<Encounter>, OAuthError>| {
        world.on(|journey| match journey.next() {
            Next::Encounter(from) => settled(from.settle(found)),
            other => panic!("{other:?}"),
        })
    };
    assert_eq!(of(&world, Ok(vec![encounter("one")])), "ask");
    assert_eq!(of(&world, Ok(Vec::new())), "ask");
    assert_eq!(of(&world, Err(unavailable())), "failed: temporarily_unavailable (patients_unavailable)");
    let chosen = |id: &str| {
        world.on(|journey| {
            let from = journey.attended().unwrap().encounter_chosen(id).unwrap();
            assert_eq!(from.patient(), "ann");
            settled(from.settle(Ok(vec![encounter("one"), encounter("two")])))
        })
    };
    assert_eq!(chosen("two"), "known: ann Chosen(\"two\")");
    assert_eq!(chosen("three"), "not listed: access_denied (encounter_not_listed)");
    let before_the_patient =
        World::new().on(|journey| journey.attended().unwrap().encounter_chosen("one").is_none());
    assert!(before_the_patient);
}

/// What comes of ticking these scopes and choosing these days, on a page that was made then.
fn answered(world: &World, ticked: &str, days: u32) -> String {
    world.on(|journey| {
        let offer = journey.attended().unwrap().offer().unwrap();
        let draft = draft();
        match offer.decide(Answer { ticked: ScopeSet::parse(ticked), days }, &draft) {
            Err(AllowRefused::NothingTicked) => "nothing ticked".to_owned(),
            Err(AllowRefused::OutOfDate) => "out of date".to_owned(),
            Ok(allowed) => {
                let NewGrant { grant, .. } = allowed.issue(&draft, RequestId::draw(), &service());
                grant.scope.to_string()
            }
        }
    })
}

#[test]
fn an_answer_allows_what_was_ticked_of_what_was_offered() {
    let world = World::with(|world| world.scope = "launch/patient openid patient/*.rs offline_access")
        .with_patient("ann");
    let table = [
        ("all", "patient/*.rs", 30, "launch/patient openid patient/*.rs offline_access"),
        ("only now", "patient/*.rs", 0, "launch/patient openid patient/*.rs"),
        ("days that were not offered", "patient/*.rs", 31, "launch/patient openid patient/*.rs"),
        ("a box that there is not", "patient/*.rs offline_access", 0, "launch/patient openid patient/*.rs"),
        ("less", "patient/Condition.rs", 0, "launch/patient openid patient/Condition.rs"),
        ("more", "patient/Condition.cruds user/*.rs", 0, "nothing ticked"),
        ("nothing", "", 30, "nothing ticked"),
    ];
    for (name, ticked, days, expected) in table {
        assert_eq!(answered(&world, ticked, days), expected, "{name}");
    }
    let without_patient = World { progress: None, ..world.clone() };
    assert_eq!(answered(&without_patient, "patient/*.rs", 0), "out of date");
    let late = World { now: NOW + STEP_LIFETIME, ..world };
    assert_eq!(answered(&late, "patient/*.rs", 0), "out of date");
    let only_sign_in = World::with(|world| world.scope = "openid");
    assert_eq!(answered(&only_sign_in, "", 0), "openid", "no record was asked for");
}

#[test]
fn a_grant_lasts_as_it_was_chosen_and_never_longer_than_the_setting_allows() {
    let offline =
        World::with(|world| world.scope = "launch/patient patient/*.rs offline_access").with_patient("ann");
    let until = |days: u64| NOW + STEP_LIFETIME + Duration::from_secs(days * 86_400);
    let ends = |new: &NewGrant| new.grant.stage.lasting().map(|lasting| lasting.until());
    assert_eq!(ends(&offline.allowed(90)), Some(until(90)));
    assert_eq!(ends(&offline.allowed(0)), None);
    let remembered = |longest_days| {
        let mut world = offline.clone();
        world.before = world.allowed(365).consent;
        world.rules.longest_days = longest_days;
        world.on(|journey| match journey.next() {
            Next::Issue(allowed) => allowed.issue(&draft(), RequestId::draw(), &service()),
            other => panic!("{other:?}"),
        })
    };
    assert_eq!(ends(&remembered(365)), Some(until(365)));
    assert_eq!(ends(&remembered(30)), Some(until(30)));
    assert_eq!(remembered(30).grant.basis, Basis::Remembered);
    assert!(remembered(30).consent.is_none(), "being used does not prolong a consent");
    let online =
        World::with(|world| world.scope = "launch/patient patient/*.rs online_access").with_patient("ann");
    let session_end = online.session.as_ref().unwrap().expires_at;
    // It has a box of its own.
    let new = online.allowed(0);
    assert_eq!(ends(&new), Some(session_end));
    assert_eq!(new.grant.basis, Basis::Person);
}

#[test]
fn the_app_learns_of_the_context_that_it_asked_for() {
    let context = |new: NewGrant| (new.grant.context.patient, new.grant.context.encounter, new.launch);
    let ann = || Some("ann".to_owned());
    let visit = || Some("visit".to_owned());
    let own = World::new().with_patient("ann");
    assert_eq!(context(own.allowed(0)), (ann(), None, None));
    let unasked = World { scope: "openid", ..own };
    assert_eq!(context(unasked.allowed(0)), (None, None, None));
    let launched = World::launched(|launch| launch.encounter = visit()).with_patient("ann");
    assert_eq!(context(launched.allowed(0)), (ann(), visit(), Some("launch".to_owned())));
    let unregistered = World { registered: "launch/patient patient/*.rs", ..launched.clone() };
    assert_eq!(context(unregistered.allowed(0)), (ann(), None, None), "the launch is not the app's to know");
    let unasked = World { scope: "openid", ..launched };
    assert_eq!(context(unasked.allowed(0)), (None, None, None));
    let mut chosen =
        World::with(|world| world.scope = "launch/patient launch/encounter patient/*.rs").with_patient("ann");
    chosen.progress =
        chosen.progress.map(|progress| progress.with_encounter(ChosenEncounter::Chosen("visit".to_owned())));
    assert_eq!(context(chosen.allowed(0)), (ann(), visit(), None));
}

#[test]
fn the_same_answer_gives_the_same_code_again_and_another_answer_gives_none() {
    let world = World::new().with_patient("ann");
    let draft = draft();
    let issue = |ticked: &str| {
        world.on(|journey| {
            let offer = journey.attended().unwrap().offer().unwrap();
            match offer.decide(Answer { ticked: ScopeSet::parse(ticked), days: 0 }, &draft) {
                Ok(allowed) => allowed.issue(&draft, RequestId::draw(), &service()),
                other => panic!("{other:?}"),
            }
        })
    };
    let new = issue("patient/*.rs");
    let became =
        |issued: Issued, seconds| match Issuance::of(issued, &new, NOW + Duration::from_secs(seconds)) {
            Issuance::Code => "code".to_owned(),
            Issuance::CodeAgain => "code again".to_owned(),
            Issuance::AnsweredAlready => "answered already".to_owned(),
            Issuance::OutOfDate => "out of date".to_owned(),
            Issuance::Back(error) => format!("back: {}", reason(&error)),
        };
    let already = |ticked: &str| Issued::Already(Box::new(issue(ticked).grant));
    assert_eq!(became(Issued::Issued, 0), "code");
    assert_eq!(became(already("patient/*.rs"), 0), "code again");
    assert_eq!(became(already("patient/*.rs"), 59), "code again");
    assert_eq!(became(already("patient/*.rs"), 60), "answered already", "the code has expired");
    assert_eq!(became(already("patient/Condition.rs"), 0), "answered already");
    assert_eq!(became(Issued::UserGone, 0), "out of date");
    assert_eq!(became(Issued::LaunchSpent, 0), "back: invalid_request (launch_spent)");
}

#[test]
fn a_sign_in_elsewhere_is_for_this_request_if_it_came_after_the_user_left() {
    let left_at = NOW + Duration::from_secs(100);
    let now = NOW + Duration::from_secs(200);
    let of = |reported: Option<u64>| {
        let reported = reported.map(|seconds| NOW + Duration::from_secs(seconds));
        let Freshness { auth_time, is_fresh } = Freshness::of(reported, left_at, now);
        (auth_time.map(|time| time.0 - NOW.0), is_fresh)
    };
    assert_eq!(of(None), (None, false));
    assert_eq!(of(Some(150)), (Some(150), true));
    assert_eq!(of(Some(70)), (Some(70), true), "clocks may differ by 30 seconds");
    assert_eq!(of(Some(69)), (Some(69), false));
    assert_eq!(of(Some(900)), (Some(200), true), "no sign-in is younger than now");
}
