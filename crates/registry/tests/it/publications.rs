//! Revisions, what goes with them, and who may make them.

use crate::support::{
    Home, ask, at, done, end_run, id_of, name, output, provenance, publish, start_run, step, success,
};
use seam_model::{Code, Value, Verb, codes};
use seam_registry::{Command, Outcome, Refusal, Reply, StatePosition, Success};
use serde_json::json;
use std::collections::BTreeMap;

fn code(answer: &Result<Reply, Refusal>) -> Code {
    answer.as_ref().unwrap_err().code()
}

#[test]
fn revisions_count_from_one_without_gaps_and_stay_readable() {
    let home = Home::new();
    let registry = home.open();
    let commands = ["a", "b", "c"].map(|value| publish(None, "network", value, vec![]));
    let replies = registry.submit(commands.to_vec()).unwrap();
    assert_eq!(replies, [1, 2, 3].map(|revision| Ok(Reply::Revision(revision))));
    let latest = registry.instances(vec![at("network"), at("unheard-of")]).unwrap();
    assert_eq!((latest[0].revisions, latest[1].revisions), (3, 0));
    assert_eq!(latest[1].publication, None);
    let second = registry.revision(at("network"), 2).unwrap().unwrap();
    assert_eq!(second.outputs["id"].value, Some(Value::from("b")));
    assert_eq!(second.outputs["id"].schema.0, json!({"type": "string"}));
    assert_eq!((second.run, &second.provenance), (None, &provenance()));
    assert_eq!(registry.revision(at("network"), 4).unwrap(), None);
}

#[test]
fn every_json_value_comes_back_as_it_was() {
    let home = Home::new();
    let registry = home.open();
    let value = json!({"n": null, "big": 123_456_789_012_345_678_901_u128.to_string(), "f": [1.50, true, {}, []], "ü": "\"\n${}"});
    let exact: serde_json::Value = serde_json::from_str("1.500000000000000000001").unwrap();
    let outputs = [("all", value), ("null", json!(null)), ("exact", exact)];
    let outputs: BTreeMap<_, _> = outputs.map(|(name, value)| (name.to_owned(), output(value, false))).into();
    let command = Command::Publish {
        address: at("network"),
        outputs: outputs.clone(),
        provenance: provenance(),
        success: None,
        uses: vec![],
        tags: vec![],
    };
    assert_eq!(ask(&registry, command), Ok(Reply::Revision(1)));
    let found = registry.revision(at("network"), 1).unwrap().unwrap().outputs;
    assert_eq!(found.len(), 3);
    for (name, output) in outputs {
        assert_eq!(found[&name].value, Some(output.value), "{name}");
    }
}

#[test]
fn a_large_publication_is_kept_and_a_larger_one_refused() {
    let home = Home::new();
    let registry = home.open();
    let of = |sizes: &[usize]| Command::Publish {
        address: at("network"),
        outputs: (0..).zip(sizes).map(|(n, size)| (format!("o{n}"), output(json!("x".repeat(*size)), false))).collect(),
        provenance: provenance(),
        success: None,
        uses: vec![],
        tags: vec![],
    };
    let mib = 1024 * 1024;
    assert_eq!(ask(&registry, of(&[mib - 2, mib - 2, mib - 2, mib - 2])), Ok(Reply::Revision(1)));
    let found = registry.revision(at("network"), 1).unwrap().unwrap();
    assert_eq!(found.outputs["o3"].value, Some(Value::String("x".repeat(mib - 2))));
    let refused = ask(&registry, of(&[mib - 1]));
    assert_eq!(code(&refused), codes::OUTPUT_REFUSED);
    assert_eq!(
        refused.unwrap_err().to_string(),
        "output `o0` of shop/network/dev has 1048577 bytes as JSON, and the limit is 1048576"
    );
    assert_eq!(code(&ask(&registry, of(&[mib - 2, mib - 2, mib - 2, mib - 2, 1]))), codes::OUTPUT_REFUSED);
    assert_eq!(registry.instances(vec![at("network")]).unwrap()[0].revisions, 1);
}

