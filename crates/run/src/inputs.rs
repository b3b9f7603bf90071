//! Resolves the inputs of an instance: each is *applied* (from a publication, a configuration, a
//! secret, a literal), *planned* (from its provider's plan) or *unknown*, leaf by leaf. Never a mock.

use crate::Session;
use crate::secrets::Secrets;
use seam_graph::Link;
use seam_model::{
    Action, Address, Finding, Input, InputStatus, Pattern, PlannedInput, PlannedOutput, Segment, Source, Stack, Target,
    Tool, Value, Workspace, codes, expand_value, nearest,
};
use seam_registry::{InstanceState, Provider, RecordedInput, Use};
use std::collections::BTreeMap;

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
    /// The outputs that a plan of this run says, by instance of this run; one without an entry of
    /// an output leaves it unknown.
    pub planned: BTreeMap<Address, BTreeMap<String, PlannedOutput>>,
}

/// One output of a provider, or a part of it.
struct Part {
    value: Value,
    sensitive: bool,
    applied: bool,
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
    for input in stack.inputs.values() {
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
    let resolved = stack.inputs.values().filter_map(|input| {
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
        Source::Registry(target) | Source::Run(target) => {
            match linked(session, consumer, input, (pattern_of(&input.source), target), known)? {
                Some(resolved) => resolved,
                None => return Ok(None),
            }
        }
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
    resolved.part = (resolved.planned.sensitive && before != resolved.planned.value).then_some(before);
    Ok(Some(resolved))
}

/// The value of an input that is bound to outputs.
fn linked(
    session: &Session,
    consumer: &Address,
    input: &Input,
    (pattern, target): (Pattern, &Target),
    known: &Known,
) -> Result<Option<ResolvedInput>, Box<Finding>> {
    let links: Vec<&Link> =
        session.graph.links_of(consumer).iter().filter(|link| link.input.as_deref() == Some(&input.name)).collect();
    let mut parts = Vec::with_capacity(links.len());
    let absent = |link: &&&Link| part(&session.workspace, link, known).err().is_some_and(|finding| is_absent(&finding));
    if input.optional && !links.is_empty() && links.iter().filter(absent).count() == links.len() {
        return Ok(None);
    }
    for link in &links {
        parts.push((link.provider.stack.to_string(), part(&session.workspace, link, known)?));
        accepts(session, link, input, known)?;
    }
    let sensitive = parts.iter().any(|(_, part)| part.sensitive);
    let unknown = links.iter().zip(&parts).filter(|(_, (_, part))| !part.value.is_known());
    let unknown_from = unknown.map(|(link, _)| link.provider.clone()).collect();
    let applied = parts.iter().all(|(_, part)| part.applied);
    let value = match target {
        Target::Output(_) => match parts.pop() {
            Some((_, part)) => part.value,
            None => return Ok(None),
        },
        Target::Tagged(tagged) if tagged.as_map => {
            Value::Object(parts.into_iter().map(|(stack, part)| (stack, part.value)).collect())
        }
        Target::Tagged(_) => Value::Array(parts.into_iter().map(|(_, part)| part.value).collect()),
    };
    let status = match (&value, applied) {
        (_, true) => InputStatus::Applied,
        (Value::Unknown, false) => InputStatus::Unknown,
        (_, false) => InputStatus::Planned,
    };
    let from = links.iter().map(|link| provider(link)).collect();
    Ok(Some(ResolvedInput {
        planned: PlannedInput {
            status,
            value,
            sensitive,
            pattern,
            from: links.iter().map(|link| link.provider.clone()).collect(),
            output: links.first().and_then(|link| link.output.clone()),
        },
        from,
        range: input.version.clone(),
        unknown_from,
        part: None,
    }))
}

fn pattern_of(source: &Source) -> Pattern {
    if matches!(source, Source::Run(_)) { Pattern::Run } else { Pattern::Registry }
}

fn provider(link: &Link) -> Provider {
    Provider {
        address: link.provider.clone(),
        output: link.output.clone().unwrap_or_default(),
        path: link.path.clone(),
    }
}

fn part(workspace: &Workspace, link: &Link, known: &Known) -> Result<Part, Box<Finding>> {
    let output = link.output.as_deref().unwrap_or_default();
    let whole = match known.planned.get(&link.provider) {
        Some(planned) => match planned.get(output) {
            Some(output) if output.action == Action::Delete => return Err(missing_output(link, planned.keys())),
            Some(output) => Part {
                value: output.value.clone(),
                sensitive: output.sensitive,
                applied: output.action == Action::NoOp,
            },
            None => Part { value: Value::Unknown, sensitive: false, applied: false },
        },
        None => published(workspace, link, output, known)?,
    };
    let value = whole.value.at(&link.path).cloned().ok_or_else(|| missing_path(link, &whole.value))?;
    Ok(Part { value, ..whole })
}

/// Nobody provides it: the only thing that `optional` is about. A sealed value or a misspelt path is
/// a mistake, and a default in its place would be applied.
fn is_absent(finding: &Finding) -> bool {
    finding.code == codes::INPUT_MISSING || finding.code == codes::DESTROYED
}

/// Is the provider's contract version one that the input accepts?
fn accepts(session: &Session, link: &Link, input: &Input, known: &Known) -> Result<(), Box<Finding>> {
    let Some(range) = &input.version else { return Ok(()) };
    let refused = |message: String| Box::new(Finding::error(codes::VERSION_REFUSED, message).at(&input.place));
    let wanted =
        semver::VersionReq::parse(range).map_err(|error| refused(format!("`{range}` is no range: {error}")))?;
    let version = if known.planned.contains_key(&link.provider) {
        let stack = session.workspace.stacks.get(&link.provider.stack);
        stack.and_then(|stack| stack.contract.as_ref()).and_then(|contract| contract.version.clone())
    } else {
        let publication = known.recorded.get(&link.provider).and_then(|state| state.publication.as_ref());
        publication.and_then(|publication| publication.provenance.contract.clone())
    };
    let has = version.as_deref().map_or("no contract version".to_owned(), |version| format!("contract {version}"));
    let fits =
        version.and_then(|version| semver::Version::parse(&version).ok()).is_some_and(|one| wanted.matches(&one));
    let message = || format!("input `{}` accepts {range}, and {} has {has}", input.name, link.provider);
    if fits {
        Ok(())
    } else {
        Err(Box::new(refused(message()).help("widen `version:` once the consumer copes with it")))
    }
}

fn published(workspace: &Workspace, link: &Link, output: &str, known: &Known) -> Result<Part, Box<Finding>> {
    let state = known.recorded.get(&link.provider);
    let Some(publication) = state.and_then(|state| state.publication.as_ref()) else {
        let destroyed = state.is_some_and(|state| state.destroyed);
        return Err(never_published(workspace, link, destroyed));
    };
    let published = publication.outputs.get(output).ok_or_else(|| missing_output(link, publication.outputs.keys()))?;
    let value = published.value.clone().ok_or_else(|| {
        Box::new(
            Finding::error(
                codes::SEALED,
                format!("output `{output}` of {} is sealed, and its key is not here", link.provider),
            )
            .at(&link.place)
            .help("SEAM_KEY_FILE names the key file; without it, the provider's next apply publishes the value again"),
        )
    })?;
    Ok(Part { value, sensitive: published.sensitive, applied: true })
}

fn never_published(workspace: &Workspace, link: &Link, destroyed: bool) -> Box<Finding> {
    let (code, what) = if destroyed {
        (codes::DESTROYED, "was destroyed")
    } else {
        (codes::INPUT_MISSING, "was never published, and this run does not make it")
    };
    let (provider, consumer) = (&link.provider, &link.consumer);
    let own = (provider.system == consumer.system).then(|| workspace.stacks.get(&provider.stack)).flatten();
    let mut help = match own {
        Some(stack) if stack.tool != Tool::External && provider.environment == consumer.environment => {
            format!("`{}...` takes {} into the run with everything that it reads", consumer.stack, consumer.stack)
        }
        Some(stack) if stack.tool != Tool::External => {
            format!("apply it there first: seam apply -e {} '{}...'", provider.environment, provider.stack)
        }
        _ => format!("`seam publish {provider} --outputs FILE` records what others deployed"),
    };
    let input = link.input.as_deref().unwrap_or_default();
    if workspace.stacks.get(&consumer.stack).is_some_and(|stack| !stack.needs(input)) {
        help.push_str("; `optional: true` at the input leaves it out");
    }
    Box::new(Finding::error(code, format!("{provider} {what}")).at(&link.place).help(help))
}

fn missing_output<'a>(link: &Link, names: impl Iterator<Item = &'a String>) -> Box<Finding> {
    let names: Vec<&str> = names.map(String::as_str).collect();
    let output = link.output.as_deref().unwrap_or_default();
    let finding = Finding::error(codes::NO_SUCH_OUTPUT, format!("{} has no output `{output}`", link.provider))
        .at(&link.place)
        .label(format!("it provides {}", if names.is_empty() { "none".to_owned() } else { names.join(", ") }));
    Box::new(match nearest(output, names.iter().copied()) {
        Some(near) => finding.help(format!("did you mean `{near}`?")),
        None => finding,
    })
}

fn missing_path(link: &Link, value: &Value) -> Box<Finding> {
    let output = link.output.as_deref().unwrap_or_default();
    let keys = match value {
        Value::Object(members) => format!("it has {}", members.keys().cloned().collect::<Vec<_>>().join(", ")),
        Value::Array(items) => format!("it has {} items", items.len()),
        other => format!("it is a {}", other.type_name()),
    };
    let wanted: Vec<String> = link
        .path
        .0
        .iter()
        .map(|segment| match segment {
            Segment::Key(key) => format!("`{key}`"),
            Segment::Index(index) => format!("item {index}"),
        })
        .collect();
    Box::new(
        Finding::error(
            codes::NO_SUCH_OUTPUT,
            format!("output `{output}` of {} has nothing at {}", link.provider, wanted.join(", ")),
        )
        .at(&link.place)
        .label(keys),
    )
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

/// The uses that a success records. Variable orchestration records none.
pub fn uses(inputs: &Inputs) -> Vec<Use> {
    let mut uses: Vec<Use> = inputs
        .values()
        .filter(|input| input.planned.pattern == Pattern::Registry)
        .flat_map(|input| {
            input.from.iter().map(|provider| Use {
                provider: provider.clone(),
                pattern: Pattern::Registry,
                range: input.range.clone(),
            })
        })
        .collect();
    uses.sort();
    uses.dedup();
    uses
}
