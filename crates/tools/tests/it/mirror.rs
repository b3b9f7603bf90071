//! The mirror over real folders: what stands in it, what enters the key, what stays.

use crate::world::{self, name, tree, write};
use seam_model::{Place, Stack, StackCode, Workspace};
use seam_tools::mirror::{self, Mirror, Source};
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// What a test waits for comes within this time, or never.
const PATIENCE: Duration = Duration::from_secs(30);

/// A repository with one stack `app`.
pub struct World {
    _folder: tempfile::TempDir,
    pub root: PathBuf,
    pub workspace: Workspace,
    pub stack: Stack,
}

impl World {
    /// The workspace is `infra` of the repository, the stack `infra/stacks/app`.
    pub fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(folder.path()).unwrap().join("my répo");
        write(&root, &[(".git/HEAD", "x"), ("infra/seam.yaml", "x"), ("infra/stacks/app/main.tf", "one")]);
        write(&root, files);
        let mut stack = world::stack("app", "stacks/app");
        stack.code = Some(StackCode::default());
        Self { workspace: world::workspace(&root, &root.join("infra")), root, stack, _folder: folder }
    }

    fn code(&mut self) -> &mut StackCode {
        self.stack.code.as_mut().unwrap()
    }

    fn app(&self) -> PathBuf {
        self.root.join("infra/stacks/app")
    }

    fn sync(&self) -> Mirror {
        let cache = self.root.join("infra/.seam/cache");
        let dev = name("dev");
        let source = Source { workspace: &self.workspace, stack: &self.stack, environment: &dev, cache: &cache };
        let lock = mirror::lock(&source, "a test", &mut |_| false).unwrap().unwrap();
        mirror::sync(&lock, &source).unwrap()
    }
}

fn keyed(mirror: &Mirror) -> Vec<&str> {
    mirror.entries.iter().map(|entry| entry.path.to_str().unwrap()).collect()
}

/// When the file was made, as a copy is never written to.
fn made(path: &Path) -> (i64, i64) {
    let found = fs::symlink_metadata(path).unwrap();
    (found.mtime(), found.mtime_nsec())
}

#[test]
fn the_folder_is_copied_and_the_key_holds_what_git_does_not_ignore() {
    let world = World::new(&[
        (".gitignore", "dist/\n.env\n*.auto.tfvars\nnode_modules\n"),
        ("infra/stacks/app/.gitignore", "!keep.auto.tfvars\n"),
        ("infra/stacks/app/a b/ü.txt", "text"),
        ("infra/stacks/app/dist/app.zip", "zip"),
        ("infra/stacks/app/.env", "secret"),
        ("infra/stacks/app/x.auto.tfvars", "loaded"),
        ("infra/stacks/app/a b/y.auto.tfvars", "not loaded from here"),
        ("infra/stacks/app/keep.auto.tfvars", "kept"),
        ("infra/stacks/app/node_modules/m/m.js", "js"),
        ("infra/stacks/app/target/keep", "not ignored, so copied"),
        ("infra/stacks/app/.terraform/x", "never"),
        ("infra/stacks/app/terraform.tfstate", "never"),
        ("infra/stacks/app/terraform.tfstate.backup", "never"),
        ("infra/stacks/app/inner/stack.yaml", "another stack"),
        ("infra/stacks/app/big/x", "excluded"),
    ]);
    fs::create_dir(world.app().join("empty")).unwrap();
    symlink("main.tf", world.app().join("link.tf")).unwrap();
    symlink("../../seam.yaml", world.app().join("outside.yaml")).unwrap();
    fs::set_permissions(world.app().join("main.tf"), fs::Permissions::from_mode(0o555)).unwrap();
    let world = World { workspace: Workspace { mirror_exclude: vec!["big".into()], ..world.workspace }, ..world };

    let mirror = world.sync();

    assert_eq!(mirror.root, world.root.join("infra/.seam/cache/mirror/dev/app"));
    assert_eq!(mirror.folder, mirror.root.join("infra/stacks/app"));
    assert_eq!(
        tree(&mirror.folder),
        [
            ".env: secret",
            ".gitignore: !keep.auto.tfvars\n",
            "a b/y.auto.tfvars: not loaded from here",
            "a b/ü.txt: text",
            "dist/app.zip: zip",
            "empty/",
            "keep.auto.tfvars: kept",
            "link.tf -> main.tf",
            "main.tf: one",
            &format!("node_modules -> {}", world.app().join("node_modules").display()),
            "outside.yaml: x",
            "target/keep: not ignored, so copied",
            "x.auto.tfvars: loaded",
        ]
    );
    assert_eq!(tree(&mirror.root).len(), tree(&mirror.folder).len());
    assert_eq!(
        keyed(&mirror),
        [
            "stacks/app/.gitignore",
            "stacks/app/a b/ü.txt",
            "stacks/app/keep.auto.tfvars",
            "stacks/app/link.tf",
            "stacks/app/main.tf",
            "stacks/app/outside.yaml",
            "stacks/app/target/keep",
            "stacks/app/x.auto.tfvars",
        ]
    );
    assert_eq!(fs::metadata(mirror.folder.join("main.tf")).unwrap().mode() & 0o777, 0o555);
    assert_eq!(fs::metadata(world.root.join("infra/.seam/cache/mirror/dev")).unwrap().mode() & 0o777, 0o700);
    assert_eq!(mirror.unskippable, None);
}

