//! Who may do what to clients and accounts, what becomes of it, and what a dry run leaves as it was.
//!
//! This place owns the rules and rights of registration, by whichever way a request comes: every operation by every
//! actor, over a store in memory. How an answer looks in HTTP is checked in `functions/registration/src/tests`, members
//! and values next to their types in `shared/smart`, and walks through the gateway in `tests`.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod by_actor;
mod connected_apps;
mod watched_store;

use serde_json::json;
use smart::client::{Client, ClientId};
use smart::operations::clients::{self, Fate, Wanted};
use smart::operations::{
    Acting, Actor, DryRun, Forbidden, Missing, OperationRefused, Operations, OwnRegistration, users,
};
use smart::ports::{ClientWriter as _, Registry as _, UserReader as _, Write};
use smart::registration::{
    NewAccount, RegistrationAccess, RegistrationToken, SelfRegistration, SelfRegistrationPolicy,
    SetPasswordToken,
};
use smart::service::Service;
use smart_verify::scope::ScopeSet;
use smart_verify::time::UnixSeconds;
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
            policy: SelfRegistrationPolicy {
                mode,
                ceiling: ScopeSet::parse("launch/patient patient/*.rs"),
                needs_pages: false,
            },
            service: Service::new("https://auth.example.org", "https://fhir.example.org/r4"),
            audit: fixtures::audit(),
            administrator: "admin".parse().unwrap(),
        }
    }

    fn by<'a>(&'a self, actor: Actor<'a>) -> Operations<'a, With<MemoryStore, (), NoJwks>> {
        let Self { store, policy, service, audit, .. } = self;
        let acting = Acting { store, audit, actor, dry_run: DryRun::No, now: NOW };
        Operations { acting, jwks: &NoJwks, policy, service }
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
async fn a_dry_run_makes_every_check_and_writes_and_records_nothing_and_an_unclear_one_is_refused_last() {
    let stage = Stage::of(SelfRegistration::Off);
    let dry = stage.by(stage.program()).with_dry_run(DryRun::Yes);
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
    // Which malformed requests are refused when is a table of the tests of registration.
    let unclear = |actor| stage.by(actor).with_dry_run(DryRun::Unclear("unclear.".to_owned()));
    let tried = clients::change(&unclear(stage.program()), &seen, wanted("Other")).await.unwrap_err();
    assert!(matches!(tried, OperationRefused::Unclear(_)), "{tried:?}");
    let tried = clients::register(&unclear(user("sub-ann")), wanted("New"), |_, _| None).await.unwrap_err();
    assert!(matches!(tried, OperationRefused::Forbidden(Forbidden::RegistrationClosed)), "{tried:?}");
    assert_eq!(stage.stored().await, anns());
}

#[tokio::test]
async fn a_set_password_link_works_once_for_a_day_and_ends_sessions_and_other_links() {
    let stage = Stage::of(SelfRegistration::Off);
    stage.store.put_user(fixtures::user("ann"));
    let at = |actor, now| {
        let mut operations = stage.by(actor);
        operations.acting.now = now;
        operations
    };
    let make = async |now| {
        let made = users::make_link(&at(stage.program(), now), "ann").await.unwrap();
        made.body.token.unwrap()
    };
    let (first, second) = (make(NOW).await, make(NOW).await);
    let now = stage.by(ANONYMOUS);
    assert_eq!(users::by_link(&now, &first).await.unwrap().name, "ann");
    let (one, other) = tokio::join!(
        users::redeem_link(&now, &first, "a first password"),
        users::redeem_link(&now, &first, "another password"),
    );
    assert_eq!([one.is_ok(), other.is_ok()].iter().filter(|ok| **ok).count(), 1);
    assert_eq!(stage.store.user("ann").await.unwrap().unwrap().sessions_from, NOW, "every session is over");
    let is_gone = |tried: OperationRefused| {
        assert!(matches!(tried, OperationRefused::NotFound(Missing::SetPasswordLink)), "{tried:?}");
    };
    is_gone(users::redeem_link(&now, &second, "a third password").await.unwrap_err());
    is_gone(users::by_link(&now, &SetPasswordToken::generate()).await.unwrap_err());
    let third = make(NOW).await;
    let later = |seconds| at(ANONYMOUS, UnixSeconds(NOW.0 + seconds));
    assert!(users::by_link(&later(24 * 3600 - 1), &third).await.is_ok());
    is_gone(users::by_link(&later(24 * 3600), &third).await.unwrap_err());
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
    let own = itself(&stage, None).await;
    for actor in [user("sub-ann"), Actor::Itself(&own)] {
        stage.store.put_client(Client { checked: true, ..anns() });
        let operations = stage.by(actor);
        let seen = clients::read(&operations, &anns().client_id).await.unwrap();
        clients::change(&operations, &seen, wanted("Other")).await.unwrap();
        assert!(!stage.stored().await.checked, "{actor:?} has changed what was checked");
    }
}
