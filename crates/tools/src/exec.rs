//! The tool `exec`: programs of the stack's own that plan, apply and destroy. They run in the
//! mirror, read their inputs from a file and write their outputs to one.

use crate::program::on_path;
use crate::{Call, Failure, Launched, Launcher, Output, inventory, private_file};
use seam_model::{Address, ExecCommands, Finding, Path as At, Resource, Schema, Segment, Value, codes};
use seam_process::{Command, Ended};
use serde::Deserialize;
use serde_json::Value as Json;
use std::collections::{BTreeMap, VecDeque};
use std::ffi::OsString;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// One step of an `exec` stack.
#[derive(Clone, Debug)]
pub struct Job<'a> {
    /// The instance.
    pub address: &'a Address,
    /// Its programs.
    pub commands: &'a ExecCommands,
    /// The mirror's folder, where they run.
    pub folder: &'a Path,
    /// All that they get as environment, without the `SEAM_` variables.
    pub env: &'a [(OsString, OsString)],
    /// By name; leaves may be unknown in a plan.
    pub inputs: &'a BTreeMap<String, Value>,
    /// The time limit of one program.
    pub time_limit: Duration,
    /// How long an interrupted program may take to end.
    pub grace: Duration,
}

/// What a plan comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExecPlan {
    /// Nothing to do.
    Nothing,
    /// It would change something.
    Changes {
        /// What it says of its outputs; those that it does not name are unknown.
        outputs: BTreeMap<String, Output>,
        /// Why it will run although nobody can tell what it does, where that is so.
        reason: Option<&'static str>,
    },
    /// It cannot be planned before these inputs are known.
    Deferred {
        /// Their names.
        inputs: Vec<String>,
    },
}

/// What a `verify` command says of an apply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verified {
    /// It was done, and this is what the program wrote: exit code 0.
    Applied(Applied),
    /// It was not done: exit code 2.
    NotApplied,
    /// It cannot tell: any other end.
    Unknown,
}

const INPUTS: &str = "inputs.json";
const UNKNOWN: &str = "unknown.json";
/// The file in a step's folder that its program may name its resources in.
const RESOURCES: &str = "resources.json";
/// The file in a step's folder that its program writes its outputs to.
pub const OUTPUTS: &str = "outputs.json";
/// What a program wrote is needed until it is published.
pub const WRITTEN: [&str; 2] = [OUTPUTS, RESOURCES];

/// A file of outputs that is larger is not read into memory. With escapes, what may be published (4 MiB)
/// is larger as a file.
const FILE_BYTES_MAX: u64 = 32 << 20;

/// So many of a failed program's last lines are shown; all of them are in its step's folder.
const TAIL_LINES_MAX: usize = 40;

/// Plans an apply.
pub fn plan(job: &Job, launcher: &mut dyn Launcher, line: &mut dyn FnMut(&str)) -> Result<ExecPlan, Failure> {
    program(job, &job.commands.apply)?;
    let Some(argv) = &job.commands.plan else {
        return Ok(ExecPlan::Changes { outputs: BTreeMap::new(), reason: Some("it has no plan command") });
    };
    let unknown: Vec<String> =
        job.inputs.iter().filter(|(_, value)| !value.is_known()).map(|(name, _)| name.clone()).collect();
    if !unknown.is_empty() && !job.commands.plan_unknown {
        return Ok(ExecPlan::Deferred { inputs: unknown });
    }
    let run = run(job, launcher, Call::Plan, argv, line)?;
    match run.ended {
        Ended::Exited(0) => Ok(ExecPlan::Nothing),
        Ended::Exited(2) => {
            let outputs = read_outputs(&run.outputs).map_err(|bad| run.failure(job, &bad.to_string()))?;
            Ok(ExecPlan::Changes { outputs, reason: None })
        }
        _ => Err(run.failure(job, &run.ended.to_string())),
    }
}

/// What the program of an apply or of a `verify` wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// By name.
    pub outputs: BTreeMap<String, Output>,
    /// What lookups find.
    pub resources: Vec<Resource>,
}

