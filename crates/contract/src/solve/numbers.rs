//! The theory of numbers: an interval, a step whose multiples are wanted, numbers whose multiples
//! are avoided, and single numbers that are excluded. It is exact: what is asked for repeats after
//! one period, and a dense interval is never emptied by points.

use crate::decimal::Decimal;
use crate::ir::{Atom, Bound};
use crate::json::Json;
use crate::verdict::{Found, Reason};
use std::collections::BTreeSet;

/// The longest period that is walked through.
const PERIOD_MAX: usize = 200_000;

/// The halvings of a dense interval before it is given up; each adds a decimal, so that the numbers
/// soon are multiples of nothing that a document can name.
const HALVINGS_MAX: usize = 4_000;

/// Which numbers are wanted.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    lower: Option<Bound>,
    upper: Option<Bound>,
    step: Option<Decimal>,
    avoided: Vec<Decimal>,
    excluded: BTreeSet<Decimal>,
}

impl Numbers {
    /// Takes a condition, or its opposite; what does not speak of numbers is ignored.
    pub(super) fn assume(&mut self, atom: &Atom, holds: bool) {
        let opposite = |bound: &Bound| Bound { at: bound.at.clone(), exclusive: !bound.exclusive };
        match (atom, holds) {
            (Atom::Minimum(bound), true) => self.raise(bound.clone()),
            (Atom::Minimum(bound), false) => self.reduce(opposite(bound)),
            (Atom::Maximum(bound), true) => self.reduce(bound.clone()),
            (Atom::Maximum(bound), false) => self.raise(opposite(bound)),
            (Atom::Integer, true) => self.multiple(&Decimal::from(1)),
            (Atom::Integer, false) => self.avoided.push(Decimal::from(1)),
            (Atom::MultipleOf(step), true) => self.multiple(step),
            (Atom::MultipleOf(step), false) => self.avoided.push(step.clone()),
            (Atom::Enum(values), false) => self.excluded.extend(values.iter().filter_map(|value| match value {
                Json::Number(number) => Some(number.clone()),
                _ => None,
            })),
            _ => {}
        }
    }

    /// One of them, near zero where that is easy.
    pub(super) fn find(&self) -> Found<Decimal> {
        if self.is_empty() {
            return Found::None;
        }
        match &self.step {
            Some(step) => self.stepped(step),
            None => self.dense(),
        }
    }

    fn raise(&mut self, bound: Bound) {
        let stronger = |old: &Bound| (&bound.at, bound.exclusive) > (&old.at, old.exclusive);
        if self.lower.as_ref().is_none_or(stronger) {
            self.lower = Some(bound);
        }
    }

    fn reduce(&mut self, bound: Bound) {
        let stronger = |old: &Bound| (&bound.at, !bound.exclusive) < (&old.at, !old.exclusive);
        if self.upper.as_ref().is_none_or(stronger) {
            self.upper = Some(bound);
        }
    }

    fn multiple(&mut self, of: &Decimal) {
        self.step = Some(self.step.as_ref().map_or_else(|| of.clone(), |step| step.lcm(of)));
    }

    fn is_empty(&self) -> bool {
        match (&self.lower, &self.upper) {
            (Some(lower), Some(upper)) => {
                lower.at > upper.at || (lower.at == upper.at && (lower.exclusive || upper.exclusive))
            }
            _ => false,
        }
    }

    fn is_above(&self, number: &Decimal) -> bool {
        let below = |bound: &Bound| *number > bound.at || (*number == bound.at && !bound.exclusive);
        self.lower.as_ref().is_none_or(below)
    }

    fn is_below(&self, number: &Decimal) -> bool {
        let above = |bound: &Bound| *number < bound.at || (*number == bound.at && !bound.exclusive);
        self.upper.as_ref().is_none_or(above)
    }

    /// Whether it is wanted, the step aside.
    fn is_wanted(&self, number: &Decimal) -> bool {
        self.is_above(number)
            && self.is_below(number)
            && !self.excluded.contains(number)
            && !self.avoided.iter().any(|of| number.is_multiple_of(of))
    }

    /// Among the multiples of the step: away from zero, or from the end that is nearer to it.
    fn stepped(&self, step: &Decimal) -> Found<Decimal> {
        if self.avoided.iter().any(|of| step.is_multiple_of(of)) {
            return Found::None;
        }
        let period = self.avoided.iter().fold(step.clone(), |period, of| period.lcm(of));
        let period = period.quotient(step).and_then(|steps| usize::try_from(steps).ok()).unwrap_or(usize::MAX);
        let steps_max = period.saturating_add(self.excluded.len());
        let zero = Decimal::from(0);
        let down = &zero - step;
        let walks = match (&self.lower, &self.upper) {
            (Some(lower), _) if lower.at > zero => {
                let below = lower.at.floor_to(step);
                vec![(if self.is_above(&below) { below } else { &below + step }, step)]
            }
            (_, Some(upper)) if upper.at < zero => vec![(upper.at.floor_to(step), &down)],
            _ => vec![(zero, step), (down.clone(), &down)],
        };
        for (start, by) in walks {
            match self.walk(start, by, steps_max) {
                Found::None => {}
                found => return found,
            }
        }
        Found::None
    }

