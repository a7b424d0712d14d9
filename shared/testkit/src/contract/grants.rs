//! What every store promises about grants, and what is written with them.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use smart::consent::{Consent, Decided, ScopeReport};
use smart::ids::{GrantKey, RequestId};
use smart::ports::{ConsentStore, GrantIssuer, GrantKeeper, Issued, LaunchStore, NewGrant, Replace};
use smart::user::User;
use tokio::task::JoinSet;

use crate::fixtures::{self, fresh_name};

/// Of two requests that read the same version one replaces the grant, and the other is shown it as it is.
pub async fn of_two_requests_one_replaces_the_grant<S>(store: S, seed: impl AsyncFn(&S, User))
where
    S: GrantIssuer + GrantKeeper,
{
    let name = fresh_name();
    seed(&store, fixtures::user(&name)).await;
    let (grant, _) = fixtures::issued_grant("app", &name);
    assert!(matches!(
        store.issue(&fixtures::only(&grant, &fixtures::report(&grant))).await.unwrap(),
        Issued::Issued
    ));
    let read = store.grant(&grant.key).await.unwrap().unwrap();
    assert_eq!(read, grant);
    let (one, other) = (RequestId::draw(), RequestId::draw());
    let (first, second) = (fixtures::redeemed(&read, &one), fixtures::redeemed(&read, &other));
    let answers = tokio::join!(store.replace(read.version, &first), store.replace(read.version, &second));
    let now = store.grant(&grant.key).await.unwrap().unwrap();
    match (answers.0.unwrap(), answers.1.unwrap()) {
        (Replace::Replaced, Replace::Refused(Some(seen))) => assert!(*seen == first && now == first),
        (Replace::Refused(Some(seen)), Replace::Replaced) => assert!(*seen == second && now == second),
        both => panic!("{both:?}"),
    }
}

/// Of many requests that read the same version one replaces the grant, and all others are shown its work.
pub async fn of_many_requests_one_replaces_the_grant<S>(store: S, seed: impl AsyncFn(&S, User))
where
    S: GrantIssuer + GrantKeeper + 'static,
{
    let name = fresh_name();
    seed(&store, fixtures::user(&name)).await;
    let (grant, _) = fixtures::issued_grant("app", &name);
    store.issue(&fixtures::only(&grant, &fixtures::report(&grant))).await.unwrap();
    let (store, mut requests) = (Arc::new(store), JoinSet::new());
    for _ in 0..64 {
        let (store, next) = (Arc::clone(&store), fixtures::redeemed(&grant, &RequestId::draw()));
        requests.spawn(async move { (store.replace(1, &next).await.unwrap(), next) });
    }
    let answers = requests.join_all().await;
    let now = store.grant(&grant.key).await.unwrap().unwrap();
    let replaced = answers.iter().filter(|(answer, _)| matches!(answer, Replace::Replaced));
    assert_eq!(replaced.map(|(_, next)| next).collect::<Vec<_>>(), [&now]);
    for (answer, _) in &answers {
        assert!(!matches!(answer, Replace::Refused(seen) if seen.as_deref() != Some(&now)), "{answer:?}");
    }
}

/// The same request, sent again, is told that it has replaced the grant.
pub async fn a_replacement_sent_again_is_told_of_its_success<S>(store: S, seed: impl AsyncFn(&S, User))
where
    S: GrantIssuer + GrantKeeper,
{
    let name = fresh_name();
    seed(&store, fixtures::user(&name)).await;
    let (grant, _) = fixtures::issued_grant("app", &name);
    store.issue(&fixtures::only(&grant, &fixtures::report(&grant))).await.unwrap();
    let next = fixtures::redeemed(&grant, &RequestId::draw());
    for _ in 0..2 {
        assert!(matches!(store.replace(grant.version, &next).await.unwrap(), Replace::Replaced));
    }
}

/// A grant that is not there is neither read nor replaced.
pub async fn a_grant_that_is_not_there_is_not_replaced(store: impl GrantKeeper) {
    let (grant, _) = fixtures::issued_grant("app", "nobody");
    assert!(store.grant(&GrantKey(fresh_name())).await.unwrap().is_none());
    assert!(matches!(store.replace(1, &grant).await.unwrap(), Replace::Refused(None)));
}

