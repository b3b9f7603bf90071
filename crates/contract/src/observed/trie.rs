//! A [`Trie`]: path templates by their segments, so that a lookup costs what its path is long and
//! not what the document has.

use super::path::{Path, decoded};
use std::collections::BTreeMap;

/// Path templates, and which operation is at the end of each.
#[derive(Clone, Debug)]
pub(super) struct Trie {
    nodes: Vec<Node>,
}

#[derive(Clone, Debug, Default)]
struct Node {
    literals: BTreeMap<String, usize>,
    /// Segments that are a variable in part, the more literal first.
    mixed: Vec<(Pieces, usize)>,
    any: Option<usize>,
    ends: Vec<End>,
}

#[derive(Clone, Debug)]
struct End {
    method: &'static str,
    slash: bool,
    operation: usize,
}

/// The literal texts before, between and after the variables of a segment: `{name}.json` is nothing
/// and `.json`.
type Pieces = Vec<String>;

impl Trie {
    /// Nothing matches.
    pub(super) fn new() -> Self {
        Self { nodes: vec![Node::default()] }
    }

    /// Adds a template; the operation that is there already stays, and is told.
    pub(super) fn insert(&mut self, template: &str, method: &'static str, operation: usize) -> Option<usize> {
        let mut at = 0;
        for segment in template.split('/').filter(|segment| !segment.is_empty()) {
            at = self.child(at, segment);
        }
        let slash = template.ends_with('/') && at != 0;
        let ends = &mut self.nodes[at].ends;
        let former = ends.iter().find(|end| end.method == method && end.slash == slash).map(|end| end.operation);
        if former.is_none() {
            ends.push(End { method, slash, operation });
        }
        former
    }

    /// The operation of a path. Where several templates match, the first segment in which they
    /// differ decides: a literal wins over one that is a variable in part, and that over a variable.
    /// A template without the method does not match. A slash at the end decides only between two
    /// templates that differ in nothing else.
    pub(super) fn find(&self, path: &Path, method: &str) -> Option<usize> {
        let mut open = vec![(0, path.segments.as_slice())];
        while let Some((at, segments)) = open.pop() {
            let node = &self.nodes[at];
            let Some((segment, rest)) = segments.split_first() else {
                let mut ends: Vec<_> = node.ends.iter().filter(|end| end.method == method).collect();
                ends.sort_by_key(|end| end.slash != path.slash);
                match ends.first() {
                    Some(end) => return Some(end.operation),
                    None => continue,
                }
            };
            let mixed = node.mixed.iter().rev().filter(|(pieces, _)| matches(pieces, segment)).map(|(_, next)| *next);
            let next = node.any.into_iter().chain(mixed).chain(node.literals.get(segment).copied());
            open.extend(next.map(|next| (next, rest)));
        }
        None
    }

    /// The node below another, made where there is none.
    fn child(&mut self, at: usize, segment: &str) -> usize {
        let new = self.nodes.len();
        let node = &mut self.nodes[at];
        let pieces = pieces(segment);
        let child = match pieces.as_slice() {
            [literal] => *node.literals.entry(literal.clone()).or_insert(new),
            [before, after] if before.is_empty() && after.is_empty() => *node.any.get_or_insert(new),
            _ => node.mixed.iter().find(|(other, _)| *other == pieces).map_or(new, |(_, child)| *child),
        };
        if child == new && pieces.len() > 1 && node.any != Some(new) {
            node.mixed.push((pieces, new));
            node.mixed.sort_by_cached_key(|(pieces, _)| order(pieces));
        }
        if child == new {
            self.nodes.push(Node::default());
        }
        child
    }
}

/// The more is literal, the earlier.
fn order(pieces: &Pieces) -> (std::cmp::Reverse<usize>, Pieces) {
    (std::cmp::Reverse(pieces.iter().map(String::len).sum()), pieces.clone())
}

/// One piece for a literal segment; one more for each variable. A brace without its counterpart is
/// literal.
fn pieces(segment: &str) -> Pieces {
    let mut pieces = Vec::new();
    let mut rest = segment;
    while let Some((before, variable)) = rest.split_once('{') {
        let Some((_, after)) = variable.split_once('}') else { break };
        pieces.push(decoded(before));
        rest = after;
    }
    pieces.push(decoded(rest));
    pieces
}

/// Whether a text has the pieces in their order, with something for each variable between.
fn matches(pieces: &Pieces, text: &str) -> bool {
    let [first, between @ .., last] = pieces.as_slice() else { return false };
    let Some(mut rest) = text.strip_prefix(first.as_str()) else { return false };
    for piece in between {
        let Some(variable) = rest.chars().next() else { return false };
        let after = &rest[variable.len_utf8()..];
        let Some(found) = after.find(piece.as_str()) else { return false };
        rest = &after[found + piece.len()..];
    }
    rest.len() > last.len() && rest.ends_with(last.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(templates: &[&str], target: &str) -> Option<String> {
        let mut trie = Trie::new();
        for (index, template) in templates.iter().enumerate() {
            trie.insert(template, "get", index);
        }
        trie.find(&Path::of(target), "get").map(|index| templates[index].to_owned())
    }

    #[test]
    fn the_more_literal_template_wins_from_left_to_right() {
        let templates =
            ["/{a}/me", "/{a}/{b}", "/books/{b}", "/books/{b}.json", "/books/x{b}.json", "/books/mine", "/"];
        for (target, template) in [
            ("/books/mine", Some("/books/mine")),
            ("/books/me", Some("/books/{b}")),
            ("/cars/me", Some("/{a}/me")),
            ("/cars/5", Some("/{a}/{b}")),
            ("/books/5.json", Some("/books/{b}.json")),
            ("/books/xy.json", Some("/books/x{b}.json")),
            ("/books/.json", Some("/books/{b}")),
            ("/books/", None),
            ("/", Some("/")),
            ("/books/5/x", None),
        ] {
            assert_eq!(found(&templates, target).as_deref(), template, "{target}");
        }
    }

    #[test]
    fn a_slash_at_the_end_decides_only_between_twins() {
        for (templates, target, template) in [
            (&["/a", "/a/"][..], "/a/", "/a/"),
            (&["/a/", "/a"], "/a", "/a"),
            (&["/a/"], "/a", "/a/"),
            (&["/a"], "/a/", "/a"),
        ] {
            assert_eq!(found(templates, target).as_deref(), Some(template), "{templates:?} {target}");
        }
    }

    #[test]
    fn a_segment_may_have_several_variables() {
        for (template, text, is_match) in [
            ("{a}-{b}", "x-y-z", true),
            ("{a}-{b}", "-y", false),
            ("{a}-{b}", "x-", false),
            ("{a}{b}", "äö", true),
            ("{a}{b}", "ä", false),
            ("v{a}:cancel", "v7:cancel", true),
            ("v{a}:cancel", "v:cancel", false),
            ("%7B{a}", "{x", true),
        ] {
            assert_eq!(matches(&pieces(template), text), is_match, "{template} {text}");
        }
        assert_eq!(pieces("a{b"), ["a{b"]);
    }
}
