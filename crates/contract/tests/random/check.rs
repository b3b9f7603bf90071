//! One pair, looked at from all sides: what is wrong with what the engine says of it.

use crate::edits::{self, Law};
use crate::engine::{Engine, Side, Told, is_break};
use crate::schemas::{self, Kind};
use crate::values;
use fastrand::Rng;
use seam_contract::solve::FUEL;
use seam_contract::strings::Strings;
use seam_contract::world::World;
use serde_json::{Value, json};

/// Something that is wrong.
#[derive(Clone, Debug)]
pub struct Fault {
    pub what: &'static str,
    pub left: Value,
    pub right: Value,
    pub value: Value,
}

/// What there was to see at one pair.
#[derive(Debug)]
pub struct Seen {
    pub told: Told,
    pub values: u64,
    pub faults: Vec<Fault>,
    /// An unknown pair for which a random value is a counterexample.
    pub missed: bool,
}

/// A pair of documents: half of them one and an edit of it, half of them strangers.
pub fn pair(random: &mut Rng, kind: Kind) -> (Value, Value) {
    let left = schemas::document(random, kind);
    if random.bool() {
        return (left, schemas::document(random, kind));
    }
    let right = edits::mutated(random, kind, &left);
    if random.bool() { (left, right) } else { (right, left) }
}

/// Looks at a pair as written, and in the world of declared properties where that makes another
/// schema of the left one; nothing to see where one of them is no schema.
pub fn look(
    random: &mut Rng,
    strings: &mut Strings,
    (left, right): (&Value, &Value),
    values: u32,
) -> Option<(Seen, Option<Seen>)> {
    let mut engine = Engine::new(strings);
    let (left, right) = (engine.side(left)?, engine.side(right)?);
    let written = look_at(random, &mut engine, World::AsWritten, (&left.document, &left, &right), values);
    let closed = engine.declared(&left);
    let declared =
        closed.map(|closed| look_at(random, &mut engine, World::Declared, (&left.document, &closed, &right), values));
    Some((written, declared))
}

fn look_at(
    random: &mut Rng,
    engine: &mut Engine<'_>,
    world: World,
    (document, left, right): (&Value, &Side, &Side),
    values: u32,
) -> Seen {
    let (mut faults, mut missed, mut asked) = (Vec::new(), false, 0);
    let told = engine.one(left, right);
    let mut fault = |what, left: &Side, right: &Side, value: &Value| {
        let (left, right) = (left.document.clone(), right.document.clone());
        faults.push(Fault { what, left, right, value: value.clone() });
    };
    match &told {
        Told::Refused(value) => fault("the witness is refused", left, right, value),
        Told::Breaking(_) => {}
        Told::Compatible | Told::Unknown(_) => {
            let mut last = json!(null);
            for _ in 0..values {
                last = next(random, left, right, &last);
                if is_break(left, right, &last) {
                    match told {
                        Told::Compatible => fault("not compatible", left, right, &last),
                        _ => missed = true,
                    }
                    break;
                }
            }
            asked = values.into();
        }
    }
    match (random.u32(..16), world) {
        (0, _) => invariant(engine, world, (document, left, right), &told, &mut fault),
        (1, World::AsWritten) => facts(random, engine, left, &mut fault),
        (2..=4, World::AsWritten) => law(random, engine, left, &mut fault),
        _ => {}
    }
    Seen { told, values: asked, faults, missed }
}

fn next(random: &mut Rng, left: &Side, right: &Side, last: &Value) -> Value {
    match random.u32(..8) {
        0 => values::value(random, 2),
        1 | 2 => values::changed(random, last),
        3 => values::guided(random, &right.document, &right.document, 4),
        _ => values::guided(random, &left.document, &left.document, 4),
    }
}

type Report<'f> = dyn FnMut(&'static str, &Side, &Side, &Value) + 'f;

/// `{const v}` is in the schema where the validator says that `v` is one of it; and where it is, the
/// schema is not in `not {const v}`, but in itself.
fn facts(random: &mut Rng, engine: &mut Engine<'_>, side: &Side, fault: &mut Report<'_>) {
    let value = values::guided(random, &side.document, &side.document, 4);
    let (one, others) = (json!({ "const": value }), json!({ "not": { "const": value } }));
    let (Some(one), Some(others)) = (engine.side(&one), engine.side(&others)) else { return };
    let told = engine.told(&[(&one, side), (side, &others), (side, side)], FUEL);
    let is = side.is_valid(&value);
    let wrong = |told: &Told, holds: bool| {
        matches!(told, Told::Refused(_)) || told.word() == if holds { "breaking" } else { "compatible" }
    };
    if wrong(&told[0], is) {
        fault("a constant", &one, side, &value);
    }
    if wrong(&told[1], !is) {
        fault("all but a constant", side, &others, &value);
    }
    if told[2] != Told::Compatible {
        fault("itself", side, side, &value);
    }
}

/// Forms of a document in which it says the same; references are put in their place by the last one.
const FORMS: [fn(&Value) -> Value; 4] = [
    edits::reordered,
    |document| document.as_object().map_or_else(|| document.clone(), edits::extracted),
    |document| json!({ "allOf": [edits::without_definitions(document)], "$defs": document.get("$defs").unwrap_or(&json!({})) }),
    edits::inlined,
];

/// The verdict does not change with the order of keywords, behind a reference, in an `allOf`, with
/// references in their place; and with more fuel only from unknown to another.
fn invariant(
    engine: &mut Engine<'_>,
    world: World,
    (document, left, right): (&Value, &Side, &Side),
    told: &Told,
    fault: &mut Report<'_>,
) {
    for form in FORMS {
        let other = (engine.producer(world, &form(document)), engine.side(&form(&right.document)));
        let (Some(other_left), Some(other_right)) = other else { continue };
        let pairs = [(&other_left, right), (left, &other_right), (&other_left, &other_right)];
        for ((left, right), other) in pairs.iter().zip(engine.told(&pairs, FUEL)) {
            if other.word() != told.word() {
                fault("another verdict in another form", left, right, &json!(told.word()));
            }
        }
    }
    let more = engine.told(&[(left, right)], 4 * FUEL).remove(0);
    if more.word() != told.word() && !matches!(told, Told::Unknown(_)) {
        fault("another verdict with more fuel", left, right, &json!(told.word()));
    }
}

/// An edit with a known law.
fn law(random: &mut Rng, engine: &mut Engine<'_>, side: &Side, fault: &mut Report<'_>) {
    let (edited, law) = edits::labelled(random, &side.document);
    let Some(edited) = engine.side(&edited) else { return };
    let told = engine.told(&[(side, &edited), (&edited, side)], FUEL);
    let broken = |told: &Told| matches!(told, Told::Breaking(_) | Told::Refused(_));
    if law != Law::Narrower && broken(&told[0]) {
        fault("an edit that loses nothing", side, &edited, &json!(null));
    }
    if law != Law::Wider && broken(&told[1]) {
        fault("an edit that adds nothing", &edited, side, &json!(null));
    }
}
