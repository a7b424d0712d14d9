//! AWS stumbles, at each call of each flow: what cannot be done now can be done later, and nothing is done twice.

use std::time::{Duration, Instant};

use aws::Timeouts;
use serde_json::{Value, json};
use smart::grant::Grant;
use smart_verify::time::UnixSeconds;
use testkit::fixtures::NOW;
use testkit::proxy::{Fault, Plan};

use crate::support::bench::{Bench, Came};
use crate::support::{form, service};

/// What an app or a service does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flow {
    Code,
    Refresh,
    Backend,
    Introspect,
    Revoke,
}

/// The calls of each flow, the first read of the client included.
const FLOWS: [(Flow, &[(&str, usize)]); 5] = [
    (Flow::Code, &[("GetItem", 3), ("Sign", 2), ("PutItem", 1)]),
    (Flow::Refresh, &[("GetItem", 3), ("Sign", 2), ("PutItem", 1)]),
    (Flow::Backend, &[("GetItem", 1), ("Sign", 1), ("PutItem", 1)]),
    (Flow::Introspect, &[("GetItem", 2)]),
    (Flow::Revoke, &[("GetItem", 2), ("PutItem", 1)]),
];

/// A flow, made ready to begin at a moment.
struct Ready {
    flow: Flow,
    now: UnixSeconds,
    grant: Option<Grant>,
    token: String,
    path: &'static str,
    form: String,
}

/// A moment at which nothing that was read for another test is remembered.
fn later(now: &mut UnixSeconds) -> UnixSeconds {
    *now = *now + Duration::from_secs(100);
    *now
}

async fn ready(bench: &Bench, flow: Flow, now: UnixSeconds) -> Ready {
    let before = UnixSeconds(now.0 - 40);
    let (grant, token, path, form) = match flow {
        Flow::Code => {
            let (grant, code) = bench.code(Some(until(now)), before).await;
            let form = bench.exchange(&grant, &code);
            (Some(grant), code, "/token", form)
        }
        Flow::Backend => {
            let assertion = service().seeded.backend.assertion(&service().at("/token"), now);
            let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
            let form = form(&[
                ("grant_type", "client_credentials"),
                ("client_assertion_type", kind),
                ("client_assertion", &assertion),
            ]);
            (None, assertion, "/token", form)
        }
        Flow::Refresh | Flow::Introspect | Flow::Revoke => {
            let (grant, token) = bench.refresh_token(before).await;
            let (path, form) = match flow {
                Flow::Refresh => ("/token", Bench::refresh(&token)),
                Flow::Introspect => ("/introspect", form(&[("token", &token)])),
                _ => ("/revoke", form(&[("token", &token)])),
            };
            (Some(grant), token, path, form)
        }
    };
    Ready { flow, now, grant, token, path, form }
}

fn until(now: UnixSeconds) -> smart::grant::Lasting {
    smart::grant::Lasting::Offline { until: now + Duration::from_secs(86_400) }
}

/// What may be answered while something goes wrong.
fn answered_well(came: &Came, what: &str) {
    match came.status {
        200 => {}
        503 => {
            assert_eq!(came.error(), "temporarily_unavailable", "{what}");
            assert!(came.retry_after.is_some_and(|seconds| (1..=3).contains(&seconds)), "{what}");
            assert!(came.body.get("access_token").is_none(), "{what}");
        }
        _ => panic!("{what}: {came:?}"),
    }
}

