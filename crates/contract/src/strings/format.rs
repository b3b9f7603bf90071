//! Formats, each between two regular sets of texts: all texts `within` the outer may be of the
//! format, all `inside` the inner are. Where both are one, the format is exact; where they differ,
//! a proof needs the one and an example the other.
//!
//! The formats are those that the validator implements, as it implements them.

use super::pattern::Shape;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The two sets of one format.
#[derive(Debug)]
pub struct Format {
    /// A text outside of it is not of the format.
    pub within: Shape,
    /// A text in it is of the format.
    pub inside: Shape,
}

/// A row of the table: the outer set, the inner set, and the longest text of both.
struct Row(String, String, Option<u64>);

impl Format {
    /// The format of that name; nothing for one that the validator does not know.
    pub fn read(name: &str) -> Option<Self> {
        let Row(within, inside, max) = row(name)?;
        let shape = |pattern: &str| Some(Shape { max, ..Shape::read(pattern)? });
        let within = shape(&format!("^(?:{within})$"))?;
        let inside = if inside.is_empty() { within.clone() } else { shape(&format!("^(?:{inside})$"))? };
        Some(Self { within, inside })
    }

    /// Whether both sets are one.
    pub fn is_exact(&self) -> bool {
        Arc::ptr_eq(&self.within.automaton, &self.inside.automaton)
    }
}

/// Whether no text can be of all formats that are wanted and of none that is not: each pair here
/// says that all texts of the first are of the second.
///
/// RFC 3986 defines `URI-reference = URI / relative-ref`, RFC 3987 the same for IRIs; and every rule
/// of RFC 3987 is that of RFC 3986 with more characters (`iunreserved` contains `unreserved`).
/// `ipv4 ⊂ hostname` holds by RFC 1123's grammar but says nothing that anybody means; `email ⊂
/// idn-email` and `hostname ⊂ idn-hostname` are of formats that the validator does not know.
pub fn contradict(formats: &BTreeMap<Arc<str>, bool>) -> bool {
    const ORDER: [(&str, &str); 5] = [
        ("uri", "uri-reference"),
        ("uri", "iri"),
        ("uri", "iri-reference"),
        ("uri-reference", "iri-reference"),
        ("iri", "iri-reference"),
    ];
    let is = |name, expected| formats.get(name) == Some(&expected);
    ORDER.iter().any(|(narrow, wide)| is(*narrow, true) && is(*wide, false))
}

/// All that is exact has an empty inner set here.
fn row(name: &str) -> Option<Row> {
    let exact = |pattern: String| Some(Row(pattern, String::new(), None));
    match name {
        "date" => exact(date()),
        "time" => Some(Row(time("(?:[0-5][0-9]|60)"), time("[0-5][0-9]"), None)),
        "date-time" => {
            let both = |seconds| format!("(?:{})[Tt]{}", date(), time(seconds));
            Some(Row(both("(?:[0-5][0-9]|60)"), both("[0-5][0-9]"), None))
        }
        "duration" => exact(duration()),
        "ipv4" => exact(ipv4()),
        "ipv6" => Some(Row("[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*".into(), ipv6(), Some(45))),
        "uuid" => exact(format!("{H}{{8}}-{H}{{4}}-{H}{{4}}-{H}{{4}}-{H}{{12}}", H = "[0-9A-Fa-f]")),
        "hostname" => Some(Row(r"[A-Za-z0-9.\-]+".into(), hostname(), Some(253))),
        // What stands before the address may be a name for people, and the address in brackets.
        "email" => Some(Row(r"[\s\S]+@[A-Za-z0-9.:\[\]\-]+>?".into(), email(), None)),
        "uri" => Some(Row(format!("{SCHEME}:{ANY}*"), uri(), None)),
        "uri-reference" => Some(Row(format!("{ANY}*"), reference(), None)),
        "iri" => Some(Row(format!("{SCHEME}:{WIDE}*"), uri(), None)),
        "iri-reference" => Some(Row(format!("{WIDE}*"), reference(), None)),
        "uri-template" => exact(template()),
        "json-pointer" => exact(format!("(?:/{POINTED}*)?")),
        "relative-json-pointer" => exact(format!("(?:0|[1-9][0-9]*)(?:#|/{POINTED}*)?")),
        // An expression repeats nothing at its start, and closes nothing.
        "regex" => Some(Row(r"(?:[^*+?)][\s\S]*)?".into(), "[A-Za-z0-9 _-]*".into(), None)),
        _ => None,
    }
}

