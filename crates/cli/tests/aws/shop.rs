//! The shop from nothing to nothing, in two accounts. One test, because each part stands on what the
//! part before it made, and because plugin calls are dear.

use crate::harness::{Answer, Harness};
use crate::proxy::Call;
use crate::workspace::{ENVIRONMENTS, STRAY_KEY, Shop};
use serde_json::{Value as Json, json};
use std::fs;
use std::path::Path;

/// Calls that start the plugin.
const PLUGIN_CALLS_MAX: usize = 60;

/// A stack whose plugin is somebody that nobody knows yet.
const GUEST: &str = r#"variable "role" {
  type = string
}

provider "aws" {
  region = "eu-west-1"

  assume_role {
    role_arn = "${var.role}/guest"
  }
}

data "aws_caller_identity" "me" {}

output "account" {
  value = data.aws_caller_identity.me.account_id
}
"#;

#[test]
fn the_shop_is_planned_applied_changed_and_destroyed() {
    let Some(shop) = Shop::new() else { return };
    let parts =
        [plan_of_nothing_applied, killed_while_aws_answers, apply, apply_again, change_beside_another_account, destroy];
    for part in parts {
        part(&shop);
    }
    let tools = shop.all_tools();
    let is_plugin = |call: &&String| ["plan", "apply", "show"].iter().any(|verb| call.contains(&format!(" {verb} ")));
    assert!(tools.iter().filter(is_plugin).count() <= PLUGIN_CALLS_MAX, "{tools:#?}");
}

fn plan_of_nothing_applied(shop: &Shop) {
    shop.harness.stack("guest", "inputs: {role: database.arn}\n", GUEST);
    let badge = "tool: exec\ninputs: {account: guest.account}\nexec: {apply: [\"true\"]}\n";
    shop.harness.write("stacks/badge/stack.yaml", badge);
    let plan = shop.harness.json(&["plan", "-e", "dev", "--json"]);
    what_aws_gives_out_is_unknown(&plan);
    what_a_plugin_is_set_up_by_is_known_first(&plan);
    let calls = shop.ways["dev"].calls();
    assert!(calls.iter().any(|call| call.action == "DescribeAvailabilityZones"), "{calls:#?}");
    assert!(
        !calls.iter().any(|call| call.action.starts_with("Create") || call.action.starts_with("PUT")),
        "{calls:#?}"
    );
    for stack in ["guest", "badge"] {
        fs::remove_dir_all(shop.harness.path(format!("stacks/{stack}"))).unwrap();
    }
}

/// What the code says is known before anything is there.
fn what_aws_gives_out_is_unknown(plan: &Json) {
    let inputs = &step(plan, "api")["inputs"];
    for (input, status) in
        [("vpc_id", "unknown"), ("table_arn", "unknown"), ("package", "unknown"), ("table", "planned")]
    {
        assert_eq!(inputs[input]["status"], status, "{input}");
    }
    assert_eq!(inputs["table"]["value"], "shop-dev-orders");
    assert_eq!(inputs["subnets"]["unknown"], json!(["/0/id", "/1/id"]));
    assert_eq!(inputs["subnets"]["value"][0], json!({"id": null, "zone": "eu-west-1a"}));
    let functions = &step(plan, "monitoring")["inputs"]["functions"];
    assert_eq!((&functions["status"], &functions["value"]["get"]), (&json!("planned"), &json!("shop-dev-get")));

    // A data source that can be read is read at once, and the others are reads of the plan.
    let api = actions(plan, "api");
    assert!(api.contains(&"read data.aws_vpc.network".to_owned()), "{api:#?}");
    assert!(api.contains(&"create aws_lambda_function.function[\"get\"]".to_owned()), "{api:#?}");
    assert!(!api.iter().any(|action| action.contains("document.assume") || action.contains("seam")), "{api:#?}");
    assert!(actions(plan, "network").contains(&"create aws_subnet.private[\"eu-west-1b\"]".to_owned()));
    assert_eq!(step(plan, "api")["deferred"], json!([]));
}

/// The plugin plans without its role, as whoever the profile is. What it read then is no value.
fn what_a_plugin_is_set_up_by_is_known_first(plan: &Json) {
    let guest = step(plan, "guest");
    let deferred = &guest["deferred"][0];
    assert_eq!((&guest["action"], &deferred["input"]), (&json!("deferred"), &json!("role")), "{guest:#}");
    assert_eq!((&deferred["file"], &deferred["line"]), (&json!("stacks/guest/main.tf"), &json!(9)), "{guest:#}");
    assert_eq!(step(plan, "badge")["inputs"]["account"]["status"], "unknown");
}

