//! The theory of lists. Places are filled from the first on; what has been counted so far is the
//! *tally*, and since no place knows of another but through it, all tallies that can be reached are
//! followed together. Only `uniqueItems` looks across: there each way to a tally is a question of
//! its own (`distinct`).

use super::Solver;
use super::goal::Literal;
use super::matching::matching;
use super::outcome::Branches;
use crate::ir::{Atom, Contains, Id, Items};
use crate::json::Json;
use crate::verdict::{Found, Reason};
use std::collections::{BTreeMap, BTreeSet};

/// The longest list that is looked at.
const ITEMS_MAX: u64 = 600;

/// Ways to so many tallies cost as much fuel as a goal: most are known by then.
const TALLIES_PER_UNIT: usize = 32;

/// How many things may be asked of each single place.
const DEMANDS_MAX: usize = 8;

/// The conditions on a list.
#[derive(Clone, Debug, Default)]
pub(super) struct Lists {
    /// What the items are.
    items: Vec<Items>,
    /// What one item at least is not.
    broken: Vec<Items>,
    min: u64,
    max: Option<u64>,
    /// How many items have a schema.
    counts: Vec<Contains>,
    /// How many items do not have one: one of the sides is missed.
    miscounts: Vec<Contains>,
    unique: Option<bool>,
}

/// What was counted up to a place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Tally {
    /// For each count the items that have the schema; no more than matter.
    counts: Vec<u64>,
    /// Which of the broken ones are broken.
    broken: Vec<bool>,
}

/// A way from one tally to the next by an item.
#[derive(Debug)]
struct Step {
    from: Tally,
    literals: Vec<Literal>,
    item: Found,
}

/// The places that share one item.
struct Slot<'a> {
    places: &'a [usize],
}

/// The tallies after so many slots, with the steps to each.
type Layer = BTreeMap<Tally, Vec<Step>>;

impl Lists {
    pub(super) fn new<'a>(atoms: impl Iterator<Item = (&'a Atom, bool)>) -> Self {
        let mut lists = Self::default();
        let limit = |max: &mut Option<u64>, to: u64| *max = Some(max.map_or(to, |max| max.min(to)));
        for (atom, holds) in atoms {
            match (atom, holds) {
                (Atom::Items(items), true) => lists.items.push(items.clone()),
                (Atom::Items(items), false) => lists.broken.push(items.clone()),
                (Atom::MinItems(length), true) => lists.min = lists.min.max(*length),
                (Atom::MaxItems(length), false) => lists.min = lists.min.max(length.saturating_add(1)),
                (Atom::MaxItems(length), true) => limit(&mut lists.max, *length),
                // A minimum of zero is no atom.
                (Atom::MinItems(length), false) => limit(&mut lists.max, length.saturating_sub(1)),
                (Atom::Contains(contains), true) => lists.counts.push(contains.clone()),
                (Atom::Contains(contains), false) => lists.miscounts.push(contains.clone()),
                (Atom::Unique, holds) => lists.unique = Some(holds),
                _ => {}
            }
        }
        lists
    }

    fn is_contradictory(&self) -> bool {
        let upside_down = |count: &Contains| count.max.is_some_and(|max| max < count.min);
        self.max.is_some_and(|max| max < self.min) || self.counts.iter().any(upside_down)
    }

    /// The first place from where on all are the same.
    fn uniform_from(&self) -> usize {
        self.items.iter().chain(&self.broken).map(|items| items.prefix.len()).max().unwrap_or(0)
    }

    /// A length that need not be exceeded: of a longer list an item could be taken away that nobody
    /// asked for.
    fn longest(&self) -> u64 {
        let counted: u64 = self.counts.iter().fold(0, |sum, count| sum.saturating_add(count.min));
        let equal = if self.unique == Some(false) { 2 } else { 0 };
        let demands = counted.saturating_add((self.broken.len() + self.uniform_from() + equal) as u64);
        self.max.unwrap_or(u64::MAX).min(self.min.max(demands))
    }

    fn start(&self) -> Tally {
        Tally { counts: vec![0; self.counts.len()], broken: vec![false; self.broken.len()] }
    }

    /// Whether nothing is left to be asked for.
    fn is_met(&self, tally: &Tally) -> bool {
        let enough = self.counts.iter().zip(&tally.counts).all(|(count, number)| *number >= count.min);
        enough && tally.broken.iter().all(|broken| *broken)
    }
}

/// What the item of a place is.
fn item(items: &Items, place: usize) -> Id {
    items.prefix.get(place).copied().unwrap_or(items.rest)
}

