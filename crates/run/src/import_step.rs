//! One instance of an import: its state is looked for, and what is recorded of it.

use crate::Session;
use crate::drive::Reporter;
use crate::failure::RunFailure;
use crate::import::{ImportAction, Imported, Proposal};
use crate::import_choice::Choice;
use crate::import_state::{Found, States, other_places, refuse_written, set_aside};
use crate::import_told::{Told, told_of};
use crate::inputs::Inputs;
use crate::instance::tool_environment;
use crate::inventory;
use crate::launcher::StepLauncher;
use crate::preflight::check_record;
use crate::publish::{self, Outputs};
use crate::rename::state_place;
use crate::state_on_record::{elsewhere, file_place, is_on_record, older_than, recorded_backend, recorded_position};
use seam_model::{Address, Finding, PlannedOutput, Stack, Tool, codes};
use seam_registry::{Adoption, Command, InstanceState, Provenance, RecordedInput, Reply, Success};
use seam_tools::environment::ToolEnvironment;
use seam_tools::program::{self, Program, Search};
use seam_tools::terraform::StatePlace;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What may change with an import.
pub struct Wanted {
    /// The tool.
    pub tool: Option<Tool>,
    /// The home.
    pub move_home: bool,
    /// The state is in this file.
    pub from: Option<PathBuf>,
    /// The state has this lineage.
    pub lineage: Option<String>,
    /// The state may be older than the one on record.
    pub older: bool,
}

/// An instance that was taken in.
pub struct Adopted {
    /// What people see.
    pub imported: Imported,
    /// Its outputs, for those who read them; `None` of one whose last publication holds on. Those that are
    /// not known to be told are not among them.
    pub outputs: Option<BTreeMap<String, PlannedOutput>>,
}

/// Finds the state of an instance, and says what would be done with it. `folder` is where the step's
/// processes have their folders.
pub fn look(
    session: &Session,
    prior: InstanceState,
    wanted: &Wanted,
    folder: PathBuf,
    reporter: &Reporter,
) -> Result<Proposal, RunFailure> {
    let address = prior.address.clone();
    let (stack, environment) = session.instance(&address);
    let was = changes(session, &prior, stack, wanted)?;
    if !matches!(stack.tool, Tool::Terraform | Tool::OpenTofu) {
        return Ok(without_state(prior, was));
    }
    let place = StatePlace::resolve(&session.workspace, stack, environment, &session.places.states())?;
    // A file stays under the former name until somebody said yes; what is in a backend is moved from there.
    let place = state_place(session, &prior).unwrap_or(place);
    let (program, env) = tool(session, &address)?;
    let mut launcher = StepLauncher::new(session, &address, folder, None, reporter);
    let states = States { session, stack, program: &program, env: &env.variables };
    let others = match &wanted.from {
        Some(file) => vec![file_place(file)],
        None => other_places(session, (stack, environment), &prior, &place),
    };
    let looked_at = [&place].into_iter().chain(&others).map(StatePlace::words).collect();
    let there = states.read(&place, &mut launcher)?;
    let is_settled = prior.success.is_some() && there.as_ref().is_some_and(|there| !there.state.is_empty());
    let mut rest = Vec::new();
    for other in others {
        match states.read(&other, &mut launcher) {
            // A file that somebody named is looked at, wherever the state is.
            Ok(None) if wanted.from.is_some() => return Err(at_stack(no_state_in(&other), stack)),
            Ok(found) => rest.extend(found.filter(|found| !found.state.is_empty())),
            // What lies elsewhere is nobody's business once the state is where it was recorded.
            Err(_) if wanted.from.is_none() && is_settled && (elsewhere(&prior, &place).is_none() || wanted.older) => {}
            Err(failure) => return Err(at_stack(failure, stack)),
        }
    }
    let there = without_cut_off(&states, there, &rest, &mut launcher)?;
    let (state, outdated) = Choice { prior: &prior, wanted, place: &place }
        .choose(there, rest)
        .map_err(|failure| at_stack(failure, stack))?;
    let is_moved = state.as_ref().is_some_and(|state| state.place != place);
    let older_than = state.as_ref().and_then(|state| older_than(&prior, state));
    let is_own = state.as_ref().is_some_and(|state| is_on_record(&prior, &state.state.position.lineage));
    let is_known = is_own && prior.success.is_some() && elsewhere(&prior, &place).is_none() && older_than.is_none();
    let action = match (&state, was.is_empty()) {
        (Some(_), _) if is_moved => ImportAction::Moved,
        (Some(_), _) if !is_known => ImportAction::Adopted,
        (Some(_), true) => ImportAction::Unchanged,
        (None, true) => ImportAction::Nothing,
        (_, false) => ImportAction::Recorded,
    };
    let imported = Imported {
        address,
        action,
        place: Some(place.words()),
        from: state.as_ref().filter(|_| is_moved).map(|state| state.place.words()),
        position: state.as_ref().map(|it| (it.state.position.lineage.clone(), it.state.position.serial)),
        older_than,
        resources: state.as_ref().map_or(0, |state| state.state.resources),
        looked_at: if action == ImportAction::Nothing { looked_at } else { Vec::new() },
        was,
        revision: None,
        backups: Vec::new(),
    };
    let is_new = state.is_some() && !(is_own && prior.publication.is_some());
    Ok(Proposal { imported, prior, place: Some(place), state, is_new, outdated })
}

