//! What a module says about itself, as far as joining stacks needs it.

use crate::source::{Error, Place, SourceFile};
use crate::{json, native};
use std::collections::{BTreeMap, BTreeSet};

/// A module: its files merged as Terraform merges them, overrides last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Module {
    /// By name.
    pub variables: BTreeMap<String, Variable>,
    /// By name.
    pub outputs: BTreeMap<String, Output>,
    /// The `backend` or `cloud` block.
    pub backend: Option<BackendBlock>,
    /// In the order of files and lines.
    pub module_calls: Vec<ModuleCall>,
    /// How many `data` blocks it has, those of `check` blocks included.
    pub data_sources: usize,
    /// How many `resource` blocks it has.
    pub resources: usize,
    /// The constraints of `required_version`, joined by a comma.
    pub required_version: Option<String>,
    /// What decides which plugins `init` fetches: the text of each `required_providers` entry, and
    /// the first word of each resource type.
    pub plugins: BTreeSet<String>,
    /// Files and folders that its code names literally.
    pub paths: Vec<LiteralPath>,
    /// Where a file is read whose path is computed.
    pub computed_paths: Vec<Place>,
}

/// A `backend` or `cloud` block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackendBlock {
    /// Its type; `cloud` for a `cloud` block.
    pub kind: String,
    /// Its block.
    pub place: Place,
    /// What it sets, by name. A text as it is, any other value as JSON; `None`: not literal. A nested
    /// block counts as an object.
    pub attributes: BTreeMap<String, Option<String>>,
}

/// A variable of a module.
#[expect(clippy::struct_excessive_bools, reason = "each is a setting of its own in the language")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// May it stay unset?
    pub has_default: bool,
    /// Its values are never shown.
    pub sensitive: bool,
    /// Its values are never saved in plans.
    pub ephemeral: bool,
    /// May its value be null? True where nothing is said.
    pub nullable: bool,
    /// The type as it is written.
    pub type_text: Option<String>,
    /// How many `validation` blocks it has.
    pub validations: usize,
    /// Its block.
    pub place: Place,
}

/// An output of a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// Its value is never shown.
    pub sensitive: bool,
    /// Its block.
    pub place: Place,
}

/// A call of another module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuleCall {
    /// The block's label.
    pub name: String,
    /// Where the module comes from, if it is written literally.
    pub source: Option<String>,
    /// The version constraint, if it is written literally.
    pub version: Option<String>,
    /// Its block.
    pub place: Place,
}

/// A file or folder that the code names literally.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiteralPath {
    /// Relative to `base`, with `/`; absolute where it starts with one.
    pub text: String,
    /// What it is relative to.
    pub base: Base,
    /// The expression.
    pub place: Place,
}

/// What a literal path is relative to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Base {
    /// The folder of this module (`${path.module}`).
    Module,
    /// The folder of the root module (`${path.root}`).
    Root,
    /// The folder that the tool is started in (`${path.cwd}`, and any path that names no base).
    Cwd,
}

/// What one file adds to a module. Settings that it does not make are `None`.
pub(crate) enum Item {
    Variable(String, VariableBlock),
    Output(String, Option<bool>, Place),
    Backend(BackendBlock),
    Call(ModuleCall),
    Resource { kind: String },
    Data { kind: String },
    RequiredVersion(String),
    Plugin(String),
    Path(LiteralPath),
    ComputedPath(Place),
}

/// A `variable` block, maybe one of an override.
#[derive(Default)]
pub(crate) struct VariableBlock {
    pub(crate) has_default: bool,
    pub(crate) sensitive: Option<bool>,
    pub(crate) ephemeral: Option<bool>,
    pub(crate) nullable: Option<bool>,
    pub(crate) type_text: Option<String>,
    pub(crate) validations: usize,
    pub(crate) place: Place,
}

/// Reads the files of one module folder (`*.tf`, `*.tofu` and their `.json` forms; see
/// [`crate::is_loaded`]). A file with a syntax error is named and left out; the others are read.
pub fn read(files: &[SourceFile]) -> (Module, Vec<Error>) {
    let mut sorted: Vec<&SourceFile> = files.iter().collect();
    sorted.sort_by_key(|file| (file.is_override(), &file.name));
    let (mut module, mut errors) = (Module::default(), Vec::new());
    for file in sorted {
        match if file.is_json() { json::items(file) } else { native::items(file) } {
            Ok(items) if file.is_override() => items.into_iter().for_each(|item| module.merge(item)),
            Ok(items) => items.into_iter().for_each(|item| module.add(item)),
            Err(error) => errors.push(error),
        }
    }
    (module, errors)
}

