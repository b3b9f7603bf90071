//! Runs that others recorded: whether they go on is what their own locks say, and where those cannot
//! be seen from here they count as alive.

use crate::harness::Harness;
use crate::runs::APPLY;
use seam_model::{Address, Verb};
use seam_process::{Identity, Lock};
use seam_registry::{Command, Handle, Reply, RunStart};
use std::fs;
use std::path::Path;
use std::sync::Arc;

fn harness() -> Harness {
    let harness = Harness::new();
    harness.write("seam.yaml", "system: shop\nenvironments: {dev: {}}\n");
    harness.write("stacks/app/stack.yaml", "tool: exec\nexec: {apply: [\"true\"]}\n");
    harness.ok(&APPLY);
    harness
}

fn registry(harness: &Harness) -> Handle {
    seam_registry::open(seam_registry::Settings {
        log: harness.path(".seam/registry.db"),
        cache: harness.path(".seam/cache"),
        keys: harness.root().join("home/config/seam/keys"),
        key_file: None,
        command: "a test".to_owned(),
        clock: Arc::new(|| 0),
        read_only: false,
    })
    .unwrap()
}

fn app() -> Address {
    "shop/app/dev".parse().unwrap()
}

/// Records a run: a process of `host` whose folder is in `runs_folder`. Its number.
fn record_run(harness: &Harness, host: &str, runs_folder: &Path) -> u64 {
    record_run_of(harness, host, runs_folder, &Identity { pid: 1, start_ticks: None, boot: None }, app())
}

fn record_run_of(harness: &Harness, host: &str, runs_folder: &Path, process: &Identity, instance: Address) -> u64 {
    let start = RunStart {
        verb: Verb::Apply,
        environment: instance.environment.clone(),
        actor: "somebody".to_owned(),
        host: host.to_owned(),
        pid: process.pid,
        process: process.to_string(),
        runs_folder: runs_folder.display().to_string(),
        selection: String::new(),
        instances: vec![instance],
        at_least: 0,
    };
    let replies = registry(harness).submit(vec![Command::StartRun(start)]).unwrap();
    let Ok(Reply::Run(run)) = replies[0] else { panic!("{replies:?}") };
    run
}

/// Records that the run holds the instance.
fn record_lease(harness: &Harness, run: u64) {
    let lease = Command::TakeLeases { run, instances: vec![app()], dead_runs: Vec::new() };
    registry(harness).submit(vec![lease]).unwrap().remove(0).unwrap();
}

/// Its result in `seam runs`.
fn result(harness: &Harness, run: u64) -> serde_json::Value {
    let runs = harness.json(&["runs", "--json"]);
    let found = runs["runs"].as_array().unwrap().iter().find(|one| one["run"] == run).unwrap();
    found["result"].clone()
}

fn this_host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

#[test]
fn a_run_of_another_host_counts_as_alive() {
    let harness = harness();
    let run = record_run(&harness, "elsewhere", &harness.root().join("elsewhere/runs"));
    // Between its number and its lease it is in nobody's way, and nobody ends it.
    harness.ok(&APPLY);
    assert_eq!(result(&harness, run), "running");
    record_lease(&harness, run);
    assert_eq!(harness.status("app")["state"], "running");
    harness.seam(&APPLY).exits(5).says(&["S0501", &format!("held by run {run} (somebody on elsewhere, process 1)")]);
    assert_eq!(result(&harness, run), "running");
}

#[test]
fn a_run_in_this_folder_is_seen_whatever_its_host_is_called() {
    let harness = harness();
    let run = record_run(&harness, "an-older-name", &harness.path(".seam/runs"));
    record_lease(&harness, run);
    let lock = harness.path(format!(".seam/runs/{run}/lock"));
    fs::create_dir(lock.parent().unwrap()).unwrap();
    let held = Lock::try_take(&lock, "somebody").unwrap().unwrap();
    harness.seam(&APPLY).exits(5).says(&["S0501", "an-older-name"]);
    drop(held);
    harness.ok(&APPLY);
    assert_eq!(result(&harness, run), "lost");
}

#[test]
fn a_run_of_another_clone_is_judged_by_the_locks_of_its_folder() {
    let harness = harness();
    let runs = harness.root().join("clone/.seam/runs");
    let run = record_run(&harness, &this_host(), &runs);
    record_lease(&harness, run);
    let lock = runs.join(run.to_string()).join("lock");
    fs::create_dir_all(lock.parent().unwrap()).unwrap();
    let held = Lock::try_take(&lock, "somebody").unwrap().unwrap();
    assert_eq!(harness.status("app")["state"], "running");
    harness.seam(&APPLY).exits(5).says(&["S0501", &format!("held by run {run} ")]);
    assert_eq!(result(&harness, run), "running");
    drop(held);
    assert_eq!(harness.status("app")["state"], "current");
    harness.ok(&APPLY);
    assert_eq!(result(&harness, run), "lost");
}

#[test]
fn a_run_that_died_before_it_recorded_a_rename_keeps_nobody_out() {
    let harness = harness();
    let core: Address = "shop/core/dev".parse().unwrap();
    // No process has this number.
    let process = Identity { pid: u32::MAX >> 1, start_ticks: None, boot: None };
    let run = record_run_of(&harness, &this_host(), &harness.path(".seam/runs"), &process, core.clone());
    let lease = Command::TakeLeases { run, instances: vec![core, app()], dead_runs: Vec::new() };
    registry(&harness).submit(vec![lease]).unwrap().remove(0).unwrap();
    harness.ok(&APPLY).says(&["1 unchanged"]);
}

#[test]
fn a_run_that_died_before_its_lock_is_dead_although_its_number_lives() {
    let harness = harness();
    let this = Identity::of(std::process::id());
    let run = record_run_of(&harness, &this_host(), &harness.path(".seam/runs"), &this, app());
    record_lease(&harness, run);
    harness.seam(&APPLY).exits(5).says(&["S0501", &format!("held by run {run} ")]);
    let before = Identity { start_ticks: this.start_ticks.map(|ticks| ticks - 1), ..this };
    let harness = self::harness();
    let run = record_run_of(&harness, &this_host(), &harness.path(".seam/runs"), &before, app());
    record_lease(&harness, run);
    harness.ok(&APPLY);
    assert_eq!(result(&harness, run), "lost");
}
