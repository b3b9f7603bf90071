//! Conditions on members and items: the walk goes into each part whose schema does not hold.

use super::change::{Change, Step, Texts, Written, wrapped};
use super::spot::Spot;
use super::walk::{Left, Pair, Walk};
use super::ways::{Further, Sign};
use crate::ir::{Arena, Atom, Id, Items, Properties};
use crate::rules::{self, Condition};
use std::collections::BTreeSet;
use std::sync::Arc;

impl<'a> Walk<'_, 'a, '_> {
    /// What members of an object show.
    pub(super) fn members(&mut self, left: &Left, right: &Properties, at: &Pair<'a>) -> Vec<Sign> {
        let lefts = self.properties(left);
        let declared: BTreeSet<Arc<str>> = lefts.iter().flat_map(|left| left.named.keys().cloned()).collect();
        let names: BTreeSet<Arc<str>> = declared.iter().chain(right.named.keys()).cloned().collect();
        let mut signs = Vec::new();
        for name in &names {
            let (theirs, ours) = (self.member_of(&lefts, name), self.member_of(std::slice::from_ref(right), name));
            if self.holds(theirs, ours) == Ok(true) {
                continue;
            }
            let step = Step::Member(name.clone());
            let whole = wrapped(self.arena(), std::slice::from_ref(&step), ours);
            if self.holds(left.id, whole) != Ok(false) {
                continue;
            }
            let spots = self.member_spots(at, name);
            let kind = match (right.named.contains_key(name), declared.contains(name)) {
                _ if ours == Arena::FALSE => Some((Condition::Undeclared, rules::Step::Alone)),
                (true, false) if theirs == Arena::TRUE => Some((Condition::Property, rules::Step::Alone)),
                _ => None,
            };
            let inner = Pair { left: spots.0, right: spots.1, integer: false };
            let told = kind.unwrap_or((Condition::Property, rules::Step::Stricter));
            let change = self.change(theirs, ours, told, Texts::default(), &inner).below(step.clone());
            signs.push(match kind {
                Some(_) => change.into(),
                None => self.further((theirs, ours), inner, step, change),
            });
        }
        signs.extend(self.undeclared(left, right, &lefts, at).map(Sign::from));
        signs
    }

    /// What a part of the value shows.
    fn further(&mut self, (left, right): (Id, Id), at: Pair<'a>, step: Step, otherwise: Change) -> Sign {
        let pair = self.pair(left, right, at);
        Sign::Further(Further { step: Some(step), union: None, pair, otherwise })
    }

    /// The changes of members that neither side names.
    fn undeclared(&mut self, left: &Left, right: &Properties, lefts: &[Properties], at: &Pair<'a>) -> Option<Change> {
        let names = lefts.iter().chain([right]).flat_map(|side| side.named.keys().cloned());
        let named = names.map(|name| (name, Arena::TRUE)).collect();
        let mut rest = Properties { named, ..right.clone() };
        let open = self.arena().atom(Atom::Properties(rest.clone()));
        if self.holds(left.id, open) != Ok(false) {
            return None;
        }
        rest.patterns.iter_mut().for_each(|pattern| pattern.1 = Arena::TRUE);
        let additional = self.arena().atom(Atom::Properties(rest));
        let (condition, text) = if self.holds(left.id, additional) == Ok(false) {
            (Condition::AdditionalProperties, String::new())
        } else {
            let patterns: Vec<String> = right.patterns.iter().map(|pattern| format!("`{}`", pattern.0)).collect();
            (Condition::PatternProperty, patterns.join(", "))
        };
        let texts = Texts { left: text.clone(), right: text, more: String::new() };
        Some(self.change(left.id, open, (condition, rules::Step::Stricter), texts, at))
    }

