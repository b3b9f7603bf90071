//! Builds, selects and schedules a workspace of 1,000 and one of 10,000 instances. Ten times the
//! instances may take thirty times the time; a quadratic graph would take a hundred times. To be run
//! with `--release`; exits 1 where the figure is beyond its limit.

#![expect(clippy::print_stdout, reason = "a program prints")]

use seam_graph::{Graph, ScheduleAction, ScheduleEvent, Scheduler, Selection};
use seam_model::{
    Environment, Input, Name, Path, Place, Reference, RegistryPlace, Source, Stack, Target, Tool, Transform, Value,
    Workspace,
};
use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;
use std::time::{Duration, Instant};

const RATIO_MAX: f64 = 30.0;

fn main() -> ExitCode {
    let small = shortest_of_three(1_000);
    let large = shortest_of_three(10_000);
    let ratio = large.as_secs_f64() / small.as_secs_f64();
    println!("1,000 instances: {small:.1?}; 10,000 instances: {large:.1?}");
    let holds = ratio <= RATIO_MAX;
    println!("10,000 / 1,000: {ratio:.1} (at most {RATIO_MAX}){}", if holds { "" } else { "  BROKEN" });
    if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn shortest_of_three(instances: usize) -> Duration {
    let workspace = workspace(instances);
    (0..3).map(|_| once(&workspace, instances)).min().unwrap_or_default()
}

fn once(workspace: &Workspace, instances: usize) -> Duration {
    let start = Instant::now();
    let (graph, findings) = Graph::build(workspace);
    assert!(findings.is_empty());
    let selection =
        Selection::parse(&["...s0...".to_owned(), "s*".to_owned()], std::path::Path::new("")).expect("a selection");
    let selected = selection.select(&graph, workspace, None).expect("a match");
    assert_eq!(selected.len(), instances);
    let steps: Vec<_> = graph.steps(&selected).into_iter().map(|(step, waits)| (step, waits, 1.0)).collect();
    let mut scheduler = Scheduler::new(&steps, 8);
    let mut running = scheduler.next(&ScheduleEvent::Begin);
    let mut done = 0;
    while let Some(action) = running.pop() {
        let ScheduleAction::Start(step) = action else { unreachable!("nothing fails") };
        running.extend(scheduler.next(&ScheduleEvent::Done(step)));
        done += 1;
    }
    assert_eq!(done, instances);
    start.elapsed()
}

/// Ten environments; each stack reads three of the stacks shortly before it.
fn workspace(instances: usize) -> Workspace {
    let environments: BTreeSet<Name> = (0..10).map(|at| name(&format!("e{at}"))).collect();
    let stacks = (0..instances / environments.len()).map(|at| (name(&format!("s{at}")), stack(at, &environments)));
    Workspace {
        root: "/w".into(),
        repository: "/w".into(),
        system: name("large"),
        registry: RegistryPlace::File("registry.db".into()),
        stacks: stacks.collect(),
        environments: environments.iter().map(|name| (name.clone(), environment(name))).collect(),
        teams: BTreeMap::new(),
        pass_env: vec![],
        mirror_exclude: vec![],
        config: Value::Null,
        own_files: BTreeSet::new(),
    }
}

fn environment(name: &Name) -> Environment {
    Environment {
        name: name.clone(),
        account: None,
        region: None,
        zone: None,
        labels: BTreeMap::new(),
        env: BTreeMap::new(),
        approve: false,
        local_state: false,
        maps: BTreeMap::new(),
        config: Value::Null,
        place: Place::default(),
    }
}

fn stack(at: usize, environments: &BTreeSet<Name>) -> Stack {
    let inputs = [1, 7, 31].into_iter().filter_map(|back| {
        let provider = at.checked_sub(back)?;
        let input = input(&format!("i{back}"), provider);
        Some((input.name.clone(), input))
    });
    Stack {
        name: name(&format!("s{at}")),
        folder: "s".into(),
        tool: Tool::Terraform,
        source: "s".into(),
        environments: environments.clone(),
        inputs: inputs.collect(),
        inputs_in: BTreeMap::new(),
        formerly: vec![],
        after: vec![],
        tags: BTreeSet::new(),
        sources: vec![],
        timeout: Duration::from_secs(60),
        backend: None,
        workspace: None,
        exec: None,
        contract: None,
        uses: Vec::new(),
        code: None,
        config: Value::Null,
        environment_config: BTreeMap::new(),
        place: Place::default(),
    }
}

fn input(text: &str, provider: usize) -> Input {
    let reference = Reference {
        system: None,
        stack: name(&format!("s{provider}")),
        output: "out".to_owned(),
        path: Path::default(),
    };
    Input {
        name: text.to_owned(),
        source: Source::Registry(Target::Output(reference)),
        environment: None,
        version: None,
        optional: false,
        transform: Transform::default(),
        place: Place::default(),
    }
}

fn name(text: &str) -> Name {
    Name::new(text).expect("a name")
}
