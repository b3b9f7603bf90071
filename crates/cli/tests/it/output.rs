//! Values and names that simply work, from one tool's outputs to another's variables and back out.

use crate::harness::{Harness, terraform};
use serde_json::{Value as Json, json};
use std::fmt::Write as _;

const APPLY: [&str; 4] = ["apply", "-e", "dev", "--yes"];

fn shop() -> Harness {
    let harness = Harness::new();
    harness.write("seam.yaml", "system: shop\nenvironments: {dev: {}}\ndefaults: {tool: terraform}\n");
    harness
}

/// Strings that tools, shells and templates read in ways of their own.
const TRICKY: [&str; 11] = [
    "plain",
    "\"double\" and 'single'",
    "line one\nline two\r\n\ttab",
    "${var.nothing} $${x}",
    "%{ if true }yes%{ endif } %%{",
    "{environment} {{stack}} {nope}",
    "back\\slash \\n \\u0041",
    "Größe 漢字 🦀 \u{200b}",
    "$(id) `id` $HOME; rm -rf x",
    "",
    " leading and trailing ",
];

#[test]
fn strings_arrive_as_they_were_written() {
    if terraform().is_none() {
        return;
    }
    let harness = shop();
    let values: serde_json::Map<String, Json> =
        TRICKY.iter().enumerate().map(|(at, text)| (format!("v{at}"), json!(text))).collect();
    let (mut provider, mut consumer, mut inputs) = (String::new(), String::new(), String::from("inputs:\n"));
    for name in values.keys() {
        writeln!(provider, "output \"{name}\" {{\n  value = local.values.{name}\n}}").unwrap();
        writeln!(consumer, "variable \"{name}\" {{\n  type = string\n}}").unwrap();
        writeln!(consumer, "output \"{name}\" {{\n  value = terraform_data.it[\"{name}\"].output\n}}").unwrap();
        writeln!(inputs, "  {name}: base.{name}").unwrap();
    }
    harness.write("stacks/base/values.json", Json::Object(values.clone()).to_string());
    let provider = format!("locals {{\n  values = jsondecode(file(\"${{path.module}}/values.json\"))\n}}\n{provider}");
    harness.stack("base", "{}\n", &provider);
    let names: Vec<String> = values.keys().map(|name| format!("    {name} = var.{name}")).collect();
    let resource = format!(
        "resource \"terraform_data\" \"it\" {{\n  for_each = {{\n{}\n  }}\n  input = each.value\n}}\n",
        names.join("\n")
    );
    harness.stack("app", &inputs, &format!("{consumer}{resource}"));
    harness.ok(&APPLY).says(&["2 applied."]);
    for (name, value) in &values {
        let text = value.as_str().unwrap();
        assert_eq!(harness.ok(&["output", "app", name, "-e", "dev"]).stdout, format!("{text}\n"), "{name}");
    }
    let document = harness.json(&["output", "app", "--json", "-e", "dev"]);
    for (name, value) in &values {
        assert_eq!(document["outputs"][name]["value"], *value);
    }
    let list = harness.ok(&["output", "app", "-e", "dev"]).stdout;
    assert_eq!(list.lines().count(), 1 + values.len(), "a row an output:\n{list}");
    harness.ok(&APPLY).says(&["2 unchanged"]);
}

#[test]
fn five_hundred_outputs() {
    const OUTPUTS: usize = 500;
    if terraform().is_none() {
        return;
    }
    let harness = shop();
    let (mut base, mut app, mut inputs) = (String::new(), String::new(), String::from("inputs:\n"));
    for at in 0..OUTPUTS {
        writeln!(base, "output \"o{at}\" {{\n  value = \"{at}\"\n}}").unwrap();
        writeln!(app, "variable \"i{at}\" {{}}").unwrap();
        writeln!(inputs, "  i{at}: base.o{at}").unwrap();
    }
    let all: Vec<String> = (0..OUTPUTS).map(|at| format!("var.i{at}")).collect();
    writeln!(app, "output \"all\" {{\n  value = join(\",\", [{}])\n}}", all.join(", ")).unwrap();
    harness.stack("base", "{}\n", &base);
    harness.stack("app", &inputs, &app);
    let plan = harness.json(&["plan", "-e", "dev", "--json"]);
    assert_eq!(plan["steps"][1]["inputs"].as_object().unwrap().len(), OUTPUTS);
    harness.ok(&APPLY).says(&["2 applied."]);
    let all: Vec<String> = (0..OUTPUTS).map(|at| at.to_string()).collect();
    assert_eq!(harness.ok(&["output", "app", "all", "-e", "dev"]).stdout, format!("{}\n", all.join(",")));
    assert_eq!(harness.ok(&["output", "base", "-e", "dev"]).stdout.lines().count(), 1 + OUTPUTS);
}

