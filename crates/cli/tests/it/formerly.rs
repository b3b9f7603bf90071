//! `formerly:`: what was deployed under a former name goes on under the new one, wherever it is looked at.

use crate::harness::{Answer, Harness, terraform, wait_for_file};
use crate::isolation::can_trace;
use crate::net_and_app::{APP, APPLY, NET, SEAM};
use crate::state_server::StateServer;
use serde_json::{Value as Json, json};
use std::fs;

/// `net`, which `app` reads, both applied. The folder of `net` stays where it is.
fn shop(defaults: &str) -> Option<Harness> {
    terraform()?;
    let harness = Harness::new();
    harness.write("seam.yaml", format!("{SEAM}{defaults}"));
    harness.stack("net", "name: net\n", NET);
    harness.stack("app", "inputs: {vpc_id: net.vpc_id}\n", APP);
    harness.ok(&APPLY).says(&["2 applied"]);
    Some(harness)
}

/// `net` is called `network` from now on.
fn rename(harness: &Harness) {
    harness.edit("stacks/net/stack.yaml", "name: net\n", "name: network\nformerly: net\n");
    harness.edit("stacks/app/stack.yaml", "net.vpc_id", "network.vpc_id");
}

/// The step of a stack in a plan of all.
#[track_caller]
fn planned(harness: &Harness, stack: &str) -> Json {
    let plan = harness.json(&["plan", "-e", "dev", "--json"]);
    let steps = plan["steps"].as_array().unwrap();
    steps
        .iter()
        .find(|step| step["address"] == format!("shop/{stack}/dev"))
        .unwrap_or_else(|| panic!("{plan:#}"))
        .clone()
}

fn runs(harness: &Harness) -> usize {
    harness.json(&["runs", "--json"])["runs"].as_array().unwrap().len()
}

fn get(harness: &Harness, address: &str) -> Answer {
    harness.seam(&["get", address, "vpc_id"])
}

#[test]
fn a_renamed_stack_goes_on_where_it_was() {
    let Some(harness) = shop("") else { return };
    let vpc = harness.ok(&["output", "net", "vpc_id", "-e", "dev"]).stdout;
    harness.write(".seam/state/dev/net.tfstate.backup", "{}");
    rename(&harness);

    // Until something is applied everything is looked for under the former name, and nothing is recorded.
    let (before, log) = (runs(&harness), fs::read(harness.path(".seam/registry.db")).unwrap());
    let step = planned(&harness, "network");
    assert_eq!((&step["action"], &step["changes"]), (&json!("skip"), &json!([])), "{step:#}");
    assert!(step["reason"].as_str().unwrap().ends_with("renamed from net"), "{step:#}");
    assert_eq!(planned(&harness, "app")["changes"], json!([]));
    assert_eq!(harness.status("network")["state"], "current");
    assert!(!harness.ok(&["status", "-e", "dev"]).stderr.contains("shop/net/dev"), "it was not left behind");
    assert_eq!(harness.ok(&["output", "network", "vpc_id", "-e", "dev"]).stdout, vpc);
    assert_eq!(get(&harness, "shop/network/dev").exits(0).stdout, vpc);
    harness.seam(&["destroy", "network", "-e", "dev", "--yes"]).exits(3).says(&["shop/app/dev reads `vpc_id`"]);
    assert_eq!((runs(&harness), fs::read(harness.path(".seam/registry.db")).unwrap()), (before, log));

    harness.ok(&APPLY).says(&["network", "was shop/net/dev until now: renamed", "2 unchanged"]);
    let state = |stack: &str| harness.path(format!(".seam/state/dev/{stack}.tfstate"));
    assert!(state("network").exists() && !state("net").exists());
    assert!(state("network").with_extension("tfstate.backup").exists());
    assert_eq!(harness.status("network")["revision"], 1, "nothing new was published");
    harness.ok(&APPLY).says(&["2 unchanged", "nothing it reads changed"]);

    fs::remove_dir_all(harness.path(".seam/cache")).unwrap();
    let former = get(&harness, "shop/net/dev").exits(0).says(&["shop/net/dev is shop/network/dev by now"]);
    assert_eq!(former.stdout, vpc);
    assert_eq!(get(&harness, "shop/network/dev").exits(0).stdout, vpc);
    let token = harness.ok(&["output", "network", "token", "-e", "dev"]).stdout;
    assert_eq!(token, "a-long-secret-token\n", "sealed under the former name");
    harness.seam(&["destroy", "network", "-e", "dev", "--yes"]).exits(3).says(&["shop/app/dev reads `vpc_id`"]);

    harness.edit("stacks/net/main.tf", "input = \"vpc\"", "input = \"vpc-2\"");
    harness.ok(&APPLY).says(&["1 applied"]);
    assert_eq!(harness.status("network")["revision"], 2, "it counts on");
    harness.ok(&["destroy", "-e", "dev", "--yes"]).says(&["2 destroyed"]);
}

