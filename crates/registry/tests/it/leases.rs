//! Leases: one run at a time, all or nothing, taken over from the dead.

use crate::support::{Home, ask, at, done, end_run, publish, run_start, start_run, step, success};
use seam_log::{Limits, Log};
use seam_model::{Verb, codes};
use seam_registry::{Command, DeadRun, Handle, Refusal, Reply};
use serde_json::{Value as Json, json};

fn take(registry: &Handle, run: u64, stacks: &[&str], dead_runs: &[u64]) -> Result<Reply, Refusal> {
    let instances = stacks.iter().map(|stack| at(stack)).collect();
    let dead = |run: &u64| DeadRun { run: *run, evidence: format!("lock of {run} is free") };
    ask(registry, Command::TakeLeases { run, instances, dead_runs: dead_runs.iter().map(dead).collect() })
}

fn new_run(registry: &Handle) -> u64 {
    match ask(registry, Command::StartRun(run_start(vec![]))) {
        Ok(Reply::Run(run)) => run,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_instance_is_held_by_one_run() {
    let home = Home::new();
    let registry = home.open();
    let (first, second) = (new_run(&registry), new_run(&registry));
    assert_eq!(take(&registry, first, &["network", "app"], &[]), Ok(Reply::Done));
    assert_eq!(take(&registry, first, &["app"], &[]), Ok(Reply::Done));
    let refused = take(&registry, second, &["dns", "app"], &[]).unwrap_err();
    let Refusal::Held { address, lease } = &refused else { panic!("{refused:?}") };
    assert_eq!((address, lease.run, lease.pid), (&at("app"), first, 42));
    assert_eq!((lease.host.as_str(), lease.runs_folder.as_str()), ("laptop", "/shop/.seam/runs"));
    assert_eq!(lease.process, "42 7 a-boot");
    assert_eq!(refused.to_string(), "shop/app/dev is held by run 1 (ann on laptop, process 42)");
    let states = registry.instances(vec![at("dns"), at("app")]).unwrap();
    assert_eq!(states[0].lease, None, "all or nothing");
    assert_eq!(states[1].lease.as_ref(), Some(&**lease));
    done(&registry, end_run(first));
    assert_eq!(take(&registry, second, &["dns", "app"], &[]), Ok(Reply::Done));
    assert_eq!(take(&registry, first, &["network"], &[]), Err(Refusal::RunOver { run: first }));
    assert_eq!(take(&registry, 99, &["network"], &[]).unwrap_err().code(), codes::RUN_OVER);
}

#[test]
fn a_run_that_was_taken_over_records_nothing_more_of_the_instance() {
    let home = Home::new();
    let registry = home.open();
    let dead = start_run(&registry, &["network", "app"]);
    done(&registry, Command::StartStep(step(dead, "app", Verb::Apply)));
    let next = new_run(&registry);
    assert_eq!(take(&registry, next, &["app"], &[dead + 100]).unwrap_err().code(), codes::LOCKED);
    assert_eq!(take(&registry, next, &["app"], &[dead]), Ok(Reply::Done));

    let lost = Refusal::Lost { address: at("app"), run: dead };
    assert_eq!(lost.code(), codes::LEASE_LOST);
    let lost = Err(lost);
    assert_eq!(ask(&registry, publish(Some(dead), "app", "late", vec![])), lost);
    assert_eq!(ask(&registry, Command::StartStep(step(dead, "app", Verb::Apply))), lost);
    assert_eq!(ask(&registry, Command::Destroyed { run: dead, address: at("app") }), lost);
    let (uses, tags) = (vec![], vec![]);
    assert_eq!(ask(&registry, Command::Unchanged { address: at("app"), success: success(dead), uses, tags }), lost);

    // What the dead run started is there for the next one to look at; the rest it still holds.
    let states = registry.instances(vec![at("app"), at("network")]).unwrap();
    assert_eq!(states[0].open_step.as_ref().map(|step| step.run), Some(dead));
    assert_eq!(states[0].lease.as_ref().map(|lease| lease.run), Some(next));
    assert_eq!(states[1].lease.as_ref().map(|lease| lease.run), Some(dead));
    assert_eq!(ask(&registry, publish(Some(next), "app", "v", vec![])), Ok(Reply::Revision(1)));
}

#[test]
fn a_takeover_records_what_was_taken_from_whom_and_why() {
    let home = Home::new();
    let registry = home.open();
    let (one, two) = (start_run(&registry, &["network", "app"]), start_run(&registry, &["dns"]));
    let next = new_run(&registry);
    assert_eq!(take(&registry, next, &["network", "dns", "new", "app"], &[one, two, 99]), Ok(Reply::Done));
    drop(registry);
    let log = Log::open_read_only(&home.path("data/registry.db")).unwrap();
    let commits = log.read(&log.start().unwrap(), Limits { commits: 100, bytes: 1 << 20 }).unwrap();
    let record = commits.last().unwrap().records.last().unwrap();
    assert_eq!(record.kind, "lease.taken");
    let body: Json = serde_json::from_slice(&record.body).unwrap();
    let taken = json!([
        {"run": one, "evidence": "lock of 1 is free", "instances": ["shop/network/dev", "shop/app/dev"]},
        {"run": two, "evidence": "lock of 2 is free", "instances": ["shop/dns/dev"]},
    ]);
    assert_eq!(body["taken_over"], taken);
}

#[test]
fn leases_of_a_thousand_instances_are_one_commit() {
    let home = Home::new();
    let registry = home.open();
    let run = new_run(&registry);
    let instances: Vec<_> = (0..5_000).map(|n| at(&format!("a-stack-with-a-long-name-{n}"))).collect();
    done(&registry, Command::TakeLeases { run, instances: instances.clone(), dead_runs: vec![] });
    let states = registry.instances(instances).unwrap();
    assert_eq!(states.len(), 5_000);
    assert!(states.iter().all(|state| state.lease.as_ref().is_some_and(|lease| lease.run == run)));
    assert_eq!(states[0].lease, states[4_999].lease);
}
