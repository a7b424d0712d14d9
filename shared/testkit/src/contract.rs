//! What every store promises, once: each function is a promise, and every store runs them all.

use std::collections::HashSet;
use std::sync::Arc;

use smart::client::Client;
use smart::consent::ScopeReport;
use smart::grant::{GrantKey, RequestId};
use smart::ports::{
    Changed, ClientReader, ClientWriter, ConsentReader, Created, Cursor, GrantIssuer, GrantKeeper, Issued,
    Replace, ReplayStore, SessionStore, Spend,
};
use smart::session::Session;
use smart::time::UnixSeconds;
use smart::user::User;
use tokio::task::JoinSet;

use crate::fixtures::{self, NOW, fresh_name};

/// Of two requests that read the same version one replaces the grant, and the other is shown it as it is.
pub async fn of_two_requests_one_replaces_the_grant<S>(store: S, seed: impl AsyncFn(&S, User))
where
    S: GrantIssuer + GrantKeeper,
{
    let name = fresh_name();
    seed(&store, fixtures::user(&name)).await;
    let (grant, _) = fixtures::issued_grant("app", &name);
    assert!(matches!(store.issue(&grant, &fixtures::report(&grant)).await.unwrap(), Issued::Issued));
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
    store.issue(&grant, &fixtures::report(&grant)).await.unwrap();
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
    store.issue(&grant, &fixtures::report(&grant)).await.unwrap();
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

/// A grant is put once, whoever puts it, and only while its person is the same and enabled; its report comes with it.
pub async fn a_grant_is_put_once_and_only_for_its_person<S>(store: S, seed: impl AsyncFn(&S, User))
where
    S: GrantIssuer + ConsentReader,
{
    let name = fresh_name();
    let (grant, _) = fixtures::issued_grant("app", &name);
    let report = fixtures::report(&grant);
    assert!(matches!(store.issue(&grant, &report).await.unwrap(), Issued::UserGone));
    seed(&store, User { disabled: true, ..fixtures::user(&name) }).await;
    assert!(matches!(store.issue(&grant, &report).await.unwrap(), Issued::UserGone));
    seed(&store, User { subject: "another".to_owned(), ..fixtures::user(&name) }).await;
    assert!(matches!(store.issue(&grant, &report).await.unwrap(), Issued::UserGone));
    assert!(store.report(&grant.key).await.unwrap().is_none());
    seed(&store, fixtures::user(&name)).await;
    assert!(matches!(store.issue(&grant, &report).await.unwrap(), Issued::Issued));
    let other = ScopeReport { decisions: Vec::new(), ..report.clone() };
    match store.issue(&grant, &other).await.unwrap() {
        Issued::Already(before) => assert_eq!(*before, grant),
        other => panic!("{other:?}"),
    }
    assert_eq!(store.report(&grant.key).await.unwrap(), Some(report));
}

/// Of many requests that spend one key one succeeds, until its moment has passed.
pub async fn a_key_is_spent_once_until_its_moment_has_passed(store: impl ReplayStore + 'static) {
    let (store, key) = (Arc::new(store), fresh_name());
    let until = UnixSeconds(NOW.0 + 300);
    let mut requests = JoinSet::new();
    for _ in 0..64 {
        let (store, key) = (Arc::clone(&store), key.clone());
        requests.spawn(async move { store.spend(&key, until, NOW).await.unwrap() });
    }
    let answers = requests.join_all().await;
    assert_eq!(answers.iter().filter(|answer| **answer == Spend::Spent).count(), 1);
    assert_eq!(store.spend(&key, until, until).await.unwrap(), Spend::SeenBefore);
    let later = UnixSeconds(until.0 + 1);
    assert_eq!(store.spend(&key, UnixSeconds(later.0 + 300), later).await.unwrap(), Spend::Spent);
}

/// A session is there from its beginning to its end, and ending it twice is no fault.
pub async fn a_session_is_there_until_it_is_ended(store: impl SessionStore) {
    let session = Session {
        id: fresh_name(),
        name: "somebody".to_owned(),
        subject: "sub".to_owned(),
        auth_time: NOW,
        expires_at: UnixSeconds(NOW.0 + 60),
    };
    assert_eq!(store.session(&session.id).await.unwrap(), None);
    store.begin(&session).await.unwrap();
    assert_eq!(store.session(&session.id).await.unwrap().as_ref(), Some(&session));
    for _ in 0..2 {
        store.end(&session.id).await.unwrap();
    }
    assert_eq!(store.session(&session.id).await.unwrap(), None);
}

/// A client is created once and changed only by who has read it as it is.
pub async fn a_client_is_changed_only_by_who_has_read_it_as_it_is(store: impl ClientWriter) {
    let client = fixtures::public_client(&fresh_name());
    let next = Client { version: 2, ..client.clone() };
    assert_eq!(store.replace(&next, 1).await.unwrap(), Changed::Stale);
    assert_eq!(store.create(&client).await.unwrap(), Created::Created);
    assert_eq!(store.create(&client).await.unwrap(), Created::Exists);
    assert_eq!(store.current(&client.client_id).await.unwrap().as_ref(), Some(&client));
    assert_eq!(store.replace(&next, 1).await.unwrap(), Changed::Changed);
    assert_eq!(store.replace(&next, 1).await.unwrap(), Changed::Stale);
    assert_eq!(store.delete(&client.client_id, 1).await.unwrap(), Changed::Stale);
    assert_eq!(store.delete(&client.client_id, 2).await.unwrap(), Changed::Changed);
    assert_eq!(store.current(&client.client_id).await.unwrap(), None);
}

/// The list comes newest first, in pages, and is not disturbed by a client that is registered meanwhile.
pub async fn the_list_of_clients_comes_in_pages_newest_first(store: impl ClientWriter) {
    let mut expected = Vec::new();
    for age in 0..5 {
        let mut client = fixtures::public_client(&fresh_name());
        client.created_at = UnixSeconds(NOW.0 + 1_000_000 - age);
        store.create(&client).await.unwrap();
        expected.push(client.client_id.clone());
    }
    let (mut seen, mut cursor) = (Vec::new(), None);
    for turn in 0..3 {
        let page = store.list(cursor.as_ref(), 2).await.unwrap().unwrap();
        assert!(page.items.len() <= 2);
        seen.extend(page.items.into_iter().map(|client| client.client_id));
        cursor = page.next;
        let mut newest = fixtures::public_client(&fresh_name());
        newest.created_at = UnixSeconds(NOW.0 + 2_000_000 + turn);
        store.create(&newest).await.unwrap();
    }
    assert_eq!(seen[..5], expected[..]);
    assert_eq!(seen.iter().collect::<HashSet<_>>().len(), seen.len());
    assert!(store.list(Some(&Cursor("junk".to_owned())), 2).await.unwrap().is_none());
}

/// A change to a client is seen by its readers 30 seconds later at the latest.
pub async fn a_reader_sees_a_change_within_30_seconds(store: impl ClientReader + ClientWriter) {
    let client = fixtures::public_client(&fresh_name());
    assert!(store.client(&client.client_id, NOW).await.unwrap().is_none());
    store.create(&client).await.unwrap();
    assert!(store.client(&client.client_id, NOW).await.unwrap().is_some(), "absence is not remembered");
    let disabled = Client { disabled: true, version: 2, ..client.clone() };
    store.replace(&disabled, 1).await.unwrap();
    let later = UnixSeconds(NOW.0 + 30);
    assert!(store.client(&client.client_id, later).await.unwrap().unwrap().disabled);
}

/// Runs every promise against a store: the first expression makes one and may await, the second puts a person into it.
#[macro_export]
macro_rules! store_contract {
    ($store:expr, $seed:expr) => {
        $crate::store_contract! { @each $store, $seed;
            of_two_requests_one_replaces_the_grant
            of_many_requests_one_replaces_the_grant
            a_replacement_sent_again_is_told_of_its_success
            a_grant_is_put_once_and_only_for_its_person
        }
        $crate::store_contract! { @each $store;
            a_grant_that_is_not_there_is_not_replaced
            a_key_is_spent_once_until_its_moment_has_passed
            a_session_is_there_until_it_is_ended
            a_client_is_changed_only_by_who_has_read_it_as_it_is
            the_list_of_clients_comes_in_pages_newest_first
            a_reader_sees_a_change_within_30_seconds
        }
    };
    (@each $store:expr $(, $seed:expr)?; $($promise:ident)*) => {
        $crate::store_contract! { @one ($store $(, $seed)?) $($promise)* }
    };
    (@one $arguments:tt $($promise:ident)*) => {
        $(
            #[tokio::test]
            async fn $promise() {
                $crate::contract::$promise $arguments.await;
            }
        )*
    };
}
