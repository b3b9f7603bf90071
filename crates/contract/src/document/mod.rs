//! A [`Document`]: a text of JSON or YAML 1.2 that holds a contract, as a value, with the position
//! of each of its parts on demand.

mod build;
mod json_tokens;
mod locate;
mod token;
mod yaml_scalar;
mod yaml_tokens;

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use token::{Ends, Tokens};

/// How long a text may be, in bytes.
pub const BYTES_MAX: usize = 40_000_000;

/// How deep objects and arrays may lie in each other.
pub const DEPTH_MAX: usize = 512;

/// What a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A JSON Schema.
    Schema,
    /// The contract of a stack, below `contract`, as `stack.yaml` declares it.
    Stack,
    /// An OpenAPI document, version 3.0.
    OpenApi30,
    /// An OpenAPI document, version 3.1.
    OpenApi31,
}

impl Kind {
    /// In a few words, with the article.
    pub fn words(self) -> &'static str {
        match self {
            Self::Schema => "a JSON Schema",
            Self::Stack => "the contract of a stack",
            Self::OpenApi30 | Self::OpenApi31 => "an OpenAPI document",
        }
    }
}

/// Line and column, both from 1; columns count code points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

/// A text that is no document, or none that is read here: where and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name}:{}:{}: {message}", position.line, position.column)]
pub struct DocumentError {
    /// The document's name.
    pub name: String,
    /// Where.
    pub position: Position,
    /// What is wrong.
    pub message: String,
}

/// A text and its value.
#[derive(Clone, Debug)]
pub struct Document {
    /// What people call it, such as a file's name; `.json`, `.yaml` and `.yml` tell the syntax.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// Its value, numbers as they were written; of an OpenAPI document without descriptions,
    /// examples and the like.
    pub value: Value,
    text: String,
    ends: Ends,
}

impl Document {
    /// Reads a text. Refused are syntax errors, keys that stand twice, more than [`DEPTH_MAX`]
    /// levels or [`BYTES_MAX`] bytes, and what is neither a JSON Schema nor OpenAPI 3.0 or 3.1.
    pub fn read(name: &str, text: impl Into<String>) -> Result<Self, DocumentError> {
        let text = text.into();
        let error = |offset, message: String| DocumentError {
            name: name.to_owned(),
            position: locate::position_of(&text, offset),
            message,
        };
        if text.len() > BYTES_MAX {
            let megabytes = BYTES_MAX / 1_000_000;
            return Err(error(0, format!("the text has {} bytes; the limit is {megabytes} MB", text.len())));
        }
        let mut tokens = Tokens::of(name, &text);
        let value = build::value(&mut tokens, false).map_err(|fault| error(fault.offset, fault.message))?;
        let ends = tokens.ends();
        let kind = kind(&value).map_err(|(pointer, message)| {
            let wanted = BTreeSet::from([pointer.to_owned()]);
            let found = locate::positions(Tokens::of(name, &text), (&text, &ends), &wanted);
            let position = found.get(pointer).copied().unwrap_or(Position { line: 1, column: 1 });
            DocumentError { name: name.to_owned(), position, message }
        })?;
        Ok(Self { name: name.to_owned(), kind, value, text, ends })
    }

    /// Its value with descriptions, examples and the like, as far as there is a text.
    pub fn with_prose(&self) -> Value {
        let read = build::value(&mut Tokens::of(&self.name, &self.text), true);
        read.ok().filter(|_| !self.text.is_empty()).unwrap_or_else(|| self.value.clone())
    }

    /// A value that has no text: its parts have no positions.
    pub fn of_value(name: &str, value: Value) -> Result<Self, DocumentError> {
        let kind = kind(&value).map_err(|(pointer, message)| DocumentError {
            name: format!("{name}#{pointer}"),
            position: Position { line: 1, column: 1 },
            message,
        })?;
        Ok(Self { name: name.to_owned(), kind, value, text: String::new(), ends: Ends::new() })
    }

    /// Where the parts that these JSON pointers name are, in one pass over the text; a pointer to
    /// nothing has no position. A member of an object is where its key is.
    pub fn positions(&self, pointers: &BTreeSet<String>) -> BTreeMap<String, Position> {
        if self.text.is_empty() {
            return BTreeMap::new();
        }
        locate::positions(Tokens::of(&self.name, &self.text), (&self.text, &self.ends), pointers)
    }
}

