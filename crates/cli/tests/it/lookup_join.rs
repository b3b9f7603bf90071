//! Inputs that look resources up by kind, name and tags: in what applies recorded of their providers.

use crate::harness::{Harness, terraform};
use crate::runs::APPLY;
use serde_json::{Value as Json, json};

const SEAM: &str = "system: shop\nenvironments: {dev: {}}\ndefaults: {tool: terraform}\n";

/// Two private subnets, a public one, and one that is a secret's.
const NETWORK: &str = r#"
locals { tier = "private" }
resource "terraform_data" "private" {
  count = 2
  input = { kind = "aws_subnet", name = "private-${count.index}", tags = { tier = local.tier, zone = "z${count.index}" } }
}
resource "terraform_data" "public" {
  input = { kind = "aws_subnet", name = "public", tags = { tier = "public" } }
}
"#;

const PROMISE: &str = "contract: {lookups: {subnet: {kind: aws_subnet, tags: {tier: [private, public]}}}}\n";

/// A stack whose output `all` is everything that it was given.
fn consumer(harness: &Harness, inputs: &str) {
    harness.write("stacks/all/stack.yaml", format!("tool: exec\nexec: {{apply: [sh, apply.sh]}}\ninputs:\n{inputs}"));
    harness.write(
        "stacks/all/apply.sh",
        "printf '{\"all\": {\"value\": %s}}' \"$(cat \"$SEAM_INPUTS\")\" > \"$SEAM_OUTPUTS\"\n",
    );
}

fn given(harness: &Harness) -> Json {
    harness.json(&["output", "all", "all", "-e", "dev", "--json"])
}

fn input(plan: &Json, name: &str) -> Json {
    let steps = plan["steps"].as_array().unwrap();
    steps.iter().find(|step| step["address"] == "shop/all/dev").unwrap()["inputs"][name].clone()
}

#[test]
fn resources_are_found_by_what_they_are() {
    if terraform().is_none() {
        return;
    }
    let harness = Harness::new();
    harness.write("seam.yaml", SEAM);
    harness.stack("network", PROMISE, NETWORK);
    consumer(
        &harness,
        "  names: {lookup: {kind: aws_subnet, tags: {tier: private}, many: true}, select: name, join: \",\"}\n  zones: {lookup: {kind: aws_subnet, name: \"private-*\", many: true, from: network}, select: tags.zone}\n  public: {lookup: {kind: aws_subnet, tags: {tier: public}}, select: name}\n  none: {lookup: {kind: aws_vpc, from: network}, optional: true}\n",
    );
    let plan = harness.json(&["plan", "-e", "dev", "--json"]);
    assert_eq!(
        input(&plan, "public"),
        json!({"status": "unknown", "pattern": "lookup", "from": "shop/network/dev", "output": "aws_subnet tier=public"})
    );
    harness.ok(&APPLY);
    let found = given(&harness);
    let mut names: Vec<&str> = found["names"].as_str().unwrap().split(',').collect();
    names.sort_unstable();
    assert_eq!(names, ["private-0", "private-1"]);
    assert_eq!(found["zones"].as_array().unwrap().len(), 2);
    assert_eq!(found["public"], "public");
    assert_eq!(found.get("none"), None);
    harness.ok(&APPLY).says(&["2 unchanged"]);

    // What is found in a run of its own is what is there; a whole resource is an object.
    consumer(&harness, "  public: {lookup: {kind: aws_subnet, tags: {tier: public}}}\n");
    harness.ok(&["apply", "-e", "dev", "--yes", "all"]);
    let public = &given(&harness)["public"];
    assert_eq!((&public["kind"], &public["tags"]), (&json!("aws_subnet"), &json!({"tier": "public"})));

    // It is an edge of the graph, and a use.
    let graph = harness.json(&["graph", "--json"]);
    assert_eq!(
        (&graph["links"][0]["pattern"], &graph["links"][0]["provider"]),
        (&json!("lookup"), &json!("shop/network/dev"))
    );
    assert!(harness.ok(&["graph"]).stdout.contains("public ← lookup aws_subnet tier=public of network"));
    let refused = harness.seam(&["destroy", "-e", "dev", "--yes", "network"]).exits(3);
    refused.says(&["S0502", "shop/all/dev looks up `aws_subnet tier=public`"]);
    harness.ok(&["destroy", "-e", "dev", "--yes"]);
}

