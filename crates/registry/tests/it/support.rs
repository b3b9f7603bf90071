//! A registry in a temporary folder, and short ways to say commands.

use seam_model::{Address, Name, Path, Pattern, Schema, UsedPart, Value, Verb};
use seam_registry::{
    Command, Handle, Output, Provenance, Provider, RecordedInput, Refusal, Reply, RunStart, Settings, StepStart,
    Success, Use, open,
};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use tempfile::TempDir;

pub struct Home {
    folder: TempDir,
}

impl Home {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join(below)
    }

    pub fn settings(&self) -> Settings {
        let time = AtomicI64::new(1_000_000);
        Settings {
            log: self.path("data/registry.db"),
            cache: self.path("cache"),
            keys: self.path("keys"),
            key_file: None,
            command: "seam test".to_owned(),
            clock: Arc::new(move || time.fetch_add(1_000, Ordering::Relaxed)),
            read_only: false,
        }
    }

    pub fn open(&self) -> Handle {
        open(self.settings()).unwrap()
    }

    pub fn open_read_only(&self) -> Handle {
        open(Settings { read_only: true, ..self.settings() }).unwrap()
    }
}

pub fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

/// `network` stands for `shop/network/dev`.
pub fn at(stack: &str) -> Address {
    if stack.contains('/') {
        return stack.parse().unwrap();
    }
    format!("shop/{stack}/dev").parse().unwrap()
}

/// The answer to one command.
pub fn ask(registry: &Handle, command: Command) -> Result<Reply, Refusal> {
    let mut answers = registry.submit(vec![command]).unwrap();
    assert_eq!(answers.len(), 1);
    answers.remove(0)
}

pub fn done(registry: &Handle, command: Command) {
    assert_eq!(ask(registry, command), Ok(Reply::Done));
}

/// Starts a run over the stacks, which it leases.
pub fn start_run(registry: &Handle, stacks: &[&str]) -> u64 {
    let instances: Vec<_> = stacks.iter().map(|stack| at(stack)).collect();
    let reply = ask(registry, Command::StartRun(run_start(instances.clone())));
    let Ok(Reply::Run(run)) = reply else { panic!("{reply:?}") };
    done(registry, Command::TakeLeases { run, instances, dead_runs: vec![] });
    run
}

pub fn run_start(instances: Vec<Address>) -> RunStart {
    RunStart {
        verb: Verb::Apply,
        environment: name("dev"),
        actor: "ann".to_owned(),
        host: "laptop".to_owned(),
        pid: 42,
        process: "42 7 a-boot".to_owned(),
        runs_folder: "/shop/.seam/runs".to_owned(),
        selection: "app...".to_owned(),
        instances,
        at_least: 0,
    }
}

pub fn end_run(run: u64) -> Command {
    let counts = BTreeMap::from([("applied".to_owned(), 1)]);
    Command::EndRun { run, result: seam_model::RunResult::Done, counts }
}

pub fn step(run: u64, stack: &str, verb: Verb) -> StepStart {
    StepStart {
        run,
        address: at(stack),
        folder: format!("1-{}", verb.as_str()),
        verb,
        tool: "terraform".to_owned(),
        home: "github.com/acme/shop".to_owned(),
        supervisor: "pid 7".to_owned(),
        state_before: None,
        inputs: BTreeMap::new(),
        key: "key".to_owned(),
    }
}

pub fn success(run: u64) -> Success {
    Success {
        run,
        key: "key".to_owned(),
        state: None,
        backend: None,
        tool: "terraform".to_owned(),
        tool_version: "1.11.4".to_owned(),
        home: "github.com/acme/shop".to_owned(),
        inputs: None,
        took: Some(Duration::from_millis(1_500)),
    }
}

pub fn output(value: Json, sensitive: bool) -> Output {
    let value = Value::from(value);
    Output { schema: Schema::infer(&value), value, sensitive }
}

pub fn input(value: Json, sensitive: bool) -> RecordedInput {
    RecordedInput { value: Value::from(value), sensitive, pattern: Pattern::Registry, from: vec![] }
}

/// An input `name` from the output `id` of a provider.
pub fn input_from(provider: &str, pattern: Pattern) -> BTreeMap<String, RecordedInput> {
    let from = vec![Provider { address: at(provider), output: "id".to_owned(), path: Path::default() }];
    let input = RecordedInput { pattern, from, ..input(json!("v"), false) };
    BTreeMap::from([("name".to_owned(), input)])
}

pub fn provenance() -> Provenance {
    Provenance { actor: "ann".to_owned(), host: "laptop".to_owned(), ..Provenance::default() }
}

/// A publication of one output `id`, by a run or, without one, by hand.
pub fn publish(run: Option<u64>, stack: &str, value: &str, uses: Vec<Use>) -> Command {
    Command::Publish {
        address: at(stack),
        outputs: BTreeMap::from([("id".to_owned(), output(json!(value), false))]),
        provenance: provenance(),
        success: run.map(success),
        uses,
        tags: vec![name("blue")],
    }
}

pub fn uses(provider: &str, output: &str) -> Use {
    let part = UsedPart::Output { output: output.to_owned(), path: Path::default(), takes: None };
    Use { provider: at(provider), part, pattern: Pattern::Registry, range: None }
}

/// The value of the output `id` of the latest publication.
pub fn id_of(registry: &Handle, stack: &str) -> Option<Value> {
    let state = registry.instances(vec![at(stack)]).unwrap().remove(0);
    state.publication?.outputs.get("id")?.value.clone()
}
