//! The documents that programs read.

use super::{applied, scripts};
use serde_json::{Value as Json, json};

/// The members of an object, in order.
fn members(object: &Json) -> Vec<&str> {
    object.as_object().unwrap_or_else(|| panic!("{object}")).keys().map(String::as_str).collect()
}

fn is_time(value: &Json) -> bool {
    value.as_str().is_some_and(|time| time.parse::<jiff::Timestamp>().is_ok() && time.ends_with('Z'))
}

#[test]
fn a_plan() {
    let harness = scripts();
    let plan = harness.json(&["plan", "-e", "dev", "--json"]);
    assert_eq!(members(&plan), ["destroy", "digest", "environment", "failures", "format", "refused", "steps"]);
    assert_eq!((&plan["format"], &plan["environment"]), (&json!("1.0"), &json!("dev")));
    let app = &plan["steps"][1];
    assert_eq!(members(app), ["action", "address", "changes", "deferred", "inputs", "notes", "outputs", "reason"]);
    assert_eq!((&app["address"], &app["action"]), (&json!("shop/app/dev"), &json!("apply")));
    let unknown = json!({"status": "unknown", "pattern": "registry", "from": "shop/base/dev", "output": "id"});
    assert_eq!(app["inputs"]["id"], unknown);
    assert_eq!(app["inputs"]["first"]["pattern"], "run");

    harness.ok(&["apply", "-e", "dev", "--yes"]);
    harness.write("stacks/app/deploy.sh", "exit 0");
    let plan = harness.json(&["plan", "-e", "dev", "--json"]);
    assert_eq!(plan["steps"][0]["action"], "skip");
    let inputs = &plan["steps"][1]["inputs"];
    let id =
        json!({"status": "applied", "value": "b-1", "pattern": "registry", "from": "shop/base/dev", "output": "id"});
    assert_eq!(inputs["id"], id);
    assert_eq!(inputs["password"]["sensitive"], true);
    assert_eq!(inputs["password"].get("value"), None);
}

#[test]
fn a_plan_that_failed() {
    let harness = scripts();
    harness.edit(
        "stacks/base/stack.yaml",
        "{apply: [sh, deploy.sh]}",
        "{plan: [sh, -c, 'echo no such role >&2; exit 1'], apply: [sh, deploy.sh]}",
    );
    let answer = harness.seam(&["plan", "base", "-e", "dev", "--json"]).exits(1).says(&["✗ base", "no such role"]);
    let failure = &answer.json()["failures"][0];
    assert_eq!((&failure["address"], &failure["findings"][0]["code"]), (&json!("shop/base/dev"), &json!("S0303")));
    assert!(failure["words"][0].as_str().unwrap().contains("no such role"), "{failure}");
    let text = harness.seam(&["plan", "-e", "dev"]).exits(1).stdout;
    assert!(text.contains("Not planned: base") && !text.contains("Apply it"), "{text}");
}

#[test]
fn lines_of_an_apply() {
    let harness = scripts();
    let answer = harness.ok(&["apply", "-e", "dev", "--yes", "--json"]);
    let lines = answer.lines();
    let version = json!({"type": "version", "seam": env!("CARGO_PKG_VERSION"), "format": "1.0"});
    assert_eq!(lines[0], version);
    for (at, line) in lines.iter().enumerate().skip(1) {
        assert_eq!((&line["run"], &line["seq"]), (&json!(1), &json!(at)), "{line}");
        assert!(is_time(&line["time"]), "{line}");
    }
    let of_app: Vec<&Json> = lines.iter().filter(|line| line["address"] == "shop/app/dev").collect();
    assert_eq!(of_app.last().unwrap()["state"], "published");
    let last = lines.last().unwrap();
    assert_eq!((&last["type"], &last["result"]), (&json!("summary"), &json!("done")));
    assert_eq!(last["counts"], json!({"published": 2}));
    assert!(!answer.stdout.contains("hunter2"));

    let refused = harness.seam(&["destroy", "base", "-e", "dev", "--yes", "--json"]).exits(3).lines();
    let diagnostic = refused.iter().find(|line| line["type"] == "diagnostic").unwrap();
    assert_eq!(diagnostic["code"], "S0502");
    assert_eq!(refused.last().unwrap()["result"], "refused");
}

#[test]
fn a_status() {
    let harness = applied();
    let status = harness.json(&["status", "--json"]);
    assert_eq!(status["format"], "1.0");
    let rows = status["instances"].as_array().unwrap();
    assert_eq!(rows.len(), 4);
    assert_eq!(members(&rows[0]), ["address", "deployed", "reason", "revision", "run", "state", "time"]);
    let app = harness.status("app");
    assert_eq!((&app["state"], &app["revision"], &app["run"]), (&json!("current"), &json!(1), &json!(1)));
    assert!(is_time(&app["time"]));
    let never = &harness.json(&["status", "base", "-e", "prod", "--json"])["instances"][0];
    assert_eq!((&never["state"], &never["revision"], &never["time"]), (&json!("never"), &Json::Null, &Json::Null));
}

