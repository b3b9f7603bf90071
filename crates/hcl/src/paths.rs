//! Which files and folders the code names: what file-reading functions are given, and strings that
//! start like a path (`./`, `../`, `${path.module}/`).

use crate::expression::span;
use crate::module::{Base, Item, LiteralPath};
use crate::source::{Place, Text};
use hcl_edit::expr::{Expression, FuncCall, Traversal, TraversalOperator};
use hcl_edit::structure::{Attribute, Block, Body};
use hcl_edit::template::{Element, ForTemplateExpr, Template};
use hcl_edit::visit::{Visit, visit_attr, visit_block, visit_expr, visit_for_template_expr};
use std::ops::Range;

/// The functions whose first argument is a file or folder that they read.
const READERS: [&str; 11] = [
    "file",
    "fileexists",
    "fileset",
    "filebase64",
    "filemd5",
    "filesha1",
    "filesha256",
    "filesha512",
    "filebase64sha256",
    "filebase64sha512",
    "templatefile",
];

// Characters for private use that stand for interpolations in a marked text.
const MODULE: char = '\u{e000}';
const ROOT: char = '\u{e001}';
const CWD: char = '\u{e002}';
const OTHER: char = '\u{e003}';

/// The paths in a file.
pub(crate) fn in_body(text: &Text, body: &Body) -> Vec<Item> {
    let mut finder = Finder::default();
    finder.visit_body(body);
    finder.found.into_iter().map(|(path, span)| item(path, text.place(span))).collect()
}

/// The paths in a string of a JSON file, which is the template `template` and stands at `place`.
pub(crate) fn in_template(template: &Template, place: &Place) -> Vec<Item> {
    let mut finder = Finder::default();
    finder.text(&marked_template(template), 0..0);
    finder.visit_template(template);
    finder.found.into_iter().map(|(path, _)| item(path, place.clone())).collect()
}

fn item(path: Found, place: Place) -> Item {
    match path {
        Some((base, text)) => Item::Path(LiteralPath { text, base, place }),
        None => Item::ComputedPath(place),
    }
}

/// A path; `None` where it is computed.
type Found = Option<(Base, String)>;

#[derive(Default)]
struct Finder {
    found: Vec<(Found, Range<usize>)>,
    /// Inside a `command`, any word may be a path.
    in_command: bool,
}

impl Finder {
    /// A string that may be a path, or a command whose words may be.
    fn text(&mut self, marked: &str, span: Range<usize>) {
        let is_separator = |c: char| c.is_whitespace() || "\"'`;|&()<>=".contains(c);
        let words = if self.in_command { marked.split(is_separator).collect() } else { vec![marked] };
        for word in words {
            let rest = word.trim_start_matches([MODULE, ROOT, CWD, '.']);
            if rest.starts_with('/') && rest.len() < word.len() {
                self.found.push((literal(word), span.clone()));
            }
        }
    }
}

impl Visit for Finder {
    fn visit_block(&mut self, node: &Block) {
        match node.ident.as_str() {
            "variable" | "terraform" => {}
            "module" => {
                node.body.attributes().filter(|it| it.key.as_str() != "source").for_each(|it| self.visit_attr(it));
            }
            _ => visit_block(self, node),
        }
    }

    fn visit_attr(&mut self, node: &Attribute) {
        let outside = self.in_command;
        self.in_command |= node.key.as_str() == "command";
        visit_attr(self, node);
        self.in_command = outside;
    }

    fn visit_expr(&mut self, node: &Expression) {
        if let (Expression::String(_) | Expression::StringTemplate(_) | Expression::HeredocTemplate(_), Some(marked)) =
            (node, marked(node))
        {
            self.text(&marked, span(node));
        }
        visit_expr(self, node);
    }

    fn visit_func_call(&mut self, node: &FuncCall) {
        let reads = node.name.namespace.is_empty() && READERS.contains(&node.name.name.as_str());
        let mut arguments = node.args.iter();
        if reads && let Some(first) = arguments.next() {
            self.found.push((marked(first).and_then(|text| literal(&text)), span(first)));
        }
        arguments.for_each(|argument| self.visit_expr(argument));
    }

    fn visit_for_template_expr(&mut self, node: &ForTemplateExpr) {
        self.visit_expr(&node.collection_expr);
        visit_for_template_expr(self, node);
    }
}

/// The path that a marked text is, unless another interpolation or the home folder is in it.
fn literal(marked: &str) -> Found {
    let mut rest = marked.chars();
    let (base, text) = match rest.next()? {
        MODULE => (Base::Module, rest.as_str()),
        ROOT => (Base::Root, rest.as_str()),
        CWD => (Base::Cwd, rest.as_str()),
        '~' => return None,
        _ => return (!marked.contains([MODULE, ROOT, CWD, OTHER])).then(|| (Base::Cwd, marked.to_owned())),
    };
    if text.contains([MODULE, ROOT, CWD, OTHER]) {
        return None;
    }
    match text.strip_prefix('/') {
        None if text.is_empty() => Some((base, ".".to_owned())),
        None => None,
        Some("") => Some((base, ".".to_owned())),
        Some(text) => Some((base, text.to_owned())),
    }
}

