//! Who may do what to clients and accounts, and what a dry run leaves as it was, against a store in memory.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod by_actor;

use serde_json::json;
use smart::client::{Client, ClientId};
use smart::operations::clients::{self, Fate, ListedClients, Wanted};
use smart::operations::{
    Actor, DryRun, Forbidden, Missing, OperationRefused, Operations, OwnRegistration, users,
};
use smart::ports::{ClientWriter as _, Registry as _, Write};
use smart::registration::{
    NewAccount, RegistrationAccess, RegistrationToken, SelfRegistration, SelfRegistrationPolicy,
};
use smart::service::Service;
use smart_verify::scope::ScopeSet;
use testkit::fixtures::{self, NOW};
use testkit::{MemoryStore, NoJwks, With};

struct Stage {
    store: MemoryStore,
    policy: SelfRegistrationPolicy,
    service: Service,
    audit: smart::audit::AuditHasher,
    administrator: ClientId,
}

impl Stage {
    /// A service with a client of Ann's.
    fn of(mode: SelfRegistration) -> Self {
        let store = MemoryStore::default();
        store.put_client(anns());
        Self {
            store,
            policy: SelfRegistrationPolicy { mode, ceiling: ScopeSet::parse("launch/patient patient/*.rs") },
            service: Service::new("https://auth.example.org", "https://fhir.example.org/r4"),
            audit: fixtures::audit(),
            administrator: "admin".parse().unwrap(),
        }
    }

    fn by<'a>(&'a self, actor: Actor<'a>) -> Operations<'a, With<MemoryStore, (), NoJwks>> {
        let Self { store, policy, service, audit, .. } = self;
        Operations { store, jwks: &NoJwks, policy, service, audit, actor, dry_run: DryRun::No, now: NOW }
    }

    fn program(&self) -> Actor<'_> {
        Actor::Administrator(&self.administrator)
    }

    async fn stored(&self) -> Client {
        self.store.current(&anns().client_id).await.unwrap().unwrap()
    }
}

fn anns() -> Client {
    let metadata = json!({
        "client_name": "App", "redirect_uris": ["https://app.example.org/cb"],
        "token_endpoint_auth_method": "none", "scope": "launch/patient patient/*.rs",
    });
    Client { owner: Some("sub-ann".to_owned()), ..fixtures::client("app", &metadata) }
}

fn user(subject: &str) -> Actor<'_> {
    Actor::Person { subject, administrator: false }
}

fn administrator() -> Actor<'static> {
    Actor::Person { subject: "sub-eve", administrator: true }
}

const ANONYMOUS: Actor<'static> = Actor::Anonymous { address: "192.0.2.1", initial: None };

fn wanted(name: &str) -> Wanted {
    let metadata = anns().metadata;
    Wanted {
        metadata: smart::client::ClientMetadata { client_name: name.to_owned(), ..metadata },
        owner: None,
        chosen: None,
    }
}

/// The client itself, with or without a ceiling that an administrator gave it.
async fn itself(stage: &Stage, ceiling: Option<&str>) -> OwnRegistration {
    let (id, token) = (anns().client_id, RegistrationToken::generate());
    let entry = RegistrationAccess::entry(&id, &token, ceiling.map(ScopeSet::parse), NOW);
    stage.store.write(&[Write::AddEntry(&entry)], NOW).await.unwrap();
    OwnRegistration::opened(&id, &token, &stage.store, NOW).await.unwrap()
}

#[tokio::test]
async fn who_may_change_a_client_while_registration_is_off_or_open_and_after_it_was_disabled() {
    for mode in [SelfRegistration::Off, SelfRegistration::Open] {
        let is_open = mode == SelfRegistration::Open;
        let stage = Stage::of(mode);
        let own = itself(&stage, None).await;
        let other = Stage::of(mode);
        let allowed_before = itself(&other, Some("patient/*.rs")).await;
        let stopped = Client { disabled: true, ..anns() };
        let waiting = Client { disabled: true, awaits_approval: true, ..anns() };
        for (actor, may, may_stopped) in [
            (stage.program(), true, true),
            (administrator(), true, true),
            (user("sub-ann"), is_open, false),
            (Actor::Itself(&own), is_open, false),
            (Actor::Itself(&allowed_before), true, false),
            (ANONYMOUS, false, false),
        ] {
            let operations = stage.by(actor);
            for (client, may) in [(&waiting, may), (&stopped, may_stopped), (&anns(), may)] {
                stage.store.put_client(client.clone());
                let seen = clients::read(&operations, &client.client_id).await.ok();
                let is_seen_and_may = seen.is_some_and(|seen| clients::may_change(&operations, &seen));
                assert_eq!(is_seen_and_may, may, "{mode:?} {actor:?}");
            }
            if let (false, Ok(seen)) = (may, clients::read(&operations, &anns().client_id).await) {
                let refused = clients::change(&operations, &seen, wanted("Other")).await.unwrap_err();
                assert!(matches!(refused, OperationRefused::Forbidden(Forbidden::RegistrationClosed)));
            }
        }
        assert_eq!(stage.stored().await, anns());
    }
}

