//! What changed between two large documents. A schema that is written alike in both, as is all that
//! it refers to, is compatible with itself; what the others lead to is small, and nothing else of the
//! documents is looked at.

use crate::openapi::{Comparison, has_twins, joined};
use crate::schema::{at, unescaped};
use ahash::{AHashMap as HashMap, AHashSet as HashSet};
use serde_json::Value;
use std::collections::BTreeMap;

/// Keywords by which a reference may mean something else than the place that it names.
const NAMING: [&str; 7] =
    ["$id", "$schema", "$anchor", "$dynamicAnchor", "$dynamicRef", "$recursiveAnchor", "$recursiveRef"];

/// The comparisons of schemas that are not written alike.
pub(super) fn changed(old: &Value, new: &Value, comparisons: Vec<Comparison>) -> Vec<Comparison> {
    let there = |one: &'_ Comparison| one.old.there && one.new.there;
    let places = comparisons.iter().map(|one| there(one).then_some((&*one.old.pointer, &*one.new.pointer)));
    let alike = unchanged(old, new, places);
    comparisons.into_iter().zip(alike).filter(|(_, alike)| !alike).map(|(one, _)| one).collect()
}

/// Takes the path items away that are written alike in both OpenAPI documents, and what only they
/// lead to. All stay where something above them changed, or where two operations are the same one.
pub(super) fn drop_unchanged(old: &mut Value, new: &mut Value) {
    let above = ["/openapi", "/security", "/servers", "/components/securitySchemes"];
    if above.iter().any(|place| at(old, place) != at(new, place)) || has_twins(old) || has_twins(new) {
        return;
    }
    for list in ["paths", "webhooks"] {
        let Some((was, is)) = old.get(list).and_then(Value::as_object).zip(new.get(list).and_then(Value::as_object))
        else {
            continue;
        };
        let both = was.keys().filter(|name| is.contains_key(*name));
        let both: Vec<(String, String)> = both.map(|name| (name.clone(), joined(&format!("/{list}"), name))).collect();
        let alike = unchanged(old, new, both.iter().map(|(_, place)| Some((&**place, &**place))));
        let gone: HashSet<String> =
            both.into_iter().zip(alike).filter(|(_, alike)| *alike).map(|((name, _), _)| name).collect();
        for document in [&mut *old, &mut *new] {
            if let Some(Value::Object(items)) = document.get_mut(list) {
                items.retain(|name, _| !gone.contains(name));
            }
        }
    }
    for document in [old, new] {
        let members = document.as_object().into_iter().flatten().map(|(name, _)| joined("", name));
        let mut places: Vec<String> = members.filter(|place| place != "/components").collect();
        places.extend(at(document, above[3]).map(|_| above[3].to_owned()));
        prune(document, places.iter().map(String::as_str));
    }
}

/// Whether each place of the old document is written like that of the new one; those that are not
/// there are not.
fn unchanged<'p>(old: &Value, new: &Value, places: impl Iterator<Item = Option<(&'p str, &'p str)>>) -> Vec<bool> {
    let part = |place: Option<(&str, &str)>| {
        place.map_or_else(Part::default, |(was, is)| Part::of(plain(old, was), plain(new, is)))
    };
    let mut parts: Vec<Part<'_>> = places.map(part).collect();
    let count = parts.len();
    if NAMING.iter().chain(&["jsonSchemaDialect"]).any(|name| old.get(name) != new.get(name)) {
        return vec![false; count];
    }
    let (mut known, mut next): (HashMap<&str, usize>, usize) = (HashMap::new(), 0);
    let mut dependents: Vec<Vec<usize>> = vec![Vec::new(); parts.len()];
    while next < parts.len() {
        for target in std::mem::take(&mut parts[next].targets) {
            let place = *known.entry(target).or_insert(parts.len());
            if place == parts.len() {
                parts.push(Part::of(plain(old, target), plain(new, target)));
                dependents.push(Vec::new());
            }
            dependents[place].push(next);
        }
        next += 1;
    }
    let mut differing: Vec<usize> = (0..parts.len()).filter(|place| !parts[*place].alike).collect();
    while let Some(place) = differing.pop() {
        for dependent in std::mem::take(&mut dependents[place]) {
            if std::mem::take(&mut parts[dependent].alike) {
                differing.push(dependent);
            }
        }
    }
    parts.iter().take(count).map(|part| part.alike).collect()
}