#[test]
fn what_seam_reads_itself_is_copied_and_enters_no_key_unless_the_code_reads_it_too() {
    let mut world = World::new(&[
        ("infra/stacks/app/stack.yaml", "s"),
        ("infra/stacks/app/config.yaml", "c"),
        ("infra/stacks/app/config.dev.yaml", "d"),
    ]);
    let own = ["seam.yaml", "stacks/app/stack.yaml", "stacks/app/config.yaml", "stacks/app/config.dev.yaml"];
    world.workspace.own_files = own.map(PathBuf::from).into();
    assert_eq!(keyed(&world.sync()), ["stacks/app/main.tf"]);
    assert_eq!(fs::read_to_string(world.sync().folder.join("config.yaml")).unwrap(), "c");
    world.code().paths = vec!["stacks/app/config.yaml".into()];
    assert_eq!(keyed(&world.sync()), ["stacks/app/config.yaml", "stacks/app/main.tf"]);
    world.code().computed_paths = vec![Place::file("stacks/app/main.tf")];
    assert_eq!(keyed(&world.sync()).len(), 4);
}

#[test]
fn modules_are_copied_and_named_paths_outside_are_there_too() {
    let mut world = World::new(&[
        (".gitignore", "dist/\n"),
        (".tool-versions", "terraform 1.11.4"),
        ("infra/modules/vpc/main.tf", "vpc"),
        ("infra/modules/vpc/files/x", "x"),
        ("infra/modules/other/main.tf", "not called"),
        ("shared/policies/a.json", "a"),
        ("shared/policies/dist/b.json", "b"),
        ("shared/one.txt", "1"),
        ("shared/two.txt", "2"),
        ("infra/stacks/app/dist/app.zip", "zip"),
        ("infra/stacks/app/dist/other.zip", "zip"),
    ]);
    world.code().modules = vec!["modules/vpc".into(), "modules/missing".into()];
    world.code().paths =
        ["../shared/policies", "../shared/one.txt", "stacks/app/dist/app.zip", "../.git/HEAD", "gone.txt"]
            .map(PathBuf::from)
            .into();

    let mirror = world.sync();

    assert_eq!(
        tree(&mirror.root),
        [
            ".tool-versions: terraform 1.11.4",
            "infra/modules/vpc/files/x: x",
            "infra/modules/vpc/main.tf: vpc",
            "infra/stacks/app/dist/app.zip: zip",
            "infra/stacks/app/dist/other.zip: zip",
            "infra/stacks/app/main.tf: one",
            "shared/one.txt: 1",
            &format!("shared/policies -> {}", world.root.join("shared/policies").display()),
        ]
    );
    assert_eq!(
        keyed(&mirror),
        [
            "../shared/one.txt",
            "../shared/policies/a.json",
            "../shared/policies/dist/b.json",
            "modules/vpc/files/x",
            "modules/vpc/main.tf",
            "stacks/app/dist/app.zip",
            "stacks/app/main.tf",
        ]
    );

    write(&world.root, &[("shared/policies/dist/b.json", "changed")]);
    assert_ne!(world.sync().digest(), mirror.digest());
}

