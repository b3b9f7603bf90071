//! Resolves the inputs of an instance: each is *applied* (from a publication, a configuration, a
//! secret, a literal), *planned* (from its provider's plan) or *unknown*, leaf by leaf. Never a mock.

use crate::Session;
use crate::linked::{in_external_state, linked};
use crate::lookups::looked_up;
use crate::rename::Rename;
use crate::secrets::Secrets;
use seam_compat::Declared;
use seam_model::{
    Address, Finding, Input, InputStatus, Pattern, PlannedInput, PlannedOutput, Resource, Source, Stack, UsedPart,
    Value, codes, expand_value,
};
use seam_registry::{InstanceState, Provider, RecordedInput, Use};
use std::collections::{BTreeMap, BTreeSet};

/// An input with its value and where it came from.
#[derive(Clone, Debug)]
pub struct ResolvedInput {
    /// What reports show.
    pub planned: PlannedInput,
    /// The outputs it is made of.
    pub from: Vec<Provider>,
    /// The accepted contract versions.
    pub range: Option<String>,
    /// The instances whose apply makes its unknown leaves known.
    pub unknown_from: Vec<Address>,
    /// A sensitive value before `join` and `format`: a tool may show this part of it.
    pub part: Option<Value>,
}

impl ResolvedInput {
    /// An input whose value is known and comes from no output.
    pub fn applied(value: Value, sensitive: bool, pattern: Pattern) -> Self {
        let (status, from, output) = (InputStatus::Applied, Vec::new(), None);
        Self {
            planned: PlannedInput { status, value, sensitive, pattern, from, output },
            from: Vec::new(),
            range: None,
            unknown_from: Vec::new(),
            part: None,
        }
    }
}

/// The inputs of an instance by name; an absent optional one is not there.
pub type Inputs = BTreeMap<String, ResolvedInput>;

/// What is known of providers at some moment of a run.
#[derive(Debug, Default)]
pub struct Known {
    /// What the registry answered, by instance.
    pub recorded: BTreeMap<Address, InstanceState>,
    /// The resources that lookups search, by instance; `None`: nothing was indexed of it.
    pub resources: BTreeMap<Address, Option<Vec<Resource>>>,
    /// The outputs that a plan of this run says, by instance of this run; one without an entry of
    /// an output leaves it unknown.
    pub planned: BTreeMap<Address, BTreeMap<String, PlannedOutput>>,
    /// The instances that were renamed, as far as that is not settled.
    pub renames: BTreeMap<Address, Rename>,
    /// The instances of this run whose plan changes nothing.
    pub unchanged: BTreeSet<Address>,
}

/// Resolves every input of `consumer`.
pub fn resolve(
    session: &Session,
    consumer: &Address,
    known: &Known,
    secrets: &Secrets,
) -> Result<Inputs, Vec<Finding>> {
    let (stack, _) = session.instance(consumer);
    let mut inputs = Inputs::new();
    let mut findings = Vec::new();
    for input in stack.inputs_of(&consumer.environment).into_values() {
        match resolve_one(session, consumer, stack, input, known, secrets) {
            Ok(Some(resolved)) => {
                inputs.insert(input.name.clone(), resolved);
            }
            Ok(None) => {}
            Err(finding) => findings.push(*finding),
        }
    }
    if findings.is_empty() { Ok(inputs) } else { Err(findings) }
}

/// The inputs of `consumer` that can be had now; the others are left out.
pub fn resolve_where_possible(session: &Session, consumer: &Address, known: &Known, secrets: &Secrets) -> Inputs {
    let (stack, _) = session.instance(consumer);
    let resolved = stack.inputs_of(&consumer.environment).into_values().filter_map(|input| {
        let resolved = resolve_one(session, consumer, stack, input, known, secrets).ok().flatten()?;
        Some((input.name.clone(), resolved))
    });
    resolved.collect()
}

