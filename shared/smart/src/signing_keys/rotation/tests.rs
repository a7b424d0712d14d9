//! One rotation, and what is refused on the way.

use super::*;
use crate::signing_keys::KeyState;

const FIRST: &str = "arn:aws:kms:eu-central-1:000000000000:key/first";
const NEXT: &str = "arn:aws:kms:eu-central-1:000000000000:key/next";
const NOW: UnixSeconds = UnixSeconds(1_790_000_000);
const DAY: Duration = Duration::from_secs(24 * 3600);

fn first() -> Schedule {
    Schedule::parse(FIRST).unwrap()
}

fn added() -> Schedule {
    first().add(NEXT, SigningAlgorithm::RS256, NOW).unwrap()
}

fn promoted() -> Schedule {
    added().promote(NEXT, None, JWKS_LIFETIME, NOW).unwrap()
}

fn said(outcome: Result<Schedule, RotationRefused>) -> String {
    outcome.unwrap_err().to_string()
}

#[test]
fn jw_4_a_key_is_published_then_signs_then_relieves_the_other() {
    let added = added();
    assert_eq!(added.state(&added.keys()[1], NOW), KeyState::Published);
    let promoted = promoted();
    let begins = promoted.keys()[1].sign_from.unwrap();
    assert_eq!(begins.since(NOW).as_secs(), 900 + 300 + 240);
    assert_eq!(promoted.signing(SigningAlgorithm::RS256, begins).unwrap().key, NEXT);

    let retired = promoted.retire(FIRST, NOW + DAY).unwrap();
    let first = &retired.keys()[0];
    assert_eq!(first.sign_until, Some(NOW + DAY));
    assert_eq!(first.remove_at.unwrap().since(NOW + DAY), Duration::from_secs(900 + 3600 + 240));
}

#[test]
fn a_key_retires_when_its_relief_begins() {
    let retired = promoted().retire(FIRST, NOW).unwrap();
    assert_eq!(retired.keys()[0].sign_until, retired.keys()[1].sign_from);
}

#[test]
fn jw_4_no_key_signs_sooner_than_every_client_has_it() {
    // Fifteen minutes after it was added no function publishes the keys without it, even in an outage.
    let sooner = Some(NOW + Duration::from_secs(1439));
    assert!(said(added().promote(NEXT, sooner, JWKS_LIFETIME, NOW)).contains("1440 s from now"));
    // A day later only the lifetimes of the keys and of the settings count.
    let begins = |jwks_lifetime| {
        let promoted = added().promote(NEXT, None, jwks_lifetime, NOW + DAY).unwrap();
        promoted.keys()[1].sign_from.unwrap().since(NOW + DAY).as_secs()
    };
    assert_eq!(begins(JWKS_LIFETIME), 300 + 300 + 240);
    assert_eq!(begins(Duration::from_secs(3600)), 300 + 3600 + 240);
    let later = Some(NOW + DAY);
    assert_eq!(added().promote(NEXT, later, JWKS_LIFETIME, NOW).unwrap().keys()[1].sign_from, later);
}

#[test]
fn what_cannot_be_is_refused() {
    let retired = promoted().retire(FIRST, NOW + DAY).unwrap();
    for (outcome, why) in [
        (first().add(FIRST, SigningAlgorithm::RS256, NOW), "named twice"),
        (first().add("alias/next", SigningAlgorithm::RS256, NOW), "ARN"),
        (first().promote(NEXT, None, JWKS_LIFETIME, NOW), "no such key"),
        (promoted().promote(NEXT, None, JWKS_LIFETIME, NOW), "promoted before"),
        (first().retire(FIRST, NOW), "no other key signs"),
        (added().retire(FIRST, NOW), "no other key signs"),
        (retired.retire(FIRST, NOW + DAY), "retired before"),
        (retired.retire(NEXT, NOW + DAY), "no other key signs"),
        (added().retire(NEXT, NOW).unwrap().promote(NEXT, None, JWKS_LIFETIME, NOW), "was retired"),
    ] {
        let said = said(outcome);
        assert!(said.contains(why), "{why}: {said}");
    }
}

#[test]
fn a_key_is_dropped_when_another_signs() {
    assert!(said(first().drop_key(FIRST, NOW)).contains("no key ever signs"));
    assert!(said(promoted().drop_key(FIRST, NOW)).contains("no other key signs yet"));
    let dropped = promoted().drop_key(FIRST, NOW + DAY).unwrap();
    assert_eq!(dropped.keys().len(), 1);
    assert_eq!(dropped.signing(SigningAlgorithm::RS256, NOW + DAY).unwrap().key, NEXT);
}

#[test]
fn a_key_is_found_by_its_id_too() {
    assert_eq!(added().promote("next", None, JWKS_LIFETIME, NOW).unwrap(), promoted());
}

#[test]
fn a_key_that_is_long_gone_is_left_out_of_the_next_schedule() {
    let retired = promoted().retire(FIRST, NOW).unwrap();
    let third = "arn:aws:kms:eu-central-1:000000000000:key/third";
    let add = |later| retired.add(third, SigningAlgorithm::RS256, NOW + later).unwrap().keys().len();
    let soon = Duration::from_secs(3600);
    assert_eq!((add(soon), add(DAY)), (3, 2));
}
