//! What people and programs see. Every figure in it is derived from events and records.

pub mod can_deploy;
mod changes;
pub mod contract;
#[cfg(test)]
mod example;
mod finding;
pub mod github;
pub mod import;
pub mod json;
pub mod junit;
pub mod plan;
pub mod progress;
pub mod runs;
pub mod sarif;
pub mod status;
mod table;

pub mod uses;

pub use finding::findings;
pub use table::wrapped;

use crate::failure::Failure;
use crate::settings::Look;
use anstyle::AnsiColor;
use seam_model::{Finding, Severity};
use seam_run::Failures;
use std::fmt::Write as _;

/// A failure: findings, then what tools said.
pub fn failure(failure: &Failure, look: Look) -> String {
    let mut text = findings(&failure.findings, look);
    for words in &failure.words {
        text.push_str(&indent(words));
    }
    text
}

/// Failed steps, each whole, once.
pub fn failures(failures: &Failures, look: Look) -> String {
    let mut text = String::new();
    for (address, failure) in failures {
        let red = AnsiColor::Red.on_default();
        let mark = if look.colour { format!("{red}✗{red:#}") } else { "✗".to_owned() };
        let _ = writeln!(text, "{mark} {}\n", address.stack);
        text.push_str(&findings(&failure.heads(), look));
        for words in failure.words() {
            text.push_str(&indent(&words));
            text.push('\n');
        }
    }
    let end = text.trim_end().len();
    if end > 0 {
        text.truncate(end);
        text.push('\n');
    }
    text
}

fn indent(words: &str) -> String {
    let mut text = String::new();
    for line in without_control(words).lines() {
        let _ = writeln!(text, "  {line}");
    }
    text
}

/// Programs colour what they print and move the cursor; what is shown of it does neither.
pub fn without_control(text: &str) -> String {
    let text = anstream::adapter::strip_str(text).to_string();
    text.chars().filter(|character| !character.is_control() || matches!(character, '\n' | '\t')).collect()
}

/// The last line of `seam check`.
pub fn check_summary(findings: &[Finding], stacks: usize) -> String {
    let (errors, warnings): (Vec<&Finding>, Vec<&Finding>) =
        findings.iter().partition(|finding| finding.severity == Severity::Error);
    let mut text = if errors.is_empty() { "No errors".to_owned() } else { counted(errors.len(), "error") };
    if !warnings.is_empty() {
        let _ = write!(text, ", {}", counted(warnings.len(), "warning"));
    }
    let _ = write!(text, " in {}.", counted(stacks, "stack"));
    if let Some(first) = errors.first() {
        let _ = write!(text, " Nothing was run. `seam explain {}` says more.", first.code);
    }
    text
}

/// `1 stack`, `3 stacks`.
pub fn counted<N: std::fmt::Display + PartialEq + From<u8> + Copy>(count: N, noun: &str) -> String {
    if count == N::from(1) { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// `1.4 s`, `2 m 10 s`, `1 h 3 m`.
pub fn duration(duration: std::time::Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..10 => format!("{:.1} s", duration.as_secs_f64()),
        10..60 => format!("{seconds} s"),
        60..3_600 => format!("{} m {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} m", seconds / 3_600, seconds % 3_600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use seam_model::{Finding, codes};
    use std::time::Duration;

    #[test]
    fn a_check_is_summed_up() {
        let (error, warning) = (Finding::error(codes::CYCLE, ""), Finding::warning(codes::QUOTES, ""));
        assert_eq!(super::check_summary(&[], 1), "No errors in 1 stack.");
        assert_eq!(super::check_summary(std::slice::from_ref(&warning), 2), "No errors, 1 warning in 2 stacks.");
        assert_eq!(
            super::check_summary(&[warning, error.clone(), error], 2),
            "2 errors, 1 warning in 2 stacks. Nothing was run. `seam explain S0103` says more."
        );
    }

    #[test]
    fn durations_are_said_in_two_units_at_most() {
        let said: Vec<_> =
            [1_400, 12_000, 130_000, 3_780_000].map(|ms| super::duration(Duration::from_millis(ms))).into();
        assert_eq!(said, ["1.4 s", "12 s", "2 m 10 s", "1 h 3 m"]);
    }
}
