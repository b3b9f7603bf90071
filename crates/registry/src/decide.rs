//! The rules: each command is decided on a view that is at the log's head, in the turn, and becomes
//! records or a refusal.

use crate::contract_rules;
use crate::keys::Keys;
use crate::record::{
    Adopted, Destroyed, Draft, Ignored, LeaseTaken, Published, ResourcesSet, RunEnded, RunStarted, Settled,
    StateChanged, StepEnded, StepResolved, StepStarted, TakenOver, ToolChanged, Unchanged, UsesIgnored, kind,
};
use crate::rename;
use crate::rows::{self, Instance};
use crate::trouble::Trouble;
use crate::{
    Adoption, Command, DeadRun, Lease, Output, Provenance, Refusal, Reply, RunStart, StepStart, Success, Use, store,
    uses, wire,
};
use rusqlite::Connection;
use seam_log::{BLOB_BYTES_MAX, Turn};
use seam_model::{Address, Name, Resource, RunResult, Verb};
use std::collections::BTreeMap;

/// The most bytes of addresses in one `lease.taken`; more are several records.
const LEASES_BYTES_MAX: usize = 64 * 1024;

/// Why there are no records.
pub(crate) enum No {
    Refused(Refusal),
    Failed(Trouble),
}

/// What a rule may look at.
pub(crate) struct Rules<'a> {
    pub view: &'a Connection,
    pub turn: &'a Turn<'a>,
    pub keys: &'a mut Keys,
}

pub(crate) type Decision = Result<(Vec<Draft>, Reply), No>;

