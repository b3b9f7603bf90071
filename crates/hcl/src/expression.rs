//! Small questions to parsed Terraform code.

use hcl_edit::Span;
use hcl_edit::expr::Expression;
use hcl_edit::structure::{Attribute, Block, BlockLabel, Body};
use std::ops::Range;

/// The byte span of a parsed node. Every node that the parser made has one.
pub(crate) fn span(node: &impl Span) -> Range<usize> {
    node.span().unwrap_or_default()
}

/// The label at `index`.
pub(crate) fn label(block: &Block, index: usize) -> Option<&str> {
    block.labels.get(index).map(|label| match label {
        BlockLabel::Ident(ident) => ident.as_str(),
        BlockLabel::String(text) => text.as_str(),
    })
}

/// The span from the block's type to its last label: what a diagnostic underlines.
pub(crate) fn header(block: &Block) -> Range<usize> {
    let start = span(&block.ident);
    let end = match block.labels.last() {
        Some(BlockLabel::Ident(ident)) => span(ident).end,
        Some(BlockLabel::String(text)) => span(text).end,
        None => start.end,
    };
    start.start..end
}

/// The attribute `name` of a block.
pub(crate) fn attribute<'a>(body: &'a Body, name: &str) -> Option<&'a Attribute> {
    body.attributes().find(|attribute| attribute.key.as_str() == name)
}

/// The literal boolean that an attribute is set to.
pub(crate) fn boolean(body: &Body, name: &str) -> Option<bool> {
    match &attribute(body, name)?.value {
        Expression::Bool(value) => Some(*value.value()),
        Expression::String(text) => text.parse().ok(),
        _ => None,
    }
}

/// The literal string that an attribute is set to.
pub(crate) fn string(body: &Body, name: &str) -> Option<String> {
    attribute(body, name)?.value.as_str().map(str::to_owned)
}
