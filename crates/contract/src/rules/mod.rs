//! The tables of rules. What is decided before schemas has one row a rule; a condition in a schema
//! has one row for both directions: what a client may no longer send and what a client may now get
//! are the same step, seen from either end.

mod before_schemas;
mod conditions;

use crate::finding::Severity;
use before_schemas::BEFORE_SCHEMAS;
use conditions::CONDITIONS;

/// Who must be able to go on: those who send, or those who read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// What is accepted must still admit what was sent: old ⊆ new.
    Accepts,
    /// What is emitted must stay inside what was promised: new ⊆ old.
    Emits,
}

impl Direction {
    /// As options and reports name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Accepts => "accepts",
            Self::Emits => "emits",
        }
    }
}

/// What a schema is the contract of; rule ids begin with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "named as in the documents")]
pub enum Surface {
    RequestBody,
    RequestParameter,
    ResponseBody,
    ResponseHeader,
    WebhookBody,
    WebhookParameter,
    WebhookResponseBody,
    WebhookResponseHeader,
    Output,
    Input,
    Event,
    Column,
    /// A bare schema of what is sent out.
    Emitted,
    /// A bare schema of what is taken in.
    Accepted,
}

impl Surface {
    /// Which way its values go.
    pub fn direction(self) -> Direction {
        match self {
            Self::RequestBody
            | Self::RequestParameter
            | Self::WebhookResponseBody
            | Self::WebhookResponseHeader
            | Self::Input
            | Self::Accepted => Direction::Accepts,
            _ => Direction::Emits,
        }
    }

    /// Whether its values are part of an HTTP request, so that `readOnly` members are not in them.
    pub fn is_request(self) -> bool {
        matches!(self, Self::RequestBody | Self::RequestParameter | Self::WebhookBody | Self::WebhookParameter)
    }

    /// What the ids of its rules begin with, for a part of the value (`nested`) or the whole.
    pub fn prefix(self, nested: bool) -> &'static str {
        match (self, nested) {
            (Self::RequestBody, false) => "request-body",
            (Self::RequestBody, true) => "request-property",
            (Self::RequestParameter, false) => "request-parameter",
            (Self::RequestParameter, true) => "request-parameter-property",
            (Self::ResponseBody, false) => "response-body",
            (Self::ResponseBody, true) => "response-property",
            (Self::ResponseHeader, false) => "response-header",
            (Self::ResponseHeader, true) => "response-header-property",
            (Self::WebhookBody, false) => "webhook-body",
            (Self::WebhookBody, true) => "webhook-property",
            (Self::WebhookParameter, false) => "webhook-parameter",
            (Self::WebhookParameter, true) => "webhook-parameter-property",
            (Self::WebhookResponseBody, false) => "webhook-response-body",
            (Self::WebhookResponseBody, true) => "webhook-response-property",
            (Self::WebhookResponseHeader, false) => "webhook-response-header",
            (Self::WebhookResponseHeader, true) => "webhook-response-header-property",
            (Self::Output, false) => "output",
            (Self::Output, true) => "output-property",
            (Self::Input, false) => "input",
            (Self::Input, true) => "input-property",
            (Self::Event, false) => "event",
            (Self::Event, true) => "event-property",
            (Self::Column, false) => "column",
            (Self::Column, true) => "column-property",
            (Self::Emitted, false) => "emitted-value",
            (Self::Emitted, true) => "emitted-property",
            (Self::Accepted, false) => "accepted-value",
            (Self::Accepted, true) => "accepted-property",
        }
    }
}

/// A condition in a schema, as far as rules tell conditions apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "named as the keywords")]
pub enum Condition {
    Type,
    /// `null` is the whole difference of the types.
    Null,
    /// The types have nothing in common.
    OtherType,
    Enum,
    Const,
    Minimum,
    Maximum,
    MultipleOf,
    MinLength,
    MaxLength,
    Pattern,
    Format,
    Items,
    MinItems,
    MaxItems,
    UniqueItems,
    Contains,
    Required,
    Property,
    /// A member of a name that the other side does not declare.
    Undeclared,
    PatternProperty,
    AdditionalProperties,
    MinProperties,
    MaxProperties,
    PropertyNames,
    OneOf,
    AnyOf,
    Not,
    If,
    DependentRequired,
    /// Several conditions together, or one that no rule names.
    Other,
}