#[test]
fn a_real_folder_and_a_symlink_take_turns_without_touching_the_source() {
    let mut world = World::new(&[("shared/a/x", "x"), ("shared/b/y", "y")]);
    world.code().paths = vec!["../shared/a".into(), "../shared".into()];
    let linked = format!("shared -> {}", world.root.join("shared").display());
    assert!(tree(&world.sync().root).contains(&linked));

    world.code().modules = vec!["../shared/a".into()];
    let tree_of = tree(&world.sync().root);
    assert!(tree_of.contains(&"shared/a/x: x".to_owned()), "{tree_of:?}");
    assert!(tree_of.contains(&format!("shared/b -> {}", world.root.join("shared/b").display())), "{tree_of:?}");

    world.code().modules.clear();
    assert!(tree(&world.sync().root).contains(&linked));
    assert_eq!(tree(&world.root.join("shared")), ["a/x: x", "b/y: y"]);
}

#[test]
fn copies_follow_the_source_and_the_tools_files_stay() {
    let world = World::new(&[("infra/stacks/app/a.txt", "a"), ("infra/stacks/app/old/b.txt", "b")]);
    let mirror = world.sync();
    let first = mirror.digest();
    write(&mirror.folder, &[(".terraform/providers/p", "p"), ("out.log", "log"), ("old/made", "made")]);
    fs::write(mirror.folder.join("a.txt"), "appended by a provisioner").unwrap();
    assert_eq!(fs::read_to_string(world.app().join("a.txt")).unwrap(), "a");

    let mirror = world.sync();
    assert_eq!(mirror.digest(), first);
    assert_eq!(fs::read_to_string(mirror.folder.join("a.txt")).unwrap(), "a");
    assert_eq!(fs::read_to_string(mirror.folder.join("out.log")).unwrap(), "log");

    fs::remove_dir_all(world.app().join("old")).unwrap();
    write(&world.app(), &[("a.txt", "b")]);
    let mirror = world.sync();
    assert_ne!(mirror.digest(), first);
    assert_eq!(
        tree(&mirror.folder),
        [".terraform/providers/p: p", "a.txt: b", "main.tf: one", "old/made: made", "out.log: log"]
    );
    write(&world.app(), &[("a.txt", "a"), ("old/b.txt", "b")]);
    assert_eq!(world.sync().digest(), first);
}

#[test]
fn what_did_not_change_is_not_copied_again() {
    let world = World::new(&[("infra/stacks/app/a.txt", "a")]);
    let copy = world.sync().folder.join("a.txt");
    // A file as fresh as this is copied again, because a change within one tick cannot be seen.
    let settles = || {
        let before = made(&copy);
        world.sync();
        made(&copy) == before
    };
    let deadline = Instant::now() + PATIENCE;
    while !settles() {
        assert!(Instant::now() < deadline, "it is copied again and again");
    }
    assert!(settles());
    fs::set_permissions(world.app().join("a.txt"), fs::Permissions::from_mode(0o700)).unwrap();
    world.sync();
    assert_eq!(fs::metadata(&copy).unwrap().mode() & 0o777, 0o700);
}

#[test]
fn a_deleted_cache_is_made_again() {
    let world = World::new(&[]);
    let mirror = world.sync();
    fs::remove_dir_all(&mirror.root).unwrap();
    assert_eq!(tree(&world.sync().folder), ["main.tf: one"]);
    fs::remove_dir_all(world.root.join("infra/.seam")).unwrap();
    assert_eq!(world.sync().digest(), mirror.digest());
}

#[test]
fn the_lock_file_goes_there_and_back() {
    let world = World::new(&[]);
    let (ours, theirs) = (world.sync().folder.join(".terraform.lock.hcl"), world.app().join(".terraform.lock.hcl"));
    fs::write(&ours, "made by init").unwrap();
    let mut mirror = world.sync();
    assert!(!theirs.exists());
    let before = mirror.digest();
    assert!(mirror.copy_back_lock_file().unwrap());
    assert_eq!(fs::read_to_string(&theirs).unwrap(), "made by init");
    assert_eq!(fs::metadata(&theirs).unwrap().mode() & 0o777, 0o644);
    assert_ne!(mirror.digest(), before);
    assert_eq!(world.sync().digest(), mirror.digest());
    assert!(!mirror.copy_back_lock_file().unwrap());

    fs::write(&ours, "more from init").unwrap();
    let mut mirror = world.sync();
    assert_eq!(fs::read_to_string(&ours).unwrap(), "more from init");
    fs::write(&theirs, "meanwhile by somebody").unwrap();
    assert!(!mirror.copy_back_lock_file().unwrap());
    assert_eq!(fs::read_to_string(&theirs).unwrap(), "meanwhile by somebody");

    world.sync();
    assert_eq!(fs::read_to_string(&ours).unwrap(), "meanwhile by somebody");
    fs::remove_file(&theirs).unwrap();
    world.sync();
    assert!(!ours.exists());
}

