//! A [`Pass`]: the comparisons of one direction over one view of the documents. What may come is on
//! the left, what is held to on the right.

use super::court::Court;
use super::side::Side;
use crate::explain::{self, Confirm, Explainer, Question, Root, Sides};
use crate::finding::Severity;
use crate::ir::Id;
use crate::json::Json;
use crate::openapi::{Comparison, Written};
use crate::rules::Direction;
use crate::schema::{Compiler, Documents, SchemaError};
use crate::solve::Solver;
use crate::verdict::{Found, Reason};
use crate::witness::JudgeError;
use crate::world::{self, World};

/// The comparisons that are decided together.
#[derive(Clone)]
pub(super) struct Pass<'p> {
    pub(super) old: &'p Side,
    pub(super) new: &'p Side,
    pub(super) comparisons: Vec<&'p Comparison>,
    pub(super) direction: Direction,
    pub(super) world: World,
    /// What a break weighs.
    pub(super) severity: Severity,
    /// Whether breaks are explained, with small witnesses; else each is told of its place as a whole.
    pub(super) explain: bool,
}

/// What stops a pass.
pub(super) enum PassError {
    Schema(SchemaError),
    Judge(JudgeError),
}

/// Document and pointer.
type Place<'p> = (&'p str, &'p str);

/// A comparison that is not known to be compatible.
pub(super) struct Case<'q> {
    comparison: &'q Comparison,
    question: Question<'q>,
    /// Where the two schemas are.
    pub(super) left: Place<'q>,
    pub(super) right: Place<'q>,
    found: Found,
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
        let closed = self.world == World::Declared;
        let (left, right) = self.ordered(self.old, self.new);
        let mut compiler = Compiler::new(left.documents());
        if closed {
            let roots: Vec<Place<'_>> =
                self.comparisons.iter().map(|one| left.place(self.ordered(&one.old, &one.new).0)).collect();
            world::close(&mut compiler, &roots);
        }
        let mut sides = Sides {
            left: explain::Side::new(left.documents(), compiler),
            right: explain::Side::new(right.documents(), Compiler::new(right.documents())),
        };
        let (mut compatible, cases) = self.solved(solver, explainer, &mut sides)?;
        if cases.is_empty() {
            return Ok(compatible);
        }
        let court = Court::new(&mut sides, &cases, closed, self.explain)?;
        let mut as_written = AsWritten { documents: closed.then(|| left.documents()), side: None };
        for (index, case) in cases.iter().enumerate() {
            let mut confirm = |witness: &Json| court.confirm(index, witness);
            if self.tell(case, solver, explainer, &mut sides, (&mut confirm, &mut as_written)) == Decision::Compatible {
                compatible.push(case.comparison);
            }
        }
        Ok(compatible)
    }

    /// The comparisons that are compatible, and those of which the solver does not say that.
    fn solved(
        &self,
        solver: &mut Solver<'_>,
        explainer: &mut Explainer,
        sides: &mut Sides<'_>,
    ) -> Result<(Vec<&'p Comparison>, Vec<Case<'p>>), PassError> {
        let (left, right) = self.ordered(self.old, self.new);
        let (mut compatible, mut cases) = (Vec::new(), Vec::new());
        for comparison in &self.comparisons {
            let (of_left, of_right) = self.ordered(&comparison.old, &comparison.new);
            let places = (left.place(of_left), right.place(of_right));
            let mut root =
                |side: &mut explain::Side<'_>, place: Place<'_>| side.compile(solver.arena(), place.0, place.1);
            let ids = (root(&mut sides.left, places.0)?, root(&mut sides.right, places.1)?);
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
            let question = Question {
                surface: comparison.surface,
                subject: &comparison.subject,
                place: &comparison.place,
                severity: self.severity,
                left: root(ids.0, left, of_left),
                right: root(ids.1, right, of_right),
            };
            match solver.find(&[ids.0], &[ids.1]) {
                Found::None => {
                    if self.severity == Severity::Error && solver.find(&[ids.0], &[]) == Found::None {
                        explainer.empty(sides, &question);
                    }
                    compatible.push(*comparison);
                }
                found => cases.push(Case { comparison, question, left: places.0, right: places.1, found }),
            }
        }
        Ok((compatible, cases))
    }

    fn tell(
        &self,
        case: &Case<'_>,
        solver: &mut Solver<'_>,
        explainer: &mut Explainer,
        sides: &mut Sides<'_>,
        (confirm, as_written): (&mut Confirm<'_>, &mut AsWritten<'_>),
    ) -> Decision {
        let question = &case.question;
        let (reason, candidate) = match &case.found {
            Found::None => return Decision::Compatible,
            Found::Value(witness) => {
                if explainer.is_full() {
                    explainer.leave_out();
                    return Decision::Told;
                }
                if self.explain && explainer.breaking(solver, sides, question, confirm) {
                    return Decision::Told;
                }
                (&Reason::WitnessRefused, Some(witness))
            }
            Found::Maybe(reason, candidate) => (reason, candidate.as_ref()),
        };
        if let Some(witness) = candidate.and_then(&mut *confirm) {
            explainer.whole(solver, sides, question, witness);
            return Decision::Told;
        }
        // A closed schema can admit what the one as written refuses.
        if let Some(written) = as_written.compile(solver, case.left) {
            match solver.find(&[question.left.id, written], &[question.right.id]) {
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
            let candidate = candidate.map(serde_json::Value::from);
            explainer.undecided(solver, sides, question, reason, candidate.as_ref());
        }
        Decision::Told
    }
}

impl From<SchemaError> for PassError {
    fn from(error: SchemaError) -> Self {
        Self::Schema(error)
    }
}

impl From<JudgeError> for PassError {
    fn from(error: JudgeError) -> Self {
        Self::Judge(error)
    }
}
