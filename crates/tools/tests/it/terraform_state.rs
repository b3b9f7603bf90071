//! Where states are, and which ones are refused.

use crate::stage::{SOURCE, Stage, environment};
use crate::world::{self, name};
use seam_model::{Address, Backend, BackendBlock, Place, Tool, Value, codes};
use seam_tools::Call;
use seam_tools::terraform::{self, Goal, Recorded, StatePlace, two_on_one_state};
use std::collections::BTreeMap;
use std::fs;

const CODE: &str = "resource \"terraform_data\" \"a\" {}\noutput \"id\" { value = terraform_data.a.id }\n";

fn backend(kind: &str, settings: &[(&str, &str)]) -> Backend {
    let settings = settings.iter().map(|(name, value)| ((*name).to_owned(), Value::from(*value))).collect();
    Backend { kind: kind.into(), settings, place: Place::file("infra/seam.yaml") }
}

fn block(kind: &str, file: &str, attributes: &[(&str, Option<&str>)]) -> BackendBlock {
    let attributes = attributes.iter().map(|(name, text)| ((*name).to_owned(), text.map(str::to_owned))).collect();
    BackendBlock { kind: kind.into(), place: Place::file(file), attributes }
}

#[test]
fn a_state_that_nobody_adopted_is_refused_with_its_place() {
    let Some(mut stage) = Stage::new(&[("main.tf", CODE)]) else { return };
    stage.apply();
    stage.calls();
    stage.recorded = Recorded::Never;
    let failure = stage.plan(Goal::Apply).unwrap_err();
    assert_eq!(failure.finding.code, codes::UNADOPTED_STATE);
    assert!(failure.finding.message.ends_with(".seam/state/dev/app.tfstate"), "{}", failure.finding.message);

    let mut file = stage.states().join("dev/app.tfstate");
    fs::create_dir_all(stage.source().join("terraform.tfstate.d/dev")).unwrap();
    for beside in ["terraform.tfstate", "mine.tfstate", "terraform.tfstate.d/dev/terraform.tfstate"] {
        fs::rename(&file, stage.source().join(beside)).unwrap();
        file = stage.source().join(beside);
        let finding = stage.plan(Goal::Apply).unwrap_err().finding;
        assert_eq!(finding.code, codes::UNADOPTED_STATE);
        assert!(finding.message.ends_with(&format!("{SOURCE}/{beside}")), "{}", finding.message);
        assert_eq!(finding.help, None, "the caller names the command that takes it in");
    }
    fs::rename(stage.source().join("terraform.tfstate.d/dev"), stage.source().join("terraform.tfstate.d/blue"))
        .unwrap();
    let finding = stage.plan(Goal::Apply).unwrap_err().finding;
    assert!(finding.message.ends_with("terraform.tfstate.d/blue/terraform.tfstate"), "{}", finding.message);
    assert!(finding.help.as_ref().unwrap().contains("where the stack says `workspace: blue`"), "{finding:?}");
    assert_eq!(stage.calls(), []);
}

#[test]
fn another_lineage_and_a_vanished_state_are_refused() {
    let Some(mut stage) = Stage::new(&[("main.tf", CODE)]) else { return };
    stage.apply();
    stage.calls();
    let file = stage.states().join("dev/app.tfstate");
    let Recorded::At(position) = stage.recorded.clone() else { panic!("the state was not read") };
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace(&position.lineage, "another")).unwrap();
    assert_eq!(stage.plan(Goal::Apply).unwrap_err().finding.code, codes::LINEAGE_CHANGED);
    fs::write(&file, text.replace("\"version\": 4", "\"version\": 5")).unwrap();
    assert_eq!(stage.plan(Goal::Apply).unwrap_err().finding.code, codes::STATE_UNREADABLE);
    fs::remove_file(&file).unwrap();
    assert_eq!(stage.plan(Goal::Apply).unwrap_err().finding.code, codes::STATE_VANISHED);
    assert_eq!(stage.calls(), []);
}

