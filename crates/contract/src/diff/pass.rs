//! A [`Pass`]: the comparisons of one direction over one view of the documents. What may come is on
//! the left, what is held to on the right.

use super::court::{Court, Place};
use super::side::Side;
use crate::explain::{self, Explainer, Question, Root, Sides};
use crate::finding::Severity;
use crate::ir::Id;
use crate::json::Json;
use crate::openapi::{Comparison, Written};
use crate::rules::Direction;
use crate::schema::{Compiler, Documents, SchemaError};
use crate::solve::Solver;
use crate::verdict::{Found, Reason};
use crate::witness::JudgeError;
use crate::world::{World, declared};

/// The comparisons that are decided together.
#[derive(Clone)]
pub(super) struct Pass<'p> {
    pub(super) old: &'p Side,
    pub(super) new: &'p Side,
    pub(super) comparisons: Vec<&'p Comparison>,
    pub(super) direction: Direction,
    pub(super) is_request: bool,
    pub(super) world: World,
    /// What a break weighs.
    pub(super) severity: Severity,
    /// Whether breaks are explained; else each is told of its place as a whole.
    pub(super) explain: bool,
}

/// What stops a pass.
pub(super) enum PassError {
    Schema(SchemaError),
    Judge(JudgeError),
}

/// One comparison under way.
struct Case<'q> {
    index: usize,
    question: Question<'q>,
    /// Where the left schema is.
    left: Place<'q>,
}

/// The left side as written, where that is not what may come; few comparisons need it.
struct AsWritten<'p> {
    documents: Option<&'p Documents>,
    side: Option<explain::Side<'p>>,
}

impl AsWritten<'_> {
    fn compile(&mut self, solver: &mut Solver<'_>, place: Place<'_>) -> Option<Id> {
        let documents = self.documents?;
        let side = self.side.get_or_insert_with(|| explain::Side::new(documents, Compiler::new(documents)));
        side.compile(solver.arena(), place.0, place.1).ok()
    }
}

/// What a comparison ended with.
#[derive(PartialEq)]
enum Decision {
    Compatible,
    Told,
}

impl<'p> Pass<'p> {
    /// What may come and what is held to, of the old and the new.
    fn ordered<T>(&self, old: T, new: T) -> (T, T) {
        match self.direction {
            Direction::Accepts => (old, new),
            Direction::Emits => (new, old),
        }
    }

    /// Decides all comparisons; what breaks or is not known goes to the explainer. Returns those that
    /// are compatible.
    pub(super) fn run(
        &self,
        solver: &mut Solver<'_>,
        explainer: &mut Explainer,
    ) -> Result<Vec<&'p Comparison>, PassError> {
        let (left, right) = self.ordered(self.old, self.new);
        let pairs: Vec<(&Written, &Written)> =
            self.comparisons.iter().map(|comparison| self.ordered(&comparison.old, &comparison.new)).collect();
        let lefts: Vec<Place<'_>> = pairs.iter().map(|pair| left.place(pair.0)).collect();
        let rights: Vec<Place<'_>> = pairs.iter().map(|pair| right.place(pair.1)).collect();
        let (written, held) = (left.view(self.is_request), right.view(self.is_request));
        let closed = (self.world == World::Declared).then(|| declared(written, &lefts));
        let may_come = closed.as_ref().unwrap_or(written);
        let mut court = Court {
            sides: [(may_come, &lefts), (held, &rights)],
            written: closed.as_ref().map(|_| (written, lefts.as_slice())),
            judges: None,
        };
        let side = |documents| explain::Side::new(documents, Compiler::new(documents));
        let mut sides = Sides { left: side(may_come), right: side(held) };
        let mut as_written = AsWritten { documents: closed.as_ref().map(|_| written), side: None };
        let mut compatible = Vec::new();
        for (index, comparison) in self.comparisons.iter().enumerate() {
            let mut root =
                |side: &mut explain::Side<'_>, place: Place<'_>| side.compile(solver.arena(), place.0, place.1);
            let ids = (root(&mut sides.left, lefts[index])?, root(&mut sides.right, rights[index])?);
            if ids.0 == ids.1 {
                compatible.push(*comparison);
                continue;
            }
            let root = |id, side: &'p Side, written: &'p Written| Root {
                id,
                document: side.name(),
                pointer: &written.pointer,
                there: written.there,
            };
            let (of_left, of_right) = self.ordered(&comparison.old, &comparison.new);
            let question = Question {
                surface: comparison.surface,
                subject: &comparison.subject,
                place: &comparison.place,
                severity: self.severity,
                left: root(ids.0, left, of_left),
                right: root(ids.1, right, of_right),
            };
            let case = Case { index, question, left: lefts[index] };
            let decision = self.decide(&case, solver, explainer, &mut sides, (&mut court, &mut as_written));
            if decision == Decision::Compatible {
                compatible.push(*comparison);
            }
        }
        court.error().map_or(Ok(compatible), |error| Err(PassError::Judge(error)))
    }

    fn decide(
        &self,
        case: &Case<'_>,
        solver: &mut Solver<'_>,
        explainer: &mut Explainer,
        sides: &mut Sides<'_>,
        (court, as_written): (&mut Court<'_>, &mut AsWritten<'_>),
    ) -> Decision {
        let question = &case.question;
        let (left, right) = (question.left.id, question.right.id);
        let mut confirm = |witness: &Json| court.confirm(case.index, witness);
        let (reason, candidate) = match solver.find(&[left], &[right]) {
            Found::None => {
                if self.severity == Severity::Error && solver.find(&[left], &[]) == Found::None {
                    explainer.empty(sides, question);
                }
                return Decision::Compatible;
            }
            Found::Value(witness) => {
                if explainer.is_full() {
                    explainer.leave_out();
                    return Decision::Told;
                }
                if self.explain && explainer.breaking(solver, sides, question, &mut confirm) {
                    return Decision::Told;
                }
                (Reason::WitnessRefused, Some(witness))
            }
            Found::Maybe(reason, candidate) => (reason, candidate),
        };
        if let Some(witness) = candidate.as_ref().and_then(&mut confirm) {
            explainer.whole(solver, sides, question, witness);
            return Decision::Told;
        }
        // A closed schema can admit what the one as written refuses.
        if let Some(written) = as_written.compile(solver, case.left) {
            match solver.find(&[left, written], &[right]) {
                Found::None => return Decision::Compatible,
                Found::Value(witness) => {
                    if let Some(witness) = confirm(&witness) {
                        explainer.whole(solver, sides, question, witness);
                        return Decision::Told;
                    }
                }
                Found::Maybe(..) => {}
            }
        }
        if self.severity == Severity::Error {
            let candidate = candidate.as_ref().map(serde_json::Value::from);
            explainer.undecided(solver, sides, question, &reason, candidate.as_ref());
        }
        Decision::Told
    }
}

impl From<SchemaError> for PassError {
    fn from(error: SchemaError) -> Self {
        Self::Schema(error)
    }
}
