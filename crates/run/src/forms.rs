//! The forms of secrets, as an index that finds them in a text: the leftmost first, of several at one place the
//! longest. Learning megabytes takes as long as sorting them, so there is no automaton here: a filter over the first
//! bytes passes by almost every place, and a search in the sorted forms decides about the others.

use std::ops::Range;

/// How many bytes of a text the filter looks at; no form is shorter.
const PREFIX_BYTES: usize = 8;

/// Bits of the filter for each form, of which each form sets two: of 200 places that begin no form, one is looked
/// at in vain.
const BITS_PER_FORM: usize = 32;

/// Words of the filter, at least; so many fit the fastest cache.
const WORDS_MIN: usize = 64;

/// Forms of secrets.
#[derive(Debug, Default)]
pub struct Forms {
    /// In the order of their bytes.
    sorted: Vec<Form>,
    /// Bits for the hashes of each form's first bytes; a power of two of words.
    filter: Vec<u64>,
    longest: usize,
}

#[derive(Debug)]
struct Form {
    /// Its first bytes, in the order of its bytes: almost every comparison ends here.
    prefix: u64,
    text: String,
    /// The longest other form that it begins with.
    shorter: Option<usize>,
}

impl Forms {
    /// Takes more forms in, each of at least eight bytes.
    pub fn learn(&mut self, forms: Vec<String>) {
        let known = self.sorted.len();
        let forms = forms.into_iter();
        self.sorted.extend(forms.map(|text| Form { prefix: prefix(text.as_bytes()), text, shorter: None }));
        // What is sorted already costs one look.
        self.sorted.sort_by(|one, other| one.prefix.cmp(&other.prefix).then_with(|| one.text.cmp(&other.text)));
        self.sorted.dedup_by(|one, other| one.prefix == other.prefix && one.text == other.text);
        if self.sorted.len() > known {
            self.link();
            self.fill();
        }
    }

    /// The length of the longest, in bytes; 0 where none is known.
    pub fn longest(&self) -> usize {
        self.longest
    }

    /// Where in `text` the first form from `from` on is, in bytes.
    pub fn find(&self, text: &[u8], from: usize) -> Option<Range<usize>> {
        if self.sorted.is_empty() {
            return None;
        }
        let bits = self.bits();
        let starts = text[from..].windows(PREFIX_BYTES).enumerate().filter(|(_, window)| {
            let hash = hash(prefix(window));
            places(hash, bits).iter().all(|(word, bit)| self.filter[*word] & bit != 0)
        });
        let mut found = starts.filter_map(|(at, _)| {
            let start = from + at;
            Some(start..start + self.longest_at(&text[start..])?)
        });
        found.next()
    }

    /// The length of the longest form that `text` begins with.
    fn longest_at(&self, text: &[u8]) -> Option<usize> {
        let begins = prefix(text);
        // Between a form that the text begins with and the text itself there are only forms that begin
        // with that form.
        let is_before = |form: &Form| form.prefix < begins || form.prefix == begins && form.text.as_bytes() <= text;
        let mut at = self.sorted.partition_point(is_before).checked_sub(1);
        while let Some(form) = at.map(|at| &self.sorted[at]).filter(|form| form.prefix == begins) {
            if text.starts_with(form.text.as_bytes()) {
                return Some(form.text.len());
            }
            at = form.shorter;
        }
        None
    }

    fn link(&mut self) {
        let mut open: Vec<usize> = Vec::new();
        for at in 0..self.sorted.len() {
            let form = &self.sorted[at];
            let begins_with = |other: &Form| form.prefix == other.prefix && form.text.starts_with(&other.text);
            while open.last().is_some_and(|last| !begins_with(&self.sorted[*last])) {
                open.pop();
            }
            self.sorted[at].shorter = open.last().copied();
            open.push(at);
        }
    }

    fn fill(&mut self) {
        self.longest = self.sorted.iter().map(|form| form.text.len()).max().unwrap_or_default();
        let words = (self.sorted.len() * BITS_PER_FORM / 64).next_power_of_two().max(WORDS_MIN);
        self.filter = vec![0; words];
        let bits = self.bits();
        for form in &self.sorted {
            for (word, bit) in places(hash(form.prefix), bits) {
                self.filter[word] |= bit;
            }
        }
    }

    /// How many bits number a bit of the filter.
    fn bits(&self) -> u32 {
        (self.filter.len() * 64).ilog2()
    }
}

/// The first bytes of a text of at least so many, as a number that is in their order.
fn prefix(text: &[u8]) -> u64 {
    text.first_chunk::<PREFIX_BYTES>().map_or(0, |bytes| u64::from_be_bytes(*bytes))
}

fn hash(prefix: u64) -> u64 {
    /// Odd, with its bits spread evenly: the fraction of the golden ratio.
    const SPREAD: u64 = 0x9E37_79B9_7F4A_7C15;
    // The last bytes of a prefix are in its low half, which a product alone would keep out of it.
    (prefix ^ (prefix >> 32)).wrapping_mul(SPREAD)
}

/// Two words of a filter that `bits` number, and a bit in each.
fn places(hash: u64, bits: u32) -> [(usize, u64); 2] {
    [hash >> (u64::BITS - bits), hash.rotate_left(bits) >> (u64::BITS - bits)]
        .map(|bit| (usize::try_from(bit / 64).unwrap_or_default(), 1 << (bit % 64)))
}

#[cfg(test)]
mod tests {
    use super::Forms;

    #[test]
    fn the_leftmost_is_found_and_the_longest_there() {
        let mut forms = Forms::default();
        assert_eq!(forms.find(b"of-lines-more", 0), None);
        forms.learn(["of-lines-", "of-lines-more", "of-lines-less", "lines-more"].map(str::to_owned).into());
        forms.learn(["of-lines-", "of-lines-mo"].map(str::to_owned).into());
        for (text, from, found) in [
            ("x of-lines-more y", 0, Some(2..15)),
            ("x of-lines-mor y", 0, Some(2..13)),
            ("x of-lines-zebra", 0, Some(2..11)),
            ("x of-lines", 0, None),
            ("of-lines-less", 0, Some(0..13)),
            ("of-lines-less", 1, None),
            ("of-lines-more", 1, Some(3..13)),
        ] {
            assert_eq!(forms.find(text.as_bytes(), from), found, "{text} from {from}");
        }
        assert_eq!(forms.longest(), 13);
    }
}
