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
    assert_eq!(begins.since(NOW).as_secs(), 300 + 240);
    assert_eq!(promoted.signing(SigningAlgorithm::RS256, begins).unwrap().key, NEXT);

    let retired = promoted.retire(FIRST, NOW + DAY).unwrap();
    let first = &retired.keys()[0];
    assert_eq!(first.sign_until, Some(NOW + DAY));
    assert_eq!(first.remove_at.unwrap().since(NOW + DAY), DAY + Duration::from_secs(3600 + 240));
}

#[test]
fn a_key_retires_when_its_relief_begins() {
    let retired = promoted().retire(FIRST, NOW).unwrap();
    assert_eq!(retired.keys()[0].sign_until, retired.keys()[1].sign_from);
}

#[test]
fn jw_4_no_key_signs_sooner_than_every_client_has_it() {
    let sooner = Some(NOW + Duration::from_secs(539));
    assert!(said(added().promote(NEXT, sooner, JWKS_LIFETIME, NOW)).contains("540 s from now"));
    let later = Some(NOW + DAY);
    assert_eq!(added().promote(NEXT, later, JWKS_LIFETIME, NOW).unwrap().keys()[1].sign_from, later);
    let kept_longer = added().promote(NEXT, None, Duration::from_secs(3600), NOW).unwrap();
    assert_eq!(kept_longer.keys()[1].sign_from.unwrap().since(NOW).as_secs(), 3600 + 240);
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
fn a_key_is_found_by_its_id_too() {
    assert_eq!(added().promote("next", None, JWKS_LIFETIME, NOW).unwrap(), promoted());
}

#[test]
fn a_key_that_is_long_gone_is_left_out_of_the_next_schedule() {
    let retired = promoted().retire(FIRST, NOW).unwrap();
    let third = "arn:aws:kms:eu-central-1:000000000000:key/third";
    let add = |later| retired.add(third, SigningAlgorithm::RS256, NOW + later).unwrap().keys().len();
    assert_eq!((add(DAY), add(DAY + DAY)), (3, 2));
}