/// A part of both documents.
#[derive(Default)]
struct Part<'d> {
    /// Whether it is written alike.
    alike: bool,
    /// What it refers to.
    targets: Vec<&'d str>,
}

impl<'d> Part<'d> {
    fn of(old: Option<&'d Value>, new: Option<&'d Value>) -> Self {
        let mut targets = Vec::new();
        let alike = old.zip(new).is_some_and(|(old, new)| alike(old, new, &mut targets));
        Self { alike, targets }
    }
}

fn alike<'d>(old: &'d Value, new: &'d Value, targets: &mut Vec<&'d str>) -> bool {
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => {
            let mut pairs = old.iter().zip(new);
            old.len() == new.len()
                && pairs.all(|((name, was), (other, is))| match reference(name, was) {
                    _ if name != other => false,
                    Reference::None => alike(was, is, targets),
                    Reference::To(target) => {
                        targets.push(target);
                        was == is
                    }
                    Reference::Elsewhere => false,
                })
        }
        (Value::Array(old), Value::Array(new)) => {
            old.len() == new.len() && old.iter().zip(new).all(|(was, is)| alike(was, is, targets))
        }
        (old, new) => old == new,
    }
}

/// What a member is as a reference.
enum Reference<'d> {
    None,
    /// To the part of the document that this JSON pointer names.
    To(&'d str),
    /// To somewhere else, or what may change where others lead.
    Elsewhere,
}

fn reference<'d>(name: &str, member: &'d Value) -> Reference<'d> {
    if !name.starts_with('$') || member.is_object() {
        return Reference::None;
    }
    let pointer = member.as_str().and_then(|target| target.strip_prefix('#'));
    match pointer.filter(|pointer| pointer.is_empty() || (pointer.starts_with('/') && !pointer.contains('%'))) {
        Some(pointer) if name == "$ref" => Reference::To(pointer),
        _ if name == "$ref" || NAMING.contains(&name) => Reference::Elsewhere,
        _ => Reference::None,
    }
}

/// The part of a document that a JSON pointer names; nothing below a schema with a name of its own,
/// where references mean other places.
fn plain<'d>(document: &'d Value, pointer: &str) -> Option<&'d Value> {
    let ends = pointer.match_indices('/').map(|(end, _)| end);
    let mut here = document;
    let mut start = 0;
    for end in ends.skip(1).chain([pointer.len()]).filter(|_| !pointer.is_empty()) {
        if here.get("$id").is_some_and(Value::is_string) {
            return None;
        }
        here = at(here, &pointer[start..end])?;
        start = end;
    }
    Some(here)
}

/// Takes away what no schema at these places leads to; everything stays where they lead out of the
/// document.
pub(super) fn prune<'p>(document: &mut Value, places: impl Iterator<Item = &'p str>) {
    if let Some(kept) = reached(document, places) {
        retain(document, &kept);
    }
}

/// The parts of a value that are kept.
#[derive(Default)]
struct Kept {
    whole: bool,
    below: BTreeMap<String, Kept>,
}

impl Kept {
    /// Keeps the part at the pointer; whether it was not kept so far.
    fn keep(&mut self, pointer: &str) -> bool {
        let segments = pointer.split('/').skip(1).map(|segment| unescaped(segment).into_owned());
        let end = segments.fold(self, |kept, segment| kept.below.entry(segment).or_default());
        !std::mem::replace(&mut end.whole, true)
    }
}

