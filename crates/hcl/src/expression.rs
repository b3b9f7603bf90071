//! Small questions to parsed Terraform code.

use hcl_edit::Span;
use hcl_edit::expr::{Expression, ObjectKey};
use hcl_edit::structure::{Attribute, Block, BlockLabel, Body};
use serde_json::Value as Json;
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

/// The value of an expression that is literal throughout.
pub(crate) fn literal(expression: &Expression) -> Option<Json> {
    match expression {
        Expression::Null(_) => Some(Json::Null),
        Expression::Bool(value) => Some(Json::Bool(*value.value())),
        Expression::Number(number) => serde_json::from_str(&number.value().to_string()).ok(),
        Expression::String(text) => Some(Json::String(text.value().clone())),
        Expression::Array(items) => items.iter().map(literal).collect(),
        Expression::Object(members) => {
            let member = |(key, value): (&ObjectKey, &hcl_edit::expr::ObjectValue)| {
                let key = match key {
                    ObjectKey::Ident(key) => key.as_str(),
                    ObjectKey::Expression(key) => key.as_str()?,
                };
                Some((key.to_owned(), literal(value.expr())?))
            };
            members.iter().map(member).collect::<Option<_>>().map(Json::Object)
        }
        Expression::Parenthesis(inner) => literal(inner.inner()),
        _ => None,
    }
}

/// A block's body that is literal throughout, as an object.
pub(crate) fn literal_body(body: &Body) -> Option<Json> {
    let set = body.attributes().map(|it| Some((it.key.as_str().to_owned(), literal(&it.value)?)));
    let nested = body.blocks().map(|it| Some((it.ident.as_str().to_owned(), literal_body(&it.body)?)));
    set.chain(nested).collect::<Option<_>>().map(Json::Object)
}

/// A text as it is, any other value as JSON.
pub(crate) fn literal_text(value: Json) -> String {
    match value {
        Json::String(text) => text,
        other => other.to_string(),
    }
}
