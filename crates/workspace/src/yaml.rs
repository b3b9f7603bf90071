//! Strict YAML: one document becomes a tree of [`Node`]s with byte spans. The subset leaves out
//! anchors, aliases, merge keys, tags, directives and further documents.

use crate::node::{Content, Entry, Node};
use crate::report::Report;
use crate::scalar::bare_scalar;
use crate::text::{Span, Text};
use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, ScanError, options};
use seam_model::{Finding, codes};
use std::collections::BTreeMap;

/// How deep mappings and lists may lie in each other.
const DEPTH_MAX: usize = 64;

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
    let parser = Parser::new_from_str_with_options(&text.content, options);
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
            Event::Scalar(value, style, ..) => {
                let content = match style {
                    ScalarStyle::Plain if span.is_empty() => Content::Null,
                    ScalarStyle::Plain => bare_scalar(value),
                    _ => Content::Text(value.to_string()),
                };
                Ok(Node { content, span })
            }
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
            if let Some(first) = seen.get(&text) {
                let first = self.report.place(first);
                let message = format!("the key `{text}` stands twice in one mapping");
                self.report.error(codes::DUPLICATE_KEY, message, &key.span).related(&first, "the first one");
            } else {
                seen.insert(text.clone(), key.span.clone());
                entries.push(Entry { key: text, span: key.span, value });
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
    let tab = is_tab(error.kind()).then(|| report.text.content.get(marked..)?.find('\t')).flatten();
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
        _ if has_template(value) => Some("a string with a brace in it needs quotes"),
        ErrorKind::UnexpectedCharacter { .. } => Some("a string that starts with this character needs quotes"),
        ErrorKind::MappingValueNotAllowed if value.contains(": ") => Some("a string with `: ` in it needs quotes"),
        ErrorKind::InvalidQuotedScalarIndent | ErrorKind::UnclosedQuotedScalar => Some("is a quote above not closed?"),
        ErrorKind::InvalidColonPlacement => Some("is a bracket above not closed?"),
        ErrorKind::MappingValueNotAllowed => Some("is a line above indented wrongly, or a quote missing?"),
        _ => None,
    }
}

/// Is a `{word}` in it? A mapping has a colon or a blank there.
fn has_template(value: &str) -> bool {
    value.split('{').skip(1).filter_map(|part| part.split_once('}')).any(|(word, _)| {
        !word.is_empty() && word.chars().all(|character| character.is_alphanumeric() || character == '_')
    })
}
