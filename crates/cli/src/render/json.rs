//! Machine output. FORMATS lists the shapes; adding a field is minor, changing one is major.

use crate::project::Project;
use seam_model::{
    Address, Attribute, Change, Comparison, ContractChange, Finding, InputStatus, Name, Path, Pattern, Plan,
    PlannedInput, PlannedStep, Severity, Value, Verb,
};
use seam_registry::{Entry, Publication, RunRecord, StepRecord};
use seam_run::{Failures, ImportEnd, Imported, InstanceStatus, RunFailure};
use serde_json::{Map, Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};

/// The version of every shape here.
pub const FORMAT: &str = "1.0";

/// `seam check --json`.
pub fn check(findings: &[Finding]) -> Json {
    json!({"format": FORMAT, "findings": findings.iter().map(finding).collect::<Vec<_>>()})
}

/// A finding, with what a comparison of contracts says beside.
pub fn finding(finding: &Finding) -> Json {
    let place = finding.place.clone().unwrap_or_default();
    let mut told = json!({
        "code": finding.code.id,
        "severity": if finding.severity == Severity::Error { "error" } else { "warning" },
        "message": finding.message,
        "help": finding.help,
        "file": place.file,
        "line": place.line,
        "column": place.column,
    });
    if let (Some(compared), Json::Object(told)) = (&finding.comparison, &mut told) {
        told.extend(comparison(compared));
    }
    told
}

/// What a comparison says beside its finding.
pub fn comparison(comparison: &Comparison) -> Map<String, Json> {
    let breaks: Vec<String> = comparison.breaks.iter().map(ToString::to_string).collect();
    let told = [
        ("rule", Some(json!(comparison.rule))),
        ("fingerprint", Some(json!(comparison.fingerprint))),
        ("breaks", Some(json!(breaks))),
        ("lost", comparison.lost.as_ref().map(|lost| json!(lost))),
        ("reason", comparison.reason.as_ref().map(|reason| json!(reason))),
        ("witness", comparison.witness.clone()),
    ];
    told.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect()
}

/// Steps that could not be planned: with findings, and with what their tools said.
pub fn failures(failures: &Failures) -> Json {
    let failure = |(address, failure): &(Address, RunFailure)| {
        let findings: Vec<Json> = failure.findings.iter().map(finding).collect();
        json!({"address": address.to_string(), "findings": findings, "words": failure.words()})
    };
    failures.iter().map(failure).collect()
}

/// `seam graph --format json`. What is used without an input is a link with a `part`, as `seam uses` has it.
pub fn graph(project: &Project, shown: &BTreeSet<Address>) -> Json {
    let instances: Vec<Json> = shown
        .iter()
        .map(|address| {
            let stack = &project.workspace.stacks[&address.stack];
            let tags: Vec<&str> = stack.tags.iter().map(seam_model::Name::as_str).collect();
            json!({"address": address.to_string(), "tool": stack.tool.as_str(), "tags": tags})
        })
        .collect();
    let external = shown.iter().flat_map(|address| project.graph.external_links_of(address)).map(|link| {
        json!({
            "consumer": link.consumer.to_string(),
            "provider": link.provider,
            "external": true,
            "input": link.input,
            "output": link.output,
            "path": link.path.to_string(),
            "pattern": Pattern::State.as_str(),
        })
    });
    let uses = shown.iter().flat_map(|address| project.graph.uses_of(address)).map(|link| {
        json!({
            "consumer": link.consumer.to_string(),
            "provider": link.provider.to_string(),
            "input": null,
            "output": null,
            "path": "",
            "pattern": link.pattern.as_str(),
            "part": super::uses::part_json(&link.part),
        })
    });
    let links: Vec<Json> = project
        .graph
        .links()
        .iter()
        .filter(|link| shown.contains(&link.consumer))
        .map(|link| {
            json!({
                "consumer": link.consumer.to_string(),
                "provider": link.provider.to_string(),
                "input": link.input,
                "output": link.output,
                "path": link.path.to_string(),
                "pattern": link.pattern.as_str(),
            })
        })
        .chain(external)
        .chain(uses)
        .collect();
    json!({"format": FORMAT, "instances": instances, "links": links})
}

/// `seam plan --json`, and the `plan` line of an apply.
pub fn plan(plan: &Plan) -> Json {
    let steps: Vec<Json> = plan.steps.iter().map(step).collect();
    let refused: Vec<Json> = plan.refused.iter().map(finding).collect();
    json!({
        "format": FORMAT,
        "environment": plan.environment.as_str(),
        "destroy": plan.destroy,
        "digest": plan.digest,
        "steps": steps,
        "refused": refused,
    })
}

