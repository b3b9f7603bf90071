//! An instance that is about to be planned or deployed: its mirror in step with the source and
//! locked, its tool found, its key ready to be compared.

use crate::Session;
use crate::failure::RunFailure;
use crate::inputs::Inputs;
use crate::key::{Key, Parts};
use crate::publish::Outputs;
use crate::rename::{key_of_place, state_place};
use seam_model::{Address, Environment, ExecCommands, Finding, Stack, Tool, Value, codes, expand};
use seam_registry::{Backend, InstanceState, StatePosition};
use seam_tools::environment::{ToolEnvironment, environment};
use seam_tools::exec;
use seam_tools::mirror::{self, Mirror};
use seam_tools::program::{self, Program, Search};
use seam_tools::terraform::{self, Recorded, StatePlace};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// An instance with everything that its tool needs. While it lives nobody else uses its mirror.
pub struct Instance<'s> {
    /// Everything that stays the same.
    pub session: &'s Session,
    /// Which.
    pub address: Address,
    /// Its stack.
    pub stack: &'s Stack,
    /// Its environment.
    pub environment: &'s Environment,
    /// What the registry knows of it.
    pub prior: InstanceState,
    /// Its files.
    pub mirror: Mirror,
    /// What deploys it.
    pub tool: ToolInUse,
    /// The programs of an `exec` stack, with what they are given in this environment.
    pub commands: Option<ExecCommands>,
    /// The tool's environment, and what it did not get.
    pub env: ToolEnvironment,
    _lock: mirror::Lock,
}

/// A tool with what only it has.
#[expect(clippy::large_enum_variant, reason = "there is one for each step that runs, and no more")]
pub enum ToolInUse {
    /// Terraform or OpenTofu.
    Terraform {
        /// The program.
        program: Program,
        /// Where the state is.
        place: StatePlace,
        /// What the registry knows of that state.
        recorded: Recorded,
        /// Where the state stands now, where Seam reads it itself.
        position: Option<terraform::StatePosition>,
    },
    /// Programs of the stack's own.
    Exec,
}

impl<'s> Instance<'s> {
    /// Brings the instance's mirror in step and finds its tool. While another process uses the
    /// mirror, `waits` is called with who it is, at once and then ten times a second, until it
    /// answers `false`: then `None`.
    pub fn open(
        session: &'s Session,
        address: &Address,
        prior: InstanceState,
        waits: &mut dyn FnMut(&str) -> bool,
    ) -> Result<Option<Self>, RunFailure> {
        let (stack, environment) = session.instance(address);
        let source = mirror::Source {
            workspace: &session.workspace,
            stack,
            environment: &address.environment,
            cache: &session.places.cache,
        };
        let Some(lock) = mirror::lock(&source, &session.caller.command, waits)? else { return Ok(None) };
        let mirror = mirror::sync(&lock, &source)?;
        let env = tool_environment(session, stack, environment)?;
        let tool = match stack.tool {
            Tool::Terraform | Tool::OpenTofu => terraform_in_use(session, stack, &prior, &env)?,
            Tool::Exec | Tool::External => ToolInUse::Exec,
        };
        let attributes = environment.attributes(&session.workspace.system, &stack.name);
        let commands = stack.exec.as_ref().map(|commands| commands.expanded(&attributes)).transpose();
        let commands = commands.map_err(|error| Box::new(error.finding(&stack.place)))?;
        let address = address.clone();
        Ok(Some(Self { session, address, stack, environment, prior, mirror, tool, commands, env, _lock: lock }))
    }

    /// The key of a step with these inputs, all known.
    pub fn key(&self, inputs: &Inputs) -> Result<Key, RunFailure> {
        let (state, tool) = match &self.tool {
            ToolInUse::Terraform { program, place, .. } => (
                key_of_place(self.session, &self.prior, place)?,
                format!("{} {}.{}", program.tool.as_str(), program.version.major, program.version.minor),
            ),
            ToolInUse::Exec => (String::new(), "exec".to_owned()),
        };
        let parts = Parts {
            code: self.mirror.digest(),
            stack: self.stack,
            environment: self.environment,
            commands: self.commands.as_ref(),
            state,
            tool,
        };
        Ok(Key::new(self.session, &parts, inputs)?)
    }