#[tokio::test]
async fn a_user_sees_their_own_clients_alone() {
    let stage = Stage::of(SelfRegistration::Open);
    for (actor, sees, lists_all) in [
        (stage.program(), true, true),
        (administrator(), true, true),
        (user("sub-ann"), true, false),
        (user("sub-ben"), false, false),
        (ANONYMOUS, false, false),
    ] {
        let operations = stage.by(actor);
        match clients::read(&operations, &anns().client_id).await {
            Ok(client) => assert!(sees && *client == anns(), "{actor:?}"),
            Err(refused) => {
                assert!(!sees && matches!(refused, OperationRefused::NotFound(Missing::Client)), "{actor:?}");
            }
        }
        let all = clients::list(&operations, ListedClients::All, None, 10).await;
        let anns = clients::list(&operations, ListedClients::OwnedBy("sub-ann"), None, 10).await;
        assert_eq!(all.is_ok(), lists_all, "{actor:?}");
        assert_eq!(anns.is_ok(), sees, "{actor:?}");
    }
}

#[tokio::test]
async fn a_dry_run_makes_every_check_and_writes_and_records_nothing() {
    let stage = Stage::of(SelfRegistration::Off);
    let dry = Operations { dry_run: DryRun::Yes, ..stage.by(stage.program()) };
    let seen = clients::read(&dry, &anns().client_id).await.unwrap();
    let done = clients::change(&dry, &seen, wanted("Other")).await.unwrap();
    assert_eq!(done.body.client.metadata.client_name, "Other", "it shows what would come of it");
    assert!(done.record.is_none());
    assert!(clients::delete(&dry, &seen).await.unwrap().record.is_none());
    assert!(clients::set_disabled(&dry, &anns().client_id, true).await.unwrap().record.is_none());
    let mut with_secret = wanted("New");
    with_secret.metadata.token_endpoint_auth_method = smart::client::AuthMethod::ClientSecretBasic;
    let new = clients::register(&dry, with_secret, |_, _| None).await.unwrap();
    assert!(new.record.is_none() && new.body.secret.is_none());
    assert_eq!(stage.store.current(&new.body.client.client_id).await.unwrap(), None);
    assert_eq!(stage.stored().await, anns());
    let ann = json!({ "name": "ann", "display_name": "Ann", "role": "clinician" });
    let ann = NewAccount::check(ann.as_object().unwrap()).unwrap();
    assert!(users::create(&dry, ann).await.unwrap().record.is_none());
    let missing = users::read(&dry, "ann").await.unwrap_err();
    assert!(matches!(missing, OperationRefused::NotFound(Missing::User)));
}

#[tokio::test]
async fn an_unclear_dry_run_is_refused_after_all_other_checks_and_writes_nothing() {
    let stage = Stage::of(SelfRegistration::Off);
    let unclear = || DryRun::Unclear("unclear.".to_owned());
    let by = |actor| Operations { dry_run: unclear(), ..stage.by(actor) };
    let program = by(stage.program());
    let seen = clients::read(&program, &anns().client_id).await.unwrap();
    let ann = json!({ "name": "ann", "display_name": "Ann", "role": "clinician" });
    let ann = NewAccount::check(ann.as_object().unwrap()).unwrap();
    for refused in [
        clients::change(&program, &seen, wanted("Other")).await.unwrap_err(),
        clients::delete(&program, &seen).await.unwrap_err(),
        clients::set_disabled(&program, &anns().client_id, true).await.unwrap_err(),
        clients::register(&program, wanted("New"), |_, _| None).await.unwrap_err(),
        users::create(&program, ann).await.unwrap_err(),
    ] {
        assert!(matches!(refused, OperationRefused::Unclear(_)), "{refused:?}");
    }
    let missing = clients::set_disabled(&program, &"none".parse().unwrap(), true).await.unwrap_err();
    assert!(matches!(missing, OperationRefused::NotFound(Missing::Client)));
    let refused = clients::register(&by(user("sub-ann")), wanted("New"), |_, _| None).await.unwrap_err();
    assert!(matches!(refused, OperationRefused::Forbidden(Forbidden::RegistrationClosed)));
    assert_eq!(stage.stored().await, anns());
    assert!(clients::list(&program, ListedClients::All, None, 10).await.unwrap().unwrap().items.len() == 1);
}

#[tokio::test]
async fn a_page_on_which_nothing_is_different_writes_only_that_an_administrator_has_checked_it() {
    let stage = Stage::of(SelfRegistration::Open);
    let same = || wanted(&anns().metadata.client_name);
    let change = async |actor| {
        let operations = stage.by(actor);
        let seen = clients::read(&operations, &anns().client_id).await.unwrap();
        clients::change(&operations, &seen, same()).await.unwrap()
    };
    let done = change(user("sub-ann")).await;
    assert_eq!((done.body.fate, done.record.is_none()), (Fate::Unchanged, true));
    assert_eq!(stage.stored().await.version, anns().version);
    let done = change(administrator()).await;
    assert_eq!((done.body.fate, done.record.is_none()), (Fate::Counts, false));
    let checked = stage.stored().await;
    assert!(checked.checked && checked.version == anns().version + 1);
    assert_eq!(checked.owner.as_deref(), Some("sub-ann"), "a page gives no client to another user");
    assert_eq!(change(administrator()).await.body.fate, Fate::Unchanged);
    let done = change(stage.program()).await;
    assert_eq!(done.body.fate, Fate::Counts, "a program's change counts although nothing is different");
    assert_eq!(stage.stored().await.owner, None, "a program says whose it is");
}
