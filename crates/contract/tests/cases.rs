//! The table of cases, at least four for each keyword: what the engine says of each pair both ways.
//! A witness is confirmed, and each `compatible` survives ten thousand guided values.

#![expect(clippy::print_stdout, reason = "a test tells what it counted")]

#[expect(dead_code, reason = "only its values are needed here")]
#[path = "random/schemas.rs"]
mod schemas;
#[path = "random/values.rs"]
mod values;

use fastrand::Rng;
use seam_contract::ir::Arena;
use seam_contract::schema::{Compiler, Documents};
use seam_contract::solve::Solver;
use seam_contract::strings::Strings;
use seam_contract::verdict::Verdict;
use seam_contract::witness::{Judge, Seat, judged};
use serde_json::Value;
use std::collections::BTreeMap;

/// How many values a `compatible` survives.
const VALUES: usize = 10_000;

/// What the engine says of `left ⊆ right`, in a word, or what is wrong with it; counts the values of
/// the left one that were also of the right one.
fn told(random: &mut Rng, left: &Value, right: &Value, survived: &mut u64) -> String {
    let documents = [left, right].map(|schema| Documents::from([("schema.json".to_owned(), schema.clone())]));
    let (mut arena, mut strings) = (Arena::new(), Strings::new());
    let [left_id, right_id] =
        [0, 1].map(|side| Compiler::new(&documents[side]).compile(&mut arena, "schema.json", "").unwrap());
    let judges = documents.each_ref().map(|documents| Judge::new(documents, [("schema.json", "")]).unwrap());
    let [left_seat, right_seat] = judges.each_ref().map(|judge| Seat { judge, place: 0 });
    let found = Solver::new(&mut arena, &mut strings).find(&[left_id], &[right_id]);
    match judged(found, left_seat, right_seat) {
        Verdict::Breaking(_) => "breaking".to_owned(),
        Verdict::Unknown(reason) if reason.code() == "witness-refused" => "refused".to_owned(),
        Verdict::Unknown(_) => "unknown".to_owned(),
        Verdict::Compatible => {
            let mut last = Value::Null;
            for at in 0..VALUES {
                let schema = if at % 2 == 0 { left } else { right };
                last = if at % 3 == 0 {
                    values::changed(random, &last)
                } else {
                    values::guided(random, schema, schema, 4)
                };
                if left_seat.accepts(&last) {
                    if !right_seat.accepts(&last) {
                        return format!("compatible, but for {last}");
                    }
                    *survived += 1;
                }
            }
            "compatible".to_owned()
        }
    }
}

/// Of one keyword: how many cases, and how often each verdict, both ways.
#[derive(Default)]
struct Row {
    cases: u32,
    verdicts: BTreeMap<String, u32>,
}

impl Row {
    fn count(&self, verdict: &str) -> u32 {
        self.verdicts.get(verdict).copied().unwrap_or_default()
    }
}

/// The verdicts, in the order of the table for people.
const VERDICTS: [&str; 3] = ["compatible", "breaking", "unknown"];

/// What the table for people says of each keyword: how often each verdict. The last row is all of them.
fn documented() -> BTreeMap<String, [u32; 3]> {
    let document = include_str!("../../../docs/contracts-keywords.md");
    let mut rows = BTreeMap::new();
    for line in document.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |")) {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let count = |cell: &str| if cell == "–" { Some(0) } else { cell.trim_matches('*').parse().ok() };
        if let [keyword, .., compatible, breaking, unknown] = cells[..]
            && let (Some(compatible), Some(breaking), Some(unknown)) =
                (count(compatible), count(breaking), count(unknown))
        {
            rows.insert(keyword.replace('`', ""), [compatible, breaking, unknown]);
        }
    }
    rows
}

#[test]
fn the_table_holds_both_ways() {
    let cases: Vec<Value> = serde_json::from_str(include_str!("data/cases.json")).unwrap();
    let mut random = Rng::with_seed(1);
    let (mut wrong, mut rows, mut survived) = (Vec::new(), BTreeMap::<&str, Row>::new(), 0);
    for case in &cases {
        let row = rows.entry(case["keyword"].as_str().unwrap()).or_default();
        row.cases += 1;
        for (left, right, verdict) in [("left", "right", "forward"), ("right", "left", "backward")] {
            let found = told(&mut random, &case[left], &case[right], &mut survived);
            if found != case[verdict] {
                wrong.push(format!("{}: {} in {}: {found}", case["keyword"], case[left], case[right]));
            }
            *row.verdicts.entry(found).or_default() += 1;
        }
    }
    let mut counted: BTreeMap<String, [u32; 3]> = BTreeMap::new();
    for (keyword, row) in &rows {
        counted.insert((*keyword).to_owned(), VERDICTS.map(|verdict| row.count(verdict)));
    }
    let all = VERDICTS.map(|verdict| rows.values().map(|row| row.count(verdict)).sum());
    counted.insert(format!("**{} rows**", rows.len()), all);
    assert_eq!(documented(), counted, "docs/contracts-keywords.md");
    println!("{} pairs; {survived} values of a left schema were values of the right one", cases.len());
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(cases.len() * 2 >= 300);
    for (keyword, row) in &rows {
        assert!(row.cases >= 4 && row.count("compatible") > 0 && row.count("breaking") > 0, "{keyword}");
    }
}