    /// The outputs of the last publication; a sealed one whose key is not here is left out, so that
    /// the difference shows.
    pub fn last_outputs(&self) -> Outputs {
        let publication = self.prior.publication.as_ref();
        let outputs = publication.into_iter().flat_map(|publication| &publication.outputs);
        outputs
            .filter_map(|(name, output)| {
                let value = output.value.clone()?;
                let (schema, sensitive) = (output.schema.clone(), output.sensitive);
                Some((name.clone(), seam_tools::Output { value, schema, sensitive }))
            })
            .collect()
    }

    /// The digest of what is the stack's own: its files, its settings, its tool.
    pub fn own_digest(&self) -> Result<String, RunFailure> {
        Ok(self.key(&Inputs::new())?.own())
    }

    /// Where the state stands, as the registry records it.
    pub fn state_position(&self) -> Option<StatePosition> {
        match &self.tool {
            ToolInUse::Terraform { place, position: Some(position), .. } => Some(recorded_position(place, position)),
            _ => None,
        }
    }

    /// The tool's version, for the record.
    pub fn tool_version(&self) -> String {
        match &self.tool {
            ToolInUse::Terraform { program, .. } => program.version.to_string(),
            ToolInUse::Exec => String::new(),
        }
    }

    /// The job of Terraform or OpenTofu.
    pub fn terraform_job<'a>(
        &'a self,
        program: &'a Program,
        place: &'a StatePlace,
        recorded: &'a Recorded,
        inputs: &'a BTreeMap<String, Value>,
        paths: &'a PluginPaths,
    ) -> Result<terraform::Job<'a>, RunFailure> {
        let code = self.stack.code.as_ref().ok_or_else(|| {
            Box::new(Finding::error(codes::HCL_SYNTAX, format!("the code of {} could not be read", self.stack.name)))
        })?;
        Ok(terraform::Job {
            instance: Some(&self.address),
            program,
            mirror: &self.mirror.root,
            folder: &self.mirror.folder,
            workspace: &self.session.workspace.root,
            source: &self.stack.source,
            code,
            env: &self.env.variables,
            state: place,
            recorded,
            inputs,
            plugin_cache: &paths.cache,
            plugin_lock: &paths.lock,
            time_limit: self.stack.timeout,
            grace: self.session.caller.grace,
        })
    }

    /// The job of an `exec` stack.
    pub fn exec_job<'a>(&'a self, commands: &'a ExecCommands, inputs: &'a BTreeMap<String, Value>) -> exec::Job<'a> {
        exec::Job {
            address: &self.address,
            commands,
            folder: &self.mirror.folder,
            env: &self.env.variables,
            inputs,
            time_limit: self.stack.timeout,
            grace: self.session.caller.grace,
        }
    }
}

impl Drop for Instance<'_> {
    /// Nothing secret of the backend's settings is left in the mirror. A file that cannot be removed
    /// lies in a folder of mode 0700.
    fn drop(&mut self) {
        if let ToolInUse::Terraform { program, place, recorded, .. } = &self.tool {
            let (inputs, paths) = (BTreeMap::new(), PluginPaths::of(self.session));
            let job = self.terraform_job(program, place, recorded, &inputs, &paths);
            let _ = job.map(|job| terraform::clear(&job));
        }
    }
}

/// Where plugins of all instances lie.
pub struct PluginPaths {
    cache: PathBuf,
    lock: PathBuf,
}

impl PluginPaths {
    /// Of a session.
    pub fn of(session: &Session) -> Self {
        let cache = session.places.plugins.clone();
        Self { lock: cache.with_extension("lock"), cache }
    }
}

/// The environment of an instance's tool.
pub fn tool_environment(
    session: &Session,
    stack: &Stack,
    environment_of: &Environment,
) -> Result<ToolEnvironment, Box<Finding>> {
    let attributes = environment_of.attributes(&session.workspace.system, &stack.name);
    let mut own = BTreeMap::new();
    for (name, text) in &environment_of.env {
        let value = expand(text, &attributes).map_err(|error| Box::new(error.finding(&environment_of.place)))?;
        own.insert(name.clone(), value);
    }
    let mut made = environment(&session.caller.env, &session.workspace.pass_env, &own);
    let workspace = stack.workspace.as_deref().map(|text| expand(text, &attributes)).transpose();
    if let Some(name) = workspace.map_err(|error| Box::new(error.finding(&stack.place)))? {
        made.variables.push(("TF_WORKSPACE".into(), name.into()));
        made.variables.sort();
    }
    Ok(made)
}

