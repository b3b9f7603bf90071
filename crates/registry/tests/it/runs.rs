//! Runs, their numbers and their steps.

use crate::support::{Home, ask, at, done, end_run, run_start, start_run, step};
use seam_model::{RunResult, Verb, codes};
use seam_registry::{Command, Outcome, Reply, RunStart};

#[test]
fn runs_are_numbered_and_go_on_after_the_highest_folder() {
    let home = Home::new();
    let registry = home.open();
    let number = |at_least| ask(&registry, Command::StartRun(RunStart { at_least, ..run_start(vec![]) }));
    let numbers = [0, 1, 7, 3].map(number);
    assert_eq!(numbers, [1, 2, 8, 9].map(|run| Ok(Reply::Run(run))));
    let latest: Vec<_> = registry.runs(2).unwrap().iter().map(|run| run.run).collect();
    assert_eq!(latest, [9, 8]);
}

#[test]
fn a_run_tells_how_it_went() {
    let home = Home::new();
    let registry = home.open();
    let run = start_run(&registry, &["app", "network"]);
    done(&registry, Command::StartStep(step(run, "network", Verb::Apply)));
    done(&registry, Command::StartStep(step(run, "app", Verb::Apply)));
    let end = |stack, outcome| Command::EndStep { run, address: at(stack), folder: "1-apply".to_owned(), outcome };
    done(&registry, end("network", Outcome::Signalled(9)));
    assert_eq!(ask(&registry, end("network", Outcome::Exited(0))).unwrap_err().code(), codes::RUN_OVER);
    assert_eq!(ask(&registry, end("dns", Outcome::Exited(0))).unwrap_err().code(), codes::RUN_OVER);
    assert_eq!(registry.unfinished_runs().unwrap().len(), 1);
    done(&registry, end_run(run));
    assert_eq!(registry.unfinished_runs().unwrap(), []);

    let (found, steps) = registry.run(run).unwrap().unwrap();
    assert_eq!(found.start, run_start(vec![at("app"), at("network")]));
    let ending = found.ending.unwrap();
    assert_eq!((ending.result, ending.counts["applied"]), (RunResult::Done, 1));
    assert!(found.started_us < ending.time_us);
    let told: Vec<_> = steps.iter().map(|step| (step.address.clone(), step.ended.map(|ended| ended.1))).collect();
    assert_eq!(told, [(at("network"), Some(Outcome::Signalled(9))), (at("app"), None)]);
    assert_eq!(registry.run(run + 1).unwrap(), None);
}

#[test]
fn a_step_that_never_began_leaves_the_one_before_it_open() {
    let home = Home::new();
    let registry = home.open();
    let run = start_run(&registry, &["app"]);
    let open = || registry.instances(vec![at("app")]).unwrap().remove(0).open_step.map(|step| step.folder);
    for (folder, outcome) in [("1-apply", Outcome::TimedOut), ("2-apply", Outcome::NotStarted)] {
        let mut start = step(run, "app", Verb::Apply);
        start.folder = folder.to_owned();
        done(&registry, Command::StartStep(start));
        assert_eq!(open().as_deref(), Some(folder));
        done(&registry, Command::EndStep { run, address: at("app"), folder: folder.to_owned(), outcome });
    }
    assert_eq!(open().as_deref(), Some("1-apply"));
}

#[test]
fn a_step_that_somebody_resolves_led_to_something_or_never_began() {
    let home = Home::new();
    let registry = home.open();
    let open = || registry.instances(vec![at("app")]).unwrap().remove(0).open_step.map(|step| step.outcome);
    let resolve = |run, applied| {
        let (address, folder, actor) = (at("app"), "1-apply".to_owned(), "ann".to_owned());
        Command::ResolveStep { run, address, folder, applied, actor, dead_run: None }
    };
    let run = start_run(&registry, &["app"]);
    assert_eq!(ask(&registry, resolve(run, true)).unwrap_err().code(), codes::RUN_OVER);
    done(&registry, Command::StartStep(step(run, "app", Verb::Apply)));
    done(&registry, end_run(run));

    let other = start_run(&registry, &["app"]);
    assert_eq!(ask(&registry, resolve(run, true)).unwrap_err().code(), codes::LOCKED);
    done(&registry, end_run(other));
    done(&registry, resolve(run, true));
    assert_eq!(open(), Some(Some(Outcome::Applied)));
    done(&registry, resolve(run, false));
    assert_eq!(open(), Some(Some(Outcome::NotApplied)));
    assert_eq!(registry.users(vec![at("network")]).unwrap(), []);
}

#[test]
fn a_selection_of_thousands_fits() {
    let home = Home::new();
    let registry = home.open();
    let instances: Vec<_> = (0..20_000).map(|n| at(&format!("stack-{n}"))).collect();
    assert_eq!(ask(&registry, Command::StartRun(run_start(instances.clone()))), Ok(Reply::Run(1)));
    assert_eq!(registry.run(1).unwrap().unwrap().0.start.instances, instances);
}
