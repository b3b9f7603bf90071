//! Asks the tool a question that it answers with one JSON document.

use super::Job;
use super::failure::failure;
use super::stream::Stream;
use crate::{Call, Failure, Launcher};
use std::ffi::OsString;
use std::path::Path;

/// What the program prints when it is called with `args` in `folder`.
pub(super) fn ask(
    job: &Job,
    launcher: &mut dyn Launcher,
    call: Call,
    folder: &Path,
    args: &[OsString],
) -> Result<String, Failure> {
    let mut text = String::new();
    let process = launcher.launch(
        call,
        &mut |_| Ok(seam_process::Command { folder: folder.to_owned(), ..job.command(args.to_vec()) }),
        &mut |line| {
            text.push_str(line);
            text.push('\n');
        },
    )?;
    if process.ended.is_success() {
        return Ok(text);
    }
    let mut stream = Stream::default();
    for line in text.lines() {
        stream.line(line);
    }
    Err(failure(job, call.as_str(), stream, process.ended))
}
