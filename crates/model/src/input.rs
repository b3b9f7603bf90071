//! Inputs of a stack: where a value comes from, and what is done to it on the way.

use crate::{Attributes, Backend, BadTemplate, Lookup, Name, Path, Place, Reference, Segment, Value, expand};

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
    /// P2: an output in the state of a provider stack of this workspace.
    State(Reference),
    /// P2: an output in the state of a stack that is not of this workspace.
    ExternalState(ExternalState),
    /// P3: resources that provider stacks made.
    Lookup(Search),
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
    /// P8: calls of a REST API.
    Api,
    /// P5 and P6: events.
    Event,
    /// P10: a shared table.
    Table,
}

impl Pattern {
    /// Every pattern.
    pub const ALL: [Self; 11] = [
        Self::Registry,
        Self::State,
        Self::Lookup,
        Self::Run,
        Self::Secret,
        Self::Config,
        Self::Value,
        Self::After,
        Self::Api,
        Self::Event,
        Self::Table,
    ];

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
            Self::Api => "api",
            Self::Event => "event",
            Self::Table => "table",
        }
    }

    /// Does whoever reads by it become a use of the provider that outlives the run?
    pub fn is_recorded_use(self) -> bool {
        matches!(self, Self::Registry | Self::State | Self::Lookup)
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

/// An output in a state of which only the place is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExternalState {
    /// Where the state is; strings are templates.
    pub backend: Backend,
    /// The output.
    pub output: String,
    /// Where inside the output.
    pub path: Path,
}

/// Settings of backends that say where a state is, in the order in which people say them.
const PLACES: [&str; 9] = [
    "hostname",
    "organization",
    "storage_account_name",
    "container_name",
    "bucket",
    "prefix",
    "key",
    "path",
    "address",
];

impl ExternalState {
    /// The place in a few words, without what opens it: `s3 acme-states/network.tfstate`.
    pub fn words(&self) -> String {
        let parts = PLACES.iter().filter_map(|name| match self.backend.settings.get(*name)? {
            Value::String(text) => Some(without_credentials(text)),
            _ => None,
        });
        format!("{} {}", self.backend.kind, parts.collect::<Vec<_>>().join("/")).trim_end().to_owned()
    }
}

/// An address without user, password and query; any other text as it is.
fn without_credentials(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else { return text.to_owned() };
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let (authority, path) =
        rest.split_once('/').map_or((rest, String::new()), |(host, path)| (host, format!("/{path}")));
    let host = authority.rsplit('@').next().unwrap_or_default();
    format!("{scheme}://{host}{path}")
}

/// A lookup, and where it looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Search {
    /// What is looked for; names and the values of tags are templates.
    pub lookup: Lookup,
    /// Any number of resources, as an array; otherwise exactly one.
    pub many: bool,
    /// The stack that made them, and its system where that is another one; `None`: the stacks of this
    /// workspace whose contract promises them.
    pub from: Option<(Option<Name>, Name)>,
}

impl Search {
    /// The lookup in one environment.
    pub fn lookup_in(&self, attributes: &Attributes) -> Result<Lookup, BadTemplate> {
        let Lookup { kind, name, tags } = &self.lookup;
        let tag = |(key, value): (&String, &String)| Ok((key.clone(), expand(value, attributes)?));
        Ok(Lookup {
            kind: kind.clone(),
            name: name.as_ref().map(|name| expand(name, attributes)).transpose()?,
            tags: tags.iter().map(tag).collect::<Result<_, _>>()?,
        })
    }
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
    /// Takes this part of an object, or of each item of an array.
    pub select: Option<Path>,
    /// Joins an array of scalars with this text.
    pub join: Option<String>,
    /// A template in which `{value}` is the value.
    pub format: Option<String>,
}

impl Transform {
    /// Applies it to `value`.
    pub fn apply(&self, value: Value) -> Result<Value, String> {
        let mut value = value;
        if let Some(path) = &self.select {
            value = select(&value, path)?;
        }
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

fn select(value: &Value, path: &Path) -> Result<Value, String> {
    let part = |value: &Value| {
        let found = value.at(path).cloned();
        found.ok_or_else(|| {
            let keys = match value {
                Value::Object(members) => format!("it has {}", members.keys().cloned().collect::<Vec<_>>().join(", ")),
                other => format!("it is {}", other.type_name()),
            };
            format!("`select` finds nothing at `{}`: {keys}", path.to_string().trim_start_matches('.'))
        })
    };
    match value {
        Value::Array(items) if !matches!(path.0.first(), Some(Segment::Index(_))) => {
            items.iter().map(part).collect::<Result<_, _>>().map(Value::Array)
        }
        other => part(other),
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
    use super::{ExternalState, Transform};
    use crate::{Backend, Path, Place, Value};
    use serde_json::json;

    #[test]
    fn transforms_work_on_unknowns() {
        let both = Transform { select: None, join: Some(",".into()), format: Some("<{value}>".into()) };
        assert_eq!(both.apply(Value::from(json!(["a", 2]))), Ok(Value::from("<a,2>")));
        assert_eq!(both.apply(Value::Array(vec![Value::from("a"), Value::Unknown])), Ok(Value::Unknown));
        assert!(both.apply(Value::from("a")).is_err());
    }

    #[test]
    fn a_part_is_taken_of_an_object_or_of_each_item() {
        let id = Transform { select: Some(".id".parse().unwrap()), ..Transform::default() };
        let items = json!([{"id": "a"}, {"id": "b"}]);
        assert_eq!(id.apply(Value::from(items)), Ok(Value::from(json!(["a", "b"]))));
        assert_eq!(id.apply(Value::from(json!({"id": 1}))), Ok(Value::from(json!(1))));
        let partly = Value::Array(vec![Value::Unknown, Value::from(json!({"id": "b"}))]);
        assert_eq!(id.apply(partly), Ok(Value::Array(vec![Value::Unknown, Value::from("b")])));
        assert_eq!(id.apply(Value::Unknown), Ok(Value::Unknown));
        let first = Transform { select: Some("[0].id".parse().unwrap()), ..Transform::default() };
        assert_eq!(first.apply(Value::from(json!([{"id": "a"}]))), Ok(Value::from("a")));
        let missing = id.apply(Value::from(json!({"name": "x", "arn": "y"}))).unwrap_err();
        assert_eq!(missing, "`select` finds nothing at `id`: it has arn, name");
    }

    #[test]
    fn the_place_of_a_state_is_told_without_what_opens_it() {
        let words = |kind: &str, settings: serde_json::Value| {
            let Value::Object(settings) = Value::from(settings) else { panic!() };
            let backend = Backend { kind: kind.to_owned(), settings, place: Place::default() };
            ExternalState { backend, output: String::new(), path: Path::default() }.words()
        };
        let s3 = json!({"key": "a/b.tfstate", "bucket": "acme", "secret_key": "hush"});
        assert_eq!(words("s3", s3), "s3 acme/a/b.tfstate");
        let http = json!({"address": "https://me:hush@host:1/state?token=hush", "password": "hush"});
        assert_eq!(words("http", http), "http https://host:1/state");
        assert_eq!(words("pg", json!({"conn_str": "postgres://me:hush@db"})), "pg");
    }
}