/// What the value is; else where it says that it is something else.
fn kind(value: &Value) -> Result<Kind, (&'static str, String)> {
    let members = match value {
        Value::Bool(_) => return Ok(Kind::Schema),
        Value::Object(members) => members,
        _ => return Err(("", "neither a JSON Schema nor an OpenAPI document: it is no object".to_owned())),
    };
    if let Some(version) = members.get("swagger") {
        let version = plain(version);
        return Err(("/swagger", format!("Swagger {version} is not read: convert the document to OpenAPI 3")));
    }
    if let Some(version) = members.get("asyncapi") {
        return Err(("/asyncapi", format!("AsyncAPI {} is not read", plain(version))));
    }
    let Some(version) = members.get("openapi") else {
        return Ok(if members.get("contract").is_some_and(Value::is_object) { Kind::Stack } else { Kind::Schema });
    };
    let version = plain(version);
    match version.split('.').take(2).collect::<Vec<_>>().as_slice() {
        ["3", "0"] => Ok(Kind::OpenApi30),
        ["3", "1"] => Ok(Kind::OpenApi31),
        _ => Err(("/openapi", format!("OpenAPI {version} is not read: 3.0 and 3.1 are"))),
    }
}

/// A text without its quotes, another value as JSON.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn refusal(name: &str, text: &str) -> String {
        Document::read(name, text).map(|document| document.value).unwrap_err().to_string()
    }

    #[test]
    fn json_and_yaml_have_the_same_value() {
        let value =
            json!({"openapi": "3.1.0", "paths": {"/a": {"get": {"responses": {"200": {"x": [1, 0.5, null]}}}}}});
        let yaml = "openapi: 3.1.0\npaths:\n  /a:\n    get:\n      responses:\n        200: {x: [1, .5, ~]}\n";
        let read = |name, text: &str| Document::read(name, text).unwrap();
        assert_eq!(read("a.json", &value.to_string()).value, value);
        assert_eq!(read("a.yaml", yaml).value.to_string(), value.to_string());
        assert_eq!(read("a", yaml).kind, Kind::OpenApi31);
        assert_eq!(read("a", "true").kind, Kind::Schema);
    }

    #[test]
    fn the_prose_of_an_openapi_document_is_passed_over_and_nothing_else() {
        let schema = json!({"description": "d", "x-a": [1], "properties": {"description": {"title": "t", "enum": [{"title": 1}]}}});
        let document = json!({"openapi": "3.1.0", "components": {"schemas": {"title": schema}, "examples": {"e": {}}},
            "paths": {"/a": {"get": {"tags": ["t"], "responses": {"200": {"description": "d", "content":
                {"a/b": {"example": {"a": 1}, "schema": {"items": {"$ref": "#/x", "title": "t"}}}}}}}}}});
        let kept = json!({"openapi": "3.1.0", "components": {"schemas": {"title":
            {"properties": {"description": {"enum": [{"title": 1}]}}}}},
            "paths": {"/a": {"get": {"responses": {"200": {"content": {"a/b": {"schema": {"items": {"$ref": "#/x"}}}}}}}}}});
        // The key that tells the kind stands first.
        let text =
            format!("{{\"openapi\": \"3.1.0\",{}", document.to_string()[1..].replace(",\"openapi\":\"3.1.0\"", ""));
        assert_eq!(Document::read("a.json", text.as_str()).unwrap().value, kept);
        assert_eq!(Document::read("a.yaml", text).unwrap().value, kept);
        let plain = json!({"description": "d"});
        assert_eq!(Document::read("a.json", plain.to_string()).unwrap().value, plain);
    }

    #[test]
    fn a_string_ends_where_it_ends() {
        for before in (0..20).map(|length| "x".repeat(length)) {
            for letter in ["", "\"", "\\", "\n", "ä", "💩"] {
                let value = json!({"a": format!("{before}{letter}y"), "b": 1});
                assert_eq!(Document::read("a.json", value.to_string()).unwrap().value, value);
            }
            let told = refusal("a.json", &format!("{{\"a\": \"{before}\u{1f}y\"}}"));
            assert_eq!(told, "a.json:1:7: a string with a control character or a line break in it");
        }
    }

    #[test]
    fn numbers_stay_as_written() {
        let text = r#"{"const":[9007199254740993,0.10,1e+400,-0]}"#;
        assert_eq!(Document::read("a.json", text).unwrap().value.to_string(), text);
    }

    #[test]
    fn a_fault_is_told_with_its_place() {
        for (name, text, message) in [
            ("a.json", "{\"a\": 1,\n \"a\": 2}", "a.json:2:2: the key `a` stands twice in one object"),
            ("a.yaml", "a: 1\nb: 2\na: 3\n", "a.yaml:3:1: the key `a` stands twice in one object"),
            ("a.json", "{\"a\": tru}", "a.json:1:7: a value is expected"),
            ("a.json", "{\"a\": 1} x", "a.json:1:10: something stands after the end of the document"),
            ("a.json", "{\"a\": 01}", "a.json:1:7: not a number of JSON"),
            ("a.json", "[1,]", "a.json:1:4: a value is expected"),
            ("a.json", "{\"ä\": \"\\x\"}", "a.json:1:7: a string with an escape that JSON does not have"),
            ("a.json", "{\"a\": \"", "a.json:1:7: a string without its end"),
            ("a.json", "{\"a\"", "a.json:1:5: `:` is expected"),
            ("a.json", "{", "a.json:1:2: a key or `}` is expected"),
            ("a.yaml", "a: &x 1\nb: *x\n", "a.yaml:1:4: anchors are not read: write the value out where it is needed"),
            ("a.yaml", "a: !!str 1\n", "a.yaml:1:4: tags are not read: quotes make a string of a value"),
            ("a.yaml", "<<: {}\n", "a.yaml:1:1: merge keys are not part of YAML 1.2: write the keys out"),
            ("a.yaml", "a: 1\n---\nb: 1\n", "a.yaml:2:1: a second document: one is read"),
            ("a.yaml", "[a]: 1\n", "a.yaml:1:1: a key is no list or mapping"),
            ("a.yaml", "a: .inf\n", "a.yaml:1:4: `.inf` is a number that JSON does not have"),
            ("a.json", "[]", "a.json:1:1: neither a JSON Schema nor an OpenAPI document: it is no object"),
            (
                "a.yaml",
                "info: {}\nswagger: '2.0'\n",
                "a.yaml:2:1: Swagger 2.0 is not read: convert the document to OpenAPI 3",
            ),
            ("a.yaml", "asyncapi: 3.0.0\n", "a.yaml:1:1: AsyncAPI 3.0.0 is not read"),
            ("a.yaml", "openapi: 3.2.0\n", "a.yaml:1:1: OpenAPI 3.2.0 is not read: 3.0 and 3.1 are"),
        ] {
            assert_eq!(refusal(name, text), message, "{text}");
        }
    }

    #[test]
    fn depth_and_length_have_limits() {
        let nested = |levels: usize| format!("{}{}{}", "{\"not\":".repeat(levels - 1), "{}", "}".repeat(levels - 1));
        for name in ["a.json", "a.yaml"] {
            assert!(Document::read(name, nested(DEPTH_MAX)).is_ok(), "{name}");
            let told = refusal(name, &nested(DEPTH_MAX + 1));
            assert_eq!(told, format!("{name}:1:{}: nested deeper than 512 levels", DEPTH_MAX * 7 + 1));
        }
        let long = format!("{{{}}}", " ".repeat(50_000_000));
        assert_eq!(refusal("a.json", &long), "a.json:1:1: the text has 50000002 bytes; the limit is 40 MB");
    }

    #[test]
    fn a_pointer_has_a_position_in_either_syntax() {
        let yaml = "a/b:\n  - 1\n  - ~x: 0\n    '~': {}\nä: 1\nc: 2\n";
        let pointers = ["", "/a~1b", "/a~1b/1", "/a~1b/1/~0", "/c", "/none", "/a~1b/7"];
        let wanted: BTreeSet<String> = pointers.iter().map(ToString::to_string).collect();
        let told = |name, text: &str| {
            let found = Document::read(name, text).unwrap().positions(&wanted);
            found.into_iter().map(|(pointer, at)| format!("{pointer} {}:{}", at.line, at.column)).collect::<Vec<_>>()
        };
        // What is passed over is short, or long.
        for part in ["1".to_owned(), "[{\"b]\": 1}]".to_owned(), format!("{{\"x\": [\"{}\"]}}", "y".repeat(2000))] {
            let json =
                format!("{{\n  \"a/b\": [{part},\n {{\"~\": {{}}}}],\n  \"ä\": {part},\n \"ö\": 1, \"c\": 2\n}}");
            let expected = [" 1:1", "/a~1b 2:3", "/a~1b/1 3:2", "/a~1b/1/~0 3:3", "/c 5:10"];
            assert_eq!(told("a.json", &json), expected, "{part}");
        }
        assert_eq!(told("a.yaml", yaml), [" 1:1", "/a~1b 1:1", "/a~1b/1 3:5", "/a~1b/1/~0 4:5", "/c 6:1"]);
    }
}