fn no_state_in(place: &StatePlace) -> RunFailure {
    let message = format!("there is no state at {}", place.words());
    Finding::error(codes::STATE_NOT_FOUND, message).help("name the file that has it, or leave `--from` out").into()
}

/// What a move left that was cut off counts for nothing: the state that was moved is where it was.
fn without_cut_off(
    states: &States,
    there: Option<Found>,
    others: &[Found],
    launcher: &mut StepLauncher,
) -> Result<Option<Found>, RunFailure> {
    let Some(there) = there else { return Ok(None) };
    for other in others {
        if states.is_cut_off(&there, other, launcher)? {
            return Ok(None);
        }
    }
    Ok(Some(there))
}

/// Takes the instance in: its state where it belongs, the record, and what is outdated set aside. Refused
/// (S0316) where the state is not what was looked at any more. `inputs` are those that can be had.
pub fn adopt(
    session: &Session,
    run: u64,
    (proposal, inputs): (Proposal, &Inputs),
    folder: PathBuf,
    reporter: &Reporter,
) -> Result<Adopted, RunFailure> {
    let Proposal { mut imported, prior, place, mut state, is_new, outdated } = proposal;
    let address = imported.address.clone();
    let (mut program, mut told) = (None, Told::default());
    if let (Some(found), Some(place)) = (&state, &place) {
        let (found_program, env) = tool(session, &address)?;
        let mut launcher = StepLauncher::new(session, &address, folder, None, reporter);
        let stack = session.instance(&address).0;
        let states = States { session, stack, program: &found_program, env: &env.variables };
        if matches!(imported.action, ImportAction::Adopted | ImportAction::Moved) {
            let file = states.file_of(found, &mut launcher)?;
            if is_new {
                told = told_of(session, (&prior, inputs), (found, &file), reporter)?;
            }
            refuse_written(found, &file)?;
            if imported.action == ImportAction::Moved {
                state = Some(states.copy((found, &file), place, &mut launcher)?);
            }
        }
        program = Some(found_program);
    }
    if imported.action.is_change() {
        let from = imported.from.clone();
        let position = place.as_ref().zip(state.as_ref());
        let changes_owner = !imported.was.is_empty();
        let of = (&prior, program.as_ref(), changes_owner);
        let stack = session.instance(&address).0;
        let document = session.contracts.of(stack)?;
        let registration =
            document.map(|document| document.registration(&address.system, &stack.name, &session.caller.actor));
        let adoption = adoption(session, run, of, position, told.published, from)?;
        let index = told.resources.map(|resources| Command::SetResources { run, address, resources });
        let commands = [Command::Adopt(adoption).with_contract(registration)].into_iter().chain(index).collect();
        let mut replies = session.registry.submit(commands)?.into_iter();
        if let Some(Reply::Revision(revision)) = replies.next().transpose()? {
            imported.revision = Some(revision);
        }
        replies.for_each(|reply| inventory::indexed(reply, reporter));
    }
    for path in outdated {
        imported.backups.push(set_aside(&path)?);
    }
    Ok(Adopted { imported, outputs: is_new.then_some(told.outputs) })
}

