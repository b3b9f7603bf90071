//! Reads the values of a saved plan.

use super::ask::ask;
use super::{Job, Planned, Shown};
use crate::state::first_object;
use crate::{Call, Failure, Launcher};
use seam_model::{Action, Finding, PlannedOutput, Value, codes};
use serde::Deserialize;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

/// Reads the values of a plan: one process. Only where somebody plans on the outputs, or the values
/// of changes are asked for.
pub fn show(job: &Job, launcher: &mut dyn Launcher, planned: &Planned) -> Result<Shown, Failure> {
    let Some(saved) = &planned.saved else {
        return Ok(Shown { outputs: planned.outputs.clone(), values: BTreeMap::new() });
    };
    let folder = planned.copy.as_ref().map_or(job.folder, |copy| &copy.folder);
    let text = ask(job, launcher, Call::Show, folder, &["show".into(), "-json".into(), saved.into()])?;
    let document: Document = first_object(&text).map_err(|error| {
        let message = format!("the saved plan could not be read: {error}");
        Failure::from(Box::new(Finding::error(codes::TOOL_FAILED, message)))
    })?;
    Ok(document.shown())
}

#[derive(Deserialize)]
struct Document {
    #[serde(default)]
    resource_changes: Vec<Resource>,
    #[serde(default)]
    output_changes: BTreeMap<String, Changed>,
}

#[derive(Deserialize)]
struct Resource {
    address: String,
    change: Changed,
}

#[derive(Deserialize)]
struct Changed {
    actions: Vec<String>,
    #[serde(default)]
    after: Json,
    #[serde(default)]
    after_unknown: Json,
    #[serde(default)]
    after_sensitive: Json,
    #[serde(default)]
    before_sensitive: Json,
}

impl Document {
    fn shown(self) -> Shown {
        let values = self.resource_changes.into_iter().filter(|row| row.change.action() != Action::NoOp);
        let values = values.filter(|row| !seam_hcl::is_ours(&row.address)).map(|row| {
            let value = json!({"after": row.change.after, "after_unknown": row.change.after_unknown});
            (row.address, value)
        });
        let outputs = self.output_changes.into_iter().map(|(name, change)| {
            let sensitive = marks(&change.after_sensitive) || marks(&change.before_sensitive);
            let action = change.action();
            let value = with_unknown(change.after, &change.after_unknown);
            (name, PlannedOutput { action, value, sensitive })
        });
        Shown { values: values.collect(), outputs: outputs.collect() }
    }
}

impl Changed {
    fn action(&self) -> Action {
        let words: Vec<_> = self.actions.iter().map(String::as_str).collect();
        Action::from_words(&words).unwrap_or(Action::Update)
    }
}

/// Is anything marked in Terraform's tree of marks?
fn marks(tree: &Json) -> bool {
    match tree {
        Json::Bool(marked) => *marked,
        Json::Array(items) => items.iter().any(marks),
        Json::Object(members) => members.values().any(marks),
        _ => false,
    }
}

/// Puts the unknown leaves, which Terraform tells in a tree of their own, into a value.
fn with_unknown(value: Json, unknown: &Json) -> Value {
    match (value, unknown) {
        (_, Json::Bool(true)) => Value::Unknown,
        (Json::Array(items), Json::Array(marks)) => {
            let (mut items, mut marks) = (items.into_iter(), marks.iter());
            let mut out = Vec::new();
            loop {
                match (items.next(), marks.next()) {
                    (None, None) => return Value::Array(out),
                    (item, mark) => {
                        out.push(with_unknown(item.unwrap_or_default(), mark.unwrap_or(&Json::Bool(false))));
                    }
                }
            }
        }
        (Json::Object(mut members), Json::Object(marks)) => {
            let mut out = BTreeMap::new();
            for (name, mark) in marks {
                let value = with_unknown(members.remove(name).unwrap_or_default(), mark);
                out.insert(name.clone(), value);
            }
            out.extend(members.into_iter().map(|(name, member)| (name, Value::from(member))));
            Value::Object(out)
        }
        (value, _) => Value::from(value),
    }
}

#[cfg(test)]
mod tests {
    use super::{Document, with_unknown};
    use seam_model::{Action, Value};
    use serde_json::json;

    #[test]
    fn unknown_leaves_go_where_they_are_told() {
        let value = with_unknown(json!({"cidr": "10", "ids": ["a"]}), &json!({"id": true, "ids": [false, true]}));
        let (partial, unknown) = value.to_partial_json();
        assert_eq!(partial, json!({"cidr": "10", "id": null, "ids": ["a", null]}));
        let unknown: Vec<_> = unknown.iter().map(seam_model::Path::pointer).collect();
        assert_eq!(unknown, ["/id", "/ids/1"]);
        assert_eq!(with_unknown(json!(null), &json!(true)), Value::Unknown);
    }

    #[test]
    fn a_plan_shows_outputs_and_the_values_of_changes() {
        let document: Document = serde_json::from_value(json!({
            "resource_changes": [
                {"address": "a.b", "change": {"actions": ["delete", "create"], "after": {"x": 1}, "after_unknown": {"id": true}}},
                {"address": "a.c", "change": {"actions": ["no-op"], "after": {}}}],
            "output_changes": {"o": {"actions": ["update"], "after": 1, "after_unknown": false, "after_sensitive": {"a": true}}}
        }))
        .unwrap();
        let shown = document.shown();
        assert_eq!(
            shown.values,
            [("a.b".to_owned(), json!({"after": {"x": 1}, "after_unknown": {"id": true}}))].into()
        );
        assert_eq!((shown.outputs["o"].action, shown.outputs["o"].sensitive), (Action::Update, true));
    }
}
