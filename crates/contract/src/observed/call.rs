//! A [`Call`]: what is read of one line or span, before anybody knows which operation it is of.

/// One call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Call {
    /// As written; nothing where the line does not say it.
    pub(super) method: String,
    /// What the call was for: a path or URL as it was asked for, then a route's template where one is
    /// known too. The first that is of an operation counts.
    pub(super) targets: Vec<String>,
    /// The answer's.
    pub(super) status: Option<u16>,
    /// Microseconds since 1970, UTC.
    pub(super) time_us: Option<i64>,
    /// Who called.
    pub(super) consumer: Option<String>,
}

/// Method and target of the first line of a request, `GET /orders/5 HTTP/1.1`; the version may be
/// missing, and a target that its client did not encode may have spaces.
pub(super) fn request_line(text: &str) -> Option<(&str, &str)> {
    let (method, rest) = text.trim().split_once(' ')?;
    let target = match rest.rsplit_once(' ') {
        Some((target, version)) if version.starts_with("HTTP/") => target,
        _ => rest,
    };
    let is_method = !method.is_empty() && method.chars().all(|character| character.is_ascii_alphabetic());
    (is_method && !target.trim().is_empty()).then(|| (method, target.trim()))
}

/// A status of HTTP as it is written; another text or number is none.
pub(super) fn status(text: &str) -> Option<u16> {
    text.trim().parse().ok().filter(|status| (100..600).contains(status))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_of_a_request_has_a_method_and_a_target() {
        for (text, read) in [
            ("GET /orders/5?x=1 HTTP/1.1", Some(("GET", "/orders/5?x=1"))),
            ("GET /", Some(("GET", "/"))),
            ("GET /a b HTTP/2.0", Some(("GET", "/a b"))),
            ("CONNECT db:443 HTTP/1.1", Some(("CONNECT", "db:443"))),
            ("-", None),
            ("", None),
            ("\u{16}\u{3}\u{1} x", None),
            ("GET  HTTP/1.1", None),
        ] {
            assert_eq!(request_line(text), read, "{text}");
        }
    }
}