/// Tool and home that are on record and change; refused (S0310, S0412) where they may not.
fn changes(
    session: &Session,
    prior: &InstanceState,
    stack: &Stack,
    wanted: &Wanted,
) -> Result<Vec<String>, RunFailure> {
    if let Some(tool) = wanted.tool.filter(|tool| *tool != stack.tool) {
        let message =
            format!("`--tool {}` is asked for, and {} says {}", tool.as_str(), stack.name, stack.tool.as_str());
        let finding = Finding::error(codes::TOOL_CHANGED, message).at(&stack.place);
        return Err(finding.help(format!("write `tool: {}` first", tool.as_str())).into());
    }
    let mut findings = check_record(session, prior);
    findings.retain(|finding| match finding.code {
        codes::TOOL_CHANGED => wanted.tool.is_none(),
        codes::OTHER_HOME => !wanted.move_home,
        _ => true,
    });
    if !findings.is_empty() {
        return Err(findings.into());
    }
    let Some(success) = &prior.success else { return Ok(Vec::new()) };
    let pairs = [(&success.tool, stack.tool.as_str()), (&success.home, session.caller.home.as_str())];
    Ok(pairs.into_iter().filter(|(was, now)| was.as_str() != *now).map(|(was, _)| was.clone()).collect())
}

/// An instance whose tool keeps no state: only its home can be another one.
fn without_state(prior: InstanceState, was: Vec<String>) -> Proposal {
    let action = match &prior.success {
        Some(_) if !was.is_empty() => ImportAction::Recorded,
        Some(_) => ImportAction::Unchanged,
        None => ImportAction::Nothing,
    };
    let imported = Imported {
        address: prior.address.clone(),
        action,
        place: None,
        from: None,
        position: None,
        older_than: None,
        resources: 0,
        looked_at: Vec::new(),
        was,
        revision: None,
        backups: Vec::new(),
    };
    Proposal { imported, prior, place: None, state: None, is_new: false, outdated: Vec::new() }
}

/// Findings without a place get that of the stack.
fn at_stack(mut failure: RunFailure, stack: &Stack) -> RunFailure {
    for finding in &mut failure.findings {
        finding.place.get_or_insert_with(|| stack.place.clone());
    }
    failure
}

fn tool(session: &Session, address: &Address) -> Result<(Program, ToolEnvironment), RunFailure> {
    let (stack, environment) = session.instance(address);
    let env = tool_environment(session, stack, environment)?;
    let search = Search { env: &env.variables, cache: &session.places.cache };
    let program = program::find(stack.tool, &session.workspace.root.join(&stack.source), &search)?;
    Ok((program, env))
}

/// What is recorded.
fn adoption(
    session: &Session,
    run: u64,
    (prior, program, changes_owner): (&InstanceState, Option<&Program>, bool),
    state: Option<(&StatePlace, &Found)>,
    outputs: Option<Outputs>,
    from: Option<String>,
) -> Result<Adoption, Box<Finding>> {
    let (stack, last) = (session.instance(&prior.address).0, prior.success.as_ref());
    let (position, backend) = match state {
        Some((place, found)) => (Some(recorded_position(place, &found.state.position)), recorded_backend(place)),
        None => (last.and_then(|last| last.state.clone()), last.and_then(|last| last.backend.clone())),
    };
    let document = session.contracts.of(stack)?;
    let contract = document.as_ref().and_then(|document| document.version.clone());
    let contract_digest = document.as_ref().map(|document| document.digest());
    let outputs = outputs.filter(|outputs| {
        !prior.publication.as_ref().is_some_and(|publication| {
            let Provenance { contract: version, contract_digest: digest, .. } = &publication.provenance;
            publish::same(outputs, &publication.outputs) && (version, digest) == (&contract, &contract_digest)
        })
    });
    let inputs = last.iter().flat_map(|last| &last.inputs).filter_map(|(name, input)| {
        let (sensitive, pattern, from) = (input.sensitive, input.pattern, input.from.clone());
        Some((name.clone(), RecordedInput { value: input.value.clone()?, sensitive, pattern, from }))
    });
    let inputs: BTreeMap<String, RecordedInput> = inputs.collect();
    let caller = &session.caller;
    Ok(Adoption {
        address: prior.address.clone(),
        success: Success {
            run,
            // A program without a state is known by its key alone.
            key: last.filter(|_| position.is_none()).map(|last| last.key.clone()).unwrap_or_default(),
            state: position,
            backend,
            tool: stack.tool.as_str().to_owned(),
            tool_version: program.map(|program| program.version.to_string()).unwrap_or_default(),
            home: caller.home.clone(),
            inputs: Some(inputs),
            took: None,
        },
        outputs: outputs.map(publish::for_registry),
        // Nobody knows of which commit the state was made.
        provenance: Provenance {
            actor: caller.actor.clone(),
            host: caller.host.clone(),
            commit: None,
            dirty: false,
            contract,
            contract_digest,
        },
        tags: stack.tags.iter().cloned().collect(),
        from,
        changes_owner,
    })
}
