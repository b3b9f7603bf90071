//! The JSON Schema says what the decoder takes.

use seam_workspace::{SchemaKind, json_schema};
use serde_json::{Value, json};

#[test]
fn keys_carry_descriptions_and_what_is_not_built_is_not_offered() {
    let stack = json_schema(SchemaKind::Stack);
    assert_eq!(stack["$schema"], "https://json-schema.org/draft/2020-12/schema");
    let keys: Vec<&String> = stack["properties"].as_object().unwrap().keys().collect();
    assert!(keys.contains(&&"inputs".to_owned()) && !keys.contains(&&"max_age".to_owned()), "{keys:?}");
    assert_eq!(stack["additionalProperties"], false);
    let timeout = &stack["properties"]["timeout"];
    assert!(timeout["description"].as_str().unwrap().contains("time limit"));
    assert_eq!((&timeout["type"], timeout["pattern"].is_string()), (&json!("string"), true));
    let input = &stack["properties"]["inputs"]["additionalProperties"]["anyOf"];
    assert_eq!(input[0]["type"], "string");
    let sources: Vec<&Value> = input[1]["oneOf"].as_array().unwrap().iter().map(|it| &it["required"][0]).collect();
    assert_eq!(sources, ["registry", "state", "lookup", "run", "secret", "config", "value"]);
    assert_eq!(stack["properties"]["exec"]["required"], json!(["apply"]));
}

#[test]
fn environments_may_have_nothing_behind_the_colon() {
    let seam = json_schema(SchemaKind::Seam);
    assert_eq!(seam["required"], json!(["system"]));
    let environments = &seam["properties"]["environments"];
    assert_eq!(environments["propertyNames"]["pattern"], "^[a-z0-9][a-z0-9_-]*$");
    assert_eq!(environments["additionalProperties"]["anyOf"][1], json!({"type": "null"}));
    assert_eq!(seam["properties"]["defaults"]["properties"]["tool"]["enum"][0], "terraform");
}

#[test]
fn a_schema_of_this_workspace_is_named_at_the_head_of_a_file() {
    let named = |seam: &str, stack: &str| {
        let loaded =
            crate::load_text(&format!("== seam.yaml\n{seam}system: shop\n== app/stack.yaml\n{stack}tool: external\n"));
        loaded.names_schema
    };
    let line = "# Ours\n# yaml-language-server: $schema=../.seam/schema/stack.json\n";
    assert!(named(line, "") && named("", line));
    assert!(!named("", "# yaml-language-server: $schema=https://example.com/stack.json\n"));
    assert!(!named("", "# It is in .seam/schema/stack.json\n"));
    assert!(!named("", "tags: [x]\n# yaml-language-server: $schema=../.seam/schema/stack.json\n"));
}
