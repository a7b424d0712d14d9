//! `docs/architecture.md` compared with the code: its crates, its files and items, and the states in its pictures.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use smart::grant::GRACE;
use smart::token::CODE_LIFETIME;
use syn::{Attribute, ImplItem, Item, ItemEnum, TraitItem, Type};

use super::page::{Document, root};

const PAGE: &str = "docs/architecture.md";

/// Each of them has a row that says where it is changed.
const TOPICS: [&str; 14] = [
    "where a redirect URI is compared",
    "PKCE",
    "granular narrowing",
    "life of a code",
    "`aud`",
    "lockout",
    "a launch used once",
    "when consent is skipped",
    "online access ending",
    "refresh reuse",
    "`max_age`",
    "`jti` spent",
    "a clinician's ceiling",
    "who waits for approval",
];

/// A row of a table: its cells by their column, and its line.
struct Row {
    line: usize,
    cells: BTreeMap<String, String>,
}

impl Row {
    fn cell(&self, column: &str) -> &str {
        self.cells.get(column).map(String::as_str).unwrap_or_default()
    }

    /// The names between backticks in a cell.
    fn names(&self, column: &str) -> BTreeSet<&str> {
        self.cell(column).split('`').skip(1).step_by(2).collect()
    }
}

fn page() -> Document {
    Document::all().into_iter().find(|document| document.path == PAGE).unwrap()
}

/// The rows of all tables with these columns.
fn rows(document: &Document, columns: &[&str]) -> Vec<Row> {
    let (mut rows, mut header) = (Vec::new(), None);
    for (line, text) in document.prose() {
        let Some(text) = text.strip_prefix("| ").and_then(|text| text.strip_suffix(" |")) else {
            header = None;
            continue;
        };
        let cells: Vec<_> = text.split(" | ").map(str::to_owned).collect();
        match &header {
            None => header = Some(cells),
            Some(_) if text.starts_with("---") => {}
            Some(header) => {
                let cells = header.iter().cloned().zip(cells).collect();
                rows.push(Row { line, cells });
            }
        }
    }
    rows.retain(|row| columns.iter().all(|column| row.cells.contains_key(*column)));
    rows
}

fn parsed(path: &str) -> syn::File {
    let text = std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    syn::parse_file(&text).unwrap()
}

/// What a file defines, apart from its tests: types by their name, the rest as `Owner::name`.
fn defined(path: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    gather(&parsed(path).items, &module_of(path), &mut names);
    names
}

/// The module that a file is: its own name, or that of the folder or crate whose root it is.
fn module_of(path: &str) -> String {
    let parts: Vec<_> = path.trim_end_matches(".rs").split('/').collect();
    let mut names = parts.iter().rev().skip_while(|name| ["mod", "lib", "main", "src"].contains(name));
    names.next().map(|name| name.replace('-', "_")).unwrap()
}

fn gather(items: &[Item], module: &str, names: &mut BTreeSet<String>) {
    for item in items {
        match item {
            Item::Mod(inner) if !is_test(&inner.attrs) => {
                let items = inner.content.as_ref().map(|(_, items)| items.as_slice());
                gather(items.unwrap_or_default(), &inner.ident.to_string(), names);
            }
            Item::Struct(item) => _ = names.insert(item.ident.to_string()),
            Item::Type(item) => _ = names.insert(item.ident.to_string()),
            Item::Enum(item) => _ = names.insert(item.ident.to_string()),
            Item::Fn(item) => _ = names.insert(format!("{module}::{}", item.sig.ident)),
            Item::Const(item) => _ = names.insert(format!("{module}::{}", item.ident)),
            Item::Static(item) => _ = names.insert(format!("{module}::{}", item.ident)),
            Item::Trait(item) => {
                names.insert(item.ident.to_string());
                names.extend(item.items.iter().filter_map(|inner| match inner {
                    TraitItem::Fn(inner) => Some(format!("{}::{}", item.ident, inner.sig.ident)),
                    _ => None,
                }));
            }
            Item::Impl(item) => {
                let Type::Path(of) = &*item.self_ty else { continue };
                let Some(of) = of.path.segments.last() else { continue };
                names.extend(item.items.iter().filter_map(|inner| match inner {
                    ImplItem::Fn(inner) => Some(format!("{}::{}", of.ident, inner.sig.ident)),
                    ImplItem::Const(inner) => Some(format!("{}::{}", of.ident, inner.ident)),
                    _ => None,
                }));
            }
            _ => {}
        }
    }
}

fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute.parse_args::<syn::Path>().is_ok_and(|only| only.is_ident("test"))
    })
}

/// The variants of an enum.
fn variants(path: &str, name: &str) -> Vec<String> {
    let items = parsed(path).items;
    let of = |item: &Item| match item {
        Item::Enum(ItemEnum { ident, variants, .. }) if ident == name => {
            Some(variants.iter().map(|variant| variant.ident.to_string()).collect())
        }
        _ => None,
    };
    items.iter().find_map(of).unwrap_or_else(|| panic!("{path} has no enum {name}"))
}

#[test]
fn every_file_of_the_architecture_has_the_item_that_is_named_with_it() {
    let page = page();
    let rows = rows(&page, &["file", "item"]);
    let mut faults = Vec::new();
    for row in &rows {
        let (file, item) = (row.cell("file").trim_matches('`'), row.cell("item").trim_matches('`'));
        let is_there = if Path::new(file).extension().is_some_and(|extension| extension == "rs") {
            defined(file).contains(item)
        } else {
            let text = std::fs::read_to_string(root().join(file)).unwrap();
            text.lines().any(|line| line.trim() == format!("{item}:"))
        };
        if !is_there {
            faults.push(format!("{PAGE}:{}: {file} does not define {item}", row.line));
        }
    }
    assert!(rows.len() > 50 && faults.is_empty(), "{} rows\n{}", rows.len(), faults.join("\n"));
}

#[test]
fn every_topic_has_a_row_that_says_where_it_is_changed() {
    let page = page();
    let rows = rows(&page, &["what", "file", "item"]);
    for topic in TOPICS {
        let found = rows.iter().filter(|row| row.cell("what") == topic).count();
        assert_eq!(found, 1, "{PAGE}: rows of {topic}");
    }
}

/// Dependencies of tests are left out.
#[test]
fn the_crates_of_the_architecture_use_one_another_as_its_table_says() {
    let page = page();
    let rows = rows(&page, &["crate", "folder", "uses"]);
    let told: BTreeMap<_, _> = rows
        .iter()
        .map(|row| {
            (row.cell("crate").trim_matches('`'), (row.cell("folder").trim_matches('`'), row.names("uses")))
        })
        .collect();
    let mut cargo = Command::new(env!("CARGO"));
    let cargo = cargo.args(["metadata", "--no-deps", "--offline", "--format-version=1"]).current_dir(root());
    let metadata: Value = serde_json::from_slice(&cargo.output().unwrap().stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let name = |package: &'static str, of: &Value| of[package].as_str().unwrap().to_owned();
    let ours: BTreeSet<String> = packages.iter().map(|package| name("name", package)).collect();
    assert_eq!(told.len(), ours.len(), "{PAGE} lists other crates than {ours:?}");
    for package in packages {
        let called = name("name", package);
        let (folder, uses) = &told.get(called.as_str()).unwrap_or_else(|| panic!("{PAGE} has no {called}"));
        assert!(name("manifest_path", package).ends_with(&format!("/{folder}/Cargo.toml")), "{called}");
        let all = package["dependencies"].as_array().unwrap().iter();
        let used = all.filter(|one| one["kind"].is_null()).map(|one| name("name", one));
        let used: BTreeSet<String> = used.filter(|one| ours.contains(one)).collect();
        assert_eq!(used, uses.iter().map(|one| (*one).to_owned()).collect(), "{PAGE}: what {called} uses");
    }
}

#[test]
fn the_pictures_show_every_state_and_the_text_its_times() {
    let page = page();
    let pictures: String = page.fences().into_iter().map(|fence| fence.text).collect();
    let words: BTreeSet<&str> =
        pictures.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    for (file, name) in
        [("shared/smart/src/grant/stage.rs", "Stage"), ("shared/smart/src/authorization/journey.rs", "Next")]
    {
        for variant in variants(file, name) {
            assert!(words.contains(variant.as_str()), "{PAGE} does not show {name}::{variant}");
        }
    }
    for time in [CODE_LIFETIME, GRACE] {
        let within = format!("within {} s", time.as_secs());
        assert!(page.text.contains(&within), "{PAGE} does not say {within}");
    }
}