/// Sees that a flow whose answer this was is whole, and that the same request does its work now. `unknown` says that
/// its work may have been done although nobody was told.
async fn is_whole(bench: &Bench, ready: &Ready, first: &Came, unknown: bool, what: &str) {
    let send = async |path, form: &str| bench.send(&bench.patient, path, form, ready.now).await;
    let comes_back = async |came: &Came| send("/token", &Bench::refresh(&came.refresh_token())).await;
    let again = match (ready.flow, first.status) {
        (Flow::Code, 200) => first.clone(),
        _ => send(ready.path, &ready.form).await,
    };
    match ready.flow {
        Flow::Code if unknown && first.status == 503 && again.status == 400 => {
            assert_eq!(again.error(), "invalid_grant", "{what}");
            let stored = crate::support::tables::tables().await;
            let grant = ready.grant.as_ref().unwrap();
            let stage = smart::ports::GrantKeeper::grant(&stored, &grant.key).await.unwrap().unwrap().stage;
            assert!(stage.is_revoked(), "{what}: no client has a token of it");
        }
        Flow::Code => {
            assert_eq!(again.status, 200, "{what}: {again:?}");
            assert_eq!(comes_back(&again).await.status, 200, "{what}: the family lives");
        }
        Flow::Refresh => {
            assert_eq!(again.status, 200, "{what}: {again:?}");
            if first.status == 200 {
                assert_eq!(first.refresh_token(), again.refresh_token(), "{what}: one successor");
            }
            assert_ne!(again.refresh_token(), ready.token);
            assert_eq!(comes_back(&again).await.status, 200, "{what}: the family lives");
        }
        Flow::Backend => {
            // Spent or not, the assertion gives no second token; a new one does.
            assert!(first.status == 503 || again.status == 401, "{what}: {again:?}");
            let anew = self::ready(bench, Flow::Backend, ready.now).await;
            assert_eq!(send("/token", &anew.form).await.status, 200, "{what}");
        }
        Flow::Introspect => {
            assert_eq!((again.status, &again.body["active"]), (200, &json!(true)), "{what}");
        }
        Flow::Revoke => {
            assert_eq!(again.status, 200, "{what}: {again:?}");
            let about = send("/introspect", &form(&[("token", &ready.token)])).await;
            assert_eq!(about.body, json!({ "active": false }), "{what}");
        }
    }
}

