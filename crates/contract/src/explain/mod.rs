//! Why does one schema not hold all of another? The solver has decided that; the explanation names
//! the lowest places where the two differ, each with a witness of its own, as [`Findings`].

mod atoms;
#[cfg(test)]
mod cases;
mod change;
mod members;
mod spot;
mod tell;
#[cfg(test)]
mod tests;
mod unions;
mod walk;
mod ways;

pub use spot::Side;

use crate::finding::{Finding, Findings, Identity, Place, Proof, Severity, Site};
use crate::ir::Id;
use crate::json::Json;
use crate::rules::{self, Condition, Direction, Surface};
use crate::solve::Solver;
use crate::subject::Subject;
use crate::verdict::{Found, Reason};
use change::{Change, Texts, wrapped};
use serde_json::Value;
use walk::{Memo, Pair, Walk};

/// How many findings are explained; the places that are left are counted.
pub const EXPLAINED_MAX: usize = 1_000;

/// Two schemas of which the right one does not hold all of the left one: what the left one has may
/// come, what the right one refuses must not.
#[derive(Clone, Debug)]
pub struct Question<'q> {
    /// What they are the contract of.
    pub surface: Surface,
    /// What a finding of it speaks of.
    pub subject: &'q Subject,
    /// By names that survive edits elsewhere.
    pub place: &'q str,
    /// What a break weighs.
    pub severity: Severity,
    /// What may come.
    pub left: Root<'q>,
    /// What is held to.
    pub right: Root<'q>,
}

/// A schema that is compared.
#[derive(Clone, Copy, Debug)]
pub struct Root<'q> {
    /// It.
    pub id: Id,
    /// Its document's name among those of its side.
    pub document: &'q str,
    /// Its JSON pointer there, or that of what could have one.
    pub pointer: &'q str,
    /// Whether there is one.
    pub there: bool,
}

/// The documents of the two sides.
pub struct Sides<'a> {
    /// What may come.
    pub left: Side<'a>,
    /// What is held to.
    pub right: Side<'a>,
}

/// Makes findings of failed comparisons.
#[derive(Default)]
pub struct Explainer {
    memo: Memo,
    findings: Findings,
    left_out: usize,
}

/// Makes a value that was found one that everybody can check: the validator's consent and fewer
/// members; nothing where the validator does not agree.
pub type Confirm<'f> = dyn FnMut(&Json) -> Option<Value> + 'f;

impl Explainer {
    /// One that adds to what was found before.
    pub fn new(findings: Findings) -> Self {
        Self { findings, ..Self::default() }
    }

    /// The findings, and how many places break beside those that they name.
    pub fn finish(self) -> (Findings, usize) {
        (self.findings, self.left_out)
    }

    /// Whether there are so many findings that further places are only counted.
    pub fn is_full(&self) -> bool {
        self.findings.len() >= EXPLAINED_MAX
    }

    /// Counts a place that breaks.
    pub fn leave_out(&mut self) {
        self.left_out += 1;
    }

    /// Explains why the right schema does not hold the left one. False where nothing was found that
    /// a confirmed witness shows.
    pub fn breaking(
        &mut self,
        solver: &mut Solver<'_>,
        sides: &mut Sides<'_>,
        question: &Question<'_>,
        confirm: &mut Confirm<'_>,
    ) -> bool {
        let mut told = false;
        for change in self.changes(solver, sides, question) {
            told |= self.tell(solver, sides, question, &change, confirm);
        }
        told
    }

    /// Tells of the two schemas as wholes, with a confirmed witness.
    pub fn whole(&mut self, solver: &mut Solver<'_>, sides: &mut Sides<'_>, question: &Question<'_>, witness: Value) {
        let change = self.root(solver, sides, question);
        self.findings.add(tell::finding(&change, question, sides, Proof::Witness(witness.into())));
    }

