//! What one file in Terraform's JSON syntax adds to a module. Its strings are templates; places are
//! found by searching the text, because the JSON decoder keeps none.

use crate::expression::literal_text;
use crate::module::{BackendBlock, Item, ModuleCall, VariableBlock};
use crate::references;
use crate::source::{Error, Place, SourceFile, Text};
use crate::{paths, references::Reference};
use serde_json::{Map, Value as Json};

/// A parsed file.
pub(crate) struct JsonFile {
    text: Text,
    root: Json,
}

pub(crate) fn items(file: &SourceFile) -> Result<Vec<Item>, Error> {
    let file = JsonFile::parse(file)?;
    let mut items = Vec::new();
    for (kind, value) in members(&file.root) {
        file.block_items(kind, value, &mut items);
        if !matches!(kind, "variable" | "terraform") {
            file.paths(value, kind == "module", &mut items);
        }
    }
    Ok(items)
}

impl JsonFile {
    pub(crate) fn parse(file: &SourceFile) -> Result<Self, Error> {
        let text = file.text()?;
        match serde_json::from_str(&text.content) {
            Ok(root) => Ok(Self { text, root }),
            Err(error) => {
                let line_start: usize =
                    text.content.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
                let at = line_start + error.column().saturating_sub(1);
                let message = error.to_string();
                let message = message.split(" at line ").next().unwrap_or_default().to_owned();
                Err(Error { place: text.place(at..at), message })
            }
        }
    }

    /// Where variables of this file that are in question are declared or referred to.
    pub(crate) fn uses_of(&self, is_meant: impl Fn(&str) -> bool) -> Vec<(String, Place)> {
        let mut uses = Vec::new();
        for (kind, value) in members(&self.root) {
            if kind == "variable" {
                let declared = blocks(value, 1).into_iter().filter(|(labels, _)| is_meant(labels[0]));
                uses.extend(declared.map(|(labels, _)| (labels[0].to_owned(), self.place_of(kind, labels[0]))));
            }
            strings(value, &mut |text| {
                let names = variables_in(text).into_iter().filter(|name| is_meant(name));
                uses.extend(names.map(|name| {
                    let place = self.find(&format!("var.{name}"), 0);
                    (name, place)
                }));
            });
        }
        uses
    }

    /// The file without its `backend` and `cloud` blocks, where it has one.
    pub(crate) fn without_backend(&self) -> Option<Vec<u8>> {
        let mut root = self.root.clone();
        let mut cut = false;
        each_object(&mut root, &mut |top| {
            if let Some(settings) = top.get_mut("terraform") {
                each_object(settings, &mut |settings| {
                    cut |= settings.remove("backend").is_some() | settings.remove("cloud").is_some();
                });
            }
        });
        cut.then(|| root.to_string().into_bytes())
    }

    fn block_items(&self, kind: &str, value: &Json, items: &mut Vec<Item>) {
        match kind {
            "variable" => items.extend(blocks(value, 1).into_iter().map(|(labels, body)| {
                Item::Variable(labels[0].to_owned(), variable(body, self.place_of(kind, labels[0])))
            })),
            "output" => items.extend(blocks(value, 1).into_iter().map(|(labels, body)| {
                Item::Output(labels[0].to_owned(), boolean(body, "sensitive"), self.place_of(kind, labels[0]))
            })),
            "module" => items.extend(blocks(value, 1).into_iter().map(|(labels, body)| {
                Item::Call(ModuleCall {
                    name: labels[0].to_owned(),
                    source: string(body, "source"),
                    version: string(body, "version"),
                    place: self.place_of(kind, labels[0]),
                })
            })),
            "resource" => {
                items.extend(blocks(value, 2).into_iter().map(|(it, _)| Item::Resource { kind: it[0].to_owned() }));
            }
            "data" => items.extend(blocks(value, 2).into_iter().map(|(it, _)| Item::Data { kind: it[0].to_owned() })),
            "ephemeral" | "provider" => {
                items.extend(blocks(value, 1).into_iter().map(|(it, _)| Item::Plugin(it[0].to_owned())));
            }
            "check" => blocks(value, 1).into_iter().flat_map(|(_, body)| members(body)).for_each(|(kind, value)| {
                self.block_items(kind, value, items);
            }),
            "terraform" => members(value).into_iter().for_each(|(kind, value)| self.setting(kind, value, items)),
            _ => {}
        }
    }

