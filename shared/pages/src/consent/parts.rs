//! The lines of the consent page, numbered and put under their headings.

use smart::scope::{Scope, ScopeSet};
use smart::time::UnixSeconds;

use crate::dates;
use crate::words::{self, Group, Whose};

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
pub(super) fn numbered(
    scopes: &ScopeSet,
    whose: &Whose,
    ticked: bool,
    lasts_until: Option<UnixSeconds>,
) -> Vec<Line> {
    let until = lasts_until.and_then(dates::day_in_words);
    let numbered = words::lines(scopes, whose).into_iter().zip(1..);
    numbered
        .map(|(line, number)| {
            let lasts = line.scopes.iter().any(|scope| scope == "offline_access");
            let sentence = match &until {
                Some(day) if lasts => format!("{}, until {day}", line.sentence),
                _ => line.sentence,
            };
            Line {
                group: line.group,
                id: format!("line-{number}"),
                sentence,
                long: line.long,
                value: line.scopes.join(" "),
                ticked: ticked || !is_clinical(&line.scopes),
                scopes: line.scopes,
                required: line.required,
            }
        })
        .collect()
}

fn is_clinical(scopes: &[String]) -> bool {
    scopes
        .iter()
        .any(|scope| scope.parse::<Scope>().is_ok_and(|scope| matches!(scope.meaning(), Scope::Resource(_))))
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
