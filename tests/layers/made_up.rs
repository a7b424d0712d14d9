//! The check itself, on crates of a few lines.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::arrows::Crate;
use super::faults_of;
use super::order::Order;

/// A crate made of these files, with what is wrong in it.
fn faults(files: &[(&str, &str)], layers: Option<&str>) -> Vec<String> {
    let files: BTreeMap<PathBuf, &str> = files.iter().map(|(path, text)| (path.into(), *text)).collect();
    let read = |path: &Path| files.get(path).map(|text| (*text).to_owned());
    faults_of(&Crate::read(Path::new("lib.rs"), &read), layers.map(Order::parse).as_ref())
}

const ROOT: (&str, &str) = ("lib.rs", "mod high;\nmod low;\npub use high::Word;\n");

/// Modules that may use each other in one direction only, and what `low` says.
fn low(text: &str) -> Vec<String> {
    faults(&[ROOT, ("high.rs", "use crate::low::Rule;\npub struct Word;"), ("low.rs", text)], None)
}

#[test]
fn a_circle_is_found_with_the_line_of_each_import() {
    let found = low("pub struct Rule;\n\nuse crate::{\n    high::Word,\n};");
    assert_eq!(found.len(), 3);
    assert!(found[0].starts_with("2 modules form a circle: high, low."), "{found:?}");
    assert_eq!(found[1], "  high.rs:1: high uses low (crate::low::Rule)");
    assert_eq!(found[2], "  low.rs:4: low uses high (crate::high::Word)");
}

#[test]
fn a_use_in_one_direction_is_in_order() {
    assert!(low("pub struct Rule;").is_empty());
}

#[test]
fn paths_count_like_imports_wherever_they_are() {
    for text in [
        "fn f(word: &crate::high::Word) {}",
        "fn f() { super::high::f::<u8>() }",
        "fn f() { use super::high; }",
        "use super::high::*;",
        "use crate::high as other;",
        "fn f() { println!(\"{}\", crate::high::WORD); }",
        "#[derive(crate::high::Derive)] struct S;",
        "mod inner { use super::super::high::Word; }",
        "macro_rules! word { () => { $crate::high::Word }; }",
    ] {
        assert_eq!(low(text).len(), 3, "{text}");
    }
}

#[test]
fn a_re_export_is_resolved_to_its_origin() {
    assert!(low("use crate::Word;")[2].contains("low uses high (crate::Word)"));
    let files = [
        ("lib.rs", "mod a; mod b; mod c;"),
        ("a/mod.rs", "mod inner; pub use inner::Name as Other;"),
        ("a/inner.rs", "pub use crate::b::Name;"),
        ("b.rs", "pub struct Name; use crate::c::f;"),
        ("c.rs", "use crate::a::Other; pub fn f() {}"),
    ];
    let found = faults(&files, None);
    assert!(found[0].starts_with("2 modules form a circle: b, c."), "{found:?}");
}

#[test]
fn a_re_export_of_another_crate_leads_out_of_this_one() {
    let files = [
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "pub use smart::Name; use crate::b::B;"),
        ("b.rs", "use crate::a::Name;"),
    ];
    assert!(faults(&files, None).is_empty());
}

#[test]
fn what_is_compiled_for_tests_alone_does_not_count() {
    for text in [
        "#[cfg(test)] use crate::high::Word;",
        "#[cfg(test)] mod tests { use crate::high::Word; }",
        "#[cfg(test)] mod tests;",
        "#[cfg(all(test, unix))] fn f() { crate::high::f() }",
        "impl S { #[cfg(test)] fn f() { crate::high::f() } }",
    ] {
        assert!(low(text).is_empty(), "{text}");
    }
    assert!(!low("#[cfg(not(test))] use crate::high::Word;").is_empty());
}

#[test]
fn comments_strings_and_other_crates_do_not_count() {
    for text in [
        "// crate::high::Word\n/// [`crate::high::Word`]\nstruct S;",
        "const PATH: &str = \"crate::high::Word\";",
        "use ::high::Word;",
        "use high::Word;",
        "fn f() { smart::high::f() }",
        "use smart::high; fn f() { high::f() }",
        "mod inner { pub use smart::{self, Word}; } use self::inner::Word;",
        "mod high {} mod inner { use super::high; }",
    ] {
        assert!(low(text).is_empty(), "{text}");
    }
}

#[test]
fn a_crate_root_that_is_used_may_not_use() {
    let root = "mod low; pub struct Ports; fn handle() { low::f(); crate::low::f() }";
    let found = faults(&[("lib.rs", root), ("low.rs", "use crate::Ports;")], None);
    assert_eq!(found.len(), 3);
    assert!(
        faults(&[("lib.rs", &root.replace("crate::", "")), ("low.rs", "use crate::Ports;")], None).is_empty()
    );
}

#[test]
fn a_glob_may_not_pass_on_names_of_another_module() {
    let files = [("lib.rs", "mod a; mod b;"), ("a.rs", "pub use crate::b::*;"), ("b.rs", "")];
    assert_eq!(faults(&files, None), ["a.rs:1: name what `pub use crate::b::*` passes on"]);
}

#[test]
fn a_broken_layer_is_found_between_lines_and_within_one() {
    let files = [
        ("lib.rs", "mod a; mod b; mod c;"),
        ("a.rs", "use crate::b::B;"),
        ("b.rs", ""),
        ("c.rs", "use crate::a::A;"),
    ];
    assert!(faults(&files, Some("b a\nc d_that_comes_later # a comment")).is_empty());
    assert!(faults(&files, Some("b\na\nc")).is_empty());
    for broken in ["a b\nc", "a\nb\nc"] {
        let found = faults(&files, Some(broken));
        assert_eq!(found.len(), 1);
        assert!(
            found[0].starts_with("a.rs:1: a uses b (crate::b::B), which is higher in layers.txt"),
            "{found:?}"
        );
    }
}

#[test]
fn every_module_is_in_one_line() {
    let files = [("lib.rs", "mod a; mod b;"), ("a.rs", ""), ("b.rs", "")];
    assert!(faults(&files, Some("a"))[0].starts_with("b is in no line of layers.txt"));
    assert!(faults(&files, Some("a b\na"))[0].starts_with("layers.txt names a twice"));
}

#[test]
fn only_the_last_two_lines_await() {
    let waits = "async fn f() {\n    g().await;\n}";
    let files =
        |low, high| [("lib.rs", "mod a; mod b; mod c;"), ("a.rs", low), ("b.rs", high), ("c.rs", high)];
    assert!(faults(&files("", waits), Some("a\nb\nc")).is_empty());
    let found = faults(&files(waits, ""), Some("a\nb\nc"));
    assert!(found[0].starts_with("a.rs:2: a awaits"), "{found:?}");
    assert_eq!(faults(&files("fn f() { join!(g().await) }", ""), Some("a\nb\nc")).len(), 1);
}
