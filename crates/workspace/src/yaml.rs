//! Strict YAML: one document becomes a tree of [`Node`]s with byte spans. The subset leaves out
//! anchors, aliases, merge keys, tags, directives and further documents, and reads a bare scalar
//! as a number, boolean or null only where every YAML reader does.

use crate::report::Report;
use crate::text::{Span, Text};
use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, ScanError, options};
use seam_model::{Finding, codes};
use serde_json::Number;
use std::collections::BTreeMap;

/// How deep mappings and lists may lie in each other.
const DEPTH_MAX: usize = 64;

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

/// Reads one document. `None` after a syntax error, which is among the findings.
pub(crate) fn parse(text: &Text, findings: &mut Vec<Finding>) -> Option<Node> {
    let options = options! {
        disallow_directives: true,
        emit_anchor_events: true,
        emit_comments: false,
        emit_unresolved_aliases: true,
        flow_nesting_limit: DEPTH_MAX + 1,
        block_nesting_limit: DEPTH_MAX + 1,
    };
    let parser = Parser::new_from_str_with_options(&text.text, options);
    let mut builder = Builder { parser, report: Report { text, findings } };
    match builder.document() {
        Ok(node) => Some(node),
        Err(Stop::Reported) => None,
        Err(Stop::Scan(error)) => {
            report_syntax(&mut builder.report, &error);
            None
        }
    }
}

/// Why reading ended before the end of the file.
enum Stop {
    Scan(ScanError),
    Reported,
}

struct Builder<'t, 'r> {
    parser: Parser<'t, granit_parser::StrInput<'t>>,
    report: Report<'r>,
}

impl<'t> Builder<'t, '_> {
    fn document(&mut self) -> Result<Node, Stop> {
        let mut root = None;
        let mut documents = 0;
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamStart | Event::DocumentEnd => {}
                Event::StreamEnd => return Ok(root.unwrap_or_else(Node::empty)),
                Event::DocumentStart(..) => {
                    documents += 1;
                    if documents > 1 {
                        let help = "keep one document in the file";
                        self.report.error(codes::STRICT, "a second document", &span).help(help);
                        return Err(Stop::Reported);
                    }
                }
                event => root = Some(self.node(&event, span, 1)?),
            }
        }
    }

    /// The next event that is no anchor; anchors are findings.
    fn next(&mut self) -> Result<(Event<'t>, Span), Stop> {
        loop {
            let Some(next) = self.parser.next() else { return Ok((Event::StreamEnd, 0..0)) };
            let (event, span) = next.map_err(Stop::Scan)?;
            if let Some(tag) = span.tag_span().and_then(|tag| tag.byte_range()) {
                self.report.error(codes::STRICT, "a tag", &tag).help("remove it; quotes make a string of a value");
            }
            let bytes = span.byte_range().unwrap_or(0..0);
            match event {
                Event::Anchor(_, name) => {
                    let help = "write the value out where it is needed";
                    self.report.error(codes::STRICT, format!("an anchor, `&{name}`"), &bytes).help(help);
                }
                event => return Ok((event, bytes)),
            }
        }
    }

    fn node(&mut self, event: &Event<'t>, span: Span, depth: usize) -> Result<Node, Stop> {
        if depth > DEPTH_MAX {
            self.report.error(codes::LIMIT, format!("nested deeper than {DEPTH_MAX} levels"), &span);
            return Err(Stop::Reported);
        }
        match event {
            Event::Scalar(value, style, ..) => Ok(Node { content: scalar(value, *style, span.is_empty()), span }),
            Event::SequenceStart(..) => self.list(span.start, depth),
            Event::MappingStart(..) => self.mapping(span.start, depth),
            _ => {
                let alias = format!("an alias, `{}`", self.report.text.slice(&span));
                self.report.error(codes::STRICT, alias, &span).help("write the value out");
                Ok(Node { content: Content::Refused, span })
            }
        }
    }

    fn list(&mut self, start: usize, depth: usize) -> Result<Node, Stop> {
        let mut items = Vec::new();
        loop {
            let (event, span) = self.next()?;
            if matches!(event, Event::SequenceEnd) {
                return Ok(Node { content: Content::List(items), span: start..span.end });
            }
            items.push(self.node(&event, span, depth + 1)?);
        }
    }

    fn mapping(&mut self, start: usize, depth: usize) -> Result<Node, Stop> {
        let mut entries: Vec<Entry> = Vec::new();
        let mut seen: BTreeMap<String, Span> = BTreeMap::new();
        loop {
            let (event, span) = self.next()?;
            if matches!(event, Event::MappingEnd) {
                return Ok(Node { content: Content::Map(entries), span: start..span.end });
            }
            let key = self.node(&event, span, depth + 1)?;
            let (event, span) = self.next()?;
            let value = self.node(&event, span, depth + 1)?;
            let Some(text) = self.key(&key) else { continue };
            match seen.get(&text) {
                Some(first) => {
                    let first = self.report.place(first);
                    let message = format!("the key `{text}` stands twice in one mapping");
                    self.report.error(codes::DUPLICATE_KEY, message, &key.span).related(&first, "the first one");
                }
                None => {
                    seen.insert(text.clone(), key.span.clone());
                    entries.push(Entry { key: text, span: key.span, value });
                }
            }
        }
    }

    /// The text of a key; `None` for what is no key, which is a finding.
    fn key(&mut self, key: &Node) -> Option<String> {
        let written = self.report.text.slice(&key.span);
        match &key.content {
            Content::Text(text) if text == "<<" && written == "<<" => {
                self.report.error(codes::STRICT, "a merge key", &key.span).help("write the keys out");
                None
            }
            Content::Text(text) => Some(text.clone()),
            Content::List(_) | Content::Map(_) => {
                self.report.error(codes::STRICT, "a key that is not a string", &key.span);
                None
            }
            Content::Refused => None,
            _ => {
                let (message, help) = (format!("the key `{written}` is not a string"), format!("write \"{written}\""));
                self.report.error(codes::QUOTES, message, &key.span).help(help);
                None
            }
        }
    }
}

