//! Parts of values: paths as people write them, and the schemas at them as far as they are written out.

use seam_contract::diff::Version;
use seam_contract::reading::{Reading, Step};
use seam_contract::schema::resolve;
use seam_model::{Path, Segment};
use serde_json::Value as Json;

/// So many references are followed from one to the next.
const HOPS_MAX: usize = 32;

/// The paths of fields; `None` where one is no path.
pub fn paths(fields: &[String]) -> Option<Vec<Vec<Step>>> {
    fields.iter().map(|field| Some(field.parse::<Reading>().ok()?.path)).collect()
}

pub fn steps(path: &Path) -> Vec<Step> {
    let step = |segment: &Segment| match segment {
        Segment::Index(_) => Step::Items,
        Segment::Key(key) => Step::Member(key.clone()),
    };
    path.0.iter().map(step).collect()
}

/// The document and pointer of the schema at a path inside the one at `pointer`, as far as it is written
/// out there, and whether a member on the way may be absent.
pub fn within(version: &Version, pointer: &str, path: &[Step]) -> Option<(String, String, bool)> {
    let document = |name: &str| match name == version.document.name {
        true => Some(&version.document.value),
        false => version.others.get(name),
    };
    let (mut name, mut at, mut is_optional) = (version.document.name.clone(), pointer.to_owned(), false);
    for step in path {
        let mut schema = document(&name)?.pointer(&at)?;
        let mut hops = 0;
        while let Some(reference) = schema.get("$ref") {
            hops += 1;
            if hops > HOPS_MAX {
                return None;
            }
            (name, at) = resolve(&name, reference.as_str()?);
            schema = document(&name)?.pointer(&at)?;
        }
        at = match step {
            Step::Member(member) => {
                let required = schema.get("required").and_then(Json::as_array);
                is_optional |= !required.is_some_and(|names| names.iter().any(|name| name == member));
                format!("{at}/properties/{}", escaped(member))
            }
            Step::Items => format!("{at}/items"),
        };
        document(&name)?.pointer(&at)?;
    }
    Some((name, at, is_optional))
}

/// Does a schema that is written out have no such part?
pub fn lacks(version: &Version, pointer: &str, path: &[Step]) -> bool {
    let Some((last, parents)) = path.split_last() else { return false };
    let Some((name, at, _)) = within(version, pointer, parents) else {
        return lacks(version, pointer, parents);
    };
    let document =
        if name == version.document.name { Some(&version.document.value) } else { version.others.get(&name) };
    let mut schema = document.and_then(|document| document.pointer(&at));
    let (mut name, mut hops) = (name, 0);
    while let Some(reference) =
        schema.and_then(|schema| schema.get("$ref")).and_then(Json::as_str).filter(|_| hops < HOPS_MAX)
    {
        let (other, at) = resolve(&name, reference);
        let document =
            if other == version.document.name { Some(&version.document.value) } else { version.others.get(&other) };
        schema = document.and_then(|document| document.pointer(&at));
        (name, hops) = (other, hops + 1);
    }
    let Some(schema) = schema.and_then(Json::as_object) else { return false };
    let is_plain =
        ["allOf", "anyOf", "oneOf", "$ref", "if", "patternProperties"].iter().all(|key| !schema.contains_key(*key));
    match (last, schema.get("properties").and_then(Json::as_object)) {
        (Step::Member(member), Some(members)) => is_plain && !members.contains_key(member),
        _ => false,
    }
}

/// A reference to a part of a document in a folder.
pub fn reference(folder: &str, name: &str, pointer: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/!$&'()*+,;=:@".contains(&byte);
    let encoded = |text: &str| -> String {
        text.bytes()
            .map(|byte| if is_plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
            .collect()
    };
    format!("{folder}/{}#{}", encoded(name), encoded(pointer))
}

/// A name as a part of a JSON pointer.
pub fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}
