//! The contracts of two versions of a stack, as `stack.yaml` declares them below `contract`: outputs,
//! lookups, events and tables. What needs no schema becomes findings here, each pair of schemas a
//! comparison. The API of a stack is a document of its own.

mod events;
mod lookups;
mod outputs;
mod tables;

use crate::finding::Findings;
use crate::lifecycle::Lifecycle;
use crate::openapi::{At, Comparer, Comparison, joined};
use crate::subject::{Part, Subject};
use serde_json::{Map, Value};

/// Where the contract stands in a document of this kind.
pub const ROOT: &str = "/contract";

/// Compares two contracts. `today` (a date, `2026-01-31`) tells which sunsets are over.
pub fn compare(old: &Value, new: &Value, today: &str) -> (Findings, Vec<Comparison>) {
    let mut comparer = Comparer { findings: Findings::default(), comparisons: Vec::new(), today };
    let parts = |name: &str| (Mapping::of(old, name), Mapping::of(new, name));
    outputs::compare(&mut comparer, &parts("outputs"));
    lookups::compare(&mut comparer, &parts("lookups"));
    events::compare(&mut comparer, &parts("events"));
    tables::compare(&mut comparer, &parts("tables"));
    (comparer.findings, comparer.comparisons)
}

/// One of the mappings of a contract: `outputs`, `events` …
struct Mapping {
    pointer: String,
    members: Map<String, Value>,
}

/// A member of both versions, of the old or of the new one alone.
#[derive(Clone, Copy)]
enum Pair<'p> {
    Old(&'p Value),
    New,
    Both(&'p Value, &'p Value),
}

impl Mapping {
    fn of(document: &Value, part: &str) -> Self {
        let pointer = format!("{ROOT}/{part}");
        let members = document.pointer(&pointer).and_then(Value::as_object).cloned().unwrap_or_default();
        Self { pointer, members }
    }
}

/// Calls `see` with each member of either, at its place. `title` says what a member is in words, and
/// `part` makes of its name what part of the contract it is.
fn each(
    comparer: &mut Comparer<'_>,
    (title, part): (&str, impl Fn(String) -> Part),
    (old, new): &(Mapping, Mapping),
    see: impl Fn(&mut Comparer<'_>, &At, &str, Pair<'_>),
) {
    let subject = |name: &str| Subject::new(format!("{title} `{name}`"), part(name.to_owned()));
    let at = |name: &str| At::of(subject(name), &format!("{title} {name}"));
    for (name, was) in &old.members {
        let at = at(name).only_old(&joined(&old.pointer, name));
        match new.members.get(name) {
            Some(is) => see(comparer, &at.only_new(&joined(&new.pointer, name)), name, Pair::Both(was, is)),
            None => see(comparer, &at, name, Pair::Old(was)),
        }
    }
    for name in new.members.keys().filter(|name| !old.members.contains_key(*name)) {
        see(comparer, &at(name).only_new(&joined(&new.pointer, name)), name, Pair::New);
    }
}

/// Whether something is on its way out.
fn lifecycle(member: &Value) -> Lifecycle {
    member.as_object().map(Lifecycle::of).unwrap_or_default()
}

/// The text at `key`.
fn text<'v>(member: &'v Value, key: &str) -> &'v str {
    member.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// What a schema is, in a word or two: for what is lost.
fn type_words(schema: &Value) -> String {
    match schema.get("type") {
        Some(Value::String(one)) => one.clone(),
        Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" or "),
        _ => "any value".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::compare;
    use serde_json::{Value, json};

    /// The rules that are found, most severe first, and how many schemas are left to compare.
    fn rules(old: Value, new: Value) -> (Vec<String>, usize) {
        let of = |contract: Value| json!({ "contract": contract });
        let (findings, comparisons) = compare(&of(old), &of(new), "2026-06-01");
        let told = findings.sorted().into_iter().map(|finding| format!("{} {}", finding.severity.name(), finding.rule));
        (told.collect(), comparisons.len())
    }

    #[test]
    fn what_each_part_says_before_its_schemas() {
        let gone = |sunset: &str| json!({"outputs": {"a": {"deprecated": {"sunset": sunset}}}});
        let event = |kind: &str, key: &str| json!({"events": {"e": {"type": kind, "key": key, "schema": {}}}});
        let rule =
            |name: &str, values: Value| json!({"lookups": {"r": {"kind": "k", "name": name, "tags": {"t": values}}}});
        let table = |columns: Value, key: Value| json!({"tables": {"t": {"columns": columns, "key": key}}});
        for (old, new, wanted, schemas) in [
            (json!({"outputs": {"a": {}}}), json!({}), vec!["error output-removed-without-deprecation"], 0),
            (gone("2026-05-31"), json!({}), vec!["note output-removed-with-deprecation"], 0),
            (gone("2026-07-01"), json!({}), vec!["error output-removed-before-sunset"], 0),
            (json!({}), json!({"outputs": {"a": {}}}), vec!["note output-added"], 0),
            (json!({"outputs": {"a": {}}}), gone("2027-01-01"), vec!["note output-deprecated"], 1),
            (json!({"outputs": {"a": {}}}), gone("2026-05-31"), vec!["error output-deprecated-sunset-invalid"], 1),
            (
                json!({"outputs": {"a": {}}}),
                json!({"outputs": {"a": {"sensitive": true}}}),
                vec!["warning output-became-sensitive"],
                1,
            ),
            (event("x", "id"), event("x", "id"), vec![], 1),
            (event("x", "id"), event("y", "id"), vec!["error event-type-changed"], 1),
            (event("x", "id"), event("x", "no"), vec!["error event-key-changed"], 1),
            (event("x", "id"), json!({}), vec!["error event-removed-without-deprecation"], 0),
            (rule("a-*", json!("p")), rule("a-*", json!(["p", "q"])), vec!["note lookup-widened"], 0),
            (rule("a-*", json!(["p", "q"])), rule("a-*", json!("q")), vec!["error lookup-tag-value-removed"], 0),
            (rule("a-*", json!("p")), rule("*", json!("p")), vec!["note lookup-widened"], 0),
            (rule("a-*", json!("p")), rule("a-b*", json!("p")), vec!["error lookup-name-narrowed"], 0),
            (rule("a", json!("p")), json!({"lookups": {}}), vec!["error lookup-removed"], 0),
            (
                table(json!({"a": {}, "b": {}}), json!(["a"])),
                table(json!({"a": {}}), json!(["a"])),
                vec!["error column-removed"],
                1,
            ),
            (
                table(json!({"a": {}}), json!(["a"])),
                table(json!({"a": {}, "b": {}}), json!(["a", "b"])),
                vec!["error table-key-changed", "note column-added"],
                1,
            ),
        ] {
            assert_eq!(
                rules(old.clone(), new.clone()),
                (wanted.into_iter().map(str::to_owned).collect(), schemas),
                "{old} {new}"
            );
        }
    }
}
