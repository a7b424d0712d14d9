//! Who acts.

use smart_verify::time::UnixSeconds;

use super::{Missing, OperationRefused, Seen};
use crate::client::{ChangedBy, Client, ClientId};
use crate::ports::{ClientWriter, Registry};
use crate::registration::{Entry, InitialAccess, Note, RegistrationAccess, RegistrationToken};

/// Who acts.
#[derive(Clone, Copy, Debug)]
pub enum Actor<'a> {
    /// A program of an administrator: the client whose token has the scope of the admin API.
    Administrator(&'a ClientId),
    /// A user who is signed in.
    Person {
        /// Their `sub`.
        subject: &'a str,
        /// Whether they manage what others have registered.
        administrator: bool,
    },
    /// A client that has shown its registration access token.
    Itself(&'a OwnRegistration),
    /// A program or user without a name of their own.
    Anonymous {
        /// The part of the network that they are in.
        address: &'a str,
        /// The initial access token that they have shown, if any.
        initial: Option<&'a Entry>,
    },
}

impl Actor<'_> {
    pub(super) const fn is_administrator(&self) -> bool {
        matches!(self, Self::Administrator(_) | Self::Person { administrator: true, .. })
    }

    /// Whether they are the user of this `sub`.
    pub(super) fn is_person(&self, sub: &str) -> bool {
        matches!(self, Self::Person { subject, .. } if *subject == sub)
    }

    /// Who they are to a client that they change.
    pub(super) fn changes(&self) -> ChangedBy {
        match self {
            Self::Person { subject, .. } => ChangedBy::Person((*subject).to_owned()),
            Self::Administrator(_) => ChangedBy::Administrator,
            Self::Itself(_) | Self::Anonymous { .. } => ChangedBy::Itself,
        }
    }

    /// Who they are to a request that they decide.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Administrator(client_id) => client_id.as_str(),
            Self::Person { subject, .. } => subject,
            Self::Itself(own) => own.client.client_id.as_str(),
            Self::Anonymous { .. } => "",
        }
    }

    /// The initial access that they have shown.
    pub(super) fn initial(&self) -> Option<(&Entry, &InitialAccess)> {
        match self {
            Self::Anonymous { initial: Some(entry), .. } => match &entry.note {
                Note::InitialAccess(access) => Some((entry, access)),
                _ => None,
            },
            _ => None,
        }
    }
}

/// Evidence that a client has shown its registration access token.
#[derive(Debug)]
pub struct OwnRegistration {
    /// The client.
    pub client: Seen<Client>,
    pub(super) access: RegistrationAccess,
    pub(super) entry: Entry,
}

impl OwnRegistration {
    /// The registration of a client, if the token opens it.
    ///
    /// Source: RFC 7592 §2.1 and §2.3.
    ///
    /// # Errors
    /// `NotFound` for a client that is not there and for a token that is not its own: both read alike.
    pub async fn opened<S: ClientWriter + Registry>(
        id: &ClientId,
        token: &RegistrationToken,
        store: &S,
        now: UnixSeconds,
    ) -> Result<Self, OperationRefused> {
        let key = RegistrationAccess::entry_key(id);
        let (client, entry) = tokio::join!(store.current(id), store.entry(&key));
        let (Some(client), Some(entry)) = (client?, entry?) else { return Err(Missing::Client.into()) };
        let Note::RegistrationAccess(access) = entry.note.clone() else { return Err(Missing::Client.into()) };
        let client = Seen::by_token(client, &access, token, now).ok_or(Missing::Client)?;
        Ok(Self { client, access, entry })
    }
}
