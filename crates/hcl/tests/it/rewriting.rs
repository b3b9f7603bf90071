//! Rewriting as bytes: what it touches, what it leaves alone, and the way back to the source.

use crate::case::{fixtures, root_files};
use seam_hcl::{Module, Partial, Rewritten, SourceFile, read, with_unknowns};
use std::collections::BTreeMap;

const REFERENCE: &str = "module.seam_inputs";

/// The code of every fixture that has no backend.
fn modules() -> Vec<(String, Vec<SourceFile>, Module)> {
    let folders = std::fs::read_dir(fixtures()).unwrap().map(|entry| entry.unwrap().path());
    let modules = folders.map(|folder| {
        let files = root_files(&folder);
        let (module, errors) = read(&files);
        assert_eq!(errors, []);
        (folder.display().to_string(), files, module)
    });
    modules.filter(|(_, _, module)| module.backend.is_none()).collect()
}

fn all_unknown(module: &Module) -> BTreeMap<String, Partial> {
    module.variables.keys().map(|name| (name.clone(), Partial::Unknown)).collect()
}

fn file<'a>(rewritten: &'a Rewritten, name: &str) -> &'a str {
    let file = rewritten.files.iter().find(|file| file.name == name).expect(name);
    std::str::from_utf8(&file.bytes).unwrap()
}

#[test]
fn nothing_unknown_changes_no_byte() {
    for (name, files, _) in modules() {
        let rewritten = with_unknowns(&files, &BTreeMap::new()).unwrap();
        assert_eq!(by_name(&rewritten.files), by_name(&files), "{name}");
        assert!(rewritten.seam_known.is_null());
    }
}

fn by_name(files: &[SourceFile]) -> BTreeMap<&str, &[u8]> {
    files.iter().map(|file| (file.name.as_str(), file.bytes.as_slice())).collect()
}

#[test]
fn settings_of_plugins_that_come_of_an_unknown_are_named() {
    let code = "variable \"role\" {}\nvariable \"region\" {}\nlocals {\n  role = \"arn:${var.role}\"\n}\nprovider \"aws\" {\n  \
                region = var.region\n  assume_role {\n    role_arn = local.role\n  }\n}\n";
    let files = [SourceFile { name: "main.tf".to_owned(), bytes: code.into() }];
    let settings = |name: &str| {
        let rewritten = with_unknowns(&files, &[(name.to_owned(), Partial::Unknown)].into()).unwrap();
        let told = rewritten.unknown_settings.iter().map(ToString::to_string);
        told.collect::<Vec<_>>()
    };
    assert_eq!(settings("role"), ["main.tf:9:16: `role` is unknown, and the plugin `aws` is set up by it"]);
    assert_eq!(settings("region"), ["main.tf:7:12: `region` is unknown, and the plugin `aws` is set up by it"]);
    assert!(with_unknowns(&files, &BTreeMap::new()).unwrap().unknown_settings.is_empty());
}

#[test]
fn outside_of_what_is_replaced_every_byte_stays() {
    for (name, files, module) in modules() {
        let rewritten = with_unknowns(&files, &all_unknown(&module)).unwrap();
        for source in &files {
            let before = std::str::from_utf8(&source.bytes).unwrap();
            let after = file(&rewritten, &source.name);
            let undone = after.replace(REFERENCE, "var");
            assert_eq!(undone.len(), before.len(), "{name}");
            assert!(undone.bytes().zip(before.bytes()).all(|(after, before)| after == before || after == b' '));
            for (at, _) in after.match_indices(REFERENCE) {
                let place = rewritten.source_place(&source.name, at..at + REFERENCE.len()).unwrap();
                let meant: String = place.source.chars().skip(place.column - 1).take(place.length).collect();
                assert_eq!(meant, "var", "{name} {place:?}");
            }
        }
    }
}

fn source(name: &str, text: &str) -> SourceFile {
    SourceFile { name: name.to_owned(), bytes: text.into() }
}

fn unknown(names: &[&str]) -> BTreeMap<String, Partial> {
    names.iter().map(|name| ((*name).to_owned(), Partial::Unknown)).collect()
}

