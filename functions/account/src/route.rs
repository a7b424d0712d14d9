//! Which path of the account home leads where, and which methods it takes.

use smart::client::ClientId;

const READ: &str = "GET, HEAD";
const FORM: &str = "GET, HEAD, POST";
const ACTION: &str = "POST";

/// What a path leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    Home,
    Create,
    Password,
    SetPassword,
    Clients,
    AllClients,
    NewClient,
    Client(ClientId),
    DeleteClient(ClientId),
    Samples(ClientId),
    TestLaunch(ClientId),
    Problems(ClientId),
    Secrets(ClientId),
    EndSecret(ClientId, String),
    Tokens,
    TokenCallback,
    TokenResult,
    RevokeToken,
    Patients,
    Backend,
    Assertion,
    Approvals,
    Approval(ClientId),
}

impl Route {
    /// What a path leads to, and the methods that it takes.
    pub(crate) fn of(path: &str) -> Option<(Self, &'static str)> {
        let parts: Vec<&str> = path.strip_prefix("/account")?.split('/').skip(1).collect();
        let client = |id: &str| id.parse::<ClientId>().ok();
        Some(match parts[..] {
            [] if path == "/account" => (Self::Home, READ),
            ["create"] => (Self::Create, FORM),
            ["password"] => (Self::Password, FORM),
            ["set-password"] => (Self::SetPassword, FORM),
            ["clients"] => (Self::Clients, READ),
            ["all-clients"] => (Self::AllClients, READ),
            ["clients", "new"] => (Self::NewClient, FORM),
            ["clients", id] => (Self::Client(client(id)?), FORM),
            ["clients", id, "delete"] => (Self::DeleteClient(client(id)?), FORM),
            ["clients", id, "samples"] => (Self::Samples(client(id)?), READ),
            ["clients", id, "test-launch"] => (Self::TestLaunch(client(id)?), FORM),
            ["clients", id, "problems"] => (Self::Problems(client(id)?), READ),
            ["clients", id, "secrets"] => (Self::Secrets(client(id)?), FORM),
            ["clients", id, "secrets", secret] => (Self::EndSecret(client(id)?, secret.to_owned()), ACTION),
            ["tokens"] => (Self::Tokens, FORM),
            ["tokens", "callback"] => (Self::TokenCallback, READ),
            ["tokens", "result"] => (Self::TokenResult, READ),
            ["tokens", "revoke"] => (Self::RevokeToken, ACTION),
            ["patients"] => (Self::Patients, READ),
            ["backend"] => (Self::Backend, READ),
            ["assertion"] => (Self::Assertion, FORM),
            ["approvals"] => (Self::Approvals, READ),
            ["approvals", id] => (Self::Approval(client(id)?), FORM),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_paths_lead_nowhere() {
        for path in
            ["/account/", "/accountx", "/account/clients/", "/account/clients/a/b", "/account/clients/%00"]
        {
            assert_eq!(Route::of(path), None, "{path}");
        }
        assert_eq!(Route::of("/account"), Some((Route::Home, READ)));
        assert_eq!(Route::of("/account/clients/new"), Some((Route::NewClient, FORM)));
        assert!(matches!(Route::of("/account/clients/c1/secrets/s1"), Some((Route::EndSecret(..), ACTION))));
    }
}
