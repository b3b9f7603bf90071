//! The graph of small workspaces that are written as one line a stack.

mod findings;
mod order;
mod render;
mod scheduler;
mod selection;

use seam_graph::Graph;
use seam_model::{
    Address, Contract, ContractOutput, Environment, Finding, Input, Name, Pattern, Place, RegistryPlace, Schema,
    Source, Stack, StackCode, Tagged, Target, Tool, Transform, Value, Workspace,
};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

fn address(text: &str) -> Address {
    format!("shop/{text}").parse().unwrap()
}

/// A workspace `shop` with the environments dev and prod. Each line is a stack: its name, then
/// words: `+tag`, `@dev` (only there), `:output` (declared by its code), `<after`, and inputs as
/// `input=REFERENCE`, with `run/` before the reference for P4, `state/` for P2, `tag:NAME.OUTPUT` for a fan-in,
/// `?` behind it for optional and `!ENV` behind it for another environment.
fn workspace(lines: &str) -> Workspace {
    let environments = ["dev", "prod"].map(|text| (name(text), environment(text)));
    let stacks = lines.trim().lines().enumerate().map(|(at, line)| {
        let stack = stack(line.trim(), at + 1);
        (stack.name.clone(), stack)
    });
    Workspace {
        root: "/w".into(),
        repository: "/w".into(),
        system: name("shop"),
        registry: RegistryPlace::File(".seam/registry.db".into()),
        environments: environments.into(),
        stacks: stacks.collect(),
        teams: [(name("net"), vec![name("network")]), (name("nobody"), vec![])].into(),
        pass_env: vec![],
        mirror_exclude: vec![],
        config: Value::Null,
        own_files: BTreeSet::new(),
    }
}

fn environment(text: &str) -> Environment {
    Environment {
        name: name(text),
        account: None,
        region: None,
        zone: None,
        labels: BTreeMap::new(),
        env: BTreeMap::new(),
        approve: false,
        local_state: false,
        maps: [(name("platform"), name("global"))].into(),
        config: Value::Null,
        place: Place::file("seam.yaml"),
    }
}

fn stack(line: &str, number: usize) -> Stack {
    let mut words = line.split_whitespace();
    let stack_name = name(words.next().unwrap());
    let place =
        |column| Place { file: format!("{stack_name}.yaml"), line: number, column, length: 1, source: line.to_owned() };
    let mut stack = Stack {
        folder: stack_name.as_str().into(),
        tool: Tool::Terraform,
        source: stack_name.as_str().into(),
        environments: BTreeSet::new(),
        inputs: BTreeMap::new(),
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
        place: place(1),
        name: stack_name.clone(),
    };
    for (at, word) in words.enumerate() {
        let place = place(at + 2);
        match word.split_at(1) {
            ("+", tag) => drop(stack.tags.insert(name(tag))),
            ("@", environment) => drop(stack.environments.insert(name(environment))),
            ("<", after) => stack.after.push((name(after), place)),
            (":", output) => {
                stack.code.get_or_insert_with(StackCode::default).outputs.insert(output.to_owned(), false);
            }
            _ => {
                let input = input(word, place);
                stack.inputs.insert(input.name.clone(), input);
            }
        }
    }
    if stack.environments.is_empty() {
        stack.environments = [name("dev"), name("prod")].into();
    }
    stack
}

fn input(word: &str, place: Place) -> Input {
    let (input, rest) = word.split_once('=').unwrap();
    let (rest, environment) = rest.split_once('!').map_or((rest, None), |(rest, text)| (rest, Some(name(text))));
    let (rest, optional) = rest.strip_suffix('?').map_or((rest, false), |rest| (rest, true));
    let (rest, pattern) = [("run/", Pattern::Run), ("state/", Pattern::State)]
        .into_iter()
        .find_map(|(prefix, pattern)| Some((rest.strip_prefix(prefix)?, pattern)))
        .unwrap_or((rest, Pattern::Registry));
    let target = match rest.strip_prefix("tag:").and_then(|tagged| tagged.split_once('.')) {
        Some((tag, output)) => Target::Tagged(Tagged {
            tag: name(tag),
            output: output.to_owned(),
            path: seam_model::Path::default(),
            as_map: false,
        }),
        None => Target::Output(rest.parse().unwrap()),
    };
    Input {
        name: input.to_owned(),
        source: match (pattern, target) {
            (Pattern::Run, target) => Source::Run(target),
            (Pattern::State, Target::Output(reference)) => Source::State(reference),
            (_, target) => Source::Registry(target),
        },
        environment,
        version: None,
        optional,
        transform: Transform::default(),
        place,
    }
}

fn contract(outputs: &[&str]) -> Contract {
    let promised = |text: &&str| {
        let output =
            ContractOutput { schema: Schema::any(), sensitive: false, deprecated: None, place: Place::default() };
        ((*text).to_owned(), output)
    };
    Contract { outputs: outputs.iter().map(promised).collect(), ..Contract::default() }
}

/// The graph of a workspace that has nothing to complain about.
fn graph(workspace: &Workspace) -> Graph {
    let (graph, findings) = Graph::build(workspace);
    assert_eq!(render(&findings), "");
    graph
}

/// One line a finding: code, place, message, label, related lines, help.
fn render(findings: &[Finding]) -> String {
    let line = |finding: &Finding| {
        let place = finding.place.as_ref().map(Place::to_string).unwrap_or_default();
        let mut parts = vec![format!("{} {place} {}", finding.code, finding.message)];
        parts.extend(finding.label.clone());
        parts.extend(finding.related.iter().map(|(place, words)| format!("{place} {words}")));
        parts.extend(finding.help.clone());
        parts.join(" | ") + "\n"
    };
    findings.iter().map(line).collect()
}

/// `app/dev network/dev`, for comparing.
fn short<'a>(addresses: impl IntoIterator<Item = &'a Address>) -> String {
    let words: Vec<String> =
        addresses.into_iter().map(|address| format!("{}/{}", address.stack, address.environment)).collect();
    words.join(" ")
}
