//! The [`Operations`] of an API as consumers know them: by their ids or as `GET /orders/{id}`, with
//! what they answer.

use super::ApiError;
use super::api::{Api, Operation, braces_erased};
use crate::lifecycle::Lifecycle;
use serde_json::Value;

/// All operations of a document, webhooks and callbacks left out.
#[derive(Clone, Debug, Default)]
pub struct Operations(Vec<Known>);

/// One of them.
#[derive(Clone, Debug)]
pub struct Known {
    /// What versions of it are matched by, and its [`Part`](crate::subject::Part) is known by.
    pub key: String,
    /// `GET /orders/{id}`.
    pub title: String,
    /// Its `operationId`.
    pub id: Option<String>,
    /// Whether it is on its way out.
    pub lifecycle: Lifecycle,
    /// The JSON pointer of it.
    pub pointer: String,
    /// What is sent to it: its parameters, and its body in each media type.
    pub sent: Vec<Sent>,
    /// What it answers in JSON where it succeeds; else what it answers by default.
    pub answers: Vec<Answer>,
    /// The JSON pointers of all schemas of its messages.
    pub schemas: Vec<String>,
}

/// The body of a successful answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// `200`.
    pub status: String,
    /// `application/json`.
    pub media: String,
    /// The JSON pointer of its schema.
    pub pointer: String,
}

/// A part of what is sent to an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// As people call it: ``query parameter `size` ``, `request body`.
    pub title: String,
    /// What findings on it call it: the same, of a body with its media type.
    pub words: String,
    /// What versions of it are matched by.
    pub key: String,
    /// Whether it is on its way out.
    pub lifecycle: Lifecycle,
    /// The JSON pointer of it.
    pub pointer: String,
    /// The JSON pointer of its schema.
    pub schema: Option<String>,
}

impl Operations {
    /// Of a document.
    ///
    /// # Errors
    /// Where it contradicts itself.
    pub fn of(document: &Value) -> Result<Self, ApiError> {
        let api = Api::read(document)?;
        let called = api.operations.iter().filter(|(_, operation)| !operation.is_webhook);
        Ok(Self(called.map(|(key, operation)| known(key.place(), operation)).collect()))
    }

    /// The operation that somebody names by its id, or as `GET /orders/{id}`, whatever the parameters
    /// of the path are called.
    pub fn named(&self, name: &str) -> Option<&Known> {
        let erased = braces_erased(name);
        let by_id = self.0.iter().find(|one| one.id.as_deref() == Some(name));
        by_id.or_else(|| self.0.iter().find(|one| braces_erased(&one.title) == erased))
    }

    /// The operation of this [route](route).
    pub fn routed(&self, route: &str) -> Option<&Known> {
        self.0.iter().find(|one| one.route() == route)
    }

    /// The operation of a key.
    pub fn keyed(&self, key: &str) -> Option<&Known> {
        self.0.iter().find(|one| one.key == key)
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &Known> {
        self.0.iter()
    }
}

impl Known {
    /// Its id, else what reports call it.
    pub fn name(&self) -> &str {
        self.id.as_deref().unwrap_or(&self.title)
    }

    /// Its method and path without the names of parameters, as its title tells them: `GET /orders/{}`. It
    /// stays what it is when its id or a parameter is renamed.
    pub fn route(&self) -> String {
        route(&self.title)
    }
}

/// A title without the names of parameters.
pub fn route(title: &str) -> String {
    braces_erased(title)
}

fn known(key: String, operation: &Operation<'_>) -> Known {
    let mut answers = Vec::new();
    let mut schemas: Vec<String> = operation.parameters.values().filter_map(|field| field.schema.clone()).collect();
    let bodies = operation.body.iter().flat_map(|body| body.content.values());
    schemas.extend(bodies.filter_map(|media| media.schema.clone()));
    for (status, response) in &operation.responses {
        schemas.extend(response.headers.values().filter_map(|field| field.schema.clone()));
        for (media, said) in &response.content {
            let Some(pointer) = &said.schema else { continue };
            schemas.push(pointer.clone());
            if (status.starts_with('2') || is_default(status, operation)) && media.contains("json") {
                answers.push(Answer { status: status.clone(), media: media.clone(), pointer: pointer.clone() });
            }
        }
    }
    Known {
        key,
        title: operation.title.clone(),
        id: operation.id.map(str::to_owned),
        lifecycle: operation.lifecycle.clone(),
        pointer: operation.pointer.clone(),
        sent: sent(operation),
        answers,
        schemas,
    }
}

fn sent(operation: &Operation<'_>) -> Vec<Sent> {
    let parameters = operation.parameters.iter().map(|((location, name), field)| Sent {
        title: field.title(),
        words: field.title(),
        key: format!("{location} {name}"),
        lifecycle: field.lifecycle.clone(),
        pointer: field.pointer.clone(),
        schema: field.schema.clone(),
    });
    let bodies = operation.body.iter().flat_map(|body| &body.content).map(|(media, said)| Sent {
        title: "request body".to_owned(),
        words: format!("request body, {media}"),
        key: format!("request {media}"),
        lifecycle: Lifecycle::default(),
        pointer: said.pointer.clone(),
        schema: said.schema.clone(),
    });
    parameters.chain(bodies).collect()
}

/// Is it what an operation answers that names no success?
fn is_default(status: &str, operation: &Operation<'_>) -> bool {
    status == "DEFAULT" && !operation.responses.keys().any(|status| status.starts_with('2'))
}

#[cfg(test)]
mod tests {
    use super::{Answer, Operations};
    use serde_json::json;

    #[test]
    fn operations_are_known_by_id_and_title_with_their_answers() {
        let order =
            json!({"content": {"application/json": {"schema": {"type": "object"}}, "text/csv": {"schema": {}}}});
        let document = json!({"components": {"responses": {"order": order}}, "paths": {
            "/orders/{id}": {"parameters": [{"name": "size", "in": "query", "deprecated": true, "schema": {}}],
            "get": {"operationId": "getOrder", "requestBody": {"content": {"application/json": {"schema": {}}}}, "responses": {
                "200": {"$ref": "#/components/responses/order"}, "404": order}},
            "delete": {"deprecated": true, "x-sunset": "2027-01-01", "responses": {"204": {"description": ""}}}}}});
        let operations = Operations::of(&document).unwrap();
        let get = operations.named("getOrder").unwrap();
        assert_eq!(get.title, "GET /orders/{id}");
        assert_eq!(operations.named("GET /orders/{number}").map(|one| &one.key), Some(&get.key));
        assert_eq!(operations.routed("GET /orders/{}").map(|one| &one.key), Some(&get.key));
        assert_eq!(operations.routed("getOrder").map(|one| &one.key), None);
        assert_eq!(operations.keyed(&get.key).map(|one| &one.title), Some(&get.title));
        let pointer = "/components/responses/order/content/application~1json/schema".to_owned();
        assert_eq!(get.answers, [Answer { status: "200".to_owned(), media: "application/json".to_owned(), pointer }]);
        assert_eq!(get.schemas.len(), 6);
        let delete = operations.named("DELETE /orders/{id}").unwrap();
        assert!(delete.answers.is_empty() && delete.lifecycle.is_deprecated && delete.name() == delete.title);
        assert_eq!(delete.lifecycle.sunset.as_deref(), Some("2027-01-01"));
        let sent: Vec<(&str, bool)> =
            get.sent.iter().map(|one| (one.title.as_str(), one.lifecycle.is_deprecated)).collect();
        assert_eq!(sent, [("query parameter `size`", true), ("request body", false)]);
        assert!(operations.named("getNothing").is_none());
    }
}
