//! A person works with the tool of one instance: in its mirror, with its backend and inputs in place,
//! in the foreground, while a run of its own holds the instance.

use crate::Session;
use crate::drive::Reporter;
use crate::failure::RunFailure;
use crate::inputs::{Inputs, resolve, values};
use crate::instance::{Instance, PluginPaths, ToolInUse};
use crate::launcher::StepLauncher;
use crate::lifecycle::{Lifecycle, Start};
use crate::plan_step::{learn_secrets, open};
use crate::preflight;
use crate::run_folder::next_folder;
use crate::secrets::Secrets;
use crate::state_on_record::{recorded_position, refuse_left_behind};
use seam_model::{Address, Finding, RunEvent, RunResult, RunStatus, Tool, Verb, codes};
use seam_process::{Ended, StepFolder, foreground};
use seam_registry::Command;
use seam_tools::Call;
use seam_tools::terraform::{self, Recorded, StatePlace, Wish};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ffi::OsString;

/// What a person wants.
pub struct ByHand {
    /// Of which instance.
    pub address: Address,
    /// The arguments of the tool.
    pub args: Vec<OsString>,
    /// Is there a terminal on standard input?
    pub terminal: bool,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Called {
    /// How the tool ended.
    pub ended: Ended,
    /// What became of the state.
    pub state: StateAfter,
}

/// What a tool in somebody's hands did to a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StateAfter {
    /// It is where it was, as far as can be told without asking a backend.
    Same,
    /// It was changed, from this serial to that one; 0: there was none.
    Changed(u64, u64),
    /// Seam does not read it, and the call was of a kind that may change it.
    Unseen,
}

/// Calls the tool. An error means that it was not called.
pub fn by_hand(session: &Session, request: ByHand, report: &mut dyn FnMut(RunEvent)) -> Result<Called, RunFailure> {
    let ByHand { address, args, terminal } = request;
    let (stack, _) = session.instance(&address);
    if !matches!(stack.tool, Tool::Terraform | Tool::OpenTofu) {
        let message = format!("{} is of `tool: {}`, which has no state to work on", stack.name, stack.tool.as_str());
        return Err(Finding::error(codes::USAGE, message)
            .at(&stack.place)
            .help("this is for stacks of terraform and opentofu")
            .into());
    }
    let wish = Wish::parse(args, stack.name.as_str(), address.environment.as_str())?;
    let instances = BTreeSet::from([address.clone()]);
    let known = preflight::recorded(session, &instances)?;
    let refused = preflight::check_record(session, &known.recorded[&address]);
    if !refused.is_empty() {
        return Err(refused.into());
    }
    let start =
        Start { verb: Verb::Tool, environment: &address.environment, selection: stack.name.as_str(), resumes: false };
    let run = Lifecycle::begin(session, &start, &instances, &known, report)?;
    let renamed = run.recorded().and_then(|known| run.rename(&known, report));
    let called = renamed.and_then(|_| {
        let report = RefCell::new(&mut *report);
        let send = |event: RunEvent| (report.borrow_mut())(event);
        go(session, &run, (&address, &wish, terminal), &Reporter::new(&address, &send))
    });
    let result = match &called {
        Ok(called) if called.ended.is_success() => RunResult::Done,
        _ if session.stop.requests() > 0 => RunResult::Interrupted,
        Ok(_) => RunResult::Failed,
        Err(_) => RunResult::Refused,
    };
    run.end(result, &RunStatus::default(), report);
    called
}

