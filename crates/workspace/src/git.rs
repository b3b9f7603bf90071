//! What a git repository says about itself, read from its files without running git: its root,
//! its main worktree, the commit that is checked out, and where it comes from.

use std::path::{Path, PathBuf};

/// The arguments of the git command, run in [`Repository::root`], that prints something exactly
/// where files differ from the commit.
pub const DIRTY: [&str; 3] = ["--no-optional-locks", "status", "--porcelain"];

/// The repository around a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repository {
    /// The root of the worktree.
    pub root: PathBuf,
    /// The root of the main worktree; the same as `root` unless that is a linked one.
    pub main: PathBuf,
    /// What belongs to this worktree: `HEAD`.
    git_dir: PathBuf,
    /// What all worktrees share: refs and `config`.
    common_dir: PathBuf,
}

/// The repository that `folder` lies in.
pub fn repository(folder: &Path) -> Option<Repository> {
    folder.ancestors().find_map(at)
}

fn at(root: &Path) -> Option<Repository> {
    let dot_git = root.join(".git");
    let git_dir = if dot_git.is_dir() {
        dot_git
    } else {
        let link = std::fs::read_to_string(&dot_git).ok()?;
        crate::path::resolve(root, Path::new(link.strip_prefix("gitdir:")?.trim()))
    };
    if !git_dir.join("HEAD").is_file() {
        return None;
    }
    let common_dir = match std::fs::read_to_string(git_dir.join("commondir")) {
        Ok(common) => crate::path::resolve(&git_dir, Path::new(common.trim())),
        Err(_) => git_dir.clone(),
    };
    let is_linked = common_dir != git_dir;
    let main = common_dir.parent().filter(|_| is_linked && common_dir.ends_with(".git"));
    Some(Repository { root: root.to_owned(), main: main.unwrap_or(root).to_owned(), git_dir, common_dir })
}

impl Repository {
    /// Where `folder`, which lies in this worktree, lies in the main one.
    pub fn in_main(&self, folder: &Path) -> PathBuf {
        match folder.strip_prefix(&self.root) {
            Ok(inside) => crate::path::resolve(&self.main, inside),
            Err(_) => folder.to_owned(),
        }
    }

    /// The commit that is checked out, in hexadecimal. `None` before the first one.
    pub fn commit(&self) -> Option<String> {
        let head = std::fs::read_to_string(self.git_dir.join("HEAD")).ok()?;
        match head.trim().strip_prefix("ref:") {
            None => commit_id(head.trim()),
            Some(name) => self.resolve_ref(name.trim()),
        }
    }

    fn resolve_ref(&self, name: &str) -> Option<String> {
        for folder in [&self.git_dir, &self.common_dir] {
            if let Ok(text) = std::fs::read_to_string(folder.join(name)) {
                return commit_id(text.trim());
            }
        }
        let packed = std::fs::read_to_string(self.common_dir.join("packed-refs")).ok()?;
        packed.lines().find_map(|line| commit_id(line.strip_suffix(name)?.strip_suffix(' ')?))
    }

    /// Where the remote `origin` is, as `host/path` in lower case: without scheme, user, password
    /// and `.git`. `None` without that remote.
    pub fn origin(&self) -> Option<String> {
        let config = std::fs::read_to_string(self.common_dir.join("config")).ok()?;
        normalize_origin(&origin_url(&config)?)
    }
}

fn commit_id(text: &str) -> Option<String> {
    let is_id = matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_id.then(|| text.to_owned())
}

fn origin_url(config: &str) -> Option<String> {
    let mut in_origin = false;
    let mut url = None;
    for line in config.lines().map(str::trim) {
        if line.starts_with('[') {
            in_origin = line.replace(' ', "").eq_ignore_ascii_case("[remote\"origin\"]");
        } else if let Some((key, value)) = line.split_once('=').filter(|_| in_origin)
            && key.trim().eq_ignore_ascii_case("url")
        {
            url.get_or_insert_with(|| value.trim().trim_matches('"').to_owned());
        }
    }
    url
}

/// `https://user@Host:443/a/b.git`, `git@host:a/b` and `ssh://git@host/a/b` are all `host/a/b`.
fn normalize_origin(url: &str) -> Option<String> {
    let (host, path) = match url.split_once("://") {
        Some((_, rest)) => rest.split_once('/').unwrap_or((rest, "")),
        None => match url.split_once(':') {
            Some((host, path)) if !host.contains('/') => (host, path),
            _ => ("", url),
        },
    };
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    let is_port = |port: &str| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    let host = host.rsplit_once(':').filter(|(_, port)| is_port(port)).map_or(host, |(host, _)| host);
    let path = path.trim_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path);
    let origin = format!("{host}/{path}").to_lowercase();
    (origin != "/").then_some(origin)
}

#[cfg(test)]
mod tests {
    use super::{normalize_origin, origin_url, repository};
    use std::fs;

    #[test]
    fn one_repository_has_one_origin() {
        for url in [
            "https://user:pw@Example.com/Team/infra.git",
            "https://example.com:443/team/infra",
            "git@example.com:team/infra.git",
            "ssh://git@example.com:22/team/infra.git/",
        ] {
            assert_eq!(normalize_origin(url).as_deref(), Some("example.com/team/infra"), "{url}");
        }
        assert_eq!(normalize_origin("/srv/git/infra.git").as_deref(), Some("/srv/git/infra"));
        let config =
            "[core]\n\turl = x\n[remote \"up\"]\n url = y\n[remote \"origin\"]\n\turl = git@h:p\n\tfetch = +r\n";
        assert_eq!(origin_url(config).as_deref(), Some("git@h:p"));
    }

    #[test]
    fn the_commit_is_found_in_packed_refs_and_from_a_linked_worktree() {
        let folder = tempfile::tempdir().unwrap();
        let (main, linked) = (folder.path().join("main"), folder.path().join("linked"));
        let worktree = main.join(".git/worktrees/linked");
        let id = "0123456789012345678901234567890123456789";
        fs::create_dir_all(&worktree).unwrap();
        fs::create_dir_all(linked.join("stacks")).unwrap();
        fs::write(main.join(".git/HEAD"), "ref: refs/heads/main\n").unwrap();
        fs::write(main.join(".git/packed-refs"), format!("# pack-refs\n{id} refs/heads/main\n")).unwrap();
        fs::write(worktree.join("HEAD"), format!("{}\n", id.replace('0', "f"))).unwrap();
        fs::write(worktree.join("commondir"), "../..\n").unwrap();
        fs::write(linked.join(".git"), format!("gitdir: {}\n", worktree.display())).unwrap();

        let here = repository(&main.join(".git/..")).unwrap();
        assert_eq!(here.commit().as_deref(), Some(id));
        let there = repository(&linked.join("stacks")).unwrap();
        assert_eq!((there.root.as_path(), there.main.as_path()), (linked.as_path(), main.as_path()));
        assert_eq!(there.commit(), Some(id.replace('0', "f")));
        assert_eq!(there.in_main(&linked.join("stacks")), main.join("stacks"));
        assert_eq!(repository(folder.path()), None);
    }
}