fn reached<'p>(document: &Value, places: impl Iterator<Item = &'p str>) -> Option<Kept> {
    let mut kept = Kept::default();
    let (mut open, mut targets) = (Vec::new(), HashSet::new());
    for place in places {
        if kept.keep(place) {
            open.push(plain(document, place)?);
        }
    }
    while let Some(value) = open.pop() {
        match value {
            Value::Array(items) => open.extend(items),
            Value::Object(members) => {
                for (name, member) in members {
                    match reference(name, member) {
                        Reference::None => open.push(member),
                        Reference::To(target) if targets.insert(target) && kept.keep(target) => {
                            open.push(plain(document, target)?);
                        }
                        Reference::To(_) => {}
                        Reference::Elsewhere => return None,
                    }
                }
            }
            _ => {}
        }
    }
    Some(kept)
}

/// Plain members stay, which may say what the document is, and as many items as there are.
fn retain(value: &mut Value, kept: &Kept) {
    match value {
        _ if kept.whole => {}
        Value::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                match kept.below.get(&index.to_string()) {
                    Some(kept) => retain(item, kept),
                    None => *item = Value::Null,
                }
            }
        }
        Value::Object(members) => members.retain(|name, member| match kept.below.get(name) {
            Some(kept) => {
                retain(member, kept);
                true
            }
            None => !member.is_object() && !member.is_array(),
        }),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::openapi::Written;
    use crate::rules::Surface;
    use crate::subject::{Part, Subject};
    use serde_json::json;

    fn changes(old: &Value, new: &Value) -> Vec<String> {
        let names = old["s"].as_object().unwrap().keys();
        let written = |name: &String| Written { pointer: format!("/s/{name}"), there: true };
        let comparison = |name: &String| Comparison {
            surface: Surface::Emitted,
            subject: Subject::new(name, Part::Whole),
            place: String::new(),
            old: written(name),
            new: written(name),
        };
        let left = changed(old, new, names.map(comparison).collect());
        left.into_iter().map(|comparison| comparison.subject.words).collect()
    }

    #[test]
    fn a_schema_is_unchanged_with_all_that_it_refers_to() {
        let document = |x: Value| {
            json!({"x": x, "s": {
                "a": {"$ref": "#/x"},
                "b": {"items": {"$ref": "#/s/a"}},
                "c": {"$ref": "#/s/d", "type": "array"},
                "d": {"items": [{"$ref": "#/s/c"}]},
                "e": {"properties": {"$ref": {"type": "string"}}},
                "f": {"$anchor": "f"},
            }})
        };
        let old = document(json!({"type": "string"}));
        assert_eq!(changes(&old, &old), ["f"]);
        assert_eq!(changes(&old, &document(json!({"type": "integer"}))), ["a", "b", "f"]);
        let mut other = old.clone();
        other["s"]["d"]["items"][0]["type"] = "array".into();
        assert_eq!(changes(&old, &other), ["c", "d", "f"]);
        other["$schema"] = "http://json-schema.org/draft-07/schema#".into();
        assert_eq!(changes(&old, &other).len(), 6);
    }

    #[test]
    fn what_is_left_stands_where_it_stood() {
        let mut document = json!({"version": 1, "x": [{}, {"y": {"$ref": "#/z~1z/a"}, "n": {}}],
            "z/z": {"a": {"$ref": "#/x/1"}, "b": {}}});
        let whole = document.clone();
        prune(&mut document, ["/x/1/y"].into_iter());
        let left =
            json!({"version": 1, "x": [null, {"y": {"$ref": "#/z~1z/a"}, "n": {}}], "z/z": {"a": {"$ref": "#/x/1"}}});
        assert_eq!(document, left);
        for place in ["/x", ""] {
            let mut named = whole.clone();
            named["x"][0]["$ref"] = "other.json".into();
            let before = named.clone();
            prune(&mut named, [place].into_iter());
            assert_eq!(named, before);
        }
    }
}
