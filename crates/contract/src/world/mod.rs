//! Worlds: what a producer is taken to send. As written, a schema that says nothing of a property
//! allows it; [`declared`] makes the schemas of a producer that sends declared properties only, by
//! closing each place that declares some.
//!
//! What is closed is a place of a value and no schema object: one that several places refer to is
//! read in several [situations](Situation). So it makes no difference what is written where. The
//! closed schemas are schemas like all others: proofs, witnesses and validation need to know nothing
//! of worlds.

mod group;
mod same;

use crate::ir::{Arena, Atom, Types};
use crate::json::Type;
use crate::schema::{
    Closing, Compiler, DEPTH_MAX, Dialect, Documents, OUTSIDE, SchemaError, Situation, Situations, Written,
};
use crate::solve::Solver;
use crate::strings::Strings;
use crate::verdict::Found;
use ahash::AHashMap as HashMap;
use group::Group;
use same::Same;
use serde_json::Value;

/// What a producer is taken to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum World {
    /// Whatever the schema allows.
    AsWritten,
    /// Of that, what uses declared properties only.
    Declared,
}

impl World {
    /// As reports and options name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::AsWritten => "as-written",
            Self::Declared => "declared",
        }
    }
}

/// The schemas at these places (document, JSON pointer), where values begin, with
/// `unevaluatedProperties: false` at each place of a value that declares properties and says nothing
/// of others. Where there are more than [`ALTERNATIVES_MAX`] alternatives that nothing tells apart,
/// the place is closed to the names that any declares.
///
/// A place stays open where several schemas speak of the same member and each declares a part: there
/// none says all. So the outcome allows every value of declared properties that the documents allow.
/// It may allow one that they refuse: closing a branch of a `oneOf` can leave one fulfilled where two
/// were. A witness must be valid as written too.
///
/// # Errors
/// Where one of them cannot be read.
pub fn declared(documents: &Documents, roots: &[(&str, &str)]) -> Result<Written, SchemaError> {
    let mut compiler = Compiler::new(documents);
    close(&mut compiler, roots);
    compiler.written(roots.iter().copied())
}

/// Lets a compiler that has read nothing yet read these places as [`declared`] would write them.
pub(crate) fn close(compiler: &mut Compiler<'_>, roots: &[(&str, &str)]) {
    let mut places = Places::default();
    for (document, pointer) in roots {
        if let Some(schema) = compiler.at(document, pointer) {
            let place = places.place(compiler, schema, Vec::new());
            places.situations.get_mut(OUTSIDE).inside.insert(address(schema), place);
        }
    }
    while let Some(place) = places.open.pop() {
        places.joint += usize::from(!place.company.is_empty());
        if places.joint > JOINT_MAX {
            return;
        }
        places.visit(compiler, &place);
    }
    let Places { situations, doubtful, .. } = places;
    compiler.situate(situations);
    open_what_is_empty(compiler, &doubtful);
}

/// A place that no object would fulfil any more stays as it is written: of alternatives that overlap each
/// declared value may fulfil two, and a name may be required that nothing declares. Else everything would
/// be compatible there.
fn open_what_is_empty<'a>(compiler: &mut Compiler<'a>, doubtful: &[(&'a Value, usize)]) {
    if doubtful.is_empty() {
        return;
    }
    let (mut arena, mut strings, mut empty) = (Arena::new(), Strings::new(), Vec::new());
    let object = arena.atom(Atom::Types(Types::one(Type::Object)));
    for (schema, situation) in doubtful {
        let Some([closed, written]) = compiler.meaning(&mut arena, schema, *situation) else { continue };
        let mut solver = Solver::new(&mut arena, &mut strings);
        if solver.find(&[closed, object], &[]) == Found::None && solver.find(&[written, object], &[]) != Found::None {
            empty.push(*situation);
        }
    }
    compiler.open(empty);
}

/// So many alternatives are closed exactly: which of them hold decides what is declared, and each
/// set of them is a case of its own.
const ALTERNATIVES_MAX: usize = 32;

/// Recursive schemas that overlap in ever other ways are given up: then nothing is closed.
const JOINT_MAX: usize = 20_000;

/// What closes the place that one schema speaks of.
fn closing<'a>(compiler: &mut Compiler<'a>, schema: &'a Value, group: &Group<'a>) -> Option<Closing<'a>> {
    let old = compiler.dialect(schema) == Some(Dialect::Draft7);
    if old && group.is_single() {
        return Some(Closing::Additional);
    }
    if old || group.alternatives(compiler) > ALTERNATIVES_MAX {
        return group.names();
    }
    Some(Closing::Unevaluated)
}

