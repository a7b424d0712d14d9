//! How the modules of a crate may use one another: never in a circle, and in `smart` in the order of `layers.txt`.

mod arrows;
mod made_up;
mod order;
mod source;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use arrows::{Crate, ROOT, circles};
use order::Order;

/// The crate with an order of its modules.
const ORDERED: &str = "smart";

/// Reads all crates of the workspace: libraries, programs, tests, benches and examples.
#[test]
fn modules_use_one_another_in_one_direction() {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let read = |file: &Path| std::fs::read_to_string(workspace.join(file)).ok();
    let mut faults = Vec::new();
    for (name, root) in crates(workspace) {
        let text = "shared/smart/layers.txt";
        let order = (name == ORDERED).then(|| Order::parse(&read(text.as_ref()).unwrap()));
        let found = faults_of(&Crate::read(&root, &read), order.as_ref());
        if !found.is_empty() {
            faults.push(format!("{name}:\n  {}", found.join("\n  ")));
        }
    }
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

/// One name, one idea: a name alone tells a reader which public type is meant.
#[test]
fn no_two_public_types_of_the_rules_share_a_name() {
    let mut homes: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (path, text) in sources(&["shared/smart/src", "shared/verify/src", "shared/web/src"]) {
        for name in text.lines().filter_map(public_type) {
            homes.entry(name.to_owned()).or_default().push(path.display().to_string());
        }
    }
    let shared: Vec<_> = homes.iter().filter(|(_, homes)| homes.len() > 1).collect();
    assert!(homes.len() > 100 && shared.is_empty(), "{shared:#?}");
}

/// Each grant is one that a user or the organisation allowed: `Allowed::issue` alone makes it.
#[test]
fn a_grant_is_made_in_one_place() {
    let is_of_tests = |path: &Path| path.to_string_lossy().contains("tests");
    let declares = |line: &str| ["struct ", "impl ", " for ", "-> "].iter().any(|word| line.contains(word));
    let makes = |line: &str| line.replace('(', " ").contains(" Grant {") && !declares(line);
    let all = sources(&["shared/smart/src", "shared/web/src", "shared/aws/src", "functions"]).into_iter();
    let makers = all.filter(|(path, text)| !is_of_tests(path) && text.lines().any(makes));
    let files: Vec<_> = makers.map(|(path, _)| path.file_name().unwrap().to_owned()).collect();
    assert_eq!(files, ["offer.rs"]);
}

/// The source files in these folders and below them.
fn sources(folders: &[&str]) -> Vec<(PathBuf, String)> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut folders: Vec<PathBuf> = folders.iter().map(|folder| workspace.join(folder)).collect();
    let mut sources = Vec::new();
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                sources.push((path, text));
            }
        }
    }
    sources
}

/// The type that a line declares, if it is public and not inside another item.
fn public_type(line: &str) -> Option<&str> {
    let (kind, rest) = line.strip_prefix("pub ")?.split_once(' ')?;
    let ends = |letter: char| !letter.is_alphanumeric() && letter != '_';
    ["struct", "enum", "trait", "type"].contains(&kind).then(|| rest.split(ends).next())?
}

/// The crates with the file of their root. A library has the name of its package, another crate that and its own.
fn crates(workspace: &Path) -> Vec<(String, PathBuf)> {
    let mut cargo = Command::new(env!("CARGO"));
    let cargo =
        cargo.args(["metadata", "--no-deps", "--offline", "--format-version=1"]).current_dir(workspace);
    let said: Value = serde_json::from_slice(&cargo.output().unwrap().stdout).unwrap();
    let mut crates = Vec::new();
    for package in said["packages"].as_array().unwrap() {
        let package_name = package["name"].as_str().unwrap();
        for target in package["targets"].as_array().unwrap() {
            let root = Path::new(target["src_path"].as_str().unwrap());
            let name = match target["kind"][0].as_str().unwrap() {
                "lib" => package_name.to_owned(),
                kind => format!("{package_name}, {kind} {}", target["name"].as_str().unwrap()),
            };
            crates.push((name, root.strip_prefix(workspace).unwrap().to_owned()));
        }
    }
    crates
}

/// What is wrong in a crate, a sentence for each place. Its root counts as a module, unless its modules have an order:
/// in that crate the root only lists them.
fn faults_of(checked: &Crate, order: Option<&Order>) -> Vec<String> {
    let mut arrows = checked.arrows();
    if order.is_some() {
        arrows.retain(|arrow| arrow.from != ROOT && arrow.to != ROOT);
    }
    let mut faults = checked.globs();
    for circle in circles(&arrows) {
        let names: Vec<_> = circle.iter().copied().collect();
        faults.push(format!(
            "{} modules form a circle: {}. Move what two of them need into a module below both, or pass it as a value",
            names.len(),
            names.join(", ")
        ));
        let within =
            arrows.iter().filter(|arrow| circle.contains(&*arrow.from) && circle.contains(&*arrow.to));
        faults.extend(within.map(|arrow| format!("  {arrow}")));
    }
    faults.extend(order.map(|order| order.faults(checked)).unwrap_or_default());
    faults
}
