//! The laws of scopes, held over sets drawn at random, and against a second, naive reading of what scopes allow.
//!
//! 5,000 sets a law; `PROPTEST_CASES=100000` draws more.

#![allow(clippy::unwrap_used, reason = "a law that cannot be tried is broken")]

use proptest::prelude::*;
use smart::narrowing::RequestedScopes;
use smart_verify::scope::{Level, ResourceType, Scope, ScopeSet};

fn cases() -> ProptestConfig {
    let said = std::env::var_os("PROPTEST_CASES").is_some();
    if said { ProptestConfig::default() } else { ProptestConfig::with_cases(5000) }
}

const TYPES: [&str; 3] = ["*", "Observation", "Condition"];
const SEARCHES: [&str; 3] = ["", "?category=a", "?category=b"];
const OTHERS: [&str; 5] = ["openid", "fhirUser", "launch/patient", "offline_access", "__launch"];

/// One scope of a small world: two levels, two types and all, three searches, every choice of letters, v1 too.
fn a_scope() -> impl Strategy<Value = String> {
    let letters = (1_u8..32).prop_map(|bits| {
        let letter = |place: usize| (bits >> place & 1 == 1).then(|| "cruds".as_bytes()[place] as char);
        (0..5).filter_map(letter).collect::<String>()
    });
    let v2 = (0..2_usize, 0..3_usize, letters, 0..3_usize).prop_map(|(level, kind, letters, search)| {
        format!("{}/{}.{letters}{}", ["patient", "user"][level], TYPES[kind], SEARCHES[search])
    });
    let v1 = (0..2_usize, 0..3_usize, 0..3_usize).prop_map(|(level, kind, word)| {
        format!("{}/{}.{}", ["patient", "user"][level], TYPES[kind], ["read", "write", "*"][word])
    });
    let uri = v1.clone().prop_map(|scope| format!("http://smarthealthit.org/fhir/scopes/{scope}"));
    prop_oneof![6 => v2, 3 => v1, 1 => uri, 1 => proptest::sample::select(&OTHERS[..]).prop_map(str::to_owned)]
}

fn a_set() -> impl Strategy<Value = ScopeSet> {
    proptest::collection::vec(a_scope(), 0..8).prop_map(|words| ScopeSet::parse(&words.join(" ")))
}

/// A request of the small world: a level, a type (one of them not invented yet), a letter, and which searches find the
/// resource.
#[derive(Clone, Copy, Debug)]
struct Request {
    level: Level,
    kind: &'static str,
    letter: usize,
    found_by: u8,
}

fn every_request() -> impl Iterator<Item = Request> {
    let levels = [Level::Patient, Level::User];
    levels.into_iter().flat_map(|level| {
        ["Observation", "Condition", "NotYetInvented"].into_iter().flat_map(move |kind| {
            (0..5)
                .flat_map(move |letter| (0..4).map(move |found_by| Request { level, kind, letter, found_by }))
        })
    })
}

/// The naive reading: does any scope, word by word, allow this request?
fn allowed(set: &ScopeSet, request: Request) -> bool {
    set.resources().any(|scope| {
        let permissions = scope.permissions();
        let letters = [
            permissions.creates(),
            permissions.reads(),
            permissions.updates(),
            permissions.deletes(),
            permissions.searches(),
        ];
        let of_the_type = match scope.resource() {
            ResourceType::Any => true,
            ResourceType::Named(name) => name == request.kind,
        };
        let found = match scope.parameters() {
            None => true,
            Some("category=a") => request.found_by & 1 != 0,
            Some("category=b") => request.found_by & 2 != 0,
            Some(other) => panic!("{other} is not of this world"),
        };
        scope.level() == request.level && of_the_type && letters[request.letter] && found
    })
}

