//! Renames: what goes along with an instance, what leads to it, and what is refused.

use crate::support::{
    Home, ask, at, done, end_run, id_of, input_from, name, output, provenance, publish, start_run, step, success, uses,
};
use seam_model::{Address, Pattern, Resource, Value, Verb, codes};
use seam_registry::{Command, Handle, InstanceState, Point, Refusal, Reply, StatePosition, StepStart, Success, User};
use serde_json::json;
use std::collections::BTreeMap;

fn rename(run: u64, from: &str, to: &str) -> Command {
    let place = Some(format!("local dev/{to}.tfstate"));
    let home = "github.com/acme/shop".to_owned();
    Command::Rename { run, address: at(to), from: at(from), home, place }
}

/// Renames in a run of its own.
fn renamed(registry: &Handle, from: &str, to: &str) -> Result<Reply, Refusal> {
    let run = start_run(registry, &[from, to]);
    let answer = ask(registry, rename(run, from, to));
    done(registry, end_run(run));
    answer
}

fn state(registry: &Handle, stack: &str) -> InstanceState {
    registry.instances(vec![at(stack)]).unwrap().remove(0)
}

/// `app` with a secret among inputs and outputs and a state, which reads `network` and is read by `web`.
fn fill(registry: &Handle) {
    let run = start_run(registry, &["network", "app", "web"]);
    ask(registry, publish(Some(run), "network", "n", vec![])).unwrap();
    let mut inputs = input_from("network", Pattern::Registry);
    inputs.insert("token".to_owned(), crate::support::input(json!("in-secret"), true));
    done(registry, Command::StartStep(StepStart { inputs, ..step(run, "app", Verb::Apply) }));
    let state = StatePosition { place: "local dev/app.tfstate".into(), lineage: "l".into(), serial: 3, stamp: None };
    let outputs = BTreeMap::from([
        ("id".to_owned(), output(json!("a"), false)),
        ("password".to_owned(), output(json!("out-secret"), true)),
    ]);
    let publish_app = Command::Publish {
        address: at("app"),
        outputs,
        provenance: provenance(),
        success: Some(Success { state: Some(state), ..success(run) }),
        uses: vec![uses("network", "id")],
        tags: vec![name("blue")],
    };
    ask(registry, publish_app).unwrap();
    done(registry, Command::SetResources { run, address: at("app"), resources: resources() });
    // Another one knows the new name before it is on record.
    ask(registry, publish(Some(run), "web", "w", vec![uses("app", "id"), uses("shop", "password")])).unwrap();
    done(registry, end_run(run));
}

fn resources() -> Vec<Resource> {
    vec![Resource { kind: "vpc".into(), id: "v-1".into(), name: None, arn: None, tags: BTreeMap::new() }]
}

fn answers(registry: &Handle) -> String {
    let asked = ["network", "app", "shop", "web"].map(at).to_vec();
    let start = Point { revision: 0, destroyed: false };
    format!(
        "{:?}\n{:?}\n{:?}\n{:?}\n{:?}",
        registry.instances(asked.clone()),
        registry.users(asked),
        registry.history(at("app"), start),
        registry.published(),
        registry.run(1),
    )
}

#[test]
fn revisions_uses_and_values_go_along_and_the_former_address_leads_there() {
    let home = Home::new();
    let registry = home.open();
    fill(&registry);
    assert_eq!(renamed(&registry, "app", "shop"), Ok(Reply::Done));

    let found = state(&registry, "shop");
    assert_eq!(found.now, None);
    assert_eq!(found.formerly.iter().map(|former| former.address.clone()).collect::<Vec<_>>(), [at("app")]);
    let (publication, last) = (found.publication.unwrap(), found.success.unwrap());
    assert_eq!(
        publication.outputs["password"].value,
        Some(Value::from("out-secret")),
        "sealed under its former address"
    );
    assert_eq!(last.inputs["token"].value, Some(Value::from("in-secret")));
    assert_eq!(last.state.unwrap().place, "local dev/shop.tfstate");
    assert_eq!(found.uses, [uses("network", "id")]);
    assert!(found.formerly[0].until_us > last.time_us);

    let former = state(&registry, "app");
    assert_eq!((former.now, former.publication.map(|it| it.address)), (Some(at("shop")), Some(at("shop"))));
    let user = |consumer: &str, provider| User { consumer: at(consumer), uses: uses(provider, "id") };
    assert_eq!(registry.users(vec![at("network")]).unwrap(), [user("shop", "network")]);
    let of_password = User { consumer: at("web"), uses: uses("shop", "password") };
    assert_eq!(registry.users(vec![at("shop")]).unwrap(), [user("web", "shop"), of_password]);
    assert_eq!(registry.users(vec![at("app")]).unwrap(), []);
    assert_eq!(state(&registry, "web").uses, [uses("shop", "id"), uses("shop", "password")]);
    assert_eq!(registry.resources(vec![at("app"), at("shop")]).unwrap(), [Some(resources()), Some(resources())]);
    assert_eq!(registry.published().unwrap(), ["network", "shop", "web"].map(at));
    assert_eq!(registry.tagged(name("shop"), name("dev"), name("blue")).unwrap(), ["network", "shop", "web"].map(at));
    assert_eq!(registry.environments_of(name("shop"), name("app")).unwrap(), [name("dev")]);
    let (_, steps) = registry.run(1).unwrap().unwrap();
    assert_eq!(steps[0].address, at("app"), "what a run did it did under the address of then");

    // The next success counts on, and is sealed under the new address.
    let run = start_run(&registry, &["shop"]);
    assert_eq!(ask(&registry, publish(Some(run), "shop", "b", vec![])), Ok(Reply::Revision(2)));
    assert_eq!(registry.revision(at("app"), 1).unwrap().unwrap().outputs["id"].value, Some(Value::from("a")));
    done(&registry, end_run(run));
    assert_eq!(registry.history(at("app"), Point { revision: 0, destroyed: false }).unwrap().len(), 2);

    let before = answers(&registry);
    drop(registry);
    std::fs::remove_dir_all(home.path("cache")).unwrap();
    assert_eq!(answers(&home.open()), before, "the view is made again");
}

