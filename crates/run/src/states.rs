//! The states that inputs read directly (`state:`), each read once a run: a file and a server in
//! process, any other place by the tool, once the run has a folder for it.

use crate::Session;
use crate::drive::Reporter;
use crate::failure::RunFailure;
use crate::instance::tool_environment;
use crate::launcher::StepLauncher;
use crate::rename::state_place;
use crate::run_folder::RunFolder;
use crate::state_on_record::{elsewhere, recorded_state};
use seam_model::{Address, Environment, ExternalState, Finding, OUTPUTS_BYTES_MAX, Source, Stack, Tool, codes};
use seam_registry::InstanceState;
use seam_tools::Output;
use seam_tools::program::{self, Search};
use seam_tools::state::{self, Reading, Wanted};
use seam_tools::terraform::{self, Recorded, StatePlace};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// A server that keeps a state answers within this time, or it is not reached.
const TIME_LIMIT: Duration = Duration::from_secs(60);

/// All outputs of a state; what one stack may publish, with room for white space, and for those that
/// nobody asks for.
const OUTPUTS: Wanted<'static> = Wanted { names: None, bytes_max: 16 * OUTPUTS_BYTES_MAX };

/// What is known of a state.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "there is one a state that is read, and few are bad")]
pub enum Held {
    /// Its outputs.
    Outputs(Arc<BTreeMap<String, Output>>),
    /// Only a tool can read it, and none did.
    ByTool,
    /// Why it was not read; without a place.
    Bad(Finding),
}

/// The states that were read so far.
#[derive(Debug, Default)]
pub struct States(Mutex<BTreeMap<String, Held>>);

/// One state, and with what it is read.
struct Asked<'s> {
    key: String,
    place: StatePlace,
    stack: &'s Stack,
    environment: &'s Environment,
    recorded: Recorded,
}

impl States {
    /// The state of an instance of this workspace.
    pub fn of_instance(&self, session: &Session, address: &Address, prior: Option<&InstanceState>) -> Held {
        self.held(session, asked_of_instance(session, address, prior))
    }

    /// A state that an input of `consumer` names by its place.
    pub fn of_input(&self, session: &Session, consumer: &Address, state: &ExternalState) -> Held {
        self.held(session, asked_by_input(session, consumer, state))
    }

    /// The instance's state is another one now.
    pub fn forget(&self, address: &Address) {
        self.lock().remove(&address.to_string());
    }

    /// Reads by tools what inputs of `instances` need and only tools can read. The state of an instance
    /// that is itself one of them is not: its step says what it is.
    pub fn read_by_tools(
        &self,
        session: &Session,
        run: &RunFolder,
        instances: &BTreeSet<Address>,
        recorded: &BTreeMap<Address, InstanceState>,
    ) -> Result<(), RunFailure> {
        for consumer in instances {
            for asked in all_asked(session, consumer, instances, recorded) {
                let Ok(asked) = asked else { continue };
                if matches!(self.held_of(session, &asked), Held::ByTool) {
                    let held = by_tool(session, run, consumer, &asked)?;
                    self.lock().insert(asked.key, held);
                }
            }
        }
        Ok(())
    }

    /// The backends of states that `consumer` reads and nobody looked at, because only tools can.
    pub fn not_compared(&self, session: &Session, consumer: &Address) -> BTreeSet<String> {
        let asked = all_asked(session, consumer, &BTreeSet::new(), &BTreeMap::new()).into_iter().flatten();
        let unread = asked.filter(|asked| matches!(self.held_of(session, asked), Held::ByTool));
        let kinds = unread.map(|asked| match asked.place {
            StatePlace::Local { .. } => "local".to_owned(),
            StatePlace::Backend { kind, .. } => kind,
        });
        kinds.collect()
    }

    fn held(&self, session: &Session, asked: Result<Asked, Box<Finding>>) -> Held {
        match asked {
            Ok(asked) => self.held_of(session, &asked),
            Err(finding) => Held::Bad(*finding),
        }
    }

    fn held_of(&self, session: &Session, asked: &Asked) -> Held {
        if let Some(held) = self.lock().get(&asked.key) {
            return held.clone();
        }
        let held = in_process(session, asked);
        self.lock().insert(asked.key.clone(), held.clone());
        held
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Held>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The states that inputs of `consumer` read, but those of `instances`.
fn all_asked<'s>(
    session: &'s Session,
    consumer: &Address,
    instances: &BTreeSet<Address>,
    recorded: &BTreeMap<Address, InstanceState>,
) -> Vec<Result<Asked<'s>, Box<Finding>>> {
    let links = session.graph.links_of(consumer).iter();
    let providers = links.filter(|link| link.pattern == seam_model::Pattern::State).map(|link| &link.provider);
    let own = providers.filter(|provider| !instances.contains(*provider));
    let own = own.map(|provider| asked_of_instance(session, provider, recorded.get(provider)));
    let external = session.instance(consumer).0.inputs_of(&consumer.environment).into_values().filter_map(|input| {
        match &input.source {
            Source::ExternalState(state) => Some(asked_by_input(session, consumer, state)),
            _ => None,
        }
    });
    own.chain(external).collect()
}

