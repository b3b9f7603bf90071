//! Planted secrets are found nowhere after a run but in the states of the tools, and never in what the
//! system shows of its processes.

use crate::crash::{Slow, kill};
use crate::harness::{Harness, contains, files_with, wait_for_file};
use crate::runs::{APPLY, workspace};
use base64::Engine as _;
use std::fs;

/// Of the environment, of a file and of a program's output.
const OF_ENV: &str = "env-s3cret \"quoted\" \\ <ümläut> & ${no}";
const OF_FILE: &str = "-----BEGIN-----\nfile-s3cret-line-one\nfile-s3cret-line-two\n-----END-----";
const OF_COMMAND: &str = "command-s3cret-987654321";
/// Made by a stack, as a sensitive output.
const MADE: &str = "made-s3cret-by-the-stack";
/// Made of another one by the code of a stack; the next stack's plan asks for it.
const UPPER: &str = "COMMAND-s3cret-OF-THE-CODE";
const SECRETS: [&str; 5] = [OF_ENV, OF_FILE, OF_COMMAND, MADE, UPPER];

const INPUTS: &str = "inputs:\n  env: {secret: {env: PASSWORD}}\n  file: {secret: {file: ../../../secrets/file}}\n  \
                      command: {secret: {command: [cat, ../secrets/command]}}\n  \
                      url: {secret: {command: [cat, ../secrets/command]}, format: \"https://u:{value}@host/\"}\n";

const VARIABLES: &str =
    "variable \"env\" {}\nvariable \"file\" {}\nvariable \"command\" {\n  sensitive = true\n}\nvariable \"url\" {}\n";

/// Whatever a secret looks like in files.
fn forms() -> Vec<Vec<u8>> {
    let mut forms = Vec::new();
    for secret in SECRETS {
        forms.extend(secret.lines().filter(|line| line.contains("s3cret")).map(|line| line.as_bytes().to_vec()));
        let json = serde_json::to_string(secret).unwrap();
        forms.push(json.trim_matches('"').as_bytes().to_vec());
        forms.push(base64::engine::general_purpose::STANDARD.encode(secret).into_bytes());
    }
    forms
}

/// Files with a secret in them, but for states.
fn found(harness: &Harness) -> Vec<String> {
    let root = harness.root();
    let folders = ["workspace", "home", "tmp"].map(|name| root.join(name));
    let mut found = Vec::new();
    for form in forms() {
        for path in folders.iter().flat_map(|folder| files_with(folder, &form)) {
            if !path.starts_with(harness.path(".seam/state")) {
                found.push(format!("{} in {}", String::from_utf8_lossy(&form), path.display()));
            }
        }
    }
    found
}

fn shop() -> Option<Harness> {
    let mut harness = workspace()?;
    harness.var("PASSWORD", OF_ENV);
    let secrets = harness.root().join("secrets");
    fs::create_dir(&secrets).unwrap();
    fs::write(secrets.join("file"), format!("{OF_FILE}\n")).unwrap();
    fs::write(secrets.join("command"), OF_COMMAND).unwrap();
    Some(harness)
}

/// No secret in what was printed.
fn silent(texts: &[&str]) {
    for form in forms() {
        for text in texts {
            assert!(!contains(text.as_bytes(), &form), "{} in\n{text}", String::from_utf8_lossy(&form));
        }
    }
}