#[test]
fn how_many_are_found_is_declared() {
    if terraform().is_none() {
        return;
    }
    let harness = Harness::new();
    harness.write("seam.yaml", SEAM);
    harness.stack("network", PROMISE, NETWORK);
    harness.ok(&APPLY);
    let refused = |inputs: &str, texts: &[&str]| {
        consumer(&harness, inputs);
        harness.seam(&["apply", "-e", "dev", "--yes", "all"]).exits(1).says(&["stacks/all/stack.yaml:4:"]).says(texts);
    };
    refused(
        "  one: {lookup: {kind: aws_subnet, tags: {tier: private}}, select: id}\n",
        &["S0513", "2 resources are aws_subnet tier=private, and one is meant", "many: true"],
    );
    refused(
        "  one: {lookup: {kind: aws_subnet, tags: {tier: internal}, from: network}, select: id}\n",
        &["S0512", "network has no aws_subnet with tier=internal", "it has tier=private, tier=public"],
    );
    refused("  one: {lookup: {kind: aws_subnets, from: network}}\n", &["S0512", "did you mean `aws_subnet`?"]);
    refused(
        "  one: {lookup: {kind: aws_subnet, name: x, from: network}}\n",
        &["named x", "it has private-0, private-1, public"],
    );
    refused("  one: {lookup: {kind: aws_subnet, tags: {tier: public}}, select: arn}\n", &["S0512", "`arn`"]);

    consumer(
        &harness,
        "  all: {lookup: {kind: aws_subnet, tags: {tier: x}, many: true, from: network}}\n  no: {lookup: {kind: x, from: network}, optional: true}\n",
    );
    harness.ok(&["apply", "-e", "dev", "--yes", "all"]);
    assert_eq!(given(&harness), json!({"all": []}));
}

#[test]
fn a_lookup_that_lost_its_tags_is_found_by_check() {
    if terraform().is_none() {
        return;
    }
    let harness = Harness::new();
    harness.write("seam.yaml", SEAM);
    harness.stack("network", PROMISE, NETWORK);
    consumer(
        &harness,
        "  ids: {lookup: {kind: aws_subnet, tags: {tier: private}, many: true}, select: id}\n  a: {lookup: {kind: aws_subnet, name: private-0, tags: {tier: private}}, select: id}\n",
    );
    harness.ok(&["check"]);
    assert!(!harness.path(".seam/registry.db").exists(), "a check makes no registry");
    harness.ok(&APPLY);
    harness.ok(&["check"]);
    harness.edit("stacks/network/main.tf", "tier = \"private\"", "tier = \"internal\"");
    harness.ok(&["apply", "-e", "dev", "--yes", "network"]);
    let said = harness.seam(&["check"]).exits(1);
    said.says(&[
        "error[S0512]",
        "warning[S0512]",
        "network has no aws_subnet with tier=private",
        "it has tier=internal, tier=public",
        "stacks/all/stack.yaml:4:",
        "stacks/all/stack.yaml:5:",
    ]);
}

#[test]
fn a_remote_state_is_indexed_without_a_process_of_its_own() {
    let Some(harness) = crate::runs::workspace() else { return };
    let server = crate::state_server::StateServer::start();
    let backend = format!("backend: {{type: http, address: \"{}/{{stack}}\"}}\n", server.address);
    harness.stack("network", &backend, NETWORK);
    consumer(&harness, "  public: {lookup: {kind: aws_subnet, tags: {tier: public}, from: network}, select: name}\n");
    crate::runs::count_calls(&harness);
    harness.ok(&APPLY);
    assert_eq!(given(&harness), json!({"public": "public"}));
    let calls = std::fs::read_to_string(harness.root().join("calls")).unwrap();
    let calls: Vec<&str> = calls.lines().map(|line| line.split(' ').next().unwrap()).collect();
    assert_eq!(calls, ["version", "init", "plan", "apply", "state"]);
    harness.ok(&APPLY).says(&["2 unchanged"]);
}