fn resolve_one(
    session: &Session,
    consumer: &Address,
    stack: &Stack,
    input: &Input,
    known: &Known,
    secrets: &Secrets,
) -> Result<Option<ResolvedInput>, Box<Finding>> {
    let (_, environment) = session.instance(consumer);
    let mut resolved = match &input.source {
        Source::Registry(_) | Source::Run(_) | Source::State(_) => match linked(session, consumer, input, known)? {
            Some(resolved) => resolved,
            None => return Ok(None),
        },
        Source::ExternalState(state) => match in_external_state(session, consumer, input, state, known)? {
            Some(resolved) => resolved,
            None => return Ok(None),
        },
        Source::Lookup(search) => match looked_up(session, consumer, input, search, known)? {
            Some(resolved) => resolved,
            None => return Ok(None),
        },
        Source::Secret(secret) => match secrets.get(session, consumer, secret, input)? {
            Some(value) => ResolvedInput::applied(value, true, Pattern::Secret),
            None => return Ok(None),
        },
        Source::Config(key) => match session.workspace.config_value(stack, environment, key) {
            Some(value) => ResolvedInput::applied(value, false, Pattern::Config),
            None if input.optional => return Ok(None),
            None => {
                return Err(Box::new(
                    Finding::error(codes::CONFIG_MISSING, format!("no configuration layer sets `{key}`"))
                        .at(&input.place),
                ));
            }
        },
        Source::Value(value) => {
            let attributes = environment.attributes(&session.workspace.system, &stack.name);
            let value = expand_value(value, &attributes).map_err(|error| Box::new(error.finding(&input.place)))?;
            ResolvedInput::applied(value, false, Pattern::Value)
        }
    };
    resolved.planned.sensitive |=
        stack.code.as_ref().and_then(|code| code.variables.get(&input.name)).is_some_and(|variable| variable.sensitive);
    let value = input.transform.apply(resolved.planned.value.clone()).map_err(|message| {
        Box::new(Finding::error(codes::BAD_VALUE, format!("input `{}`: {message}", input.name)).at(&input.place))
    })?;
    let before = std::mem::replace(&mut resolved.planned.value, value);
    if resolved.planned.value == Value::Unknown && resolved.planned.status == InputStatus::Planned {
        resolved.planned.status = InputStatus::Unknown;
    }
    resolved.part = (resolved.planned.sensitive && before != resolved.planned.value).then_some(before);
    Ok(Some(resolved))
}

/// The values alone, for a tool.
pub fn values(inputs: &Inputs) -> BTreeMap<String, Value> {
    inputs.iter().map(|(name, input)| (name.clone(), input.planned.value.clone())).collect()
}

/// Is every leaf of every input known?
pub fn all_known(inputs: &Inputs) -> bool {
    inputs.values().all(|input| input.planned.value.is_known())
}

/// What the registry records of them: everything but secrets, which are resolved again.
pub fn recorded(inputs: &Inputs) -> BTreeMap<String, RecordedInput> {
    inputs
        .iter()
        .filter(|(_, input)| input.planned.pattern != Pattern::Secret)
        .map(|(name, input)| {
            let recorded = RecordedInput {
                value: input.planned.value.clone(),
                sensitive: input.planned.sensitive,
                pattern: input.planned.pattern,
                from: input.from.clone(),
            };
            (name.clone(), recorded)
        })
        .collect()
}

/// The uses that a success records: what was resolved, with what the code takes of it, and what the stack
/// says beside. Variable orchestration records none, and a state that is nobody's here has no instance
/// to be used.
pub fn uses(inputs: &Inputs, declared: Vec<Declared>) -> Vec<Use> {
    let declared: Vec<Use> = declared.into_iter().map(|declared| declared.uses).collect();
    let resolved = inputs
        .values()
        .filter(|input| input.planned.pattern.is_recorded_use())
        .flat_map(|input| {
            input.from.iter().map(|provider| Use {
                provider: provider.address.clone(),
                part: UsedPart::Output { output: provider.output.clone(), path: provider.path.clone(), takes: None },
                pattern: input.planned.pattern,
                range: input.range.clone(),
            })
        })
        .collect::<Vec<Use>>();
    // The code says more of a use: what is selected, and what the variable takes.
    let is_of = |declared: &Use, resolved: &Use| {
        let within = match (&declared.part, &resolved.part) {
            (UsedPart::Output { output, path, .. }, UsedPart::Output { output: other, path: outer, .. }) => {
                output == other && path.0.starts_with(&outer.0)
            }
            (UsedPart::Lookup(lookup), UsedPart::Output { output, .. }) => lookup.words() == *output,
            _ => false,
        };
        within && declared.provider == resolved.provider && declared.pattern == resolved.pattern
    };
    let told = declared.iter().filter(|one| resolved.iter().any(|other| is_of(one, other))).cloned();
    let untold = resolved.iter().filter(|one| !declared.iter().any(|other| is_of(other, one))).cloned();
    let services = declared.iter().filter(|uses| uses.part.is_of_service()).cloned();
    let uses: BTreeSet<Use> = told.chain(untold).chain(services).collect();
    uses.into_iter().collect()
}