fn step(step: &PlannedStep) -> Json {
    let inputs: Map<String, Json> = step.inputs.iter().map(|(name, one)| (name.clone(), input(one))).collect();
    let changes: Vec<Json> = step.changes.iter().map(change).collect();
    let outputs: Map<String, Json> = step
        .outputs
        .iter()
        .map(|(name, output)| {
            let mut shown = Map::from_iter([("actions".to_owned(), json!(output.action.words()))]);
            add_value(&mut shown, &output.value, output.sensitive);
            (name.clone(), Json::Object(shown))
        })
        .collect();
    let deferred: Vec<Json> = step
        .deferred
        .iter()
        .map(|one| json!({"input": one.input, "file": one.file, "line": one.line, "column": one.column, "message": one.message}))
        .collect();
    let mut shown = json!({
        "address": step.address.to_string(),
        "action": step.action.as_str(),
        "reason": step.reason,
        "inputs": inputs,
        "changes": changes,
        "outputs": outputs,
        "deferred": deferred,
        "notes": step.notes,
    });
    if let Some(ContractChange { before, after }) = &step.contract {
        shown["contract"] = json!({"before": before, "after": after});
    }
    shown
}

/// With `reason` and `attributes` where they are known.
fn change(change: &Change) -> Json {
    let mut shown = json!({"address": change.address, "actions": change.action.words()});
    if let Some(reason) = &change.reason {
        shown["reason"] = json!(reason);
    }
    if !change.attributes.is_empty() {
        shown["attributes"] = change.attributes.iter().map(attribute).collect();
    }
    shown
}

/// `before` and `after` are left out where there is nothing, `unknown` has the pointers into `after` of
/// what nobody knows; `sensitive` stands instead of all three.
fn attribute(attribute: &Attribute) -> Json {
    let mut shown = Map::from_iter([("path".to_owned(), json!(attribute.path.pointer()))]);
    if attribute.replaces {
        shown.insert("replaces".to_owned(), json!(true));
    }
    if attribute.sensitive {
        shown.insert("sensitive".to_owned(), json!(true));
        return Json::Object(shown);
    }
    if attribute.before != Value::Null {
        shown.insert("before".to_owned(), attribute.before.to_partial_json().0);
    }
    if attribute.after != Value::Null {
        let (after, unknown) = attribute.after.to_partial_json();
        shown.insert("after".to_owned(), after);
        if !unknown.is_empty() {
            shown.insert("unknown".to_owned(), json!(unknown.iter().map(Path::pointer).collect::<Vec<_>>()));
        }
    }
    Json::Object(shown)
}

fn input(input: &PlannedInput) -> Json {
    let mut shown = Map::from_iter([
        ("status".to_owned(), json!(input.status.as_str())),
        ("pattern".to_owned(), json!(input.pattern.as_str())),
    ]);
    match input.from.as_slice() {
        [] => {}
        [one] => drop(shown.insert("from".to_owned(), json!(one.to_string()))),
        many => drop(shown.insert("from".to_owned(), json!(many.iter().map(ToString::to_string).collect::<Vec<_>>()))),
    }
    if let Some(output) = &input.output {
        shown.insert("output".to_owned(), json!(output));
    }
    if input.status == InputStatus::Unknown && !input.sensitive {
        return Json::Object(shown);
    }
    add_value(&mut shown, &input.value, input.sensitive);
    Json::Object(shown)
}

/// `value`, and `unknown` with the pointers of leaves that nobody knows; `sensitive` instead.
fn add_value(shown: &mut Map<String, Json>, value: &Value, sensitive: bool) {
    if sensitive {
        shown.insert("sensitive".to_owned(), json!(true));
    } else if *value != Value::Unknown {
        let (json, unknown) = value.to_partial_json();
        shown.insert("value".to_owned(), json);
        if !unknown.is_empty() {
            shown.insert("unknown".to_owned(), json!(unknown.iter().map(Path::pointer).collect::<Vec<_>>()));
        }
    }
}

/// `seam output --json`, `seam get --json`.
pub fn publication(publication: &Publication) -> Json {
    let outputs: Map<String, Json> = publication
        .outputs
        .iter()
        .map(|(name, output)| {
            let mut shown = Map::from_iter([("type".to_owned(), output.schema.0.clone())]);
            match (&output.value, output.sensitive) {
                (_, true) => drop(shown.insert("sensitive".to_owned(), json!(true))),
                (Some(value), false) => drop(shown.insert("value".to_owned(), value.to_json().unwrap_or_default())),
                (None, false) => {}
            }
            (name.clone(), Json::Object(shown))
        })
        .collect();
    json!({
        "format": FORMAT,
        "address": publication.address.to_string(),
        "revision": publication.revision,
        "run": publication.run,
        "commit": publication.provenance.commit,
        "contract": publication.provenance.contract,
        "time": time(publication.time_us),
        "outputs": outputs,
    })
}

/// A line of `seam watch --json`.
pub fn entry(address: &Address, entry: &Entry, sequence: u64) -> Json {
    let mut line = match entry {
        Entry::Published(published) => {
            let mut line = publication(published);
            line["type"] = json!("published");
            line
        }
        Entry::Destroyed { revision, run, time_us } => json!({
            "type": "destroyed",
            "address": address.to_string(),
            "revision": revision,
            "run": run,
            "time": time(*time_us),
        }),
    };
    line["seq"] = json!(sequence);
    line
}

