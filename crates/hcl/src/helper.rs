//! The generated half of a rewritten root module: where unknown values come from, and the helper
//! module that the variables moved into.

use crate::module::{Module, Variable};
use crate::report::{FOLDER, HELPER};
use crate::source::{Place, SourceFile};
use crate::types::Type;
use serde_json::{Map, Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::ops::Range;

/// The value of an input of which a leaf is unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Partial {
    /// Nobody knows it yet.
    Unknown,
    /// Known as a whole.
    Known(Json),
    /// An array, item by item.
    Array(Vec<Partial>),
    /// An object, member by member.
    Object(BTreeMap<String, Partial>),
}

/// The variables that move, by name.
pub(crate) type Moved<'a> = BTreeMap<&'a str, (&'a Partial, &'a Variable)>;

/// The generated file of the root module.
pub(crate) const INPUTS_FILE: &str = "seam_inputs.tf";

/// What a local is called in the helper module, before its own name.
pub(crate) const LOCAL_PREFIX: &str = "seam_local_";

/// What validations that moved read of the root module beside their own variables. No circle can
/// come of it that was not there before: each edge between the modules was one inside the root.
#[derive(Clone, Debug, Default)]
pub(crate) struct Passed {
    pub(crate) variables: BTreeSet<String>,
    pub(crate) locals: BTreeSet<String>,
}

impl Passed {
    pub(crate) fn extend(&mut self, more: Self) {
        self.variables.extend(more.variables);
        self.locals.extend(more.locals);
    }
}

const HEAD: &str = "resource \"terraform_data\" \"seam_unknown\" {}
locals {
  seam_unknown = jsondecode(terraform_data.seam_unknown.id)
}
variable \"seam_known\" {
  type = any
}
";

/// `seam_inputs.tf`, and which of its lines stands for which variable.
pub(crate) fn inputs_file(moved: &Moved<'_>, passed: &Passed) -> (SourceFile, Vec<(Range<usize>, Place)>) {
    let mut text = format!("{HEAD}module \"{HELPER}\" {{\n  source = \"./{FOLDER}\"\n");
    let mut places = Vec::new();
    for (name, (partial, variable)) in moved {
        let start = text.len();
        let ty = Type::parse(variable.type_text.as_deref());
        let value = match partial {
            Partial::Unknown => "local.seam_unknown".to_owned(),
            partial => partial.expression(&ty, &format!("var.seam_known[{}]", quoted(name))),
        };
        let _ = writeln!(text, "  {name} = {value}");
        places.push((start..text.len(), variable.place.clone()));
    }
    for name in &passed.variables {
        let _ = writeln!(text, "  {name} = var.{name}");
    }
    for name in &passed.locals {
        let _ = writeln!(text, "  {LOCAL_PREFIX}{name} = local.{name}");
    }
    text.push_str("}\n");
    (SourceFile { name: INPUTS_FILE.to_owned(), bytes: text.into_bytes() }, places)
}

/// The helper module's file of outputs, and of declarations for the variables passed on to it.
pub(crate) fn outputs_file(moved: &Moved<'_>, passed: &Passed, module: &Module) -> SourceFile {
    let mut text = String::new();
    for (name, (_, variable)) in moved {
        let own = format!("var.{name}");
        let value = Type::parse(variable.type_text.as_deref()).not_null(&own).unwrap_or(own);
        let _ = writeln!(text, "output \"{name}\" {{\n  value = {value}{}\n}}", flags(variable));
    }
    for name in &passed.variables {
        let flags = module.variables.get(name).map(flags).unwrap_or_default();
        let _ = writeln!(text, "variable \"{name}\" {{{flags}\n}}");
    }
    for name in &passed.locals {
        let _ = writeln!(text, "variable \"{LOCAL_PREFIX}{name}\" {{}}");
    }
    SourceFile { name: format!("{FOLDER}/seam_outputs.tf"), bytes: text.into_bytes() }
}

fn flags(variable: &Variable) -> String {
    let mut flags = String::new();
    if variable.sensitive {
        flags.push_str("\n  sensitive = true");
    }
    if variable.ephemeral {
        flags.push_str("\n  ephemeral = true");
    }
    flags
}

