//! Values against the types that variables declare, as far as both stand in files: only what no
//! conversion of the tool could save is a finding (S0207).

use seam_model::{
    Finding, Input, Name, Reference, Search, Source, Stack, Target, Transform, Value, Variable, Workspace, codes,
};
use std::collections::BTreeSet;

/// What a variable takes, by the first word of its type.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    String,
    Number,
    Bool,
    /// List, set or tuple.
    List,
    /// Map or object.
    Map,
}

/// What is plainly not of a variable's type.
pub(crate) fn check_values(workspace: &Workspace, findings: &mut Vec<Finding>) {
    for stack in workspace.stacks.values() {
        let Some(code) = &stack.code else { continue };
        for (input, environments) in stack.declared_inputs() {
            if input.transform != Transform::default() {
                continue;
            }
            let Some(variable) = code.variables.get(&input.name) else { continue };
            let Some(kind) = variable.type_text.as_deref().and_then(Kind::of) else { continue };
            if let Some((what, whence)) = misfit(workspace, (stack, &environments), input, kind) {
                findings.push(finding(input, variable, kind, &what, &whence));
            }
        }
    }
}

fn finding(input: &Input, variable: &Variable, kind: Kind, what: &str, whence: &str) -> Finding {
    let message = format!("the variable `{}` takes {}, and {whence} {what}", input.name, kind.words());
    Finding::error(codes::VALUE_TYPE, message)
        .at(&input.place)
        .related(&variable.place, "its type is declared here")
        .help("mend the value, or the type of the variable")
}

/// What the value is, and where it comes from, where it does not fit.
fn misfit(
    workspace: &Workspace,
    (stack, environments): (&Stack, &BTreeSet<&Name>),
    input: &Input,
    kind: Kind,
) -> Option<(String, String)> {
    match &input.source {
        Source::Value(value) => {
            let is_template = matches!(value, Value::String(text) if text.contains('{'));
            (!is_template && !kind.takes(value)).then(|| (shown(value), "this is".to_owned()))
        }
        Source::Config(key) => {
            let environments = environments.iter().filter_map(|name| workspace.environments.get(*name));
            let mut values = environments
                .filter_map(|environment| Some((&environment.name, workspace.config_value(stack, environment, key)?)));
            let (environment, value) = values.find(|(_, value)| !kind.takes(value))?;
            Some((shown(&value), format!("`{key}` of the configuration is in {environment}")))
        }
        Source::Registry(Target::Tagged(tagged)) | Source::Run(Target::Tagged(tagged)) => {
            let (word, what) = if tagged.as_map { ("object", "an object") } else { ("array", "a list") };
            (!kind.takes_type(word)).then(|| (what.to_owned(), "a fan-in is".to_owned()))
        }
        Source::Registry(Target::Output(reference))
        | Source::Run(Target::Output(reference))
        | Source::State(reference) => {
            let word = promised(workspace, reference)?;
            (!kind.takes_type(&word)).then(|| (word, format!("the contract of `{}` promises type", reference.stack)))
        }
        Source::Lookup(Search { many, .. }) => {
            let (word, what) = if *many { ("array", "a list of resources") } else { ("object", "a resource") };
            (!kind.takes_type(word)).then(|| (what.to_owned(), "a lookup without `select` is".to_owned()))
        }
        Source::Secret(_) | Source::ExternalState(_) => None,
    }
}

/// The type that a contract of this workspace promises for the whole output.
fn promised(workspace: &Workspace, reference: &Reference) -> Option<String> {
    let own = |system: &Name| *system == workspace.system;
    if !reference.path.is_empty() || !reference.system.as_ref().is_none_or(own) {
        return None;
    }
    let contract = workspace.stacks.get(&reference.stack)?.contract.as_ref()?;
    Some(contract.outputs.get(&reference.output)?.schema.type_words())
}

/// A scalar as it is written, anything else by its kind.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => format!("the text \"{text}\""),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
        scalar => scalar.scalar_text().unwrap_or_default(),
    }
}

impl Kind {
    /// `None` for `any`, and for what this does not know.
    fn of(text: &str) -> Option<Self> {
        let text = text.trim().trim_matches('"');
        let word = text.split(|character: char| !character.is_ascii_alphanumeric()).next().unwrap_or_default();
        match word {
            "string" => Some(Self::String),
            "number" => Some(Self::Number),
            "bool" => Some(Self::Bool),
            "list" | "set" | "tuple" => Some(Self::List),
            "map" | "object" => Some(Self::Map),
            _ => None,
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::String => "a string",
            Self::Number => "a number",
            Self::Bool => "a bool",
            Self::List => "a list",
            Self::Map => "a map or object",
        }
    }

    /// Could the tool convert it?
    fn takes(self, value: &Value) -> bool {
        match (self, value) {
            (_, Value::Null | Value::Unknown) => true,
            (Self::String, value) => !matches!(value, Value::Array(_) | Value::Object(_)),
            (Self::Number, Value::String(text)) => text.parse::<f64>().is_ok(),
            (Self::Number, value) => matches!(value, Value::Number(_)),
            (Self::Bool, Value::String(text)) => matches!(text.as_str(), "true" | "false" | "1" | "0"),
            (Self::Bool, value) => matches!(value, Value::Bool(_)),
            (Self::List, value) => matches!(value, Value::Array(_)),
            (Self::Map, value) => matches!(value, Value::Object(_)),
        }
    }

    /// Could it convert a value of this JSON type? What a scalar says is not known.
    fn takes_type(self, word: &str) -> bool {
        match word {
            "array" => self == Self::List,
            "object" => self == Self::Map,
            "string" | "number" | "integer" | "boolean" => !matches!(self, Self::List | Self::Map),
            _ => true,
        }
    }
}
