//! References against a base: RFC 3986, section 5, for URIs and for the relative paths by which the
//! documents of a workspace are named.

/// The target of a reference: its URI without fragment, and the fragment, percent-decoded.
pub fn resolve(base: &str, reference: &str) -> (String, String) {
    let (path, fragment) = reference.split_once('#').unwrap_or((reference, ""));
    (absolute(base, path), decode(fragment))
}

/// The reference, without fragment, against the base.
fn absolute(base: &str, reference: &str) -> String {
    if reference.is_empty() {
        return base.to_owned();
    }
    if scheme_length(reference) > 0 {
        return reference.to_owned();
    }
    let (scheme, rest) = base.split_at(scheme_length(base));
    if reference.starts_with("//") {
        return format!("{scheme}{reference}");
    }
    let authority_length = match rest.strip_prefix("//") {
        Some(named) => 2 + named.find('/').unwrap_or(named.len()),
        None => 0,
    };
    let (authority, path) = rest.split_at(authority_length);
    let path = path.split('?').next().unwrap_or(path);
    if let Some(query) = reference.strip_prefix('?') {
        return format!("{scheme}{authority}{path}?{query}");
    }
    let joined = match (reference.starts_with('/'), path.rfind('/')) {
        (true, _) => reference.to_owned(),
        (false, Some(at)) => format!("{}{reference}", &path[..=at]),
        (false, None) if authority.is_empty() => reference.to_owned(),
        (false, None) => format!("/{reference}"),
    };
    format!("{scheme}{authority}{}", without_dots(&joined))
}

/// The length of `scheme:`; zero where there is none.
fn scheme_length(uri: &str) -> usize {
    match uri.find(|letter: char| !(letter.is_ascii_alphanumeric() || "+-.".contains(letter))) {
        Some(at)
            if at > 0 && uri[at..].starts_with(':') && uri.starts_with(|first: char| first.is_ascii_alphabetic()) =>
        {
            at + 1
        }
        _ => 0,
    }
}

/// The path with `.` and `..` worked off; a `..` that has nothing to leave stays in a relative path.
fn without_dots(path: &str) -> String {
    let (path, query) = path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
    let rooted = path.starts_with('/');
    let mut kept: Vec<&str> = Vec::new();
    for part in path.trim_start_matches('/').split('/') {
        match part {
            "." => {}
            ".." if kept.last().is_some_and(|last| *last != "..") => drop(kept.pop()),
            ".." if rooted => {}
            other => kept.push(other),
        }
    }
    if matches!(path.rsplit('/').next(), Some("." | "..")) {
        kept.push("");
    }
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    format!("{}{}{query}", if rooted { "/" } else { "" }, kept.join("/"))
}

/// The text with `%41` read as `A`; what is no such escape stays as it is.
fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let escaped = (*first == b'%').then(|| text_of_two(after)).flatten();
        bytes.push(escaped.unwrap_or(*first));
        rest = if escaped.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The byte that two hexadecimal digits name.
fn text_of_two(digits: &[u8]) -> Option<u8> {
    let digits = std::str::from_utf8(digits.get(..2)?).ok()?;
    digits.bytes().all(|digit| digit.is_ascii_hexdigit()).then(|| u8::from_str_radix(digits, 16).ok())?
}

#[cfg(test)]
mod tests {
    use super::resolve;

    #[test]
    fn a_reference_is_resolved_against_its_base() {
        let cases = [
            ("", "#/a", "", "/a"),
            ("orders/api.yaml", "#x", "orders/api.yaml", "x"),
            ("orders/api.yaml", "order.json#/a%25b", "orders/order.json", "/a%b"),
            ("orders/api.yaml", "./order.json", "orders/order.json", ""),
            ("orders/api.yaml", "../schemas/order.json", "schemas/order.json", ""),
            ("api.yaml", "../order.json", "../order.json", ""),
            ("http://a.b/c/d.json", "e.json", "http://a.b/c/e.json", ""),
            ("http://a.b", "e.json", "http://a.b/e.json", ""),
            ("http://a.b/c/d", "/e", "http://a.b/e", ""),
            ("http://a.b/c/d", "../../../e", "http://a.b/e", ""),
            ("http://a.b/c/d", "//x/e", "http://x/e", ""),
            ("http://a.b/c/d", "urn:x:y#z", "urn:x:y", "z"),
            ("urn:x:y", "#/%zz", "urn:x:y", "/%zz"),
        ];
        for (base, reference, uri, fragment) in cases {
            assert_eq!(resolve(base, reference), (uri.into(), fragment.into()), "{base} {reference}");
        }
    }
}
