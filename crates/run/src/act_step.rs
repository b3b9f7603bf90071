//! Applies or destroys one step: plan it where that was not done, look whether a yes covers it, let
//! the tool change the world, check its outputs and publish them.

use crate::Session;
use crate::cover::{self, Yes};
use crate::drive::{Reporter, StepEnd};
use crate::failure::RunFailure;
use crate::inputs::{Inputs, recorded, uses, values};
use crate::instance::{PluginPaths, ToolInUse};
use crate::inventory::{indexed, of_state, without_secrets};
use crate::launcher::{Journal, StepLauncher};
use crate::leftover::clear_settled;
use crate::plan_step::{PlanTask, Planned, Ready, learn_outputs, learn_secrets, name_held_back, plan_step};
use crate::publish::{self, Outputs};
use crate::run_folder::{self, RunFolder};
use crate::state_on_record::{recorded_backend, recorded_position};
use crate::tool_plan::Wanted;
use seam_compat::uses_to_record;
use seam_model::{Action, Address, Change, PlannedStep, Resource, StepState, Tool};
use seam_registry::{Command, InstanceState, Provenance, Success};
use seam_tools::exec;
use seam_tools::terraform::{self, Goal};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// What is to be done.
pub struct ActTask<'s> {
    /// Everything that stays the same.
    pub session: &'s Session,
    /// The run's folder.
    pub run: &'s RunFolder,
    /// The run, which holds the lease.
    pub number: u64,
    /// Which instance.
    pub address: Address,
    /// Its inputs, all known.
    pub inputs: Inputs,
    /// What the registry knows of it.
    pub prior: InstanceState,
    /// Apply or destroy.
    pub goal: Goal,
    /// Plan although nothing changed.
    pub force: bool,
    /// What was said yes to.
    pub yes: &'s Yes,
    /// Follow a tool of a dead run that still works, rather than refuse to.
    pub adopt: bool,
    /// Asks for a yes to more than was shown; answers false where nobody can be asked.
    pub ask: &'s (dyn Fn(&PlannedStep, &[String]) -> bool + Sync),
    /// The plan that was shown, made with these very inputs.
    pub ready: Option<Ready<'s>>,
}

/// Does it, and says whether anything was published or destroyed. However it ends, nothing secret is
/// left in the step's folders.
pub fn act_step(task: ActTask, reporter: &Reporter) -> Result<StepEnd<bool>, RunFailure> {
    let folder = task.run.step(&task.address.stack);
    let (session, address) = (task.session, task.address.clone());
    let (exec, open) = (session.instance(&address).0.tool == Tool::Exec, task.prior.open_step.clone());
    let result = act(task, reporter);
    if let (Ok(_), Some(open)) = (&result, open) {
        let _ = clear_settled(session, &address, &open);
    }
    // What an exec stack wrote and nobody published is still needed: the end of the run looks after it.
    let kept = if exec && result.is_err() { &exec::WRITTEN[..] } else { &[] };
    match reporter.with_masker(|masker| run_folder::clear_ended(session, &folder, masker, kept)) {
        Ok(true) => {}
        Ok(false) => reporter.warn("a tool of it is still at work: what it was given stays until it has ended"),
        Err(error) => reporter.warn(&format!("cannot clear {}: {error}", folder.display())),
    }
    result
}

fn act(mut task: ActTask, reporter: &Reporter) -> Result<StepEnd<bool>, RunFailure> {
    let ready = match task.ready.take() {
        Some(mut ready) => {
            learn_secrets(&task.inputs, reporter);
            learn_outputs(&mut ready.plan, reporter);
            ready
        }
        None => match prepare(&task, reporter)? {
            Prepared::Ready(ready) => *ready,
            Prepared::Skipped(reason) => return Ok(StepEnd { state: StepState::Skipped, reason, value: false }),
        },
    };
    let mut step =
        Step { session: task.session, run: task.number, inputs: &task.inputs, ready, resources: None, reporter };
    let mut launcher = step.launcher(task.run.step(&task.address.stack));
    let result = match task.goal {
        Goal::Apply => step.apply(&mut launcher),
        Goal::Destroy => step.destroy(&mut launcher),
    };
    result.map_err(|mut failure| {
        name_held_back(&step.ready.instance, &mut failure);
        failure
    })
}

