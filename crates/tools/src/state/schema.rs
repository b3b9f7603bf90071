//! Terraform's types of outputs as JSON Schema.

use serde_json::{Value as Json, json};

/// Terraform's notation of a type (`"string"`, `["list", "string"]`, `["object", {…}]`) as JSON
/// Schema. Lists, sets and tuples are arrays; a tuple of unlike items says nothing of them.
pub(super) fn schema(kind: &Json) -> Json {
    match kind {
        Json::String(word) => match word.as_str() {
            "string" => json!({"type": "string"}),
            "number" => json!({"type": "number"}),
            "bool" => json!({"type": "boolean"}),
            _ => json!({}),
        },
        Json::Array(parts) => match (parts.first().and_then(Json::as_str), parts.get(1)) {
            (Some("list" | "set"), Some(item)) => array_of(&schema(item)),
            (Some("map"), Some(item)) => open_or(json!({"type": "object"}), "additionalProperties", schema(item)),
            (Some("tuple"), Some(Json::Array(items))) => {
                let mut items = items.iter().map(schema);
                let first = items.next().unwrap_or_else(|| json!({}));
                array_of(&if items.all(|item| item == first) { first } else { json!({}) })
            }
            (Some("object"), Some(Json::Object(members))) => {
                let properties: serde_json::Map<_, _> =
                    members.iter().map(|(name, member)| (name.clone(), schema(member))).collect();
                let required: Vec<_> = members.keys().cloned().collect();
                json!({"type": "object", "properties": properties, "required": required})
            }
            _ => json!({}),
        },
        _ => json!({}),
    }
}

fn array_of(item: &Json) -> Json {
    open_or(json!({"type": "array"}), "items", item.clone())
}

/// Adds `key` unless its schema admits everything anyway.
fn open_or(mut schema: Json, key: &str, inner: Json) -> Json {
    if inner != json!({}) {
        schema[key] = inner;
    }
    schema
}

#[cfg(test)]
mod tests {
    use super::schema;
    use serde_json::json;

    #[test]
    fn types_become_json_schema() {
        assert_eq!(
            schema(&json!(["map", "bool"])),
            json!({"type": "object", "additionalProperties": {"type": "boolean"}})
        );
        assert_eq!(schema(&json!(["set", "dynamic"])), json!({"type": "array"}));
        assert_eq!(schema(&json!(["tuple", ["string", "number"]])), json!({"type": "array"}));
        assert_eq!(schema(&json!(["tuple", []])), json!({"type": "array"}));
        assert_eq!(
            schema(&json!(["object", {"a": ["list", "number"]}])),
            json!({"type": "object", "required": ["a"],
                   "properties": {"a": {"type": "array", "items": {"type": "number"}}}})
        );
    }
}
