//! States that only the tool can open, and what lookups find of real states.

use crate::stage::Stage;
use crate::world;
use seam_model::{Lookup, Value, codes};
use seam_tools::state::{Reading, Wanted};
use seam_tools::terraform::{Pull, StatePlace, pull};
use seam_tools::{Call, Failure, Program, inventory};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// A state that names a plugin which nobody has.
const STATE: &str = r#"{"version": 4, "terraform_version": "1.11.4", "serial": 3, "lineage": "l",
    "outputs": {"vpc_id": {"value": "vpc-1", "type": "string"}, "other": {"value": 1, "type": "number"}},
    "resources": [{"mode": "managed", "type": "nothing", "name": "n",
        "provider": "provider[\"registry.terraform.io/nobody/nothing\"]",
        "instances": [{"schema_version": 0, "attributes": {"id": "n-1"}, "sensitive_attributes": []}]}],
    "check_results": null}"#;

fn place(kind: &str, path: &Path) -> StatePlace {
    let settings = BTreeMap::from([("path".to_owned(), Value::from(path.to_str().unwrap()))]);
    StatePlace::Backend { kind: kind.into(), settings, block: None, workspace: None }
}

fn pulled(stage: &mut Stage, program: &Program, place: &StatePlace) -> Result<Reading, Failure> {
    stage.with(|job, launcher| {
        let question = Pull { place, program, env: job.env, time_limit: job.time_limit, grace: job.grace };
        pull(&question, launcher, Wanted::named(&["vpc_id"]))
    })
}

#[test]
fn a_state_is_pulled_without_the_plugins_that_it_names() {
    let Some(mut stage) = Stage::new(&[("main.tf", "")]) else { return };
    let program = stage.program.clone();
    let path = stage.workspace.root.join("net one.tfstate");
    fs::write(&path, STATE).unwrap();
    let reading = pulled(&mut stage, &program, &place("local", &path)).unwrap();
    assert_eq!(stage.calls(), [Call::Init, Call::Pull]);
    assert_eq!((reading.state.position.serial, reading.place), (3, format!("local (path {})", path.display())));
    let outputs = reading.state.outputs.unwrap();
    assert_eq!(outputs.keys().collect::<Vec<_>>(), ["vpc_id"]);
    let left = world::tree(&stage.workspace.root.join(".seam/runs"));
    assert_eq!(left, ["1-init/", "2-pull/"]);

    fs::remove_file(&path).unwrap();
    let finding = pulled(&mut stage, &program, &place("local", &path)).unwrap_err().finding;
    assert_eq!(finding.code, codes::STATE_MISSING, "{}", finding.message);
    let failure = pulled(&mut stage, &program, &place("nonsense", &path)).unwrap_err();
    assert_eq!(failure.finding.code, codes::TOOL_FAILED);
    assert!(failure.diagnostics.iter().any(|it| it.summary.contains("backend type")), "{failure:?}");
    assert_eq!(
        failure.finding.help.as_deref(),
        Some(format!("it was to open the state at nonsense (path {})", path.display()).as_str())
    );
    assert!(world::tree(&stage.workspace.root.join(".seam/runs")).iter().all(|it| it.ends_with('/')));
}

#[test]
fn what_a_tool_prints_around_the_state_is_passed_over() {
    let Some(mut stage) = Stage::new(&[("main.tf", "")]) else { return };
    let script = stage.workspace.root.join("bin/terraform");
    let state = stage.workspace.root.join("x.tfstate");
    fs::write(&state, STATE).unwrap();
    let prints = format!(
        "case \"$1\" in init) mkdir .terraform && touch .terraform/terraform.tfstate && exit 1;; esac\n\
         echo 'Warning: old'; cat '{}'; printf '\\nWarning: \\377 {{\\n'",
        state.display()
    );
    world::install(&script, &prints);
    let mut program = stage.program.clone();
    program.path.clone_from(&script);
    let reading = pulled(&mut stage, &program, &place("s3", &state)).unwrap();
    assert_eq!(reading.state.position.serial, 3);

    fs::write(&state, r#"{"version": 4, "serial": 0, "lineage": "", "outputs": {}, "resources": []}"#).unwrap();
    let finding = pulled(&mut stage, &program, &place("s3", &state)).unwrap_err().finding;
    assert_eq!(finding.code, codes::STATE_MISSING, "{}", finding.message);

    world::install(&script, "case \"$1\" in init) exit 0;; esac; echo 'Error: no bucket'; exit 1");
    let failure = pulled(&mut stage, &program, &place("s3", &state)).unwrap_err();
    assert_eq!(failure.finding.message, "`terraform state pull` ended with exit code 1");
    assert_eq!(failure.tail, ["Error: no bucket"]);
}

#[test]
fn lookups_find_what_a_state_says_of_its_resources() {
    let code = r#"
        variable "secret" {
          type      = string
          default   = "hush"
          sensitive = true
        }
        resource "terraform_data" "subnet" {
          count = 2
          input = { kind = "aws_subnet", name = "private-${count.index}", tags = { tier = "private", zone = count.index } }
        }
        resource "terraform_data" "part" {
          input = { kind = "aws_subnet", name = var.secret, tags = { tier = "private", key = var.secret } }
        }
        resource "terraform_data" "whole" { input = sensitive({ kind = "aws_subnet", name = "hush" }) }
        resource "terraform_data" "text" { input = "aws_subnet" }
    "#;
    let Some(mut stage) = Stage::new(&[("main.tf", code)]) else { return };
    stage.apply();
    let state = fs::File::open(stage.states().join("dev/app.tfstate")).unwrap();
    let inventory = inventory::of_state(state).unwrap();
    assert!(!format!("{inventory:?}").contains("hush"), "{inventory:?}");
    assert_eq!(inventory.iter().filter(|it| it.kind == "terraform_data").count(), 2);
    let tags = BTreeMap::from([("tier".to_owned(), "private".to_owned())]);
    let mut lookup = Lookup { kind: "aws_subnet".into(), name: None, tags };
    assert_eq!(lookup.find(&inventory).unwrap().len(), 3);
    lookup.name = Some("private-*".into());
    let mut zones: Vec<_> = lookup.find(&inventory).unwrap().iter().map(|it| it.tags["zone"].as_str()).collect();
    zones.sort_unstable();
    assert_eq!(zones, ["0", "1"]);
}
