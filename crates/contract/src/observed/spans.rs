//! Spans of OpenTelemetry as OTLP JSON: the ones of kind server and client that are of HTTP, by the
//! conventions since 1.23 (`http.request.method`) and before (`http.method`).

use super::call::Call;
use super::consumer::{self, ConsumerFrom};
use super::fields::{Found, Names, plain};
use super::path::without_origin;
use super::time;
use serde_json::Value;

/// A call as one of its ends saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) call: Call,
    pub(super) end: End,
}

/// Which end, and the id by which both are told to be the same call: the client's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// Who called; what it called may be another provider.
    Client { id: Option<u64>, is_of_provider: bool },
    /// Who was called.
    Server { parent: Option<u64> },
}

/// What is read of spans.
#[derive(Clone, Debug)]
pub(super) struct SpanReader {
    names: Names,
    from: ConsumerFrom,
    /// The `service.name` of the provider, in lower case; nothing for any.
    provider: Option<String>,
}

impl SpanReader {
    pub(super) fn new(from: &ConsumerFrom, provider: Option<&str>) -> Self {
        let provider = provider.map(str::to_ascii_lowercase);
        Self { names: Names::of_spans(from), from: from.clone(), provider }
    }

    /// The calls in `{"resourceSpans": […]}`; nothing for another value. Server spans of another
    /// service than the provider are left out.
    pub(super) fn read(&self, value: &Value) -> Option<Vec<Span>> {
        let mut read = Vec::new();
        for of_resource in value.get("resourceSpans")?.as_array()? {
            let resource = of_resource.get("resource").unwrap_or(&Value::Null);
            let scopes = list(of_resource, "scopeSpans");
            read.extend(scopes.flat_map(|scope| list(scope, "spans")).filter_map(|span| self.span(span, resource)));
        }
        Some(read)
    }

    fn span(&self, span: &Value, resource: &Value) -> Option<Span> {
        let is_client = match span.get("kind")? {
            Value::String(kind) if kind.ends_with("CLIENT") => true,
            Value::String(kind) if kind.ends_with("SERVER") => false,
            Value::Number(kind) if kind.as_u64() == Some(3) => true,
            Value::Number(kind) if kind.as_u64() == Some(2) => false,
            _ => return None,
        };
        let service = attribute(resource, "service.name").unwrap_or_default();
        let is_provider = |name: &str| self.provider.as_ref().is_none_or(|provider| is_called(name, provider));
        if !is_client && !is_provider(&service) {
            return None;
        }
        let mut found = Found::default();
        for (name, value) in attributes(resource).chain(attributes(span)) {
            found.offer(&self.names, &plain(name).collect::<String>(), &value);
        }
        let mut call = found.call()?;
        call.time_us = span.get("startTimeUnixNano").and_then(text).and_then(|nanos| time::micros(&nanos));
        let end = if is_client {
            if self.from == ConsumerFrom::Usual {
                call.consumer = consumer::name(&service);
            }
            End::Client { id: id(span, "spanId"), is_of_provider: peers(span).iter().any(|peer| is_provider(peer)) }
        } else {
            End::Server { parent: id(span, "parentSpanId") }
        };
        Some(Span { call, end })
    }
}

/// Whether a service or host is the provider: by its name, or the first label of a host's
/// (`orders.prod.svc.cluster.local`).
fn is_called(name: &str, provider: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name == provider || name.split(['.', ':']).next() == Some(provider)
}

/// By what names a client span calls the other end. At least one, which may be empty.
fn peers(span: &Value) -> Vec<String> {
    let names = ["service.peer.name", "peer.service", "server.address", "net.peer.name", "http.host"];
    let mut peers: Vec<_> = names.into_iter().filter_map(|name| attribute(span, name)).collect();
    for url in ["url.full", "http.url"].into_iter().filter_map(|name| attribute(span, name)) {
        let origin = &url[..url.len() - without_origin(&url).len()];
        peers.extend(origin.rsplit('/').next().map(str::to_owned));
    }
    peers.push(String::new());
    peers
}

fn list<'v>(value: &'v Value, name: &str) -> impl Iterator<Item = &'v Value> {
    value.get(name).and_then(Value::as_array).into_iter().flatten()
}

/// The attributes that are texts or integers.
fn attributes(value: &Value) -> impl Iterator<Item = (&str, String)> {
    list(value, "attributes").filter_map(|attribute| {
        let of = attribute.get("value")?;
        Some((attribute.get("key")?.as_str()?, of.get("stringValue").or(of.get("intValue")).and_then(text)?))
    })
}

fn attribute(value: &Value, name: &str) -> Option<String> {
    attributes(value).find(|(key, _)| *key == name).map(|(_, value)| value)
}

