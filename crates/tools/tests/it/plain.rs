//! A `Launcher` without supervisor and journal: the program is run and its output kept.

use seam_process::{Command, capture};
use seam_tools::{Call, LaunchError, Launched, Launcher};
use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// Runs programs in numbered folders below `runs`, and knows which calls there were.
pub struct Plain {
    runs: PathBuf,
    /// The calls, in order.
    pub calls: Vec<Call>,
    /// The lock that each of them was to hold.
    pub locks: Vec<Option<PathBuf>>,
}

impl Plain {
    /// A launcher whose folders lie below `runs`.
    pub fn new(runs: &Path) -> Self {
        Self { runs: runs.to_owned(), calls: Vec::new(), locks: Vec::new() }
    }
}

impl Launcher for Plain {
    fn launch(
        &mut self,
        call: Call,
        build: &mut dyn FnMut(&Path) -> io::Result<Command>,
        line: &mut dyn FnMut(&str),
    ) -> Result<Launched, LaunchError> {
        self.calls.push(call);
        let folder = self.runs.join(format!("{}-{}", self.calls.len(), call.as_str()));
        let made = DirBuilder::new().recursive(true).mode(0o700).create(&folder);
        let command = made.and_then(|()| build(&folder));
        let command = command.map_err(|source| LaunchError::Folder { folder: folder.clone(), source })?;
        self.locks.push(command.lock.clone());
        let captured = capture(&command, 64 << 20).expect("the program runs");
        for output in [captured.stdout, captured.stderr] {
            String::from_utf8_lossy(&output).lines().for_each(&mut *line);
        }
        Ok(Launched { folder, ended: captured.ended })
    }
}
