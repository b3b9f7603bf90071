//! Reads Terraform states: their position, and their outputs with types, as they come in. Resources
//! are counted and skipped, so a big state costs its bytes' passing by and no memory.

mod address;
mod answer;
mod bad;
mod http;
mod lock;
mod reading;
mod resources;
mod scan;
mod schema;
mod walk;

pub(crate) use address::without_secrets;
pub(crate) use answer::{first_object, parse_outputs};
pub use bad::BadState;
pub use lock::locked_by;
pub use reading::{BadPlace, Reading, read_in_process};
pub(crate) use resources::addresses;
pub(crate) use scan::Scanner;

use crate::Output;
use seam_model::{OUTPUTS_BYTES_MAX, Schema, Value};
use serde::Deserialize;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// The head of a state (its version, its lineage) takes no more than this.
const HEAD_BYTES_MAX: usize = 64 << 10;

/// The version of everything in a state. Another lineage is another state.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StatePosition {
    /// Random, given when the state was made; empty where it was never written.
    pub lineage: String,
    /// Counts its writes.
    pub serial: u64,
}

/// What Seam reads of a state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// Which state, and which version of it.
    pub position: StatePosition,
    /// The version of the tool that wrote it; empty in an encrypted state.
    pub tool_version: String,
    /// By name; `None` in an encrypted state.
    pub outputs: Option<BTreeMap<String, Output>>,
    /// How many resources it holds; 0 in an encrypted state.
    pub resources: usize,
}

/// Which outputs are read.
#[derive(Clone, Copy)]
pub struct Wanted<'a> {
    /// Those with these names; `None` for all.
    pub names: Option<&'a [&'a str]>,
    /// So many bytes of JSON, all of them together; more is [`BadState::LargeOutput`].
    pub bytes_max: usize,
}

impl<'a> Wanted<'a> {
    /// Those with these names, of the size that a stack may hand over: escapes and white space make
    /// them larger in a state.
    pub fn named(names: &'a [&'a str]) -> Self {
        Self { names: Some(names), bytes_max: 4 * OUTPUTS_BYTES_MAX }
    }
}

impl Wanted<'_> {
    /// All, whatever their size.
    pub const ALL: Wanted<'static> = Wanted { names: None, bytes_max: usize::MAX };
    /// None.
    pub const NONE: Wanted<'static> = Wanted { names: Some(&[]), bytes_max: 0 };
}

impl State {
    /// Does it hold nothing? So it is after a destroy.
    pub fn is_empty(&self) -> bool {
        self.resources == 0 && self.outputs.as_ref().is_some_and(BTreeMap::is_empty)
    }
}

