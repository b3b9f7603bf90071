//! Recorded uses against a contract that changes: whom would the new one break? A use is what one
//! consumer reads; it is broken where the old contract kept every promise that it relies on and the
//! new one allows a value that it cannot read.

use crate::ir::{Arena, Id};
use crate::json::Json;
use crate::reading::Reading;
use crate::schema::{Compiler, Documents, SchemaError};
use crate::solve::Solver;
use crate::strings::Strings;
use crate::verdict::{Found, Reason};
use crate::witness::{Judge, JudgeError, Seat, confirmed};
use crate::world::{self, World};
use ahash::AHashMap as HashMap;
use serde_json::Value;
use std::sync::Arc;

/// The schema of what a provider emits.
#[derive(Clone, Copy, Debug)]
pub struct Contract<'d> {
    /// The documents; of OpenAPI lifted ones.
    pub documents: &'d Documents,
    /// The document's name among them.
    pub document: &'d str,
    /// JSON pointer to the schema.
    pub pointer: &'d str,
}

/// What becomes of a use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The change takes nothing away from it: proved.
    Kept,
    /// These of its readings are broken; at least one.
    Broken(Vec<Break>),
    /// No reading is known to be broken, and one could not be decided.
    Unknown(Reason),
}

/// A reading that the new contract breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Break {
    /// What is read.
    pub reading: Reading,
    /// A whole value that the new contract accepts and that the reader cannot read.
    pub witness: Value,
}

/// Uses that cannot be checked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UseError {
    /// A contract, or the leaf of a reading, is no schema.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// The validator does not take a contract.
    #[error(transparent)]
    Judge(#[from] JudgeError),
}

/// The name of the document of what a reading relies on.
const READING: &str = "seam:reading";

/// What becomes of each of the uses, in their order. Each use is what it reads of one value of the
/// contract; without an old contract it relied on all of that. Uses that are equal share an answer,
/// and so do readings of different uses.
///
/// # Errors
/// Where a contract or a leaf cannot be read.
pub fn check(
    old: Option<Contract<'_>>,
    new: Contract<'_>,
    world: World,
    uses: &[&[Reading]],
) -> Result<Vec<Arc<Answer>>, UseError> {
    let (mut arena, mut strings) = (Arena::new(), Strings::new());
    let old = old.map(|old| Promise::of(old, world, &mut arena)).transpose()?;
    let new = Promise::of(new, world, &mut arena)?;
    let unchanged = old.as_ref().is_some_and(|old| old.ids == new.ids);
    let mut checker =
        Checker { solver: Solver::new(&mut arena, &mut strings), old, new, unchanged, readings: HashMap::new() };
    let mut known: HashMap<&[Reading], Arc<Answer>> = HashMap::new();
    let mut answers = Vec::new();
    for readings in uses {
        let answer = match known.get(readings) {
            Some(answer) => answer.clone(),
            None => Arc::new(checker.answer(readings)?),
        };
        known.insert(readings, answer.clone());
        answers.push(answer);
    }
    Ok(answers)
}

/// What a contract promises: schemas that all hold of each value.
struct Promise<'d> {
    ids: Vec<Id>,
    contract: Contract<'d>,
    compiler: Compiler<'d>,
    /// Made for the first witness: of the documents as written and as they are read.
    judges: Option<[Judge; 2]>,
}

impl<'d> Promise<'d> {
    fn of(contract: Contract<'d>, world: World, arena: &mut Arena) -> Result<Self, SchemaError> {
        let Contract { documents, document, pointer } = contract;
        let mut written = Compiler::new(documents);
        let mut ids = vec![written.compile(arena, document, pointer)?];
        let mut compiler = Compiler::new(documents);
        if world == World::Declared {
            // A closed schema can admit what the one as written refuses.
            world::close(&mut compiler, &[(document, pointer)]);
            ids.push(compiler.compile(arena, document, pointer)?);
        }
        Ok(Self { ids, contract, compiler, judges: None })
    }

