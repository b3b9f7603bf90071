//! What people see without a terminal: where it goes, colours, words, exit codes.

use super::{applied, scripts};
use crate::harness::Harness;

const ESCAPE: char = '\u{1b}';

#[test]
fn colours_only_where_somebody_wants_them() {
    let mut harness = applied();
    assert!(!harness.ok(&["status"]).stdout.contains(ESCAPE), "no terminal, no colours");
    let coloured = harness.ok(&["--color", "always", "status"]).stdout;
    assert!(coloured.contains("\u{1b}[32m✓"), "{coloured:?}");
    assert!(harness.seam(&["--color", "always", "get", "shop/none/dev"]).exits(1).stderr.contains(ESCAPE));
    harness.var("SEAM_COLOR", "always");
    assert!(harness.ok(&["status"]).stdout.contains(ESCAPE), "the variable mirrors the flag");
    assert!(!harness.ok(&["--color", "never", "status"]).stdout.contains(ESCAPE), "the flag goes first");
}

#[test]
fn without_a_terminal_nobody_is_asked() {
    let harness = scripts();
    let answer = harness.seam(&["apply", "-e", "dev"]).exits(3).says(&["error[S0504]", "help: ", "--yes"]);
    assert_eq!(answer.stdout, "");
    assert_eq!(harness.status("app")["state"], "never");
}

#[test]
fn data_goes_to_standard_output_and_everything_else_beside_it() {
    let harness = scripts();
    let plan = harness.ok(&["plan", "-e", "dev"]);
    assert!(plan.stdout.starts_with("base"), "{}", plan.stdout);
    assert!(plan.stdout.contains("unknown until base is applied") && plan.stdout.contains("seam apply -e dev"));
    let some = harness.ok(&["plan", "-e", "dev", "...app", "base,!app"]).stdout;
    assert!(some.contains("Apply it: seam apply -e dev ...app 'base,!app'"), "{some}");
    let apply = harness.ok(&["apply", "-e", "dev", "--yes"]).says(&["✓ base", "2 applied.", "run 1"]);
    assert_eq!(apply.stdout, "");
    let check = harness.ok(&["check"]).says(&["No errors in 2 stacks."]);
    assert_eq!(check.stdout, "");
    assert_eq!(harness.ok(&["output", "base", "id", "-e", "dev"]).stdout, "b-1\n");
    assert_eq!(harness.ok(&["output", "base", "list", "-e", "dev"]).stdout, "[1,{\"a\":null}]\n");
    assert_eq!(harness.ok(&["output", "base", "id", "-e", "dev", "--json"]).stdout, "\"b-1\"\n");
    let again =
        harness.ok(&["apply", "-e", "dev", "--yes"]).says(&["2 unchanged", "nothing it reads changed since run 1"]);
    assert_eq!(again.stdout, "");
    let log = harness.ok(&["runs", "log", "1", "base"]).stdout;
    assert!(log.starts_with("── 1-apply ──\n"), "{log}");
}

#[test]
fn exit_codes() {
    let harness = applied();
    let plan = ["plan", "-e", "dev", "--detailed-exitcode"];
    harness.ok(&plan);
    harness.write("stacks/app/deploy.sh", "exit 7");
    harness.seam(&plan).exits(2);
    harness.ok(&["plan", "-e", "dev"]);
    harness.seam(&["apply", "-e", "dev", "--yes"]).exits(1).says(&["✗ app", "seam runs log 2 app"]);
    harness.seam(&["destroy", "base", "-e", "dev", "--yes"]).exits(3).says(&["S0502", "shop/app/dev"]);
    for usage in [
        &["aply"][..],
        &["plan", "--nope"],
        &["get", "shop/app"],
        &["runs", "show", "99"],
        &["runs", "log", "1", "nope"],
        &["explain", "S9999"],
        &["plan", "-e", "dev", "--jobs", "0"],
        &["apply", "-e", "dev", "--yes", "--approve", "x"],
    ] {
        let answer = harness.seam(usage).exits(64);
        assert_eq!(answer.stdout, "", "{usage:?}");
        assert!(answer.stderr.starts_with("error"), "{usage:?}: {}", answer.stderr);
    }
    harness.seam(&["aply"]).says(&["'apply'"]);
    harness.seam(&["-C", "/", "check"]).exits(1).says(&["S0016", "`seam init`"]);
}

