//! A [`Reading`]: what one consumer really reads of a value, and the open schema that says so. As
//! long as what is sent stays inside of that schema, the consumer is not broken, whatever else
//! changes.

use serde_json::{Value, json};
use std::fmt;
use std::str::FromStr;

/// What is read of a value: the part at a path, as what the leaf says.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Reading {
    /// From the whole value to the part.
    pub path: Vec<Step>,
    /// What the reader relies on there, as JSON Schema; `true` where only on its presence.
    pub leaf: Value,
    /// Whether the reader copes with its absence.
    pub optional: bool,
}

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// Into the member of this name.
    Member(String),
    /// Into the items. That an item is there is not relied on: a list of promised length is rare, and
    /// who reads the first item of a list has to know what an empty one means.
    Items,
    /// Into the item at this index, which has to be there.
    Item(usize),
}

/// A text that is no path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a path: paths look like `total`, `address.city` or `items[].sku`")]
pub struct BadPath(pub String);

impl Reading {
    /// Everything of the value: its kind alone is relied on.
    pub fn whole(leaf: Value) -> Self {
        Self { path: Vec::new(), leaf, optional: false }
    }

    /// The open schema of what is read. A member that the reader cannot do without is required; a step
    /// into a member or into items relies on the type above it.
    pub fn schema(&self) -> Value {
        self.path.iter().rev().fold(self.leaf.clone(), |inner, step| match step {
            Step::Items => json!({"type": "array", "items": inner}),
            Step::Item(index) if self.optional => json!({"type": "array", "prefixItems": item(*index, &inner)}),
            Step::Item(index) => json!({"type": "array", "prefixItems": item(*index, &inner), "minItems": index + 1}),
            Step::Member(name) if self.optional => json!({"type": "object", "properties": {name: inner}}),
            Step::Member(name) => json!({"type": "object", "properties": {name: inner}, "required": [name]}),
        })
    }

    /// The same of a reader who relies on nothing but the part, where it is there.
    pub fn where_it_is(&self) -> Value {
        self.path.iter().rev().fold(self.leaf.clone(), |inner, step| match step {
            Step::Items => json!({"items": inner}),
            Step::Item(index) => json!({"prefixItems": item(*index, &inner)}),
            Step::Member(name) => json!({"properties": {name: inner}}),
        })
    }
}

/// Any items, and then one.
fn item(index: usize, inner: &Value) -> Vec<Value> {
    let any = std::iter::repeat_n(Value::Bool(true), index);
    any.chain([inner.clone()]).collect()
}

impl FromStr for Reading {
    type Err = BadPath;

    /// Reads `items[].sku`: nothing but the presence of the part is relied on.
    fn from_str(text: &str) -> Result<Self, BadPath> {
        let bad = || BadPath(text.to_owned());
        let mut path = Vec::new();
        for part in text.split('.') {
            let name = part.trim_end_matches("[]");
            let lists = (part.len() - name.len()) / 2;
            let is_plain = !name.contains(['[', ']']) && (!name.is_empty() || (path.is_empty() && lists > 0));
            if !is_plain {
                return Err(bad());
            }
            path.extend((!name.is_empty()).then(|| Step::Member(name.to_owned())));
            path.extend(std::iter::repeat_n(Step::Items, lists));
        }
        Ok(Self { path, leaf: Value::Bool(true), optional: false })
    }
}

/// As it is read: `items[].sku`.
impl fmt::Display for Reading {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, step) in self.path.iter().enumerate() {
            match step {
                Step::Items => write!(out, "[]")?,
                Step::Item(at) => write!(out, "[{at}]")?,
                Step::Member(name) if index == 0 => write!(out, "{name}")?,
                Step::Member(name) => write!(out, ".{name}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_read_and_written() {
        for text in ["total", "address.city", "items[].sku", "[]", "[].id", "grid[][].x"] {
            assert_eq!(text.parse::<Reading>().unwrap().to_string(), text);
        }
        for text in ["", "a..b", "a[0]", "a[.b", ".a", "a.[]"] {
            assert_eq!(text.parse::<Reading>(), Err(BadPath(text.to_owned())));
        }
    }

    #[test]
    fn a_schema_says_no_more_than_what_is_read() {
        let mut reading: Reading = "items[].sku".parse().unwrap();
        reading.leaf = json!({"type": "string"});
        let item = json!({"type": "object", "properties": {"sku": {"type": "string"}}, "required": ["sku"]});
        let items = json!({"type": "array", "items": item});
        assert_eq!(reading.schema(), json!({"type": "object", "properties": {"items": items}, "required": ["items"]}));
        reading.optional = true;
        assert!(!reading.schema().to_string().contains("required"));
    }
}
