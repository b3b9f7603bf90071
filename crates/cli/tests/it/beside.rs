//! Beside somebody else who is at the same stack: one waits, says for whom, and judges by what is so then.

use crate::crash::Slow;
use crate::harness::{wait_for, wait_for_file};
use crate::runs::{APPLY, workspace};
use rustix::fs::{FlockOperation, fcntl_lock};
use std::fs;

#[test]
fn a_plan_waits_for_a_run_and_plans_on_what_that_recorded() {
    for slow in [Some(Slow::exec()), Slow::terraform()].into_iter().flatten() {
        let harness = &slow.harness;
        let run = harness.start(&APPLY);
        wait_for_file(&slow.started);
        let [said, shown] = ["said", "shown"].map(|name| harness.root().join(name));
        // What comes after it in the run may be planned before the run is there.
        let mut plan = harness.command(&["plan", "api", "-e", "dev"]);
        plan.stderr(fs::File::create(&said).unwrap()).stdout(fs::File::create(&shown).unwrap());
        let mut plan = plan.spawn().unwrap();
        let waits = || fs::read_to_string(&said).unwrap().contains("waits for seam apply");
        wait_for("the plan to wait", || waits().then_some(()));
        fs::write(&slow.go, "").unwrap();
        run.wait().exits(0);
        let ended = plan.wait().unwrap();
        let shown = fs::read_to_string(shown).unwrap();
        assert!(ended.success(), "{}", fs::read_to_string(said).unwrap());
        assert!(shown.contains("nothing it reads changed since run 1") && shown.contains("Nothing to do"), "{shown}");
    }
}

#[test]
fn a_tool_that_waits_for_the_lock_of_a_state_says_so() {
    let Some(harness) = workspace() else { return };
    let resource = "resource \"terraform_data\" \"it\" {}\n";
    harness.stack("net", "", resource);
    harness.ok(&APPLY);
    harness.stack("net", "", &format!("{resource}{}", resource.replace("\"it\"", "\"late\"")));
    let states = harness.path(".seam/state/dev");
    fs::write(states.join(".net.tfstate.lock.info"), r#"{"ID": "b06e", "Who": "ann@host"}"#).unwrap();
    let state = fs::File::options().read(true).write(true).open(states.join("net.tfstate")).unwrap();
    fcntl_lock(&state, FlockOperation::LockExclusive).unwrap();
    let run = harness.start_until(&APPLY, "waits for the state's lock");
    fcntl_lock(&state, FlockOperation::Unlock).unwrap();
    run.wait().exits(0);
}
