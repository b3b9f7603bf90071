//! What the solver takes for inputs that are made to be hard: the verdict and the time of each. One
//! line a case; run it in release.

#![expect(clippy::print_stdout, reason = "a program prints")]

use seam_contract::ir::{Arena, Id};
use seam_contract::reading::Reading;
use seam_contract::schema::{Compiler, Documents};
use seam_contract::solve::Solver;
use seam_contract::strings::Strings;
use seam_contract::uses::{Answer, Contract, check};
use seam_contract::verdict::Verdict;
use seam_contract::world::World;
use serde_json::{Map, Value, json};
use std::fmt::Write as _;
use std::time::{Duration, Instant};

/// The stack that the solver says it needs.
const STACK: usize = 2 << 20;

fn main() {
    let cases = [
        ("3-DNF, 24 variables, required", disjunctive(24, 103, true)),
        ("3-DNF, 24 variables", disjunctive(24, 103, false)),
        ("3-DNF, 24 variables, a tautology", disjunctive(24, 230, true)),
        ("3-CNF, 90 variables, 400 clauses", conjunctive(90, 400)),
        ("oneOf, 200 tagged, all wider", (tagged(200, 5), tagged(200, 9))),
        ("oneOf, 200 tagged, all narrower", (tagged(200, 9), tagged(200, 5))),
        ("oneOf, 200 tagged, one is new", (tagged(201, 5), tagged(200, 5))),
        ("anyOf, 60 untagged, all wider", (untagged(60, 5), untagged(60, 9))),
        ("anyOf, 60 untagged, all narrower", (untagged(60, 9), untagged(60, 5))),
        ("12 recursive oneOf types, wider", (recursive(12, 5), recursive(12, 9))),
        ("12 recursive oneOf types, narrower", (recursive(12, 9), recursive(12, 5))),
        ("12 recursive oneOf types, the last differs", (recursive(12, 5), last_differs())),
        ("a pattern of 2^14 states", (pattern(13), pattern(12))),
        ("objects, 100 deep, wider", (deep(100, 5), deep(100, 9))),
        ("objects, 100 deep, narrower", (deep(100, 9), deep(100, 5))),
        ("objects, 200 deep, narrower", (deep(200, 9), deep(200, 5))),
        ("2,000 references deep", (chain(2_000, 9), chain(2_000, 5))),
        ("lists, 100 deep, narrower", (deep_lists(100, 9), deep_lists(100, 5))),
        ("10,000 properties, all wider", (wide(10_000, 5), wide(10_000, 9))),
        ("10,000 properties, all narrower", (wide(10_000, 9), wide(10_000, 5))),
        ("10,000 properties, the last narrower", (wide_but_last(10_000, 9), wide_but_last(10_000, 5))),
    ];
    for (name, (left, right)) in cases {
        let run = move || measure(name, &left, &right);
        std::thread::Builder::new().stack_size(STACK).spawn(run).expect("a thread starts").join().expect("it ends");
    }
    many_uses();
}

/// How often uses are measured; the least counts.
const ROUNDS: usize = 5;

fn many_uses() {
    let documents = [order(false), order(true)].map(|schema| Documents::from([("order.json".to_owned(), schema)]));
    let [old, new] = documents.each_ref().map(|documents| Contract { documents, document: "order.json", pointer: "" });
    let reading = |path: String, kind: &str| Reading { leaf: json!({ "type": kind }), ..path.parse().expect("a path") };
    let read = |number: usize| {
        let (first, second) = (number % PARTS, (number * 7 + number / PARTS) % PARTS);
        vec![reading(format!("part{first}.name"), "string"), reading(format!("part{second}.sizes[]"), "integer")]
    };
    let distinct: Vec<Vec<Reading>> = (0..1_000).map(read).collect();
    let distinct: Vec<&[Reading]> = distinct.iter().map(Vec::as_slice).collect();
    let equal = vec![distinct[0]; 1_000];
    let mut broken = 0;
    // The system counts in ticks: each round takes several.
    let mut least = |uses: &[&[Reading]], times: u32| {
        let mut round = || {
            let begin = Clock::now();
            for _ in 0..times {
                let answers = check(Some(old), new, World::Declared, uses).expect("the contracts are valid");
                broken = answers.iter().filter(|answer| matches!(***answer, Answer::Broken(_))).count();
            }
            begin.elapsed().as_secs_f64() / f64::from(times)
        };
        (0..ROUNDS).map(|_| round()).fold(f64::INFINITY, f64::min)
    };
    let (one, same, many) = (least(&distinct[..1], 20), least(&equal, 20), least(&distinct, 2));
    println!("one use of a changed contract: {:.2} ms", one * 1e3);
    println!("1,000 equal ones: {:.2} x; 1,000 distinct ones, {broken} broken: {:.1} x", same / one, many / one);
}