impl Rules<'_> {
    /// Decides one command.
    pub(crate) fn decide(&mut self, command: &Command) -> Decision {
        match command {
            Command::StartRun(start) => self.start_run(start),
            Command::TakeLeases { run, instances, dead_runs } => self.take_leases(*run, instances, dead_runs),
            Command::StartStep(step) => self.start_step(step),
            Command::EndStep { run, address, folder, outcome } => {
                let instance = self.instance(address)?;
                let open = instance.map(|found| rows::is_step_open(self.view, *run, found.id, folder)).transpose()?;
                if open != Some(true) {
                    let (address, folder) = (address.clone(), folder.clone());
                    return Err(Refusal::NoSuchStep { run: *run, address, folder }.into());
                }
                let body = StepEnded { run: *run, folder: folder.clone(), outcome: (*outcome).into() };
                Ok((vec![Draft::of(address, kind::STEP_ENDED, &body)?], Reply::Done))
            }
            Command::ResolveStep { run, address, folder, applied, actor, dead_run } => {
                self.unsettled(address, *run, folder, *dead_run)?;
                let body = StepResolved { run: *run, folder: folder.clone(), applied: *applied, actor: actor.clone() };
                Ok((vec![Draft::of(address, kind::STEP_RESOLVED, &body)?], Reply::Done))
            }
            Command::Publish { address, outputs, provenance, success, uses, tags } => {
                self.publish(address, outputs, provenance, success.as_ref(), (uses, tags))
            }
            Command::Unchanged { address, success, uses, tags } => self.unchanged(address, success, (uses, tags)),
            Command::SetResources { run, address, resources } => self.set_resources(*run, address, resources),
            Command::Adopt(adoption) => self.adopt(adoption),
            Command::ChangeState { run, address, state } => {
                self.leased(address, *run)?;
                let body = StateChanged { run: *run, state: state.as_ref().map(Into::into) };
                Ok((vec![Draft::of(address, kind::STATE_CHANGED, &body)?], Reply::Done))
            }
            Command::Rename { run, address, from, home, place } => {
                rename::decide(self, *run, address, (from, home), place.as_ref())
            }
            Command::IgnoreUses { run, address, ignored, why, actor } => {
                self.leased(address, *run)?;
                let one = |(consumer, output): &(Address, String)| Ignored {
                    consumer: consumer.to_string(),
                    output: output.clone(),
                };
                let ignored = ignored.iter().map(one).collect();
                let body = UsesIgnored { run: *run, why: why.clone(), actor: actor.clone(), ignored };
                Ok((vec![Draft::of(address, kind::USES_IGNORED, &body)?], Reply::Done))
            }
            Command::Destroyed { run, address } => {
                let instance = self.leased(address, *run)?;
                if !rows::is_destroy_started(self.view, *run, instance.id)? {
                    self.unused(address, &instance)?;
                }
                Ok((vec![Draft::of(address, kind::DESTROYED, &Destroyed { run: *run })?], Reply::Done))
            }
            Command::RegisterContract(contract) => contract_rules::register(self, contract),
            Command::WithContract(contract, command) => {
                let (mut records, _) = contract_rules::register(self, contract)?;
                let (more, reply) = match &**command {
                    Command::Deploy(deployment) => contract_rules::deploy(self, deployment, Some(contract))?,
                    command => self.decide(command)?,
                };
                records.extend(more);
                Ok((records, reply))
            }
            Command::Deploy(deployment) => contract_rules::deploy(self, deployment, None),
            Command::Withdraw { address, version, actor, host } => {
                contract_rules::withdraw(self, address, version, (actor, host))
            }
            Command::ApproveBreak(approval) => contract_rules::approve(approval),
            Command::ObserveUses { address, observation } => contract_rules::observe(self, address, observation),
            Command::EndRun { run, result, counts } => self.end_run(*run, *result, counts),
        }
    }

    fn start_run(&mut self, start: &RunStart) -> Decision {
        let run = rows::last_run(self.view)?.max(start.at_least) + 1;
        let instances = start.instances.iter().map(Address::to_string).collect();
        let body = RunStarted {
            run,
            verb: start.verb,
            environment: start.environment.clone(),
            actor: start.actor.clone(),
            host: start.host.clone(),
            pid: start.pid,
            process: start.process.clone(),
            runs_folder: start.runs_folder.clone(),
            selection: start.selection.clone(),
            instances: store::put(self.turn, instances)?,
        };
        Ok((vec![Draft::of_run(run, kind::RUN_STARTED, &body)?], Reply::Run(run)))
    }

    fn take_leases(&mut self, run: u64, instances: &[Address], dead_runs: &[DeadRun]) -> Decision {
        self.unfinished(run)?;
        let mut taken = vec![LeaseTaken { run, instances: Vec::new(), taken_over: Vec::new() }];
        let mut bytes = 0;
        for address in instances {
            let instance = self.instance(address)?;
            let lease = instance.map(|found| rows::lease(self.view, &found)).transpose()?.flatten();
            let from = match lease {
                Some(lease) if lease.run == run => continue,
                Some(lease) => match dead_runs.iter().find(|dead| dead.run == lease.run) {
                    None => return Err(held(address, lease)),
                    dead => dead,
                },
                None => None,
            };
            let name = address.to_string();
            bytes += name.len();
            if bytes > LEASES_BYTES_MAX {
                taken.push(LeaseTaken { run, instances: Vec::new(), taken_over: Vec::new() });
                bytes = name.len();
            }
            if let Some(record) = taken.last_mut() {
                if let Some(dead) = from {
                    take_over(&mut record.taken_over, dead, name.clone());
                }
                record.instances.push(name);
            }
        }
        let mut records = Vec::new();
        for record in taken.iter().filter(|record| !record.instances.is_empty()) {
            records.push(Draft::of_run(run, kind::LEASE_TAKEN, record)?);
        }
        Ok((records, Reply::Done))
    }

    fn start_step(&mut self, step: &StepStart) -> Decision {
        let address = &step.address;
        let instance = self.leased(address, step.run)?;
        owned(address, &instance, &step.tool, &step.home)?;
        if step.verb == Verb::Destroy {
            self.unused(address, &instance)?;
        }
        let body = StepStarted {
            run: step.run,
            folder: step.folder.clone(),
            verb: step.verb,
            tool: step.tool.clone(),
            home: step.home.clone(),
            supervisor: step.supervisor.clone(),
            state_before: step.state_before.as_ref().map(Into::into),
            key: step.key.clone(),
            inputs: store::inputs(self.turn, self.keys, address, step.run, &step.inputs)?,
            uses: uses::of(step),
        };
        Ok((vec![Draft::of(address, kind::STEP_STARTED, &body)?], Reply::Done))
    }

    fn publish(
        &mut self,
        address: &Address,
        outputs: &BTreeMap<String, Output>,
        provenance: &Provenance,
        success: Option<&Success>,
        (uses, tags): (&[Use], &[Name]),
    ) -> Decision {
        let instance = match success {
            Some(success) => Some(self.succeeded(address, success)?),
            None => self.not_run(address)?,
        };
        let revision = instance.as_ref().map_or(0, |instance| instance.revision) + 1;
        let mut records = vec![self.published(address, revision, (outputs, provenance), success, tags)?];
        records.extend(uses::set(self.view, address, instance.as_ref(), uses)?);
        Ok((records, Reply::Revision(revision)))
    }

    fn published(
        &mut self,
        address: &Address,
        revision: u64,
        (outputs, provenance): (&BTreeMap<String, Output>, &Provenance),
        success: Option<&Success>,
        tags: &[Name],
    ) -> Result<Draft, No> {
        let Provenance { actor, host, commit, dirty, contract, contract_digest } = provenance.clone();
        let body = Published {
            revision,
            step: success.map(|success| self.settled(address, success)).transpose()?,
            actor,
            host,
            commit,
            dirty,
            contract,
            contract_digest,
            tags: tags.iter().map(Name::to_string).collect(),
            outputs: store::outputs(self.turn, self.keys, address, revision, outputs)?,
        };
        Ok(Draft::of(address, kind::PUBLISHED, &body)?)
    }

    fn adopt(&mut self, adoption: &Adoption) -> Decision {
        let Adoption { address, success, outputs, provenance, tags, from, .. } = adoption;
        let instance = self.leased(address, success.run)?;
        if !adoption.changes_owner {
            owned(address, &instance, &success.tool, &success.home)?;
        }
        let mut records = Vec::new();
        if let Some(before) = instance.success.as_ref().filter(|before| before.tool != success.tool) {
            let body = ToolChanged { run: success.run, from: before.tool.clone(), to: success.tool.clone() };
            records.push(Draft::of(address, kind::TOOL_CHANGED, &body)?);
        }
        let mut reply = Reply::Done;
        if let Some(outputs) = outputs {
            let revision = instance.revision + 1;
            records.push(self.published(address, revision, (outputs, provenance), Some(success), tags)?);
            reply = Reply::Revision(revision);
        }
        let tags = tags.iter().map(Name::to_string).collect();
        let body = Adopted { step: self.settled(address, success)?, tags, from: from.clone() };
        records.push(Draft::of(address, kind::ADOPTED, &body)?);
        Ok((records, reply))
    }

    fn unchanged(&mut self, address: &Address, success: &Success, (uses, tags): (&[Use], &[Name])) -> Decision {
        let instance = self.succeeded(address, success)?;
        if instance.revision == 0 || instance.destroyed {
            return Err(Refusal::NeverPublished { address: address.clone() }.into());
        }
        let tags = tags.iter().map(Name::to_string).collect();
        let body = Unchanged { step: self.settled(address, success)?, tags };
        let mut records = vec![Draft::of(address, kind::UNCHANGED, &body)?];
        records.extend(uses::set(self.view, address, Some(&instance), uses)?);
        Ok((records, Reply::Done))
    }

    fn set_resources(&mut self, run: u64, address: &Address, resources: &[Resource]) -> Decision {
        let instance = self.leased(address, run)?;
        let resources: Vec<wire::Resource> = resources.iter().map(Into::into).collect();
        let bytes = serde_json::to_vec(&resources)?.len();
        at_most(BLOB_BYTES_MAX, bytes, || format!("what is indexed of the resources of {address}"))?;
        let record =
            Draft::of(address, kind::RESOURCES_SET, &ResourcesSet { resources: store::put(self.turn, resources)? })?;
        let same = rows::resources(self.view, instance.id)?.is_some_and(|before| before == record.body);
        Ok((if same { Vec::new() } else { vec![record] }, Reply::Done))
    }

    fn end_run(&mut self, run: u64, result: RunResult, counts: &BTreeMap<String, u64>) -> Decision {
        self.unfinished(run)?;
        let body = RunEnded { run, result, counts: counts.clone() };
        Ok((vec![Draft::of_run(run, kind::RUN_ENDED, &body)?], Reply::Done))
    }

    fn instance(&self, address: &Address) -> Result<Option<Instance>, Trouble> {
        rows::instance(self.view, address)
    }

    /// The instance, which the run holds.
    pub(crate) fn leased(&self, address: &Address, run: u64) -> Result<Instance, No> {
        match self.instance(address)? {
            Some(instance) if instance.lease_run == Some(run) => Ok(instance),
            _ => Err(Refusal::Lost { address: address.clone(), run }.into()),
        }
    }

    /// The step is the instance's last one, led to nothing recorded, and no other run is at it.
    fn unsettled(&self, address: &Address, run: u64, folder: &str, dead_run: Option<u64>) -> Result<(), No> {
        let no_such_step = || Refusal::NoSuchStep { run, address: address.clone(), folder: folder.to_owned() };
        let instance = self.instance(address)?.ok_or_else(no_such_step)?;
        if let Some(lease) =
            rows::lease(self.view, &instance)?.filter(|lease| ![Some(run), dead_run].contains(&Some(lease.run)))
        {
            return Err(held(address, lease));
        }
        let open = rows::open_step(self.view, &instance)?.ok_or_else(no_such_step)?;
        if (open.start.run, open.start.folder.as_str()) == (run, folder) { Ok(()) } else { Err(no_such_step().into()) }
    }

    fn unfinished(&self, run: u64) -> Result<(), No> {
        match rows::run(self.view, run)? {
            Some(found) if found.ending.is_none() => Ok(()),
            _ => Err(Refusal::RunOver { run }.into()),
        }
    }

    /// The instance on which a run's step succeeded.
    fn succeeded(&self, address: &Address, success: &Success) -> Result<Instance, No> {
        let instance = self.leased(address, success.run)?;
        owned(address, &instance, &success.tool, &success.home)?;
        Ok(instance)
    }

    /// The instance, which no workspace runs or began to run.
    pub(crate) fn not_run(&self, address: &Address) -> Result<Option<Instance>, No> {
        let Some(instance) = self.instance(address)? else { return Ok(None) };
        let begun = rows::open_step(self.view, &instance)?.map(|open| open.start.home);
        if let Some(home) = instance.success.as_ref().map(|success| success.home.clone()).or(begun) {
            return Err(Refusal::RunByWorkspace { address: address.clone(), home }.into());
        }
        match rows::lease(self.view, &instance)? {
            Some(lease) => Err(held(address, lease)),
            None => Ok(Some(instance)),
        }
    }

    /// Nobody else uses the instance. A consumer that the same run destroys has no uses by then.
    fn unused(&self, address: &Address, instance: &Instance) -> Result<(), No> {
        let mut users = rows::users(self.view, instance.id)?;
        users.retain(|user| user.consumer != *address);
        if users.is_empty() {
            return Ok(());
        }
        Err(Refusal::StillUsed { address: address.clone(), users }.into())
    }

    fn settled(&mut self, address: &Address, success: &Success) -> Result<Settled, No> {
        let inputs = match &success.inputs {
            Some(inputs) => Some(store::inputs(self.turn, self.keys, address, success.run, inputs)?),
            None => None,
        };
        let backend = match &success.backend {
            Some(backend) => Some(store::backend(self.turn, self.keys, address, success.run, backend)?),
            None => None,
        };
        Ok(Settled { run: success.run, success: wire::Success::new(success, backend), inputs })
    }
}

