//! The [`Shape`] of a schema: what can be read off without solving anything, the types that its
//! values have, and for objects the properties that are always there and the constants that they
//! may have. Two schemas are *apart* where their shapes have no value in common; a property that
//! tells the alternatives of a union apart is its tag.

use super::Solver;
use super::goal::Literal;
use crate::ir::{Atom, Id, Node, Types};
use crate::json::{Json, Type};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

/// How deep references and combinations are followed; deeper, nothing is known.
const DEPTH_MAX: usize = 40;

/// What every value of a schema looks like; each part may be too wide, never too narrow.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    pub(super) types: Types,
    /// Of objects: names that are there.
    required: BTreeSet<Arc<str>>,
    /// Of objects: constants that a property, where it is there, is one of.
    constants: BTreeMap<Arc<str>, Rc<BTreeSet<Json>>>,
}

impl Shape {
    fn of_types(types: Types) -> Self {
        Self { types, required: BTreeSet::new(), constants: BTreeMap::new() }
    }

    /// Narrows it to what is of the other as well.
    fn meet(&mut self, other: &Self) {
        self.types = self.types.and(other.types);
        self.required.extend(other.required.iter().cloned());
        for (name, constants) in &other.constants {
            let met = match self.constants.get(name) {
                Some(own) => Rc::new(own.intersection(constants).cloned().collect()),
                None => constants.clone(),
            };
            self.constants.insert(name.clone(), met);
        }
        if self.required.iter().any(|name| self.constants.get(name).is_some_and(|constants| constants.is_empty())) {
            self.types = self.types.and(Types::one(Type::Object).not());
        }
    }

    /// Widens it by what is of the other.
    fn join(&mut self, other: &Self) {
        let (own, others) = (self.types.has(Type::Object), other.types.has(Type::Object));
        self.types = self.types.or(other.types);
        if !own {
            (self.required, self.constants) = (other.required.clone(), other.constants.clone());
        } else if others {
            self.required.retain(|name| other.required.contains(name));
            self.constants.retain(|name, _| other.constants.contains_key(name));
            for (name, constants) in &mut self.constants {
                *constants = Rc::new(constants.union(&other.constants[name]).cloned().collect());
            }
        }
    }

    /// How many names it requires that the other does not: the fewer, the more likely it takes in
    /// what the other describes.
    pub(super) fn names_beyond(&self, other: &Self) -> usize {
        self.required.iter().filter(|name| !other.required.contains(*name)).count()
    }

    /// Whether no value has both shapes.
    pub(super) fn is_apart(&self, other: &Self) -> bool {
        let common = self.types.and(other.types);
        let object = Types::one(Type::Object);
        common.is_none() || (common == object && (self.has_other_tag(other) || other.has_other_tag(self)))
    }

    /// Whether a property that is always there has constants that the other does not admit.
    fn has_other_tag(&self, other: &Self) -> bool {
        self.required.iter().any(|name| match (self.constants.get(name), other.constants.get(name)) {
            (Some(own), Some(others)) => own.is_disjoint(others),
            _ => false,
        })
    }
}

