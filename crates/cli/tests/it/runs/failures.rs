//! What fails midway: what was applied is kept, the tool's words are shown, the others go on, and
//! the next apply goes on from there.

use super::{APPLY, calls, count_calls, workspace};
use crate::harness::{Harness, terraform, wait_for_file};
use rustix::process::Signal;

/// Makes one resource, then runs a shell command in the apply of a second one.
fn after_one(harness: &Harness, stack: &str, yaml: &str, shell: &str) {
    let code = format!(
        "resource \"terraform_data\" \"first\" {{}}\nresource \"terraform_data\" \"second\" {{\n  \
         depends_on = [terraform_data.first]\n  provisioner \"local-exec\" {{\n    command = <<-EOT\n      {shell}\n    EOT\n  }}\n}}\n\
         output \"id\" {{\n  value = terraform_data.second.id\n}}\n"
    );
    harness.stack(stack, yaml, &code);
}

const READS_IT: &str = "variable \"id\" {}\nresource \"terraform_data\" \"it\" {\n  input = var.id\n}\noutput \"id\" {\n  value = var.id\n}\n";

#[test]
fn a_failing_tool_is_heard_and_the_others_go_on() {
    let Some(harness) = workspace() else { return };
    let broken = harness.path("broken");
    harness.write("broken", "");
    after_one(
        &harness,
        "api",
        "{}\n",
        &format!("test ! -e '{}' || {{ echo 'the oven is cold' >&2; exit 7; }}", broken.display()),
    );
    harness.stack("web", "inputs: {id: api.id}\n", READS_IT);
    harness.stack("site", "inputs: {id: web.id}\n", READS_IT);
    harness.stack("alone", "{}\n", "resource \"terraform_data\" \"it\" {}\n");

    harness.seam(&APPLY).exits(1).says(&[
        "Error: local-exec provisioner error",
        "the oven is cold",
        "terraform_data.second",
        "stacks/api/main.tf",
        "1 applied, 1 failed, 2 not started",
    ]);
    assert_eq!(harness.json(&["runs", "--json"])["runs"][0]["result"], "failed");
    assert_eq!(harness.status("alone")["state"], "current");
    let api = harness.status("api");
    assert_eq!(api["state"], "changed", "{api}");
    assert_eq!(harness.status("web")["state"], "never");

    // What was made is kept: the next apply makes the rest, and does not touch what is done.
    std::fs::remove_file(broken).unwrap();
    count_calls(&harness);
    harness.ok(&APPLY).says(&["alone", "unchanged"]);
    assert_eq!(calls(&harness).iter().filter(|call| call.ends_with("alone")).count(), 0);
    let state = std::fs::read_to_string(harness.path(".seam/state/dev/api.tfstate")).unwrap();
    assert!(!state.contains("tainted\": true"), "{state}");
    assert_eq!(harness.status("site")["state"], "current");
}

