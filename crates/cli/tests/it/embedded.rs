//! The run loop with a caller of the test's own, for what the binary cannot be made to do from outside.

use crate::harness::{Harness, wait_for};
use crate::runs::APPLY;
use seam_compat::Contracts;
use seam_graph::Graph;
use seam_model::{Address, Path, Pattern, Plan, RunResult, RunStatus, StepState, UsedPart, codes};
use seam_registry::{Command, Provenance, Use};
use seam_run::{Caller, Consent, Deployment, Goal, Places, Session, States, Stop};
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// A session as the binary opens it, with this clock.
fn session(harness: &Harness, clock: Arc<dyn Fn() -> i64 + Send + Sync>) -> Session {
    let workspace = seam_workspace::load(&harness.path("")).workspace.unwrap();
    let (graph, findings) = Graph::build(&workspace);
    assert_eq!(findings, []);
    let (data, home) = (harness.path(".seam"), harness.root().join("home"));
    let registry = seam_registry::open(seam_registry::Settings {
        log: data.join("registry.db"),
        cache: data.join("cache"),
        keys: home.join("config/seam/keys"),
        key_file: None,
        command: "a test".to_owned(),
        clock: Arc::new(|| 0),
        read_only: false,
    })
    .unwrap();
    let env = harness.command(&[""; 0]);
    let env = env.get_envs().filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned()))).collect();
    let caller = Caller {
        env,
        actor: "tester".to_owned(),
        host: rustix::system::uname().nodename().to_string_lossy().into_owned(),
        pid: std::process::id(),
        command: "a test".to_owned(),
        supervisor: PathBuf::from(env!("CARGO_BIN_EXE_seam")),
        home: fs::read_to_string(data.join("id")).unwrap().trim().to_owned(),
        commit: None,
        dirty: false,
        grace: Duration::from_secs(60),
        today: "2026-06-01".to_owned(),
        clock,
    };
    let places =
        Places { cache: data.join("cache"), plans: data.join("runs"), plugins: home.join("cache/seam/plugins"), data };
    Session {
        contracts: Contracts::new(&workspace.root),
        workspace,
        graph,
        registry,
        places,
        caller,
        stop: Stop::default(),
        states: States::default(),
    }
}

#[test]
fn a_step_that_panics_fails_alone() {
    let harness = Harness::new();
    harness.write("seam.yaml", "system: shop\nenvironments: {dev: {}}\ndefaults: {tool: exec}\n");
    for (stack, after) in [("same", "[]"), ("next", "[same]"), ("other", "[]"), ("last", "[other]")] {
        harness
            .write(&format!("stacks/{stack}/stack.yaml"), format!("exec: {{apply: [sh, apply.sh]}}\nafter: {after}\n"));
        harness.write(&format!("stacks/{stack}/apply.sh"), "true\n");
    }
    harness.ok(&APPLY);
    for stack in ["next", "other", "last"] {
        harness.write(&format!("stacks/{stack}/apply.sh"), "true again\n");
    }

    // A step that is skipped says since when nothing changed: it alone looks at the clock.
    let session = session(&harness, Arc::new(|| panic!("the clock is broken")));
    let run = std::thread::spawn(move || {
        let request = Deployment {
            goal: Goal::Apply,
            environment: "dev".parse().unwrap(),
            selection: String::new(),
            instances: session.graph.instances().iter().cloned().collect(),
            consent: Consent::Yes,
            jobs: 1,
            force: false,
            ignore_uses: None,
            resumes: None,
        };
        let mut status = RunStatus::default();
        let deployed = seam_run::deploy(&session, &request, &mut |event| status.fold(&event)).unwrap();
        (deployed, status)
    });
    wait_for("the run's end", || run.is_finished().then_some(()));
    let (deployed, status) = run.join().unwrap();

    assert_eq!(deployed.result, RunResult::Failed);
    let failed: Vec<_> =
        deployed.failures.iter().map(|(step, why)| (step.stack.as_str(), why.findings[0].code)).collect();
    assert_eq!(failed, [("same", codes::FAULT)]);
    let states: Vec<_> = status.steps.iter().map(|(step, status)| (step.stack.as_str(), status.state)).collect();
    assert_eq!(
        states,
        [
            ("last", StepState::Published),
            ("next", StepState::NotStarted),
            ("other", StepState::Published),
            ("same", StepState::Failed)
        ]
    );
    assert_eq!(harness.json(&["runs", "--json"])["runs"][0]["result"], "failed");
    harness.ok(&APPLY).says(&["3 unchanged"]);
}

#[test]
fn whoever_comes_to_use_what_goes_while_the_yes_is_waited_for_is_not_broken() {
    let harness = Harness::new();
    harness.write("seam.yaml", "system: shop\nenvironments: {dev: {}}\ndefaults: {tool: exec}\n");
    let net = |version: &str, outputs: &str| {
        let exec = "exec: {apply: [sh, -c, \"echo '{}' > $SEAM_OUTPUTS\"]}";
        harness
            .write("stacks/net/stack.yaml", format!("{exec}\ncontract: {{version: {version}, outputs: {outputs}}}\n"));
    };
    let with_spare = "echo '{\\\"spare\\\": {\\\"value\\\": 1}}' > $SEAM_OUTPUTS";
    let exec = format!("exec: {{apply: [sh, -c, \"{with_spare}\"]}}\n");
    harness.write(
        "stacks/net/stack.yaml",
        format!("{exec}contract: {{version: 1.0.0, outputs: {{spare: {{type: integer}}}}}}\n"),
    );
    harness.ok(&APPLY);
    net("2.0.0", "{}");

    let session = session(&harness, Arc::new(|| 0));
    let provider: Address = "shop/net/dev".parse().unwrap();
    let registry = session.registry.clone();
    let comes = |_: &Plan| {
        let part = UsedPart::Output { output: "spare".to_owned(), path: Path::default(), takes: None };
        let uses =
            vec![Use { provider: provider.clone(), part, pattern: Pattern::Registry, range: Some("^1".to_owned()) }];
        let address = "site/web/dev".parse().unwrap();
        let (outputs, provenance, tags) = (BTreeMap::new(), Provenance::default(), Vec::new());
        let publish = Command::Publish { address, outputs, provenance, success: None, uses, tags };
        registry.submit(vec![publish]).unwrap().remove(0).is_ok()
    };
    let request = Deployment {
        goal: Goal::Apply,
        environment: "dev".parse().unwrap(),
        selection: String::new(),
        instances: [provider.clone()].into(),
        consent: Consent::Ask(&comes, &|_, _| false),
        jobs: 1,
        force: false,
        ignore_uses: None,
        resumes: None,
    };
    let refused = seam_run::deploy(&session, &request, &mut |_| {}).unwrap_err();
    assert_eq!(refused.findings[0].code, codes::CONTRACT_BREAKS);
    assert!(refused.findings[0].message.contains("it breaks site/web/dev"), "{}", refused.findings[0].message);
    drop(session);
    assert_eq!(harness.json(&["runs", "--json"])["runs"][0]["result"], "refused");
    assert_eq!(harness.json(&["get", "shop/net/dev", "--json"])["contract"], "1.0.0");
}
