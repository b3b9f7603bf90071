//! The [`Reader`]: lines in, [`Observed`] out. The first line that is of a format decides which.

use super::call::Call;
use super::combined;
use super::consumer::ConsumerFrom;
use super::fields::Names;
use super::json_lines;
use super::pairs::Pairs;
use super::routes::Routes;
use super::spans::SpanReader;
use super::tally::{Calls, Tally, Unmatched};
use crate::document::BYTES_MAX;
use serde_json::Value;
use std::collections::BTreeMap;

/// What the lines are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// An access log in the common or the combined format.
    Combined,
    /// An access log with one JSON object a line.
    JsonLines,
    /// Spans as OTLP JSON: one `{"resourceSpans": […]}` a line, or one document.
    Spans,
}

/// How calls are read.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// What tells who called.
    pub consumer: ConsumerFrom,
    /// The `service.name` that the provider has in spans; nothing where all of them are of calls to
    /// it. Calls of other services are left out. Access logs do not read it.
    pub provider: Option<String>,
}

/// What calls were seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observed {
    /// What was read.
    pub format: Format,
    /// When the first call began, of an operation or not, in microseconds since 1970, UTC; nothing
    /// where no line says it.
    pub from_us: Option<i64>,
    /// When the last one began.
    pub until_us: Option<i64>,
    /// By the name of the operation (its id, or `GET /orders/{id}`), then of the consumer. Each
    /// operation of the document is there; one that nobody called is empty.
    pub operations: BTreeMap<String, BTreeMap<String, Calls>>,
    /// Calls of no operation.
    pub unmatched: Unmatched,
    /// What became of the lines.
    pub lines: Lines,
}

/// What became of the lines; empty ones do not count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lines {
    /// How many were read.
    pub read: u64,
    /// How many were not.
    pub refused: u64,
    /// The first of these.
    pub first_refused: Option<Refused>,
}

/// A line that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Its number, from 1.
    pub line: u64,
    /// Why.
    pub why: &'static str,
}

/// A file that shows nothing about who calls.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ObservedError {
    /// There was no line.
    #[error("there is nothing in it, which does not show that nobody calls")]
    Empty,
    /// No line is of a format.
    #[error("line {}: {}; no other line could be read either", .0.line, .0.why)]
    NothingRead(Refused),
    /// A field was named, and no call has it.
    #[error("no call has a field `{0}` to take the consumer from")]
    NoField(String),
    /// A document in several lines is too long to be held.
    #[error("a JSON document of more than {} MB: write one `resourceSpans` a line", BYTES_MAX / 1_000_000)]
    TooLong,
}

/// Reads lines, one after the other.
#[derive(Clone, Debug)]
pub struct Reader<'r> {
    consumer: ConsumerFrom,
    names: Names,
    spans: SpanReader,
    pairs: Pairs,
    tally: Tally<'r>,
    format: Option<Format>,
    number: u64,
    lines: Lines,
    /// A JSON document that did not end in its first line, and the number of that.
    document: Option<(u64, String)>,
}

const NO_JSON: &str = "JSON that ends too early or is none";
const NO_CALL: &str = "a JSON object without a method and a path";
const NO_SPANS: &str = "JSON without `resourceSpans`";
const NO_COMBINED: &str = "not a line of an access log";

impl<'r> Reader<'r> {
    /// Nothing was read yet.
    pub fn new(routes: &'r Routes, options: &Options) -> Self {
        Self {
            consumer: options.consumer.clone(),
            names: Names::of_logs(&options.consumer),
            spans: SpanReader::new(&options.consumer, options.provider.as_deref()),
            pairs: Pairs::default(),
            tally: Tally::new(routes),
            format: None,
            number: 0,
            lines: Lines::default(),
            document: None,
        }
    }

    /// Reads the next line, with or without its end; bytes that were no UTF-8 are replaced already.
    pub fn line(&mut self, line: &str) -> Result<(), ObservedError> {
        self.number += 1;
        if let Some((_, document)) = &mut self.document {
            if document.len() + line.len() > BYTES_MAX {
                return Err(ObservedError::TooLong);
            }
            document.push_str(line);
            document.push('\n');
            return Ok(());
        }
        let line = if self.number == 1 { line.trim_start_matches('\u{feff}') } else { line }.trim();
        if line.is_empty() {
            return Ok(());
        }
        if self.format.is_none() && line.starts_with('{') && is_open(line) {
            self.document = Some((self.number, format!("{line}\n")));
            return Ok(());
        }
        let read = match self.format {
            Some(Format::Combined) => self.combined(line),
            None if !line.starts_with('{') => self.combined(line),
            _ => serde_json::from_str(line).map_err(|_| NO_JSON).and_then(|value| self.json(&value)),
        };
        self.note(self.number, read);
        Ok(())
    }

    /// What the lines came to.
    pub fn finish(mut self) -> Result<Observed, ObservedError> {
        if let Some((number, document)) = self.document.take() {
            for value in serde_json::Deserializer::from_str(&document).into_iter::<Value>() {
                let read = value.map_err(|_| NO_JSON).and_then(|value| self.json(&value));
                self.note(number, read);
            }
        }
        self.pairs.flush(&mut self.tally);
        let Some(format) = self.format else {
            return Err(self.lines.first_refused.map_or(ObservedError::Empty, ObservedError::NothingRead));
        };
        if let (ConsumerFrom::Field(field), false) = (self.consumer, self.tally.is_anybody_named) {
            return Err(ObservedError::NoField(field));
        }
        Ok(Observed {
            format,
            from_us: self.tally.window.map(|(first, _)| first),
            until_us: self.tally.window.map(|(_, last)| last),
            operations: self.tally.operations(),
            unmatched: self.tally.unmatched(),
            lines: self.lines,
        })
    }

    fn combined(&mut self, line: &str) -> Result<Format, &'static str> {
        let call = combined::call(line, &self.consumer).ok_or(NO_COMBINED)?;
        self.add(&call);
        Ok(Format::Combined)
    }

    fn json(&mut self, value: &Value) -> Result<Format, &'static str> {
        if self.format != Some(Format::JsonLines)
            && let Some(spans) = self.spans.read(value)
        {
            for span in spans {
                self.pairs.add(span, &mut self.tally);
            }
            return Ok(Format::Spans);
        }
        if self.format == Some(Format::Spans) {
            return Err(NO_SPANS);
        }
        let call = json_lines::call(value, &self.names).ok_or(NO_CALL)?;
        self.add(&call);
        Ok(Format::JsonLines)
    }

    fn add(&mut self, call: &Call) {
        match self.tally.operation(call) {
            Some(operation) => self.tally.add(operation, call),
            None => self.tally.add_unmatched(call),
        }
    }

    fn note(&mut self, line: u64, read: Result<Format, &'static str>) {
        match read {
            Ok(format) => {
                self.format = Some(format);
                self.lines.read += 1;
            }
            Err(why) => {
                self.lines.refused += 1;
                self.lines.first_refused.get_or_insert(Refused { line, why });
            }
        }
    }
}

/// Whether a text is the beginning of JSON and not all of it.
fn is_open(line: &str) -> bool {
    serde_json::from_str::<Value>(line).is_err_and(|error| error.is_eof())
}
