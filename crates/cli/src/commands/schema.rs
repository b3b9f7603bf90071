//! `seam schema`: the JSON Schema of the workspace's files, for editors.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::print;
use crate::session::ignore;
use seam_run::private_folders;
use seam_workspace::{SchemaKind, json_schema};
use std::path::Path;

const EXAMPLES: &str = "\
Examples:
  seam schema seam > .seam/schema/seam.json
An editor reads it where the file's first line is
  # yaml-language-server: $schema=.seam/schema/seam.json";

/// Prints the JSON Schema (2020-12) of seam.yaml or stack.yaml.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Schema {
    /// Which file
    #[arg(value_enum, default_value_t)]
    file: File,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum File {
    /// stack.yaml
    #[default]
    Stack,
    /// seam.yaml
    Seam,
}

impl File {
    fn kind(self) -> SchemaKind {
        match self {
            Self::Stack => SchemaKind::Stack,
            Self::Seam => SchemaKind::Seam,
        }
    }
}

/// The files that editors read, relative to the workspace, with what they hold.
pub fn files() -> [(&'static str, String); 2] {
    let text = |kind| format!("{:#}\n", json_schema(kind));
    [(".seam/schema/seam.json", text(SchemaKind::Seam)), (".seam/schema/stack.json", text(SchemaKind::Stack))]
}

/// Makes those that are missing, as after a clone: `.seam` is in no repository. Where nothing may be
/// written an editor does without.
pub fn make_missing(root: &Path) {
    for (file, text) in files() {
        let path = root.join(file);
        if path.exists() {
            continue;
        }
        let made = private_folders(path.parent().unwrap_or(root)).and_then(|()| ignore(&root.join(".seam")));
        let _ = made.and_then(|()| std::fs::write(path, text));
    }
}

/// Runs it.
pub fn run(args: &Schema) -> Result<Exit, Failure> {
    print::line(format_args!("{:#}", json_schema(args.file.kind())))?;
    Ok(Exit::Done)
}
