//! Who uses what, for people and as JSON.

use super::counted;
use super::table::{Cell, head, table};
use crate::settings::Look;
use jiff::Timestamp;
use seam_compat::{Leaving, Usage};
use seam_model::UsedPart;
use serde_json::{Map, Value as Json, json};
use std::fmt::Write as _;

/// The column of counts of calls.
const CALLS: usize = 3;

/// A row a use, then what is on its way out.
pub fn text(usage: &Usage, what: &str, look: Look) -> String {
    let mut text = String::new();
    if usage.uses.is_empty() {
        let _ = writeln!(text, "No use of {what} is on record.");
    } else {
        let mut rows: Vec<Vec<Cell>> = vec![head(["of", "what", "by", "calls", "range", "pattern"])];
        rows.extend(usage.uses.iter().map(|(provider, consumer)| -> Vec<Cell> {
            vec![
                provider.to_string().into(),
                part(&consumer.part).into(),
                consumer.words.clone().into(),
                consumer.calls.map(|calls| counted(calls, "call")).unwrap_or_default().into(),
                consumer.range.clone().unwrap_or_default().into(),
                consumer.pattern.as_str().into(),
            ]
        }));
        if usage.uses.iter().all(|(_, consumer)| consumer.calls.is_none()) {
            for row in &mut rows {
                row.remove(CALLS);
            }
        }
        text.push_str(&table(&rows, look));
    }
    for (address, (from, until)) in &usage.observed {
        let window = match (from, until) {
            (Some(from), Some(until)) => format!(" from {} until {}", day(*from), day(*until)),
            _ => String::new(),
        };
        let _ = writeln!(text, "Calls of {address} were seen in logs{window}.");
    }
    for leaving in &usage.leaving {
        let _ = writeln!(text, "{}", sentence(leaving));
    }
    text
}

/// `{format, uses: [{provider, consumer, part, pattern, range, calls}], deprecated: [{what, since, use, sunset, users, may_go}]}`
pub fn json(usage: &Usage) -> Json {
    let uses = usage.uses.iter().map(|(provider, consumer)| {
        json!({
            "provider": provider.to_string(),
            "consumer": consumer.words,
            "address": consumer.address.as_ref().map(ToString::to_string),
            "part": part_json(&consumer.part),
            "pattern": consumer.pattern.as_str(),
            "range": consumer.range,
            "calls": consumer.calls,
        })
    });
    let leaving = usage.leaving.iter().map(|one| {
        json!({"what": one.what, "since": one.since, "use": one.instead, "sunset": one.sunset, "users": one.users,
            "may_go": one.may_go})
    });
    let deprecated: Vec<Json> = leaving.collect();
    json!({"format": super::json::FORMAT, "uses": uses.collect::<Vec<_>>(), "deprecated": deprecated})
}

fn part(part: &UsedPart) -> String {
    let within = |fields: &[String]| if fields.is_empty() { String::new() } else { format!(": {}", fields.join(", ")) };
    match part {
        UsedPart::Output { output, path, .. } => format!("{output}{path}"),
        UsedPart::Lookup(lookup) => lookup.words(),
        UsedPart::Api { operations, fields } => {
            let names: Vec<&str> = operations.iter().map(|operation| operation.name.as_str()).collect();
            format!("{}{}", names.join(", "), within(fields))
        }
        UsedPart::Event { event, fields } => format!("event {event}{}", within(fields)),
        UsedPart::Table { table, columns } => format!("table {table}{}", within(columns)),
    }
}

/// What of a contract is used, as JSON.
pub fn part_json(part: &UsedPart) -> Json {
    match part {
        UsedPart::Output { output, path, takes } => {
            json!({"output": output, "path": path.to_string(), "takes": takes.as_ref().map(|schema| &schema.0)})
        }
        UsedPart::Lookup(lookup) => {
            json!({"output": lookup.words(), "path": "", "takes": null,
                "lookup": {"kind": lookup.kind, "name": lookup.name, "tags": lookup.tags}})
        }
        UsedPart::Api { operations, fields } => {
            let names: Vec<&str> = operations.iter().map(|operation| operation.name.as_str()).collect();
            let mut part = json!({"operations": names, "fields": fields});
            let routes: Map<String, Json> =
                operations.iter().filter_map(|one| Some((one.name.clone(), one.route.clone()?.into()))).collect();
            if !routes.is_empty() {
                part["routes"] = Json::Object(routes);
            }
            part
        }
        UsedPart::Event { event, fields } => json!({"event": event, "fields": fields}),
        UsedPart::Table { table, columns } => json!({"table": table, "columns": columns}),
    }
}

/// ``output `url` is deprecated since 1.2.0, use `endpoint`: still used by …; it may go from 2027-02-01``
fn sentence(leaving: &Leaving) -> String {
    let Leaving { what, since, instead, sunset, users, may_go } = leaving;
    let since = since.as_ref().map(|since| format!(" since {since}")).unwrap_or_default();
    let instead = instead.as_ref().map(|instead| format!(", use {instead}")).unwrap_or_default();
    let users: Vec<&str> = users.iter().map(String::as_str).collect();
    let used =
        if users.is_empty() { "nobody uses it".to_owned() } else { format!("still used by {}", users.join(", ")) };
    let may = match (may_go, sunset) {
        (true, _) if users.is_empty() => "it may go".to_owned(),
        (true, Some(sunset)) => format!("its sunset was {sunset}"),
        (false, Some(sunset)) => format!("it may go from {sunset}, or once nobody uses it"),
        _ => "no sunset says when it may go".to_owned(),
    };
    format!("{what} is deprecated{since}{instead}: {used}; {may}.")
}

fn day(time_us: i64) -> String {
    let time = Timestamp::from_microsecond(time_us).unwrap_or_default();
    time.strftime("%Y-%m-%d").to_string()
}
