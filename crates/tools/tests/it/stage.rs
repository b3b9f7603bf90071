//! One Terraform stack in a workspace, played through plan, apply and outputs with the real program.

use crate::plain::Plain;
use crate::world::{self, name, write};
use seam_hcl::{Dialect, Module, SourceFile, is_loaded};
use seam_model::{BackendBlock, Environment, Name, Place, Stack, StackCode, Tool, Value, Variable, Workspace};
use seam_tools::mirror::{self, Source};
use seam_tools::program::{Search, find};
use seam_tools::terraform::{self, Goal, Job, Recorded, StatePlace, TerraformPlan};
use seam_tools::{Call, Failure, Launcher, Output, Program};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A workspace with the stack `app` in the folder `stacks/äpp one`.
pub struct Stage {
    folder: tempfile::TempDir,
    /// Its environment is `dev`.
    pub workspace: Workspace,
    /// Its code is read anew by `reload`.
    pub stack: Stack,
    /// What its variables are set to.
    pub inputs: BTreeMap<String, Value>,
    /// What the registry would know.
    pub recorded: Recorded,
    /// Runs the program.
    pub launcher: Plain,
    env: Vec<(OsString, OsString)>,
    /// Terraform.
    pub program: Program,
    /// How long one process may take.
    pub time_limit: Duration,
    /// How many calls were asked for.
    seen: usize,
}

/// The folder of the code, relative to the workspace.
pub const SOURCE: &str = "stacks/äpp one";

/// Finds Terraform. Without it a test is skipped and says so; under CI it fails.
#[expect(clippy::disallowed_methods, reason = "a test looks where it runs")]
fn terraform() -> Option<(Vec<(OsString, OsString)>, Program)> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let env = vec![("PATH".into(), path), ("CHECKPOINT_DISABLE".into(), "1".into())];
    let cache = tempfile::tempdir().unwrap();
    match find(Tool::Terraform, cache.path(), &Search { env: &env, cache: cache.path() }) {
        Ok(program) => Some((env, program)),
        Err(finding) => {
            assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "{}", finding.message);
            println!("skipped: {}", finding.message);
            None
        }
    }
}

impl Stage {
    /// A stack of these files; `None` where there is no Terraform.
    pub fn new(files: &[(&str, &str)]) -> Option<Self> {
        let (env, program) = terraform()?;
        let folder = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(folder.path()).unwrap().join("wörk space");
        write(&root, &[("seam.yaml", "system: shop")]);
        let mut workspace = world::workspace(&root, &root);
        workspace.environments.insert(name("dev"), environment("dev"));
        let launcher = Plain::new(&root.join(".seam/runs"));
        let stack = world::stack("app", SOURCE);
        let (inputs, recorded) = (BTreeMap::new(), Recorded::Never);
        let mut stage = Self {
            folder,
            workspace,
            stack,
            inputs,
            recorded,
            launcher,
            env,
            program,
            time_limit: Duration::from_secs(60),
            seen: 0,
        };
        stage.write(files);
        Some(stage)
    }

    /// Writes files of the stack, and reads its code.
    pub fn write(&mut self, files: &[(&str, &str)]) {
        write(&self.source(), files);
        self.stack.code = Some(code(&self.source()));
    }

    /// The stack's folder.
    pub fn source(&self) -> PathBuf {
        self.workspace.root.join(SOURCE)
    }

    /// `.seam/state`.
    pub fn states(&self) -> PathBuf {
        self.workspace.root.join(".seam/state")
    }

    /// Where the state is.
    pub fn place(&self) -> StatePlace {
        let dev = &self.workspace.environments[&name("dev")];
        StatePlace::resolve(&self.workspace, &self.stack, dev, &self.states()).unwrap()
    }