/// The text of an expression, with a mark for each interpolation. `None` for what is no string.
fn marked(expression: &Expression) -> Option<String> {
    match expression {
        Expression::String(text) => Some(text.as_str().to_owned()),
        Expression::StringTemplate(template) => Some(template.iter().map(marked_element).collect()),
        Expression::HeredocTemplate(heredoc) => Some(marked_template(&heredoc.template)),
        Expression::Parenthesis(inner) => marked(inner.inner()),
        Expression::Traversal(traversal) => folder(traversal).map(String::from),
        Expression::FuncCall(call) if call.name.name.as_str() == "abspath" => marked(call.args.iter().next()?),
        _ => None,
    }
}

fn marked_template(template: &Template) -> String {
    template.iter().map(marked_element).collect()
}

fn marked_element(element: &Element) -> String {
    match element {
        Element::Literal(text) => text.as_str().to_owned(),
        Element::Interpolation(interpolation) => marked(&interpolation.expr).unwrap_or_else(|| OTHER.to_string()),
        Element::Directive(_) => OTHER.to_string(),
    }
}

/// The mark of `path.module`, `path.root`, `path.cwd`.
fn folder(traversal: &Traversal) -> Option<char> {
    let [operator] = traversal.operators.as_slice() else { return None };
    match (&traversal.expr, operator.value()) {
        (Expression::Variable(root), TraversalOperator::GetAttr(name)) if root.as_str() == "path" => {
            match name.as_str() {
                "module" => Some(MODULE),
                "root" => Some(ROOT),
                "cwd" => Some(CWD),
                _ => None,
            }
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Base, SourceFile, read};

    fn paths(code: &str) -> (Vec<(Base, String)>, usize) {
        let file = SourceFile { name: "main.tf".to_owned(), bytes: code.into() };
        let (module, errors) = read(&[file]);
        assert_eq!(errors, []);
        (module.paths.into_iter().map(|path| (path.base, path.text)).collect(), module.computed_paths.len())
    }

    #[test]
    fn literal_and_computed_paths_are_told_apart() {
        use Base::{Cwd, Module, Root};
        type Literals = &'static [(Base, &'static str)];
        let table: [(&str, Literals, usize); 16] = [
            (r#"file("a.txt")"#, &[(Cwd, "a.txt")], 0),
            (r#"file("${path.module}/../a b.txt")"#, &[(Module, "../a b.txt")], 0),
            (r#"filesha256(abspath("${path.root}/a"))"#, &[(Root, "a")], 0),
            (r#"fileset(path.module, "*.json")"#, &[(Module, ".")], 0),
            (r#"file("/etc/hosts")"#, &[(Cwd, "/etc/hosts")], 0),
            (r#"file("${path.module}/${var.x}")"#, &[], 1),
            ("file(local.x)", &[], 1),
            (r#"file("~/x")"#, &[], 1),
            (r#"templatefile("${path.cwd}/x", { y = file("../y") })"#, &[(Cwd, "x"), (Cwd, "../y")], 0),
            (r#""${path.module}/src""#, &[(Module, "src")], 0),
            (r#""../src""#, &[(Cwd, "../src")], 0),
            (r#""${path.module}/${each.key}.json""#, &[], 1),
            (r#""plain ../text""#, &[], 0),
            ("path.module", &[], 0),
            (r#""${path.module}""#, &[], 0),
            (r#"base64encode("./x")"#, &[(Cwd, "./x")], 0),
        ];
        for (expression, literal, computed) in table {
            let expected: Vec<_> = literal.iter().map(|(base, text)| (*base, (*text).to_owned())).collect();
            assert_eq!(paths(&format!("locals {{\n  a = {expression}\n}}\n")), (expected, computed), "{expression}");
        }
    }

    #[test]
    fn each_word_of_a_command_may_be_a_path() {
        let code = "resource \"a\" \"b\" {\n  provisioner \"local-exec\" {\n    \
                    command = \"python '../tools/x.py' ./in ${path.module}/${var.y} plain\"\n  }\n}\n";
        let expected = vec![(Base::Cwd, "../tools/x.py".to_owned()), (Base::Cwd, "./in".to_owned())];
        assert_eq!(paths(code), (expected, 1));
    }

    #[test]
    fn sources_of_modules_and_defaults_are_no_paths() {
        let code =
            "module \"m\" {\n  source = \"../m\"\n  x = \"../x\"\n}\nvariable \"v\" {\n  default = \"../v\"\n}\n";
        assert_eq!(paths(code), (vec![(Base::Cwd, "../x".to_owned())], 0));
    }
}