/// AWS has made the table, the plugin has not heard of it, and Seam is killed: the tool hears of it,
/// saves its state, and what it did is published without a second table.
fn killed_while_aws_answers(shop: &Shop) {
    let apply = ["apply", "-e", "dev", "--yes", "database"];
    let hold = shop.ways["dev"].hold("CreateTable");
    let started = shop.harness.start(&apply);
    hold.wait();
    drop(started);
    shop.harness.seam(&apply).exits(5).says(&["is still running"]);
    drop(hold);
    shop.seam_when_free(&apply).exits(0).says(&["and not published"]);
    let made = |call: &&Call| call.action == "CreateTable";
    assert_eq!(shop.ways["dev"].calls().iter().filter(made).count(), 1);
}

fn apply(shop: &Shop) {
    shop.harness.ok(&["apply", "-e", "dev", "--yes"]).says(&["4 applied, 1 unchanged"]);
    let vpc = shop.harness.json(&["output", "network", "vpc_id", "-e", "dev", "--json"]);
    assert!(vpc.as_str().unwrap().starts_with("vpc-"), "{vpc}");
    assert_eq!(copies_of_the_plugin(&shop.harness.root()), [""; 0]);
    for stack in ["network", "database", "api", "monitoring"] {
        let locked = fs::read_to_string(shop.harness.path(format!("stacks/{stack}/.terraform.lock.hcl"))).unwrap();
        assert!(locked.contains("hashicorp/aws"), "{locked}");
    }
}

fn apply_again(shop: &Shop) {
    shop.tools();
    let before = shop.ways["dev"].calls().len();
    let said = shop.harness.ok(&["apply", "-e", "dev", "--yes"]);
    said.says(&["5 unchanged", "1 data source not re-read", "3 data sources not re-read"]);
    assert_eq!(shop.tools(), [""; 0]);
    // A state is looked at, no more.
    let calls = shop.ways["dev"].calls().split_off(before);
    assert!(calls.iter().all(|call| call.action.contains("tfstate")), "{calls:#?}");
}

/// What changes in `dev` runs what reads it, while `prod` is made in an account of its own.
fn change_beside_another_account(shop: &Shop) {
    shop.harness.write("config/dev.yaml", "api: {memory: 256}\n");
    let before = shop.ways["dev"].calls().len();
    both(&shop.harness, "apply");
    let tools = shop.tools();
    let of = |environment: &str| -> Vec<&str> {
        tools.iter().filter_map(|call| call.strip_prefix(environment)?.strip_prefix(' ')).collect()
    };
    assert_eq!(of("dev"), ["apply api", "plan api", "state api"]);
    assert_eq!(of("prod").iter().filter(|call| call.starts_with("apply")).count(), 4, "{tools:#?}");

    let [dev, prod] = ["dev", "prod"].map(|environment| shop.ways[environment].calls());
    assert!(prod.first().unwrap().at < dev.last().unwrap().at && dev[before].at < prod.last().unwrap().at);
    for (environment, account, _) in ENVIRONMENTS {
        let calls = shop.ways[environment].calls();
        let (own, foreign): (Vec<_>, Vec<_>) = calls.iter().partition(|call| call.account.as_deref() == Some(account));
        assert!(own.len() > 100, "{}", own.len());
        assert!(foreign.iter().all(|call| call.action == "AssumeRole" && call.key != STRAY_KEY), "{foreign:#?}");
    }
}

fn destroy(shop: &Shop) {
    both(&shop.harness, "destroy");
    for (environment, ..) in ENVIRONMENTS {
        let calls = shop.ways[environment].calls();
        for action in ["DeleteVpc", "DeleteTable", "DeleteTopic", "DeleteRole"] {
            assert!(calls.iter().any(|call| call.action == action), "{environment} {action}");
        }
        shop.harness.seam(&["output", "network", "-e", environment]).exits(1);
    }
}

/// Both environments at the same time, one step each at once: so no more than two plugins run.
fn both(harness: &Harness, verb: &str) -> [Answer; 2] {
    let started =
        ENVIRONMENTS.map(|(environment, ..)| harness.start(&[verb, "-e", environment, "--yes", "--jobs", "1"]));
    started.map(|started| started.wait().exits(0))
}

/// The stack's step of a plan.
fn step<'p>(plan: &'p Json, stack: &str) -> &'p Json {
    let address = format!("shop/{stack}/dev");
    plan["steps"].as_array().unwrap().iter().find(|step| step["address"] == *address).unwrap()
}

/// `create aws_vpc.this`.
fn actions(plan: &Json, stack: &str) -> Vec<String> {
    let changes = step(plan, stack)["changes"].as_array().unwrap();
    let text = |change: &Json| {
        let action = change["actions"][0].as_str().unwrap();
        format!("{action} {}", change["address"].as_str().unwrap())
    };
    changes.iter().map(text).collect()
}

/// Files that are the plugin: where it lies in a mirror on this machine it is linked to.
fn copies_of_the_plugin(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let (kind, name) = (entry.file_type().unwrap(), entry.file_name().display().to_string());
        if kind.is_dir() {
            found.extend(copies_of_the_plugin(&entry.path()));
        } else if kind.is_file() && name.starts_with("terraform-provider-") {
            found.push(entry.path().display().to_string());
        }
    }
    found
}
