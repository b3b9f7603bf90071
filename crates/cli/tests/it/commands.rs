//! What each command prints, and how it ends: shapes for programs, words for people, exit codes.

mod access;
mod broken;
mod files;
mod folders;
mod looks;
mod publications;
mod shapes;

use crate::harness::Harness;

/// Two script stacks: `app` makes a page of what `base` provides, a secret among it.
fn scripts() -> Harness {
    let harness = Harness::new();
    harness.write("seam.yaml", "system: shop\nenvironments: {dev: {}, prod: {}}\nteams: {core: [base]}\n");
    harness.write("stacks/base/stack.yaml", "tool: exec\ntags: [low]\nexec: {apply: [sh, deploy.sh]}\n");
    harness.write(
        "stacks/base/deploy.sh",
        r#"printf '{"id": {"value": "b-1"}, "list": {"value": [1, {"a": null}]}, "password": {"value": "hunter2-hunter2", "sensitive": true}}' > "$SEAM_OUTPUTS""#,
    );
    harness.write(
        "stacks/app/stack.yaml",
        "tool: exec\ninputs:\n  id: base.id\n  first: {run: \"base.list[0]\"}\n  password: base.password\nexec: {apply: [sh, deploy.sh]}\n",
    );
    harness.write("stacks/app/deploy.sh", r#"printf '{"url": {"value": "http://app"}}' > "$SEAM_OUTPUTS""#);
    harness
}

/// The same, applied in `dev`.
fn applied() -> Harness {
    let harness = scripts();
    harness.ok(&["apply", "-e", "dev", "--yes"]);
    harness
}