#[test]
fn secrets_are_left_in_states_alone() {
    let Some(harness) = shop() else { return };
    // It says all that it knows, in clear and encoded.
    harness.stack(
        "loud",
        INPUTS,
        &format!(
            "{VARIABLES}locals {{\n  command = nonsensitive(var.command)\n}}\nresource \"terraform_data\" \"it\" {{\n  \
             input = [var.env, var.file, var.command, var.url]\n  provisioner \"local-exec\" {{\n    \
             command = \"echo \\\"$E\\\"; echo \\\"$F\\\"; echo \\\"$C\\\"; echo \\\"$J\\\"; printf %s \\\"$C\\\" | base64\"\n    \
             environment = {{ E = var.env, F = var.file, C = local.command, J = jsonencode([var.env, var.file]) }}\n  }}\n}}\n\
             output \"url\" {{\n  value     = var.url\n  sensitive = true\n}}\noutput \"upper\" {{\n  value     = sensitive(\"${{substr(upper(local.command), 0, 7)}}-s3c${{\"ret\"}}-OF-THE-CODE\")\n  sensitive = true\n}}\n"
        ),
    );
    harness.write(
        "stacks/maker/stack.yaml",
        "tool: exec\nexec: {plan: [sh, plan.sh], apply: [sh, apply.sh]}\ninputs: {command: {secret: {command: [cat, ../secrets/command]}}}\n",
    );
    let made = format!(
        "echo '{{\"key\": {{\"value\": \"{MADE}\", \"sensitive\": true}}}}' > \"$SEAM_OUTPUTS\"\ncat \"$SEAM_INPUTS\" \"$SEAM_OUTPUTS\"\n"
    );
    // The script itself must not be what is found.
    let made = made
        .replace(MADE, "$(printf 'made-s3c'; printf 'ret-by-the-stack')")
        .replace("echo '{", "echo \"{")
        .replace("}' >", "}\" >")
        .replace("\"key\"", "\\\"key\\\"")
        .replace("\"value\": \"", "\\\"value\\\": \\\"")
        .replace("\", \"sensitive\"", "\\\", \\\"sensitive\\\"");
    harness.write("stacks/maker/plan.sh", format!("{made}exit 2\n"));
    harness.write("stacks/maker/apply.sh", &made);
    harness.stack(
        "reads",
        "inputs:\n  key: maker.key\n  url: loud.url\n  upper: loud.upper\n",
        "variable \"key\" {}\nvariable \"upper\" {\n  sensitive = true\n}\nvariable \"url\" {\n  sensitive = true\n}\nresource \"terraform_data\" \"it\" {\n  input = [var.key, var.url]\n  \
         provisioner \"local-exec\" {\n    command     = \"echo $K\"\n    environment = { K = var.key }\n  }\n}\n",
    );

    let plan = harness.ok(&["plan", "-e", "dev", "--json"]);
    silent(&[&plan.stdout, &plan.stderr]);
    assert_eq!(found(&harness), [""; 0]);

    let apply = harness.ok(&APPLY);
    silent(&[&apply.stdout, &apply.stderr]);
    assert_eq!(found(&harness), [""; 0]);
    assert!(contains(&fs::read(harness.path(".seam/state/dev/loud.tfstate")).unwrap(), OF_COMMAND.as_bytes()));

    // The masked log is there, and what was never secret is to be read in it.
    let log = harness.ok(&["runs", "log", "1", "loud"]).stdout;
    assert!(log.contains("(sensitive)"), "{log}");
    silent(&[&log]);
    let list = harness.ok(&["output", "maker", "-e", "dev", "--json"]).stdout;
    silent(&[&list]);
    assert_eq!(harness.ok(&["output", "maker", "key", "-e", "dev"]).stdout, format!("{MADE}\n"));

    // A secret that changed is noticed without being kept; the others do not run.
    fs::write(harness.root().join("secrets/file"), "another-s3cret").unwrap();
    harness.ok(&APPLY).says(&["loud   planning · a secret", "maker", "unchanged"]);
    harness.ok(&["destroy", "-e", "dev", "--yes"]);
    assert_eq!(found(&harness), [""; 0]);
}

