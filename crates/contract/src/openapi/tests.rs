//! The rules of what is decided before schemas, as a table of two documents each.

use super::compare;
use crate::rules;
use serde_json::{Value, json};

/// `severity rule` of each finding between two documents, and the comparisons that are left.
fn told(old: &Value, new: &Value) -> (Vec<String>, Vec<String>) {
    let (findings, comparisons) = compare(old, new, "2026-06-30").unwrap();
    let findings = findings.sorted();
    assert!(findings.iter().all(|finding| rules::is_known(&finding.rule)), "{findings:?}");
    let rules = findings.iter().map(|finding| format!("{} {}", finding.severity.name(), finding.rule)).collect();
    (rules, comparisons.into_iter().map(|comparison| comparison.subject.words).collect())
}

/// One operation with these members.
fn api(operation: &Value) -> Value {
    json!({ "paths": { "/a/{id}": { "get": operation } } })
}

fn check(cases: &[(&str, Value, Value, &[&str])], of: fn(&Value) -> Value) {
    for (name, old, new, expected) in cases {
        assert_eq!(told(&of(old), &of(new)).0, *expected, "{name}");
    }
}

#[test]
fn operations() {
    let get = |members: Value| json!({ "paths": { "/a": { "get": members } } });
    let none = json!({});
    check(
        &[
            ("same", get(json!({})), get(json!({})), &[]),
            ("names of path parameters", api(&json!({})), json!({"paths": {"/a/{x}": {"get": {}}}}), &[]),
            ("added", none.clone(), get(json!({})), &["note api-added"]),
            ("removed", get(json!({})), none.clone(), &["error api-removed-without-deprecation"]),
            (
                "removed too early",
                get(json!({"deprecated": true, "x-sunset": "2026-07-01"})),
                none.clone(),
                &["error api-removed-before-sunset"],
            ),
            (
                "removed in time",
                get(json!({"deprecated": true, "x-sunset": "2026-06-30"})),
                none.clone(),
                &["note api-removed-with-deprecation"],
            ),
            (
                "deprecated without a word until when",
                get(json!({})),
                get(json!({"deprecated": true})),
                &["warning api-deprecated-sunset-missing"],
            ),
            (
                "a sunset that is no date",
                get(json!({})),
                get(json!({"deprecated": true, "x-sunset": "soon"})),
                &["error api-deprecated-sunset-invalid"],
            ),
            (
                "deprecated",
                get(json!({})),
                get(json!({"deprecated": true, "x-sunset": "2027-01-01"})),
                &["note api-deprecated"],
            ),
            (
                "sunset gone",
                get(json!({"deprecated": true, "x-sunset": "2027-01-01"})),
                get(json!({"deprecated": true})),
                &["error api-sunset-deleted"],
            ),
            (
                "sunset earlier",
                get(json!({"deprecated": true, "x-sunset": "2027-01-01"})),
                get(json!({"deprecated": true, "x-sunset": "2026-12-31"})),
                &["error api-sunset-earlier"],
            ),
            ("back again", get(json!({"deprecated": true})), get(json!({})), &["note api-reactivated"]),
            (
                "renamed",
                get(json!({"operationId": "a"})),
                get(json!({"operationId": "b"})),
                &["warning api-operation-id-changed"],
            ),
        ],
        Value::clone,
    );
}

#[test]
fn webhooks_and_callbacks() {
    let get = |members: Value| json!({ "paths": { "/a": { "get": members } } });
    let none = json!({});
    check(
        &[
            (
                "webhook removed",
                json!({"webhooks": {"paid": {"post": {}}}}),
                none.clone(),
                &["error webhook-removed-without-deprecation"],
            ),
            ("webhook added", none.clone(), json!({"webhooks": {"paid": {"post": {}}}}), &["note webhook-added"]),
            (
                "callback removed",
                get(json!({"callbacks": {"c": {"{$url}": {"post": {}}}}})),
                get(json!({})),
                &["error webhook-removed-without-deprecation"],
            ),
        ],
        Value::clone,
    );
}

