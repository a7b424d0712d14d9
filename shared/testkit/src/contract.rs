//! What every store promises, once: each function is a promise, and every store runs them all.

mod grants;
mod registry;

use std::collections::HashSet;
use std::sync::Arc;

use smart::client::Client;
use smart::lockout::{Counter, Raised};
use smart::long_request::{Flow, FlowHandle};
use smart::ports::{
    Changed, ClientReader, ClientWriter, Created, Cursor, FlowStore, Lockout, ReplayStore, SessionStore,
    Spend, SystemAccountReader, Tombstones, UserReader, UserWriter,
};
use smart::session::Session;
use smart::unknown_fields::UnknownFields;
use smart::user::User;
use smart_verify::time::UnixSeconds;
use tokio::task::JoinSet;

use crate::fixtures::{self, NOW, fresh_name};

pub use grants::*;
pub use registry::*;

/// Counts let through as many tries as they have room for, however many come at once; a full one raises none.
pub async fn tries_are_counted_before_they_are_looked_at<S>(store: S)
where
    S: Lockout + SessionStore + 'static,
{
    let counter = |limit, begins_anew| Counter {
        key: fresh_name(),
        limit,
        ends_at: UnixSeconds(NOW.0 + 900),
        begins_anew,
    };
    let (narrow, wide) = (counter(5, true), counter(7, false));
    let (store, mut requests) = (Arc::new(store), JoinSet::new());
    for _ in 0..100 {
        let (store, counters) = (Arc::clone(&store), [narrow.clone(), wide.clone()]);
        requests.spawn(async move { store.raise(&counters).await.unwrap() });
    }
    let raised = requests.join_all().await.into_iter().filter(|raised| *raised == Raised::Raised).count();
    assert_eq!(raised, 5, "s08");
    let alone = [wide.clone()];
    assert_eq!(store.raise(&alone).await.unwrap(), Raised::Raised);
    assert_eq!(store.raise(&alone).await.unwrap(), Raised::Raised);
    assert_eq!(store.raise(&alone).await.unwrap(), Raised::Full, "the full one beside it has raised none");
    store.begin(&a_session(), None, &[narrow.clone(), wide]).await.unwrap();
    for _ in 0..5 {
        assert_eq!(
            store.raise(std::slice::from_ref(&narrow)).await.unwrap(),
            Raised::Raised,
            "it begins anew"
        );
    }
    assert_eq!(store.raise(&[narrow]).await.unwrap(), Raised::Full);
    assert_eq!(store.raise(&alone).await.unwrap(), Raised::Raised, "this one lost one try");
    assert_eq!(store.raise(&alone).await.unwrap(), Raised::Full);
}

/// Somebody is added once, and renewed only while they are the same and enabled.
pub async fn a_person_is_added_once_and_renewed_while_they_are_the_same(store: impl UserWriter + UserReader) {
    let user = fixtures::user(&fresh_name());
    assert_eq!(store.renew(&user).await.unwrap(), Changed::Stale);
    assert_eq!(store.add(&user).await.unwrap(), Created::Created);
    let other = User { subject: "another".to_owned(), ..user.clone() };
    assert_eq!(store.add(&other).await.unwrap(), Created::Exists);
    assert_eq!(store.renew(&other).await.unwrap(), Changed::Stale);
    let disabled = User { display_name: "Anna".to_owned(), disabled: true, ..user.clone() };
    assert_eq!(store.renew(&disabled).await.unwrap(), Changed::Changed);
    assert_eq!(
        store.renew(&user).await.unwrap(),
        Changed::Stale,
        "who is disabled is not enabled by signing in"
    );
    assert_eq!(store.user(&user.name).await.unwrap(), Some(disabled));
}

