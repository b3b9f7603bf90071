//! `seam import`: takes existing states in, and moves those that lie elsewhere to where they belong.
//! Everything is looked at first; where anything is refused nothing is done. Nothing is applied.

use crate::Session;
use crate::drive::{Conductor, Failures, Job, StepEnd, drive};
use crate::failure::RunFailure;
use crate::import_step::{Adopted, adopt, look};
use crate::inputs::{Inputs, Known, resolve_where_possible};
use crate::lifecycle::{Lifecycle, Start};
use crate::preflight::{recorded, shared_states};
use crate::secrets::Secrets;
use crate::steps::run_by_us;
use seam_graph::Scheduler;
use seam_model::{Address, Finding, Name, RunEvent, RunResult, RunStatus, StepState, Tool, Verb, codes};
use seam_registry::InstanceState;
use seam_tools::terraform::StatePlace;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// Asks for a yes to what is going to be taken in; what is refused is said by the finding.
pub type AskImport<'a> = &'a dyn Fn(&[Imported]) -> Result<(), Box<Finding>>;

/// What is to be taken in, and what may change with it.
pub struct Import<'a> {
    /// Where.
    pub environment: Name,
    /// The selection as it was written.
    pub selection: String,
    /// What it came to.
    pub instances: BTreeSet<Address>,
    /// Instances may change to this tool, which their stacks say.
    pub tool: Option<Tool>,
    /// Instances may change their home to this workspace.
    pub move_home: bool,
    /// The state of the one instance is in this file.
    pub from: Option<PathBuf>,
    /// Only a state of this lineage is taken, and it may be another one than is on record.
    pub lineage: Option<String>,
    /// A state may be taken in although a later one of it is on record.
    pub older: bool,
    /// Who says yes or no to what is going to be done; `None`: `--yes`.
    pub ask: Option<AskImport<'a>>,
    /// How many instances at once.
    pub jobs: usize,
}

/// What is done with an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportAction {
    /// Its state is taken in where it is.
    Adopted,
    /// Its state is moved to where it belongs.
    Moved,
    /// Its tool or its home is another one from now on; the state stays.
    Recorded,
    /// Everything is on record already.
    Unchanged,
    /// It has no state.
    Nothing,
}

impl ImportAction {
    /// The word that reports use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Adopted => "adopted",
            Self::Moved => "moved",
            Self::Recorded => "recorded",
            Self::Unchanged => "unchanged",
            Self::Nothing => "nothing",
        }
    }

    /// Is anything recorded?
    pub fn is_change(self) -> bool {
        matches!(self, Self::Adopted | Self::Moved | Self::Recorded)
    }
}

/// What is going to be done with an instance, or was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// Which.
    pub address: Address,
    /// What.
    pub action: ImportAction,
    /// Where its state belongs, in words without secrets; `None` of a tool without states.
    pub place: Option<String>,
    /// Where its state was, where it is moved.
    pub from: Option<String>,
    /// Lineage and serial of the state.
    pub position: Option<(String, u64)>,
    /// The serial on record, where the state is older than that.
    pub older_than: Option<u64>,
    /// How many resources it holds.
    pub resources: usize,
    /// Where it was looked for, in words without secrets, where none is.
    pub looked_at: Vec<String>,
    /// The tool and the home that were on record, where they change.
    pub was: Vec<String>,
    /// The revision that was published.
    pub revision: Option<u64>,
    /// Files that were set aside.
    pub backups: Vec<PathBuf>,
}

/// How an import ended.
#[derive(Debug)]
pub struct ImportEnd {
    /// The run's number.
    pub run: u64,
    /// How it ended.
    pub result: RunResult,
    /// By address.
    pub instances: Vec<Imported>,
    /// Instances that could not be taken in, and why.
    pub failures: Failures,
}

/// Does it. An error means that nothing was done.
pub fn import(session: &Session, request: &Import, report: &mut dyn FnMut(RunEvent)) -> Result<ImportEnd, RunFailure> {
    let instances = run_by_us(session, &request.instances);
    one_for_a_file(request, &instances)?;
    let shared = shared_states(&session.workspace, &session.graph, &session.places.states());
    if !shared.is_empty() {
        return Err(shared.into());
    }
    let known = recorded(session, &instances)?;
    let (environment, selection) = (&request.environment, request.selection.as_str());
    let start = Start { verb: Verb::Import, environment, selection, resumes: false };
    let run = Lifecycle::begin(session, &start, &instances, &known, report)?;
    let mut status = RunStatus::default();
    let ended = go(session, request, &run, &instances, &mut |event| {
        status.fold(&event);
        report(event);
    });
    let interrupted = session.stop.requests() > 0;
    let result = match &ended {
        _ if interrupted => RunResult::Interrupted,
        Ok((_, failures)) if failures.is_empty() => RunResult::Done,
        Ok((_, failures)) if failures.iter().any(|(_, failure)| failure.is_lost()) => RunResult::Lost,
        Ok(_) => RunResult::Failed,
        Err(_) => RunResult::Refused,
    };
    let number = run.number;
    run.end(result, &status, report);
    let (instances, failures) = ended?;
    Ok(ImportEnd { run: number, result, instances, failures })
}