#[test]
fn what_fails_tells_no_secret() {
    let Some(harness) = shop() else { return };
    harness.stack(
        "broken",
        INPUTS,
        &format!(
            "{VARIABLES}resource \"terraform_data\" \"it\" {{\n  provisioner \"local-exec\" {{\n    \
             command     = \"echo \\\"$E\\\" >&2; echo \\\"$F\\\"; exit 3\"\n    environment = {{ E = var.env, F = var.file }}\n  }}\n}}\n\
             output \"file\" {{\n  value = var.file\n  precondition {{\n    condition     = var.env != \"\"\n    error_message = \"no\"\n  }}\n}}\n"
        ),
    );
    harness.write("stacks/cries/stack.yaml", format!("tool: exec\nexec: {{apply: [sh, apply.sh]}}\n{INPUTS}"));
    harness.write("stacks/cries/apply.sh", "cat \"$SEAM_INPUTS\" >&2\nexit 4\n");
    let answer = harness.seam(&[&APPLY[..], &["--json"]].concat()).exits(1);
    silent(&[&answer.stdout, &answer.stderr]);
    assert!(answer.stdout.contains("(sensitive)"), "{}", answer.stdout);
    let answer = harness.seam(&APPLY).exits(1).says(&["(sensitive)"]);
    silent(&[&answer.stdout, &answer.stderr]);
    assert_eq!(found(&harness), [""; 0]);
}

#[test]
fn a_short_secret_is_named_as_not_maskable() {
    let mut harness = Harness::new();
    harness.write("seam.yaml", "system: shop\nenvironments: {dev: {}}\n");
    harness
        .write("stacks/app/stack.yaml", "tool: exec\nexec: {apply: [\"true\"]}\ninputs: {pin: {secret: {env: PIN}}}\n");
    harness.var("PIN", "1234");
    let answer = harness.ok(&APPLY).says(&["`pin` is sensitive and too short to be masked"]);
    assert_eq!(answer.stderr.matches("too short").count(), 1, "{}", answer.stderr);
}

#[test]
fn a_secret_that_is_not_to_be_had_is_refused_before_anything_runs() {
    let mut harness = Harness::new();
    harness.write("seam.yaml", "system: shop\nenvironments: {dev: {}}\n");
    harness.write("secrets/token", "token-123456\n");
    let exec = "tool: exec\nexec: {apply: [\"true\"], destroy: [touch, ../../../../../../../gone]}\n";
    let app = format!(
        "{exec}inputs:\n  token: {{secret: {{file: ../../secrets/token}}}}\n  pin: {{secret: {{env: PIN}}, optional: true}}\n"
    );
    harness.write("stacks/app/stack.yaml", app);
    harness.write("stacks/reads/stack.yaml", format!("{exec}after: [app]\n"));
    // An empty one is one that somebody forgot to fill; of an optional one nothing is passed.
    harness.var("PIN", "");
    harness.write("secrets/token", "\n");
    for args in [&APPLY[..], &["plan", "-e", "dev"]] {
        harness.seam(args).exits(1).says(&["error[S0311]", "`token`", "secrets/token is empty", "optional: true"]);
    }
    harness.write("secrets/token", "token-123456\n");
    harness.ok(&APPLY);

    fs::remove_file(harness.path("secrets/token")).unwrap();
    for args in [&["destroy", "-e", "dev", "--yes"][..], &["plan", "-e", "dev", "--destroy"]] {
        harness.seam(args).exits(1).says(&["error[S0311]", "stacks/app/stack.yaml:4", "secrets/token"]);
    }
    assert_eq!(harness.status("reads")["state"], "current", "nothing was destroyed");
}

#[cfg(target_os = "linux")]
#[test]
fn no_process_shows_a_secret() {
    let Some(mut harness) = shop() else { return };
    // Others that run at this moment have other secrets.
    let secrets = harness.root().join("secrets");
    harness.var("PASSWORD", "probed-in-env");
    fs::write(secrets.join("file"), "probed-in-file").unwrap();
    fs::write(secrets.join("command"), "probed-in-command").unwrap();
    // It looks at every process while the tool applies; the patterns are in a file.
    let (patterns, hits) = (secrets.join("patterns"), harness.root().join("hits"));
    fs::write(&patterns, "probed-in-\n").unwrap();
    let look = format!(
        "for p in /proc/[0-9]*; do grep -a -q -f '{0}' $p/cmdline $p/environ 2>/dev/null && echo $p >> '{1}'; done; echo looked >> '{1}'",
        patterns.display(),
        hits.display()
    );
    harness.write("stacks/probe/look.sh", look);
    harness.stack(
        "probe",
        INPUTS,
        &format!(
            "{VARIABLES}resource \"terraform_data\" \"it\" {{\n  input = [var.env, var.file, var.command, var.url]\n  \
             provisioner \"local-exec\" {{\n    command = \"sh ${{path.module}}/look.sh\"\n  }}\n}}\n"
        ),
    );
    let run = harness.start(&APPLY);
    let seam = format!("/proc/{}", run.pid());
    run.wait().exits(0);
    // Its own environment is where the secret comes from.
    let hits = fs::read_to_string(hits).unwrap();
    assert_eq!(hits.lines().filter(|line| *line != seam).collect::<Vec<_>>(), ["looked"]);
    assert!(hits.contains(&seam), "the probe sees what there is to see");
}

