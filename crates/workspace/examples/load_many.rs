//! Writes a workspace of many stacks and says how long loading it takes: `load_many [STACKS]`.

#![expect(clippy::disallowed_methods, clippy::print_stdout, reason = "a program reads its surroundings, and prints")]

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::time::Instant;

fn main() {
    let count: usize = std::env::args().nth(1).and_then(|count| count.parse().ok()).unwrap_or(1000);
    let folder = tempfile::tempdir().expect("a temporary folder");
    write_workspace(folder.path(), count);
    let start = Instant::now();
    let loaded = seam_workspace::load(folder.path());
    let elapsed = start.elapsed();
    let workspace = loaded.workspace.expect("a workspace");
    assert!(loaded.findings.is_empty(), "{:?}", loaded.findings[0]);
    println!("{} stacks in {elapsed:.2?}", workspace.stacks.len());
}

fn write_workspace(root: &Path, count: usize) {
    let write = |path: String, text: String| {
        let path = root.join(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, text).expect("a file");
    };
    write(
        "seam.yaml".into(),
        "system: many\nenvironments: {dev: , stage: , prod: }\ndefaults: {tool: terraform}\n".into(),
    );
    for at in 0..count {
        let (mut inputs, mut variables) = (String::new(), String::new());
        for input in 0..10 {
            let provider = at.saturating_sub(1);
            writeln!(inputs, "  in_{input}: {{registry: s{provider}.out_{input}, join: \",\"}}").expect("memory");
            writeln!(variables, "variable \"in_{input}\" {{\n  type = string\n  description = \"input\"\n}}")
                .expect("memory");
        }
        let stack = format!("tags: [web]\ninputs:\n{inputs}  name: {{value: \"app-{{environment}}\"}}\n");
        write(format!("stacks/s{at}/stack.yaml"), stack);
        write(format!("stacks/s{at}/variables.tf"), format!("{variables}variable \"name\" {{}}\n"));
        let resource = |n: usize| {
            format!(
                "resource \"terraform_data\" \"r{n}\" {{\n  input = {{\n    name = \"${{var.name}}-{n}\"\n    value = var.in_{n}\n  }}\n}}\noutput \"out_{n}\" {{\n  value = terraform_data.r{n}.output\n}}\n"
            )
        };
        write(format!("stacks/s{at}/main.tf"), (0..10).map(resource).collect());
    }
}
