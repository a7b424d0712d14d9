//! Which apps a user has connected, until when, and what disconnecting one ends, whatever else happens at the same
//! time.

use std::time::Duration;

use smart::audit::{AuditHasher, Parts, Record};
use smart::client::ClientId;
use smart::consent::{Consent, ScopeReport};
use smart::grant::{Grant, GrantContext, Lasting, Stage};
use smart::ids::RequestId;
use smart::operations::connected_apps::{self, Connection, Ends};
use smart::operations::{Acting, Actor, DryRun, OperationRefused};
use smart::ports::{ConsentStore, GrantIssuer as _, GrantKeeper, NewGrant};
use smart::token::CODE_LIFETIME;
use smart_verify::scope::ScopeSet;
use smart_verify::time::UnixSeconds;
use testkit::fixtures::{self, NOW};

use super::watched_store::Watched;
use super::{ANONYMOUS, administrator, user};

const ANN: &str = "sub-ann";

/// For how long the consents here are remembered: 90 days.
const REMEMBERED: Duration = Duration::from_secs(90 * 86_400);

/// Where in its life a grant is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Issued,
    Redeemed,
    Revoked,
}

/// A service with Ann and Ben.
struct Scene {
    watched: Watched,
    audit: AuditHasher,
    program: ClientId,
}

impl Scene {
    fn new() -> Self {
        let watched = Watched::default();
        watched.store.put_user(fixtures::user("ann"));
        watched.store.put_user(fixtures::user("ben"));
        Self { watched, audit: fixtures::audit(), program: id("admin") }
    }

    fn by<'a>(&'a self, actor: Actor<'a>) -> Acting<'a, Watched> {
        Acting { store: &self.watched, audit: &self.audit, actor, dry_run: DryRun::No, now: NOW }
    }

    fn ann(&self) -> Acting<'_, Watched> {
        self.by(user(ANN))
    }

    /// Keeps a grant with its report, and says where in its life it is.
    async fn keeps(&self, grant: Grant, at: At) -> Grant {
        let store = &self.watched.store;
        store.issue(&fixtures::only(&grant, &fixtures::report(&grant))).await.unwrap();
        let by = RequestId::draw();
        let next = match at {
            At::Issued => return grant,
            At::Redeemed => fixtures::redeemed(&grant, &by),
            At::Revoked => grant.withdraw(&by, NOW).unwrap(),
        };
        GrantKeeper::replace(store, grant.version, &next).await.unwrap();
        next
    }

    /// Keeps the consent that comes with a grant, without what comes of the grant.
    async fn keeps_consent(&self, client_id: &str, allowed_at: UnixSeconds) -> Consent {
        let revoked = lasting(client_id, None);
        let client = fixtures::public_client(client_id);
        let consent = Consent::of(&Grant { issued_at: allowed_at, ..revoked.clone() }, &client, REMEMBERED);
        let report = fixtures::report(&revoked);
        let new = NewGrant { consent: Some(consent.clone()), ..fixtures::only(&revoked, &report) };
        self.watched.store.issue(&new).await.unwrap();
        let next = revoked.withdraw(&RequestId::draw(), NOW).unwrap();
        GrantKeeper::replace(&self.watched.store, revoked.version, &next).await.unwrap();
        consent
    }

    fn is_over(&self, grant: &Grant) -> bool {
        let now = self.watched.store.grant_as_it_stands(&grant.key).unwrap();
        now.withdraw(&RequestId::draw(), NOW).is_none()
    }

    async fn remembers(&self, subject: &str, client_id: &str) -> usize {
        let decided = self.watched.store.decided_by(subject, Some(&id(client_id)), None).await.unwrap();
        decided.items.len()
    }
}

fn id(client_id: &str) -> ClientId {
    client_id.parse().unwrap()
}

fn later(seconds: u64) -> UnixSeconds {
    NOW + Duration::from_secs(seconds)
}

/// A grant of Ann's that was issued now, for an app that may come back for so long.
fn lasting(client_id: &str, lasting: Option<Lasting>) -> Grant {
    Grant { stage: Stage::Issued { lasting }, ..fixtures::issued_grant(client_id, "ann").0 }
}

fn once(client_id: &str) -> Grant {
    lasting(client_id, None)
}

fn offline(until: UnixSeconds) -> Option<Lasting> {
    Some(Lasting::Offline { until })
}

fn online() -> Option<Lasting> {
    Some(Lasting::Online { session: "session".to_owned(), until: later(8 * 3600) })
}

