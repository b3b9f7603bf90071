//! What people and programs see. Every figure in it is derived from events and records.

mod finding;
pub mod json;
pub mod plan;
pub mod progress;
pub mod runs;
pub mod status;
mod table;

pub use finding::findings;
pub use table::wrapped;

use crate::failure::Failure;
use crate::settings::Look;
use seam_model::{Finding, Severity};
use seam_run::Failures;

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
        text.push_str(&format!("✗ {}\n\n", address.stack));
        text.push_str(&findings(&failure.findings, look));
        for words in failure.words() {
            text.push_str(&indent(&words));
            text.push('\n');
        }
    }
    text
}

fn indent(words: &str) -> String {
    without_control(words).lines().map(|line| format!("  {line}\n")).collect()
}

/// Programs colour what they print and move the cursor; what is shown of it does neither.
pub fn without_control(text: &str) -> String {
    let text = anstream::adapter::strip_str(text).to_string();
    text.chars().filter(|character| !character.is_control() || matches!(character, '\n' | '\t')).collect()
}

/// The last line of `seam check`.
pub fn check_summary(findings: &[Finding], stacks: usize) -> String {
    let count = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    let in_stacks = format!("in {}", counted(stacks, "stack"));
    match findings.first() {
        None => format!("No errors {in_stacks}."),
        Some(first) => {
            let warnings = if warnings > 0 { format!(", {}", counted(warnings, "warning")) } else { String::new() };
            format!(
                "{}{warnings} {in_stacks}. Nothing was run. `seam explain {}` says more.",
                counted(errors, "error"),
                first.code
            )
        }
    }
}

/// `1 stack`, `3 stacks`.
pub fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
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
    use std::time::Duration;

    #[test]
    fn durations_are_said_in_two_units_at_most() {
        let said: Vec<_> =
            [1_400, 12_000, 130_000, 3_780_000].map(|ms| super::duration(Duration::from_millis(ms))).into();
        assert_eq!(said, ["1.4 s", "12 s", "2 m 10 s", "1 h 3 m"]);
    }
}
