//! Whose records an app is connected to, in words.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use pages::words::{self, Whose};
use smart::client::ClientId;
use smart_verify::scope::{Level, ScopeSet};
use web::browser::signed_in::SignedIn;

use super::Connection;
use crate::directory;
use crate::ports::Reaches;
use crate::visit::Visit;

/// So many patients of one app are named; of more it is said how many.
const NAMED: usize = 3;

/// The page waits so long for names: 2 seconds. Nobody needs them to disconnect an app.
const NAMES_WITHIN: Duration = Duration::from_secs(2);

/// The names of patients by their ids.
pub(super) type Names = HashMap<String, String>;

/// What the FHIR API calls the patients other than the user. If it does not answer, they keep their ids and the log says
/// so.
pub(super) async fn names(
    visit: &Visit<'_, impl Reaches>,
    who: &SignedIn,
    connections: &BTreeMap<ClientId, Connection>,
) -> Names {
    let patients = connections.values().map(Connection::patients).filter(|patients| patients.len() <= NAMED);
    let others: BTreeSet<&str> =
        patients.flatten().filter(|id| Some(*id) != who.user.own_patient()).collect();
    let cause = match tokio::time::timeout(NAMES_WITHIN, directory::names(visit, who, others)).await {
        Ok(Ok(names)) => return names,
        Ok(Err(error)) => error.cause().map(ToString::to_string).unwrap_or_default(),
        Err(elapsed) => elapsed.to_string(),
    };
    tracing::warn!(cause, "patients are called by their ids");
    Names::default()
}

/// Whose record it is. A patient without a name is called by the id.
pub(super) fn whose(
    patients: &BTreeSet<&str>,
    scopes: &ScopeSet,
    names: &Names,
    who: &SignedIn,
) -> (Option<String>, Whose) {
    if !scopes.resources().any(|scope| scope.level() == Level::Patient) {
        return (None, Whose::Own);
    }
    let own = who.user.own_patient();
    let others = patients.iter().filter(|id| Some(**id) != own);
    let called = others.map(|id| names.get(*id).cloned().unwrap_or_else(|| format!("patient {id}")));
    let called: Vec<String> = called.collect();
    match (patients.len(), called.as_slice()) {
        // Only a consent is left, which does not name its patient.
        (0, _) if own.is_some() && who.user.patients.is_empty() => (None, Whose::Own),
        (0, _) => (None, Whose::Patient("the chosen patient".to_owned())),
        (1, []) => (Some("Your record".to_owned()), Whose::Own),
        (1, [name]) => (Some(format!("Record of {name}")), Whose::Patient(name.clone())),
        (several, called) => {
            let you = (called.len() < several).then(|| "you".to_owned());
            let line = if several <= NAMED {
                let all: Vec<String> = called.iter().cloned().chain(you).collect();
                format!("Records of {}", words::listed(&all))
            } else {
                format!("Records of {several} patients")
            };
            (Some(line), Whose::Patient("each chosen patient".to_owned()))
        }
    }
}
