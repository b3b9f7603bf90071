//! The [`Tally`]: calls counted by operation and consumer, and paths that are of no operation; in a
//! room that does not grow with the log.

use super::call::Call;
use super::path::Path;
use super::routes::Routes;
use std::collections::BTreeMap;

/// The consumer of calls whose line does not name one.
pub const UNKNOWN: &str = "unknown";

/// The consumer of calls by more consumers than are told apart.
pub const OTHERS: &str = "others";

/// How many consumers are told apart, the first that come. An API with more has them as customers and
/// not as systems that somebody moves one by one.
pub const CONSUMERS_MAX: usize = 1000;

/// How many pairs of operation and consumer are told apart: 10 MB.
const ROWS_MAX: usize = 100_000;

/// How many methods and paths of no operation are told.
pub const UNMATCHED_MAX: usize = 20;

/// How many of them are counted at a time. When twice as many are there, the rarer half is given up.
const UNMATCHED_KEPT: usize = 1000;

/// How often, when last, and with what answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calls {
    /// How many.
    pub count: u64,
    /// When the latest of them began, in microseconds since 1970, UTC; nothing where no line says it.
    pub last_us: Option<i64>,
    /// How many by the class of the answer's status: at 2 the ones from 200 to 299, at 0 those without
    /// a status.
    pub by_class: [u64; 6],
}

/// Calls of no operation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unmatched {
    /// How many.
    pub count: u64,
    /// The most frequent, at most [`UNMATCHED_MAX`], the most frequent first: method and path, of
    /// which at most two segments are kept as they are (`GET /api/v2/*`), and at least how many.
    pub top: Vec<(String, u64)>,
}

/// What was counted so far.
#[derive(Clone, Debug)]
pub(super) struct Tally<'r> {
    routes: &'r Routes,
    rows: BTreeMap<(usize, usize), Calls>,
    consumers: Vec<String>,
    by_name: BTreeMap<String, usize>,
    unmatched: BTreeMap<String, u64>,
    unmatched_count: u64,
    /// Some call had a consumer.
    pub(super) is_anybody_named: bool,
    /// The first and the last time.
    pub(super) window: Option<(i64, i64)>,
}

impl<'r> Tally<'r> {
    pub(super) fn new(routes: &'r Routes) -> Self {
        let consumers = vec![UNKNOWN.to_owned(), OTHERS.to_owned()];
        let by_name = consumers.iter().cloned().zip(0..).collect();
        Self {
            routes,
            rows: BTreeMap::new(),
            consumers,
            by_name,
            unmatched: BTreeMap::new(),
            unmatched_count: 0,
            is_anybody_named: false,
            window: None,
        }
    }

    /// The operation of a call. The time of the call is taken note of, whatever becomes of it.
    pub(super) fn operation(&mut self, call: &Call) -> Option<usize> {
        self.is_anybody_named |= call.consumer.is_some();
        if let Some(at) = call.time_us {
            let (first, last) = self.window.unwrap_or((at, at));
            self.window = Some((first.min(at), last.max(at)));
        }
        call.targets.iter().find_map(|target| self.routes.index(&call.method, target))
    }

    /// Counts a call of an operation.
    pub(super) fn add(&mut self, operation: usize, call: &Call) {
        let mut row = (operation, self.consumer(call.consumer.as_deref().unwrap_or(UNKNOWN)));
        if self.rows.len() >= ROWS_MAX && !self.rows.contains_key(&row) {
            row.1 = self.by_name[OTHERS];
        }
        let calls = self.rows.entry(row).or_default();
        calls.count += 1;
        calls.last_us = calls.last_us.max(call.time_us);
        calls.by_class[call.status.map_or(0, |status| usize::from(status / 100))] += 1;
    }

