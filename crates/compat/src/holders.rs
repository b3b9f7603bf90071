//! The [`Holder`]s of a contract: everything of it that consumers know by name, with the schema of its
//! values where it has one.

use crate::ContractDocument;
use crate::schemas::{Parts, Place, Spot, escaped};
use seam_contract::lifecycle::Lifecycle;
use seam_contract::openapi::Known;
use seam_contract::subject::{Message, Part};
use seam_model::{Pattern, UsedPart};
use serde_json::{Map, Value as Json};

/// A part of a contract: an output, a column, a parameter of an operation, one of its answers.
pub struct Holder<'s> {
    /// What versions of it are matched by.
    pub key: String,
    /// The part of the contract, as findings have it.
    pub part: Part,
    /// What findings on its values call it: `GET /orders, response 200, application/json`.
    pub words: String,
    /// What consumers name, who use it: an output, an event, a table, an operation.
    pub name: String,
    /// That in words: ``output `net` ``, `GET /orders`.
    pub title: String,
    /// What it is of that, where it is not all of it: ``column `id` ``.
    pub inner: Option<String>,
    /// What it says of itself beside its schema.
    pub lifecycle: Lifecycle,
    /// Where it is written.
    pub at: Place,
    /// The schema of its values.
    pub spot: Option<Spot<'s>>,
}

impl Holder<'_> {
    /// Is it known what consumers read of its values? Of what is sent to an operation nobody says it.
    pub fn is_read_by_paths(&self) -> bool {
        matches!(self.part, Part::Output(_) | Part::Event(_) | Part::Operation(_, Message::AnswerBody(_)))
    }

    /// The flag of members that its values do not have.
    pub fn hidden(&self) -> Option<&'static str> {
        match &self.part {
            Part::Operation(_, Message::Request) => Some("readOnly"),
            Part::Operation(..) => Some("writeOnly"),
            _ => None,
        }
    }
}

/// All of a contract, lookups left out.
pub fn holders(contract: &ContractDocument) -> Vec<Holder<'_>> {
    let schemas = contract.schemas();
    let mut holders = of_stack(contract, &schemas.stack);
    if let Some((parts, operations)) = &schemas.api {
        holders.extend(operations.iter().flat_map(|operation| of_operation(parts, operation)));
    }
    holders
}

/// What of it somebody uses.
pub fn used<'c>(contract: &'c ContractDocument, pattern: Pattern, used: &UsedPart) -> Vec<Holder<'c>> {
    let schemas = contract.schemas();
    if let UsedPart::Api { operations, .. } = used {
        let Some((parts, _)) = &schemas.api else { return Vec::new() };
        let named = operations.iter().filter_map(|used| schemas.operation(used));
        return named.flat_map(|operation| of_operation(parts, operation)).collect();
    }
    let mut holders = of_stack(contract, &schemas.stack);
    holders.retain(|holder| match (used, &holder.part) {
        (UsedPart::Output { output, .. }, Part::Output(name)) => pattern != Pattern::Lookup && output == name,
        (UsedPart::Event { event, .. }, Part::Event(name)) => event == name,
        (UsedPart::Table { table, columns }, Part::Table(name, column)) => {
            let is_read = |column: &String| columns.is_empty() || columns.contains(column);
            table == name && column.as_ref().is_none_or(is_read)
        }
        _ => false,
    });
    holders
}

fn of_stack<'s>(contract: &ContractDocument, parts: &'s Parts) -> Vec<Holder<'s>> {
    let members = |pointer: &str| contract.part(pointer).and_then(Json::as_object).cloned().unwrap_or_default();
    let holder = |part: Part, (title, name): (&str, &str), pointer: &str, schema: Option<String>| Holder {
        key: format!("{title} {name}"),
        part,
        words: format!("{title} `{name}`"),
        name: name.to_owned(),
        title: format!("{title} `{name}`"),
        inner: None,
        lifecycle: Lifecycle::default(),
        at: (parts.name.clone(), pointer.to_owned()),
        spot: schema.map(|pointer| Spot { parts, pointer }),
    };
    let lifecycle = |member: &Json| member.as_object().map(Lifecycle::of).unwrap_or_default();
    let mut holders = Vec::new();
    for name in members("/outputs").keys() {
        let pointer = format!("/contract/outputs/{}", escaped(name));
        holders.push(holder(Part::Output(name.clone()), ("output", name), &pointer, Some(pointer.clone())));
    }
    for (name, member) in &members("/events") {
        let pointer = format!("/contract/events/{}", escaped(name));
        let whole = holder(Part::Event(name.clone()), ("event", name), &pointer, Some(format!("{pointer}/schema")));
        holders.push(Holder { lifecycle: lifecycle(member), ..whole });
    }
    for (name, member) in &members("/tables") {
        let pointer = format!("/contract/tables/{}", escaped(name));
        let whole = holder(Part::Table(name.clone(), None), ("table", name), &pointer, None);
        holders.push(Holder { lifecycle: lifecycle(member), ..whole });
        let columns = member.get("columns").and_then(Json::as_object).into_iter().flat_map(Map::keys);
        for column in columns {
            let pointer = format!("{pointer}/columns/{}", escaped(column));
            let part = Part::Table(name.clone(), Some(column.clone()));
            let of_table = holder(part, ("table", name), &pointer, Some(pointer.clone()));
            let inner = format!("column `{column}`");
            let (key, words) = (format!("{} {column}", of_table.key), format!("{}, {inner}", of_table.words));
            holders.push(Holder { key, words, inner: Some(inner), ..of_table });
        }
    }
    holders
}

fn of_operation<'s>(parts: &'s Parts, operation: &Known) -> Vec<Holder<'s>> {
    let holder = |key: &str, message: Message, words: &str, pointer: &str| Holder {
        key: format!("{}, {key}", operation.key),
        part: Part::Operation(operation.key.clone(), message),
        words: format!("{}{words}", operation.title),
        name: operation.name().to_owned(),
        title: operation.title.clone(),
        inner: None,
        lifecycle: Lifecycle::default(),
        at: (parts.name.clone(), pointer.to_owned()),
        spot: None,
    };
    let spot = |pointer: &String| Spot { parts, pointer: pointer.clone() };
    let whole = holder("", Message::All, "", &operation.pointer);
    let mut holders = vec![Holder { lifecycle: operation.lifecycle.clone(), ..whole }];
    holders.extend(operation.sent.iter().map(|sent| Holder {
        lifecycle: sent.lifecycle.clone(),
        inner: Some(sent.title.clone()),
        spot: sent.schema.as_ref().map(spot),
        ..holder(&sent.key, Message::Request, &format!(", {}", sent.words), &sent.pointer)
    }));
    holders.extend(operation.answers.iter().map(|answer| {
        let (key, part) = (format!("{} {}", answer.status, answer.media), Message::AnswerBody(answer.status.clone()));
        let words = format!(", response {}, {}", answer.status, answer.media);
        Holder { spot: Some(spot(&answer.pointer)), ..holder(&key, part, &words, &answer.pointer) }
    }));
    holders
}
