//! Every operation, tried by every kind of actor: who may do what.

use std::time::Duration;

use serde_json::json;
use smart::client::{AuthMethod, Client, ClientMetadata, ClientSecret};
use smart::lockout;
use smart::operations::approvals::{self, DeclineReason};
use smart::operations::clients::{self, ListedClients};
use smart::operations::connected_apps;
use smart::operations::problems;
use smart::operations::register_tokens::{self, InitialScope, NewRegisterToken};
use smart::operations::secrets::{self, NewSecret};
use smart::operations::users::{self, OpenAccounts, OwnAccount, PasswordChange};
use smart::operations::{Actor, Forbidden, Missing, OperationRefused, Operations, OwnRegistration};
use smart::password;
use smart::ports::{Registry as _, Write};
use smart::registration::{
    AccountChange, Entry, InitialAccess, NewAccount, Note, PendingChange, RegistrationAccess,
    RegistrationToken, SelfRegistration, SetPassword, SetPasswordToken,
};
use smart::user::{Ceilings, User};
use smart_verify::scope::ScopeSet;
use testkit::fixtures::{self, NOW};
use testkit::{MemoryStore, NoJwks, With};

use super::{ANONYMOUS, Stage, administrator, user, wanted};

/// What is tried.
#[derive(Clone, Copy, Debug)]
#[rustfmt::skip]
enum Operation {
    ReadClient, ListAllClients, ListAnnsClients, RegisterClient, ChangeClient, DeleteClient, DisableClient, KeepOurs,
    ReadProblems, AddSecret, EndSecret,
    ListApprovals, OwnApprovals, ReadApprovalOfClient, ReadApproval, Approve, Decline,
    CreateUser, CreateOwnAccount, ReadUser, ListUsers, ChangeUser, DeleteUser, DisableUser,
    MakeLink, ReadByLink, RedeemLink, ChangeAnnsPassword,
    CreateRegisterToken, ListRegisterTokens, EndRegisterToken,
    ListAnnsConnectedApps, SeeWhatAnnDecided, DisconnectForAnn,
}

use Operation::*;

/// Who may do it: an anonymous caller, another user, the owner, an administrator, an administrator's program, the client itself.
#[rustfmt::skip]
const TABLE: [(Operation, [bool; 6]); 34] = [
    //                      anon.  other  owner  admin  progr. itself
    (ReadClient,           [false, false, true,  true,  true,  true ]),
    (ListAllClients,       [false, false, false, true,  true,  false]),
    (ListAnnsClients,      [false, false, true,  true,  true,  false]),
    (RegisterClient,       [true,  true,  true,  true,  true,  false]),
    (ChangeClient,         [false, false, true,  true,  true,  true ]),
    (DeleteClient,         [false, false, true,  true,  true,  true ]),
    (DisableClient,        [false, false, false, true,  true,  false]),
    (KeepOurs,             [false, true,  true,  true,  false, false]),
    (ReadProblems,         [false, false, true,  true,  true,  true ]),
    (AddSecret,            [false, false, true,  true,  true,  true ]),
    (EndSecret,            [false, false, true,  true,  true,  true ]),
    (ListApprovals,        [false, false, false, true,  true,  false]),
    // Their own requests, of which most have none.
    (OwnApprovals,         [true,  true,  true,  true,  true,  true ]),
    (ReadApprovalOfClient, [false, false, true,  true,  true,  true ]),
    (ReadApproval,         [false, false, false, true,  true,  false]),
    (Approve,              [false, false, false, true,  true,  false]),
    (Decline,              [false, false, false, true,  true,  false]),
    (CreateUser,           [false, false, false, true,  true,  false]),
    (CreateOwnAccount,     [true,  false, false, false, false, false]),
    (ReadUser,             [false, false, false, true,  true,  false]),
    (ListUsers,            [false, false, false, true,  true,  false]),
    (ChangeUser,           [false, false, false, true,  true,  false]),
    (DeleteUser,           [false, false, false, true,  true,  false]),
    (DisableUser,          [false, false, false, true,  true,  false]),
    (MakeLink,             [false, false, false, true,  true,  false]),
    // Who has the link may use it.
    (ReadByLink,           [true,  true,  true,  true,  true,  true ]),
    (RedeemLink,           [true,  true,  true,  true,  true,  true ]),
    (ChangeAnnsPassword,   [false, false, true,  false, false, false]),
    (CreateRegisterToken,  [false, false, false, true,  true,  false]),
    (ListRegisterTokens,   [false, false, false, true,  true,  false]),
    (EndRegisterToken,     [false, false, false, true,  true,  false]),
    // The client itself revokes its tokens instead.
    (ListAnnsConnectedApps,[false, false, true,  true,  true,  false]),
    (SeeWhatAnnDecided,    [false, false, true,  true,  true,  false]),
    (DisconnectForAnn,     [false, false, true,  true,  true,  false]),
];

