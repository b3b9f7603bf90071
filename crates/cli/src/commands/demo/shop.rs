//! The folder of a demo: a shop with the tool that is there, and its own key.

use super::files::{File, SHOP, SHOP_EXEC};
use crate::failure::Failure;
use crate::settings::Settings;
use seam_model::{Finding, Tool, codes};
use seam_tools::program::{self, Search};
use std::fs::{self, DirBuilder};
use std::io::{self, ErrorKind};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

/// Where the demo's key lies, below its folder. People's own keys stay as they are.
pub const KEY: &str = ".seam/key";

/// Nobody keeps that many demos.
const FOLDERS_MAX: usize = 10_000;

/// A workspace that was made for a demo.
pub struct Shop {
    /// Where it is.
    pub folder: PathBuf,
    /// What deploys its stacks.
    pub tool: Tool,
}

impl Shop {
    /// Makes it in a new folder below the one for temporary files.
    #[expect(clippy::disallowed_methods, reason = "the binary is where folders are chosen")]
    pub fn make(settings: &Settings) -> Result<Self, Failure> {
        let temporary = settings.var("TMPDIR").map_or_else(std::env::temp_dir, PathBuf::from);
        let failed = |error: io::Error| {
            let message = format!("cannot make the demo's folder in {}: {error}", temporary.display());
            Finding::error(codes::UNREADABLE, message).help("TMPDIR names another folder")
        };
        let folder = new_folder(&temporary).map_err(failed)?;
        let tool = tool(settings, &folder);
        let files = if tool == Tool::Exec { SHOP_EXEC } else { SHOP };
        files.iter().try_for_each(|file| write(&folder, file, tool)).map_err(failed)?;
        Ok(Self { folder, tool })
    }

    /// Replaces `from` in a file of the workspace.
    pub fn edit(&self, path: &str, from: &str, to: &str) -> Result<(), Failure> {
        let path = self.folder.join(path);
        let edited = fs::read_to_string(&path).and_then(|text| fs::write(&path, text.replace(from, to)));
        let failed = |error| Finding::error(codes::UNREADABLE, format!("cannot edit {}: {error}", path.display()));
        Ok(edited.map_err(failed)?)
    }
}

/// A folder that was not there before, for its owner alone.
fn new_folder(temporary: &Path) -> io::Result<PathBuf> {
    let temporary = temporary.canonicalize()?;
    for number in 1..FOLDERS_MAX {
        let folder = temporary.join(format!("seam-demo-{number}"));
        match DirBuilder::new().mode(0o700).create(&folder) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            made => return made.map(|()| folder),
        }
    }
    Err(ErrorKind::AlreadyExists.into())
}

/// OpenTofu, Terraform, or shell scripts where neither is there in a version that will do.
fn tool(settings: &Settings, folder: &Path) -> Tool {
    let search = Search { env: &settings.env, cache: &folder.join(".seam/cache") };
    let there = |tool: &Tool| program::find(*tool, folder, &search).is_ok();
    [Tool::OpenTofu, Tool::Terraform].into_iter().find(there).unwrap_or(Tool::Exec)
}

fn write(folder: &Path, (path, text): &File, tool: Tool) -> io::Result<()> {
    let path = folder.join(path);
    fs::create_dir_all(path.parent().unwrap_or(folder))?;
    match tool {
        Tool::OpenTofu => fs::write(path, text.replace("tool: terraform", "tool: opentofu")),
        _ => fs::write(path, text),
    }
}
