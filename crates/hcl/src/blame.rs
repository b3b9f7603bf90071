//! Which variables an expression of a root module comes from, followed through locals, resources and
//! module calls: the input to blame where Terraform cannot plan with an unknown.

use crate::expression::label;
use crate::module::ModuleCall;
use crate::references::{self, Reference};
use hcl_edit::structure::{Block, Body};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// What every named object of a module refers to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Blame {
    /// By file.
    files: BTreeMap<String, Vec<Reference>>,
    /// By the two words of a reference: `local.a`, `aws_vpc.main`, `data.aws_vpc`, `module.a`.
    objects: BTreeMap<String, Vec<String>>,
    /// The start of the names of other modules' files, and the call that leads to them.
    folders: Vec<(String, String)>,
}

impl Blame {
    pub(crate) fn new(calls: &[ModuleCall]) -> Self {
        let folder = |call: &ModuleCall| match call.source.as_deref() {
            Some(source) if source.starts_with('.') => source.trim_start_matches("./").trim_end_matches('/').to_owned(),
            _ => format!(".terraform/modules/{}", call.name),
        };
        let folders = calls.iter().map(|call| (folder(call), format!("module.{}", call.name))).collect();
        Self { folders, ..Self::default() }
    }

    pub(crate) fn learn(&mut self, file: &str, body: &Body) {
        self.files.insert(file.to_owned(), references::in_body(body));
        for block in body.blocks() {
            if block.ident.as_str() == "locals" {
                for attribute in block.body.attributes() {
                    self.object(format!("local.{}", attribute.key.as_str()), &references::in_attribute(attribute));
                }
            } else if let Some(name) = object_name(block) {
                self.object(name, &references::in_block(block));
            }
        }
    }

    fn object(&mut self, name: String, references: &[Reference]) {
        self.objects.entry(name).or_default().extend(references.iter().filter_map(object_of));
    }

    /// The variables behind the references inside a span.
    pub(crate) fn of_span(&self, file: &str, span: &Range<usize>) -> BTreeSet<String> {
        let references = self.files.get(file).into_iter().flatten();
        self.variables(references.filter(|it| span.contains(&it.span.start)).filter_map(object_of).collect())
    }

    /// The variables behind the module calls that lead to a file of another module.
    pub(crate) fn of_other_file(&self, file: &str) -> BTreeSet<String> {
        let is_inside = |folder: &str| file.strip_prefix(folder).is_some_and(|rest| rest.starts_with(['/', '.']));
        let calls = self.folders.iter().filter(|(folder, _)| is_inside(folder));
        self.variables(calls.map(|(_, call)| call.clone()).collect())
    }

    fn variables(&self, mut open: Vec<String>) -> BTreeSet<String> {
        let (mut seen, mut variables) = (BTreeSet::new(), BTreeSet::new());
        while let Some(object) = open.pop() {
            if let Some(variable) = object.strip_prefix("var.") {
                variables.insert(variable.to_owned());
            } else if seen.insert(object.clone()) {
                open.extend(self.objects.get(&object).into_iter().flatten().cloned());
            }
        }
        variables
    }
}

/// What a reference calls the object that a block declares. Data sources of one type are one.
fn object_name(block: &Block) -> Option<String> {
    match block.ident.as_str() {
        "resource" => Some(format!("{}.{}", label(block, 0)?, label(block, 1)?)),
        kind @ ("data" | "module" | "ephemeral") => Some(format!("{kind}.{}", label(block, 0)?)),
        _ => None,
    }
}

fn object_of(reference: &Reference) -> Option<String> {
    Some(format!("{}.{}", reference.root, reference.name.as_ref()?))
}

#[cfg(test)]
mod tests {
    use super::Blame;
    use crate::{SourceFile, read};

    #[test]
    fn blame_goes_through_locals_resources_and_modules() {
        let code = "locals {\n  a = var.a\n  b = [local.a, aws_x.y.id, local.b]\n}\nresource \"aws_x\" \"y\" {\n  \
                    z = module.m.out\n}\nmodule \"m\" {\n  source = \"../m\"\n  i = var.m\n}\noutput \"o\" {\n  value = local.b\n}\n";
        let file = SourceFile { name: "main.tf".to_owned(), bytes: code.into() };
        let mut blame = Blame::new(&read(&[file]).0.module_calls);
        blame.learn("main.tf", &hcl_edit::parser::parse_body(code).unwrap());
        let at = code.rfind("local.b").unwrap();
        let names: Vec<_> = blame.of_span("main.tf", &(at..at + 1)).into_iter().collect();
        assert_eq!(names, ["a", "m"]);
        assert_eq!(blame.of_other_file("../m/sub/main.tf").into_iter().collect::<Vec<_>>(), ["m"]);
        assert!(blame.of_other_file("../mm/main.tf").is_empty());
    }
}