enum Prepared<'s> {
    Ready(Box<Ready<'s>>),
    Skipped(String),
}

/// Plans the step, and asks where it does more than was shown.
fn prepare<'s>(task: &ActTask<'s>, reporter: &Reporter) -> Result<Prepared<'s>, RunFailure> {
    let wanted = Wanted { goal: task.goal, outputs: BTreeSet::new(), values: false, attributes: false, lock: true };
    let plan = PlanTask {
        session: task.session,
        run: task.run,
        address: task.address.clone(),
        inputs: task.inputs.clone(),
        prior: task.prior.clone(),
        wanted,
        force: task.force,
        adopt: task.adopt,
    };
    let Planned { step, own, ready, .. } = plan_step(plan, reporter)?;
    let Some(ready) = ready else { return Ok(Prepared::Skipped(step.reason)) };
    let more = task.yes.exceeded_by(&step, &own);
    if !more.is_empty() && !(task.ask)(&step, &more) {
        return Err(cover::refusal(&step, &more));
    }
    Ok(Prepared::Ready(Box::new(ready)))
}

/// A step whose plan is ready.
struct Step<'a, 's> {
    session: &'s Session,
    run: u64,
    inputs: &'a Inputs,
    ready: Ready<'s>,
    /// What lookups find from now on; `None`: what they found before.
    resources: Option<Vec<Resource>>,
    reporter: &'a Reporter<'a>,
}