/// Reads what is on record now that nobody else can change it, and calls the tool.
fn go(
    session: &Session,
    run: &Lifecycle,
    (address, wish, terminal): (&Address, &Wish, bool),
    reporter: &Reporter,
) -> Result<Called, RunFailure> {
    let instances = BTreeSet::from([address.clone()]);
    let mut known = run.recorded()?;
    let inputs = if wish.takes_variables() {
        session.states.read_by_tools(session, &run.folder, &instances, &known.recorded)?;
        resolve(session, address, &known, &Secrets::fetch(session, &instances))?
    } else {
        Inputs::new()
    };
    learn_secrets(&inputs, reporter);
    let Some(prior) = known.recorded.remove(address) else { unreachable!("it was asked for") };
    let mut instance = open(session, address, prior, true, reporter)?;
    for name in &instance.env.dropped {
        reporter.warn(&format!("{name} of your environment is not passed to the tool"));
    }
    let ended = call(&instance, run, (wish, terminal), &inputs, reporter)?;
    if instance.mirror.copy_back_lock_file()? {
        reporter.warn("its .terraform.lock.hcl was changed, and copied back beside the code");
    }
    let state = state_after(&instance, wish)?;
    if state != StateAfter::Same {
        record(&instance, run.number)?;
    }
    Ok(Called { ended, state })
}

fn call(
    instance: &Instance,
    run: &Lifecycle,
    (wish, terminal): (&Wish, bool),
    inputs: &Inputs,
    reporter: &Reporter,
) -> Result<Ended, RunFailure> {
    let ToolInUse::Terraform { program, place, recorded, .. } = &instance.tool else { unreachable!("it was checked") };
    let (values, paths) = (values(inputs), PluginPaths::of(instance.session));
    let job = instance.terraform_job(program, place, recorded, &values, &paths)?;
    let step = run.folder.step(&instance.address.stack);
    let mut launcher = StepLauncher::new(instance.session, &instance.address, step.clone(), None, reporter);
    refuse_left_behind(instance, &mut launcher)?;
    terraform::make_ready(&job, &mut launcher, wish)?;
    let unprepared = |error: std::io::Error| {
        Box::new(Finding::error(codes::TOOL_FAILED, format!("cannot prepare {}: {error}", step.display())))
    };
    let folder = next_folder(&step, Call::Tool).map_err(unprepared)?;
    let mut command = terraform::call(&job, &folder, wish, terminal).map_err(unprepared)?;
    // Whoever comes after a seam that was killed waits for what it left at work.
    command.lock = Some(folder.join(StepFolder::LOCK));
    let ended = foreground(&command, terminal);
    terraform::protect_state(&job);
    // Nothing secret outlives the call, also where the end cannot be recorded.
    let removed = crate::run_folder::clear_dead_step(instance.session, &step, &[]).map_err(unprepared);
    let ended = ended.map_err(|error| {
        let text = crate::launcher::in_full(&error);
        Box::new(Finding::error(codes::TOOL_FAILED, text))
    })?;
    removed?;
    Ok(ended)
}

fn state_after(instance: &Instance, wish: &Wish) -> Result<StateAfter, RunFailure> {
    let ToolInUse::Terraform { place, position, .. } = &instance.tool else { return Ok(StateAfter::Same) };
    if let StatePlace::Backend { .. } = place {
        return Ok(if wish.may_write() { StateAfter::Unseen } else { StateAfter::Same });
    }
    let now = position_now(instance, place)?;
    let serial = |position: &Option<terraform::StatePosition>| position.as_ref().map_or(0, |it| it.serial);
    Ok(if now == *position { StateAfter::Same } else { StateAfter::Changed(serial(position), serial(&now)) })
}

/// Whatever is there now is the instance's: somebody who held it put it there.
fn position_now(instance: &Instance, place: &StatePlace) -> Result<Option<terraform::StatePosition>, Box<Finding>> {
    let Instance { session, stack, environment, .. } = instance;
    place.check(&Recorded::Started, &session.workspace.root.join(&stack.source), environment.name.as_str())
}

fn record(instance: &Instance, run: u64) -> Result<(), RunFailure> {
    let ToolInUse::Terraform { place, .. } = &instance.tool else { return Ok(()) };
    let now = position_now(instance, place)?;
    let state = now.map(|position| recorded_position(place, &position));
    let command = Command::ChangeState { run, address: instance.address.clone(), state };
    for reply in instance.session.registry.submit(vec![command])? {
        reply?;
    }
    Ok(())
}