#[test]
fn variables_mirror_flags() {
    let mut harness = applied();
    harness.var("SEAM_ENVIRONMENT", "dev");
    assert_eq!(harness.ok(&["output", "base", "id"]).stdout, "b-1\n");
    harness.seam(&["output", "base", "id", "-e", "prod"]).exits(1).says(&["S0406"]);
    harness.var("SEAM_ENVIRONMENT", "");
    harness.seam(&["plan"]).exits(64).says(&["which environment?"]);
    harness.var("SEAM_DIR", harness.path("stacks/app").display().to_string());
    harness.ok(&["check"]);
    harness.var("SEAM_YES", "true");
    harness.write("stacks/app/deploy.sh", "exit 0");
    harness.seam(&["apply", "-e", "dev"]).exits(3).says(&["S0504"]);
}

#[test]
fn a_folder_below_and_another_folder_are_the_same_workspace() {
    let harness = applied();
    let below = harness.path("stacks/app").display().to_string();
    assert_eq!(harness.ok(&["-C", &below, "output", "base", "id", "-e", "dev"]).stdout, "b-1\n");
    assert_eq!(harness.ok(&["-C", "stacks", "output", "base", "id", "-e", "dev"]).stdout, "b-1\n");
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let harness = applied();
    let seam = env!("CARGO_BIN_EXE_seam");
    let script = format!("'{seam}' schema | true; '{seam}' plan -e dev | true; '{seam}' check 2>&1 | true");
    let answer = crate::harness::Answer::of(harness.command_of("sh", &["-c", &script]).output().unwrap());
    assert!(!answer.stderr.contains("panicked"), "{}", answer.stderr);
}

#[test]
fn status_is_a_board_over_all_environments_and_rows_in_one() {
    let harness = applied();
    let board = harness.ok(&["status"]).stdout;
    let lines: Vec<Vec<&str>> = board.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(lines[0], ["stack", "dev", "prod"]);
    assert!(lines[1].starts_with(&["app", "✓"]) && lines[1].ends_with(&["–", "never"]), "{board}");
    harness.write("stacks/app/deploy.sh", "exit 0");
    let rows = harness.ok(&["status", "-e", "dev", "tag:low,app"]).stdout;
    assert!(rows.lines().nth(1).unwrap().contains("! changed   revision 1   run 1"), "{rows}");
    assert!(rows.lines().nth(2).unwrap().contains("✓ current"), "{rows}");
}

#[test]
fn a_workspace_without_stacks_says_what_to_do() {
    let harness = Harness::new();
    harness.write("seam.yaml", "system: shop\nenvironments: {dev: {}}\n");
    assert!(harness.ok(&["plan"]).stdout.contains("a folder with a stack.yaml"));
    assert_eq!(harness.ok(&["status"]).says(&["a folder with a stack.yaml"]).stdout, "");
    assert_eq!(harness.ok(&["runs"]).says(&["Nothing was run yet."]).stdout, "");
    harness.write("seam.yaml", "system: shop\nenvironments: {}\n");
    harness.seam(&["plan"]).exits(64).says(&["declares no environment", "environments: {dev: {}}"]);
}

/// Every command has a help text with an example.
#[test]
fn help() {
    let harness = Harness::new();
    let all = harness.ok(&["help"]).stdout;
    let commands: Vec<&str> = all
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .collect();
    assert_eq!(commands.len(), 23, "{commands:?}");
    for command in commands {
        let text = harness.ok(&["help", command]).stdout;
        assert!(text.contains(&format!("seam {command}")), "{text}");
        assert!(command == "demo" || text.contains("Examples:"), "{text}");
    }
}

#[test]
fn a_list_of_runs_says_where_it_ends() {
    let harness = applied();
    harness.seam(&["apply", "-e", "dev"]).exits(3);
    harness.ok(&["apply", "-e", "dev", "--yes"]);
    let short = harness.ok(&["runs", "--limit", "1"]).says(&["the last 1", "--all"]);
    assert!(short.stdout.lines().count() == 2 && short.stdout.contains("2 unchanged"), "{}", short.stdout);
    let all = harness.ok(&["runs", "--all"]);
    assert!(all.stdout.lines().count() == 3 && all.stdout.contains("2 applied"), "{}", all.stdout);
    assert_eq!(all.stderr, "");
}

#[test]
fn somebody_without_a_name_is_named_by_the_system() {
    let harness = scripts();
    let apply = harness.command(&["apply", "-e", "dev", "--yes"]).env_remove("USER").output().unwrap();
    crate::harness::Answer::of(apply).exits(0);
    let actor = harness.json(&["runs", "--json"])["runs"][0]["actor"].as_str().unwrap().to_owned();
    let id = crate::harness::Answer::of(harness.command_of("id", &["-un"]).output().unwrap()).stdout;
    assert_eq!(actor, id.trim());
}