/// The last line of `seam watch --json`: the revision that was seen last, and how many lines there were.
pub fn watched(address: &Address, revision: u64, lines: u64) -> Json {
    json!({"type": "summary", "address": address.to_string(), "revision": revision, "lines": lines})
}

/// `seam publish --json`.
pub fn published(address: &Address, revision: u64) -> Json {
    json!({"format": FORMAT, "address": address.to_string(), "revision": revision})
}

/// `seam status --json`.
pub fn status(rows: &[InstanceStatus]) -> Json {
    let instances: Vec<Json> = rows
        .iter()
        .map(|row| {
            let (publication, success) = (row.state.publication.as_ref(), row.state.success.as_ref());
            let deployed = row.state.deployed.iter();
            let deployed =
                deployed.map(|one| json!({"version": one.version, "actor": one.actor, "time": time(one.since_us)}));
            json!({
                "address": row.state.address.to_string(),
                "revision": publication.map(|one| one.revision),
                "state": row.standing.as_str(),
                "reason": row.reason,
                "run": success.map(|last| last.run).or(publication.and_then(|one| one.run)),
                "time": success.map(|last| last.time_us).or(publication.map(|one| one.time_us)).map(time),
                "deployed": deployed.collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({"format": FORMAT, "instances": instances})
}

/// `seam runs --json`.
pub fn runs(runs: &[RunRecord], alive: &dyn Fn(&RunRecord) -> bool) -> Json {
    let runs: Vec<Json> = runs.iter().map(|record| one_run(record, alive)).collect();
    json!({"format": FORMAT, "runs": runs})
}

/// `seam runs show RUN --json`.
pub fn run(record: &RunRecord, steps: &[StepRecord], alive: &dyn Fn(&RunRecord) -> bool) -> Json {
    let steps: Vec<Json> = steps
        .iter()
        .map(|step| {
            json!({
                "address": step.address.to_string(),
                "process": step.folder,
                "verb": step.verb.as_str(),
                "started": time(step.started_us),
                "ended": step.ended.as_ref().map(|(at, _)| time(*at)),
                "outcome": step.ended.as_ref().map(|(_, outcome)| super::runs::outcome_words(*outcome)),
            })
        })
        .collect();
    let mut shown = one_run(record, alive);
    shown["format"] = json!(FORMAT);
    shown["steps"] = json!(steps);
    shown
}

/// `seam runs log RUN STACK --json`: each process of the step and what it said.
pub fn log(run: u64, stack: &Name, said: &[(String, String)]) -> Json {
    let processes: Vec<Json> = said.iter().map(|(name, text)| json!({"process": name, "output": text})).collect();
    json!({"format": FORMAT, "run": run, "stack": stack.as_str(), "processes": processes})
}

fn one_run(record: &RunRecord, alive: &dyn Fn(&RunRecord) -> bool) -> Json {
    let ending = record.ending.as_ref();
    let seconds = ending.map(|ending| seconds_between(record.started_us, ending.time_us));
    json!({
        "run": record.run,
        "verb": record.start.verb.as_str(),
        "environment": record.start.environment.as_str(),
        "actor": record.start.actor,
        "result": super::runs::result(record, alive),
        "started": time(record.started_us),
        "seconds": seconds,
        "counts": ending.map(|ending| counts(record.start.verb, &ending.counts)).unwrap_or_default(),
    })
}

/// The steps by the state they ended in; those that a destroy took away are not called published.
pub fn counts<N: Copy + Into<u64>>(verb: Verb, states: &BTreeMap<impl AsRef<str> + Ord, N>) -> Json {
    let word = |state: &str| match (state, verb) {
        ("published", Verb::Destroy) => "destroyed".to_owned(),
        (state, _) => state.to_owned(),
    };
    states.iter().map(|(state, count)| (word(state.as_ref()), Json::from((*count).into()))).collect()
}

fn seconds_between(start_us: i64, end_us: i64) -> f64 {
    std::time::Duration::from_micros(u64::try_from(end_us - start_us).unwrap_or_default()).as_secs_f64()
}

/// `seam import --json`.
pub fn import(end: &ImportEnd, environment: &Name) -> Json {
    let instance = |one: &Imported| {
        let (lineage, serial) = one.position.clone().unzip();
        let backups: Vec<String> = one.backups.iter().map(|path| path.display().to_string()).collect();
        json!({
            "address": one.address.to_string(), "action": one.action.as_str(), "place": one.place, "from": one.from,
            "lineage": lineage, "serial": serial, "older_than": one.older_than, "resources": one.resources,
            "was": one.was, "looked_at": one.looked_at,
            "revision": one.revision, "backups": backups,
        })
    };
    let instances: Vec<Json> = end.instances.iter().map(instance).collect();
    json!({
        "format": FORMAT, "environment": environment.as_str(), "run": end.run, "result": end.result.as_str(),
        "instances": instances, "failures": failures(&end.failures),
    })
}

/// RFC 3339, UTC.
pub fn time(time_us: i64) -> String {
    jiff::Timestamp::from_microsecond(time_us).map_or_else(|_| String::new(), |time| time.to_string())
}
