//! Declared types, and the expression that makes an unknown value of one not null.

use hcl_edit::expr::{Expression, FuncCall, ObjectKey};
use std::collections::BTreeMap;

/// A type constraint, as far as a not-null expression needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    Any,
    String,
    Number,
    Bool,
    List(Box<Type>),
    Set(Box<Type>),
    Map(Box<Type>),
    Object(BTreeMap<String, Type>),
    Tuple(Vec<Type>),
}

impl Type {
    /// Reads the `type` of a variable; no text, and a text that is no type, is `any`.
    pub(crate) fn parse(text: Option<&str>) -> Self {
        text.and_then(|text| hcl_edit::parser::parse_expr(text).ok()).map_or(Self::Any, |it| Self::of(&it))
    }

    fn of(expression: &Expression) -> Self {
        match expression {
            Expression::Variable(name) => Self::named(name.as_str()),
            Expression::String(name) => Self::named(name.as_str()),
            Expression::FuncCall(call) => Self::constructed(call),
            Expression::Parenthesis(inner) => Self::of(inner.inner()),
            _ => Self::Any,
        }
    }

    fn named(name: &str) -> Self {
        match name {
            "string" => Self::String,
            "number" => Self::Number,
            "bool" => Self::Bool,
            "list" => Self::List(Box::new(Self::Any)),
            "set" => Self::Set(Box::new(Self::Any)),
            "map" => Self::Map(Box::new(Self::Any)),
            _ => Self::Any,
        }
    }

    fn constructed(call: &FuncCall) -> Self {
        let Some(argument) = call.args.iter().next() else { return Self::Any };
        match (call.name.name.as_str(), argument) {
            ("optional", item) => Self::of(item),
            ("list", item) => Self::List(Box::new(Self::of(item))),
            ("set", item) => Self::Set(Box::new(Self::of(item))),
            ("map", item) => Self::Map(Box::new(Self::of(item))),
            ("tuple", Expression::Array(items)) => Self::Tuple(items.iter().map(Self::of).collect()),
            ("object", Expression::Object(members)) => Self::Object(
                members.iter().filter_map(|(key, value)| Some((key_name(key)?, Self::of(value.expr())))).collect(),
            ),
            _ => Self::Any,
        }
    }

    /// The type of a member of an object or map.
    pub(crate) fn member(&self, name: &str) -> &Self {
        match self {
            Self::Object(members) => members.get(name).unwrap_or(&Self::Any),
            Self::Map(item) => item,
            _ => &Self::Any,
        }
    }

    /// The type of an item of a list, set or tuple.
    pub(crate) fn item(&self, index: usize) -> &Self {
        match self {
            Self::Tuple(items) => items.get(index).unwrap_or(&Self::Any),
            Self::List(item) | Self::Set(item) => item,
            _ => &Self::Any,
        }
    }

    /// The same value as `value`, which has this type, and never null even while it is unknown.
    /// `None` for `any`: nothing keeps every type as it is.
    pub(crate) fn not_null(&self, value: &str) -> Option<String> {
        Some(match self {
            Self::String => format!("format(\"%s\", {value})"),
            Self::Number => format!("{value} + 0"),
            Self::Bool => format!("{value} && true"),
            Self::List(_) | Self::Tuple(_) => format!("concat({value})"),
            Self::Set(_) => format!("setunion({value})"),
            Self::Map(_) | Self::Object(_) => format!("merge({value})"),
            Self::Any => return None,
        })
    }

    /// A value of this type, made of `unknown`, which has no type yet, and not null where that can
    /// be said before the value is converted.
    pub(crate) fn of_unknown(&self, unknown: &str) -> String {
        let typed = match self {
            Self::String => format!("tostring({unknown})"),
            Self::List(_) => format!("tolist({unknown})"),
            Self::Map(_) => format!("tomap({unknown})"),
            Self::Number | Self::Bool | Self::Set(_) => unknown.to_owned(),
            Self::Object(_) | Self::Tuple(_) | Self::Any => return unknown.to_owned(),
        };
        self.not_null(&typed).unwrap_or(typed)
    }
}

pub(crate) fn key_name(key: &ObjectKey) -> Option<String> {
    match key {
        ObjectKey::Ident(name) | ObjectKey::Expression(Expression::Variable(name)) => Some(name.as_str().to_owned()),
        ObjectKey::Expression(expression) => expression.as_str().map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::Type;

    #[test]
    fn types_are_read_as_deep_as_they_go() {
        let text = "object({ id = string, \"n\" = optional(number, 3), l = list(object({ b = bool })), t = tuple([string, map(any)]) })";
        let ty = Type::parse(Some(text));
        assert_eq!(ty.member("id"), &Type::String);
        assert_eq!(ty.member("n"), &Type::Number);
        assert_eq!(ty.member("l").item(7).member("b"), &Type::Bool);
        assert_eq!(ty.member("t").item(1), &Type::Map(Box::new(Type::Any)));
        assert_eq!(ty.member("none"), &Type::Any);
        assert_eq!(Type::parse(Some("set(string)")).of_unknown("u"), "setunion(u)");
        assert_eq!(Type::parse(Some("\"string\"")).of_unknown("u"), "format(\"%s\", tostring(u))");
        assert_eq!(Type::parse(None).not_null("v"), None);
    }
}
