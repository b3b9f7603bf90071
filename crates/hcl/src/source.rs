//! Source files and places in them.

use hcl_edit::structure::Body;
use std::ops::Range;

/// A file of a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// Relative to the module's folder, with `/`.
    pub name: String,
    /// Its content, as it is on disk.
    pub bytes: Vec<u8>,
}

/// A place in a file, with its source line.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file's name, relative to the module's folder.
    pub file: String,
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    /// How many characters of the line are meant, at least 1.
    pub length: usize,
    /// The whole source line, without its line end.
    pub source: String,
}

/// A file that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}:{}:{}: {message}", place.file, place.line, place.column)]
pub struct Error {
    /// Where reading stopped.
    pub place: Place,
    /// What was expected there.
    pub message: String,
}

/// Whose rules say which files of a folder are loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// `*.tf` and `*.tf.json`.
    Terraform,
    /// These and `*.tofu`, `*.tofu.json`, which replace a `.tf` file of the same stem.
    OpenTofu,
}

/// Is the file `name` of a folder that holds `names` part of the module? Hidden files and the
/// left-overs of editors are not.
pub fn is_loaded(name: &str, names: &[&str], dialect: Dialect) -> bool {
    if name.starts_with('.') || name.ends_with('~') || (name.starts_with('#') && name.ends_with('#')) {
        return false;
    }
    let Some((stem, ending)) = split(name) else { return false };
    match (dialect, ending) {
        (Dialect::Terraform, ".tf" | ".tf.json") => true,
        (Dialect::Terraform, _) => false,
        (Dialect::OpenTofu, ".tofu" | ".tofu.json") => true,
        (Dialect::OpenTofu, _) => {
            let twin = format!("{stem}{}", ending.replace("tf", "tofu"));
            !names.contains(&twin.as_str())
        }
    }
}

/// The name without its ending, and the ending.
fn split(name: &str) -> Option<(&str, &str)> {
    [".tf.json", ".tofu.json", ".tf", ".tofu"].into_iter().find_map(|ending| Some((name.strip_suffix(ending)?, ending)))
}

impl SourceFile {
    /// `override.tf`, `x_override.tf` and their other endings: merged over the other files.
    pub(crate) fn is_override(&self) -> bool {
        split(&self.name).is_some_and(|(stem, _)| stem == "override" || stem.ends_with("_override"))
    }

    pub(crate) fn is_json(&self) -> bool {
        self.name.ends_with(".json")
    }

    /// The content as text in which a byte order mark is blanks, so that offsets are the file's.
    pub(crate) fn text(&self) -> Result<Text, Error> {
        let name = self.name.clone();
        match std::str::from_utf8(&self.bytes) {
            Ok(text) => Ok(match text.strip_prefix('\u{feff}') {
                Some(rest) => Text { name, text: format!("   {rest}"), mark: 3 },
                None => Text { name, text: text.to_owned(), mark: 0 },
            }),
            Err(error) => {
                let valid = String::from_utf8_lossy(&self.bytes[..error.valid_up_to()]).into_owned();
                let end = valid.len();
                let place = Text { name, text: valid, mark: 0 }.place(end..end);
                Err(Error { place, message: "the file is not UTF-8".to_owned() })
            }
        }
    }
}

/// A file's text, of which byte offsets are places.
#[derive(Clone, Debug)]
pub(crate) struct Text {
    name: String,
    pub(crate) text: String,
    /// How many bytes at the start are a byte order mark.
    mark: usize,
}

impl Text {
    pub(crate) fn place(&self, span: Range<usize>) -> Place {
        let mut start = span.start.min(self.text.len());
        while !self.text.is_char_boundary(start) {
            start -= 1;
        }
        let line_start = self.text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = self.text[start..].find('\n').map_or(self.text.len(), |at| start + at);
        let mark = if line_start == 0 { self.mark } else { 0 };
        let mut end = span.end.clamp(start, line_end);
        while !self.text.is_char_boundary(end) {
            end -= 1;
        }
        Place {
            file: self.name.clone(),
            line: self.text[..start].matches('\n').count() + 1,
            column: (self.text[line_start..start].chars().count() + 1).saturating_sub(mark),
            length: self.text[start..end].trim_end().chars().count().max(1),
            source: self.text[line_start + mark.min(line_end)..line_end].trim_end_matches('\r').to_owned(),
        }
    }

    pub(crate) fn parse(&self) -> Result<Body, Error> {
        hcl_edit::parser::parse_body(&self.text).map_err(|error| {
            let at = error.location().offset();
            Error { place: self.place(at..at), message: error.message().to_owned() }
        })
    }
}
