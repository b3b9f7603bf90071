//! The shape of the source: each file opens with what it is for, files and functions stay small.

use crate::program::root;
use std::path::{Path, PathBuf};

/// Lines of a file.
const FILE_LINES_MAX: usize = 400;
/// Lines of a function, from its `fn` to its closing brace.
const FUNCTION_LINES_MAX: usize = 70;
/// `FILE` or `FILE: FUNCTION` that may be longer, each with its reason.
const LONGER: &[(&str, &str)] = &[];

/// Looks at every Rust file of the workspace.
pub(crate) fn check() -> Result<(), String> {
    let mut files = Vec::new();
    for folder in ["crates", "xtask"] {
        rust_files(&root().join(folder), &mut files).map_err(|error| format!("{folder}: {error}"))?;
    }
    files.sort();
    let mut problems = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
        let name = file.strip_prefix(root()).unwrap_or(&file).display().to_string();
        problems.extend(problems_of(&name, &text));
    }
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n")) }
}

fn rust_files(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() && !path.ends_with("target") {
            rust_files(&path, files)?;
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            files.push(path);
        }
    }
    Ok(())
}

fn problems_of(name: &str, text: &str) -> Vec<String> {
    let longer = |what: &str| LONGER.iter().any(|(exception, _)| *exception == what);
    let mut problems = Vec::new();
    if !text.starts_with("//!") {
        problems.push(format!("{name}:1 opens with no `//!` header that says what it is for"));
    }
    let lines = text.lines().count();
    if lines > FILE_LINES_MAX && !longer(name) {
        problems.push(format!("{name} has {lines} lines, at most {FILE_LINES_MAX}"));
    }
    for function in functions(text).into_iter().filter(|function| function.lines > FUNCTION_LINES_MAX) {
        let Function { name: own, line, lines } = function;
        if !longer(&format!("{name}: {own}")) {
            problems.push(format!("{name}:{line} `{own}` has {lines} lines, at most {FUNCTION_LINES_MAX}"));
        }
    }
    problems
}

#[derive(Debug, PartialEq, Eq)]
struct Function {
    name: String,
    /// Where it begins, from 1.
    line: usize,
    lines: usize,
}

/// The functions of a formatted file: the closing brace of one stands under its first word.
fn functions(text: &str) -> Vec<Function> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let code = line.trim_start();
        let Some(name) = function_name(code) else { continue };
        if line.ends_with('}') || line.ends_with(';') {
            continue;
        }
        let indent = &line[..line.len() - code.len()];
        let own = |other: &str| other.strip_prefix(indent).is_some_and(|rest| !rest.starts_with([' ', ')']));
        let end = lines[at + 1..].iter().position(|other| !other.trim().is_empty() && own(other));
        let Some(end) = end.filter(|end| lines[at + 1 + end].trim() == "}") else { continue };
        found.push(Function { name: name.to_owned(), line: at + 1, lines: end + 2 });
    }
    found
}

/// `run` of `pub(crate) async fn run(…`.
fn function_name(code: &str) -> Option<&str> {
    let mut rest = code;
    while let Some((word, after)) = rest.split_once(' ') {
        if word == "fn" {
            let end = after.find(|c: char| !c.is_alphanumeric() && c != '_')?;
            return Some(&after[..end]);
        }
        if !(word.starts_with("pub") || ["async", "const", "unsafe", "extern", "\"C\""].contains(&word)) {
            return None;
        }
        rest = after;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{functions, problems_of};

    #[test]
    fn functions_are_measured_to_their_closing_brace() {
        let text = "//! x\npub(crate) fn a(\n    b: u8,\n) -> u8 {\n    if b {\n    }\n\n    b\n}\n\nimpl X {\n    fn c() {}\n    fn d();\n    async fn e() {\n        1\n    }\n}\n";
        let found: Vec<_> = functions(text).into_iter().map(|f| (f.name, f.line, f.lines)).collect();
        assert_eq!(found, [("a".to_owned(), 2, 8), ("e".to_owned(), 14, 3)]);
    }

    #[test]
    fn what_is_too_long_or_has_no_header_is_named() {
        let body = "    x();\n".repeat(69);
        let text = format!("fn long() {{\n{body}}}\n{}", "\n".repeat(400));
        assert_eq!(
            problems_of("a.rs", &text),
            [
                "a.rs:1 opens with no `//!` header that says what it is for",
                "a.rs has 471 lines, at most 400",
                "a.rs:1 `long` has 71 lines, at most 70"
            ]
        );
        assert!(problems_of("a.rs", "//! a\nfn short() {\n    x();\n}\n").is_empty());
    }
}
