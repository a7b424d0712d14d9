//! What every store promises to registration.

use std::collections::BTreeSet;
use std::sync::Arc;

use smart::client::Client;
use smart::lockout::Counter;
use smart::ports::{
    Changed, ClientWriter, Created, Cursor, Listed, ProblemReader, ProblemWriter, Registry, RequestCounter,
    UserKeeper, Write, Written,
};
use smart::registration::{Entry, InitialAccess, Note, PendingChange, Problem};
use smart::user::User;
use smart_verify::scope::ScopeSet;
use smart_verify::time::UnixSeconds;
use tokio::task::JoinSet;

use crate::fixtures::{self, NOW, fresh_name};

/// The clients of a person come newest first, in pages, and no others.
pub async fn the_clients_of_an_owner_are_listed_and_no_others(store: impl ClientWriter) {
    let owner = fresh_name();
    let mut expected = Vec::new();
    for age in 0..3 {
        let created_at = UnixSeconds(NOW.0 - age);
        let owned = |owner: &str| Client {
            owner: Some(owner.to_owned()),
            created_at,
            ..fixtures::public_client(&fresh_name())
        };
        let client = owned(&owner);
        store.create(&client).await.unwrap();
        store.create(&owned(&fresh_name())).await.unwrap();
        expected.push(client.client_id);
    }
    let first = store.owned_by(&owner, None, 2).await.unwrap().unwrap();
    let rest = store.owned_by(&owner, first.next.as_ref(), 2).await.unwrap().unwrap();
    assert!(rest.next.is_none());
    let seen: Vec<_> = first.items.into_iter().chain(rest.items).map(|client| client.client_id).collect();
    assert_eq!(seen, expected);
}

fn an_entry(key: &str, owner: Option<&str>) -> Entry {
    let note = Note::InitialAccess(InitialAccess {
        description: "For the clinic".to_owned(),
        scope: ScopeSet::parse("patient/*.rs"),
        uses_left: 5,
        made_by: "admin".to_owned(),
    });
    let entry = Entry::new(key.to_owned(), note, NOW, Some(UnixSeconds(NOW.0 + 60)));
    Entry { owner: owner.map(str::to_owned), ..entry }
}

/// An entry is added if none has its key, or that one has ended.
pub async fn an_entry_is_added_once_until_it_has_ended(store: impl Registry) {
    let entry = an_entry(&fresh_name(), None);
    assert_eq!(store.entry(&entry.key).await.unwrap(), None);
    let add = [Write::AddEntry(&entry)];
    assert_eq!(store.write(&add, NOW).await.unwrap(), Written::Written);
    assert_eq!(store.entry(&entry.key).await.unwrap().as_ref(), Some(&entry));
    assert_eq!(store.write(&add, UnixSeconds(NOW.0 + 59)).await.unwrap(), Written::Refused);
    assert_eq!(store.write(&add, UnixSeconds(NOW.0 + 60)).await.unwrap(), Written::Written);
}

/// Of many requests that read the same version one replaces the entry.
pub async fn of_many_who_replace_an_entry_one_does(store: impl Registry + 'static) {
    let entry = an_entry(&fresh_name(), None);
    store.write(&[Write::AddEntry(&entry)], NOW).await.unwrap();
    let (store, mut requests) = (Arc::new(store), JoinSet::new());
    for _ in 0..32 {
        let (store, next) = (Arc::clone(&store), entry.with(entry.note.clone()));
        requests.spawn(async move {
            store.write(&[Write::ReplaceEntry { next: &next, read_version: 1 }], NOW).await.unwrap()
        });
    }
    let answers = requests.join_all().await;
    assert_eq!(answers.iter().filter(|answer| **answer == Written::Written).count(), 1);
    assert_eq!(store.entry(&entry.key).await.unwrap().unwrap().version, 2);
    let gone = [Write::RemoveEntry { key: &entry.key, read_version: 1 }];
    assert_eq!(store.write(&gone, NOW).await.unwrap(), Written::Refused);
    let gone = [Write::RemoveEntry { key: &entry.key, read_version: 2 }];
    assert_eq!(store.write(&gone, NOW).await.unwrap(), Written::Written);
    assert_eq!(store.write(&gone, NOW).await.unwrap(), Written::Refused);
    assert_eq!(store.write(&[Write::ForgetEntry(&entry.key)], NOW).await.unwrap(), Written::Written);
}