/// How many members an order has.
const PARTS: usize = 100;

/// A contract, and one in which each tenth member lost a promise.
fn order(changed: bool) -> Value {
    let part = |number: usize| {
        let required = if changed && number.is_multiple_of(10) { json!(["sizes"]) } else { json!(["name", "sizes"]) };
        let members = json!({
            "name": { "type": "string", "maxLength": 100 + number },
            "sizes": { "type": "array", "items": { "type": "integer", "minimum": number } },
        });
        (format!("part{number}"), json!({ "type": "object", "properties": members, "required": required }))
    };
    let parts: Map<String, Value> = (0..PARTS).map(part).collect();
    json!({ "type": "object", "required": parts.keys().collect::<Vec<_>>(), "properties": parts })
}

/// The processor time of this thread, where the system says so; else the time.
enum Clock {
    Processor(Duration),
    Wall(Instant),
}

impl Clock {
    fn now() -> Self {
        processor_time().map_or_else(|| Self::Wall(Instant::now()), Self::Processor)
    }

    fn elapsed(&self) -> Duration {
        match self {
            Self::Processor(begin) => processor_time().unwrap_or_default().saturating_sub(*begin),
            Self::Wall(begin) => begin.elapsed(),
        }
    }
}

fn processor_time() -> Option<Duration> {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    told.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
}

fn measure(name: &str, left: &Value, right: &Value) {
    let (mut arena, mut strings) = (Arena::new(), Strings::new());
    let (left, right) = (compile(&mut arena, left), compile(&mut arena, right));
    let begin = Clock::now();
    let mut solver = Solver::new(&mut arena, &mut strings);
    let verdict = solver.contained(left, right);
    let (elapsed, spent) = (begin.elapsed(), solver.spent());
    let word = match verdict {
        Verdict::Compatible => "compatible".to_owned(),
        Verdict::Breaking(witness) => format!("breaking, {} bytes", Value::from(&witness).to_string().len()),
        Verdict::Unknown(reason) => format!("unknown: {}", reason.code()),
    };
    println!("{name:45} {word:28} {:9.1} ms {spent:7} units", elapsed.as_secs_f64() * 1e3);
}

fn compile(arena: &mut Arena, schema: &Value) -> Id {
    let documents = Documents::from([("schema.json".to_owned(), schema.clone())]);
    Compiler::new(&documents).compile(arena, "schema.json", "").expect("the schemas are valid")
}

/// Boolean properties against a union of conjunctions of three of them: is it a tautology?
fn disjunctive(variables: usize, cubes: usize, required: bool) -> (Value, Value) {
    let mut random = fastrand::Rng::with_seed(7);
    let names: Vec<String> = (0..variables).map(|number| format!("v{number}")).collect();
    let all: Map<String, Value> = names.iter().map(|name| (name.clone(), json!({ "type": "boolean" }))).collect();
    let mut cube = || {
        let chosen = random.choose_multiple(&names, 3);
        let constants: Map<String, Value> =
            chosen.iter().map(|name| ((*name).clone(), json!({ "const": random.bool() }))).collect();
        if required {
            json!({ "properties": constants, "required": chosen })
        } else {
            json!({ "properties": constants })
        }
    };
    let cubes: Vec<Value> = (0..cubes).map(|_| cube()).collect();
    (json!({ "type": "object", "properties": all, "required": names }), json!({ "anyOf": cubes }))
}

