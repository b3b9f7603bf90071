//! Which objects an expression refers to (`var.a`, `path.module`, `local.b`), with spans; names that
//! a `for` binds are not references.

use crate::expression::span;
use hcl_edit::Decorated;
use hcl_edit::expr::{Expression, ForExpr, Traversal, TraversalOperator};
use hcl_edit::structure::{Attribute, Block, Body};
use hcl_edit::template::{ForTemplateExpr, Template};
use hcl_edit::visit::{Visit, visit_expr, visit_for_template_expr, visit_traversal_operator};
use std::ops::Range;

/// One reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reference {
    /// Its first word: `var`, `local`, `path`, a resource type.
    pub(crate) root: String,
    /// The word after the first dot.
    pub(crate) name: Option<String>,
    /// The span of `root`.
    pub(crate) root_span: Range<usize>,
    /// The span of `root` to `name`.
    pub(crate) span: Range<usize>,
}

/// The references of a whole file.
pub(crate) fn in_body(body: &Body) -> Vec<Reference> {
    let mut finder = Finder::default();
    finder.visit_body(body);
    finder.found
}

/// The references of a block.
pub(crate) fn in_block(block: &Block) -> Vec<Reference> {
    let mut finder = Finder::default();
    finder.visit_block(block);
    finder.found
}

/// The references of an attribute's value.
pub(crate) fn in_attribute(attribute: &Attribute) -> Vec<Reference> {
    let mut finder = Finder::default();
    finder.visit_attr(attribute);
    finder.found
}

/// The references of a template.
pub(crate) fn in_template(template: &Template) -> Vec<Reference> {
    let mut finder = Finder::default();
    finder.visit_template(template);
    finder.found
}

#[derive(Default)]
struct Finder {
    found: Vec<Reference>,
    /// Names bound by the `for`s around.
    bound: Vec<String>,
}

impl Finder {
    fn add(&mut self, root: &str, root_span: Range<usize>, name: Option<(&str, Range<usize>)>) {
        if self.bound.iter().any(|bound| bound == root) {
            return;
        }
        let end = name.as_ref().map_or(root_span.end, |(_, span)| span.end);
        self.found.push(Reference {
            root: root.to_owned(),
            name: name.map(|(name, _)| name.to_owned()),
            span: root_span.start..end,
            root_span,
        });
    }

    fn traversal(&mut self, traversal: &Traversal) {
        match &traversal.expr {
            Expression::Variable(root) => {
                let name = match traversal.operators.first().map(Decorated::value) {
                    Some(TraversalOperator::GetAttr(name)) => Some((name.as_str(), span(name))),
                    _ => None,
                };
                self.add(root.as_str(), span(root), name);
            }
            other => self.visit_expr(other),
        }
        for operator in &traversal.operators {
            visit_traversal_operator(self, operator);
        }
    }

    /// Visits what sees the names that a `for` binds.
    fn binding(&mut self, names: impl IntoIterator<Item = String>, visit: impl FnOnce(&mut Self)) {
        let outside = self.bound.len();
        self.bound.extend(names);
        visit(self);
        self.bound.truncate(outside);
    }
}

impl Visit for Finder {
    fn visit_expr(&mut self, node: &Expression) {
        match node {
            Expression::Traversal(traversal) => self.traversal(traversal),
            Expression::Variable(name) => self.add(name.as_str(), span(name), None),
            _ => visit_expr(self, node),
        }
    }

    fn visit_for_expr(&mut self, node: &ForExpr) {
        self.visit_expr(&node.intro.collection_expr);
        let names = node.intro.key_var.iter().chain([&node.intro.value_var]).map(|name| name.as_str().to_owned());
        self.binding(names, |finder| {
            if let Some(key) = &node.key_expr {
                finder.visit_expr(key);
            }
            finder.visit_expr(&node.value_expr);
            if let Some(condition) = &node.cond {
                finder.visit_expr(&condition.expr);
            }
        });
    }

    // The library's own traversal leaves the collection out.
    fn visit_for_template_expr(&mut self, node: &ForTemplateExpr) {
        self.visit_expr(&node.collection_expr);
        let names = node.key_var.iter().chain([&node.value_var]).map(|name| name.as_str().to_owned());
        self.binding(names, |finder| visit_for_template_expr(finder, node));
    }
}

#[cfg(test)]
mod tests {
    use super::in_body;

    fn roots(code: &str) -> Vec<String> {
        let body = hcl_edit::parser::parse_body(code).unwrap();
        in_body(&body).iter().map(|reference| code[reference.span.clone()].to_owned()).collect()
    }

    #[test]
    fn every_kind_of_expression_is_searched() {
        let code = r#"
a = "${var.a}-${upper("${var.b}")}"
b = { (var.c) = var.d, "${var.e}" : [var.f[var.g].x] }
c = var.h ? !var.i : -var.j + f(var.k...)
d = [for x in var.l : "${x}${var.m}" if var.n]
e = <<-E
  %{ for y in var.o ~} ${y} ${var.p} %{ endfor ~}
  %{ if var.q }${var.r}%{ else }${var.s}%{ endif }
E
f {
  dynamic "g" {
    for_each = var.t.*.id
  }
}
"#;
        let names: String = roots(code).iter().map(|root| root.trim_start_matches("var.")).collect();
        assert_eq!(names, "abcdefghijklmnopqrst");
    }

    #[test]
    fn a_bound_name_is_no_reference() {
        assert_eq!(roots("a = [for var in var.a : var.b]\nb = var.c\n"), ["var.a", "var.c"]);
        assert_eq!(roots("a = \"%{ for var in var.a }${var.b}%{ endfor }${var.c}\"\n"), ["var.a", "var.c"]);
    }

    #[test]
    fn space_and_comments_may_stand_inside() {
        assert_eq!(roots("a = (\n  var # c\n  .x\n  .y\n)\n"), ["var # c\n  .x"]);
    }
}
