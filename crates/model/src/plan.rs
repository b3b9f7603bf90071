//! A plan: for each step what it would do, with which inputs, and what is put off.

use crate::{Address, Finding, Name, Path, Pattern, Value};
use std::collections::BTreeMap;

/// What happens to one resource, as a tool plans it. Ordered by how much it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// Nothing.
    NoOp,
    /// A data source is read during the apply.
    Read,
    /// Changed in place.
    Update,
    /// Destroyed and made again.
    Replace,
    /// Made.
    Create,
    /// Destroyed.
    Delete,
    /// Taken out of the state, and left in the world.
    Forget,
}

impl Action {
    /// Terraform's words for it.
    pub fn words(self) -> &'static [&'static str] {
        match self {
            Self::NoOp => &["no-op"],
            Self::Read => &["read"],
            Self::Update => &["update"],
            Self::Replace => &["delete", "create"],
            Self::Create => &["create"],
            Self::Delete => &["delete"],
            Self::Forget => &["forget"],
        }
    }

    /// Reads Terraform's words (`[create, delete]` is a replacement too).
    pub fn from_words(words: &[&str]) -> Option<Self> {
        Some(match words {
            ["no-op"] => Self::NoOp,
            ["read"] => Self::Read,
            ["update"] => Self::Update,
            ["create"] => Self::Create,
            ["delete"] => Self::Delete,
            ["forget"] => Self::Forget,
            ["delete", "create"] | ["create", "delete"] => Self::Replace,
            _ => return None,
        })
    }

    /// Does a yes to `shown` cover this action? No-op < read, update < replace; create, delete and
    /// forget only where they were shown.
    pub fn covered_by(self, shown: Self) -> bool {
        match self {
            Self::NoOp => true,
            Self::Read => matches!(shown, Self::Read | Self::Update | Self::Replace | Self::Create),
            Self::Update => matches!(shown, Self::Update | Self::Replace),
            other => other == shown,
        }
    }
}

/// One resource of a stack and what happens to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The resource's address in the tool's words.
    pub address: String,
    /// What happens to it.
    pub action: Action,
    /// Why, where the tool says more than its attributes do ("tainted").
    pub reason: Option<String>,
    /// What of it changes, in order; empty where nobody looks at it, and of what is destroyed.
    pub attributes: Vec<Attribute>,
}

/// A part of a resource that changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// Where in the resource.
    pub path: Path,
    /// Its value before; null where there was none.
    pub before: Value,
    /// Its value after the apply; leaves may be unknown.
    pub after: Value,
    /// Never shown.
    pub sensitive: bool,
    /// Does the resource have to be replaced because of it?
    pub replaces: bool,
}

/// What is known of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputStatus {
    /// From a publication, a configuration, a secret or a literal.
    Applied,
    /// In whole or in part from the provider's plan.
    Planned,
    /// Unknown until something is applied.
    Unknown,
}

impl InputStatus {
    /// The word that reports use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Planned => "planned",
            Self::Unknown => "unknown",
        }
    }
}

/// One input of a step with its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedInput {
    /// What is known of it.
    pub status: InputStatus,
    /// Its value; leaves may be unknown.
    pub value: Value,
    /// Never shown.
    pub sensitive: bool,
    /// Where it comes from.
    pub pattern: Pattern,
    /// The provider instances; several for a fan-in.
    pub from: Vec<Address>,
    /// The provider's output.
    pub output: Option<String>,
}

/// What a plan says of one output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedOutput {
    /// What happens to it.
    pub action: Action,
    /// Its value after the apply; leaves may be unknown.
    pub value: Value,
    /// Never shown.
    pub sensitive: bool,
}

/// What a tool could not plan because of an unknown input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deferred {
    /// The input to blame, where the tool says it.
    pub input: Option<String>,
    /// The file, relative to the workspace.
    pub file: String,
    /// From 1.
    pub line: usize,
    /// From 1.
    pub column: usize,
    /// What needs to be known.
    pub message: String,
}

/// What a step would do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepAction {
    /// It changes something.
    Apply,
    /// Planned, and nothing to change.
    None,
    /// Not planned: nothing that it reads changed.
    Skip,
    /// A part of it can only be planned once an input is known.
    Deferred,
}

impl StepAction {
    /// The word that reports use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Apply => "apply",
            Self::None => "none",
            Self::Skip => "skip",
            Self::Deferred => "deferred",
        }
    }
}

/// One step of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedStep {
    /// The instance.
    pub address: Address,
    /// What the step would do.
    pub action: StepAction,
    /// Why it runs, or why it is skipped.
    pub reason: String,
    /// By name.
    pub inputs: BTreeMap<String, PlannedInput>,
    /// What changes; no-ops are left out.
    pub changes: Vec<Change>,
    /// By name; unchanged ones too.
    pub outputs: BTreeMap<String, PlannedOutput>,
    /// What inputs and outputs were before, where that is on record and may be shown.
    pub before: Before,
    /// What is put off.
    pub deferred: Vec<Deferred>,
    /// What was assumed and what could not be told ("vpc_id: assumed not null").
    pub notes: Vec<String>,
    /// The contract that an apply would publish, where it is another one than the published.
    pub contract: Option<ContractChange>,
    /// Why an apply of it would be refused, with what to do first.
    pub refused: Option<Finding>,
}

impl PlannedStep {
    /// Would an apply leave anything behind that is not there yet?
    pub fn is_pending(&self) -> bool {
        matches!(self.action, StepAction::Apply | StepAction::Deferred) || self.contract.is_some()
    }
}

/// Two contracts of a stack, by their versions; `None` where there is none, or it has no version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContractChange {
    /// The published one's.
    pub before: Option<String>,
    /// That of the workspace.
    pub after: Option<String>,
}

/// The values of an instance at its last success, by name. Sensitive ones are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Before {
    /// Its inputs.
    pub inputs: BTreeMap<String, Value>,
    /// Its outputs.
    pub outputs: BTreeMap<String, Value>,
}

/// What a run would do, in deployment order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The environment.
    pub environment: Name,
    /// Is this a plan to destroy?
    pub destroy: bool,
    /// In deployment order.
    pub steps: Vec<PlannedStep>,
    /// What an approval names.
    pub digest: String,
    /// Why an apply would be refused before it runs anything.
    pub refused: Vec<Finding>,
}

impl Change {
    /// A change of which no more is known.
    pub fn new(address: impl Into<String>, action: Action) -> Self {
        Self { address: address.into(), action, reason: None, attributes: Vec::new() }
    }
}

impl PlannedInput {
    /// The pattern of a link, for edges.
    pub fn is_link(&self) -> bool {
        matches!(self.pattern, Pattern::Registry | Pattern::Run)
    }
}

#[cfg(test)]
mod tests {
    use super::Action;

    #[test]
    fn a_yes_covers_at_most_what_was_shown() {
        use Action::{Create, Delete, Forget, NoOp, Read, Replace, Update};
        for action in [NoOp, Read, Update, Replace, Create, Delete, Forget] {
            assert!(action.covered_by(action));
            assert!(NoOp.covered_by(action));
        }
        assert!(Update.covered_by(Replace));
        assert!(!Replace.covered_by(Update));
        assert!(!Create.covered_by(Replace));
        assert!(!Delete.covered_by(Replace));
        assert!(!Delete.covered_by(Forget));
        assert!(!Update.covered_by(NoOp));
    }
}
