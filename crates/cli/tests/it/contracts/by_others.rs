//! What others deploy and publish: its uses stay on record, its contract goes along, and the latest counts.

use super::{SEAM, consumer, found};
use crate::harness::Harness;

const NET: &str = "tool: external\ncontract: {version: 1.0.0, outputs: {a: {type: string}}}\n";
const PUBLISH: [&str; 4] = ["publish", "shop/net/dev", "--outputs", "o.json"];

/// A stack of others, published with a contract, and one that reads it.
fn published() -> Harness {
    let harness = Harness::new();
    harness.write("seam.yaml", SEAM);
    harness.write("stacks/net/stack.yaml", NET);
    harness.write("o.json", r#"{"a": "1"}"#);
    harness.ok(&PUBLISH);
    consumer(&harness, "{a: net.a}");
    harness.ok(&["apply", "app", "-e", "dev", "--yes"]);
    harness
}

/// Another workspace with the same registry.
fn elsewhere(harness: &Harness) -> Harness {
    let other = Harness::new();
    let registry = harness.path(".seam/registry.db");
    other.write("seam.yaml", format!("{SEAM}registry: {}\n", registry.display()));
    other
}

#[test]
fn a_publication_keeps_what_the_stack_uses() {
    let harness = published();
    let web = "tool: external\ncontract: {version: 0.1.0, outputs: {u: {type: string}}}\ninputs: {a: net.a}\n";
    harness.write("stacks/web/stack.yaml", web);
    harness.write("u.json", r#"{"u": "1"}"#);
    let publish = ["publish", "shop/web/dev", "--outputs", "u.json"];
    let is_used = || harness.ok(&["uses", "net"]).stdout.contains("shop/web/dev");
    harness.ok(&publish);
    assert!(is_used(), "what the workspace declares");
    let other = elsewhere(&harness);
    other.write("u.json", r#"{"u": "2"}"#);
    other.ok(&publish);
    assert!(is_used(), "what is on record");
    harness.ok(&["deployed", "web@0.1.0", "-e", "dev"]);
    harness.edit("stacks/web/stack.yaml", "0.1.0", "0.2.0");
    harness.edit("stacks/web/stack.yaml", "inputs: {a: net.a}", "");
    harness.ok(&publish);
    assert!(is_used(), "what a version uses that others deployed");
}

#[test]
fn a_workspace_without_the_stack_publishes_under_the_contract_on_record() {
    let harness = published();
    let other = elsewhere(&harness);
    let publish = |json: &str, more: &[&str]| {
        other.write("o.json", json);
        other.seam(&[&PUBLISH[..], more].concat())
    };
    publish(r#"{"a": [5]}"#, &[]).exits(1).says(&["S0506", "output `a` is not what the contract says"]);
    publish("{}", &["--contract-version", "1.0.0"]).exits(1).says(&["output `a` is missing"]);
    let unknown = publish(r#"{"a": "2"}"#, &["--contract-version", "7.0.0"]).exits(1);
    unknown.says(&["S0608", "no version 7.0.0 of the contract of shop/net is on record", "on record are 1.0.0"]);
    publish(r#"{"a": "2"}"#, &[]).exits(0);
    harness.write("stacks/net/stack.yaml", NET.replace("1.0.0", "2.0.0").replace("string", "array"));
    assert_eq!(found(&harness, "S0601").len(), 1, "the contract is still on record");
    // Another version is judged by who is on record.
    harness.write("o.json", r#"{"a": ["1"]}"#);
    harness.ok(&["publish", "shop/net/prod", "--outputs", "o.json"]);
    publish(r#"{"a": ["1"]}"#, &["--contract-version", "2.0.0"]).exits(3).says(&["S0601", "it breaks shop/app/dev"]);
}

#[test]
fn what_is_published_after_a_deploy_is_live_beside_it() {
    let harness = Harness::new();
    harness.write("seam.yaml", SEAM);
    harness.write("stacks/net/stack.yaml", NET);
    harness.ok(&["deployed", "net@1.0.0", "-e", "dev"]);
    let with_b = |version: &str, kind: &str| {
        let outputs = format!("{{a: {{type: string}}, b: {{type: {kind}}}}}");
        let contract = format!("{{version: {version}, outputs: {outputs}}}");
        harness.write("stacks/net/stack.yaml", format!("tool: external\ncontract: {contract}\n"));
    };
    with_b("2.0.0", "string");
    harness.write("o.json", r#"{"a": "1", "b": "2"}"#);
    harness.ok(&PUBLISH);
    consumer(&harness, "{b: net.b}");
    harness.ok(&["apply", "app", "-e", "dev", "--yes"]);
    with_b("3.0.0", "integer");
    let no = harness.seam(&["can-deploy", "net", "-e", "dev"]).exits(3).stdout;
    assert!(no.contains("output `b`: the type was") && no.contains("it breaks shop/app/dev"), "{no}");
    harness.write("o.json", r#"{"a": "1", "b": 3}"#);
    harness.seam(&PUBLISH).exits(3).says(&["S0601"]);
}

#[test]
fn a_version_that_comes_back_uses_what_it_used() {
    let harness = Harness::new();
    harness.write("seam.yaml", SEAM);
    let net = |version: &str, events: &str| {
        let contract = format!("contract: {{version: {version}, events: {{{events}}}}}\n");
        harness.write("stacks/net/stack.yaml", format!("tool: external\n{contract}"));
    };
    let web = |version: &str, event: &str| {
        let uses = format!("uses: [{{event: net.{event}}}]\n");
        harness.write("stacks/web/stack.yaml", format!("tool: external\ncontract: {{version: {version}}}\n{uses}"));
        harness.ok(&["deployed", &format!("web@{version}"), "-e", "dev"]);
    };
    net("1.0.0", "a: {type: x.a, schema: {}}, b: {type: x.b, schema: {}}");
    harness.ok(&["deployed", "net@1.0.0", "-e", "dev"]);
    web("1.0.0", "a");
    web("2.0.0", "b");
    harness.ok(&["can-deploy", "web@1.0.0", "-e", "dev"]);
    // These files are those of 2.0.0.
    let back = harness.ok(&["deployed", "web@1.0.0", "-e", "dev"]);
    assert!(!back.stderr.contains("Nobody said"), "{}", back.stderr);
    net("2.0.0", "b: {type: x.b, schema: {}}");
    assert!(found(&harness, "S0601")[0]["message"].as_str().unwrap().contains("it breaks shop/web/dev"));
}

#[test]
fn an_optional_input_is_a_use_and_its_range_counts() {
    let harness = published();
    let web = "tool: external\ncontract: {version: 1.0.0}\ninputs: {a: {registry: net.a, optional: true}}\n";
    harness.write("stacks/web/stack.yaml", web);
    harness.ok(&["can-deploy", "web", "-e", "prod"]);
    harness.ok(&["deployed", "web@1.0.0", "-e", "dev"]);
    assert!(harness.ok(&["uses", "net"]).stdout.contains("shop/web/dev"));
    harness.edit("stacks/web/stack.yaml", "optional: true", "optional: true, version: \"^2\"");
    let no = harness.seam(&["can-deploy", "web", "-e", "dev"]).exits(3).stdout;
    assert!(no.contains("shop/net/dev has contract 1.0.0, and ^2 is accepted"), "{no}");
}

#[test]
fn can_deploy_asks_what_check_asks_of_the_contract_itself() {
    let harness = published();
    let reasons = || {
        let answer = harness.seam(&["can-deploy", "net", "-e", "prod", "--json"]).exits(3).json();
        let reasons = answer["reasons"].as_array().unwrap().clone();
        reasons.iter().map(|one| one["kind"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    harness.edit("stacks/net/stack.yaml", "a: {", "b: {type: string}, a: {");
    assert_eq!(reasons(), ["contract-version"]);
    harness.edit("stacks/net/stack.yaml", "1.0.0", "2.0.0");
    harness.ok(&["can-deploy", "net", "-e", "prod"]);
    harness.edit("stacks/net/stack.yaml", "b: {type: string}", "b: {items: {type: strng}}");
    assert_eq!(reasons(), ["contract-unreadable"]);
    harness.seam(&["deployed", "net@2.0.0", "-e", "prod"]).exits(1).says(&["S0024"]);
    harness.edit("stacks/net/stack.yaml", "strng", "string");
    harness.ok(&["deployed", "net@2.0.0", "-e", "prod"]);
}

#[test]
fn a_deploy_that_is_refused_leaves_its_version_free() {
    let harness = Harness::new();
    harness.write("seam.yaml", SEAM);
    super::provider(&harness, r#"{"a": {"value": "x"}}"#, "{version: 1.0.0, outputs: {a: {type: string}}}");
    harness.ok(&super::APPLY);
    harness.edit("stacks/net/stack.yaml", "1.0.0", "2.0.0");
    harness.seam(&["deployed", "net@2.0.0", "-e", "dev"]).exits(1);
    harness.edit("stacks/net/stack.yaml", "string", "[string, 'null']");
    assert_eq!(found(&harness, "S0604").len(), 0);
    harness.ok(&super::APPLY);
}

#[test]
fn a_provider_without_a_contract_has_what_it_published() {
    let harness = Harness::new();
    harness.write("seam.yaml", SEAM);
    harness.write("stacks/net/stack.yaml", "tool: external\n");
    harness.write("o.json", r#"{"z": 1}"#);
    harness.ok(&PUBLISH);
    consumer(&harness, "{b: net.b}");
    harness.ok(&["check"]);
    let no = harness.seam(&["can-deploy", "app", "-e", "dev"]).exits(3).stdout;
    assert!(no.contains("shop/net/dev has no contract, and published no output `b`\n    it published z"), "{no}");
    consumer(&harness, "{b: net.z}");
    harness.ok(&["can-deploy", "app", "-e", "dev"]);
}