#[test]
fn a_publication() {
    let harness = applied();
    let by_name = harness.json(&["output", "base", "-e", "dev", "--json"]);
    assert_eq!(by_name, harness.json(&["get", "shop/base/dev", "--json"]));
    assert_eq!(members(&by_name), ["address", "commit", "contract", "format", "outputs", "revision", "run", "time"]);
    assert_eq!((&by_name["revision"], &by_name["run"], &by_name["commit"]), (&json!(1), &json!(1), &Json::Null));
    let outputs = json!({
        "id": {"type": {"type": "string"}, "value": "b-1"},
        "list": {"type": {"type": "array"}, "value": [1, {"a": null}]},
        "password": {"type": {"type": "string"}, "sensitive": true},
    });
    assert_eq!(by_name["outputs"], outputs);
}

#[test]
fn a_graph() {
    let harness = scripts();
    let graph = harness.json(&["graph", "--format", "json", "-e", "dev"]);
    assert_eq!(graph, harness.json(&["graph", "--json", "-e", "dev"]));
    assert_eq!(members(&graph), ["format", "instances", "links"]);
    let base = json!({"address": "shop/base/dev", "tool": "exec", "tags": ["low"]});
    assert!(graph["instances"].as_array().unwrap().contains(&base), "{graph:#}");
    let link = json!({"consumer": "shop/app/dev", "provider": "shop/base/dev", "input": "first", "output": "list",
        "path": "[0]", "pattern": "run"});
    assert!(graph["links"].as_array().unwrap().contains(&link), "{graph:#}");
    assert_eq!(graph["links"].as_array().unwrap().len(), 3);
}

#[test]
fn runs() {
    let harness = applied();
    let list = harness.json(&["runs", "--json"]);
    let run = &list["runs"][0];
    assert_eq!(members(run), ["actor", "counts", "environment", "result", "run", "seconds", "started", "verb"]);
    assert_eq!((&run["verb"], &run["actor"], &run["result"]), (&json!("apply"), &json!("tester"), &json!("done")));
    assert_eq!(run["counts"], json!({"published": 2}));
    assert!(is_time(&run["started"]) && run["seconds"].is_number());
    let one = harness.json(&["runs", "show", "1", "--json"]);
    assert_eq!(one["steps"].as_array().unwrap().len(), 2);
    assert_eq!(
        (&one["steps"][0]["address"], &one["steps"][0]["outcome"]),
        (&json!("shop/base/dev"), &json!("success"))
    );
    harness.edit("stacks/base/deploy.sh", "printf", "echo made it; printf");
    harness.ok(&["apply", "base", "-e", "dev", "--yes"]);
    let log = harness.json(&["runs", "log", "2", "base", "--json"]);
    assert_eq!(log["processes"], json!([{"process": "1-apply", "output": "made it\n"}]));
    harness.seam(&["runs", "log", "2", "../1/base"]).exits(64);
}

#[test]
fn a_check() {
    let harness = scripts();
    assert_eq!(harness.json(&["check", "--json"]), json!({"format": "1.0", "findings": []}));
    harness.write("stacks/app/stack.yaml", "tool: exec\nexec: {apply: [true]}\n");
    let found = harness.seam(&["check", "--json"]).exits(1).json();
    assert_eq!(members(&found["findings"][0]), ["code", "column", "file", "help", "line", "message", "severity"]);
}

#[test]
fn a_document_says_why_there_is_no_other() {
    let harness = scripts();
    for args in [
        &["plan", "-e", "nope", "--json"][..],
        &["status", "-e", "nope", "--json"],
        &["graph", "nope", "--format", "json"],
    ] {
        let found = harness.seam(args).exits(64).says(&["error[S0"]).json();
        assert_eq!(members(&found), ["findings", "format"], "{args:?}");
        assert!(found["findings"][0]["message"].as_str().unwrap().contains("`nope`"), "{found}");
    }
    harness.write("stacks/app/stack.yaml", "tool: exec\nexec: {apply: [true]}\n");
    let answer = harness.seam(&["plan", "-e", "dev", "--json"]).exits(1);
    assert_eq!(answer.json()["findings"][0]["file"], "stacks/app/stack.yaml");
    // A script that reads a value gets it or nothing.
    assert_eq!(harness.seam(&["get", "shop/none/dev", "--json"]).exits(1).stdout, "");
}
