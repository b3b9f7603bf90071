//! Two documents and their report.

use super::{Options, Outcome, Report, Version, diff};
use crate::document::Document;
use crate::finding::Proof;
use crate::rules::Surface;
use crate::schema::Documents;
use crate::world::World;
use serde_json::{Value, json};

fn compared(old: &Value, new: &Value, options: &Options) -> Report {
    let read = |name, value: &Value| Version::from(Document::read(name, value.to_string()).unwrap());
    diff(read("old.json", old), read("new.json", new), options).unwrap()
}

/// `rule subject: sentence, proof` of each finding.
fn lines(report: &Report) -> Vec<String> {
    let proof = |proof: &Proof| match proof {
        Proof::Witness(witness) => witness.to_string(),
        Proof::Lost(lost) => lost.clone(),
        Proof::Undecided(code, _) => (*code).to_owned(),
        Proof::Nothing => "-".to_owned(),
    };
    report.findings.iter().map(|finding| format!("{finding} | {}", proof(&finding.proof))).collect()
}

/// An API of one operation with a body and an answer of these schemas.
fn api(request: &Value, response: &Value) -> Value {
    let content = |schema: &Value| json!({"content": {"application/json": {"schema": schema}}});
    json!({"openapi": "3.1.0", "components": {"schemas": {"R": response}},
        "paths": {"/a": {"post": {"requestBody": content(request),
            "responses": {"200": content(&json!({"$ref": "#/components/schemas/R"})),
                "201": content(&json!({"$ref": "#/components/schemas/R"}))}}}}})
}

#[test]
fn the_world_tells_what_a_producer_sends() {
    let (small, large) = (json!({"properties": {"a": {}}}), json!({"properties": {"a": {}, "b": {"type": "string"}}}));
    let run = |old, new, world| {
        let report =
            compared(old, new, &Options { world: Some(world), surface: Surface::Accepted, ..Options::default() });
        (report.outcome, lines(&report))
    };
    let declared = "error accepted-property-declared: `b`: anything was accepted under this name, now it has a schema | {\"b\":null}";
    assert_eq!(run(&small, &large, World::AsWritten), (Outcome::Breaking, vec![declared.to_owned()]));
    let added = "note accepted-property-optional-added: `b`: it is new and optional | -";
    assert_eq!(run(&small, &large, World::Declared), (Outcome::Compatible, vec![added.to_owned()]));
    let removed = "warning accepted-property-optional-removed: `b`: it was optional and is gone | -";
    assert_eq!(run(&large, &small, World::Declared), (Outcome::Compatible, vec![removed.to_owned()]));
    assert_eq!(run(&large, &small, World::AsWritten), (Outcome::Compatible, vec![]));
}

#[test]
fn what_breaks_as_written_only_can_be_a_note() {
    let (small, large) = (json!({"properties": {"a": {}}}), json!({"properties": {"a": {}, "b": {"type": "string"}}}));
    let options = Options {
        world: Some(World::Declared),
        surface: Surface::Accepted,
        as_written_notes: true,
        ..Options::default()
    };
    let report = compared(&small, &large, &options);
    let note = "note accepted-property-declared: `b`: anything was accepted under this name, now it has a schema | {\"b\":null}";
    let added = "note accepted-property-optional-added: `b`: it is new and optional | -";
    assert_eq!((report.outcome, lines(&report)), (Outcome::Compatible, vec![note.to_owned(), added.to_owned()]));
}

#[test]
fn one_change_of_a_shared_schema_is_one_finding_with_all_its_places() {
    let thing = |members: Value| json!({"type": "object", "properties": members, "required": ["id"]});
    let old = api(&json!(true), &thing(json!({"id": {"type": "string"}})));
    let new = api(&json!(true), &thing(json!({"id": {"type": "integer"}})));
    let report = compared(&old, &new, &Options::default());
    let expected = "error response-property-type-changed: POST /a, response 200, application/json: `id`: the type was `string`, now it is `integer` (and at 1 more) | {\"id\":0}";
    assert_eq!((report.outcome, lines(&report)), (Outcome::Breaking, vec![expected.to_owned()]));
    let place = &report.to_json()["findings"][0]["places"][1];
    assert_eq!(place["subject"], "POST /a, response 201, application/json");
    assert_eq!(place["old"]["pointer"], "/components/schemas/R/properties/id/type");
    assert_eq!(place["old"]["line"], 1);
}

