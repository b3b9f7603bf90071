//! What one file in Terraform's native syntax adds to a module.

use crate::expression::{attribute, boolean, header, label, literal, literal_body, literal_text, span, string};
use crate::module::{BackendBlock, Item, ModuleCall, VariableBlock};
use crate::paths;
use crate::source::{Error, Place, SourceFile, Text};
use hcl_edit::structure::{Block, Body};

pub(crate) fn items(file: &SourceFile) -> Result<Vec<Item>, Error> {
    let text = file.text()?;
    let body = text.parse()?;
    let mut items = Vec::new();
    for block in body.blocks() {
        block_items(&text, block, &mut items);
    }
    items.extend(paths::in_body(&text, &body));
    Ok(items)
}

fn block_items(text: &Text, block: &Block, items: &mut Vec<Item>) {
    let place = text.place(header(block));
    match (block.ident.as_str(), label(block, 0)) {
        ("variable", Some(name)) => items.push(Item::Variable(name.to_owned(), variable(text, block))),
        ("output", Some(name)) => {
            items.push(Item::Output(name.to_owned(), boolean(&block.body, "sensitive"), place));
        }
        ("module", Some(name)) => items.push(Item::Call(ModuleCall {
            name: name.to_owned(),
            source: string(&block.body, "source"),
            version: string(&block.body, "version"),
            place,
        })),
        ("resource", Some(kind)) => items.push(Item::Resource { kind: kind.to_owned() }),
        ("data", Some(kind)) => items.push(Item::Data { kind: kind.to_owned() }),
        ("ephemeral" | "provider", Some(kind)) => items.push(Item::Plugin(kind.to_owned())),
        ("check", _) => block.body.blocks().for_each(|nested| block_items(text, nested, items)),
        ("terraform", _) => settings(text, &block.body, items),
        _ => {}
    }
}

fn variable(text: &Text, block: &Block) -> VariableBlock {
    let body = &block.body;
    VariableBlock {
        has_default: body.has_attribute("default"),
        sensitive: boolean(body, "sensitive"),
        ephemeral: boolean(body, "ephemeral"),
        nullable: boolean(body, "nullable"),
        type_text: attribute(body, "type").map(|attribute| text.content[span(&attribute.value)].to_owned()),
        validations: body.get_blocks("validation").count(),
        place: text.place(header(block)),
    }
}

/// The `terraform` block.
fn settings(text: &Text, body: &Body, items: &mut Vec<Item>) {
    items.extend(string(body, "required_version").map(Item::RequiredVersion));
    for block in body.blocks() {
        let place = text.place(header(block));
        match block.ident.as_str() {
            "backend" => items.push(backend(label(block, 0).unwrap_or_default(), block, place)),
            "cloud" => items.push(backend("cloud", block, place)),
            "required_providers" => items.extend(
                block.body.attributes().map(|attribute| Item::Plugin(text.content[span(attribute)].to_owned())),
            ),
            _ => {}
        }
    }
}

fn backend(kind: &str, block: &Block, place: Place) -> Item {
    let set = block.body.attributes().map(|it| (it.key.as_str(), literal(&it.value)));
    let nested = block.body.blocks().map(|it| (it.ident.as_str(), literal_body(&it.body)));
    let attributes = set.chain(nested).map(|(name, value)| (name.to_owned(), value.map(literal_text)));
    Item::Backend(BackendBlock { kind: kind.to_owned(), place, attributes: attributes.collect() })
}