/// Either everything is written, or nothing.
pub async fn several_things_are_written_in_one_step_or_not_at_all(
    store: impl Registry + ClientWriter + UserKeeper,
) {
    let client = fixtures::public_client(&fresh_name());
    let user = fixtures::user(&fresh_name());
    let entry = an_entry(&fresh_name(), None);
    let renamed = User { version: 2, ..user.clone() };
    let all = [
        Write::CreateClient(&client),
        Write::AddEntry(&entry),
        Write::ReplaceUser { next: &renamed, read_version: 1 },
    ];
    assert_eq!(store.write(&all, NOW).await.unwrap(), Written::Refused, "there is no such user");
    assert_eq!(ClientWriter::current(&store, &client.client_id).await.unwrap(), None);
    assert_eq!(store.entry(&entry.key).await.unwrap(), None);
    store.create_user(&user).await.unwrap();
    assert_eq!(store.write(&all, NOW).await.unwrap(), Written::Written);
    assert_eq!(store.user(&user.name).await.unwrap(), Some(renamed));
    let next = Client { version: 2, ..client.clone() };
    let all = [Write::ReplaceClient { next: &next, read_version: 1 }, Write::ForgetEntry(&entry.key)];
    assert_eq!(store.write(&all, NOW).await.unwrap(), Written::Written);
    let delete = |read_version| [Write::DeleteClient { id: &client.client_id, read_version }];
    assert_eq!(store.write(&delete(1), NOW).await.unwrap(), Written::Refused);
    assert_eq!(store.write(&delete(2), NOW).await.unwrap(), Written::Written);
    assert_eq!(store.entry(&entry.key).await.unwrap(), None);
}