/// A file holds the state of one instance.
fn one_for_a_file(request: &Import, instances: &BTreeSet<Address>) -> Result<(), RunFailure> {
    match &request.from {
        Some(_) if instances.len() != 1 => {
            let message = format!("`--from` names the state of one instance, and {} are selected", instances.len());
            Err(Finding::error(codes::USAGE, message).help("name its stack: `seam import STACK --from FILE`").into())
        }
        _ => Ok(()),
    }
}

type Outcome = Result<(Vec<Imported>, Failures), RunFailure>;

/// Looks at every state, gets the yes, and takes them in.
fn go<'s>(
    session: &'s Session,
    request: &'s Import,
    run: &'s Lifecycle,
    instances: &BTreeSet<Address>,
    tell: &mut dyn FnMut(RunEvent),
) -> Outcome {
    let known = run.recorded()?;
    let steps: Vec<_> = instances.iter().map(|address| (address.clone(), Vec::new())).collect();
    tell(RunEvent::Started {
        run: Some(run.number),
        verb: Verb::Import,
        environment: request.environment.clone(),
        steps,
        took: BTreeMap::new(),
        jobs: request.jobs,
    });
    let mut looking = Looking { session, request, run, known, found: BTreeMap::new() };
    let failures = drive(session, scheduler(instances, request.jobs), &mut looking, &mut |event| {
        // Where each stands is told when it is taken in.
        if matches!(event, RunEvent::Diagnostic { .. }) {
            tell(event);
        }
    });
    let Looking { mut found, mut known, .. } = looking;
    let mut refused = all_of(failures);
    refused.findings.extend(claimed_twice(&found));
    refused.findings.extend(not_there(session, request, &found));
    if !refused.findings.is_empty() {
        return Err(refused);
    }
    let proposals: Vec<Imported> = found.values().map(|proposal| proposal.imported.clone()).collect();
    consented(session, request, &proposals)?;
    let renamed = run.rename(&known, tell)?;
    if !renamed.is_empty() {
        // Their states are where they belong now.
        let mut looking = Looking { session, request, run, known: run.recorded()?, found };
        let failures = drive(session, scheduler(&renamed, request.jobs), &mut looking, &mut |_| {});
        if !failures.is_empty() {
            return Err(all_of(failures));
        }
        (found, known) = (looking.found, looking.known);
    }
    let new: BTreeSet<Address> =
        found.iter().filter(|(_, proposal)| proposal.is_new).map(|(address, _)| address.clone()).collect();
    session.states.read_by_tools(session, &run.folder, &new, &known.recorded)?;
    let secrets = Secrets::fetch(session, &new);
    let mut adopting = Adopting { session, run, found, known, secrets, done: BTreeMap::new() };
    // What is secret of an instance is known once those that it reads are taken in.
    let steps = session.graph.steps(instances).into_iter().map(|(address, after)| (address, after, 0.0));
    let failures = drive(session, Scheduler::new(&steps.collect::<Vec<_>>(), request.jobs), &mut adopting, tell);
    Ok((adopting.done.into_values().collect(), failures))
}

/// A yes to what is going to be done. `--yes` is none to a move of a state (S0505) where the environment
/// wants an approval: whoever runs another checkout is refused from then on.
fn consented(session: &Session, request: &Import, proposals: &[Imported]) -> Result<(), RunFailure> {
    let environment = &request.environment;
    let Some(ask) = request.ask else {
        let approve = session.workspace.environments.get(environment).is_some_and(|known| known.approve);
        let moved = proposals.iter().filter(|one| approve && one.action == ImportAction::Moved);
        let moved: Vec<&str> = moved.map(|one| one.address.stack.as_str()).collect();
        if moved.is_empty() {
            return Ok(());
        }
        let names = moved.join(", ");
        let message = format!("{environment} wants an approval, and `--yes` is none: states would be moved ({names})");
        let help = "say yes on a terminal, without `--yes`; nothing was moved, and nothing is recorded";
        return Err(Finding::error(codes::NEEDS_APPROVAL, message).help(help).into());
    };
    match proposals.iter().any(|one| one.action.is_change()) {
        true => Ok(ask(proposals)?),
        false => Ok(()),
    }
}

fn scheduler(instances: &BTreeSet<Address>, jobs: usize) -> Scheduler {
    let steps: Vec<_> = instances.iter().map(|address| (address.clone(), Vec::new(), 0.0)).collect();
    Scheduler::new(&steps, jobs)
}

/// Why nothing is done, in one.
fn all_of(failures: Failures) -> RunFailure {
    let mut all = RunFailure { findings: Vec::new(), diagnostics: Vec::new(), tail: Vec::new() };
    for (_, failure) in failures {
        all.findings.extend(failure.findings);
        all.diagnostics.extend(failure.diagnostics);
        all.tail.extend(failure.tail);
    }
    all
}

