//! What the Terraform code of stacks declares, and stacks that do not fit theirs.

use crate::{load_text, rendered, sound};
use std::path::PathBuf;

const SEAM: &str = "== seam.yaml\nsystem: shop\nenvironments: {dev: }\ndefaults: {tool: terraform}\n";

#[test]
fn local_modules_and_paths_are_followed_and_shared() {
    let workspace = sound(&format!(
        "{SEAM}== a/stack.yaml\nsource: ../code\n== b/stack.yaml\nsource: ../code\n\
         == code/main.tf\nvariable \"v\" {{ default = 1 }}\noutput \"o\" {{\n  value = 1\n  sensitive = true\n}}\n\
         module \"m\" {{ source = \"../modules/m\" }}\ndata \"x\" \"y\" {{}}\n\
         locals {{\n  a = file(\"${{path.module}}/a.txt\")\n  b = file(var.v)\n}}\n\
         == modules/m/main.tf\nmodule \"n\" {{ source = \"./n\" }}\ndata \"x\" \"y\" {{}}\n\
         locals {{ a = file(\"${{path.module}}/../m.txt\") }}\n\
         == modules/m/n/main.tf\nmodule \"m\" {{ source = \"..\" }}\nlocals {{ a = file(\"${{path.root}}/n.txt\") }}\n"
    ));
    let code = |name: &str| workspace.stacks[&name.parse().unwrap()].code.clone().unwrap();
    assert_eq!(code("a"), code("b"));
    let code = code("a");
    assert_eq!(code.modules, ["modules/m", "modules/m/n"].map(PathBuf::from));
    assert_eq!(code.paths, ["code/a.txt", "code/n.txt", "modules/m.txt"].map(PathBuf::from));
    assert_eq!(code.computed_paths[0].to_string(), "code/main.tf:10:12");
    assert_eq!((code.data_sources, code.outputs["o"]), (2, true));
    assert_eq!(code.variables["v"].place.to_string(), "code/main.tf:1:1");
}

#[test]
fn inputs_and_variables_that_do_not_meet() {
    let loaded = load_text(&format!(
        "{SEAM}== app/stack.yaml\ninputs:\n  vpc: {{value: 1}}\n  broken: {{valu: 1}}\n\
         == app/main.tf\nvariable \"vpc_id\" {{}}\nvariable \"broken\" {{}}\nvariable \"free\" {{ default = null }}\n\
         variable \"set\" {{}}\nvariable \"auto\" {{}}\nvariable \"json\" {{}}\n\
         == app/terraform.tfvars\nset = 1\n== app/x.auto.tfvars\nauto = 1\n== app/y.auto.tfvars.json\n{{\"json\": 1}}\n\
         == app/other.tfvars\nvpc_id = 1\n"
    ));
    assert_eq!(
        rendered(&loaded.findings),
        "S0203 app/main.tf:1:1 [variable \"vpc_id\"] nothing sets the variable `vpc_id` of stack `app` | it has no default > add `vpc_id` to the inputs in app/stack.yaml, or give it a default\n\
         S0202 app/stack.yaml:2:3 [vpc] the code of stack `app` declares no variable `vpc` > did you mean `vpc_id`?\n\
         S0012 app/stack.yaml:3:3 [broken] nothing here says where it comes from > add one of registry, state, lookup, run, secret, config, value\n\
         S0007 app/stack.yaml:3:12 [valu] unknown key `valu` > did you mean `value`?\n"
    );
}

#[test]
fn an_output_that_is_promised_has_to_be_in_the_code() {
    let loaded = load_text(&format!(
        "{SEAM}== app/stack.yaml\ncontract:\n  outputs:\n    url: {{}}\n    adress: {{}}\n    id: {{}}\n\
         == app/main.tf\noutput \"id\" {{ value = 1 }}\noutput \"address\" {{ value = 1 }}\n"
    ));
    assert_eq!(
        rendered(&loaded.findings),
        "S0208 app/stack.yaml:3:5 [url] the contract of `app` promises output `url`, and its code has none > declare `output \"url\"` in the code, or take it out of the contract\n\
         S0208 app/stack.yaml:4:5 [adress] the contract of `app` promises output `adress`, and its code has none > did you mean `address`?\n"
    );
}

#[test]
fn code_that_is_not_there_or_not_readable() {
    let loaded = load_text(&format!(
        "{SEAM}== a/stack.yaml\nsource: ../code\ninputs: {{x: {{value: 1}}}}\n== b/stack.yaml\nsource: ../code\n\
         == code/main.tf\nvariable \"y\" {{\n== c/stack.yaml\n== d/stack.yaml\nsource: ../nowhere\n\
         == e/stack.yaml\ninputs: [a\n== e/main.tf\nvariable \"x\" {{}}\nmodule \"m\" {{ source = \"./gone\" }}\n\
         == f/stack.yaml\ntool: opentofu\n== f/main.tofu\nvariable \"f\" {{}}\n"
    ));
    assert_eq!(
        rendered(&loaded.findings),
        "S0018 c/stack.yaml there is no terraform code in `c` > put *.tf files there, or say with `source:` where they are\n\
         S0201 code/main.tf:1:15 invalid block body; expected `}`, newline or identifier\n\
         S0018 d/stack.yaml:1:9 [../nowhere] there is no folder `nowhere` > the path is relative to this file\n\
         S0018 e/main.tf:2:1 [module \"m\"] there is no folder `e/gone`\n\
         S0001 e/stack.yaml:1:9 [[] unclosed bracket '['\n\
         S0203 f/main.tofu:1:1 [variable \"f\"] nothing sets the variable `f` of stack `f` | it has no default > add `f` to the inputs in f/stack.yaml, or give it a default\n"
    );
}

