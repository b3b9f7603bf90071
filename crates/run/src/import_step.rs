//! One instance of an import: which state is its own, and what is recorded of it.

use crate::Session;
use crate::drive::Reporter;
use crate::failure::RunFailure;
use crate::import::{ImportAction, Imported, Proposal};
use crate::import_state::{Found, States, file_place, other_places, set_aside};
use crate::instance::{recorded_backend, recorded_position, recorded_state, tool_environment};
use crate::inventory;
use crate::launcher::StepLauncher;
use crate::preflight::check_record;
use crate::publish;
use seam_model::{Address, Finding, Stack, Tool, codes};
use seam_registry::{Adoption, Command, InstanceState, Provenance, RecordedInput, Reply, Success};
use seam_tools::environment::ToolEnvironment;
use seam_tools::program::{self, Program, Search};
use seam_tools::terraform::{Recorded, StatePlace};
use std::collections::BTreeMap;
use std::fs;
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
            Ok(found) => rest.extend(found.filter(|found| !found.state.is_empty())),
            // What lies elsewhere is nobody's business once the state is where it was recorded.
            Err(_) if is_settled => {}
            Err(failure) => return Err(at_stack(failure, stack)),
        }
    }
    let there = without_cut_off(&states, there, &rest, &mut launcher)?;
    let (state, outdated) = Choice { prior: &prior, wanted, place: &place }
        .choose(there, rest)
        .map_err(|failure| at_stack(failure, stack))?;
    let is_moved = state.as_ref().is_some_and(|state| state.place != place);
    let recorded = prior.success.as_ref().and_then(|success| success.state.as_ref());
    let is_known = recorded.zip(state.as_ref()).is_some_and(|(recorded, state)| {
        recorded.place == place.identity() && recorded.lineage == state.state.position.lineage
    });
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
        resources: state.as_ref().map_or(0, |state| state.state.resources),
        looked_at: if action == ImportAction::Nothing { looked_at } else { Vec::new() },
        was,
        revision: None,
        backups: Vec::new(),
    };
    Ok(Proposal { imported, prior, place: Some(place), state, outdated })
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

/// Takes the instance in: its state where it belongs, the record, and what is outdated set aside.
pub fn adopt(
    session: &Session,
    run: u64,
    proposal: Proposal,
    folder: PathBuf,
    reporter: &Reporter,
) -> Result<Imported, RunFailure> {
    let Proposal { mut imported, prior, place, mut state, outdated } = proposal;
    let address = imported.address.clone();
    let (mut program, mut resources) = (None, None);
    if let (Some(found), Some(place)) = (&state, &place) {
        let (found_program, env) = tool(session, &address)?;
        let mut launcher = StepLauncher::new(session, &address, folder, None, reporter);
        let stack = session.instance(&address).0;
        let states = States { session, stack, program: &found_program, env: &env.variables };
        if matches!(imported.action, ImportAction::Adopted | ImportAction::Moved) {
            let file = states.file_of(found, &mut launcher)?;
            learn_outputs(found, reporter);
            let read = fs::File::open(&file).ok().and_then(|file| seam_tools::inventory::of_state(file).ok());
            resources = inventory::of_state(read, reporter);
            if imported.action == ImportAction::Moved {
                state = Some(states.copy((found, &file), place, &mut launcher)?);
            }
        }
        program = Some(found_program);
    }
    if imported.action.is_change() {
        let from = imported.from.clone();
        let adoption = adoption(
            session,
            run,
            (&prior, program.as_ref(), !imported.was.is_empty()),
            place.as_ref().zip(state),
            from,
            reporter,
        );
        let index = resources.map(|resources| Command::SetResources { run, address, resources });
        let commands = [Command::Adopt(adoption)].into_iter().chain(index).collect();
        let mut replies = session.registry.submit(commands)?.into_iter();
        if let Some(Reply::Revision(revision)) = replies.next().transpose()? {
            imported.revision = Some(revision);
        }
        replies.for_each(|reply| inventory::indexed(reply, reporter));
    }
    for path in outdated {
        imported.backups.push(set_aside(&path)?);
    }
    Ok(imported)
}

/// What is secret of it is in nothing that lookups find.
fn learn_outputs(found: &Found, reporter: &Reporter) {
    for (name, output) in found.state.outputs.iter().flatten().filter(|(_, output)| output.sensitive) {
        reporter.learn(name, &output.value);
    }
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
        resources: 0,
        looked_at: Vec::new(),
        was,
        revision: None,
        backups: Vec::new(),
    };
    Proposal { imported, prior, place: None, state: None, outdated: Vec::new() }
}

/// What decides which of several states is the instance's.
struct Choice<'a> {
    prior: &'a InstanceState,
    wanted: &'a Wanted,
    place: &'a StatePlace,
}

