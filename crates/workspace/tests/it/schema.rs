//! The JSON Schema says what the decoder takes.

use seam_workspace::{SchemaKind, json_schema};

#[test]
fn keys_carry_descriptions_and_what_is_not_built_is_not_offered() {
    let stack = json_schema(SchemaKind::Stack);
    let input = &stack["properties"]["inputs"]["additionalProperties"]["anyOf"][1];
    println!("{}", serde_json::to_string_pretty(&stack).unwrap());
    assert_eq!(input["oneOf"].as_array().unwrap().len(), 5);
}
