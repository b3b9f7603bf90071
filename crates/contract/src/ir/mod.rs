//! The internal form of schemas: an [`Arena`] of hash-consed [`Node`]s. Structurally equal schemas
//! have the same [`Id`], across documents; so equality is a comparison of numbers, and what was
//! proved once holds wherever the schema stands.
//!
//! An atom speaks of one type and holds for every value of another; its negation therefore implies
//! its type. This removes what `type`-less keywords would else need as special cases.

mod arena;
mod join;

pub use arena::Arena;

use crate::decimal::Decimal;
use crate::json::{Json, Type};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A schema in an [`Arena`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(u32);

/// A place in a cycle of schemas: what a `$ref` back to a schema that is being compiled becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Knot(u32);

/// A schema: a combination of others, or an atom.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Node {
    /// Every value.
    True,
    /// The values of all; sorted, without duplicates, at least two.
    And(Vec<Id>),
    /// The values of any; sorted, without duplicates, at least two.
    Or(Vec<Id>),
    /// The values of exactly one; sorted, **with** duplicates: `oneOf: [{}, {}]` has no value.
    One(Vec<Id>),
    /// The values that the other refuses; never of a `Not`.
    Not(Id),
    /// The schema that the knot is tied to.
    Ref(Knot),
    /// A condition on one type.
    Atom(Atom),
}

/// A condition on values of one type; values of other types fulfil it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Atom {
    /// The value's type is one of these: the one atom that speaks of all types.
    Types(Types),
    /// The value is one of these, of whatever type; at least one, sorted.
    Enum(Vec<Json>),
    /// Whole.
    Integer,
    /// At least (`exclusive`: above).
    Minimum(Bound),
    /// At most (`exclusive`: below).
    Maximum(Bound),
    /// A multiple of a number above zero.
    MultipleOf(Decimal),
    /// At least this many code points.
    MinLength(u64),
    /// At most this many code points.
    MaxLength(u64),
    /// The pattern, in ECMA-262's syntax with the flag `u`, is found in the text.
    Pattern(Arc<str>),
    /// The text is of the format; `int32` and their like are bounds, annotations are nothing.
    Format(Arc<str>),
    /// `prefixItems` and `items` of one schema object.
    Items(Items),
    /// At least this many items.
    MinItems(u64),
    /// At most this many items.
    MaxItems(u64),
    /// No two items are equal.
    Unique,
    /// `contains` with `minContains` and `maxContains`.
    Contains(Contains),
    /// `properties`, `patternProperties` and `additionalProperties` of one schema object.
    Properties(Properties),
    /// The property is there.
    Required(Arc<str>),
    /// At least this many properties.
    MinProperties(u64),
    /// At most this many properties.
    MaxProperties(u64),
    /// `propertyNames`: each name, as a string, is a value of the schema.
    Names(Id),
    /// Something that is not interpreted; equal ones have equal content.
    Opaque(Opaque),
}

/// A set of types.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Types(u8);

/// An end of an interval.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Bound {
    /// The number.
    pub at: Decimal,
    /// Whether the number itself is outside.
    pub exclusive: bool,
}

/// What items are: the first ones each, then all others.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Items {
    /// The schema of the item at each of the first places.
    pub prefix: Vec<Id>,
    /// The schema of every later item.
    pub rest: Id,
}

/// How many items are values of a schema: `min ≤ n ≤ max`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Contains {
    /// The schema.
    pub schema: Id,
    /// At least.
    pub min: u64,
    /// At most; nothing: any number.
    pub max: Option<u64>,
}

/// What the values of properties are, by name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Properties {
    /// By name.
    pub named: BTreeMap<Arc<str>, Id>,
    /// By patterns that are found in the name; sorted by pattern.
    pub patterns: Vec<(Arc<str>, Id)>,
    /// Of a name that neither says anything of.
    pub additional: Id,
}

/// A keyword that is not interpreted, with why.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Opaque {
    /// The types it may speak of: of others it holds.
    pub types: Types,
    /// The keyword and its value with targets resolved: equal ones are the same condition.
    pub content: Arc<str>,
    /// Why it is not interpreted, for people.
    pub reason: Arc<str>,
}

impl Types {
    /// No type.
    pub const NONE: Self = Self(0);
    /// Every type.
    pub const ALL: Self = Self(0b11_1111);

