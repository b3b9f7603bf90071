//! What it takes to judge a changed contract of which a thousand consumers are on record, against one
//! consumer: equal uses, and distinct ones, of an output and of an API.

#![expect(clippy::print_stdout, reason = "a program prints")]

use seam_compat::{Contracts, Scene};
use seam_graph::Graph;
use seam_model::{Address, Name, Pattern, UsedPart};
use seam_registry::{Command, ContractVersion, Deployment, Handle, Settings, Use, open};
use serde_json::{Value, json};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How many consumers there are.
const CONSUMERS: usize = 1_000;

/// How often each is measured; the least counts.
const ROUNDS: usize = 3;

/// How many operations the API has, and members each of its answers and the output.
const PARTS: usize = 60;

fn main() -> ExitCode {
    let output = |number: usize| UsedPart::Output {
        output: "order".to_owned(),
        path: format!(".part{}.{}", number % PARTS, member(number / PARTS)).parse().expect("a path"),
        takes: None,
    };
    let api = |number: usize| UsedPart::Api {
        operations: vec![format!("get{}", number % PARTS).as_str().into()],
        fields: vec![format!("part{}.{}", (number * 7) % PARTS, member(number / PARTS))],
    };
    let mut holds = true;
    for (what, pattern, part) in
        [("output", Pattern::Registry, &output as &dyn Fn(usize) -> UsedPart), ("operations", Pattern::Api, &api)]
    {
        let one = judged(1, pattern, part);
        let (same, many) = (judged(CONSUMERS, pattern, &|_| part(0)), judged(CONSUMERS, pattern, part));
        let ratio = |took: Duration| took.as_secs_f64() / one.as_secs_f64();
        println!("check with one consumer of {what}: {:.1} ms", one.as_secs_f64() * 1e3);
        for (words, ratio, most) in [("equal", ratio(same), 2.0), ("distinct", ratio(many), 50.0)] {
            println!("{CONSUMERS} {words} uses of {what} against one: {ratio:.2} (at most {most})");
            holds &= ratio <= most;
        }
    }
    if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The time that it takes to judge the change with so many consumers on record.
fn judged(consumers: usize, pattern: Pattern, part: &dyn Fn(usize) -> UsedPart) -> Duration {
    let home = tempfile::tempdir().expect("a temporary folder");
    write(home.path(), false);
    let registry = open(settings(home.path())).expect("a registry");
    let provider: Address = "shop/orders/dev".parse().expect("an address");
    in_scene(home.path(), &registry, |scene| {
        let stack = &scene.workspace.stacks[&provider.stack];
        let document = scene.contracts.of(stack);
        let document = document.expect("it can be read").expect("there is one");
        submit(
            &registry,
            vec![
                Command::RegisterContract(document.registration(&provider.system, &provider.stack, "ann")),
                deployed(&provider, Vec::new()),
            ],
        );
    });
    for number in 0..consumers {
        let consumer = Address { stack: name(&format!("c{number}")), ..provider.clone() };
        let uses = Use { provider: provider.clone(), part: part(number), pattern, range: None };
        let version = ContractVersion {
            system: consumer.system.clone(),
            stack: consumer.stack.clone(),
            version: Some("1.0.0".to_owned()),
            document: json!({ "consumer": number }),
            actor: "ann".to_owned(),
        };
        submit(&registry, vec![Command::RegisterContract(version), deployed(&consumer, vec![uses])]);
    }
    write(home.path(), true);
    let round = |_| {
        in_scene(home.path(), &registry, |scene| {
            let clock = Instant::now();
            let findings = seam_compat::check(scene, None, &[]).expect("it can be judged");
            assert!(!findings.is_empty(), "nobody is broken");
            clock.elapsed()
        })
    };
    (0..ROUNDS).map(round).min().unwrap_or_default()
}

fn in_scene<T>(root: &Path, registry: &Handle, see: impl FnOnce(&Scene<'_>) -> T) -> T {
    let loaded = seam_workspace::load(root);
    let workspace = loaded.workspace.unwrap_or_else(|| panic!("{:?}", loaded.findings));
    let (graph, _) = Graph::build(&workspace);
    let contracts = Contracts::new(&workspace.root);
    see(&Scene { workspace: &workspace, contracts: &contracts, graph: &graph, registry, today: "2026-01-01" })
}

fn submit(registry: &Handle, commands: Vec<Command>) {
    for answer in registry.submit(commands).expect("a commit") {
        answer.expect("it is taken");
    }
}

fn deployed(address: &Address, uses: Vec<Use>) -> Command {
    let (actor, host) = ("ann".to_owned(), "laptop".to_owned());
    let version = "1.0.0".to_owned();
    Command::Deploy(Deployment { address: address.clone(), version, beside: false, uses, assumed: false, actor, host })
}

/// A workspace with one stack and its contract; once it is changed, each tenth member may be null.
fn write(root: &Path, changed: bool) {
    let member = |null: bool, kind: &str| json!({ "type": if null { json!([kind, "null"]) } else { json!(kind) } });
    let part = |number: usize| {
        let null = changed && number.is_multiple_of(10);
        let members: serde_json::Map<String, Value> =
            (0..MEMBERS).map(|at| (self::member(at), member(null, "string"))).collect();
        let required: Vec<&String> = members.keys().collect();
        (format!("part{number}"), json!({ "type": "object", "required": required, "properties": members }))
    };
    let parts: serde_json::Map<String, Value> = (0..PARTS).map(part).collect();
    let order = json!({ "type": "object", "required": parts.keys().collect::<Vec<_>>(), "properties": parts });
    let operation = |number: usize| {
        let content = json!({ "application/json": { "schema": { "$ref": "#/components/schemas/order" } } });
        let answers = json!({ "200": { "description": "one", "content": content } });
        (format!("/o{number}"), json!({ "get": { "operationId": format!("get{number}"), "responses": answers } }))
    };
    let paths: serde_json::Map<String, Value> = (0..PARTS).map(operation).collect();
    let api = json!({ "openapi": "3.1.0", "info": { "title": "orders", "version": "1" }, "paths": paths,
        "components": { "schemas": { "order": order.clone() } } });
    let version = if changed { "2.0.0" } else { "1.0.0" };
    let contract = json!({ "version": version, "outputs": { "order": order }, "api": "api.json" });
    let stack = json!({ "tool": "external", "contract": contract });
    let folder = root.join("stacks/orders");
    std::fs::create_dir_all(&folder).expect("a folder");
    for (path, text) in [
        (root.join("seam.yaml"), "system: shop\nenvironments: {dev: }\n".to_owned()),
        (folder.join("api.json"), api.to_string()),
        (folder.join("stack.yaml"), stack.to_string()),
    ] {
        std::fs::write(path, text).expect("a file");
    }
}

/// How many members a part has.
const MEMBERS: usize = 20;

fn member(number: usize) -> String {
    format!("m{}", number % MEMBERS)
}

fn name(text: &str) -> Name {
    Name::new(text).expect("a name")
}

fn settings(home: &Path) -> Settings {
    Settings {
        log: home.join("data/registry.db"),
        cache: home.join("cache"),
        keys: home.join("keys"),
        key_file: None,
        command: "seam".to_owned(),
        clock: Arc::new(|| 1_000_000),
        read_only: false,
    }
}
