//! Conditions that have no schemas in them: which one of the left side is its counterpart, and what
//! both say.

use super::change::{Change, Texts};
use super::walk::{INTEGER, Left, Pair, Walk};
use super::ways::Sign;
use crate::ir::{Atom, Bound, Id, Node, Types};
use crate::json::{Json, Type};
use crate::rules::{Condition, Step};
use serde_json::Value;
use std::fmt::Write as _;

/// How many values a sentence names.
const VALUES_MAX: usize = 8;

impl<'a> Walk<'_, 'a, '_> {
    /// The changes that a condition without schemas shows.
    pub(super) fn atom(&mut self, left: &Left, part: Id, atom: &Atom, at: &Pair<'a>) -> Vec<Sign> {
        let atoms = self.atoms(left);
        let change = match atom {
            Atom::Types(types) => self.types(left, part, *types, &atoms, at),
            Atom::Integer => {
                let texts = Texts { left: types_text(&atoms), right: INTEGER.to_owned(), more: INTEGER.to_owned() };
                self.change(left.id, part, (Condition::Type, Step::Stricter), texts, at)
            }
            Atom::Enum(values) => self.enumeration(left, part, values, &atoms, at),
            Atom::Required(name) => self.required(left, part, name, at),
            Atom::Opaque(opaque) => {
                let mut change = self.change(left.id, part, (Condition::Other, Step::Stricter), Texts::default(), at);
                change.undecided = Some(crate::verdict::Reason::Keyword(opaque.reason.clone()));
                change
            }
            other => {
                let Some(condition) = condition(other) else { return Vec::new() };
                let counterpart = atoms.iter().find(|atom| self::condition(atom) == Some(condition));
                let step = if counterpart.is_some() { Step::Stricter } else { Step::Alone };
                let left_text = counterpart.map(text).unwrap_or_default();
                let texts = Texts { left: left_text, right: text(other), more: String::new() };
                self.change(left.id, part, (condition, step), texts, at)
            }
        };
        vec![change.into()]
    }

    /// The atoms that all hold on the left side.
    pub(super) fn atoms(&mut self, left: &Left) -> Vec<Atom> {
        let arena = self.solver.arena();
        let atom = |id: &Id| match arena.node(*id) {
            Node::Atom(atom) => Some(atom.clone()),
            _ => None,
        };
        left.parts.iter().filter_map(atom).collect()
    }

    fn types(&mut self, left: &Left, part: Id, right: Types, atoms: &[Atom], at: &Pair<'a>) -> Change {
        let declared = declared_types(atoms);
        let were = declared.unwrap_or(Types::ALL);
        let missing = were.and(right.not());
        let (condition, step) = match declared {
            _ if missing == Types::one(Type::Null) => (Condition::Null, Step::Stricter),
            None => (Condition::Type, Step::Alone),
            Some(_) if were.and(right).is_none() => (Condition::OtherType, Step::Stricter),
            Some(_) => (Condition::Type, Step::Stricter),
        };
        let mut rights = vec![Atom::Types(right)];
        rights.extend(at.integer.then_some(Atom::Integer));
        let texts = Texts { left: types_text(atoms), right: types_text(&rights), more: String::new() };
        self.change(left.id, part, (condition, step), texts, at)
    }

    fn enumeration(&mut self, left: &Left, part: Id, values: &[Json], atoms: &[Atom], at: &Pair<'a>) -> Change {
        let were = atoms.iter().find_map(|atom| match atom {
            Atom::Enum(values) => Some(values),
            _ => None,
        });
        let constant = |values: &[Json]| values.len() == 1;
        let missing: Vec<Json> = were.into_iter().flatten().filter(|value| !values.contains(value)).cloned().collect();
        let change = match were {
            // What `nullable` adds to an enumeration and takes from it.
            Some(_) if missing == [Json::Null] => (Condition::Null, Step::Stricter),
            None if constant(values) => (Condition::Const, Step::Alone),
            None => (Condition::Enum, Step::Alone),
            Some(were) if constant(were) && constant(values) => (Condition::Const, Step::Stricter),
            Some(_) => (Condition::Enum, Step::Stricter),
        };
        let left_text = were.map(|were| values_text(were)).unwrap_or_default();
        let texts = Texts { left: left_text, right: values_text(values), more: values_text(&missing) };
        self.change(left.id, part, change, texts, at)
    }
}

/// The types that the atoms leave, where one speaks of types.
fn declared_types(atoms: &[Atom]) -> Option<Types> {
    let of = |atom: &Atom| match atom {
        Atom::Types(types) => Some(*types),
        Atom::Enum(values) => Some(values.iter().map(Json::kind).collect()),
        _ => None,
    };
    atoms.iter().filter_map(of).reduce(Types::and)
}

fn types_text(atoms: &[Atom]) -> String {
    let Some(types) = declared_types(atoms) else { return "any".to_owned() };
    let name = |kind: Type| match kind {
        Type::Number if atoms.contains(&Atom::Integer) => INTEGER.to_owned(),
        kind => format!("`{}`", kind.name()),
    };
    let mut names: Vec<String> = types.iter().map(name).collect();
    // `null` is said last, as people do.
    names.sort_by_key(|name| name == "`null`");
    names.join(" or ")
}

/// Values as a sentence names them.
pub(super) fn values_text(values: &[Json]) -> String {
    let shown = values.iter().take(VALUES_MAX).map(|value| format!("`{}`", Value::from(value)));
    let mut text = shown.collect::<Vec<_>>().join(", ");
    if values.len() > VALUES_MAX {
        let _ = write!(text, " and {} more", values.len() - VALUES_MAX);
    }
    text
}

fn condition(atom: &Atom) -> Option<Condition> {
    Some(match atom {
        Atom::Minimum(_) => Condition::Minimum,
        Atom::Maximum(_) => Condition::Maximum,
        Atom::MultipleOf(_) => Condition::MultipleOf,
        Atom::MinLength(_) => Condition::MinLength,
        Atom::MaxLength(_) => Condition::MaxLength,
        Atom::Pattern(_) => Condition::Pattern,
        Atom::Format(_) => Condition::Format,
        Atom::MinItems(_) => Condition::MinItems,
        Atom::MaxItems(_) => Condition::MaxItems,
        Atom::Unique => Condition::UniqueItems,
        Atom::Contains(_) => Condition::Contains,
        Atom::MinProperties(_) => Condition::MinProperties,
        Atom::MaxProperties(_) => Condition::MaxProperties,
        Atom::Names(_) => Condition::PropertyNames,
        _ => return None,
    })
}

/// What the condition says, for a sentence.
fn text(atom: &Atom) -> String {
    let bound =
        |bound: &Bound, at: &str, beyond: &str| format!("{} {}", if bound.exclusive { beyond } else { at }, bound.at);
    match atom {
        Atom::Minimum(minimum) => bound(minimum, "at least", "above"),
        Atom::Maximum(maximum) => bound(maximum, "at most", "below"),
        Atom::MultipleOf(number) => number.to_string(),
        Atom::MinLength(count)
        | Atom::MaxLength(count)
        | Atom::MinItems(count)
        | Atom::MaxItems(count)
        | Atom::MinProperties(count)
        | Atom::MaxProperties(count) => count.to_string(),
        Atom::Pattern(text) | Atom::Format(text) => format!("`{text}`"),
        _ => String::new(),
    }
}
