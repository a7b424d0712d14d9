//! Whose records an app is connected to, in words.

use std::collections::{BTreeSet, HashMap};

use pages::words::{self, Whose};
use smart::user::User;
use smart_verify::scope::{Level, ScopeSet};

/// How many patients of one app are named at most; of more the label says how many.
pub(super) const NAMED: usize = 3;

/// Whose record it is. A patient without a name is called by the id.
pub(super) fn record_label(
    patients: &BTreeSet<&str>,
    scopes: &ScopeSet,
    names: &HashMap<String, String>,
    user: &User,
) -> (Option<String>, Whose) {
    if !scopes.resources().any(|scope| scope.level() == Level::Patient) {
        return (None, Whose::Own);
    }
    let own = user.own_patient();
    let others = patients.iter().filter(|id| Some(**id) != own);
    let called = others.map(|id| names.get(*id).cloned().unwrap_or_else(|| format!("patient {id}")));
    let called: Vec<String> = called.collect();
    match (patients.len(), called.as_slice()) {
        // Only a consent is left, which does not name its patient.
        (0, _) if own.is_some() && user.patients.is_empty() => (None, Whose::Own),
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