#[test]
fn what_a_tool_says_is_shown_once_and_whole() {
    let (Some(harness), Some(real)) = (workspace(), terraform()) else { return };
    harness.stack(
        "app",
        "{}\n",
        "locals {\n  name = \"one\"\n}\nresource \"terraform_data\" \"it\" {\n  lifecycle {\n    precondition {\n      \
         condition     = local.name == \"two\"\n      error_message = \"The name is not right.\\nIt must be two.\"\n    }\n  }\n}\n\
         resource \"terraform_data\" \"other\" {\n  lifecycle {\n    postcondition {\n      condition     = local.name == \"three\"\n      \
         error_message = \"The other one.\"\n    }\n  }\n}\n",
    );
    let said = harness.seam(&APPLY).exits(1).stderr;
    let head = "\nerror[S0303]: `terraform plan` ended with 2 errors\n\n  Error: ";
    let first = "  Error: Resource precondition failed\n    stacks/app/main.tf line 7\n    \
                 7 │ condition     = local.name == \"two\"\n    The name is not right.\n    It must be two.\n";
    assert!(said.contains(head) && said.contains(first), "{said}");
    for once in
        ["Resource precondition failed", "The name is not right.", "Resource postcondition failed", "The other one."]
    {
        assert_eq!(said.matches(once).count(), 1, "`{once}` in\n{said}");
    }

    // As the AWS plugin says it: all of it is the summary.
    harness.stack("app", "{}\n", "resource \"terraform_data\" \"it\" {}\n");
    let error = "creating Lambda Function (get): operation error Lambda: CreateFunction, https response error StatusCode: 400, \
                 RequestID: 5f, InvalidParameterValueException: The role cannot be assumed";
    let line = format!(
        r#"{{"@level":"error","@message":"Error: {error}","type":"diagnostic","diagnostic":{{"severity":"error","summary":"{error}","detail":"","address":"aws_lambda_function.get","range":{{"filename":"main.tf","start":{{"line":1,"column":32,"byte":31}},"end":{{"line":1,"column":33,"byte":32}}}},"snippet":{{"context":"resource \"terraform_data\" \"it\"","code":"resource \"terraform_data\" \"it\" {{}}","start_line":1,"highlight_start_offset":31,"highlight_end_offset":32,"values":[]}}}}}}"#
    );
    harness.program(
        "terraform",
        &format!(
            "#!/bin/sh\n[ \"$1\" = apply ] || exec '{}' \"$@\"\ncat <<'END'\n{line}\nEND\nexit 1\n",
            real.display()
        ),
    );
    let said = harness.seam(&APPLY).exits(1).stderr;
    let block = format!(
        "  Error: {error}\n    with aws_lambda_function.get, stacks/app/main.tf line 1\n    1 │ resource \"terraform_data\" \"it\" {{}}\n"
    );
    assert!(said.contains(&block), "{said}");
    assert_eq!((said.matches("operation error").count(), said.matches("main.tf").count()), (1, 1), "{said}");
}

#[test]
fn a_time_limit_interrupts_and_keeps_the_state() {
    let Some(harness) = workspace() else { return };
    let started = harness.path("started");
    // On a busy machine a short limit may be over before the tool is there.
    let in_time = [2, 8, 64].into_iter().find(|limit| {
        let shell = format!("touch '{}'; exec sleep 600", started.display());
        after_one(&harness, "api", &format!("timeout: {limit}s\n"), &shell);
        harness.seam(&APPLY).exits(1).says(&["S0304", "api"]);
        started.exists()
    });
    assert!(in_time.is_some());
    let state = std::fs::read_to_string(harness.path(".seam/state/dev/api.tfstate")).unwrap();
    assert!(state.contains("\"first\""), "{state}");
    assert_eq!(harness.status("api")["state"], "changed");

    after_one(&harness, "api", "timeout: 60s\n", "true");
    harness.ok(&APPLY);
}

#[test]
fn an_interrupt_stops_gracefully_once() {
    let Some(harness) = workspace() else { return };
    let started = harness.path("started");
    after_one(&harness, "api", "{}\n", &format!("touch '{}'; exec sleep 600", started.display()));
    harness.stack("web", "inputs: {id: api.id}\n", READS_IT);

    let run = harness.start(&APPLY);
    wait_for_file(&started);
    run.signal(Signal::INT);
    run.wait().exits(130).says(&["interrupted"]);

    let state = std::fs::read_to_string(harness.path(".seam/state/dev/api.tfstate")).unwrap();
    assert!(state.contains("\"first\""), "{state}");
    assert_eq!(harness.json(&["runs", "--json"])["runs"][0]["result"], "interrupted");
    assert_eq!(harness.status("web")["state"], "never");

    after_one(&harness, "api", "{}\n", "true");
    harness.ok(&APPLY);
    assert_eq!(harness.status("web")["state"], "current");
}

