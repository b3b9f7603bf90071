//! Texts: which one has a given length, fulfils some patterns and formats and not others? Patterns
//! and most formats are regular, so the answer is exact and the text the shortest; for what is not
//! regular there is a wide search, whose failure is a proof, and a narrow one that gives examples.

mod alphabet;
mod automaton;
mod format;
mod pattern;
mod search;
#[cfg(test)]
mod tests;

use crate::verdict::{Found, Reason};
use format::Format;
use pattern::{Pattern, Shape};
use search::{Product, shortest};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// How many searches one question may become: what is excluded by a length is shorter or longer.
const CASES_MAX: usize = 200;

/// How much of what was found is remembered: random tests ask without end.
const FOUND_MAX: usize = 50_000;

/// What a text has to be; lengths are counted in code points.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Wanted {
    /// At least this long.
    pub min: u64,
    /// At most this long; nothing: any length.
    pub max: Option<u64>,
    /// Patterns that are found in it (`true`) and that are not.
    pub patterns: BTreeMap<Arc<str>, bool>,
    /// Formats that it has (`true`) and that it has not.
    pub formats: BTreeMap<Arc<str>, bool>,
    /// Texts that it is not.
    pub excluded: BTreeSet<Arc<str>>,
}

/// Finds texts; remembers the patterns and formats that it met and what it found.
#[derive(Debug, Default)]
pub struct Strings {
    patterns: HashMap<Arc<str>, Option<Arc<Pattern>>>,
    formats: HashMap<Arc<str>, Option<Arc<Format>>>,
    validators: HashMap<Arc<str>, Option<jsonschema::Validator>>,
    found: HashMap<Wanted, Found<Arc<str>>>,
}

/// Which of two sets stands for a format that is not exact, or for a pattern with two readings.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    /// No text that could be one is left out: nothing found is a proof.
    Wide,
    /// Each text that is found is one.
    Narrow,
}

impl Strings {
    /// One that met no pattern yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// A text that is as wanted, the shortest where it can be told.
    pub fn find(&mut self, wanted: &Wanted) -> Found<Arc<str>> {
        if let Some(found) = self.found.get(wanted) {
            return found.clone();
        }
        let found = self.search(wanted);
        if self.found.len() >= FOUND_MAX {
            self.found.clear();
        }
        self.found.insert(wanted.clone(), found.clone());
        found
    }

    /// Whether the pattern is found in the text; nothing where the pattern is not interpreted.
    pub fn matches(&mut self, pattern: &str, text: &str) -> Option<bool> {
        match &*self.pattern(pattern)? {
            Pattern::Texts(texts) => Some(texts.iter().any(|one| &**one == text)),
            Pattern::Shape(shape) => Some(shape.accepts(text)),
            Pattern::Disputed { strict, lenient } => {
                Some(strict.accepts(text)).filter(|accepts| *accepts == lenient.accepts(text))
            }
        }
    }

    /// Whether the text is of the format; nothing where the validator does not know the format.
    pub fn is_format(&mut self, format: &str, text: &str) -> Option<bool> {
        self.format(format)?;
        let build = || jsonschema::options().should_validate_formats(true).build(&json!({ "format": format })).ok();
        let validator = self.validators.entry(format.into()).or_insert_with(build);
        validator.as_ref().map(|validator| validator.is_valid(&Value::String(text.into())))
    }

    fn search(&mut self, wanted: &Wanted) -> Found<Arc<str>> {
        if wanted.max.is_some_and(|max| max < wanted.min) || format::contradict(&wanted.formats) {
            return Found::None;
        }
        if let Some(texts) = self.listed(wanted) {
            return self.choose(wanted, texts);
        }
        let (unread, vague) = (self.unread(wanted), self.vague(wanted));
        let found = self.first(wanted, Side::Wide);
        let Some(reason) = unread.clone().or(vague) else { return found };
        match found {
            Found::None => Found::None,
            Found::Value(text) if self.fits(wanted, &text) == Some(true) => Found::Value(text),
            found => match self.first(wanted, Side::Narrow) {
                Found::Value(text) if unread.is_none() => Found::Value(text),
                _ => candidate(wanted, found, reason),
            },
        }
    }

    /// The texts of the first pattern that lists them.
    fn listed(&mut self, wanted: &Wanted) -> Option<Vec<Arc<str>>> {
        let positive = wanted.patterns.iter().filter(|(_, found)| **found);
        positive.into_iter().find_map(|(pattern, _)| match &*self.pattern(pattern)? {
            Pattern::Texts(texts) => Some(texts.clone()),
            Pattern::Shape(_) | Pattern::Disputed { .. } => None,
        })
    }

    /// The shortest of the texts that is as wanted.
    fn choose(&mut self, wanted: &Wanted, mut texts: Vec<Arc<str>>) -> Found<Arc<str>> {
        texts.sort_by_key(|text| text.len());
        let mut candidate = None;
        for text in texts {
            match self.fits(wanted, &text) {
                Some(true) => return Found::Value(text),
                Some(false) => {}
                None => candidate = candidate.or(Some(text)),
            }
        }
        let Some(text) = candidate else { return Found::None };
        let reason = self.unread(wanted).or_else(|| self.vague(wanted)).unwrap_or(Reason::Budget);
        let likely = matches!(reason, Reason::Pattern(_));
        Found::Maybe(reason, Some(text).filter(|_| likely))
    }

