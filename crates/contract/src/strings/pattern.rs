//! Reads a pattern: ECMA-262 in, a [`Pattern`] out that can be compared with others, or nothing
//! where it is not regular (lookaround, backreferences) or too large.
//!
//! The translation is the validator's own, so that what is proved here is what is validated there;
//! where it takes ECMA-262 lightly, there are two readings.

use super::automaton::Automaton;
use jsonschema_regex::{PatternAnalysis, analyze_pattern, to_rust_regex};
use regex_syntax::hir::{Hir, HirKind, Look, Repetition};
use std::borrow::Cow;
use std::sync::Arc;

/// From this count on, a repeated class is a length and not as many states.
const COUNT_MIN: u32 = 16;

/// What a pattern says.
#[derive(Debug)]
pub enum Pattern {
    /// The text is one of these.
    Texts(Vec<Arc<str>>),
    /// The text has a shape.
    Shape(Shape),
    /// It has one shape by ECMA-262, another one as the validator reads the pattern.
    Disputed {
        /// By ECMA-262: what is proved.
        strict: Shape,
        /// As the validator reads it: a witness has both.
        lenient: Shape,
    },
}

/// A regular set of texts whose lengths are counted apart: `^[a-z]{1,65535}$` has few states then.
#[derive(Clone, Debug)]
pub struct Shape {
    /// At least this many code points.
    pub min: u64,
    /// At most this many.
    pub max: Option<u64>,
    /// Accepts the text.
    pub automaton: Arc<Automaton>,
}

impl Pattern {
    /// Reads one; nothing where it is beyond what can be compared.
    pub fn read(pattern: &str) -> Option<Self> {
        match analyze_pattern(pattern) {
            Some(PatternAnalysis::Exact(text)) => return Some(Self::Texts(vec![text.as_ref().into()])),
            Some(PatternAnalysis::Alternation(texts)) => {
                return Some(Self::Texts(texts.iter().map(|text| text.as_str().into()).collect()));
            }
            _ => {}
        }
        let strict = Shape::read(pattern)?;
        match Shape::translated(pattern) {
            Some(lenient) if matches!(self::strict(pattern), Cow::Owned(_)) => Some(Self::Disputed { strict, lenient }),
            _ => Some(Self::Shape(strict)),
        }
    }
}

impl Shape {
    /// Reads a pattern as a shape; nothing where it is beyond what can be compared.
    pub fn read(pattern: &str) -> Option<Self> {
        Self::translated(&strict(pattern))
    }

    fn translated(pattern: &str) -> Option<Self> {
        let translated = to_rust_regex(pattern).ok()?;
        let hir = regex_syntax::ParserBuilder::new().utf8(false).build().parse(&translated).ok()?;
        let (min, max, hir) = counted(&hir).unwrap_or((0, None, hir));
        Some(Self { min, max, automaton: Arc::new(Automaton::new(hir)?) })
    }

    /// Whether the text has it.
    pub fn accepts(&self, text: &str) -> bool {
        let length = text.chars().count() as u64;
        self.min <= length && self.max.is_none_or(|max| length <= max) && self.automaton.accepts(text)
    }
}

/// What the translation leaves as Rust means it, as ECMA-262 means it: `.` stands for no line
/// terminator, of which there are four, and `\b` knows the ASCII letters only.
fn strict(pattern: &str) -> Cow<'_, str> {
    // With a modifier the dot may stand for everything.
    if pattern.contains("(?s") || !(pattern.contains('.') || pattern.contains(r"\b") || pattern.contains(r"\B")) {
        return Cow::Borrowed(pattern);
    }
    let (mut out, mut in_class, mut letters) = (String::new(), false, pattern.chars());
    while let Some(letter) = letters.next() {
        match (letter, in_class) {
            ('\\', _) => match (letters.next(), in_class) {
                (Some(boundary @ ('b' | 'B')), false) => {
                    out.extend([r"(?-u:\", boundary.encode_utf8(&mut [0; 4]), ")"]);
                }
                (escaped, _) => out.extend(Some('\\').into_iter().chain(escaped)),
            },
            ('.', false) => out.push_str(r"[^\n\r\u{2028}\u{2029}]"),
            _ => {
                in_class = letter == '[' || (in_class && letter != ']');
                out.push(letter);
            }
        }
    }
    Cow::Owned(out)
}

/// `^C{m,n}$` with a class `C` is the lengths `m` to `n` and `^C*$`.
fn counted(hir: &Hir) -> Option<(u64, Option<u64>, Hir)> {
    let HirKind::Concat(parts) = hir.kind() else { return None };
    let [start, repeated, end] = parts.as_slice() else { return None };
    let ends = [start.kind(), end.kind()] == [&HirKind::Look(Look::Start), &HirKind::Look(Look::End)];
    let HirKind::Repetition(repetition) = bare(repeated).kind() else { return None };
    let Repetition { min, max, .. } = *repetition;
    let one = matches!(bare(&repetition.sub).kind(), HirKind::Class(_));
    if !ends || !one || max.unwrap_or(0).max(min) < COUNT_MIN {
        return None;
    }
    let any = Repetition { min: 0, max: None, greedy: true, sub: repetition.sub.clone() };
    let every = Hir::concat(vec![Hir::look(Look::Start), Hir::repetition(any), Hir::look(Look::End)]);
    Some((min.into(), max.map(u64::from), every))
}

/// Without the groups around it.
fn bare(hir: &Hir) -> &Hir {
    match hir.kind() {
        HirKind::Capture(capture) => bare(&capture.sub),
        _ => hir,
    }
}