/// Applies, and reads the outputs and the resources that the program wrote. What of it cannot be read is
/// S0506: it was applied all the same.
pub fn apply(job: &Job, launcher: &mut dyn Launcher, line: &mut dyn FnMut(&str)) -> Result<Applied, Failure> {
    let run = run(job, launcher, Call::Apply, &job.commands.apply, line)?;
    if !run.ended.is_success() {
        return Err(run.failure(job, &run.ended.to_string()));
    }
    let refused = |words: &str| {
        let mut failure = run.failure(job, words);
        failure.finding.code = codes::OUTPUT_REFUSED;
        failure
    };
    let resources = run.outputs.with_file_name(RESOURCES);
    Ok(Applied {
        outputs: read_outputs(&run.outputs).map_err(|bad| refused(&bad.to_string()))?,
        resources: inventory::written(&resources).map_err(|bad| refused(&bad.to_string()))?,
    })
}

/// Asks the `verify` command whether an apply of which nobody knows was done. Without one nobody can
/// tell.
pub fn verify(job: &Job, launcher: &mut dyn Launcher) -> Result<Verified, Failure> {
    let Some(argv) = &job.commands.verify else { return Ok(Verified::Unknown) };
    let run = run(job, launcher, Call::Verify, argv, &mut |_| {})?;
    match run.ended {
        Ended::Exited(0) => {
            let refused = |bad: &dyn std::fmt::Display| run.failure(job, &bad.to_string());
            let outputs = read_outputs(&run.outputs).map_err(|bad| refused(&bad))?;
            let resources = inventory::written(&run.outputs.with_file_name(RESOURCES)).map_err(|bad| refused(&bad))?;
            Ok(Verified::Applied(Applied { outputs, resources }))
        }
        Ended::Exited(2) => Ok(Verified::NotApplied),
        _ => Ok(Verified::Unknown),
    }
}

/// Destroys. Without a destroy command nothing runs and the answer is `false`.
pub fn destroy(job: &Job, launcher: &mut dyn Launcher, line: &mut dyn FnMut(&str)) -> Result<bool, Failure> {
    let Some(argv) = &job.commands.destroy else { return Ok(false) };
    let run = run(job, launcher, Call::Destroy, argv, line)?;
    if run.ended.is_success() { Ok(true) } else { Err(run.failure(job, &run.ended.to_string())) }
}

/// The outputs that a program wrote, from the folder of its step; for an apply whose status is there
/// and which nobody published. `None` where they cannot be read, or not any more.
pub fn outputs(step: &Path) -> Option<BTreeMap<String, Output>> {
    read_outputs(&step.join(OUTPUTS)).ok()
}

/// The resources that a program named in the folder of its step, in the same way.
pub fn resources(step: &Path) -> Option<Vec<Resource>> {
    inventory::written(&step.join(RESOURCES)).ok()
}

