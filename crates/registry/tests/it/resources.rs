//! What lookups find of an instance.

use crate::support::{Home, ask, at, done, end_run, publish, start_run};
use seam_model::Resource;
use seam_registry::{Command, Refusal, Reply};
use std::collections::BTreeMap;

fn resource(number: usize) -> Resource {
    let tags = BTreeMap::from([("tier".to_owned(), "private".to_owned())]);
    let (id, name) = (format!("subnet-{number}"), number.is_multiple_of(2).then(|| format!("private-{number}")));
    Resource { kind: "aws_subnet".to_owned(), id, name, arn: None, tags }
}

fn set(run: u64, stack: &str, resources: Vec<Resource>) -> Command {
    Command::SetResources { run, address: at(stack), resources }
}

#[test]
fn they_are_those_of_the_last_success_and_gone_with_the_instance() {
    let home = Home::new();
    let registry = home.open();
    let of = |registry: &seam_registry::Handle| registry.resources(vec![at("network"), at("app")]).unwrap();
    assert_eq!(of(&registry), [None, None]);
    let run = start_run(&registry, &["network"]);
    let refused = ask(&registry, set(run, "app", vec![]));
    assert!(matches!(refused, Err(Refusal::Lost { .. })), "{refused:?}");

    let both = vec![publish(Some(run), "network", "v", vec![]), set(run, "network", vec![resource(1), resource(2)])];
    assert_eq!(registry.submit(both).unwrap(), [Ok(Reply::Revision(1)), Ok(Reply::Done)]);
    assert_eq!(of(&registry), [Some(vec![resource(1), resource(2)]), None]);

    // Many are one blob, and none is not nothing.
    let many: Vec<Resource> = (0..20_000).map(resource).collect();
    done(&registry, set(run, "network", many.clone()));
    drop(registry);
    std::fs::remove_dir_all(home.path("cache")).unwrap();
    let registry = home.open();
    assert_eq!(of(&registry), [Some(many), None]);
    done(&registry, set(run, "network", vec![]));
    assert_eq!(of(&registry), [Some(vec![]), None]);
    done(&registry, Command::Destroyed { run, address: at("network") });
    assert_eq!(of(&registry), [None, None]);
}

#[test]
fn what_is_the_same_is_not_recorded_again() {
    let home = Home::new();
    let registry = home.open();
    let run = start_run(&registry, &["network"]);
    let log = || -> u64 {
        let files = std::fs::read_dir(home.path("data")).unwrap();
        files.map(|file| file.unwrap().metadata().unwrap().len()).sum()
    };
    // Small enough to stand in the record itself.
    let many: Vec<Resource> = (0..500).map(resource).collect();
    done(&registry, set(run, "network", many.clone()));
    let before = log();
    for _ in 0..20 {
        done(&registry, set(run, "network", many.clone()));
    }
    assert!(log() < before + 64 * 1024, "{before} bytes, then {}", log());
    done(&registry, end_run(run));
}