impl Module {
    fn add(&mut self, item: Item) {
        match item {
            Item::Variable(name, block) => {
                self.variables.insert(name, block.into());
            }
            Item::Output(name, sensitive, place) => {
                self.outputs.insert(name, Output { sensitive: sensitive.unwrap_or(false), place });
            }
            Item::Backend(block) => self.backend = Some(block),
            Item::Call(call) => self.module_calls.push(call),
            Item::Resource { kind } => {
                self.resources += 1;
                self.plugins.insert(plugin_of(&kind));
            }
            Item::Data { kind } => {
                self.data_sources += 1;
                self.plugins.insert(plugin_of(&kind));
            }
            Item::RequiredVersion(constraint) => {
                self.required_version = Some(match self.required_version.take() {
                    Some(before) => format!("{before}, {constraint}"),
                    None => constraint,
                });
            }
            Item::Plugin(text) => {
                self.plugins.insert(text);
            }
            Item::Path(path) => self.paths.push(path),
            Item::ComputedPath(place) => self.computed_paths.push(place),
        }
    }

    /// An override changes what is there: settings that it makes win, and nothing is counted twice.
    fn merge(&mut self, item: Item) {
        match item {
            Item::Variable(name, block) => {
                if let Some(variable) = self.variables.get_mut(&name) {
                    variable.merge(block);
                }
            }
            Item::Output(name, Some(sensitive), _) => {
                if let Some(output) = self.outputs.get_mut(&name) {
                    output.sensitive = sensitive;
                }
            }
            Item::Call(over) => {
                if let Some(call) = self.module_calls.iter_mut().find(|call| call.name == over.name) {
                    call.source = over.source.or(call.source.take());
                    call.version = over.version.or(call.version.take());
                }
            }
            Item::RequiredVersion(constraint) => self.required_version = Some(constraint),
            Item::Output(_, None, _) | Item::Resource { .. } | Item::Data { .. } => {}
            Item::Backend(..) | Item::Plugin(_) | Item::Path(_) | Item::ComputedPath(_) => self.add(item),
        }
    }
}

impl Variable {
    fn merge(&mut self, over: VariableBlock) {
        self.has_default |= over.has_default;
        self.sensitive = over.sensitive.unwrap_or(self.sensitive);
        self.ephemeral = over.ephemeral.unwrap_or(self.ephemeral);
        self.nullable = over.nullable.unwrap_or(self.nullable);
        self.type_text = over.type_text.or(self.type_text.take());
    }
}

impl From<VariableBlock> for Variable {
    fn from(block: VariableBlock) -> Self {
        Self {
            has_default: block.has_default,
            sensitive: block.sensitive.unwrap_or(false),
            ephemeral: block.ephemeral.unwrap_or(false),
            nullable: block.nullable.unwrap_or(true),
            type_text: block.type_text,
            validations: block.validations,
            place: block.place,
        }
    }
}

fn plugin_of(kind: &str) -> String {
    kind.split('_').next().unwrap_or(kind).to_owned()
}

#[cfg(test)]
mod tests {
    use super::{Base, Module, Variable, read};
    use crate::SourceFile;

    fn module(files: &[(&str, &str)]) -> Module {
        let files: Vec<_> =
            files.iter().map(|(name, text)| SourceFile { name: (*name).to_owned(), bytes: (*text).into() }).collect();
        let (module, errors) = read(&files);
        assert_eq!(errors, []);
        module
    }

    const NATIVE: &str = r#"
terraform {
  required_version = ">= 1.4"
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
  backend "s3" {}
}
variable "a" {
  type     = object({ id = string })
  nullable = false
  validation {
    condition     = var.a.id != ""
    error_message = "x"
  }
}
variable "b" {
  sensitive = true
  ephemeral = true
  default   = null
}
output "o" {
  value     = 1
  sensitive = true
}
module "m" {
  source  = "../m"
  version = "1"
}
resource "aws_vpc" "v" {
  policy = file("${path.module}/p.json")
}
data "aws_ami" "a" {}
check "c" {
  data "http" "h" {}
}
"#;

