//! `seam init`: a small workspace that applies.

use crate::commands::schema;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::print;
use crate::settings::Settings;
use seam_model::{Finding, codes};
use std::path::Path;

const EXAMPLES: &str = "\
Examples:
  mkdir shop && cd shop && seam init
  seam init --system shop -C some/folder";

/// Makes a small workspace in an empty folder: two stacks, one link, no tool to install.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Init {
    /// The system's name; the folder's name when left out
    #[arg(long)]
    system: Option<seam_model::Name>,
}

const SEAM: &str = "\
# yaml-language-server: $schema=.seam/schema/seam.json
system: {system}
environments:
  dev: {}
  prod: {}
";

const CONFIG: &str = "\
# Layers, later wins: config/defaults.yaml, config/ENV.yaml, a stack's config.yaml and config.ENV.yaml
greeting: hello
";

const NAME_STACK: &str = "\
# yaml-language-server: $schema=../../.seam/schema/stack.json
tool: exec
inputs:
  greeting: {config: greeting}
exec:
  apply: [sh, deploy.sh]
contract:
  outputs:
    text: {type: string}
";

const NAME_SCRIPT: &str = "\
# Reads its inputs from the file $SEAM_INPUTS and writes its outputs to $SEAM_OUTPUTS.
greeting=$(sed -n 's/.*\"greeting\":\"\\([^\"]*\\)\".*/\\1/p' \"$SEAM_INPUTS\")
printf '{\"text\": {\"value\": \"%s from %s\"}}' \"$greeting\" \"$SEAM_ENVIRONMENT\" > \"$SEAM_OUTPUTS\"
";

const SIGN_STACK: &str = "\
# yaml-language-server: $schema=../../.seam/schema/stack.json
tool: exec
inputs:
  text: words.text        # the output `text` of the stack `words`
exec:
  apply: [sh, deploy.sh]
";

const SIGN_SCRIPT: &str = "\
cat \"$SEAM_INPUTS\"
echo
";

/// Runs it.
pub fn run(args: &Init, settings: &Settings) -> Result<Exit, Failure> {
    let folder = &settings.folder;
    if let Some(root) = seam_workspace::find(folder) {
        return Err(inside(folder, &root).into());
    }
    let system = args.system.as_ref().map_or_else(|| name_of(folder), ToString::to_string);
    let mut files = vec![
        ("seam.yaml", SEAM.replace("{system}", &system)),
        ("config/defaults.yaml", CONFIG.to_owned()),
        ("stacks/words/stack.yaml", NAME_STACK.to_owned()),
        ("stacks/words/deploy.sh", NAME_SCRIPT.to_owned()),
        ("stacks/sign/stack.yaml", SIGN_STACK.to_owned()),
        ("stacks/sign/deploy.sh", SIGN_SCRIPT.to_owned()),
        (".seam/.gitignore", "*\n".to_owned()),
    ];
    files.extend(schema::files());
    if let Some((file, _)) = files.iter().find(|(file, _)| folder.join(file).symlink_metadata().is_ok()) {
        let message = format!("{} is there already, and nothing is overwritten", folder.join(file).display());
        return Err(Finding::error(codes::BAD_VALUE, message).help("start in an empty folder").into());
    }
    for (file, text) in &files {
        write_new(&folder.join(file), text)?;
    }
    print::err(format_args!(
        "Made the system `{system}`: two stacks, words and sign, in the environments dev and prod.\n\
         Next: seam graph        seam plan -e dev        seam apply -e dev --yes\n"
    ));
    Ok(Exit::Done)
}

/// A workspace in another one would hide its stacks: the outer one stops looking at the inner `seam.yaml`.
fn inside(folder: &Path, root: &Path) -> Finding {
    let (message, help) = if root == folder {
        let message = format!("{} has a seam.yaml already", folder.display());
        (message, "`seam check` looks at it; `seam -C DIR init` makes another one")
    } else {
        let message = format!("{} lies in the workspace {}, which would not see it", folder.display(), root.display());
        (message, "a further stack is a folder with a stack.yaml; `seam -C DIR init` makes a workspace elsewhere")
    };
    Finding::error(codes::BAD_VALUE, message).help(help)
}

/// The folder's name as a name.
fn name_of(folder: &Path) -> String {
    let name = folder.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    let name: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let name = name.trim_matches('-');
    if name.is_empty() { "demo".to_owned() } else { name.to_owned() }
}

/// Never overwrites what is there.
fn write_new(path: &Path, text: &str) -> Result<(), Failure> {
    let folder = path.parent().unwrap_or(path);
    let made = std::fs::create_dir_all(folder).and_then(|()| {
        use std::io::Write as _;
        std::fs::OpenOptions::new().write(true).create_new(true).open(path)?.write_all(text.as_bytes())
    });
    made.map_err(|error| {
        Finding::error(codes::UNREADABLE, format!("cannot write {}: {error}", path.display()))
            .help("`seam -C DIR init` makes the workspace in another folder")
            .into()
    })
}