/// `.terraform/modules/modules.json` with the helper module in it; `existing` is the file that
/// `init` wrote, where it wrote one. A file that is no such document is replaced.
pub fn modules_json(existing: Option<&[u8]>) -> Vec<u8> {
    let mut modules = existing
        .and_then(|bytes| serde_json::from_slice::<Json>(bytes).ok())
        .and_then(|mut document| document.get_mut("Modules").map(Json::take))
        .and_then(|modules| match modules {
            Json::Array(modules) => Some(modules),
            _ => None,
        })
        .unwrap_or_else(|| vec![json!({"Key": "", "Source": "", "Dir": "."})]);
    modules.retain(|module| module["Key"] != HELPER);
    modules.push(json!({"Key": HELPER, "Source": format!("./{FOLDER}"), "Dir": FOLDER}));
    json!({ "Modules": modules }).to_string().into_bytes()
}

impl Partial {
    /// The document with null for what is unknown.
    pub(crate) fn known(&self) -> Json {
        match self {
            Self::Unknown => Json::Null,
            Self::Known(value) => value.clone(),
            Self::Array(items) => items.iter().map(Self::known).collect(),
            Self::Object(members) => {
                Json::Object(members.iter().map(|(key, value)| (key.clone(), value.known())).collect::<Map<_, _>>())
            }
        }
    }

    /// The expression of this value, whose known leaves are read from `known`.
    fn expression(&self, ty: &Type, known: &str) -> String {
        match self {
            Self::Unknown => ty.of_unknown("local.seam_unknown"),
            Self::Known(_) => known.to_owned(),
            Self::Array(items) => {
                let item =
                    |(index, item): (usize, &Self)| item.expression(ty.item(index), &format!("{known}[{index}]"));
                format!("[{}]", items.iter().enumerate().map(item).collect::<Vec<_>>().join(", "))
            }
            Self::Object(members) => {
                let member = |(key, value): (&String, &Self)| {
                    let key_text = quoted(key);
                    format!("{key_text} = {}", value.expression(ty.member(key), &format!("{known}[{key_text}]")))
                };
                format!("{{ {} }}", members.iter().map(member).collect::<Vec<_>>().join(", "))
            }
        }
    }
}

/// A string literal.
fn quoted(text: &str) -> String {
    let mut literal = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => literal.extend(['\\', character]),
            '\n' => literal.push_str("\\n"),
            c if c.is_control() => {
                let _ = write!(literal, "\\u{:04x}", u32::from(c));
            }
            c => literal.push(c),
        }
    }
    literal.push('"');
    literal.replace("${", "$${").replace("%{", "%%{")
}

#[cfg(test)]
mod tests {
    use super::{Partial, modules_json, quoted};
    use crate::types::Type;
    use serde_json::{Value as Json, json};

    #[test]
    fn known_leaves_are_read_from_the_variables_file() {
        let partial = Partial::Object(
            [
                ("a\"${b}".to_owned(), Partial::Known(json!({"deep": [1]}))),
                ("ids".to_owned(), Partial::Array(vec![Partial::Unknown, Partial::Known(json!("x"))])),
            ]
            .into(),
        );
        let ty = Type::parse(Some("object({ ids = list(string) })"));
        assert_eq!(
            partial.expression(&ty, "k"),
            r#"{ "a\"$${b}" = k["a\"$${b}"], "ids" = [format("%s", tostring(local.seam_unknown)), k["ids"][1]] }"#
        );
        assert_eq!(partial.known(), json!({"a\"${b}": {"deep": [1]}, "ids": [null, "x"]}));
        assert_eq!(quoted("\u{1}\n\\%{"), r#""\u0001\n\\%%{""#);
    }

    #[test]
    fn modules_json_keeps_what_init_wrote() {
        let read = |bytes: &[u8]| serde_json::from_slice::<Json>(bytes).unwrap()["Modules"].as_array().unwrap().len();
        let fresh = modules_json(None);
        assert_eq!(read(&fresh), 2);
        assert_eq!(modules_json(Some(&fresh)), fresh);
        let one = br#"{"Modules":[{"Key":"","Source":"","Dir":"."},{"Key":"m","Source":"./m","Dir":"m"}]}"#;
        assert_eq!(read(&modules_json(Some(one))), 3);
    }
}