    /// Tells that the left schema has no value, so that it says nothing about compatibility.
    pub fn empty(&mut self, sides: &Sides<'_>, question: &Question<'_>) {
        let rule = "contract-admits-nothing";
        let content = sides.left.text(question.left.document, question.left.pointer);
        let site = Some(Site::from(question.left.pointer));
        let (old, new) = match question.surface.direction() {
            Direction::Accepts => (site, None),
            Direction::Emits => (None, site),
        };
        self.findings.add(Finding {
            rule: rule.to_owned(),
            severity: rules::severity(rule),
            places: vec![Place { subject: question.subject.clone(), old, new }],
            sentence: "no value fulfils this schema".to_owned(),
            proof: Proof::Nothing,
            fingerprint: Identity { place: question.place, old: &content, new: "" }.fingerprint(rule),
        });
    }

    /// Tells that a comparison was not decided.
    pub fn undecided(
        &mut self,
        solver: &mut Solver<'_>,
        sides: &mut Sides<'_>,
        question: &Question<'_>,
        reason: &Reason,
        candidate: Option<&Value>,
    ) {
        let changes = self.changes(solver, sides, question);
        let mut lowest: Vec<Change> = changes.into_iter().filter(|change| change.undecided.is_some()).collect();
        if lowest.is_empty() {
            lowest.push(self.root(solver, sides, question));
        }
        for mut change in lowest {
            let reason = change.undecided.get_or_insert_with(|| reason.clone()).clone();
            let proof = Proof::Undecided(reason.code(), candidate.cloned());
            self.findings.add(tell::finding(&change, question, sides, proof));
        }
    }

    fn changes(&mut self, solver: &mut Solver<'_>, sides: &mut Sides<'_>, question: &Question<'_>) -> Vec<Change> {
        let at = pair(sides, question);
        let mut walk = Walk::new(solver, (&mut sides.left, &mut sides.right), &mut self.memo);
        walk.changes(question.left.id, question.right.id, at)
    }

    /// The whole of the two schemas as one change.
    fn root(&mut self, solver: &mut Solver<'_>, sides: &mut Sides<'_>, question: &Question<'_>) -> Change {
        let at = pair(sides, question);
        let mut walk = Walk::new(solver, (&mut sides.left, &mut sides.right), &mut self.memo);
        let condition = (Condition::Other, rules::Step::Stricter);
        walk.change(question.left.id, question.right.id, condition, Texts::default(), &at)
    }

    /// Adds the finding of a change, where there is a value of the whole that shows it.
    fn tell(
        &mut self,
        solver: &mut Solver<'_>,
        sides: &Sides<'_>,
        question: &Question<'_>,
        change: &Change,
        confirm: &mut Confirm<'_>,
    ) -> bool {
        if change.undecided.is_some() {
            return false;
        }
        if self.findings.add_places(tell::finding(change, question, sides, Proof::Nothing)).is_none() {
            return true;
        }
        let shown = shown(solver, question.left.id, change).and_then(|witness| confirm(&witness));
        let Some(witness) = shown else { return false };
        self.findings.add(tell::finding(change, question, sides, Proof::Witness(witness.into())));
        true
    }
}

fn pair<'a>(sides: &Sides<'a>, question: &Question<'_>) -> Pair<'a> {
    let spot = |side: &Side<'a>, root: &Root<'_>| {
        let mut spot = side.spot(root.document, root.pointer);
        spot.schema = spot.schema.filter(|_| root.there);
        spot
    };
    Pair { left: spot(&sides.left, &question.left), right: spot(&sides.right, &question.right), integer: false }
}

/// A whole value of the left side that shows the change.
fn shown(solver: &mut Solver<'_>, left: Id, change: &Change) -> Option<Json> {
    let unions = change.unions.iter().map(|(depth, union)| wrapped(solver.arena(), &change.steps[..*depth], *union));
    let unions: Vec<Id> = unions.collect();
    let exact = wrapped(solver.arena(), &change.steps, change.kept);
    let all: Vec<Id> = unions.iter().copied().chain([exact]).collect();
    match solver.find(&[left], &all) {
        Found::Value(witness) => Some(witness),
        // The alternatives that are left may refuse another value than the one that shows the change.
        _ if !unions.is_empty() => match solver.find(&[left], &unions) {
            Found::Value(witness) => Some(witness),
            _ => None,
        },
        _ => None,
    }
}
