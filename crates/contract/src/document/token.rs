//! [`Tokens`]: the parts of a text in the order in which they stand, the same for JSON and YAML.

use super::json_tokens::JsonTokens;
use super::yaml_tokens::YamlTokens;
use ahash::AHashMap as HashMap;
use serde_json::Value;
use std::borrow::Cow;

/// Where the large objects and arrays of a text of JSON end, by where they begin; in bytes.
pub(super) type Ends = HashMap<usize, usize>;

/// A part of a text.
#[derive(Debug)]
pub(super) enum Token<'t> {
    /// An object begins.
    Object,
    /// An array begins.
    Array,
    /// The innermost object or array ends.
    End,
    /// The key of the value that follows.
    Key(Cow<'t, str>),
    /// A value that is neither object nor array.
    Scalar(Value),
}

/// Where a text is not what it should be; the offset is in bytes.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) offset: usize,
    pub(super) message: String,
}

impl Fault {
    pub(super) fn new(offset: usize, message: impl Into<String>) -> Self {
        Self { offset, message: message.into() }
    }
}

/// The tokens of a text, each with its offset in bytes.
pub(super) enum Tokens<'t> {
    Json(JsonTokens<'t>),
    Yaml(Box<YamlTokens<'t>>),
}

impl<'t> Tokens<'t> {
    /// The name's ending tells the syntax; without one it is JSON where the first character is one
    /// of JSON's brackets.
    pub(super) fn of(name: &str, text: &'t str) -> Self {
        let ends = |ending: &str| name.len() > ending.len() && name.to_ascii_lowercase().ends_with(ending);
        let looks = text.trim_start_matches('\u{feff}').trim_start().starts_with(['{', '[']);
        let json = ends(".json") || (looks && !ends(".yaml") && !ends(".yml"));
        if json { Self::Json(JsonTokens::new(text)) } else { Self::Yaml(Box::new(YamlTokens::new(text))) }
    }

    /// The next one; nothing at the end.
    pub(super) fn next(&mut self) -> Result<Option<(Token<'t>, usize)>, Fault> {
        match self {
            Self::Json(tokens) => tokens.next(),
            Self::Yaml(tokens) => tokens.next(),
        }
    }

    /// The ends that were met.
    pub(super) fn ends(self) -> Ends {
        match self {
            Self::Json(tokens) => tokens.ends(),
            Self::Yaml(_) => Ends::new(),
        }
    }

    /// Passes over the next value; what is wrong in its texts and numbers is not told.
    pub(super) fn pass(&mut self) -> Result<(), Fault> {
        self.passing(true);
        let passed = self.finish(0);
        self.passing(false);
        passed
    }

    /// Passes over the next value of a text that was read before; `inside`: over the object or array
    /// that has just begun.
    pub(super) fn leap(&mut self, inside: bool, ends: &Ends) -> Result<(), Fault> {
        match self {
            Self::Json(tokens) => {
                tokens.leap(inside, ends);
                Ok(())
            }
            Self::Yaml(_) => self.finish(usize::from(inside)),
        }
    }

    /// Reads the next value, or so many open objects and arrays to their ends.
    fn finish(&mut self, mut open: usize) -> Result<(), Fault> {
        loop {
            match self.next()? {
                Some((Token::Object | Token::Array, _)) => open += 1,
                Some((Token::End, _)) => open -= 1,
                Some((Token::Key(_), _)) => continue,
                Some((Token::Scalar(_), _)) => {}
                None => return Ok(()),
            }
            if open == 0 {
                return Ok(());
            }
        }
    }

    fn passing(&mut self, passing: bool) {
        if let Self::Json(tokens) = self {
            tokens.pass(passing);
        }
    }
}