#[test]
fn downloaded_modules_enter_the_key() {
    let world = World::new(&[]);
    let mut mirror = world.sync();
    let before = mirror.digest();
    write(
        &mirror.folder,
        &[
            (".terraform/modules/modules.json", "{}"),
            (".terraform/modules/vpc/main.tf", "v1"),
            (".terraform/modules/vpc/.git/HEAD", "x"),
        ],
    );
    mirror.copy_back_lock_file().unwrap();
    assert_eq!(keyed(&mirror), ["stacks/app/.terraform/modules/vpc/main.tf", "stacks/app/main.tf"]);
    let after = mirror.digest();
    assert_eq!(world.sync().digest(), after);
    fs::remove_dir_all(mirror.folder.join(".terraform")).unwrap();
    assert_eq!(world.sync().digest(), before);
}

#[test]
fn what_the_tool_left_is_named_once() {
    let world = World::new(&[("infra/stacks/app/lib/a.py", "a")]);
    let mut mirror = world.sync();
    write(
        &mirror.folder,
        &[
            (".terraform/x", "x"),
            (".terraform.lock.hcl", "x"),
            ("build/a/b", "x"),
            ("lib/a.pyc", "x"),
            ("crash.log", "x"),
            ("seam_override.tf", "x"),
        ],
    );
    fs::write(mirror.folder.join("main.tf"), "changed").unwrap();
    let left = ["build", "crash.log", "lib/a.pyc", "main.tf"].map(|name| format!("infra/stacks/app/{name}"));
    assert_eq!(mirror.left_by_tool().unwrap(), left.map(PathBuf::from));
    assert!(mirror.left_by_tool().unwrap().is_empty());
    write(&mirror.folder, &[("new", "x")]);
    assert_eq!(world.sync().left_by_tool().unwrap(), [PathBuf::from("infra/stacks/app/new")]);
}

#[test]
fn a_computed_path_sees_all_siblings_and_ignored_files_make_a_skip_a_guess() {
    let mut world = World::new(&[
        (".gitignore", "dist/\n"),
        ("README.md", "readme"),
        ("other/x", "x"),
        ("infra/stacks/app/dist/a.zip", "zip"),
        ("infra/stacks/web/main.tf", "web"),
        ("infra/stacks/common.txt", "common"),
    ]);
    let place = Place { line: 3, column: 11, ..Place::file("stacks/app/main.tf") };
    world.code().computed_paths = vec![place];

    let mirror = world.sync();
    assert_eq!(
        tree(&mirror.root),
        [
            ".gitignore: dist/\n",
            "README.md: readme",
            "infra/seam.yaml: x",
            "infra/stacks/app/dist/a.zip: zip",
            "infra/stacks/app/main.tf: one",
            "infra/stacks/common.txt: common",
            &format!("infra/stacks/web -> {}", world.root.join("infra/stacks/web").display()),
            &format!("other -> {}", world.root.join("other").display()),
        ]
    );
    assert_eq!(keyed(&mirror), ["stacks/app/main.tf"]);
    let reason = "stacks/app/main.tf:3:11 computes a path and git ignores stacks/app/dist/a.zip: \
                  name what it reads in `sources`";
    assert_eq!(mirror.unskippable.as_deref(), Some(reason));

    world.stack.sources = vec!["stacks/app/dist".into()];
    let mirror = world.sync();
    assert_eq!(mirror.unskippable, None);
    assert_eq!(keyed(&mirror), ["stacks/app/dist/a.zip", "stacks/app/main.tf"]);
}

#[test]
fn the_mirror_reaches_above_the_repository_where_the_code_does() {
    let mut world = World::new(&[]);
    write(world.root.parent().unwrap(), &[("modules/m/main.tf", "m")]);
    world.code().modules = vec!["../../modules/m".into()];
    let mirror = world.sync();
    assert_eq!(tree(&mirror.root), ["modules/m/main.tf: m", "my répo/infra/stacks/app/main.tf: one"]);
    assert_eq!(mirror.folder, mirror.root.join("my répo/infra/stacks/app"));
    world.code().modules.clear();
    assert_eq!(tree(&world.sync().root), ["infra/stacks/app/main.tf: one"]);
}
