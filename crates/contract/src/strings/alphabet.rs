//! The letters of a search: of all code points that some automata cannot tell apart, the one that
//! is best to read.

use regex_syntax::hir::ClassUnicode;
use std::collections::{BTreeSet, HashMap};

/// One letter for each class of code points that are in the same `sets` and are the same of
/// `named`; the best to read first.
pub fn letters(sets: &[&ClassUnicode], named: &BTreeSet<char>) -> Vec<char> {
    let mut classes: HashMap<Vec<u32>, char> = HashMap::new();
    for (first, last) in intervals(sets, named) {
        let letter = best(first, last);
        let mut class: Vec<u32> = (0..).zip(sets).filter(|(_, set)| contains(set, first)).map(|(at, _)| at).collect();
        if named.contains(&first) {
            class.push(u32::MAX - u32::from(first));
        }
        let kept = classes.entry(class).or_insert(letter);
        *kept = if rank(letter) < rank(*kept) { letter } else { *kept };
    }
    let mut letters: Vec<char> = classes.into_values().collect();
    letters.sort_by_key(|letter| rank(*letter));
    letters
}

/// The code points cut where any set begins or ends; first and last of each piece.
fn intervals(sets: &[&ClassUnicode], named: &BTreeSet<char>) -> Vec<(char, char)> {
    let mut starts = BTreeSet::from(['\0']);
    let ranges = sets.iter().flat_map(|set| set.ranges()).map(|range| (range.start(), range.end()));
    for (first, last) in ranges.chain(named.iter().map(|letter| (*letter, *letter))) {
        starts.insert(first);
        starts.extend((last..=char::MAX).nth(1));
    }
    let ends = starts.iter().skip(1).map(|start| ('\0'..*start).next_back().unwrap_or('\0'));
    starts.iter().copied().zip(ends.chain([char::MAX])).collect()
}

fn contains(set: &ClassUnicode, letter: char) -> bool {
    let after = set.ranges().partition_point(|range| range.start() <= letter);
    after > 0 && letter <= set.ranges()[after - 1].end()
}

/// The letter of a piece that is best to read.
fn best(first: char, last: char) -> char {
    let ascii = (first..=last).take_while(char::is_ascii);
    // The first ones past the control characters and the private ones, where a piece reaches so far.
    let beyond = ['\u{a1}', '\u{10000}'].map(|letter| letter.max(first)).into_iter().filter(|letter| *letter <= last);
    ascii.chain(beyond).chain([first]).min_by_key(|letter| rank(*letter)).unwrap_or(first)
}

/// Small letters, digits, capitals, what else is printed, other scripts, and control characters;
/// last the ends of lines that not everybody knows as such.
fn rank(letter: char) -> (u8, char) {
    let kind = match letter {
        'a'..='z' => 0,
        '0'..='9' => 1,
        'A'..='Z' => 2,
        '!'..='~' => 3,
        ' ' => 4,
        '\r' | '\u{2028}' | '\u{2029}' => 9,
        '\u{a1}'..='\u{d7ff}' => 5,
        '\u{10000}'.. => 6,
        '\u{e000}'..='\u{ffff}' => 7,
        _ => 8,
    };
    (kind, letter)
}

#[cfg(test)]
mod tests {
    use super::*;
    use regex_syntax::hir::ClassUnicodeRange;

    fn set(ranges: &[(char, char)]) -> ClassUnicode {
        ClassUnicode::new(ranges.iter().map(|(first, last)| ClassUnicodeRange::new(*first, *last)))
    }

    #[test]
    fn each_class_has_its_most_readable_letter() {
        let (digits, word) = (set(&[('0', '9')]), set(&[('0', '9'), ('A', 'z')]));
        let table: [(&[&ClassUnicode], &[char], &[char]); 4] = [
            (&[], &[], &['a']),
            (&[&digits], &[], &['a', '0']),
            (&[&digits, &word], &[], &['a', '0', '!']),
            (&[&digits], &['a', '\n'], &['a', 'b', '0', '\n']),
        ];
        for (sets, named, expected) in table {
            assert_eq!(letters(sets, &named.iter().copied().collect()), expected);
        }
    }

    #[test]
    fn surrogates_are_stepped_over() {
        let (below, above) = (set(&[('\0', '\u{d7ff}')]), set(&[('\u{e000}', char::MAX)]));
        assert_eq!(letters(&[&below, &above], &BTreeSet::new()), ['a', '\u{10000}']);
    }
}
