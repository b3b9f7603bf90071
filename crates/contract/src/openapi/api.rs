//! An [`Api`]: the operations of a document with what a comparison needs of them, references
//! followed and path-level parameters merged. Schemas stay where they are and are named by pointer.

use super::ApiError;
use super::fields::{Content, Fields, content, header_fields, parameter_fields};
use super::shape::{METHODS, joined};
use crate::lifecycle::Lifecycle;
use crate::schema::at;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// The operations of a document.
pub(super) struct Api<'d> {
    pub(super) operations: BTreeMap<Key, Operation<'d>>,
    pub(super) document: &'d Value,
}

/// What an operation is matched by: the names of path parameters do not matter.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    /// Nothing for a path, `webhook`, or which callback.
    pub(super) kind: String,
    pub(super) path: String,
    pub(super) method: &'static str,
}

/// One of them.
pub(super) struct Operation<'d> {
    /// In words: `GET /orders/{id}`.
    pub(super) title: String,
    pub(super) pointer: String,
    /// The provider calls: a webhook or a callback.
    pub(super) is_webhook: bool,
    pub(super) id: Option<&'d str>,
    pub(super) lifecycle: Lifecycle,
    pub(super) parameters: Fields,
    pub(super) body: Option<Body>,
    pub(super) responses: BTreeMap<String, Response>,
    pub(super) security: Inherited<'d>,
    pub(super) servers: Inherited<'d>,
}

/// What is written at an operation or above it: where, and the list.
#[derive(Clone)]
pub(super) struct Inherited<'d> {
    pub(super) pointer: String,
    pub(super) list: Option<&'d Vec<Value>>,
}

/// A request's body.
pub(super) struct Body {
    pub(super) pointer: String,
    pub(super) required: bool,
    pub(super) content: Content,
}

/// One response.
pub(super) struct Response {
    pub(super) pointer: String,
    pub(super) headers: Fields,
    pub(super) content: Content,
}

/// How many callbacks may lie in each other.
const CALLBACKS_MAX: usize = 4;

impl<'d> Api<'d> {
    /// Reads the operations. An `operationId` or a path that stands twice is an error, as is a
    /// reference to nothing or into another file (of schemas those are followed elsewhere).
    pub(super) fn read(document: &'d Value) -> Result<Self, ApiError> {
        let mut api = Self { operations: BTreeMap::new(), document };
        for (place, kind) in [("paths", ""), ("webhooks", "webhook")] {
            for (path, item) in members(document.get(place)) {
                let scope = Scope { kind: kind.to_owned(), title: String::new(), callbacks: 0 };
                api.path_item(&scope, path, item, &format!("/{place}{}", joined("", path)))?;
            }
        }
        let mut ids = BTreeSet::new();
        let mut by_place: Vec<_> = api.operations.values().collect();
        by_place.sort_by(|left, right| left.pointer.cmp(&right.pointer));
        for operation in by_place {
            let Some(id) = operation.id else { continue };
            if !ids.insert(id) {
                let pointer = joined(&operation.pointer, "operationId");
                return Err(ApiError::new(pointer, format!("the operationId `{id}` stands twice")));
            }
        }
        Ok(api)
    }

    fn path_item(&mut self, scope: &Scope, path: &str, item: &'d Value, pointer: &str) -> Result<(), ApiError> {
        let (item, at) = resolve(self.document, item, pointer)?;
        for method in METHODS {
            let Some(operation) = item.get(method) else { continue };
            let pointer = joined(&at, method);
            let Value::Object(operation) = operation else {
                return Err(ApiError::new(pointer, "an operation is an object"));
            };
            let verb = method.to_ascii_uppercase();
            let title = match (scope.kind.as_str(), scope.title.as_str()) {
                ("", _) => format!("{verb} {path}"),
                ("webhook", _) => format!("webhook {path} {verb}"),
                (_, title) => format!("{title}, {verb}"),
            };
            let key = Key { kind: scope.kind.clone(), path: erased(path, scope), method };
            let read = self.operation(item, &at, operation, &pointer, title, path, scope)?;
            let title = read.title.clone();
            if let Some(other) = self.operations.insert(key, read) {
                let message = format!("{title} is the same operation as {}", other.title);
                return Err(ApiError::new(pointer, message));
            }
            self.callbacks(operation, &pointer, &title, scope)?;
        }
        Ok(())
    }