fn address(value: &Value) -> usize {
    std::ptr::from_ref(value).addr()
}

/// A place of values: the schema that is read there, and the others that may speak of it too.
struct Place<'a> {
    schema: &'a Value,
    company: Vec<&'a Value>,
    situation: usize,
}

/// The places of values, each with the situation in which its schema is read.
#[derive(Default)]
struct Places<'a> {
    situations: Situations<'a>,
    /// By the addresses of the schema and of the others.
    known: HashMap<(usize, Vec<usize>), usize>,
    /// The situations of parts: objects that speak of a place beside its own schema.
    parts: HashMap<Situation<'a>, usize>,
    same: Same<'a>,
    /// How often several schemas spoke of one place.
    joint: usize,
    open: Vec<Place<'a>>,
    /// Objects that may have no value once they are closed.
    doubtful: Vec<(&'a Value, usize)>,
}

impl<'a> Places<'a> {
    /// The situation of a schema at a place of which the others speak too; a new one is looked at later.
    fn place(&mut self, compiler: &mut Compiler<'a>, schema: &'a Value, company: Vec<&'a Value>) -> usize {
        let mut company: Vec<&Value> = company.into_iter().map(|other| resolved(compiler, other)).collect();
        company.sort_unstable_by_key(|other| address(other));
        company.dedup_by_key(|other| address(other));
        let key = (address(schema), company.iter().map(|other| address(other)).collect());
        let Self { situations, known, open, .. } = self;
        *known.entry(key).or_insert_with(|| {
            let situation = situations.add(Situation::new(address(schema)));
            open.push(Place { schema, company, situation });
            situation
        })
    }

    fn visit(&mut self, compiler: &mut Compiler<'a>, place: &Place<'a>) {
        if let Some(target) = only_target(compiler, place.schema) {
            let there = self.place(compiler, target, place.company.clone());
            self.situations.get_mut(place.situation).targets.insert(address(target), there);
            return;
        }
        let others: Vec<Group<'a>> = place.company.iter().map(|other| Group::of(compiler, other)).collect();
        let group = Group::of(compiler, place.schema);
        let alone = !others.iter().any(Group::speaks);
        if alone && group.declares() && !group.says_of_others() {
            self.situations.get_mut(place.situation).closing = closing(compiler, place.schema, &group);
            if group.may_contradict_itself() {
                self.doubtful.push((place.schema, place.situation));
            }
        }
        let meetings = group.joined(others).meetings(|left, right| self.same.is(compiler, left, right));
        let mut inside = vec![Vec::new(); group.members.len()];
        for (child, company) in meetings {
            inside[child.member].push((address(child.schema), self.place(compiler, child.schema, company)));
        }
        self.situate(place, &group, inside);
    }

    /// Says of each object of the group in what situations those are that stand in it: parts before
    /// what they are a part of.
    fn situate(&mut self, place: &Place<'a>, group: &Group<'a>, mut inside: Vec<Vec<(usize, usize)>>) {
        let mut targets = vec![Vec::new(); group.members.len()];
        for (at, member) in group.members.iter().enumerate().skip(1).rev() {
            let (inner, referred) = (std::mem::take(&mut inside[at]), std::mem::take(&mut targets[at]));
            if inner.is_empty() && referred.is_empty() {
                continue;
            }
            let mut part = Situation::new(address(member.object));
            part.inside.extend(inner);
            part.targets.extend(referred);
            let Self { situations, parts, .. } = self;
            let number = *parts.entry(part).or_insert_with_key(|part| situations.add(part.clone()));
            let outer = if member.referred { &mut targets } else { &mut inside };
            outer[member.parent].push((address(member.object), number));
        }
        let Some((inside, targets)) = inside.first().zip(targets.first()) else { return };
        let own = self.situations.get_mut(place.situation);
        own.inside.extend(inside.iter().copied());
        own.targets.extend(targets.iter().copied());
    }
}

/// The schema that references lead to which say nothing else.
fn resolved<'a>(compiler: &mut Compiler<'a>, mut schema: &'a Value) -> &'a Value {
    for _ in 0..DEPTH_MAX {
        match only_target(compiler, schema) {
            Some(target) => schema = target,
            None => break,
        }
    }
    schema
}

/// What a schema that is nothing but a reference leads to.
fn only_target<'a>(compiler: &mut Compiler<'a>, schema: &'a Value) -> Option<&'a Value> {
    let members = schema.as_object().filter(|members| members.contains_key("$ref"))?;
    let only = members.len() == 1 || compiler.dialect(schema)?.reference_hides(members);
    compiler.target(schema).filter(|_| only)
}

#[cfg(test)]
mod tests;
