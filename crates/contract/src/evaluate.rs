//! Whether a value is one of a schema: [`evaluate`], three-valued, since a pattern or a format may
//! be beyond what is known.

use crate::ir::{Arena, Atom, Contains, Id, Items, Node, Properties};
use crate::json::Json;
use crate::strings::Strings;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// Whether the value is one of the schema's; nothing where that cannot be told.
///
/// The recursion is as deep as the value times the schema around a member; both are bounded where
/// they are read.
pub fn evaluate(arena: &Arena, schema: Id, value: &Json, strings: &mut Strings) -> Option<bool> {
    Evaluation { arena, strings, known: HashMap::new() }.schema(schema, value)
}

struct Evaluation<'a> {
    arena: &'a Arena,
    strings: &'a mut Strings,
    /// What combinations say of a place of the value: a recursive schema that speaks twice of each
    /// member (`oneOf` beside `unevaluatedProperties`) would else cost 2^depth.
    known: HashMap<(Id, usize), Option<bool>>,
}

impl Evaluation<'_> {
    fn schema(&mut self, schema: Id, value: &Json) -> Option<bool> {
        let arena = self.arena;
        match arena.node(schema) {
            Node::True => return Some(true),
            Node::Not(inner) => return self.schema(*inner, value).map(|holds| !holds),
            Node::Ref(knot) => return self.schema(arena.tied(*knot), value),
            Node::Atom(atom) => return self.atom(atom, value),
            Node::And(_) | Node::Or(_) | Node::One(_) => {}
        }
        let place = (schema, std::ptr::from_ref(value).addr());
        if let Some(known) = self.known.get(&place) {
            return *known;
        }
        let found = match arena.node(schema) {
            Node::And(parts) => all(parts.iter().map(|part| self.schema(*part, value))),
            Node::Or(parts) => any(parts.iter().map(|part| self.schema(*part, value))),
            Node::One(parts) => self.count(parts.iter().map(|part| (*part, value)), 1, Some(1)),
            _ => None,
        };
        self.known.insert(place, found);
        found
    }

    /// Whether at least `min` and at most `max` of the pairs hold.
    fn count<'v>(&mut self, pairs: impl Iterator<Item = (Id, &'v Json)>, min: u64, max: Option<u64>) -> Option<bool> {
        let (mut sure, mut possible) = (0_u64, 0_u64);
        for (schema, value) in pairs {
            let holds = self.schema(schema, value);
            sure += u64::from(holds == Some(true));
            possible += u64::from(holds != Some(false));
        }
        let within = |count: u64| min <= count && max.is_none_or(|max| count <= max);
        if possible < min || max.is_some_and(|max| max < sure) {
            return Some(false);
        }
        (within(sure) && within(possible)).then_some(true)
    }

    fn atom(&mut self, atom: &Atom, value: &Json) -> Option<bool> {
        match (atom, value) {
            (Atom::Types(types), _) => Some(types.has(value.kind())),
            (Atom::Enum(values), _) => Some(values.binary_search(value).is_ok()),
            (Atom::Integer, Json::Number(number)) => Some(number.is_integer()),
            (Atom::Minimum(bound), Json::Number(number)) => {
                Some(if bound.exclusive { *number > bound.at } else { *number >= bound.at })
            }
            (Atom::Maximum(bound), Json::Number(number)) => {
                Some(if bound.exclusive { *number < bound.at } else { *number <= bound.at })
            }
            (Atom::MultipleOf(of), Json::Number(number)) => Some(number.is_multiple_of(of)),
            (Atom::MinLength(min), Json::String(text)) => Some(text.chars().count() as u64 >= *min),
            (Atom::MaxLength(max), Json::String(text)) => Some(text.chars().count() as u64 <= *max),
            (Atom::Pattern(pattern), Json::String(text)) => self.strings.matches(pattern, text),
            (Atom::Format(format), Json::String(text)) => self.strings.is_format(format, text),
            (Atom::Opaque(opaque), _) => (!opaque.types.has(value.kind())).then_some(true),
            (_, Json::Array(items)) => self.array(atom, items),
            (_, Json::Object(members)) => self.object(atom, members),
            _ => Some(true),
        }
    }

    fn array(&mut self, atom: &Atom, items: &[Json]) -> Option<bool> {
        match atom {
            Atom::Items(Items { prefix, rest }) => {
                let schemas = prefix.iter().chain(std::iter::repeat(rest));
                all(schemas.zip(items).map(|(schema, item)| self.schema(*schema, item)))
            }
            Atom::MinItems(min) => Some(items.len() as u64 >= *min),
            Atom::MaxItems(max) => Some(items.len() as u64 <= *max),
            Atom::Unique => Some(items.iter().collect::<BTreeSet<_>>().len() == items.len()),
            Atom::Contains(Contains { schema, min, max }) => {
                self.count(items.iter().map(|item| (*schema, item)), *min, *max)
            }
            _ => Some(true),
        }
    }

    fn object(&mut self, atom: &Atom, members: &BTreeMap<Arc<str>, Json>) -> Option<bool> {
        match atom {
            Atom::Properties(properties) => {
                all(members.iter().map(|(name, value)| self.member(properties, name, value)))
            }
            Atom::Required(name) => Some(members.contains_key(name)),
            Atom::MinProperties(min) => Some(members.len() as u64 >= *min),
            Atom::MaxProperties(max) => Some(members.len() as u64 <= *max),
            // A name is not part of the value: its evaluation has a memory of its own, since what is
            // remembered is found by address.
            Atom::Names(schema) => {
                all(members.keys().map(|name| evaluate(self.arena, *schema, &Json::String(name.clone()), self.strings)))
            }
            _ => Some(true),
        }
    }

    fn member(&mut self, properties: &Properties, name: &Arc<str>, value: &Json) -> Option<bool> {
        let mut said = Vec::new();
        let mut others = Some(true);
        if let Some(schema) = properties.named.get(name) {
            others = Some(false);
            said.push(self.schema(*schema, value));
        }
        for (pattern, schema) in &properties.patterns {
            match self.strings.matches(pattern, name) {
                Some(true) => {
                    others = Some(false);
                    said.push(self.schema(*schema, value));
                }
                Some(false) => {}
                None => {
                    others = others.filter(|others| !others);
                    // Whether the schema speaks of it is not known: it holds only if it holds anyway.
                    said.push(self.schema(*schema, value).filter(|holds| *holds));
                }
            }
        }
        if others != Some(false) {
            let additional = self.schema(properties.additional, value);
            said.push(additional.filter(|holds| *holds || others.is_some()));
        }
        all(said.into_iter())
    }
}

