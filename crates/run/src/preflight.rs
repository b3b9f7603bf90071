//! What is refused before anything runs: programs that are not there, states that are not the
//! instance's own, inputs that nobody can provide.

use crate::Session;
use crate::failure::RunFailure;
use crate::inputs::{Known, resolve};
use crate::instance::tool_environment;
use crate::rename::{OnRecord, Rename, on_record, recorded_address, refused, state_place};
use crate::secrets::Secrets;
use crate::state_on_record::check_place;
use crate::steps::is_deployed;
use seam_graph::Graph;
use seam_model::{Address, Finding, Name, Pattern, Resource, Source, Tool, Workspace, codes, nearest};
use seam_registry::InstanceState;
use seam_tools::program::{self, Search};
use seam_tools::terraform::{Goal, StatePlace, two_on_one_state};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Asks the registry for the instances of a run and for everything that they read.
pub fn recorded(session: &Session, instances: &BTreeSet<Address>) -> Result<Known, RunFailure> {
    let providers = instances.iter().flat_map(|address| session.graph.links_of(address)).map(|link| &link.provider);
    let wanted: BTreeSet<Address> = instances.iter().chain(providers).cloned().collect();
    let OnRecord { states: recorded, renames } = on_record(session, wanted)?;
    let lookups = instances.iter().flat_map(|address| session.graph.links_of(address));
    let searched: BTreeSet<Address> =
        lookups.filter(|link| link.pattern == Pattern::Lookup).map(|link| link.provider.clone()).collect();
    Ok(Known { recorded, renames, resources: resources(session, searched)?, ..Known::default() })
}

/// What lookups find of these instances.
pub fn resources(
    session: &Session,
    instances: BTreeSet<Address>,
) -> Result<BTreeMap<Address, Option<Vec<Resource>>>, RunFailure> {
    if instances.is_empty() {
        return Ok(BTreeMap::new());
    }
    let on_record = instances.iter().map(|address| recorded_address(session, address));
    let found = session.registry.resources(on_record.collect::<Result<_, _>>()?)?;
    Ok(instances.into_iter().zip(found).collect())
}

/// Everything that is refused before anything runs; all of it at once.
pub fn check(
    session: &Session,
    instances: &BTreeSet<Address>,
    goal: Goal,
    known: &Known,
    secrets: &Secrets,
) -> Result<(), RunFailure> {
    let mut findings = refused(session, None, instances, known);
    for address in instances.iter().filter(|address| !is_outdated(known, address)) {
        let state = &known.recorded[address];
        findings.extend(check_record(session, state));
        if matches!(session.instance(address).0.tool, Tool::Terraform | Tool::OpenTofu) {
            findings.extend(check_state(session, state).err().map(|finding| *finding));
        }
    }
    findings.extend(shared_states(&session.workspace, &session.graph, &session.places.states()));
    findings.extend(programs(session, instances)?);
    match goal {
        Goal::Apply => findings.extend(inputs(session, instances, known, secrets)?),
        Goal::Destroy => findings.extend(secrets_of_destroy(session, instances, known, secrets)),
    }
    if findings.is_empty() { Ok(()) } else { Err(findings.into()) }
}

/// Nothing on record under a name that another instance has by now is this one's.
fn is_outdated(known: &Known, address: &Address) -> bool {
    matches!(known.renames.get(address), Some(Rename::Outdated(_)))
}

/// Instances of a workspace that resolve to one state (S0205), as far as its files tell. `states` is
/// the folder of local states.
pub fn shared_states(workspace: &Workspace, graph: &Graph, states: &Path) -> Vec<Finding> {
    let place = |address: &Address| {
        let (stack, environment) = (&workspace.stacks[&address.stack], &workspace.environments[&address.environment]);
        let has_state = matches!(stack.tool, Tool::Terraform | Tool::OpenTofu);
        let place = has_state.then(|| StatePlace::resolve(workspace, stack, environment, states).ok()).flatten()?;
        Some((address.clone(), place, stack.place.clone()))
    };
    two_on_one_state(&graph.instances().iter().filter_map(place).collect::<Vec<_>>())
}

/// Protected environments in which the states of stacks would be files on this machine (S0206): nothing
/// can be planned there. One finding an environment.
pub fn unprotected_states(workspace: &Workspace, graph: &Graph, states: &Path) -> Vec<Finding> {
    let mut refused: BTreeMap<&Name, (Finding, usize)> = BTreeMap::new();
    for address in graph.instances() {
        let (stack, environment) = (&workspace.stacks[&address.stack], &workspace.environments[&address.environment]);
        if !matches!(stack.tool, Tool::Terraform | Tool::OpenTofu) {
            continue;
        }
        if let Err(finding) = StatePlace::resolve(workspace, stack, environment, states)
            && finding.code == codes::LOCAL_STATE_REFUSED
        {
            refused.entry(&environment.name).or_insert((*finding, 0)).1 += 1;
        }
    }
    let worded = |(finding, count): (Finding, usize)| match count {
        1 => finding,
        many => {
            let help = format!("{}; it is the same for {} more", finding.help.as_deref().unwrap_or_default(), many - 1);
            finding.help(help)
        }
    };
    refused.into_values().map(worded).collect()
}

