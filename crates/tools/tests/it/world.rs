//! Workspaces as values over real folders.

use seam_model::{Name, Place, RegistryPlace, Stack, Tool, Value, Workspace};
use seam_process::{Command, capture};
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::time::Duration;

/// A valid name.
pub fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

/// A workspace without environments and stacks, whose repository is `repository`.
pub fn workspace(repository: &Path, root: &Path) -> Workspace {
    Workspace {
        root: root.to_owned(),
        repository: repository.to_owned(),
        system: name("shop"),
        registry: RegistryPlace::File(".seam/registry.db".into()),
        environments: BTreeMap::new(),
        stacks: BTreeMap::new(),
        teams: BTreeMap::new(),
        pass_env: Vec::new(),
        mirror_exclude: Vec::new(),
        config: Value::Object(BTreeMap::new()),
        own_files: BTreeSet::new(),
    }
}

/// A Terraform stack whose code lies in `folder`, relative to the workspace.
pub fn stack(stack: &str, folder: &str) -> Stack {
    Stack {
        name: name(stack),
        folder: folder.into(),
        tool: Tool::Terraform,
        source: folder.into(),
        environments: BTreeSet::new(),
        inputs: BTreeMap::new(),
        inputs_in: BTreeMap::new(),
        formerly: Vec::new(),
        after: Vec::new(),
        tags: BTreeSet::new(),
        sources: Vec::new(),
        timeout: Duration::from_secs(60),
        backend: None,
        workspace: None,
        exec: None,
        contract: None,
        uses: Vec::new(),
        code: None,
        config: Value::Object(BTreeMap::new()),
        environment_config: BTreeMap::new(),
        place: Place::default(),
    }
}

/// Writes files below `root`, with the folders above them.
pub fn write(root: &Path, files: &[(&str, &str)]) {
    for (path, content) in files {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
}

/// Installs an executable script. Another process writes the file: were it open for writing here, a
/// program that another test starts at that moment would keep it busy.
pub fn install(path: &Path, script: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let command = Command {
        program: "sh".into(),
        args: [
            "-c",
            "printf '#!/bin/sh\n%s\n' \"$2\" > \"$1.new\" && chmod 755 \"$1.new\" && mv \"$1.new\" \"$1\"",
            "sh",
        ]
        .into_iter()
        .map(OsString::from)
        .chain([path.into(), script.into()])
        .collect(),
        folder: "/".into(),
        env: vec![("PATH".into(), "/usr/bin:/bin".into())],
        time_limit: None,
        grace: Duration::ZERO,
        lock: None,
    };
    assert!(capture(&command, 1024).unwrap().ended.is_success());
}

/// Every path below `root` with what it is: a file's content, `-> target`, `/` for a folder that
/// holds nothing.
pub fn tree(root: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        let mut entries = fs::read_dir(&folder).unwrap().peekable();
        if entries.peek().is_none() {
            found.push(format!("{}/", folder.strip_prefix(root).unwrap().display()));
        }
        for entry in entries {
            let path = entry.unwrap().path();
            let place = path.strip_prefix(root).unwrap().display();
            if let Ok(target) = fs::read_link(&path) {
                found.push(format!("{place} -> {}", target.display()));
            } else if path.is_dir() {
                folders.push(path);
            } else {
                found.push(format!("{place}: {}", fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}