#[test]
fn what_was_killed_between_record_and_move_is_finished() {
    let Some(harness) = shop("").filter(can_trace) else { return };
    rename(&harness);
    let state = |stack: &str| harness.path(format!(".seam/state/dev/{stack}.tfstate"));
    let (moves, file) = ("inject=rename,renameat,renameat2:error=EIO:signal=KILL", state("net").display().to_string());
    let apply = [env!("CARGO_BIN_EXE_seam"), "apply", "-e", "dev", "--yes"];
    let traced = [&["-f", "-o", "/dev/null", "-P", file.as_str(), "-e", moves][..], &apply].concat();
    assert_eq!(harness.start_of("strace", &traced).wait().code, -9);

    // It is on record, and the file is where it was.
    get(&harness, "shop/net/dev").says(&["shop/net/dev is shop/network/dev by now"]);
    assert!(state("net").exists() && !state("network").exists());
    assert_eq!(planned(&harness, "network")["action"], "skip");
    assert_eq!(harness.status("network")["state"], "current");
    harness.ok(&APPLY).says(&["2 unchanged", "nothing it reads changed"]);
    assert!(state("network").exists() && !state("net").exists());
}

#[test]
fn a_run_without_a_yes_renames_nothing() {
    let Some(harness) = shop("") else { return };
    rename(&harness);
    harness.edit("seam.yaml", "dev: {}", "dev: {approve: true, local_state: true}");
    harness.seam(&["apply", "-e", "dev", "--approve", "0"]).exits(3).says(&["S0505"]);
    assert!(harness.path(".seam/state/dev/net.tfstate").exists());
    let app = ".seam/state/dev/app.tfstate";
    let before = fs::read_to_string(harness.path(app)).unwrap();
    let lineage = before.lines().find(|line| line.contains("lineage")).unwrap();
    harness.write(app, before.replace(lineage, "\"lineage\": \"another\","));
    harness.seam(&["import", "-e", "dev", "--yes"]).exits(1).says(&["S0306"]);
    harness.write(app, before);
    assert!(harness.path(".seam/state/dev/net.tfstate").exists());
    // Whoever has the older checkout works on.
    harness.edit("stacks/net/stack.yaml", "name: network\nformerly: net\n", "name: net\n");
    harness.edit("stacks/app/stack.yaml", "network.vpc_id", "net.vpc_id");
    harness.ok(&["plan", "-e", "dev"]);

    rename(&harness);
    harness.ok(&["import", "-e", "dev", "--yes"]).says(&["was shop/net/dev until now: renamed"]);
    assert!(harness.path(".seam/state/dev/network.tfstate").exists());
    assert_eq!(planned(&harness, "network")["action"], "skip");

    // What is taken in with the rename is read where it is after it.
    harness.edit("stacks/net/stack.yaml", "name: network\nformerly: net\n", "name: core\nformerly: network\n");
    harness.edit("stacks/app/stack.yaml", "network.vpc_id", "core.vpc_id");
    let state = fs::read_to_string(harness.path(".seam/state/dev/network.tfstate")).unwrap();
    let lineage = state.lines().find(|line| line.contains("lineage")).unwrap();
    harness.write(".seam/state/dev/network.tfstate", state.replace(lineage, "\"lineage\": \"another\","));
    let done = harness.json(&["import", "core", "-e", "dev", "--yes", "--json", "--lineage", "another"]);
    assert_eq!(done["instances"][0]["action"], "adopted", "{done:#}");
    assert!(harness.path(".seam/state/dev/core.tfstate").exists());
}

