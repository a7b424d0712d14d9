//! A good schedule with one thing spoiled.

use serde_json::{Value, json};

use super::*;
use crate::signing_keys::{KeyEvent, KeyState};

const FIRST: &str = "arn:aws:kms:eu-central-1:000000000000:key/first";
const NEXT: &str = "arn:aws:kms:eu-central-1:000000000000:key/next";

fn rotation() -> Value {
    json!([
        {"key": FIRST, "algorithm": "RS256", "publish_from": 0, "sign_from": 0, "sign_until": 10_420,
            "remove_at": 14_140},
        {"key": NEXT, "algorithm": "RS256", "publish_from": 10_000, "sign_from": 10_420},
    ])
}

fn problems(schedule: &Value) -> String {
    Schedule::parse(&schedule.to_string()).unwrap_err().join("; ")
}

#[test]
fn jw_4_the_margins_are_as_narrow_as_they_may_be() {
    Schedule::parse(&rotation().to_string()).unwrap();
}

#[test]
fn jw_4_each_wrong_entry_is_said() {
    let alias = "arn:aws:kms:eu-central-1:000000000000:alias/signs";
    for (index, member, value, said) in [
        (0, "key", json!("key"), "key 1: key must be the ARN"),
        (0, "key", json!(alias), "not an alias"),
        (1, "key", json!(FIRST), "key 2: is named twice"),
        (1, "key", json!(""), "key 2: key must be the ARN"),
        (1, "algorithm", json!("HS256"), "key 2: unknown variant `HS256`"),
        (1, "publish_from", json!(10_001), "key 2: sign_from must be at least 420 s after publish_from"),
        (1, "publish_from", json!("now"), "key 2: invalid type"),
        (1, "sign_from", json!(10_419), "key 2: sign_from must be"),
        (1, "sign_from", json!(10_421), "key 1: when its sign_until comes, no other key signs"),
        (1, "sign_from", Value::Null, "key 1: when its sign_until comes, no other key signs"),
        (1, "sign_until", json!(10_419), "key 2: sign_until must not be before sign_from"),
        (1, "sign_until", json!(20_000), "key 2: when its sign_until comes, no other key signs"),
        (1, "remove_at", json!(20_000), "key 2: remove_at needs sign_until"),
        (0, "sign_from", Value::Null, "key 1: sign_until needs sign_from"),
        (0, "remove_at", json!(14_139), "key 1: remove_at must be at least 3720 s after sign_until"),
        (0, "until", json!(0), "key 1: unknown field `until`"),
    ] {
        let mut schedule = rotation();
        schedule[index][member] = value;
        let problems = problems(&schedule);
        assert!(problems.contains(said), "{schedule}: {problems}");
    }
}

#[test]
fn all_that_is_wrong_is_said_at_once() {
    let said = problems(&json!([
        {"key": "one", "algorithm": "RS256", "publish_from": 1, "sign_from": 2},
        {"key": "two", "algorithm": "RS256", "publish_from": 1, "sign_until": 2},
    ]));
    for part in ["key 1: key must", "key 1: sign_from must", "key 2: key must", "key 2: sign_until needs"] {
        assert!(said.contains(part), "{part} in {said}");
    }
    let said = problems(&json!([{"key": FIRST}, {"algorithm": "RS256"}]));
    assert!(said.contains("key 1: missing field") && said.contains("key 2: missing field"), "{said}");
}

#[test]
fn without_a_key_that_ever_signs_there_is_no_schedule() {
    assert_eq!(problems(&json!([])), "no key ever signs");
    let waiting = json!([{"key": FIRST, "algorithm": "RS256", "publish_from": 0}]);
    assert_eq!(problems(&waiting), "no key ever signs");
    assert!(problems(&json!({})).contains("in JSON"));
}

#[test]
fn a_bare_arn_always_signs_alone() {
    let schedule = Schedule::parse(FIRST).unwrap();
    for now in [0, 10_000].map(UnixSeconds) {
        assert_eq!(schedule.signing(SigningAlgorithm::RS256, now).unwrap().key, FIRST);
        assert_eq!(schedule.state(&schedule.keys()[0], now), KeyState::Signing);
    }
    assert_eq!(schedule.keys()[0].next(UnixSeconds(0)), None);
}

#[test]
fn the_state_of_a_key_follows_from_the_moment() {
    let schedule = Schedule::parse(&rotation().to_string()).unwrap();
    let [first, next] = schedule.keys() else { panic!("two keys") };
    for (now, states, event) in [
        (9_999, (KeyState::Signing, KeyState::Planned), Some((KeyEvent::PublishFrom, 10_000))),
        (10_000, (KeyState::Signing, KeyState::Published), Some((KeyEvent::SignFrom, 10_420))),
        (10_420, (KeyState::Retiring, KeyState::Signing), None),
        (14_140, (KeyState::Removed, KeyState::Signing), None),
    ] {
        let now = UnixSeconds(now);
        assert_eq!((schedule.state(first, now), schedule.state(next, now)), states, "{now:?}");
        assert_eq!(next.next(now).map(|(event, at)| (event, at.0)), event);
    }
}

#[test]
fn of_two_keys_that_may_sign_the_later_one_does() {
    let mut both = rotation();
    both[0]["sign_until"].take();
    both[0]["remove_at"].take();
    let schedule = Schedule::parse(&both.to_string()).unwrap();
    let now = UnixSeconds(10_420);
    assert_eq!(schedule.signing(SigningAlgorithm::RS256, now).unwrap().key, NEXT);
    assert_eq!(schedule.state(&schedule.keys()[0], now), KeyState::Relieved);
}

#[test]
fn what_is_written_reads_the_same() {
    let schedule = Schedule::parse(&rotation().to_string()).unwrap();
    let written = serde_json::to_string(&schedule).unwrap();
    assert_eq!(Schedule::parse(&written), Ok(schedule));
    assert!(!written.contains("null"), "{written}");
}