#[test]
fn a_success_is_what_the_next_run_compares_with() {
    let home = Home::new();
    let registry = home.open();
    let run = start_run(&registry, &["app"]);
    let mut start = step(run, "app", Verb::Apply);
    start.inputs = BTreeMap::from([("vpc".to_owned(), crate::support::input(json!("vpc-1"), false))]);
    done(&registry, Command::StartStep(start));
    let open = registry.instances(vec![at("app")]).unwrap().remove(0).open_step.unwrap();
    assert_eq!((open.run, open.folder.as_str(), open.outcome), (run, "1-apply", None));
    let (address, folder, outcome) = (at("app"), "1-apply".to_owned(), Outcome::Exited(0));
    done(&registry, Command::EndStep { run, address, folder, outcome });
    let open = registry.instances(vec![at("app")]).unwrap().remove(0).open_step.unwrap();
    assert_eq!(open.outcome, Some(Outcome::Exited(0)));

    let state = StatePosition { place: "s".into(), lineage: "l".into(), serial: 3, stamp: Some("t".into()) };
    let mut command = publish(Some(run), "app", "v", vec![]);
    if let Command::Publish { success: Some(success), .. } = &mut command {
        success.state = Some(state.clone());
    }
    assert_eq!(ask(&registry, command), Ok(Reply::Revision(1)));
    let found = registry.instances(vec![at("app")]).unwrap().remove(0);
    assert_eq!(found.open_step, None);
    assert_eq!(found.publication.unwrap().run, Some(run));
    let last = found.success.unwrap();
    assert_eq!((last.run, last.key.as_str(), last.state), (run, "key", Some(state)));
    assert_eq!(last.inputs["vpc"].value, Some(Value::from("vpc-1")));

    // Nothing applied: another key and inputs, the same revision, the former duration.
    let inputs = BTreeMap::from([("vpc".to_owned(), crate::support::input(json!("vpc-2"), false))]);
    let success = Success { key: "key2".to_owned(), inputs: Some(inputs), took: None, ..success(run) };
    done(&registry, Command::Unchanged { address: at("app"), success, uses: vec![], tags: vec![name("green")] });
    let found = registry.instances(vec![at("app")]).unwrap().remove(0);
    let last = found.success.unwrap();
    assert_eq!((found.revisions, last.key.as_str()), (1, "key2"));
    assert_eq!(last.inputs["vpc"].value, Some(Value::from("vpc-2")));
    assert_eq!(registry.durations(vec![at("app")]).unwrap(), [crate::support::success(1).took]);
    let green = registry.tagged(name("shop"), name("dev"), name("green")).unwrap();
    assert_eq!(green, [at("app")]);
    assert_eq!(registry.tagged(name("shop"), name("dev"), name("blue")).unwrap(), []);
}