#[test]
fn what_is_deployed_and_says_its_former_name_no_more_is_named() {
    let mut harness = scripts();
    harness.var("LOG", "/dev/null");
    harness.edit("seam.yaml", "dev: {}", "dev: {}, prod: {}");
    harness.ok(&APPLY);
    harness.ok(&["apply", "-e", "prod", "--yes"]);
    harness.edit("stacks/base/stack.yaml", "name: base\n", "name: core\nformerly: base\n");
    assert!(!harness.ok(&APPLY).stderr.contains("no stack here is it"));
    harness.edit("stacks/base/stack.yaml", "formerly: base\n", "");
    let words = "shop/base/prod is deployed, and no stack here is it any more: was base renamed? then `formerly: base`";
    harness.ok(&["plan", "-e", "prod"]).says(&[words]);
    harness.ok(&["apply", "-e", "prod", "--yes"]).says(&[words]);
    assert!(!harness.ok(&["plan", "-e", "dev"]).stderr.contains("no stack here is it"), "it is another environment's");
}

#[test]
fn a_person_and_a_destroy_find_what_was_not_applied_since() {
    let Some(harness) = shop("") else { return };
    rename(&harness);
    let list = harness.ok(&["tool", "network", "-e", "dev", "--", "state", "list"]);
    assert_eq!(list.stdout, "terraform_data.vpc\n");
    harness.edit("stacks/net/stack.yaml", "name: network\nformerly: net\n", "name: core\nformerly: [network, net]\n");
    harness.edit("stacks/app/stack.yaml", "network.vpc_id", "core.vpc_id");
    harness.ok(&["destroy", "-e", "dev", "--yes"]).says(&["was shop/network/dev until now", "2 destroyed"]);
    assert_eq!(harness.status("core")["state"], "never");
}

#[test]
fn a_backend_that_names_the_stack_is_moved_by_an_import() {
    let server = StateServer::start();
    let Some(harness) = shop(&format!("  terraform:\n    backend: {}\n", server.backend("states"))) else { return };
    rename(&harness);
    for refused in [&["plan", "-e", "dev"][..], &APPLY, &["tool", "network", "-e", "dev", "--", "state", "list"]] {
        harness.seam(refused).exits(1).says(&["error[S0317]", "seam import network -e dev", "stacks/net/stack.yaml:1"]);
    }
    assert!(!server.kept().states.contains_key("/states/network"));
    let done = harness.json(&["import", "network", "-e", "dev", "--yes", "--json"]);
    assert_eq!(done["instances"][0]["action"], "moved", "{done:#}");
    assert!(server.kept().states.contains_key("/states/network"));
    harness.ok(&APPLY).says(&["2 unchanged"]);
    harness.ok(&APPLY).says(&["2 unchanged", "nothing it reads changed"]);
}

/// `base`, which publishes one output, of `tool: exec`.
fn scripts() -> Harness {
    let harness = Harness::new();
    harness.write("seam.yaml", "system: shop\nenvironments: {dev: {}}\ndefaults: {tool: exec}\n");
    harness.write(
        "stacks/base/stack.yaml",
        "name: base\ncontract: {version: 1.0.0}\nexec: {apply: [sh, apply.sh], destroy: [\"true\"]}\n",
    );
    harness.write(
        "stacks/base/apply.sh",
        "echo run >> \"$LOG\"\necho '{\"id\": {\"value\": \"one\"}}' > \"$SEAM_OUTPUTS\"\n",
    );
    harness
}

