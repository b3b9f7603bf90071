//! Where instances stand, for people: the board, the rows, one publication.

use seam_model::{Name, Value};
use seam_registry::Publication;
use seam_run::{InstanceStatus, Standing, age};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// A row an instance: state, revision, last run, age, reason.
pub fn rows(rows: &[InstanceStatus], now_us: i64) -> String {
    let cells: Vec<[String; 5]> = rows
        .iter()
        .map(|row| {
            let publication = row.state.publication.as_ref();
            [
                row.state.address.stack.to_string(),
                format!("{} {}", mark(row.standing), row.standing.as_str()),
                publication.map_or_else(|| "–".to_owned(), |one| format!("revision {}", one.revision)),
                row.state
                    .success
                    .as_ref()
                    .map_or_else(|| "–".to_owned(), |last| format!("run {}, {}", last.run, age(now_us - last.time_us))),
                row.reason.clone(),
            ]
        })
        .collect();
    table(["stack", "state", "published", "last success", "why"].map(str::to_owned), &cells)
}

/// A row a stack, a column an environment.
pub fn board(rows: &[InstanceStatus], now_us: i64) -> String {
    let environments: BTreeSet<&Name> = rows.iter().map(|row| &row.state.address.environment).collect();
    let mut by_stack: BTreeMap<&Name, BTreeMap<&Name, &InstanceStatus>> = BTreeMap::new();
    for row in rows {
        by_stack.entry(&row.state.address.stack).or_default().insert(&row.state.address.environment, row);
    }
    let cells: Vec<Vec<String>> = by_stack
        .iter()
        .map(|(stack, at)| {
            let cell = |environment: &&Name| at.get(*environment).map_or_else(String::new, |row| on_board(row, now_us));
            std::iter::once(stack.to_string()).chain(environments.iter().map(cell)).collect()
        })
        .collect();
    let head: Vec<String> =
        std::iter::once("stack".to_owned()).chain(environments.iter().map(ToString::to_string)).collect();
    aligned(&head, &cells)
}

fn on_board(row: &InstanceStatus, now_us: i64) -> String {
    let since = row.state.publication.as_ref().map(|publication| age(now_us - publication.time_us));
    match row.standing {
        Standing::Current => format!("{} {}", mark(row.standing), since.unwrap_or_default()),
        Standing::Never => format!("{} never", mark(row.standing)),
        standing => format!("{} {}", mark(standing), standing.as_str()),
    }
}

fn mark(standing: Standing) -> &'static str {
    match standing {
        Standing::Current => "✓",
        Standing::Never => "–",
        Standing::Changed | Standing::Unpublished => "!",
        Standing::Uncertain => "?",
        Standing::Running => "▸",
    }
}

/// One publication, a line an output.
pub fn publication(publication: &Publication, now_us: i64) -> String {
    let mut head = vec![format!("revision {}", publication.revision)];
    head.extend(publication.run.map(|run| format!("run {run}")));
    if let Some(commit) = &publication.provenance.commit {
        let dirty = if publication.provenance.dirty { " and changes" } else { "" };
        head.push(format!("commit {}{dirty}", commit.chars().take(7).collect::<String>()));
    }
    head.extend(publication.provenance.contract.as_ref().map(|version| format!("contract {version}")));
    head.push(age(now_us - publication.time_us));
    let cells: Vec<Vec<String>> = publication
        .outputs
        .iter()
        .map(|(name, output)| {
            let value = match (&output.value, output.sensitive) {
                (_, true) => "(sensitive)".to_owned(),
                (None, false) => "(sealed)".to_owned(),
                (Some(value), false) => in_short(value),
            };
            vec![name.clone(), output.schema.type_words(), value]
        })
        .collect();
    format!("{}\n{}", head.join(" · "), lines(&cells, &widths(&cells)))
}

fn in_short(value: &Value) -> String {
    match value {
        Value::Array(items) => super::counted(items.len(), "item"),
        Value::Object(members) => super::counted(members.len(), "member"),
        scalar => scalar.scalar_text().unwrap_or_else(|| "null".to_owned()),
    }
}

fn table<const N: usize>(head: [String; N], cells: &[[String; N]]) -> String {
    let cells: Vec<Vec<String>> = cells.iter().map(|row| row.to_vec()).collect();
    aligned(&head, &cells)
}

/// Columns as wide as their widest cell.
pub fn aligned(head: &[String], cells: &[Vec<String>]) -> String {
    let all: Vec<Vec<String>> = std::iter::once(head.to_vec()).chain(cells.iter().cloned()).collect();
    lines(&all, &widths(&all))
}

fn widths(cells: &[Vec<String>]) -> Vec<usize> {
    let columns = cells.iter().map(Vec::len).max().unwrap_or_default();
    (0..columns)
        .map(|at| cells.iter().filter_map(|row| row.get(at)).map(|cell| cell.chars().count()).max().unwrap_or_default())
        .collect()
}

fn lines(cells: &[Vec<String>], widths: &[usize]) -> String {
    let mut text = String::new();
    for row in cells {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(widths) {
            let _ = write!(line, "{cell:width$}   ");
        }
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text
}
