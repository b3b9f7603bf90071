//! `seam demo`: the main job in a temporary folder, with short captions. The commands are the real
//! ones, run in this process one after the other.

mod files;
mod shop;

use crate::args::Args;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::settings::Settings;
use clap::{CommandFactory as _, FromArgMatches as _};
use seam_model::{Finding, Tool, codes};
use shop::{KEY, Shop};
use std::ffi::OsString;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Makes a shop of six stacks in a temporary folder and walks through the main job.
#[derive(clap::Args, Debug)]
pub struct Demo {}

/// What is shown, in order.
enum Act {
    /// A command, and why it is run.
    Run(&'static str, &'static [&'static str]),
    /// One value is changed: the caption, the file, the old text, the new.
    Edit(&'static str, &'static str, &'static str, &'static str),
}

const APPLY: &[&str] = &["apply", "-e", "dev", "--yes"];

const ACTS: &[Act] = &[
    Act::Run("The files are checked as a whole, before anything runs.", &["check"]),
    Act::Run("Six stacks. An input that names an output of another stack is a link.", &["graph"]),
    Act::Run("Nothing is applied yet. What nobody can know is unknown here, never made up.", &["plan", "-e", "dev"]),
    Act::Run("Apply, providers first. Outputs of one stack become inputs of the next.", APPLY),
    Act::Run("Again. Nothing changed, so nothing runs: no tool is started.", APPLY),
    Act::Edit("One value changes.", "config/defaults.yaml", "release: \"1.0\"", "release: \"1.1\""),
    Act::Run("Only what consumes it runs: api reads it, and hands it on to backend.", APPLY),
    Act::Run("Where everything stands.", &["status"]),
];

/// Runs it.
pub fn run(_args: &Demo, settings: &Settings) -> Result<Exit, Failure> {
    let shop = Shop::make(settings)?;
    let settings = inside(settings, &shop.folder);
    let with = match shop.tool {
        Tool::OpenTofu => "OpenTofu",
        Tool::Terraform => "Terraform",
        Tool::Exec | Tool::External => "shell scripts (there is no OpenTofu or Terraform on PATH)",
    };
    say(&format!("A small shop, deployed with {with}, in {}", shop.folder.display()));
    for act in ACTS {
        match act {
            Act::Run(caption, args) => {
                say(&format!("\n# {caption}\n$ seam {}", args.join(" ")));
                let exit = command(args, &settings)?;
                if exit != Exit::Done {
                    say(&format!("\nThe demo ends here. Its folder stays: {}", shop.folder.display()));
                    return Ok(exit);
                }
            }
            Act::Edit(caption, path, from, to) => {
                say(&format!("\n# {caption}\n{path}: {from} → {to}"));
                shop.edit(path, from, to)?;
            }
        }
    }
    say(&closing(&settings, &shop.folder));
    Ok(Exit::Done)
}

/// Runs one command as if it was typed in the demo's folder.
fn command(args: &[&str], settings: &Settings) -> Result<Exit, Failure> {
    let line = std::iter::once("seam").chain(args.iter().copied());
    // Variables such as SEAM_ENVIRONMENT are for workspaces of the caller's own.
    let without_variables = Args::command().mut_subcommands(|command| command.mut_args(|arg| arg.env(None::<&str>)));
    let parsed = without_variables.try_get_matches_from(line).and_then(|matches| Args::from_arg_matches(&matches));
    let args = parsed.map_err(|error| Finding::error(codes::USAGE, error.to_string()))?;
    Ok(super::run(&args.command, settings))
}

/// The surroundings of commands in `folder`: keys and caches lie inside it, and what the caller
/// set for workspaces of their own does not count.
fn inside(settings: &Settings, folder: &Path) -> Settings {
    let mut inside = settings.clone();
    inside.env.retain(|(name, _)| {
        let name = name.to_string_lossy();
        !(name.starts_with("SEAM_") || name.starts_with("TF_") || name == "XDG_CACHE_HOME")
    });
    for (name, path) in [("SEAM_KEY_FILE", KEY), ("XDG_CACHE_HOME", ".seam/cache")] {
        inside.env.push((name.into(), folder.join(path).into_os_string()));
    }
    Settings { folder: folder.to_owned(), ..inside }
}

/// The folder, and three commands to try in it.
fn closing(settings: &Settings, folder: &Path) -> String {
    let seam = how_to_call(settings);
    format!(
        "\nThe shop stays in its folder. Go on from here:\n\n  \
           cd {folder} && export SEAM_KEY_FILE=$PWD/{KEY}\n\n  \
           {seam} output api -e dev              what a stack provides\n  \
           {seam} plan -e prod                   another environment, with an approval\n  \
           {seam} destroy -e dev                 consumers first, then providers",
        folder = folder.display()
    )
}

/// `seam` where that is this program, its path where it is not on PATH.
#[expect(clippy::disallowed_methods, reason = "the binary knows its own path")]
fn how_to_call(settings: &Settings) -> String {
    let Ok(own) = std::env::current_exe() else { return "seam".to_owned() };
    let path = settings.var("PATH").cloned().unwrap_or_else(OsString::new);
    let is_own = |folder: PathBuf| folder.join("seam").canonicalize().is_ok_and(|found| found == own);
    if std::env::split_paths(&path).any(is_own) { "seam".to_owned() } else { own.display().to_string() }
}

fn say(text: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}
