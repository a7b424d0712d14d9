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
use world::{Access, AppRequest, Wrong};

/// How many interleavings are tried.
const INTERLEAVINGS: u32 = 10_000;

/// Of what an app asks, each as often as it stands here.
const REQUESTS: [fn(usize, bool) -> AppRequest; 18] = {
    const REDEEM: fn(usize, bool) -> AppRequest = |_, _| AppRequest::Redeem;
    const REFRESH: fn(usize, bool) -> AppRequest = |token, narrow| AppRequest::Refresh { token, narrow };
    [
        REFRESH,
        REFRESH,
        REFRESH,
        REFRESH,
        REFRESH,
        REFRESH,
        REFRESH,
        REFRESH,
        REFRESH,
        REDEEM,
        REDEEM,
        REDEEM,
        REDEEM,
        |token, address| {
            AppRequest::RedeemWrongly(match (token, address) {
                (0, true) => Wrong::Address,
                (0, false) => Wrong::Client,
                _ => Wrong::Verifier,
            })
        },
        |token, _| AppRequest::RefreshOfAnother { token },
        |token, _| AppRequest::Revoke { token },
        |token, _| AppRequest::Introspect { token },
        |token, _| AppRequest::Introspect { token },
    ]
};

/// Which token is shown, counted from the newest.
const SHOWN: [usize; 12] = [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 3];

/// How the clock jumps, in seconds.
const JUMPS: [i64; 16] = [0, 1, 2, 3, -1, -2, 8, 9, 10, 11, -9, 61, -61, 3600, -3600, 93 * 86_400];

fn asked(choice: usize) -> AppRequest {
    let (kind, choice) = (choice % REQUESTS.len(), choice / REQUESTS.len());
    REQUESTS[kind](SHOWN[choice % SHOWN.len()], (choice / SHOWN.len()).is_multiple_of(2))
}

/// A step from a number: drawing numbers is much quicker than drawing steps, and the smaller ones are the plainer ones.
fn a_step(number: u16) -> Step {
    let (kind, choice) = (number % 47, usize::from(number / 47));
    match kind {
        0..24 => Step::GoOn(choice % 3),
        24..30 => Step::Send(asked(choice)),
        30..36 => Step::SendAndWait(asked(choice)),
        36..38 => Step::GiveUp(choice % 3),
        38..42 => Step::Clock(JUMPS[choice % JUMPS.len()]),
        42..44 => Step::SigningFails(choice.is_multiple_of(3)),
        44 => Step::SignOut,
        _ => Step::Disable(choice.is_multiple_of(3)),
    }
}

fn access(number: u16) -> Access {
    match number % 12 {
        0..6 => Access::Offline,
        6..9 => Access::Online,
        9 | 10 => Access::Once,
        _ => Access::Brief,
    }
}

proptest! {
    #![proptest_config(Config { cases: INTERLEAVINGS, failure_persistence: None, ..Config::default() })]

    #[test]
    fn z13_whatever_comes_between_a_grant_keeps_its_promises(start in any::<u16>(), steps in vec(any::<u16>(), 10..60)) {
        let mut play = Play::new(access(start));
        // Nine times in ten something is to come of the grant.
        if start % 10 < 9 {
            play.take(Step::SendAndWait(AppRequest::Redeem));
        }
        for step in steps {
            play.take(a_step(step));
        }
        play.end();
    }
}