impl Solver<'_> {
    /// The shape of a schema.
    pub(super) fn shape(&mut self, id: Id) -> Rc<Shape> {
        self.shape_at(id, 0)
    }

    /// The shape of what fulfils all of the literals.
    pub(super) fn shape_of(&mut self, literals: &[Literal]) -> Shape {
        let mut shape = Shape::of_types(Types::ALL);
        for literal in literals {
            if literal.holds {
                shape.meet(&self.shape(literal.id));
            } else {
                shape.types = shape.types.and(self.refused_types(literal.id, 0));
            }
        }
        shape
    }

    /// The disjunction that a `oneOf` is, where its alternatives are pairwise apart.
    pub(super) fn as_union(&mut self, one: Id) -> Option<Id> {
        if let Some(union) = self.unions.get(&one) {
            return *union;
        }
        let Node::One(parts) = self.arena.node(one) else { return None };
        let parts = parts.clone();
        let shapes: Vec<Rc<Shape>> = parts.iter().map(|part| self.shape(*part)).collect();
        let union = are_pairwise_apart(&shapes).then(|| self.arena.or(parts));
        self.unions.insert(one, union);
        union
    }

    fn shape_at(&mut self, id: Id, depth: usize) -> Rc<Shape> {
        if let Some(shape) = self.shapes.get(&id) {
            return shape.clone();
        }
        if depth > DEPTH_MAX {
            return Rc::new(Shape::of_types(Types::ALL));
        }
        let shape = Rc::new(match self.arena.node(id).clone() {
            Node::True => Shape::of_types(Types::ALL),
            Node::Not(inner) => Shape::of_types(self.refused_types(inner, depth + 1)),
            Node::Ref(knot) => return self.shape_at(self.arena.tied(knot), depth + 1),
            Node::Atom(atom) => self.shape_of_atom(&atom),
            Node::And(parts) => {
                let mut shape = Shape::of_types(Types::ALL);
                for part in parts {
                    shape.meet(&self.shape_at(part, depth + 1));
                }
                shape
            }
            Node::Or(parts) | Node::One(parts) => {
                let mut shape = Shape::of_types(Types::NONE);
                for part in parts {
                    shape.join(&self.shape_at(part, depth + 1));
                }
                shape
            }
        });
        self.shapes.insert(id, shape.clone());
        shape
    }

    fn shape_of_atom(&mut self, atom: &Atom) -> Shape {
        let mut shape = Shape::of_types(Types::ALL);
        match atom {
            Atom::Types(types) => shape.types = *types,
            Atom::Enum(values) => shape.types = values.iter().map(Json::kind).collect(),
            Atom::Required(name) => {
                shape.required.insert(name.clone());
            }
            Atom::Properties(properties) => {
                for (name, id) in &properties.named {
                    if let Some(constants) = self.constants_of(*id, 0) {
                        shape.constants.insert(name.clone(), constants);
                    }
                }
            }
            _ => {}
        }
        shape
    }

    /// The constants that a schema admits, where it names them.
    fn constants_of(&mut self, id: Id, depth: usize) -> Option<Rc<BTreeSet<Json>>> {
        if let Some(constants) = self.constants.get(&id) {
            return constants.clone();
        }
        if depth > DEPTH_MAX {
            return None;
        }
        let constants = match self.arena.node(id).clone() {
            Node::Atom(Atom::Enum(values)) => Some(Rc::new(values.into_iter().collect())),
            Node::And(parts) => parts.into_iter().find_map(|part| self.constants_of(part, depth + 1)),
            Node::Or(parts) => {
                let mut all = BTreeSet::new();
                let named = parts.into_iter().all(|part| match self.constants_of(part, depth + 1) {
                    Some(constants) => {
                        all.extend(constants.iter().cloned());
                        true
                    }
                    None => false,
                });
                named.then(|| Rc::new(all))
            }
            Node::Ref(knot) => self.constants_of(self.arena.tied(knot), depth + 1),
            _ => None,
        };
        self.constants.insert(id, constants.clone());
        constants
    }

    /// The types of values that a schema can refuse.
    pub(super) fn refused_types(&mut self, id: Id, depth: usize) -> Types {
        if let Some(types) = self.refused.get(&id) {
            return *types;
        }
        if depth > DEPTH_MAX {
            return Types::ALL;
        }
        let types = match self.arena.node(id).clone() {
            Node::True => Types::NONE,
            Node::Atom(Atom::Types(types)) => types.not(),
            Node::Atom(atom) => atom.types(),
            Node::And(parts) => {
                parts.into_iter().fold(Types::NONE, |types, part| types.or(self.refused_types(part, depth + 1)))
            }
            Node::Or(parts) => {
                parts.into_iter().fold(Types::ALL, |types, part| types.and(self.refused_types(part, depth + 1)))
            }
            Node::Ref(knot) => self.refused_types(self.arena.tied(knot), depth + 1),
            Node::Not(inner) => self.shape_at(inner, depth + 1).types,
            Node::One(_) => Types::ALL,
        };
        self.refused.insert(id, types);
        types
    }
}

/// Whether no two of them have a value in common: their types exclude each other, or a property
/// that all objects among them have tells them apart. Not each with each: 200 alternatives are
/// usual.
fn are_pairwise_apart(shapes: &[Rc<Shape>]) -> bool {
    let object = Types::one(Type::Object);
    let objects: Vec<&Rc<Shape>> = shapes.iter().filter(|shape| shape.types.has(Type::Object)).collect();
    let mut seen = Types::NONE;
    for shape in shapes {
        let others = shape.types.and(object.not());
        if !seen.and(others).is_none() {
            return false;
        }
        seen = seen.or(others);
    }
    objects.len() < 2 || objects[0].required.iter().any(|name| is_tag(name, &objects))
}

fn is_tag(name: &Arc<str>, objects: &[&Rc<Shape>]) -> bool {
    let mut seen = BTreeSet::new();
    objects.iter().all(|shape| {
        let constants = shape.constants.get(name).filter(|_| shape.required.contains(name));
        constants.is_some_and(|constants| constants.iter().all(|constant| seen.insert(constant)))
    })
}
