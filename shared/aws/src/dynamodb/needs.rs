//! What each port takes of DynamoDB, so that a function reaches the tables of its ports alone, and its policy in
//! `template.yaml` can be compared with them.

use std::collections::BTreeSet;

use super::table::Table;
use super::{
    clients, consents, flows, grants, launches, lockout, problems, registry, replay, sessions, tombstones,
    users,
};

/// One action that a port takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Need {
    /// The table.
    pub table: Table,
    /// The index of it, if it is that which is queried.
    pub index: Option<&'static str>,
    /// The operation, such as `GetItem`.
    pub operation: &'static str,
}

/// All that a port takes.
#[derive(Clone, Copy, Debug)]
pub struct Needs {
    /// The name of the port's trait.
    pub port: &'static str,
    /// The actions.
    pub calls: &'static [Need],
}

/// An operation on a table.
pub(super) const fn need(table: Table, operation: &'static str) -> Need {
    Need { table, index: None, operation }
}

/// A query of an index.
pub(super) const fn query(table: Table, index: &'static str) -> Need {
    Need { table, index: Some(index), operation: "Query" }
}

/// A port that the tables do not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the tables have no port {0}")]
pub struct UnknownPort<'a>(pub &'a str);

/// All that some ports of the store take together. The names are those of
/// [`Reached::store`](smart::ports::Reached::store).
///
/// # Errors
/// For a port that the tables do not have.
pub fn needs_of<'a>(reaches: &[&'a str]) -> Result<BTreeSet<Need>, UnknownPort<'a>> {
    let mut needs = BTreeSet::new();
    for reach in reaches {
        let known = FILES.iter().copied().flatten().find(|known| known.port == *reach);
        needs.extend(known.ok_or(UnknownPort(reach))?.calls);
    }
    Ok(needs)
}

/// The lists of all files that implement a port.
const FILES: [&[Needs]; 12] = [
    clients::NEEDS,
    consents::NEEDS,
    flows::NEEDS,
    grants::NEEDS,
    launches::NEEDS,
    lockout::NEEDS,
    problems::NEEDS,
    registry::NEEDS,
    replay::NEEDS,
    sessions::NEEDS,
    tombstones::NEEDS,
    users::NEEDS,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_together_need_what_each_needs_once() {
        let needs = needs_of(&["ClientReader", "UserReader", "SystemAccountReader"]).unwrap();
        let expected = [need(Table::Clients, "GetItem"), need(Table::Users, "GetItem")];
        assert_eq!(needs.into_iter().collect::<Vec<_>>(), expected);
        assert_eq!(needs_of(&["ClientReader", "Signer"]), Err(UnknownPort("Signer")));
    }

    #[test]
    fn each_port_is_described_once() {
        let mut seen = BTreeSet::new();
        for needs in FILES.iter().copied().flatten() {
            assert!(seen.insert(needs.port), "{}", needs.port);
        }
    }
}