#[test]
fn parameters() {
    let with = |parameters: Value| json!({ "parameters": parameters });
    let query = json!({"name": "q", "in": "query"});
    let required = json!({"name": "q", "in": "query", "required": true});
    let header = json!({"name": "X-A", "in": "header"});
    check(
        &[
            ("removed", with(json!([query])), with(json!([])), &["warning request-parameter-removed"]),
            ("added", with(json!([])), with(json!([query])), &["note request-parameter-new-optional"]),
            ("added and required", with(json!([])), with(json!([required])), &["error request-parameter-new-required"]),
            (
                "became required",
                with(json!([query])),
                with(json!([required])),
                &["error request-parameter-became-required"],
            ),
            (
                "became optional",
                with(json!([required])),
                with(json!([query])),
                &["note request-parameter-became-optional"],
            ),
            (
                "moved",
                with(json!([query])),
                with(json!([{"name": "q", "in": "header"}])),
                &["error request-parameter-location-changed"],
            ),
            ("case of a header", with(json!([header])), with(json!([{"name": "x-a", "in": "header"}])), &[]),
            ("no parameter", with(json!([])), with(json!([{"name": "Accept", "in": "header", "required": true}])), &[]),
            (
                "another name in the path",
                with(json!([{"name": "id", "in": "path", "required": true}])),
                with(json!([{"name": "id", "in": "path", "required": true}])),
                &[],
            ),
            (
                "style",
                with(json!([{"name": "q", "in": "query", "explode": false}])),
                with(json!([{"name": "q", "in": "query", "style": "pipeDelimited"}])),
                &["error request-parameter-serialization-changed"],
            ),
            (
                "the default said",
                with(json!([query])),
                with(json!([{"name": "q", "in": "query", "style": "form", "explode": true}])),
                &[],
            ),
            (
                "removed too early",
                with(json!([{"name": "q", "in": "query", "deprecated": true, "x-sunset": "2026-12-31"}])),
                with(json!([])),
                &["error request-parameter-removed-before-sunset"],
            ),
            (
                "removed too early, as Seam writes it",
                with(json!([{"name": "q", "in": "query", "deprecated": {"use": "p", "sunset": "2026-12-31"}}])),
                with(json!([])),
                &["error request-parameter-removed-before-sunset"],
            ),
            (
                "deprecated without a word until when",
                with(json!([query])),
                with(json!([{"name": "q", "in": "query", "deprecated": true}])),
                &["warning request-parameter-deprecated-sunset-missing"],
            ),
        ],
        api,
    );
}

#[test]
fn path_level_parameters_are_merged_and_references_followed() {
    let old = json!({
        "paths": {"/a": {"parameters": [{"$ref": "#/components/parameters/q"}], "get": {}}},
        "components": {"parameters": {"q": {"name": "q", "in": "query", "schema": {}}}},
    });
    let new = json!({"paths": {"/a": {"get": {"parameters": [{"name": "q", "in": "query", "schema": {}}]}}}});
    let expected = (vec![], vec!["GET /a, query parameter `q`".to_owned()]);
    assert_eq!(told(&old, &new), expected);
}

#[test]
fn bodies_and_media_types() {
    let body = |required: bool, types: &[&str]| {
        let content: serde_json::Map<String, Value> =
            types.iter().map(|name| ((*name).to_owned(), json!({}))).collect();
        json!({"requestBody": {"required": required, "content": content}})
    };
    let encoded = |style: &str| json!({"requestBody": {"content": {"multipart/form-data": {"encoding": {"a": {"contentType": style}}}}}});
    check(
        &[
            ("removed", body(true, &["a/b"]), json!({}), &["error request-body-removed"]),
            ("added", json!({}), body(false, &["a/b"]), &["note request-body-new-optional"]),
            ("added and required", json!({}), body(true, &["a/b"]), &["error request-body-new-required"]),
            ("became required", body(false, &["a/b"]), body(true, &["a/b"]), &["error request-body-became-required"]),
            ("became optional", body(true, &["a/b"]), body(false, &["a/b"]), &["note request-body-became-optional"]),
            (
                "another type",
                body(true, &["a/b"]),
                body(true, &["a/c"]),
                &["error request-body-media-type-removed", "note request-body-media-type-added"],
            ),
            ("a range covers it", body(true, &["a/b"]), body(true, &["a/*"]), &["note request-body-media-type-added"]),
            ("case and blanks", body(true, &["a/b; charset=x"]), body(true, &["A/B;charset=x"]), &[]),
            ("the usual charset", body(true, &["a/b"]), body(true, &["a/b; charset=UTF-8"]), &[]),
            (
                "two of one type",
                body(true, &["a/b", "a/b;charset=utf-8"]),
                body(true, &["a/b"]),
                &["error request-body-media-type-removed"],
            ),
            ("encoding", encoded("a/b"), encoded("a/c"), &["error request-body-encoding-changed"]),
        ],
        api,
    );
}

#[test]
fn responses() {
    let with = |statuses: Value| json!({ "responses": statuses });
    let header = |required: bool| json!({"200": {"headers": {"X-A": {"required": required, "schema": {}}}}});
    check(
        &[
            (
                "removed",
                with(json!({"200": {}, "404": {}})),
                with(json!({})),
                &["error response-success-status-removed", "note response-other-status-removed"],
            ),
            (
                "added",
                with(json!({})),
                with(json!({"200": {}, "404": {}})),
                &["warning response-success-status-added", "note response-other-status-added"],
            ),
            ("a range said it", with(json!({"2XX": {}})), with(json!({"201": {}})), &[]),
            (
                "one became a range",
                with(json!({"200": {"content": {"a/b": {}}}})),
                with(json!({"2XX": {"content": {}}})),
                &["error response-body-media-type-removed", "warning response-success-status-added"],
            ),
            ("the default said it", with(json!({"default": {}})), with(json!({"default": {}, "404": {}})), &[]),
            (
                "media type",
                with(json!({"200": {"content": {"a/b": {}}}})),
                with(json!({"200": {"content": {"a/c": {}}}})),
                &["error response-body-media-type-removed", "note response-body-media-type-added"],
            ),
            (
                "a range became one",
                with(json!({"200": {"content": {"a/*": {}}}})),
                with(json!({"200": {"content": {"a/b": {}}}})),
                &[],
            ),
            (
                "one became a range",
                with(json!({"200": {"content": {"a/b": {}}}})),
                with(json!({"200": {"content": {"a/*": {}}}})),
                &["error response-body-media-type-removed", "note response-body-media-type-added"],
            ),
            ("header gone", with(header(true)), with(json!({"200": {}})), &["error response-header-required-removed"]),
            (
                "optional header gone",
                with(header(false)),
                with(json!({"200": {}})),
                &["warning response-header-optional-removed"],
            ),
            (
                "header became optional",
                with(header(true)),
                with(header(false)),
                &["error response-header-became-optional"],
            ),
            (
                "header became required",
                with(header(false)),
                with(header(true)),
                &["note response-header-became-required"],
            ),
            ("header added", with(json!({"200": {}})), with(header(true)), &["note response-header-added"]),
        ],
        api,
    );
}