fn report_syntax(report: &mut Report, error: &ScanError) {
    let marked = error.marker().byte_offset().unwrap_or(0);
    let tab = is_tab(error.kind()).then(|| report.text.text.get(marked..)?.find('\t')).flatten();
    let start = marked + tab.unwrap_or(0);
    let span = start..start + 1;
    match error.kind() {
        ErrorKind::DirectiveDisallowed => {
            report.error(codes::STRICT, "a directive", &span).help("remove the line; files are YAML 1.2");
        }
        ErrorKind::RecursionLimitExceeded => {
            report.error(codes::LIMIT, format!("nested deeper than {DEPTH_MAX} levels"), &span);
        }
        kind => {
            let place = report.place(&span);
            let added = report.error_at(codes::SYNTAX, kind.to_string(), &place);
            if let Some(help) = syntax_help(kind, &place.source) {
                added.help(help);
            }
        }
    }
}

fn is_tab(kind: &ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::TabNotAllowed
            | ErrorKind::TabInBlockIndentation
            | ErrorKind::TabInIndentation
            | ErrorKind::TabInPlainScalar
            | ErrorKind::TabAtBlockScalarStart
    )
}

fn syntax_help(kind: &ErrorKind, line: &str) -> Option<&'static str> {
    let value = line.split_once(": ").map_or(line, |(_, value)| value).trim_start();
    match kind {
        kind if is_tab(kind) => Some("indent with spaces"),
        _ if value.starts_with('{') && value.contains('}') => Some("a string that starts with a brace needs quotes"),
        ErrorKind::UnexpectedCharacter { .. } => Some("a string that starts with this character needs quotes"),
        ErrorKind::MappingValueNotAllowed if value.contains(": ") => Some("a string with `: ` in it needs quotes"),
        ErrorKind::InvalidColonPlacement => Some("is a bracket above not closed?"),
        ErrorKind::MappingValueNotAllowed => Some("is a line above indented wrongly, or a quote missing?"),
        _ => None,
    }
}

fn scalar(value: &str, style: ScalarStyle, is_absent: bool) -> Content {
    if is_absent && style == ScalarStyle::Plain {
        return Content::Null;
    }
    if style != ScalarStyle::Plain {
        return Content::Text(value.to_owned());
    }
    match value {
        "null" | "~" => Content::Null,
        "true" => Content::Bool(true),
        "false" => Content::Bool(false),
        "Null" | "NULL" | "True" | "TRUE" | "False" | "FALSE" => Content::Ambiguous(value.to_owned()),
        text if is_json_number(text) => match text.parse() {
            Ok(number) => Content::Number(number),
            Err(_) => Content::Ambiguous(value.to_owned()),
        },
        text if is_number_to_some(text) => Content::Ambiguous(value.to_owned()),
        text => Content::Text(text.to_owned()),
    }
}

fn is_json_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let leading_zero = digits.len() > 1 && digits.starts_with('0') && digits.as_bytes()[1].is_ascii_digit();
    !leading_zero && digits.starts_with(|c: char| c.is_ascii_digit()) && text.parse::<Number>().is_ok()
}

/// Is this a number by the core schema of YAML 1.2 or by YAML 1.1: `0777`, `0o17`, `0x1F`,
/// `0b11`, `1_000`, `+1`, `.5`, `1.`, `.inf`, `.nan`?
fn is_number_to_some(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        if let Some(digits) = unsigned.strip_prefix(prefix) {
            return digits.contains(|c: char| c.is_digit(radix))
                && digits.chars().all(|c| c.is_digit(radix) || c == '_');
        }
    }
    let plain = unsigned.replace('_', "");
    let starts = unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    starts && plain.contains(|c: char| c.is_ascii_digit()) && plain.parse::<f64>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::{Content, scalar};
    use granit_parser::ScalarStyle::{DoubleQuoted, Plain};

    #[test]
    fn bare_scalars_are_what_every_reader_takes_them_for() {
        let kind = |text: &str| match scalar(text, Plain, false) {
            Content::Null => "null",
            Content::Bool(_) => "bool",
            Content::Number(_) => "number",
            Content::Ambiguous(_) | Content::Refused => "no plain value",
            _ => "text",
        };
        for (word, texts) in [
            ("null", &["null", "~"][..]),
            ("bool", &["true", "false"]),
            ("number", &["0", "-1", "1.10", "1e3", "123456789012345678901234567890"]),
            (
                "ambiguous",
                &["True", "NULL", "0777", "0o17", "0x1F", "0b11", "1_000", "+1", ".5", "1.", ".inf", "-.INF", ".nan"],
            ),
            ("text", &["yes", "off", "1.4.0", "10.0.0.0/16", "1s", "_1", "0x", "-", ".", "..", "inf", "nan", "e3"]),
        ] {
            for text in texts {
                assert_eq!(kind(text), word, "{text}");
            }
        }
        assert!(matches!(scalar("1", DoubleQuoted, false), Content::Text(_)));
    }
}
