//! A [`Path`]: the segments of what a call was for, and the shape of it that may be told to people.

/// The path of a request, segment by segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Path {
    /// Percent-decoded, after the split: `%2F` stays inside of a segment. None is empty.
    pub(super) segments: Vec<String>,
    /// It ends in a slash.
    pub(super) slash: bool,
}

/// How many segments of a path are told, whether as they are or as `*`.
const TOLD_MAX: usize = 6;

/// How many of them as they are.
const PLAIN_MAX: usize = 2;

impl Path {
    /// The path of a target: `/orders/5?x=1`, or `https://api.example.com/orders/5`. Query and
    /// fragment are dropped, and slashes in a row are one.
    pub(super) fn of(target: &str) -> Self {
        let end = target.find(['?', '#']).unwrap_or(target.len());
        let path = without_origin(&target[..end]);
        let segments: Vec<_> = path.split('/').filter(|segment| !segment.is_empty()).map(decoded).collect();
        Self { slash: path.ends_with('/') && !segments.is_empty(), segments }
    }

    /// What may be kept of a path that is of no operation: at most two segments, and of those the
    /// ones that are words.
    pub(super) fn shape(&self) -> String {
        let mut shape = String::new();
        for (index, segment) in self.segments.iter().take(TOLD_MAX).enumerate() {
            shape.push('/');
            shape.push_str(if index < PLAIN_MAX && is_word(segment) { segment } else { "*" });
        }
        match self.segments.len() {
            0 => "/".to_owned(),
            1..=TOLD_MAX => shape,
            _ => shape + "/**",
        }
    }
}

/// The path of a URL; a text without scheme and host is a path.
pub(super) fn without_origin(url: &str) -> &str {
    let host = url.split_once("://").filter(|(scheme, _)| !scheme.contains('/')).map(|(_, host)| host);
    match host.or_else(|| url.strip_prefix("//")) {
        Some(host) => host.find('/').map_or("", |slash| &host[slash..]),
        None => url,
    }
}

/// Percent-decoded; what is no escape stays, and bytes that are no UTF-8 are replaced.
pub(super) fn decoded(segment: &str) -> String {
    if !segment.contains('%') {
        return segment.to_owned();
    }
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let escaped = tail.first_chunk::<2>().and_then(|digits| hex(*digits)).filter(|_| first == b'%');
        bytes.push(escaped.unwrap_or(first));
        rest = if escaped.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The byte that two hexadecimal digits write.
pub(super) fn hex(digits: [u8; 2]) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(digits[0])? * 16 + digit(digits[1])?).ok()
}

/// Whether a segment is a word of a path, like `orders`, `v2` or `getOrders`, and no id, token, name
/// of a file or address. In doubt it is none.
fn is_word(segment: &str) -> bool {
    let letters_max = 24;
    let digits = segment.chars().filter(char::is_ascii_digit).count();
    let humps = segment.as_bytes().windows(2).filter(|two| two[0].is_ascii_lowercase() && two[1].is_ascii_uppercase());
    segment.starts_with(|first: char| first.is_ascii_alphabetic())
        && segment.chars().all(|character| character.is_ascii_alphanumeric() || "-_.".contains(character))
        && segment.split(['-', '_', '.']).all(|part| part.len() <= letters_max)
        && segment.len() <= 2 * letters_max
        && digits <= 2
        && humps.count() <= 3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_has_decoded_segments() {
        for (target, segments, slash) in [
            ("/orders/5?token=x", vec!["orders", "5"], false),
            ("/orders/", vec!["orders"], true),
            ("//orders//5#x", vec!["5"], false),
            ("/orders//5", vec!["orders", "5"], false),
            ("https://api.example.com:443/orders/5?x", vec!["orders", "5"], false),
            ("https://api.example.com?x=/y", vec![], false),
            ("/proxy/https://a.example/x", vec!["proxy", "https:", "a.example", "x"], false),
            ("/a%2Fb/%C3%A4%zz%4", vec!["a/b", "ä%zz%4"], false),
            ("/%ff", vec!["\u{fffd}"], false),
            ("/", vec![], false),
            ("*", vec!["*"], false),
            ("db:443", vec!["db:443"], false),
        ] {
            let segments = segments.into_iter().map(str::to_owned).collect();
            assert_eq!(Path::of(target), Path { segments, slash }, "{target}");
        }
    }

    #[test]
    fn of_a_path_that_is_not_known_only_words_are_told() {
        for (target, shape) in [
            ("/api/v2/orders/5", "/api/v2/*/*"),
            ("/orders/1042", "/orders/*"),
            ("/orders/ord1042", "/orders/*"),
            ("/getOrders/3f2a9c1e-77aa-4b1c-9d55-0c5e1f6a7b8c", "/getOrders/*"),
            ("/reset/QxZrTyUiOpAsDfGhJk", "/reset/*"),
            ("/reset/abcdefghijklmnopqrstuvwxyz", "/reset/*"),
            ("/login;jsessionid=A1/x", "/*/x"),
            ("/users/ann@example.com", "/users/*"),
            ("/wp-login.php", "/wp-login.php"),
            ("/a/b/c/d/e/f/g/h", "/a/b/*/*/*/*/**"),
            ("/?secret=1", "/"),
            ("*", "/*"),
        ] {
            assert_eq!(Path::of(target).shape(), shape, "{target}");
        }
    }
}