#[test]
fn webhooks_go_the_other_way() {
    let hook = |operation: &Value| json!({ "webhooks": { "paid": { "post": operation } } });
    let header = |required: bool| json!({"parameters": [{"name": "X-A", "in": "header", "required": required}]});
    let body = |required: bool| json!({"requestBody": {"required": required, "content": {"a/b": {}}}});
    let answers = |statuses: Value| json!({ "responses": statuses });
    check(
        &[
            ("a field became optional", header(true), header(false), &["error webhook-parameter-became-optional"]),
            ("a field is new", json!({}), header(true), &["note webhook-parameter-added"]),
            ("a field is gone", header(true), json!({}), &["error webhook-parameter-required-removed"]),
            ("the body became optional", body(true), body(false), &["error webhook-body-became-optional"]),
            ("the body became required", body(false), body(true), &["note webhook-body-became-required"]),
            (
                "an answer is gone",
                answers(json!({"200": {}})),
                answers(json!({})),
                &["error webhook-response-status-removed"],
            ),
            (
                "an answer is new",
                answers(json!({})),
                answers(json!({"200": {}})),
                &["note webhook-response-status-added"],
            ),
            (
                "an answer needs a header",
                answers(json!({"200": {}})),
                answers(json!({"200": {"headers": {"X-A": {"required": true}}}})),
                &["error webhook-response-header-new-required"],
            ),
        ],
        hook,
    );
}

#[test]
fn security_and_servers() {
    let secured = |security: Value| json!({"security": security, "paths": {"/a": {"get": {}}, "/b": {"get": {}}}});
    let scheme = |scheme: Value| json!({"components": {"securitySchemes": {"k": scheme}}});
    let served = |urls: Value| json!({"servers": urls, "paths": {"/a": {"get": {}}, "/b": {"get": {}}}});
    check(
        &[
            ("closed", secured(json!([])), secured(json!([{"k": []}])), &["error api-security-added"]),
            ("opened", secured(json!([{"k": []}])), secured(json!([{"k": []}, {}])), &[]),
            ("another way too", secured(json!([{"k": []}])), secured(json!([{"k": []}, {"j": []}])), &[]),
            (
                "a way less",
                secured(json!([{"k": []}, {"j": []}])),
                secured(json!([{"k": []}])),
                &["error api-security-removed"],
            ),
            (
                "both together",
                secured(json!([{"k": []}])),
                secured(json!([{"k": [], "j": []}])),
                &["error api-security-removed"],
            ),
            (
                "a scope more",
                secured(json!([{"k": ["r"]}])),
                secured(json!([{"k": ["r", "w"]}])),
                &["error api-security-scope-added"],
            ),
            ("a scope less", secured(json!([{"k": ["r", "w"]}])), secured(json!([{"k": ["r"]}])), &[]),
            (
                "another header",
                scheme(json!({"type": "apiKey", "in": "header", "name": "X-A"})),
                scheme(json!({"type": "apiKey", "in": "header", "name": "X-B"})),
                &["error api-security-scheme-changed"],
            ),
            (
                "case of a scheme",
                scheme(json!({"type": "http", "scheme": "Bearer"})),
                scheme(json!({"type": "http", "scheme": "bearer"})),
                &[],
            ),
            (
                "server",
                served(json!([{"url": "https://a"}])),
                served(json!([{"url": "https://b"}])),
                &["error server-removed", "note server-added"],
            ),
            ("server with a slash", served(json!([{"url": "https://a"}])), served(json!([{"url": "https://a/"}])), &[]),
        ],
        Value::clone,
    );
}

#[test]
fn what_all_operations_inherit_is_one_finding_with_all_their_places() {
    let secured = |security: Value| json!({"security": security, "paths": {"/a": {"get": {}}, "/b": {"get": {}}}});
    let (findings, _) = compare(&secured(json!([])), &secured(json!([{"k": []}])), "2026-06-30").unwrap();
    let finding = &findings.sorted()[0];
    let subjects: Vec<&str> = finding.places.iter().map(|place| place.subject.words.as_str()).collect();
    assert_eq!(subjects, ["GET /a", "GET /b"]);
}
