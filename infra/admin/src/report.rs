//! What a command says when it is done: for people, or as JSON for scripts.

use std::fmt::Write as _;

use serde_json::Value;

/// A result in both forms.
#[derive(Debug)]
pub(crate) struct Report {
    json: Value,
    parts: Vec<Part>,
}

#[derive(Debug)]
enum Part {
    Heading(String),
    Text(String),
    Table { head: Vec<&'static str>, rows: Vec<Vec<String>> },
}

impl Report {
    /// Begins with what scripts get.
    pub(crate) const fn new(json: Value) -> Self {
        Self { json, parts: Vec::new() }
    }

    /// A line that begins something.
    pub(crate) fn heading(mut self, text: impl Into<String>) -> Self {
        self.parts.push(Part::Heading(text.into()));
        self
    }

    /// Lines as they are, so that they can be copied.
    pub(crate) fn text(mut self, text: impl Into<String>) -> Self {
        self.parts.push(Part::Text(text.into()));
        self
    }

    /// Rows in columns as wide as their widest entry.
    pub(crate) fn table(mut self, head: Vec<&'static str>, rows: Vec<Vec<String>>) -> Self {
        self.parts.push(Part::Table { head, rows });
        self
    }

    /// The text for standard output.
    pub(crate) fn rendered(&self, as_json: bool, colour: bool) -> String {
        if as_json {
            return format!("{:#}\n", self.json);
        }
        let bold = |text: &str| if colour { format!("\u{1b}[1m{text}\u{1b}[0m") } else { text.to_owned() };
        let mut out = String::new();
        for part in &self.parts {
            match part {
                Part::Heading(text) if out.is_empty() => line(&mut out, &bold(text)),
                Part::Heading(text) => line(&mut out, &format!("\n{}", bold(text))),
                Part::Text(text) => line(&mut out, text),
                Part::Table { head, rows } => {
                    let head: Vec<_> = head.iter().map(|name| (*name).to_owned()).collect();
                    let widths = widths(&head, rows);
                    line(&mut out, &bold(&columns(&head, &widths)));
                    rows.iter().for_each(|row| line(&mut out, &columns(row, &widths)));
                }
            }
        }
        out
    }
}

fn line(out: &mut String, text: &str) {
    out.push_str(text);
    out.push('\n');
}

fn widths(head: &[String], rows: &[Vec<String>]) -> Vec<usize> {
    let width = |column: usize| {
        let entries = rows.iter().filter_map(|row| row.get(column)).chain(head.get(column));
        entries.map(|entry| entry.chars().count()).max().unwrap_or_default()
    };
    (0..head.len()).map(width).collect()
}

fn columns(row: &[String], widths: &[usize]) -> String {
    let mut text = String::new();
    for (entry, width) in row.iter().zip(widths) {
        // A String takes all that is written to it.
        let _ = write!(text, "{entry:width$}  ");
    }
    text.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn report() -> Report {
        let rows = vec![vec!["first".to_owned(), "1".to_owned()], vec!["é".to_owned(), "22".to_owned()]];
        Report::new(json!({"n": 1})).heading("Keys").table(vec!["NAME", "N"], rows).heading("Then").text("go")
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_entry() {
        let said = report().rendered(false, false);
        assert_eq!(said, "Keys\nNAME   N\nfirst  1\né      22\n\nThen\ngo\n");
    }

    #[test]
    fn only_headings_are_bold_and_only_when_asked() {
        assert!(report().rendered(false, true).starts_with("\u{1b}[1mKeys\u{1b}[0m\n"));
        assert!(!report().rendered(false, false).contains('\u{1b}'));
    }

    #[test]
    fn scripts_get_json_alone() {
        assert_eq!(report().rendered(true, true), "{\n  \"n\": 1\n}\n");
    }
}