impl Solver<'_> {
    /// A list that meets the conditions.
    pub(super) fn list(&mut self, mut lists: Lists) -> Found {
        if lists.is_contradictory() {
            return Found::None;
        }
        let Some(Contains { schema, min, max }) = lists.miscounts.pop() else { return self.counted_list(&lists) };
        let fewer = min.checked_sub(1).map(|most| Contains { schema, min: 0, max: Some(most) });
        let more = max.map(|most| Contains { schema, min: most.saturating_add(1), max: None });
        let mut branches = Branches::new();
        for count in [fewer, more].into_iter().flatten() {
            let mut lists = lists.clone();
            lists.counts.push(count);
            if let Some(found) = branches.take(self.list(lists)) {
                return found;
            }
        }
        branches.end()
    }

    /// A list without sides left to choose. Of two equal items, the places are tried in pairs:
    /// past the places that differ one pair stands for all.
    fn counted_list(&mut self, lists: &Lists) -> Found {
        if lists.counts.len() + lists.broken.len() > DEMANDS_MAX {
            return Found::Maybe(Reason::Contains, None);
        }
        if lists.unique != Some(false) {
            return self.filled_list(lists, &[]);
        }
        let uniform = lists.uniform_from();
        let mut branches = Branches::new();
        for second in 1..=uniform + 1 {
            for first in if second > uniform { uniform..second } else { 0..second } {
                if lists.max.is_none_or(|max| (second as u64) < max)
                    && let Some(found) = branches.take(self.filled_list(lists, &[first, second]))
                {
                    return found;
                }
            }
        }
        branches.end()
    }

    /// The shortest list, where `pair` names two places of the same item, or none.
    fn filled_list(&mut self, lists: &Lists, pair: &[usize]) -> Found {
        let mut layers: Vec<Layer> = vec![BTreeMap::from([(lists.start(), Vec::new())])];
        let longest = lists.longest().max(pair.last().map_or(0, |second| *second as u64 + 1));
        let mut branches = Branches::new();
        let mut length = 0;
        if !pair.is_empty() {
            let layer = self.next_layer(lists, &layers[0], &Slot { places: pair });
            layers.push(layer);
        }
        loop {
            // A layer that was made without fuel lacks ways.
            if self.fuel == 0 {
                return branches.take(Found::Maybe(Reason::Budget, None)).unwrap_or_else(|| branches.end());
            }
            let complete = length >= lists.min && pair.last().is_none_or(|second| length > *second as u64);
            if complete {
                let found = if lists.unique == Some(true) {
                    self.distinct_list(lists, &layers)
                } else {
                    listed_items(lists, &layers, pair)
                };
                if let Some(found) = branches.take(found) {
                    return found;
                }
            }
            let layer = layers.last().filter(|layer| !layer.is_empty() && length < longest);
            let Some(layer) = layer else { return branches.end() };
            if length >= ITEMS_MAX || !self.spend() {
                let reason = if length >= ITEMS_MAX { Reason::Items } else { Reason::Budget };
                return branches.take(Found::Maybe(reason, None)).unwrap_or_else(|| branches.end());
            }
            let place = usize::try_from(length).unwrap_or(usize::MAX);
            length += 1;
            if !pair.contains(&place) {
                let next = self.next_layer(lists, layer, &Slot { places: &[place] });
                layers.push(next);
            }
        }
    }

    /// All tallies that one more slot leads to.
    fn next_layer(&mut self, lists: &Lists, layer: &Layer, slot: &Slot<'_>) -> Layer {
        let mut next = Layer::new();
        let base =
            lists.items.iter().flat_map(|items| slot.places.iter().map(|place| Literal::yes(item(items, *place))));
        let base: Vec<Literal> = base.collect();
        for (number, from) in layer.keys().enumerate() {
            // What is left out then is no proof of anything: whoever goes on without fuel knows it.
            if number % TALLIES_PER_UNIT == TALLIES_PER_UNIT - 1 && !self.spend() {
                return next;
            }
            let mut ways = vec![(from.clone(), base.clone())];
            for (which, count) in lists.counts.iter().enumerate() {
                ways = ways.into_iter().flat_map(|way| counted(way, which, count, slot.places.len() as u64)).collect();
            }
            for (which, items) in lists.broken.iter().enumerate().filter(|(which, _)| !from.broken[*which]) {
                let all: Vec<Id> = slot.places.iter().map(|place| item(items, *place)).collect();
                let all = self.arena.and(all);
                ways = ways.into_iter().flat_map(|way| broken(way, which, all)).collect();
            }
            for (tally, literals) in ways {
                let item = self.solve(literals.iter().copied());
                if !matches!(item, Found::None) {
                    next.entry(tally).or_default().push(Step { from: from.clone(), literals, item });
                }
            }
        }
        next
    }

    /// A list of different items along one of the ways to a tally that meets all.
    fn distinct_list(&mut self, lists: &Lists, layers: &[Layer]) -> Found {
        let last = layers.len() - 1;
        let met = layers[last].keys().filter(|tally| lists.is_met(tally));
        let mut open: Vec<(Tally, Vec<Vec<Literal>>)> = met.map(|tally| (tally.clone(), Vec::new())).collect();
        let mut branches = Branches::new();
        while let Some((tally, path)) = open.pop() {
            if !self.spend() {
                return Found::Maybe(Reason::Budget, None);
            }
            if path.len() == last {
                if let Some(found) = branches.take(self.distinct(&path)) {
                    return found;
                }
                continue;
            }
            for step in &layers[last - path.len()][&tally] {
                let mut path = path.clone();
                path.push(step.literals.clone());
                open.push((step.from.clone(), path));
            }
        }
        branches.end()
    }

    /// Different items, one for each set of literals; from the last place to the first. Of each set
    /// as many values as there are places are enough to choose from: an assignment of different
    /// values exists among them if one exists at all.
    fn distinct(&mut self, path: &[Vec<Literal>]) -> Found {
        let mut domains: BTreeMap<&Vec<Literal>, Vec<Json>> = BTreeMap::new();
        let mut doubt = None;
        for literals in path {
            if domains.contains_key(literals) {
                continue;
            }
            let mut values = Vec::new();
            while values.len() < path.len() {
                let exclusion = self.arena.atom(Atom::Enum(values.clone()));
                match self.solve(literals.iter().copied().chain([Literal::no(exclusion)])) {
                    Found::Value(value) => values.push(value),
                    Found::None => break,
                    Found::Maybe(reason, _) => {
                        doubt = Some(reason);
                        break;
                    }
                }
            }
            domains.insert(literals, values);
        }
        let domains: Vec<&Vec<Json>> = path.iter().map(|literals| &domains[literals]).collect();
        match (matching(&domains), doubt) {
            (Some(items), _) => Found::Value(Json::Array(items.into_iter().rev().collect())),
            (None, None) => Found::None,
            (None, Some(reason)) => Found::Maybe(reason, None),
        }
    }
}