fn others(set: &ScopeSet) -> Vec<String> {
    let mut words: Vec<String> = set
        .iter()
        .filter(|scope| !matches!(scope.meaning(), Scope::Resource(_)))
        .map(Scope::to_string)
        .collect();
    words.sort_unstable();
    words
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn sc_7_printing_gives_back_what_was_read(words in proptest::collection::vec(a_scope(), 1..8)) {
        let mut once: Vec<&String> = Vec::new();
        words.iter().for_each(|word| if !once.contains(&word) { once.push(word) });
        let text = once.iter().map(|word| word.as_str()).collect::<Vec<_>>().join(" ");
        prop_assert_eq!(ScopeSet::parse(&text).to_string(), text);
    }

    #[test]
    fn any_text_is_read_without_a_panic_and_prints_what_it_holds(text in ".{0,200}") {
        let set = ScopeSet::parse(&text);
        prop_assert_eq!(ScopeSet::parse(&set.to_string()), set.iter().cloned().collect::<ScopeSet>());
        for unread in set.unknown() {
            prop_assert!(text[unread.at..].starts_with(&unread.word));
        }
    }

    #[test]
    fn sc_9_containing_is_what_the_naive_reading_says(a in a_set(), b in a_set()) {
        let naive = every_request().all(|request| !allowed(&b, request) || allowed(&a, request));
        let the_rest = others(&b).iter().all(|word| others(&a).contains(word));
        prop_assert_eq!(a.contains(&b), naive && the_rest, "{} contains {}", a, b);
    }

    #[test]
    fn sc_9_what_both_contain_is_equal_in_meaning(a in a_set(), b in a_set()) {
        prop_assert!(a.means_the_same_as(&a));
        prop_assert_eq!(a.means_the_same_as(&b), b.means_the_same_as(&a));
    }

    #[test]
    fn sc_9_intersection_commutes_and_is_in_both(a in a_set(), b in a_set()) {
        let (ab, ba) = (a.intersect(&b), b.intersect(&a));
        prop_assert!(ab.means_the_same_as(&ba), "{} and {}", ab, ba);
        prop_assert!(a.contains(&ab) && b.contains(&ab));
        prop_assert!(ab.intersect(&a).means_the_same_as(&ab));
        // Nothing that both allow is lost, unless it takes two searches to say it.
        for request in every_request().filter(|request| request.found_by != 3) {
            prop_assert_eq!(allowed(&ab, request), allowed(&a, request) && allowed(&b, request), "{:?}", request);
        }
    }

    #[test]
    fn union_allows_what_either_allows(a in a_set(), b in a_set()) {
        let both = a.union(&b);
        prop_assert!(both.contains(&a) && both.contains(&b));
        for request in every_request() {
            prop_assert_eq!(allowed(&both, request), allowed(&a, request) || allowed(&b, request), "{:?}", request);
        }
    }

    #[test]
    fn difference_and_what_was_taken_away_make_the_whole(a in a_set(), b in a_set()) {
        let left = a.difference(&b);
        prop_assert!(a.contains(&left));
        prop_assert!(left.union(&b).contains(&a));
        prop_assert_eq!(left.is_empty(), b.contains(&a));
    }

    #[test]
    fn the_shortest_form_means_the_same_and_is_no_longer(a in a_set()) {
        let short = a.shortest();
        prop_assert!(short.means_the_same_as(&a), "{} for {}", short, a);
        prop_assert!(short.iter().count() <= a.iter().count());
        prop_assert_eq!(short.shortest().to_string(), short.to_string());
    }

    #[test]
    fn sc_4_v1_and_v2_read_the_same(level in 0..2_usize, kind in 0..3_usize, word in 0..3_usize) {
        let (level, kind) = (["patient", "user"][level], TYPES[kind]);
        let (v1, v2) = [("read", "rs"), ("write", "cud"), ("*", "cruds")][word];
        let v1 = ScopeSet::parse(&format!("{level}/{kind}.{v1}"));
        let v2 = ScopeSet::parse(&format!("{level}/{kind}.{v2}"));
        prop_assert!(v1.means_the_same_as(&v2));
    }

    #[test]
    fn sc_9_narrowing_stays_within_all_three_and_is_idempotent(asked in a_set(), registered in a_set(), ceiling in a_set()) {
        let request = RequestedScopes::all_registered(&asked);
        let granted = request.narrow_to(&registered, &ceiling).granted;
        for wall in [&asked, &registered, &ceiling] {
            prop_assert!(wall.contains(granted.set()), "{} in {}", granted, wall);
        }
        let again = RequestedScopes::all_registered(granted.set()).narrow_to(&registered, &ceiling).granted;
        prop_assert_eq!(again.to_string(), granted.to_string());
    }

    #[test]
    fn every_asked_word_gets_one_decision(asked in a_set(), registered in a_set(), ceiling in a_set()) {
        let report = RequestedScopes::all_registered(&asked).narrow_to(&registered, &ceiling).report;
        let words: Vec<String> = asked.iter().map(Scope::to_string).collect();
        prop_assert_eq!(report.into_iter().map(|decision| decision.asked).collect::<Vec<_>>(), words);
    }
}
