//! [`Routes`]: which operation of an OpenAPI document a method and a target are of.

use super::path::{Path, without_origin};
use super::trie::Trie;
use crate::openapi::{ApiError, joined};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// The operations that consumers call, found by method and path; webhooks and callbacks are called by
/// the provider and are none.
#[derive(Clone, Debug)]
pub struct Routes {
    names: Vec<String>,
    /// The paths below the base paths of their servers.
    served: Trie,
    /// The paths as the document has them: how a log behind a proxy that takes the base path away
    /// writes them.
    bare: Trie,
}

/// The methods of a path item.
const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// How many references are followed from one place.
const HOPS_MAX: usize = 32;

/// How many base paths the servers of one operation may have; each is a copy of its paths.
const BASES_MAX: usize = 64;

impl Routes {
    /// Reads the operations of a document of OpenAPI 3.0 or 3.1, lifted or not. Refused are path items
    /// that are not found or no objects, two operations of one method with the same path or id, and
    /// servers with more than 64 base paths.
    pub fn of(document: &Value) -> Result<Self, ApiError> {
        let mut routes = Self { names: Vec::new(), served: Trie::new(), bare: Trie::new() };
        let mut names = BTreeSet::new();
        for (path, item) in members(document.get("paths")) {
            let (item, at) = resolved(document, item, &joined("/paths", path))?;
            for method in METHODS {
                let Some(operation) = item.get(method) else { continue };
                let pointer = joined(&at, method);
                let Value::Object(operation) = operation else {
                    return Err(error(pointer, "an operation is an object"));
                };
                let name = name(operation, method, path);
                if !names.insert(name.clone()) {
                    return Err(error(pointer, format!("a second operation is called `{name}`")));
                }
                let servers = [(operation.get("servers"), &pointer), (item.get("servers"), &at)];
                let servers = servers.into_iter().find_map(|(list, at)| Some((list?, joined(at, "servers"))));
                let bases = match servers {
                    Some((list, at)) => bases(Some(list), &at)?,
                    None => bases(document.get("servers"), "/servers")?,
                };
                routes.add(name, method, path, &bases).map_err(|message| error(pointer, message))?;
            }
        }
        Ok(routes)
    }

    /// The names of all operations: their ids, or `GET /orders/{id}` where they have none.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    /// The name of the operation that a request is of. The target is a path or a URL, with or without
    /// a query; which host it names does not matter. `HEAD` is `GET` where the path has no operation
    /// of its own for it.
    pub fn find(&self, method: &str, target: &str) -> Option<&str> {
        self.index(method, target).map(|index| self.names[index].as_str())
    }

    /// As [`Self::find`], as the place in [`Self::names`].
    pub(super) fn index(&self, method: &str, target: &str) -> Option<usize> {
        let path = Path::of(target);
        let method = method.to_ascii_lowercase();
        let find = |method: &str| self.served.find(&path, method).or_else(|| self.bare.find(&path, method));
        find(&method).or_else(|| (method == "head").then(|| find("get"))?)
    }

    fn add(&mut self, name: String, method: &'static str, path: &str, bases: &BTreeSet<String>) -> Result<(), String> {
        let operation = self.names.len();
        if let Some(other) = self.bare.insert(path, method, operation) {
            return Err(format!("{name} has the method and the path of {}", self.names[other]));
        }
        for base in bases {
            self.served.insert(&format!("{base}{path}"), method, operation);
        }
        self.names.push(name);
        Ok(())
    }
}

/// What reports and declared uses call an operation.
fn name(operation: &Map<String, Value>, method: &str, path: &str) -> String {
    let id = operation.get("operationId").and_then(Value::as_str);
    id.map_or_else(|| format!("{} {path}", method.to_ascii_uppercase()), str::to_owned)
}

/// The paths of the URLs of servers, no slash at the end. A variable stands for anything that has no
/// slash, and for its default too, which may have some or be empty.
fn bases(servers: Option<&Value>, pointer: &str) -> Result<BTreeSet<String>, ApiError> {
    let mut bases = BTreeSet::new();
    for server in servers.and_then(Value::as_array).into_iter().flatten() {
        let Some(url) = server.get("url").and_then(Value::as_str) else { continue };
        let mut by_default = url.to_owned();
        for (variable, is) in members(server.get("variables")) {
            let default = is.get("default").and_then(Value::as_str).unwrap_or_default();
            by_default = by_default.replace(&format!("{{{variable}}}"), default);
        }
        for url in [url, &by_default] {
            let end = url.find(['?', '#']).unwrap_or(url.len());
            let path = without_origin(&url[..end]).split('/').filter(|segment| !matches!(*segment, "" | "."));
            bases.insert(path.map(|segment| format!("/{segment}")).collect());
        }
        if bases.len() > BASES_MAX {
            return Err(error(pointer.to_owned(), format!("more than {BASES_MAX} different base paths")));
        }
    }
    Ok(bases)
}