async fn listed(acting: &Acting<'_, Watched>) -> Vec<Connection> {
    connected_apps::list(acting, ANN, None).await.unwrap().items
}

#[tokio::test]
async fn a_grant_counts_while_something_may_come_of_it_and_a_consent_until_it_ends() {
    let code = CODE_LIFETIME.as_secs();
    let day = 86_400;
    for (at, seconds, counts) in [
        (At::Issued, 0, true),
        (At::Issued, code - 1, true),
        (At::Issued, code, false),
        (At::Redeemed, code, true),
        (At::Redeemed, day - 1, true),
        (At::Redeemed, day, false),
        (At::Revoked, 0, false),
    ] {
        let scene = Scene::new();
        scene.keeps(once("app"), at).await;
        let acting = Acting { now: later(seconds), ..scene.ann() };
        let clients: Vec<ClientId> = listed(&acting).await.into_iter().map(|one| one.client_id).collect();
        assert_eq!(clients, if counts { vec![id("app")] } else { Vec::new() }, "{at:?} after {seconds} s");
    }
    for (seconds, counts) in [(REMEMBERED.as_secs() - 1, true), (REMEMBERED.as_secs(), false)] {
        let scene = Scene::new();
        scene.keeps_consent("app", NOW).await;
        let acting = Acting { now: later(seconds), ..scene.ann() };
        assert_eq!(listed(&acting).await.len(), usize::from(counts), "a consent after {seconds} s");
    }
}

#[tokio::test]
async fn a_report_whose_grant_is_gone_counts_for_nothing() {
    let scene = Scene::new();
    scene.keeps(once("app"), At::Redeemed).await;
    *scene.watched.has_lost_grants.lock().unwrap() = true;
    assert!(listed(&scene.ann()).await.is_empty());
    let done = connected_apps::disconnect(&scene.ann(), ANN, &id("app")).await.unwrap();
    assert_eq!((done.body.len(), done.record.len()), (0, 1));
    assert_eq!(scene.remembers(ANN, "app").await, 0);
}

#[tokio::test]
async fn access_ends_at_the_last_moment_that_was_chosen_or_with_the_session_or_soon() {
    let consent_ends = NOW + REMEMBERED;
    for (grants, has_consent, ends) in [
        (vec![None], false, Ends::Soon),
        (vec![online()], false, Ends::WithSignOut),
        (vec![None, online()], false, Ends::WithSignOut),
        (vec![offline(later(100))], false, Ends::On(later(100))),
        (vec![online(), offline(later(100))], false, Ends::On(later(100))),
        (vec![offline(later(300)), offline(later(200)), None], false, Ends::On(later(300))),
        (vec![], true, Ends::On(consent_ends)),
        (vec![online()], true, Ends::On(consent_ends)),
        (vec![offline(later(100))], true, Ends::On(consent_ends)),
        (vec![offline(consent_ends + CODE_LIFETIME)], true, Ends::On(consent_ends + CODE_LIFETIME)),
    ] {
        let scene = Scene::new();
        for lasts in &grants {
            scene.keeps(lasting("app", lasts.clone()), At::Redeemed).await;
        }
        // What was revoked changes nothing.
        scene.keeps(lasting("app", offline(later(10_000_000_000))), At::Revoked).await;
        if has_consent {
            scene.keeps_consent("app", NOW).await;
        }
        let [connection] = &listed(&scene.ann()).await[..] else { panic!("{grants:?}") };
        assert_eq!(connection.ends(), ends, "{grants:?}, consent: {has_consent}");
    }
}

