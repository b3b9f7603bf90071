//! Outputs of stacks that other tools deploy, and what is read back.

use super::{applied, scripts};
use crate::harness::Harness;
use std::fs;
use std::io::Write as _;
use std::process::Stdio;

const ADDRESS: &str = "platform/dns/prod";

fn publish(harness: &Harness, json: &str, more: &[&str]) -> crate::harness::Answer {
    harness.write("outputs.json", json);
    harness.seam(&[&["publish", ADDRESS, "--outputs", "outputs.json"], more].concat())
}

#[test]
fn plain_and_typed_outputs_and_their_revisions() {
    let harness = scripts();
    let first =
        publish(&harness, r#"{"zone": "Z1", "n": 3}"#, &["--commit", "3fa9c21d", "--contract-version", "1.4.0"]);
    assert_eq!(first.exits(0).stdout, "platform/dns/prod revision 1\n");
    let typed = r#"{"zone": {"value": "Z2", "type": "string"}, "key": {"value": "k-9876543210", "sensitive": true}}"#;
    assert_eq!(publish(&harness, typed, &["--typed", "--json"]).exits(0).json()["revision"], 2);

    let list = harness.ok(&["get", ADDRESS]).stdout;
    assert!(list.starts_with("revision 2 · "), "{list}");
    assert!(list.contains("(sensitive)") && !list.contains("k-98765"), "{list}");
    assert!(!harness.ok(&["get", ADDRESS, "--json"]).stdout.contains("k-98765"));
    assert_eq!(harness.ok(&["get", ADDRESS, "key"]).stdout, "k-9876543210\n");
    assert_eq!(harness.ok(&["get", ADDRESS, "zone"]).stdout, "Z2\n");
    assert_eq!(harness.ok(&["get", ADDRESS, "zone", "--revision", "1"]).stdout, "Z1\n");
    let first = harness.json(&["get", ADDRESS, "--revision", "1", "--json"]);
    assert_eq!((first["commit"].as_str(), first["contract"].as_str()), (Some("3fa9c21d"), Some("1.4.0")));
    assert!(harness.ok(&["get", ADDRESS, "--revision", "1"]).stdout.contains("commit 3fa9c21 · contract 1.4.0"));

    harness.seam(&["get", ADDRESS, "zon"]).exits(1).says(&["S0407", "did you mean `zone`?"]);
    harness.seam(&["get", ADDRESS, "--revision", "9"]).exits(1).says(&["S0408", "help: ", "2"]);
    harness.seam(&["get", "platform/dns/dev"]).exits(1).says(&["S0406", "platform/dns is published in prod"]);
    harness.seam(&["get", "platfrom/dsn/prd"]).exits(1).says(&["S0406", "did you mean `platform/dns/prod`?"]);
    let elsewhere = ["get", "platform/dsn/prod", "--revision", "1"];
    harness.seam(&elsewhere).exits(1).says(&["S0408", "did you mean `platform/dns/prod`?"]);
    harness.seam(&["get", "zebra/dns/prod"]).exits(1).says(&["S0406", "seam publish"]);
}

#[test]
fn outputs_come_from_standard_input_too() {
    let harness = scripts();
    let mut child = harness.command(&["publish", ADDRESS, "--outputs", "-"]);
    let mut child = child.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"{\"zone\": \"Z1\"}").unwrap();
    crate::harness::Answer::of(child.wait_with_output().unwrap()).exits(0);
    assert_eq!(harness.ok(&["get", ADDRESS, "zone"]).stdout, "Z1\n");
}