    /// A small value that the contract accepts and the reader's judge refuses, where this is one.
    fn confirm(&mut self, witness: &Json, reader: &Judge) -> Result<Option<Value>, UseError> {
        if self.judges.is_none() {
            let Contract { documents, document, pointer } = self.contract;
            let place = [(document, pointer)];
            let read = self.compiler.written(place)?;
            let places = read.places.iter().map(|(document, pointer)| (document.as_str(), pointer.as_str()));
            self.judges = Some([Judge::new(documents, place)?, Judge::new(&read.documents, places)?]);
        }
        let Some([written, read]) = &self.judges else { return Ok(None) };
        let seat = |judge| Seat { judge, place: 0 };
        let given = Value::from(witness);
        let small = confirmed(witness, seat(read), seat(reader)).filter(|_| written.accepts(0, &given));
        let small = small.map(|small| Value::from(&small));
        Ok(small.map(|small| if written.accepts(0, &small) { small } else { given }))
    }
}

/// What becomes of one reading.
#[derive(Clone)]
enum Outcome {
    Kept,
    Broken(Value),
    Unknown(Reason),
}

struct Checker<'s, 'd> {
    solver: Solver<'s>,
    old: Option<Promise<'d>>,
    new: Promise<'d>,
    unchanged: bool,
    readings: HashMap<Reading, Outcome>,
}

impl Checker<'_, '_> {
    fn answer(&mut self, readings: &[Reading]) -> Result<Answer, UseError> {
        let (mut breaks, mut unknown) = (Vec::new(), None);
        if self.unchanged {
            return Ok(Answer::Kept);
        }
        for reading in readings {
            let outcome = match self.readings.get(reading) {
                Some(outcome) => outcome.clone(),
                None => self.outcome(reading)?,
            };
            match &outcome {
                Outcome::Kept => {}
                Outcome::Broken(witness) => breaks.push(Break { reading: reading.clone(), witness: witness.clone() }),
                Outcome::Unknown(reason) => unknown = unknown.or(Some(reason.clone())),
            }
            self.readings.insert(reading.clone(), outcome);
        }
        Ok(match unknown {
            _ if !breaks.is_empty() => Answer::Broken(breaks),
            Some(reason) => Answer::Unknown(reason),
            None => Answer::Kept,
        })
    }

    fn outcome(&mut self, reading: &Reading) -> Result<Outcome, UseError> {
        if let Some(outcome) = self.against(reading.schema())? {
            return Ok(outcome);
        }
        // Who lives with what is no object there, or with its absence, relies on the part where it is.
        Ok(self.against(reading.where_it_is())?.unwrap_or(Outcome::Kept))
    }

    /// What becomes of a reader by this schema; nothing where the old contract did not keep to it either:
    /// who could not read the old values is not broken by the new ones.
    fn against(&mut self, schema: Value) -> Result<Option<Outcome>, UseError> {
        let documents = Documents::from([(READING.to_owned(), schema)]);
        let id = Compiler::new(&documents).compile(self.solver.arena(), READING, "")?;
        let found = self.solver.find(&self.new.ids, &[id]);
        if found == Found::None {
            return Ok(Some(Outcome::Kept));
        }
        let reader = Judge::new(&documents, [(READING, "")])?;
        let outcome = refused(&mut self.new, found, &reader)?;
        let (Outcome::Broken(_), Some(old)) = (&outcome, &mut self.old) else { return Ok(Some(outcome)) };
        let before = self.solver.find(&old.ids, &[id]);
        Ok(match refused(old, before, &reader)? {
            Outcome::Kept => Some(outcome),
            Outcome::Broken(_) => None,
            unknown @ Outcome::Unknown(_) => Some(unknown),
        })
    }
}

