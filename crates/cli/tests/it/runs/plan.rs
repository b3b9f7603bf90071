//! Plans over stacks that were never applied: what nobody knows yet is unknown, what is known is
//! checked by the tool, and the repository stays as it was.

use super::{APPLY, PLAN, calls, count_calls, workspace};
use crate::harness::{Answer, Harness};
use serde_json::{Value as Json, json};

/// Provides values that are known before the apply, and some that are not.
const NETWORK: &str = r#"resource "terraform_data" "it" {}
output "id" {
  value = terraform_data.it.id
}
output "cidr" {
  value = "10.0.0.0/16"
}
output "size" {
  value = length(terraform_data.it.id)
}
output "net" {
  value = { cidr = "10.0.0.0/16", id = terraform_data.it.id }
}
"#;

fn network(harness: &Harness) {
    harness.stack("network", "{}\n", NETWORK);
}

fn step<'a>(plan: &'a Json, stack: &str) -> &'a Json {
    let steps = plan["steps"].as_array().unwrap();
    let address = format!("shop/{stack}/dev");
    steps.iter().find(|step| step["address"] == *address).unwrap_or_else(|| panic!("no {stack} in {plan:#}"))
}

#[test]
fn what_nobody_knows_yet_is_unknown_leaf_by_leaf() {
    let Some(harness) = workspace() else { return };
    network(&harness);
    harness.stack(
        "app",
        "inputs:\n  id: network.id\n  cidr: network.cidr\n  net: network.net\n  url: {registry: network.id, format: \"https://{value}/\"}\n",
        "variable \"id\" {\n  type = string\n}\nvariable \"cidr\" {}\nvariable \"net\" {\n  type = object({ id = string, cidr = string })\n}\n\
         variable \"url\" {}\nresource \"terraform_data\" \"it\" {\n  input = [var.id, var.cidr, var.net, var.url]\n}\n\
         output \"cidr\" {\n  value = var.net.cidr\n}\n",
    );
    let plan = harness.json(&PLAN);
    let app = step(&plan, "app");
    assert_eq!(app["action"], "apply");
    assert_eq!(app["changes"], json!([{"address": "terraform_data.it", "actions": ["create"]}]));
    let input = |name: &str| &app["inputs"][name];
    assert_eq!(input("id")["status"], "unknown");
    assert_eq!((&input("id")["from"], &input("id")["output"]), (&json!("shop/network/dev"), &json!("id")));
    assert!(input("id").get("value").is_none());
    assert_eq!(input("url")["status"], "unknown");
    assert_eq!((&input("cidr")["status"], &input("cidr")["value"]), (&json!("planned"), &json!("10.0.0.0/16")));
    assert_eq!((&input("net")["status"], &input("net")["unknown"]), (&json!("planned"), &json!(["/id"])));
    assert_eq!(input("net")["value"]["cidr"], "10.0.0.0/16");
    assert_eq!(app["outputs"]["cidr"]["actions"], json!(["create"]));

    // The same inputs are applied values once the provider is applied.
    harness.ok(&APPLY);
    let plan = harness.json(&["plan", "-e", "dev", "--json", "--detailed-exitcode"]);
    assert_eq!(step(&plan, "app")["inputs"]["id"]["status"], "applied");
    assert_eq!(step(&plan, "app")["action"], "skip");
}

#[test]
fn what_was_never_applied_says_so_before_what_others_change() {
    let Some(harness) = workspace() else { return };
    network(&harness);
    harness.stack("web", "inputs: {cidr: network.cidr}\n", "variable \"cidr\" {}\n");
    let reason = || step(&harness.json(&PLAN), "web")["reason"].clone();
    assert_eq!(reason(), "never applied");
    harness.ok(&APPLY);
    harness.stack("network", "{}\n", &NETWORK.replace("10.0.0.0/16", "10.1.0.0/16"));
    assert_eq!(reason(), "cidr changes");
}

#[test]
fn a_count_on_an_unknown_is_deferred_with_its_place() {
    let Some(harness) = workspace() else { return };
    network(&harness);
    harness.stack(
        "fleet",
        "inputs: {size: network.size}\n",
        "variable \"size\" {\n  type = number\n}\nresource \"terraform_data\" \"known\" {}\n\
         resource \"terraform_data\" \"ship\" {\n  count = var.size > 3 ? 2 : 1\n}\n",
    );
    let plan = harness.json(&PLAN);
    let fleet = step(&plan, "fleet");
    assert_eq!(fleet["action"], "deferred");
    let deferred = &fleet["deferred"][0];
    assert_eq!(
        (&deferred["input"], &deferred["file"]),
        (&json!("size"), &json!("stacks/fleet/main.tf")),
        "{deferred:#}"
    );
    assert_eq!((&deferred["line"], &deferred["column"]), (&json!(6), &json!(11)), "{deferred:#}");
    // It is planned as a whole as soon as the number is known.
    harness.ok(&APPLY).says(&["3 created"]);
}