/// What the registry knows of the state of an instance.
pub fn recorded_state(prior: &InstanceState) -> Recorded {
    if let Some(changed) = &prior.state_changed
        && (changed.state.is_some() || prior.success.is_none())
    {
        return changed.state.as_ref().map_or(Recorded::Started, |state| Recorded::At(tool_position(state)));
    }
    let before = prior.open_step.as_ref().and_then(|step| step.state_before.as_ref());
    match (&prior.success, &prior.open_step) {
        (Some(success), _) => match &success.state {
            Some(state) => Recorded::At(tool_position(state)),
            None => Recorded::Started,
        },
        (None, Some(_)) => before.map_or(Recorded::Started, |state| Recorded::At(tool_position(state))),
        (None, None) => Recorded::Never,
    }
}

fn tool_position(state: &StatePosition) -> terraform::StatePosition {
    terraform::StatePosition { lineage: state.lineage.clone(), serial: state.serial }
}

/// A state that is not the one on record, with the command that takes it in (S0305, S0306) or moves it
/// here from the place where it was recorded (S0307): then both places are named.
pub fn offer_import(
    session: &Session,
    prior: &InstanceState,
    place: &StatePlace,
    finding: Box<Finding>,
) -> Box<Finding> {
    let import = format!("seam import {} -e {}", prior.address.stack, prior.address.environment);
    if finding.code == codes::UNADOPTED_STATE {
        let help = format!("take it in, which changes nothing: {import}; to start anew, move it away");
        return Box::new(finding.help(help));
    }
    let before = prior.open_step.as_ref().and_then(|step| step.state_before.as_ref());
    let recorded = prior.success.as_ref().and_then(|success| success.state.as_ref()).or(before);
    let Some(recorded) = recorded.filter(|recorded| recorded.place != place.identity()) else { return finding };
    if finding.code != codes::STATE_VANISHED {
        return finding;
    }
    let now = place.words();
    let was = match recorded.place.split_once(' ') {
        Some(("local", name)) => {
            let below = [session.places.states(), session.workspace.root.clone()].map(|folder| folder.join(name));
            below.iter().find(|file| file.exists()).unwrap_or(&below[0]).display().to_string()
        }
        kind => backend_on_record(prior).map_or_else(
            || format!("the backend `{}`, with its settings of then", kind.map_or("?", |(kind, _)| kind)),
            |backend| backend.words(),
        ),
    };
    let message =
        format!("the state of {} is recorded at {was}, and it is not at {now}, where it should be now", prior.address);
    let help = format!("move it: {import}; or let `backend:` say the place of before again");
    Box::new(Finding { message, help: Some(help), ..*finding })
}

/// A position as the registry records it.
pub fn recorded_position(place: &StatePlace, position: &terraform::StatePosition) -> StatePosition {
    StatePosition { place: place.identity(), lineage: position.lineage.clone(), serial: position.serial, stamp: None }
}

/// What a state's backend is opened with, as the registry records it.
pub fn recorded_backend(place: &StatePlace) -> Option<Backend> {
    let StatePlace::Backend { kind, workspace, .. } = place else { return None };
    let (settings, sensitive) = place.settings()?;
    let (kind, workspace, settings) = (kind.clone(), workspace.clone(), Value::Object(settings));
    Some(Backend { kind, workspace, settings, sensitive })
}

/// The backend that the state was in at the last success; `None` for a file, and where its settings are
/// sealed and their key is not here.
pub fn backend_on_record(prior: &InstanceState) -> Option<StatePlace> {
    let Backend { kind, workspace, settings, .. } = prior.success.as_ref()?.backend.clone()?;
    match settings {
        Value::Object(settings) => Some(StatePlace::Backend { kind, settings, block: None, workspace }),
        _ => None,
    }
}

fn terraform_in_use(
    session: &Session,
    stack: &Stack,
    prior: &InstanceState,
    env: &ToolEnvironment,
) -> Result<ToolInUse, RunFailure> {
    let place = state_place(session, prior)?;
    let recorded = recorded_state(prior);
    let source = session.workspace.root.join(&stack.source);
    let position = place.check(&recorded, &source).map_err(|finding| offer_import(session, prior, &place, finding))?;
    let search = Search { env: &env.variables, cache: &session.places.cache };
    let program = program::find(stack.tool, &source, &search)?;
    Ok(ToolInUse::Terraform { program, place, recorded, position })
}
