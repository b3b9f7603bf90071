//! The nouns of Seam and their pure rules: names, addresses, references, values, findings, the
//! stacks of a workspace, plans, and the events of a run with their fold.
//!
//! This crate knows no files, SQL, HTTP, time or async. Of serde it knows `serde_json`'s value
//! alone, because a Seam value is a JSON document; nothing here derives `Serialize`.

mod address;
mod code;
mod contract;
mod finding;
mod input;
mod limits;
mod name;
mod nearest;
mod path;
mod plan;
mod reference;
mod resource;
mod run;
mod schema;
mod template;
mod value;
mod workspace;

pub use address::{Address, BadAddress};
pub use code::{Code, all as all_codes, codes};
pub use contract::{
    Contract, ContractEvent, ContractFile, ContractOutput, ContractTable, DeclaredUse, Deprecation, UsedOperation,
    UsedPart,
};
pub use finding::{Comparison, Finding, Place, Severity, has_errors};
pub use input::{ExternalState, Input, Pattern, Search, Secret, Source, Tagged, Target, Transform};
pub use limits::{OUTPUT_BYTES_MAX, OUTPUTS_BYTES_MAX};
pub use name::{BadName, Name};
pub use nearest::{misspelt, nearest};
pub use path::{BadPath, Path, Segment};
pub use plan::{
    Action, Attribute, Before, Change, ContractChange, Deferred, InputStatus, Plan, PlannedInput, PlannedOutput,
    PlannedStep, StepAction,
};
pub use reference::{BadReference, Reference};
pub use resource::{LOOKUP_RESULTS_MAX, Lookup, LookupRule, Resource, TooMany, may_be};
pub use run::{RunEvent, RunResult, RunStatus, StepState, StepStatus, Verb};
pub use schema::{Mismatch, Schema};
pub use template::{Attributes, BadTemplate, expand, expand_value};
pub use value::Value;
pub use workspace::{
    Backend, BackendBlock, Environment, ExecCommands, RegistryPlace, Stack, StackCode, Tool, Variable, Workspace,
};