#[test]
fn a_consumer_in_another_workspace_does_not_break_on_the_day_of_the_rename() {
    let mut harness = scripts();
    harness.var("LOG", harness.root().join("log").display().to_string());
    harness.write(
        "../other/seam.yaml",
        "system: site\nregistry: ../workspace/.seam/registry.db\nenvironments: {dev: {}}\n",
    );
    harness.write(
        "../other/page/stack.yaml",
        "tool: exec\ninputs: {id: {registry: shop/base.id, version: \"^1\"}}\nexec: {apply: [sh, apply.sh]}\n",
    );
    harness.write("../other/page/apply.sh", "cat \"$SEAM_INPUTS\" >&2\necho '{}' > \"$SEAM_OUTPUTS\"\n");
    harness.edit("seam.yaml", "defaults:", "pass_env: [LOG]\ndefaults:");
    let other = |args: &[&str]| harness.seam(&[&["-C", "../other"], args].concat());
    harness.ok(&APPLY);
    other(&APPLY).exits(0);

    harness.edit("stacks/base/stack.yaml", "name: base\n", "name: core\nformerly: base\n");
    assert!(planned(&harness, "core")["reason"].as_str().unwrap().ends_with("renamed from base"));
    harness.ok(&APPLY).says(&["1 unchanged"]);
    assert_eq!(fs::read_to_string(harness.root().join("log")).unwrap(), "run\n", "its program did not run again");

    let words = "reads shop/base/dev, which is shop/core/dev by now";
    other(&APPLY).exits(0).says(&[words, "1 unchanged"]);
    other(&["plan", "-e", "dev"]).exits(0).says(&[words]);
    other(&["apply", "-e", "dev", "--yes", "--force"]).exits(0).says(&["1 applied"]);
    harness.seam(&["destroy", "-e", "dev", "--yes"]).exits(3).says(&["site/page/dev reads `id` of shop/core/dev"]);
    fs::write(
        harness.root().join("other/page/stack.yaml"),
        "tool: exec\ninputs: {id: {registry: shop/core.id, version: \"^1\"}}\nexec: {apply: [sh, apply.sh]}\n",
    )
    .unwrap();
    other(&APPLY).exits(0);
    harness.seam(&["destroy", "-e", "dev", "--yes"]).exits(3).says(&["site/page/dev reads `id` of shop/core/dev"]);
}

#[test]
fn an_older_checkout_and_two_that_are_deployed_are_refused() {
    let mut harness = scripts();
    harness.var("LOG", "/dev/null");
    harness.ok(&APPLY);
    harness.edit("stacks/base/stack.yaml", "name: base\n", "name: core\nformerly: base\n");
    harness.ok(&APPLY);
    harness.edit("stacks/base/stack.yaml", "name: core\nformerly: base\n", "name: base\n");
    for refused in [&["plan"][..], &["apply", "--yes"], &["destroy", "--yes"], &["import", "--yes"]] {
        harness.seam(&[refused, &["-e", "dev"]].concat()).exits(1).says(&[
            "error[S0414]",
            "shop/base/dev is shop/core/dev by now",
            "stack.yaml:1",
        ]);
    }
    assert_eq!(harness.status("base")["state"], "changed");
    // Whoever believed that core has no folder would make a second one of it.
    assert_eq!(harness.ok(&["status"]).stderr, "");
    // It gets its name back, and then somebody deploys a second one before the rename is applied.
    harness.edit("stacks/base/stack.yaml", "name: base\n", "name: base\nformerly: core\n");
    harness.ok(&APPLY).says(&["was shop/core/dev until now"]);
    harness.edit("stacks/base/stack.yaml", "name: base\nformerly: core\n", "name: site\n");
    harness.ok(&APPLY);
    harness.edit("stacks/base/stack.yaml", "name: site\n", "name: site\nformerly: [core, base]\n");
    for refused in [&["plan", "-e", "dev"][..], &APPLY] {
        let says = ["error[S0415]", "shop/site/dev is deployed, and so is shop/base/dev", "stack.yaml:2:18"];
        harness.seam(refused).exits(1).says(&says);
    }
}

#[test]
fn a_new_stack_may_take_the_name_over() {
    let mut harness = scripts();
    harness.var("LOG", "/dev/null");
    harness.ok(&APPLY);
    harness.edit("stacks/base/stack.yaml", "name: base\n", "name: core\nformerly: base\n");
    harness.ok(&APPLY);
    harness.edit("stacks/base/stack.yaml", "formerly: base\n", "");
    harness.write("stacks/new/stack.yaml", "name: base\nexec: {apply: [sh, -c, \"echo {} > $SEAM_OUTPUTS\"]}\n");
    assert_eq!(harness.status("base")["state"], "never");
    harness.ok(&APPLY).says(&["1 applied", "1 unchanged"]);
    assert_eq!(
        (harness.status("base")["revision"].clone(), harness.status("core")["revision"].clone()),
        (json!(1), json!(1))
    );
    harness.ok(&["destroy", "core", "-e", "dev", "--yes"]);
    assert_eq!(planned(&harness, "core")["reason"], "was destroyed");
}

