//! The [`Arena`]: makes nodes in their normal form, each once.

use super::join::normal;
use super::{Atom, Id, Knot, Node, Types};
use ahash::AHashMap as HashMap;
use std::collections::BTreeSet;
use std::sync::Arc;

/// All schemas that are compared with each other.
#[derive(Debug)]
pub struct Arena {
    nodes: Vec<Arc<Node>>,
    ids: HashMap<Arc<Node>, Id>,
    /// What each knot is tied to.
    knots: Vec<Option<Id>>,
    /// Atoms of which two were joined already: a schema of shared parts has many paths to a pair.
    pub(super) pairs: HashMap<(Id, Id), Id>,
}

impl Default for Arena {
    fn default() -> Self {
        Self::new()
    }
}

impl Arena {
    /// The schema of every value.
    pub const TRUE: Id = Id(0);
    /// The schema of no value: `Not(TRUE)`.
    pub const FALSE: Id = Id(1);

    /// One with the two schemas that every arena has.
    pub fn new() -> Self {
        let mut arena = Self { nodes: Vec::new(), ids: HashMap::new(), knots: Vec::new(), pairs: HashMap::new() };
        arena.add(Node::True);
        arena.add(Node::Not(Self::TRUE));
        arena
    }

    /// The schema of an id.
    pub fn node(&self, id: Id) -> &Node {
        &self.nodes[id.0 as usize]
    }

    /// How many schemas there are.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Never: an arena has at least two.
    pub fn is_empty(&self) -> bool {
        false
    }

    fn add(&mut self, node: Node) -> Id {
        if let Some(id) = self.ids.get(&node) {
            return *id;
        }
        let id = Id(u32::try_from(self.nodes.len()).expect("fewer than 2^32 schemas fit into memory"));
        let node = Arc::new(node);
        self.nodes.push(node.clone());
        self.ids.insert(node, id);
        id
    }

    /// An atom; one that holds for all or for none becomes that.
    pub fn atom(&mut self, atom: Atom) -> Id {
        match &atom {
            Atom::Types(types) if *types == Types::ALL => Self::TRUE,
            Atom::Types(types) if types.is_none() => Self::FALSE,
            Atom::Enum(values) if values.is_empty() => Self::FALSE,
            Atom::MinLength(0) | Atom::MinItems(0) | Atom::MinProperties(0) => Self::TRUE,
            Atom::Contains(contains) if contains.min == 0 && contains.max.is_none() => Self::TRUE,
            Atom::Names(schema) if *schema == Self::TRUE => Self::TRUE,
            Atom::Properties(members) if members.schemas_are(Self::TRUE) => Self::TRUE,
            Atom::Items(items) if items.rest == Self::TRUE && items.prefix.iter().all(|id| *id == Self::TRUE) => {
                Self::TRUE
            }
            _ => self.add(Node::Atom(normal(atom))),
        }
    }

    /// The values of all of them.
    pub fn and(&mut self, ids: impl IntoIterator<Item = Id>) -> Id {
        let mut parts = BTreeSet::new();
        self.flatten(ids, true, &mut parts);
        let mut parts = self.joined(parts);
        if parts.contains(&Self::FALSE) || self.contradicts(&parts) {
            return Self::FALSE;
        }
        parts.remove(&Self::TRUE);
        match parts.len() {
            0 => Self::TRUE,
            1 => parts.pop_first().unwrap_or(Self::TRUE),
            _ => self.add(Node::And(parts.into_iter().collect())),
        }
    }

    /// The values of any of them.
    pub fn or(&mut self, ids: impl IntoIterator<Item = Id>) -> Id {
        let mut parts = BTreeSet::new();
        self.flatten(ids, false, &mut parts);
        if parts.contains(&Self::TRUE) || self.contradicts(&parts) {
            return Self::TRUE;
        }
        parts.remove(&Self::FALSE);
        match parts.len() {
            0 => Self::FALSE,
            1 => parts.pop_first().unwrap_or(Self::FALSE),
            _ => self.add(Node::Or(parts.into_iter().collect())),
        }
    }

    /// The values of exactly one of them.
    pub fn one(&mut self, ids: impl IntoIterator<Item = Id>) -> Id {
        let mut parts: Vec<Id> = ids.into_iter().filter(|id| *id != Self::FALSE).collect();
        parts.sort_unstable();
        match parts.as_slice() {
            [] => Self::FALSE,
            [only] => *only,
            _ => self.add(Node::One(parts)),
        }
    }

    /// The values that it refuses.
    pub fn not(&mut self, id: Id) -> Id {
        match self.node(id) {
            Node::Not(inner) => *inner,
            _ => self.add(Node::Not(id)),
        }
    }

    /// The node in its normal form.
    pub fn intern(&mut self, node: Node) -> Id {
        match node {
            Node::And(parts) => self.and(parts),
            Node::Or(parts) => self.or(parts),
            Node::One(parts) => self.one(parts),
            Node::Not(inner) => self.not(inner),
            Node::Atom(atom) => self.atom(atom),
            node @ (Node::True | Node::Ref(_)) => self.add(node),
        }
    }

    /// A knot that is tied later, and the schema that stands for it meanwhile.
    pub fn knot(&mut self) -> (Knot, Id) {
        let knot = Knot(u32::try_from(self.knots.len()).expect("fewer than 2^32 knots fit into memory"));
        self.knots.push(None);
        (knot, self.add(Node::Ref(knot)))
    }

    /// Ties a knot.
    pub fn tie(&mut self, knot: Knot, id: Id) {
        self.knots[knot.0 as usize] = Some(id);
    }

    /// What a knot is tied to; before that, itself would be asked for, which is a mistake of the caller.
    pub fn tied(&self, knot: Knot) -> Id {
        self.knots[knot.0 as usize].expect("a knot is tied before anybody asks what it is tied to")
    }

    /// The knots that are tied to schemas of their own, with those.
    pub fn knots(&self) -> impl Iterator<Item = (Knot, Id)> {
        let knots = (0..).map(Knot).zip(&self.knots).filter_map(|(knot, tied)| Some((knot, (*tied)?)));
        knots.filter(|(_, id)| !matches!(self.node(*id), Node::Ref(_)))
    }

    /// The schema behind the knots that stand for it.
    pub fn body(&self, mut id: Id) -> Id {
        while let Node::Ref(knot) = self.node(id) {
            id = self.tied(*knot);
        }
        id
    }

    /// The parts of nested conjunctions (`all`) or disjunctions.
    fn flatten(&self, ids: impl IntoIterator<Item = Id>, all: bool, into: &mut BTreeSet<Id>) {
        for id in ids {
            match self.node(id) {
                Node::And(parts) if all => into.extend(parts),
                Node::Or(parts) if !all => into.extend(parts),
                _ => {
                    into.insert(id);
                }
            }
        }
    }

    /// Whether a schema and its negation are among them.
    fn contradicts(&self, parts: &BTreeSet<Id>) -> bool {
        parts.iter().any(|id| matches!(self.node(*id), Node::Not(inner) if parts.contains(inner)))
    }
}