#[test]
fn a_moved_block_keeps_its_lines() {
    let code =
        "/* é */ variable \"a\" {\r\n  type = string\r\n}\r\nvariable \"b\" {}\r\nlocals { c = [var.a, var.b] }\r\n";
    let rewritten = with_unknowns(&[source("x.tf", code)], &unknown(&["a", "undeclared"])).unwrap();
    assert_eq!(
        file(&rewritten, "x.tf"),
        "/* é */               \r\n               \r\n \r\nvariable \"b\" {}\r\nlocals { c = [module.seam_inputs.a, var.b] }\r\n"
    );
    let moved = file(&rewritten, ".seam-inputs/x.tf");
    assert_eq!(moved.trim(), "variable \"a\" {\r\n  type = string\r\n}");
    assert_eq!(moved.len(), code.len());
    assert_eq!((rewritten.moved, rewritten.notes), (vec!["a".to_owned()], vec!["a: assumed not null".to_owned()]));
}

#[test]
fn backends_are_cut() {
    let code = "terraform {\n  backend \"s3\" {\n    key = \"k\"\n  }\n  required_version = \">= 1.4\"\n}\n";
    let json = r#"{"terraform": [{"cloud": {}, "required_version": ">= 1.5"}]}"#;
    let rewritten = with_unknowns(&[source("a.tf", code), source("b.tf.json", json)], &BTreeMap::new()).unwrap();
    let cut: String = file(&rewritten, "a.tf").lines().map(|line| line.trim_end().to_owned() + "\n").collect();
    assert_eq!(cut, "terraform {\n\n\n\n  required_version = \">= 1.4\"\n}\n");
    assert_eq!(file(&rewritten, "b.tf.json"), r#"{"terraform":[{"required_version":">= 1.5"}]}"#);
}

#[test]
fn what_cannot_be_replaced_is_refused_with_its_place() {
    let files = [
        source("a.tf", "variable \"a\" {}\nmodule \"m\" {\n  source = \"./${var.a}\"\n}\n"),
        source("b.tf.json", "{\"locals\": {\"b\":\n  \"${upper(var.a)}\"}}"),
        source("c.tf.json", "{\"variable\": {\n  \"c\": {}}}"),
    ];
    let refused = with_unknowns(&files, &unknown(&["a", "c"])).unwrap_err();
    let mut texts: Vec<_> = refused.iter().map(ToString::to_string).collect();
    texts.sort();
    assert_eq!(
        texts,
        [
            "a.tf:3:17: `a` is unknown, and where a module comes from must be known to plan",
            "b.tf.json:2:12: `a` is unknown, and a file in JSON syntax cannot be planned with it",
            "c.tf.json:2:3: `c` is unknown, and a file in JSON syntax cannot be planned with it",
        ]
    );
    assert!(with_unknowns(&files, &BTreeMap::new()).is_ok());
    let broken = with_unknowns(&[source("a.tf", "a = {\n")], &BTreeMap::new()).unwrap_err();
    assert_eq!((broken.len(), broken[0].variable.as_deref()), (1, None));
}

#[test]
fn a_validation_reads_what_it_read() {
    let code = "variable \"a\" {\n  type = string\n  validation {\n    condition = var.a != local.x && var.a != var.b && fileexists(\"${path.module}/c\")\n    \
                error_message = \"x\"\n  }\n  validation {\n    condition = var.a != aws_x.y.id\n    error_message = \"y\"\n  }\n}\n\
                variable \"b\" {}\nlocals { x = 1 }\n";
    let rewritten = with_unknowns(&[source("x.tf", code)], &unknown(&["a"])).unwrap();
    let helper = file(&rewritten, ".seam-inputs/x.tf");
    assert!(
        helper.contains("var.a != var.seam_local_x && var.a != var.b && fileexists(\"${path.root  }/c\")"),
        "{helper}"
    );
    assert!(!helper.contains("aws_x"));
    assert!(file(&rewritten, "seam_inputs.tf").contains("  b = var.b\n  seam_local_x = local.x\n"));
    assert_eq!(rewritten.notes[1], "a: the validation in line 7 was not checked, because it reads aws_x.y");
}
