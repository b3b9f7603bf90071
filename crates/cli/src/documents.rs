//! Reads documents that hold contracts, with the files that they refer to.

use crate::failure::Failure;
use seam_contract::diff::Version;
use seam_contract::document::{BYTES_MAX, Document, DocumentError, Position};
use seam_contract::schema::{Documents, needs};
use seam_model::{Finding, Place, codes};
use std::fs;
use std::path::Path;

/// The document at `name`, relative to `folder`, with all that it refers to, directly or not. A file
/// that is not there is left out: the reference to it is refused with its place.
pub fn read(folder: &Path, name: &str) -> Result<Version, Failure> {
    let path = folder.join(name);
    let text = fs::read_to_string(&path).map_err(|error| {
        let message = format!("cannot read {name}: {error}");
        Finding::error(codes::UNREADABLE, message)
            .help("name a file: a JSON Schema, an OpenAPI document or a stack.yaml")
    })?;
    let document = Document::read(name, text).map_err(|error| refused(folder, &error))?;
    let mut others = Documents::new();
    let mut wanted: Vec<String> = needs(name, &document.value).into_iter().collect();
    while let Some(other) = wanted.pop() {
        if other == name || others.contains_key(&other) {
            continue;
        }
        let path = folder.join(&other);
        let is_readable = fs::metadata(&path).is_ok_and(|file| file.is_file() && file.len() <= BYTES_MAX as u64);
        let Some(text) = is_readable.then(|| fs::read_to_string(&path).ok()).flatten() else { continue };
        let read = Document::read(&other, text).map_err(|error| refused(folder, &error))?;
        wanted.extend(needs(&other, &read.value));
        others.insert(other, read.value);
    }
    Ok(Version { document, others })
}

/// A place in a document, with its line.
fn place(folder: &Path, name: &str, position: Position) -> Place {
    let text = fs::read_to_string(folder.join(name)).unwrap_or_default();
    let source = text.lines().nth(position.line.saturating_sub(1)).unwrap_or_default().to_owned();
    Place { file: name.to_owned(), line: position.line, column: position.column, length: 1, source }
}

/// A document that is refused at a JSON pointer, with its line where that is known.
pub fn refused_at(folder: &Path, name: &str, pointer: &str, position: Option<Position>, message: &str) -> Failure {
    let finding = Finding::error(codes::UNREADABLE_CONTRACT, message);
    match position {
        Some(position) => finding.at(&place(folder, name, position)).into(),
        None => finding.help(format!("see {name}#{pointer}")).into(),
    }
}

fn refused(folder: &Path, error: &DocumentError) -> Failure {
    let place = place(folder, &error.name, error.position);
    Finding::error(codes::UNREADABLE_CONTRACT, &error.message).at(&place).into()
}