#[test]
fn a_second_home_another_tool_and_publishing_by_hand_are_refused() {
    let home = Home::new();
    let registry = home.open();
    let run = start_run(&registry, &["app"]);
    assert_eq!(code(&ask(&registry, publish(None, "app", "by hand", vec![]))), codes::LOCKED);
    let never = Command::Unchanged { address: at("app"), success: success(run), uses: vec![], tags: vec![] };
    assert_eq!(code(&ask(&registry, never)), codes::NEVER_PUBLISHED);
    assert_eq!(ask(&registry, publish(Some(run), "app", "v", vec![])), Ok(Reply::Revision(1)));
    done(&registry, end_run(run));

    assert_eq!(code(&ask(&registry, publish(None, "app", "by hand", vec![]))), codes::RUN_BY_WORKSPACE);
    let run = start_run(&registry, &["app"]);
    let mut elsewhere = step(run, "app", Verb::Apply);
    elsewhere.home = "github.com/acme/fork".to_owned();
    assert_eq!(code(&ask(&registry, Command::StartStep(elsewhere))), codes::OTHER_HOME);
    let mut other = step(run, "app", Verb::Apply);
    other.tool = "opentofu".to_owned();
    assert_eq!(code(&ask(&registry, Command::StartStep(other))), codes::TOOL_CHANGED);
    assert_eq!(id_of(&registry, "app"), Some(Value::from("v")));

    // Both are free again after a destroy.
    done(&registry, Command::StartStep(step(run, "app", Verb::Destroy)));
    done(&registry, Command::Destroyed { run, address: at("app") });
    let mut elsewhere = step(run, "app", Verb::Apply);
    (elsewhere.home, elsewhere.tool) = ("github.com/acme/fork".to_owned(), "exec".to_owned());
    done(&registry, Command::StartStep(elsewhere));
}

#[test]
fn what_a_workspace_began_to_run_is_not_published_by_hand() {
    let home = Home::new();
    let registry = home.open();
    assert_eq!(ask(&registry, publish(None, "app", "by hand", vec![])), Ok(Reply::Revision(1)));
    let run = start_run(&registry, &["app"]);
    done(&registry, Command::StartStep(step(run, "app", Verb::Apply)));
    done(&registry, end_run(run));
    let refused = Refusal::RunByWorkspace { address: at("app"), home: "github.com/acme/shop".to_owned() };
    assert_eq!(ask(&registry, publish(None, "app", "by hand", vec![])), Err(refused));

    // What never began changes nothing.
    let run = start_run(&registry, &["dns"]);
    done(&registry, Command::StartStep(step(run, "dns", Verb::Apply)));
    let (address, folder, outcome) = (at("dns"), "1-apply".to_owned(), Outcome::NotStarted);
    done(&registry, Command::EndStep { run, address, folder, outcome });
    done(&registry, end_run(run));
    assert_eq!(ask(&registry, publish(None, "dns", "by hand", vec![])), Ok(Reply::Revision(1)));
}

#[test]
fn a_destroyed_instance_has_its_revisions_only() {
    let home = Home::new();
    let registry = home.open();
    let run = start_run(&registry, &["app"]);
    ask(&registry, publish(Some(run), "app", "v", vec![])).unwrap();
    assert_eq!(registry.environments_of(name("shop"), name("app")).unwrap(), [name("dev")]);
    done(&registry, Command::StartStep(step(run, "app", Verb::Destroy)));
    done(&registry, Command::Destroyed { run, address: at("app") });
    let found = registry.instances(vec![at("app")]).unwrap().remove(0);
    assert!(found.destroyed);
    assert_eq!((found.revisions, found.publication, found.success, found.open_step), (1, None, None, None));
    assert_eq!(registry.revision(at("app"), 1).unwrap().unwrap().outputs["id"].value, Some(Value::from("v")));
    assert_eq!(registry.environments_of(name("shop"), name("app")).unwrap(), []);
    assert_eq!(registry.tagged(name("shop"), name("dev"), name("blue")).unwrap(), []);
    assert_eq!(ask(&registry, publish(Some(run), "app", "w", vec![])), Ok(Reply::Revision(2)));
    assert_eq!(id_of(&registry, "app"), Some(Value::from("w")));
}

#[test]
fn a_value_that_nobody_knows_is_not_recorded() {
    let home = Home::new();
    let registry = home.open();
    let mut command = publish(None, "app", "v", vec![]);
    if let Command::Publish { outputs, .. } = &mut command {
        outputs.get_mut("id").unwrap().value = Value::Array(vec![Value::Unknown]);
    }
    assert_eq!(code(&ask(&registry, command)), codes::OUTPUT_REFUSED);
    assert_eq!(registry.instances(vec![at("app")]).unwrap()[0].revisions, 0);
}
