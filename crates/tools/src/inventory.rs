//! What lookups find of a stack: of the resources in its state, or of those that its programs name,
//! an allow-list of attributes (id, name, arn, tags). Everything else stays where it is.

use crate::state::{BadState, Scanner, Wanted, document};
use seam_model::{Resource, Value};
use serde::Deserialize;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// One stack has no more of them indexed; ten lookups' worth.
pub const RESOURCES_MAX: usize = 100_000;

/// A name, an id, all tags. What is larger is no such thing and left out.
const ATTRIBUTE_BYTES_MAX: usize = 64 << 10;
/// The `input` of a `terraform_data`, and all places of sensitive attributes.
const INPUT_BYTES_MAX: usize = 1 << 20;
/// What a program may write.
const WRITTEN_BYTES_MAX: u64 = 64 << 20;

/// The one kind of resource that says itself what it stands for.
const SPEAKING: &str = "terraform_data";

/// The resources that a state's stack manages, in the state's order: no data sources, nothing that
/// waits to be deleted, and nothing of an attribute that the state calls sensitive. A resource without
/// an id goes by its arn, and without both it is left out.
pub fn of_state(input: impl Read) -> Result<Vec<Resource>, BadState> {
    let mut found = Vec::new();
    let state = document(&mut Scanner::new(input), Wanted::NONE, &mut |scanner| {
        let (mut mode, mut kind, mut instances) = (String::new(), String::new(), Vec::new());
        scanner.object(|scanner, name| {
            match name {
                "mode" => mode = scanner.value(ATTRIBUTE_BYTES_MAX)?,
                "type" => kind = scanner.value(ATTRIBUTE_BYTES_MAX)?,
                "instances" => scanner.array(|scanner| {
                    instances.push(instance(scanner)?);
                    within_bounds(instances.len())
                })?,
                _ => scanner.skip()?,
            }
            Ok(())
        })?;
        if mode == "managed" {
            found.extend(instances.into_iter().filter_map(|instance| instance.resource(&kind)));
        }
        within_bounds(found.len())
    })?;
    if state.outputs.is_none() { Err(BadState::Encrypted) } else { Ok(found) }
}

fn within_bounds(count: usize) -> Result<(), BadState> {
    if count > RESOURCES_MAX { Err(BadState::ManyResources(RESOURCES_MAX)) } else { Ok(()) }
}

/// Why the resources that a program wrote are refused.
#[derive(Debug, thiserror::Error)]
pub enum BadResources {
    /// The file refused.
    #[error("wrote resources that cannot be read: {0}")]
    Io(#[from] io::Error),
    /// Too much.
    #[error("wrote more than {RESOURCES_MAX} resources, or more than {} MiB of them", WRITTEN_BYTES_MAX >> 20)]
    Large,
    /// Another form.
    #[error(
        "wrote resources that are not `[{{\"kind\": …, \"id\": …, \"name\": …, \"arn\": …, \"tags\": {{…}}}}]`: {0}"
    )]
    Shape(#[from] serde_json::Error),
}

/// The resources that a program wrote to `SEAM_RESOURCES`; nothing written is no resources.
pub fn written(file: &Path) -> Result<Vec<Resource>, BadResources> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Written {
        kind: String,
        id: String,
        name: Option<String>,
        arn: Option<String>,
        #[serde(default)]
        tags: BTreeMap<String, String>,
    }
    let mut bytes = Vec::new();
    match File::open(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        opened => opened?.take(WRITTEN_BYTES_MAX + 1).read_to_end(&mut bytes)?,
    };
    if bytes.trim_ascii().is_empty() {
        return Ok(Vec::new());
    }
    if bytes.len() as u64 > WRITTEN_BYTES_MAX {
        return Err(BadResources::Large);
    }
    let written: Vec<Written> = serde_json::from_slice(&bytes)?;
    if written.len() > RESOURCES_MAX {
        return Err(BadResources::Large);
    }
    let resource = |Written { kind, id, name, arn, tags }| Resource { kind, id, name, arn, tags };
    Ok(written.into_iter().map(resource).collect())
}

/// One instance of a resource in a state, as far as it is looked at.
#[derive(Default)]
struct Instance {
    /// Attributes of the allow-list, and `input`.
    attributes: BTreeMap<String, Json>,
    /// Where sensitive attributes are; `None` where that cannot be told.
    sensitive: Option<Vec<Vec<String>>>,
    /// It was replaced, and waits to be deleted.
    deposed: bool,
}