#[test]
fn a_lookup_that_nobody_promises_is_refused() {
    let harness = Harness::new();
    harness.write("seam.yaml", SEAM);
    harness.write("stacks/network/stack.yaml", format!("tool: external\n{PROMISE}"));
    consumer(
        &harness,
        "  a: {lookup: {kind: aws_subnet, tags: {tier: internal}}}\n  b: {lookup: {kind: aws_vpc}}\n  c: {lookup: {kind: aws_vpc, from: netwrok}}\n  d: {lookup: {kind: aws_vpc, from: network}, many: true}\n",
    );
    harness.seam(&["check"]).exits(1).says(&[
        "error[S0110]: nothing says which stack makes aws_subnet tier=internal in dev",
        "`network` promises aws_subnet tier=private|public",
        "nothing says which stack makes aws_vpc in dev",
        "did you mean `network`?",
        "write it inside `lookup`",
        "say `from: STACK` in the lookup",
    ]);
}

#[test]
fn resources_of_another_system_are_found_by_one_registry() {
    let harness = Harness::new();
    let seam = |system: &str| {
        format!("system: {system}\nregistry: ../../shared.db\nenvironments: {{dev: {{}}}}\ndefaults: {{tool: exec}}\n")
    };
    harness.write("a/seam.yaml", seam("a"));
    harness.write("a/net/stack.yaml", "exec: {apply: [sh, apply.sh]}\n");
    harness.write("a/net/apply.sh", "echo '[{\"kind\": \"vpc\", \"id\": \"v-1\"}]' > \"$SEAM_RESOURCES\"\n");
    harness.write("b/seam.yaml", seam("b"));
    harness.write(
        "b/top/stack.yaml",
        "exec: {apply: [sh, apply.sh]}\ninputs: {vpc: {lookup: {kind: vpc, from: a/net}, select: id}}\n",
    );
    harness.write(
        "b/top/apply.sh",
        "printf '{\"all\": {\"value\": %s}}' \"$(cat \"$SEAM_INPUTS\")\" > \"$SEAM_OUTPUTS\"\n",
    );
    let b = [&["-C", "b"], &APPLY[..]].concat();
    harness.seam(&b).exits(1).says(&["S0510", "a/net/dev was never published", "top/stack.yaml:2:"]);
    harness.ok(&[&["-C", "a"], &APPLY[..]].concat());
    harness.ok(&b);
    assert_eq!(harness.json(&["-C", "b", "output", "top", "all", "-e", "dev", "--json"]), json!({"vpc": "v-1"}));
    harness
        .seam(&["-C", "a", "destroy", "-e", "dev", "--yes"])
        .exits(3)
        .says(&["b/top/dev looks up `vpc` in a/net/dev"]);
}

#[test]
fn programs_name_their_resources() {
    let harness = Harness::new();
    harness.write("seam.yaml", "system: shop\nenvironments: {dev: {}}\ndefaults: {tool: exec}\n");
    harness
        .write("stacks/queues/stack.yaml", "exec: {apply: [sh, apply.sh]}\ninputs: {token: {secret: {env: TOKEN}}}\n");
    harness.write("stacks/queues/apply.sh", "cp resources.json \"$SEAM_RESOURCES\"\n");
    harness.write(
        "stacks/queues/resources.json",
        r#"[{"kind": "queue", "id": "q-2", "tags": {"for": "orders", "key": "hush-hush-hush"}}, {"kind": "queue", "id": "q-1", "name": "mail"}]"#,
    );
    consumer(
        &harness,
        "  ids: {lookup: {kind: queue, many: true, from: queues}, select: id}\n  orders: {lookup: {kind: queue, tags: {for: orders}, from: queues}}\n",
    );
    let mut harness = harness;
    harness.var("TOKEN", "hush-hush-hush");
    harness.ok(&APPLY);
    assert_eq!(
        given(&harness),
        json!({"ids": ["q-1", "q-2"], "orders": {"kind": "queue", "id": "q-2", "name": null, "arn": null, "tags": {"for": "orders"}}}),
        "in order of their ids, and without what a secret is in"
    );
    harness.write("stacks/queues/resources.json", r#"[{"kind": "queue"}]"#);
    harness.seam(&APPLY).exits(1).says(&["S0506", "wrote resources that are not"]);
    harness.write("stacks/queues/resources.json", "[]");
    harness.seam(&APPLY).exits(1).says(&["S0512", "queues has no queue with for=orders", "it has no resources"]);
}
