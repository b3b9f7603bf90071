//! An instance that is about to be planned or deployed: its mirror in step with the source and
//! locked, its tool found, its key ready to be compared.

use crate::Session;
use crate::failure::RunFailure;
use crate::inputs::Inputs;
use crate::key::{Key, Parts};
use crate::publish::Outputs;
use crate::rename::{key_of_place, state_place};
use crate::state_on_record::{check_place, recorded_position, recorded_state};
use seam_model::{Address, Environment, ExecCommands, Finding, Stack, Tool, Value, codes, expand};
use seam_registry::{InstanceState, StatePosition};
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
    /// Locks the instance's mirror. While another process uses it, `waits` is called with who that is, at
    /// once and then ten times a second, until it answers `false`: then `None`.
    pub fn lock(
        session: &Session,
        address: &Address,
        waits: &mut dyn FnMut(&str) -> bool,
    ) -> Result<Option<mirror::Lock>, RunFailure> {
        Ok(mirror::lock(&source(session, address), &session.caller.command, waits)?)
    }

    /// Brings the locked mirror in step and finds the instance's tool.
    pub fn open(
        session: &'s Session,
        address: &Address,
        prior: InstanceState,
        lock: mirror::Lock,
    ) -> Result<Self, RunFailure> {
        let (stack, environment) = session.instance(address);
        let mirror = mirror::sync(&lock, &source(session, address))?;
        let env = tool_environment(session, stack, environment)?;
        let tool = match stack.tool {
            Tool::Terraform | Tool::OpenTofu => terraform_in_use(session, stack, &prior, &env)?,
            Tool::Exec | Tool::External => ToolInUse::Exec,
        };
        let attributes = environment.attributes(&session.workspace.system, &stack.name);
        let commands = stack.exec.as_ref().map(|commands| commands.expanded(&attributes)).transpose();
        let commands = commands.map_err(|error| Box::new(error.finding(&stack.place)))?;
        let address = address.clone();
        Ok(Self { session, address, stack, environment, prior, mirror, tool, commands, env, _lock: lock })
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

fn source<'s>(session: &'s Session, address: &'s Address) -> mirror::Source<'s> {
    let (stack, environment) = (session.instance(address).0, &address.environment);
    mirror::Source { workspace: &session.workspace, stack, environment, cache: &session.places.cache }
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

fn terraform_in_use(
    session: &Session,
    stack: &Stack,
    prior: &InstanceState,
    env: &ToolEnvironment,
) -> Result<ToolInUse, RunFailure> {
    let place = state_place(session, prior)?;
    let recorded = recorded_state(prior);
    let source = session.workspace.root.join(&stack.source);
    let position = check_place(session, prior, &place)?;
    let search = Search { env: &env.variables, cache: &session.places.cache };
    let program = program::find(stack.tool, &source, &search)?;
    Ok(ToolInUse::Terraform { program, place, recorded, position })
}
