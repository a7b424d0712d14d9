//! The signing keys: added, promoted, retired and dropped.

use smart::settings::SettingsItem;

use super::service::{Service, refused};
use super::user::{User, access_token};

#[tokio::test(flavor = "multi_thread")]
async fn d04_jw_3_jw_4_a_key_is_added_promoted_and_relieves_the_first_without_a_restart() {
    let service = Service::start::<0>().await;
    let first = service.kid_of_a_token().await;
    assert_eq!(service.states().await, ["signing"]);
    let unknown = refused(service.admin(&["keys", "promote", "1234"]).await);
    assert!(unknown.contains("no such key"), "{unknown}");

    let added = service.admin(&["keys", "add"]).await.unwrap();
    let (key, kid) = (added["key"].as_str().unwrap(), added["kid"].as_str().unwrap());
    assert_eq!(added["version"], 1);
    assert_eq!(service.stack.kms.aliases_of(key), [added["alias"].as_str().unwrap()]);
    // The functions have not read it yet.
    assert_eq!(service.published().await, [first.as_str()]);
    let early = refused(service.admin(&["keys", "promote", key]).await);
    assert!(early.contains("is not published"), "{early}");

    service.wait_for_functions();
    assert_eq!(service.published().await, [first.as_str(), kid]);
    assert_eq!(service.kid_of_a_token().await, first);
    assert_eq!(service.states().await, ["signing", "published"]);
    let alone = refused(service.admin(&["keys", "retire", "SigningKey"]).await);
    assert!(alone.contains("no other key signs"), "{alone}");

    let promoted = service.admin(&["keys", "promote", key]).await.unwrap();
    let sign_from = promoted["sign_from"].as_u64().unwrap();
    service.wait_for_functions();
    assert_eq!(service.kid_of_a_token().await, first, "its turn has not come");
    // A token of an app, which lives for an hour.
    let old_token = access_token(&User::default().connect(&service).await);
    while service.stack.clock.now().0 < sign_from {
        service.wait(1);
    }
    assert_eq!(service.kid_of_a_token().await, kid);
    assert_eq!(service.states().await, ["relieved", "signing"]);

    let retired = service.admin(&["keys", "retire", "SigningKey"]).await.unwrap();
    assert!(retired["delete"].is_null(), "CloudFormation manages the first key");
    service.wait_for_functions();
    assert_eq!(service.states().await, ["retiring", "signing"]);
    assert_eq!(service.published().await, [first.as_str(), kid]);
    assert_eq!(service.read_with(&old_token).await, 200);
    let delete_from = retired["delete_from"].as_u64().unwrap();
    while service.stack.clock.now().0 < delete_from {
        service.wait(10);
    }
    assert_eq!(service.published().await, [kid]);
    service.stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_key_signs_no_more_and_its_tokens_are_refused() {
    let service = Service::start::<1>().await;
    let token = access_token(&User::default().connect(&service).await);
    let alone = refused(service.admin(&["keys", "drop", "SigningKey", "--yes"]).await);
    assert!(alone.contains("no key ever signs"), "{alone}");

    let added = service.admin(&["keys", "add"]).await.unwrap();
    let key = added["key"].as_str().unwrap();
    service.wait_for_functions();
    service.admin(&["keys", "promote", key]).await.unwrap();
    let early = refused(service.admin(&["keys", "drop", "SigningKey", "--yes"]).await);
    assert!(early.contains("no other key signs yet"), "{early}");
    service.wait(30);
    assert_eq!(service.read_with(&token).await, 200);

    let unasked = service.admin(&["keys", "drop", "SigningKey"]).await.unwrap_err();
    assert_eq!((unasked.code(), unasked.to_string().contains("Add --yes")), (2, true), "{unasked}");
    let dropped = service.admin(&["keys", "drop", "SigningKey", "--yes"]).await.unwrap();
    let disable = dropped["disable"].as_str().unwrap();
    assert!(disable.starts_with("aws kms disable-key --region eu-central-1 --key-id arn:"), "{disable}");
    service.wait(10);
    assert_eq!(service.published().await, [added["kid"].as_str().unwrap()]);
    assert_eq!(service.read_with(&token).await, 401);
    service.token().await;

    // A key that signs and is not of the stack may be deleted later.
    let next = service.admin(&["keys", "add"]).await.unwrap();
    service.wait_for_functions();
    service.admin(&["keys", "promote", next["key"].as_str().unwrap()]).await.unwrap();
    service.wait(30);
    let retired = service.admin(&["keys", "retire", key]).await.unwrap();
    assert!(retired["delete"].as_str().unwrap().contains("schedule-key-deletion"), "{retired}");
    service.stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_shows_the_next_schedule_and_writes_nothing() {
    let service = Service::start::<2>().await;
    let keys_made = service.stack.kms.calls("CreateKey");
    let said = service.said(&["keys", "add", "--dry-run"], None).await.unwrap();
    assert!(said.starts_with("Nothing was written.") && said.contains("NEW-KEY"), "{said}");
    assert_eq!(service.stack.kms.calls("CreateKey"), keys_made);
    assert_eq!(service.stored().await.get(SettingsItem::SigningKeys), None);

    let added = service.admin(&["keys", "add"]).await.unwrap();
    let key = added["key"].as_str().unwrap();
    service.wait_for_functions();
    let before = service.stored().await;
    for words in [
        &["keys", "promote", key, "--dry-run"][..],
        &["keys", "retire", key, "--dry-run"],
        &["keys", "drop", key, "--dry-run"],
        &["keys", "mac", "add", "token-mac", "--dry-run"],
        &["keys", "mac", "replace-now", "token-mac", "--dry-run"],
    ] {
        let shown = service.admin(words).await.unwrap();
        assert_eq!(shown["written"], false, "{words:?}");
    }
    assert_eq!(service.stored().await, before);
    service.stack.stop().await;
}

/// As after a run that stopped between its steps.
#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_was_made_before_can_be_added() {
    let service = Service::start::<3>().await;
    let algorithm = smart::signing_keys::SigningAlgorithm::RS256;
    let kms = service.aws().await.kms();
    let made = aws::kms::make_signing_key(&kms, algorithm, "", &service.key("SigningKey")).await.unwrap();
    let added = service.admin(&["keys", "add", "--key", &made]).await.unwrap();
    assert_eq!(added["key"], made.as_str());
    service.wait_for_functions();
    assert!(service.published().await.contains(&added["kid"].as_str().unwrap().to_owned()));
    let twice = refused(service.admin(&["keys", "add", "--key", &made]).await);
    assert!(twice.contains("is named twice"), "{twice}");
    let wrong = service.admin(&["keys", "add", "--key", &service.key("TokenMacKey")]).await.unwrap_err();
    assert_eq!(wrong.code(), 3, "{wrong}");
    assert!(service.stack.kms.aliases_of(&service.key("TokenMacKey")).is_empty());
    service.stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_cannot_be_read_is_left_out_and_the_others_are_published() {
    let service = Service::start::<4>().await;
    let added = service.admin(&["keys", "add"]).await.unwrap();
    let kms = service.aws().await.kms();
    let stored = service.stored().await;
    let schedule = || {
        let item = stored.get(SettingsItem::SigningKeys).unwrap();
        smart::signing_keys::Schedule::parse(&item.value).unwrap()
    };
    let connect = || aws::kms::KmsSigner::connect(kms.clone(), schedule());
    let published = |signer: aws::kms::KmsSigner| {
        smart::ports::PublicKeys::published(&signer, service.stack.clock.now()).keys.len()
    };
    assert_eq!(published(connect().await.unwrap()), 2);
    service.stack.kms.disable(added["key"].as_str().unwrap());
    assert_eq!(published(connect().await.unwrap()), 1);
    service.stack.kms.enable(added["key"].as_str().unwrap());
    // Others sign with both while KMS throttles this function, so it does not start with half of what they publish.
    service.stack.kms.throttle(8);
    let busy = connect().await.map(drop);
    assert!(busy.is_err(), "it starts again instead");
    service.stack.kms.throttle(0);
    assert_eq!(published(connect().await.unwrap()), 2);
    // Without a key that signs a function still publishes the others, and answers 503 where it has to sign.
    service.stack.kms.disable("SigningKey");
    assert_eq!(published(connect().await.unwrap()), 1);
    service.stack.stop().await;
}
