//! Every combination of what decides a journey, walked to its end.

use std::time::Duration;

use super::super::*;
use super::world::{NOW, World, draft, found, service, user};
use crate::ids::RequestId;
use crate::ports::{Encounter, NewGrant};
use crate::session::{SESSION_LIFETIME, Session};
use crate::user::Role;

/// So many answers of ours lead from any request to its end: kept, new window, sign-in, patient, encounter, consent.
const LONGEST: usize = 6;

/// How a walk ended.
enum End {
    Code(Box<NewGrant>),
    Error,
    Refused,
}

/// Walks a request as its browser would. Says how it ended, how many answers came before that, and whether a page of the
/// journey was shown.
fn walked(mut world: World) -> (End, usize, bool) {
    let mut page = false;
    for answers in 0..=LONGEST {
        let step = world.on(|journey| match journey.next() {
            Next::Keep => Step::Kept,
            Next::OutOfDate => Step::End(End::Refused),
            Next::OpenInNewWindow => Step::NewWindow,
            Next::SignIn(_) => Step::SignedIn,
            Next::Patient(from) => {
                let shown = from.query().ids.unwrap_or_else(|| vec!["ann".to_owned(), "ben".to_owned()]);
                let shown = found(&shown.iter().map(String::as_str).collect::<Vec<_>>());
                match (from.settle(Ok(shown.clone())), shown.patients.first()) {
                    (Settled::Known(progress), _) => Step::Settled(*progress, false),
                    (Settled::Ask(_), Some(first)) => {
                        let chosen = journey.attended().unwrap().patient_chosen(&first.id);
                        match chosen.settle(Ok(found(&[&first.id]))) {
                            Settled::Known(progress) => Step::Settled(*progress, true),
                            other => panic!("{other:?}"),
                        }
                    }
                    (Settled::Ask(_), None) => Step::Page(End::Refused),
                    (Settled::Back(_), _) => Step::End(End::Error),
                    (other, _) => panic!("{other:?}"),
                }
            }
            Next::Encounter(from) => match from.settle(Ok(Vec::<Encounter>::new())) {
                Settled::Ask(_) => {
                    let progress = journey.visitor.unwrap().progress.with_encounter(ChosenEncounter::Without);
                    Step::Settled(progress, true)
                }
                other => panic!("{other:?}"),
            },
            Next::AskConsent(offer) => {
                let answer = Answer { ticked: offer.scopes().clone(), days: 30 };
                let draft = draft();
                match offer.decide(answer, &draft) {
                    Ok(allowed) => {
                        Step::Page(End::Code(Box::new(allowed.issue(&draft, RequestId::draw(), &service()))))
                    }
                    other => panic!("{other:?}"),
                }
            }
            Next::Issue(allowed) => {
                Step::End(End::Code(Box::new(allowed.issue(&draft(), RequestId::draw(), &service()))))
            }
            Next::Refuse(_) | Next::Back(_) => Step::End(End::Error),
        });
        match step {
            Step::End(end) => return (end, answers, page),
            Step::Page(end) => return (end, answers, true),
            Step::Kept => world.brought = Brought::Kept { by_this_browser: true },
            Step::NewWindow => {
                world.framed_without_cookie = false;
                page = true;
            }
            Step::SignedIn => {
                let session = Session::begun("new".to_owned(), &world.user, world.now, SESSION_LIFETIME);
                world.progress =
                    Some(Progress::begun("sub-ann".to_owned(), session.auth_time, true, world.now));
                world.session = Some(session);
                world.another_user = false;
                // The user whom the EHR named.
                if let Some(launch) = &mut world.launch {
                    launch.subject = "sub-ann".to_owned();
                }
                page = true;
            }
            Step::Settled(progress, asked) => {
                world.progress = Some(progress);
                page |= asked;
            }
        }
    }
    panic!("no end after {LONGEST} answers");
}

enum Step {
    Kept,
    NewWindow,
    SignedIn,
    Settled(Progress, bool),
    Page(End),
    End(End),
}

const SCOPES: [&str; 7] = [
    "launch launch/encounter patient/*.rs",
    "launch/patient launch/encounter patient/*.rs offline_access",
    "launch/patient patient/*.rs online_access",
    "openid fhirUser",
    "user/*.rs",
    "system/*.rs",
    "launch openid",
];

/// Every launch: none, and those of this user or another, with and without patient, encounter and frame.
fn launches() -> Vec<World> {
    let bits = 0..16_u8;
    let launched = bits.map(|bits| {
        World::launched(|launch| {
            if bits & 1 == 0 {
                launch.subject = "sub-ben".to_owned();
            }
            launch.patient = (bits & 2 == 0).then(|| "ann".to_owned());
            launch.encounter = (bits & 4 == 0).then(|| "visit".to_owned());
            if bits & 8 == 0 {
                launch.embedding_origins = vec!["https://ehr.example.org".to_owned()];
            }
        })
    });
    launched.chain([World::new()]).collect()
}

/// All that is left of a world when scope and launch are chosen.
fn variants(base: &World) -> impl Iterator<Item = World> + '_ {
    let prompts = [None, Some("none"), Some("login"), Some("consent")];
    let brought = [Brought::ShortUrl, Brought::LongUrl, Brought::Kept { by_this_browser: false }];
    let ages = [None, Some("60")];
    let roles = [Role::Patient, Role::Clinician];
    prompts.into_iter().flat_map(move |prompt| {
        brought.into_iter().flat_map(move |brought| {
            ages.into_iter().flat_map(move |max_age| {
                roles.into_iter().flat_map(move |role| {
                    (0..8_u8).map(move |bits| {
                        let mut world = World { prompt, brought, max_age, ..base.clone() };
                        world.user = user(role);
                        world.now = NOW + Duration::from_secs(61);
                        world.another_user = bits & 1 != 0;
                        world.framed_without_cookie = bits & 2 != 0;
                        world.session = world.session.filter(|_| bits & 4 != 0);
                        world
                    })
                })
            })
        })
    })
}

#[test]
fn every_walk_ends_within_six_answers_and_prompt_none_shows_no_page() {
    let (mut walks, mut codes) = (0, 0);
    for launched in launches() {
        for scope in SCOPES {
            if launched.launch.is_none() && scope.starts_with("launch ") {
                continue;
            }
            let base = World { scope, ..launched.clone() };
            for world in variants(&base) {
                let without_page = world.prompt == Some("none");
                let (registered, ceiling) = (world.registered, world.rules.ceilings.clone());
                let is_kept_elsewhere = world.brought == (Brought::Kept { by_this_browser: false });
                let role = world.user.role;
                let is_launched_with = world.launch.as_ref().is_some_and(|launch| launch.patient.is_some());
                let (end, _, page) = walked(world);
                walks += 1;
                assert!(!(without_page && page), "prompt=none shows a page");
                match end {
                    End::Code(new) => {
                        codes += 1;
                        let scopes = new.grant.scope.set();
                        let registered = smart_verify::scope::ScopeSet::parse(registered);
                        assert!(registered.contains(scopes) && ceiling.of(role).contains(scopes));
                        let learns_of_launch = new.launch.is_some() && is_launched_with;
                        assert_eq!(
                            new.grant.context.patient.is_some(),
                            scopes.needs_patient() || learns_of_launch
                        );
                        assert!(!is_kept_elsewhere, "a request of another browser gives no code");
                    }
                    End::Refused | End::Error => {}
                }
            }
        }
    }
    assert!(walks > 20_000 && codes > walks / 4, "{walks} walks, {codes} codes");
}
