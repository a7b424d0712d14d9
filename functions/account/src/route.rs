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
    pub(crate) fn of(path: &str) -> Option<Self> {
        let parts: Vec<&str> = path.strip_prefix("/account")?.split('/').skip(1).collect();
        let client = |id: &str| id.parse::<ClientId>().ok();
        Some(match parts[..] {
            [] if path == "/account" => Self::Home,
            ["create"] => Self::Create,
            ["password"] => Self::Password,
            ["set-password"] => Self::SetPassword,
            ["clients"] => Self::Clients,
            ["all-clients"] => Self::AllClients,
            ["clients", "new"] => Self::NewClient,
            ["clients", id] => Self::Client(client(id)?),
            ["clients", id, "delete"] => Self::DeleteClient(client(id)?),
            ["clients", id, "samples"] => Self::Samples(client(id)?),
            ["clients", id, "test-launch"] => Self::TestLaunch(client(id)?),
            ["clients", id, "problems"] => Self::Problems(client(id)?),
            ["clients", id, "secrets"] => Self::Secrets(client(id)?),
            ["clients", id, "secrets", secret] => Self::EndSecret(client(id)?, secret.to_owned()),
            ["tokens"] => Self::Tokens,
            ["tokens", "callback"] => Self::TokenCallback,
            ["tokens", "result"] => Self::TokenResult,
            ["tokens", "revoke"] => Self::RevokeToken,
            ["patients"] => Self::Patients,
            ["backend"] => Self::Backend,
            ["assertion"] => Self::Assertion,
            ["approvals"] => Self::Approvals,
            ["approvals", id] => Self::Approval(client(id)?),
            _ => return None,
        })
    }

    /// The methods that it takes.
    pub(crate) const fn allow(&self) -> &'static str {
        match self {
            Self::Create
            | Self::Password
            | Self::SetPassword
            | Self::NewClient
            | Self::Client(_)
            | Self::DeleteClient(_)
            | Self::TestLaunch(_)
            | Self::Secrets(_)
            | Self::Tokens
            | Self::Assertion
            | Self::Approval(_) => FORM,
            Self::EndSecret(..) | Self::RevokeToken => ACTION,
            _ => READ,
        }
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
        assert_eq!(Route::of("/account"), Some(Route::Home));
        assert_eq!(Route::of("/account/clients/new"), Some(Route::NewClient));
        assert!(matches!(Route::of("/account/clients/c1/secrets/s1"), Some(Route::EndSecret(..))));
    }
}
