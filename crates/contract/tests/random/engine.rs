//! The engine and the validator, side by side: what each says of a pair of documents.

use jsonschema::Validator;
use seam_contract::ir::{Arena, Id};
use seam_contract::json::Json;
use seam_contract::schema::{Compiler, Documents};
use seam_contract::solve::{FUEL, Solver};
use seam_contract::strings::Strings;
use seam_contract::verdict::{Found, Reason};
use seam_contract::world::{World, declared};
use serde_json::{Value, json};
use std::rc::Rc;

/// What the engine says of `left ⊆ right`; a witness is confirmed by the validator.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    Compatible,
    Breaking(Value),
    /// The validator does not confirm the witness.
    Refused(Value),
    Unknown(Reason),
}

impl Told {
    pub fn word(&self) -> &'static str {
        match self {
            Self::Compatible => "compatible",
            Self::Breaking(_) => "breaking",
            Self::Refused(_) => "refused",
            Self::Unknown(_) => "unknown",
        }
    }
}

/// What engine and validator have both read: a document, or a closed one with what it was.
pub struct Side {
    pub document: Value,
    validators: Vec<Rc<Validator>>,
    id: Id,
}

impl Side {
    /// Whether the validator accepts the value.
    pub fn is_valid(&self, value: &Value) -> bool {
        self.validators.iter().all(|validator| validator.is_valid(value))
    }
}

/// One arena for all documents of a pair; the texts are kept for all pairs of a thread.
pub struct Engine<'a> {
    arena: Arena,
    strings: &'a mut Strings,
}

impl<'a> Engine<'a> {
    pub fn new(strings: &'a mut Strings) -> Self {
        Self { arena: Arena::new(), strings }
    }

    /// Reads a document; nothing where it is no schema, such as a reference to itself.
    pub fn side(&mut self, document: &Value) -> Option<Side> {
        let documents = Documents::from([("schema.json".to_owned(), document.clone())]);
        let id = Compiler::new(&documents).compile(&mut self.arena, "schema.json", "").ok()?;
        let validator = jsonschema::options().should_validate_formats(true).build(document).ok()?;
        Some(Side { document: document.clone(), validators: vec![Rc::new(validator)], id })
    }

    /// Reads a document as the world takes it.
    pub fn producer(&mut self, world: World, document: &Value) -> Option<Side> {
        let written = self.side(document)?;
        Some(if world == World::Declared { self.declared(&written).unwrap_or(written) } else { written })
    }

    /// What a document is in the world of declared properties; nothing where it is the same.
    pub fn declared(&mut self, written: &Side) -> Option<Side> {
        let documents = Documents::from([("schema.json".to_owned(), written.document.clone())]);
        let place = [("schema.json", "")];
        let closed = declared(&documents, &place).ok()?.documents;
        if closed == Compiler::new(&documents).written(place).ok()?.documents {
            return None;
        }
        let mut closed = closed.into_values().next()?;
        closed["$ref"] = json!("#/$defs/0");
        let mut closed = self.side(&closed)?;
        closed.validators.extend(written.validators.iter().cloned());
        closed.id = self.arena.and([closed.id, written.id]);
        Some(closed)
    }

    /// What it says of several pairs in turn, with the memory of the earlier ones.
    pub fn told(&mut self, pairs: &[(&Side, &Side)], fuel: u32) -> Vec<Told> {
        let mut solver = Solver::new(&mut self.arena, self.strings).with_fuel(fuel);
        pairs.iter().map(|(left, right)| judged(solver.find(&[left.id], &[right.id]), left, right)).collect()
    }

    /// What it says of one pair.
    pub fn one(&mut self, left: &Side, right: &Side) -> Told {
        self.told(&[(left, right)], FUEL).remove(0)
    }
}

fn judged(found: Found, left: &Side, right: &Side) -> Told {
    let breaks = |value: &Json| is_break(left, right, &Value::from(value));
    match found {
        Found::None => Told::Compatible,
        Found::Value(value) | Found::Maybe(_, Some(value)) if breaks(&value) => Told::Breaking(Value::from(&value)),
        Found::Value(value) => Told::Refused(Value::from(&value)),
        Found::Maybe(reason, _) => Told::Unknown(reason),
    }
}

/// Whether the validator takes it for a value of the left side only.
pub fn is_break(left: &Side, right: &Side, value: &Value) -> bool {
    left.is_valid(value) && !right.is_valid(value)
}
