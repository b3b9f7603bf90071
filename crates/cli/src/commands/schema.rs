//! `seam schema`: the JSON Schema of the workspace's files, for editors.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::print;
use seam_workspace::{SchemaKind, json_schema};

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

/// Runs it.
pub fn run(args: &Schema) -> Result<Exit, Failure> {
    let kind = match args.file {
        File::Stack => SchemaKind::Stack,
        File::Seam => SchemaKind::Seam,
    };
    print::line(format_args!("{:#}", json_schema(kind)))?;
    Ok(Exit::Done)
}