    /// Brings the mirror in step and does something with the job.
    pub fn with<T>(&mut self, act: impl FnOnce(&Job, &mut dyn Launcher) -> T) -> T {
        let (cache, dev, place) = (self.workspace.root.join(".seam/cache"), name("dev"), self.place());
        let source = Source { workspace: &self.workspace, stack: &self.stack, environment: &dev, cache: &cache };
        let lock = mirror::lock(&source, "a test", &mut |_| false).unwrap().unwrap();
        let mirror = mirror::sync(&lock, &source).unwrap();
        let address = "shop/app/dev".parse().unwrap();
        let job = Job {
            instance: Some(&address),
            program: &self.program,
            mirror: &mirror.root,
            folder: &mirror.folder,
            workspace: &self.workspace.root,
            source: &self.stack.source,
            code: self.stack.code.as_ref().unwrap(),
            env: &self.env,
            state: &place,
            recorded: &self.recorded,
            inputs: &self.inputs,
            plugin_cache: &self.folder.path().join("plugins"),
            plugin_lock: &self.folder.path().join("plugins.lock"),
            time_limit: self.time_limit,
            grace: Duration::from_secs(5),
        };
        act(&job, &mut self.launcher)
    }

    pub fn plan(&mut self, goal: Goal) -> Result<TerraformPlan, Failure> {
        self.with(|job, launcher| terraform::plan(job, launcher, goal, true, &mut |_| {}))
    }

    /// Plans and applies, and notes where the state stands then.
    pub fn run(&mut self, goal: Goal) -> Result<TerraformPlan, Failure> {
        let planned = self.plan(goal)?;
        let applied = self.with(|job, launcher| terraform::apply(job, launcher, &planned, &mut |_| {}));
        let source = self.source();
        self.recorded = match self.place().check(&Recorded::Started, &source, "dev").unwrap() {
            Some(position) => Recorded::At(position),
            None => Recorded::Started,
        };
        applied.map(|_| planned)
    }

    pub fn apply(&mut self) -> TerraformPlan {
        self.run(Goal::Apply).unwrap()
    }

    pub fn outputs(&mut self) -> BTreeMap<String, Output> {
        self.with(|job, launcher| terraform::outputs(job, launcher)).unwrap().outputs
    }

    /// The calls since this was asked last.
    pub fn calls(&mut self) -> Vec<Call> {
        let before = self.seen;
        self.seen = self.launcher.calls.len();
        self.launcher.calls[before..].to_vec()
    }
}

/// An environment without attributes.
pub fn environment(text: &str) -> Environment {
    Environment {
        name: name(text),
        account: None,
        region: None,
        zone: None,
        labels: BTreeMap::new(),
        env: BTreeMap::new(),
        approve: false,
        local_state: false,
        maps: BTreeMap::<Name, Name>::new(),
        config: Value::Object(BTreeMap::new()),
        place: Place::file("seam.yaml"),
    }
}

/// What the code in `folder` declares.
fn code(folder: &Path) -> StackCode {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if is_loaded(&name, &[], Dialect::Terraform) {
            files.push(SourceFile { name, bytes: fs::read(entry.path()).unwrap() });
        }
    }
    let (Module { variables, outputs, backend, .. }, _) = seam_hcl::read(&files);
    let variables = variables.into_iter().map(|(name, it)| {
        let place = in_workspace(it.place.clone());
        let seam_hcl::Variable { has_default, sensitive, ephemeral, type_text, .. } = it;
        (name, Variable { has_default, sensitive, ephemeral, type_text, accepts: None, place })
    });
    StackCode {
        variables: variables.collect(),
        outputs: outputs.into_iter().map(|(name, output)| (name, output.sensitive)).collect(),
        backend: backend.map(|block| BackendBlock {
            kind: block.kind,
            place: in_workspace(block.place),
            attributes: block.attributes,
        }),
        ..StackCode::default()
    }
}

fn in_workspace(place: seam_hcl::Place) -> Place {
    let file = format!("{SOURCE}/{}", place.file);
    Place { file, line: place.line, column: place.column, length: place.length, source: place.source }
}