/// A grant is put once, whoever puts it, and only while its person is the same and enabled; its report and the consent come
/// with it, or not at all.
pub async fn a_grant_is_put_once_and_only_for_its_person<S>(store: S, seed: impl AsyncFn(&S, User))
where
    S: GrantIssuer + ConsentStore,
{
    let name = fresh_name();
    let (grant, _) = fixtures::issued_grant("app", &name);
    let report = fixtures::report(&grant);
    let consent = Consent::of(&grant, &fixtures::public_client("app"), Duration::from_secs(1));
    let new = NewGrant { consent: Some(consent.clone()), ..fixtures::only(&grant, &report) };
    assert!(matches!(store.issue(&new).await.unwrap(), Issued::UserGone));
    seed(&store, User { disabled: true, ..fixtures::user(&name) }).await;
    assert!(matches!(store.issue(&new).await.unwrap(), Issued::UserGone));
    seed(&store, User { subject: "another".to_owned(), ..fixtures::user(&name) }).await;
    assert!(matches!(store.issue(&new).await.unwrap(), Issued::UserGone));
    assert!(store.consent(&consent.key).await.unwrap().is_none());
    seed(&store, fixtures::user(&name)).await;
    assert!(matches!(store.issue(&new).await.unwrap(), Issued::Issued));
    let other = ScopeReport { decisions: Vec::new(), ..report.clone() };
    match store.issue(&fixtures::only(&grant, &other)).await.unwrap() {
        Issued::Already(before) => assert_eq!(*before, grant),
        other => panic!("{other:?}"),
    }
    assert_eq!(store.consent(&consent.key).await.unwrap().as_ref(), Some(&consent));
    let decided = store.decided_by(&grant.person.subject, None, None).await.unwrap();
    assert!(decided.next.is_none());
    assert_eq!(decided.items.len(), 2);
    assert!(
        decided.items.contains(&Decided::Report(report))
            && decided.items.contains(&Decided::Consent(consent))
    );
}

/// A launch is spent on one grant, however many are put at once, and on none that is not put.
pub async fn a_launch_is_spent_once<S>(store: S, seed: impl AsyncFn(&S, User))
where
    S: GrantIssuer + LaunchStore + 'static,
{
    let name = fresh_name();
    let launch = fixtures::launch("app", &name);
    store.open(&launch).await.unwrap();
    let issue = async |store: &S| {
        let (grant, _) = fixtures::issued_grant("app", &name);
        let report = fixtures::report(&grant);
        let new = NewGrant { launch: Some(launch.key.clone()), ..fixtures::only(&grant, &report) };
        (store.issue(&new).await.unwrap(), grant.key)
    };
    assert!(matches!(issue(&store).await.0, Issued::UserGone));
    assert_eq!(store.launch(&launch.key).await.unwrap(), Some(launch.clone()));
    seed(&store, fixtures::user(&name)).await;
    let answers = tokio::join!(issue(&store), issue(&store), issue(&store));
    let issued: Vec<_> = [answers.0, answers.1, answers.2]
        .into_iter()
        .filter_map(|(answer, key)| match answer {
            Issued::Issued => Some(key),
            Issued::LaunchSpent => None,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(issued.len(), 1);
    assert_eq!(store.launch(&launch.key).await.unwrap().unwrap().spent_on, Some(issued[0].clone()));
    assert!(store.launch("unknown").await.unwrap().is_none());
}

/// What a person decided is listed by client, in pages, and forgotten when they say so.
pub async fn what_a_person_decided_is_listed_and_forgotten<S>(store: S, seed: impl AsyncFn(&S, User))
where
    S: GrantIssuer + ConsentStore,
{
    let name = fresh_name();
    seed(&store, fixtures::user(&name)).await;
    let mut keys = BTreeMap::new();
    for turn in 0..120 {
        let client = if turn % 2 == 0 { "app" } else { "other" };
        let (grant, _) = fixtures::issued_grant(client, &name);
        store.issue(&fixtures::only(&grant, &fixtures::report(&grant))).await.unwrap();
        keys.insert(grant.key.0, client);
    }
    let subject = format!("sub-{name}");
    let (mut seen, mut cursor) = (Vec::new(), None);
    loop {
        let page = store.decided_by(&subject, None, cursor.as_ref()).await.unwrap();
        seen.extend(
            page.items.iter().map(|decided| (decided.client_id().to_string(), decided.key().to_owned())),
        );
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert!(seen.is_sorted_by_key(|(client, _)| client.clone()));
    assert_eq!(seen.iter().map(|(_, key)| key).collect::<HashSet<_>>(), keys.keys().collect());
    let of_app: Vec<String> =
        keys.iter().filter(|(_, client)| **client == "app").map(|(key, _)| key.clone()).collect();
    store.forget(&of_app).await.unwrap();
    store.forget(&of_app[..1]).await.unwrap();
    let app = "app".parse().unwrap();
    assert!(store.decided_by(&subject, Some(&app), None).await.unwrap().items.is_empty());
    let other = "other".parse().unwrap();
    assert_eq!(store.decided_by(&subject, Some(&other), None).await.unwrap().items.len(), 60);
    assert!(store.decided_by("nobody", None, None).await.unwrap().items.is_empty());
}
