//! Who uses what, and that nothing used is destroyed.

use crate::support::{Home, ask, at, done, end_run, input_from, publish, start_run, step, uses};
use seam_model::{Pattern, Verb, codes};
use seam_registry::{Command, Handle, Outcome, Refusal, StepStart, User};

/// Starts an apply of `app` that builds on `network`.
fn start_apply(registry: &Handle, run: u64, folder: &str) {
    let inputs = input_from("network", Pattern::Registry);
    let start = StepStart { inputs, folder: folder.to_owned(), ..step(run, "app", Verb::Apply) };
    done(registry, Command::StartStep(start));
}

fn end_step(run: u64, folder: &str, outcome: Outcome) -> Command {
    Command::EndStep { run, address: at("app"), folder: folder.to_owned(), outcome }
}

fn destroy_network(registry: &Handle, run: u64) -> Result<seam_registry::Reply, Refusal> {
    ask(registry, Command::StartStep(step(run, "network", Verb::Destroy)))
}

fn app_uses_network() -> User {
    User { consumer: at("app"), uses: uses("network", "id") }
}

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
fn a_destroy_starts_only_when_nobody_uses_it() {
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
    let refused = destroy_network(&registry, alone);
    let users = vec![app_uses_network()];
    assert_eq!(refused, Err(Refusal::StillUsed { address: at("network"), users }));
    assert_eq!(refused.unwrap_err().to_string(), "shop/network/dev is still used by shop/app/dev");
    done(&registry, end_run(alone));

    // A consumer of the same run counts as long as it is there.
    let both = start_run(&registry, &["network", "app"]);
    assert_eq!(destroy_network(&registry, both).unwrap_err().code(), codes::STILL_USED);
    for stack in ["app", "network"] {
        done(&registry, Command::StartStep(step(both, stack, Verb::Destroy)));
        done(&registry, Command::Destroyed { run: both, address: at(stack) });
    }
    assert_eq!(registry.users(vec![at("network")]).unwrap(), []);
}

#[test]
fn what_had_nothing_to_destroy_is_gone_only_when_nobody_uses_it() {
    let home = Home::new();
    let registry = home.open();
    let run = start_run(&registry, &["network", "app"]);
    ask(&registry, publish(Some(run), "network", "v", vec![])).unwrap();
    let gone = || ask(&registry, Command::Destroyed { run, address: at("network") });
    // The destroy was allowed, and its tool never began.
    done(&registry, Command::StartStep(step(run, "network", Verb::Destroy)));
    let (address, folder, outcome) = (at("network"), "1-destroy".to_owned(), Outcome::NotStarted);
    done(&registry, Command::EndStep { run, address, folder, outcome });
    ask(&registry, publish(Some(run), "app", "v", vec![uses("network", "id")])).unwrap();
    assert_eq!(gone().unwrap_err(), Refusal::StillUsed { address: at("network"), users: vec![app_uses_network()] });
    done(&registry, Command::Destroyed { run, address: at("app") });
    assert!(gone().is_ok());
}

#[test]
fn what_a_destroy_was_started_of_is_gone_even_if_somebody_uses_it_by_now() {
    let home = Home::new();
    let registry = home.open();
    let run = start_run(&registry, &["network", "app"]);
    done(&registry, Command::StartStep(step(run, "network", Verb::Destroy)));
    ask(&registry, publish(Some(run), "app", "v", vec![uses("network", "id")])).unwrap();
    done(&registry, Command::Destroyed { run, address: at("network") });
}

#[test]
fn an_apply_uses_from_its_start_until_it_is_settled() {
    let home = Home::new();
    let registry = home.open();
    let run = start_run(&registry, &["network", "app"]);
    let users = || registry.users(vec![at("network")]).unwrap();
    start_apply(&registry, run, "1-apply");
    assert_eq!(users(), [app_uses_network()]);
    done(&registry, end_step(run, "1-apply", Outcome::Exited(1)));
    assert_eq!(users(), [app_uses_network()]);
    assert_eq!(registry.instances(vec![at("app")]).unwrap()[0].uses, [], "they are not of a success");
    assert_eq!(destroy_network(&registry, run).unwrap_err().code(), codes::STILL_USED);

    // A tool that never began leaves those of the apply before it.
    start_apply(&registry, run, "2-apply");
    done(&registry, end_step(run, "2-apply", Outcome::NotStarted));
    assert_eq!(users(), [app_uses_network()]);

    // A success that consumes nothing any more settles them.
    ask(&registry, publish(Some(run), "app", "v", vec![])).unwrap();
    assert_eq!(users(), []);

    start_apply(&registry, run, "3-apply");
    done(&registry, Command::Destroyed { run, address: at("app") });
    assert_eq!(users(), []);
}

#[test]
fn neither_a_tool_that_never_began_nor_a_run_link_nor_a_destroy_uses() {
    let home = Home::new();
    let registry = home.open();
    let run = start_run(&registry, &["network", "app"]);
    start_apply(&registry, run, "1-apply");
    done(&registry, end_step(run, "1-apply", Outcome::NotStarted));
    for (verb, pattern) in [(Verb::Apply, Pattern::Run), (Verb::Destroy, Pattern::Registry)] {
        let start = StepStart { inputs: input_from("network", pattern), ..step(run, "app", verb) };
        done(&registry, Command::StartStep(start));
    }
    assert_eq!(registry.users(vec![at("network")]).unwrap(), []);
}
