//! The operations of an OpenAPI document, by their ids and as reports call them: `GET /orders/{id}`.

use crate::parts::escaped;
use seam_contract::diff::Version;
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// So many references are followed from one to the next.
const HOPS_MAX: usize = 32;

/// The methods that OpenAPI knows.
const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// What the operations of a document are called.
#[derive(Clone, Debug, Default)]
pub struct Operations {
    by_id: BTreeMap<String, String>,
}

impl Operations {
    /// Of a document.
    pub fn of(api: Option<&Version>) -> Self {
        let mut by_id = BTreeMap::new();
        for (title, operation) in api.into_iter().flat_map(|api| operations(&api.document.value)) {
            let id = operation.get("operationId").and_then(Json::as_str);
            by_id.insert(id.map_or_else(|| title.clone(), str::to_owned), title);
        }
        Self { by_id }
    }

    /// What reports call an operation that somebody names by its id or so.
    pub fn title(&self, operation: &str) -> String {
        self.by_id.get(operation).cloned().unwrap_or_else(|| operation.to_owned())
    }

    /// Is there such an operation?
    pub fn has(&self, operation: &str) -> bool {
        self.by_id.contains_key(operation) || self.by_id.values().any(|title| title == operation)
    }

    /// The ids, or what stands for them.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.by_id.keys().map(String::as_str)
    }
}

/// The schemas of an operation's successful answers in JSON: `200 application/json` and the pointer.
pub fn responses(api: &Json, title: &str) -> Vec<(String, String)> {
    let meant = operations(api).into_iter().map(|(known, _)| known).find(|known| is_same(known, title));
    let Some((method, path)) = meant.as_deref().and_then(|title| title.split_once(' ')) else { return Vec::new() };
    let path = escaped(path);
    let answers = format!("/paths/{path}/{}/responses", method.to_lowercase());
    let Some(statuses) = api.pointer(&answers).and_then(Json::as_object) else { return Vec::new() };
    let successful = statuses.keys().filter(|status| status.starts_with('2'));
    let mut pointers = Vec::new();
    for status in successful {
        let mut at = format!("{answers}/{status}");
        for _ in 0..HOPS_MAX {
            let answer = api.pointer(&at).and_then(|answer| answer.get("$ref")?.as_str()?.strip_prefix('#'));
            let Some(reference) = answer else { break };
            reference.clone_into(&mut at);
        }
        let content = api.pointer(&format!("{at}/content")).and_then(Json::as_object);
        for media in content.into_iter().flat_map(|content| content.keys()).filter(|media| media.contains("json")) {
            let pointer = format!("{at}/content/{}/schema", escaped(media));
            if api.pointer(&pointer).is_some() {
                pointers.push((format!("{status} {media}"), pointer));
            }
        }
    }
    pointers
}

/// Is it the same operation? What a parameter of the path is called tells nothing apart.
pub fn is_same(title: &str, other: &str) -> bool {
    let erased = |title: &str| -> Vec<String> {
        let segment = |part: &str| if part.starts_with('{') && part.ends_with('}') { "{}" } else { part }.to_owned();
        title.split('/').map(segment).collect()
    };
    erased(title) == erased(other)
}

/// Each operation by what reports call it.
pub fn operations(api: &Json) -> Vec<(String, &Json)> {
    let paths = api.get("paths").and_then(Json::as_object);
    let items = paths.into_iter().flatten().filter_map(|(path, item)| Some((path, item.as_object()?)));
    let operations = items.flat_map(|(path, item)| {
        let named = item.iter().filter(|(method, _)| METHODS.contains(&method.as_str()));
        named.map(move |(method, operation)| (format!("{} {path}", method.to_uppercase()), operation))
    });
    operations.collect()
}

#[cfg(test)]
mod tests {
    use super::{Operations, responses};
    use seam_contract::document::Document;
    use serde_json::json;

    #[test]
    fn operations_are_known_by_id_and_title_with_their_answers() {
        let order =
            json!({"content": {"application/json": {"schema": {"type": "object"}}, "text/csv": {"schema": {}}}});
        let api = json!({"openapi": "3.1.0", "info": {}, "components": {"responses": {"order": order}}, "paths": {
            "/orders/{id}": {"parameters": [], "get": {"operationId": "getOrder", "responses": {
                "200": {"$ref": "#/components/responses/order"}, "404": order}},
            "delete": {"responses": {"204": {"description": ""}}}}}});
        let operations = Operations::of(Some(&Document::of_value("api", api.clone()).unwrap().into()));
        assert_eq!(operations.title("getOrder"), "GET /orders/{id}");
        assert!(operations.has("DELETE /orders/{id}") && operations.has("GET /orders/{id}") && !operations.has("x"));
        let found = responses(&api, "GET /orders/{id}");
        let pointer = "/components/responses/order/content/application~1json/schema";
        assert_eq!(found, [("200 application/json".to_owned(), pointer.to_owned())]);
        assert!(responses(&api, "DELETE /orders/{id}").is_empty());
    }
}