    /// A member of the `terraform` block.
    fn setting(&self, kind: &str, value: &Json, items: &mut Vec<Item>) {
        match kind {
            "required_version" => items.extend(value.as_str().map(|text| Item::RequiredVersion(text.to_owned()))),
            "backend" => items.extend(
                blocks(value, 1).into_iter().map(|(it, body)| backend(it[0], body, self.place_of(kind, it[0]))),
            ),
            "cloud" => items.push(backend(kind, value, self.find("\"cloud\"", 0))),
            "required_providers" => {
                items.extend(members(value).into_iter().map(|(name, value)| Item::Plugin(format!("{name} = {value}"))));
            }
            _ => {}
        }
    }

    fn paths(&self, value: &Json, is_module: bool, items: &mut Vec<Item>) {
        let calls = if is_module { blocks(value, 1) } else { Vec::new() };
        let sources: Vec<&str> = calls.into_iter().filter_map(|(_, body)| body.get("source")?.as_str()).collect();
        strings(value, &mut |text| {
            if let Ok(template) = hcl_edit::parser::parse_template(text)
                && !sources.contains(&text)
            {
                let quoted = Json::from(text).to_string();
                items.extend(paths::in_template(&template, &self.find(&quoted, 0)));
            }
        });
    }

    /// The label `name` of a block of the kind `kind`.
    fn place_of(&self, kind: &str, name: &str) -> Place {
        let from = self.text.content.find(&format!("\"{kind}\"")).unwrap_or(0);
        self.find(&format!("\"{name}\""), from)
    }

    fn find(&self, needle: &str, from: usize) -> Place {
        let at = self.text.content[from..].find(needle).map_or(0..0, |at| from + at..from + at + needle.len());
        self.text.place(at)
    }
}

fn variable(body: &Json, place: Place) -> VariableBlock {
    VariableBlock {
        has_default: body.get("default").is_some(),
        sensitive: boolean(body, "sensitive"),
        ephemeral: boolean(body, "ephemeral"),
        nullable: boolean(body, "nullable"),
        type_text: string(body, "type"),
        validations: body.get("validation").map_or(0, |value| blocks(value, 0).len()),
        place,
    }
}

fn backend(kind: &str, body: &Json, place: Place) -> Item {
    let attribute = |(name, value): (&str, &Json)| {
        let mut literal = true;
        strings(value, &mut |text| literal &= !text.contains("${") && !text.contains("%{"));
        (name.to_owned(), literal.then(|| literal_text(value.clone())))
    };
    let attributes = members(body).into_iter().map(attribute).collect();
    Item::Backend(BackendBlock { kind: kind.to_owned(), place, attributes })
}

fn boolean(body: &Json, name: &str) -> Option<bool> {
    let value = body.get(name)?;
    value.as_bool().or_else(|| value.as_str()?.parse().ok())
}

fn string(body: &Json, name: &str) -> Option<String> {
    body.get(name)?.as_str().filter(|text| !text.contains("${")).map(str::to_owned)
}

/// The variables that a string refers to.
fn variables_in(text: &str) -> Vec<String> {
    let Ok(template) = hcl_edit::parser::parse_template(text) else { return Vec::new() };
    let is_variable = |it: &Reference| it.root == "var";
    references::in_template(&template).into_iter().filter(is_variable).filter_map(|it| it.name).collect()
}

/// The members of an object, or of each object of an array; comments left out.
fn members(value: &Json) -> Vec<(&str, &Json)> {
    match value {
        Json::Object(members) => {
            members.iter().map(|(key, value)| (key.as_str(), value)).filter(|it| it.0 != "//").collect()
        }
        Json::Array(items) => items.iter().flat_map(members).collect(),
        _ => Vec::new(),
    }
}

/// The blocks below `labels` labels, each with its labels. Any level may be an array.
fn blocks(value: &Json, labels: usize) -> Vec<(Vec<&str>, &Json)> {
    match (value, labels) {
        (Json::Array(items), _) => items.iter().flat_map(|item| blocks(item, labels)).collect(),
        (body, 0) => vec![(Vec::new(), body)],
        (body, _) => members(body)
            .into_iter()
            .flat_map(|(label, value)| {
                blocks(value, labels - 1).into_iter().map(move |(mut rest, body)| {
                    rest.insert(0, label);
                    (rest, body)
                })
            })
            .collect(),
    }
}

/// Calls `visit` with every string of a document.
fn strings(value: &Json, visit: &mut impl FnMut(&str)) {
    match value {
        Json::String(text) => visit(text),
        Json::Array(items) => items.iter().for_each(|item| strings(item, visit)),
        Json::Object(members) => members.values().for_each(|item| strings(item, visit)),
        _ => {}
    }
}

/// Calls `change` with an object, or each object of an array.
fn each_object(value: &mut Json, change: &mut impl FnMut(&mut Map<String, Json>)) {
    match value {
        Json::Object(members) => change(members),
        Json::Array(items) => items.iter_mut().for_each(|item| each_object(item, change)),
        _ => {}
    }
}
