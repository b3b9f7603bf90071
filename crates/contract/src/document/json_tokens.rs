//! The tokens of a text of JSON (RFC 8259), strictly.

use super::DEPTH_MAX;
use super::token::{Fault, Token};
use serde_json::{Number, Value};
use std::borrow::Cow;

type Next<'t> = Result<Option<(Token<'t>, usize)>, Fault>;

/// A reader of JSON that keeps its place.
pub(super) struct JsonTokens<'t> {
    text: &'t str,
    at: usize,
    /// Of each open object or array: whether it is an object.
    open: Vec<bool>,
    /// What may stand at `at`.
    expected: Expected,
}

#[derive(Clone, Copy, PartialEq)]
enum Expected {
    Value,
    ValueOrEnd,
    KeyOrEnd,
    CommaOrEnd,
    Nothing,
}

impl<'t> JsonTokens<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        let at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        Self { text, at, open: Vec::new(), expected: Expected::Value }
    }

    /// The next token and its offset; nothing at the end of the text.
    pub(super) fn next(&mut self) -> Next<'t> {
        self.skip_blanks();
        match self.expected {
            Expected::Nothing if self.at == self.text.len() => Ok(None),
            Expected::Nothing => Err(self.fault("something stands after the end of the document")),
            Expected::ValueOrEnd if self.peek() == Some(b']') => Ok(Some(self.end())),
            Expected::Value | Expected::ValueOrEnd => self.value(),
            Expected::KeyOrEnd if self.peek() == Some(b'}') => Ok(Some(self.end())),
            Expected::KeyOrEnd => self.key("a key or `}` is expected"),
            Expected::CommaOrEnd => self.comma_or_end(),
        }
    }

    fn comma_or_end(&mut self) -> Next<'t> {
        let object = self.open.last() == Some(&true);
        match (self.peek(), object) {
            (Some(b','), _) => {
                self.at += 1;
                self.skip_blanks();
                if object { self.key("a key is expected") } else { self.value() }
            }
            (Some(b'}'), true) | (Some(b']'), false) => Ok(Some(self.end())),
            (_, true) => Err(self.fault("`,` or `}` is expected")),
            (_, false) => Err(self.fault("`,` or `]` is expected")),
        }
    }

    fn key(&mut self, else_: &str) -> Next<'t> {
        let start = self.at;
        if self.peek() != Some(b'"') {
            return Err(self.fault(else_));
        }
        let key = self.string()?;
        self.skip_blanks();
        if self.peek() != Some(b':') {
            return Err(self.fault("`:` is expected"));
        }
        self.at += 1;
        self.expected = Expected::Value;
        Ok(Some((Token::Key(key), start)))
    }

    fn end(&mut self) -> (Token<'t>, usize) {
        let start = self.at;
        self.at += 1;
        self.open.pop();
        self.after_value();
        (Token::End, start)
    }

    fn value(&mut self) -> Next<'t> {
        let start = self.at;
        let token = match self.peek() {
            Some(b'{') => return self.begin(true),
            Some(b'[') => return self.begin(false),
            Some(b'"') => Value::String(self.string()?.into_owned()),
            Some(b'-' | b'0'..=b'9') => Value::Number(self.number()?),
            _ => self.word()?,
        };
        self.after_value();
        Ok(Some((Token::Scalar(token), start)))
    }

    fn begin(&mut self, object: bool) -> Next<'t> {
        if self.open.len() == DEPTH_MAX {
            return Err(self.fault(&format!("nested deeper than {DEPTH_MAX} levels")));
        }
        self.open.push(object);
        self.expected = if object { Expected::KeyOrEnd } else { Expected::ValueOrEnd };
        self.at += 1;
        Ok(Some((if object { Token::Object } else { Token::Array }, self.at - 1)))
    }

    fn after_value(&mut self) {
        self.expected = if self.open.is_empty() { Expected::Nothing } else { Expected::CommaOrEnd };
    }

    fn word(&mut self) -> Result<Value, Fault> {
        for (word, value) in [("true", Value::Bool(true)), ("false", Value::Bool(false)), ("null", Value::Null)] {
            if self.text.as_bytes()[self.at..].starts_with(word.as_bytes()) {
                self.at += word.len();
                return Ok(value);
            }
        }
        Err(self.fault("a value is expected"))
    }

    fn number(&mut self) -> Result<Number, Fault> {
        let rest = &self.text[self.at..];
        let inside = |byte: u8| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
        let length = rest.bytes().position(|byte| !inside(byte)).unwrap_or(rest.len());
        let number = rest[..length].parse().map_err(|_| self.fault("not a number of JSON"))?;
        self.at += length;
        Ok(number)
    }

    /// The string that begins here. One without escapes is a piece of the text.
    fn string(&mut self) -> Result<Cow<'t, str>, Fault> {
        let start = self.at;
        let bytes = self.text.as_bytes();
        let mut end = start + 1;
        let mut escaped = false;
        loop {
            match bytes.get(end) {
                None => return Err(self.fault("a string without its end")),
                Some(b'"') => break,
                Some(b'\\') => {
                    escaped = true;
                    end += 2;
                }
                Some(0..=0x1f) => return Err(self.fault("a string with a control character or a line break in it")),
                Some(_) => end += 1,
            }
        }
        self.at = end + 1;
        if !escaped {
            return Ok(Cow::Borrowed(&self.text[start + 1..end]));
        }
        let decoded = serde_json::from_str(&self.text[start..=end]);
        decoded.map(Cow::Owned).map_err(|_| Fault::new(start, "a string with an escape that JSON does not have"))
    }

    fn skip_blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn fault(&self, message: &str) -> Fault {
        Fault::new(self.at, message)
    }
}