const SCHEME: &str = r"[A-Za-z][A-Za-z0-9+.\-]*";
/// A character of a URI or an encoded byte, wherever it may stand.
const ANY: &str = r"(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/?#\[\]]|%[0-9A-Fa-f]{2})";
/// The same of an IRI, generously.
const WIDE: &str = "(?:[^\\u{0}- \"<>\\\\^`{|}\\u{7F}])";
/// A character of a path's segment; `NAME`: of a host's name.
const SEGMENT: &str = r"(?:[A-Za-z0-9\-._~!$&'()*+,;=:@]|%[0-9A-Fa-f]{2})";
const NAME: &str = r"(?:[A-Za-z0-9\-._~!$&'()*+,;=]|%[0-9A-Fa-f]{2})";
/// A character after a JSON Pointer's first slash.
const POINTED: &str = "(?:[^~]|~[01])";

fn date() -> String {
    let leap = "(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)-02-29";
    let long = "(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])";
    let short = "(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)";
    format!("[0-9]{{4}}-(?:{long}|{short}|02-(?:0[1-9]|1[0-9]|2[0-8]))|{leap}")
}

/// A leap second is one at one minute of the day in UTC only: outer and inner set differ by it.
fn time(seconds: &str) -> String {
    let clock = "(?:[01][0-9]|2[0-3]):[0-5][0-9]";
    format!(r"{clock}:{seconds}(?:\.[0-9]+)?(?:[Zz]|[+\-]{clock})")
}

fn duration() -> String {
    let parts = |[first, second, third]: [char; 3]| {
        let (first, second, third) = (format!("[0-9]+{first}"), format!("[0-9]+{second}"), format!("[0-9]+{third}"));
        format!("(?:{first}(?:{second}(?:{third})?)?|{second}(?:{third})?|{third})")
    };
    let (date, time) = (parts(['Y', 'M', 'D']), parts(['H', 'M', 'S']));
    format!("P(?:{date}(?:T{time})?|T{time}|[0-9]+W)")
}

fn ipv4() -> String {
    let byte = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
    format!(r"{byte}(?:\.{byte}){{3}}")
}

/// Eight groups, or two runs of at most seven together around `::`.
fn ipv6() -> String {
    let group = "[0-9A-Fa-f]{1,4}";
    let run = |count: usize| vec![group; count].join(":");
    let around = (0..=7).flat_map(|left| (0..=7 - left).map(move |right| (left, right)));
    let short = around.map(|(left, right)| format!("{}::{}", run(left), run(right)));
    short.chain([run(8)]).collect::<Vec<_>>().join("|")
}

/// Labels of at most 63 letters, without two hyphens together: `xn--` has rules of its own.
fn hostname() -> String {
    let label = "(?:[A-Za-z0-9](?:-?[A-Za-z0-9]){0,31}|[A-Za-z0-9]{1,63})";
    format!(r"{label}(?:\.{label})*")
}

fn email() -> String {
    let label = "[A-Za-z0-9](?:-?[A-Za-z0-9]){0,15}";
    format!(r"[A-Za-z0-9](?:[._+\-]?[A-Za-z0-9]){{0,31}}@{label}(?:\.{label}){{0,6}}")
}

fn authority() -> String {
    format!("//(?:(?:{NAME}|:)*@)?{NAME}*(?::[0-9]*)?(?:/(?:{SEGMENT}|/)*)?")
}

fn tail() -> String {
    format!(r"(?:\?(?:{SEGMENT}|[/?])*)?(?:#(?:{SEGMENT}|[/?])*)?")
}

/// All but a host in brackets, whose address has a grammar of its own.
fn uri() -> String {
    format!("{SCHEME}:(?:{}|/?{SEGMENT}(?:{SEGMENT}|/)*|/)?{}", authority(), tail())
}

fn reference() -> String {
    let plain = format!("(?:{NAME}|@)");
    let relative = format!("(?:{}|/{SEGMENT}(?:{SEGMENT}|/)*|/|{plain}+(?:/(?:{SEGMENT}|/)*)?)?", authority());
    format!("{}|{relative}{}", uri(), tail())
}

fn template() -> String {
    let literal = "(?:[^\\u{0}- \"<>%\\\\^`{|}\\u{7F}]|%[0-9A-Fa-f]{2})";
    let letters = "(?:[A-Za-z0-9_]|%[0-9A-Fa-f]{2})+";
    let variable = format!(r"{letters}(?:\.{letters})*(?::[1-9][0-9]{{0,3}}|\*)?");
    format!(r"(?:{literal}|\{{[+#./;?&=,!@|]?{variable}(?:,{variable})*\}})*")
}
