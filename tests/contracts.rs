//! DynamoDB, as the embedded one plays it with the tables of `template.yaml`, keeps every promise of a store.

use aws::dynamodb::Tables;
use smart::lockout::Counter;
use smart::ports::SessionStore as _;
use smart::session::Session;
use smart::user::User;
use testkit::fixtures::NOW;

use crate::support::bench::DAY;
use crate::support::own_service;
use crate::support::tables::{tables, tables_held_to};

testkit::store_contract!(tables().await, async |tables: &Tables, user: User| tables
    .put_user(&user)
    .await
    .unwrap());

/// Runs promises on tables that may do what their ports need and nothing else.
macro_rules! held_to_its_needs {
    ($($name:ident: [$($port:literal),*] $promise:ident $(($seed:expr))?;)*) => {
        $(
            #[tokio::test]
            async fn $name() {
                let tables = tables_held_to(&[$($port),*]).await;
                testkit::contract::$promise(tables $(, $seed)?).await;
            }
        )*
    };
}

/// Puts a user whatever the tables of a test may do.
async fn seed(_: &Tables, user: User) {
    tables().await.put_user(&user).await.unwrap();
}

/// Each port with as few others as a promise of it allows, so that a need which is missing in its list is not covered
/// by that of another.
mod needs {
    use super::*;

    held_to_its_needs! {
        client_reader_and_writer: ["ClientReader", "ClientWriter"] a_reader_sees_a_change_within_30_seconds;
        client_writer: ["ClientWriter"] a_client_is_changed_only_by_who_has_read_it_as_it_is;
        client_writer_lists_of_an_owner: ["ClientWriter"] the_clients_of_an_owner_are_listed_and_no_others;
        system_account_reader: ["SystemAccountReader"] a_system_account_is_as_it_was_30_seconds_ago_at_most(seed);
        user_writer_and_reader: ["UserWriter", "UserReader"] a_person_is_added_once_and_renewed_while_they_are_the_same;
        user_keeper: ["UserKeeper"] an_account_is_changed_only_by_who_has_read_it_as_it_is;
        session_store: ["SessionStore"] a_session_is_there_until_it_is_ended;
        lockout_and_session_store: ["Lockout", "SessionStore"] tries_are_counted_before_they_are_looked_at;
        flow_store: ["FlowStore"] a_flow_is_there_as_it_was_kept;
        grant_issuer_and_keeper: ["GrantIssuer", "GrantKeeper"] of_two_requests_one_replaces_the_grant(seed);
        grant_keeper: ["GrantKeeper"] a_grant_that_is_not_there_is_not_replaced;
        grant_issuer_and_launch_store: ["GrantIssuer", "LaunchStore"] a_launch_is_spent_once(seed);
        grant_issuer_and_consent_store: ["GrantIssuer", "ConsentStore"] what_a_person_decided_is_listed_and_forgotten(seed);
        tombstones: ["Tombstones"] a_buried_token_stays_buried;
        replay_store: ["ReplayStore"] a_key_is_spent_once_until_its_moment_has_passed;
        registry: ["Registry"] an_entry_is_added_once_until_it_has_ended;
        registry_lists: ["Registry"] entries_are_listed_by_kind_and_by_owner;
        request_counter: ["RequestCounter"] requests_are_counted_one_by_one;
        problem_reader_and_writer: ["ProblemReader", "ProblemWriter"] the_latest_problem_of_each_kind_is_kept;
    }

    /// In a service of its own, since other tests add to these lists.
    #[tokio::test]
    async fn client_writer_and_user_keeper_list() {
        own_service();
        let tables = tables_held_to(&["ClientWriter"]).await;
        testkit::contract::the_list_of_clients_comes_in_pages_newest_first(tables).await;
        let tables = tables_held_to(&["UserKeeper"]).await;
        testkit::contract::accounts_are_listed_newest_first(tables).await;
    }

    /// Takes back a count that does not begin anew, which no other promise of a session store does.
    #[tokio::test]
    async fn session_store_takes_counts_back() {
        let tables = tables_held_to(&["SessionStore"]).await;
        let name = testkit::fixtures::fresh_name();
        let counter = Counter { key: name.clone(), limit: 5, ends_at: NOW + DAY, begins_anew: false };
        let session = Session::begun(name.clone(), &testkit::fixtures::user(&name), NOW, DAY);
        tables.begin(&session, None, &[counter]).await.unwrap();
    }
}
