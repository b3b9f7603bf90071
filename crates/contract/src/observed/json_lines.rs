//! Access logs with one JSON object a line: the field names of nginx, Caddy, Traefik, Envoy, Kong,
//! API gateways and ECS are one table, because they differ in little more than case and dots.

use super::call::Call;
use super::fields::{Found, Names, plain};
use serde_json::Value;

/// How deep fields are looked for: `request.headers.User-Agent` is at 3.
const DEPTH_MAX: usize = 4;

/// The call that an object tells of; nothing without a method and a path.
pub(super) fn call(line: &Value, names: &Names) -> Option<Call> {
    let mut found = Found::default();
    visit(line, &mut String::new(), DEPTH_MAX, &mut |name, value| found.offer(names, name, value));
    found.call()
}

/// Calls the function for each text and number, by its plain name; of a list the first counts.
fn visit(value: &Value, name: &mut String, depth: usize, on: &mut dyn FnMut(&str, &str)) {
    match value {
        Value::String(text) => on(name, text),
        Value::Number(number) => on(name, &number.to_string()),
        Value::Array(values) => values.first().into_iter().for_each(|first| visit(first, name, depth, on)),
        Value::Object(members) if depth > 0 => {
            let above = name.len();
            for (key, member) in members {
                name.extend(plain(key));
                visit(member, name, depth - 1, on);
                name.truncate(above);
            }
        }
        Value::Null | Value::Bool(_) | Value::Object(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::super::consumer::ConsumerFrom;
    use super::*;

    fn told(line: &str, from: &ConsumerFrom) -> Option<String> {
        let call = call(&serde_json::from_str(line).unwrap(), &Names::of_logs(from))?;
        let Call { method, targets, status, time_us, consumer } = call;
        let status = status.map_or("-".to_owned(), |status| status.to_string());
        let seconds = time_us.map_or(0, |time_us| time_us / 1_000_000);
        Some(format!("{method} {} {status} {seconds} {}", targets.join(" | "), consumer.as_deref().unwrap_or("-")))
    }

    #[test]
    fn the_objects_of_known_programs_are_read() {
        for (program, line, expected) in [
            (
                "nginx",
                r#"{"time_iso8601":"2024-05-06T09:08:09+02:00","remote_addr":"10.0.0.7","remote_user":"-","request":"GET /orders/5?x=1 HTTP/1.1","status":"200","request_time":"0.004","http_user_agent":"checkout/1.4"}"#,
                "GET /orders/5?x=1 200 1714979289 checkout",
            ),
            (
                "nginx, field by field",
                r#"{"msec":"1714979289.123","request_method":"POST","request_uri":"/orders","uri":"/index.php","status":201,"http_user_agent":""}"#,
                "POST /orders 201 1714979289 -",
            ),
            (
                "Caddy",
                r#"{"level":"info","ts":1714979289.5241024,"logger":"http.log.access.log0","msg":"handled request","request":{"remote_ip":"10.0.0.7","proto":"HTTP/2.0","method":"GET","host":"api.example.com","uri":"/orders/5","headers":{"Accept":["*/*"],"User-Agent":["checkout/1.4"]},"tls":{"proto":"h2"}},"user_id":"","duration":0.001,"size":99,"status":404,"resp_headers":{"Date":["Mon, 06 May 2024 07:08:09 GMT"]}}"#,
                "GET /orders/5 404 1714979289 checkout",
            ),
            (
                "Traefik",
                r#"{"ClientHost":"10.0.0.7","ClientUsername":"-","DownstreamStatus":200,"OriginStatus":500,"Duration":3454189,"RequestMethod":"GET","RequestPath":"/orders/5","RequestProtocol":"HTTP/1.1","ServiceName":"orders@docker","StartUTC":"2024-05-06T07:08:09.19Z","request_User-Agent":"checkout/1.4","time":"2024-05-06T07:08:09Z"}"#,
                "GET /orders/5 200 1714979289 checkout",
            ),
            (
                "Envoy",
                r#"{"start_time":"2024-05-06T07:08:09.123Z","method":"GET","path":"/internal/5","x-envoy-original-path":"/orders/5","protocol":"HTTP/1.1","response_code":200,"response_flags":"-","duration":4,"user_agent":"checkout/1.4","route_name":"default","upstream_cluster":"orders","authority":"api.example.com"}"#,
                "GET /orders/5 200 1714979289 checkout",
            ),
            (
                "AWS API Gateway",
                r#"{"requestId":"a1","ip":"10.0.0.7","caller":"-","user":"-","requestTime":"06/May/2024:07:08:09 +0000","requestTimeEpoch":"1714979289000","httpMethod":"GET","path":"/prod/orders/5","resourcePath":"/orders/{id}","status":"200","userAgent":"checkout/1.4"}"#,
                "GET /prod/orders/5 | /orders/{id} 200 1714979289 checkout",
            ),
            (
                "AWS API Gateway, HTTP API",
                r#"{"requestTime":"06/May/2024:07:08:09 +0000","routeKey":"GET /orders/{id}","status":"200","protocol":"HTTP/1.1"}"#,
                "GET /orders/{id} 200 1714979289 -",
            ),
            (
                "AWS ALB, as columns",
                r#"{"type":"https","time":"2024-05-06T07:08:09.123456Z","elb_status_code":200,"target_status_code":"-","request_verb":"GET","request_url":"https://api.example.com:443/orders/5?x=1","user_agent":"checkout/1.4"}"#,
                "GET https://api.example.com:443/orders/5?x=1 200 1714979289 checkout",
            ),
            (
                "Google Cloud load balancer",
                r#"{"httpRequest":{"requestMethod":"GET","requestUrl":"https://api.example.com/orders/5","status":200,"userAgent":"checkout/1.4"},"timestamp":"2024-05-06T07:08:09Z"}"#,
                "GET https://api.example.com/orders/5 200 1714979289 checkout",
            ),
            (
                "Kong",
                r#"{"request":{"method":"GET","uri":"/orders/5","url":"http://api.example.com/orders/5","headers":{"user-agent":"curl/8"}},"response":{"status":200},"started_at":1714979289123,"consumer":{"id":"7","username":"checkout"}}"#,
                "GET /orders/5 200 1714979289 checkout",
            ),
            (
                "ECS",
                r#"{"@timestamp":"2024-05-06T07:08:09Z","http":{"request":{"method":"GET"},"response":{"status_code":200}},"url":{"path":"/orders/5"},"user_agent":{"original":"checkout/1.4","name":"other"}}"#,
                "GET /orders/5 200 1714979289 checkout",
            ),
            (
                "pino",
                r#"{"level":30,"time":1714979289872,"req":{"method":"GET","url":"/orders/5","headers":{"user-agent":"checkout/1.4"}},"res":{"statusCode":200},"msg":"request completed"}"#,
                "GET /orders/5 200 1714979289 checkout",
            ),
            ("little", r#"{"verb":"GET","path":"/orders/5","status":"OK","time":4}"#, "GET /orders/5 - 0 -"),
        ] {
            assert_eq!(told(line, &ConsumerFrom::Usual).as_deref(), Some(expected), "{program}");
        }
        for line in [r#"{"msg":"started","path":"/etc"}"#, r#"{"method":"GET","path":"-"}"#, "{}"] {
            assert_eq!(told(line, &ConsumerFrom::Usual), None, "{line}");
        }
    }

    #[test]
    fn the_consumer_is_in_the_field_that_is_named() {
        let line = r#"{"method":"GET","path":"/","user":"ann","client_id":"shop","user_agent":"curl/8","jwt":{"x-azp":["web"]}}"#;
        for (from, consumer) in [
            (ConsumerFrom::Usual, "shop"),
            (ConsumerFrom::UserAgent, "curl"),
            (ConsumerFrom::RemoteUser, "ann"),
            (ConsumerFrom::from("jwt.x_azp"), "web"),
            (ConsumerFrom::from("azp"), "-"),
        ] {
            assert_eq!(told(line, &from).unwrap().split(' ').next_back(), Some(consumer), "{from:?}");
        }
    }
}
