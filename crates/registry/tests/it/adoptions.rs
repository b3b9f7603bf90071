//! Existing states that are taken in: what is recorded of them, and what may change with them.

use crate::support::{
    Home, ask, at, done, end_run, input, name, output, provenance, publish, start_run, step, success,
};
use seam_model::{Value, Verb, codes};
use seam_registry::{Adoption, Backend, Command, Refusal, Reply, StatePosition, Success};
use serde_json::json;
use std::collections::BTreeMap;

fn position(serial: u64) -> StatePosition {
    StatePosition { place: "http - abc".into(), lineage: "l".into(), serial, stamp: None }
}

fn backend(sensitive: bool) -> Backend {
    let settings = Value::from(json!({"address": "https://me:hush-hush@example.com/x"}));
    Backend { kind: "http".into(), workspace: None, settings, sensitive }
}

/// An adoption of `network` without outputs.
fn adoption(run: u64) -> Adoption {
    let (state, backend) = (Some(position(3)), Some(backend(true)));
    Adoption {
        address: at("network"),
        success: Success {
            key: String::new(),
            state,
            backend,
            took: None,
            inputs: Some(BTreeMap::new()),
            ..success(run)
        },
        outputs: None,
        provenance: provenance(),
        tags: vec![name("blue")],
        from: Some(".seam/state/dev/network.tfstate".into()),
        changes_owner: false,
    }
}

#[test]
fn an_adoption_publishes_and_leaves_no_key_to_skip_by() {
    let home = Home::new();
    let registry = home.open();
    let run = start_run(&registry, &["network"]);
    let outputs = BTreeMap::from([("id".to_owned(), output(json!("vpc-1"), false))]);
    let adopt = Command::Adopt(Adoption { outputs: Some(outputs), ..adoption(run) });
    assert_eq!(ask(&registry, adopt), Ok(Reply::Revision(1)));
    done(&registry, end_run(run));
    drop(registry);

    // The view is made again.
    std::fs::remove_dir_all(home.path("cache")).unwrap();
    let state = home.open().instances(vec![at("network")]).unwrap().remove(0);
    let publication = state.publication.unwrap();
    assert_eq!((publication.revision, publication.run), (1, Some(run)));
    let last = state.success.unwrap();
    assert_eq!((last.key.as_str(), last.state, last.run), ("", Some(position(3)), run));
    assert_eq!(last.backend, Some(backend(true)));
    let log = std::fs::read(home.path("data/registry.db")).unwrap();
    let secret = b"hush-hush";
    assert!(!log.windows(secret.len()).any(|bytes| bytes == secret), "settings are sealed");
}

#[test]
fn an_adoption_needs_the_lease_and_its_owner_unless_it_is_to_change() {
    let home = Home::new();
    let registry = home.open();
    let refused = ask(&registry, Command::Adopt(adoption(7))).unwrap_err();
    assert_eq!(refused.code(), codes::LEASE_LOST);
    let run = start_run(&registry, &["network"]);
    ask(&registry, publish(Some(run), "network", "a", vec![])).unwrap();
    let with = |tool: &str, home: &str, changes_owner| {
        let mut adoption = Adoption { changes_owner, ..adoption(run) };
        (adoption.success.tool, adoption.success.home) = (tool.to_owned(), home.to_owned());
        ask(&registry, Command::Adopt(adoption))
    };
    let own = "github.com/acme/shop";
    assert!(matches!(with("opentofu", own, false), Err(Refusal::ToolChanged { .. })));
    assert!(matches!(with("terraform", "elsewhere", false), Err(Refusal::OtherHome { .. })));
    assert_eq!(with("opentofu", "elsewhere", true), Ok(Reply::Done));
    let state = registry.instances(vec![at("network")]).unwrap().remove(0);
    let last = state.success.unwrap();
    assert_eq!((last.tool.as_str(), last.home.as_str()), ("opentofu", "elsewhere"));
    assert_eq!(state.publication.unwrap().revision, 1, "outputs stay as they were published");
}

#[test]
fn a_state_that_is_moved_settles_no_step() {
    let home = Home::new();
    let registry = home.open();
    let run = start_run(&registry, &["network"]);
    let inputs = BTreeMap::from([("n".to_owned(), input(json!(1), false))]);
    done(&registry, Command::StartStep(seam_registry::StepStart { inputs, ..step(run, "network", Verb::Apply) }));
    done(&registry, Command::Adopt(adoption(run)));
    let state = registry.instances(vec![at("network")]).unwrap().remove(0);
    assert_eq!(state.open_step.map(|open| open.run), Some(run), "nobody knows yet how it ended");
    assert!(state.success.is_some() && state.publication.is_none());
}
