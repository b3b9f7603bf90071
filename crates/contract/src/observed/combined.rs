//! Access logs in the common and the combined format of Apache and nginx, with more fields before and
//! after them as virtual hosts and proxies write them.

use super::call::{Call, request_line, status};
use super::consumer::{self, ConsumerFrom};
use super::path::hex;
use super::time;

/// Reads `HOST IDENTITY USER [TIME] "REQUEST" STATUS BYTES "REFERER" "USER AGENT"`, the last two left
/// out or not. A request that is none, as scanners send it, is a call without method.
pub(super) fn call(line: &str, from: &ConsumerFrom) -> Option<Call> {
    let (before, rest) = line.split_once("] \"")?;
    let (origin, at) = before.rsplit_once(" [")?;
    let time_us = time::micros(at)?;
    let (request, rest) = quoted(rest)?;
    let mut origin = origin.split(' ');
    let user = origin.next_back()?;
    let (_identity, _host) = (origin.next_back()?, origin.next_back()?);
    let answer = rest.trim_start().split(' ').next()?;
    if answer != "-" && status(answer).is_none() {
        return None;
    }
    let consumer = match from {
        ConsumerFrom::Usual | ConsumerFrom::UserAgent => agent(rest).and_then(|agent| consumer::product(&agent)),
        ConsumerFrom::RemoteUser => consumer::name(user),
        ConsumerFrom::Field(_) => None,
    };
    let (method, target) = request_line(&request).unzip();
    Some(Call {
        method: method.unwrap_or_default().to_owned(),
        targets: target.into_iter().map(str::to_owned).collect(),
        status: status(answer),
        time_us: Some(time_us),
        consumer,
    })
}

/// The second quoted text after the answer; the first is the referer.
fn agent(rest: &str) -> Option<String> {
    let (_, referer) = rest.split_once('"')?;
    let (_, rest) = quoted(referer)?;
    let (_, agent) = rest.split_once('"')?;
    quoted(agent).map(|(agent, _)| agent)
}

/// A text up to its closing quote, and what follows that. Escapes are those of Apache (`\"`, `\\`,
/// `\t`, `\xHH`) and nginx (`\xHH`, also for bytes of UTF-8).
fn quoted(text: &str) -> Option<(String, &str)> {
    let bytes = text.as_bytes();
    let mut unescaped = Vec::new();
    let mut at = 0;
    loop {
        let (byte, length) = match bytes.get(at)? {
            b'"' => return Some((String::from_utf8_lossy(&unescaped).into_owned(), &text[at + 1..])),
            b'\\' => match (bytes.get(at + 1)?, bytes.get(at + 2..at + 4)) {
                (b'x', Some(&[high, low])) => (hex([high, low])?, 4),
                (b't', _) => (b'\t', 2),
                (b'n', _) => (b'\n', 2),
                (b'r', _) => (b'\r', 2),
                (other, _) => (*other, 2),
            },
            other => (*other, 1),
        };
        unescaped.push(byte);
        at += length;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TAIL: &str = r#"[06/May/2024:09:08:09 +0200] "GET /orders/5?token=x HTTP/1.1" 200 123"#;

    fn read(line: &str) -> Option<Call> {
        call(line, &ConsumerFrom::Usual)
    }

    #[test]
    fn the_known_forms_are_the_same_call() {
        let expected = |consumer: Option<&str>| Call {
            method: "GET".to_owned(),
            targets: vec!["/orders/5?token=x".to_owned()],
            status: Some(200),
            time_us: Some(1_714_979_289_000_000),
            consumer: consumer.map(str::to_owned),
        };
        let checkout = expected(Some("checkout"));
        for (line, call) in [
            (format!("10.0.0.7 - - {TAIL}"), expected(None)),
            (format!(r#"10.0.0.7 - ann {TAIL} "-" "checkout/1.4 (linux)""#), checkout.clone()),
            (format!(r#"::1 - - {TAIL} "https://a.example/\"x\"" "checkout""#), checkout.clone()),
            (format!(r#"api.example.com:443 10.0.0.7 - - {TAIL} "-" "checkout/1" 0.004 "10.1.1.1""#), checkout.clone()),
            (format!(r#"10.0.0.7, 10.0.0.8 - - {TAIL} "-" "\x63heckout/1""#), checkout.clone()),
            (format!(r#"10.0.0.7 - - {TAIL} "-" "checkout/1" 12 "orders@docker" "http://10.0.0.2:80" 4ms"#), checkout),
            (format!(r#"10.0.0.7 - - {TAIL} "-" "-""#), expected(None)),
        ] {
            assert_eq!(read(&line), Some(call), "{line}");
        }
    }

    #[test]
    fn the_user_is_the_consumer_where_that_is_wanted() {
        for (user, consumer) in [("ann", Some("ann")), ("-", None)] {
            let line = format!(r#"10.0.0.7 - {user} {TAIL} "-" "checkout/1""#);
            let call = call(&line, &ConsumerFrom::RemoteUser).unwrap();
            assert_eq!(call.consumer.as_deref(), consumer);
        }
    }

    #[test]
    fn a_request_that_is_none_is_a_call_without_method() {
        for request in ["-", "", r"\x16\x03\x01\x02", r"\n"] {
            let line = format!(r#"10.0.0.7 - - [06/May/2024:09:08:09 +0200] "{request}" 400 0 "-" "-""#);
            let call = read(&line).unwrap();
            assert_eq!((call.method.as_str(), call.targets.len(), call.status), ("", 0, Some(400)), "{request}");
        }
    }

    #[test]
    fn other_lines_are_refused() {
        for line in [
            "",
            "2024-05-06 09:08:09 INFO started",
            r#"[2024-05-06T07:08:09Z] "GET /orders HTTP/1.1" 200 - 0 12 3 - "10.0.0.7" "checkout/1""#,
            r#"10.0.0.7 - - [yesterday] "GET / HTTP/1.1" 200 1"#,
            r#"10.0.0.7 - - [06/May/2024:09:08:09 +0200] "GET / HTTP/1.1 200 1"#,
            r#"10.0.0.7 - - [06/May/2024:09:08:09 +0200] "GET / HTTP/1.1" fine 1"#,
            r#"10.0.0.7 - - [06/May/2024:09:08:09 +0200] "GET /\xzz HTTP/1.1" 200 1"#,
        ] {
            assert_eq!(read(line), None, "{line}");
        }
    }
}