/// Each call of a flow, by its action and place.
fn calls(of: &[(&'static str, usize)]) -> Vec<(&'static str, usize)> {
    of.iter().flat_map(|(action, count)| (0..*count).map(|nth| (*action, nth))).collect()
}

#[tokio::test]
async fn f01_f03_f04_v05_rv_6_whatever_fails_at_whichever_call_nothing_is_lost_and_nothing_done_twice() {
    let bench = Bench::new().await;
    let (mut now, mut cases) = (NOW, 0);
    for (flow, of) in FLOWS {
        for fault in [Fault::Internal, Fault::Throttled, Fault::Reset, Fault::Cut] {
            for (action, nth) in calls(of) {
                for times in [1, usize::MAX] {
                    let what = format!("{flow:?}: {fault:?} at {action} {nth}, {times} times");
                    let ready = ready(&bench, flow, later(&mut now)).await;
                    bench.proxy.plan(Plan { action, nth, times, fault });
                    let first = bench.send(&bench.patient, ready.path, &ready.form, ready.now).await;
                    let seen = bench.proxy.calm();
                    assert!(seen[action] > nth, "{what} was never made: {seen:?}");
                    answered_well(&first, &what);
                    assert_eq!(first.status == 200, times == 1, "{what}: tried again, and not for ever");
                    let unknown = matches!((fault, action), (Fault::Cut, "PutItem"));
                    is_whole(&bench, &ready, &first, unknown, &what).await;
                    cases += 1;
                }
            }
        }
    }
    println!("{cases} cases");
}

#[tokio::test]
async fn f01_three_times_throttled_is_still_answered() {
    let bench = Bench::new().await;
    let mut now = NOW;
    for action in ["Sign", "GetItem"] {
        let ready = ready(&bench, Flow::Refresh, later(&mut now)).await;
        bench.proxy.plan(Plan { action, nth: 0, times: 3, fault: Fault::Throttled });
        assert_eq!(
            bench.send(&bench.patient, ready.path, &ready.form, ready.now).await.status,
            200,
            "{action}"
        );
        bench.proxy.calm();
    }
}

#[tokio::test]
async fn f02_f13_what_kms_should_not_say_is_not_passed_on() {
    let bench = Bench::new().await;
    let mut now = NOW;
    let another_key: fn(&mut Value) =
        |said| said["KeyId"] = json!("arn:aws:kms:eu-central-1:000000000000:key/Other");
    let faults = [
        Fault::Exception("DisabledException"),
        Fault::Exception("KMSInvalidStateException"),
        Fault::Exception("AccessDeniedException"),
        Fault::Said(another_key),
        Fault::Said(|said| drop(said.as_object_mut().unwrap().remove("KeyId"))),
        Fault::Said(|said| drop(said.as_object_mut().unwrap().remove("Signature"))),
        Fault::Said(|said| said["Signature"] = json!("")),
        Fault::Said(|said| said["Signature"] = json!("MEUCIQ==")),
        Fault::Said(|said| {
            let good = said["Signature"].as_str().unwrap().to_owned();
            let first = if good.starts_with('A') { "B" } else { "A" };
            said["Signature"] = json!(format!("{first}{}", &good[1..]));
        }),
        Fault::Said(|said| *said = json!({})),
        Fault::Said(|said| *said = json!("unexpected")),
    ];
    for flow in [Flow::Code, Flow::Refresh, Flow::Backend] {
        for (place, fault) in faults.into_iter().enumerate() {
            let what = format!("{flow:?}: {place} {fault:?}");
            let ready = ready(&bench, flow, later(&mut now)).await;
            bench.proxy.plan(Plan { action: "Sign", nth: 0, times: usize::MAX, fault });
            let first = bench.send(&bench.patient, ready.path, &ready.form, ready.now).await;
            bench.proxy.calm();
            answered_well(&first, &what);
            assert_eq!(first.status, 503, "{what}");
            is_whole(&bench, &ready, &first, false, &what).await;
        }
    }
}

#[tokio::test]
async fn f03_f07_a_slow_call_is_given_up_and_what_it_did_late_does_no_harm() {
    let bench = Bench::new().await;
    let attempt = Duration::from_millis(150);
    let hurried = Timeouts { attempt, call: attempt * 3, backoff: Duration::from_millis(1) };
    let hurried = bench.places.function(hurried).await;
    let mut now = NOW;
    for (flow, of) in FLOWS {
        for (action, count) in of {
            for fault in [Fault::Slow(attempt * 2), Fault::Late(attempt * 2)] {
                for times in [1, usize::MAX] {
                    let what = format!("{flow:?}: {fault:?} at {action}, {times} times");
                    let ready = ready(&bench, flow, later(&mut now)).await;
                    bench.proxy.plan(Plan { action, nth: count - 1, times, fault });
                    let first = bench.send(&hurried, ready.path, &ready.form, ready.now).await;
                    let sent = bench.proxy.calm().contains_key("PutItem");
                    // On a busy machine a write may be given up too, so one that was sent before a 503 is unknown.
                    let unknown = *action == "PutItem" || (first.status == 503 && sent);
                    answered_well(&first, &what);
                    assert!(times == 1 || first.status == 503, "{what}");
                    is_whole(&bench, &ready, &first, unknown, &what).await;
                }
            }
        }
    }
}

/// How long each call hangs of which the next test is about.
const HANGING: Duration = Duration::from_secs(60);

#[tokio::test]
async fn f07_whatever_hangs_the_request_is_answered() {
    let longest = answered_while_a_call_hangs().await;
    assert!(longest < HANGING, "the function waits as long as the call: {longest:?}");
}

/// Lambda ends this function after 10 seconds.
#[tokio::test]
#[ignore = "a busy machine takes longer; tests/peers/run runs it"]
async fn f07_whatever_hangs_the_answer_comes_before_lambda_ends_the_function() {
    let longest = answered_while_a_call_hangs().await;
    println!("the slowest answer took {} ms", longest.as_millis());
    assert!(longest < Duration::from_millis(4500), "{longest:?}");
}

/// Lets each call of a refresh hang, and says how long the slowest answer took.
async fn answered_while_a_call_hangs() -> Duration {
    let mut longest = Duration::ZERO;
    let bench = Bench::new().await;
    let function = bench.places.function(Timeouts::WITH_AWS).await;
    let mut now = NOW;
    for action in ["GetItem", "Sign", "PutItem"] {
        let ready = ready(&bench, Flow::Refresh, later(&mut now)).await;
        bench.proxy.plan(Plan { action, nth: 0, times: usize::MAX, fault: Fault::Slow(HANGING) });
        let began = Instant::now();
        let first = bench.send(&function, ready.path, &ready.form, ready.now).await;
        longest = longest.max(began.elapsed());
        bench.proxy.calm();
        answered_well(&first, action);
        assert_eq!(first.status, 503);
        is_whole(&bench, &ready, &first, action == "PutItem", action).await;
    }
    longest
}

#[tokio::test]
async fn f01_an_outage_of_kms_of_60_seconds_costs_none_of_100_apps_its_access() {
    const APPS: usize = 100;
    let bench = Bench::new().await;
    let mut tokens = Vec::new();
    for _ in 0..APPS {
        tokens.push(bench.refresh_token(NOW).await.1);
    }
    let at = |seconds| UnixSeconds(NOW.0 + 100 + seconds);
    let mut refused = 0;
    // It goes down in the middle of the first of these rounds, and comes up in the middle of the last.
    for (second, nth) in [(0, APPS), (1, 0), (11, 0), (30, 0), (59, 0), (60, 0)] {
        let times = if second == 60 { APPS } else { usize::MAX };
        bench.proxy.plan(Plan {
            action: "Sign",
            nth,
            times,
            fault: Fault::Exception("KMSInternalException"),
        });
        let forms: Vec<String> = tokens.iter().map(|token| Bench::refresh(token)).collect();
        let mut requests = Vec::new();
        for form in &forms {
            requests.push(bench.send(&bench.patient, "/token", form, at(second)));
        }
        for (place, came) in futures(requests).await.into_iter().enumerate() {
            answered_well(&came, "an outage");
            if came.status == 200 {
                tokens[place] = came.refresh_token();
            } else {
                refused += 1;
            }
        }
    }
    bench.proxy.calm();
    assert!(refused > APPS * 4, "{refused}");
    for token in &tokens {
        let came = bench.send(&bench.patient, "/token", &Bench::refresh(token), at(75)).await;
        assert_eq!(came.status, 200);
        let next = bench.send(&bench.patient, "/token", &Bench::refresh(&came.refresh_token()), at(76)).await;
        assert_eq!(next.status, 200);
    }
    println!("{refused} requests were sent away; {APPS} of {APPS} families live");
}

/// All of them, side by side.
async fn futures<F: Future>(all: Vec<F>) -> Vec<F::Output> {
    let mut all: Vec<_> = all.into_iter().map(|one| (Box::pin(one), None)).collect();
    std::future::poll_fn(|context| {
        let mut waits = false;
        for (one, done) in &mut all {
            if done.is_none() {
                match one.as_mut().poll(context) {
                    std::task::Poll::Ready(output) => *done = Some(output),
                    std::task::Poll::Pending => waits = true,
                }
            }
        }
        if waits { std::task::Poll::Pending } else { std::task::Poll::Ready(()) }
    })
    .await;
    all.into_iter().filter_map(|(_, done)| done).collect()
}

#[tokio::test]
async fn f08_the_same_request_twice_is_a_replay_of_a_code_and_a_repeat_of_a_refresh() {
    let bench = Bench::new().await;
    let mut now = NOW;
    let refresh = ready(&bench, Flow::Refresh, later(&mut now)).await;
    let send = async |ready: &Ready| bench.send(&bench.patient, ready.path, &ready.form, ready.now).await;
    let (one, other) = tokio::join!(send(&refresh), send(&refresh));
    assert_eq!((one.status, other.status), (200, 200));
    assert_eq!(one.refresh_token(), other.refresh_token());
    let code = ready(&bench, Flow::Code, later(&mut now)).await;
    let (one, other) = tokio::join!(send(&code), send(&code));
    let [good, bad] = if one.status == 200 { [one, other] } else { [other, one] };
    assert_eq!((good.status, bad.status, bad.error()), (200, 400, "invalid_grant"));
    let over = bench.send(&bench.patient, "/token", &Bench::refresh(&good.refresh_token()), code.now).await;
    assert_eq!((over.status, over.error()), (400, "invalid_grant"));
}