#[test]
fn the_flags_of_members_count_where_they_say_so() {
    let thing = |id: Value| json!({"type": "object", "properties": {"id": id}, "required": ["id"]});
    let (plain, read_only) = (thing(json!({})), thing(json!({"readOnly": true})));
    let rules = |old, new| {
        let report = compared(&api(old, old), &api(new, new), &Options::default());
        report.findings.iter().map(|finding| finding.rule.clone()).collect::<Vec<_>>()
    };
    // What need not be sent any more is no break; what has to be sent again is one.
    assert_eq!(rules(&plain, &read_only), Vec::<String>::new());
    assert_eq!(rules(&read_only, &plain), ["request-property-new-required"]);
}

#[test]
fn a_fingerprint_survives_edits_elsewhere() {
    let thing = |kind: &str, other: &str| json!({"properties": {"id": {"type": kind}, other: {}}});
    let prints = |old: Value, new: Value| {
        let report = compared(&api(&json!(true), &old), &api(&json!(true), &new), &Options::default());
        report.findings.into_iter().map(|finding| finding.fingerprint).collect::<Vec<_>>()
    };
    let first = prints(thing("string", "x"), thing("integer", "x"));
    assert_eq!(first.len(), 1);
    assert_eq!(first, prints(thing("string", "a"), thing("integer", "a")));
    assert_ne!(first, prints(thing("string", "x"), thing("boolean", "x")));
}

#[test]
fn a_schema_in_another_document_is_followed_and_named() {
    let version = |name: &str, kind: &str| Version {
        document: Document::read(name, json!({"properties": {"a": {"$ref": "b.json"}}}).to_string()).unwrap(),
        others: Documents::from([("b.json".to_owned(), json!({"type": kind}))]),
    };
    let report = diff(version("a.json", "string"), version("a.json", "integer"), &Options::default()).unwrap();
    let place = &report.to_json()["findings"][0]["places"][0];
    assert_eq!(place["old"], json!({"document": "b.json", "pointer": "/type"}));
}

#[test]
fn the_contract_of_a_stack_is_compared_part_by_part() {
    let read = |text: &str| Version::from(Document::read("stack.yaml", text).unwrap());
    let old = "contract:\n  outputs:\n    url: {type: string, format: uri}\n    net: {type: object, properties: {id: {type: string}}, required: [id]}\n  events:\n    made: {type: com.acme.made, key: id, schema: {required: [id]}}\n";
    let new = "contract:\n  outputs:\n    url: {type: string, format: uri, deprecated: {use: net, sunset: 2027-01-01}}\n    net: {type: object, properties: {id: {type: string}}}\n  events:\n    made: {type: com.acme.made, key: id, schema: {}}\n";
    let report = diff(read(old), read(new), &Options::default()).unwrap();
    assert_eq!(report.world, World::Declared);
    assert_eq!(
        lines(&report),
        [
            "error event-property-required-removed: event `made`: `id`: it was always there and is gone | {}",
            "error output-property-became-optional: output `net`: `id`: it was always there, now it may be missing | {}",
            "note output-deprecated: output `url`: it is deprecated and can be used until 2027-01-01 | -",
        ]
    );
    let position = report.findings[1].places[0].new.as_ref().unwrap().position.unwrap();
    assert_eq!(position.line, 4);
}