const PASSWORD: &str = "the current password";

/// A service with Ann, a client of hers, its request that waits, a link of hers, and an initial access token.
struct Scene {
    stage: Stage,
    registration_token: RegistrationToken,
    link: SetPasswordToken,
    register_token: String,
}

impl Scene {
    async fn new(password_hash: &str) -> Self {
        let stage = Stage::of(SelfRegistration::Open);
        let client = anns();
        let ann = User { password_hash: password_hash.to_owned(), ..fixtures::user("ann") };
        stage.store.put_client(client.clone());
        stage.store.put_user(ann.clone());
        let registration_token = RegistrationToken::generate();
        let itself = RegistrationAccess::entry(&client.client_id, &registration_token, None, NOW);
        let waiting = PendingChange::entry(&client, None, client.metadata.clone(), Vec::new(), NOW);
        let link = SetPasswordToken::generate();
        let behind_link = SetPassword::entry(&ann, &link, NOW);
        let initial = InitialAccess {
            description: String::new(),
            scope: ScopeSet::parse("patient/*.rs"),
            uses_left: 1,
            made_by: "admin".to_owned(),
        };
        let key = InitialAccess::entry_key(&RegistrationToken::generate());
        let initial = Entry::new(key, Note::InitialAccess(initial), NOW, None);
        for entry in [&itself, &waiting, &behind_link, &initial] {
            stage.store.write(&[Write::AddEntry(entry)], NOW).await.unwrap();
        }
        Self { stage, registration_token, link, register_token: initial.key }
    }

    async fn itself(&self) -> OwnRegistration {
        let id = anns().client_id;
        OwnRegistration::opened(&id, &self.registration_token, &self.stage.store, NOW).await.unwrap()
    }

    /// The request that waits, as the store has it.
    async fn waiting(&self) -> Entry {
        self.stage.store.entry(&PendingChange::entry_key(&anns().client_id)).await.unwrap().unwrap()
    }
}

/// The client of Ann's, with a secret.
fn anns() -> Client {
    let client = super::anns();
    let token_endpoint_auth_method = AuthMethod::ClientSecretBasic;
    let metadata = ClientMetadata { token_endpoint_auth_method, ..client.metadata };
    Client { metadata, secrets: vec![ClientSecret::generate().stored(NOW)], ..client }
}

fn account(name: &str) -> serde_json::Map<String, serde_json::Value> {
    let account = json!({ "name": name, "display_name": name, "role": "clinician" });
    account.as_object().unwrap().clone()
}

type By<'a> = Operations<'a, With<MemoryStore, (), NoJwks>>;

