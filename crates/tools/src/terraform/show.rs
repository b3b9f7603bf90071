//! Reads the values of a saved plan.

use super::ask::ask;
use super::attributes::{Told, attributes, is_marked};
use super::{Job, Shown, TerraformPlan};
use crate::state::first_object;
use crate::{Call, Failure, Launcher};
use seam_model::{Action, Change, Finding, PlannedOutput, Value, codes};
use serde::Deserialize;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

/// Reads the values of a plan: one process. Only where somebody plans on the outputs, or the values
/// of changes are asked for, or somebody looks at what changes.
pub fn show(job: &Job, launcher: &mut dyn Launcher, planned: &TerraformPlan) -> Result<Shown, Failure> {
    let Some(saved) = &planned.saved else {
        return Ok(Shown {
            outputs: planned.outputs.clone(),
            values: BTreeMap::new(),
            changes: planned.changes.clone(),
        });
    };
    let folder = planned.copy.as_ref().map_or(job.folder, |copy| &copy.folder);
    let text = ask(job, launcher, Call::Show, folder, &["show".into(), "-json".into(), saved.into()])?;
    let document: Document = first_object(&text).map_err(|error| {
        let message = format!("the saved plan could not be read: {error}");
        Failure::from(Box::new(Finding::error(codes::TOOL_FAILED, message)))
    })?;
    let mut shown = document.shown(&planned.changes);
    if planned.outputs_in_doubt {
        shown.outputs.values_mut().for_each(|output| output.value = Value::Unknown);
    }
    Ok(shown)
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
    /// Of an object that an interrupted replacement left.
    deposed: Option<String>,
    previous_address: Option<String>,
    action_reason: Option<String>,
    change: Changed,
}

#[derive(Deserialize)]
struct Changed {
    actions: Vec<String>,
    #[serde(default)]
    before: Json,
    #[serde(default)]
    after: Json,
    #[serde(default)]
    after_unknown: Json,
    #[serde(default)]
    after_sensitive: Json,
    #[serde(default)]
    before_sensitive: Json,
    #[serde(default)]
    replace_paths: Vec<Vec<Json>>,
}

impl Document {
    /// `changes` are those that the plan told, without what of them changes.
    fn shown(self, changes: &[Change]) -> Shown {
        let rows: BTreeMap<&str, &Resource> =
            self.resource_changes.iter().map(|row| (row.address.as_str(), row)).collect();
        let rows_of = |change: &Change| rows.get(change.address.as_str()).filter(|row| row.deposed.is_none());
        let changes = changes
            .iter()
            .map(|change| rows_of(change).map_or_else(|| change.clone(), |row| row.change(change.action)))
            .collect();
        let values = self.resource_changes.into_iter().filter(|row| row.change.action() != Action::NoOp);
        let values = values.filter(|row| !seam_hcl::is_ours(&row.address)).map(|row| {
            let value = json!({"after": row.change.after, "after_unknown": row.change.after_unknown});
            (row.address, value)
        });
        let outputs = self.output_changes.into_iter().map(|(name, change)| {
            let sensitive = is_marked(&change.after_sensitive) || is_marked(&change.before_sensitive);
            let action = change.action();
            let value = with_unknown(change.after, &change.after_unknown);
            (name, PlannedOutput { action, value, sensitive })
        });
        Shown { values: values.collect(), outputs: outputs.collect(), changes }
    }
}

impl Resource {
    /// The change that the plan calls `action`. Of what is destroyed there is no more to tell.
    fn change(&self, action: Action) -> Change {
        let changed = &self.change;
        let attributes = match action {
            Action::Delete | Action::Forget | Action::NoOp => Vec::new(),
            _ => attributes(&Told {
                before: Value::from(changed.before.clone()),
                after: with_unknown(changed.after.clone(), &changed.after_unknown),
                sensitive: [&changed.before_sensitive, &changed.after_sensitive],
                replace_paths: &changed.replace_paths,
            }),
        };
        Change { reason: self.reason(), attributes, ..Change::new(&self.address, action) }
    }

    /// Why, where the attributes do not say it.
    fn reason(&self) -> Option<String> {
        if let Some(before) = self.previous_address.as_ref().filter(|before| **before != self.address) {
            return Some(format!("moved from {before}"));
        }
        let words = match self.action_reason.as_deref()? {
            "replace_because_tainted" => "it is tainted",
            "replace_by_triggers" => "its `replace_triggered_by` changes",
            "delete_because_no_resource_config" => "it is not in the code any more",
            "delete_because_no_module" => "its module is not in the code any more",
            "delete_because_wrong_repetition" | "delete_because_count_index" | "delete_because_each_key" => {
                "`count` or `for_each` does not have it any more"
            }
            "delete_because_no_move_target" => "where it is moved to is not in the code",
            "read_because_config_unknown" => "what it reads by is not known yet",
            "read_because_dependency_pending" => "what it depends on changes first",
            _ => return None,
        };
        Some(words.to_owned())
    }
}

impl Changed {
    fn action(&self) -> Action {
        let words: Vec<_> = self.actions.iter().map(String::as_str).collect();
        Action::from_words(&words).unwrap_or(Action::Update)
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
    use seam_model::{Action, Attribute, Change, Value};
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
                {"address": "a.b", "action_reason": "replace_because_tainted", "change": {"actions": ["delete", "create"],
                    "before": {"x": 1, "id": "i"}, "after": {"x": 1}, "after_unknown": {"id": true}, "replace_paths": [["id"]]}},
                {"address": "a.d", "action_reason": "delete_because_no_module",
                    "change": {"actions": ["delete"], "before": {"x": 1}, "after": null}},
                {"address": "a.c", "change": {"actions": ["no-op"], "after": {}}}],
            "output_changes": {"o": {"actions": ["update"], "after": 1, "after_unknown": false, "after_sensitive": {"a": true}}}
        }))
        .unwrap();
        let told = [
            Change::new("a.b", Action::Replace),
            Change::new("a.d", Action::Delete),
            Change::new("a.x", Action::Create),
        ];
        let shown = document.shown(&told);
        assert_eq!(
            shown.values,
            [
                ("a.b".to_owned(), json!({"after": {"x": 1}, "after_unknown": {"id": true}})),
                ("a.d".to_owned(), json!({"after": null, "after_unknown": null}))
            ]
            .into()
        );
        assert_eq!((shown.outputs["o"].action, shown.outputs["o"].sensitive), (Action::Update, true));

        let id = Attribute {
            path: ".id".parse().unwrap(),
            before: Value::from("i"),
            after: Value::Unknown,
            sensitive: false,
            replaces: true,
        };
        let replaced = Change { reason: Some("it is tainted".to_owned()), attributes: vec![id], ..told[0].clone() };
        let gone = Some("its module is not in the code any more".to_owned());
        // What the document does not have stays as it was told.
        assert_eq!(shown.changes, [replaced, Change { reason: gone, ..told[1].clone() }, told[2].clone()]);
    }
}