/// Stacks that share a folder of code share the state that lies in it, and it is one stack's alone.
fn claimed_twice(found: &BTreeMap<Address, Proposal>) -> Vec<Finding> {
    let mut first: BTreeMap<String, &Address> = BTreeMap::new();
    let mut findings = Vec::new();
    for proposal in found.values().filter(|proposal| proposal.imported.from.is_some()) {
        let Some(state) = &proposal.state else { continue };
        let address = &proposal.imported.address;
        if let Some(other) = first.insert(state.place.identity(), address) {
            let message = format!("the state at {} could be that of {other} and of {address}", state.place.words());
            let finding = Finding::error(codes::TWO_STATES, message);
            findings.push(finding.help("import the one that it belongs to by itself, by name"));
        }
    }
    findings
}

/// A stack that somebody names has a state, they think; one of many may have none.
fn not_there(session: &Session, request: &Import, found: &BTreeMap<Address, Proposal>) -> Vec<Finding> {
    let is_named =
        |stack: &Name| request.from.is_some() || request.selection.split([' ', ',']).any(|word| word == stack.as_str());
    let nothing = found.values().map(|proposal| &proposal.imported).filter(|imported| {
        imported.action == ImportAction::Nothing && imported.place.is_some() && is_named(&imported.address.stack)
    });
    let worded = |imported: &Imported| {
        let Address { stack, environment, .. } = &imported.address;
        let message = format!(
            "{} has no state to take in: there is none at {}",
            imported.address,
            imported.looked_at.join(", nor at ")
        );
        Finding::error(codes::STATE_NOT_FOUND, message).at(&session.workspace.stacks[stack].place).help(format!(
            "nothing was recorded; mend `backend`, or name the file that has it: \
             seam import {stack} -e {environment} --from FILE"
        ))
    };
    nothing.map(worded).collect()
}

/// What a look at an instance came to.
#[derive(Clone)]
pub struct Proposal {
    /// What people see.
    pub imported: Imported,
    /// What the registry knows of it.
    pub prior: InstanceState,
    /// Where its state belongs.
    pub place: Option<StatePlace>,
    /// Its state, wherever it is.
    pub state: Option<crate::import_state::Found>,
    /// Nothing is published of that state yet: what it provides is to be.
    pub is_new: bool,
    /// Older states and copies of it, to be set aside.
    pub outdated: Vec<PathBuf>,
}

struct Looking<'s> {
    session: &'s Session,
    request: &'s Import<'s>,
    run: &'s Lifecycle<'s>,
    known: Known,
    found: BTreeMap<Address, Proposal>,
}

impl<'s> Conductor<'s, Proposal> for Looking<'s> {
    fn begin(&mut self, address: &Address) -> Result<Job<'s, Proposal>, RunFailure> {
        let prior = self.known.recorded[address].clone();
        let (session, folder) = (self.session, self.run.folder.step(&address.stack));
        let wanted = crate::import_step::Wanted {
            tool: self.request.tool,
            move_home: self.request.move_home,
            from: self.request.from.clone(),
            lineage: self.request.lineage.clone(),
            older: self.request.older,
        };
        Ok(Box::new(move |reporter| {
            let value = look(session, prior, &wanted, folder, reporter)?;
            Ok(StepEnd { state: StepState::Planned, reason: String::new(), value })
        }))
    }

    fn finish(&mut self, address: &Address, value: Proposal) -> Result<(), RunFailure> {
        self.found.insert(address.clone(), value);
        Ok(())
    }
}

struct Adopting<'s> {
    session: &'s Session,
    run: &'s Lifecycle<'s>,
    found: BTreeMap<Address, Proposal>,
    /// What is known of those that instances read, with what was taken in.
    known: Known,
    secrets: Secrets,
    done: BTreeMap<Address, Imported>,
}

impl<'s> Conductor<'s, Adopted> for Adopting<'s> {
    fn begin(&mut self, address: &Address) -> Result<Job<'s, Adopted>, RunFailure> {
        let (session, number, folder) = (self.session, self.run.number, self.run.folder.step(&address.stack));
        let proposal = self.found[address].clone();
        let inputs = match proposal.is_new {
            true => resolve_where_possible(session, address, &self.known, &self.secrets),
            false => Inputs::new(),
        };
        Ok(Box::new(move |reporter| {
            let value = adopt(session, number, (proposal, &inputs), folder, reporter)?;
            let action = value.imported.action;
            let state = if action.is_change() { StepState::Published } else { StepState::Skipped };
            Ok(StepEnd { state, reason: action.as_str().to_owned(), value })
        }))
    }

    fn finish(&mut self, address: &Address, value: Adopted) -> Result<(), RunFailure> {
        self.known.planned.extend(value.outputs.map(|outputs| (address.clone(), outputs)));
        self.done.insert(address.clone(), value.imported);
        Ok(())
    }
}
