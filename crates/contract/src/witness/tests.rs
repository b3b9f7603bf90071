//! Tables of schemas, of values that they accept, and of witnesses that are made small.

use super::*;

fn judge(schema: &Value) -> Judge {
    Judge::new(&Documents::from([("a b.json".to_owned(), schema.clone())]), [("a b.json", "")]).unwrap()
}

#[test]
fn the_validator_reads_documents_as_contracts_mean_them() {
    let seven = "http://json-schema.org/draft-07/schema#";
    let table = [
        (json!({ "$schema": seven, "format": "uuid" }), json!("x"), false),
        (json!({ "$schema": seven, "format": "uuid" }), json!("12345678-9abc-4def-8012-3456789abcde"), true),
        (
            json!({ "$schema": seven, "$ref": "#/definitions/a", "definitions": { "a": { "items": [false] } } }),
            json!([1]),
            false,
        ),
        (json!({ "items": { "format": "date" } }), json!(["2023-02-29"]), false),
        (json!({ "format": "int32" }), json!(2_147_483_648_u64), false),
        (json!({ "format": "int32" }), json!(-2_147_483_648_i64), true),
        (json!({ "format": "uint64" }), json!(u64::MAX), true),
        (json!({ "format": "uint64" }), json!(-1), false),
        (
            json!({ "$id": "https://a.example/s", "$ref": "t", "$defs": { "a": { "$id": "t", "const": 1 } } }),
            json!(2),
            false,
        ),
        (json!({ "format": "int32" }), json!("x"), true),
        (json!({ "format": "phone" }), json!("x"), true),
    ];
    for (schema, value, expected) in table {
        assert_eq!(judge(&schema).accepts(0, &value), expected, "{schema} {value}");
    }
}

#[test]
fn one_judge_has_all_places_of_all_documents() {
    let documents = Documents::from([
        (
            "apis/a.json".to_owned(),
            json!({ "x": { "y/z %": { "$ref": "../b.json#/one" } }, "s": { "type": "string" } }),
        ),
        ("b.json".to_owned(), json!({ "one": { "const": 1 } })),
    ]);
    let judge = Judge::new(&documents, [("apis/a.json", "/x/y~1z %"), ("apis/a.json", "/s")]).unwrap();
    assert!(judge.accepts(0, &json!(1)) && !judge.accepts(0, &json!("1")));
    assert!(judge.accepts(1, &json!("1")) && !judge.accepts(1, &json!(1)));
    assert!(Judge::new(&documents, [("apis/a.json", "/nowhere")]).is_err());
    let remote = Documents::from([("a.json".to_owned(), json!({ "$ref": "https://example.com/b.json" }))]);
    assert!(Judge::new(&remote, [("a.json", "")]).is_err());
}

#[test]
fn a_witness_is_made_small() {
    let table = [
        (json!({}), json!({ "required": ["a"] }), json!({ "b": [1, 2, { "c": "long" }], "c": {} }), json!({})),
        (
            json!({ "minProperties": 1 }),
            json!({ "maxProperties": 0 }),
            json!({ "a": [1, 2], "b": 2 }),
            json!({ "b": 2 }),
        ),
        (json!({}), json!({ "items": { "maxLength": 2 } }), json!(["a", "aaaaaaaa", "b"]), json!(["aaa"])),
        (json!({}), json!({ "not": { "contains": { "const": 7 } } }), json!([1, 2, 3, 4, 7, 5, 6]), json!([7])),
        (json!({}), json!({ "type": "object" }), json!("💩💩💩💩"), json!("")),
    ];
    for (left, right, witness, expected) in table {
        let (left_judge, right_judge) = (judge(&left), judge(&right));
        let left = Seat { judge: &left_judge, place: 0 };
        let right = Seat { judge: &right_judge, place: 0 };
        let small = confirmed(&Json::try_from(&witness).unwrap(), left, right).unwrap();
        assert_eq!(Value::from(&small), expected);
    }
}

#[test]
fn only_what_is_confirmed_is_a_break() {
    let (left, right) = (judge(&json!({ "type": "string" })), judge(&json!({ "maxLength": 2 })));
    let (left, right) = (Seat { judge: &left, place: 0 }, Seat { judge: &right, place: 0 });
    let text = |text: &str| Json::String(text.into());
    let table = [
        (Found::None, Verdict::Compatible),
        (Found::Value(text("aaa")), Verdict::Breaking(text("aaa"))),
        (Found::Value(text("aa")), Verdict::Unknown(Reason::WitnessRefused)),
        (Found::Value(Json::Null), Verdict::Unknown(Reason::WitnessRefused)),
        (Found::Maybe(Reason::Items, Some(text("aaaa"))), Verdict::Breaking(text("aaa"))),
        (Found::Maybe(Reason::Items, Some(text("aa"))), Verdict::Unknown(Reason::Items)),
        (Found::Maybe(Reason::Items, None), Verdict::Unknown(Reason::Items)),
    ];
    for (found, expected) in table {
        assert_eq!(judged(found, left, right), expected);
    }
}

#[test]
fn what_a_value_breaks_is_said_without_the_value() {
    let schema = json!({"type": "object", "properties": {"list": {"items": {"maximum": 3, "format": "uri"}}}, "required": ["a"]});
    let documents = Documents::from([("a.json".to_owned(), json!(true)), ("s.json".to_owned(), schema)]);
    let judge = Judge::new(&documents, [("a.json", ""), ("s.json", "")]).unwrap();
    assert_eq!(judge.breaches(0, &json!("anything")), []);
    let mut breaches = judge.breaches(1, &json!({"list": [1, 47_114_711, "hunter2 hunter2"]}));
    breaches.sort_by(|left, right| left.at.cmp(&right.at));
    let told: Vec<_> = breaches.iter().map(|breach| (breach.at.as_str(), breach.keyword.as_str())).collect();
    assert_eq!(told, [("", "required"), ("/list/1", "maximum"), ("/list/2", "format")]);
    assert!(breaches.iter().all(|breach| !breach.message.contains("4711") && !breach.message.contains("hunter2")));
}