    /// A member that has to be there and may be missing on the left.
    pub(super) fn required(&mut self, left: &Left, part: Id, name: &Arc<str>, at: &Pair<'a>) -> Change {
        let spots = self.member_spots(at, name);
        // A member with the schema `{}` is declared for people only.
        let declared =
            spots.0.schema.is_some() || self.properties(left).iter().any(|side| side.named.contains_key(name));
        let step = if declared { rules::Step::Stricter } else { rules::Step::Alone };
        let mut change = self.change(left.id, part, (Condition::Required, step), Texts::default(), at);
        for (written, spot) in [(&mut change.left, &spots.0), (&mut change.right, &spots.1)] {
            if spot.schema.is_some() {
                *written = Written::from(spot);
            }
        }
        change.texts.more = name.to_string();
        change
    }

    /// What items of a list show.
    pub(super) fn items(&mut self, left: &Left, part: Id, right: &Items, at: &Pair<'a>) -> Vec<Sign> {
        let atoms = self.atoms(left);
        let lists = atoms.iter().filter_map(|atom| match atom {
            Atom::Items(items) => Some(items.clone()),
            _ => None,
        });
        let lefts: Vec<Items> = lists.collect();
        let first = lefts.iter().chain([right]).map(|items| items.prefix.len()).max().unwrap_or(0);
        let as_a_whole = self.change(left.id, part, (Condition::Items, rules::Step::Stricter), Texts::default(), at);
        let mut signs = Vec::new();
        for index in 0..=first {
            let item = |items: &Items| items.prefix.get(index).copied().unwrap_or(items.rest);
            let (theirs, ours) = (lefts.iter().map(item).collect::<Vec<_>>(), item(right));
            let theirs = self.arena().and(theirs);
            if self.holds(theirs, ours) == Ok(true) {
                continue;
            }
            let step = if index < first { Step::Item(index) } else { Step::Items(first) };
            let whole = wrapped(self.arena(), std::slice::from_ref(&step), ours);
            if self.holds(left.id, whole) != Ok(false) {
                continue;
            }
            let place = |items: Option<&Items>| items.filter(|items| index < items.prefix.len()).map(|_| index);
            let spots =
                (self.left.items(&at.left, place(lefts.first())), self.right.items(&at.right, place(Some(right))));
            let inner = Pair { left: spots.0, right: spots.1, integer: false };
            signs.push(if ours == Arena::FALSE {
                let kind = (Condition::Items, rules::Step::Alone);
                self.change(theirs, ours, kind, Texts::default(), &inner).below(step).into()
            } else {
                self.further((theirs, ours), inner, step, as_a_whole.clone())
            });
        }
        if signs.is_empty() {
            signs.push(as_a_whole.into());
        }
        signs
    }

    fn properties(&mut self, left: &Left) -> Vec<Properties> {
        let properties = |atom| match atom {
            Atom::Properties(properties) => Some(properties),
            _ => None,
        };
        self.atoms(left).into_iter().filter_map(properties).collect()
    }

    /// What conditions on members say of the one of a name.
    fn member_of(&mut self, sides: &[Properties], name: &str) -> Id {
        let mut all = Vec::new();
        for side in sides {
            let strings = &mut self.memo.strings;
            let patterns = side.patterns.iter().filter(|(pattern, _)| strings.matches(pattern, name) == Some(true));
            let known: Vec<Id> =
                side.named.get(name).copied().into_iter().chain(patterns.map(|pattern| pattern.1)).collect();
            if known.is_empty() { all.push(side.additional) } else { all.extend(known) }
        }
        self.arena().and(all)
    }

    fn member_spots(&mut self, at: &Pair<'a>, name: &str) -> (Spot<'a>, Spot<'a>) {
        let keywords = ["additionalProperties", "unevaluatedProperties", "patternProperties"];
        let absent = |spot: Spot<'a>| Spot { schema: None, ..spot };
        let left = self.left.member(&at.left, name).unwrap_or_else(|| absent(self.left.keyword(&at.left, &keywords)));
        let right =
            self.right.member(&at.right, name).unwrap_or_else(|| absent(self.right.keyword(&at.right, &keywords)));
        (left, right)
    }
}