#[test]
fn an_output_made_of_a_secret_is_sealed() {
    let mut harness = Harness::new();
    harness.var("DB_PASSWORD", "correct-horse-battery");
    harness.write("seam.yaml", "system: shop\nenvironments: {dev: {}}\ndefaults: {tool: exec}\n");
    harness.write(
        "stacks/db/stack.yaml",
        "inputs: {password: {secret: {env: DB_PASSWORD}}}\nexec: {apply: [sh, apply.sh]}\n",
    );
    harness.write(
        "stacks/db/apply.sh",
        "printf '{\"dsn\": {\"value\": \"db://%s@host\"}}' \"$(sed 's/.*:\"\\(.*\\)\"}/\\1/' \"$SEAM_INPUTS\")\" > \"$SEAM_OUTPUTS\"\n",
    );
    // The digest of a plan is made with the same key, and that nobody needs to keep.
    assert!(!harness.ok(&["plan", "-e", "dev"]).stderr.contains("A key for"));
    let sealed = ["output `dsn` contains a secret, so it is sealed", "A key for sensitive values was made"];
    harness.ok(&["apply", "-e", "dev", "--yes"]).says(&sealed);
    let again = harness.ok(&["apply", "-e", "dev", "--yes", "--force"]);
    assert!(!again.stderr.contains("A key for"), "{}", again.stderr);
    assert!(harness.ok(&["output", "db", "-e", "dev"]).stdout.contains("(sensitive)"));
    assert_eq!(harness.ok(&["output", "db", "dsn", "-e", "dev"]).stdout.trim(), "db://correct-horse-battery@host");
    assert_eq!(crate::harness::files_with(&harness.root(), b"correct-horse-battery"), Vec::<std::path::PathBuf>::new());
}

#[test]
fn a_log_is_shown_with_its_secrets_masked_once_its_tool_has_ended() {
    let mut harness = Harness::new();
    harness.var("PASSWORD", OF_ENV);
    harness.write("seam.yaml", "system: shop\nenvironments: {dev: {}}\ndefaults: {tool: exec}\n");
    harness.write("stacks/app/stack.yaml", "inputs: {env: {secret: {env: PASSWORD}}}\nexec: {apply: [sh, apply.sh]}\n");
    let (started, go) = (harness.root().join("started"), harness.root().join("go"));
    harness.write(
        "stacks/app/apply.sh",
        format!(
            "cat \"$SEAM_INPUTS\"; echo said; touch '{}'; while [ ! -e '{}' ]; do sleep 0.05; done\n",
            started.display(),
            go.display()
        ),
    );
    let hidden = || {
        for args in [&["runs", "log", "1", "app"][..], &["runs", "log", "1", "app", "--json"]] {
            let log = harness.ok(args);
            assert!(log.stdout.contains("not shown"), "{}", log.stdout);
            silent(&[&log.stdout, &log.stderr]);
        }
    };

    let run = harness.start(&APPLY);
    wait_for_file(&started);
    hidden();
    run.signal(rustix::process::Signal::KILL);
    run.wait();
    hidden();
    fs::write(go, "").unwrap();
    wait_for_file(&harness.path(".seam/runs/1/app/1-apply/status"));
    for look_after in [false, true] {
        if look_after {
            harness.ok(&APPLY);
        }
        let log = harness.ok(&["runs", "log", "1", "app"]).stdout;
        assert!(log.contains("said") && log.contains("(sensitive)"), "{log}");
        silent(&[&log]);
    }
}

