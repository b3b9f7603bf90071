//! Findings as workflow commands of GitHub Actions, which shows them beside the lines of a change.

use super::finding::lines_below;
use seam_model::{Finding, Severity};
use std::fmt::Write as _;

/// A line a finding.
pub fn report(findings: &[Finding]) -> String {
    let mut text = String::new();
    for finding in findings {
        let command = if finding.severity == Severity::Error { "error" } else { "warning" };
        let _ = writeln!(text, "::{command} {}::{}", properties(finding).join(","), data(&words(finding)));
    }
    text
}

fn properties(finding: &Finding) -> Vec<String> {
    let mut told = Vec::new();
    let mut add = |key: &str, value: &dyn ToString| told.push(format!("{key}={}", property(&value.to_string())));
    if let Some(place) = &finding.place {
        add("file", &place.file);
        if place.line > 0 {
            add("line", &place.line);
            add("col", &place.column);
            add("endColumn", &(place.column + place.length.max(1) - 1));
        }
    }
    add("title", &format!("{} {}", finding.code.id, finding.code.title));
    told
}

fn words(finding: &Finding) -> String {
    let lines = [finding.message.clone()].into_iter().chain(finding.label.clone()).chain(lines_below(finding));
    lines.collect::<Vec<_>>().join("\n")
}

/// What stands behind the command. Other control characters would move the cursor of a log.
fn data(text: &str) -> String {
    let mut escaped = String::new();
    for character in text.chars() {
        match character {
            '%' => escaped.push_str("%25"),
            '\r' => escaped.push_str("%0D"),
            '\n' => escaped.push_str("%0A"),
            control if control.is_control() && control != '\t' => {}
            other => escaped.push(other),
        }
    }
    escaped
}

/// The value of a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::{data, property, report};
    use crate::render::example;

    #[test]
    fn a_finding_is_one_line_whatever_is_in_it() {
        let text = report(&example::findings());
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines,
            [
                "::error file=stacks/a b%2C%3A/stack.yaml,line=4,col=3,endColumn=4,title=S0601 a contract that breaks \
                 somebody::output `id`: 100%25 gone, was <&>%0A::warning::%0Ait was a string%0A\
                 shown by {\"id\":\"<&>\\u001b`\"}%0Abreaks shop/app/dev%0Aoutput-removed 0123456789abcdef%0A\
                 help: keep it ]]>",
                "::warning file=config/dev.yaml,title=S0004 a string that needs quotes::quotes[31m",
                "::error title=S0016 no workspace::no seam.yaml",
            ]
        );
    }

    #[test]
    fn data_and_properties_are_escaped() {
        assert_eq!(data("a%0A\r\n:,\u{1b}\t"), "a%250A%0D%0A:,\t");
        assert_eq!(property("a%,b:c\n"), "a%25%2Cb%3Ac%0A");
    }
}
