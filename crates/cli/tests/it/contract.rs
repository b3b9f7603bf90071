//! `seam contract diff` on files, without a workspace.

use crate::harness::Harness;
use serde_json::json;

const OLD: &str = r#"openapi: 3.0.3
info: {title: orders, version: "1"}
paths:
  /orders/{id}:
    get:
      operationId: getOrder
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses:
        "200":
          description: it
          content: {application/json: {schema: {$ref: "schemas/order.json"}}}
  /orders:
    delete: {operationId: forgetAll, responses: {"204": {description: done}}}
"#;

const ORDER: &str = r#"{"type": "object", "properties": {"id": {"type": "string"}, "total": {"type": "number"}}, "required": ["id", "total"]}"#;

#[test]
fn what_breaks_is_shown_by_a_value_and_told_apart_by_the_exit() {
    let harness = Harness::new();
    harness.write("old/api.yaml", OLD);
    harness.write("old/schemas/order.json", ORDER);
    harness.write(
        "new/api.yaml",
        OLD.replace("    delete: {operationId: forgetAll, responses: {\"204\": {description: done}}}\n", "    {}\n"),
    );
    harness.write("new/schemas/order.json", ORDER.replace(r#", "total"]"#, "]"));
    let same = harness.seam(&["contract", "diff", "old/api.yaml", "old/api.yaml"]);
    assert_eq!((same.code, same.stdout.as_str()), (0, "compatible: nothing changed for anybody (world: declared)\n"));
    let run = harness.seam(&["contract", "diff", "old/api.yaml", "new/api.yaml"]);
    assert_eq!(run.code, 3, "{}", run.stderr);
    for words in [
        "✗ DELETE /orders: it is gone, and no sunset was announced",
        "✗ GET /orders/{id}, response 200, application/json: `total`: it was always there, now it may be missing",
        r#"shown by {"id":""}"#,
        "breaking: 2 errors (world: declared)",
    ] {
        assert!(run.stdout.contains(words), "{words}\n{}", run.stdout);
    }
    let told = harness.seam(&["contract", "diff", "old/api.yaml", "new/api.yaml", "--json"]).json();
    assert_eq!((&told["verdict"], &told["world"]), (&json!("breaking"), &json!("declared")));
}

#[test]
fn fields_have_windows_in_files_too() {
    let harness = Harness::new();
    let order = |note: &str| ORDER.replace("\"id\": {", &format!("{note}\"id\": {{"));
    harness.write("old/api.yaml", OLD);
    harness.write("new/api.yaml", OLD);
    for (was, is, code, words) in [
        (
            r#""note": {"deprecated": {"sunset": "2020-01-01"}}, "#,
            "",
            0,
            "`note`: it is gone, as announced for 2020-01-01",
        ),
        (
            r#""note": {"deprecated": {"sunset": "2999-01-01"}}, "#,
            "",
            3,
            "`note`: it is gone before its sunset, 2999-01-01",
        ),
        (r#""note": {}, "#, r#""note": {"deprecated": {"sunset": "2020-01-01"}}, "#, 3, "new/schemas/order.json"),
    ] {
        harness.write("old/schemas/order.json", order(was));
        harness.write("new/schemas/order.json", order(is));
        let run = harness.seam(&["contract", "diff", "old/api.yaml", "new/api.yaml"]);
        assert!(run.code == code && run.stdout.contains(words), "{words}\n{}", run.stdout);
    }
}

#[test]
fn a_bare_schema_has_a_direction_and_a_world() {
    let harness = Harness::new();
    harness.write("a.json", r#"{"type": "object", "properties": {"a": {"type": "string"}}}"#);
    harness.write("b.json", r#"{"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}}}"#);
    for (flags, code) in
        [(vec![], 0), (vec!["--direction", "accepts"], 3), (vec!["--direction", "accepts", "--world", "declared"], 0)]
    {
        let mut args = vec!["contract", "diff", "a.json", "b.json"];
        args.extend(&flags);
        assert_eq!(harness.seam(&args).code, code, "{flags:?}");
    }
}

#[test]
fn what_cannot_be_read_is_refused_with_its_place() {
    let harness = Harness::new();
    harness.write("good.json", "{}");
    for (text, words) in [
        ("{\"a\": 1,\n\"a\": 2}", "bad.json:2:1"),
        ("{\"swagger\": \"2.0\"}", "Swagger 2.0 is not read"),
        ("{\"$ref\": \"https://example.com/x.json\"}", "bad.json:1:2"),
        ("{\"maximum\": 1e999999}", "bad.json:1:2"),
    ] {
        harness.write("bad.json", text);
        let run = harness.seam(&["contract", "diff", "good.json", "bad.json"]);
        assert_eq!(run.code, 1, "{text}: {}", run.stderr);
        assert!(run.stderr.contains("S0024") && run.stderr.contains(words), "{text}: {}", run.stderr);
    }
    let run = harness.seam(&["contract", "diff", "good.json", "nowhere.json"]);
    assert!(run.code == 1 && run.stderr.contains("nowhere.json"), "{}", run.stderr);
}

#[test]
fn a_mapping_without_a_keyword_is_nothing_that_could_be_compared() {
    let harness = Harness::new();
    harness.write("values.yaml", "replicas: 3\nimage: {tag: 1.0.0}\n");
    harness.write("empty.yaml", "{}\n");
    let refused = harness.seam(&["contract", "diff", "values.yaml", "values.yaml"]).exits(1);
    refused.says(&["S0024", "values.yaml is neither a JSON Schema nor an OpenAPI document", "`openapi: 3.1.0`"]);
    harness.ok(&["contract", "diff", "empty.yaml", "empty.yaml"]);
}

#[test]
fn revisions_of_git_and_versions_on_record_are_compared_too() {
    let harness = Harness::new();
    harness.write("seam.yaml", "system: shop\nenvironments: {dev: {}}\n");
    harness.write("api/schemas/order.json", ORDER);
    harness.write("api/api.yaml", OLD);
    harness.write("stacks/orders/stack.yaml", "tool: external\ncontract: {version: 1.0.0, api: ../../api/api.yaml}\n");
    harness.ok(&["deployed", "orders@1.0.0", "-e", "dev"]);
    let git = |args: &[&str]| {
        assert!(harness.command_of("git", args).current_dir(harness.path("")).status().unwrap().success());
    };
    git(&["init", "-q"]);
    git(&["add", "."]);
    git(&["-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "-q", "-m", "one"]);
    harness.write("api/schemas/order.json", ORDER.replace(r#", "total"]"#, "]"));
    let breaks = "`total`: it was always there, now it may be missing";
    for sides in [["HEAD:api/api.yaml", "api/api.yaml"], ["orders@1.0.0", "orders"]] {
        let told = harness.seam(&["contract", "diff", sides[0], sides[1]]).exits(3).stdout;
        assert!(told.contains(breaks), "{told}");
        assert_eq!(harness.seam(&["contract", "diff", sides[0], sides[0]]).code, 0);
    }
    harness.seam(&["contract", "diff", "none:api/api.yaml", "api/api.yaml"]).exits(1).says(&["none:api/api.yaml"]);
    harness.seam(&["contract", "diff", "orders@2.0.0", "orders"]).exits(1).says(&["S0608", "on record are 1.0.0"]);
    harness.seam(&["contract", "diff", "orders", "api/api.yaml"]).exits(64).says(&["cannot be compared"]);
}