#[tokio::test]
async fn a_connection_says_what_since_when_of_whom_and_what_was_withheld_last() {
    let scene = Scene::new();
    scene.keeps_consent("app", UnixSeconds(NOW.0 - 50)).await;
    let context = GrantContext { patient: Some("bo".to_owned()), ..GrantContext::default() };
    let first = Grant { issued_at: UnixSeconds(NOW.0 - 20), context, ..once("app") };
    let used = scene.keeps(Grant { stage_since: later(5), ..first }, At::Redeemed).await;
    scene.keeps(once("app"), At::Issued).await;
    scene.keeps(once("other"), At::Issued).await;
    let [app, other] = &listed(&scene.ann()).await[..] else { panic!() };
    assert_eq!((app.client_id.as_str(), other.client_id.as_str()), ("app", "other"));
    assert_eq!((app.since(), other.since()), (UnixSeconds(NOW.0 - 50), NOW));
    assert_eq!((app.last_used(), other.last_used()), (Some(used.stage_since), None));
    assert_eq!(app.patients().into_iter().collect::<Vec<_>>(), ["ann", "bo"]);
    assert!(app.scope().contains(used.scope.set()));
    let withheld: Vec<&str> = app.withheld().map(|decision| decision.asked.as_str()).collect();
    assert_eq!(withheld, ["patient/*.cruds", "system/*.rs", "profile"]);

    let latest = Grant { issued_at: later(1), ..once("app") };
    let report = ScopeReport { decisions: Vec::new(), ..fixtures::report(&latest) };
    scene.watched.store.issue(&fixtures::only(&latest, &report)).await.unwrap();
    assert_eq!(listed(&scene.ann()).await[0].withheld().count(), 0, "it got all that it asked for last");

    let scene = Scene::new();
    scene.keeps_consent("app", NOW).await;
    let [only_consent] = &listed(&scene.ann()).await[..] else { panic!() };
    assert!(only_consent.patients().is_empty() && only_consent.withheld().next().is_none());
    assert_ne!(only_consent.scope(), ScopeSet::default());
}

#[tokio::test]
async fn disconnecting_ends_every_grant_of_one_client_for_one_user_and_forgets_the_consents() {
    let scene = Scene::new();
    let mut grants = vec![scene.keeps(once("app"), At::Issued).await];
    grants.push(scene.keeps(lasting("app", offline(later(100))), At::Redeemed).await);
    let over = scene.keeps(once("app"), At::Revoked).await;
    scene.keeps_consent("app", NOW).await;
    let other = scene.keeps(once("other"), At::Redeemed).await;
    let bens = scene.keeps(fixtures::issued_grant("app", "ben").0, At::Redeemed).await;

    let done = connected_apps::disconnect(&scene.ann(), ANN, &id("app")).await.unwrap();
    let mut ended: Vec<&str> = done.body.iter().map(|grant| grant.key.0.as_str()).collect();
    let mut expected: Vec<&str> = grants.iter().map(|grant| grant.key.0.as_str()).collect();
    ended.sort_unstable();
    expected.sort_unstable();
    assert_eq!(ended, expected, "{} was over before", over.key.0);
    assert!(grants.iter().all(|grant| scene.is_over(grant)));
    assert!(!scene.is_over(&other) && !scene.is_over(&bens));
    assert_eq!((scene.remembers(ANN, "app").await, scene.remembers(ANN, "other").await), (0, 1));
    assert_eq!(scene.remembers("sub-ben", "app").await, 1);

    let parts: Vec<_> = done.record.iter().map(Record::parts).collect();
    let events: Vec<&str> = parts.iter().map(|parts| parts.event).collect();
    assert_eq!(events, ["consent.withdrawn", "grant.revoked", "grant.revoked"]);
    let ann = scene.audit.person(ANN);
    let are_about = |parts: &Parts<'_>| (parts.client_id, parts.person) == (Some("app"), Some(ann.as_str()));
    assert!(parts.iter().all(are_about));
    let mut keys: Vec<&str> = parts.iter().filter_map(|parts| parts.grant).collect();
    keys.sort_unstable();
    assert_eq!(keys, expected, "one record each");

    let again = connected_apps::disconnect(&scene.ann(), ANN, &id("app")).await.unwrap();
    assert_eq!((again.body.len(), again.record.len()), (0, 1));
}

#[tokio::test]
async fn the_records_say_who_disconnected_an_app_for_another_user() {
    let scene = Scene::new();
    let (ann, eve) = (scene.audit.person(ANN), scene.audit.person("sub-eve"));
    for (actor, reason, by, by_person) in [
        (user(ANN), "by_person", None, None),
        (administrator(), "by_administrator", None, Some(eve.as_str())),
        (Actor::Administrator(&scene.program), "by_administrator", Some("admin"), None),
    ] {
        scene.keeps(once("app"), At::Redeemed).await;
        let done = connected_apps::disconnect(&scene.by(actor), ANN, &id("app")).await.unwrap();
        let [withdrawn, revoked] = [0, 1].map(|place| done.record[place].parts());
        assert_eq!((withdrawn.reason, revoked.reason), (None, Some(reason)));
        for parts in [withdrawn, revoked] {
            assert_eq!((parts.by, parts.by_person, parts.person), (by, by_person, Some(ann.as_str())));
        }
    }
}