/// Whether all hold: one that does not decides.
fn all(mut parts: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut found = Some(true);
    let refused = parts.any(|part| {
        found = found.and(part);
        part == Some(false)
    });
    if refused { Some(false) } else { found }
}

/// Whether any holds: one that does decides.
fn any(parts: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    all(parts.map(|part| part.map(|holds| !holds))).map(|holds| !holds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Compiler, Documents};
    use serde_json::json;

    #[test]
    fn what_is_not_known_leaves_open_only_what_depends_on_it() {
        let unknown = json!({"format": "x-unknown"});
        let (yes, no) = (json!(true), json!(false));
        // Schema, value, what is known.
        let cases = [
            (unknown.clone(), json!("a"), None),
            (unknown.clone(), json!(1), Some(true)),
            (json!({"not": unknown}), json!("a"), None),
            (json!({"allOf": [unknown, no]}), json!("a"), Some(false)),
            (json!({"allOf": [unknown, yes]}), json!("a"), None),
            (json!({"anyOf": [unknown, yes]}), json!("a"), Some(true)),
            (json!({"anyOf": [unknown, no]}), json!("a"), None),
            (json!({"oneOf": [unknown, yes]}), json!("a"), None),
            (json!({"oneOf": [unknown, yes, true]}), json!("a"), Some(false)),
            (json!({"oneOf": [unknown, no]}), json!("a"), None),
            (json!({"contains": unknown}), json!(["a", 1]), Some(true)),
            (json!({"contains": unknown}), json!(["a"]), None),
            (json!({"contains": unknown, "maxContains": 1}), json!([1, 2, "a"]), Some(false)),
            (json!({"contains": unknown, "minContains": 0, "maxContains": 1}), json!([1, "a"]), None),
            (json!({"items": unknown}), json!(["a", "b"]), None),
            (json!({"items": {"anyOf": [unknown, {"const": "a"}]}}), json!(["a"]), Some(true)),
            (json!({"properties": {"p": unknown, "q": false}}), json!({"p": "a", "q": 1}), Some(false)),
            (json!({"propertyNames": unknown}), json!({"p": 1}), None),
        ];
        for (schema, value, known) in cases {
            let documents = Documents::from([(String::new(), schema.clone())]);
            let mut arena = Arena::new();
            let id = Compiler::new(&documents).compile(&mut arena, "", "").unwrap();
            let found = evaluate(&arena, id, &Json::try_from(&value).unwrap(), &mut Strings::new());
            assert_eq!(found, known, "{schema} of {value}");
        }
    }

    #[test]
    fn a_member_under_a_pattern_that_is_not_known_may_be_any() {
        let pattern = "^(?=x)";
        let mut strings = Strings::new();
        assert_eq!(strings.matches(pattern, "x"), None, "the pattern is beyond what is compared");
        let cases = [
            (json!({"patternProperties": {pattern: true}}), Some(true)),
            (json!({"patternProperties": {pattern: false}}), None),
            (json!({"patternProperties": {pattern: true}, "additionalProperties": false}), None),
            (json!({"patternProperties": {pattern: false}, "additionalProperties": false}), None),
            (json!({"patternProperties": {pattern: false}, "properties": {"x": false}}), Some(false)),
        ];
        for (schema, known) in cases {
            let documents = Documents::from([(String::new(), schema.clone())]);
            let mut arena = Arena::new();
            let id = Compiler::new(&documents).compile(&mut arena, "", "").unwrap();
            let value = Json::try_from(&json!({"x": 1})).unwrap();
            assert_eq!(evaluate(&arena, id, &value, &mut strings), known, "{schema}");
        }
    }
}