/// Lists of entries hold those of a kind or of a person; what is only ever found by its key is in none.
pub async fn entries_are_listed_by_kind_and_by_owner(store: impl Registry) {
    let owner = fresh_name();
    let client = Client { owner: Some(owner.clone()), ..fixtures::public_client(&fresh_name()) };
    let change = PendingChange::entry(&client, None, client.metadata.clone(), Vec::new(), NOW);
    let hidden = Entry {
        owner: Some(owner.clone()),
        ..Entry::new(fresh_name(), Note::ShownOnce { sealed: "x".to_owned() }, NOW, None)
    };
    let initial = an_entry(&fresh_name(), None);
    for entry in [&change, &hidden, &initial] {
        store.write(&[Write::AddEntry(entry)], NOW).await.unwrap();
        assert_eq!(store.entry(&entry.key).await.unwrap().as_ref(), Some(entry), "it reads back the same");
    }
    let theirs = store.entries(Listed::OfOwner(&owner), None, 10).await.unwrap().unwrap();
    assert_eq!(theirs.items, std::slice::from_ref(&change));
    let mut seen = BTreeSet::new();
    let mut cursor = None;
    loop {
        let page = store.entries(Listed::OfKind("change"), cursor.as_ref(), 1).await.unwrap().unwrap();
        assert!(page.items.iter().all(|entry| entry.note.kind() == "change"));
        seen.extend(page.items.into_iter().map(|entry| entry.key));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert!(seen.contains(&change.key) && !seen.contains(&initial.key));
    let junk = Cursor("junk".to_owned());
    assert!(store.entries(Listed::OfKind("change"), Some(&junk), 1).await.unwrap().is_none());
}

/// An account is made once and changed only by who has read it as it is.
pub async fn an_account_is_changed_only_by_who_has_read_it_as_it_is(store: impl UserKeeper) {
    let user = fixtures::user(&fresh_name());
    let next = User { administrator: true, version: 2, ..user.clone() };
    assert_eq!(store.replace_user(&next, 1).await.unwrap(), Changed::Stale);
    assert_eq!(store.replace_user(&next, 0).await.unwrap(), Changed::Stale, "and nobody is made by it");
    assert_eq!(store.create_user(&user).await.unwrap(), Created::Created);
    assert_eq!(store.create_user(&user).await.unwrap(), Created::Exists);
    assert_eq!(store.replace_user(&next, 1).await.unwrap(), Changed::Changed);
    assert_eq!(store.replace_user(&next, 1).await.unwrap(), Changed::Stale);
    assert_eq!(store.user(&user.name).await.unwrap(), Some(next));
    assert_eq!(store.delete_user(&user.name, 1).await.unwrap(), Changed::Stale);
    assert_eq!(store.delete_user(&user.name, 2).await.unwrap(), Changed::Changed);
    assert_eq!(store.user(&user.name).await.unwrap(), None);
}

/// Accounts come newest first, in pages.
pub async fn accounts_are_listed_newest_first(store: impl UserKeeper) {
    let mut expected = Vec::new();
    for age in 0..3 {
        let created_at = UnixSeconds(NOW.0 + 3_000_000 - age);
        let user = User { created_at, ..fixtures::user(&fresh_name()) };
        store.create_user(&user).await.unwrap();
        expected.push(user.name);
    }
    let first = store.users(None, 2).await.unwrap().unwrap();
    let rest = store.users(first.next.as_ref(), 1).await.unwrap().unwrap();
    let seen: Vec<_> = first.items.into_iter().chain(rest.items).map(|user| user.name).collect();
    assert_eq!(seen, expected);
    assert!(store.users(Some(&Cursor("junk".to_owned())), 2).await.unwrap().is_none());
}

/// Every request is told another count.
pub async fn requests_are_counted_one_by_one(store: impl RequestCounter + 'static) {
    let counter =
        Counter { key: fresh_name(), limit: 5, ends_at: UnixSeconds(NOW.0 + 60), begins_anew: false };
    let (store, mut requests) = (Arc::new(store), JoinSet::new());
    for _ in 0..20 {
        let (store, counter) = (Arc::clone(&store), counter.clone());
        requests.spawn(async move { store.count(&counter).await.unwrap() });
    }
    let mut counts = requests.join_all().await;
    counts.sort_unstable();
    assert_eq!(counts, (1..=20).collect::<Vec<_>>());
}

/// Of each kind of problem the latest is kept, and of no other client.
pub async fn the_latest_problem_of_each_kind_is_kept(store: impl ProblemReader + ProblemWriter) {
    let (client, other) = (fixtures::public_client(&fresh_name()), fixtures::public_client(&fresh_name()));
    let problem = |age, reason: &str| Problem {
        at: UnixSeconds(NOW.0 - age),
        endpoint: "/token".to_owned(),
        error: "invalid_grant".to_owned(),
        reason: reason.to_owned(),
        sentence: "the code is older than 60 seconds.".to_owned(),
        cause: (age == 0).then(|| "61 s".to_owned()),
        request_id: format!("r-{age}"),
    };
    assert_eq!(store.problems(&client.client_id, NOW).await.unwrap(), []);
    for problem in [problem(90, "code_expired"), problem(45, "code_unknown"), problem(0, "code_expired")] {
        store.keep(&client.client_id, &problem).await;
    }
    let kept = store.problems(&client.client_id, NOW).await.unwrap();
    assert_eq!(kept, [problem(0, "code_expired"), problem(45, "code_unknown")]);
    assert_eq!(store.problems(&other.client_id, NOW).await.unwrap(), []);
    let later = NOW + Problem::LIFETIME;
    assert_eq!(store.problems(&client.client_id, later).await.unwrap(), [], "they end");
}
