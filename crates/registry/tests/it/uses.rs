//! Who uses what, and that nothing used is destroyed.

use crate::support::{Home, ask, at, done, end_run, publish, start_run, step, uses};
use seam_model::Verb;
use seam_registry::{Command, Refusal, User};

#[test]
fn uses_are_replaced_at_the_consumers_success() {
    let home = Home::new();
    let registry = home.open();
    let run = start_run(&registry, &["app"]);
    let (first, second) = (uses("platform/dns/global", "zone"), uses("network", "id"));
    ask(&registry, publish(Some(run), "app", "v", vec![second.clone(), first.clone(), first.clone()])).unwrap();
    let found = registry.instances(vec![at("app")]).unwrap().remove(0);
    assert_eq!(found.uses, [first.clone(), second.clone()]);
    let users = registry.users(vec![at("network"), at("platform/dns/global")]).unwrap();
    let user = |uses| User { consumer: at("app"), uses };
    assert_eq!(users, [user(first), user(second.clone())]);
    ask(&registry, publish(Some(run), "app", "w", vec![second.clone()])).unwrap();
    assert_eq!(registry.users(vec![at("network"), at("platform/dns/global")]).unwrap(), [user(second)]);
}

#[test]
fn a_destroy_starts_only_when_nobody_outside_the_run_uses_it() {
    let home = Home::new();
    let registry = home.open();
    let run = start_run(&registry, &["network", "app"]);
    let commands = [
        publish(Some(run), "network", "v", vec![uses("network", "id")]),
        publish(Some(run), "app", "v", vec![uses("network", "id")]),
    ];
    assert!(registry.submit(commands.to_vec()).unwrap().iter().all(Result::is_ok));
    done(&registry, end_run(run));

    let alone = start_run(&registry, &["network"]);
    let refused = ask(&registry, Command::StartStep(step(alone, "network", Verb::Destroy)));
    let users = vec![User { consumer: at("app"), uses: uses("network", "id") }];
    assert_eq!(refused, Err(Refusal::StillUsed { address: at("network"), users }));
    assert_eq!(refused.unwrap_err().to_string(), "shop/network/dev is still used by shop/app/dev");
    done(&registry, end_run(alone));

    let both = start_run(&registry, &["network", "app"]);
    for stack in ["app", "network"] {
        done(&registry, Command::StartStep(step(both, stack, Verb::Destroy)));
        done(&registry, Command::Destroyed { run: both, address: at(stack) });
    }
    assert_eq!(registry.users(vec![at("network")]).unwrap(), []);
}
