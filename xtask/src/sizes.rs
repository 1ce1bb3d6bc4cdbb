//! Files and functions that have grown past what reads well. A report, not a verdict.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

/// Lines of code in a file, tests left out.
const FILE_LINES_MAX: usize = 400;
/// Lines of a function, signature and closing brace included.
const FUNCTION_LINES_MAX: usize = 70;

/// One line for each file or function that is too long.
pub(crate) fn report(root: &Path) -> anyhow::Result<Vec<String>> {
    let mut findings = Vec::new();
    for folder in ["crates", "xtask"] {
        for file in rust_files(&root.join(folder))? {
            let text = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
            let name = file
                .strip_prefix(root)
                .unwrap_or(&file)
                .display()
                .to_string();
            let parsed = syn::parse_file(&text).with_context(|| name.clone())?;
            let lines = code_lines(&text, &parsed);
            if lines > FILE_LINES_MAX {
                findings.push(format!("{name} has {lines} lines of code"));
            }
            let mut functions = Functions {
                file: &name,
                findings: &mut findings,
            };
            functions.visit_file(&parsed);
        }
    }
    findings.sort();
    Ok(findings)
}

/// All Rust files below a folder.
pub(crate) fn rust_files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
            let path = entry?.path();
            if path.is_dir() && path.file_name().is_some_and(|name| name != "target") {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

/// Lines that are neither blank nor comments, outside `#[cfg(test)]` modules.
fn code_lines(text: &str, file: &syn::File) -> usize {
    let tests: Vec<_> = file
        .items
        .iter()
        .filter(|item| is_test_module(item))
        .map(|item| item.span().start().line..=item.span().end().line)
        .collect();
    text.lines()
        .enumerate()
        .filter(|(index, line)| {
            let line = line.trim();
            let in_tests = tests.iter().any(|range| range.contains(&(index + 1)));
            !in_tests && !line.is_empty() && !line.starts_with("//")
        })
        .count()
}

fn is_test_module(item: &syn::Item) -> bool {
    let syn::Item::Mod(module) = item else {
        return false;
    };
    module.attrs.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute
                .parse_args::<syn::Path>()
                .is_ok_and(|path| path.is_ident("test"))
    })
}

struct Functions<'a> {
    file: &'a str,
    findings: &'a mut Vec<String>,
}

impl Functions<'_> {
    fn check(&mut self, name: &syn::Ident, span: proc_macro2::Span) {
        let lines = span.end().line - span.start().line + 1;
        if lines > FUNCTION_LINES_MAX {
            self.findings
                .push(format!("{}: fn {name} has {lines} lines", self.file));
        }
    }
}

impl<'ast> Visit<'ast> for Functions<'_> {
    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        self.check(&function.sig.ident, function.block.span());
        visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        self.check(&function.sig.ident, function.block.span());
        visit::visit_impl_item_fn(self, function);
    }
}
