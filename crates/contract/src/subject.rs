//! A [`Subject`]: what a finding speaks of, in words for people, and as a [`Part`] of the contract for
//! whoever matches it with what somebody uses.

use crate::reading::Step;

/// What a finding speaks of.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subject {
    /// In words, such as `GET /orders/{id}, response 200`; empty for a bare schema.
    pub words: String,
    /// Which part of the contract that is.
    pub part: Part,
    /// Where inside of its values; empty where all of a value is meant, or nothing of it.
    pub path: Vec<Step>,
    /// That place as people write it: `items[].price`.
    pub field: String,
}

/// A part of a contract.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// All of it: a bare schema, what holds for every operation of an API.
    #[default]
    Whole,
    /// The output of this name.
    Output(String),
    /// The promised lookup of this name, or what it says of one thing that is asked for.
    Lookup(String, Asked),
    /// The event of this name.
    Event(String),
    /// A table, or one column of it.
    Table(String, Option<String>),
    /// An operation of an API, by what operations are matched by, or one of its messages.
    Operation(String, Message),
}

/// What of a resource a lookup asks for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Asked {
    /// All of it.
    All,
    /// Its name.
    Name,
    /// A tag of this key.
    Tag(String),
    /// A tag of this key with this value.
    TagValue(String, String),
}

/// A message of an operation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Message {
    /// All of them: the operation itself.
    All,
    /// What is sent to it.
    Request,
    /// What it answers with this status, beside the body.
    Answer(String),
    /// The body of that.
    AnswerBody(String),
}

impl Subject {
    /// A part of a contract in words.
    pub fn new(words: impl Into<String>, part: Part) -> Self {
        Self { words: words.into(), part, path: Vec::new(), field: String::new() }
    }

    /// The same, at a path inside of its values, as people write it.
    #[must_use]
    pub fn at(&self, path: Vec<Step>, field: impl Into<String>) -> Self {
        Self { path, field: field.into(), ..self.clone() }
    }

    /// A sentence on it: ``GET /orders, response 200: `total`: it was never null and now may be``.
    pub fn say(&self, sentence: &str) -> String {
        let field = Some(format!("`{}`", self.field)).filter(|_| !self.field.is_empty());
        let words = Some(self.words.clone()).filter(|words| !words.is_empty());
        words.into_iter().chain(field).chain([sentence.to_owned()]).collect::<Vec<_>>().join(": ")
    }

    /// Something of it that has a name, and belongs to the same part.
    #[must_use]
    pub fn inside(&self, title: &str) -> Self {
        Self::new(format!("{}, {title}", self.words), self.part.clone())
    }
}

impl Part {
    /// The same operation's message; other parts have none.
    #[must_use]
    pub fn message(self, message: Message) -> Self {
        match self {
            Self::Operation(key, _) => Self::Operation(key, message),
            other => other,
        }
    }

    /// What the same lookup says of this; other parts have none.
    #[must_use]
    pub fn asked(self, asked: Asked) -> Self {
        match self {
            Self::Lookup(rule, _) => Self::Lookup(rule, asked),
            other => other,
        }
    }

    /// The body of the answer that this is; other parts stay what they are.
    #[must_use]
    pub fn body(self) -> Self {
        match self {
            Self::Operation(key, Message::Answer(status)) => Self::Operation(key, Message::AnswerBody(status)),
            other => other,
        }
    }
}