/// Why the outputs that a program wrote are refused.
#[derive(Debug, thiserror::Error)]
enum BadOutputs {
    #[error("wrote outputs that cannot be read: {0}")]
    Io(#[from] std::io::Error),
    #[error("wrote outputs larger than {} MiB", FILE_BYTES_MAX >> 20)]
    Large,
    #[error("wrote outputs that are not `{{\"NAME\": {{\"value\": …, \"sensitive\": …}}}}`: {0}")]
    Shape(#[from] serde_json::Error),
    #[error("wrote an output `{0}`: names are letters, digits, `_` and `-`")]
    Name(String),
}

/// A program that ran.
struct Run {
    call: Call,
    ended: Ended,
    outputs: PathBuf,
    tail: Vec<String>,
}

impl Run {
    fn failure(&self, job: &Job, words: &str) -> Failure {
        let message = format!("the {} command of `{}` {words}", self.call.as_str(), job.address.stack);
        let finding = match self.ended {
            Ended::TimedOut => Finding::error(codes::TOOL_TIMEOUT, message)
                .help("look at what it had done by then; raise the stack's `timeout` if it needs longer"),
            _ => Finding::error(codes::TOOL_FAILED, message),
        };
        Failure {
            finding: Box::new(finding),
            diagnostics: Vec::new(),
            tail: self.tail.clone(),
            ended: Some(self.ended.clone()),
        }
    }
}

fn run(
    job: &Job,
    launcher: &mut dyn Launcher,
    call: Call,
    argv: &[String],
    line: &mut dyn FnMut(&str),
) -> Result<Run, Failure> {
    let program = program(job, argv)?;
    let (inputs, unknown) = documents(job.inputs);
    if let (false, Some(pointer)) = (call == Call::Plan, unknown.first()) {
        let message = format!("the input {pointer} of {} is not known yet", job.address.stack);
        return Err(Box::new(Finding::error(codes::INPUT_MISSING, message)).into());
    }
    let mut build = |folder: &Path| {
        let mut env = job.env.to_vec();
        let mut hand = |variable: &str, file: &str, content: &str| {
            env.push((variable.into(), folder.join(file).into()));
            private_file(&folder.join(file), content.as_bytes())
        };
        hand("SEAM_INPUTS", INPUTS, &inputs.to_string())?;
        hand("SEAM_OUTPUTS", OUTPUTS, "")?;
        hand("SEAM_RESOURCES", RESOURCES, "")?;
        if call == Call::Plan {
            hand("SEAM_UNKNOWN", UNKNOWN, &Json::from(unknown.clone()).to_string())?;
        }
        let Address { system, stack, environment } = job.address;
        for (variable, name) in [("SEAM_SYSTEM", system), ("SEAM_STACK", stack), ("SEAM_ENVIRONMENT", environment)] {
            env.push((variable.into(), name.as_str().into()));
        }
        Ok(Command {
            program: program.clone(),
            args: argv[1..].iter().map(OsString::from).collect(),
            folder: job.folder.to_owned(),
            env,
            time_limit: Some(job.time_limit),
            grace: job.grace,
            lock: None,
        })
    };
    let mut tail = VecDeque::new();
    let mut keep = |text: &str| {
        line(text);
        tail.push_back(text.to_owned());
        if tail.len() > TAIL_LINES_MAX {
            tail.pop_front();
        }
    };
    let Launched { folder, ended } = launcher.launch(call, &mut build, &mut keep)?;
    Ok(Run { call, ended, outputs: folder.join(OUTPUTS), tail: tail.into() })
}

/// The program that an argument list names: along PATH, or seen from the mirror's folder.
fn program(job: &Job, argv: &[String]) -> Result<PathBuf, Box<Finding>> {
    let name = argv.first().map_or("", String::as_str);
    let (found, place) = if name.contains('/') {
        (Some(job.folder.join(name)).filter(|file| file.is_file()), "in its folder")
    } else {
        (on_path(name, job.env), "on PATH")
    };
    found.ok_or_else(|| {
        let message = format!("`{name}`, which {} runs, is not {place}", job.address.stack);
        Box::new(Finding::error(codes::TOOL_MISSING, message).help("`exec` in stack.yaml names it"))
    })
}

/// All inputs as one document with null for each unknown leaf, and the JSON pointers of those.
fn documents(inputs: &BTreeMap<String, Value>) -> (Json, Vec<String>) {
    let mut document = serde_json::Map::new();
    let mut pointers = Vec::new();
    for (name, value) in inputs {
        let (json, unknown) = value.to_partial_json();
        document.insert(name.clone(), json);
        let start = At(vec![Segment::Key(name.clone())]).pointer();
        pointers.extend(unknown.iter().map(|path| format!("{start}{}", path.pointer())));
    }
    (document.into(), pointers)
}

/// What a program wrote to `SEAM_OUTPUTS`; nothing written is no outputs.
fn read_outputs(file: &Path) -> Result<BTreeMap<String, Output>, BadOutputs> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Written {
        value: Json,
        #[serde(default)]
        sensitive: bool,
    }
    let mut bytes = Vec::new();
    File::open(file)?.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(BadOutputs::Large);
    }
    if bytes.trim_ascii().is_empty() {
        return Ok(BTreeMap::new());
    }
    let written: BTreeMap<String, Written> = serde_json::from_slice(&bytes)?;
    let named = |(name, Written { value, sensitive }): (String, Written)| {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if !name.starts_with(|c: char| c.is_ascii_alphanumeric()) || !name.chars().all(is_plain) {
            return Err(BadOutputs::Name(name));
        }
        let value = Value::from(value);
        Ok((name, Output { schema: Schema::infer(&value), value, sensitive }))
    };
    written.into_iter().map(named).collect()
}