#[test]
fn what_is_not_there_admits_everything() {
    let media = |schema: Value| {
        json!({"openapi": "3.1.0",
        "paths": {"/a": {"post": {"requestBody": {"content": {"application/json": schema}}}}}})
    };
    let report = compared(&media(json!({})), &media(json!({"schema": {"type": "string"}})), &Options::default());
    let expected = "error request-body-type-narrowed: POST /a, request body, application/json: any type was accepted, now `string` only | null";
    assert_eq!(lines(&report), [expected]);
}

#[test]
fn a_contract_that_admits_nothing_is_told() {
    let report = compared(&json!(true), &json!(false), &Options::default());
    assert_eq!(lines(&report), ["warning contract-admits-nothing: no value fulfils this schema | -"]);
    assert_eq!(report.outcome, Outcome::Compatible);
}

#[test]
fn what_is_not_decided_is_a_finding() {
    let report = compared(&json!({"pattern": "^(?=a)"}), &json!({"pattern": "^(?=b)"}), &Options::default());
    assert_eq!(report.outcome, Outcome::Unknown);
    assert_eq!(report.findings[0].rule, "unknown-pattern");
}

#[test]
fn what_cannot_be_compared_is_refused_with_its_place() {
    let told = |old: &str, new: &str| {
        let read = |name, text: &str| Version::from(Document::read(name, text).unwrap());
        diff(read("old.json", old), read("new.json", new), &Options::default()).unwrap_err().to_string()
    };
    for (old, new, message) in [
        ("{\"openapi\": \"3.0.0\"}", "{}", "new.json: an OpenAPI document and a JSON Schema cannot be compared"),
        ("{}", "{\n\"$ref\": \"https://example.com/a\"}", "new.json:2:1: "),
        ("{}", "{\n\"type\": 1}", "new.json:2:1: "),
        (
            "{\"openapi\": \"3.0.0\"}",
            "{\"openapi\": \"3.0.0\",\n\"paths\": {\"/a\": {\"get\": {\"operationId\": \"x\"}},\n\"/b\": {\"get\": {\"operationId\": \"x\"}}}}",
            "new.json:3:16: the operationId `x` stands twice",
        ),
    ] {
        assert!(told(old, new).starts_with(message), "{}", told(old, new));
    }
}

#[test]
fn what_asserts_nothing_is_a_note() {
    let run = |old: Value, new: Value| {
        let report = compared(&old, &new, &Options::default());
        assert_eq!(report.outcome, Outcome::Compatible);
        lines(&report)
    };
    let of = |member: Value| json!({"properties": {"a": {"items": {"$ref": "#/$defs/m"}}}, "$defs": {"m": member}});
    assert_eq!(
        run(of(json!({"default": 1})), of(json!({"default": 2}))),
        ["note emitted-property-default-changed: `a[]`: the default was `1`, now it is `2` | -"]
    );
    assert_eq!(
        run(json!({}), json!({"contentEncoding": "base64", "contentMediaType": "a/b"})),
        [
            "note emitted-value-content-encoding-changed: the encoding of the content is now `\"base64\"`, before there was none | -",
            "note emitted-value-content-media-type-changed: the media type of the content is now `\"a/b\"`, before there was none | -",
        ]
    );
    let long = json!({"contentSchema": {"enum": ["x".repeat(200)]}});
    assert_eq!(
        run(long, json!({})),
        ["note emitted-value-content-schema-changed: the schema of the content changed | -"]
    );
    let tagged = |tag: &str| api(&json!({"oneOf": [true], "discriminator": {"propertyName": tag}}), &json!({}));
    assert_eq!(
        run(tagged("a"), tagged("b")),
        [
            "note request-body-discriminator-changed: POST /a, request body, application/json: the discriminator was `{\"propertyName\":\"a\"}`, now it is `{\"propertyName\":\"b\"}` | -"
        ]
    );
    // The same by another way is no change; a schema that contains itself ends.
    let direct = json!({"properties": {"a": {"default": 1}}});
    assert!(
        run(direct, json!({"properties": {"a": {"$ref": "#/$defs/m"}}, "$defs": {"m": {"default": 1}}})).is_empty()
    );
    let itself = |default: u8| json!({"properties": {"a": {"$ref": "#"}}, "default": default});
    assert_eq!(
        run(itself(1), itself(2)),
        ["note emitted-value-default-changed: the default was `1`, now it is `2` | -"]
    );
}