impl<'a, 's: 'a> Step<'a, 's> {
    fn launcher(&self, folder: std::path::PathBuf) -> StepLauncher<'a> {
        let journal = Journal {
            run: self.run,
            inputs: recorded(self.inputs),
            key: self.ready.key.to_string(),
            state_before: self.ready.instance.state_position(),
        };
        StepLauncher::new(self.session, &self.ready.instance.address, folder, Some(journal), self.reporter)
    }

    fn apply(&mut self, launcher: &mut StepLauncher) -> Result<StepEnd<bool>, RunFailure> {
        if !self.ready.plan.has_changes {
            return self.nothing_to_do(launcher);
        }
        self.reporter.state(StepState::Applying, &self.ready.why);
        let begin = Instant::now();
        let outputs = match self.ready.instance.tool {
            ToolInUse::Terraform { .. } => {
                self.apply_terraform(launcher)?;
                self.terraform_outputs(launcher)?
            }
            ToolInUse::Exec => self.apply_exec(launcher)?,
        };
        let took = begin.elapsed();
        self.keep_lock_file()?;
        self.publish(outputs, Some(took), true)?;
        Ok(StepEnd { state: StepState::Published, reason: counts(&self.ready.plan.changes, false), value: true })
    }

    /// The plan is empty: the success is recorded, and outputs are published only if they differ.
    fn nothing_to_do(&mut self, launcher: &mut StepLauncher) -> Result<StepEnd<bool>, RunFailure> {
        let applied = self.ready.plan.applied.take();
        let was_applied = applied.is_some();
        let outputs = match self.ready.instance.tool {
            ToolInUse::Terraform { .. } => self.terraform_outputs(launcher)?,
            ToolInUse::Exec => {
                let resources = self.ready.plan.resources.take();
                self.resources = resources.map(|resources| without_secrets(resources, self.reporter));
                applied.unwrap_or_else(|| self.ready.instance.last_outputs())
            }
        };
        self.keep_lock_file()?;
        let published = self.publish(outputs, None, was_applied)?;
        let why = &self.ready.why;
        let (state, reason) = match (published, was_applied) {
            (true, true) if self.ready.plan.carried => {
                (StepState::Published, format!("{why}: it wrote no outputs, so those of before are published again"))
            }
            (true, true) => (StepState::Published, format!("{why}: outputs published now")),
            (true, false) => (StepState::Published, format!("nothing to change, outputs published ({why})")),
            (false, _) => (StepState::Skipped, format!("nothing to change ({why})")),
        };
        Ok(StepEnd { state, reason, value: published })
    }

    fn destroy(&mut self, launcher: &mut StepLauncher) -> Result<StepEnd<bool>, RunFailure> {
        self.reporter.state(StepState::Applying, "is being destroyed");
        match self.ready.instance.tool {
            _ if !self.ready.plan.has_changes => {}
            ToolInUse::Terraform { .. } => self.apply_terraform(launcher)?,
            ToolInUse::Exec => self.destroy_exec(launcher)?,
        }
        let destroyed = Command::Destroyed { run: self.run, address: self.ready.instance.address.clone() };
        self.submit(destroyed, None)?;
        Ok(StepEnd { state: StepState::Published, reason: counts(&self.ready.plan.changes, true), value: true })
    }

    fn apply_terraform(&self, launcher: &mut StepLauncher) -> Result<(), RunFailure> {
        let instance = &self.ready.instance;
        let ToolInUse::Terraform { program, place, recorded, .. } = &instance.tool else { return Ok(()) };
        let Some(saved) = &self.ready.plan.saved else { return Ok(()) };
        let (values, paths) = (values(self.inputs), PluginPaths::of(self.session));
        let job = instance.terraform_job(program, place, recorded, &values, &paths)?;
        let reporter = self.reporter;
        let mut progress = |progress: &terraform::Progress| reporter.told(StepState::Applying, progress);
        for diagnostic in terraform::apply(&job, launcher, saved, &mut progress)? {
            reporter.warn(&crate::report::diagnostic(&diagnostic));
        }
        Ok(())
    }

    fn terraform_outputs(&mut self, launcher: &mut StepLauncher) -> Result<Outputs, RunFailure> {
        let instance = &self.ready.instance;
        let ToolInUse::Terraform { program, place, recorded, .. } = &instance.tool else { return Ok(Outputs::new()) };
        let (values, paths) = (values(self.inputs), PluginPaths::of(self.session));
        let job = instance.terraform_job(program, place, recorded, &values, &paths)?;
        let terraform::Applied { position: now, outputs, resources } = terraform::outputs(&job, launcher)?;
        self.resources = of_state(resources, self.reporter);
        if let ToolInUse::Terraform { position, .. } = &mut self.ready.instance.tool {
            *position = now;
        }
        Ok(with_secrets_sealed(outputs, self.reporter))
    }

    fn apply_exec(&mut self, launcher: &mut StepLauncher) -> Result<Outputs, RunFailure> {
        let instance = &self.ready.instance;
        let Some(commands) = &instance.commands else { return Ok(Outputs::new()) };
        let values = values(self.inputs);
        let reporter = self.reporter;
        let mut line = |line: &str| reporter.progress(0, 0, line);
        let exec::Applied { outputs, resources } =
            exec::apply(&instance.exec_job(commands, &values), launcher, &mut line)?;
        self.resources = Some(without_secrets(resources, reporter));
        Ok(with_secrets_sealed(outputs, reporter))
    }

    fn destroy_exec(&self, launcher: &mut StepLauncher) -> Result<(), RunFailure> {
        let instance = &self.ready.instance;
        let Some(commands) = &instance.commands else { return Ok(()) };
        let values = values(self.inputs);
        let reporter = self.reporter;
        let mut line = |line: &str| reporter.progress(0, 0, line);
        if !exec::destroy(&instance.exec_job(commands, &values), launcher, &mut line)? {
            reporter.warn("has no destroy command: only its record is removed");
        }
        Ok(())
    }

    /// A new or changed lock file goes back into the source and into the key.
    fn keep_lock_file(&mut self) -> Result<(), RunFailure> {
        self.ready.instance.mirror.copy_back_lock_file()?;
        self.ready.key = self.ready.instance.key(self.inputs)?;
        let left = self.ready.instance.mirror.left_by_tool()?;
        if !left.is_empty() {
            let names: Vec<String> = left.iter().map(|path| path.display().to_string()).collect();
            let root = self.ready.instance.mirror.root.display();
            self.reporter.warn(&format!("left beside the code by the tool: {} in {root}", names.join(", ")));
        }
        Ok(())
    }

    /// Records the success. Says whether a revision was made: `changed` outputs always make one.
    fn publish(&mut self, outputs: Outputs, took: Option<Duration>, changed: bool) -> Result<bool, RunFailure> {
        let instance = &self.ready.instance;
        let outputs = publish::check(&self.session.contracts, instance.stack, outputs).map_err(RunFailure::from)?;
        let success = self.success(took);
        let address = instance.address.clone();
        let declared = uses_to_record(&self.session.scene(), &address)?;
        let (uses, tags) = (uses(self.inputs, declared), instance.stack.tags.iter().cloned().collect());
        let before = instance.prior.publication.as_ref();
        let document = self.session.contracts.of(instance.stack)?;
        let contract = document.as_ref().and_then(|document| document.version.clone());
        let contract_digest = document.as_ref().map(|document| document.digest());
        let same = before.is_some_and(|publication| {
            let Provenance { contract: version, contract_digest: digest, .. } = &publication.provenance;
            publish::same(&outputs, &publication.outputs) && (version, digest) == (&contract, &contract_digest)
        });
        let indexed = self.resources.take();
        let index =
            indexed.map(|resources| Command::SetResources { run: self.run, address: address.clone(), resources });
        if same && !changed {
            self.submit(Command::Unchanged { address, success, uses, tags }, index)?;
            return Ok(false);
        }
        let caller = &self.session.caller;
        let provenance = Provenance {
            actor: caller.actor.clone(),
            host: caller.host.clone(),
            commit: caller.commit.clone(),
            dirty: caller.dirty,
            contract,
            contract_digest,
        };
        let outputs = publish::for_registry(outputs);
        let registration =
            document.map(|document| document.registration(&address.system, &address.stack, &caller.actor));
        let publish = Command::Publish { address, outputs, provenance, success: Some(success), uses, tags };
        self.submit(publish.with_contract(registration), index)?;
        Ok(true)
    }

    fn success(&self, took: Option<Duration>) -> Success {
        let instance = &self.ready.instance;
        let state = match &instance.tool {
            ToolInUse::Terraform { place, position, .. } => {
                // A remote state is seen in the plan alone; its lineage is what the next plan is compared with.
                let planned = self.ready.plan.saved.as_ref().and_then(|saved| saved.position.as_ref());
                position.as_ref().or(planned).map(|position| recorded_position(place, position))
            }
            ToolInUse::Exec => None,
        };
        Success {
            run: self.run,
            key: self.ready.key.to_string(),
            state,
            backend: match &instance.tool {
                ToolInUse::Terraform { place, .. } => recorded_backend(place),
                ToolInUse::Exec => None,
            },
            tool: instance.stack.tool.as_str().to_owned(),
            tool_version: instance.tool_version(),
            home: self.session.caller.home.clone(),
            inputs: Some(recorded(self.inputs)),
            took,
        }
    }

    /// Records `command`, and in the same commit what lookups find. Without that it is recorded all
    /// the same.
    fn submit(&self, command: Command, index: Option<Command>) -> Result<(), RunFailure> {
        let mut answers = self.session.registry.submit([command].into_iter().chain(index).collect())?.into_iter();
        answers.next().transpose()?;
        answers.for_each(|answer| indexed(answer, self.reporter));
        Ok(())
    }
}

