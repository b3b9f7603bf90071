//! Findings as a report of JUnit, which every build server shows: a test case for the workspace, and
//! one for each file with findings. Errors are failures; warnings are what the test case printed.

use super::{counted, findings as text_of, without_control};
use crate::settings::Look;
use seam_model::{Finding, Severity};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// What a report is read by is no terminal.
const LOOK: Look = Look { colour: false, width: usize::MAX };

/// The report, as one XML document.
pub fn report(findings: &[Finding]) -> String {
    let mut cases: BTreeMap<&str, (Vec<&Finding>, Vec<&Finding>)> = BTreeMap::from([("", Default::default())]);
    for finding in findings {
        let file = finding.place.as_ref().map_or("", |place| place.file.as_str());
        let (errors, warnings) = cases.entry(file).or_default();
        if finding.severity == Severity::Error { errors.push(finding) } else { warnings.push(finding) }
    }
    let failures = cases.values().filter(|(errors, _)| !errors.is_empty()).count();
    let counts = format!("tests=\"{}\" failures=\"{failures}\" errors=\"0\" time=\"0\"", cases.len());
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(text, "<testsuites name=\"seam\" {counts}>");
    let _ = writeln!(text, "  <testsuite name=\"seam check\" skipped=\"0\" {counts}>");
    for (file, (errors, warnings)) in cases {
        case(&mut text, file, &errors, &warnings);
    }
    text.push_str("  </testsuite>\n</testsuites>");
    text
}

fn case(text: &mut String, file: &str, errors: &[&Finding], warnings: &[&Finding]) {
    let name = if file.is_empty() { "workspace" } else { file };
    let _ = write!(text, "    <testcase classname=\"seam.check\" name=\"{}\" time=\"0\">", attribute(name));
    if let Some(first) = errors.first() {
        let message = match errors.len() {
            1 => first.message.clone(),
            count => format!("{}: {} …", counted(count, "error"), first.message),
        };
        let (message, words) = (attribute(&message), escaped(&text_of(errors.iter().copied(), LOOK)));
        let _ = write!(text, "\n      <failure type=\"{}\" message=\"{message}\">{words}</failure>", first.code);
    }
    if !warnings.is_empty() {
        let _ = write!(text, "\n      <system-out>{}</system-out>", escaped(&text_of(warnings.iter().copied(), LOOK)));
    }
    let end = if errors.is_empty() && warnings.is_empty() { "</testcase>\n" } else { "\n    </testcase>\n" };
    text.push_str(end);
}

/// As text of XML 1.0, which has no place for most control characters, escaped or not.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for character in without_control(text).chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\u{fffe}' | '\u{ffff}' => {}
            other => escaped.push(other),
        }
    }
    escaped
}

/// As the value of an attribute, where a parser takes a bare line end for a space.
fn attribute(text: &str) -> String {
    escaped(text).replace('\n', "&#10;").replace('\t', "&#9;")
}

#[cfg(test)]
mod tests {
    use super::{attribute, escaped, report};
    use crate::render::example;
    use roxmltree::{Document, Node};

    fn attributes<'n>(node: Node<'n, 'n>, names: &[&str]) -> Vec<&'n str> {
        names.iter().map(|name| node.attribute(*name).unwrap()).collect()
    }

    #[test]
    fn each_file_is_a_test_case() {
        let text = report(&example::findings());
        let document = Document::parse(&text).unwrap();
        let suites: Vec<_> = document.descendants().filter(|node| node.has_tag_name("testsuite")).collect();
        assert_eq!(attributes(suites[0], &["tests", "failures", "errors"]), ["3", "2", "0"]);
        let cases: Vec<_> = suites[0].children().filter(Node::is_element).collect();
        let names: Vec<_> = cases.iter().map(|case| case.attribute("name").unwrap()).collect();
        assert_eq!(names, ["workspace", "config/dev.yaml", "stacks/a b,:/stack.yaml"]);
        let said = |case: usize, tag: &str| cases[case].children().find(|node| node.has_tag_name(tag));
        let failure = said(2, "failure").unwrap();
        assert_eq!(
            attributes(failure, &["type", "message"]),
            ["S0601", "output `id`: 100% gone, was <&>\n::warning::"]
        );
        let words = failure.text().unwrap();
        assert!(words.contains("shown by {\"id\":\"<&>\\u001b`\"}") && words.contains("help: keep it ]]>"), "{words}");
        assert!(said(1, "failure").is_none());
        assert!(said(1, "system-out").unwrap().text().unwrap().contains("warning[S0004]: quotes"));
        assert!(report(&[]).contains("tests=\"1\" failures=\"0\""), "who collects reports wants a test in each");
    }

    #[test]
    fn what_xml_has_no_place_for_is_left_out() {
        let all = (0..=0x1_F600).filter_map(char::from_u32);
        let nasty: String = "<&>\"]]>".chars().chain(all).collect();
        let text = format!("<a b=\"{}\">{}</a>", attribute(&nasty), escaped(&nasty));
        let document = Document::parse(&text).unwrap();
        assert_eq!(document.root_element().attribute("b"), document.root_element().text());
        assert!(document.root_element().text().unwrap().starts_with("<&>\"]]>"));
        assert_eq!(escaped("\u{1b}[31mred\u{0}\u{ffff}"), "red");
    }
}