/// Whether a promise lets a value come that the reader refuses, by what the solver found.
fn refused(promise: &mut Promise<'_>, found: Found, reader: &Judge) -> Result<Outcome, UseError> {
    let (witness, reason) = match found {
        Found::None => return Ok(Outcome::Kept),
        Found::Value(witness) => (Some(witness), Reason::WitnessRefused),
        Found::Maybe(reason, candidate) => (candidate, reason),
    };
    let confirmed = witness.map(|witness| promise.confirm(&witness, reader)).transpose()?.flatten();
    Ok(confirmed.map_or(Outcome::Unknown(reason), Outcome::Broken))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn reading(path: &str, leaf: Value) -> Reading {
        Reading { leaf, ..path.parse().unwrap() }
    }

    /// The answers as words: of a broken use what it reads, with the witness.
    fn told(old: Option<&Value>, new: &Value, world: World, uses: &[&[Reading]]) -> Vec<String> {
        let documents = |schema: &Value| Documents::from([("c.json".to_owned(), schema.clone())]);
        let (was, is) = (old.map(documents), documents(new));
        let contract = |documents| Contract { documents, document: "c.json", pointer: "" };
        let answers = check(was.as_ref().map(contract), contract(&is), world, uses).unwrap();
        let told = |one: &Break| format!("{} {}", one.reading, one.witness);
        let word = |answer: &Arc<Answer>| match &**answer {
            Answer::Kept => "kept".to_owned(),
            Answer::Broken(breaks) => breaks.iter().map(told).collect::<Vec<_>>().join("; "),
            Answer::Unknown(reason) => reason.code().to_owned(),
        };
        answers.iter().map(word).collect()
    }

    #[test]
    fn a_use_breaks_where_what_it_reads_is_not_promised_any_more() {
        let schema = |required: Value, total: &str| {
            json!({"type": "object", "required": required, "properties": {
                "id": {"type": "string"}, "total": {"type": total}, "lines": {"type": "array", "items": {"type": "string"}}}})
        };
        let (old, new) = (schema(json!(["id", "total"]), "integer"), schema(json!(["total"]), "number"));
        let id = [reading("id", json!({"type": "string"}))];
        let total = [reading("total", json!({"type": "integer"}))];
        let wide = [reading("total", json!({"type": "number"}))];
        let lines = [reading("lines[]", json!(true))];
        let both = [id[0].clone(), total[0].clone()];
        let optional = [Reading { optional: true, ..id[0].clone() }];
        let uses: [&[Reading]; 7] = [&id, &total, &wide, &lines, &both, &optional, &[]];
        let broken = ["id {\"total\":0}", "total {\"total\":0.5}"];
        let changed = told(Some(&old), &new, World::Declared, &uses);
        // `lines` was never promised, so nobody could rely on it.
        let expected = [broken[0], broken[1], "kept", "kept", &broken.join("; "), "kept", "kept"];
        assert_eq!(changed, expected);
        assert!(told(Some(&new), &new, World::Declared, &uses).iter().all(|word| word == "kept"));
        assert_eq!(told(None, &new, World::Declared, &uses)[3], "lines[] {\"total\":0}");
    }

    #[test]
    fn the_world_says_what_may_come_under_other_names() {
        let old = json!({"properties": {"a": {"type": "string"}}, "type": "object"});
        let new = json!({"type": "object", "properties": {"b": true}});
        let a = [Reading { optional: true, ..reading("a", json!({"type": "string"})) }];
        assert_eq!(told(Some(&old), &new, World::Declared, &[&a]), ["kept"]);
        assert_eq!(told(Some(&old), &new, World::AsWritten, &[&a]), ["a {\"a\":null}"]);
    }

    #[test]
    fn what_is_not_decided_is_not_kept() {
        let old = json!({"type": "string", "pattern": "^(?=a)a$"});
        let new = json!({"type": "string", "pattern": "^(?=b)b"});
        let read = [Reading::whole(json!({"pattern": "^(?=a)"}))];
        assert_eq!(told(Some(&old), &new, World::Declared, &[&read]), ["pattern"]);
    }

    #[test]
    fn a_leaf_that_is_no_schema_is_refused() {
        let documents = Documents::from([("c.json".to_owned(), json!(true))]);
        let contract = Contract { documents: &documents, document: "c.json", pointer: "" };
        let bad = [Reading::whole(json!({"type": 1}))];
        let error = check(None, contract, World::Declared, &[&bad]).unwrap_err();
        assert_eq!(error.to_string(), "seam:reading#/type: 1 is no type");
    }
}
