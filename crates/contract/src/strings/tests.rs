//! Tables of texts that are wanted and of what is found.

use super::*;
use jsonschema_regex::is_valid_ecma_regex;

/// `+p` a pattern that is found, `-p` one that is not, `+f:`/`-f:` formats, `=x` an excluded text,
/// `3..5` lengths.
fn wanted(parts: &[&str]) -> Wanted {
    let mut wanted = Wanted::default();
    for part in parts {
        let (sign, rest) = part.split_at(1);
        match (sign, rest.strip_prefix("f:")) {
            ("=", _) => drop(wanted.excluded.insert(rest.into())),
            ("+" | "-", Some(format)) => drop(wanted.formats.insert(format.into(), sign == "+")),
            ("+" | "-", None) => {
                assert!(is_valid_ecma_regex(rest), "{rest}");
                wanted.patterns.insert(rest.into(), sign == "+");
            }
            _ => {
                let (min, max) = part.split_once("..").expect("lengths are written with two dots");
                (wanted.min, wanted.max) = (min.parse().unwrap_or(0), max.parse().ok());
            }
        }
    }
    wanted
}

fn told(found: Found<Arc<str>>) -> String {
    match found {
        Found::Value(text) => format!("{text:?}"),
        Found::None => "none".into(),
        Found::Maybe(reason, None) => reason.code().into(),
        Found::Maybe(reason, Some(text)) => format!("{} {text:?}", reason.code()),
    }
}

