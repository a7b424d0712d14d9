//! D04: whatever an operator does and whenever, a token never carries a key that a client's cached JWKS may lack, and
//! every living token can be verified.
//!
//! Functions read a new schedule one after another: within five minutes, and within fifteen while the table cannot be read.
//!
//! The world is cut into stretches in which nothing changes: every reading, every moment of every schedule, by
//! clocks that run 60 s behind and ahead. In each stretch every key that may sign must be published by every clock
//! from one JWKS lifetime before the stretch until the last token of the stretch has ended.

#![allow(clippy::unwrap_used, reason = "a law that cannot be tried is broken")]

use std::collections::BTreeSet;
use std::time::Duration;

use proptest::prelude::*;
use smart::settings::SETTINGS_LIFETIME_IN_AN_OUTAGE;
use smart::signing_keys::{
    CLOCK_SKEW, JWKS_LIFETIME, KeySchedule, LONGEST_TOKEN, Schedule, SigningAlgorithm,
};
use smart_verify::time::UnixSeconds;

const SKEW: u64 = CLOCK_SKEW.as_secs();
const DAY: u64 = 24 * 3600;
const START: u64 = 1_790_000_000;

fn arn(number: usize) -> String {
    format!("arn:aws:kms:eu-central-1:000000000000:key/{number}")
}

fn clocks(now: u64) -> [UnixSeconds; 3] {
    [now.saturating_sub(SKEW), now, now + SKEW].map(UnixSeconds)
}

/// The schedules that one function knows, each from a moment on.
#[derive(Clone, Debug)]
struct Known(Vec<(u64, Schedule)>);

impl Known {
    fn at(&self, now: u64) -> &Schedule {
        &self.0.iter().rev().find(|(from, _)| *from <= now).unwrap().1
    }

    fn learn(&mut self, at: u64, schedule: &Schedule) {
        // A function never reads an older schedule after a newer one.
        let at = at.max(self.0.last().unwrap().0);
        self.0.push((at, schedule.clone()));
    }

    /// Every moment at which something may change for somebody.
    fn moments(&self) -> impl Iterator<Item = u64> {
        self.0.iter().flat_map(|(from, schedule)| {
            let of_key = |key: &KeySchedule| {
                [Some(key.publish_from), key.sign_from, key.sign_until, key.remove_at]
                    .into_iter()
                    .flatten()
                    .flat_map(|at| clocks(at.0).map(|at| at.0))
                    .collect::<Vec<_>>()
            };
            std::iter::once(*from).chain(schedule.keys().iter().flat_map(of_key)).collect::<Vec<_>>()
        })
    }
}

/// Who publishes and who signs.
#[derive(Clone, Debug)]
struct World {
    discovery: Known,
    signers: [Known; 3],
}

/// A time in which nothing changes: what is published by every clock, and what some clock lets sign.
struct Stretch {
    from: u64,
    until: u64,
    published: BTreeSet<String>,
    /// The keys, each with the clock that lets it sign: how far ahead of the slowest one.
    signing: BTreeSet<(String, u64)>,
}

impl World {
    fn of(schedule: &Schedule) -> Self {
        let known = Known(vec![(0, schedule.clone())]);
        Self { signers: std::array::from_fn(|_| known.clone()), discovery: known }
    }

    fn published(&self, now: u64) -> BTreeSet<String> {
        let keys = self.discovery.at(now).keys().iter();
        let by_every_clock = keys.filter(|key| clocks(now).iter().all(|at| key.is_published_at(*at)));
        by_every_clock.map(|key| key.key.clone()).collect()
    }

    fn signing(&self, now: u64) -> BTreeSet<(String, u64)> {
        let by = |signer: &Known| {
            let schedule = signer.at(now);
            clocks(now).map(|at| {
                let key = schedule.signing(SigningAlgorithm::RS256, at)?.key.clone();
                Some((key, at.0 + SKEW - now))
            })
        };
        self.signers.iter().flat_map(by).flatten().collect()
    }

    fn stretches(&self) -> Vec<Stretch> {
        let functions = self.signers.iter().chain([&self.discovery]);
        let moments: BTreeSet<u64> = functions.flat_map(Known::moments).collect();
        let moments: Vec<_> = moments.into_iter().collect();
        let end = moments.last().unwrap() + 10 * DAY;
        let ends = moments[1..].iter().copied().chain([end]);
        let stretch = |(from, until): (&u64, u64)| {
            let (published, signing) = (self.published(*from), self.signing(*from));
            Stretch { from: *from, until, published, signing }
        };
        moments.iter().zip(ends).map(stretch).collect()
    }