#[test]
fn uses_of_a_former_address_are_uses_of_the_instance() {
    let home = Home::new();
    let registry = home.open();
    fill(&registry);
    renamed(&registry, "app", "shop").unwrap();
    let run = start_run(&registry, &["web"]);
    let inputs = input_from("app", Pattern::Registry);
    done(&registry, Command::StartStep(StepStart { inputs, ..step(run, "web", Verb::Apply) }));
    ask(&registry, publish(Some(run), "web", "w2", vec![uses("app", "id")])).unwrap();
    done(&registry, end_run(run));
    let destroying = start_run(&registry, &["shop"]);
    let refused = ask(&registry, Command::StartStep(step(destroying, "shop", Verb::Destroy)));
    let users = vec![User { consumer: at("web"), uses: uses("shop", "id") }];
    assert_eq!(refused, Err(Refusal::StillUsed { address: at("shop"), users }));
}

#[test]
fn a_rename_is_refused_where_it_would_hide_something() {
    let home = Home::new();
    let registry = home.open();
    fill(&registry);
    let refused = |from: &str, to: &str| renamed(&registry, from, to).unwrap_err();
    assert_eq!(refused("app", "web"), Refusal::AddressTaken { address: at("web") });
    assert_eq!(refused("nobody", "shop"), Refusal::NothingToRename { address: at("nobody") });
    assert_eq!(refused("nobody", "shop").code(), codes::NOT_RENAMED);

    // Without the lease of both.
    let run = start_run(&registry, &["shop"]);
    assert_eq!(ask(&registry, rename(run, "app", "shop")), Err(Refusal::Lost { address: at("app"), run }));
    done(&registry, end_run(run));

    let run = start_run(&registry, &["app", "shop"]);
    let by_others =
        Command::Rename { run, address: at("shop"), from: at("app"), home: "elsewhere".to_owned(), place: None };
    assert_eq!(ask(&registry, by_others).unwrap_err().code(), codes::OTHER_HOME);
    done(&registry, Command::StartStep(step(run, "app", Verb::Apply)));
    assert_eq!(ask(&registry, rename(run, "app", "shop")), Err(Refusal::StepOpen { address: at("app"), run }));
    done(&registry, end_run(run));
    assert_eq!(id_of(&registry, "app"), Some(Value::from("a")), "nothing of it was recorded");
}

#[test]
fn a_name_may_come_back_and_be_used_again() {
    let home = Home::new();
    let registry = home.open();
    fill(&registry);
    renamed(&registry, "app", "shop").unwrap();
    renamed(&registry, "shop", "store").unwrap();
    assert_eq!((state(&registry, "app").now, state(&registry, "shop").now), (Some(at("store")), Some(at("store"))));
    renamed(&registry, "store", "app").unwrap();
    assert_eq!((state(&registry, "app").now, state(&registry, "shop").now), (None, Some(at("app"))));
    let password = |stack: &str| state(&registry, stack).publication.unwrap().outputs["password"].value.clone();
    assert_eq!(password("shop"), Some(Value::from("out-secret")));

    // A lease alone takes nothing from those who read the former name; something deployed there does.
    let run = start_run(&registry, &["shop"]);
    assert_eq!(state(&registry, "shop").now, Some(at("app")));
    assert_eq!(ask(&registry, publish(Some(run), "shop", "new", vec![])), Ok(Reply::Revision(1)));
    assert_eq!((state(&registry, "shop").now, id_of(&registry, "shop")), (None, Some(Value::from("new"))));
    assert_eq!((id_of(&registry, "app"), password("app")), (Some(Value::from("a")), Some(Value::from("out-secret"))));
}

#[test]
fn the_address_of_what_was_destroyed_is_free() {
    let home = Home::new();
    let registry = home.open();
    fill(&registry);
    renamed(&registry, "web", "page").unwrap();
    renamed(&registry, "page", "web").unwrap();
    let run = start_run(&registry, &["web"]);
    done(&registry, Command::StartStep(step(run, "web", Verb::Destroy)));
    done(&registry, Command::Destroyed { run, address: at("web") });
    done(&registry, end_run(run));
    renamed(&registry, "app", "web").unwrap();
    assert_eq!(state(&registry, "page"), InstanceState::nothing(at("page")), "a former name of what was destroyed");
    let found = state(&registry, "web");
    assert_eq!((found.revisions, found.destroyed, id_of(&registry, "web")), (1, false, Some(Value::from("a"))));
    let steps = registry.run(run).unwrap().unwrap().1;
    let addresses: Vec<Address> = steps.into_iter().map(|step| step.address).collect();
    assert_eq!(addresses, [at("web")], "what was done to the one before");
}
