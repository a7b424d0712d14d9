//! Which top-level module uses which, and where these uses form a circle.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;

use super::source::{self, Module, Name, Read, SourceLine};

/// What the root of a crate is called among its modules.
pub(super) const ROOT: &str = "crate";

/// How many re-exports may lead to one name: more are a circle of re-exports.
const MOST_EXPORTS: usize = 16;

/// One top-level module uses another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Arrow {
    pub(super) from: String,
    pub(super) to: String,
    pub(super) place: SourceLine,
    path: String,
}

impl fmt::Display for Arrow {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {} uses {} ({})", self.place, self.from, self.to, self.path)
    }
}

/// A crate as its own text describes it.
pub(super) struct Crate {
    modules: BTreeMap<Name, Module>,
}

impl Crate {
    /// Reads the crate whose root is this file.
    pub(super) fn read(root: &Path, read: Read<'_>) -> Self {
        Self { modules: source::modules(root, read) }
    }

    /// The top-level modules, and the root.
    pub(super) fn modules(&self) -> BTreeSet<String> {
        self.modules.keys().map(|name| top(name)).collect()
    }

    /// Each use of another top-level module.
    ///
    /// The root names its own modules without `crate` or `self` in front, because it declares them and passes requests
    /// on to them. Only these uses do not count.
    pub(super) fn arrows(&self) -> BTreeSet<Arrow> {
        let mut arrows = BTreeSet::new();
        for (at, module) in &self.modules {
            for (path, place) in &module.paths {
                let Some(home) = self.absolute(at, path).and_then(|path| self.home(&path, 0)) else {
                    continue;
                };
                let (from, to) = (top(at), top(&home));
                if from != to {
                    arrows.insert(Arrow { from, to, place: place.clone(), path: path.join("::") });
                }
            }
        }
        arrows
    }

    /// Each `pub use path::*` that passes on names of another top-level module, because nothing can follow them.
    pub(super) fn globs(&self) -> Vec<String> {
        let mut globs = Vec::new();
        for (at, module) in &self.modules {
            for (path, place) in &module.public_globs {
                let home = self.absolute(at, path).and_then(|path| self.home(&path, 0));
                if home.is_some_and(|home| top(&home) != top(at)) {
                    globs.push(format!("{place}: name what `pub use {}::*` passes on", path.join("::")));
                }
            }
        }
        globs
    }

    /// Each `.await`, with the top-level module that has it.
    pub(super) fn awaits(&self) -> impl Iterator<Item = (String, &SourceLine)> {
        self.modules.iter().flat_map(|(at, module)| module.awaits.iter().map(|place| (top(at), place)))
    }

    /// A path from the root on. Nothing if it begins with the name of another crate.
    fn absolute(&self, at: &[String], path: &[String]) -> Option<Name> {
        let (mut from, mut rest) = (at, path);
        let first = loop {
            let Some((first, after)) = rest.split_first() else { return Some(from.to_vec()) };
            match first.as_str() {
                "crate" => (from, rest) = (&[], after),
                "self" => rest = after,
                "super" => (from, rest) = (from.split_last()?.1, after),
                _ => break first,
            }
        };
        let whole = [from, rest].concat();
        let imported = |import: &Name| import.first() != Some(first);
        let is_ours = rest.len() < path.len()
            || self.modules.contains_key(&whole[..=from.len()])
            || self.modules[at].imports.get(first).is_some_and(imported);
        is_ours.then_some(whole)
    }

    /// The module in which what a path names is written. Nothing if it is written in another crate.
    fn home(&self, path: &[String], exports: usize) -> Option<Name> {
        let known = (0..=path.len()).rev().find(|count| self.modules.contains_key(&path[..*count]))?;
        let (module, rest) = path.split_at(known);
        let import = rest.first().and_then(|name| self.modules[module].imports.get(name));
        match import {
            Some(import) if exports < MOST_EXPORTS => {
                let origin = [import, &rest[1..]].concat();
                self.home(&self.absolute(module, &origin)?, exports + 1)
            }
            _ => Some(module.to_vec()),
        }
    }
}

fn top(name: &[String]) -> String {
    name.first().map_or(ROOT, String::as_str).to_owned()
}

/// The circles: in each, every module leads to every other.
pub(super) fn circles(arrows: &BTreeSet<Arrow>) -> BTreeSet<BTreeSet<&str>> {
    let mut uses: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for arrow in arrows {
        uses.entry(&arrow.from).or_default().insert(&arrow.to);
    }
    let reached: BTreeMap<&str, BTreeSet<&str>> =
        uses.keys().map(|from| (*from, reach(from, &uses))).collect();
    let circle = |one: &str| {
        let both = |other: &&str| reached.get(other).is_some_and(|back| back.contains(one));
        reached[one].iter().copied().filter(both).collect::<BTreeSet<_>>()
    };
    reached.keys().map(|one| circle(one)).filter(|circle| !circle.is_empty()).collect()
}

fn reach<'a>(from: &str, uses: &BTreeMap<&'a str, BTreeSet<&'a str>>) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut next: Vec<&str> = uses.get(from).into_iter().flatten().copied().collect();
    while let Some(one) = next.pop() {
        if reached.insert(one) {
            next.extend(uses.get(one).into_iter().flatten());
        }
    }
    reached
}
