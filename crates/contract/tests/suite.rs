//! The required cases of the JSON Schema Test Suite: whether a value is one of a schema, as the
//! evaluator says, and as containments of constants. Nothing may be wrong; what is not decided is
//! counted and printed by keyword.

#![expect(clippy::print_stdout, reason = "a test tells what it counted")]

use seam_contract::evaluate::evaluate;
use seam_contract::ir::{Arena, Atom};
use seam_contract::json::Json;
use seam_contract::schema::{Compiler, Documents};
use seam_contract::solve::Solver;
use seam_contract::strings::Strings;
use seam_contract::verdict::Verdict;
use serde_json::Value;
use std::collections::BTreeMap;

/// One value of one schema.
struct Case {
    dialect: String,
    keyword: String,
    about: String,
    documents: Documents,
    value: Json,
    valid: bool,
}

/// The name of the schema among its documents.
const SCHEMA: &str = "test:schema";

/// What the suite leaves to annotations while contracts assert it.
const LEFT_OUT: [&str; 1] = ["format"];

/// The cases of a dialect, as the suite names it.
fn cases(dialect: &str, meta: &str) -> Vec<Case> {
    let suite: Value = serde_json::from_str(include_str!("data/json-schema-test-suite.json")).unwrap();
    let named = |uri: &str, schema: &Value| {
        let mut schema = schema.clone();
        if let Value::Object(members) = &mut schema
            && (uri == SCHEMA || uri.contains(dialect))
        {
            members.entry("$schema").or_insert_with(|| meta.into());
        }
        (uri.to_owned(), schema)
    };
    let remotes: Documents = suite["remotes"].as_object().unwrap().iter().map(|(uri, doc)| named(uri, doc)).collect();
    let mut cases = Vec::new();
    for (keyword, groups) in suite["cases"][dialect].as_object().unwrap() {
        for group in groups.as_array().unwrap() {
            let documents: Documents = remotes.clone().into_iter().chain([named(SCHEMA, &group[1])]).collect();
            cases.extend(group[2].as_array().unwrap().iter().map(|case| Case {
                dialect: dialect.to_owned(),
                keyword: keyword.clone(),
                about: format!("{}: {} {}", group[0], group[1], case[0]),
                documents: documents.clone(),
                value: Json::try_from(&case[0]).unwrap(),
                valid: case[1] == true,
            }));
        }
    }
    cases.retain(|case| !LEFT_OUT.contains(&case.keyword.as_str()));
    cases
}

fn all_cases() -> Vec<Case> {
    let dialects = [
        ("draft2020-12", "https://json-schema.org/draft/2020-12/schema"),
        ("draft2019-09", "https://json-schema.org/draft/2019-09/schema"),
        ("draft7", "http://json-schema.org/draft-07/schema#"),
    ];
    dialects.iter().flat_map(|(dialect, meta)| cases(dialect, meta)).collect()
}

#[test]
fn the_evaluator_agrees_with_the_suite() {
    let mut undecided: BTreeMap<String, usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    let cases = all_cases();
    for case in &cases {
        let mut arena = Arena::new();
        let schema = Compiler::new(&case.documents).compile(&mut arena, SCHEMA, "");
        let found = match &schema {
            Ok(schema) => evaluate(&arena, *schema, &case.value, &mut Strings::new()),
            Err(error) => {
                assert!(error.message.contains("nothing is fetched") || error.message.contains("dialect"), "{error}");
                None
            }
        };
        match found {
            Some(found) if found == case.valid => {}
            Some(_) => wrong.push(format!("{} {} {}", case.dialect, case.keyword, case.about)),
            None => *undecided.entry(format!("{} {}", case.dialect, case.keyword)).or_default() += 1,
        }
    }
    println!("{} cases, undecided: {undecided:?}", cases.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(undecided.values().sum::<usize>() <= 100);
}

/// Of each case of 2020-12: the schema's values include the constant or not, as two containments;
/// and the schema, read twice, is contained in itself.
#[test]
fn containments_of_constants_agree_with_the_suite() {
    let (mut facts, mut unknown, mut wrong) = (0, BTreeMap::<String, usize>::new(), Vec::new());
    for case in cases("draft2020-12", "https://json-schema.org/draft/2020-12/schema") {
        let (mut arena, mut strings) = (Arena::new(), Strings::new());
        let again = case.documents.clone();
        let schema = Compiler::new(&case.documents).compile(&mut arena, SCHEMA, "");
        let twice = Compiler::new(&again).compile(&mut arena, SCHEMA, "");
        let constant = arena.atom(Atom::Enum(vec![case.value.clone()]));
        let others = arena.not(constant);
        let (Ok(schema), Ok(twice)) = (schema, twice) else {
            facts += 3;
            *unknown.entry(format!("{}: refused", case.keyword)).or_default() += 3;
            continue;
        };
        let mut solver = Solver::new(&mut arena, &mut strings);
        for (left, right, holds) in
            [(constant, schema, case.valid), (schema, others, !case.valid), (schema, twice, true)]
        {
            facts += 1;
            let value = match solver.contained(left, right) {
                Verdict::Unknown(reason) => {
                    *unknown.entry(format!("{}: {}", case.keyword, reason.code())).or_default() += 1;
                    continue;
                }
                Verdict::Compatible => None,
                Verdict::Breaking(value) => Some(value),
            };
            if value != (!holds).then(|| case.value.clone()) {
                wrong.push(format!("{} {}: {value:?}", case.keyword, case.about));
            }
        }
    }
    println!("{facts} facts, unknown: {unknown:?}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(unknown.values().sum::<usize>() <= 100);
}
