//! Reads a crate as it is written: its modules, what `use` brings into each, and the paths that each names.
//!
//! What is compiled for tests alone is left out, and so are comments and strings, which hold no paths for the compiler.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, Expr, ExprLit, ImplItem, Item, Lit, Meta, Stmt, TraitItem, UseTree, Visibility};

/// Names from the root of a crate down to a module or an item. The root has none.
pub(super) type Name = Vec<String>;

/// Gives the text of a file, if there is such a file.
pub(super) type Read<'a> = &'a dyn Fn(&Path) -> Option<String>;

/// A line of a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct SourceLine {
    file: PathBuf,
    line: usize,
}

impl fmt::Display for SourceLine {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}", self.file.display(), self.line)
    }
}

/// What one module says.
#[derive(Debug, Default)]
pub(super) struct Module {
    /// What `use` brings in, by the name that it has here.
    pub(super) imports: BTreeMap<String, Name>,
    /// The paths that begin with `crate`, `self` or `super`, in `use` or anywhere else.
    pub(super) paths: Vec<(Name, SourceLine)>,
    /// Each `pub use path::*`: it does not say which names it passes on.
    pub(super) public_globs: Vec<(Name, SourceLine)>,
    /// Each `.await`.
    pub(super) awaits: Vec<SourceLine>,
}

/// Reads the crate whose root is this file, and gives its modules by name.
pub(super) fn modules(root: &Path, read: Read<'_>) -> BTreeMap<Name, Module> {
    let folder = root.parent().unwrap_or(root).to_owned();
    let mut reader =
        Reader { read, modules: BTreeMap::new(), at: Name::new(), file: root.to_owned(), folder, blocks: 0 };
    reader.file();
    reader.modules
}

struct Reader<'a> {
    read: Read<'a>,
    modules: BTreeMap<Name, Module>,
    /// The module that is being read.
    at: Name,
    /// Its file.
    file: PathBuf,
    /// Where the files of its own modules are.
    folder: PathBuf,
    /// How many blocks of code are open: a `use` in one is of that block alone.
    blocks: usize,
}