    /// Whether a text is as wanted; nothing where something of it is not interpreted.
    fn fits(&mut self, wanted: &Wanted, text: &str) -> Option<bool> {
        let length = text.chars().count() as u64;
        if length < wanted.min || wanted.max.is_some_and(|max| max < length) || wanted.excluded.contains(text) {
            return Some(false);
        }
        let patterns = wanted.patterns.iter().map(|(pattern, sign)| Some(self.matches(pattern, text)? == *sign));
        let mut answers: Vec<Option<bool>> = patterns.collect();
        answers.extend(wanted.formats.iter().map(|(format, sign)| Some(self.is_format(format, text)? == *sign)));
        if answers.contains(&Some(false)) { Some(false) } else { (!answers.contains(&None)).then_some(true) }
    }

    /// The pattern or format that is not interpreted at all.
    fn unread(&mut self, wanted: &Wanted) -> Option<Reason> {
        let pattern = wanted.patterns.keys().find(|pattern| self.pattern(pattern).is_none()).cloned();
        let format = wanted.formats.keys().find(|name| self.format(name).is_none()).cloned();
        pattern.map(Reason::Pattern).or(format.map(Reason::Format))
    }

    /// The pattern with two readings, or the format that is not exact.
    fn vague(&mut self, wanted: &Wanted) -> Option<Reason> {
        let mut disputed = |name: &&Arc<str>| matches!(self.pattern(name).as_deref(), Some(Pattern::Disputed { .. }));
        let pattern = wanted.patterns.keys().find(&mut disputed).cloned();
        let mut inexact = |name: &&Arc<str>| self.format(name).is_none_or(|format| !format.is_exact());
        let format = wanted.formats.keys().find(&mut inexact).cloned();
        pattern.map(Reason::Pattern).or(format.map(Reason::Format))
    }

    /// The first text of the products that stand for what is wanted; what is not interpreted is left out.
    fn first(&mut self, wanted: &Wanted, side: Side) -> Found<Arc<str>> {
        let mut excluded = wanted.excluded.clone();
        let mut products = vec![Product { min: wanted.min, max: wanted.max, automata: Vec::new() }];
        for (pattern, sign) in &wanted.patterns {
            match self.pattern(pattern).as_deref() {
                Some(Pattern::Shape(shape)) => products = with(products, shape, *sign),
                Some(Pattern::Disputed { strict, lenient }) => {
                    products = with(products, strict, *sign);
                    if side == Side::Narrow {
                        products = with(products, lenient, *sign);
                    }
                }
                Some(Pattern::Texts(texts)) => excluded.extend(texts.iter().cloned()),
                None => {}
            }
            if products.len() > CASES_MAX {
                return Found::Maybe(Reason::Budget, None);
            }
        }
        for (name, sign) in &wanted.formats {
            let Some(format) = self.format(name) else { continue };
            let outer = *sign == (side == Side::Wide);
            products = with(products, if outer { &format.within } else { &format.inside }, *sign);
            if products.len() > CASES_MAX {
                return Found::Maybe(Reason::Budget, None);
            }
        }
        let mut maybe = None;
        for product in &products {
            match shortest(product, &excluded) {
                Found::None => {}
                found @ Found::Value(_) => return found,
                found @ Found::Maybe(..) => maybe = Some(found),
            }
        }
        maybe.unwrap_or(Found::None)
    }

    fn pattern(&mut self, pattern: &str) -> Option<Arc<Pattern>> {
        if let Some(known) = self.patterns.get(pattern) {
            return known.clone();
        }
        let read = Pattern::read(pattern).map(Arc::new);
        self.patterns.insert(pattern.into(), read.clone());
        read
    }

    fn format(&mut self, name: &str) -> Option<Arc<Format>> {
        if let Some(known) = self.formats.get(name) {
            return known.clone();
        }
        let read = Format::read(name).map(Arc::new);
        self.formats.insert(name.into(), read.clone());
        read
    }
}

/// What the wide search found, where something is not exact.
fn candidate(wanted: &Wanted, found: Found<Arc<str>>, reason: Reason) -> Found<Arc<str>> {
    let likely = match &reason {
        // Nothing is known of the texts of such a format but that there are some. The validator
        // takes all texts for one; where nothing else is asked of them, that can do no harm.
        Reason::Format(name) => *wanted == Wanted { formats: [(name.clone(), true)].into(), ..Wanted::default() },
        _ => true,
    };
    match found {
        Found::Value(text) if likely => Found::Maybe(reason, Some(text)),
        _ => Found::Maybe(reason, None),
    }
}

/// The products with one shape more, or with what it is not: shorter, of other letters, or longer.
fn with(products: Vec<Product>, shape: &Shape, sign: bool) -> Vec<Product> {
    let mut all = Vec::new();
    for product in products {
        let mut automata = product.automata.clone();
        automata.push((shape.automaton.clone(), sign));
        let (min, max) = (product.min, product.max);
        let least = |left: Option<u64>, right| Some(left.map_or(right, |left: u64| left.min(right)));
        if sign {
            let max = shape.max.map_or(max, |other| least(max, other));
            all.push(Product { min: min.max(shape.min), max, automata });
            continue;
        }
        if let Some(shorter) = shape.min.checked_sub(1) {
            all.push(Product { max: least(max, shorter), ..product.clone() });
        }
        all.push(Product { automata, ..product.clone() });
        if let Some(other) = shape.max {
            all.push(Product { min: min.max(other.saturating_add(1)), ..product });
        }
    }
    all
}
