//! Reads files of the workspace, and those of the layered configuration: YAML, JSON or TOML.

use crate::check::check_free_file;
use crate::node::{Content, Node};
use crate::path;
use crate::report::Report;
use crate::text::Text;
use crate::yaml;
use seam_model::{Finding, Place, Value, codes};
use std::io::Read;
use std::path::Path;

/// The largest file that is read.
const BYTES_MAX: u64 = 1024 * 1024;

/// The kinds of files of one layer.
pub(crate) const ENDINGS: [&str; 3] = [".yaml", ".json", ".toml"];

/// The text of `file`, which is relative to `root`. `None` where it cannot be had: a finding.
pub(crate) fn read_text(root: &Path, file: &str, findings: &mut Vec<Finding>) -> Option<Text> {
    let at = Place::file(file);
    let unreadable =
        |error: &std::io::Error| Finding::error(codes::UNREADABLE, format!("cannot read the file: {error}"));
    let mut bytes = Vec::new();
    let read = std::fs::File::open(root.join(file)).and_then(|open| open.take(BYTES_MAX + 1).read_to_end(&mut bytes));
    if let Err(error) = read {
        findings.push(unreadable(&error).at(&at));
        return None;
    }
    if bytes.len() as u64 > BYTES_MAX {
        findings.push(Finding::error(codes::LIMIT, "the file is larger than 1 MiB").at(&at));
        return None;
    }
    match String::from_utf8(bytes) {
        Ok(text) => Some(Text::new(file, &text)),
        Err(error) => {
            let valid = error.utf8_error().valid_up_to();
            let text = Text::new(file, &String::from_utf8_lossy(error.as_bytes()));
            let place = text.place(&(valid..valid + 1));
            findings.push(Finding::error(codes::SYNTAX, "the file is not UTF-8").at(&place));
            None
        }
    }
}

/// The one file of a layer, `STEM.yaml`, `.json` or `.toml`, where `exists` says it is there.
/// Two of them are a finding, and the first is taken.
pub(crate) fn layer_file(stem: &str, exists: impl Fn(&str) -> bool, findings: &mut Vec<Finding>) -> Option<String> {
    let mut files = ENDINGS.iter().map(|ending| format!("{stem}{ending}")).filter(|file| exists(file));
    let first = files.next()?;
    if let Some(second) = files.next() {
        let message = format!("the same layer stands in `{first}` too");
        let help = "keep one of the two files";
        findings.push(Finding::error(codes::BAD_VALUE, message).at(&Place::file(second)).help(help));
    }
    Some(first)
}

/// Reads one layer. `None` where it cannot be read, which is a finding.
pub(crate) fn read_layer(root: &Path, file: &str, findings: &mut Vec<Finding>) -> Option<Value> {
    let text = read_text(root, file, findings)?;
    match Path::new(file).extension().and_then(|ending| ending.to_str()) {
        Some("json") => read_json(&text, findings),
        Some("toml") => read_toml(&text, findings),
        _ => {
            let before = findings.len();
            let node = yaml::parse(&text, findings)?;
            check_free_file(&node, &mut Report { text: &text, findings });
            (findings.len() == before).then(|| value(&node))
        }
    }
}

fn read_json(text: &Text, findings: &mut Vec<Finding>) -> Option<Value> {
    match serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(&text.content) {
        Ok(members) => Some(Value::from(serde_json::Value::Object(members))),
        Err(error) => {
            // The position ends the words of serde_json; the place says it better.
            let words = error.to_string();
            let words = words.split(" at line ").next().unwrap_or_default();
            let place = text.place(&text.span_at(error.line(), error.column()));
            findings.push(Finding::error(codes::SYNTAX, format!("not a JSON object: {words}")).at(&place));
            None
        }
    }
}

fn read_toml(text: &Text, findings: &mut Vec<Finding>) -> Option<Value> {
    match text.content.parse::<toml::Table>() {
        Ok(table) => Some(Value::Object(table.into_iter().map(|(key, value)| (key, from_toml(value))).collect())),
        Err(error) => {
            let place = error.span().map_or_else(|| Place::file(&text.file), |span| text.place(&span));
            findings.push(Finding::error(codes::SYNTAX, format!("not readable TOML: {}", error.message())).at(&place));
            None
        }
    }
}

fn from_toml(value: toml::Value) -> Value {
    match value {
        toml::Value::String(text) => Value::String(text),
        toml::Value::Integer(number) => Value::Number(number.into()),
        toml::Value::Float(number) => serde_json::Number::from_f64(number).map_or(Value::Null, Value::Number),
        toml::Value::Boolean(value) => Value::Bool(value),
        toml::Value::Datetime(time) => Value::String(time.to_string()),
        toml::Value::Array(items) => Value::Array(items.into_iter().map(from_toml).collect()),
        toml::Value::Table(table) => {
            Value::Object(table.into_iter().map(|(key, value)| (key, from_toml(value))).collect())
        }
    }
}

/// The JSON value of a node.
pub(crate) fn value(node: &Node) -> Value {
    match &node.content {
        Content::Null | Content::Refused => Value::Null,
        Content::Bool(value) => Value::Bool(*value),
        Content::Number(number) => Value::Number(number.clone()),
        Content::Text(text) | Content::Ambiguous(text) => Value::String(text.clone()),
        Content::List(items) => Value::Array(items.iter().map(value).collect()),
        Content::Map(entries) => {
            Value::Object(entries.iter().map(|entry| (entry.key.clone(), value(&entry.value))).collect())
        }
    }
}

/// The layers of one stack: `config.yaml` and `config.ENV.yaml` among the names in its folder.
pub(crate) struct StackLayers {
    /// `config.yaml`.
    pub(crate) own: Option<String>,
    /// `config.ENV.yaml`, each with ENV.
    pub(crate) by_environment: Vec<(String, String)>,
}

/// Which files of `folder` are layers.
pub(crate) fn stack_layers(folder: &Path, names: &[String], findings: &mut Vec<Finding>) -> StackLayers {
    let exists = |file: &str| names.iter().any(|name| path::file(folder, name) == file);
    let own = layer_file(&path::file(folder, "config"), exists, findings);
    let mut environments: Vec<&str> = names
        .iter()
        .filter_map(|name| ENDINGS.iter().find_map(|ending| name.strip_prefix("config.")?.strip_suffix(ending)))
        .collect();
    environments.sort_unstable();
    environments.dedup();
    let by_environment = environments
        .into_iter()
        .filter_map(|environment| {
            let stem = path::file(folder, &format!("config.{environment}"));
            Some((environment.to_owned(), layer_file(&stem, exists, findings)?))
        })
        .collect();
    StackLayers { own, by_environment }
}