#[test]
fn names_of_files_in_any_script_and_paths_with_spaces() {
    if terraform().is_none() {
        return;
    }
    let harness = shop();
    let folder = "Überall/my stacks 漢字";
    harness.write(&format!("{folder}/seam.yaml"), "system: shop\nenvironments: {dev: {}}\n");
    let stack = format!("{folder}/die Stapel/größe 1");
    harness.write(&format!("{stack}/stack.yaml"), "name: app\ntool: terraform\ninputs: {name: {value: x}}\n");
    let code = "variable \"name\" {}\noutput \"text\" {\n  value = \"${var.name} ${file(\"${path.module}/été — 漢字.txt\")}\"\n}\n";
    harness.write(&format!("{stack}/größe.tf"), code);
    harness.write(&format!("{stack}/été — 漢字.txt"), "hier");
    harness.write(
        &format!("{folder}/a script/stack.yaml"),
        "name: words\ntool: exec\ninputs: {text: app.text}\nexec: {apply: [sh, \"./mach das.sh\"]}\n",
    );
    harness.write(
        &format!("{folder}/a script/mach das.sh"),
        "cp \"$SEAM_INPUTS\" in; printf '{\"n\": {\"value\": %s}}' \"$(wc -c < in)\" > \"$SEAM_OUTPUTS\"",
    );
    let there = harness.path(folder).display().to_string();
    harness.ok(&[&["-C", there.as_str()], &APPLY[..]].concat()).says(&["2 applied."]);
    assert_eq!(harness.ok(&["-C", &there, "output", "app", "text", "-e", "dev"]).stdout, "x hier\n");
    harness.ok(&[&["-C", there.as_str()], &APPLY[..]].concat()).says(&["2 unchanged"]);
    harness.write(&format!("{stack}/été — 漢字.txt"), "dort");
    harness.ok(&[&["-C", there.as_str()], &APPLY[..]].concat()).says(&["2 applied."]);
}

#[test]
fn numbers_lists_and_objects_keep_every_digit() {
    if terraform().is_none() {
        return;
    }
    let harness = shop();
    let values = r#"{"n": {"value": 12345678901234567890}, "f": {"value": 1.10}, "o": {"value": {"b": [true, null, {}], "a": "x"}}}"#;
    harness
        .write("stacks/base/stack.yaml", "tool: exec\nexec: {apply: [sh, -c, 'cp outputs.json \"$SEAM_OUTPUTS\"']}\n");
    harness.write("stacks/base/outputs.json", values);
    harness.stack(
        "app",
        "inputs: {n: base.n, f: base.f, o: base.o, b: \"base.o.b[0]\"}\n",
        "variable \"n\" {\n  type = number\n}\nvariable \"f\" {\n  type = number\n}\nvariable \"o\" {\n  type = any\n}\nvariable \"b\" {\n  type = bool\n}\noutput \"all\" {\n  value = { n = var.n, f = var.f, o = var.o, b = var.b }\n}\n",
    );
    harness.ok(&APPLY);
    assert_eq!(harness.ok(&["output", "base", "n", "-e", "dev"]).stdout, "12345678901234567890\n");
    let all = harness.ok(&["output", "app", "all", "-e", "dev"]).json();
    assert_eq!(all["n"].to_string(), "12345678901234567890");
    assert_eq!(all["o"], json!({"a": "x", "b": [true, null, {}]}));
    assert_eq!((&all["b"], all["f"].to_string().as_str()), (&json!(true), "1.1"));
    harness.ok(&APPLY).says(&["2 unchanged"]);
}
