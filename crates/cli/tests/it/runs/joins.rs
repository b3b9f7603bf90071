//! How outputs become inputs: paths, fan-in, join, format, what is optional, other environments and
//! other systems.

use super::APPLY;
use crate::harness::Harness;
use serde_json::{Value as Json, json};

const SEAM: &str = "system: shop\nenvironments:\n  dev: {config: config/dev.yaml, maps: {platform: live}, region: eu-1}\n  base: {}\ndefaults: {tool: exec}\n";

/// A stack that provides `outputs`.
fn provider(harness: &Harness, name: &str, rest: &str, outputs: &Json) {
    harness.write(&format!("stacks/{name}/stack.yaml"), format!("exec: {{apply: [sh, apply.sh]}}\n{rest}"));
    harness.write(&format!("stacks/{name}/apply.sh"), "cp outputs.json \"$SEAM_OUTPUTS\"\n");
    harness.write(&format!("stacks/{name}/outputs.json"), outputs.to_string());
}

/// A stack whose output `all` is everything that it was given.
fn consumer(harness: &Harness, inputs: &str) {
    harness.write("stacks/all/stack.yaml", format!("exec: {{apply: [sh, apply.sh]}}\nenvironments: [dev]\n{inputs}"));
    harness.write(
        "stacks/all/apply.sh",
        "printf '{\"all\": {\"value\": %s}}' \"$(cat \"$SEAM_INPUTS\")\" > \"$SEAM_OUTPUTS\"\n",
    );
}

fn given(harness: &Harness) -> Json {
    harness.json(&["output", "all", "all", "-e", "dev", "--json"])
}

