//! `seam demo`: the main job with the tool that is there, and in shell scripts without one.

use crate::harness::{Answer, Harness, terraform};
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

/// What the scripts of the shop, and Seam itself, need from a machine.
const PROGRAMS: [&str; 12] = ["sh", "git", "cat", "cksum", "cut", "grep", "sed", "tr", "rm", "printf", "env", "true"];

/// A folder with these programs alone, for a PATH on which there is no Terraform.
fn programs(harness: &Harness) -> PathBuf {
    let folder = harness.root().join("programs");
    fs::create_dir(&folder).unwrap();
    for name in PROGRAMS {
        let found = ["/usr/bin", "/bin"].iter().map(|place| Path::new(place).join(name)).find(|path| path.exists());
        if let Some(found) = found {
            symlink(found, folder.join(name)).unwrap();
        }
    }
    folder
}

/// The demo's lines between the caption that has `from` and the next one.
fn act<'a>(text: &'a str, from: &str) -> &'a str {
    let begin = text.find(from).unwrap_or_else(|| panic!("no `{from}` in\n{text}"));
    let rest = &text[begin..];
    rest[1..].find("\n# ").map_or(rest, |end| &rest[..=end])
}

/// Everything that the demo says, in order, with nobody at home and in a folder that is read-only.
fn demo(harness: &Harness, path: Option<&Path>) -> Answer {
    let mut command = harness.command_of("sh", &["-c", "exec \"$0\" demo 2>&1", env!("CARGO_BIN_EXE_seam")]);
    let here = harness.root().join("here");
    fs::create_dir(&here).unwrap();
    fs::set_permissions(&here, fs::Permissions::from_mode(0o555)).unwrap();
    command.current_dir(here);
    for name in ["HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "USER"] {
        command.env_remove(name);
    }
    command.env("SEAM_ENVIRONMENT", "nowhere").env("SEAM_DATA_DIR", harness.root().join("home"));
    if let Some(path) = path {
        command.env("PATH", path);
    }
    Answer::of(command.output().unwrap()).exits(0)
}

#[track_caller]
fn walks_the_main_job(harness: &Harness, text: &str) {
    assert!(act(text, "$ seam check").contains("No errors, 1 warning in 6 stacks."), "{text}");
    assert!(act(text, "$ seam graph").contains("api.url"), "{text}");
    assert!(act(text, "$ seam plan").contains("unknown until network is applied"), "{text}");
    assert!(act(text, "# Apply, ").contains("6 applied."), "{text}");
    let again = act(text, "# Again. ");
    assert!(again.contains("6 unchanged."), "{text}");
    assert!(!again.contains("planning") && !again.contains("applying"), "{text}");
    let changed = act(text, "# Only what");
    assert!(changed.contains("2 applied, 4 unchanged."), "{text}");
    assert!(changed.contains("✓ api ") && changed.contains("✓ backend "), "{text}");
    let status = act(text, "$ seam status");
    assert_eq!(status.matches("– never").count(), 12, "{text}");
    let folder = harness.root().join("tmp/seam-demo-1");
    let says = format!("cd {} && export SEAM_KEY_FILE=$PWD/.seam/key", folder.display());
    assert!(status.contains(&says), "{text}");
    assert!(folder.join(".seam/key").exists());
    assert!(!text.contains('\u{1b}'), "colours are not for a pipe");
}

#[test]
fn with_terraform() {
    if terraform().is_none() {
        return;
    }
    let harness = Harness::new();
    let answer = demo(&harness, None);
    walks_the_main_job(&harness, &answer.stdout);
    let with = ["deployed with Terraform", "deployed with OpenTofu"];
    assert!(with.iter().any(|words| answer.stdout.contains(words)), "{}", answer.stdout);
    let plan = act(&answer.stdout, "$ seam plan");
    assert!(plan.contains("deferred") && plan.contains("stacks/api/main.tf:43"), "{plan}");
    let left: Vec<_> = fs::read_dir(harness.root().join("home")).unwrap().collect();
    assert!(left.is_empty(), "nothing is written outside of the demo's folder");
}

#[test]
fn without_a_tool() {
    let harness = Harness::new();
    let answer = demo(&harness, Some(&programs(&harness)));
    walks_the_main_job(&harness, &answer.stdout);
    assert!(answer.stdout.contains("deployed with shell scripts"), "{}", answer.stdout);
}