    const JSON: &str = r#"{
  "//": "the same",
  "terraform": [{"required_version": ">= 1.4", "required_providers": {"aws": {"source": "hashicorp/aws"}}, "backend": {"s3": {}}}],
  "variable": [
    {"a": {"type": "object({ id = string })", "nullable": false, "validation": [{"condition": "${var.a.id != \"\"}", "error_message": "x"}]}},
    {"b": {"sensitive": true, "ephemeral": "true", "default": null}}
  ],
  "output": {"o": {"value": 1, "sensitive": true}},
  "module": {"m": {"source": "../m", "version": "1"}},
  "resource": {"aws_vpc": {"v": {"policy": "${file(\"${path.module}/p.json\")}"}}},
  "data": {"aws_ami": {"a": {}}},
  "check": {"c": {"data": {"http": {"h": {}}}}}
}"#;

    #[test]
    fn both_syntaxes_say_the_same() {
        for (name, text, line) in [("x.tf", NATIVE, 9), ("x.tf.json", JSON, 5)] {
            let module = module(&[(name, text)]);
            let Variable { has_default, nullable, type_text, validations, place, .. } = &module.variables["a"];
            assert_eq!((*has_default, *nullable, *validations, place.line), (false, false, 1, line));
            assert_eq!(type_text.as_deref(), Some("object({ id = string })"));
            let Variable { has_default, sensitive, ephemeral, nullable, .. } = module.variables["b"];
            assert!(has_default && sensitive && ephemeral && nullable);
            assert!(module.outputs["o"].sensitive);
            assert_eq!(module.backend.as_ref().unwrap().kind, "s3");
            assert_eq!(module.module_calls[0].source.as_deref(), Some("../m"));
            assert_eq!((module.resources, module.data_sources), (1, 2));
            assert_eq!(module.required_version.as_deref(), Some(">= 1.4"));
            assert_eq!(module.plugins.len(), 3);
            assert_eq!(
                (module.paths[0].base, module.paths[0].text.as_str(), module.paths.len()),
                (Base::Module, "p.json", 1)
            );
            assert_eq!(module.computed_paths, []);
        }
    }

    #[test]
    fn a_backend_block_says_what_is_literal() {
        let native = r#"terraform {
  backend "s3" {
    bucket  = "b"
    encrypt = true
    key     = "${var.name}.tfstate"
    region  = var.region
    one     = { s3 = "a", "b" = [1] }
    other   = { s3 = var.a }
    role { arn = "c" }
    open { arn = local.c }
  }
}
"#;
        let json = r#"{"terraform": {"backend": {"s3": {
  "//": "the same", "bucket": "b", "encrypt": true, "key": "${var.name}.tfstate", "region": "${var.region}",
  "one": {"s3": "a", "b": [1]}, "other": {"s3": "${var.a}"}, "role": {"arn": "c"}, "open": {"arn": "${local.c}"}
}}}}"#;
        let literal =
            [("bucket", "b"), ("encrypt", "true"), ("one", r#"{"b":[1],"s3":"a"}"#), ("role", r#"{"arn":"c"}"#)];
        let literal = literal.map(|(name, text)| (name.to_owned(), Some(text.to_owned())));
        let open = ["key", "region", "other", "open"].map(|name| (name.to_owned(), None));
        let expected = literal.into_iter().chain(open).collect();
        for (name, text) in [("x.tf", native), ("x.tf.json", json)] {
            assert_eq!(module(&[(name, text)]).backend.unwrap().attributes, expected, "{name}");
        }
        let cloud = module(&[("x.tf", "terraform {\n  cloud {\n    organization = \"o\"\n  }\n}\n")]).backend.unwrap();
        assert_eq!(cloud.attributes, [("organization".to_owned(), Some("o".to_owned()))].into());
    }

    #[test]
    fn overrides_change_what_is_there() {
        let module = module(&[
            ("a_override.tf", "variable \"a\" {\n  default = 1\n}\nvariable \"none\" {}\nresource \"x_y\" \"z\" {}\n"),
            (
                "override.tf.json",
                r#"{"terraform": {"cloud": {}}, "module": {"m": {"version": "2"}}, "output": {"o": {"sensitive": true}}}"#,
            ),
            (
                "x.tf",
                "terraform {\n  backend \"s3\" {}\n}\nvariable \"a\" {\n  type = number\n}\nmodule \"m\" {\n  source = \"./m\"\n}\noutput \"o\" {}\n",
            ),
        ]);
        let variable = &module.variables["a"];
        assert_eq!(
            (variable.has_default, variable.type_text.as_deref(), variable.place.file.as_str()),
            (true, Some("number"), "x.tf")
        );
        assert_eq!((module.variables.len(), module.resources), (1, 0));
        assert_eq!(module.backend.unwrap().kind, "cloud");
        assert_eq!(
            (module.module_calls[0].source.as_deref(), module.module_calls[0].version.as_deref()),
            (Some("./m"), Some("2"))
        );
        assert!(module.outputs["o"].sensitive);
    }

    #[test]
    fn a_syntax_error_ends_its_own_file_only() {
        let files =
            [("a.tf", "variable \"a\" {"), ("b.tf", "variable \"b\" {}\n"), ("c.tf.json", "{\n  \"variable\": }")]
                .map(|(name, text)| SourceFile { name: name.to_owned(), bytes: text.into() });
        let (module, errors) = read(&files);
        assert_eq!(module.variables.keys().collect::<Vec<_>>(), ["b"]);
        let places: Vec<_> = errors.iter().map(|error| (error.place.file.as_str(), error.place.line)).collect();
        assert_eq!(places, [("a.tf", 1), ("c.tf.json", 2)]);
    }
}
