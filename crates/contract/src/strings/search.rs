//! Searches a text that several automata agree on: their product, walked code point by code point,
//! the shortest text first.

use super::alphabet::letters;
use super::automaton::{Automaton, State};
use crate::verdict::{Found, Reason};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

/// How many states of the product are looked at.
const STATES_MAX: usize = 300_000;
/// The longest text that is written down.
const LENGTH_MAX: u64 = 1_000_000;

/// What a text has to be.
#[derive(Clone, Debug, Default)]
pub struct Product {
    /// At least this many code points.
    pub min: u64,
    /// At most this many.
    pub max: Option<u64>,
    /// Automata that accept it (`true`) and that do not.
    pub automata: Vec<(Arc<Automaton>, bool)>,
}

/// Where all automata are, and where the tree of excluded texts is.
type Place = (Box<[State]>, Option<u32>);

/// Finds the shortest text that is as wanted and is none of the excluded.
pub fn shortest(product: &Product, excluded: &BTreeSet<Arc<str>>) -> Found<Arc<str>> {
    if product.max.is_some_and(|max| max < product.min) {
        return Found::None;
    }
    if product.min > LENGTH_MAX {
        return Found::Maybe(Reason::Budget, None);
    }
    if product.automata.is_empty() && excluded.is_empty() {
        return Found::Value("a".repeat(usize::try_from(product.min).unwrap_or_default()).into());
    }
    Search::new(product, excluded).run()
}

struct Search<'a> {
    product: &'a Product,
    letters: Vec<(char, [u8; 4])>,
    excluded: Tree,
    /// How each text that was reached came to be: the one before it, and its last letter.
    steps: Vec<(usize, char)>,
}

impl<'a> Search<'a> {
    fn new(product: &'a Product, excluded: &BTreeSet<Arc<str>>) -> Self {
        let mut sets: Vec<_> = product.automata.iter().flat_map(|(automaton, _)| automaton.sets()).collect();
        sets.sort_by(|left, right| left.ranges().cmp(right.ranges()));
        sets.dedup();
        let named = excluded.iter().flat_map(|text| text.chars()).collect();
        let bytes = |letter: char| {
            let mut bytes = [0; 4];
            letter.encode_utf8(&mut bytes);
            (letter, bytes)
        };
        let letters = letters(&sets, &named).into_iter().map(bytes).collect();
        Self { product, letters, excluded: Tree::new(excluded), steps: vec![(0, '\0')] }
    }

    fn run(mut self) -> Found<Arc<str>> {
        let start = self.product.automata.iter().map(|(automaton, _)| automaton.start()).collect();
        let mut level: Vec<(Place, usize)> = vec![((start, Some(0)), 0)];
        // Below the least length a place may be passed again: how long the text is matters.
        let mut seen: HashSet<Place> = HashSet::new();
        for length in 0.. {
            if length >= self.product.min {
                level.retain(|(place, _)| seen.insert(place.clone()));
                if let Some((_, step)) = level.iter().find(|(place, _)| self.ends(place)) {
                    return Found::Value(self.text(*step));
                }
            }
            if level.is_empty() || self.product.max == Some(length) {
                return Found::None;
            }
            level = self.longer(&level);
            if self.steps.len() > STATES_MAX {
                break;
            }
        }
        Found::Maybe(Reason::Budget, None)
    }

    /// All places one code point further on.
    fn longer(&mut self, level: &[(Place, usize)]) -> Vec<(Place, usize)> {
        let (mut next, mut seen) = (Vec::new(), HashSet::new());
        for (place, step) in level {
            for at in 0..self.letters.len() {
                let (letter, bytes) = self.letters[at];
                let Some(place) = self.after(place, letter, &bytes[..letter.len_utf8()]) else { continue };
                if seen.insert(place.clone()) {
                    self.steps.push((*step, letter));
                    next.push((place, self.steps.len() - 1));
                }
            }
            if self.steps.len() > STATES_MAX {
                break;
            }
        }
        next
    }

    /// Where one more letter leads; nothing where no text can follow.
    fn after(&self, (states, excluded): &Place, letter: char, bytes: &[u8]) -> Option<Place> {
        let mut next = states.clone();
        for (state, (automaton, accepts)) in next.iter_mut().zip(&self.product.automata) {
            *state = automaton.next(*state, bytes);
            if *accepts && automaton.is_dead(*state) {
                return None;
            }
        }
        Some((next, excluded.and_then(|node| self.excluded.next(node, letter))))
    }

    fn ends(&self, (states, excluded): &Place) -> bool {
        let mut pairs = states.iter().zip(&self.product.automata);
        let free = excluded.is_none_or(|node| !self.excluded.ends.contains(&node));
        free && pairs.all(|(state, (automaton, accepts))| automaton.ends(*state) == *accepts)
    }

    fn text(&self, mut step: usize) -> Arc<str> {
        let mut letters = Vec::new();
        while step != 0 {
            letters.push(self.steps[step].1);
            step = self.steps[step].0;
        }
        letters.into_iter().rev().collect::<String>().into()
    }
}

/// The excluded texts as a tree of letters.
struct Tree {
    branches: HashMap<(u32, char), u32>,
    ends: HashSet<u32>,
}

impl Tree {
    fn new(texts: &BTreeSet<Arc<str>>) -> Self {
        let mut tree = Self { branches: HashMap::new(), ends: HashSet::new() };
        let mut count = 0;
        for text in texts {
            let mut node = 0;
            for letter in text.chars() {
                node = *tree.branches.entry((node, letter)).or_insert_with(|| {
                    count += 1;
                    count
                });
            }
            tree.ends.insert(node);
        }
        tree
    }

    fn next(&self, node: u32, letter: char) -> Option<u32> {
        self.branches.get(&(node, letter)).copied()
    }
}
