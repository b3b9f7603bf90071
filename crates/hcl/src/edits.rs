//! Edits of a text at byte spans, and the way back from an edited offset to the source.

use std::ops::Range;

/// Replacements that do not overlap.
#[derive(Clone, Debug, Default)]
pub(crate) struct Edits(Vec<(Range<usize>, String)>);

impl Edits {
    pub(crate) fn replace(&mut self, span: Range<usize>, with: &str) {
        self.0.push((span, with.to_owned()));
    }

    /// Replaces every byte of the span that is no line end by a blank, so that all offsets stay.
    pub(crate) fn blank(&mut self, source: &str, span: Range<usize>) {
        let blanks = source.as_bytes()[span.clone()]
            .iter()
            .map(|byte| if matches!(byte, b'\n' | b'\r') { char::from(*byte) } else { ' ' })
            .collect();
        self.0.push((span, blanks));
    }

    /// The source with the edits made. Bytes outside their spans are the source's.
    pub(crate) fn apply(&mut self, source: &[u8]) -> Vec<u8> {
        self.0.sort_by_key(|(span, _)| span.start);
        let mut edited = Vec::with_capacity(source.len());
        let mut done = 0;
        for (span, with) in &self.0 {
            edited.extend_from_slice(&source[done..span.start]);
            edited.extend_from_slice(with.as_bytes());
            done = span.end;
        }
        edited.extend_from_slice(&source[done..]);
        edited
    }

    /// Where the bytes `span` of the edited text come from.
    pub(crate) fn source_span(&self, span: Range<usize>) -> Range<usize> {
        self.source_offset(span.start)..self.source_offset(span.end)
    }

    /// Where the byte at `offset` of the edited text comes from; inside a replacement of another
    /// length that is its start.
    fn source_offset(&self, offset: usize) -> usize {
        let (mut source, mut edited) = (0, 0);
        for (span, with) in &self.0 {
            let start = edited + (span.start - source);
            if offset < start {
                break;
            }
            if offset < start + with.len() {
                return if with.len() == span.len() { span.start + (offset - start) } else { span.start };
            }
            (source, edited) = (span.end, start + with.len());
        }
        source + (offset - edited)
    }
}

#[cfg(test)]
mod tests {
    use super::Edits;

    #[test]
    fn offsets_lead_back_to_the_source() {
        let source = "a = var.x + var.y # é\r\nb";
        let mut edits = Edits::default();
        assert_eq!(edits.apply(source.as_bytes()), source.as_bytes());
        edits.replace(12..15, "module.m");
        edits.replace(4..7, "module.m");
        edits.blank(source, 18..22);
        let edited = String::from_utf8(edits.apply(source.as_bytes())).unwrap();
        assert_eq!(edited, "a = module.m.x + module.m.y     \r\nb");
        for (edited_text, source_text) in [("a =", "a ="), (".x", ".x"), ("+", "+"), (".y", ".y"), ("\nb", "\nb")] {
            let offset = edited.find(edited_text).unwrap();
            assert_eq!(edits.source_offset(offset), source.find(source_text).unwrap(), "{edited_text}");
        }
        assert_eq!(edits.source_offset(edited.find("dule").unwrap()), 4);
        assert_eq!(edits.source_offset(edited.len()), source.len());
    }
}