#[test]
fn outputs_reach_inputs_in_every_form() {
    let harness = Harness::new();
    harness.write("seam.yaml", SEAM);
    harness.write("config/dev.yaml", "app: {replicas: 3}\n");
    let text = "quote \" line\nnext ${not} %{me} ümläut";
    provider(
        &harness,
        "network",
        "",
        &json!({"subnets": {"value": [{"id": "s-1"}, {"id": "s-2"}]}, "cidrs": {"value": ["10.0", "10.1"]}, "text": {"value": text}, "many": {"value": 7}}),
    );
    for (name, url) in [("blue", "b"), ("green", "g")] {
        provider(&harness, name, "tags: [app]\n", &json!({"url": {"value": url}}));
    }
    harness.write("stacks/monitoring/stack.yaml", "tool: external\n");
    consumer(
        &harness,
        r#"inputs:
  first: {registry: "network.subnets[0].id"}
  text: network.text
  urls: {registry: "tag:app.url", many: true}
  by_stack: {registry: "tag:app.url", many: true, as: map}
  joined: {registry: network.cidrs, join: ","}
  formatted: {registry: network.many, format: "n-{value}"}
  both: {registry: "tag:app.url", many: true, join: "+", format: "<{value}>"}
  alarm: {registry: monitoring.topic, optional: true}
  base: {registry: network.many, environment: base}
  zone: {registry: platform/dns.zone, version: "^1"}
  replicas: {config: app.replicas}
  name: {value: "app-{environment}-{region}"}
  image: {run: blue.url}
"#,
    );
    let said = harness.seam(&APPLY).exits(1);
    assert!(said.stderr.contains("platform/dns/live") && said.stderr.contains("shop/network/base"), "{}", said.stderr);

    harness.ok(&["apply", "-e", "base", "--yes", "network"]);
    harness.write("zone.json", r#"{"zone": "z-9"}"#);
    harness.ok(&["publish", "platform/dns/live", "--outputs", "zone.json", "--contract-version", "1.0.0"]);
    harness.ok(&APPLY);
    let expected = json!({
        "first": "s-1", "text": text, "urls": ["b", "g"], "by_stack": {"blue": "b", "green": "g"}, "joined": "10.0,10.1",
        "formatted": "n-7", "both": "<b+g>", "base": 7, "zone": "z-9", "replicas": 3, "name": "app-dev-eu-1", "image": "b",
    });
    assert_eq!(given(&harness), expected);

    // What was absent is published now, and what others publish is noticed.
    harness.write("topic.json", r#"{"topic": "t-1"}"#);
    harness.ok(&["publish", "shop/monitoring/dev", "--outputs", "topic.json"]);
    harness.ok(&APPLY).says(&["alarm changed", "3 unchanged"]);
    assert_eq!(given(&harness)["alarm"], "t-1");
    harness.write("zone.json", r#"{"zone": "z-10"}"#);
    harness.ok(&["publish", "platform/dns/live", "--outputs", "zone.json", "--contract-version", "1.0.0"]);
    assert_eq!(harness.status("all")["reason"], "zone changed");
    harness.ok(&["apply", "-e", "dev", "--yes", "all"]);
    assert_eq!(given(&harness)["zone"], "z-10");
}

#[test]
fn a_fan_in_waits_for_those_alone_that_are_not_known() {
    let harness = Harness::new();
    harness.write("seam.yaml", SEAM.replace("config: config/dev.yaml, ", ""));
    for name in ["blue", "green"] {
        provider(&harness, name, "tags: [app]\nenvironments: [dev]\n", &json!({"url": {"value": name}}));
    }
    consumer(&harness, "inputs: {urls: {registry: \"tag:app.url\", many: true}}\n");
    harness.ok(&["apply", "-e", "dev", "--yes", "blue"]);
    let plan = harness.json(&["plan", "-e", "dev", "--json"]);
    let all = plan["steps"].as_array().unwrap().iter().find(|step| step["address"] == "shop/all/dev").unwrap();
    assert_eq!(all["reason"], "urls: partly unknown until green is applied");
    assert_eq!(all["inputs"]["urls"]["value"][0], "blue");
    assert_eq!(all["inputs"]["urls"]["unknown"], json!(["/1"]));
}

#[test]
fn two_workspaces_join_by_one_registry() {
    let harness = Harness::new();
    let seam = |system: &str| {
        format!("system: {system}\nregistry: ../../shared.db\nenvironments: {{dev: {{}}}}\ndefaults: {{tool: exec}}\n")
    };
    harness.write("a/seam.yaml", seam("a"));
    harness.write(
        "a/base/stack.yaml",
        "contract: {version: 1.0.0}\nexec: {apply: [sh, -c, \"echo '{\\\"id\\\": {\\\"value\\\": 1}}' > $SEAM_OUTPUTS\"]}\n",
    );
    harness.write("b/seam.yaml", seam("b"));
    harness
        .write("b/top/stack.yaml", "exec: {apply: [\"true\"]}\ninputs: {id: {registry: a/base.id, version: \"^1\"}}\n");
    let b = [&["-C", "b"], &APPLY[..]].concat();
    harness.seam(&b).exits(1).says(&["a/base/dev", "top/stack.yaml:2"]);
    harness.ok(&[&["-C", "a"], &APPLY[..]].concat());
    harness.ok(&b).says(&["1 applied"]);
    harness.ok(&b).says(&["1 unchanged"]);
}

#[test]
fn a_contract_version_outside_the_accepted_range_is_refused() {
    let harness = Harness::new();
    harness.write("seam.yaml", "system: shop\nenvironments: {dev: {}}\ndefaults: {tool: exec}\n");
    provider(&harness, "dns", "contract: {version: 2.1.0}\n", &json!({"zone": {"value": "z"}}));
    consumer(&harness, "inputs:\n  zone: {registry: dns.zone, version: \"^2\"}\n");
    harness.ok(&APPLY);

    harness.edit("stacks/dns/stack.yaml", "2.1.0", "3.0.0");
    harness.seam(&["apply", "-e", "dev", "--yes", "dns"]).exits(0);
    let refused = harness.seam(&["plan", "-e", "dev", "all"]).exits(1);
    refused.says(&["S0521", "accepts ^2", "has contract 3.0.0", "stacks/all/stack.yaml:4:"]);
    harness.edit("stacks/all/stack.yaml", "^2", ">=2, <4");
    harness.ok(&APPLY);
}

#[test]
fn another_binding_with_the_same_value_replaces_the_uses() {
    let harness = Harness::new();
    harness.write("seam.yaml", "system: shop\nenvironments: {dev: {}}\ndefaults: {tool: exec}\n");
    for name in ["old", "new"] {
        provider(&harness, name, "", &json!({"zone": {"value": "z"}}));
    }
    consumer(&harness, "inputs:\n  zone: old.zone\n");
    harness.ok(&APPLY);
    harness.edit("stacks/all/stack.yaml", "old.zone", "new.zone");
    harness.ok(&APPLY);
    harness.seam(&["destroy", "-e", "dev", "--yes", "new"]).exits(3).says(&["S0502", "shop/all/dev reads `zone`"]);
    harness.ok(&["destroy", "-e", "dev", "--yes", "old"]);
}

#[test]
fn optional_is_about_absence_alone() {
    let harness = Harness::new();
    harness.write("seam.yaml", "system: shop\nenvironments: {dev: {}}\ndefaults: {tool: exec}\n");
    provider(&harness, "dns", "", &json!({"zone": {"value": "z"}}));
    consumer(&harness, "inputs:\n  zone: {registry: dns.zonne, optional: true}\n");
    harness.seam(&["apply", "-e", "dev", "--yes", "dns"]).exits(0);
    harness.seam(&["plan", "-e", "dev", "all"]).exits(1).says(&["S0407", "did you mean `zone`?"]);
}
