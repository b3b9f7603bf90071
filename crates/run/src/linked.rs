//! The value of an input that is bound to outputs: of publications, of plans of this run, of states.

use crate::Session;
use crate::inputs::{Known, ResolvedInput};
use crate::states::Held;
use seam_graph::Link;
use seam_model::{
    Action, Address, ExternalState, Finding, Input, InputStatus, Path, Pattern, Place, PlannedInput, Segment, Source,
    Target, Tool, Value, Workspace, codes, nearest,
};
use seam_registry::Provider;

/// One output of a provider, or a part of it.
struct Part {
    value: Value,
    sensitive: bool,
    applied: bool,
}

/// The value of an input that is bound to outputs.
pub fn linked(
    session: &Session,
    consumer: &Address,
    input: &Input,
    known: &Known,
) -> Result<Option<ResolvedInput>, Box<Finding>> {
    let links: Vec<&Link> =
        session.graph.links_of(consumer).iter().filter(|link| link.input.as_deref() == Some(&input.name)).collect();
    let mut parts = Vec::with_capacity(links.len());
    let absent = |link: &&&Link| part(session, link, known).err().is_some_and(|finding| is_absent(&finding));
    if input.optional && !links.is_empty() && links.iter().filter(absent).count() == links.len() {
        return Ok(None);
    }
    for link in &links {
        parts.push((link.provider.stack.to_string(), part(session, link, known)?));
        accepts(session, link, input, known)?;
    }
    let sensitive = parts.iter().any(|(_, part)| part.sensitive);
    let unknown = links.iter().zip(&parts).filter(|(_, (_, part))| !part.value.is_known());
    let unknown_from = unknown.map(|(link, _)| link.provider.clone()).collect();
    let applied = parts.iter().all(|(_, part)| part.applied);
    let value = match &input.source {
        Source::Registry(Target::Tagged(tagged)) | Source::Run(Target::Tagged(tagged)) if tagged.as_map => {
            Value::Object(parts.into_iter().map(|(stack, part)| (stack, part.value)).collect())
        }
        Source::Registry(Target::Tagged(_)) | Source::Run(Target::Tagged(_)) => {
            Value::Array(parts.into_iter().map(|(_, part)| part.value).collect())
        }
        _ => match parts.pop() {
            Some((_, part)) => part.value,
            None => return Ok(None),
        },
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
            pattern: links.first().map_or(Pattern::Registry, |link| link.pattern),
            from: links.iter().map(|link| link.provider.clone()).collect(),
            output: links.first().and_then(|link| link.output.clone()),
        },
        from,
        range: input.version.clone(),
        unknown_from,
        part: None,
    }))
}

pub fn provider(link: &Link) -> Provider {
    Provider {
        address: link.provider.clone(),
        output: link.output.clone().unwrap_or_default(),
        path: link.path.clone(),
    }
}

fn part(session: &Session, link: &Link, known: &Known) -> Result<Part, Box<Finding>> {
    let name = link.output.as_deref().unwrap_or_default();
    let whole = match known.planned.get(&link.provider) {
        Some(planned) => match planned.get(name) {
            Some(output) if output.action == Action::Delete => {
                return Err(missing_output(&link.provider.to_string(), name, &link.place, planned.keys()));
            }
            Some(output) => Part {
                value: output.value.clone(),
                sensitive: output.sensitive,
                applied: output.action == Action::NoOp,
            },
            None => Part { value: Value::Unknown, sensitive: false, applied: false },
        },
        None if link.pattern == Pattern::State => in_state(session, link, name, known)?,
        None => published(&session.workspace, link, name, known)?,
    };
    let value = whole
        .value
        .at(&link.path)
        .cloned()
        .ok_or_else(|| missing_path(&link.provider.to_string(), name, (&link.path, &link.place), &whole.value))?;
    Ok(Part { value, ..whole })
}

