//! Commands that make or describe files: init, schema, completions, explain.

use crate::harness::Harness;
use std::fs;

#[test]
fn init_makes_a_workspace_that_applies() {
    let harness = Harness::new();
    let folder = harness.path("Größe 2 (neu)");
    fs::create_dir(&folder).unwrap();
    let there = folder.display().to_string();
    harness.ok(&["-C", &there, "init"]).says(&["seam apply -e dev --yes"]);
    let at = |args: &[&'static str]| [&["-C", there.as_str()], args].concat();
    harness.ok(&at(&["check"])).says(&["No errors in 2 stacks."]);
    harness.ok(&at(&["apply", "-e", "dev", "--yes"])).says(&["2 applied."]);
    assert_eq!(harness.ok(&at(&["output", "words", "text", "-e", "dev"])).stdout, "hello from dev\n");
    assert!(harness.ok(&at(&["runs", "log", "1", "sign"])).stdout.contains("hello from dev"));
    harness.ok(&at(&["apply", "-e", "dev", "--yes"])).says(&["2 unchanged"]);

    let before = fs::read_to_string(folder.join("seam.yaml")).unwrap();
    harness.seam(&at(&["init"])).exits(1).says(&["has a seam.yaml already", "help: "]);
    assert_eq!(fs::read_to_string(folder.join("seam.yaml")).unwrap(), before);
}

#[test]
fn init_overwrites_nothing_and_leaves_nothing_half_made() {
    let harness = Harness::new();
    harness.write("stacks/sign/stack.yaml", "mine");
    harness.seam(&["init"]).exits(1).says(&["stacks/sign/stack.yaml", "help: "]);
    assert!(!harness.path("seam.yaml").exists());
    assert_eq!(fs::read_to_string(harness.path("stacks/sign/stack.yaml")).unwrap(), "mine");
}

#[test]
fn init_names_the_system() {
    let harness = Harness::new();
    harness.ok(&["init", "--system", "web-shop"]);
    assert!(fs::read_to_string(harness.path("seam.yaml")).unwrap().contains("\nsystem: web-shop\n"));
    harness.seam(&["init", "--system", "Web Shop"]).exits(64);
}

/// The schema that the first line of each file names is there, and is the one that is printed.
#[test]
fn schemas_are_where_editors_look_for_them() {
    let harness = Harness::new();
    harness.ok(&["init", "--system", "demo"]);
    for (file, kind) in
        [("seam.yaml", "seam"), ("stacks/words/stack.yaml", "stack"), ("stacks/sign/stack.yaml", "stack")]
    {
        let text = fs::read_to_string(harness.path(file)).unwrap();
        let schema = text.lines().next().unwrap().strip_prefix("# yaml-language-server: $schema=").unwrap();
        let schema = fs::read_to_string(harness.path(file).parent().unwrap().join(schema)).unwrap();
        let printed = harness.ok(&["schema", kind]);
        assert_eq!(schema, printed.stdout);
        assert_eq!(printed.json()["$schema"], "https://json-schema.org/draft/2020-12/schema");
    }
}

/// `.seam` is in no repository.
#[test]
fn a_clone_has_its_schemas_again() {
    let harness = Harness::new();
    harness.ok(&["init", "--system", "demo"]);
    fs::remove_dir_all(harness.path(".seam")).unwrap();
    harness.ok(&["check"]);
    for kind in ["seam", "stack"] {
        let schema = fs::read_to_string(harness.path(format!(".seam/schema/{kind}.json"))).unwrap();
        assert_eq!(schema, harness.ok(&["schema", kind]).stdout);
    }
    assert_eq!(fs::read_to_string(harness.path(".seam/.gitignore")).unwrap(), "*\n");

    fs::remove_dir_all(harness.path(".seam")).unwrap();
    for file in ["seam.yaml", "stacks/words/stack.yaml", "stacks/sign/stack.yaml"] {
        harness.edit(file, "yaml-language-server", "no-language-server");
    }
    harness.ok(&["check"]);
    assert!(!harness.path(".seam").exists());
}

#[test]
fn a_workspace_inside_another_one_is_refused() {
    let harness = Harness::new();
    harness.write("seam.yaml", "system: shop\n");
    harness.ok(&["check"]).says(&["No errors in 0 stacks.", "There is no stack: "]);
    harness.write("stacks/README", "");
    let there = harness.path("stacks").display().to_string();
    harness.seam(&["-C", &there, "init"]).exits(1).says(&["lies in the workspace", "help: "]);
    assert!(!harness.path("stacks/seam.yaml").exists());
}

/// The script asks the program, which knows the workspace.
#[test]
fn completions_of_every_shell() {
    let mut harness = Harness::new();
    harness.ok(&["init", "--system", "demo"]);
    harness.ok(&["apply", "-e", "dev", "--yes"]);
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = harness.ok(&["completions", shell]).stdout;
        assert!(script.contains("SEAM_COMPLETE"), "{shell}");
    }
    let script = "eval \"$(seam completions bash)\" && complete -p seam";
    harness.program("seam", &format!("#!/bin/sh\nexec '{}' \"$@\"\n", env!("CARGO_BIN_EXE_seam")));
    let shell = crate::harness::Answer::of(harness.command_of("bash", &["-c", script]).output().unwrap()).exits(0);
    assert!(shell.stdout.contains("_seam"), "{}", shell.stdout);

    harness.var("SEAM_COMPLETE", "fish");
    let ask = |words: &[&str]| harness.ok(&[&["--", "seam"], words].concat()).stdout;
    let offered = |words: &[&str]| {
        let said = ask(words);
        let words = said.lines().map(|line| line.split('\t').next().unwrap());
        words.filter(|word| !word.starts_with('-')).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(offered(&["plan", "-e", ""]), "dev prod");
    assert_eq!(offered(&["plan", "wo"]), "words");
    assert_eq!(offered(&["plan", "words,!...s"]), "words,!...sign");
    assert_eq!(offered(&["output", "s"]), "sign");
    assert_eq!(offered(&["runs", "log", ""]), "1");
    assert_eq!(offered(&["runs", "log", "1", "w"]), "words");
    assert_eq!(offered(&["get", "demo/sign/"]), "demo/sign/dev demo/sign/prod");
    assert!(ask(&["plan", "--det"]).contains("--detailed-exitcode"));
}

#[test]
fn every_code_is_explained() {
    let harness = Harness::new();
    let list = harness.ok(&["explain"]).stdout;
    let codes: Vec<&str> = list.lines().map(|line| line.split_whitespace().next().unwrap()).collect();
    assert!(codes.len() > 50 && codes.is_sorted());
    assert_eq!(
        harness.ok(&["explain", "s0102"]).stdout.lines().next().unwrap(),
        "S0102: a link to an output that does not exist"
    );
}
