//! Pairs of schemas and what is said of them.

use super::cases::CASES;
use super::{Explainer, Question, Root, Side, Sides};
use crate::finding::{Finding, Severity};
use crate::ir::Arena;
use crate::json::Json;
use crate::rules::{Direction, Surface};
use crate::schema::{Compiler, Documents};
use crate::solve::Solver;
use crate::strings::Strings;
use crate::subject::Subject;
use crate::verdict::Verdict;
use serde_json::{Value, json};

/// The findings between two schemas, each witness confirmed by the validator.
fn explained(old: &Value, new: &Value, surface: Surface) -> Vec<Finding> {
    let accepts = surface.direction() == Direction::Accepts;
    let (left, right) = if accepts { (old, new) } else { (new, old) };
    let documents = |schema: &Value| Documents::from([(String::new(), schema.clone())]);
    let (lefts, rights) = (documents(left), documents(right));
    let side = |documents| Side::new(documents, Compiler::new(documents));
    let mut sides = Sides { left: side(&lefts), right: side(&rights) };
    let mut arena = Arena::new();
    let ids = [&mut sides.left, &mut sides.right].map(|side| side.compile(&mut arena, "", "").unwrap());
    let mut strings = Strings::new();
    let mut solver = Solver::new(&mut arena, &mut strings);
    let root = |id| Root { id, document: "", pointer: "", there: true };
    let question = Question {
        surface,
        subject: &Subject::default(),
        place: "",
        severity: Severity::Error,
        left: root(ids[0]),
        right: root(ids[1]),
    };
    let mut explainer = Explainer::default();
    let mut confirm = |witness: &Json| {
        let witness = Value::from(witness);
        let build = |schema| jsonschema::options().should_validate_formats(true).build(schema).unwrap();
        assert!(build(left).is_valid(&witness), "{left} refuses {witness}");
        assert!(!build(right).is_valid(&witness), "{right} accepts {witness}");
        Some(witness)
    };
    match solver.contained(ids[0], ids[1]) {
        Verdict::Compatible => {}
        Verdict::Breaking(witness) => {
            if !explainer.breaking(&mut solver, &mut sides, &question, &mut confirm) {
                explainer.whole(&mut solver, &mut sides, &question, Value::from(&witness));
            }
        }
        Verdict::Unknown(reason) => explainer.undecided(&mut solver, &mut sides, &question, &reason, None),
    }
    explainer.finish().0.sorted()
}

fn lines(old: &Value, new: &Value, surface: Surface) -> Vec<String> {
    let findings = explained(old, new, surface);
    findings.iter().map(|finding| format!("{}: {}", finding.rule, finding.message())).collect()
}

#[test]
fn one_step_is_told_by_its_rule_in_both_directions() {
    for (strict, loose, accepted, emitted) in CASES {
        let [strict, loose] = [strict, loose].map(|schema| serde_json::from_str::<Value>(schema).unwrap());
        assert_eq!(lines(&loose, &strict, Surface::Accepted), [format!("accepted-{accepted}")], "{strict} {loose}");
        assert_eq!(lines(&strict, &loose, Surface::Emitted), [format!("emitted-{emitted}")], "{strict} {loose}");
    }
}

#[test]
fn several_changes_are_several_findings_and_parents_are_silent() {
    let old = json!({"properties": {"a": {"properties": {"b": {"maxLength": 2}, "c": {"type": "string"}}}},
        "required": ["a"]});
    let new = json!({"properties": {"a": {"properties": {"b": {"maxLength": 3}, "c": {"type": "integer"}}}}});
    let told = lines(&old, &new, Surface::Output);
    let rules: Vec<String> =
        told.iter().map(|line| line.splitn(3, ": ").take(2).collect::<Vec<_>>().join(": ")).collect();
    let expected = [
        "output-property-became-optional: `a`",
        "output-property-max-length-increased: `a.b`",
        "output-property-type-changed: `a.c`",
    ];
    assert_eq!(rules, expected);
}

/// Each of forty schemas refers to three others; one of them changed.
#[test]
fn schemas_in_a_circle_show_one_change_by_few_ways_the_shortest_first() {
    let circle = |length: u64| {
        let schema = |n: usize| {
            let to = |step: usize| json!({"$ref": format!("#/$defs/s{}", (n * 3 + step) % 40)});
            let text = if n == 7 { json!({"maxLength": length}) } else { json!({}) };
            let of = json!({"a": to(1), "b": {"items": to(2)}, "c": {"anyOf": [to(3), {"type": "null"}]}, "t": text});
            (format!("s{n}"), json!({"type": "object", "properties": of}))
        };
        let schemas: serde_json::Map<String, Value> = (0..40).map(schema).collect();
        json!({"$ref": "#/$defs/s0", "$defs": schemas})
    };
    let findings = explained(&circle(2), &circle(3), Surface::Output);
    let [finding] = findings.as_slice() else { panic!("{findings:?}") };
    assert!(finding.message().starts_with("`b[].a.t`: its length was up to 2, now it may be 3 (and at "), "{finding}");
    assert!((2..=4).contains(&finding.places.len()), "{:?}", finding.places);
}