fn instance<R: Read>(scanner: &mut Scanner<R>) -> Result<Instance, BadState> {
    let mut instance = Instance { sensitive: Some(Vec::new()), ..Instance::default() };
    scanner.object(|scanner, name| {
        match name {
            "attributes" if scanner.peek()? == Some(b'{') => scanner.object(|scanner, name| {
                let bytes_max = match name {
                    "id" | "name" | "arn" | "tags" | "tags_all" => ATTRIBUTE_BYTES_MAX,
                    "input" => INPUT_BYTES_MAX,
                    _ => return scanner.skip(),
                };
                if let Some(value) = small(scanner, bytes_max)? {
                    instance.attributes.insert(name.to_owned(), value);
                }
                Ok(())
            })?,
            "sensitive_attributes" => instance.sensitive = small(scanner, INPUT_BYTES_MAX)?.and_then(paths),
            "deposed" => {
                instance.deposed = true;
                scanner.skip()?;
            }
            _ => scanner.skip()?,
        }
        Ok(())
    })?;
    Ok(instance)
}

/// The next value; `None` where it is too large.
fn small<T: serde::de::DeserializeOwned, R: Read>(
    scanner: &mut Scanner<R>,
    bytes_max: usize,
) -> Result<Option<T>, BadState> {
    match scanner.value(bytes_max) {
        Ok(value) => Ok(Some(value)),
        Err(BadState::Large { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// A step of the path of a sensitive attribute.
#[derive(Deserialize)]
struct Step {
    value: Json,
}

/// Paths as the names and keys that they go through; `None` where one is of an unknown form. A key of
/// a map comes with its type.
fn paths(paths: Option<Vec<Vec<Step>>>) -> Option<Vec<Vec<String>>> {
    let name = |step: Step| match step.value {
        Json::String(name) => Some(name),
        Json::Object(mut typed) => match typed.remove("value")? {
            Json::String(key) => Some(key),
            other => Some(other.to_string()),
        },
        _ => None,
    };
    let path = |path: Vec<Step>| path.into_iter().map(name).collect();
    paths.unwrap_or_default().into_iter().map(path).collect()
}

impl Instance {
    fn resource(self, kind: &str) -> Option<Resource> {
        if self.deposed || self.sensitive.is_none() {
            return None;
        }
        let arn = self.text(&["arn"]);
        let id = self.text(&["id"]).or_else(|| arn.clone())?;
        if kind != SPEAKING {
            // `tags_all` has those that the plugin adds by itself. A value that is sensitive in one of
            // the two stands in the other without a mark.
            let mut tags = self.tags(&["tags_all"]);
            tags.extend(self.tags(&["tags"]));
            tags.retain(|key, _| !self.is_sensitive(&["tags", key]) && !self.is_sensitive(&["tags_all", key]));
            return Some(Resource { kind: kind.to_owned(), id, name: self.text(&["name"]), arn, tags });
        }
        let kind = self.text(&["input", "kind"]).unwrap_or_else(|| kind.to_owned());
        let mut tags = self.tags(&["input", "tags"]);
        tags.retain(|key, _| !self.is_sensitive(&["input", "tags", key]));
        Some(Resource { kind, id, name: self.text(&["input", "name"]), arn, tags })
    }

    /// What stands at `path`. A value of any type, as `input` is, comes with its type.
    fn at(&self, path: &[&str]) -> Option<&Json> {
        let (first, rest) = path.split_first()?;
        let mut value = self.attributes.get(*first)?;
        if *first == "input" {
            value = value.get("value")?;
        }
        rest.iter().try_fold(value, |value, name| value.get(name))
    }

    fn text(&self, path: &[&str]) -> Option<String> {
        let text = self.at(path).and_then(Json::as_str).filter(|text| !text.is_empty())?;
        (!self.is_sensitive(path)).then(|| text.to_owned())
    }

    fn tags(&self, path: &[&str]) -> BTreeMap<String, String> {
        let members = self.at(path).and_then(Json::as_object).into_iter().flatten();
        members.filter_map(|(key, value)| Some((key.clone(), Value::from(value.clone()).scalar_text()?))).collect()
    }

    /// Is what stands at `path`, or a part of it, sensitive? Unknown places count as such.
    fn is_sensitive(&self, path: &[&str]) -> bool {
        let touches = |sensitive: &Vec<String>| sensitive.iter().zip(path).all(|(one, other)| one == other);
        self.sensitive.as_ref().is_none_or(|all| all.iter().any(touches))
    }
}

#[cfg(test)]
mod tests {
    use super::{BadResources, of_state, written};
    use crate::state::BadState;
    use serde_json::{Value as Json, json};

    /// What is found of resources with these instances, each as `KIND ID NAME ARN TAGS`.
    fn found(resources: &Json) -> Vec<String> {
        let state = json!({"version": 4, "outputs": {}, "resources": resources}).to_string();
        let words = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
        let resources = of_state(state.as_bytes()).unwrap().into_iter();
        resources
            .map(|it| format!("{} {} {} {} {:?}", it.kind, it.id, words(&it.name), words(&it.arn), it.tags))
            .collect()
    }

    fn managed(kind: &str, instance: &Json) -> Json {
        json!([{"mode": "managed", "type": kind, "name": "n", "provider": "p", "instances": [instance]}])
    }

    fn attribute(names: &[&str]) -> Json {
        names.iter().map(|name| json!({"type": "get_attr", "value": name})).collect()
    }

    #[test]
    fn only_allowed_attributes_of_managed_resources_are_taken() {
        let attributes = json!({"id": "i-1", "name": "web", "arn": "arn:1", "password": "hush", "user_data": {"id": 1},
            "tags": {"tier": "private", "n": 1, "none": null, "list": []}, "tags_all": {"tier": "older", "team": "net"}});
        assert_eq!(
            found(&managed("aws_instance", &json!({"attributes": attributes, "private": "x"}))),
            [r#"aws_instance i-1 web arn:1 {"n": "1", "team": "net", "tier": "private"}"#]
        );
        let mut data = managed("aws_instance", &json!({"attributes": attributes}));
        data[0]["mode"] = "data".into();
        assert_eq!(found(&data), Vec::<String>::new());
        for (instance, wanted) in [
            (json!({"attributes": {"arn": "arn:1", "tags": ["a"]}}), vec!["k arn:1 - arn:1 {}"]),
            (json!({"attributes": {"name": "n", "id": ""}}), vec![]),
            (json!({"attributes": {"id": "x"}, "deposed": "00000001"}), vec![]),
            (json!({"attributes": null, "attributes_flat": {"id": "x"}}), vec![]),
            (json!({"attributes": {"id": "x", "name": "n".repeat(70_000)}}), vec!["k x - - {}"]),
        ] {
            assert_eq!(found(&managed("k", &instance)), wanted, "{instance}");
        }
    }

    #[test]
    fn sensitive_attributes_are_never_taken() {
        let attributes =
            json!({"id": "i", "name": "n", "arn": "a", "tags": {"x": "1", "y": "2"}, "tags_all": {"x": "1"}});
        let index = json!({"type": "index", "value": {"value": "x", "type": "string"}});
        let tag_x = json!([attribute(&["tags"])[0], index]);
        for (sensitive, wanted) in [
            (json!([attribute(&["password"])]), vec![r#"k i n a {"x": "1", "y": "2"}"#]),
            (json!([attribute(&["name"])]), vec![r#"k i - a {"x": "1", "y": "2"}"#]),
            (json!([attribute(&["id"])]), vec![r#"k a n a {"x": "1", "y": "2"}"#]),
            (json!([attribute(&["id"]), attribute(&["arn"])]), vec![]),
            (json!([attribute(&["tags"])]), vec!["k i n a {}"]),
            (json!([tag_x]), vec![r#"k i n a {"y": "2"}"#]),
            (json!([[{"type": "get_attr", "value": 7}]]), vec![]),
            (json!(null), vec![r#"k i n a {"x": "1", "y": "2"}"#]),
        ] {
            let instance = json!({"attributes": attributes, "sensitive_attributes": sensitive});
            assert_eq!(found(&managed("k", &instance)), wanted, "{sensitive}");
        }
    }

    #[test]
    fn an_encrypted_state_has_no_inventory() {
        let state = br#"{"serial": 3, "lineage": "l", "encrypted_data": "x", "encryption_version": "v0"}"#;
        assert!(matches!(of_state(&state[..]), Err(BadState::Encrypted)));
    }

    #[test]
    fn a_program_names_its_resources_in_one_form() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("resources.json");
        assert_eq!(written(&file).unwrap(), []);
        let read = |text: &str| {
            std::fs::write(&file, text).unwrap();
            written(&file)
        };
        assert_eq!(read(" \n").unwrap(), []);
        let one = read(r#"[{"kind": "queue", "id": "q-1", "name": "orders", "tags": {"tier": "private"}}]"#).unwrap();
        assert_eq!((one[0].id.as_str(), one[0].tags["tier"].as_str()), ("q-1", "private"));
        for wrong in ["{}", r#"[{"kind": "queue"}]"#, r#"[{"kind": "q", "id": "1", "secret": "x"}]"#] {
            assert!(matches!(read(wrong), Err(BadResources::Shape(_))), "{wrong}");
        }
    }
}
