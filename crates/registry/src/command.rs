//! What can be asked to be recorded: a [`Command`] with its parts, and the [`Reply`] to an
//! accepted one.

use crate::{
    Adoption, Approval, ContractVersion, Deployment, Observation, Output, Provenance, RecordedInput, StatePosition,
    Success, Use,
};
use seam_model::{Address, Name, Resource, RunResult, Verb};
use std::collections::BTreeMap;

/// Something to be recorded. Decided in the registry's turn: accepted with a [`Reply`], or
/// refused with a [`Refusal`](crate::Refusal) and then nothing of it is recorded.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// A run begins. Replies with its number.
    StartRun(RunStart),
    /// Leases instances to a run, all or none. Leasing again what the run holds changes nothing.
    TakeLeases {
        /// The run, not ended.
        run: u64,
        /// What it is going to touch.
        instances: Vec<Address>,
        /// Runs that are known to be dead: their leases are taken over.
        dead_runs: Vec<DeadRun>,
    },
    /// The tool of a step is about to change the world. Refused without the lease; refused for
    /// [`Verb::Destroy`] while anybody else uses the instance: in a destroy of several, consumers
    /// come first.
    StartStep(StepStart),
    /// The tool of a step ended.
    EndStep {
        /// The run that started it.
        run: u64,
        /// The instance.
        address: Address,
        /// The step's folder, as at its start.
        folder: String,
        /// How it ended.
        outcome: Outcome,
    },
    /// A person says what became of a step of which nobody recorded the end. Then the step has that outcome,
    /// [`Outcome::Applied`] or [`Outcome::NotApplied`].
    ResolveStep {
        /// The run that started it.
        run: u64,
        /// The instance.
        address: Address,
        /// The step's folder, as at its start.
        folder: String,
        /// Did it do what it was to do?
        applied: bool,
        /// Who says so; a claim.
        actor: String,
        /// A run that is known to be dead: its lease keeps nobody out.
        dead_run: Option<u64>,
    },
    /// Makes the next revision. Replies with its number. Replaces the instance's uses and tags.
    /// With a success it is refused unless its run holds the lease; without, on an instance that
    /// a workspace runs.
    Publish {
        /// The instance.
        address: Address,
        /// By name, every value known throughout.
        outputs: BTreeMap<String, Output>,
        /// Who made it, from what.
        provenance: Provenance,
        /// The step's success; `None` for `seam publish`.
        success: Option<Success>,
        /// What the instance consumes.
        uses: Vec<Use>,
        /// The stack's tags.
        tags: Vec<Name>,
    },
    /// A success that left outputs and provenance's contract as they were last published: recorded
    /// without a new revision. Replaces the instance's uses and tags.
    Unchanged {
        /// The instance, published before.
        address: Address,
        /// The step's success, by the run that holds the lease.
        success: Success,
        /// What the instance consumes.
        uses: Vec<Use>,
        /// The stack's tags.
        tags: Vec<Name>,
    },
    /// What lookups find of the instance from now on: said with the success of a step, by the run that
    /// holds the lease. Nothing is recorded where it is what was found before.
    SetResources {
        /// The run, which holds the lease.
        run: u64,
        /// The instance.
        address: Address,
        /// Nothing in them is a secret.
        resources: Vec<Resource>,
    },
    /// A state that was there is the instance's from now on, at the place and by the tool and home that
    /// the adoption says. Its uses stay as they were. Replies with the revision where one was made.
    Adopt(Adoption),
    /// A person worked on the instance's state with its tool: the next run compares with what is there
    /// now, and plans.
    ChangeState {
        /// The run, which holds the lease.
        run: u64,
        /// The instance.
        address: Address,
        /// Where the state stands now; `None` where Seam does not read it.
        state: Option<StatePosition>,
    },
    /// The instance has another address from now on: revisions go on counting, uses of it and its own go
    /// along, and the former address leads to it. Refused where nothing is at the former address, where a
    /// step of it is open, and where something else is deployed at the new one.
    Rename {
        /// The run, which holds the lease of both addresses.
        run: u64,
        /// The address from now on.
        address: Address,
        /// The address until now.
        from: Address,
        /// Which repository renames it; another one than runs it is refused.
        home: String,
        /// Where its state is from now on, where the state goes along; see [`StatePosition::place`].
        place: Option<String>,
    },
    /// What these consumers read of the instance keeps nobody from destroying it any more: they are
    /// gone, or somebody takes it upon themselves.
    IgnoreUses {
        /// The run, which holds the lease.
        run: u64,
        /// The instance that is to be destroyed.
        address: Address,
        /// Who reads what of it; in words where no use is on record.
        ignored: Vec<(Address, String)>,
        /// Why, in the words of a person.
        why: String,
        /// Who says so; a claim.
        actor: String,
    },
    /// The instance is gone; its own uses, tags, tool and home go with it. Not refused while used
    /// where this run's destroy of it was started: it is a fact by now, and the rule stood there.
    Destroyed {
        /// The run, which holds the lease.
        run: u64,
        /// The instance.
        address: Address,
    },
    /// A version of a stack's contract is on record from now on. Nothing is recorded where it is; refused
    /// where the version is there with another content.
    RegisterContract(ContractVersion),
    /// A contract is registered, and the command done, in one turn: neither where one of them is refused.
    WithContract(Box<ContractVersion>, Box<Command>),
    /// Somebody else than Seam deployed a version of the stack, whose contract is on record or comes along. Refused on an
    /// instance that a workspace runs.
    Deploy(Deployment),
    /// A version that others deployed is not there any more.
    Withdraw {
        /// The instance.
        address: Address,
        /// The contract's version.
        version: String,
        /// Who says so; a claim.
        actor: String,
        /// On which host.
        host: String,
    },
    /// Somebody answers for a break until a day. The last word on a fingerprint counts.
    ApproveBreak(Approval),
    /// Calls that were seen.
    ObserveUses {
        /// The instance that was called.
        address: Address,
        /// What was seen.
        observation: Observation,
    },
    /// The run is over; its leases are released.
    EndRun {
        /// The run.
        run: u64,
        /// How it ended.
        result: RunResult,
        /// What it did, by word (`applied`, `skipped`, …).
        counts: BTreeMap<String, u64>,
    },
}

