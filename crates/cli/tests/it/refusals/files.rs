//! Findings in the workspace's files: all of them at once, and nothing runs before they are mended.

use super::{APP, APP_YAML, APPLY, NETWORK, SEAM, refused, shop};

/// One mistake: the file that has it, what is found in it, and where.
struct Mistake<'a> {
    file: &'a str,
    text: &'a str,
    code: &'a str,
    /// 0 for the file as a whole.
    line: u64,
    column: u64,
    /// Parts of the message and of the next step.
    says: &'a [&'a str],
}

/// Each is found by `check` with its place, and `plan` and `apply` are refused for it.
#[track_caller]
fn found(mistakes: &[Mistake]) {
    for mistake in mistakes {
        let harness = shop();
        harness.write(mistake.file, mistake.text);
        let answer = harness.seam(&["check", "--json"]).exits(1);
        let document = answer.json();
        let findings = document["findings"].as_array().unwrap();
        let Some(finding) = findings.iter().find(|finding| finding["code"] == mistake.code) else {
            panic!("no {} in {document:#}", mistake.code);
        };
        assert_eq!(finding["severity"], "error");
        let place = (finding["file"].as_str(), finding["line"].as_u64(), finding["column"].as_u64());
        assert_eq!(place, (Some(mistake.file), Some(mistake.line), Some(mistake.column)), "{finding:#}");
        let words = format!("{} {}", finding["message"].as_str().unwrap(), finding["help"].as_str().unwrap_or("-"));
        for text in mistake.says {
            assert!(words.contains(text), "`{text}` is not in: {words}");
        }
        let place = match mistake.line {
            0 => mistake.file.to_owned(),
            line => format!("{}:{line}:{}", mistake.file, mistake.column),
        };
        let code = format!("error[{}]", mistake.code);
        refused(&harness, &APPLY, 1, &[&code, &place]);
        refused(&harness, &["plan", "-e", "dev"], 1, &[&code, &place]);
        assert!(!harness.path(".seam").exists(), "nothing is made for a workspace with mistakes");
    }
}

const APP_FILE: &str = "stacks/app/stack.yaml";