    #[expect(clippy::too_many_arguments, reason = "what an operation inherits comes from its path item and its scope")]
    fn operation(
        &self,
        item: &'d Value,
        item_pointer: &str,
        operation: &'d Map<String, Value>,
        pointer: &str,
        title: String,
        path: &str,
        scope: &Scope,
    ) -> Result<Operation<'d>, ApiError> {
        let document = self.document;
        let mut parameters = parameter_fields(document, item.get("parameters"), item_pointer, path)?;
        let own = parameter_fields(document, operation.get("parameters"), pointer, path)?;
        parameters.extend(own);
        let body = match operation.get("requestBody") {
            None => None,
            Some(body) => {
                let (body, at) = resolve(document, body, &joined(pointer, "requestBody"))?;
                let required = body.get("required") == Some(&Value::Bool(true));
                Some(Body { content: content(body, &at), pointer: at, required })
            }
        };
        let mut responses = BTreeMap::new();
        for (status, response) in members(operation.get("responses")) {
            let (response, at) = resolve(document, response, &joined(&joined(pointer, "responses"), status))?;
            let headers = header_fields(document, response, &at)?;
            let content = content(response, &at);
            responses.insert(status.to_ascii_uppercase(), Response { pointer: at, headers, content });
        }
        let inherited = |name: &str| {
            let places = [(operation.get(name), pointer), (item.get(name), item_pointer), (document.get(name), "")];
            let found = places.into_iter().find_map(|(list, at)| Some((list?.as_array()?, joined(at, name))));
            let (list, pointer) = found.map_or((None, joined("", name)), |(list, at)| (Some(list), at));
            Inherited { pointer, list }
        };
        Ok(Operation {
            title,
            pointer: pointer.to_owned(),
            is_webhook: !scope.kind.is_empty(),
            id: operation.get("operationId").and_then(Value::as_str),
            lifecycle: Lifecycle::of(operation),
            parameters,
            body,
            responses,
            security: inherited("security"),
            servers: inherited("servers"),
        })
    }

    fn callbacks(
        &mut self,
        operation: &'d Map<String, Value>,
        pointer: &str,
        title: &str,
        scope: &Scope,
    ) -> Result<(), ApiError> {
        for (name, callback) in members(operation.get("callbacks")) {
            let at = joined(&joined(pointer, "callbacks"), name);
            if scope.callbacks == CALLBACKS_MAX {
                return Err(ApiError::new(at, format!("more than {CALLBACKS_MAX} callbacks lie in each other")));
            }
            let (callback, at) = resolve(self.document, callback, &at)?;
            let title = format!("callback {name} of {title}");
            let inner = Scope { kind: braces_erased(&title), title, callbacks: scope.callbacks + 1 };
            for (expression, item) in members(Some(callback)) {
                self.path_item(&inner, expression, item, &joined(&at, expression))?;
            }
        }
        Ok(())
    }
}

/// Which list of path items is read.
struct Scope {
    kind: String,
    title: String,
    callbacks: usize,
}

/// Whether two operations of a document have one id, or one method and paths that differ in the names
/// of parameters only.
pub(crate) fn has_twins(document: &Value) -> bool {
    let (mut ids, mut keys) = (BTreeSet::new(), BTreeSet::new());
    ["paths", "webhooks"].iter().any(|list| {
        let items = document.get(list).and_then(Value::as_object).into_iter().flatten();
        let operations = items.flat_map(|(path, item)| {
            let path = if *list == "paths" { braces_erased(path) } else { format!("webhook {path}") };
            METHODS.iter().filter_map(move |method| Some((path.clone(), method, item.get(method)?)))
        });
        let mut operations = operations.map(|(path, method, operation)| {
            let id = operation.get("operationId").and_then(Value::as_str);
            keys.insert((path, method)) && id.is_none_or(|id| ids.insert(id))
        });
        operations.any(|is_new| !is_new)
    })
}

/// A path with the names of its parameters erased; the names of webhooks and the expressions of
/// callbacks are what they are.
fn erased(path: &str, scope: &Scope) -> String {
    if scope.kind.is_empty() { braces_erased(path) } else { path.to_owned() }
}