#[test]
fn a_local_block_of_the_code_does_not_put_the_state_into_the_mirror() {
    let block = "terraform {\n  backend \"local\" { path = \"mine.tfstate\" }\n}\n";
    let Some(mut stage) = Stage::new(&[("main.tf", CODE), ("backend.tf", block)]) else { return };
    stage.apply();
    assert!(stage.states().join("dev/app.tfstate").exists());
    stage.apply();
}

#[test]
fn a_new_place_wants_init_and_the_same_state() {
    let Some(mut stage) = Stage::new(&[("main.tf", CODE)]) else { return };
    stage.stack.backend = Some(backend("local", &[("path", "../{environment} ${{x}/{stack}.tfstate")]));
    stage.apply();
    let first = stage.workspace.root.join("dev ${x}/app.tfstate");
    assert!(first.exists());
    stage.calls();

    stage.stack.backend = Some(backend("local", &[("path", "../moved.tfstate")]));
    assert_eq!(stage.plan(Goal::Apply).unwrap_err().finding.code, codes::STATE_VANISHED);
    fs::rename(first, stage.workspace.root.join("moved.tfstate")).unwrap();
    assert!(!stage.plan(Goal::Apply).unwrap().has_changes);
    assert_eq!(stage.calls(), [Call::Init, Call::Plan]);
}

#[test]
fn places_are_resolved_for_the_instance_and_compared() {
    let root = std::path::Path::new("/w");
    let mut workspace = world::workspace(root, root);
    workspace.environments.insert(name("dev"), environment("dev"));
    let (dev, states) = (environment("dev"), root.join(".seam/state"));
    let mut stack = world::stack("app", "stacks/app");
    let resolve = |stack: &seam_model::Stack, environment: &seam_model::Environment| {
        StatePlace::resolve(&workspace, stack, environment, &states)
    };
    assert_eq!(resolve(&stack, &dev).unwrap().identity(), "local dev/app.tfstate");

    let mut protected = environment("prod");
    protected.approve = true;
    assert_eq!(resolve(&stack, &protected).unwrap_err().code, codes::LOCAL_STATE_REFUSED);
    protected.local_state = true;
    resolve(&stack, &protected).unwrap();

    stack.backend = Some(backend("s3", &[("bucket", "b-{enviroment}")]));
    let finding = resolve(&stack, &dev).unwrap_err();
    assert_eq!((finding.code, finding.help.as_deref()), (codes::TEMPLATE, Some("did you mean `{environment}`?")));
    stack.backend = Some(backend("local", &[("path", "x"), ("workspace_dir", "y")]));
    assert_eq!(resolve(&stack, &dev).unwrap_err().code, codes::BAD_VALUE);

    stack.code = Some(seam_model::StackCode {
        backend: Some(block("gcs", "stacks/app/main.tf", &[])),
        ..seam_model::StackCode::default()
    });
    assert_eq!(resolve(&stack, &dev).unwrap_err().code, codes::BACKEND_TYPE);

    stack.backend = Some(backend("gcs", &[("bucket", "b"), ("prefix", "{stack}")]));
    let instances: Vec<_> = ["dev", "stage"]
        .map(|text| {
            let address = Address::new(name("shop"), name("app"), name(text));
            (address, resolve(&stack, &environment(text)).unwrap(), Place::file("stacks/app/stack.yaml"))
        })
        .into();
    let findings = two_on_one_state(&instances);
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].message, "shop/app/dev and shop/app/stage have one state");
}