fn in_app<'a>(text: &'a str, code: &'a str, place: (u64, u64), says: &'a [&'a str]) -> Mistake<'a> {
    Mistake { file: APP_FILE, text, code, line: place.0, column: place.1, says }
}

#[test]
fn keys_and_types() {
    found(&[
        in_app("inputz: {}\n", "S0007", (1, 1), &["unknown key `inputz`", "did you mean `inputs`?"]),
        in_app("tags: [a]\ntags: [b]\n", "S0008", (2, 1), &["`tags` stands twice"]),
        in_app("max_age: {}\n", "S0009", (1, 1), &["`max_age`", "not"]),
        in_app("inputs: 3\n", "S0003", (1, 9), &["mapping"]),
        in_app("name: 111\n", "S0004", (1, 7), &["\"111\""]),
        in_app("name: My App\n", "S0005", (1, 7), &["My App"]),
        in_app(
            "inputs: {vpc_id: {run: network.vpc_id, value: x}}\n",
            "S0012",
            (1, 40),
            &["both `run` and `value`", "keep one"],
        ),
        in_app("inputs:\n  vpc_id: {value: \"{envronment}\"}\n", "S0011", (2, 20), &["did you mean `{environment}`?"]),
        Mistake {
            file: "seam.yaml",
            text: "environments: {dev: {}}\n",
            code: "S0006",
            line: 0,
            column: 0,
            says: &["`system`", "add `system:`"],
        },
    ]);
}

#[test]
fn links() {
    found(&[
        in_app("inputs: {vpc_id: netwrk.vpc_id}\n", "S0101", (1, 18), &["`netwrk`", "did you mean `network"]),
        in_app("inputs: {vpc_id: network.vpcid}\n", "S0102", (1, 18), &["`vpcid`", "did you mean `network.vpc_id`?"]),
        in_app("inputs: {vpc_id: network}\n", "S0013", (1, 18), &["`network`", "STACK.OUTPUT"]),
        in_app("environments: [dve]\n", "S0015", (1, 16), &["`dve`", "did you mean `dev`?"]),
        in_app(
            "inputs: {vpc_id: {run: other/network.vpc_id}}\n",
            "S0108",
            (1, 18),
            &["registry: other/network.vpc_id"],
        ),
        in_app("inputs: {vpc_id: {registry: \"tag:x.url\", many: true}}\n", "S0107", (1, 18), &["`x`"]),
        in_app("after: [netwrk]\ninputs: {vpc_id: {value: x}}\n", "S0101", (1, 9), &["did you mean `network`?"]),
    ]);
}

#[test]
fn variables_of_the_code() {
    found(&[
        in_app(
            "inputs: {vpcid: network.vpc_id}\n",
            "S0202",
            (1, 10),
            &["no variable `vpcid`", "did you mean `vpc_id`?"],
        ),
        Mistake {
            file: "stacks/app/main.tf",
            text: "variable \"vpc_id\" {}\n\nvariable \"size\" {\n  type = number\n}\n",
            code: "S0203",
            line: 3,
            column: 1,
            says: &["`size`", "inputs"],
        },
        Mistake {
            file: "stacks/app/main.tf",
            text: "variable \"vpc_id\" {\n  type = \n}\n",
            code: "S0201",
            line: 2,
            column: 10,
            says: &["invalid expression"],
        },
        in_app("source: ../nowhere\n", "S0018", (1, 9), &["nowhere"]),
        in_app("inputs: {vpc_id: {config: net.id}}\n", "S0019", (1, 27), &["net.id", "config/defaults.yaml"]),
    ]);
}

#[test]
fn a_cycle_is_shown_whole_with_the_lines_that_make_it() {
    let harness = shop();
    harness.stack("network", "inputs: {zone: dns.zone}\n", &format!("variable \"zone\" {{}}\n{NETWORK}"));
    harness.stack("dns", "inputs: {app: app.url}\n", "variable \"app\" {}\noutput \"zone\" {\n  value = 1\n}\n");
    harness.stack("app", APP_YAML, &format!("{APP}output \"url\" {{\n  value = 1\n}}\n"));
    let places = ["stacks/network/stack.yaml:1:", "stacks/dns/stack.yaml:1:", "stacks/app/stack.yaml:2:"];
    refused(&harness, &APPLY, 1, &["error[S0103]", "app", "network", "dns", "help: "]).says(&places);
}

#[test]
fn every_mistake_of_every_file_is_found_at_once() {
    let harness = shop();
    harness.write("stacks/bad/stack.yaml", "tags: [a\nafter: []\n");
    harness.write(APP_FILE, "inputz: {}\ntags: 3\n");
    harness.write("seam.yaml", format!("{SEAM}timeout: 3\n"));
    let document = harness.seam(&["check", "--json"]).exits(1).json();
    let found: Vec<(&str, &str)> = document["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["code"].as_str().unwrap(), one["file"].as_str().unwrap()))
        .collect();
    for one in [("S0001", "stacks/bad/stack.yaml"), ("S0007", APP_FILE), ("S0003", APP_FILE), ("S0007", "seam.yaml")] {
        assert!(found.contains(&one), "{one:?} is not in {found:?}");
    }
    let text = harness.seam(&["check"]).exits(1);
    assert!(text.stderr.trim_end().ends_with("Nothing was run. `seam explain S0007` says more."), "{}", text.stderr);
}

#[test]
fn an_environment_that_is_not_declared_is_a_matter_of_usage_on_the_command_line() {
    let harness = shop();
    for args in [["plan", "-e", "dve"], ["apply", "-e", "dve"], ["status", "-e", "dve"], ["graph", "-e", "dve"]] {
        refused(&harness, &args, 64, &["error[S0015]", "`dve`", "did you mean `dev`?"]);
    }
    refused(&harness, &["apply", "--yes"], 64, &["which environment?", "-e takes one of dev, prod"]);
    refused(&harness, &["apply", "-e", "dev", "--yes", "netwrk"], 64, &["S0106", "did you mean `network`?"]);
    refused(&harness, &["apply", "-e", "dev", "--yes", "!"], 64, &["S0105"]);
    refused(&harness, &["output", "ap", "-e", "dev"], 64, &["S0106", "did you mean `app`?"]);
}