/// Reads the state at `path`; `None` where there is no file, or an empty one.
pub fn read(path: &Path) -> Result<Option<State>, BadState> {
    let failed = |source| BadState::File { path: path.to_owned(), source };
    match File::open(path) {
        Ok(file) => match from_reader(file, Wanted::ALL) {
            Err(BadState::Empty) => Ok(None),
            Err(BadState::Read(source)) => Err(failed(source)),
            read => read.map(Some),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(failed(source)),
    }
}

/// Reads a state of version 4, or the outside of one that OpenTofu encrypted.
pub fn parse(bytes: &[u8]) -> Result<State, BadState> {
    from_reader(bytes, Wanted::ALL)
}

/// Reads a state of version 4, or the outside of one that OpenTofu encrypted, to its end. Nothing but
/// the outputs that are `wanted` is kept, and `input` needs no buffer.
pub fn from_reader(input: impl Read, wanted: Wanted) -> Result<State, BadState> {
    let mut scanner = Scanner::new(input);
    let state = document(&mut scanner, wanted, &mut Scanner::skip)?;
    match scanner.peek()? {
        None => Ok(state),
        Some(_) => Err(BadState::Syntax(scanner.position())),
    }
}

/// Reads one state, whatever follows it. `resource` uses each of its resources.
pub(crate) fn document<R: Read>(
    scanner: &mut Scanner<R>,
    wanted: Wanted,
    resource: &mut dyn FnMut(&mut Scanner<R>) -> Result<(), BadState>,
) -> Result<State, BadState> {
    match scanner.peek()? {
        None => return Err(BadState::Empty),
        Some(b'<') => return Err(BadState::Html),
        Some(_) => {}
    }
    let (mut version, mut encrypted, mut backend) = (None, false, false);
    let mut state = State {
        position: StatePosition { lineage: String::new(), serial: 0 },
        tool_version: String::new(),
        outputs: None,
        resources: 0,
    };
    scanner.object(|scanner, name| {
        let known = version.is_none_or(|version| version == 4);
        match name {
            "version" => version = Some(scanner.value::<u64>(HEAD_BYTES_MAX)?),
            "encryption_version" => {
                encrypted = true;
                scanner.skip()?;
            }
            "backend" => {
                backend = true;
                scanner.skip()?;
            }
            "serial" if known => state.position.serial = scanner.value(HEAD_BYTES_MAX)?,
            "lineage" if known => state.position.lineage = scanner.value(HEAD_BYTES_MAX)?,
            "terraform_version" if known => state.tool_version = scanner.value(HEAD_BYTES_MAX)?,
            "outputs" if known => state.outputs = Some(outputs(scanner, wanted)?),
            "resources" if known => scanner.array(|scanner| {
                state.resources += 1;
                resource(scanner)
            })?,
            _ => scanner.skip()?,
        }
        Ok(())
    })?;
    match version {
        _ if encrypted => state.outputs = None,
        Some(4) => {
            state.outputs.get_or_insert_default();
        }
        Some(_) if backend => return Err(BadState::BackendNote),
        Some(old) if old < 4 => return Err(BadState::Old(old)),
        Some(new) => return Err(BadState::New(new)),
        None => return Err(BadState::NoState),
    }
    Ok(state)
}

fn outputs<R: Read>(scanner: &mut Scanner<R>, wanted: Wanted) -> Result<BTreeMap<String, Output>, BadState> {
    let mut outputs = BTreeMap::new();
    let mut left = wanted.bytes_max;
    scanner.object(|scanner, name| {
        if wanted.names.is_some_and(|names| !names.contains(&name)) {
            return scanner.skip();
        }
        scanner.peek()?;
        let start = scanner.position();
        let row: Row = scanner.value(left).map_err(|error| match error {
            BadState::Large { .. } => BadState::LargeOutput(name.to_owned()),
            other => other,
        })?;
        left -= usize::try_from(scanner.position() - start).unwrap_or(left).min(left);
        outputs.insert(name.to_owned(), row.into());
        Ok(())
    })?;
    Ok(outputs)
}

/// An output as states and `output -json` write it.
#[derive(Deserialize)]
struct Row {
    value: Json,
    #[serde(rename = "type", default)]
    kind: Json,
    #[serde(default)]
    sensitive: bool,
}

impl From<Row> for Output {
    fn from(row: Row) -> Self {
        Self { value: Value::from(row.value), schema: Schema(schema::schema(&row.kind)), sensitive: row.sensitive }
    }
}

#[cfg(test)]
mod tests {
    use super::{BadState, Wanted, from_reader, parse};
    use serde_json::json;

    #[test]
    fn outputs_come_with_types_and_resources_are_counted() {
        let state = parse(
            br#"{"version": 4, "terraform_version": "1.11.4", "serial": 7, "lineage": "l", "resources": [{}, {"a": [1]}],
                 "outputs": {"n": {"value": 1.50, "type": "number"},
                 "s": {"value": ["a"], "type": ["tuple", ["string"]], "sensitive": true}}, "check_results": null}"#,
        )
        .unwrap();
        assert_eq!((state.position.lineage.as_str(), state.position.serial, state.resources), ("l", 7, 2));
        assert_eq!(state.tool_version, "1.11.4");
        let outputs = state.outputs.unwrap();
        assert_eq!(outputs["n"].value.to_json().unwrap().to_string(), "1.50");
        assert!(outputs["s"].sensitive);
        assert_eq!(outputs["s"].schema.0, json!({"type": "array", "items": {"type": "string"}}));
    }

    #[test]
    fn what_is_no_state_of_version_4_is_told_apart() {
        for (text, wanted) in [
            ("", "it is empty"),
            (" \n", "it is empty"),
            ("<!doctype html><title>Sign in</title>", "it is a web page, not a state"),
            ("Error: no", "it is not JSON (byte 0)"),
            (r#"{"version": 4, "outputs": {"#, "it ends in the middle, after 27 bytes"),
            (r#"{"version": 4}}"#, "it is not JSON (byte 14)"),
            (r#"{"message": "404 Project Not Found"}"#, "it is JSON, and not of a state: it has no `version`"),
            (
                r#"{"version": 3, "serial": 1, "lineage": "l", "modules": [{"outputs": {}}]}"#,
                "its format is version 3, which Terraform 0.11 and older wrote, and Seam reads version 4",
            ),
            (
                r#"{"version": 3, "backend": {"type": "s3"}}"#,
                "it is what the tool notes about its backend, not a state",
            ),
            (
                r#"{"version": 5, "serial": "?", "outputs": []}"#,
                "its format is version 5, newer than version 4, which Seam reads",
            ),
            (r#"{"version": 4, "serial": "7"}"#, "what stands at byte 25 is not what a state has there"),
        ] {
            assert_eq!(parse(text.as_bytes()).unwrap_err().to_string(), wanted, "{text}");
        }
        let state =
            parse(br#"{"serial": 3, "lineage": "l", "encrypted_data": "x", "encryption_version": "v0"}"#).unwrap();
        assert_eq!((state.outputs.as_ref(), state.position.serial), (None, 3));
        assert!(!state.is_empty());
    }

    #[test]
    fn only_wanted_outputs_are_read_and_they_are_bounded() {
        let text =
            br#"{"version": 4, "outputs": {"a": {"value": "a", "type": "string"}, "b": {"value": "b"}, "c": 7}}"#;
        let read = |names: &[&str], bytes_max| from_reader(&text[..], Wanted { names: Some(names), bytes_max });
        let state = read(&["a", "none"], 32).unwrap();
        assert_eq!(state.outputs.unwrap().into_keys().collect::<Vec<_>>(), ["a"]);
        let bad = read(&["a", "b"], 45).unwrap_err();
        assert!(matches!(&bad, BadState::LargeOutput(name) if name == "b"), "{bad}");
        read(&["a", "b"], 46).unwrap();
        assert!(matches!(read(&["c"], 32).unwrap_err(), BadState::Shape { .. }));
    }
}
