//! The text of one file, and the places in it: byte spans become lines and columns.

use seam_model::Place;
use std::ops::Range;

/// Bytes of a [`Text`], end exclusive.
pub(crate) type Span = Range<usize>;

/// A file's text without its byte order mark.
#[derive(Clone, Debug)]
pub(crate) struct Text {
    /// The file, relative to the workspace, with `/`.
    pub(crate) file: String,
    /// What it holds.
    pub(crate) content: String,
    line_starts: Vec<usize>,
}

impl Text {
    pub(crate) fn new(file: impl Into<String>, text: &str) -> Self {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let bytes = text.as_bytes();
        let ends_line = |at: usize| match bytes[at] {
            b'\n' => true,
            b'\r' => bytes.get(at + 1) != Some(&b'\n'),
            _ => false,
        };
        let starts = (0..bytes.len()).filter(|at| ends_line(*at)).map(|at| at + 1);
        Self { file: file.into(), line_starts: std::iter::once(0).chain(starts).collect(), content: text.to_owned() }
    }

    /// Does a comment at its head tell editors that its schema is one in `.seam/schema`?
    pub(crate) fn names_schema(&self) -> bool {
        let mut head = self.content.lines().take_while(|line| line.starts_with('#'));
        head.any(|line| line.contains("yaml-language-server:") && line.contains(".seam/schema/"))
    }

    /// The place of `span`; of a span over several lines, the part on its first line.
    pub(crate) fn place(&self, span: &Span) -> Place {
        let start = self.boundary(span.start);
        let end = self.boundary(span.end).max(start);
        let line = self.line_starts.partition_point(|line_start| *line_start <= start);
        let line_start = self.line_starts[line - 1];
        let line_end = self.line_starts.get(line).copied().unwrap_or(self.content.len());
        let source = self.content[line_start..line_end].trim_end_matches(['\r', '\n']);
        let start = start.min(line_start + source.len());
        let end = end.clamp(start, line_start + source.len());
        Place {
            file: self.file.clone(),
            line,
            column: self.content[line_start..start].chars().count() + 1,
            length: self.content[start..end].trim_end().chars().count().max(1),
            source: source.to_owned(),
        }
    }

    /// The place of `part` inside `span`, or of the whole span where the text does not hold it as it is.
    pub(crate) fn place_of(&self, part: &str, span: &Span) -> Place {
        let found = self.slice(span).find(part).map(|at| span.start + at);
        found.map_or_else(|| self.place(span), |start| self.place(&(start..start + part.len())))
    }

    /// The span that starts at a line and column, both from 1 and in characters, and is one character long.
    pub(crate) fn span_at(&self, line: usize, column: usize) -> Span {
        let start = self.line_starts.get(line.saturating_sub(1)).copied().unwrap_or(self.content.len());
        let rest = &self.content[start..];
        let (offset, marked) = rest.char_indices().nth(column.saturating_sub(1)).unwrap_or((rest.len(), ' '));
        start + offset..start + offset + marked.len_utf8()
    }

    /// The text of `span`.
    pub(crate) fn slice(&self, span: &Span) -> &str {
        let start = self.boundary(span.start);
        &self.content[start..self.boundary(span.end).max(start)]
    }

    fn boundary(&self, at: usize) -> usize {
        (0..=at.min(self.content.len())).rev().find(|at| self.content.is_char_boundary(*at)).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::Text;

    #[test]
    fn columns_count_characters_and_lines_end_in_three_ways() {
        let text = Text::new("f", "\u{feff}a: 1\r\n\tü: \"é x\"\rlast: 1\n");
        let of = |part: &str| {
            let start = text.content.find(part).unwrap();
            let place = text.place(&(start..start + part.len()));
            (place.line, place.column, place.length, place.source)
        };
        assert_eq!(of("a"), (1, 1, 1, "a: 1".to_owned()));
        assert_eq!(of("\"é x\""), (2, 5, 5, "\tü: \"é x\"".to_owned()));
        assert_eq!(of("last"), (3, 1, 4, "last: 1".to_owned()));
        assert_eq!(text.slice(&text.span_at(2, 2)), "ü");
        let whole = text.place(&(0..text.content.len()));
        assert_eq!((whole.line, whole.length), (1, 4));
    }
}
