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
    let is_tofu = ending.starts_with(".tofu");
    match dialect {
        Dialect::Terraform => !is_tofu,
        Dialect::OpenTofu => is_tofu || !names.contains(&format!("{stem}{}", ending.replace("tf", "tofu")).as_str()),
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
        std::path::Path::new(&self.name).extension().is_some_and(|ending| ending == "json")
    }

    /// The content as text in which a byte order mark is blanks, so that offsets are the file's.
    pub(crate) fn text(&self) -> Result<Text, Error> {
        let name = self.name.clone();
        match std::str::from_utf8(&self.bytes) {
            Ok(text) => Ok(match text.strip_prefix('\u{feff}') {
                Some(rest) => Text { name, content: format!("   {rest}"), mark: 3 },
                None => Text { name, content: text.to_owned(), mark: 0 },
            }),
            Err(error) => {
                let valid = String::from_utf8_lossy(&self.bytes[..error.valid_up_to()]).into_owned();
                let end = valid.len();
                let place = Text { name, content: valid, mark: 0 }.place(end..end);
                Err(Error { place, message: "the file is not UTF-8".to_owned() })
            }
        }
    }
}

/// A file's text, of which byte offsets are places.
#[derive(Clone, Debug)]
pub(crate) struct Text {
    name: String,
    pub(crate) content: String,
    /// How many bytes at the start are a byte order mark.
    mark: usize,
}

impl Text {
    /// The source file's name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn place(&self, span: Range<usize>) -> Place {
        let mut start = span.start.min(self.content.len());
        while !self.content.is_char_boundary(start) {
            start -= 1;
        }
        let line_start = self.content[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = self.content[start..].find('\n').map_or(self.content.len(), |at| start + at);
        let mark = if line_start == 0 { self.mark } else { 0 };
        let mut end = span.end.clamp(start, line_end);
        while !self.content.is_char_boundary(end) {
            end -= 1;
        }
        Place {
            file: self.name.clone(),
            line: self.content[..start].matches('\n').count() + 1,
            column: (self.content[line_start..start].chars().count() + 1).saturating_sub(mark),
            length: self.content[start..end].trim_end().chars().count().max(1),
            source: self.content[line_start + mark.min(line_end)..line_end].trim_end_matches('\r').to_owned(),
        }
    }

    /// Parses native syntax. The parser is stricter than Terraform in two ways, which are put right in
    /// a copy of the same length: it refuses a key that an object sets twice, and `for` before CRLF.
    pub(crate) fn parse(&self) -> Result<Body, Error> {
        let mut copy = self.content.replace("for\r\n", "for \n");
        for attempt in 0..REPEATED_KEYS_MAX {
            match hcl_edit::parser::parse_body(&copy) {
                Ok(body) => return Ok(body),
                Err(error) => {
                    let at = error.location().offset();
                    let is_repeated = error.message().contains("redefined object key");
                    if !(is_repeated && rename_key(&mut copy, at, attempt)) {
                        return Err(Error { place: self.place(at..at), message: error.message().to_owned() });
                    }
                }
            }
        }
        Err(Error { place: self.place(0..0), message: "too many keys are set twice".to_owned() })
    }
}

/// More than any code needs, and each costs a parse of the file.
const REPEATED_KEYS_MAX: usize = 256;

/// Gives the object key at `at` another name of the same length.
fn rename_key(text: &mut String, at: usize, attempt: usize) -> bool {
    let start = at + usize::from(text[at..].starts_with('"'));
    let is_key = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    let length = text[start..].find(|c| !is_key(c)).unwrap_or(0);
    let digits = attempt.to_string();
    let name = format!("r{digits:_>width$}", width = length.saturating_sub(1));
    if length == 0 || name.len() > length {
        return false;
    }
    text.replace_range(start..start + length, &name);
    true
}

#[cfg(test)]
mod tests {
    use super::{Dialect, SourceFile, is_loaded};

    fn parses(text: &str) -> bool {
        let file = SourceFile { name: "main.tf".to_owned(), bytes: text.into() };
        let parsed = file.text().unwrap().parse();
        parsed.is_ok()
    }

    #[test]
    fn what_terraform_accepts_is_parsed() {
        assert!(parses("a = { key = 1, key = 2, \"key\" = 3 }\nb = {\n  key = 1\n  key = 2\n}\n"));
        assert!(parses("\u{feff}a = [\r\n  for\r\n  x in y : x\r\n]\r\n"));
        assert!(!parses("a = 1\na = 2\n"));
    }

    #[test]
    fn an_error_names_its_place() {
        let file = SourceFile { name: "main.tf".to_owned(), bytes: "\u{feff}a = \"é\" b\r\n".into() };
        let error = file.text().unwrap().parse().unwrap_err();
        assert_eq!((error.place.line, error.place.column, error.place.source.as_str()), (1, 9, "a = \"é\" b"));
        let file = SourceFile { name: "main.tf".to_owned(), bytes: b"a = 1\nb = \"\xff\"\n".into() };
        assert_eq!(file.text().unwrap_err().to_string(), "main.tf:2:6: the file is not UTF-8");
    }

    #[test]
    fn each_tool_loads_its_own_files() {
        let names =
            ["a.tf", "a.tofu", "b.tf.json", "b.tofu", "c.tofu.json", "c.tf.json", ".d.tf", "e.tf~", "#f.tf#", "g.txt"];
        let loaded = |dialect| names.into_iter().filter(|name| is_loaded(name, &names, dialect)).collect::<Vec<_>>();
        assert_eq!(loaded(Dialect::Terraform), ["a.tf", "b.tf.json", "c.tf.json"]);
        assert_eq!(loaded(Dialect::OpenTofu), ["a.tofu", "b.tf.json", "b.tofu", "c.tofu.json"]);
    }
}