/// Whoever disables a system account has stopped it 30 seconds later at the latest, and no person is hidden by it.
pub async fn a_system_account_is_as_it_was_30_seconds_ago_at_most<S>(store: S, seed: impl AsyncFn(&S, User))
where
    S: SystemAccountReader,
{
    let name = fresh_name();
    assert!(store.system_account(&name, NOW).await.unwrap().is_none());
    let account = fixtures::system_account(&name);
    seed(&store, account.clone()).await;
    let read = store.system_account(&name, NOW).await.unwrap();
    assert_eq!(read.as_deref(), Some(&account), "absence is not remembered");
    seed(&store, User { disabled: true, ..account }).await;
    let later = UnixSeconds(NOW.0 + 30);
    assert!(store.system_account(&name, later).await.unwrap().unwrap().disabled);
}

/// A flow is there as it was kept.
pub async fn a_flow_is_there_as_it_was_kept(store: impl FlowStore) {
    let flow = Flow::new(&FlowHandle::draw(), b"browser", "scope=patient%2F*.rs".to_owned(), NOW);
    assert!(store.flow(&flow.key).await.unwrap().is_none());
    store.keep(&flow).await.unwrap();
    assert_eq!(store.flow(&flow.key).await.unwrap(), Some(flow));
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

/// A token that was revoked stays so, and no other is.
pub async fn a_buried_token_stays_buried(store: impl Tombstones) {
    let jti = fresh_name();
    assert!(!store.is_buried(&jti).await.unwrap());
    store.bury(&jti, UnixSeconds(NOW.0 + 300)).await.unwrap();
    store.bury(&jti, UnixSeconds(NOW.0 + 300)).await.unwrap();
    assert!(store.is_buried(&jti).await.unwrap());
    assert!(!store.is_buried(&fresh_name()).await.unwrap());
}

/// A session is there from its beginning to its end, and ending it twice is no fault.
pub async fn a_session_is_there_until_it_is_ended(store: impl SessionStore) {
    let session = a_session();
    assert_eq!(store.session(&session.id).await.unwrap(), None);
    store.begin(&session, None, &[]).await.unwrap();
    assert_eq!(store.session(&session.id).await.unwrap().as_ref(), Some(&session));
    let next = a_session();
    store.begin(&next, Some(&session.id), &[]).await.unwrap();
    assert_eq!(store.session(&session.id).await.unwrap(), None, "s03: the one before has ended");
    for _ in 0..2 {
        store.end(&next.id).await.unwrap();
    }
    assert_eq!(store.session(&next.id).await.unwrap(), None);
}

fn a_session() -> Session {
    Session {
        id: fresh_name(),
        name: "somebody".to_owned(),
        subject: "sub".to_owned(),
        auth_time: Some(NOW),
        began_at: NOW,
        expires_at: UnixSeconds(NOW.0 + 60),
        unknown: UnknownFields::NONE,
    }
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
            a_launch_is_spent_once
            what_a_person_decided_is_listed_and_forgotten
            a_system_account_is_as_it_was_30_seconds_ago_at_most
        }
        $crate::store_contract! { @each $store;
            a_grant_that_is_not_there_is_not_replaced
            a_key_is_spent_once_until_its_moment_has_passed
            a_session_is_there_until_it_is_ended
            a_buried_token_stays_buried
            tries_are_counted_before_they_are_looked_at
            a_flow_is_there_as_it_was_kept
            a_person_is_added_once_and_renewed_while_they_are_the_same
            a_client_is_changed_only_by_who_has_read_it_as_it_is
            the_list_of_clients_comes_in_pages_newest_first
            a_reader_sees_a_change_within_30_seconds
            the_clients_of_an_owner_are_listed_and_no_others
            an_entry_is_added_once_until_it_has_ended
            of_many_who_replace_an_entry_one_does
            several_things_are_written_in_one_step_or_not_at_all
            entries_are_listed_by_kind_and_by_owner
            an_account_is_changed_only_by_who_has_read_it_as_it_is
            accounts_are_listed_newest_first
            requests_are_counted_one_by_one
            the_latest_problem_of_each_kind_is_kept
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
