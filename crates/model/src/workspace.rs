//! A workspace as decoded from its files: its environments, its stacks, and the layered
//! configuration.

use crate::{Attributes, BadTemplate, Contract, DeclaredUse, Input, Name, Path, Place, Schema, Segment, Value, expand};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

/// The folder tree under one `seam.yaml`.
#[derive(Clone, Debug)]
pub struct Workspace {
    /// The folder of `seam.yaml`, absolute.
    pub root: PathBuf,
    /// The root of the git repository it lies in, absolute; without git the same as `root`.
    pub repository: PathBuf,
    /// The system's name.
    pub system: Name,
    /// Where the registry is.
    pub registry: RegistryPlace,
    /// By name.
    pub environments: BTreeMap<Name, Environment>,
    /// By name.
    pub stacks: BTreeMap<Name, Stack>,
    /// Team: its stacks.
    pub teams: BTreeMap<Name, Vec<Name>>,
    /// Patterns (`*` matches any text) of variables that tools get beyond the built-in list.
    pub pass_env: Vec<String>,
    /// Names of folders that are not copied to mirrors, beyond the built-in list.
    pub mirror_exclude: Vec<String>,
    /// `config/defaults.yaml`, or an empty object.
    pub config: Value,
    /// Every file that Seam itself reads, relative to `root`: `seam.yaml`, each `stack.yaml` and the
    /// layers of the configuration. A tool gets what they say as inputs and settings.
    pub own_files: BTreeSet<PathBuf>,
}

/// Where the registry is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RegistryPlace {
    /// A file, relative to the workspace.
    File(PathBuf),
}

/// An isolated place that stacks are deployed to.
#[derive(Clone, Debug)]
pub struct Environment {
    /// Its name.
    pub name: Name,
    /// Attributes that strings may name.
    pub account: Option<String>,
    /// Likewise.
    pub region: Option<String>,
    /// Likewise.
    pub zone: Option<String>,
    /// Further attributes, by name.
    pub labels: BTreeMap<String, String>,
    /// Variables for tools.
    pub env: BTreeMap<String, String>,
    /// Deploying needs an approval.
    pub approve: bool,
    /// States on this machine are accepted although `approve` is set.
    pub local_state: bool,
    /// Which environment of another system this one means.
    pub maps: BTreeMap<Name, Name>,
    /// The environment's configuration layer, or an empty object.
    pub config: Value,
    /// Its key in `seam.yaml`.
    pub place: Place,
}

/// A folder with `stack.yaml` and the code of one tool.
#[derive(Clone, Debug)]
pub struct Stack {
    /// Its name, unique in the system.
    pub name: Name,
    /// The folder of `stack.yaml`, relative to the workspace.
    pub folder: PathBuf,
    /// What deploys it.
    pub tool: Tool,
    /// The folder of the code, relative to the workspace, `..` resolved.
    pub source: PathBuf,
    /// The environments it is deployed to.
    pub environments: BTreeSet<Name>,
    /// By name, wherever `inputs_in` does not say otherwise.
    pub inputs: BTreeMap<String, Input>,
    /// What differs in an environment, by name.
    pub inputs_in: BTreeMap<Name, BTreeMap<String, Input>>,
    /// Names that it had before, the latest first, each with its place.
    pub formerly: Vec<(Name, Place)>,
    /// Stacks of this system that go first, each with its place.
    pub after: Vec<(Name, Place)>,
    /// Its tags.
    pub tags: BTreeSet<Name>,
    /// Files and folders read that cannot be seen in the code, relative to the workspace.
    pub sources: Vec<PathBuf>,
    /// The time limit of one step.
    pub timeout: Duration,
    /// Where its state is; `None` for a local one.
    pub backend: Option<Backend>,
    /// The TF workspace that its state is in, a template; `None` for the one called `default`.
    pub workspace: Option<String>,
    /// The commands of an `exec` stack.
    pub exec: Option<ExecCommands>,
    /// What it promises.
    pub contract: Option<Contract>,
    /// What it says that it calls, receives or reads of others, beside its inputs.
    pub uses: Vec<DeclaredUse>,
    /// What its Terraform code declares; `None` for other tools and where the code cannot be read.
    pub code: Option<StackCode>,
    /// `config.yaml` beside `stack.yaml`, or an empty object.
    pub config: Value,
    /// `config.ENV.yaml` beside `stack.yaml`, by environment.
    pub environment_config: BTreeMap<Name, Value>,
    /// `name` in `stack.yaml`, or the file.
    pub place: Place,
}

