//! What a request and a response are to each see of a document: `readOnly` members are not sent in
//! requests, `writeOnly` ones not in responses. They are taken out for as long as nobody may see
//! them: a large document is not copied for it.

use super::ApiError;
use super::lift::each_subschema;
use super::shape::{each_schema, push};
use crate::schema::at;
use serde_json::{Map, Value};
use std::collections::HashSet;

/// Members that were taken out of a document.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hidden(Vec<Taken>);

/// Those of one schema.
#[derive(Clone, Debug)]
struct Taken {
    pointer: String,
    properties: Map<String, Value>,
    /// Which members are required, where some of them were.
    required: Option<Value>,
}

impl Hidden {
    /// Takes out the members that carry the flag (`readOnly` or `writeOnly`), themselves or through a
    /// reference; they are not required either.
    pub(crate) fn of(document: &mut Value, flag: &str) -> Self {
        let mut hidden = Self::default();
        let flagged = flagged(document, flag);
        if !flagged.is_empty() {
            let walked =
                each_schema(document, &mut |schema, pointer| hidden.take(schema, &flagged, &mut pointer.to_owned()));
            debug_assert!(walked.is_ok(), "taking out refuses nothing");
        }
        hidden
    }

    fn take(&mut self, schema: &mut Value, flagged: &HashSet<usize>, pointer: &mut String) -> Result<(), ApiError> {
        let Value::Object(members) = schema else { return Ok(()) };
        if let Some(Value::Object(properties)) = members.get_mut("properties") {
            let is_gone = |(_, member): &(&String, &Value)| flagged.contains(&address(member));
            let names: Vec<String> = properties.iter().filter(is_gone).map(|(name, _)| name.clone()).collect();
            if !names.is_empty() {
                let properties = names.iter().filter_map(|name| properties.remove_entry(name)).collect();
                let required = members.get("required").cloned();
                if let Some(Value::Array(required)) = members.get_mut("required") {
                    required.retain(|required| !names.iter().any(|name| required == name));
                }
                self.0.push(Taken { pointer: pointer.clone(), properties, required });
            }
        }
        each_subschema(members, &mut |keyword, key, subschema| {
            let length = pointer.len();
            push(pointer, keyword);
            if let Some(key) = key {
                push(pointer, &key.to_string());
            }
            self.take(subschema, flagged, pointer)?;
            pointer.truncate(length);
            Ok(())
        })
    }

    /// Puts them back.
    pub(crate) fn restore(self, document: &mut Value) {
        for Taken { pointer, properties, required } in self.0 {
            let Some(Value::Object(members)) = document.pointer_mut(&pointer) else { continue };
            members.extend(required.map(|required| ("required".to_owned(), required)));
            if let Some(Value::Object(known)) = members.get_mut("properties") {
                known.extend(properties);
            }
        }
    }
}

fn address(value: &Value) -> usize {
    std::ptr::from_ref(value).addr()
}

/// The addresses of the members that carry the flag. What looks like a member and is none does no
/// harm: only members are taken out.
fn flagged(document: &Value, flag: &str) -> HashSet<usize> {
    let mut flagged = HashSet::new();
    let mut open = vec![document];
    while let Some(value) = open.pop() {
        match value {
            Value::Array(items) => open.extend(items),
            Value::Object(members) => {
                let properties = members.get("properties").and_then(Value::as_object).into_iter().flatten();
                flagged.extend(
                    properties
                        .filter(|(_, member)| is_flagged(member, document, flag))
                        .map(|(_, member)| address(member)),
                );
                open.extend(members.values());
            }
            _ => {}
        }
    }
    flagged
}

/// How many references are followed from one member.
const HOPS_MAX: usize = 32;

fn is_flagged(property: &Value, document: &Value, flag: &str) -> bool {
    let mut schema = property;
    for _ in 0..HOPS_MAX {
        if schema.get(flag) == Some(&Value::Bool(true)) {
            return true;
        }
        let target = schema.get("$ref").and_then(Value::as_str).and_then(|target| target.strip_prefix('#'));
        match target.and_then(|pointer| at(document, pointer)) {
            Some(next) => schema = next,
            None => return false,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn members_of_the_other_way_are_gone_and_not_required() {
        let schemas = json!({
            "Id": {"readOnly": true},
            "A": {
                "properties": {"id": {"$ref": "#/components/schemas/Id"}, "b": {}, "readOnly": {"writeOnly": true}},
                "required": ["id", "b", "readOnly"],
                "items": {"properties": {"c": {"readOnly": true}}, "required": ["c"]},
            },
        });
        let mut document = json!({"components": {"schemas": schemas}});
        let whole = document.clone();
        let hidden = Hidden::of(&mut document, "readOnly");
        let a = json!({"properties": {"b": {}, "readOnly": {"writeOnly": true}}, "required": ["b", "readOnly"],
            "items": {"properties": {}, "required": []}});
        assert_eq!(document["components"]["schemas"]["A"], a);
        hidden.restore(&mut document);
        assert_eq!(document, whole);
        Hidden::of(&mut document, "writeOnly");
        assert_eq!(document["components"]["schemas"]["A"]["required"], json!(["id", "b"]));
    }
}