    /// The keys that were missed, with the moment; nobody may miss one.
    fn misses(&self) -> Vec<String> {
        let stretches = self.stretches();
        let mut misses = Vec::new();
        for signed in &stretches {
            let oldest = signed.from.saturating_sub(JWKS_LIFETIME.as_secs());
            for (key, ahead) in &signed.signing {
                // A token ends by the clock that signed it, and is read by one that runs behind.
                let last = signed.until - 1 + ahead + LONGEST_TOKEN.as_secs();
                let cached = stretches.iter().filter(|read| oldest < read.until && read.from <= last);
                let lacks = cached.filter(|read| !read.published.contains(key));
                misses.extend(lacks.map(|read| format!("{key} of {} at {}", signed.from, read.from)));
            }
        }
        misses
    }
}

/// What an operator does next.
#[derive(Clone, Debug)]
enum Act {
    Add,
    /// With `soon`, in the second after discovery has read the schedule.
    Promote {
        key: usize,
        later: Option<u64>,
        soon: bool,
    },
    Retire {
        key: usize,
    },
}

/// An act with the time since the last one, how far the operator's clock strays, and how long it takes until discovery and
/// the three functions that sign read the new schedule.
#[derive(Clone, Debug)]
struct Step {
    after: u64,
    strays: u64,
    act: Act,
    reaches: [u64; 4],
}

/// Awkward moments: at once, around the margins, hours and weeks later.
fn a_while() -> impl Strategy<Value = u64> {
    prop_oneof![0..20_u64, 280..900_u64, 3500..9000_u64, DAY - 900..DAY + 9000, DAY..30 * DAY]
}

fn a_step() -> impl Strategy<Value = Step> {
    let later = proptest::option::weighted(0.3, 300..2 * DAY);
    let soon = any::<bool>();
    let act = prop_oneof![
        Just(Act::Add),
        (0..3_usize, later, soon).prop_map(|(key, later, soon)| Act::Promote { key, later, soon }),
        (0..4_usize).prop_map(|key| Act::Retire { key }),
    ];
    let last = SETTINGS_LIFETIME_IN_AN_OUTAGE.as_secs();
    let reach = prop_oneof![0..5_u64, 0..300_u64, Just(300), 0..last, Just(last)];
    let strays = prop_oneof![Just(0), 0..=2 * SKEW, Just(2 * SKEW)];
    (a_while(), strays, act, proptest::array::uniform4(reach))
        .prop_map(|(after, strays, act, reaches)| Step { after, strays, act, reaches })
}

/// Takes the steps for a year, and counts those that were not refused.
fn year(steps: &[Step]) -> (World, [usize; 3]) {
    let mut schedule = Schedule::parse(&arn(0)).unwrap();
    let mut world = World::of(&schedule);
    let (mut now, mut made, mut taken) = (START, 1, [0; 3]);
    for step in steps {
        now += step.after;
        if now > START + 365 * DAY {
            break;
        }
        if let Act::Promote { soon: true, .. } = step.act {
            now = now.max(world.discovery.0.last().unwrap().0);
        }
        let clock = UnixSeconds(now + step.strays - SKEW);
        let (kind, next) = match step.act {
            Act::Add => (0, schedule.add(&arn(made), SigningAlgorithm::RS256, clock)),
            Act::Promote { key, later, .. } => {
                // The operator looks at what is served, by whichever machine answers.
                let key = &arn(made.saturating_sub(key + 1));
                let served = world.discovery.at(now).keys().iter();
                let ahead = UnixSeconds(now + SKEW);
                if !served.clone().any(|one| one.key == *key && one.is_published_at(ahead)) {
                    continue;
                }
                let later = later.map(|later| clock + Duration::from_secs(later));
                (1, schedule.promote(key, later, JWKS_LIFETIME, clock))
            }
            Act::Retire { key } => (2, schedule.retire(&arn(made.saturating_sub(key + 1)), clock)),
        };
        let Ok(next) = next else { continue };
        taken[kind] += 1;
        made += usize::from(kind == 0);
        schedule = next;
        world.discovery.learn(now + step.reaches[0], &schedule);
        for (signer, reach) in world.signers.iter_mut().zip(&step.reaches[1..]) {
            signer.learn(now + reach, &schedule);
        }
    }
    (world, taken)
}

fn cases(usual: u32) -> ProptestConfig {
    let said = std::env::var_os("PROPTEST_CASES").is_some();
    if said { ProptestConfig::default() } else { ProptestConfig::with_cases(usual) }
}