impl Condition {
    /// The keywords that it is written with.
    pub fn keywords(self) -> &'static [&'static str] {
        match self {
            Self::Type | Self::Null | Self::OtherType => &["type", "enum", "const"],
            Self::Enum | Self::Const => &["enum", "const"],
            Self::Minimum => &["minimum", "exclusiveMinimum"],
            Self::Maximum => &["maximum", "exclusiveMaximum"],
            Self::MultipleOf => &["multipleOf"],
            Self::MinLength => &["minLength"],
            Self::MaxLength => &["maxLength"],
            Self::Pattern => &["pattern"],
            Self::Format => &["format"],
            Self::Items => &["items", "prefixItems"],
            Self::MinItems => &["minItems"],
            Self::MaxItems => &["maxItems"],
            Self::UniqueItems => &["uniqueItems"],
            Self::Contains => &["contains"],
            Self::Required => &["required"],
            Self::PatternProperty => &["patternProperties"],
            Self::AdditionalProperties => &["additionalProperties", "unevaluatedProperties"],
            Self::MinProperties => &["minProperties"],
            Self::MaxProperties => &["maxProperties"],
            Self::PropertyNames => &["propertyNames"],
            Self::OneOf => &["oneOf"],
            Self::AnyOf => &["anyOf"],
            Self::Not => &["not"],
            Self::If => &["if", "then", "else"],
            Self::DependentRequired => &["dependentRequired", "dependentSchemas", "dependencies", "if"],
            Self::Property | Self::Undeclared | Self::Other => &[],
        }
    }
}

/// How the stricter side differs from the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// It has the condition, the other has none of the kind.
    Alone,
    /// Both have one, and its is stricter.
    Stricter,
}

/// A rule's end (its beginning is the [`Surface`]'s prefix) and its sentence, in which `{old}`,
/// `{new}` and `{more}` stand for what the documents say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Words {
    /// The end of the id.
    pub id: &'static str,
    /// What changed.
    pub sentence: &'static str,
}

/// The words of a step of a condition in a direction.
pub fn words(condition: Condition, step: Step, direction: Direction) -> Words {
    let row = CONDITIONS.iter().find(|row| row.0 == condition && row.1 == step);
    let (id, sentence) = match (row, direction) {
        (Some(row), Direction::Accepts) => row.2,
        (Some(row), Direction::Emits) => row.3,
        (None, Direction::Accepts) => ("narrowed", "a value was accepted that is not any more: {more}"),
        (None, Direction::Emits) => ("widened", "a value may come that never did: {more}"),
    };
    Words { id, sentence }
}

/// How much a rule of what is decided before schemas weighs.
pub fn severity(id: &str) -> Severity {
    BEFORE_SCHEMAS.iter().find(|rule| rule.0 == id).map_or(Severity::Error, |rule| rule.1)
}

/// Whether a rule of this id is in the table of what is decided before schemas.
pub fn is_known(id: &str) -> bool {
    BEFORE_SCHEMAS.iter().any(|rule| rule.0 == id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn each_row_is_there_once() {
        let ids: BTreeSet<&str> = BEFORE_SCHEMAS.iter().map(|rule| rule.0).collect();
        assert_eq!(ids.len(), BEFORE_SCHEMAS.len());
        let rows: BTreeSet<(Condition, Step)> = CONDITIONS.iter().map(|row| (row.0, row.1)).collect();
        assert_eq!(rows.len(), CONDITIONS.len());
    }

    #[test]
    fn a_step_reads_the_other_way_round_where_values_are_emitted() {
        let ids = |condition, step| {
            [Direction::Accepts, Direction::Emits].map(|direction| words(condition, step, direction).id)
        };
        assert_eq!(ids(Condition::Required, Step::Stricter), ["became-required", "became-optional"]);
        assert_eq!(ids(Condition::Enum, Step::Stricter), ["enum-value-removed", "enum-value-added"]);
        assert_eq!(ids(Condition::MaxLength, Step::Alone), ["max-length-set", "max-length-unset"]);
        assert_eq!(ids(Condition::PatternProperty, Step::Alone), ["narrowed", "widened"]);
    }
}
