//! What git ignores: the `.gitignore` files from the root of the repository down, and
//! `.git/info/exclude`. The user's own global list is not looked at.

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// The rules of one repository, read as they are needed.
pub struct Ignored {
    repository: PathBuf,
    by_folder: HashMap<PathBuf, Gitignore>,
    exclude: Gitignore,
}

impl Ignored {
    /// The rules that hold below `repository`.
    pub fn of(repository: &Path) -> Self {
        let mut exclude = GitignoreBuilder::new(repository);
        exclude.add(repository.join(".git/info/exclude"));
        Self {
            repository: repository.to_owned(),
            by_folder: HashMap::new(),
            exclude: exclude.build().unwrap_or_else(|_| Gitignore::empty()),
        }
    }

    /// Does a rule ignore `path` (absolute), its parents aside? The nearest file that has a rule
    /// for it decides. Nothing outside the repository is ignored.
    pub fn matches(&mut self, path: &Path, is_folder: bool) -> bool {
        if !path.starts_with(&self.repository) {
            return false;
        }
        let folders = path.ancestors().skip(1).take_while(|folder| folder.starts_with(&self.repository));
        for folder in folders {
            if !self.by_folder.contains_key(folder) {
                let rules = Gitignore::new(folder.join(".gitignore")).0;
                self.by_folder.insert(folder.to_owned(), rules);
            }
            match self.by_folder[folder].matched(path, is_folder) {
                Match::Ignore(_) => return true,
                Match::Whitelist(_) => return false,
                Match::None => {}
            }
        }
        self.exclude.matched(path, is_folder).is_ignore()
    }
}
