//! Worlds: what a producer is taken to send. As written, a schema that says nothing of a property
//! allows it; [`declared`] makes the documents of a producer that sends declared properties only, by
//! closing each place that declares some.
//!
//! The closed documents are schemas like all others: proofs, witnesses and validation need to know
//! nothing of worlds, and every JSON pointer stays what it was.

mod group;

use crate::schema::{Closing, Closings, Compiler, Dialect, Documents};
use group::{Child, Group};
use serde_json::Value;
use std::collections::HashSet;

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

/// The documents with `unevaluatedProperties: false` at each place of a value that declares
/// properties and says nothing of others. `roots` are the places (document, JSON pointer) where
/// values begin; what no root leads to stays as it is. Where there are more than [`ALTERNATIVES_MAX`]
/// alternatives that nothing tells apart, the place is closed to the names that any declares.
///
/// A place stays open where closing it would say more than was declared: where several schemas speak
/// of the same member and each declares a part, and beside a `$ref` of draft-07,
/// which hides it. So the outcome allows every value of declared
/// properties that the documents allow. It may allow one that they refuse: closing a branch of a
/// `oneOf` can leave one fulfilled where two were. A witness must be valid as written too.
pub fn declared(documents: &Documents, roots: &[(&str, &str)]) -> Documents {
    let mut compiler = Compiler::new(documents);
    close(&mut compiler, roots);
    documents.iter().map(|(name, document)| (name.clone(), compiler.copied(document))).collect()
}

/// Lets a compiler that has read nothing yet read its documents as [`declared`] would write them.
pub(crate) fn close(compiler: &mut Compiler<'_>, roots: &[(&str, &str)]) {
    let mut places = Places::default();
    for (document, pointer) in roots {
        if let Some(schema) = compiler.at(document, pointer) {
            places.open.push(vec![(schema, true)]);
        }
    }
    while let Some(speakers) = places.open.pop() {
        places.joint += usize::from(speakers.len() > 1);
        if places.joint > JOINT_MAX {
            return;
        }
        places.visit(compiler, &speakers);
    }
    let Places { mut closed, kept_open, .. } = places;
    closed.retain(|address, _| !kept_open.contains(address));
    compiler.close(closed);
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
    if old && schema.get("$ref").is_some() {
        return None;
    }
    if old || group.alternatives(compiler) > ALTERNATIVES_MAX {
        return group.names();
    }
    Some(Closing::Unevaluated)
}

fn address(value: &Value) -> usize {
    std::ptr::from_ref(value).addr()
}

/// Which schema objects are closed.
#[derive(Default)]
struct Places<'a> {
    closed: Closings<'a>,
    /// Those that must not be, whoever else would close them.
    kept_open: HashSet<usize>,
    seen: HashSet<Vec<(usize, bool)>>,
    /// How often several schemas spoke of one place.
    joint: usize,
    /// The schemas that speak of one place of a value.
    open: Vec<Vec<Speaker<'a>>>,
}

/// A schema that speaks of a place, and whether it may be closed.
type Speaker<'a> = (&'a Value, bool);

impl<'a> Places<'a> {
    fn visit(&mut self, compiler: &mut Compiler<'a>, speakers: &[Speaker<'a>]) {
        let mut key: Vec<(usize, bool)> = speakers.iter().map(|(schema, closes)| (address(schema), *closes)).collect();
        key.sort_unstable();
        if !self.seen.insert(key) {
            return;
        }
        let roots: Vec<&'a Value> = speakers.iter().map(|(schema, _)| *schema).collect();
        let group = Group::of(compiler, &roots);
        self.kept_open.extend(group.parts_of_a_whole());
        self.close(compiler, speakers);
        for meeting in group.meetings() {
            self.meet(&group, &meeting);
        }
    }

    /// Closes the one schema that speaks of the place's properties; of several none says all.
    fn close(&mut self, compiler: &mut Compiler<'a>, speakers: &[Speaker<'a>]) {
        let mut speaking: Vec<(Speaker<'a>, Group<'a>)> =
            speakers.iter().map(|speaker| (*speaker, Group::of(compiler, &[speaker.0]))).collect();
        speaking.retain(|(_, group)| group.speaks());
        let [((root, closes), group)] = speaking.as_slice() else {
            self.kept_open.extend(speaking.iter().map(|((schema, _), _)| address(schema)));
            return;
        };
        if *closes && group.declares() && !group.says_of_others() {
            self.closed.extend(closing(compiler, root, group).map(|closing| (address(root), closing)));
        }
    }

    /// Goes on with the schemas that may speak of the same member at the same time.
    fn meet(&mut self, group: &Group<'a>, meeting: &[Child<'a>]) {
        for child in meeting.iter().filter(|child| child.closes) {
            let beside = meeting.iter().filter(|other| {
                let same = std::ptr::eq(other.schema, child.schema) || (other.closes && other.schema == child.schema);
                !same && !group.exclude(child, other)
            });
            let mut speakers: Vec<Speaker<'a>> = vec![(child.schema, child.closes)];
            for other in beside {
                // Each once: else the groups of a recursive schema would grow without end.
                if !speakers.iter().any(|(known, _)| std::ptr::eq(*known, other.schema)) {
                    speakers.push((other.schema, other.closes));
                }
            }
            self.open.push(speakers);
        }
    }
}

#[cfg(test)]
mod tests;