/// What an accepted command answers. It is on disk by then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// Recorded.
    Done,
    /// The number of the run that was started.
    Run(u64),
    /// The revision that was made.
    Revision(u64),
}

/// A run that drives nothing any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadRun {
    /// Its number.
    pub run: u64,
    /// What the caller saw that proves it, in words; recorded with the takeover.
    pub evidence: String,
}

/// The beginning of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunStart {
    /// What it does.
    pub verb: Verb,
    /// Where.
    pub environment: Name,
    /// Who says so; a claim.
    pub actor: String,
    /// The host it runs on.
    pub host: String,
    /// Its process.
    pub pid: u32,
    /// Which process that is (pid, start time, boot id), in the words of crate `process`: the id alone may
    /// be another one's later.
    pub process: String,
    /// The folder of runs on that host, absolute. Only there its locks say whether it is alive.
    pub runs_folder: String,
    /// The selection as it was written.
    pub selection: String,
    /// What the selection came to.
    pub instances: Vec<Address>,
    /// The highest run folder on disk, 0 for none: the new number is higher.
    pub at_least: u64,
}

/// The beginning of a step's apply or destroy.
#[derive(Clone, Debug, PartialEq)]
pub struct StepStart {
    /// The run, which holds the lease.
    pub run: u64,
    /// The instance.
    pub address: Address,
    /// The step's folder under the run's and the stack's, such as `3-apply`.
    pub folder: String,
    /// Apply or destroy.
    pub verb: Verb,
    /// `terraform`, `opentofu`, `exec`; another one than recorded is refused.
    pub tool: String,
    /// Which repository runs the instance; a second one is refused.
    pub home: String,
    /// Who the supervisor is (pid, start time, boot id), in the words of crate `process`.
    pub supervisor: String,
    /// The state before, where there is one that Seam reads.
    pub state_before: Option<StatePosition>,
    /// What the tool gets, without `secret` inputs; sensitive ones are sealed.
    pub inputs: BTreeMap<String, RecordedInput>,
    /// The step's key.
    pub key: String,
}

/// How the tool of a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// With this exit status.
    Exited(i32),
    /// By this signal.
    Signalled(i32),
    /// At its time limit.
    TimedOut,
    /// It never began: the world is as it was.
    NotStarted,
    /// Somebody says that it did its work.
    Applied,
    /// Somebody says that it did not do its work, or that what it did was taken back.
    NotApplied,
}

impl Command {
    /// The command together with the registration of the contract that it is done under.
    #[must_use]
    pub fn with_contract(self, contract: Option<ContractVersion>) -> Self {
        match contract {
            Some(contract) => Self::WithContract(Box::new(contract), Box::new(self)),
            None => self,
        }
    }

    /// Does it say anything that is sealed?
    pub(crate) fn has_secrets(&self) -> bool {
        let inputs = |inputs: &BTreeMap<String, RecordedInput>| inputs.values().any(|input| input.sensitive);
        let success = |success: &Success| {
            let backend = success.backend.as_ref().is_some_and(|backend| backend.sensitive);
            backend || success.inputs.as_ref().is_some_and(inputs)
        };
        match self {
            Self::StartStep(step) => inputs(&step.inputs),
            Self::Publish { outputs, success: made, .. } => {
                outputs.values().any(|output| output.sensitive) || made.as_ref().is_some_and(success)
            }
            Self::Unchanged { success: made, .. } => success(made),
            Self::WithContract(_, command) => command.has_secrets(),
            Self::Adopt(adoption) => {
                adoption.outputs.iter().flatten().any(|(_, output)| output.sensitive) || success(&adoption.success)
            }
            _ => false,
        }
    }
}