/// Does one operation, with what the actor can get at by themselves.
async fn attempt(operation: Operation, scene: &Scene, by: &By<'_>) -> Result<(), OperationRefused> {
    let id = &anns().client_id;
    let seen = async || clients::read(by, id).await;
    match operation {
        ReadClient => seen().await.map(drop),
        ListAllClients => clients::list(by, ListedClients::All, None, 10).await.map(drop),
        ListAnnsClients => clients::list(by, ListedClients::OwnedBy("sub-ann"), None, 10).await.map(drop),
        RegisterClient => clients::register(by, wanted("New"), |_, _| None).await.map(drop),
        ChangeClient => clients::change(by, &seen().await?, wanted("Other")).await.map(drop),
        DeleteClient => clients::delete(by, &seen().await?).await.map(drop),
        DisableClient => clients::set_disabled(by, id, true).await.map(drop),
        KeepOurs => {
            let redirect_uri = "https://auth.example.org/account/tokens/callback";
            clients::keep_test_token_tool(by, redirect_uri, &Ceilings::default()).await.map(drop)
        }
        ReadProblems => problems::latest(by, id).await.map(drop),
        AddSecret => secrets::add(by, &seen().await?, NewSecret::default()).await.map(drop),
        EndSecret => {
            let two = anns().with_secret(&ClientSecret::generate(), None, None, NOW).unwrap();
            scene.stage.store.put_client(two.clone());
            secrets::end(by, &seen().await?, two.secrets[0].id(), Duration::ZERO).await.map(drop)
        }
        ListApprovals => approvals::list(by, None, 10).await.map(drop),
        OwnApprovals => approvals::own(by, 10).await.map(drop),
        ReadApprovalOfClient => approvals::of_client(by, &seen().await?).await.map(drop),
        ReadApproval => approvals::read(by, id).await.map(drop),
        Approve => approvals::approve(by, &scene.waiting().await, None).await.map(drop),
        Decline => {
            let reason = DeclineReason::parse("No.").unwrap();
            approvals::decline(by, &scene.waiting().await, &reason).await.map(drop)
        }
        CreateUser => users::create(by, NewAccount::check(&account("ben")).unwrap()).await.map(drop),
        CreateOwnAccount => {
            let account = OwnAccount::check("ben", PASSWORD, None).unwrap();
            users::create_own(by, account, OpenAccounts::on(true, true).unwrap()).await.map(drop)
        }
        ReadUser => users::read(by, "ann").await.map(drop),
        ListUsers => users::list(by, None, 10).await.map(drop),
        ChangeUser => {
            let change = AccountChange::check(&account("ann"), "ann").unwrap();
            users::change(by, &users::read(by, "ann").await?, change).await.map(drop)
        }
        DeleteUser => users::delete(by, &users::read(by, "ann").await?).await.map(drop),
        DisableUser => users::set_disabled(by, "ann", true).await.map(drop),
        MakeLink => users::make_link(by, "ann").await.map(drop),
        ReadByLink => users::by_link(by, &scene.link).await.map(drop),
        RedeemLink => users::redeem_link(by, &scene.link, PASSWORD).await.map(drop),
        ChangeAnnsPassword => {
            let ann = users::by_link(by, &scene.link).await?;
            let wanted = PasswordChange { current: PASSWORD, chosen: "another password" };
            let counters = lockout::counters("ann", "192.0.2.1", |_| "counter".to_owned(), NOW);
            users::change_password(by, &ann, wanted, &counters).await.map(drop)
        }
        CreateRegisterToken => {
            let (scope, lifetime) = (InitialScope::parse("patient/*.rs").unwrap(), Duration::from_secs(60));
            let wanted = NewRegisterToken { description: String::new(), scope, uses: 1, lifetime };
            register_tokens::create(by, wanted).await.map(drop)
        }
        ListRegisterTokens => register_tokens::list(by, None, 10).await.map(drop),
        EndRegisterToken => register_tokens::end(by, &scene.register_token).await.map(drop),
        ListAnnsConnectedApps => connected_apps::list(by, "sub-ann", None).await.map(drop),
        SeeWhatAnnDecided => connected_apps::has_decided(by, "sub-ann", id).await.map(drop),
        DisconnectForAnn => connected_apps::disconnect(by, "sub-ann", id).await.map(drop),
    }
}

#[test]
fn users_make_their_own_accounts_only_on_a_sandbox_that_has_accounts() {
    for (is_sandbox, has_accounts) in [(false, false), (false, true), (true, false), (true, true)] {
        assert_eq!(OpenAccounts::on(is_sandbox, has_accounts).is_some(), is_sandbox && has_accounts);
    }
}

#[tokio::test]
async fn every_operation_allows_whom_the_table_says_and_refuses_all_others() {
    let password_hash = password::hash(PASSWORD).unwrap();
    for (operation, allowed) in TABLE {
        for (place, allowed) in allowed.into_iter().enumerate() {
            let scene = Scene::new(&password_hash).await;
            let own = scene.itself().await;
            let by = [
                ANONYMOUS,
                user("sub-ben"),
                user("sub-ann"),
                administrator(),
                scene.stage.program(),
                Actor::Itself(&own),
            ][place];
            let tried = attempt(operation, &scene, &scene.stage.by(by)).await;
            let is_as_said = match &tried {
                Ok(()) => allowed,
                Err(OperationRefused::NotFound(missing)) => {
                    !allowed && matches!(missing, Missing::Client | Missing::User)
                }
                Err(OperationRefused::Forbidden(why)) => {
                    use Forbidden::{AdministratorsOnly, HasAccount, RegistrationClosed, UsersOnly};
                    !allowed
                        && matches!(why, AdministratorsOnly | HasAccount | RegistrationClosed | UsersOnly)
                }
                Err(_) => false,
            };
            assert!(is_as_said, "{operation:?} by {by:?}, allowed {allowed}: {tried:?}");
        }
    }
}
