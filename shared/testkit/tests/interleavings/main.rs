//! Requests about one grant, interleaved at every point where one waits, given up there, sent again, with a clock that
//! jumps: held against a small model of what may become of a grant.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod model;
mod play;
mod world;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::Config;

use play::{Play, Step};
use world::{Access, Asked, Wrong};

/// How many interleavings are tried.
const INTERLEAVINGS: u32 = 10_000;

fn access() -> impl Strategy<Value = Access> {
    prop_oneof![
        2 => Just(Access::Once), 6 => Just(Access::Offline), 1 => Just(Access::Brief), 3 => Just(Access::Online)
    ]
}

fn asked() -> impl Strategy<Value = Asked> {
    let token = prop_oneof![6 => Just(0_usize), 4 => Just(1), 1 => Just(2), 1 => Just(3)];
    let wrong = prop_oneof![Just(Wrong::Verifier), Just(Wrong::Address), Just(Wrong::Client)];
    prop_oneof![
        4 => Just(Asked::Redeem),
        1 => wrong.prop_map(Asked::RedeemWrongly),
        10 => (token.clone(), any::<bool>()).prop_map(|(token, narrow)| Asked::Refresh { token, narrow }),
        1 => token.clone().prop_map(|token| Asked::RefreshOfAnother { token }),
        1 => token.clone().prop_map(|token| Asked::Revoke { token }),
        1 => token.prop_map(|token| Asked::Introspect { token }),
    ]
}

fn a_step() -> impl Strategy<Value = Step> {
    let jump = prop_oneof![
        4 => -3_i64..4, 4 => 8_i64..12, 1 => -12_i64..-8, 1 => Just(61_i64), 1 => Just(-61_i64),
        1 => Just(3600_i64), 1 => Just(-3600_i64), 1 => Just(93 * 86_400_i64),
    ];
    prop_oneof![
        6 => asked().prop_map(Step::Send),
        6 => asked().prop_map(Step::SendAndWait),
        24 => (0_usize..3).prop_map(Step::GoOn),
        2 => (0_usize..3).prop_map(Step::GiveUp),
        3 => jump.prop_map(Step::Clock),
        1 => any::<bool>().prop_map(Step::SigningFails),
        1 => Just(Step::SignOut),
        1 => any::<bool>().prop_map(Step::Disable),
    ]
}

proptest! {
    #![proptest_config(Config { cases: INTERLEAVINGS, failure_persistence: None, ..Config::default() })]

    #[test]
    fn z13_whatever_comes_between_a_grant_keeps_its_promises(access in access(), steps in vec(a_step(), 10..60)) {
        let mut play = Play::new(access);
        // Nine times in ten something is to come of the grant.
        if steps.len() % 10 > 0 {
            play.take(Step::SendAndWait(Asked::Redeem));
        }
        for step in steps {
            play.take(step);
        }
        play.end();
    }
}
