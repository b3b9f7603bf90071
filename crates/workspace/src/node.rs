//! The tree of a file: values with their byte spans.

use crate::text::Span;
use serde_json::Number;

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    /// What it is.
    pub(crate) content: Content,
    /// Its bytes.
    pub(crate) span: Span,
}

/// What a node is.
#[derive(Clone, Debug)]
pub(crate) enum Content {
    /// `null`, `~` or nothing at all.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number in JSON's spelling.
    Number(Number),
    /// A string.
    Text(String),
    /// A bare scalar that some readers take for a number, boolean or null (`0777`, `1_000`, `True`).
    Ambiguous(String),
    /// Nothing that may stand there: a finding already.
    Refused,
    /// A list.
    List(Vec<Node>),
    /// A mapping, in the order of the file, each key once.
    Map(Vec<Entry>),
}

/// One key of a mapping and its value.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// The key.
    pub(crate) key: String,
    /// The key's bytes.
    pub(crate) span: Span,
    /// The value.
    pub(crate) value: Node,
}

impl Node {
    /// A mapping without keys: what an empty file holds.
    pub(crate) fn empty() -> Self {
        Self { content: Content::Map(Vec::new()), span: 0..0 }
    }

    /// The value of `key`, where this is a mapping that has it.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The entry of `key`, where this is a mapping that has it.
    pub(crate) fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| entry.key == key)
    }

    /// The entries; none where this is no mapping.
    pub(crate) fn entries(&self) -> &[Entry] {
        match &self.content {
            Content::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The items; none where this is no list.
    pub(crate) fn items(&self) -> &[Self] {
        match &self.content {
            Content::List(items) => items,
            _ => &[],
        }
    }

    /// The text, where this is a string.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.content {
            Content::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Is this `true`?
    pub(crate) fn is_true(&self) -> bool {
        matches!(self.content, Content::Bool(true))
    }

    /// The word for what it is.
    pub(crate) fn kind(&self) -> &'static str {
        match self.content {
            Content::Null => "null",
            Content::Bool(_) => "a boolean",
            Content::Number(_) => "a number",
            Content::Text(_) => "a string",
            Content::Ambiguous(_) | Content::Refused => "no plain value",
            Content::List(_) => "a list",
            Content::Map(_) => "a mapping",
        }
    }
}
