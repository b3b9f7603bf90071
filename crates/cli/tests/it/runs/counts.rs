//! How many processes of a tool a run starts.

use super::{APPLY, calls, count_calls, workspace};
use crate::harness::Harness;

/// Ten stacks in a row: each hands the value on that it gets from the one before.
fn ten(harness: &Harness) {
    for number in 0..10 {
        let from = if number == 0 { "{value: one}".to_owned() } else { format!("s{}.id", number - 1) };
        harness.stack(
            &format!("s{number}"),
            &format!("inputs:\n  from: {from}\n"),
            "variable \"from\" {\n  type = string\n}\nresource \"terraform_data\" \"it\" {\n  input = var.from\n}\n\
             output \"id\" {\n  value = \"${terraform_data.it.output}\"\n}\n",
        );
    }
}

#[test]
fn nothing_runs_for_nothing() {
    let Some(harness) = workspace() else { return };
    ten(&harness);
    count_calls(&harness);

    harness.ok(&APPLY);
    let cold = calls(&harness);
    let count = |verb: &str| cold.iter().filter(|call| call.split(' ').next() == Some(verb)).count();
    assert_eq!([count("version"), count("init"), count("plan"), count("apply")], [1, 10, 10, 10], "{cold:#?}");
    assert_eq!(cold.len(), 31, "{cold:#?}");

    harness.ok(&APPLY).says(&["10 unchanged", "nothing it reads changed since run 1"]);
    assert_eq!(calls(&harness), [""; 0]);

    // A change that leaves the outputs as they were runs its own stack alone.
    harness.edit("stacks/s3/main.tf", "resource", "resource \"terraform_data\" \"more\" {}\nresource");
    harness.ok(&APPLY).says(&["1 created", "9 unchanged"]);
    assert_eq!(calls(&harness), ["apply s3", "plan s3"]);

    // A changed output runs exactly those that read it, and those that read theirs.
    harness.edit("stacks/s7/main.tf", "\"${", "\"two-${");
    harness.ok(&APPLY);
    assert_eq!(calls(&harness), ["apply s7", "apply s8", "apply s9", "plan s7", "plan s8", "plan s9"]);

    // Forced, they run all the same, and their empty plans are not applied.
    harness.ok(&["apply", "-e", "dev", "--yes", "--force", "s8"]);
    assert_eq!(calls(&harness), ["plan s8"]);
}

#[test]
fn attributes_that_are_used_are_read() {
    let harness = Harness::new();
    let applied = harness.root().join("applied");
    harness.write(
        "seam.yaml",
        "system: shop\nenvironments:\n  dev:\n    region: north\n    account: first\n    zone: left\n    \
         labels: {tier: low}\n    env: {ACCOUNT: \"{account}\"}\n",
    );
    harness.write(
        "stacks/app/stack.yaml",
        format!(
            "tool: exec\ninputs: {{place: {{value: \"{{region}}\"}}}}\nexec: {{apply: [sh, -c, \"echo $ACCOUNT >> '{}'\"]}}\n",
            applied.display()
        ),
    );
    let times = || std::fs::read_to_string(&applied).unwrap_or_default().lines().count();
    harness.ok(&APPLY);
    assert_eq!(times(), 1);
    for (from, to, said, again) in [
        ("region: north", "region: south", "place changed", 1),
        ("account: first", "account: second", "its settings changed", 1),
        ("ACCOUNT: ", "MORE: text, ACCOUNT: ", "its settings changed", 1),
        ("zone: left", "zone: right", "1 unchanged", 0),
        ("tier: low", "tier: high", "1 unchanged", 0),
    ] {
        let before = times();
        harness.edit("seam.yaml", from, to);
        harness.ok(&APPLY).says(&[said]);
        assert_eq!(times(), before + again, "{to}");
    }
    assert_eq!(std::fs::read_to_string(&applied).unwrap(), "first\nfirst\nsecond\nsecond\n");
}
