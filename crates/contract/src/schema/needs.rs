//! Which other documents a document refers to, so that whoever has files can hand them in.

use super::uri::resolve;
use serde_json::Value;
use std::collections::BTreeSet;

/// The names that the references in a document of this name lead to, without its own. Remote ones are
/// among them: whoever has no document for a name leaves it out, and the reference is refused with its
/// place.
pub fn needs(name: &str, document: &Value) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut pending = vec![document];
    while let Some(value) = pending.pop() {
        match value {
            Value::Array(items) => pending.extend(items),
            Value::Object(members) => {
                if let Some(reference) = members.get("$ref").and_then(Value::as_str) {
                    names.insert(resolve(name, reference).0);
                }
                pending.extend(members.values());
            }
            _ => {}
        }
    }
    names.remove(name);
    names
}

#[cfg(test)]
mod tests {
    use super::needs;
    use serde_json::json;

    #[test]
    fn references_lead_to_names_beside_the_document() {
        let document = json!({"a": [{"$ref": "../s/money.json#/$defs/x"}], "$ref": "#/a", "b": {"$ref": "o.yaml"},
            "c": {"$ref": "https://example.com/x.json"}, "d": {"properties": {"$ref": {"type": "string"}}}});
        let names: Vec<String> = needs("api/main.yaml", &document).into_iter().collect();
        assert_eq!(names, ["api/o.yaml", "https://example.com/x.json", "s/money.json"]);
    }
}
