//! What no emulator answers: conflicts, throttling, faults of AWS. A server on loopback says them in DynamoDB's own words, so
//! that they go through the SDK, its retries included.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod scripted;

use aws::dynamodb::Tables;
use smart::grant::Grant;
use smart::ids::RequestId;
use smart::lockout::{Counter, Raised};
use smart::ports::{
    ClientReader, GrantIssuer, GrantKeeper, Issued, Lockout, Replace, ReplayStore, Spend, UserReader,
};
use smart_verify::time::UnixSeconds;
use testkit::fixtures::{self, NOW};

use scripted::{Scripted, ScriptedReply, cancelled, item_of, refused};

async fn issue(tables: &Tables, grant: &Grant) -> Result<Issued, smart::error::Unreachable> {
    tables.issue(&fixtures::only(grant, &fixtures::report(grant))).await
}

fn grant() -> Grant {
    fixtures::issued_grant("app", "someone").0
}

/// A grant as it is after the request `by`, and that request's replacement of the grant as it was.
fn redeemed_by(by: &RequestId) -> Grant {
    fixtures::redeemed(&grant(), by)
}

#[tokio::test]
async fn f05_a_replacement_that_was_refused_tells_what_is_there_now() {
    let (ours, theirs) = (redeemed_by(&RequestId::draw()), redeemed_by(&RequestId::draw()));
    let (tables, calls) = Scripted::say(vec![refused(Some(item_of(&theirs)))]).await;
    let answer = tables.replace(1, &ours).await.unwrap();
    assert!(matches!(answer, Replace::Refused(Some(seen)) if *seen == theirs));
    assert_eq!(calls.count(), 1);

    // The item went meanwhile: there is nothing to show.
    let (tables, _) = Scripted::say(vec![refused(None)]).await;
    assert!(matches!(tables.replace(1, &ours).await.unwrap(), Replace::Refused(None)));
}

#[tokio::test]
async fn f05_a_replacement_whose_answer_was_lost_knows_its_own_work() {
    let ours = redeemed_by(&RequestId::draw());
    let (tables, calls) = Scripted::say(vec![ScriptedReply::internal(), refused(Some(item_of(&ours)))]).await;
    assert!(matches!(tables.replace(1, &ours).await.unwrap(), Replace::Replaced));
    assert_eq!(calls.count(), 2);

    // What is there is another's: ours may have been written before. Nobody is told something that is not known.
    let theirs = redeemed_by(&RequestId::draw());
    let (tables, _) = Scripted::say(vec![ScriptedReply::internal(), refused(Some(item_of(&theirs)))]).await;
    assert!(tables.replace(1, &ours).await.is_err());
}

#[tokio::test]
async fn f01_a_replacement_is_sent_three_times_and_the_sdk_adds_none() {
    for fault in [ScriptedReply::throttled(), ScriptedReply::internal()] {
        let (tables, calls) = Scripted::say(vec![fault; 9]).await;
        assert!(tables.replace(1, &redeemed_by(&RequestId::draw())).await.is_err());
        assert_eq!(calls.count(), 3);
    }
}

#[tokio::test]
async fn f05_a_transaction_in_conflict_is_sent_again_and_one_that_was_refused_is_not() {
    let grant = grant();
    let conflict = || cancelled(&[("TransactionConflict", None), ("None", None), ("None", None)]);
    let (tables, calls) = Scripted::say(vec![conflict(), conflict(), ScriptedReply::done()]).await;
    assert!(matches!(issue(&tables, &grant).await.unwrap(), Issued::Issued));
    assert_eq!(calls.count(), 3);
    assert!(calls.all_have_tokens(), "each is a transaction of its own, told apart by its token");

    let (tables, calls) = Scripted::say((0..9).map(|_| conflict()).collect()).await;
    assert!(issue(&tables, &grant).await.is_err());
    assert_eq!(calls.count(), 6, "not for ever");

    let there =
        cancelled(&[("ConditionalCheckFailed", Some(item_of(&grant))), ("None", None), ("None", None)]);
    let (tables, calls) = Scripted::say(vec![there]).await;
    assert!(matches!(issue(&tables, &grant).await.unwrap(), Issued::Already(seen) if *seen == grant));
    assert_eq!(calls.count(), 1);

    let nobody = cancelled(&[("None", None), ("ConditionalCheckFailed", None), ("None", None)]);
    let (tables, _) = Scripted::say(vec![nobody]).await;
    assert!(matches!(issue(&tables, &grant).await.unwrap(), Issued::UserGone));

    let throttled = cancelled(&[("ThrottlingError", None), ("None", None), ("None", None)]);
    let (tables, _) = Scripted::say(vec![throttled; 9]).await;
    assert!(issue(&tables, &grant).await.is_err(), "a fault of AWS is not a refusal");
}

#[tokio::test]
async fn r07_an_assertion_counts_as_spent_unless_the_item_says_that_it_was_us() {
    let spend = async |tables: &Tables| tables.spend("key", UnixSeconds(NOW.0 + 300), NOW).await;
    let (tables, _) = Scripted::say(vec![refused(None)]).await;
    assert_eq!(spend(&tables).await.unwrap(), Spend::SeenBefore);

    // The SDK sends the put again after a fault; what it then finds is its own.
    let (tables, calls) =
        Scripted::say(vec![ScriptedReply::internal(), ScriptedReply::RefusedByOwnItem]).await;
    assert_eq!(spend(&tables).await.unwrap(), Spend::Spent);
    assert_eq!(calls.count(), 2);

    let (tables, calls) = Scripted::say(vec![ScriptedReply::throttled(); 9]).await;
    assert!(spend(&tables).await.is_err());
    assert_eq!(calls.count(), 4, "as often as the SDK tries");
}

#[tokio::test]
async fn s08_a_count_in_conflict_is_raised_again_and_a_full_one_is_full() {
    let counter = Counter { key: "key".to_owned(), limit: 5, ends_at: NOW, begins_anew: true };
    let (tables, calls) =
        Scripted::say(vec![cancelled(&[("TransactionConflict", None)]), ScriptedReply::done()]).await;
    assert_eq!(tables.raise(std::slice::from_ref(&counter)).await.unwrap(), Raised::Raised);
    assert_eq!(calls.count(), 2);
    let (tables, _) = Scripted::say(vec![cancelled(&[("ConditionalCheckFailed", None)])]).await;
    assert_eq!(tables.raise(std::slice::from_ref(&counter)).await.unwrap(), Raised::Full);
    let (tables, _) = Scripted::say(vec![ScriptedReply::throttled(); 9]).await;
    assert!(tables.raise(&[counter]).await.is_err(), "no password is looked at then");
}

/// What cannot be read is not there for a moment; it is never taken for missing.
#[tokio::test]
async fn f01_a_read_that_fails_is_no_answer_and_one_that_fails_once_is_read_again() {
    let client_id = fixtures::public_client("app").client_id;
    for fault in [ScriptedReply::throttled(), ScriptedReply::internal()] {
        let (tables, _) = Scripted::say(vec![fault.clone(); 9]).await;
        assert!(tables.client(&client_id, NOW).await.is_err());
        let (tables, _) = Scripted::say(vec![fault.clone(); 9]).await;
        assert!(tables.user("someone").await.is_err());
        let (tables, _) = Scripted::say(vec![fault.clone(); 9]).await;
        assert!(tables.grant(&grant().key).await.is_err());

        let (tables, calls) = Scripted::say(vec![fault, ScriptedReply::done()]).await;
        assert!(tables.user("someone").await.unwrap().is_none());
        assert_eq!(calls.count(), 2);
    }
}
