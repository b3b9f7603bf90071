//! What a request and a response are to each see of a document: `readOnly` members are not sent in
//! requests, `writeOnly` ones not in responses.

use super::ApiError;
use super::lift::each_subschema;
use super::shape::each_schema;
use serde_json::Value;

/// The document without the members that carry the flag (`readOnly` or `writeOnly`), themselves or
/// through a reference; they are not required either.
pub(super) fn without(document: &Value, flag: &str) -> Value {
    let mut view = document.clone();
    let walked = each_schema(&mut view, &mut |schema, _| strip(schema, document, flag));
    debug_assert!(walked.is_ok(), "stripping refuses nothing");
    view
}

fn strip(schema: &mut Value, document: &Value, flag: &str) -> Result<(), ApiError> {
    let Value::Object(members) = schema else { return Ok(()) };
    if let Some(Value::Object(properties)) = members.get_mut("properties") {
        let flagged = |property: &Value| is_flagged(property, document, flag);
        let gone: Vec<String> =
            properties.iter().filter(|(_, property)| flagged(property)).map(|(name, _)| name.clone()).collect();
        properties.retain(|name, _| !gone.contains(name));
        if let Some(Value::Array(required)) = members.get_mut("required") {
            required.retain(|name| !gone.iter().any(|gone| name == gone));
        }
    }
    each_subschema(members, &mut |_, _, subschema| strip(subschema, document, flag))
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
        match target.and_then(|pointer| document.pointer(pointer)) {
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
        let document = json!({"components": {"schemas": schemas}});
        let request = without(&document, "readOnly");
        let a = json!({"properties": {"b": {}, "readOnly": {"writeOnly": true}}, "required": ["b", "readOnly"],
            "items": {"properties": {}, "required": []}});
        assert_eq!(request["components"]["schemas"]["A"], a);
        let response = without(&document, "writeOnly");
        assert_eq!(response["components"]["schemas"]["A"]["required"], json!(["id", "b"]));
    }
}