    /// Counts a call of no operation.
    pub(super) fn add_unmatched(&mut self, call: &Call) {
        let is_method = !call.method.is_empty() && call.method.len() <= 16;
        let method = if is_method { call.method.to_ascii_uppercase() } else { "*".to_owned() };
        let path = call.targets.first().map_or("*".to_owned(), |target| Path::of(target).shape());
        self.unmatched_count += 1;
        *self.unmatched.entry(format!("{method} {path}")).or_default() += 1;
        if self.unmatched.len() >= 2 * UNMATCHED_KEPT {
            let kept = most_frequent(std::mem::take(&mut self.unmatched), UNMATCHED_KEPT);
            self.unmatched.extend(kept);
        }
    }

    /// The counts by the name of the operation, each of the document with an entry, and by the name
    /// of the consumer.
    pub(super) fn operations(&self) -> BTreeMap<String, BTreeMap<String, Calls>> {
        let names: Vec<_> = self.routes.names().collect();
        let mut operations: BTreeMap<_, BTreeMap<_, _>> =
            names.iter().map(|name| ((*name).to_owned(), BTreeMap::new())).collect();
        for ((operation, consumer), calls) in &self.rows {
            let consumers = operations.entry(names[*operation].to_owned()).or_default();
            consumers.insert(self.consumers[*consumer].clone(), calls.clone());
        }
        operations
    }

    pub(super) fn unmatched(&self) -> Unmatched {
        let top = most_frequent(self.unmatched.clone(), UNMATCHED_MAX);
        Unmatched { count: self.unmatched_count, top }
    }

    fn consumer(&mut self, name: &str) -> usize {
        let next = self.consumers.len();
        match self.by_name.get(name) {
            Some(known) => *known,
            None if next >= CONSUMERS_MAX + 2 => self.by_name[OTHERS],
            None => {
                self.consumers.push(name.to_owned());
                *self.by_name.entry(name.to_owned()).or_insert(next)
            }
        }
    }
}

fn most_frequent(counts: BTreeMap<String, u64>, at_most: usize) -> Vec<(String, u64)> {
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by(|left, right| right.1.cmp(&left.1).then_with(|| left.0.cmp(&right.0)));
    counts.truncate(at_most);
    counts
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Map, Value, json};

    #[test]
    fn a_frequent_path_survives_many_rare_ones() {
        let routes = Routes::of(&json!({})).unwrap();
        let mut tally = Tally::new(&routes);
        let call = |path: String| Call { method: "get".to_owned(), targets: vec![path], ..Call::default() };
        let letter = |number: usize| ('a'..='z').nth(number % 26).unwrap();
        for number in 0..10_000 {
            tally.add_unmatched(&call(format!("/{}{}/{}", letter(number), letter(number / 26), letter(number / 676))));
            tally.add_unmatched(&call("/favicon.ico".to_owned()));
            assert!(tally.unmatched.len() < 2 * UNMATCHED_KEPT);
        }
        let Unmatched { count, top } = tally.unmatched();
        assert_eq!(
            (count, top.len(), top[0].clone()),
            (20_000, UNMATCHED_MAX, ("GET /favicon.ico".to_owned(), 10_000))
        );
    }

    #[test]
    fn past_so_many_pairs_the_consumers_of_an_operation_are_others() {
        let operations = ROWS_MAX / CONSUMERS_MAX + 2;
        let paths: Map<_, _> = (0..operations).map(|number| (format!("/{number}"), json!({"get": {}}))).collect();
        let routes = Routes::of(&json!({"paths": Value::Object(paths)})).unwrap();
        let mut tally = Tally::new(&routes);
        for operation in 0..operations {
            for consumer in 0..CONSUMERS_MAX {
                tally.add(operation, &Call { consumer: Some(consumer.to_string()), ..Call::default() });
            }
        }
        assert_eq!(tally.rows.len(), ROWS_MAX + 2);
        let by_operation = tally.operations();
        assert!(by_operation.values().all(|of| of.values().map(|calls| calls.count).sum::<u64>() == 1000));
    }
}
