//! Where things lie, and who may write there.

use super::{applied, scripts};
use crate::harness::{Answer, Harness};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

const NOBODY: u32 = 65534;

/// Everybody may read what lies there, and nobody but the owner write.
fn readable(path: &Path) {
    if path.is_dir() {
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
        for entry in fs::read_dir(path).unwrap() {
            readable(&entry.unwrap().path());
        }
    } else if !path.is_symlink() {
        let mode = fs::metadata(path).unwrap().permissions().mode();
        fs::set_permissions(path, fs::Permissions::from_mode((mode & 0o755) | 0o444)).unwrap();
    }
}

/// Opens the whole harness to readers; its temporary folder is everybody's, as `/tmp` is.
fn open_to_readers(harness: &Harness) {
    readable(&harness.root());
    fs::set_permissions(harness.root().join("tmp"), fs::Permissions::from_mode(0o1777)).unwrap();
}

/// Runs as somebody who may read the workspace and not write it; `None` where that cannot be had.
fn as_reader(harness: &Harness, args: &[&str]) -> Option<Answer> {
    use std::os::unix::process::CommandExt as _;
    if !rustix::process::geteuid().is_root() {
        println!("skipped: only root can run as somebody else");
        return None;
    }
    let mut command: std::process::Command = harness.command(args);
    command.uid(NOBODY).gid(NOBODY);
    Some(Answer::of(command.output().unwrap()))
}

#[test]
fn reading_takes_no_right_to_write() {
    let harness = applied();
    harness.write("stacks/app/deploy.sh", "exit 0");
    harness.ok(&["plan", "-e", "dev"]);
    open_to_readers(&harness);
    for (args, says) in [
        (&["status", "-e", "dev"][..], "current"),
        (&["output", "base", "id", "-e", "dev"], "b-1"),
        (&["get", "shop/base/dev"], "(sensitive)"),
        (&["runs"], "done"),
        (&["runs", "show", "1"], "success"),
        (&["graph"], "base"),
        (&["plan", "base", "-e", "dev"], "unchanged"),
    ] {
        let Some(answer) = as_reader(&harness, args) else { return };
        let answer = answer.exits(0);
        assert!(answer.stdout.contains(says), "{args:?}: {}\n{}", answer.stdout, answer.stderr);
    }
    assert_eq!(fs::read_dir(harness.root().join("tmp")).unwrap().count(), 0, "nothing is left of it");
    let answer = as_reader(&harness, &["apply", "-e", "dev", "--yes"]).unwrap().exits(1);
    answer.says(&["error[", "help: "]);
}

#[test]
fn reading_makes_no_registry_where_none_can_be() {
    let harness = scripts();
    open_to_readers(&harness);
    let Some(answer) = as_reader(&harness, &["status"]) else { return };
    assert!(answer.exits(0).stdout.contains("never"));
    as_reader(&harness, &["plan", "-e", "dev"]).unwrap().exits(0);
    assert!(!harness.path(".seam").exists());
}

#[test]
fn another_data_folder() {
    let mut harness = scripts();
    let data = harness.root().join("data");
    harness.var("SEAM_DATA_DIR", data.display().to_string());
    harness.ok(&["apply", "-e", "dev", "--yes"]);
    assert!(data.join("registry.db").exists() && data.join("runs/1").exists());
    let own: Vec<_> = fs::read_dir(harness.path(".seam")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(own.iter().all(|name| name == "cache" || name == ".gitignore"), "{own:?}");
    assert_eq!(fs::read_to_string(data.join(".gitignore")).unwrap(), "*\n");
    for folder in [&data, &data.join("runs"), &harness.path(".seam"), &harness.path(".seam/cache")] {
        assert_eq!(fs::metadata(folder).unwrap().permissions().mode() & 0o777, 0o700, "{}", folder.display());
    }
    harness.var("SEAM_DATA_DIR", harness.root().join("elsewhere").display().to_string());
    assert_eq!(harness.status("base")["state"], "never");
}

/// `git ARGS` in `folder`, which must succeed.
fn git(harness: &Harness, folder: &Path, args: &[&str]) {
    let identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=main"];
    let mut command = harness.command_of("git", &[&identity[..], args].concat());
    Answer::of(command.current_dir(folder).output().unwrap()).exits(0);
}

#[test]
fn a_linked_worktree_has_the_registry_of_the_main_one() {
    let harness = scripts();
    let main = harness.path("");
    git(&harness, &main, &["init", "-q"]);
    git(&harness, &main, &["add", "-A"]);
    git(&harness, &main, &["commit", "-qm", "shop"]);
    harness.ok(&["apply", "-e", "dev", "--yes"]);
    let linked = harness.root().join("linked");
    git(&harness, &main, &["worktree", "add", "-q", "--detach", &linked.display().to_string()]);
    let there = linked.display().to_string();
    assert_eq!(harness.ok(&["-C", &there, "output", "base", "id", "-e", "dev"]).stdout, "b-1\n");
    harness.ok(&["-C", &there, "apply", "-e", "dev", "--yes"]).says(&["2 unchanged", "run 2"]);
    assert!(harness.path(".seam/runs/2").exists() && !linked.join(".seam/registry.db").exists());
    assert!(linked.join(".seam/cache").exists(), "only the cache is its own");
    let commit = harness.json(&["get", "shop/base/dev", "--json"])["commit"].as_str().unwrap().len();
    assert_eq!(commit, 40);
}

#[test]
fn the_home_of_an_instance_is_its_repository_without_user_and_password() {
    let harness = scripts();
    let main = harness.path("");
    git(&harness, &main, &["init", "-q"]);
    git(&harness, &main, &["remote", "add", "origin", "https://me:token@Git.Example.com/Acme/shop.git"]);
    harness.ok(&["apply", "-e", "dev", "--yes"]);
    // A clone from the same origin by another way is the same home, another origin is not.
    git(&harness, &main, &["remote", "set-url", "origin", "git@git.example.com:acme/shop"]);
    harness.ok(&["apply", "-e", "dev", "--yes"]);
    git(&harness, &main, &["remote", "set-url", "origin", "git@git.example.com:acme/other"]);
    harness.seam(&["apply", "-e", "dev", "--yes"]).exits(1).says(&[
        "S0412",
        "git.example.com/acme/shop/seam.yaml",
        "git.example.com/acme/other/seam.yaml",
    ]);
}
