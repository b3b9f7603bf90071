//! The positions of JSON pointers, found in one pass over the tokens: only who is told of a finding
//! needs them, so nothing but the ends of large parts is kept from reading the document.

use super::Position;
use super::token::{Ends, Token, Tokens};
use crate::schema::unescaped;
use std::collections::{BTreeMap, BTreeSet};

/// The wanted pointers as a tree by their segments.
#[derive(Default)]
struct Wanted<'p> {
    pointer: Option<&'p str>,
    below: BTreeMap<String, Wanted<'p>>,
}

/// An object or array on the way to a token: what is wanted below it, and the index of the next
/// item (an array) or the key that was read (an object).
struct Level<'w, 'p> {
    wanted: Option<&'w Wanted<'p>>,
    index: Option<usize>,
    member: Option<&'w Wanted<'p>>,
}

/// Where each of the pointers is; one that names nothing is left out.
pub(super) fn positions(
    mut tokens: Tokens<'_>,
    (text, ends): (&str, &Ends),
    pointers: &BTreeSet<String>,
) -> BTreeMap<String, Position> {
    let root = tree(pointers);
    let mut found: Vec<(usize, &str)> = Vec::new();
    let mut levels: Vec<Level<'_, '_>> = Vec::new();
    while let Ok(Some((token, offset))) = tokens.next() {
        match token {
            Token::Key(key) => {
                let Some(level) = levels.last_mut() else { continue };
                level.member = level.wanted.and_then(|wanted| wanted.below.get(key.as_ref()));
                found.extend(level.member.and_then(|wanted| wanted.pointer).map(|pointer| (offset, pointer)));
                if level.member.is_none() && tokens.leap(false, ends).is_err() {
                    break;
                }
            }
            Token::End => {
                levels.pop();
            }
            token => {
                let here = entered(&mut levels, &root, offset, &mut found);
                match token {
                    Token::Object | Token::Array if here.is_none() && tokens.leap(true, ends).is_err() => break,
                    Token::Object | Token::Array if here.is_none() => {}
                    Token::Object => levels.push(Level { wanted: here, index: None, member: None }),
                    Token::Array => levels.push(Level { wanted: here, index: Some(0), member: None }),
                    _ => {}
                }
            }
        }
    }
    numbered(text, found)
}

/// What is wanted of the value that begins here; an item or the root is found by that.
fn entered<'w, 'p>(
    levels: &mut [Level<'w, 'p>],
    root: &'w Wanted<'p>,
    offset: usize,
    found: &mut Vec<(usize, &'p str)>,
) -> Option<&'w Wanted<'p>> {
    let here = match levels.last_mut() {
        None => Some(root),
        Some(Level { index: None, member, .. }) => return *member,
        Some(Level { index: Some(index), wanted, .. }) => {
            *index += 1;
            wanted.and_then(|wanted| wanted.below.get(&(*index - 1).to_string()))
        }
    };
    found.extend(here.and_then(|wanted| wanted.pointer).map(|pointer| (offset, pointer)));
    here
}

fn tree(pointers: &BTreeSet<String>) -> Wanted<'_> {
    let mut root = Wanted::default();
    for pointer in pointers {
        let segments = pointer.split('/').skip(1);
        let end =
            segments.fold(&mut root, |node, segment| node.below.entry(unescaped(segment).into_owned()).or_default());
        end.pointer = Some(pointer);
    }
    root
}

/// From offsets, which come in the order of the text, to lines and columns.
fn numbered(text: &str, found: Vec<(usize, &str)>) -> BTreeMap<String, Position> {
    let (mut line, mut line_start, mut read) = (1, 0, 0);
    let mut positions = BTreeMap::new();
    for (offset, pointer) in found {
        let between = &text[read..offset];
        line += line_breaks(between);
        line_start = between.rfind('\n').map_or(line_start, |at| read + at + 1);
        read = offset;
        let column = column(&text[line_start..offset]);
        positions.insert(pointer.to_owned(), Position { line, column });
    }
    positions
}

/// How many there are; counted in bytes, and of so few at a time that a byte can hold the number.
fn line_breaks(text: &str) -> usize {
    let chunks = text.as_bytes().chunks(255);
    chunks.map(|chunk| usize::from(chunk.iter().map(|byte| u8::from(*byte == b'\n')).sum::<u8>())).sum()
}

/// The position of an offset in bytes; one inside a character is that of the character.
pub(super) fn position_of(text: &str, offset: usize) -> Position {
    let start = (0..=offset.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let before = &text[..start];
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    Position { line: line_breaks(before) + 1, column: column(&before[line_start..]) }
}

/// A byte order mark has no column.
fn column(before: &str) -> usize {
    before.trim_start_matches('\u{feff}').chars().count() + 1
}
