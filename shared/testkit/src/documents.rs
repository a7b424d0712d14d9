//! Documents of which some tables are made from the code.

use std::path::Path;

/// Holds the tables of a document, each between the comments that name it, against what the code makes of them. Where
/// the environment has `update`, they are written anew.
///
/// # Panics
/// If a table is another than it should be, or is not there.
pub fn hold_tables(file: &Path, update: &str, tables: &[(&str, String)]) {
    let page = std::fs::read_to_string(file).unwrap();
    let made = tables.iter().fold(page, |page, (name, table)| with_table(&page, name, table));
    if std::env::var_os(update).is_some() {
        std::fs::write(file, &made).unwrap();
    }
    let page = std::fs::read_to_string(file).unwrap();
    let lost = made.lines().find(|line| !page.contains(line));
    let extra = page.lines().find(|line| !made.contains(line));
    assert!(made == page, "run this test with {update}=1; missing: {lost:?}, too much: {extra:?}");
}

fn with_table(page: &str, name: &str, table: &str) -> String {
    let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- end of {name} -->"));
    let (before, rest) = page.split_once(&begin).unwrap();
    let (_, after) = rest.split_once(&end).unwrap();
    format!("{before}{begin}\n{table}\n{end}{after}")
}