/// What was done, by word: `3 created, 1 updated`.
fn counts(changes: &[Change], destroyed: bool) -> String {
    let mut by_action: BTreeMap<Action, usize> = BTreeMap::new();
    for change in changes {
        *by_action.entry(change.action).or_default() += 1;
    }
    let words = by_action.iter().filter_map(|(action, count)| {
        let word = match action {
            Action::Create => "created",
            Action::Update => "updated",
            Action::Replace => "replaced",
            Action::Delete => "destroyed",
            Action::Forget => "forgotten",
            Action::Read => "read",
            Action::NoOp => return None,
        };
        Some(format!("{count} {word}"))
    });
    let words: Vec<String> = words.collect();
    match (words.is_empty(), destroyed) {
        (false, _) => words.join(", "),
        (true, true) => "destroyed".to_owned(),
        (true, false) => "applied".to_owned(),
    }
}

/// Learns the sensitive outputs. One that a secret of the step is in is sensitive, whatever the code
/// says, and that is said.
pub fn with_secrets_sealed(mut outputs: Outputs, reporter: &Reporter) -> Outputs {
    for (name, output) in &mut outputs {
        if !output.sensitive && reporter.reveals(&output.value) {
            output.sensitive = true;
            let words = "contains a secret, so it is sealed: mark it as sensitive in the code";
            reporter.warn(&format!("output `{name}` {words}"));
        }
    }
    for (name, output) in outputs.iter().filter(|(_, output)| output.sensitive) {
        reporter.learn(name, &output.value);
    }
    outputs
}