/// What deploys a stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tool {
    /// HashiCorp Terraform.
    Terraform,
    /// OpenTofu.
    OpenTofu,
    /// Programs of the stack's own.
    Exec,
    /// Others run it and publish its outputs.
    External,
}

impl Tool {
    /// Every tool.
    pub const ALL: [Self; 4] = [Self::Terraform, Self::OpenTofu, Self::Exec, Self::External];

    /// The word that files and reports use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Terraform => "terraform",
            Self::OpenTofu => "opentofu",
            Self::Exec => "exec",
            Self::External => "external",
        }
    }

    /// Reads that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tool| tool.as_str() == word)
    }
}

/// What the Terraform code of a stack says about itself, as far as joining stacks needs it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StackCode {
    /// The variables of the root module, by name.
    pub variables: BTreeMap<String, Variable>,
    /// The outputs of the root module: are they sensitive?
    pub outputs: BTreeMap<String, bool>,
    /// Its `backend` or `cloud` block.
    pub backend: Option<BackendBlock>,
    /// The folders of the local modules it calls, transitively, relative to the workspace.
    pub modules: Vec<PathBuf>,
    /// Files and folders that literal paths of the code name, relative to the workspace.
    pub paths: Vec<PathBuf>,
    /// Where a path is computed, so that nobody can tell which file is read.
    pub computed_paths: Vec<Place>,
    /// How many data sources it has; a skip does not re-read them.
    pub data_sources: usize,
}

/// The `backend` or `cloud` block of the code.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BackendBlock {
    /// Its type; `cloud` for a `cloud` block.
    pub kind: String,
    /// Where it stands.
    pub place: Place,
    /// The attributes that it sets, by name. A text as it is, any other value as JSON; `None`: not
    /// literal. A nested block counts as an object.
    pub attributes: BTreeMap<String, Option<String>>,
}

/// A variable of the code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// May it stay unset?
    pub has_default: bool,
    /// Its values are never shown.
    pub sensitive: bool,
    /// Its values are never saved in plans; the apply needs them again.
    pub ephemeral: bool,
    /// The type as it is written.
    pub type_text: Option<String>,
    /// The values that it takes; `None` where its type says nothing of them.
    pub accepts: Option<Schema>,
    /// Its block.
    pub place: Place,
}

/// Settings of a Terraform backend; strings are templates until they are resolved for an instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backend {
    /// `s3`, `gcs`, `http`, `local` …
    pub kind: String,
    /// Everything but `type`.
    pub settings: BTreeMap<String, Value>,
    /// Where it is declared.
    pub place: Place,
}

/// The programs of an `exec` stack, each an argument list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExecCommands {
    /// Exits 0 for nothing to do, 2 for changes.
    pub plan: Option<Vec<String>>,
    /// Makes it so.
    pub apply: Vec<String>,
    /// Takes it away.
    pub destroy: Option<Vec<String>>,
    /// The plan command copes with unknown inputs.
    pub plan_unknown: bool,
    /// Says whether an apply of which nobody knows was done: exits 0 and writes the outputs where it
    /// was, 2 where it was not, anything else where it cannot tell.
    pub verify: Option<Vec<String>>,
    /// To apply twice does no more than to apply once.
    pub idempotent: bool,
}

