//! The solver: has a *goal*, conditions on one value, a value? Every question of compatibility is
//! one: `L ⊆ R` holds where {L holds, R does not} has none. One procedure gives the proof, the
//! witness and the test for emptiness, so that they cannot disagree.
//!
//! A goal is spread out (`goal`), looked up (`memo`), split at its unions (`union`), then worked on
//! for each type (`case`); what is left are atoms of one type, which the theory of the type decides
//! (`numbers`, `arrays`, `objects`, and the module of strings).

mod arrays;
mod case;
mod goal;
mod layout;
mod matching;
mod memo;
mod names;
mod numbers;
mod objects;
mod outcome;
mod shape;
mod union;

use crate::ir::{Arena, Id, Properties, Types};
use crate::json::Json;
use crate::strings::Strings;
use crate::verdict::{Found, Reason, Verdict};
use ahash::AHashMap as HashMap;
use goal::Literal;
use memo::Memo;
use shape::Shape;
use std::collections::BTreeSet;
use std::rc::Rc;

/// The fuel of one place: each goal, branch and placement takes one. Not time, so that verdicts are
/// the same everywhere.
pub const FUEL: u32 = 40_000;

/// How deep goals and branches may lie in each other; deeper is `Budget`. Optimised, a level takes
/// less than 3 KiB of stack on average, so that 2 MiB are enough; a build without takes more.
const DEPTH_MAX: u32 = 700;

/// How many parts of a value one unit of fuel pays for.
const PARTS_PER_UNIT: u32 = 100;

/// How many ways to fulfil a choice one unit of fuel pays for: many choices cost as much as many goals.
const WAYS_PER_UNIT: u32 = 20;

/// Finds values of goals; what it found out holds for all later questions about the same arena.
#[derive(Debug)]
pub struct Solver<'a> {
    arena: &'a mut Arena,
    strings: &'a mut Strings,
    memo: Memo,
    shapes: HashMap<Id, Rc<Shape>>,
    /// What a `oneOf` is as a disjunction, where it is one.
    unions: HashMap<Id, Option<Id>>,
    constants: HashMap<Id, Option<Rc<BTreeSet<Json>>>>,
    refused: HashMap<Id, Types>,
    properties: HashMap<Id, Rc<Properties>>,
    /// The fuel that each place starts with.
    fuel_per_place: u32,
    fuel: u32,
    /// Ways that were looked at and not yet paid for.
    ways: u32,
    depth: u32,
    /// Whether fuel or depth ran out since the place began.
    exhausted: bool,
}

impl<'a> Solver<'a> {
    /// One that knows nothing yet.
    pub fn new(arena: &'a mut Arena, strings: &'a mut Strings) -> Self {
        Self {
            arena,
            strings,
            memo: Memo::new(),
            shapes: HashMap::new(),
            unions: HashMap::new(),
            constants: HashMap::new(),
            refused: HashMap::new(),
            properties: HashMap::new(),
            fuel_per_place: FUEL,
            fuel: FUEL,
            ways: 0,
            depth: 0,
            exhausted: false,
        }
    }

    /// The same with other fuel for each place.
    #[must_use]
    pub fn with_fuel(mut self, fuel: u32) -> Self {
        self.fuel_per_place = fuel;
        self
    }

    /// The schemas that it speaks of; new ones may be added.
    pub fn arena(&mut self) -> &mut Arena {
        self.arena
    }

    /// Whether every value of `left` is a value of `right`. The witness is the solver's own: nobody
    /// else has confirmed it.
    pub fn contained(&mut self, left: Id, right: Id) -> Verdict {
        match self.find(&[left], &[right]) {
            Found::Value(witness) => Verdict::Breaking(witness),
            Found::None => Verdict::Compatible,
            Found::Maybe(reason, _) => Verdict::Unknown(reason),
        }
    }

    /// A value that all the positive schemas have and none of the negative ones. The candidate of
    /// a `Maybe` may be one all the same.
    pub fn find(&mut self, positive: &[Id], negative: &[Id]) -> Found {
        (self.fuel, self.ways) = (self.fuel_per_place, 0);
        self.exhausted = false;
        let positive = positive.iter().map(|id| Literal::yes(*id));
        let literals: Vec<Literal> = positive.chain(negative.iter().map(|id| Literal::no(*id))).collect();
        match self.solve(literals.iter().copied()) {
            Found::Maybe(_, Some(value)) if self.fulfils(&literals, &value) == Some(true) => Found::Value(value),
            found => found,
        }
    }

    /// The fuel that the last question took.
    pub fn spent(&self) -> u32 {
        self.fuel_per_place - self.fuel
    }

    /// A value that fulfils all of the literals.
    fn solve(&mut self, literals: impl IntoIterator<Item = Literal>) -> Found {
        let Some(goal) = self.goal(literals) else { return Found::None };
        if let Some(found) = self.memo.look(&goal) {
            return found;
        }
        if !self.spend() || !self.descend() {
            return Found::Maybe(Reason::Budget, None);
        }
        self.memo.enter(goal.clone());
        let mut found = self.by_union(&goal);
        if let Found::Value(value) = &found
            && !self.pay_for(value)
        {
            found = Found::Maybe(Reason::Budget, None);
        }
        self.memo.leave(&found, self.exhausted);
        self.depth -= 1;
        found
    }

    /// Whether there is no value, without resting on what is assumed of goals in progress: only
    /// then may a literal be left out because of it.
    fn is_refuted(&mut self, literals: impl IntoIterator<Item = Literal>) -> bool {
        let watch = self.memo.watch();
        let found = self.solve(literals);
        self.memo.stands_alone(&watch) && matches!(found, Found::None)
    }

    /// Goes one level deeper, where there is room.
    fn descend(&mut self) -> bool {
        let has_room = self.depth < DEPTH_MAX;
        self.depth += u32::from(has_room);
        self.exhausted |= !has_room;
        has_room
    }

    /// Takes one unit of fuel, where there is one.
    fn spend(&mut self) -> bool {
        let has_fuel = self.fuel > 0;
        self.fuel = self.fuel.saturating_sub(1);
        self.exhausted |= !has_fuel;
        has_fuel
    }

    /// Takes fuel for the ways that were looked at, where there is enough.
    fn pay_for_ways(&mut self) -> bool {
        let has_fuel = self.fuel >= self.ways / WAYS_PER_UNIT;
        self.fuel = self.fuel.saturating_sub(self.ways / WAYS_PER_UNIT);
        self.ways %= WAYS_PER_UNIT;
        self.exhausted |= !has_fuel;
        has_fuel
    }

    /// Takes fuel for a value of many parts: it is copied and evaluated more than once. One that is
    /// too large takes all, since schemas that double at each step would else go on for ever.
    fn pay_for(&mut self, value: &Json) -> bool {
        let parts = outcome::parts_of(value);
        let price = if parts > outcome::PARTS_MAX { self.fuel } else { parts / PARTS_PER_UNIT };
        self.exhausted |= parts > outcome::PARTS_MAX;
        self.fuel = self.fuel.saturating_sub(price);
        parts <= outcome::PARTS_MAX
    }

    /// Whether a value fulfils all of the literals, where that can be told.
    fn fulfils(&mut self, literals: &[Literal], value: &Json) -> Option<bool> {
        let mut undecided = false;
        for literal in literals {
            match crate::evaluate::evaluate(self.arena, literal.id, value, self.strings) {
                Some(holds) if holds != literal.holds => return Some(false),
                Some(_) => {}
                None => undecided = true,
            }
        }
        (!undecided).then_some(true)
    }
}