#[test]
fn the_shortest_text_is_found_or_none() {
    let table: &[(&[&str], &str)] = &[
        (&[], r#""""#),
        (&["3..5"], r#""aaa""#),
        (&["3..2"], "none"),
        (&["=", "=a", "=b"], r#""c""#),
        (&["0..1", "="], r#""a""#),
        (&["0..0", "="], "none"),
        // A pattern is searched, not matched from the start.
        (&["+b"], r#""b""#),
        (&["+^a|b$", "-^a"], r#""b""#),
        (&["+^[a-z]+$", "-^[a-z0-9]+$"], "none"),
        (&["+^[a-z0-9]+$", "-^[a-z]+$"], r#""0""#),
        (&["+^(a|b|cc)$", "=a"], r#""b""#),
        (&["+^(a|b|cc)$", "2..2"], r#""cc""#),
        (&["+^(a|b)$", "-^(b|a|c)$"], "none"),
        (&["+^a*$", "+^b*$", "1.."], "none"),
        (&["+^(aa)*$", "+^(aaa)*$", "1.."], r#""aaaaaa""#),
        (&["+^(aa)*$", "3..3"], "none"),
        // Code points, not bytes.
        (&["+^💩$", "0..1"], r#""💩""#),
        (&["+^[é-ü]{2}$", "2..2"], r#""éé""#),
        // The complement has no texts that are not UTF-8.
        (&[r"-^[\s\S]$", "1..1"], "none"),
        (&[r"-^[\u{0}-\u{7f}]*$", r"-[\u{80}-\u{10ffff}]"], "none"),
        // Ends of lines: `.` is none of the four, `$` is the very end.
        (&["-^.$", "1..1"], r#""\n""#),
        (&[r"-^[^\n]$", "+^.$"], "none"),
        (&[r"+^[^\n]$", "-^.$"], r#"pattern "\r""#),
        (&["-^.{0,2}$", "=\n"], r#""a\n""#),
        (&["+^(a|aa|aaa)$", "-^.{1,2}$"], r#""aaa""#),
        (&["+^.$", r"-^[^\n\r]$"], "none"),
        (&["+^a$", "-^a(?!b)$"], r#"pattern "a""#),
        (&["+a$", r"+\n$"], "none"),
        // ASCII classes, and `\s` with U+FEFF.
        (&[r"+^\d$", "-^[0-9]$"], "none"),
        (&[r"+^\w$", "-^[0-9A-Za-z_]$"], "none"),
        (&[r"+^\s$", "+^\u{feff}$"], r#""\u{feff}""#),
        (&[r"+\bé\b"], r#""aéa""#),
        (&[r"+^a\B", "2..2"], r#""aa""#),
        // What is a set operation in Rust only.
        (&["+^[a&&b]$", "=a"], r#""b""#),
        (&["+^[a~~b]$", "+~"], r#""~""#),
        (&[r"+^\p{Lu}$", "-^[A-Z]$"], r#""À""#),
    ];
    let mut strings = Strings::new();
    for (parts, expected) in table {
        assert_eq!(told(strings.find(&wanted(parts))), *expected, "{parts:?}");
    }
}

#[test]
fn counts_are_lengths_and_not_states() {
    let table: &[(&[&str], &str)] = &[
        (&["+^[a-z]{1,65535}$", "-^([a-z]{1,65535})$"], "none"),
        (&["+^[a-z]{1,60000}$", r"-^[\s\S]{0,65535}$"], "none"),
        (&["+^.{1,255}$", "-^.{0,255}$"], "none"),
        (&["+^.{1,255}$", "-^.{2,255}$"], r#""a""#),
        (&["+^.{1,255}$", "0..0"], "none"),
        (&["-^(.{1,100})$", "1..100"], r#""\n""#),
        (&["300..", "-^[a-z]{1,299}$", "+^[a-z]*$", "-^[a-z]{301,}$", "-^[a-z]{300}$"], "none"),
    ];
    let mut strings = Strings::new();
    for (parts, expected) in table {
        assert_eq!(told(strings.find(&wanted(parts))), *expected, "{parts:?}");
    }
    let long = strings.find(&wanted(&["+^[a-z]{1,65535}$", "-^[a-z]{1,65534}$"]));
    assert!(matches!(long, Found::Value(text) if text.len() == 65535));
}

#[test]
fn formats_are_compared_by_their_sets() {
    let table: &[(&[&str], &str)] = &[
        (&["+f:date"], r#""0000-01-01""#),
        (&["+f:date", "-f:date-time"], r#""0000-01-01""#),
        (&["+f:date", "+f:ipv4"], "none"),
        (&["+f:date", "11.."], "none"),
        (&["+f:uuid", "-^[0-9a-fA-F-]{36}$"], "none"),
        (&["-f:regex"], r#"")""#),
        (&["-f:uri-reference", "0..1"], r#""\"""#),
        (&["+f:uri", "-f:uri-reference"], "none"),
        (&["+f:uri-reference", "-f:uri"], r#""""#),
        (&["+f:uri", "30..30"], r#""aaaaaaaaaaaaaaaaaaaaaaaaaaaaa:""#),
        (&["+f:hostname", "254.."], "none"),
        (&["+f:email", "+@example[.]org$"], r#""a@example.org""#),
        // Between both sets nobody knows without asking the validator.
        (&["+f:time", "+:60Z$"], "format"),
        (&["+f:ipv6", "+^:::$"], "format"),
        // Of an unknown format only that there are texts of it.
        (&["+f:phone"], r#"format """#),
        (&["+f:phone", "3..3"], "format"),
        (&["-f:phone"], "format"),
        (&["+f:phone", "+f:date", "0..9"], "none"),
    ];
    let mut strings = Strings::new();
    for (parts, expected) in table {
        assert_eq!(told(strings.find(&wanted(parts))), *expected, "{parts:?}");
    }
}

/// By format: what the validator takes for one, and what it does not.
const SAMPLES: [(&str, [&str; 5], [&str; 4]); 17] = [
    (
        "date",
        ["2024-02-29", "2000-02-29", "0000-01-01", "2023-12-31", "1999-11-30"],
        ["2023-02-29", "1900-02-29", "2023-11-31", "2023-1-1"],
    ),
    (
        "time",
        ["00:00:00Z", "23:59:60Z", "12:30:45.678z", "01:02:03+23:59", "22:59:60-01:00"],
        ["24:00:00Z", "12:00:60Z", "12:00:00", "12:00:00.Z"],
    ),
    (
        "date-time",
        [
            "2024-02-29T00:00:00Z",
            "1990-12-31T23:59:60Z",
            "1963-06-19t08:30:06.28+01:00",
            "0000-01-01T00:00:00z",
            "2023-12-31T23:59:59.999-12:34",
        ],
        ["2023-02-29T00:00:00Z", "2023-01-01 00:00:00Z", "2023-01-01T00:00:00", "2023-01-01T24:00:00Z"],
    ),
    ("duration", ["P1D", "P1Y2M3DT4H5M6S", "PT0S", "P4W", "P1M2DT1M"], ["P", "P1Y2D", "PT1H2S", "P1W1D"]),
    (
        "ipv4",
        ["0.0.0.0", "255.255.255.255", "127.0.0.1", "10.20.30.40", "192.168.100.9"],
        ["256.0.0.1", "01.2.3.4", "1.2.3", "1.2.3.4.5"],
    ),
    (
        "ipv6",
        ["::", "::1", "1:2:3:4:5:6:7:8", "1::3:4:5:6:7:8", "::ffff:1.2.3.4"],
        ["1:2:3:4:5:6:7", "1::2::3", "12345::", "1:2:3:4:5:6:7:8:9"],
    ),
    (
        "uuid",
        [
            "00000000-0000-0000-0000-000000000000",
            "2EB8AA08-AA98-11EA-B4AA-73B441D16380",
            "2eb8aa08-aa98-11ea-b4aa-73b441d16380",
            "ffffffff-ffff-ffff-ffff-ffffffffffff",
            "12345678-9abc-4def-8012-3456789abcde",
        ],
        [
            "2eb8aa08aa9811eab4aa73b441d16380",
            "2eb8aa08-aa98-11ea-b4aa-73b441d1638",
            "2eb8aa08-aa98-11ea-b4aa-73b441d1638g",
            "{2eb8aa08-aa98-11ea-b4aa-73b441d16380}",
        ],
    ),
    ("hostname", ["a", "example.com", "1host", "a-b.c", "xn--4gbwdl.xn--wgbh1c"], ["", "-a", "a_b", "a."]),
    ("email", ["a@b", "joe.b@example.com", "te~st@x.y", "\"a b\"@x.y", "a@[127.0.0.1]"], ["a", "@b", ".a@b.c", "a@-b"]),
    ("uri", ["a:", "http://a/b?c#d", "urn:x:y", "mailto:a@b.c", "http://[::1]:80/"], ["", "//a", "http://a b", "a:%4"]),
    ("uri-reference", ["", "#a", "//a/b", "a/b:c", "?q"], ["a b", "%", ":", "\\\\a"]),
    ("iri", ["a:", "http://ƒøø.ßår/?∂=πx", "http://a/b", "urn:é", "http://[::1]/"], ["", "//é", "a: ", "a:<"]),
    ("iri-reference", ["", "é", "//é/b", "#ƒ", "a/b"], ["é b", "%", ":", "{"]),
    ("uri-template", ["", "{a}", "http://a/{b,c}{?d*,e:3}", "é", "{+a.b}"], ["{", "{}", "{a", "{a:0}"]),
    ("json-pointer", ["", "/", "/a~0b~1c", "/é/0", "//"], ["a", "/~", "/~2", "#/a"]),
    ("relative-json-pointer", ["0", "1", "120/a", "0#", "3/~0"], ["", "01", "-1", "0a"]),
    ("regex", ["", "a", "^[a-z]+$", r"\d", "(?=a)"], ["(", "[", "*", "a**"]),
];

#[test]
fn the_validator_and_the_sets_agree_on_samples() {
    let mut strings = Strings::new();
    for (name, accepted, refused) in SAMPLES {
        let format = Format::read(name).unwrap();
        for text in accepted {
            assert_eq!(strings.is_format(name, text), Some(true), "{name} {text:?}");
            assert!(format.within.accepts(text), "{name} {text:?}");
        }
        for text in refused {
            assert_eq!(strings.is_format(name, text), Some(false), "{name} {text:?}");
            assert!(!format.inside.accepts(text), "{name} {text:?}");
        }
    }
    assert_eq!(strings.is_format("idn-email", "a@b"), None);
}

/// Texts drawn letter by letter from the samples' letters: those of the inner set are of the format,
/// those of the format are in the outer set, and the order of formats holds.
#[test]
fn the_validator_and_the_sets_agree_on_random_texts() {
    let mut strings = Strings::new();
    let mut random = fastrand::Rng::with_seed(5);
    let plain =
        Shape::read("^([0-9]{4}-[0-9]{2}-[0-9]{2})?[Tt]?([0-9]{2}:[0-9]{2}:[0-9]{2}.*([Zz]|[0-9]{2}:[0-9]{2}))?$")
            .unwrap();
    for (name, accepted, refused) in SAMPLES {
        let format = Format::read(name).unwrap();
        let samples: Vec<&str> = accepted.into_iter().chain(refused).collect();
        let letters: Vec<char> = samples.iter().flat_map(|text| text.chars()).chain("@:/[]%-.~".chars()).collect();
        for _ in 0..20_000 {
            let mut text: Vec<char> = random.choice(&samples).unwrap().chars().collect();
            for _ in 0..random.usize(1..4) {
                let (at, letter) = (random.usize(..=text.len()), *random.choice(&letters).unwrap());
                let removed = random.usize(at..=text.len().min(at + 2));
                text.splice(at..removed, random.bool().then_some(letter));
            }
            let text: String = text.into_iter().collect();
            let is = strings.is_format(name, &text).unwrap();
            assert!(is || !format.inside.accepts(&text), "{name} {text:?} is inside");
            // The validator (0.60.2) reads four digits at once, and `00-0-01-01` is a date to it.
            let digits = !["date", "time", "date-time"].contains(&name) || plain.accepts(&text);
            assert!(!is || !digits || format.within.accepts(&text), "{name} {text:?} is not within");
            for (narrow, wide) in
                [("uri", "uri-reference"), ("uri", "iri"), ("iri", "iri-reference"), ("uri-reference", "iri-reference")]
            {
                let narrow = strings.is_format(narrow, &text).unwrap();
                assert!(!narrow || strings.is_format(wide, &text).unwrap(), "{text:?} is no {wide}");
            }
        }
    }
}

/// Patterns at and beyond the limits end soon, decided or not.
#[test]
fn large_patterns_are_decided_or_refused() {
    let table: &[(&[&str], &str)] = &[
        (&["+^(a|b)*a(a|b){13}$", "-^(a|b)*a(a|b){13,14}$"], "none"),
        (&["+^(a|b)*a(a|b){20}$"], "pattern"),
        (&["+^(a|b)*a(a|b){20}$", "+^c$"], "pattern"),
        (&["+(a{1000}){1000}"], "pattern"),
    ];
    let mut strings = Strings::new();
    for (parts, expected) in table {
        let found = told(strings.find(&wanted(parts)));
        assert_eq!(found.split(' ').next().unwrap(), *expected, "{parts:?}");
    }
}