impl Reader<'_> {
    fn file(&mut self) {
        let text = (self.read)(&self.file);
        let text = text.unwrap_or_else(|| panic!("{}: there is no such file", self.file.display()));
        let file = syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", self.file.display()));
        if !for_tests_alone(&file.attrs) {
            self.modules.entry(self.at.clone()).or_default();
            self.visit_file(&file);
        }
    }

    fn module(&mut self) -> &mut Module {
        self.modules.entry(self.at.clone()).or_default()
    }

    fn place(&self, name: &Ident) -> SourceLine {
        SourceLine { file: self.file.clone(), line: name.span().start().line }
    }

    fn path(&mut self, names: &[Ident]) {
        if let [first, .., last] = names
            && is_rooted(first)
        {
            // The line of the last name: a brace group may be many lines long.
            let path = (names.iter().map(Ident::to_string).collect(), self.place(last));
            self.module().paths.push(path);
        }
    }

    /// The leaves of `a::{b, c::d}` are `a::b` and `a::c::d`.
    fn leaves(&mut self, before: &[Ident], tree: &UseTree, public: bool) {
        let with = |name: &Ident| [before, std::slice::from_ref(name)].concat();
        match tree {
            UseTree::Path(path) => self.leaves(&with(&path.ident), &path.tree, public),
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.leaves(before, tree, public)),
            UseTree::Name(name) if name.ident == "self" => self.import(before, before.last()),
            UseTree::Name(name) => self.import(&with(&name.ident), Some(&name.ident)),
            UseTree::Rename(name) if name.ident == "self" => self.import(before, Some(&name.rename)),
            UseTree::Rename(name) => self.import(&with(&name.ident), Some(&name.rename)),
            UseTree::Glob(_) => self.glob(before, public),
        }
    }

    fn glob(&mut self, path: &[Ident], public: bool) {
        let (Some(first), Some(last)) = (path.first(), path.last()) else { return };
        let glob = (path.iter().map(Ident::to_string).collect::<Name>(), self.place(last));
        if is_rooted(first) {
            self.module().paths.push(glob.clone());
        }
        if public {
            self.module().public_globs.push(glob);
        }
    }

    fn import(&mut self, path: &[Ident], name: Option<&Ident>) {
        if let (0, Some(name)) = (self.blocks, name) {
            let path = path.iter().map(Ident::to_string).collect();
            self.module().imports.insert(name.to_string(), path);
        }
        self.path(path);
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        if !for_tests_alone(attributes(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_impl_item(&mut self, item: &'ast ImplItem) {
        let attributes = match item {
            ImplItem::Const(item) => &item.attrs,
            ImplItem::Fn(item) => &item.attrs,
            ImplItem::Type(item) => &item.attrs,
            _ => return visit::visit_impl_item(self, item),
        };
        if !for_tests_alone(attributes) {
            visit::visit_impl_item(self, item);
        }
    }

    fn visit_trait_item(&mut self, item: &'ast TraitItem) {
        let TraitItem::Fn(function) = item else { return visit::visit_trait_item(self, item) };
        if !for_tests_alone(&function.attrs) {
            visit::visit_trait_item(self, item);
        }
    }

    fn visit_stmt(&mut self, statement: &'ast Stmt) {
        let Stmt::Local(local) = statement else { return visit::visit_stmt(self, statement) };
        if !for_tests_alone(&local.attrs) {
            visit::visit_stmt(self, statement);
        }
    }

    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        let name = module.ident.to_string();
        let (file, folder, blocks) = (self.file.clone(), self.folder.clone(), self.blocks);
        self.at.push(name.clone());
        self.blocks = 0;
        if let Some((_, items)) = &module.content {
            self.folder.push(&name);
            self.module();
            items.iter().for_each(|item| self.visit_item(item));
        } else {
            (self.file, self.folder) = self.file_of(&name, &module.attrs);
            self.file();
        }
        (self.file, self.folder, self.blocks) = (file, folder, blocks);
        self.at.pop();
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        // `::name` is another crate.
        if item.leading_colon.is_none() {
            self.leaves(&[], &item.tree, !matches!(item.vis, Visibility::Inherited));
        }
    }

    fn visit_block(&mut self, block: &'ast syn::Block) {
        self.blocks += 1;
        visit::visit_block(self, block);
        self.blocks -= 1;
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names: Vec<_> = path.segments.iter().map(|segment| segment.ident.clone()).collect();
        self.path(&names);
        visit::visit_path(self, path);
    }

    fn visit_expr_await(&mut self, awaited: &'ast syn::ExprAwait) {
        let line = awaited.await_token.span.start().line;
        let place = SourceLine { file: self.file.clone(), line };
        self.module().awaits.push(place);
        visit::visit_expr_await(self, awaited);
    }

    /// What a macro or an attribute is given has no syntax of its own: its paths are found by their first name.
    fn visit_token_stream(&mut self, tokens: &'ast TokenStream) {
        self.tokens(tokens.clone());
    }
}

impl Reader<'_> {
    fn tokens(&mut self, tokens: TokenStream) {
        let tokens: Vec<_> = tokens.into_iter().collect();
        for (index, token) in tokens.iter().enumerate() {
            match token {
                TokenTree::Group(group) => self.tokens(group.stream()),
                TokenTree::Ident(name) if name == "await" && ends_with(&tokens[..index], ".") => {
                    let place = self.place(name);
                    self.module().awaits.push(place);
                }
                TokenTree::Ident(_) if !ends_with(&tokens[..index], "::") => {
                    self.path(&path_in(&tokens[index..]));
                }
                _ => {}
            }
        }
    }

    /// The file of a module, and the folder of the files of its own modules.
    fn file_of(&self, name: &str, attributes: &[Attribute]) -> (PathBuf, PathBuf) {
        let named = attributes.iter().find_map(|attribute| match &attribute.meta {
            Meta::NameValue(pair) if pair.path.is_ident("path") => match &pair.value {
                Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
                _ => None,
            },
            _ => None,
        });
        let folder = self.folder.join(name);
        let file = folder.with_extension("rs");
        match named {
            Some(path) => {
                let folder = self.file.parent().unwrap_or(&self.folder);
                (folder.join(path), folder.to_owned())
            }
            None if (self.read)(&file).is_some() => (file, folder),
            None => (folder.join("mod.rs"), folder),
        }
    }
}

fn is_rooted(name: &Ident) -> bool {
    ["crate", "self", "super"].iter().any(|root| name == root)
}

fn ends_with(tokens: &[TokenTree], marks: &str) -> bool {
    let is = |(token, mark): (&TokenTree, char)| matches!(token, TokenTree::Punct(punct) if punct.as_char() == mark);
    tokens.len() >= marks.len() && tokens.iter().rev().zip(marks.chars()).all(is)
}

/// The path at the start of these tokens: names with two colons between each.
fn path_in(mut tokens: &[TokenTree]) -> Vec<Ident> {
    let mut names = Vec::new();
    while let [TokenTree::Ident(name), rest @ ..] = tokens {
        names.push(name.clone());
        let colons = rest.get(..2).is_some_and(|marks| ends_with(marks, "::"));
        tokens = if colons { &rest[2..] } else { &[] };
    }
    names
}

/// Whether `#[cfg(test)]` or `#[cfg(all(test, ..))]` is among these.
fn for_tests_alone(attributes: &[Attribute]) -> bool {
    let is_test = |token: TokenTree| matches!(token, TokenTree::Ident(name) if name == "test");
    attributes.iter().any(|attribute| {
        let Meta::List(list) = &attribute.meta else { return false };
        let tokens: Vec<_> = list.tokens.clone().into_iter().collect();
        list.path.is_ident("cfg")
            && match tokens.as_slice() {
                [TokenTree::Ident(name)] => name == "test",
                [TokenTree::Ident(name), TokenTree::Group(all)] => {
                    name == "all" && all.stream().into_iter().any(is_test)
                }
                _ => false,
            }
    })
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}
