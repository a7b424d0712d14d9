//! The lines of the consent page, numbered and put under their headings.

use std::collections::BTreeSet;

use smart_verify::scope::{ResourceScope, Scope, ScopeSet};

use crate::words::{self, Group, ScopePart, Whose};

/// How many lines stand under a heading before the rest is folded away.
const LINES_SHOWN: usize = 8;

/// One line as the template needs it.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) group: Group,
    pub(super) id: String,
    pub(super) sentence: String,
    pub(super) long: String,
    pub(super) scopes: Vec<String>,
    /// The checkbox's value: its scopes, joined by a space.
    pub(super) value: String,
    pub(super) required: bool,
    pub(super) ticked: bool,
    /// What may be ticked instead of it.
    pub(super) some: Vec<Piece>,
}

/// A part of a line, as one checkbox.
#[derive(Debug)]
pub(super) struct Piece {
    pub(super) words: String,
    /// The checkbox's value: its scopes, joined by a space.
    pub(super) value: String,
}

/// A heading with its lines.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) heading: &'static str,
    pub(super) warning: Option<&'static str>,
    pub(super) shown: Vec<Line>,
    pub(super) folded: Vec<Line>,
}

/// Every line, with an id for its checkbox. `ticked` is how the kinds of record start.
pub(super) fn numbered(scopes: &ScopeSet, whose: &Whose, ticked: bool) -> Vec<Line> {
    let numbered = words::lines(scopes, whose).into_iter().zip(1..);
    numbered
        .map(|(line, number)| {
            let resources = resources(&line.scopes);
            Line {
                group: line.group,
                id: format!("line-{number}"),
                sentence: line.sentence,
                long: line.long,
                value: line.scopes.join(" "),
                ticked: ticked || resources.is_empty(),
                some: some_of(&resources, scopes),
                scopes: line.scopes,
                required: line.required,
            }
        })
        .collect()
}

fn resources(scopes: &[String]) -> Vec<ResourceScope> {
    let meaning = |text: &String| match text.parse::<Scope>().ok()?.meaning() {
        Scope::Resource(resource) => Some(resource.clone()),
        _ => None,
    };
    scopes.iter().filter_map(meaning).collect()
}

/// The parts of a line's scopes, without those that have a line of their own. Scopes that share a line share its parts.
fn some_of(resources: &[ResourceScope], asked: &ScopeSet) -> Vec<Piece> {
    let mut some: Vec<(String, BTreeSet<String>)> = Vec::new();
    for ScopePart { words, scope } in resources.iter().flat_map(words::parts) {
        if asked.has(&scope) {
            continue;
        }
        match some.iter_mut().find(|(known, _)| *known == words) {
            Some((_, scopes)) => scopes.extend([scope.to_string()]),
            None => some.push((words, BTreeSet::from([scope.to_string()]))),
        }
    }
    let joined = |scopes: BTreeSet<String>| scopes.into_iter().collect::<Vec<_>>().join(" ");
    some.into_iter().map(|(words, scopes)| Piece { words, value: joined(scopes) }).collect()
}

/// The lines under their headings; a heading without lines is left out.
pub(super) fn grouped(lines: Vec<Line>) -> Vec<Part> {
    let mut parts: Vec<(Group, Part)> = Vec::new();
    for line in lines {
        let known = parts.iter().position(|(group, _)| *group == line.group);
        let place = known.unwrap_or_else(|| {
            parts.push((line.group, empty(line.group)));
            parts.len() - 1
        });
        let part = &mut parts[place].1;
        if part.shown.len() < LINES_SHOWN { part.shown.push(line) } else { part.folded.push(line) }
    }
    parts.into_iter().map(|(_, part)| part).collect()
}

const fn empty(group: Group) -> Part {
    let (heading, warning) = match group {
        Group::See => ("The app can see", None),
        Group::AddOrChange => {
            ("The app can add or change", Some("What it adds or changes becomes part of the record."))
        }
        Group::Delete => ("The app can delete", Some("What it deletes may be lost.")),
        Group::AlsoKnow => ("The app will also know", None),
        Group::Lasting => ("For how long", None),
    };
    Part { heading, warning, shown: Vec::new(), folded: Vec::new() }
}
