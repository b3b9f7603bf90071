//! From the draft to the shared arena: targets of references become the ids of their schemas, and
//! only those that contain themselves stay knots. Equal recursive schemas, of the two sides too,
//! get one knot.

use super::recursion::{Component, components, equal_knots};
use crate::ir::{Arena, Id, Knot, Node};
use ahash::{AHashMap as HashMap, AHashSet as HashSet};
use std::collections::BTreeSet;

/// What was brought over.
#[derive(Default)]
pub(super) struct Link {
    /// What stands for a knot of the draft.
    knots: HashMap<Knot, Id>,
    ids: HashMap<Id, Id>,
}

impl Link {
    /// The schema that a knot of the draft is tied to, in the arena.
    pub fn body(&mut self, draft: &Arena, root: Knot, arena: &mut Arena) -> Id {
        let root = without_aliases(draft, root);
        let known = &self.knots;
        let order = components(root, |knot| {
            let needed = references(draft, draft.tied(knot));
            needed.into_iter().filter(|knot| !known.contains_key(knot)).collect()
        });
        let mut fresh: HashMap<Knot, Knot> = HashMap::new();
        self.bring_all(draft, &order, &mut fresh, arena);
        let equal = equal_knots(arena, &fresh.values().copied().collect::<BTreeSet<_>>());
        if !equal.is_empty() {
            // Whatever contains one of two equal knots is made once more, of the one that stays.
            self.ids.clear();
            for (knot, same) in fresh.iter().filter_map(|(knot, fresh)| Some((knot, equal.get(fresh)?))) {
                let id = arena.intern(Node::Ref(*same));
                arena.tie(fresh[knot], id);
                self.knots.insert(*knot, id);
            }
            fresh.retain(|_, fresh| !equal.contains_key(fresh));
            self.bring_all(draft, &order, &mut fresh, arena);
        }
        arena.body(self.knots[&root])
    }

    /// Brings targets over, each after those that it needs; `fresh` are the knots of those that
    /// contain themselves.
    fn bring_all(&mut self, draft: &Arena, order: &[Component], fresh: &mut HashMap<Knot, Knot>, arena: &mut Arena) {
        for component in order {
            for knot in component.knots.iter().filter(|_| component.recursive) {
                if !self.knots.contains_key(knot) {
                    let (new, id) = arena.knot();
                    self.knots.insert(*knot, id);
                    fresh.insert(*knot, new);
                }
            }
            for knot in &component.knots {
                let id = self.bring(draft, draft.tied(*knot), arena);
                match (component.recursive, fresh.get(knot)) {
                    (true, Some(fresh)) => arena.tie(*fresh, id),
                    (true, None) => {}
                    (false, _) => drop(self.knots.insert(*knot, id)),
                }
            }
        }
    }

    /// Brings over what a target is made of.
    fn bring(&mut self, draft: &Arena, id: Id, arena: &mut Arena) -> Id {
        if let Some(known) = self.ids.get(&id) {
            return *known;
        }
        let found = match draft.node(id) {
            Node::Ref(knot) => self.knots[&without_aliases(draft, *knot)],
            node => {
                let node = node.map(|inner| self.bring(draft, inner, arena));
                arena.intern(node)
            }
        };
        self.ids.insert(id, found);
        found
    }
}

/// The knot behind those that are tied to nothing but another.
fn without_aliases(draft: &Arena, mut knot: Knot) -> Knot {
    while let Node::Ref(next) = draft.node(draft.tied(knot)) {
        knot = *next;
    }
    knot
}

/// The knots that a schema of the draft refers to.
fn references(draft: &Arena, id: Id) -> Vec<Knot> {
    let (mut found, mut seen, mut open) = (Vec::new(), HashSet::new(), vec![id]);
    while let Some(id) = open.pop() {
        if !seen.insert(id) {
            continue;
        }
        match draft.node(id) {
            Node::Ref(knot) => found.push(without_aliases(draft, *knot)),
            node => open.extend(node.schemas()),
        }
    }
    found
}
