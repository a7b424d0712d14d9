//! `layers.txt`: the order of the modules of a crate, and which of them may wait.

use std::collections::BTreeMap;

use super::arrows::{Arrow, Crate, ROOT};

/// How many lines at the end may await: these flows reach stores, signers and networks.
const MAY_AWAIT: usize = 2;

/// The order of modules: lowest line first, within a line from left to right.
pub(super) struct Order {
    /// Where a module is: its line, and its place in the whole order.
    places: BTreeMap<String, (usize, usize)>,
    lines: usize,
    /// Modules that are in the file twice.
    twice: Vec<String>,
}

impl Order {
    /// Reads the text of `layers.txt`. What follows a `#` is a comment.
    pub(super) fn parse(text: &str) -> Self {
        let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default());
        let lines: Vec<_> = lines.filter(|line| !line.trim().is_empty()).collect();
        let mut order = Self { places: BTreeMap::new(), lines: lines.len(), twice: Vec::new() };
        let mut place = 0;
        for (line, names) in lines.iter().enumerate() {
            for name in names.split_whitespace().map(str::to_owned) {
                place += 1;
                if order.places.insert(name.clone(), (line, place)).is_some() {
                    order.twice.push(name);
                }
            }
        }
        order
    }

    /// What in the crate is against the order, a sentence for each place.
    pub(super) fn faults(&self, checked: &Crate) -> Vec<String> {
        let place = |name: &str| self.places.get(name).copied();
        let twice = self.twice.iter().map(|name| format!("layers.txt names {name} twice: remove one"));
        let modules = checked.modules().into_iter().filter(|name| name != ROOT && place(name).is_none());
        let missing =
            modules.map(|name| format!("{name} is in no line of layers.txt: add it above all that it uses"));
        let is_upward = |arrow: &Arrow| {
            place(&arrow.from).zip(place(&arrow.to)).is_some_and(|((_, from), (_, to))| to > from)
        };
        let upward = checked.arrows().into_iter().filter(is_upward);
        let upward = upward.map(|arrow| {
            format!("{arrow}, which is higher in layers.txt: move what both need down, or pass it as a value")
        });
        let may_not = |name: &str| place(name).is_some_and(|(line, _)| line + MAY_AWAIT < self.lines);
        let waits = checked.awaits().filter(|(module, _)| may_not(module));
        let waits = waits.map(|(module, place)| {
            format!("{place}: {module} awaits: move the call to a module of the last two lines of layers.txt")
        });
        twice.chain(missing).chain(upward).chain(waits).collect()
    }
}