fn asked_of_instance<'s>(
    session: &'s Session,
    address: &Address,
    prior: Option<&InstanceState>,
) -> Result<Asked<'s>, Box<Finding>> {
    let (stack, environment) = session.instance(address);
    let place = match prior {
        Some(prior) => state_place(session, prior)?,
        None => StatePlace::resolve(&session.workspace, stack, environment, &session.places.states())?,
    };
    let recorded = prior.map_or(Recorded::Never, |prior| {
        if elsewhere(prior, &place).is_none() { recorded_state(prior) } else { Recorded::Never }
    });
    Ok(Asked { key: address.to_string(), place, stack, environment, recorded })
}

/// Two environments may mean different credentials, so each reads for itself.
fn asked_by_input<'s>(
    session: &'s Session,
    consumer: &Address,
    state: &ExternalState,
) -> Result<Asked<'s>, Box<Finding>> {
    let (stack, environment) = session.instance(consumer);
    let attributes = environment.attributes(&session.workspace.system, &stack.name);
    let place = StatePlace::external(&session.workspace, &state.backend, &attributes)?;
    let key = format!("{} {}", environment.name, place.identity());
    Ok(Asked { key, place, stack, environment, recorded: Recorded::Never })
}

fn in_process(session: &Session, asked: &Asked) -> Held {
    let env = match tool_environment(session, asked.stack, asked.environment) {
        Ok(env) => env.variables,
        Err(finding) => return Held::Bad(*finding),
    };
    match state::read_in_process(&asked.place, &env, TIME_LIMIT, OUTPUTS) {
        Ok(Some(reading)) => judged(reading, asked),
        Ok(None) => Held::ByTool,
        Err(bad) => Held::Bad(bad.finding()),
    }
}

/// A state that is being written, that holds nothing any more, or that is another one is not read.
fn judged(reading: Reading, asked: &Asked) -> Held {
    let Reading { state, place, writer, .. } = reading;
    if let Some(writer) = writer {
        let message = format!("the state at {place} is being written by {writer}");
        return Held::Bad(Finding::error(codes::STATE_UNREACHABLE, message).help(
            "wait until that is done; where nobody writes it, a tool that was killed left its lock beside the state",
        ));
    }
    if let Recorded::At(before) = &asked.recorded
        && before.lineage != state.position.lineage
    {
        let message = format!("the state at {place} is another one than the one of its last success (lineage)");
        return Held::Bad(
            Finding::error(codes::LINEAGE_CHANGED, message)
                .help("put the state back that belongs there, or let its stack take this one in: `seam import`"),
        );
    }
    if state.is_empty() {
        return Held::Bad(Finding::error(codes::DESTROYED, format!("the state at {place} holds nothing any more")));
    }
    Held::Outputs(Arc::new(state.outputs.unwrap_or_default()))
}

/// Reads with two processes of the tool, in folders of the consumer's step.
fn by_tool(session: &Session, run: &RunFolder, consumer: &Address, asked: &Asked) -> Result<Held, RunFailure> {
    let env = tool_environment(session, asked.stack, asked.environment)?;
    let search = Search { env: &env.variables, cache: &session.places.cache };
    let tool = if asked.stack.tool == Tool::OpenTofu { Tool::OpenTofu } else { Tool::Terraform };
    let program = program::find(tool, &session.workspace.root.join(&asked.stack.source), &search)?;
    let pull = terraform::Pull {
        place: &asked.place,
        program: &program,
        env: &env.variables,
        time_limit: asked.stack.timeout,
        grace: session.caller.grace,
    };
    let send = |_| {};
    let reporter = Reporter::new(consumer, &send);
    let mut launcher = StepLauncher::new(session, consumer, run.step(&consumer.stack), None, &reporter);
    Ok(match terraform::pull(&pull, &mut launcher, OUTPUTS) {
        Ok(reading) => judged(reading, asked),
        Err(failure) => {
            let failure = RunFailure::from(failure);
            let words = failure.words();
            let finding = failure.findings.into_iter().next();
            let finding = finding.unwrap_or_else(|| Finding::error(codes::STATE_UNREACHABLE, "it was not read"));
            let more = words.into_iter().filter(|words| !finding.message.contains(words.trim_start_matches("Error: ")));
            let message = std::iter::once(finding.message.clone()).chain(more).collect::<Vec<_>>().join("\n");
            Held::Bad(Finding { message, place: None, ..finding })
        }
    })
}
