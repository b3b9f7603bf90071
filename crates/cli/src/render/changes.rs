//! What steps change, whole: inputs, each resource by its address with the attributes that change,
//! outputs.

use super::plan::word;
use seam_model::{Action, Attribute, Change, InputStatus, PlannedInput, PlannedOutput, PlannedStep, StepAction, Value};
use std::fmt::Write as _;
use unicode_width::UnicodeWidthStr as _;

/// More attributes of one resource than this are counted.
const ATTRIBUTES_MAX: usize = 20;
/// A longer value is cut.
const CHARACTERS_MAX: usize = 60;
/// So much of what two long values have in common is shown before they differ.
const COMMON_CHARACTERS: usize = 10;
/// Values stand one below the other up to this width of their names.
const NAME_COLUMNS_MAX: usize = 24;

const UNKNOWN: &str = "(known after apply)";
const SENSITIVE: &str = "(sensitive)";

/// The changes of each step that has any, below its name where there are several.
pub fn text(steps: &[PlannedStep]) -> String {
    let mut text = String::new();
    let changing = || steps.iter().filter(|step| matches!(step.action, StepAction::Apply | StepAction::Deferred));
    for step in changing() {
        if steps.len() > 1 {
            let _ = writeln!(text, "\n{}", step.address.stack);
        }
        whole(&mut text, step);
    }
    text
}

/// The address of a change, and why where that is known.
pub fn named(change: &Change) -> String {
    match &change.reason {
        Some(reason) => format!("{} ({reason})", change.address),
        None => change.address.clone(),
    }
}

fn whole(text: &mut String, step: &PlannedStep) {
    for (name, input) in &step.inputs {
        let _ = writeln!(text, "  input   {name} = {}", shown_input(input, step.before.inputs.get(name)));
    }
    for change in &step.changes {
        let _ = writeln!(text, "  {:7} {}", word(change.action), named(change));
        attributes(text, change);
    }
    for (name, output) in step.outputs.iter().filter(|(_, output)| output.action != Action::NoOp) {
        let _ = writeln!(text, "  output  {name} = {}", shown_output(output, step.before.outputs.get(name)));
    }
}

fn attributes(text: &mut String, change: &Change) {
    let attributes = &change.attributes;
    let names: Vec<String> = attributes.iter().take(ATTRIBUTES_MAX).map(name).collect();
    let columns = names.iter().map(|name| name.width()).filter(|width| *width <= NAME_COLUMNS_MAX).max().unwrap_or(0);
    for (attribute, name) in attributes.iter().zip(&names) {
        let sign = match (&attribute.before, &attribute.after) {
            (Value::Null, Value::Null) if change.action != Action::Create => '~',
            (Value::Null, _) => '+',
            (_, Value::Null) => '-',
            _ => '~',
        };
        let replaces = if attribute.replaces { "  forces replacement" } else { "" };
        let padding = " ".repeat(columns.saturating_sub(name.width()));
        let _ = writeln!(text, "          {sign} {name}{padding}  {}{replaces}", shown_attribute(attribute));
    }
    if attributes.len() > ATTRIBUTES_MAX {
        let _ = writeln!(text, "          … {} more", attributes.len() - ATTRIBUTES_MAX);
    }
}

/// Where in its resource, as one would write it in the code.
fn name(attribute: &Attribute) -> String {
    attribute.path.to_string().trim_start_matches('.').to_owned()
}

fn shown_attribute(attribute: &Attribute) -> String {
    match (&attribute.before, &attribute.after) {
        _ if attribute.sensitive => SENSITIVE.to_owned(),
        (Value::Null, after) => shown(after),
        (before, Value::Null) => shown(before),
        (before, after) => change(before, after),
    }
}

fn shown_input(input: &PlannedInput, before: Option<&Value>) -> String {
    let from: Vec<String> = input.from.iter().map(ToString::to_string).collect();
    let source = match (&input.output, from.is_empty()) {
        (Some(output), false) => format!("{} {}.{output}", input.pattern.as_str(), from.join(", ")),
        _ => input.pattern.as_str().to_owned(),
    };
    let value = match before {
        _ if input.sensitive => SENSITIVE.to_owned(),
        Some(before) if *before != input.value => change(before, &input.value),
        _ => shown(&input.value),
    };
    match input.status {
        InputStatus::Applied => format!("{value}  ({source})"),
        status => format!("{value}  ({source}, {})", status.as_str()),
    }
}

fn shown_output(output: &PlannedOutput, before: Option<&Value>) -> String {
    match (output.action, before) {
        _ if output.sensitive => SENSITIVE.to_owned(),
        (Action::Delete, Some(before)) => format!("{} → (gone)", shown(before)),
        (Action::Delete, None) => "(gone)".to_owned(),
        (_, Some(before)) if *before != output.value => change(before, &output.value),
        _ => shown(&output.value),
    }
}

/// Two values and what lies between; of long ones the part in which they differ.
fn change(before: &Value, after: &Value) -> String {
    let (before, after) = (one_line(before), one_line(after));
    let common = before.chars().zip(after.chars()).take_while(|(a, b)| a == b).count();
    let is_long = before.chars().count().max(after.chars().count()) > CHARACTERS_MAX;
    let skipped = if is_long { common.saturating_sub(COMMON_CHARACTERS) } else { 0 };
    format!("{} → {}", cut(&before, skipped), cut(&after, skipped))
}