#[tokio::test]
async fn more_than_one_page_of_grants_is_ended() {
    let scene = Scene::new();
    let mut grants = Vec::new();
    for _ in 0..120 {
        grants.push(scene.keeps(once("app"), At::Redeemed).await);
    }
    let first = connected_apps::list(&scene.ann(), ANN, None).await.unwrap();
    let rest = connected_apps::list(&scene.ann(), ANN, first.next.as_ref()).await.unwrap();
    assert!(rest.next.is_none() && rest.items.len() == 1);
    let done = connected_apps::disconnect(&scene.ann(), ANN, &id("app")).await.unwrap();
    assert_eq!((done.body.len(), done.record.len()), (120, 121));
    assert!(grants.iter().all(|grant| scene.is_over(grant)));
    assert_eq!(scene.remembers(ANN, "app").await, 0);
}

#[tokio::test]
async fn a_grant_that_is_changed_while_it_is_ended_is_ended_all_the_same_or_stays_on_the_list() {
    for (rivals, is_ended) in [(0, true), (1, true), (4, true), (5, false)] {
        let scene = Scene::new();
        let grant = scene.keeps(once("app"), At::Issued).await;
        *scene.watched.rivals.lock().unwrap() = rivals;
        let done = connected_apps::disconnect(&scene.ann(), ANN, &id("app")).await;
        assert_eq!(scene.is_over(&grant), is_ended, "{rivals}");
        assert_eq!(listed(&scene.ann()).await.is_empty(), is_ended, "{rivals}");
        match done {
            Ok(done) => assert!(is_ended && done.body.len() == 1 && done.record.len() == 2),
            Err(refused) => assert!(!is_ended && matches!(refused, OperationRefused::Unreachable(_))),
        }
    }
}

#[tokio::test]
async fn of_two_who_disconnect_at_once_each_ended_grant_is_recorded_once() {
    let scene = Scene::new();
    for _ in 0..3 {
        scene.keeps(once("app"), At::Redeemed).await;
    }
    let (ann, app) = (scene.ann(), id("app"));
    let disconnect = || connected_apps::disconnect(&ann, ANN, &app);
    let (one, two) = tokio::join!(disconnect(), disconnect());
    assert_eq!(one.unwrap().body.len() + two.unwrap().body.len(), 3);
}

#[tokio::test]
async fn a_dry_run_shows_what_would_end_and_an_unclear_one_nothing_and_neither_writes() {
    let scene = Scene::new();
    let grant = scene.keeps(once("app"), At::Redeemed).await;
    let dry = Acting { dry_run: DryRun::Yes, ..scene.ann() };
    let done = connected_apps::disconnect(&dry, ANN, &id("app")).await.unwrap();
    assert_eq!((done.body.len(), done.record.len()), (1, 0));
    let unclear = Acting { dry_run: DryRun::Unclear("unclear.".to_owned()), ..scene.ann() };
    let refused = connected_apps::disconnect(&unclear, ANN, &id("app")).await.unwrap_err();
    assert!(matches!(refused, OperationRefused::Unclear(_)));
    assert!(!scene.is_over(&grant));
    assert_eq!(scene.remembers(ANN, "app").await, 1);
    assert!(scene.watched.take_calls().iter().all(|call| ["decided_by", "grant"].contains(call)));
}

#[tokio::test]
async fn each_grant_is_read_once_and_ended_by_one_more_call() {
    let scene = Scene::new();
    scene.keeps(once("app"), At::Redeemed).await;
    scene.keeps(once("app"), At::Issued).await;
    scene.keeps_consent("app", NOW).await;
    listed(&scene.ann()).await;
    assert_eq!(scene.watched.take_calls(), ["decided_by", "grant", "grant", "grant"]);
    assert!(connected_apps::has_decided(&scene.ann(), ANN, &id("app")).await.unwrap());
    assert!(!connected_apps::has_decided(&scene.ann(), ANN, &id("other")).await.unwrap());
    assert_eq!(scene.watched.take_calls(), ["decided_by", "decided_by"]);
    connected_apps::disconnect(&scene.ann(), ANN, &id("app")).await.unwrap();
    let expected = ["decided_by", "forget", "grant", "grant", "grant", "replace", "replace"];
    assert_eq!(scene.watched.take_calls(), expected);
    for actor in [ANONYMOUS, user("sub-ben")] {
        connected_apps::disconnect(&scene.by(actor), ANN, &id("app")).await.unwrap_err();
        connected_apps::list(&scene.by(actor), ANN, None).await.unwrap_err();
    }
    assert!(scene.watched.take_calls().is_empty(), "nothing is read for those who may not see it");
}