/// The ways to count one more item or not.
fn counted(
    (tally, literals): (Tally, Vec<Literal>),
    which: usize,
    count: &Contains,
    weight: u64,
) -> Vec<(Tally, Vec<Literal>)> {
    let number = tally.counts[which];
    let with = |mut literals: Vec<Literal>, number: u64, literal: Option<Literal>| {
        let mut tally = tally.clone();
        tally.counts[which] = number;
        literals.extend(literal);
        (tally, literals)
    };
    let (yes, no) = (Some(Literal::yes(count.schema)), Some(Literal::no(count.schema)));
    match count.max {
        Some(max) if number + weight > max => vec![with(literals, number, no)],
        Some(_) => vec![with(literals.clone(), number + weight, yes), with(literals, number, no)],
        // Without a limit nobody minds items that have the schema by chance.
        None if number >= count.min => vec![with(literals, number, None)],
        None => vec![with(literals.clone(), (number + weight).min(count.min), yes), with(literals, number, None)],
    }
}

/// The ways to break it here or elsewhere.
fn broken((tally, literals): (Tally, Vec<Literal>), which: usize, all: Id) -> Vec<(Tally, Vec<Literal>)> {
    let mut here = (tally.clone(), literals.clone());
    here.0.broken[which] = true;
    here.1.push(Literal::no(all));
    vec![here, (tally, literals)]
}

/// The items on a way to a tally that meets all; first on one without a doubt.
fn listed_items(lists: &Lists, layers: &[Layer], pair: &[usize]) -> Found {
    let is_complete = layers.last().is_some_and(|layer| layer.keys().any(|tally| lists.is_met(tally)));
    if !is_complete {
        return Found::None;
    }
    let mut clear: Vec<BTreeSet<&Tally>> = Vec::new();
    for (number, layer) in layers.iter().enumerate() {
        let is_clear = |steps: &Vec<Step>| {
            number == 0
                || steps
                    .iter()
                    .any(|step| matches!(step.item, Found::Value(_)) && clear[number - 1].contains(&step.from))
        };
        clear.push(layer.iter().filter(|(_, steps)| is_clear(steps)).map(|(tally, _)| tally).collect());
    }
    let last = layers.len() - 1;
    let sure = clear[last].iter().find(|tally| lists.is_met(tally)).copied();
    let Some(mut tally) = sure.or_else(|| layers[last].keys().find(|tally| lists.is_met(tally))) else {
        return Found::None;
    };
    let (mut items, mut doubt) = (Vec::new(), None);
    for number in (1..=last).rev() {
        let steps = &layers[number][tally];
        let is_sure = |step: &&Step| matches!(step.item, Found::Value(_)) && clear[number - 1].contains(&step.from);
        let Some(step) = steps.iter().find(is_sure).or_else(|| steps.first()) else { return Found::None };
        match &step.item {
            Found::Value(value) => items.push(Some(value.clone())),
            Found::Maybe(reason, candidate) => {
                doubt = Some(reason.clone());
                items.push(candidate.clone());
            }
            Found::None => return Found::None,
        }
        tally = &step.from;
    }
    items.reverse();
    let list = arranged(items, pair).map(Json::Array);
    match (list, doubt) {
        (Some(list), None) => Found::Value(list),
        (list, Some(reason)) => Found::Maybe(reason, list),
        (None, None) => Found::None,
    }
}

/// The item that two places share was found first: puts it to both.
fn arranged(items: Vec<Option<Json>>, pair: &[usize]) -> Option<Vec<Json>> {
    let mut items: Vec<Json> = items.into_iter().collect::<Option<_>>()?;
    if let [first, second] = pair {
        let shared = items.remove(0);
        items.insert(*first, shared.clone());
        items.insert(*second, shared);
    }
    Some(items)
}