/// A schedule of up to four keys around the margins; most are refused.
fn a_list() -> impl Strategy<Value = Vec<KeySchedule>> {
    let publish = prop_oneof![Just(0), START..START + 20_000];
    let key = (publish, 400..440_u64, 0..3_u64, 3700..3740_u64, 0..4_u8);
    proptest::collection::vec(key, 1..4).prop_map(|keys| {
        // Every moment is away from 0, but for a key that was always published.
        let keys: Vec<_> = keys
            .into_iter()
            .map(|(publish, lead, relief, tail, ends)| {
                (publish, if publish == 0 { START } else { lead }, relief, tail, ends)
            })
            .collect();
        let firsts: Vec<_> = keys.iter().map(|(publish, lead, ..)| publish + lead).collect();
        let entry = |(number, (publish, lead, relief, tail, ends)): (usize, (u64, u64, u64, u64, u8))| {
            let until = firsts.get(number + 1).map(|next| next + relief).filter(|_| ends > 0);
            KeySchedule {
                key: arn(number),
                algorithm: SigningAlgorithm::RS256,
                publish_from: UnixSeconds(publish),
                sign_from: Some(UnixSeconds(publish + lead)),
                sign_until: until.map(UnixSeconds),
                remove_at: until.map(|until| UnixSeconds(until + tail)),
            }
        };
        keys.into_iter().enumerate().map(entry).collect()
    })
}

proptest! {
    #![proptest_config(cases(150))]

    #[test]
    fn d04_jw_4_in_a_year_of_rotations_at_awkward_moments_nobody_misses_a_key(
        steps in proptest::collection::vec(a_step(), 30..120)
    ) {
        let (world, _) = year(&steps);
        prop_assert_eq!(world.misses(), Vec::<String>::new());
    }
}

proptest! {
    #![proptest_config(cases(2000))]

    #[test]
    fn d04_jw_4_under_every_schedule_that_the_check_accepts_nobody_misses_a_key(list in a_list()) {
        if let Ok(schedule) = Schedule::new(list) {
            prop_assert_eq!(World::of(&schedule).misses(), Vec::<String>::new());
        }
    }
}

/// The year of a careful operator: a new key each month, each step a day after the one before.
fn a_careful_year() -> Vec<Step> {
    let step = |after, act| Step { after, strays: SKEW, act, reaches: [0, 60, 300, 900] };
    let month = || {
        [
            step(28 * DAY, Act::Add),
            step(DAY, Act::Promote { key: 0, later: None, soon: false }),
            step(DAY, Act::Retire { key: 1 }),
        ]
    };
    (0..12).flat_map(|_| month()).collect()
}

#[test]
fn d04_a_key_a_month_for_a_year_and_nobody_misses_one() {
    let (world, taken) = year(&a_careful_year());
    assert_eq!(taken, [12, 12, 12]);
    assert_eq!(world.misses(), Vec::<String>::new());
    // All but the last two are gone.
    assert_eq!(world.discovery.0.last().unwrap().1.keys().len(), 2);
}

#[test]
fn a_schedule_that_the_check_refuses_is_missed_by_somebody() {
    let key = |number, publish, sign: u64, until: Option<u64>, tail| KeySchedule {
        key: arn(number),
        algorithm: SigningAlgorithm::RS256,
        publish_from: UnixSeconds(publish),
        sign_from: Some(UnixSeconds(sign)),
        sign_until: until.map(UnixSeconds),
        remove_at: until.map(|until| UnixSeconds(until + tail)),
    };
    // One second less than a margin is refused.
    for (lead, tail, is_good) in [(420, 3720, true), (419, 3720, false), (420, 3719, false)] {
        let list = vec![key(0, 0, 0, Some(START + lead), tail), key(1, START, START + lead, None, 0)];
        assert_eq!(Schedule::new(list).is_ok(), is_good, "{lead} {tail}");
    }
    // Promoted without a look at what is served, a key signs before it is published.
    let first = Schedule::parse(&arn(0)).unwrap();
    let added = first.add(&arn(1), SigningAlgorithm::RS256, UnixSeconds(START)).unwrap();
    let promoted = added.promote(&arn(1), None, JWKS_LIFETIME, UnixSeconds(START)).unwrap();
    let mut world = World::of(&first);
    world.signers[0].learn(START, &promoted);
    world.discovery.learn(START + DAY, &promoted);
    assert!(!world.misses().is_empty());
}