#[test]
fn what_a_lookup_finds_and_who_is_let_go_are_known_by_the_name_of_then() {
    let mut harness = scripts();
    harness.var("LOG", "/dev/null");
    let found = "[{\"kind\": \"vpc\", \"id\": \"v-1\", \"name\": \"main\", \"tags\": {}}]";
    harness.write("stacks/base/apply.sh", format!("echo {{}} > $SEAM_OUTPUTS\necho '{found}' > $SEAM_RESOURCES\n"));
    let app = "name: app\ninputs: {vpc: {lookup: {kind: vpc, from: base}, select: id}}\n\
               exec: {apply: [sh, -c, \"echo {} > $SEAM_OUTPUTS\"]}\n";
    harness.write("stacks/app/stack.yaml", app);
    harness.ok(&APPLY).says(&["2 applied"]);
    harness.edit("stacks/base/stack.yaml", "name: base\n", "name: core\nformerly: base\n");
    let app = app.replace("from: base", "from: core").replace("name: app\n", "name: site\nformerly: app\n");
    harness.write("stacks/app/stack.yaml", app);
    assert_eq!(planned(&harness, "site")["inputs"]["vpc"]["value"], "v-1");
    harness.seam(&["destroy", "core", "-e", "dev", "--yes"]).exits(3).says(&["shop/site/dev looks up"]);
    harness.ok(&["destroy", "core", "-e", "dev", "--yes", "--ignore-uses", "--why", "gone"]).says(&["1 destroyed"]);
}

#[test]
fn a_run_at_the_former_name_keeps_the_rename_out() {
    let mut harness = scripts();
    harness.var("LOG", "/dev/null");
    let (started, go) = (harness.root().join("started"), harness.root().join("go"));
    harness.write(
        "stacks/base/apply.sh",
        format!(
            "touch {}\nwhile ! test -e {}; do sleep 0.05; done\necho {{}} > $SEAM_OUTPUTS\n",
            started.display(),
            go.display()
        ),
    );
    let run = harness.start(&APPLY);
    wait_for_file(&started);
    harness.edit("stacks/base/stack.yaml", "name: base\n", "name: core\nformerly: base\n");
    harness.seam(&APPLY).exits(5).says(&["error[S0501]", "shop/base/dev is held by run 1"]);
    fs::write(go, "").unwrap();
    run.wait().exits(0);
    harness.ok(&APPLY).says(&["renamed", "1 unchanged"]);
}

#[test]
fn a_step_that_led_to_nothing_keeps_its_name() {
    let mut harness = scripts();
    harness.var("LOG", "/dev/null");
    harness.write("stacks/base/apply.sh", "exit 1\n");
    harness.seam(&APPLY).exits(1);
    harness.edit("stacks/base/stack.yaml", "name: base\n", "name: core\nformerly: base\n");
    let says = ["error[S0415]", "the apply of shop/base/dev in run 1 led to nothing recorded", "`name: base`"];
    harness.seam(&APPLY).exits(1).says(&says);
}

#[test]
fn what_was_approved_before_the_rename_was_recorded_holds_after_it() {
    if terraform().is_none() {
        return;
    }
    let harness = Harness::new();
    harness.write("seam.yaml", SEAM.replace("dev: {}", "dev: {approve: true, local_state: true}"));
    harness.stack("net", "name: net\n", NET);
    let apply = || {
        let plan = harness.json(&["plan", "-e", "dev", "--json"]);
        harness.ok(&["apply", "-e", "dev", "--approve", plan["digest"].as_str().unwrap()])
    };
    apply();
    harness.edit("stacks/net/stack.yaml", "name: net\n", "name: network\nformerly: net\n");
    harness.edit("stacks/net/main.tf", "input = \"vpc\"", "input = \"vpc-2\"");
    apply().says(&["was shop/net/dev until now", "1 applied"]);
}