/// The members of an object, extensions left out; none of another value.
fn members(value: Option<&Value>) -> impl Iterator<Item = (&String, &Value)> {
    value.and_then(Value::as_object).into_iter().flatten().filter(|(name, _)| !name.starts_with("x-"))
}

/// A part of a document, its reference followed, and where it really is.
fn resolved<'d>(document: &'d Value, value: &'d Value, pointer: &str) -> Result<(&'d Value, String), ApiError> {
    let (mut value, mut pointer) = (value, pointer.to_owned());
    for _ in 0..HOPS_MAX {
        let Some(target) = value.get("$ref") else { return Ok((value, pointer)) };
        let inside = target.as_str().and_then(|target| target.strip_prefix('#'));
        let Some((inside, next)) = inside.and_then(|inside| Some((inside, document.pointer(inside)?))) else {
            return Err(error(joined(&pointer, "$ref"), format!("nothing in this document is at {target}")));
        };
        (value, pointer) = (next, inside.to_owned());
    }
    Err(error(pointer, "references go round in a circle"))
}

fn error(pointer: String, message: impl Into<String>) -> ApiError {
    ApiError { pointer, message: message.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn routes(document: &Value) -> Routes {
        Routes::of(document).unwrap()
    }

    #[test]
    fn an_operation_is_found_below_its_base_path_and_without_it() {
        let routes = routes(&json!({
            "servers": [
                {"url": "https://{region}.example.com/{stage}/api/", "variables": {"stage": {"default": "v1/beta"}}},
                {"url": "/v2"},
            ],
            "paths": {
                "/orders/{id}": {"get": {"operationId": "getOrder"}, "delete": {}},
                "/health": {"servers": [{"url": "//ops.example.com/ops"}], "get": {"operationId": "health"}},
                "/ready": {"get": {"servers": [{"url": "."}], "operationId": "ready"}},
                "x-own": {"get": {}},
            },
            "webhooks": {"paid": {"post": {}}},
        }));
        assert_eq!(routes.names().collect::<Vec<_>>(), ["health", "getOrder", "DELETE /orders/{id}", "ready"]);
        for (method, target, name) in [
            ("GET", "/v2/orders/5", Some("getOrder")),
            ("get", "https://eu.example.com/prod/api/orders/5?x=/v2", Some("getOrder")),
            ("GET", "/v1/beta/api/orders/5", Some("getOrder")),
            ("GET", "/orders/5/", Some("getOrder")),
            ("GET", "/orders/%7Bid%7D", Some("getOrder")),
            ("GET", "/orders/{id}", Some("getOrder")),
            ("GET", "/orders/:id", Some("getOrder")),
            ("HEAD", "/orders/5", Some("getOrder")),
            ("DELETE", "/orders/a%2Fb", Some("DELETE /orders/{id}")),
            ("GET", "/ops/health", Some("health")),
            ("GET", "/v2/health", None),
            ("GET", "/health", Some("health")),
            ("GET", "/ready", Some("ready")),
            ("GET", "/v2/ready", None),
            ("GET", "/v3/orders/5", None),
            ("POST", "/orders/5", None),
            ("GET", "/orders", None),
            ("POST", "/paid", None),
        ] {
            assert_eq!(routes.find(method, target), name, "{method} {target}");
        }
    }

    #[test]
    fn what_is_no_set_of_operations_is_refused_with_its_place() {
        let servers: Vec<_> = (0..=BASES_MAX).map(|index| json!({"url": format!("/v{index}")})).collect();
        for (document, told) in [
            (json!({"paths": {"/a": {"get": 1}}}), "#/paths/~1a/get: an operation is an object"),
            (
                json!({"paths": {"/a/{b}": {"get": {}}, "/a/{c}": {"get": {}}}}),
                "#/paths/~1a~1{c}/get: GET /a/{c} has the method and the path of GET /a/{b}",
            ),
            (
                json!({"paths": {"/a": {"get": {"operationId": "x"}, "put": {"operationId": "x"}}}}),
                "#/paths/~1a/put: a second operation is called `x`",
            ),
            (
                json!({"paths": {"/a": {"$ref": "other.yaml"}}}),
                "#/paths/~1a/$ref: nothing in this document is at \"other.yaml\"",
            ),
            (json!({"paths": {"/a": {"$ref": "#/paths/~1a"}}}), "#/paths/~1a: references go round in a circle"),
            (json!({"paths": {"/a": {"get": {}}}, "servers": servers}), "#/servers: more than 64 different base paths"),
        ] {
            assert_eq!(Routes::of(&document).map_err(|error| error.to_string()).err().as_deref(), Some(told));
        }
    }
}