    /// One type.
    pub const fn one(kind: Type) -> Self {
        Self(1 << kind as u8)
    }

    /// Whether the type is in the set.
    pub const fn has(self, kind: Type) -> bool {
        self.0 & Self::one(kind).0 != 0
    }

    /// In both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// In any.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Not in it.
    #[must_use]
    pub const fn not(self) -> Self {
        Self(!self.0 & Self::ALL.0)
    }

    /// Whether there is none.
    pub const fn is_none(self) -> bool {
        self.0 == 0
    }

    /// The types in it, the simplest first.
    pub fn iter(self) -> impl Iterator<Item = Type> {
        Type::ALL.into_iter().filter(move |kind| self.has(*kind))
    }
}

impl FromIterator<Type> for Types {
    fn from_iter<I: IntoIterator<Item = Type>>(kinds: I) -> Self {
        kinds.into_iter().fold(Self::NONE, |set, kind| set.or(Self::one(kind)))
    }
}

impl Node {
    /// The schemas that it is made of; of a `Ref` none.
    pub fn schemas(&self) -> Vec<Id> {
        match self {
            Self::And(parts) | Self::Or(parts) | Self::One(parts) => parts.clone(),
            Self::Not(inner) => vec![*inner],
            Self::Atom(atom) => atom.schemas(),
            Self::True | Self::Ref(_) => Vec::new(),
        }
    }

    /// The same of other schemas; the outcome may not be in its normal form.
    #[must_use]
    pub fn map(&self, mut change: impl FnMut(Id) -> Id) -> Self {
        let mut each = |ids: &[Id]| ids.iter().map(|id| change(*id)).collect();
        match self {
            Self::And(parts) => Self::And(each(parts)),
            Self::Or(parts) => Self::Or(each(parts)),
            Self::One(parts) => Self::One(each(parts)),
            Self::Not(inner) => Self::Not(change(*inner)),
            Self::Atom(atom) => Self::Atom(atom.map(change)),
            Self::True | Self::Ref(_) => self.clone(),
        }
    }
}

impl Atom {
    fn schemas(&self) -> Vec<Id> {
        match self {
            Self::Items(items) => items.prefix.iter().copied().chain([items.rest]).collect(),
            Self::Contains(contains) => vec![contains.schema],
            Self::Properties(Properties { named, patterns, additional }) => {
                let patterns = patterns.iter().map(|(_, id)| *id);
                named.values().copied().chain(patterns).chain([*additional]).collect()
            }
            Self::Names(schema) => vec![*schema],
            _ => Vec::new(),
        }
    }

    fn map(&self, mut change: impl FnMut(Id) -> Id) -> Self {
        match self {
            Self::Items(Items { prefix, rest }) => {
                let prefix = prefix.iter().map(|id| change(*id)).collect();
                Self::Items(Items { prefix, rest: change(*rest) })
            }
            Self::Contains(contains) => {
                Self::Contains(Contains { schema: change(contains.schema), ..contains.clone() })
            }
            Self::Properties(Properties { named, patterns, additional }) => Self::Properties(Properties {
                named: named.iter().map(|(name, id)| (name.clone(), change(*id))).collect(),
                patterns: patterns.iter().map(|(pattern, id)| (pattern.clone(), change(*id))).collect(),
                additional: change(*additional),
            }),
            Self::Names(schema) => Self::Names(change(*schema)),
            plain => plain.clone(),
        }
    }

    /// The types that it can refuse values of.
    pub fn types(&self) -> Types {
        match self {
            Self::Types(_) | Self::Enum(_) => Types::ALL,
            Self::Integer | Self::Minimum(_) | Self::Maximum(_) | Self::MultipleOf(_) => Types::one(Type::Number),
            Self::MinLength(_) | Self::MaxLength(_) | Self::Pattern(_) | Self::Format(_) => Types::one(Type::String),
            Self::Items(_) | Self::MinItems(_) | Self::MaxItems(_) | Self::Unique | Self::Contains(_) => {
                Types::one(Type::Array)
            }
            Self::Properties(_)
            | Self::Required(_)
            | Self::MinProperties(_)
            | Self::MaxProperties(_)
            | Self::Names(_) => Types::one(Type::Object),
            Self::Opaque(opaque) => opaque.types,
        }
    }
}