#[test]
fn a_known_leaf_that_breaks_a_validation_fails_in_the_words_of_the_tool() {
    let Some(harness) = workspace() else { return };
    network(&harness);
    harness.stack(
        "app",
        "inputs: {net: network.net}\n",
        "variable \"net\" {\n  type = object({ id = string, cidr = string })\n  validation {\n    \
         condition     = endswith(var.net.cidr, \"/8\")\n    error_message = \"Only a /8 will do.\"\n  }\n}\n\
         output \"id\" {\n  value = var.net.id\n}\n",
    );
    harness.stack("other", "{}\n", "resource \"terraform_data\" \"it\" {}\n");
    let answer = harness.seam(&PLAN).exits(1).says(&["Only a /8 will do.", "stacks/app/main.tf"]);
    // The others are planned all the same.
    assert_eq!(step(&answer.json(), "other")["action"], "apply");
}

#[test]
fn the_repository_stays_as_it_was() {
    let Some(harness) = workspace() else { return };
    harness.stack(
        "web",
        "{}\n",
        "resource \"terraform_data\" \"it\" {\n  input = filesha1(\"${path.module}/dist/app.js\")\n}\n",
    );
    harness.write("stacks/web/dist/app.js", "run()\n");
    let git = |args: &[&str]| Answer::of(harness.command_of("git", args).output().unwrap()).exits(0).stdout;
    git(&["init", "-q"]);
    git(&["add", "--all"]);
    git(&["-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "-q", "-m", "all"]);

    harness.ok(&["plan", "-e", "dev"]);
    assert_eq!(git(&["status", "--porcelain", "--untracked-files=all"]), "");
    harness.ok(&APPLY);
    let left = git(&["status", "--porcelain", "--untracked-files=all"]);
    assert!(matches!(left.as_str(), "" | "?? stacks/web/.terraform.lock.hcl\n"), "{left}");
    harness.ok(&APPLY).says(&["1 unchanged"]);
}

#[test]
fn a_plan_records_nothing_and_starts_what_it_needs() {
    let Some(harness) = workspace() else { return };
    network(&harness);
    count_calls(&harness);
    harness.ok(&["plan", "-e", "dev"]);
    assert_eq!(calls(&harness), ["init network", "plan network", "version"]);
    assert_eq!(harness.json(&["runs", "--json"])["runs"], json!([]));
    assert_eq!(harness.status("network")["state"], "never");
}

#[test]
fn what_somebody_else_did_to_a_state_is_seen_and_handed_on() {
    let Some(harness) = workspace() else { return };
    network(&harness);
    harness.stack(
        "app",
        "inputs: {id: network.id}\n",
        "variable \"id\" {}\nresource \"terraform_data\" \"it\" {\n  input = var.id\n}\n",
    );
    harness.ok(&APPLY);
    let before = harness.ok(&["output", "network", "id", "-e", "dev"]).stdout.trim().to_owned();
    let after = before.replace(&before[..8], "00000000");
    let state = ".seam/state/dev/network.tfstate";
    let text = std::fs::read_to_string(harness.path(state)).unwrap();
    let serial = |text: &str| text.replacen("\"serial\": ", "\"serial\": 1", 1);
    harness.write(state, serial(&text.replace(&before, &after)));
    assert_eq!(harness.status("network")["reason"], "its state was changed by somebody else");

    // The tool has nothing to change, and what it provides is another value all the same.
    let plan = harness.json(&PLAN);
    assert_eq!(step(&plan, "network")["action"], "none");
    assert_eq!(step(&plan, "app")["inputs"]["id"]["value"], json!(after));
    assert_eq!(step(&plan, "app")["changes"], json!([{"address": "terraform_data.it", "actions": ["update"]}]));
    harness.ok(&APPLY).says(&["outputs published", "1 updated"]);
    assert_eq!(harness.ok(&["output", "network", "id", "-e", "dev"]).stdout.trim(), after);
}

#[test]
fn a_whole_plan_says_what_of_each_resource_changes() {
    let Some(harness) = workspace() else { return };
    let code = |rest: &str| {
        format!(
            "variable \"cidr\" {{}}\nresource \"terraform_data\" \"vpc\" {{\n  input = var.cidr\n}}\n\
             resource \"terraform_data\" \"route\" {{\n  triggers_replace = var.cidr\n}}\n{rest}"
        )
    };
    let old = "resource \"terraform_data\" \"old\" {}\noutput \"old\" {\n  value = \"o\"\n}\n";
    harness.stack("network", "inputs: {cidr: {value: 10.0.0.0/16}}\n", &code(old));
    harness.stack("app", "{}\n", "output \"a\" {\n  value = 1\n}\n");
    harness.ok(&APPLY);
    harness.edit("stacks/network/stack.yaml", "10.0", "10.1");
    harness.write("stacks/network/main.tf", code(""));
    harness.edit("stacks/app/main.tf", "output \"a\"", "output \"b\"");
    count_calls(&harness);

    // In short: what is taken away has its address, and outputs that change their names.
    let short = harness.ok(&["plan", "-e", "dev"]).stdout;
    let has = |text: &str, wanted: &[&str]| {
        let words: Vec<&str> = text.split_whitespace().collect();
        assert!(words.windows(wanted.len()).any(|found| found == wanted), "{wanted:?} in\n{text}");
    };
    has(&short, &["destroy", "terraform_data.old"]);
    has(&short, &["replace", "terraform_data.route"]);
    has(&short, &["change", "outputs"]);
    has(&short, &["destroy", "a,", "create", "b"]);
    assert!(!short.contains("terraform_data.vpc") && short.contains("seam plan -e dev --full"), "{short}");
    assert!(!calls(&harness).iter().any(|call| call.starts_with("show")), "nobody looked");

    let full = harness.ok(&["plan", "-e", "dev", "--full"]).stdout;
    has(&full, &["input", "cidr", "=", "\"10.0.0.0/16\"", "→", "\"10.1.0.0/16\"", "(value)"]);
    has(&full, &["destroy", "terraform_data.old", "(it", "is", "not", "in", "the", "code"]);
    has(&full, &["update", "terraform_data.vpc", "~", "input", "\"10.0.0.0/16\"", "→", "\"10.1.0.0/16\"", "~"]);
    has(&full, &["~", "triggers_replace", "\"10.0.0.0/16\"", "→", "\"10.1.0.0/16\"", "forces", "replacement"]);
    has(&full, &["output", "a", "=", "1", "→", "(gone)"]);
    assert!(harness.ok(&["plan", "-e", "dev", "network"]).stdout.contains("~ triggers_replace"), "one stack is whole");

    let plan = harness.json(&["plan", "-e", "dev", "--full", "--json"]);
    let changes = &step(&plan, "network")["changes"];
    let trigger =
        json!({"path": "/triggers_replace", "before": "10.0.0.0/16", "after": "10.1.0.0/16", "replaces": true});
    assert!(changes[1]["attributes"].as_array().unwrap().contains(&trigger), "{changes:#}");
    assert_eq!(changes[0]["reason"], "it is not in the code any more");
    assert_eq!(plan["digest"], harness.json(&PLAN)["digest"], "to look at a plan does not change it");
}

#[test]
fn an_output_that_goes_and_is_used_is_named_before_and_after() {
    let Some(harness) = workspace() else { return };
    harness.stack("network", "{}\n", "output \"private_subnet_ids\" {\n  value = [\"a\"]\n}\n");
    harness.stack("app", "inputs: {ids: network.private_subnet_ids}\n", "variable \"ids\" {}\n");
    harness.stack("web", "inputs: {ids: network.private_subnet_ids}\n", "variable \"ids\" {}\n");
    harness.ok(&APPLY);
    harness.edit("stacks/network/main.tf", "private_subnet_ids", "subnet_ids");
    harness.seam(&["check"]).exits(1).says(&["did you mean `network.subnet_ids`?"]);
    for stack in ["app", "web"] {
        harness.edit(&format!("stacks/{stack}/stack.yaml"), "private_subnet_ids", "subnet_ids");
    }
    // Who is in the same run reads anew.
    let both = harness.ok(&["plan", "-e", "dev", "network,app"]).stdout;
    assert!(both.contains("`private_subnet_ids` goes, and shop/web/dev uses it"), "{both}");
    assert!(!both.contains("shop/app/dev uses it"), "{both}");
    let answer = harness.ok(&["apply", "-e", "dev", "--yes", "network,app"]);
    let answer = answer.says(&["`private_subnet_ids` is not published any more, and shop/web/dev used it"]);
    assert!(!answer.stderr.contains("shop/app/dev used"), "{}", answer.stderr);
    let answer = harness.ok(&APPLY);
    assert!(!answer.stderr.contains("not published any more"), "{}", answer.stderr);
}