/// Another tool, another home.
pub fn check_record(session: &Session, state: &InstanceState) -> Vec<Finding> {
    let Some(last) = &state.success else { return Vec::new() };
    let (stack, _) = session.instance(&state.address);
    let mut findings = Vec::new();
    if last.tool != stack.tool.as_str() {
        findings.push(
            Finding::error(
                codes::TOOL_CHANGED,
                format!(
                    "{} was deployed with {}, and its stack says {}",
                    state.address,
                    last.tool,
                    stack.tool.as_str()
                ),
            )
            .at(&stack.place)
            .help(format!(
                "write `tool: {}`, or move to the other tool: seam import {} -e {} --tool {}",
                last.tool,
                stack.name,
                state.address.environment,
                stack.tool.as_str()
            )),
        );
    }
    if last.home != session.caller.home {
        findings.push(
            Finding::error(
                codes::OTHER_HOME,
                format!("{} is run from {}, and this is {}", state.address, last.home, session.caller.home),
            )
            .at(&stack.place)
            .help(format!(
                "run it from there; where this is the same workspace that moved: seam import -e {} --move-home",
                state.address.environment
            )),
        );
    }
    findings
}

fn check_state(session: &Session, state: &InstanceState) -> Result<(), Box<Finding>> {
    check_place(session, state, &state_place(session, state)?).map(|_| ())
}

/// Each tool once per folder of code: version files decide there.
fn programs(session: &Session, instances: &BTreeSet<Address>) -> Result<Vec<Finding>, RunFailure> {
    let mut findings: Vec<Finding> = Vec::new();
    let mut seen = BTreeSet::new();
    for address in instances {
        let (stack, environment) = session.instance(address);
        if !matches!(stack.tool, Tool::Terraform | Tool::OpenTofu) || !seen.insert((stack.tool, &stack.source)) {
            continue;
        }
        let env = tool_environment(session, stack, environment)?;
        let search = Search { env: &env.variables, cache: &session.places.cache };
        if let Err(finding) = program::find(stack.tool, &session.workspace.root.join(&stack.source), &search)
            && !findings.iter().any(|known| known.message == finding.message)
        {
            findings.push(finding.at(&stack.place));
        }
    }
    Ok(findings)
}

/// Inputs whose provider neither published nor is in this run.
fn inputs(
    session: &Session,
    instances: &BTreeSet<Address>,
    known: &Known,
    secrets: &Secrets,
) -> Result<Vec<Finding>, RunFailure> {
    let pending = Known {
        recorded: known.recorded.clone(),
        resources: known.resources.clone(),
        planned: instances.iter().map(|address| (address.clone(), BTreeMap::new())).collect(),
        ..Known::default()
    };
    let mut findings = Vec::new();
    for address in instances {
        for finding in resolve(session, address, &pending, secrets).err().into_iter().flatten() {
            findings.push(with_environments(session, address, finding)?);
        }
    }
    Ok(findings)
}

/// A destroy resolves secrets anew. Where nothing is deployed none is needed.
fn secrets_of_destroy(
    session: &Session,
    instances: &BTreeSet<Address>,
    known: &Known,
    secrets: &Secrets,
) -> Vec<Finding> {
    let deployed = instances.iter().filter(|address| is_deployed(&known.recorded[*address]));
    let inputs = deployed.flat_map(|address| {
        let inputs = session.instance(address).0.inputs_of(&address.environment);
        inputs.into_values().map(move |input| (address, input))
    });
    inputs
        .filter_map(|(address, input)| match &input.source {
            Source::Secret(secret) => secrets.get(session, address, secret, input).err().map(|finding| *finding),
            _ => None,
        })
        .collect()
}

/// Where a provider of another system was never published here: says where it was.
fn with_environments(session: &Session, consumer: &Address, finding: Finding) -> Result<Finding, RunFailure> {
    if finding.code != codes::INPUT_MISSING {
        return Ok(finding);
    }
    let link = session.graph.links_of(consumer).iter().find(|link| finding.place.as_ref() == Some(&link.place));
    let Some(link) = link.filter(|link| link.provider.system != link.consumer.system) else { return Ok(finding) };
    let known = session.registry.environments_of(link.provider.system.clone(), link.provider.stack.clone())?;
    if known.is_empty() {
        return Ok(finding);
    }
    let names: Vec<&str> = known.iter().map(seam_model::Name::as_str).collect();
    let near = nearest(link.provider.environment.as_str(), names.iter().copied()).unwrap_or(names[0]);
    let place = link.place.clone();
    Ok(Finding::error(finding.code, finding.message)
        .at(&place)
        .label(format!("it is published in {}", names.join(", ")))
        .help(format!(
            "say `environment: {near}` at the input, or `maps: {{{}: {near}}}` in the environment",
            link.provider.system
        )))
}