#[test]
fn what_cannot_be_published() {
    let harness = scripts();
    for (json, flags, says) in [
        ("[1]", &[][..], "not an object"),
        ("{", &[], "outputs.json"),
        (r#"{"a": {"value": 1, "sensitive": true}}"#, &[], "--typed"),
        (r#"{"a": 1}"#, &["--typed"], "`a` is not {value"),
        (r#"{"a": {"sensitive": true}}"#, &["--typed"], "has no `value`"),
        (r#"{"a": {"value": 1, "sensitve": true}}"#, &["--typed"], "`sensitve`"),
        (r#"{"a": {"value": 1, "sensitive": "yes"}}"#, &["--typed"], "not true or false"),
        (r#"{"a b": 1}"#, &[], "`a b`"),
    ] {
        let answer = publish(&harness, json, flags).exits(1).says(&["error[", says]);
        assert_eq!(answer.stdout, "");
    }
    let large = format!("{{\"a\": \"{}\"}}", "x".repeat(2 << 20));
    publish(&harness, &large, &[]).exits(1).says(&["S0506", "`a`", "1048576"]);
    harness.seam(&["publish", ADDRESS, "--outputs", "nowhere.json"]).exits(1).says(&["nowhere.json"]);
    harness.seam(&["get", ADDRESS]).exits(1).says(&["S0406"]);
}

#[test]
fn an_instance_that_a_workspace_runs_is_not_published_by_hand() {
    let harness = applied();
    harness.write("outputs.json", "{}");
    let publish = ["publish", "shop/app/dev", "--outputs", "outputs.json"];
    harness.seam(&publish).exits(1).says(&["S0411", "shop/app/dev", "tool: external"]);
    // Of another workspace with the same registry only the record says so.
    let other = harness.root().join("other");
    fs::create_dir(&other).unwrap();
    let registry = harness.path(".seam/registry.db");
    fs::write(
        other.join("seam.yaml"),
        format!("system: web\nregistry: {}\nenvironments: {{dev: }}\n", registry.display()),
    )
    .unwrap();
    fs::write(other.join("outputs.json"), "{}").unwrap();
    let there = other.display().to_string();
    harness.seam(&[&["-C", &there], &publish[..]].concat()).exits(1).says(&["S0411", "shop/app/dev", "help: "]);
    assert_eq!(harness.ok(&["-C", &there, "get", "shop/base/dev", "id"]).stdout, "b-1\n");
}

#[test]
fn an_external_stack_is_published_by_others_and_read_here() {
    let harness = scripts();
    harness.write("stacks/base/stack.yaml", "tool: external\n");
    harness.write("outputs.json", r#"{"id": "b-2", "list": [5], "password": "hunter3-hunter3"}"#);
    harness.ok(&["publish", "shop/base/dev", "--outputs", "outputs.json"]);
    harness.edit("stacks/app/stack.yaml", "{run: \"base.list[0]\"}", "\"base.list[0]\"");
    harness.ok(&["apply", "-e", "dev", "--yes"]).says(&["1 applied."]);
    assert_eq!(harness.status("base")["reason"], "published by others");
}

#[test]
fn of_a_destroyed_instance_only_earlier_revisions_are_read() {
    let harness = applied();
    harness.ok(&["destroy", "-e", "dev", "--yes"]);
    for args in
        [&["output", "base", "-e", "dev"][..], &["get", "shop/base/dev"], &["get", "shop/base/dev", "id", "--json"]]
    {
        let answer = harness.seam(args).exits(1).says(&["S0409", "--revision 1"]);
        assert_eq!(answer.stdout, "");
    }
    assert_eq!(harness.ok(&["get", "shop/base/dev", "id", "--revision", "1"]).stdout, "b-1\n");
    assert_eq!(harness.status("base")["state"], "never");
    for status in [&["status"][..], &["status", "-e", "dev"]] {
        let text = harness.ok(status).stdout;
        let base = text.lines().find(|line| line.starts_with("base")).unwrap().replace("– never", "");
        assert_eq!(base.matches("destroyed").count(), 1, "{text}");
        assert!(!base.contains("never"), "{text}");
    }
}

#[test]
fn a_sensitive_output_is_printed_by_its_name_alone() {
    let harness = applied();
    assert!(harness.ok(&["output", "base", "-e", "dev"]).stdout.contains("(sensitive)"));
    assert_eq!(harness.ok(&["output", "base", "password", "-e", "dev"]).stdout, "hunter2-hunter2\n");
    fs::remove_dir_all(harness.root().join("home/config")).unwrap();
    assert_eq!(harness.ok(&["output", "base", "id", "-e", "dev"]).stdout, "b-1\n");
    let answer = harness.seam(&["output", "base", "password", "-e", "dev"]).exits(1);
    assert_eq!(answer.says(&["S0410", "SEAM_KEY_FILE"]).stdout, "");
}

#[test]
fn what_is_published_by_hand_keeps_the_contract() {
    let harness = scripts();
    let outputs =
        "contract: {version: 2.0.0, outputs: {zone: {type: string}, token: {type: string, sensitive: true}}}\n";
    harness.write("stacks/dns/stack.yaml", format!("tool: external\nenvironments: [prod]\n{outputs}"));
    let publish = |environment: &str, json: &str, more: &[&str]| {
        harness.write("outputs.json", json);
        let address = format!("shop/dns/{environment}");
        harness.seam(&[&["publish", &address, "--outputs", "outputs.json"], more].concat())
    };
    let good = r#"{"zone": "Z1", "token": "t-9876543210"}"#;
    publish("prod", r#"{"zone": 3, "token": "t"}"#, &[]).exits(1).says(&["S0506", "`zone` is number", "publish again"]);
    publish("prod", r#"{"zone": "Z1"}"#, &[]).exits(1).says(&[
        "S0506",
        "`token` is missing",
        "stacks/dns/stack.yaml:3",
    ]);
    publish("prod", good, &["--contract-version", "9.9.9"]).exits(1).says(&["S0506", "version 2.0.0, and not 9.9.9"]);
    for environment in ["dev", "nowhere"] {
        publish(environment, good, &[]).exits(64).says(&["S0106", environment, "it is deployed to prod"]);
    }
    assert_eq!(publish("prod", good, &[]).exits(0).stdout, "shop/dns/prod revision 1\n");
    let read = harness.ok(&["get", "shop/dns/prod"]).stdout;
    assert!(read.contains("contract 2.0.0") && read.contains("(sensitive)") && !read.contains("t-98"), "{read}");

    let destroy = harness.ok(&["destroy", "-e", "prod", "--yes", "dns"]);
    destroy.says(&["shop/dns/prod is deployed by others", "seam publish shop/dns/prod --outputs FILE"]);
    harness.ok(&["get", "shop/dns/prod"]);
}
