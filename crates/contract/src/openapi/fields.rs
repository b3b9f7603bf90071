//! The named fields of a message (parameters, headers) and its content by media type.

use super::ApiError;
use super::api::{members, resolve};
use super::shape::joined;
use crate::lifecycle::Lifecycle;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Fields by location and name; names of headers in lower case, parameters of the path by their
/// index in the path.
pub(super) type Fields = BTreeMap<(String, String), Field>;

/// Content by media type, in lower case, without blanks and without `charset=utf-8`, which is the rule.
pub(super) type Content = BTreeMap<String, Media>;

/// A parameter or a header.
#[derive(Clone, Debug)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) location: String,
    pub(super) pointer: String,
    pub(super) required: bool,
    /// Where its schema is.
    pub(super) schema: Option<String>,
    /// How its value is written, in words.
    pub(super) serialization: String,
    pub(super) lifecycle: Lifecycle,
}

/// What is said of one media type.
#[derive(Clone, Debug)]
pub(super) struct Media {
    pub(super) pointer: String,
    /// Where its schema is.
    pub(super) schema: Option<String>,
    /// How its parts are written, in words, by name.
    pub(super) encoding: BTreeMap<String, String>,
}

impl Field {
    /// As people call it.
    pub(super) fn title(&self) -> String {
        match self.location.as_str() {
            "header of a response" => format!("header `{}`", self.name),
            location => format!("{location} parameter `{}`", self.name),
        }
    }
}

/// The parameters of a list; the pointer is that of what holds it. `Accept`, `Content-Type` and `Authorization` are no parameters: other
/// parts of the document speak of them.
pub(super) fn parameter_fields(
    document: &Value,
    list: Option<&Value>,
    pointer: &str,
    path: &str,
) -> Result<Fields, ApiError> {
    let mut fields = Fields::new();
    let Some(Value::Array(list)) = list else { return Ok(fields) };
    let pointer = joined(pointer, "parameters");
    for (index, parameter) in list.iter().enumerate() {
        let own = joined(&pointer, &index.to_string());
        let (parameter, at) = resolve(document, parameter, &own)?;
        let text = |name: &str| parameter.get(name).and_then(Value::as_str);
        let (Some(name), Some(location), Some(parameter)) = (text("name"), text("in"), parameter.as_object()) else {
            return Err(ApiError::new(own, "a parameter has `name` and `in`"));
        };
        let key = match location {
            "header" => name.to_ascii_lowercase(),
            "path" => index_in(path, name).map_or_else(|| name.to_owned(), |index| index.to_string()),
            _ => name.to_owned(),
        };
        if location == "header" && ["accept", "content-type", "authorization"].contains(&key.as_str()) {
            continue;
        }
        if fields.insert((location.to_owned(), key), field(name, location, parameter, &at)).is_some() {
            return Err(ApiError::new(own, format!("the {location} parameter `{name}` stands twice")));
        }
    }
    Ok(fields)
}

/// The headers of a response; `Content-Type` is said by the media types.
pub(super) fn header_fields(document: &Value, response: &Value, pointer: &str) -> Result<Fields, ApiError> {
    let mut fields = Fields::new();
    for (name, header) in members(response.get("headers")) {
        let (header, at) = resolve(document, header, &joined(&joined(pointer, "headers"), name))?;
        let key = name.to_ascii_lowercase();
        if let (Some(header), true) = (header.as_object(), key != "content-type") {
            let location = "header of a response";
            fields.insert((location.to_owned(), key), field(name, location, header, &at));
        }
    }
    Ok(fields)
}

/// The media types of a body or response.
pub(super) fn content(holder: &Value, pointer: &str) -> Content {
    let Some(content) = holder.get("content") else { return Content::new() };
    let pointer = joined(pointer, "content");
    let written_so = |bare: &str| members(Some(content)).any(|(name, _)| name.eq_ignore_ascii_case(bare));
    members(Some(content))
        .map(|(name, media)| {
            let at = joined(&pointer, name);
            let schema = media.get("schema").map(|_| joined(&at, "schema"));
            let encoding = members(media.get("encoding")).map(|(name, encoding)| (name.clone(), written(encoding)));
            let name = name.split_whitespace().collect::<String>().to_ascii_lowercase();
            let name = match name.strip_suffix(";charset=utf-8") {
                Some(bare) if !written_so(bare) => bare.to_owned(),
                _ => name,
            };
            (name, Media { schema, encoding: encoding.collect(), pointer: at })
        })
        .collect()
}

fn field(name: &str, location: &str, members_: &Map<String, Value>, pointer: &str) -> Field {
    let media = members(members_.get("content")).next();
    let schema = match media {
        Some((media, value)) => {
            value.get("schema").map(|_| joined(&joined(&joined(pointer, "content"), media), "schema"))
        }
        None => members_.get("schema").map(|_| joined(pointer, "schema")),
    };
    let default = if matches!(location, "query" | "cookie") { "form" } else { "simple" };
    let style = members_.get("style").and_then(Value::as_str).unwrap_or(default);
    let explode = members_.get("explode").and_then(Value::as_bool).unwrap_or(style == "form");
    let serialization = match media {
        Some((media, _)) => format!("as `{media}`"),
        None => format!("in the style `{style}`{}", if explode { ", exploded" } else { "" }),
    };
    Field {
        name: name.to_owned(),
        location: location.to_owned(),
        pointer: pointer.to_owned(),
        required: location == "path" || members_.get("required") == Some(&Value::Bool(true)),
        schema,
        serialization,
        lifecycle: Lifecycle::of(members_),
    }
}

/// What an encoding says of how a part is written.
fn written(encoding: &Value) -> String {
    let said = |name: &str| encoding.get(name).map(|value| format!("{name} {value}"));
    ["contentType", "style", "explode", "allowReserved"].into_iter().filter_map(said).collect::<Vec<_>>().join(", ")
}

/// The how-manieth parameter of a path it is.
fn index_in(path: &str, name: &str) -> Option<usize> {
    path.split('{').skip(1).filter_map(|part| part.split_once('}')).position(|(parameter, _)| parameter == name)
}
