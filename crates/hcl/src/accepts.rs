//! What a variable of a declared type takes, as JSON Schema: the values that Terraform converts to the
//! type. Null is none of them, because code that names a type is seldom written for it.

use hcl_edit::expr::{Expression, FuncCall, Object};
use serde_json::{Map, Value, json};

/// The schema of the values that a variable takes. `None` where its type says nothing of them: no
/// text, `any`, or a text that is no type.
pub fn accepts(type_text: Option<&str>) -> Option<Value> {
    let expression = hcl_edit::parser::parse_expr(type_text?).ok()?;
    Some(of(&expression)).filter(|schema| *schema != Value::Bool(true))
}

fn of(expression: &Expression) -> Value {
    match expression {
        Expression::Variable(name) => named(name.as_str()),
        Expression::String(name) => named(name.as_str()),
        Expression::FuncCall(call) => constructed(call),
        Expression::Parenthesis(inner) => of(inner.inner()),
        _ => Value::Bool(true),
    }
}

fn named(name: &str) -> Value {
    match name {
        "string" => json!({"type": ["string", "number", "boolean"]}),
        "number" => {
            let digits = r"^-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?$";
            json!({"anyOf": [{"type": "number"}, {"type": "string", "pattern": digits}]})
        }
        "bool" => json!({"anyOf": [{"type": "boolean"}, {"enum": ["true", "false", "1", "0"]}]}),
        "list" | "set" => json!({"type": "array"}),
        "map" => json!({"type": "object"}),
        _ => Value::Bool(true),
    }
}

fn constructed(call: &FuncCall) -> Value {
    match (call.name.name.as_str(), call.args.iter().next()) {
        ("optional", Some(item)) => of(item),
        ("list" | "set", Some(item)) => json!({"type": "array", "items": of(item)}),
        ("map", Some(item)) => json!({"type": "object", "additionalProperties": of(item)}),
        ("tuple", Some(Expression::Array(items))) => {
            let count = items.iter().count();
            let items: Vec<Value> = items.iter().map(of).collect();
            json!({"type": "array", "prefixItems": items, "minItems": count, "maxItems": count})
        }
        ("object", Some(Expression::Object(members))) => object(members),
        _ => Value::Bool(true),
    }
}

/// Members beyond the named ones are dropped by Terraform, so that any may be there.
fn object(members: &Object) -> Value {
    let (mut properties, mut required) = (Map::new(), Vec::new());
    for (key, member) in members {
        let Some(name) = crate::types::key_name(key) else { continue };
        let member = member.expr();
        if !is_optional(member) {
            required.push(Value::from(name.clone()));
        }
        let schema = of(member);
        let schema = if is_optional(member) { json!({"anyOf": [{"type": "null"}, schema]}) } else { schema };
        properties.insert(name, schema);
    }
    json!({"type": "object", "properties": properties, "required": required})
}

fn is_optional(member: &Expression) -> bool {
    matches!(member, Expression::FuncCall(call) if call.name.name.as_str() == "optional")
}

#[cfg(test)]
mod tests {
    use super::accepts;
    use serde_json::json;

    #[test]
    fn types_say_what_is_taken() {
        let string = json!({"type": ["string", "number", "boolean"]});
        for (text, schema) in [
            ("string", string.clone()),
            ("list(string)", json!({"type": "array", "items": string})),
            ("set(any)", json!({"type": "array", "items": true})),
            ("map(string)", json!({"type": "object", "additionalProperties": string})),
            (
                "tuple([string, any])",
                json!({"type": "array", "prefixItems": [string, true], "minItems": 2, "maxItems": 2}),
            ),
            (
                "object({ id = string, n = optional(any, 1) })",
                json!({"type": "object", "required": ["id"],
                    "properties": {"id": string, "n": {"anyOf": [{"type": "null"}, true]}}}),
            ),
        ] {
            assert_eq!(accepts(Some(text)), Some(schema), "{text}");
        }
        for text in [None, Some("any"), Some("nonsense("), Some("1 + 1")] {
            assert_eq!(accepts(text), None);
        }
    }
}
