//! The rules of conditions in schemas: one row a step, with its end of the id and its sentence where
//! values are accepted, and where they are emitted.

use super::{Condition, Step};

pub(super) type Ends = (&'static str, &'static str);

/// Condition, step, what it is where values are accepted, and where they are emitted.
pub(super) const CONDITIONS: &[(Condition, Step, Ends, Ends)] = {
    use Condition as C;
    use Step::{Alone, Stricter};
    &[
        (
            C::Type,
            Alone,
            ("type-narrowed", "any type was accepted, now {new} only"),
            ("type-widened", "the type was {old}, now it may be any"),
        ),
        (
            C::Type,
            Stricter,
            ("type-narrowed", "the type was {old}, now only {new} is accepted"),
            ("type-widened", "the type was {old}, now it may be {new}"),
        ),
        (
            C::Null,
            Alone,
            ("became-not-nullable", "null was accepted and is not any more"),
            ("became-nullable", "it was never null and now may be"),
        ),
        (
            C::Null,
            Stricter,
            ("became-not-nullable", "null was accepted and is not any more"),
            ("became-nullable", "it was never null and now may be"),
        ),
        (
            C::OtherType,
            Stricter,
            ("type-changed", "the type was {old}, now it is {new}"),
            ("type-changed", "the type was {old}, now it is {new}"),
        ),
        (
            C::Enum,
            Alone,
            ("became-enum", "it was no enumeration, now only these are accepted: {new}"),
            ("became-not-enum", "it was one of {old}, now it may be something else"),
        ),
        (
            C::Enum,
            Stricter,
            ("enum-value-removed", "not accepted any more: {more}"),
            ("enum-value-added", "it may now be {more}, which it never was"),
        ),
        (
            C::Const,
            Alone,
            ("const-added", "only {new} is accepted now"),
            ("const-removed", "it was always {old}, now it may be something else"),
        ),
        (
            C::Const,
            Stricter,
            ("const-changed", "only {new} is accepted, before {old}"),
            ("const-changed", "it was always {old}, now it is {new}"),
        ),
        (
            C::Minimum,
            Alone,
            ("min-set", "there was no minimum, now it must be {new}"),
            ("min-unset", "it was {old}, now it may be smaller"),
        ),
        (
            C::Minimum,
            Stricter,
            ("min-increased", "it had to be {old}, now {new}"),
            ("min-decreased", "it was {old}, now it may be {new}"),
        ),
        (
            C::Maximum,
            Alone,
            ("max-set", "there was no maximum, now it must be {new}"),
            ("max-unset", "it was {old}, now it may be larger"),
        ),
        (
            C::Maximum,
            Stricter,
            ("max-decreased", "it had to be {old}, now {new}"),
            ("max-increased", "it was {old}, now it may be {new}"),
        ),
        (
            C::MultipleOf,
            Alone,
            ("multiple-of-set", "it must now be a multiple of {new}"),
            ("multiple-of-unset", "it was a multiple of {old}, now it may be another number"),
        ),
        (
            C::MultipleOf,
            Stricter,
            ("multiple-of-changed", "it had to be a multiple of {old}, now of {new}"),
            ("multiple-of-changed", "it was a multiple of {old}, now of {new}"),
        ),
        (
            C::MinLength,
            Alone,
            ("min-length-set", "any length was accepted, now {new} or more"),
            ("min-length-unset", "its length was {old} or more, now it may be shorter"),
        ),
        (
            C::MinLength,
            Stricter,
            ("min-length-increased", "a length of {old} was enough, now {new} is needed"),
            ("min-length-decreased", "its length was {old} or more, now it may be {new}"),
        ),
        (
            C::MaxLength,
            Alone,
            ("max-length-set", "any length was accepted, now up to {new}"),
            ("max-length-unset", "its length was up to {old}, now it may be longer"),
        ),
        (
            C::MaxLength,
            Stricter,
            ("max-length-decreased", "a length of up to {old} was accepted, now up to {new}"),
            ("max-length-increased", "its length was up to {old}, now it may be {new}"),
        ),
        (
            C::Pattern,
            Alone,
            ("pattern-added", "it must now match {new}"),
            ("pattern-removed", "it matched {old}, now it may be another text"),
        ),
        (
            C::Pattern,
            Stricter,
            ("pattern-narrowed", "it had to match {old}, now {new}"),
            ("pattern-widened", "it matched {old}, now it matches {new}"),
        ),
        (
            C::Format,
            Alone,
            ("format-added", "any text was accepted, now the format {new} only"),
            ("format-removed", "its format was {old}, now it may be another text"),
        ),
        (
            C::Format,
            Stricter,
            ("format-changed", "its format was {old}, now it must be {new}"),
            ("format-changed", "its format was {old}, now it is {new}"),
        ),
        (
            C::Items,
            Alone,
            ("items-refused", "an item was accepted here and is not any more"),
            ("items-added", "an item may be here where none was"),
        ),
        (
            C::Items,
            Stricter,
            ("items-narrowed", "its items are accepted in fewer forms than before"),
            ("items-widened", "its items may be more than before"),
        ),
        (
            C::MinItems,
            Alone,
            ("min-items-set", "an empty list was accepted, now {new} or more items are needed"),
            ("min-items-unset", "it had {old} or more items, now it may be empty"),
        ),
        (
            C::MinItems,
            Stricter,
            ("min-items-increased", "{old} or more items were enough, now {new} or more are needed"),
            ("min-items-decreased", "it had {old} or more items, now {new} or more"),
        ),
        (
            C::MaxItems,
            Alone,
            ("max-items-set", "any number of items was accepted, now up to {new}"),
            ("max-items-unset", "it had up to {old} items, now it may have more"),
        ),
        (
            C::MaxItems,
            Stricter,
            ("max-items-decreased", "up to {old} items were accepted, now up to {new}"),
            ("max-items-increased", "it had up to {old} items, now up to {new}"),
        ),
        (
            C::UniqueItems,
            Alone,
            ("unique-items-added", "equal items were accepted and are not any more"),
            ("unique-items-removed", "no two items were equal, now they may be"),
        ),
        (
            C::Contains,
            Alone,
            ("contains-added", "certain items must now be among its items"),
            ("contains-removed", "certain items were always among its items, now they may be missing"),
        ),
        (
            C::Contains,
            Stricter,
            ("contains-narrowed", "other items than before must be among its items"),
            ("contains-widened", "the items that were always among its items may now be others"),
        ),
        (
            C::Required,
            Alone,
            ("new-required", "it is new and required: who does not send it is refused"),
            ("required-removed", "it was always there and is gone"),
        ),
        (
            C::Required,
            Stricter,
            ("became-required", "it was optional, now it is required: who does not send it is refused"),
            ("became-optional", "it was always there, now it may be missing"),
        ),
        (
            C::Undeclared,
            Alone,
            ("removed", "it was accepted, now it is refused as undeclared"),
            ("added", "it is new, and no undeclared member was promised to come"),
        ),
        (
            C::Property,
            Alone,
            ("declared", "anything was accepted under this name, now it has a schema"),
            ("undeclared", "it had a schema, now anything may be under this name"),
        ),
        (
            C::Property,
            Stricter,
            ("narrowed", "less is accepted than before"),
            ("widened", "it may be more than before"),
        ),
        (
            C::PatternProperty,
            Stricter,
            ("pattern-property-narrowed", "members whose names match {new} are accepted in fewer forms"),
            ("pattern-property-widened", "members whose names match {old} may be more than before"),
        ),
        (
            C::AdditionalProperties,
            Stricter,
            ("additional-properties-narrowed", "undeclared members are accepted in fewer forms than before"),
            ("additional-properties-widened", "undeclared members may be more than before"),
        ),
        (
            C::MinProperties,
            Alone,
            ("min-properties-set", "an object without members was accepted, now {new} or more are needed"),
            ("min-properties-unset", "it had {old} or more members, now it may be empty"),
        ),
        (
            C::MinProperties,
            Stricter,
            ("min-properties-increased", "{old} or more members were enough, now {new} or more are needed"),
            ("min-properties-decreased", "it had {old} or more members, now {new} or more"),
        ),
        (
            C::MaxProperties,
            Alone,
            ("max-properties-set", "any number of members was accepted, now up to {new}"),
            ("max-properties-unset", "it had up to {old} members, now it may have more"),
        ),
        (
            C::MaxProperties,
            Stricter,
            ("max-properties-decreased", "up to {old} members were accepted, now up to {new}"),
            ("max-properties-increased", "it had up to {old} members, now up to {new}"),
        ),
        (
            C::PropertyNames,
            Alone,
            ("property-names-added", "any name was accepted, now certain names only"),
            ("property-names-removed", "its names were certain ones, now they may be any"),
        ),
        (
            C::PropertyNames,
            Stricter,
            ("property-names-narrowed", "fewer names are accepted than before"),
            ("property-names-widened", "its names may be more than before"),
        ),
        (
            C::OneOf,
            Alone,
            ("one-of-added", "now it must be one of certain alternatives"),
            ("one-of-removed", "it was one of certain alternatives, now it may be something else"),
        ),
        (
            C::OneOf,
            Stricter,
            ("one-of-removed", "no alternative accepts any more what {more} did"),
            ("one-of-added", "{more} is new: no alternative had such a value"),
        ),
        (
            C::AnyOf,
            Alone,
            ("any-of-added", "now it must be one of certain alternatives"),
            ("any-of-removed", "it was one of certain alternatives, now it may be something else"),
        ),
        (
            C::AnyOf,
            Stricter,
            ("any-of-removed", "no alternative accepts any more what {more} did"),
            ("any-of-added", "{more} is new: no alternative had such a value"),
        ),
        (
            C::Not,
            Alone,
            ("not-added", "values are excluded that were accepted"),
            ("not-removed", "values may come that were excluded"),
        ),
        (
            C::If,
            Alone,
            ("if-added", "under a condition less is accepted than before"),
            ("if-removed", "what held under a condition holds no more"),
        ),
        (
            C::DependentRequired,
            Alone,
            ("dependent-required-added", "where {more} is sent, more is needed than before"),
            ("dependent-required-removed", "where {more} was, more was there than now"),
        ),
    ]
};