/// Boolean properties of which each of many clauses names three: do any values fulfil all?
fn conjunctive(variables: usize, clauses: usize) -> (Value, Value) {
    let (all, cubes) = disjunctive(variables, clauses, true);
    let of = |cube: &Value| -> Vec<Value> {
        let constants = cube["properties"].as_object().into_iter().flatten();
        constants.map(|(name, constant)| json!({ "properties": { name: constant } })).collect()
    };
    let cubes = cubes["anyOf"].as_array().into_iter().flatten();
    let clauses: Vec<Value> = cubes.map(|cube| json!({ "anyOf": of(cube) })).collect();
    (json!({ "allOf": [all, { "allOf": clauses }] }), json!(false))
}

fn text(length: usize) -> Value {
    json!({ "type": "string", "maxLength": length })
}

fn branch(number: usize, length: usize) -> Value {
    json!({
        "type": "object",
        "required": [format!("a{number}")],
        "properties": { format!("a{number}"): text(length), "b": { "type": "integer", "minimum": number } },
    })
}

fn tagged(branches: usize, length: usize) -> Value {
    let tagged = |number: usize| {
        let mut branch = branch(number, length);
        branch["properties"]["kind"] = json!({ "const": format!("k{number}") });
        branch["required"] = json!(["kind", format!("a{number}")]);
        branch
    };
    json!({ "oneOf": (0..branches).map(tagged).collect::<Vec<_>>() })
}

fn untagged(branches: usize, length: usize) -> Value {
    json!({ "anyOf": (0..branches).map(|number| branch(number, length)).collect::<Vec<_>>() })
}

/// Types that refer to each other: each is a leaf, or has one of the next two.
fn recursive(types: usize, length: usize) -> Value {
    let reference = |number: usize| json!({ "$ref": format!("#/$defs/t{}", number % types) });
    let node = |number: usize| {
        json!({ "oneOf": [
            { "type": "object", "required": ["leaf"], "properties": { "leaf": text(length) }, "additionalProperties": false },
            {
                "type": "object", "required": ["left", "right"],
                "properties": { "left": reference(number + 1), "right": reference(number + 2) },
                "additionalProperties": false,
            },
            { "type": "array", "items": reference(number + 5) },
        ] })
    };
    let definitions: Map<String, Value> = (0..types).map(|number| (format!("t{number}"), node(number))).collect();
    json!({ "$ref": "#/$defs/t0", "$defs": definitions })
}

fn last_differs() -> Value {
    let mut schema = recursive(12, 5);
    schema["$defs"]["t11"]["oneOf"][0]["properties"]["leaf"] = text(4);
    schema
}

fn pattern(length: usize) -> Value {
    json!({ "type": "string", "pattern": format!("^[ab]*a[ab]{{{length}}}$") })
}

fn deep(levels: usize, length: usize) -> Value {
    (0..levels).fold(text(length), |inner, _| {
        json!({
            "type": "object", "required": ["a", "b"],
            "properties": { "a": inner, "b": { "type": "integer" }, "c": { "type": "boolean" } },
        })
    })
}

/// As deep, by references: a document cannot nest so far.
fn chain(links: usize, length: usize) -> Value {
    let link = |number: usize| {
        let next = json!({ "$ref": format!("#/$defs/d{}", number + 1) });
        let schema = json!({ "type": "object", "required": ["a"], "properties": { "a": next } });
        (format!("d{number}"), schema)
    };
    let last = [(format!("d{links}"), text(length))];
    let definitions: Map<String, Value> = (0..links).map(link).chain(last).collect();
    json!({ "$ref": "#/$defs/d0", "$defs": definitions })
}

fn deep_lists(levels: usize, length: usize) -> Value {
    (0..levels).fold(text(length), |inner, _| json!({ "type": "array", "items": inner, "minItems": 1 }))
}

fn wide(properties: usize, length: usize) -> Value {
    let property = |number: usize| (format!("p{number}"), text(length + number));
    let properties: Map<String, Value> = (0..properties).map(property).collect();
    json!({ "type": "object", "required": properties.keys().collect::<Vec<_>>(), "properties": properties })
}

fn wide_but_last(properties: usize, length: usize) -> Value {
    let mut schema = wide(properties, 5);
    let mut last = String::from("p");
    write!(last, "{}", properties - 1).expect("a string takes all text");
    schema["properties"][last] = text(length);
    schema
}
