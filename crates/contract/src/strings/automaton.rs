//! An [`Automaton`]: the texts in which a pattern is found, as a deterministic automaton over bytes
//! that is fed whole code points, and the sets of code points that it tells apart.

use regex_automata::dfa::{Automaton as _, StartKind, dense};
use regex_automata::nfa::thompson;
use regex_automata::util::primitives::StateID;
use regex_automata::util::start;
use regex_automata::{Anchored, MatchKind};
use regex_syntax::hir::{Class, ClassUnicode, ClassUnicodeRange, Dot, Hir, HirKind, Repetition};
use std::fmt;

/// The largest automaton that is kept, in bytes; beyond it a pattern is not compared.
const SIZE_MAX: usize = 8 << 20;

/// Where an automaton is in a text.
pub type State = StateID;

/// The texts in which a pattern is found.
pub struct Automaton {
    table: dense::DFA<Vec<u32>>,
    start: State,
    sets: Vec<ClassUnicode>,
}

impl Automaton {
    /// The texts in which the expression is found anywhere; nothing where it is too large, or not
    /// of code points.
    pub fn new(expression: Hir) -> Option<Self> {
        let mut sets = Vec::new();
        collect(&expression, &mut sets)?;
        sets.sort_by(|left, right| left.ranges().cmp(right.ranges()));
        sets.dedup();
        let any = || {
            let sub = Box::new(Hir::dot(Dot::AnyChar));
            Hir::repetition(Repetition { min: 0, max: None, greedy: true, sub })
        };
        let found = Hir::concat(vec![any(), expression, any()]);
        let size = thompson::Config::new().nfa_size_limit(Some(SIZE_MAX));
        let nfa = thompson::Compiler::new().configure(size).build_from_hir(&found).ok()?;
        // All matches, not the first: the one that counts ends where the text ends.
        let config = dense::Config::new()
            .match_kind(MatchKind::All)
            .start_kind(StartKind::Anchored)
            .accelerate(false)
            .dfa_size_limit(Some(SIZE_MAX))
            .determinize_size_limit(Some(2 * SIZE_MAX));
        let table = dense::Builder::new().configure(config).build_from_nfa(&nfa).ok()?;
        let start = table.start_state(&start::Config::new().anchored(Anchored::Yes)).ok()?;
        Some(Self { table, start, sets })
    }

    /// Before the first code point.
    pub fn start(&self) -> State {
        self.start
    }

    /// After the bytes of one more code point. Only whole code points are fed: the complement of
    /// a set of texts would else have bytes that are no text.
    pub fn next(&self, state: State, bytes: &[u8]) -> State {
        bytes.iter().fold(state, |state, byte| self.table.next_state(state, *byte))
    }

    /// Whether a text that ends here is accepted.
    pub fn ends(&self, state: State) -> bool {
        self.table.is_match_state(self.table.next_eoi_state(state))
    }

    /// Whether no text that goes on from here is accepted.
    pub fn is_dead(&self, state: State) -> bool {
        self.table.is_dead_state(state)
    }

    /// Whether the text is accepted.
    pub fn accepts(&self, text: &str) -> bool {
        self.ends(self.next(self.start, text.as_bytes()))
    }

    /// The sets of code points that it tells apart: two that are in the same of them are the same
    /// to it.
    pub fn sets(&self) -> &[ClassUnicode] {
        &self.sets
    }
}

impl fmt::Debug for Automaton {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Automaton({} bytes)", self.table.memory_usage())
    }
}

/// Collects the sets of code points that an expression names. Its nesting is bounded by the parser.
fn collect(expression: &Hir, sets: &mut Vec<ClassUnicode>) -> Option<()> {
    match expression.kind() {
        HirKind::Empty => {}
        HirKind::Literal(literal) => sets.extend(std::str::from_utf8(&literal.0).ok()?.chars().map(single)),
        HirKind::Class(Class::Unicode(class)) => sets.push(class.clone()),
        HirKind::Class(Class::Bytes(class)) => sets.push(class.to_unicode_class()?),
        HirKind::Look(_) => {
            let word = [('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')];
            sets.push(ClassUnicode::new(word.map(|(start, end)| ClassUnicodeRange::new(start, end))));
            sets.extend(['\n', '\r'].map(single));
        }
        HirKind::Repetition(repetition) => collect(&repetition.sub, sets)?,
        HirKind::Capture(capture) => collect(&capture.sub, sets)?,
        HirKind::Concat(parts) | HirKind::Alternation(parts) => {
            for part in parts {
                collect(part, sets)?;
            }
        }
    }
    Some(())
}

/// The set of one code point.
fn single(letter: char) -> ClassUnicode {
    ClassUnicode::new([ClassUnicodeRange::new(letter, letter)])
}