#[test]
fn two_blocks_that_name_one_state_are_one_place() {
    let root = std::path::Path::new("/w");
    let workspace = world::workspace(root, root);
    let place = |stack: &str, attributes: &[(&str, Option<&str>)], settings: Option<&[(&str, &str)]>| {
        let folder = format!("stacks/{stack}");
        let mut stack = world::stack(stack, &folder);
        stack.backend = settings.map(|settings| backend("s3", settings));
        let backend = Some(block("s3", &format!("{folder}/main.tf"), attributes));
        stack.code = Some(seam_model::StackCode { backend, ..seam_model::StackCode::default() });
        StatePlace::resolve(&workspace, &stack, &environment("dev"), &root.join(".seam/state")).unwrap()
    };
    let together: Option<&[_]> = Some(&[("key", "{system}.tfstate"), ("bucket", "b")]);
    let apart: Option<&[_]> = Some(&[("key", "{stack}.tfstate"), ("bucket", "b")]);
    let whole: &[_] = &[("key", Some("shop.tfstate")), ("bucket", Some("b"))];
    let open: &[_] = &[("key", Some("x")), ("bucket", None)];
    for (place, twin, same) in [
        (place("a", &[], together), place("b", &[], together), true),
        (place("a", &[], apart), place("b", &[], apart), false),
        // What the settings say is over what the block says.
        (place("a", &[("key", Some("a")), ("bucket", None)], together), place("b", whole, None), true),
        (place("a", whole, None), place("b", &[("key", Some("other")), ("bucket", Some("b"))], None), false),
        // What is computed may be two things in two files, and is one in one file.
        (place("a", open, None), place("b", open, None), false),
        (place("a", open, None), place("a", open, None), true),
    ] {
        let twins = [("a", place), ("b", twin)].map(|(stack, place)| {
            (Address::new(name("shop"), name(stack), name("dev")), place, Place::file("stack.yaml"))
        });
        let codes: Vec<_> = two_on_one_state(&twins).iter().map(|finding| finding.code).collect();
        assert_eq!(codes, vec![codes::TWO_ON_ONE_STATE; usize::from(same)], "{twins:?}");
    }
}

#[test]
fn a_state_that_is_gone_has_no_outputs_to_give() {
    let Some(mut stage) = Stage::new(&[("main.tf", CODE)]) else { return };
    let outputs = |stage: &mut Stage| stage.with(|job, launcher| terraform::outputs(job, launcher));
    let nothing = terraform::Applied { position: None, outputs: BTreeMap::new(), resources: Some(Vec::new()) };
    assert_eq!(outputs(&mut stage).unwrap(), nothing);
    stage.apply();
    fs::remove_file(stage.states().join("dev/app.tfstate")).unwrap();
    assert_eq!(outputs(&mut stage).unwrap_err().finding.code, codes::STATE_VANISHED);
}

#[test]
fn a_state_that_an_apply_does_not_leave_has_vanished() {
    let Some(mut stage) = Stage::new(&[("main.tf", CODE)]) else { return };
    let planned = stage.plan(Goal::Apply).unwrap();
    let program = stage.workspace.root.join("forgetful");
    let state = stage.states().join("dev/app.tfstate");
    world::install(&program, &format!("'{}' \"$@\" && rm '{}'", stage.program.path.display(), state.display()));
    stage.program.path = program;
    let applied = stage.with(|job, launcher| terraform::apply(job, launcher, &planned, &mut |_| {}));
    assert_eq!(applied.unwrap_err().finding.code, codes::STATE_VANISHED);
}

#[test]
fn init_alone_holds_the_lock_of_the_plugins_where_two_would_break_them() {
    let Some(mut stage) = Stage::new(&[("main.tf", CODE)]) else { return };
    stage.apply();
    let lock = Some(stage.with(|job, _| job.plugin_lock.to_owned()));
    let held =
        |stage: &Stage| stage.launcher.calls.iter().copied().zip(stage.launcher.locks.clone()).collect::<Vec<_>>();
    assert_eq!(held(&stage), [(Call::Init, lock.clone()), (Call::Plan, None), (Call::Apply, None)]);
    for (version, expected) in [("1.9.9", lock), ("1.10.0", None)] {
        stage.program.tool = Tool::OpenTofu;
        stage.program.version = version.parse().unwrap();
        stage.plan(Goal::Apply).unwrap();
        let mut inits = held(&stage).into_iter().filter(|(call, _)| *call == Call::Init);
        assert_eq!(inits.next_back(), Some((Call::Init, expected)), "{version}");
    }
}
