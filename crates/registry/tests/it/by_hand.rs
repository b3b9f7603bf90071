//! What people take upon themselves: work on a state, uses that count for nothing; and the history of
//! an instance that others watch.

use crate::support::{Home, ask, at, done, end_run, publish, start_run, step, uses};
use seam_model::Verb;
use seam_registry::{Command, Entry, Handle, InstanceState, Point, Refusal, StatePosition};

fn state(registry: &Handle) -> InstanceState {
    registry.instances(vec![at("app")]).unwrap().remove(0)
}

fn position(serial: u64) -> StatePosition {
    StatePosition { place: "local dev/app.tfstate".to_owned(), lineage: "l".to_owned(), serial, stamp: None }
}

#[test]
fn a_state_that_was_worked_on_is_known_until_the_next_success() {
    let home = Home::new();
    let registry = home.open();
    let run = start_run(&registry, &["app"]);
    let change = |run, state| Command::ChangeState { run, address: at("app"), state };
    done(&registry, change(run, Some(position(3))));
    done(&registry, end_run(run));
    let changed = state(&registry).state_changed.unwrap();
    assert_eq!((changed.run, changed.state), (run, Some(position(3))));
    assert_eq!(ask(&registry, change(run, None)), Err(Refusal::Lost { address: at("app"), run }));

    let run = start_run(&registry, &["app"]);
    ask(&registry, publish(Some(run), "app", "v", vec![])).unwrap();
    assert_eq!(state(&registry).state_changed, None);
    done(&registry, change(run, None));
    assert_eq!(state(&registry).state_changed.unwrap().state, None);
    done(&registry, Command::Destroyed { run, address: at("app") });
    assert_eq!(state(&registry).state_changed, None);
}

#[test]
fn uses_that_are_ignored_keep_nobody_from_destroying() {
    let home = Home::new();
    let registry = home.open();
    let run = start_run(&registry, &["network", "dns", "app", "web"]);
    for stack in ["network", "dns"] {
        ask(&registry, publish(Some(run), stack, "v", vec![])).unwrap();
    }
    let both = vec![uses("network", "id"), uses("dns", "id")];
    ask(&registry, publish(Some(run), "app", "v", both)).unwrap();
    ask(&registry, publish(Some(run), "web", "v", vec![uses("network", "id")])).unwrap();
    done(&registry, end_run(run));

    let run = start_run(&registry, &["network"]);
    let ignore = |address: &str| Command::IgnoreUses {
        run,
        address: at(address),
        ignored: vec![(at("app"), "id".to_owned())],
        why: "it is gone".to_owned(),
        actor: "ann".to_owned(),
    };
    assert_eq!(ask(&registry, ignore("dns")), Err(Refusal::Lost { address: at("dns"), run }));
    done(&registry, ignore("network"));
    // Another consumer still counts, and what the one that was let go uses of others does too.
    let users =
        |stack| registry.users(vec![at(stack)]).unwrap().into_iter().map(|user| user.consumer).collect::<Vec<_>>();
    assert_eq!((users("network"), users("dns")), (vec![at("web")], vec![at("app")]));
    assert!(ask(&registry, Command::StartStep(step(run, "network", Verb::Destroy))).is_err());
}

#[test]
fn a_history_is_read_from_any_point_without_gaps() {
    let home = Home::new();
    let registry = home.open();
    let run = start_run(&registry, &["app"]);
    let publish = |value: &str| assert!(ask(&registry, publish(Some(run), "app", value, vec![])).is_ok());
    publish("one");
    publish("two");
    for _ in 0..2 {
        done(&registry, Command::Destroyed { run, address: at("app") });
    }
    publish("three");
    let after = |revision, destroyed| {
        let history = registry.history(at("app"), Point { revision, destroyed }).unwrap();
        history.iter().map(Entry::point).map(|point| (point.revision, point.destroyed)).collect::<Vec<_>>()
    };
    assert_eq!(after(0, false), [(1, false), (2, false), (2, true), (3, false)]);
    assert_eq!(after(2, false), [(2, true), (3, false)]);
    assert_eq!(after(2, true), [(3, false)]);
    assert_eq!(after(3, false), []);
    for number in 0..120 {
        publish(&number.to_string());
    }
    assert_eq!(after(3, false).len(), 100, "a page");
}
