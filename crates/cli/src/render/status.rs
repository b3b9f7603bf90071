//! Where instances stand, for people: the board, the rows, one publication.

use super::table::{Cell, fits, head, table, width};
use crate::settings::Look;
use anstyle::{AnsiColor, Style};
use seam_model::{Address, Name, Value};
use seam_registry::{Entry, Publication};
use seam_run::{InstanceStatus, Standing, age};
use std::collections::{BTreeMap, BTreeSet};

/// A row an instance: state, revision, last run, age, reason. In a terminal without the room for that,
/// what was published and when stands below the reason.
pub fn rows(rows: &[InstanceStatus], now_us: i64, look: Look) -> String {
    // The state of what was destroyed says it already.
    let why = |row: &InstanceStatus| if row.is_destroyed() { String::new() } else { row.reason.clone() };
    let published =
        |row: &InstanceStatus| row.state.publication.as_ref().map(|one| format!("revision {}", one.revision));
    let last = |row: &InstanceStatus| {
        row.state.success.as_ref().map(|last| format!("run {}, {}", last.run, age(now_us - last.time_us)))
    };
    let or_none = |words: Option<String>| Cell::from(words.unwrap_or_else(|| "–".to_owned()));
    let names = |row: &InstanceStatus| [row.state.address.stack.as_str().into(), marked(row.standing, word(row))];
    let wide = rows.iter().map(|row| {
        names(row).into_iter().chain([or_none(published(row)), or_none(last(row)), why(row).into()]).collect()
    });
    let wide: Vec<Vec<Cell>> =
        [head(["stack", "state", "published", "last success", "why"])].into_iter().chain(wide).collect();
    if fits(&wide, look) {
        return table(&wide, look);
    }
    let narrow = rows.iter().flat_map(|row| {
        let below: Vec<String> = published(row).into_iter().chain(last(row)).collect();
        let below = (!below.is_empty()).then(|| vec![Cell::default(), Cell::default(), below.join(" · ").into()]);
        std::iter::once(names(row).into_iter().chain([why(row).into()]).collect()).chain(below)
    });
    table(&[head(["stack", "state", "why"])].into_iter().chain(narrow).collect::<Vec<_>>(), look)
}

/// A row a stack, a column an environment; where that is too wide, a row an instance.
pub fn board(rows: &[InstanceStatus], now_us: i64, look: Look) -> String {
    let environments: BTreeSet<&Name> = rows.iter().map(|row| &row.state.address.environment).collect();
    let mut by_stack: BTreeMap<&Name, BTreeMap<&Name, &InstanceStatus>> = BTreeMap::new();
    for row in rows {
        by_stack.entry(&row.state.address.stack).or_default().insert(&row.state.address.environment, row);
    }
    let mut cells = vec![head(["stack"])];
    cells[0].extend(environments.iter().map(|name| Cell::styled(name.as_str(), Style::new().dimmed())));
    cells.extend(by_stack.iter().map(|(stack, at)| {
        let cell = |name: &&Name| at.get(*name).map_or_else(Cell::default, |row| on_board(row, now_us));
        std::iter::once(stack.as_str().into()).chain(environments.iter().map(cell)).collect()
    }));
    if width(&cells) <= look.width {
        return table(&cells, look);
    }
    let row = |row: &InstanceStatus| -> Vec<Cell> {
        let address = &row.state.address;
        vec![address.stack.as_str().into(), address.environment.as_str().into(), on_board(row, now_us)]
    };
    table(&[head(["stack", "in", "state"])].into_iter().chain(rows.iter().map(row)).collect::<Vec<_>>(), look)
}

fn on_board(row: &InstanceStatus, now_us: i64) -> Cell {
    let since = row.state.publication.as_ref().map(|publication| age(now_us - publication.time_us));
    let deployed: Vec<&str> = row.state.deployed.iter().map(|one| one.version.as_str()).collect();
    match row.standing {
        Standing::Current if !deployed.is_empty() => marked(row.standing, &deployed.join(", ")),
        Standing::Current => marked(row.standing, &since.unwrap_or_default()),
        standing => marked(standing, word(row)),
    }
}

/// What was destroyed was not never there.
fn word(row: &InstanceStatus) -> &'static str {
    if row.is_destroyed() { "destroyed" } else { row.standing.as_str() }
}

fn marked(standing: Standing, words: &str) -> Cell {
    let (mark, style) = match standing {
        Standing::Current => ("✓", AnsiColor::Green.on_default()),
        Standing::Never => ("–", Style::new().dimmed()),
        Standing::Changed | Standing::Unpublished => ("!", AnsiColor::Yellow.on_default()),
        Standing::Uncertain => ("?", AnsiColor::Red.on_default()),
        Standing::Running => ("▸", AnsiColor::Cyan.on_default()),
    };
    Cell::styled(format!("{mark} {words}"), style)
}

/// One publication, a line an output.
pub fn publication(publication: &Publication, now_us: i64, look: Look) -> String {
    let mut first = vec![format!("revision {}", publication.revision)];
    first.extend(publication.run.map(|run| format!("run {run}")));
    if let Some(commit) = &publication.provenance.commit {
        let dirty = if publication.provenance.dirty { " and changes" } else { "" };
        first.push(format!("commit {}{dirty}", commit.chars().take(7).collect::<String>()));
    }
    first.extend(publication.provenance.contract.as_ref().map(|version| format!("contract {version}")));
    first.push(age(now_us - publication.time_us));
    let row = |(name, output): (&String, &seam_registry::PublishedOutput)| -> Vec<Cell> {
        let value = match (&output.value, output.sensitive) {
            (_, true) => "(sensitive)".to_owned(),
            (None, false) => "(sealed)".to_owned(),
            (Some(value), false) => in_short(value),
        };
        vec![name.as_str().into(), output.schema.type_words().into(), value.into()]
    };
    let rows: Vec<Vec<Cell>> = publication.outputs.iter().map(row).collect();
    format!("{}\n{}", first.join(" · "), table(&rows, look))
}

/// What happened to an instance that is watched.
pub fn entry(address: &Address, entry: &Entry, now_us: i64, look: Look) -> String {
    match entry {
        Entry::Published(published) => publication(published, now_us, look),
        Entry::Destroyed { revision, run, time_us } => {
            format!("{address} destroyed · run {run} · last revision {revision} · {}\n", age(now_us - time_us))
        }
    }
}

/// On one line; what would move the cursor is escaped.
fn in_short(value: &Value) -> String {
    match value {
        Value::Array(items) => super::counted(items.len(), "item"),
        Value::Object(members) => super::counted(members.len(), "member"),
        scalar => {
            let text = scalar.scalar_text().unwrap_or_else(|| "null".to_owned());
            let is_plain = !text.chars().any(char::is_control);
            if is_plain { text } else { scalar.to_json().unwrap_or_default().to_string() }
        }
    }
}
