//! Two at the same moment: environments do not meet, one environment has one run at a time, and all
//! are of one home.

use crate::harness::{Harness, terraform, wait_for, wait_for_file};
use crate::runs::{APPLY, SEAM, workspace};
use rustix::process::Signal;
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::path::{Component, Path, PathBuf};

/// `strace`, where it is there and may trace.
pub fn can_trace(harness: &Harness) -> bool {
    let traced = harness.command_of("strace", &["-o", "/dev/null", "true"]).output();
    let can = traced.is_ok_and(|output| output.status.success());
    if !can {
        println!("skipped: strace is missing or may not trace");
    }
    can
}

#[test]
fn the_tools_of_two_environments_open_nothing_in_common() {
    let Some(harness) = workspace() else { return };
    if !can_trace(&harness) {
        return;
    }
    harness.write("seam.yaml", SEAM.replace("dev: {}", "dev: {}, stage: {}"));
    // Each waits in its apply until the other is there too.
    let here = harness.root().join("here");
    let meet = format!(
        "touch {0}-$E; i=0; while [ ! -e {0}-dev ] || [ ! -e {0}-stage ]; do i=$((i+1)); [ $i -lt 2000 ] || exit 1; sleep 0.05; done",
        here.display()
    );
    harness.stack(
        "app",
        "inputs: {name: {value: \"app-{environment}\"}, e: {value: \"{environment}\"}}\n",
        &format!(
            "variable \"name\" {{}}\nvariable \"e\" {{}}\nmodule \"part\" {{\n  source = \"../../parts\"\n  name   = var.name\n}}\n\
             resource \"terraform_data\" \"it\" {{\n  input = file(\"${{path.module}}/text\")\n  provisioner \"local-exec\" {{\n    \
             command     = \"{meet}\"\n    environment = {{ E = var.e }}\n  }}\n}}\noutput \"id\" {{\n  value = module.part.id\n}}\n"
        ),
    );
    harness.write("stacks/app/text", "text");
    harness.write("parts/main.tf", "variable \"name\" {}\nresource \"terraform_data\" \"it\" {\n  input = var.name\n}\noutput \"id\" {\n  value = terraform_data.it.id\n}\n");
    let traces = harness.root().join("traces");
    fs::create_dir(&traces).unwrap();
    let real = terraform().unwrap();
    harness.program(
        "terraform",
        &format!(
            "#!/bin/sh\ncase $PWD in */mirror/dev/*) e=dev;; */mirror/stage/*) e=stage;; *) exec '{1}' \"$@\";; esac\n\
             exec strace -f -y -qq -e trace=openat,open,creat,rename,renameat,unlink,unlinkat,mkdir,mkdirat -o {0}/$e.$$ '{1}' \"$@\"\n",
            traces.display(),
            real.display()
        ),
    );

    let (dev, stage) = (harness.start(&APPLY), harness.start(&["apply", "-e", "stage", "--yes"]));
    dev.wait().exits(0);
    stage.wait().exits(0);

    let [dev, stage] = ["dev", "stage"].map(|environment| opened(&harness, &traces, environment));
    assert!(dev.len() > 10 && stage.len() > 10, "{dev:#?} {stage:#?}");
    let plugins = harness.root().join("home/cache/seam/plugins");
    let is_source = |path: &Path| path.starts_with(harness.path("")) && !path.starts_with(harness.path(".seam"));
    let met: Vec<_> = dev
        .intersection(&stage)
        .filter(|path| !is_source(path) && !path.starts_with(&plugins) && **path != here.with_file_name("here-dev"))
        .collect();
    assert_eq!(met, [""; 0].map(Path::new).iter().collect::<Vec<_>>());
}

/// The paths below the harness's folder that an environment's tools opened.
fn opened(harness: &Harness, traces: &Path, environment: &str) -> BTreeSet<PathBuf> {
    let root = harness.root();
    let mut paths = BTreeSet::new();
    for trace in fs::read_dir(traces)
        .unwrap()
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(environment))
    {
        let text = fs::read(trace.path()).unwrap();
        for line in String::from_utf8_lossy(&text).lines().filter(|line| !line.contains("= -1")) {
            let folder = line.split_once('<').and_then(|(_, rest)| Some(rest.split_once('>')?.0)).unwrap_or_default();
            if let Some(named) = line.split('"').nth(1) {
                paths.insert(plain(&Path::new(folder).join(named)));
            }
        }
    }
    paths.into_iter().filter(|path| path.starts_with(&root)).collect()
}

