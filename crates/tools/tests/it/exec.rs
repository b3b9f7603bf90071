//! `exec` stacks with small shell scripts.

use crate::plain::Plain;
use crate::world::install;
use seam_model::{Address, ExecCommands, Value, codes};
use seam_process::Ended;
use seam_tools::exec::{self, ExecPlan, Job};
use seam_tools::{Call, Failure, Output};
use serde_json::json;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

/// A stack whose three commands are one script, `run.sh VERB`.
struct World {
    folder: tempfile::TempDir,
    address: Address,
    commands: ExecCommands,
    env: Vec<(OsString, OsString)>,
    inputs: BTreeMap<String, Value>,
    launcher: Plain,
}

impl World {
    fn new(script: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        install(&folder.path().join("run.sh"), script);
        let argv = |verb: &str| vec!["./run.sh".to_owned(), verb.to_owned()];
        Self {
            address: "shop/app/dev".parse().unwrap(),
            commands: ExecCommands {
                plan: Some(argv("plan")),
                apply: argv("apply"),
                destroy: Some(argv("destroy")),
                plan_unknown: false,
                verify: None,
                idempotent: false,
            },
            env: vec![("PATH".into(), "/usr/bin:/bin".into())],
            inputs: BTreeMap::from([("name".to_owned(), Value::from("a \"b\"\n${c}"))]),
            launcher: Plain::new(&folder.path().join("runs")),
            folder,
        }
    }

    fn call<T>(&mut self, call: impl FnOnce(&Job, &mut Plain, &mut dyn FnMut(&str)) -> T) -> (T, Vec<String>) {
        let job = Job {
            address: &self.address,
            commands: &self.commands,
            folder: self.folder.path(),
            env: &self.env,
            inputs: &self.inputs,
            time_limit: Duration::from_secs(20),
            grace: Duration::from_secs(5),
        };
        let mut lines = Vec::new();
        let answer = call(&job, &mut self.launcher, &mut |line| lines.push(line.to_owned()));
        (answer, lines)
    }

    fn plan(&mut self) -> Result<ExecPlan, Failure> {
        self.call(|job, launcher, line| exec::plan(job, launcher, line)).0
    }

