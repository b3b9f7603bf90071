//! Inputs of a stack: where a value comes from, and what is done to it on the way.

use crate::{Name, Path, Place, Reference, Value};

/// One input as it was declared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// The variable's name in the stack's code.
    pub name: String,
    /// Where its value comes from.
    pub source: Source,
    /// The provider's environment, where it is not the consumer's own.
    pub environment: Option<Name>,
    /// The accepted contract versions, a semver range.
    pub version: Option<String>,
    /// Absent: the variable is not set at all.
    pub optional: bool,
    /// What is done to the value.
    pub transform: Transform,
    /// Where it stands in `stack.yaml`: its value.
    pub place: Place,
}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// P1: the provider's latest publication.
    Registry(Target),
    /// P4: the provider's outputs of this run.
    Run(Target),
    /// A secret, resolved anew in each run and recorded nowhere.
    Secret(Secret),
    /// A key of the layered configuration, `a.b.c`.
    Config(String),
    /// A literal; its strings are templates.
    Value(Value),
}

/// How a stack comes by what it reads: the integration pattern of a link, or the source of an input
/// that is no link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Pattern {
    /// P1, configuration registry.
    Registry,
    /// P2, the provider's state.
    State,
    /// P3, a lookup of real infrastructure.
    Lookup,
    /// P4, variable orchestration.
    Run,
    /// A secret.
    Secret,
    /// The layered configuration.
    Config,
    /// A literal.
    Value,
    /// `after`: order without data.
    After,
}

impl Pattern {
    /// Every pattern.
    pub const ALL: [Self; 8] =
        [Self::Registry, Self::State, Self::Lookup, Self::Run, Self::Secret, Self::Config, Self::Value, Self::After];

    /// The word that files, records and reports use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Registry => "registry",
            Self::State => "state",
            Self::Lookup => "lookup",
            Self::Run => "run",
            Self::Secret => "secret",
            Self::Config => "config",
            Self::Value => "value",
            Self::After => "after",
        }
    }

    /// Reads that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|pattern| pattern.as_str() == word)
    }
}

/// What a link points at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// One output of one stack.
    Output(Reference),
    /// The same output of every stack with a tag (fan-in).
    Tagged(Tagged),
}

/// A fan-in: `tag:NAME.OUTPUT[PATH]` with `many`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tagged {
    /// The tag.
    pub tag: Name,
    /// The output each of them provides.
    pub output: String,
    /// Where inside the output.
    pub path: Path,
    /// `as: map`: an object keyed by stack; otherwise an array ordered by address.
    pub as_map: bool,
}

/// Where a secret is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Secret {
    /// A variable of Seam's own environment.
    Env(String),
    /// A file, relative to the workspace; one line end at its end is cut.
    File(String),
    /// A program that prints it; run once a run. One line end at its end is cut.
    Command(Vec<String>),
}

/// Pure changes to a value; each works on unknown values too. Applied in the order of the fields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transform {
    /// Joins an array of scalars with this text.
    pub join: Option<String>,
    /// A template in which `{value}` is the value.
    pub format: Option<String>,
}

impl Transform {
    /// Applies it to `value`.
    pub fn apply(&self, value: Value) -> Result<Value, String> {
        let mut value = value;
        if let Some(separator) = &self.join {
            value = join(&value, separator)?;
        }
        if let Some(format) = &self.format {
            value = match value.scalar_text() {
                Some(text) => {
                    let known = [("value".to_owned(), text)].into();
                    Value::String(crate::expand(format, &known).map_err(|error| error.to_string())?)
                }
                None if value == Value::Unknown => Value::Unknown,
                None => {
                    return Err(format!(
                        "`format` takes a string, number or boolean, and the value is {}",
                        value.type_name()
                    ));
                }
            };
        }
        Ok(value)
    }
}

fn join(value: &Value, separator: &str) -> Result<Value, String> {
    let items = match value {
        Value::Unknown => return Ok(Value::Unknown),
        Value::Array(items) => items,
        other => return Err(format!("`join` takes an array, and the value is {}", other.type_name())),
    };
    let mut texts = Vec::with_capacity(items.len());
    for item in items {
        match item {
            Value::Unknown => return Ok(Value::Unknown),
            item => texts.push(item.scalar_text().ok_or_else(|| {
                format!("`join` takes strings, numbers and booleans, and an item is {}", item.type_name())
            })?),
        }
    }
    Ok(Value::String(texts.join(separator)))
}

#[cfg(test)]
mod tests {
    use super::Transform;
    use crate::Value;
    use serde_json::json;

    #[test]
    fn transforms_work_on_unknowns() {
        let both = Transform { join: Some(",".into()), format: Some("<{value}>".into()) };
        assert_eq!(both.apply(Value::from(json!(["a", 2]))), Ok(Value::from("<a,2>")));
        assert_eq!(both.apply(Value::Array(vec![Value::from("a"), Value::Unknown])), Ok(Value::Unknown));
        assert!(both.apply(Value::from("a")).is_err());
    }
}