    /// From one multiple to the next until a wanted one, the end, or all that can differ was seen.
    fn walk(&self, start: Decimal, by: &Decimal, steps_max: usize) -> Found<Decimal> {
        let up = *by > Decimal::from(0);
        let mut number = start;
        // The first may lie on an open end, hence one more.
        for steps in 0..=steps_max.saturating_add(1) {
            if self.is_wanted(&number) {
                return Found::Value(number);
            }
            if if up { !self.is_below(&number) } else { !self.is_above(&number) } {
                return Found::None;
            }
            if steps > PERIOD_MAX {
                return Found::Maybe(Reason::Budget, None);
            }
            number = &number + by;
        }
        Found::None
    }

    /// In an interval without a step: a plain number, else ever finer ones.
    fn dense(&self) -> Found<Decimal> {
        let at = |bound: &Option<Bound>| bound.as_ref().map(|bound| bound.at.clone());
        let (one, half) = (Decimal::from(1), Decimal::new(5, -1));
        let (lower, upper) = match (at(&self.lower), at(&self.upper)) {
            (Some(lower), Some(upper)) => (lower, upper),
            (Some(lower), None) => (lower.clone(), &lower + &one),
            (None, Some(upper)) => (&upper - &one, upper),
            (None, None) => (Decimal::from(0), one.clone()),
        };
        let plain = [Decimal::from(0), one.clone(), &Decimal::from(0) - &one, half.clone()];
        let near = [lower.clone(), upper.clone(), &lower + &one, &upper - &one, &lower + &half];
        if let Some(number) = plain.into_iter().chain(near).find(|number| self.is_wanted(number)) {
            return Found::Value(number);
        }
        if lower == upper {
            return Found::None;
        }
        let mut number = upper;
        for _ in 0..HALVINGS_MAX + self.excluded.len() {
            number = lower.middle(&number);
            if self.is_wanted(&number) {
                return Found::Value(number);
            }
        }
        Found::Maybe(Reason::Budget, None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    /// Reads "≥1 <3 /2 !/3 !5": bounds, multiples, avoided multiples, excluded numbers.
    fn wanted(text: &str) -> Numbers {
        let mut numbers = Numbers::default();
        for word in text.split_whitespace() {
            let (atom, holds) = if let Some(at) = word.strip_prefix(">=") {
                (Atom::Minimum(Bound { at: decimal(at), exclusive: false }), true)
            } else if let Some(at) = word.strip_prefix("<=") {
                (Atom::Maximum(Bound { at: decimal(at), exclusive: false }), true)
            } else if let Some(at) = word.strip_prefix('>') {
                (Atom::Maximum(Bound { at: decimal(at), exclusive: false }), false)
            } else if let Some(at) = word.strip_prefix('<') {
                (Atom::Minimum(Bound { at: decimal(at), exclusive: false }), false)
            } else if let Some(of) = word.strip_prefix("!/") {
                (Atom::MultipleOf(decimal(of)), false)
            } else if let Some(of) = word.strip_prefix('/') {
                (Atom::MultipleOf(decimal(of)), true)
            } else {
                (Atom::Enum(vec![Json::Number(decimal(word.trim_start_matches('!')))]), false)
            };
            numbers.assume(&atom, holds);
        }
        numbers
    }

    #[test]
    fn a_number_is_found_where_there_is_one() {
        for (text, expected) in [
            ("", Some("0")),
            ("!0", Some("1")),
            (">=3 <=3", Some("3")),
            (">=3 <3", None),
            (">3 <3", None),
            (">=3 <=3 !3", None),
            (">3 <4", Some("3.5")),
            (">3 <4 !3.5 !/0.25", Some("3.125")),
            (">5 <=5.0001 !5.0001", Some("5.00005")),
            ("/1 >0 <1", None),
            ("/1 >=0.5 <=1", Some("1")),
            ("/1 >2 <=3", Some("3")),
            ("/3 >=7 <=9", Some("9")),
            ("/3 >=7 <9", None),
            ("/4 /6 >0 <12", None),
            ("/4 /6 >0 <=12", Some("12")),
            ("/0.1 !/0.01", None),
            ("/0.01 !/0.1", Some("0.01")),
            ("/2 !/3 >0", Some("2")),
            ("/2 !/3 >=6 <=7", None),
            ("/2 !/3 !/5 >=10 <=12", None),
            ("/2 !/3 !2 !4 >0", Some("8")),
            ("/1 <-3", Some("-4")),
            ("/1 <=-3", Some("-3")),
            ("/5 <=-3 >-5", None),
            ("/1 !/2 !1 <=2", Some("-1")),
            ("/1 >=-1 <=1 !0 !1", Some("-1")),
            ("/1 >=-1 <=1 !0 !1 !-1", None),
            (">=9007199254740993 <=9007199254740993 /1", Some("9007199254740993")),
            (">=1e300 /7 !/11 <1e301", Some("1.000000000000000000000000000000000000000000e300")),
        ] {
            let found = wanted(text).find();
            match (expected, &found) {
                (None, Found::None) => {}
                (Some(number), Found::Value(value)) if *value == decimal(number) => {}
                (Some(number), Found::Value(value)) if number.contains("e300") => {
                    assert!(wanted(text).is_wanted(value) && value.is_multiple_of(&decimal("7")));
                }
                _ => panic!("{text}: {found:?}"),
            }
        }
    }

    #[test]
    fn a_period_that_is_too_long_is_said() {
        let found = wanted("/1 !/2 !/3 !/5 !/7 !/11 !/13 !/17 !/19 !1 !-1").find();
        assert_eq!(found, Found::Value(decimal("23")));
        // Between two numbers without a wanted one the walk ends at the end of the interval.
        assert_eq!(wanted("/1 !/2 !/3 >=8 <=10").find(), Found::None);
    }
}
