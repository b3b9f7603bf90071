//! Schemas that contain themselves: which do ([`components`]), and which of them are equal
//! ([`equal_knots`]).

use crate::ir::{Arena, Id, Knot, Node};
use ahash::AHashMap as HashMap;
use std::collections::{BTreeMap, BTreeSet};

/// Knots that reach each other, or one alone.
pub(super) struct Component {
    pub knots: Vec<Knot>,
    /// Whether they contain themselves.
    pub recursive: bool,
}

/// A knot on the way of the search.
struct Visit {
    knot: Knot,
    number: usize,
    /// The least number that it is known to reach.
    low: usize,
    needed: Vec<Knot>,
}

/// The strongly connected components of what the root needs, each after those that it needs
/// itself: Tarjan's algorithm, without recursion.
pub(super) fn components(root: Knot, needed: impl Fn(Knot) -> Vec<Knot>) -> Vec<Component> {
    let (mut found, mut open, mut path) = (Vec::new(), Vec::new(), Vec::new());
    // The number of a knot while it is open; nothing once its component was found.
    let mut numbers: HashMap<Knot, Option<usize>> = HashMap::new();
    let mut selfish = BTreeSet::new();
    let mut begin = Some(root);
    loop {
        if let Some(knot) = begin.take() {
            let number = numbers.len();
            numbers.insert(knot, Some(number));
            open.push(knot);
            path.push(Visit { knot, number, low: number, needed: needed(knot) });
        }
        let Some(visit) = path.last_mut() else { return found };
        if let Some(next) = visit.needed.pop() {
            if next == visit.knot {
                selfish.insert(next);
            }
            match numbers.get(&next) {
                None => begin = Some(next),
                Some(Some(number)) => visit.low = visit.low.min(*number),
                Some(None) => {}
            }
            continue;
        }
        let (knot, number, low) = (visit.knot, visit.number, visit.low);
        path.pop();
        if let Some(before) = path.last_mut() {
            before.low = before.low.min(low);
        }
        if low == number {
            let at = open.iter().rposition(|other| *other == knot).unwrap_or(0);
            let knots = open.split_off(at);
            numbers.extend(knots.iter().map(|knot| (*knot, None)));
            let recursive = knots.len() > 1 || selfish.contains(&knot);
            found.push(Component { knots, recursive });
        }
    }
}

/// What two nodes must have in common to be equal so far.
#[derive(PartialEq, Eq, Hash)]
enum Look {
    /// The same node, in which no knot is.
    Same(Id),
    /// A reference to knots that are equal so far.
    Ref(usize),
    /// The same node but for its schemas, which are equal so far.
    Made(Node, Vec<usize>),
}

/// Colours of knots and nodes in one round of the refinement.
struct Round<'a> {
    arena: &'a Arena,
    /// The colours that the round before found.
    before: &'a BTreeMap<Knot, usize>,
    looks: HashMap<Look, usize>,
    colours: HashMap<Id, usize>,
}

/// Which of the fresh knots equal another one, that was there before or is the first of its kind.
///
/// Equal is what cannot be told apart however deep one looks: all knots start with one colour, and
/// are told apart by the colours of what they are tied to until no round tells more.
pub(super) fn equal_knots(arena: &Arena, fresh: &BTreeSet<Knot>) -> HashMap<Knot, Knot> {
    let mut equal = HashMap::new();
    if fresh.is_empty() {
        return equal;
    }
    let bodies: Vec<(Knot, Id)> = arena.knots().collect();
    let plain = plain_nodes(arena, &bodies);
    let mut colours: BTreeMap<Knot, usize> = bodies.iter().map(|(knot, _)| (*knot, 0)).collect();
    let mut count = 1;
    loop {
        let mut round = Round { arena, before: &colours, looks: HashMap::new(), colours: HashMap::new() };
        let next: BTreeMap<Knot, usize> =
            bodies.iter().map(|(knot, body)| (*knot, round.colour(*body, &plain))).collect();
        let kinds = next.values().collect::<BTreeSet<_>>().len();
        colours = next;
        if kinds == count {
            break;
        }
        count = kinds;
    }
    let mut first: HashMap<usize, Knot> = HashMap::new();
    let (old, new): (Vec<_>, Vec<_>) = colours.into_iter().partition(|(knot, _)| !fresh.contains(knot));
    for (knot, colour) in old.into_iter().chain(new) {
        let same = *first.entry(colour).or_insert(knot);
        if same != knot && fresh.contains(&knot) {
            equal.insert(knot, same);
        }
    }
    equal
}

/// For each node that the bodies are made of, whether no knot is in it.
fn plain_nodes(arena: &Arena, bodies: &[(Knot, Id)]) -> HashMap<Id, bool> {
    fn visit(arena: &Arena, id: Id, known: &mut HashMap<Id, bool>) -> bool {
        if let Some(known) = known.get(&id) {
            return *known;
        }
        let node = arena.node(id);
        let inner: Vec<bool> = node.schemas().into_iter().map(|inner| visit(arena, inner, known)).collect();
        let plain = inner.into_iter().all(|plain| plain) && !matches!(node, Node::Ref(_));
        known.insert(id, plain);
        plain
    }
    let mut known = HashMap::new();
    for (_, body) in bodies {
        visit(arena, *body, &mut known);
    }
    known
}

impl Round<'_> {
    fn colour(&mut self, id: Id, plain: &HashMap<Id, bool>) -> usize {
        if let Some(colour) = self.colours.get(&id) {
            return *colour;
        }
        let node = self.arena.node(id);
        let colour = match node {
            _ if plain[&id] => self.number(Look::Same(id)),
            // A knot that was found equal to another is tied to that one's reference.
            Node::Ref(_) => {
                let colour = self.knot_colour(id);
                self.number(Look::Ref(colour))
            }
            _ => {
                let mut inner: Vec<usize> = node.schemas().into_iter().map(|id| self.colour(id, plain)).collect();
                let both = matches!(node, Node::And(_) | Node::Or(_));
                if both || matches!(node, Node::One(_)) {
                    inner.sort_unstable();
                }
                if both {
                    inner.dedup();
                }
                match inner.as_slice() {
                    [only] if both => *only,
                    _ => self.number(Look::Made(shell(node), inner)),
                }
            }
        };
        self.colours.insert(id, colour);
        colour
    }

    /// The colour that the round before found for the knot of a reference.
    fn knot_colour(&self, mut id: Id) -> usize {
        loop {
            let Node::Ref(knot) = self.arena.node(id) else { return 0 };
            match self.before.get(knot) {
                Some(colour) => return *colour,
                None => id = self.arena.tied(*knot),
            }
        }
    }

    fn number(&mut self, look: Look) -> usize {
        let next = self.looks.len();
        *self.looks.entry(look).or_insert(next)
    }
}

/// The node without its schemas.
fn shell(node: &Node) -> Node {
    match node {
        Node::And(_) => Node::And(Vec::new()),
        Node::Or(_) => Node::Or(Vec::new()),
        Node::One(_) => Node::One(Vec::new()),
        other => other.map(|_| Arena::TRUE),
    }
}