/// Without `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(plain.pop()),
            Component::CurDir => {}
            part => plain.push(part),
        }
    }
    plain
}

#[test]
fn one_run_at_a_time_has_an_environment() {
    let harness = Harness::new();
    harness.write("seam.yaml", "system: shop\nenvironments: {dev: {}, stage: {}}\ndefaults: {tool: exec}\n");
    let (started, go) = (harness.root().join("started"), harness.root().join("go"));
    let wait = format!(
        "[ $SEAM_ENVIRONMENT = stage ] || touch {}; while [ $SEAM_ENVIRONMENT = dev ] && [ ! -e {} ]; do sleep 0.05; done",
        started.display(),
        go.display()
    );
    harness.write("stacks/app/stack.yaml", format!("exec: {{apply: [sh, -c, \"{wait}\"]}}\n"));
    harness.write("stacks/other/stack.yaml", "exec: {apply: [\"true\"]}\n");

    let first = harness.start(&APPLY);
    wait_for_file(&started);
    let holder = format!("shop/app/dev is held by run 1 (tester on {}, process {}), taken ", host(), first.pid());
    harness.seam(&APPLY).exits(5).says(&["S0501", &holder, " ago", "seam runs show 1"]);
    assert_eq!(harness.status("app")["state"], "running");
    // A plan waits for the mirror alone that is used; the status waits for nobody.
    harness.ok(&["apply", "-e", "stage", "--yes"]);
    fs::write(go, "").unwrap();
    first.wait().exits(0);
    let runs = harness.json(&["runs", "--json"]);
    let results: Vec<_> = runs["runs"].as_array().unwrap().iter().map(|run| run["result"].as_str().unwrap()).collect();
    assert_eq!(results, ["done", "done"]);
    assert_eq!(harness.status("app")["state"], "current");
}

fn host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

#[test]
fn a_plan_waits_for_the_mirror_and_can_be_interrupted() {
    let harness = Harness::new();
    harness.write("seam.yaml", "system: shop\nenvironments: {dev: {}}\ndefaults: {tool: exec}\n");
    let (started, go) = (harness.root().join("started"), harness.root().join("go"));
    let wait = format!("touch {}; while [ ! -e {} ]; do sleep 0.05; done; exit 2", started.display(), go.display());
    harness.write("stacks/app/stack.yaml", format!("exec: {{plan: [sh, -c, \"{wait}\"], apply: [\"true\"]}}\n"));
    let first = harness.start(&["plan", "-e", "dev"]);
    wait_for_file(&started);
    assert_eq!(harness.status("app")["state"], "never");

    let second = harness.start_until(&["plan", "-e", "dev"], "waits for seam plan -e dev (pid");
    second.signal(Signal::INT);
    second.wait().exits(130);
    fs::write(go, "").unwrap();
    first.wait().exits(0);
}

#[test]
fn two_first_runs_agree_on_one_home() {
    let harness = Harness::new();
    if !can_trace(&harness) {
        return;
    }
    harness.write("seam.yaml", "system: shop\nenvironments: {dev: {}, stage: {}}\n");
    harness.write("stacks/app/stack.yaml", "tool: exec\nexec: {apply: [\"true\"]}\n");
    // The one stops where it has just seen that there is no id; meanwhile the other makes one.
    let (id, trace) = (harness.path(".seam/id"), harness.root().join("trace"));
    let stop = ["-e", "trace=openat", "-e", "inject=openat:signal=SIGSTOP:when=1"];
    let traced = ["-D".as_ref(), "-o".as_ref(), trace.as_os_str(), "-P".as_ref(), id.as_os_str()];
    let traced = traced.into_iter().chain(stop.map(OsStr::new));
    let seam = [env!("CARGO_BIN_EXE_seam")].into_iter().chain(APPLY).map(OsStr::new);
    let first = harness.start_of("strace", &traced.chain(seam).collect::<Vec<_>>());
    wait_for("it to stop", || fs::read_to_string(&trace).ok()?.contains("stopped by SIGSTOP").then_some(()));
    harness.ok(&["apply", "-e", "stage", "--yes"]);
    first.signal(Signal::CONT);
    first.wait().exits(0);

    // Whose home is not the one on record is refused.
    harness.ok(&APPLY);
    harness.ok(&["apply", "-e", "stage", "--yes"]);
}