#[test]
fn backends_of_another_type() {
    let text = "== seam.yaml\nsystem: shop\nenvironments: {dev: {account: \"1\"}, prod: }\n\
                defaults: {tool: terraform, terraform: {backend: {type: s3, bucket: \"b-{account}-{env}\"}}}\n\
                == a/stack.yaml\n== a/main.tf\nterraform {\n  backend \"gcs\" {}\n}\n\
                == b/stack.yaml\nbackend: {type: gcs, x: \"{stak}\"}\n== b/main.tf\nterraform {\n  backend \"gcs\" {}\n}\n\
                == c/stack.yaml\nbackend: {type: s3}\n== c/main.tf\nterraform {\n  cloud {}\n}\n";
    assert_eq!(
        rendered(&load_text(text).findings),
        "S0011 b/stack.yaml:1:26 [{stak}] `{stak}` is not known here > did you mean `{stack}`?\n\
         S0204 c/stack.yaml:1:1 [backend] backend settings of type `s3`, and the code of `c` has `cloud` & c/main.tf:2:3 the code's own > write settings of type `cloud` into c/stack.yaml, or remove the block from the code\n\
         S0204 seam.yaml:3:41 [backend] backend settings of type `s3`, and the code of `a` has `gcs` & a/main.tf:2:3 the code's own > write settings of type `gcs` into a/stack.yaml, or remove the block from the code\n\
         S0011 seam.yaml:3:72 [{account}] `{account}` is not known in prod > give prod `account` in seam.yaml, as the others have it\n\
         S0011 seam.yaml:3:82 [{env}] `{env}` is not known here > did you mean `{environment}`?\n"
    );
}

#[test]
fn values_that_no_conversion_makes_of_the_type_that_is_declared() {
    let code = "variable \"n\" {\n  type = number\n}\nvariable \"s\" {\n  type = string\n}\n\
                variable \"l\" {\n  type = list(string)\n}\nvariable \"m\" {\n  type = object({ a = string })\n}\n\
                variable \"b\" {\n  type = bool\n}\nvariable \"any\" {}\n";
    let of = |inputs: &str| {
        let loaded = load_text(&format!(
            "== seam.yaml\nsystem: shop\nenvironments: {{dev: , prod: }}\ndefaults: {{tool: terraform}}\n\
             == config/defaults.yaml\nsize: 3\nzones: two\n== config/prod.yaml\nsize: big\n\
             == other/stack.yaml\ntool: external\ntags: [t]\ncontract: {{outputs: {{ids: {{type: array}}, one: {{type: string}}}}}}\n\
             == app/stack.yaml\ninputs:\n{inputs}\
             == app/main.tf\n{code}"
        ));
        let errors = loaded.findings.iter().filter(|finding| finding.code != seam_model::codes::UNSET_VARIABLE);
        errors.map(|finding| format!("{} {}\n", finding.code, finding.message)).collect::<String>()
    };
    for (inputs, expected) in [
        ("  n: {value: two}\n", "the variable `n` takes a number, and this is the text \"two\""),
        (
            "  n: {config: size}\n",
            "the variable `n` takes a number, and `size` of the configuration is in prod the text \"big\"",
        ),
        (
            "  l: {config: zones}\n",
            "the variable `l` takes a list, and `zones` of the configuration is in dev the text \"two\"",
        ),
        ("  s: {value: [a]}\n", "the variable `s` takes a string, and this is a list"),
        ("  b: {value: 1}\n", "the variable `b` takes a bool, and this is 1"),
        ("  m: {value: [a]}\n", "the variable `m` takes a map or object, and this is a list"),
        ("  s: other.ids\n", "the variable `s` takes a string, and the contract of `other` promises type array"),
        ("  l: other.one\n", "the variable `l` takes a list, and the contract of `other` promises type string"),
        ("  s: {registry: \"tag:t.one\", many: true}\n", "the variable `s` takes a string, and a fan-in is a list"),
    ] {
        assert_eq!(of(inputs), format!("S0207 {expected}\n"), "{inputs}");
    }
    for inputs in [
        "  n: {value: \"2.5\"}\n  b: {value: \"true\"}\n  s: {value: 3}\n  any: {value: [1]}\n",
        "  n: {value: \"{environment}\"}\n  s: {registry: other.ids, join: \",\"}\n",
        "  n: other.one\n  l: other.ids\n  s: \"other.ids[0]\"\n  m: {value: {a: b}}\n",
        "  l: {value: null}\n  n: {config: nothing, optional: true}\n",
        "  l: {registry: \"tag:t.one\", many: true}\n  m: {registry: \"tag:t.one\", many: true, as: map}\n",
    ] {
        assert_eq!(of(inputs), "", "{inputs}");
    }
}

#[test]
fn a_misspelt_inputs_is_the_only_finding_of_what_it_causes() {
    let loaded = load_text(
        "== seam.yaml\nsystem: shop\nenvironments: {dev: }\ndefaults: {tool: terraform}\n\
         == app/stack.yaml\ninput:\n  n: {value: 1}\n== app/main.tf\nvariable \"n\" {}\n",
    );
    assert_eq!(
        rendered(&loaded.findings),
        "S0007 app/stack.yaml:1:1 [input] unknown key `input` > did you mean `inputs`?\n"
    );
}
