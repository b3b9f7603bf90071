//! The table of shapes: what each key of `seam.yaml` and `stack.yaml` takes. The check of files,
//! the nearest names and the JSON Schema all come from it.

pub(crate) mod seam;
pub(crate) mod stack;

use crate::form::Form;

/// What a value must be.
#[derive(Debug)]
pub(crate) enum Shape {
    /// Any value.
    Any,
    /// `true` or `false`.
    Bool,
    /// A string.
    Text(Form),
    /// A list; with `true` it has at least one item.
    List(&'static Shape, bool),
    /// A mapping.
    Mapping(&'static Mapping),
    /// A mapping, or nothing behind the colon, which is an empty one.
    MappingOrNothing(&'static Mapping),
    /// The first shape that fits the kind of value written.
    Either(&'static [Shape]),
}

/// The keys of a mapping.
#[derive(Debug)]
pub(crate) struct Mapping {
    /// Those with a meaning of their own.
    pub(crate) keys: &'static [Key],
    /// What any other key must look like and takes; `None` refuses other keys.
    pub(crate) others: Option<(Form, &'static Shape)>,
    /// Exactly one of these must be there; empty for no such rule.
    pub(crate) exactly_one: &'static [&'static str],
}

/// One key.
#[derive(Debug)]
pub(crate) struct Key {
    /// The key.
    pub(crate) name: &'static str,
    /// What it takes.
    pub(crate) shape: Shape,
    /// A sentence for editors.
    pub(crate) doc: &'static str,
    /// Must it be there, may it?
    pub(crate) need: Need,
}

/// Must a key be there?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// It may be left out.
    Optional,
    /// It may not.
    Required,
    /// The key is known and not built; this brings it.
    NotYet(&'static str),
}

impl Mapping {
    /// A mapping of these keys and no others.
    const fn of(keys: &'static [Key]) -> Self {
        Self { keys, others: None, exactly_one: &[] }
    }

    /// A mapping of any keys of a form to values of one shape.
    const fn each(form: Form, shape: &'static Shape) -> Self {
        Self { keys: &[], others: Some((form, shape)), exactly_one: &[] }
    }

    /// The key called `name`.
    pub(crate) fn key(&self, name: &str) -> Option<&Key> {
        self.keys.iter().find(|key| key.name == name)
    }

    /// The keys that may be written today.
    pub(crate) fn built(&self) -> impl Iterator<Item = &Key> {
        self.keys.iter().filter(|key| !matches!(key.need, Need::NotYet(_)))
    }
}

const fn key(name: &'static str, shape: Shape, doc: &'static str) -> Key {
    Key { name, shape, doc, need: Need::Optional }
}

const fn required(name: &'static str, shape: Shape, doc: &'static str) -> Key {
    Key { name, shape, doc, need: Need::Required }
}

const fn not_yet(name: &'static str, brings: &'static str) -> Key {
    Key { name, shape: Shape::Any, doc: "", need: Need::NotYet(brings) }
}

static FREE: Shape = Shape::Text(Form::Free);
static NAME: Shape = Shape::Text(Form::Name);
