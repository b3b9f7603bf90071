//! Finding programs, with small scripts that tell a version and count how often they were asked.

use crate::world::{install, write};
use seam_model::{Tool, codes};
use seam_tools::program::{Search, find};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

/// A folder with `bin` on PATH, `code` and `cache`.
struct World {
    folder: tempfile::TempDir,
    env: Vec<(OsString, OsString)>,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("code/app")).unwrap();
        let path = format!("relative:/nowhere:{}:/usr/bin:/bin", folder.path().join("bin").display());
        Self { env: vec![("PATH".into(), path.into())], folder }
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn install(&self, name: &str, script: &str) {
        install(&self.path("bin").join(name), &format!("echo x >> {}\n{script}", self.path("asked").display()));
    }

    fn find(&self, tool: Tool) -> Result<seam_tools::Program, Box<seam_model::Finding>> {
        find(tool, &self.path("code/app"), &Search { env: &self.env, cache: &self.path("cache") })
    }

    fn asked(&self) -> usize {
        fs::read_to_string(self.path("asked")).map_or(0, |text| text.lines().count())
    }
}

fn tells(version: &str) -> String {
    format!("echo '{{\"terraform_version\": \"{version}\"}}'; echo 'a warning behind it'")
}

fn canonical(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap()
}

#[test]
fn the_version_is_asked_once_and_again_when_something_changed() {
    let world = World::new();
    world.install("terraform", &tells("1.9.0"));
    let program = world.find(Tool::Terraform).unwrap();
    assert_eq!((program.version.to_string().as_str(), program.path.clone()), ("1.9.0", world.path("bin/terraform")));
    assert_eq!(world.find(Tool::Terraform).unwrap(), program);
    assert_eq!(world.asked(), 1);

    write(&world.path("code"), &[(".terraform-version", "1.8.0")]);
    world.find(Tool::Terraform).unwrap();
    world.find(Tool::Terraform).unwrap();
    assert_eq!(world.asked(), 2);

    world.install("terraform", &tells("1.10.1"));
    assert_eq!(world.find(Tool::Terraform).unwrap().version.to_string(), "1.10.1");
    assert_eq!(world.asked(), 3);
}

#[test]
fn a_version_manager_is_asked_where_it_looks_and_a_plan_confirms() {
    let world = World::new();
    write(&world.path("code"), &[(".tool-versions", "terraform 1.7.5")]);
    world.install("terraform", &format!("pwd > {}; {}", world.path("where").display(), tells("1.7.5")));
    let mut program = world.find(Tool::Terraform).unwrap();
    let place = fs::read_to_string(world.path("where")).unwrap();
    assert_eq!(canonical(Path::new(place.trim())), canonical(&world.path("code")));

    assert!(!program.confirm("1.7.5", &world.path("cache")));
    assert!(program.confirm("1.7.6", &world.path("cache")));
    assert_eq!(world.find(Tool::Terraform).unwrap().version.to_string(), "1.7.6");
    assert_eq!(world.asked(), 1);
}

#[test]
fn missing_old_and_broken_programs_are_findings() {
    let world = World::new();
    assert_eq!(world.find(Tool::OpenTofu).unwrap_err().code, codes::TOOL_MISSING);
    world.install("tofu", &tells("1.5.7"));
    let old = world.find(Tool::OpenTofu).unwrap_err();
    assert_eq!(old.code, codes::TOOL_OLD);
    assert!(
        old.message.starts_with("tofu 1.5.7 at ") && old.message.ends_with("is older than 1.6.0"),
        "{}",
        old.message
    );
    world.install("tofu", "echo 'no version is set' >&2; exit 126");
    let broken = world.find(Tool::OpenTofu).unwrap_err();
    assert_eq!(broken.code, codes::TOOL_FAILED);
    assert!(broken.message.contains("no version is set"), "{}", broken.message);
}
