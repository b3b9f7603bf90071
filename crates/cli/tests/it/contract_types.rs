//! `seam contract types`: the schema that a generator gets, and what becomes of it.

use crate::harness::{Answer, Harness};
use serde_json::{Value as Json, json};

const STACK: &str = "\
contract:
  outputs:
    url: {type: string}
    last: {$ref: ../../schemas/order.json}
  events:
    order-created: {type: com.acme.order, schema: {$ref: ../../schemas/order.json}}
";

const ORDER: &str = r#"{"type": "object", "properties": {"id": {"type": "string"},
    "place": {"type": "array", "prefixItems": [{"type": "string"}, {"type": "number"}], "items": false}}}"#;

/// A stack whose contract refers to a schema of its system, and no generator on PATH.
fn shop() -> Harness {
    let mut harness = Harness::new();
    harness.write("stacks/shop/stack.yaml", STACK);
    harness.write("schemas/order.json", ORDER);
    harness.var("PATH", format!("{}:/usr/bin:/bin", harness.root().join("bin").display()));
    harness
}

/// Calls it in the folder of the stack.
fn types(harness: &Harness, args: &[&str]) -> Answer {
    harness.seam(&[&["-C", "stacks/shop", "contract", "types"], args].concat())
}

#[test]
fn the_schema_has_all_that_the_contract_refers_to() {
    let harness = shop();
    let schema = types(&harness, &["--schema"]).exits(0).json();
    assert_eq!((&schema["title"], &schema["required"]), (&json!("Outputs"), &json!(["last", "url"])));
    assert_eq!(schema["properties"]["last"], json!({"$ref": "#/$defs/order"}));
    assert_eq!(schema["$defs"]["order-created"], json!({"$ref": "#/$defs/order"}));
    let bare = harness.json(&["contract", "types", "schemas/order.json", "--schema"]);
    assert_eq!(bare["title"], "order");
    harness.seam(&["contract", "types", "schemas/order.json"]).exits(64).says(&["--lang"]);
    harness.write("stacks/shop/stack.yaml", "tool: exec\n");
    types(&harness, &["--schema"]).exits(1).says(&["S0024", "stack.yaml has no `contract`"]);
    harness.write("stacks/shop/stack.yaml", "contract:\n  outputs:\n    a: {type: nothing}\n");
    types(&harness, &["--schema"]).exits(1).says(&["S0024", "stack.yaml:3:9"]);
}

#[test]
fn a_generator_that_is_missing_is_named_with_both_ways_on() {
    let harness = shop();
    for (language, program, install) in [
        ("rust", "cargo-typify", "cargo install cargo-typify"),
        ("typescript", "json2ts", "npm install --save-dev json-schema-to-typescript"),
        ("python", "datamodel-codegen", "pip install datamodel-code-generator"),
    ] {
        let answer = types(&harness, &["--lang", language]).exits(1).says(&["S0301", program, install, "--schema"]);
        assert_eq!(answer.stdout, "");
    }
}

#[test]
fn a_generator_gets_the_schema_in_a_file_and_its_words_are_passed_on() {
    let harness = shop();
    let last = "#!/bin/sh\nfor last; do :; done\n";
    harness.program("datamodel-codegen", &format!("{last}cat \"$last\"\n"));
    harness.script("node_modules/.bin/json2ts", &format!("{last}cat \"$last\"\n"));
    harness.program("json2ts", "#!/bin/sh\nexit 9\n");
    harness.program("cargo-typify", "#!/bin/sh\necho 'not this one' >&2\nexit 3\n");
    let tuple = |answer: Answer| answer.exits(0).json()["$defs"]["order"]["properties"]["place"].clone();
    assert_eq!(tuple(types(&harness, &["--lang", "python"]))["items"], json!(false));
    let listed: Json = tuple(types(&harness, &["--lang", "typescript"]));
    assert_eq!(listed["items"], json!([{"type": "string"}, {"type": "number"}]), "json2ts knows no prefixItems");
    let told = types(&harness, &["--lang", "rust"]).exits(1);
    told.says(&["S0303", "cargo-typify ended with exit code 3", "not this one", "--schema"]);
    let answer = types(&harness, &["--lang", "python", "--output", "types.py"]).exits(0);
    assert_eq!(answer.stdout, "");
    assert!(std::fs::read_to_string(harness.path("stacks/shop/types.py")).unwrap().contains("\"Outputs\""));
}

/// A variable of the test's own environment: generators are installed for a person, with what they need.
#[expect(clippy::disallowed_methods, reason = "a test looks where it runs")]
fn own(name: &str) -> String {
    std::env::var(name).unwrap_or_default()
}

#[test]
fn the_real_generators_make_types_of_it() {
    for (language, program, wanted) in [
        ("rust", "cargo-typify", ["pub struct Outputs {", "pub url: ::std::string::String", "pub struct Order {"]),
        ("typescript", "json2ts", ["export interface Outputs {", "url: string;", "[string, number]"]),
        ("python", "datamodel-codegen", ["class Outputs(BaseModel):", "url: str", "class Order(BaseModel):"]),
    ] {
        if !std::env::split_paths(&own("PATH")).any(|folder| folder.join(program).is_file()) {
            println!("skipped: {program} is not on PATH");
            continue;
        }
        let mut harness = shop();
        harness.var("PATH", own("PATH"));
        harness.var("HOME", own("HOME"));
        let text = types(&harness, &["--lang", language]).exits(0).stdout;
        for words in wanted {
            assert!(text.contains(words), "{words}\n{text}");
        }
    }
}
