//! A plan for people: one line a stack with its reason, then what to do next.

use super::changes;
use super::counted;
use super::table::{Cell, table};
use crate::settings::Look;
use anstyle::{AnsiColor, Style};
use seam_model::{Action, ContractChange, Name, Plan, PlannedStep, StepAction};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// What a stack of programs has in place of resources.
const EXEC: &str = "exec";

/// What the last lines say.
pub struct Hints {
    /// What comes after the plan.
    pub next: Next,
    /// Show every change, input and output of the steps.
    pub whole: bool,
    /// The selection, word for word.
    pub selection: Vec<String>,
    /// Steps were planned although nothing that they read changed.
    pub force: bool,
    /// Uses of what would be destroyed counted for nothing.
    pub ignore_uses: bool,
    /// Stacks that could not be planned.
    pub failed: Vec<Name>,
}

/// What comes after a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Its reader may apply it.
    Apply,
    /// Its reader may apply it with an approval.
    Approve,
    /// A question.
    Question,
}

impl Hints {
    /// Of a plan that its reader is asked about: whole, and without a next step.
    pub fn of_question() -> Self {
        Self {
            next: Next::Question,
            whole: true,
            selection: Vec::new(),
            force: false,
            ignore_uses: false,
            failed: Vec::new(),
        }
    }
}

/// The whole text of a plan.
pub fn text(plan: &Plan, look: Look, hints: &Hints) -> String {
    let rows = |step| rows(step, hints.whole);
    let mut text = table(&plan.steps.iter().flat_map(rows).collect::<Vec<_>>(), look);
    if hints.whole {
        text.push_str(&changes::text(&plan.steps));
    }
    if !hints.failed.is_empty() {
        let names: Vec<&str> = hints.failed.iter().map(Name::as_str).collect();
        let _ = writeln!(text, "\nNot planned: {}. Nothing was changed.", names.join(", "));
        return text;
    }
    if plan.steps.is_empty() {
        return "Nothing is selected that could be run. A stack is a folder with a stack.yaml.\n".to_owned();
    }
    let _ = writeln!(text, "\n{}", summary(plan));
    if !plan.refused.is_empty() {
        let codes: BTreeSet<&str> = plan.refused.iter().map(|finding| finding.code.id).collect();
        let codes = codes.into_iter().collect::<Vec<_>>().join(", ");
        let _ = writeln!(text, "An apply of it is refused ({codes}).");
    } else if plan.steps.iter().any(|step| step.refused.is_some()) {
        first(&mut text, plan);
    } else {
        next(&mut text, plan, hints);
    }
    text
}

/// What a step would do and why; below it what it takes away, by address, what is put off and what was
/// assumed. Where its changes are shown `whole`, they are not named here.
fn rows(step: &PlannedStep, whole: bool) -> Vec<Vec<Cell>> {
    let what = match step.action {
        StepAction::Skip => Cell::styled("unchanged", Style::new().dimmed()),
        StepAction::None if step.contract.is_some() => Cell::styled("publish contract", AnsiColor::Yellow.on_default()),
        StepAction::None => Cell::styled("no changes", Style::new().dimmed()),
        StepAction::Apply | StepAction::Deferred => Cell::styled(counts(step), style_of(step)),
    };
    let mut rows = vec![vec![step.address.stack.as_str().into(), what, step.reason.as_str().into()]];
    if !whole {
        rows.extend(taken_away(step));
        rows.extend(changed_outputs(step).map(|words| vec![Cell::default(), Cell::default(), words.into()]));
    }
    rows.extend(step.contract.iter().map(|change| vec![Cell::default(), Cell::default(), contract(change).into()]));
    rows.extend(step.deferred.iter().map(|deferred| {
        let words = format!("{}:{}: {}", deferred.file, deferred.line, deferred.message);
        vec![Cell::default(), Cell::styled("deferred", AnsiColor::Yellow.on_default()), words.into()]
    }));
    rows.extend(notes(step).into_iter().map(|note| vec![Cell::default(), Cell::default(), note.into()]));
    rows
}

/// `contract 1.3.0 → 1.4.0`.
fn contract(change: &ContractChange) -> String {
    let ContractChange { before, after } = change;
    let version = |version: &Option<String>| version.clone().unwrap_or_else(|| "no version".to_owned());
    match before == after {
        true => "contract changes".to_owned(),
        false => format!("contract {} → {}", version(before), version(after)),
    }
}

/// The notes, those that say the same of several inputs on one line.
fn notes(step: &PlannedStep) -> Vec<String> {
    const ASSUMED: &str = ": assumed not null";
    let (assumed, mut notes): (Vec<&String>, Vec<&String>) =
        step.notes.iter().partition(|note| note.ends_with(ASSUMED));
    let names: Vec<&str> = assumed.iter().filter_map(|note| note.strip_suffix(ASSUMED)).collect();
    let assumed = format!("assumed not null: {}", names.join(", "));
    if !names.is_empty() {
        notes.insert(0, &assumed);
    }
    notes.into_iter().cloned().collect()
}

/// The colour of the most that a step does.
fn style_of(step: &PlannedStep) -> Style {
    match step.changes.iter().map(|change| change.action).max() {
        Some(Action::Delete | Action::Forget) => AnsiColor::Red.on_default(),
        _ if step.changes.iter().any(|change| change.action == Action::Replace) => AnsiColor::Red.on_default(),
        Some(Action::Create) => AnsiColor::Green.on_default(),
        _ => AnsiColor::Yellow.on_default(),
    }
}

