//! The lines that `plan -json` and `apply -json` write, one JSON message each. Types of messages
//! that are not known here are passed over; a line that is no message is kept as text.

use super::wire;
use seam_model::Action;
use serde::Deserialize;
use std::collections::{BTreeMap, VecDeque};

/// How many lines of text are kept of a call that fails.
const TAIL_LINES_MAX: usize = 40;

/// What a process has said so far.
#[derive(Debug, Default)]
pub(super) struct Stream {
    /// The version that it said it has.
    pub version: Option<String>,
    /// Resources that change, in its order.
    pub changes: Vec<(String, Action)>,
    /// By name: what happens to it, and is it sensitive?
    pub outputs: BTreeMap<String, (Action, bool)>,
    /// Warnings and errors.
    pub diagnostics: Vec<wire::Diagnostic>,
    /// The last lines that were no messages.
    pub tail: VecDeque<String>,
    /// Operations that ended, well or not.
    pub done: usize,
}

#[derive(Deserialize)]
struct Message {
    #[serde(rename = "@message", default)]
    text: String,
    #[serde(rename = "type", default)]
    kind: String,
    terraform: Option<String>,
    tofu: Option<String>,
    change: Option<Change>,
    #[serde(default)]
    outputs: BTreeMap<String, Output>,
    diagnostic: Option<wire::Diagnostic>,
}

#[derive(Deserialize)]
struct Change {
    resource: Resource,
    #[serde(default)]
    action: String,
}

#[derive(Deserialize)]
struct Resource {
    #[serde(rename = "addr", default)]
    address: String,
}

#[derive(Deserialize)]
struct Output {
    #[serde(default)]
    sensitive: bool,
    action: Option<String>,
}

/// What a process says in place of its own words while somebody else holds the state's lock.
pub const WAITS_FOR_LOCK: &str = "waits for the state's lock";

impl Stream {
    /// Takes one more line in. Its words where it tells how far the process is.
    pub(super) fn line(&mut self, line: &str) -> Option<String> {
        let message = line.trim_start().starts_with('{').then(|| serde_json::from_str::<Message>(line).ok()).flatten();
        let Some(message) = message else {
            self.text(line);
            return None;
        };
        match message.kind.as_str() {
            "version" => self.version = message.terraform.or(message.tofu),
            "diagnostic" => self.diagnostics.extend(message.diagnostic),
            "planned_change" => {
                if let Some(change) = message.change {
                    self.changes.extend(action(&change.action).map(|action| (change.resource.address, action)));
                }
                return Some(message.text);
            }
            "outputs" => {
                self.outputs = message
                    .outputs
                    .into_iter()
                    .filter_map(|(name, row)| Some((name, (action(row.action.as_deref()?)?, row.sensitive))))
                    .collect();
            }
            "apply_complete" => {
                self.done += 1;
                return Some(message.text);
            }
            "apply_start" | "apply_progress" | "apply_errored" | "provision_start" | "provision_progress"
            | "provision_errored" | "refresh_start" | "refresh_complete" | "init_output" => return Some(message.text),
            // It says so where the lock is not had at once.
            "state_lock_acquire" => return Some(WAITS_FOR_LOCK.to_owned()),
            _ => {}
        }
        None
    }

    fn text(&mut self, line: &str) {
        if !line.trim().is_empty() {
            if self.tail.len() == TAIL_LINES_MAX {
                self.tail.pop_front();
            }
            self.tail.push_back(line.to_owned());
        }
    }
}

/// The stream's own words for actions. What is only moved or only imported is a no-op to the world.
fn action(word: &str) -> Option<Action> {
    Some(match word {
        "noop" | "move" | "import" => Action::NoOp,
        "create" => Action::Create,
        "read" => Action::Read,
        "update" => Action::Update,
        "replace" => Action::Replace,
        "delete" => Action::Delete,
        "remove" | "forget" => Action::Forget,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::Stream;
    use seam_model::Action;

    #[test]
    fn lines_are_messages_or_text() {
        let mut stream = Stream::default();
        for line in [
            "Warning: not JSON",
            "{not JSON either",
            r#"{"type":"version","terraform":"1.11.4"}"#,
            r#"{"type":"from_the_future","outputs":{}}"#,
            r#"{"@message":"x","type":"planned_change","change":{"resource":{"addr":"a.b"},"action":"replace"}}"#,
            r#"{"@message":"x","type":"resource_drift","change":{"resource":{"addr":"a.c"},"action":"update"}}"#,
            r#"{"type":"outputs","outputs":{"s":{"sensitive":true,"action":"noop"},"of_apply":{"sensitive":false}}}"#,
            r#"{"@message":"done","type":"apply_complete"}"#,
            r#"{"@message":"Acquiring state lock.","type":"state_lock_acquire"}"#,
            r#"{"@message":"failed","type":"apply_errored"}"#,
        ] {
            stream.line(line);
        }
        assert_eq!(stream.version.as_deref(), Some("1.11.4"));
        assert_eq!(stream.changes, [("a.b".to_owned(), Action::Replace)]);
        assert_eq!(stream.outputs, [("s".to_owned(), (Action::NoOp, true))].into());
        assert_eq!((stream.done, stream.tail.len()), (1, 2));
    }
}