#[test]
fn what_says_nothing_where_it_stands_is_told() {
    let document = |body: Value| {
        let named = json!({"A": {"type": "object", "required": ["a"]}, "B": {"type": "object", "required": ["b"]}});
        let mut document = api(&body, &json!({}));
        document["openapi"] = json!("3.0.3");
        document["components"]["schemas"] = json!({"A": named["A"], "B": named["B"], "R": {}});
        document
    };
    let run = |old: Value, new: Value| lines(&compared(&document(old), &document(new), &Options::default()));
    let member = |schema: Value| json!({"type": "object", "properties": {"m": schema}});
    let inert = "note request-property-nullable-says-nothing: POST /a, request body, application/json: `m`: `nullable: true` says nothing here; OpenAPI 3.0 wants a `type` beside it | -";
    let reference = json!({"$ref": "#/components/schemas/A"});
    assert_eq!(
        run(member(reference.clone()), member(json!({"$ref": "#/components/schemas/A", "nullable": true}))),
        [inert]
    );
    assert_eq!(
        run(member(json!({"allOf": [reference]})), member(json!({"allOf": [reference], "nullable": true}))),
        [inert]
    );
    let beside = run(member(json!({"type": "string"})), member(json!({"type": "string", "nullable": true})));
    assert!(beside.iter().all(|line| !line.contains("says-nothing")), "{beside:?}");

    let tagged = |mapping: Value| {
        let branches = json!([{"$ref": "#/components/schemas/A"}, {"$ref": "#/components/schemas/B"}]);
        json!({"oneOf": branches, "discriminator": {"propertyName": "t", "mapping": mapping}})
    };
    let right = json!({"a": "A", "b": "#/components/schemas/B"});
    let wrong = json!({"a": "A", "b": "#/components/schemas/B", "c": "#/components/schemas/C"});
    let warned = |lines: Vec<String>| lines.into_iter().filter(|line| line.starts_with("warning")).collect::<Vec<_>>();
    assert_eq!(
        warned(run(tagged(right.clone()), tagged(wrong.clone()))),
        [
            "warning request-body-discriminator-unmatched: POST /a, request body, application/json: the discriminator leads from `c` to `#/components/schemas/C`, which is none of the alternatives | -"
        ]
    );
    assert!(warned(run(tagged(wrong.clone()), tagged(right))).is_empty());
}

#[test]
fn a_pattern_that_is_too_large_for_the_validator_stops_nothing() {
    let with = |pattern: Value, number: &str| {
        let mut text = json!({"type": "string"});
        text.as_object_mut().unwrap().extend(pattern.as_object().unwrap().clone());
        json!({"properties": {"p": text, "n": {"type": number}}})
    };
    let (large, free) = (json!({"pattern": r"^[\s\S]{0,50000}x$"}), json!({}));
    let options = Options { surface: Surface::Accepted, ..Options::default() };
    let run = |old: &Value, new: &Value| compared(old, new, &options);
    let same = with(large.clone(), "integer");
    assert_eq!(run(&same, &same).outcome, Outcome::Compatible);
    assert_eq!(run(&same, &with(free.clone(), "integer")).outcome, Outcome::Compatible);
    let report = run(&with(free.clone(), "integer"), &same);
    assert_eq!((report.outcome, report.findings[0].rule.as_str()), (Outcome::Unknown, "unknown-pattern"));
    let report = run(&with(free, "integer"), &with(large, "string"));
    assert_eq!(report.outcome, Outcome::Breaking);
    assert!(lines(&report).iter().any(|line| line.ends_with("| {\"n\":0}")), "{:?}", lines(&report));
}