/// Nobody provides it: the only thing that `optional` is about. A sealed value or a misspelt path is
/// a mistake, and a default in its place would be applied.
pub fn is_absent(finding: &Finding) -> bool {
    [codes::INPUT_MISSING, codes::DESTROYED, codes::STATE_MISSING].contains(&finding.code)
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

/// What the provider's state says. Where only its tool can read it, and did not, its last publication.
fn in_state(session: &Session, link: &Link, output: &str, known: &Known) -> Result<Part, Box<Finding>> {
    let prior = known.recorded.get(&link.provider);
    let outputs = match session.states.of_instance(session, &link.provider, prior) {
        Held::Outputs(outputs) => outputs,
        Held::ByTool if prior.is_some_and(|prior| prior.publication.is_some()) => {
            return published(&session.workspace, link, output, known);
        }
        Held::ByTool => return Ok(Part { value: Value::Unknown, sensitive: false, applied: false }),
        Held::Bad(finding) => {
            let missing = [codes::STATE_MISSING, codes::DESTROYED].contains(&finding.code);
            let help = missing.then(|| where_to_have_it(&session.workspace, link)).or(finding.help);
            let finding = Finding { help, message: format!("{}: {}", link.provider, finding.message), ..finding };
            return Err(Box::new(finding.at(&link.place)));
        }
    };
    let found = outputs.get(output).ok_or_else(|| {
        missing_output(&format!("the state of {}", link.provider), output, &link.place, outputs.keys())
    })?;
    let contract = session.instance(&link.provider).0.contract.as_ref();
    let promised =
        contract.and_then(|contract| contract.outputs.get(output)).is_some_and(|promised| promised.sensitive);
    // What a secret is in was sealed, whatever the state says.
    let publication = prior.and_then(|prior| prior.publication.as_ref());
    let sealed = publication.and_then(|publication| publication.outputs.get(output)).is_some_and(|it| it.sensitive);
    Ok(Part { value: found.value.clone(), sensitive: found.sensitive || promised || sealed, applied: true })
}

/// The value of an input that is bound to a state which is of no stack here. Where only a tool can read
/// it, and did not, the value of the consumer's last success.
pub fn in_external_state(
    session: &Session,
    consumer: &Address,
    input: &Input,
    state: &ExternalState,
    known: &Known,
) -> Result<Option<ResolvedInput>, Box<Finding>> {
    let applied = |value, sensitive| {
        let mut resolved = ResolvedInput::applied(value, sensitive, Pattern::State);
        resolved.planned.output = Some(state.output.clone());
        resolved
    };
    let outputs = match session.states.of_input(session, consumer, state) {
        Held::Outputs(outputs) => outputs,
        Held::ByTool => {
            let last = known.recorded.get(consumer).and_then(|prior| prior.success.as_ref());
            let last = last.and_then(|last| last.inputs.get(&input.name));
            let value = last.and_then(|last| last.value.clone());
            return Ok(Some(applied(value.unwrap_or(Value::Unknown), last.is_some_and(|last| last.sensitive))));
        }
        Held::Bad(finding) if input.optional && is_absent(&finding) => return Ok(None),
        Held::Bad(finding) => return Err(Box::new(finding.at(&input.place))),
    };
    let place = format!("the state {}", state.words());
    let found = outputs
        .get(&state.output)
        .ok_or_else(|| missing_output(&place, &state.output, &input.place, outputs.keys()))?;
    let value = found
        .value
        .at(&state.path)
        .cloned()
        .ok_or_else(|| missing_path(&place, &state.output, (&state.path, &input.place), &found.value))?;
    Ok(Some(applied(value, found.sensitive)))
}

fn published(workspace: &Workspace, link: &Link, output: &str, known: &Known) -> Result<Part, Box<Finding>> {
    let state = known.recorded.get(&link.provider);
    let Some(publication) = state.and_then(|state| state.publication.as_ref()) else {
        let destroyed = state.is_some_and(|state| state.destroyed);
        return Err(never_published(workspace, link, destroyed));
    };
    let published = publication
        .outputs
        .get(output)
        .ok_or_else(|| missing_output(&link.provider.to_string(), output, &link.place, publication.outputs.keys()))?;
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

pub fn never_published(workspace: &Workspace, link: &Link, destroyed: bool) -> Box<Finding> {
    let (code, what) = if destroyed {
        (codes::DESTROYED, "was destroyed")
    } else {
        (codes::INPUT_MISSING, "was never published, and this run does not make it")
    };
    let help = where_to_have_it(workspace, link);
    Box::new(Finding::error(code, format!("{} {what}", link.provider)).at(&link.place).help(help))
}

/// What somebody does who lacks the provider.
fn where_to_have_it(workspace: &Workspace, link: &Link) -> String {
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
    help
}

fn missing_output<'a>(
    provider: &str,
    output: &str,
    place: &Place,
    names: impl Iterator<Item = &'a String>,
) -> Box<Finding> {
    let names: Vec<&str> = names.map(String::as_str).collect();
    let finding = Finding::error(codes::NO_SUCH_OUTPUT, format!("{provider} has no output `{output}`"))
        .at(place)
        .label(format!("it provides {}", if names.is_empty() { "none".to_owned() } else { names.join(", ") }));
    Box::new(match nearest(output, names.iter().copied()) {
        Some(near) => finding.help(format!("did you mean `{near}`?")),
        None => finding,
    })
}

fn missing_path(provider: &str, output: &str, (path, place): (&Path, &Place), value: &Value) -> Box<Finding> {
    let keys = match value {
        Value::Object(members) => format!("it has {}", members.keys().cloned().collect::<Vec<_>>().join(", ")),
        Value::Array(items) => format!("it has {} items", items.len()),
        other => format!("it is a {}", other.type_name()),
    };
    let segments = path.0.iter().map(|segment| match segment {
        Segment::Key(key) => format!("`{key}`"),
        Segment::Index(index) => format!("item {index}"),
    });
    let wanted = segments.collect::<Vec<_>>().join(", ");
    let message = format!("output `{output}` of {provider} has nothing at {wanted}");
    Box::new(Finding::error(codes::NO_SUCH_OUTPUT, message).at(place).label(keys))
}
