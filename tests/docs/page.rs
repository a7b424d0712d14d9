//! A document, and the fenced blocks in it.

use std::path::{Path, PathBuf};

/// A document of this repository.
#[derive(Debug)]
pub(super) struct Document {
    /// From the root of the repository.
    pub(super) path: String,
    pub(super) text: String,
}

/// A fenced block: the words behind its fence, its text, and the line on which it begins.
#[derive(Clone, Debug, Default)]
pub(super) struct Fence {
    pub(super) words: Vec<String>,
    pub(super) text: String,
    pub(super) line: usize,
}

impl Fence {
    pub(super) fn is(&self, word: &str) -> bool {
        self.words.iter().skip(1).any(|known| known == word)
    }
}

/// What is done with a page's blocks.
#[derive(Debug)]
pub(super) enum Step {
    /// A command, and the answer that is printed behind it.
    Call(Fence, Option<Fence>),
    /// An authorization request, and a person who allows it.
    Authorize(Fence),
    /// The claims of the access token that was given last.
    Claims(Fence),
    /// What `cargo dev` prints.
    Summary(Fence),
    /// What the line that `cargo dev` prints is answered.
    TokenResponse(Fence),
}

impl Step {
    pub(super) const fn line(&self) -> usize {
        match self {
            Self::Call(fence, _)
            | Self::Authorize(fence)
            | Self::Claims(fence)
            | Self::Summary(fence)
            | Self::TokenResponse(fence) => fence.line,
        }
    }
}

/// The root of the repository.
pub(super) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

impl Document {
    /// All that people read.
    pub(super) fn all() -> Vec<Self> {
        let mut paths = vec!["README.md".to_owned(), "SECURITY.md".to_owned(), "infra/README.md".to_owned()];
        below("docs", &mut paths);
        paths.sort();
        let read = |path: String| {
            let text = std::fs::read_to_string(root().join(&path)).ok()?;
            Some(Self { path, text })
        };
        paths.into_iter().filter_map(read).collect()
    }

    pub(super) fn fences(&self) -> Vec<Fence> {
        let mut fences = Vec::new();
        let mut open: Option<Fence> = None;
        for (number, line) in self.text.lines().enumerate() {
            match (line.trim_start().strip_prefix("```"), &mut open) {
                (Some(info), None) => {
                    let words = info.split_whitespace().map(str::to_owned).collect();
                    open = Some(Fence { words, text: String::new(), line: number + 1 });
                }
                (Some(_), Some(_)) => fences.extend(open.take()),
                (None, Some(fence)) => {
                    fence.text.push_str(line);
                    fence.text.push('\n');
                }
                (None, None) => {}
            }
        }
        assert!(open.is_none(), "{}: a fence is not closed", self.path);
        fences
    }

    /// The lines outside fences, with their numbers.
    pub(super) fn prose(&self) -> Vec<(usize, &str)> {
        let mut inside = false;
        let lines = self.text.lines().enumerate();
        lines
            .filter(|(_, line)| {
                let is_fence = line.trim_start().starts_with("```");
                inside ^= is_fence;
                !inside && !is_fence
            })
            .map(|(number, line)| (number + 1, line))
            .collect()
    }
}

fn below(directory: &str, paths: &mut Vec<String>) {
    for entry in std::fs::read_dir(root().join(directory)).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{directory}/{}", entry.file_name().to_str().unwrap());
        if entry.file_type().unwrap().is_dir() {
            below(&path, paths);
        } else if path.ends_with(".md") {
            paths.push(path);
        }
    }
}