/// Notes an instance as taken over from a dead run.
fn take_over(taken_over: &mut Vec<TakenOver>, DeadRun { run, evidence }: &DeadRun, instance: String) {
    match taken_over.iter_mut().find(|taken| taken.run == *run) {
        Some(taken) => taken.instances.push(instance),
        None => taken_over.push(TakenOver { run: *run, evidence: evidence.clone(), instances: vec![instance] }),
    }
}

/// The instance is run with this tool from this home, or with none yet.
fn owned(address: &Address, instance: &Instance, tool: &str, home: &str) -> Result<(), No> {
    let Some(recorded) = &instance.success else { return Ok(()) };
    let address = address.clone();
    if recorded.home != home {
        return Err(Refusal::OtherHome { address, recorded: recorded.home.clone() }.into());
    }
    if recorded.tool != tool {
        return Err(Refusal::ToolChanged { address, recorded: recorded.tool.clone() }.into());
    }
    Ok(())
}

fn held(address: &Address, lease: Lease) -> No {
    Refusal::Held { address: address.clone(), lease: Box::new(lease) }.into()
}

/// Refuses what is larger than its limit.
pub(crate) fn at_most(limit: usize, bytes: usize, what: impl FnOnce() -> String) -> Result<(), No> {
    if bytes > limit { Err(Refusal::TooLarge { what: what(), bytes, limit }.into()) } else { Ok(()) }
}

impl From<Refusal> for No {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl<T: Into<Trouble>> From<T> for No {
    fn from(trouble: T) -> Self {
        Self::Failed(trouble.into())
    }
}