/// A text, or a number as it is written: 64 bits are either.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The id of a span, 16 hexadecimal digits; zero and the empty text are none.
fn id(span: &Value, name: &str) -> Option<u64> {
    let digits = span.get(name)?.as_str().filter(|digits| digits.len() == 16)?;
    u64::from_str_radix(digits, 16).ok().filter(|id| *id != 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn attributes(pairs: &Value) -> Value {
        let pairs = pairs.as_object().unwrap().iter();
        let value = |value: &Value| match value {
            Value::String(text) => json!({"stringValue": text}),
            number => json!({"intValue": number.to_string()}),
        };
        pairs.map(|(key, of)| json!({"key": key, "value": value(of)})).collect()
    }

    /// One span of the service `checkout`, as it is read.
    fn read(reader: &SpanReader, kind: &Value, pairs: &Value) -> Option<String> {
        let span = json!({
            "traceId": "5b8aa5a2d2c872e8321cf37308d69df2", "spanId": "051581bf3cb55c13", "parentSpanId": "",
            "name": "GET", "kind": kind, "startTimeUnixNano": "1714979289250001999", "attributes": attributes(pairs),
        });
        let resource = json!({"attributes": attributes(&json!({"service.name": "checkout", "team": "shop"}))});
        let spans = [json!({"scope": {"name": "http"}, "spans": [span]})];
        let document = json!({"resourceSpans": [{"resource": resource, "scopeSpans": spans}]});
        let Span { call, end } = reader.read(&document).unwrap().pop()?;
        assert_eq!(call.time_us, Some(1_714_979_289_250_001));
        let end = match end {
            End::Client { id, is_of_provider } => {
                format!("client {:?} {is_of_provider}", id == Some(0x0515_81bf_3cb5_5c13))
            }
            End::Server { parent } => format!("server {parent:?}"),
        };
        let Call { method, targets, status, consumer, .. } = call;
        let consumer = consumer.as_deref().unwrap_or("-");
        Some(format!("{method} {} {} {consumer} {end}", targets.join(" | "), status.unwrap_or(0)))
    }

    #[test]
    fn spans_of_either_convention_and_end_are_read() {
        let reader = SpanReader::new(&ConsumerFrom::Usual, None);
        let new = json!({"http.request.method": "GET", "url.path": "/orders/5", "http.route": "/orders/{id}",
            "http.response.status_code": 200, "client.service.name": "shop"});
        let old = json!({"http.method": "GET", "http.target": "/orders/5?x=1", "http.status_code": 404, "method": "x"});
        let client = json!({"http.request.method": "GET", "url.full": "https://orders:8080/orders/5", "status": 3});
        for (kind, pairs, expected) in [
            (json!(2), &new, Some("GET /orders/5 | /orders/{id} 200 shop server None")),
            (json!("SPAN_KIND_SERVER"), &old, Some("GET /orders/5?x=1 404 - server None")),
            (json!(3), &client, Some("GET https://orders:8080/orders/5 0 checkout client true true")),
            (json!("SPAN_KIND_CLIENT"), &old, Some("GET /orders/5?x=1 404 checkout client true true")),
            (json!(1), &new, None),
            (json!(2), &json!({"rpc.method": "Get", "url.path": "/"}), None),
        ] {
            assert_eq!(read(&reader, &kind, pairs).as_deref(), expected, "{kind} {pairs}");
        }
        assert_eq!(reader.read(&json!({"resourceMetrics": []})), None);
    }

    #[test]
    fn the_consumer_may_be_an_attribute_of_the_resource() {
        let reader = SpanReader::new(&ConsumerFrom::from("team"), None);
        let pairs = json!({"http.request.method": "GET", "url.path": "/"});
        assert_eq!(read(&reader, &json!(3), &pairs).as_deref(), Some("GET / 0 shop client true true"));
    }

    #[test]
    fn calls_of_another_provider_are_told_apart() {
        let of = |provider, kind, name: &str, value: &str| {
            let pairs = json!({"http.request.method": "GET", "url.full": "http://10.0.0.3:80/", name: value});
            read(&SpanReader::new(&ConsumerFrom::Usual, Some(provider)), &json!(kind), &pairs)
        };
        for (name, value, is_of_provider) in [
            ("server.address", "orders.prod.svc.cluster.local", true),
            ("peer.service", "Orders", true),
            ("http.host", "orders:8080", true),
            ("url.full", "https://orders/", true),
            ("server.address", "orders-old", false),
            ("url.full", "https://payments/orders", false),
        ] {
            let told = of("orders", 3, name, value).unwrap();
            assert!(told.ends_with(&format!("client true {is_of_provider}")), "{name} {value}: {told}");
        }
        assert_eq!(of("orders", 2, "server.address", "orders"), None);
        assert!(of("checkout", 2, "server.address", "x").is_some());
    }
}