/// `create 3, update 1`.
fn counts(step: &PlannedStep) -> String {
    let mut by_action: BTreeMap<Action, usize> = BTreeMap::new();
    for change in &step.changes {
        *by_action.entry(change.action).or_default() += 1;
    }
    let words: Vec<String> = by_action
        .iter()
        .filter(|(action, _)| **action != Action::NoOp)
        .map(|(action, count)| format!("{} {count}", word(*action)))
        .collect();
    match (words.is_empty(), step.action) {
        (false, _) => words.join(", "),
        (true, StepAction::Deferred) => "deferred".to_owned(),
        (true, _) => "change outputs".to_owned(),
    }
}

/// What is destroyed or let go, by address: nobody says yes to that by its number.
fn taken_away(step: &PlannedStep) -> impl Iterator<Item = Vec<Cell>> {
    let is_gone = |action| matches!(action, Action::Replace | Action::Delete | Action::Forget);
    let gone = step.changes.iter().filter(move |change| is_gone(change.action) && change.address != EXEC);
    gone.map(|change| {
        let word = Cell::styled(format!("  {}", word(change.action)), AnsiColor::Red.on_default());
        vec![Cell::default(), word, changes::named(change).into()]
    })
}

/// The outputs that change where nothing else does.
fn changed_outputs(step: &PlannedStep) -> Option<String> {
    let only = step.action == StepAction::Apply && step.changes.iter().all(|change| change.action == Action::NoOp);
    let changed = step.outputs.iter().filter(|(_, output)| output.action != Action::NoOp);
    let words: Vec<String> = changed.map(|(name, output)| format!("{} {name}", word(output.action))).collect();
    (only && !words.is_empty()).then(|| words.join(", "))
}

/// The action in one word.
pub fn word(action: Action) -> &'static str {
    match action {
        Action::NoOp => "keep",
        Action::Read => "read",
        Action::Update => "update",
        Action::Replace => "replace",
        Action::Create => "create",
        Action::Delete => "destroy",
        Action::Forget => "forget",
    }
}

/// `8 to create, 2 to update in 5 stacks, 1 step deferred, 1 stack unchanged.`
fn summary(plan: &Plan) -> String {
    let mut by_action: BTreeMap<Action, usize> = BTreeMap::new();
    for change in plan.steps.iter().flat_map(|step| &step.changes) {
        *by_action.entry(change.action).or_default() += 1;
    }
    let of = |wanted: &[StepAction]| plan.steps.iter().filter(|step| wanted.contains(&step.action)).count();
    let changing = plan.steps.iter().filter(|step| step.is_pending()).count();
    let published = plan.steps.iter().filter(|step| step.contract.is_some()).count();
    let mut parts: Vec<String> = by_action
        .iter()
        .filter(|(action, _)| **action != Action::NoOp)
        .map(|(action, count)| format!("{count} to {}", word(*action)))
        .collect();
    if parts.is_empty() && of(&[StepAction::Apply, StepAction::Deferred]) > 0 {
        parts.push("outputs to change".to_owned());
    }
    if published > 0 {
        parts.push(format!("{} to publish", counted(published, "contract")));
    }
    let mut text = if parts.is_empty() {
        "Nothing to do".to_owned()
    } else {
        format!("{} in {}", parts.join(", "), counted(changing, "stack"))
    };
    let (deferred, unchanged) = (of(&[StepAction::Deferred]), plan.steps.len() - changing);
    if deferred > 0 {
        let _ = write!(text, ", {} deferred", counted(deferred, "step"));
    }
    if unchanged > 0 {
        let _ = write!(text, ", {} unchanged", counted(unchanged, "stack"));
    }
    text + "."
}

/// What an apply would refuse, and what to do before it.
fn first(text: &mut String, plan: &Plan) {
    for step in &plan.steps {
        let Some(refused) = &step.refused else { continue };
        let (verb, stack) = (if plan.destroy { "A destroy" } else { "An apply" }, &step.address.stack);
        let first = refused.help.as_deref().unwrap_or(&refused.message);
        let _ = writeln!(text, "{verb} of {stack} is refused ({}). First: {first}", refused.code);
    }
}

fn next(text: &mut String, plan: &Plan, hints: &Hints) {
    if !plan.steps.iter().any(PlannedStep::is_pending) {
        return;
    }
    let (verb, what) = if plan.destroy { ("destroy", "Destroy") } else { ("apply", "Apply") };
    let selection: String = hints.selection.iter().map(|one| format!(" {}", quoted(one))).collect();
    let target = format!("-e {}{selection}", plan.environment);
    let approve = match hints.next {
        Next::Question => return,
        Next::Apply => String::new(),
        Next::Approve => format!(" --approve {}", plan.digest),
    };
    // What made this plan another one makes its apply another one too.
    let same = match (plan.destroy, hints.ignore_uses, hints.force) {
        (true, true, _) => " --ignore-uses --why TEXT",
        (false, _, true) => " --force",
        _ => "",
    };
    let _ = write!(text, "{what} it: seam {verb} {target}{same}{approve}");
    if !hints.whole {
        let flags = [(plan.destroy, " --destroy"), (hints.ignore_uses, " --ignore-uses"), (hints.force, " --force")];
        let flags: String = flags.iter().filter(|(is_given, _)| *is_given).map(|(_, flag)| *flag).collect();
        let _ = write!(text, "        Every change: seam plan {target}{flags} --full");
    }
    text.push('\n');
}

/// As a shell takes it.
pub fn quoted(word: &str) -> String {
    let is_plain = |character: char| character.is_ascii_alphanumeric() || "._-,:/^".contains(character);
    if word.chars().all(is_plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', "'\\''")) }
}
