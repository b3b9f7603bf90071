//! Paths relative to the workspace, `..` resolved without asking the file system.

use std::path::{Component, Path, PathBuf};

/// Joins and resolves `.` and `..`; what leads out of `folder`'s own root keeps its `..`.
pub(crate) fn resolve(folder: &Path, path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for component in folder.join(path).components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if matches!(out.components().next_back(), Some(Component::Normal(_))) => {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}

/// The path with `/` between its parts, `.` for the empty one.
pub(crate) fn display(path: &Path) -> String {
    if path.as_os_str().is_empty() { ".".to_owned() } else { path.to_string_lossy().into_owned() }
}

/// The path of a file as places name it.
pub(crate) fn file(folder: &Path, name: &str) -> String {
    folder.join(name).to_string_lossy().into_owned()
}

/// Is `path`, relative to `root`, inside `repository`?
pub(crate) fn is_inside(root: &Path, path: &Path, repository: &Path) -> bool {
    resolve(root, path).starts_with(repository)
}

#[cfg(test)]
mod tests {
    use super::resolve;
    use std::path::Path;

    #[test]
    fn dots_are_resolved() {
        for (folder, path, expected) in [
            ("stacks/app", ".", "stacks/app"),
            ("stacks/app", "../../dist", "dist"),
            ("stacks", "../../m", "../m"),
            ("", "../../m/./x/..", "../../m"),
            ("a", "/b/../c", "/c"),
        ] {
            assert_eq!(resolve(Path::new(folder), Path::new(path)), Path::new(expected));
        }
    }
}