#[test]
fn a_plan_that_shows_values_shows_no_secret() {
    let Some(mut harness) = shop() else { return };
    harness.var("PASSWORD", OF_COMMAND);
    harness.stack(
        "app",
        "inputs:\n  env: {secret: {env: PASSWORD}}\n  size: {value: 1}\n",
        "variable \"env\" {}\nvariable \"size\" {}\nresource \"terraform_data\" \"it\" {\n  \
         input = { env = var.env, list = [var.env], size = var.size }\n}\n",
    );
    let first = harness.ok(&["plan", "-e", "dev", "--full"]);
    harness.ok(&APPLY);
    // The one that was exchanged is in the state, where the tool takes what was there before from.
    harness.var("PASSWORD", OF_ENV);
    harness.edit("stacks/app/stack.yaml", "value: 1", "value: 2");
    let text = harness.ok(&["plan", "-e", "dev", "--full"]);
    for shown in ["~ input.env      (sensitive)", "~ input.size     1 → 2", "~ output         (sensitive)"] {
        assert!(text.stdout.contains(shown), "{}", text.stdout);
    }
    let json = harness.ok(&["plan", "-e", "dev", "--full", "--json"]);
    silent(&[&first.stdout, &first.stderr, &text.stdout, &text.stderr, &json.stdout]);
    assert_eq!(found(&harness), Vec::<String>::new());
}

#[test]
fn a_secret_in_an_address_is_neither_shown_nor_kept() {
    let Some(harness) = shop() else { return };
    let (started, go) = (harness.root().join("started"), harness.root().join("go"));
    let slow = Slow { harness, started, go };
    let harness = &slow.harness;
    harness.stack(
        "api",
        "inputs: {env: {secret: {env: PASSWORD}}}\n",
        &format!(
            "variable \"env\" {{}}\nresource \"terraform_data\" \"it\" {{\n  for_each = toset([var.env])\n  \
             provisioner \"local-exec\" {{\n    \
             command = \"touch '{}'; while [ ! -e '{}' ]; do sleep 0.05; done; exit 3\"\n  }}\n}}\n",
            slow.started.display(),
            slow.go.display()
        ),
    );
    let quiet = |text: &str| assert!(!text.contains("env-s3cret"), "{text}");
    let masked = "terraform_data.it[\"(sensitive)\"]";
    let plan = harness.ok(&["plan", "-e", "dev", "--full"]).stdout;
    assert!(plan.contains(&format!("{masked} #")), "{plan}");
    quiet(&plan);
    let plan = harness.ok(&["plan", "-e", "dev", "--json"]);
    quiet(&plan.stdout);
    let digest = plan.json()["digest"].as_str().unwrap().to_owned();

    let run = harness.start(&["apply", "-e", "dev", "--approve", &digest]);
    wait_for_file(&slow.started);
    kill(run);
    slow.kill_tool();
    let yes = fs::read_to_string(harness.path(".seam/runs/1/yes.json")).unwrap();
    assert!(yes.contains("(sensitive)"), "{yes}");
    quiet(&yes);
    // Whoever looks names it, before the raw output is cleared and after that.
    for args in [&["plan", "-e", "dev"][..], &["apply", "--resume"], &["plan", "-e", "dev"]] {
        let said = harness.seam(args);
        let text = said.stdout + &said.stderr;
        assert!(text.contains(&format!("{masked} may exist and be in no state")), "{args:?}: {text}");
        quiet(&text);
    }
    let kept = fs::read_to_string(slow.step().join("creations.json")).unwrap();
    assert!(kept.contains("(sensitive)"), "{kept}");

    harness.ok(&["runs", "resolve", "1", "api", "--not-applied"]);
    fs::write(&slow.go, "").unwrap();
    let failed = harness.seam(&APPLY).exits(1).says(&[&format!("with {masked}")]);
    quiet(&(failed.stdout + &failed.stderr));
    let left = files_with(&harness.path(".seam"), b"env-s3cret");
    assert!(left.iter().all(|path| path.starts_with(harness.path(".seam/state"))), "{left:?}");
}