impl Choice<'_> {
    /// The instance's state, if it has one, and files with older ones and copies of it; out of what is
    /// where it belongs and what is elsewhere.
    fn choose(&self, there: Option<Found>, mut rest: Vec<Found>) -> Result<(Option<Found>, Vec<PathBuf>), RunFailure> {
        let recorded = match recorded_state(self.prior) {
            Recorded::At(position) => Some(position.lineage),
            Recorded::Never | Recorded::Started => None,
        };
        let lineage = self.wanted.lineage.as_ref().or(recorded.as_ref());
        let is_own = |found: &Found| lineage.is_none_or(|lineage| found.state.position.lineage == *lineage);
        if let Some(other) = there.as_ref().filter(|found| !is_own(found) && !found.state.is_empty()) {
            return Err(self.another(other, lineage));
        }
        // An empty one that is not its own is there as soon as a TF workspace is.
        let own = there.filter(|found| !found.state.is_empty() || (recorded.is_some() && is_own(found)));
        if lineage.is_some() {
            rest.retain(is_own);
        }
        let chosen = match own {
            Some(own) => own,
            None if rest.is_empty() && recorded.is_some() => return Err(self.vanished()),
            None if rest.is_empty() => return Ok((None, Vec::new())),
            None => rest.remove(0),
        };
        if let Some(other) = rest.iter().find(|other| !other.is_outdated_by(&chosen)) {
            return Err(self.two(&chosen, other));
        }
        let moved = Some(&chosen).filter(|chosen| chosen.place != *self.place);
        let aside = moved.into_iter().chain(&rest).filter_map(|found| match &found.place {
            // A file that somebody named is theirs.
            StatePlace::Local { path, .. } if self.wanted.from.is_none() => Some(path.clone()),
            _ => None,
        });
        let aside = aside.collect();
        Ok((Some(chosen), aside))
    }

    fn another(&self, found: &Found, lineage: Option<&String>) -> RunFailure {
        let (address, lineage) = (&self.prior.address, lineage.map_or("", String::as_str));
        let (place, theirs) = (found.place.words(), &found.state.position.lineage);
        let wanted = if self.wanted.lineage.is_some() { "asked for" } else { "recorded" };
        let message = format!("the state of {address} at {place} has the lineage {theirs}, and {lineage} is {wanted}");
        Finding::error(codes::LINEAGE_CHANGED, message)
            .help(format!(
                "put the other one back; if this is the right one: seam import {} -e {} --lineage {theirs}",
                address.stack, address.environment
            ))
            .into()
    }

    fn vanished(&self) -> RunFailure {
        let address = &self.prior.address;
        let message = format!(
            "the state of {address} that was recorded is neither at {} nor where states of stacks without a backend lie",
            self.place.words()
        );
        let (stack, environment) = (&address.stack, &address.environment);
        Finding::error(codes::STATE_VANISHED, message)
            .help(format!(
                "pull it from its old backend (`terraform state pull > FILE`) or take a backup, then: seam import {stack} -e {environment} --from FILE"
            ))
            .into()
    }

    fn two(&self, chosen: &Found, other: &Found) -> RunFailure {
        let place = |found: &Found| {
            let state = &found.state;
            let (lineage, serial) = (&state.position.lineage, state.position.serial);
            format!("{} (lineage {lineage}, serial {serial}, {} resources)", found.place.words(), state.resources)
        };
        let address = &self.prior.address;
        let message = format!("{address} has two states: at {}, and at {}", place(chosen), place(other));
        Finding::error(codes::TWO_STATES, message)
            .help("move the wrong one away, then import again; nothing was touched")
            .into()
    }
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

/// What is recorded. Outputs that the contract refuses are left to the next apply.
fn adoption(
    session: &Session,
    run: u64,
    (prior, program, changes_owner): (&InstanceState, Option<&Program>, bool),
    state: Option<(&StatePlace, Found)>,
    from: Option<String>,
    reporter: &Reporter,
) -> Adoption {
    let (stack, last) = (session.instance(&prior.address).0, prior.success.as_ref());
    let (position, backend, outputs) = match state {
        Some((place, Found { state, .. })) => {
            (Some(recorded_position(place, &state.position)), recorded_backend(place), state.outputs)
        }
        None => (last.and_then(|last| last.state.clone()), last.and_then(|last| last.backend.clone()), None),
    };
    let contract = stack.contract.as_ref().and_then(|contract| contract.version.clone());
    // The next apply looks after a step that nobody knows the end of, and publishes.
    let outputs = outputs.filter(|_| prior.open_step.is_none());
    let outputs = outputs.and_then(|outputs| match publish::check(stack, outputs) {
        Ok(outputs) => Some(outputs),
        Err(findings) => {
            for finding in findings {
                reporter.warn(&format!("not published, before the next apply: {}", finding.message));
            }
            None
        }
    });
    let outputs = outputs.filter(|outputs| {
        !prior.publication.as_ref().is_some_and(|publication| {
            publish::same(outputs, &publication.outputs) && publication.provenance.contract == contract
        })
    });
    let inputs = last.iter().flat_map(|last| &last.inputs).filter_map(|(name, input)| {
        let (sensitive, pattern, from) = (input.sensitive, input.pattern, input.from.clone());
        Some((name.clone(), RecordedInput { value: input.value.clone()?, sensitive, pattern, from }))
    });
    let inputs: BTreeMap<String, RecordedInput> = inputs.collect();
    let caller = &session.caller;
    Adoption {
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
        },
        tags: stack.tags.iter().cloned().collect(),
        from,
        changes_owner,
    }
}
