//! Sealed values, the key file and what its loss does.

use crate::support::{Home, ask, at, done, input, output, provenance, start_run, step, success};
use seam_model::{Value, Verb};
use seam_registry::{Command, Handle, Reply, Settings, Success, open};
use serde_json::json;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

const PLANTED: &str = "hunter2-planted-secret";

fn publish_secret(registry: &Handle, address: &str) -> Result<Reply, seam_registry::Refusal> {
    let outputs = [("password", output(json!(PLANTED), true)), ("url", output(json!("https://x"), false))];
    let outputs = outputs.map(|(name, output)| (name.to_owned(), output)).into();
    let (address, provenance) = (at(address), provenance());
    ask(registry, Command::Publish { address, outputs, provenance, success: None, uses: vec![], tags: vec![] })
}

fn password(registry: &Handle, address: &str) -> Option<Value> {
    let found = registry.instances(vec![at(address)]).unwrap().remove(0).publication.unwrap();
    assert_eq!(found.outputs["url"].value, Some(Value::from("https://x")));
    assert!(found.outputs["password"].sensitive);
    found.outputs["password"].value.clone()
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[test]
fn a_sensitive_value_is_in_no_file_and_comes_back() {
    let home = Home::new();
    let registry = home.open();
    assert_eq!(registry.created_key(), None);
    let run = start_run(&registry, &["app"]);
    let mut start = step(run, "app", Verb::Apply);
    start.inputs = BTreeMap::from([("db".to_owned(), input(json!({"p": PLANTED}), true))]);
    done(&registry, Command::StartStep(start));
    assert_eq!(publish_secret(&registry, "db"), Ok(Reply::Revision(1)));
    assert_eq!(password(&registry, "db"), Some(Value::from(PLANTED)));
    let open = registry.instances(vec![at("app")]).unwrap().remove(0).open_step.unwrap();
    assert_eq!(open.inputs["db"].value, Some(Value::from(json!({"p": PLANTED}))));

    let key = registry.created_key().unwrap();
    assert_eq!(key.parent(), Some(home.path("keys").as_path()));
    assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::metadata(home.path("keys")).unwrap().permissions().mode() & 0o777, 0o700);
    drop(registry);
    let files = files(&home.path(""));
    assert!(files.iter().any(|file| file.ends_with("registry.db")));
    for file in files {
        let bytes = fs::read(&file).unwrap();
        assert!(!bytes.windows(PLANTED.len()).any(|window| window == PLANTED.as_bytes()), "{}", file.display());
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o077, 0, "{}", file.display());
    }
}

#[test]
fn without_secrets_no_key_is_made() {
    let home = Home::new();
    let registry = home.open();
    ask(&registry, crate::support::publish(None, "app", "v", vec![])).unwrap();
    assert_eq!(registry.created_key(), None);
    assert!(!home.path("keys").exists());
}

#[test]
fn a_lost_key_file_seals_what_was_and_the_next_publication_is_readable() {
    let home = Home::new();
    publish_secret(&home.open(), "db").unwrap();
    let kept = home.path("kept");
    fs::rename(home.path("keys"), &kept).unwrap();
    let registry = home.open();
    assert_eq!(password(&registry, "db"), None);
    assert_eq!(publish_secret(&registry, "db"), Ok(Reply::Revision(2)));
    assert!(registry.created_key().is_some());
    assert_eq!(password(&registry, "db"), Some(Value::from(PLANTED)));
    assert_eq!(registry.revision(at("db"), 1).unwrap().unwrap().outputs["password"].value, None);
    drop(registry);
    // The old file found again opens the old revision.
    let old_key = fs::read_dir(&kept).unwrap().next().unwrap().unwrap().path();
    let registry = open(Settings { key_file: Some(old_key), ..home.settings() }).unwrap();
    let first = registry.revision(at("db"), 1).unwrap().unwrap();
    assert_eq!(first.outputs["password"].value, Some(Value::from(PLANTED)));
    assert_eq!(password(&registry, "db"), None);
}

#[test]
fn a_key_file_of_the_wrong_size_is_refused_and_named() {
    let home = Home::new();
    let file = home.path("key");
    fs::write(&file, "short").unwrap();
    let registry = open(Settings { key_file: Some(file.clone()), ..home.settings() }).unwrap();
    let secret = Command::StartStep({
        let mut start = step(1, "app", Verb::Apply);
        start.inputs = BTreeMap::from([("db".to_owned(), input(json!("x"), true))]);
        start
    });
    let error = registry.submit(vec![secret]).unwrap_err();
    let message = format!("cannot read the key file {}: it has 5 bytes and not 32", file.display());
    assert_eq!(error.to_string(), message);
    assert_eq!(ask(&registry, crate::support::publish(None, "app", "v", vec![])), Ok(Reply::Revision(1)));
}

#[test]
fn a_success_keeps_its_inputs_sealed_for_the_destroy() {
    let home = Home::new();
    let registry = home.open();
    let run = start_run(&registry, &["app"]);
    let mut start = step(run, "app", Verb::Apply);
    start.inputs = BTreeMap::from([("db".to_owned(), input(json!(PLANTED), true))]);
    done(&registry, Command::StartStep(start));
    ask(&registry, crate::support::publish(Some(run), "app", "v", vec![])).unwrap();
    let last = || registry.instances(vec![at("app")]).unwrap().remove(0).success.unwrap().inputs;
    assert_eq!(last()["db"].value, Some(Value::from(PLANTED)));
    let inputs = BTreeMap::from([("db".to_owned(), input(json!("changed"), true))]);
    let success = Success { inputs: Some(inputs), ..success(run) };
    done(&registry, Command::Unchanged { address: at("app"), success, uses: vec![], tags: vec![] });
    assert_eq!(last()["db"].value, Some(Value::from("changed")));
}

#[test]
fn digests_of_secrets_are_keyed_and_stable() {
    let home = Home::new();
    let texts = vec![b"123456".to_vec(), b"123457".to_vec()];
    let macs = home.open().macs(texts.clone()).unwrap();
    assert_eq!(home.open().macs(texts.clone()).unwrap(), macs);
    assert_eq!(home.open_read_only().macs(texts.clone()).unwrap(), macs);
    assert_ne!(macs[0], macs[1]);
    assert_eq!(macs[0].len(), 64);
    assert_ne!(Home::new().open().macs(texts).unwrap(), macs);
}
