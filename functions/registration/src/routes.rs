//! Which path leads where, and which methods it takes.

use percent_encoding::percent_decode_str;
use smart::client::ClientId;

const LIST: &str = "GET, POST, OPTIONS";
const ONE: &str = "GET, PUT, PATCH, DELETE, OPTIONS";
const ACTION: &str = "POST, OPTIONS";
const READ: &str = "GET, OPTIONS";

/// Every path as `template.yaml` names it, with its methods: what [`Route::of`] knows, the API's description lists and the
/// gateway routes is held to this table.
#[cfg(test)]
pub(crate) const ROUTES: [(&str, &str); 22] = [
    ("/clients", LIST),
    ("/clients/{client_id}", ONE),
    ("/clients/{client_id}/check", ACTION),
    ("/clients/{client_id}/disable", ACTION),
    ("/clients/{client_id}/enable", ACTION),
    ("/clients/{client_id}/events", READ),
    ("/clients/{client_id}/secrets", LIST),
    ("/clients/{client_id}/secrets/{secret}", "DELETE, OPTIONS"),
    ("/users", LIST),
    ("/users/{name}", "GET, PATCH, DELETE, OPTIONS"),
    ("/users/{name}/disable", ACTION),
    ("/users/{name}/enable", ACTION),
    ("/users/{name}/set-password-link", ACTION),
    ("/register", ACTION),
    ("/register/{client_id}", "GET, PUT, DELETE, OPTIONS"),
    ("/register-tokens", LIST),
    ("/register-tokens/{id}", "DELETE, OPTIONS"),
    ("/approvals", READ),
    ("/approvals/{client_id}", READ),
    ("/approvals/{client_id}/approve", ACTION),
    ("/approvals/{client_id}/decline", ACTION),
    ("/openapi.json", READ),
];

/// What a path leads to. An id that nobody can have leads to a client that is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    Clients,
    Client(ClientId),
    Check(ClientId),
    Disable(ClientId),
    Enable(ClientId),
    Events(ClientId),
    Secrets(ClientId),
    Secret(ClientId, String),
    Users,
    User(String),
    DisableUser(String),
    EnableUser(String),
    SetPasswordLink(String),
    Register,
    Registered(ClientId),
    RegisterTokens,
    RegisterToken(String),
    Approvals,
    Approval(ClientId),
    Approve(ClientId),
    Decline(ClientId),
    OpenApi,
}

impl Route {
    pub(crate) fn of(path: &str) -> Option<Self> {
        let parts: Vec<&str> = path.strip_prefix('/')?.split('/').collect();
        let client = |id: &str| (!id.is_empty()).then(|| id.parse().unwrap_or_else(|_| ClientId::nobodys()));
        Some(match parts[..] {
            ["clients"] => Self::Clients,
            ["clients", id] => Self::Client(client(id)?),
            ["clients", id, "check"] => Self::Check(client(id)?),
            ["clients", id, "disable"] => Self::Disable(client(id)?),
            ["clients", id, "enable"] => Self::Enable(client(id)?),
            ["clients", id, "events"] => Self::Events(client(id)?),
            ["clients", id, "secrets"] => Self::Secrets(client(id)?),
            ["clients", id, "secrets", secret] => Self::Secret(client(id)?, secret.to_owned()),
            ["users"] => Self::Users,
            ["users", name] => Self::User(user(name)?),
            ["users", name, "disable"] => Self::DisableUser(user(name)?),
            ["users", name, "enable"] => Self::EnableUser(user(name)?),
            ["users", name, "set-password-link"] => Self::SetPasswordLink(user(name)?),
            ["register"] => Self::Register,
            ["register", id] => Self::Registered(client(id)?),
            ["register-tokens"] => Self::RegisterTokens,
            ["register-tokens", id] => Self::RegisterToken(id.to_owned()),
            ["approvals"] => Self::Approvals,
            ["approvals", id] => Self::Approval(client(id)?),
            ["approvals", id, "approve"] => Self::Approve(client(id)?),
            ["approvals", id, "decline"] => Self::Decline(client(id)?),
            ["openapi.json"] => Self::OpenApi,
            _ => return None,
        })
    }

    /// The methods that it takes.
    pub(crate) const fn allow(&self) -> &'static str {
        match self {
            Self::Clients | Self::Users | Self::RegisterTokens | Self::Secrets(_) => LIST,
            Self::Client(_) => ONE,
            Self::User(_) => "GET, PATCH, DELETE, OPTIONS",
            Self::Registered(_) => "GET, PUT, DELETE, OPTIONS",
            Self::Secret(..) | Self::RegisterToken(_) => "DELETE, OPTIONS",
            Self::Events(_) | Self::Approvals | Self::Approval(_) | Self::OpenApi => READ,
            Self::Check(_)
            | Self::Disable(_)
            | Self::Enable(_)
            | Self::DisableUser(_)
            | Self::EnableUser(_)
            | Self::SetPasswordLink(_)
            | Self::Register
            | Self::Approve(_)
            | Self::Decline(_) => ACTION,
        }
    }
}

/// A name in a path. One that is impossible is read as one that nobody has.
fn user(encoded: &str) -> Option<String> {
    let name = percent_decode_str(encoded).decode_utf8().ok();
    let is_possible = |name: &str| (1..=128).contains(&name.len()) && !name.chars().any(char::is_control);
    let name = name.filter(|name| is_possible(name)).map_or_else(|| "/".to_owned(), Into::into);
    (!encoded.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_of_the_table_leads_somewhere_with_its_methods() {
        for (path, allow) in ROUTES {
            let route = Route::of(&path.replace(['{', '}'], ""));
            assert_eq!(route.map(|route| route.allow()), Some(allow), "{path}");
        }
    }

    #[test]
    fn other_paths_lead_nowhere() {
        for path in ["/", "/clients/", "/clients/a/b", "/clients//check", "/clientsx", "/users/"] {
            assert_eq!(Route::of(path), None, "{path}");
        }
        assert_eq!(Route::of("/clients/%00"), Some(Route::Client(ClientId::nobodys())));
        assert_eq!(Route::of("/users/%00"), Some(Route::User("/".to_owned())));
        assert_eq!(Route::of("/users/upstream%3Aa"), Some(Route::User("upstream:a".to_owned())));
    }
}
