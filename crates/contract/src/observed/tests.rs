//! Whole files, from their lines to what was observed.

use super::*;
use serde_json::{Value, json};

const GET: &str = "getOrder";

fn routes() -> Routes {
    let get = json!({"operationId": GET});
    Routes::of(&json!({"paths": {"/orders/{id}": {"get": get}, "/orders": {"post": {}}}})).unwrap()
}

fn observed(lines: &[impl AsRef<str>], options: &Options) -> Result<Observed, ObservedError> {
    let routes = routes();
    let mut reader = Reader::new(&routes, options);
    for line in lines {
        reader.line(line.as_ref())?;
    }
    reader.finish()
}

fn usual(lines: &[impl AsRef<str>]) -> Observed {
    observed(lines, &Options::default()).unwrap()
}

/// `CONSUMER COUNT` of one operation.
fn consumers(observed: &Observed, operation: &str) -> Vec<String> {
    observed.operations[operation].iter().map(|(name, calls)| format!("{name} {}", calls.count)).collect()
}

fn combined(second: u32, request: &str, status: u16, agent: &str) -> String {
    format!(r#"10.0.0.7 - - [06/May/2024:07:08:{second:02} +0000] "{request} HTTP/1.1" {status} 9 "-" "{agent}""#)
}

#[test]
fn an_access_log_becomes_counts_by_operation_and_consumer() {
    let observed = usual(&[
        combined(20, "GET /orders/5?token=secret", 200, "checkout/1.4"),
        combined(10, "GET /orders/6", 404, "checkout/1.5"),
        combined(15, "GET /orders/6", 200, "-"),
        String::new(),
        "started".to_owned(),
        combined(40, "GET /stock/QxZrTyUiOpAsDfGhJk/5", 200, "checkout/1.5"),
        combined(30, "GET /stock/5/5", 200, "checkout/1.5"),
        "{}".to_owned(),
    ]);
    assert_eq!(observed.format, Format::Combined);
    let at = |second: i64| Some((1_714_979_280 + second) * 1_000_000);
    assert_eq!((observed.from_us, observed.until_us), (at(10), at(40)));
    let checkout = Calls { count: 2, last_us: at(20), by_class: [0, 0, 1, 0, 1, 0] };
    assert_eq!(observed.operations[GET]["checkout"], checkout);
    assert_eq!(consumers(&observed, GET), ["checkout 2", "unknown 1"]);
    assert_eq!(consumers(&observed, "POST /orders"), Vec::<String>::new());
    assert_eq!(observed.unmatched, Unmatched { count: 2, top: vec![("GET /stock/*/*".to_owned(), 2)] });
    let first_refused = Some(Refused { line: 5, why: "not a line of an access log" });
    assert_eq!(observed.lines, Lines { read: 5, refused: 2, first_refused });
    assert!(!format!("{observed:?}").contains("secret"));
}

#[test]
fn the_first_line_that_is_of_a_format_decides() {
    let line = json!({"method": "GET", "path": "/orders/5", "user_agent": "checkout/1"}).to_string();
    let spans = json!({"resourceSpans": []}).to_string();
    let truncated = &line[..20];
    let agent = combined(1, "GET /orders/5", 200, "checkout");
    for (lines, format, read, refused) in [
        (vec!["\u{feff}", "{\"level\": \"info\"}", &line, truncated, &agent, &spans], Format::JsonLines, 1, 4),
        (vec!["x", &agent, &line], Format::Combined, 1, 2),
        (vec![&spans, &line, truncated], Format::Spans, 1, 2),
    ] {
        let observed = usual(&lines);
        assert_eq!((observed.format, observed.lines.read, observed.lines.refused), (format, read, refused));
    }
}

#[test]
fn a_file_that_shows_nothing_is_an_error() {
    let refusal = |lines: &[&str], options: &Options| observed(lines, options).unwrap_err().to_string();
    let field = Options { consumer: "client".into(), ..Options::default() };
    let line = combined(1, "GET /orders/5", 200, "checkout");
    for (lines, options, told) in [
        (vec!["", " "], Options::default(), "there is nothing in it, which does not show that nobody calls"),
        (
            vec!["", "started", "{}"],
            Options::default(),
            "line 2: not a line of an access log; no other line could be read either",
        ),
        (
            vec!["{\"level\": 1}"],
            Options::default(),
            "line 1: a JSON object without a method and a path; no other line could be read either",
        ),
        (vec![line.as_str()], field, "no call has a field `client` to take the consumer from"),
    ] {
        assert_eq!(refusal(&lines, &options), told);
    }
}

/// A span: its service, its kind, its id, its parent's, and what it called.
fn span(service: &str, kind: u8, own: &str, parent: &str, path: &str) -> Value {
    let attribute = |key: &str, value: &str| json!({"key": key, "value": {"stringValue": value}});
    let id = |id: &str| if id.is_empty() { String::new() } else { format!("{id:0>16}") };
    let span = json!({
        "spanId": id(own), "parentSpanId": id(parent), "kind": kind, "startTimeUnixNano": "1714979289000000000",
        "attributes": [attribute("http.request.method", "GET"), attribute("url.path", path)],
    });
    let resource = json!({"attributes": [attribute("service.name", service)]});
    json!({"resource": resource, "scopeSpans": [{"spans": [span]}]})
}

#[test]
fn both_ends_of_a_call_are_one_call() {
    let client = |path: &str| span("checkout", 3, "a1", "", path);
    let server = |parent: &str, path: &str| span("orders", 2, "b1", parent, path);
    let lines = |spans: &[&Value]| spans.iter().map(|span| json!({"resourceSpans": [span]}).to_string()).collect();
    for (case, spans, expected, unmatched) in [
        ("client first", [client("/orders/5"), server("a1", "/orders/5")], vec!["checkout 1"], 0),
        ("server first", [server("a1", "/orders/5"), client("/orders/5")], vec!["checkout 1"], 0),
        ("another path at the client", [client("/gateway"), server("a1", "/orders/5")], vec!["checkout 1"], 0),
        ("the same, server first", [server("a1", "/orders/5"), client("/gateway")], vec!["checkout 1"], 0),
        ("two calls", [client("/orders/5"), server("a2", "/orders/5")], vec!["checkout 1", "unknown 1"], 0),
        ("no parent", [server("", "/orders/5"), server("", "/orders/6")], vec!["unknown 2"], 0),
        ("retried", [server("a1", "/orders/5"), server("a1", "/orders/5")], vec!["unknown 2"], 0),
        ("of nobody", [client("/stock"), server("a1", "/stock")], vec![], 1),
    ] {
        let lines: Vec<String> = lines(&[&spans[0], &spans[1]]);
        let observed = usual(&lines);
        assert_eq!(consumers(&observed, GET), expected, "{case}");
        assert_eq!(observed.unmatched.count, unmatched, "{case}");
    }
}

#[test]
fn calls_of_other_services_are_left_out_where_the_provider_is_named() {
    let spans = [
        span("checkout", 3, "a1", "", "/orders/5"),
        span("orders", 2, "b1", "a1", "/orders/5"),
        span("checkout", 3, "a2", "", "/orders/6"),
        span("payments", 2, "b2", "a2", "/orders/6"),
    ];
    let lines = [json!({"resourceSpans": spans}).to_string()];
    let options = Options { provider: Some("orders".to_owned()), ..Options::default() };
    assert_eq!(consumers(&observed(&lines, &options).unwrap(), GET), ["checkout 1"]);
    assert_eq!(consumers(&usual(&lines), GET), ["checkout 2"]);
}

#[test]
fn spans_may_be_one_document_in_many_lines() {
    let document = json!({"resourceSpans": [span("checkout", 3, "a1", "", "/orders/5")]});
    let pretty = serde_json::to_string_pretty(&document).unwrap();
    let observed_pretty = usual(&pretty.lines().collect::<Vec<_>>());
    assert_eq!(observed_pretty, usual(&[document.to_string()]));
    let cut: Vec<_> = pretty.lines().take(5).collect();
    let told = observed(&cut, &Options::default()).unwrap_err().to_string();
    assert_eq!(told, "line 1: JSON that ends too early or is none; no other line could be read either");
}
