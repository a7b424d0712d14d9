//! The secret that somebody types instead of letting one be made. What was typed goes into its hash and nowhere else: not
//! into a page, the refusal of it included, nor into a line of the log.

use pages::account::{AppKind, ClientValues, Fault};
use smart::client::{Client, ClientSecret, NotASecret};
use smart::parameters::Parameters;

use crate::visit::{fault, field};

/// The field that it is typed in.
pub(crate) const FIELD: &str = "client_secret";

/// Whether they chose to type one.
pub(crate) fn is_typed(form: &Parameters) -> bool {
    field(form, "secret") == "typed"
}

/// The secret that they typed, if they chose to.
///
/// # Errors
/// When it is none, or they typed one and chose otherwise: what somebody typed is refused and never passed over.
pub(crate) fn typed(form: &Parameters) -> Result<Option<ClientSecret>, Fault> {
    match (is_typed(form), field(form, FIELD)) {
        (true, text) => {
            let secret = text.parse::<ClientSecret>();
            secret.map(Some).map_err(|why: NotASecret| refused(&format!("{why}.")))
        }
        (false, "") => Ok(None),
        (false, _) => Err(refused("choose “I will type one”, or leave the field empty.")),
    }
}

/// The same for a client as the form describes it: only one that proves itself by a secret, and has none yet, gets one.
///
/// # Errors
/// As [`typed`], and when the client has no use for it.
pub(crate) fn typed_for(
    form: &Parameters,
    values: &ClientValues,
    before: Option<&Client>,
) -> Result<Option<ClientSecret>, Fault> {
    let is_empty = field(form, FIELD).is_empty();
    if values.kind != AppKind::Secret {
        let unused = "only an app with a secret has one; leave the field empty.";
        return if is_empty { Ok(None) } else { Err(refused(unused)) };
    }
    if before.is_some_and(|client| client.metadata.token_endpoint_auth_method.uses_secret()) {
        let another = "add it on this client's page Secrets.";
        return if is_empty { Ok(None) } else { Err(refused(another)) };
    }
    typed(form)
}

/// A fault of the field, in a sentence that stands alone.
pub(crate) fn refused(why: &str) -> Fault {
    fault(FIELD, format!("Client secret: {why}"))
}
