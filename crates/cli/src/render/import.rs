//! What an import does, or did, one row an instance.

use super::table::{Cell, head, table};
use crate::settings::Look;
use anstyle::AnsiColor;
use seam_model::Name;
use seam_run::{ImportAction, ImportEnd, Imported};
use std::fmt::Write as _;

/// What is asked about: nothing of it is done yet.
pub fn proposals(proposals: &[Imported], look: Look) -> String {
    let word = |action| match action {
        ImportAction::Adopted => "adopt",
        ImportAction::Moved => "move",
        ImportAction::Recorded => "record",
        ImportAction::Unchanged => "unchanged",
        ImportAction::Nothing => "nothing",
    };
    rows(proposals, look, |action| Cell::from(word(action)))
}

/// What was done, and what comes next.
pub fn text(end: &ImportEnd, environment: &Name, look: Look) -> String {
    let mut text = rows(&end.instances, look, |action| {
        let word = action.as_str();
        match action.is_change() {
            true => Cell::styled(format!("✓ {word}"), AnsiColor::Green.on_default()),
            false => Cell::from(format!("· {word}")),
        }
    });
    if end.instances.iter().any(|one| one.action.is_change()) {
        let _ = writeln!(text, "\nNothing was applied. See what the code would change: seam plan -e {environment}");
    }
    text
}

fn rows(instances: &[Imported], look: Look, cell: impl Fn(ImportAction) -> Cell) -> String {
    let mut rows = vec![head(["STACK", "IMPORT", "WHAT"])];
    rows.extend(
        instances.iter().map(|one| vec![one.address.stack.as_str().into(), cell(one.action), what(one).into()]),
    );
    table(&rows, look)
}

fn what(one: &Imported) -> String {
    let place = one.place.as_deref().unwrap_or_default();
    let resources = match one.resources {
        1 => "1 resource".to_owned(),
        many => format!("{many} resources"),
    };
    let mut parts = vec![match (one.action, &one.from) {
        (ImportAction::Nothing, _) if one.looked_at.is_empty() => "its tool keeps no state".to_owned(),
        (ImportAction::Nothing, _) => format!("no state at {}; nothing is recorded", one.looked_at.join(", nor at ")),
        (ImportAction::Moved, Some(from)) => format!("{resources}, from {from} to {place}"),
        (ImportAction::Recorded, _) => "its state stays where it is".to_owned(),
        _ => format!("{resources} at {place}"),
    }];
    if let (Some((_, serial)), Some(recorded)) = (&one.position, one.older_than) {
        parts.push(format!("older than on record: serial {serial}, and {recorded} was recorded"));
    }
    parts.extend(one.was.iter().map(|was| format!("was {was}")));
    parts.extend(one.revision.map(|revision| format!("revision {revision}")));
    parts.extend(one.backups.iter().map(|backup| format!("the old one is {}", backup.display())));
    parts.join(" · ")
}
