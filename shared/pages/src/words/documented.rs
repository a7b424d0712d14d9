//! `docs/apps/consent.md` held against the words: its tables are made from them.

use std::fmt::Write as _;
use std::path::Path;

use smart_verify::scope::ScopeSet;
use testkit::documents::hold_tables;

use super::categories::CATEGORIES;
use super::kinds::KINDS;
use super::line::ConsentLine;
use super::{Whose, lines};

/// The scopes that are about no kind of record, but for `offline_access`, which is a question instead of a line.
const OTHERS: &str = "openid fhirUser launch launch/patient launch/encounter online_access";

/// With `UPDATE_WORDS=1` the tables are written anew.
#[test]
fn doc_5_every_word_of_the_consent_page_stands_in_the_documents() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/apps/consent.md");
    let tables = [("kinds", kinds()), ("categories", categories()), ("others", others())];
    hold_tables(&file, "UPDATE_WORDS", &tables);
}

fn kinds() -> String {
    let mut table = "| resource types | the line | under \"More\" |\n| --- | --- | --- |\n".to_owned();
    let unnamed = ["any other, such as `Flag`".to_owned(), "Flag".to_owned()];
    let whole = ["all: `*`".to_owned(), "*".to_owned()];
    let named = KINDS.iter().map(|kind| {
        let types: Vec<String> = kind.types.iter().map(|name| format!("`{name}`")).collect();
        [types.join(", "), kind.types[0].to_owned()]
    });
    for [types, example] in [whole].into_iter().chain(named).chain([unnamed]) {
        let line = line_of(&format!("patient/{example}.rs"));
        writeln!(table, "| {types} | {} | {} |", line.sentence, line.long).unwrap();
    }
    table
}

fn categories() -> String {
    let mut table =
        "| resource type | category | the line | under \"More\" |\n| --- | --- | --- | --- |\n".to_owned();
    for category in CATEGORIES {
        let parameters = category.parameters();
        let line = line_of(&format!("patient/{}.rs?{parameters}", category.of));
        let value = parameters.trim_start_matches("category=").replace('|', "\\|");
        writeln!(table, "| `{}` | `{value}` | {} | {} |", category.of, line.sentence, line.long).unwrap();
    }
    table
}

fn others() -> String {
    let mut table =
        "| scope | the line | under \"More\" | can be unticked |\n| --- | --- | --- | --- |\n".to_owned();
    for scope in OTHERS.split(' ') {
        let line = line_of(scope);
        let choice = if line.required { "no" } else { "yes" };
        writeln!(table, "| `{scope}` | {} | {} | {choice} |", line.sentence, line.long).unwrap();
    }
    table
}

fn line_of(scope: &str) -> ConsentLine {
    lines(&ScopeSet::parse(scope), &Whose::Own).remove(0)
}