#[test]
fn an_interrupt_before_anything_changes_changes_nothing() {
    let harness = Harness::new();
    harness.write("seam.yaml", "system: shop\nenvironments: {dev: {}}\ndefaults: {tool: exec}\n");
    let started = harness.path("started");
    let plan = format!("touch {}; exec sleep 600", started.display());
    harness.write("stacks/app/stack.yaml", format!("exec: {{plan: [sh, -c, \"{plan}\"], apply: [touch, applied]}}\n"));
    harness.write("stacks/next/stack.yaml", "exec: {apply: [\"true\"]}\nafter: [app]\n");
    let run = harness.start(&APPLY);
    wait_for_file(&started);
    run.signal(Signal::TERM);
    run.wait().exits(130);
    assert_eq!(harness.json(&["runs", "--json"])["runs"][0]["result"], "interrupted");
    assert_eq!([harness.status("app")["state"].clone(), harness.status("next")["state"].clone()], ["never", "never"]);
}

#[test]
fn outputs_that_may_not_be_published_are_applied_and_not_published() {
    let Some(harness) = workspace() else { return };
    let contract = |kind: &str| format!("contract:\n  outputs:\n    size: {{type: {kind}}}\n");
    let code = |output: &str| format!("resource \"terraform_data\" \"it\" {{}}\n{output}");
    let number = code("output \"size\" {\n  value = 3\n}\n");
    harness.stack("other", &contract("string"), &number);
    harness.stack("large", "{}\n", &code("output \"size\" {\n  value = join(\"\", [for i in range(1024) : join(\"\", [for j in range(40) : format(\"%0128d\", j)])])\n}\n"));
    harness.stack("reads", "inputs: {id: other.size}\n", READS_IT);

    harness.seam(&APPLY).exits(1).says(&[
        "S0506",
        "output `size` is number, and the contract says string",
        "stacks/other/stack.yaml:3",
        "5242882 bytes",
        "1048576",
        "2 failed, 1 not started",
    ]);
    for stack in ["other", "large"] {
        assert_eq!(harness.status(stack)["state"], "unpublished", "{stack}");
        assert!(harness.path(format!(".seam/state/dev/{stack}.tfstate")).exists());
        harness.seam(&["output", stack, "-e", "dev"]).exits(1);
    }

    // Mended, they are published, and what is there is not made again.
    harness.stack("other", &contract("number"), &number);
    harness.stack("large", "{}\n", &number);
    harness.ok(&APPLY);
    for stack in ["other", "large"] {
        assert_eq!(harness.ok(&["output", stack, "size", "-e", "dev"]).stdout.trim(), "3");
        assert_eq!(harness.status(stack)["state"], "current");
    }
}

#[test]
fn what_a_program_wrote_is_kept_until_it_is_published() {
    let harness = Harness::new();
    harness.write("seam.yaml", "system: shop\nenvironments: {dev: {}}\ndefaults: {tool: exec}\n");
    harness.write("stacks/app/stack.yaml", "exec: {apply: [sh, apply.sh]}\n");
    // What is sensitive cannot be sealed: a file lies where the keys are to be.
    let (keys, applied) = (harness.root().join("home/config/seam/keys"), harness.root().join("applied"));
    harness.write(
        "stacks/app/apply.sh",
        format!(
            "echo applied >> '{}'\nmkdir -p '{}' && : > '{}'\n\
             echo '{{\"key\": {{\"value\": \"a-made-key\", \"sensitive\": true}}}}' > \"$SEAM_OUTPUTS\"\n",
            applied.display(),
            keys.parent().unwrap().display(),
            keys.display()
        ),
    );
    harness.seam(&APPLY).exits(1).says(&["key file"]);
    assert_eq!(harness.status("app")["state"], "unpublished");
    assert_eq!(harness.json(&["runs", "--json"])["runs"][0]["result"], "failed");

    std::fs::remove_file(keys).unwrap();
    harness.ok(&APPLY).says(&["applied by run 1, and not published: outputs published now"]);
    assert_eq!(std::fs::read_to_string(applied).unwrap(), "applied\n");
    assert_eq!(harness.ok(&["output", "app", "key", "-e", "dev"]).stdout, "a-made-key\n");
    assert_eq!(
        crate::harness::files_with(&harness.path(".seam/runs"), b"a-made-key"),
        [""; 0].map(std::path::PathBuf::from)
    );
}
