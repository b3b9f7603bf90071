//! The comparison of two versions of a contract, for people.

use super::finding::shortened;
use crate::settings::Look;
use anstyle::{AnsiColor, Style};
use seam_contract::diff::{Outcome, Report};
use seam_contract::finding::{Finding, Proof, Severity, Site};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// How many places of one finding are shown.
const PLACES_MAX: usize = 5;

/// The findings, the most severe first, then the verdict.
pub fn report(report: &Report, (old, new): (&str, &str), look: Look) -> String {
    let mut text = String::new();
    for found in &report.findings {
        finding(&mut text, found, (old, new), look);
    }
    let word = report.outcome.name();
    let style = match report.outcome {
        Outcome::Compatible => AnsiColor::Green.on_default(),
        Outcome::Breaking => AnsiColor::Red.on_default(),
        Outcome::Unknown => AnsiColor::Yellow.on_default(),
    };
    let _ = writeln!(text, "{}{}", painted(word, style.bold(), look), counts(report));
    text
}

fn finding(text: &mut String, finding: &Finding, (old, new): (&str, &str), look: Look) {
    let (mark, style) = match finding.severity {
        Severity::Error => ("✗", AnsiColor::Red.on_default()),
        Severity::Unknown => ("?", AnsiColor::Yellow.on_default()),
        Severity::Warning => ("!", AnsiColor::Yellow.on_default()),
        Severity::Note => ("·", Style::new().dimmed()),
    };
    let _ = writeln!(text, "{} {}", painted(mark, style, look), finding.message());
    let mut shown = BTreeSet::new();
    for place in &finding.places {
        let sites = [(&place.old, old, "before"), (&place.new, new, "now")];
        let told = sites
            .into_iter()
            .filter_map(|(site, name, when)| Some(format!("{when} {}", where_is(site.as_ref()?, name))));
        let told = told.collect::<Vec<String>>().join(" · ");
        if !told.is_empty() && shown.insert(told.clone()) && shown.len() <= PLACES_MAX {
            let _ = writeln!(text, "    {told}");
        }
    }
    if shown.len() > PLACES_MAX {
        let _ = writeln!(text, "    … and {} more places (`--json` has them all)", shown.len() - PLACES_MAX);
    }
    match &finding.proof {
        Proof::Witness(value) => {
            let _ = writeln!(text, "    shown by {}", shortened(&value.to_string()));
        }
        Proof::Lost(lost) => {
            let _ = writeln!(text, "    lost: {lost}");
        }
        Proof::Undecided(_, Some(candidate)) => {
            let _ = writeln!(text, "    perhaps {}", shortened(&candidate.to_string()));
        }
        Proof::Undecided(_, None) | Proof::Nothing => {}
    }
    let tail = format!("{} {}", finding.rule, finding.fingerprint);
    let _ = writeln!(text, "    {}\n", painted(&tail, Style::new().dimmed(), look));
}

fn where_is(site: &Site, name: &str) -> String {
    let name = site.document.as_deref().unwrap_or(name);
    match site.position {
        Some(position) => format!("{name}:{}:{}", position.line, position.column),
        None => format!("{name}#{}", site.pointer),
    }
}

/// `: 1 error, 2 notes (what is declared is sent)`.
fn counts(report: &Report) -> String {
    let kinds = [
        (Severity::Error, "error"),
        (Severity::Unknown, "unknown"),
        (Severity::Warning, "warning"),
        (Severity::Note, "note"),
    ];
    let count = |severity| report.findings.iter().filter(|finding| finding.severity == severity).count();
    let told = kinds.into_iter().map(|(severity, word)| (count(severity), word)).filter(|(count, _)| *count > 0);
    let plural = |count, word: &str| if count == 1 || word == "unknown" { word.to_owned() } else { format!("{word}s") };
    let mut told: Vec<String> = told.map(|(count, word)| format!("{count} {}", plural(count, word))).collect();
    if report.left_out > 0 {
        told.push(format!("{} more places break and are not shown", report.left_out));
    }
    let told = if told.is_empty() { "nothing changed for anybody".to_owned() } else { told.join(", ") };
    format!(": {told} (world: {})", report.world.name())
}

fn painted(text: &str, style: Style, look: Look) -> String {
    if look.colour { format!("{style}{text}{style:#}") } else { text.to_owned() }
}
