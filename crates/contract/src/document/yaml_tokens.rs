//! The tokens of a text of YAML 1.2. Anchors, tags and merge keys are refused: contracts do without
//! them, and an alias can make a small text a huge value.

use super::DEPTH_MAX;
use super::token::{Fault, Token};
use super::yaml_scalar;
use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, ScanError, StrInput, options};
use serde_json::Value;
use std::borrow::Cow;
use std::ops::Range;

/// A reader of YAML that keeps its place.
pub(super) struct YamlTokens<'t> {
    parser: Parser<'t, StrInput<'t>>,
    /// Of each open mapping whether a key comes next; of a list nothing.
    open: Vec<Option<bool>>,
    documents: usize,
}

impl<'t> YamlTokens<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        let options = options! {
            emit_anchor_events: true,
            emit_comments: false,
            emit_unresolved_aliases: true,
            flow_nesting_limit: DEPTH_MAX + 1,
            block_nesting_limit: DEPTH_MAX + 1,
        };
        Self { parser: Parser::new_from_str_with_options(text, options), open: Vec::new(), documents: 0 }
    }

    /// The next token and its offset; nothing at the end of the text.
    pub(super) fn next(&mut self) -> Result<Option<(Token<'t>, usize)>, Fault> {
        loop {
            let Some(next) = self.parser.next() else { return Ok(None) };
            let (event, span) = next.map_err(|error| syntax(&error))?;
            if let Some(tag) = span.tag_span().and_then(|tag| tag.byte_range()) {
                return Err(Fault::new(tag.start, "tags are not read: quotes make a string of a value"));
            }
            let bytes = span.byte_range().unwrap_or(0..0);
            if let Some(token) = self.token(event, &bytes)? {
                return Ok(Some((token, bytes.start)));
            }
        }
    }

    fn token(&mut self, event: Event<'t>, bytes: &Range<usize>) -> Result<Option<Token<'t>>, Fault> {
        let fault = |message: &str| Err(Fault::new(bytes.start, message));
        match event {
            Event::Anchor(..) | Event::Alias(..) => {
                fault("anchors are not read: write the value out where it is needed")
            }
            Event::DocumentStart(..) => {
                self.documents += 1;
                if self.documents > 1 { fault("a second document: one is read") } else { Ok(None) }
            }
            Event::MappingStart(..) | Event::SequenceStart(..) => {
                self.begin(matches!(event, Event::MappingStart(..)), bytes)
            }
            Event::MappingEnd | Event::SequenceEnd => {
                self.open.pop();
                self.after_value();
                Ok(Some(Token::End))
            }
            Event::Scalar(text, style, ..) => self.scalar(text, style, bytes).map(Some),
            _ => Ok(None),
        }
    }

    fn begin(&mut self, mapping: bool, bytes: &Range<usize>) -> Result<Option<Token<'t>>, Fault> {
        if self.open.last() == Some(&Some(true)) {
            return Err(Fault::new(bytes.start, "a key is no list or mapping"));
        }
        if self.open.len() == DEPTH_MAX {
            return Err(too_deep(bytes.start));
        }
        self.open.push(mapping.then_some(true));
        Ok(Some(if mapping { Token::Object } else { Token::Array }))
    }

    /// A key is its text, whatever it would be as a value: `200:` is the key `200`.
    fn scalar(&mut self, text: Cow<'t, str>, style: ScalarStyle, bytes: &Range<usize>) -> Result<Token<'t>, Fault> {
        if let Some(Some(key @ true)) = self.open.last_mut() {
            *key = false;
            if text == "<<" && style == ScalarStyle::Plain {
                return Err(Fault::new(bytes.start, "merge keys are not part of YAML 1.2: write the keys out"));
            }
            return Ok(Token::Key(text));
        }
        self.after_value();
        if style != ScalarStyle::Plain {
            return Ok(Token::Scalar(Value::String(text.into_owned())));
        }
        let value = yaml_scalar::value(&text);
        let message = || Fault::new(bytes.start, format!("`{text}` is a number that JSON does not have"));
        value.map(Token::Scalar).ok_or_else(message)
    }

    fn after_value(&mut self) {
        if let Some(Some(key)) = self.open.last_mut() {
            *key = true;
        }
    }
}

fn syntax(error: &ScanError) -> Fault {
    let offset = error.marker().byte_offset().unwrap_or(0);
    match error.kind() {
        ErrorKind::RecursionLimitExceeded => too_deep(offset),
        kind => Fault::new(offset, kind.to_string()),
    }
}

fn too_deep(offset: usize) -> Fault {
    Fault::new(offset, format!("nested deeper than {DEPTH_MAX} levels"))
}