    fn apply(&mut self) -> Result<BTreeMap<String, Output>, Failure> {
        self.call(|job, launcher, line| exec::apply(job, launcher, line)).0.map(|applied| applied.outputs)
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn inputs_by_file_and_outputs_by_file() {
    let mut world = World::new(
        r#"echo "$1 $SEAM_SYSTEM/$SEAM_STACK/$SEAM_ENVIRONMENT ${SEAM_UNKNOWN-none}"
        printf '{"all": {"value": %s}, "key": {"value": "s3cret", "sensitive": true}}' "$(cat "$SEAM_INPUTS")" > "$SEAM_OUTPUTS""#,
    );
    let (applied, lines) = world.call(|job, launcher, line| exec::apply(job, launcher, line));
    let exec::Applied { outputs, resources } = applied.unwrap();
    assert_eq!(resources, []);
    assert_eq!(lines, ["apply shop/app/dev none"]);
    assert_eq!(outputs["all"].value, Value::from(json!({"name": "a \"b\"\n${c}"})));
    assert_eq!(outputs["all"].schema.0["properties"]["name"], json!({"type": "string"}));
    assert!(!outputs["all"].sensitive && outputs["key"].sensitive);
    let step = world.folder.path().join("runs/1-apply");
    assert_eq!(exec::outputs(&step), Some(outputs));
    for file in ["inputs.json", exec::OUTPUTS] {
        assert_eq!(mode(&step.join(file)), 0o600, "{file}");
    }
    assert!(world.call(|job, launcher, line| exec::destroy(job, launcher, line)).0.unwrap());
    assert_eq!(world.launcher.calls, [Call::Apply, Call::Destroy]);
}

#[test]
fn a_plan_answers_by_exit_code() {
    assert_eq!(World::new("exit 0").plan().unwrap(), ExecPlan::Nothing);
    let mut world = World::new(r#"echo '{"url": {"value": "u"}}' > "$SEAM_OUTPUTS"; exit 2"#);
    let ExecPlan::Changes { outputs, reason: None } = world.plan().unwrap() else { panic!("changes") };
    assert_eq!(outputs["url"].value, Value::from("u"));

    let failure = World::new("echo out; echo why >&2; exit 1").plan().unwrap_err();
    assert_eq!(failure.finding.code, codes::TOOL_FAILED);
    assert_eq!(failure.finding.message, "the plan command of `app` ended with exit code 1");
    assert_eq!(failure.tail, ["out", "why"]);
    assert_eq!(failure.ended, Some(Ended::Exited(1)));
}

#[test]
fn unknown_inputs_put_a_plan_off_unless_it_copes() {
    let mut world = World::new(r#"cat "$SEAM_INPUTS"; echo; cat "$SEAM_UNKNOWN"; echo; exit 2"#);
    let net = Value::Object(BTreeMap::from([("a/b".to_owned(), Value::Unknown), ("c".to_owned(), Value::from("x"))]));
    world.inputs = BTreeMap::from([("id".to_owned(), Value::Unknown), ("net".to_owned(), net)]);
    assert_eq!(world.plan().unwrap(), ExecPlan::Deferred { inputs: vec!["id".into(), "net".into()] });
    assert!(world.launcher.calls.is_empty());

    world.commands.plan_unknown = true;
    let (planned, lines) = world.call(|job, launcher, line| exec::plan(job, launcher, line));
    assert_eq!(planned.unwrap(), ExecPlan::Changes { outputs: BTreeMap::new(), reason: None });
    assert_eq!(lines, [r#"{"id":null,"net":{"a/b":null,"c":"x"}}"#, r#"["/id","/net/a~1b"]"#]);

    let failure = world.apply().unwrap_err();
    assert_eq!(failure.finding.code, codes::INPUT_MISSING);
}

#[test]
fn without_a_command() {
    let mut world = World::new("exit 0");
    (world.commands.plan, world.commands.destroy) = (None, None);
    world.inputs = BTreeMap::from([("id".to_owned(), Value::Unknown)]);
    let runs = ExecPlan::Changes { outputs: BTreeMap::new(), reason: Some("it has no plan command") };
    assert_eq!(world.plan().unwrap(), runs);
    assert!(!world.call(|job, launcher, line| exec::destroy(job, launcher, line)).0.unwrap());

    for (argv0, place) in [("./gone.sh", "in its folder"), ("seam-gone", "on PATH")] {
        world.commands.apply = vec![argv0.to_owned()];
        let failure = world.plan().unwrap_err();
        assert_eq!(failure.finding.code, codes::TOOL_MISSING);
        assert_eq!(failure.finding.message, format!("`{argv0}`, which app runs, is not {place}"));
    }
    world.commands.apply = vec!["true".to_owned()];
    world.inputs.clear();
    assert_eq!(world.apply().unwrap(), BTreeMap::new());
}

#[test]
fn outputs_that_cannot_be_read_are_not_published() {
    for (written, words) in [
        (r#"{"a": {"value": 1, "sensitiv": true}}"#, "unknown field"),
        (r#"{"a": {}}"#, "missing field"),
        (r#"{"a": 1}"#, "invalid type"),
        ("not json", "expected"),
        (r#"{"a.b": {"value": 1}}"#, "`a.b`"),
    ] {
        let failure = World::new(&format!("echo '{written}' > \"$SEAM_OUTPUTS\"")).apply().unwrap_err();
        assert_eq!(failure.finding.code, codes::OUTPUT_REFUSED, "{written}");
        assert!(failure.finding.message.contains(words), "{}", failure.finding.message);
    }
    let failure = World::new("head -c 40000000 /dev/zero > \"$SEAM_OUTPUTS\"").apply().unwrap_err();
    assert!(failure.finding.message.contains("larger than 32 MiB"), "{}", failure.finding.message);
}

#[test]
fn the_time_limit_is_named() {
    let mut world = World::new("exec sleep 60");
    let job = Job {
        address: &world.address,
        commands: &world.commands,
        folder: world.folder.path(),
        env: &world.env,
        inputs: &world.inputs,
        time_limit: Duration::from_millis(200),
        grace: Duration::from_secs(5),
    };
    let failure = exec::apply(&job, &mut world.launcher, &mut |_| {}).unwrap_err();
    assert_eq!(failure.finding.code, codes::TOOL_TIMEOUT);
    assert_eq!(failure.ended, Some(Ended::TimedOut));
}