pub(super) fn braces_erased(text: &str) -> String {
    let mut erased = String::new();
    let mut inside = false;
    for character in text.chars() {
        inside &= character != '}';
        if !inside {
            erased.push(character);
        }
        inside |= character == '{';
    }
    erased
}

/// The members of an object, extensions left out; none of another value.
pub(super) fn members(value: Option<&Value>) -> impl Iterator<Item = (&String, &Value)> {
    value.and_then(Value::as_object).into_iter().flatten().filter(|(name, _)| !name.starts_with("x-"))
}

/// How many references are followed from one place.
const HOPS_MAX: usize = 32;

/// A part of a document, its reference followed, and where it really is.
pub(super) fn resolve<'d>(
    document: &'d Value,
    value: &'d Value,
    pointer: &str,
) -> Result<(&'d Value, String), ApiError> {
    let (mut value, mut pointer) = (value, pointer.to_owned());
    for _ in 0..HOPS_MAX {
        let Some(target) = value.get("$ref") else { return Ok((value, pointer)) };
        let error = |message: String| Err(ApiError::new(joined(&pointer, "$ref"), message));
        let Some(target) = target.as_str() else { return error("a reference is a text".to_owned()) };
        let Some(inside) = target.strip_prefix('#') else {
            return error(format!("`{target}` is in another file: only schemas are followed there"));
        };
        let Some(next) = at(document, inside) else { return error(format!("nothing is at `{target}`")) };
        (value, pointer) = (next, inside.to_owned());
    }
    Err(ApiError::new(pointer, "references go round in a circle"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn titles(document: &Value) -> Result<Vec<String>, String> {
        let api = Api::read(document).map_err(|error| error.to_string())?;
        Ok(api.operations.values().map(|operation| operation.title.clone()).collect())
    }

    #[test]
    fn operations_are_read_from_paths_webhooks_and_callbacks() {
        let document = json!({
            "paths": {"/a/{id}": {"post": {"callbacks": {"done": {"{$url}": {"put": {}}}}}}, "x-own": {"get": {}}},
            "webhooks": {"paid": {"$ref": "#/components/pathItems/paid"}},
            "components": {"pathItems": {"paid": {"post": {}}}},
        });
        let expected = ["POST /a/{id}", "callback done of POST /a/{id}, PUT", "webhook paid POST"];
        assert_eq!(titles(&document).unwrap(), expected);
    }

    #[test]
    fn what_contradicts_itself_is_refused_with_its_place() {
        for (document, told) in [
            (
                json!({"paths": {"/a": {"get": {"operationId": "x"}}, "/b": {"get": {"operationId": "x"}}}}),
                "#/paths/~1b/get/operationId: the operationId `x` stands twice",
            ),
            (
                json!({"paths": {"/a/{b}": {"get": {}}, "/a/{c}": {"get": {}}}}),
                "#/paths/~1a~1{c}/get: GET /a/{c} is the same operation as GET /a/{b}",
            ),
            (
                json!({"paths": {"/a": {"get": {"responses": {"200": {"$ref": "#/components/responses/R"}}}}}}),
                "#/paths/~1a/get/responses/200/$ref: nothing is at `#/components/responses/R`",
            ),
            (
                json!({"paths": {"/a": {"$ref": "other.yaml"}}}),
                "#/paths/~1a/$ref: `other.yaml` is in another file: only schemas are followed there",
            ),
            (json!({"paths": {"/a": {"$ref": "#/paths/~1a"}}}), "#/paths/~1a: references go round in a circle"),
            (
                json!({"paths": {"/a": {"get": {"parameters": [{"in": "query"}]}}}}),
                "#/paths/~1a/get/parameters/0: a parameter has `name` and `in`",
            ),
            (
                json!({"paths": {"/a": {"get": {"parameters": [{"in": "query", "name": "x"}, {"in": "query", "name": "x"}]}}}}),
                "#/paths/~1a/get/parameters/1: the query parameter `x` stands twice",
            ),
        ] {
            assert_eq!(titles(&document), Err(told.to_owned()), "{document}");
        }
    }

    #[test]
    fn names_of_path_parameters_are_erased() {
        assert_eq!(braces_erased("/a/{id}/b/{x}"), "/a/{}/b/{}");
    }
}
