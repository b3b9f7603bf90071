//! `seam check` for programs: the same findings in the format that each of them reads.

use crate::harness::{Answer, Harness};
use serde_json::{Value as Json, json};
use std::path::Path;

/// A workspace of two stacks below the root of its repository, with an error in one of them.
fn broken() -> Harness {
    let harness = Harness::new();
    harness.write("../.git/HEAD", "ref: refs/heads/main\n");
    harness.write("seam.yaml", "system: shop\nenvironments: {dev: {}}\n");
    harness.write("stacks/a b/stack.yaml", "name: app\ntool: exec\ninputz: {}\nexec: {apply: [\"true\"]}\n");
    harness.write("stacks/base/stack.yaml", "tool: exec\nexec: {apply: [\"true\"]}\n");
    harness
}

#[test]
fn sarif_names_rule_and_place_from_the_root_of_the_repository() {
    let harness = broken();
    let answer = harness.seam(&["check", "--format", "sarif"]).exits(1).says(&["1 error in 2 stacks."]);
    let log = answer.json();
    assert_eq!((&log["version"], &log["runs"][0]["tool"]["driver"]["name"]), (&json!("2.1.0"), &json!("seam")));
    let error = &log["runs"][0]["results"][0];
    assert_eq!((&error["ruleId"], &error["level"]), (&json!("S0007"), &json!("error")));
    let location = json!({
        "artifactLocation": {"uri": "workspace/stacks/a%20b/stack.yaml", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 3, "startColumn": 1, "endColumn": 7},
    });
    assert_eq!(error["locations"][0]["physicalLocation"], location);
}

#[test]
fn github_marks_the_line_and_junit_fails_the_file() {
    let harness = broken();
    let github = harness.seam(&["check", "--format", "github"]).exits(1).stdout;
    let at = "::error file=workspace/stacks/a b/stack.yaml,line=3,col=1,endColumn=6,title=S0007 unknown key::";
    assert!(github.lines().any(|line| line.starts_with(at)), "{github}");
    let junit = harness.seam(&["check", "--format", "junit"]).exits(1).stdout;
    let document = roxmltree::Document::parse(&junit).unwrap();
    let failures: Vec<_> = document.descendants().filter(|node| node.has_tag_name("failure")).collect();
    let names: Vec<_> = failures.iter().filter_map(|node| node.parent()?.attribute("name")).collect();
    assert_eq!(names, ["stacks/a b/stack.yaml"]);
    assert!(failures[0].text().unwrap().contains("3 │ inputz: {}"), "{junit}");
}

#[test]
fn one_format_is_asked_for_and_none_of_them_needs_an_error() {
    let harness = broken();
    let both = harness.seam(&["check", "--json", "--format", "sarif"]).exits(64).says(&["cannot be used with"]);
    assert_eq!(both.stdout, "");
    assert_eq!(harness.seam(&["check", "--format", "json"]).json(), harness.seam(&["check", "--json"]).json());
    harness.edit("stacks/a b/stack.yaml", "inputz: {}\n", "");
    let log: Json = harness.json(&["check", "--format", "sarif"]);
    assert_eq!(log["runs"][0]["results"], json!([]));
    assert_eq!(harness.ok(&["check", "--format", "github"]).stdout, "");
    assert!(harness.ok(&["check", "--format", "junit"]).stdout.contains("failures=\"0\""));
}

#[test]
fn the_examples_have_no_errors() {
    let harness = Harness::new();
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    for example in ["shop", "shop-aws", "shop-exec"] {
        let mut command = harness.command(&["check"]);
        command.current_dir(examples.join(example)).env("SEAM_DATA_DIR", harness.path(example));
        Answer::of(command.output().unwrap()).exits(0).says(&["No errors"]);
    }
}