impl ExecCommands {
    /// The same with each `{identifier}` in an argument replaced.
    pub fn expanded(&self, attributes: &Attributes) -> Result<Self, BadTemplate> {
        let each = |argv: &Vec<String>| argv.iter().map(|text| expand(text, attributes)).collect::<Result<_, _>>();
        Ok(Self {
            plan: self.plan.as_ref().map(each).transpose()?,
            apply: each(&self.apply)?,
            destroy: self.destroy.as_ref().map(each).transpose()?,
            plan_unknown: self.plan_unknown,
            verify: self.verify.as_ref().map(each).transpose()?,
            idempotent: self.idempotent,
        })
    }
}

impl Stack {
    /// The TF workspace of its state in an environment whose attributes these are; `None` for `default`.
    pub fn workspace_in(&self, attributes: &Attributes) -> Result<Option<String>, BadTemplate> {
        let named = self.workspace.as_deref().map(|text| expand(text, attributes)).transpose()?;
        Ok(named.filter(|name| name != "default"))
    }

    /// The inputs of its instance in an environment, by name.
    pub fn inputs_of(&self, environment: &Name) -> BTreeMap<&str, &Input> {
        let own = self.inputs_in.get(environment);
        let inputs = self.inputs.iter().chain(own.into_iter().flatten());
        inputs.map(|(name, input)| (name.as_str(), input)).collect()
    }

    /// Every declaration of an input with the environments in which it holds.
    pub fn declared_inputs(&self) -> Vec<(&Input, BTreeSet<&Name>)> {
        let mut declared: BTreeMap<(&str, &Place), (&Input, BTreeSet<&Name>)> = BTreeMap::new();
        for (name, input) in &self.inputs {
            declared.insert((name, &input.place), (input, BTreeSet::new()));
        }
        for environment in &self.environments {
            for (name, input) in self.inputs_of(environment) {
                declared.entry((name, &input.place)).or_insert((input, BTreeSet::new())).1.insert(environment);
            }
        }
        declared.into_values().collect()
    }

    /// Does its code declare the variable without a default? Then an input of that name cannot be absent.
    pub fn needs(&self, variable: &str) -> bool {
        let declared = self.code.as_ref().and_then(|code| code.variables.get(variable));
        declared.is_some_and(|variable| !variable.has_default)
    }
}

impl Environment {
    /// What identifiers in braces stand for in strings of `stack` in this environment.
    pub fn attributes(&self, system: &Name, stack: &Name) -> Attributes {
        let mut attributes: Attributes = self.labels.clone();
        for (key, value) in [("account", &self.account), ("region", &self.region), ("zone", &self.zone)] {
            if let Some(value) = value {
                attributes.insert(key.to_owned(), value.clone());
            }
        }
        for (key, value) in [("system", system), ("stack", stack), ("environment", &self.name)] {
            attributes.insert(key.to_owned(), value.to_string());
        }
        attributes
    }
}

impl Workspace {
    /// The value of the configuration key `a.b.c` for a stack in an environment: the last of the
    /// four layers that sets it wins; objects are merged key by key.
    pub fn config_value(&self, stack: &Stack, environment: &Environment, key: &str) -> Option<Value> {
        let path = Path(key.split('.').map(|part| Segment::Key(part.to_owned())).collect());
        let layers = [
            Some(&self.config),
            Some(&environment.config),
            Some(&stack.config),
            stack.environment_config.get(&environment.name),
        ];
        layers.into_iter().flatten().filter_map(|layer| layer.at(&path)).cloned().reduce(merge)
    }
}

fn merge(lower: Value, upper: Value) -> Value {
    match (lower, upper) {
        (Value::Object(mut lower), Value::Object(upper)) => {
            for (key, value) in upper {
                let merged = match lower.remove(&key) {
                    Some(below) => merge(below, value),
                    None => value,
                };
                lower.insert(key, merged);
            }
            Value::Object(lower)
        }
        (_, upper) => upper,
    }
}