fn shown(value: &Value) -> String {
    cut(&one_line(value), 0)
}

/// At most `CHARACTERS_MAX` characters after the first `skipped`.
fn cut(text: &str, skipped: usize) -> String {
    let rest: Vec<char> = text.chars().skip(skipped).collect();
    let start = if skipped > 0 { "…" } else { "" };
    let end = if rest.len() > CHARACTERS_MAX { "…" } else { "" };
    format!("{start}{}{end}", rest.iter().take(CHARACTERS_MAX).collect::<String>())
}

/// A value on one line; unknown leaves say so.
fn one_line(value: &Value) -> String {
    match value {
        Value::Unknown => UNKNOWN.to_owned(),
        Value::Array(items) => format!("[{}]", items.iter().map(one_line).collect::<Vec<_>>().join(", ")),
        Value::Object(members) => {
            let members: Vec<String> =
                members.iter().map(|(key, member)| format!("{key}: {}", one_line(member))).collect();
            format!("{{{}}}", members.join(", "))
        }
        known => known.to_json().unwrap_or_default().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::text;
    use seam_model::{
        Action, Attribute, Before, Change, Pattern, PlannedInput, PlannedOutput, PlannedStep, StepAction, Value,
    };

    fn attribute(path: &str, before: Value, after: Value) -> Attribute {
        Attribute { path: path.parse().unwrap(), before, after, sensitive: false, replaces: false }
    }

    fn step(changes: Vec<Change>) -> PlannedStep {
        PlannedStep {
            address: "shop/network/dev".parse().unwrap(),
            action: StepAction::Apply,
            reason: String::new(),
            inputs: [].into(),
            changes,
            outputs: [].into(),
            before: Before::default(),
            deferred: Vec::new(),
            notes: Vec::new(),
            contract: None,
            refused: None,
        }
    }

    #[test]
    fn each_change_has_its_attributes_below_it() {
        let cidr = attribute(".cidr", "10.0.0.0/16".into(), "10.1.0.0/16".into());
        let attributes = vec![
            Attribute { replaces: true, ..cidr },
            attribute(".tags.Name", Value::Null, "x".into()),
            attribute(".tags.Owner", "y".into(), Value::Null),
            Attribute { sensitive: true, ..attribute(".password", Value::Null, Value::Null) },
            attribute(".id", "i".into(), Value::Unknown),
        ];
        let replaced = Change { attributes, ..Change::new("aws_vpc.v", Action::Replace) };
        let gone =
            Change { reason: Some("it is not in the code any more".into()), ..Change::new("a.b", Action::Delete) };
        let mut step = step(vec![replaced, gone]);
        let input = PlannedInput {
            status: seam_model::InputStatus::Applied,
            value: "10.1.0.0/16".into(),
            sensitive: false,
            pattern: Pattern::Config,
            from: Vec::new(),
            output: None,
        };
        step.inputs = [("cidr".to_owned(), input)].into();
        step.before.inputs = [("cidr".to_owned(), "10.0.0.0/16".into())].into();
        let output = |action, sensitive| PlannedOutput { action, value: Value::Unknown, sensitive };
        step.outputs = [
            ("gone".to_owned(), output(Action::Delete, false)),
            ("id".to_owned(), output(Action::Update, false)),
            ("key".to_owned(), output(Action::Create, true)),
            ("same".to_owned(), output(Action::NoOp, false)),
        ]
        .into();
        step.before.outputs = [("gone".to_owned(), Value::from("g")), ("id".to_owned(), Value::from("i"))].into();
        let lines = [
            "  input   cidr = \"10.0.0.0/16\" → \"10.1.0.0/16\"  (config)",
            "  replace aws_vpc.v",
            "          ~ cidr        \"10.0.0.0/16\" → \"10.1.0.0/16\"  forces replacement",
            "          + tags.Name   \"x\"",
            "          - tags.Owner  \"y\"",
            "          ~ password    (sensitive)",
            "          ~ id          \"i\" → (known after apply)",
            "  destroy a.b (it is not in the code any more)",
            "  output  gone = \"g\" → (gone)",
            "  output  id = \"i\" → (known after apply)",
            "  output  key = (sensitive)",
        ];
        assert_eq!(text(std::slice::from_ref(&step)).lines().collect::<Vec<_>>(), lines);
        let both = text(&[step.clone(), PlannedStep { action: StepAction::Skip, ..step }]);
        assert!(both.starts_with("\nnetwork\n  input"), "{both}");
        assert_eq!(both.matches("network").count(), 1, "{both}");
    }

    #[test]
    fn long_values_are_cut_where_they_are_the_same_and_many_are_counted() {
        let long = |end: &str| Value::from(format!("{}{end}", "x".repeat(100)).as_str());
        let many = (0..32).map(|at| attribute(&format!(".a{at}"), long("1"), long("2"))).collect();
        let text = text(&[step(vec![Change { attributes: many, ..Change::new("a.b", Action::Update) }])]);
        assert_eq!(text.lines().nth(1).unwrap(), "          ~ a0   …xxxxxxxxxx1\" → …xxxxxxxxxx2\"");
        assert_eq!((text.lines().count(), text.lines().last().unwrap()), (22, "          … 12 more"));
    }
}
