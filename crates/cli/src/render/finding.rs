//! Prints findings: what is wrong, the source line with the place marked, and what to do next.

use crate::settings::Look;
use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use seam_model::{Comparison, Finding, Place, Severity};
use std::fmt::Write as _;

/// Columns before a help below a place: the bar, and `help: `.
const BEFORE_HELP: usize = 12;

/// A longer source line is shown around its place alone, wherever it is shown.
const COLUMNS_MAX: usize = 120;

/// A witness is shown in so many characters at most; `--json` has all of it.
const WITNESS_CHARS_MAX: usize = 400;

/// So many of those whom something breaks are named; `--json` has all of them.
const BROKEN_MAX: usize = 8;

/// The whole text of findings, in order, with an empty line between them.
pub fn findings<'f>(findings: impl IntoIterator<Item = &'f Finding>, look: Look) -> String {
    let renderer = if look.colour { Renderer::styled() } else { Renderer::plain() };
    let renderer = renderer.decor_style(DecorStyle::Unicode).term_width(look.width.min(COLUMNS_MAX));
    let mut text = String::new();
    for finding in findings {
        text.push_str(&one(finding, &renderer, look.width));
        text.push_str("\n\n");
    }
    text
}

fn one(finding: &Finding, renderer: &Renderer, width: usize) -> String {
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let mut group = Group::with_title(level.primary_title(finding.message.as_str()).id(finding.code.id));
    if let Some(place) = &finding.place {
        group = mark(group, place, AnnotationKind::Primary, finding.label.as_deref());
    }
    for (place, words) in &finding.related {
        group = mark(group, place, AnnotationKind::Context, Some(words));
    }
    // Without a place the renderer hangs what is below under a bar that leads nowhere.
    if finding.place.is_none() {
        let mut text = renderer.render(&[group]);
        for line in lines_below(finding) {
            let _ = write!(text, "\n  {line}");
        }
        return text;
    }
    let compared = finding.comparison.iter().flat_map(|comparison| compared(comparison));
    let below = compared.map(|line| (Level::NOTE.no_name(), line));
    let below = below.chain(finding.help.iter().map(|help| (Level::HELP, help.clone())));
    let columns = if width < COLUMNS_MAX { width.saturating_sub(BEFORE_HELP) } else { usize::MAX };
    let below = below.map(|(level, line)| level.message(super::wrapped(&line, columns).join("\n")));
    renderer.render(&[group.elements(below)])
}

/// What is said below a finding: what was compared, and what to do next.
pub(super) fn lines_below(finding: &Finding) -> Vec<String> {
    let compared = finding.comparison.iter().flat_map(|comparison| compared(comparison));
    compared.chain(finding.help.iter().map(|help| format!("help: {help}"))).collect()
}

/// What a comparison says beside its finding, a line each: what shows it, whom it breaks, and the
/// rule with the fingerprint that an approval names.
fn compared(comparison: &Comparison) -> Vec<String> {
    let shown = comparison.witness.as_ref().map(|witness| format!("shown by {}", shortened(&witness.to_string())));
    let lost = comparison.lost.as_ref().map(|lost| format!("lost: {lost}"));
    let reason = comparison.reason.as_ref().map(|reason| format!("not known: {reason}"));
    let verb = if comparison.reason.is_some() { "may break" } else { "breaks" };
    let more = comparison.breaks.len().saturating_sub(BROKEN_MAX);
    let named: Vec<String> = comparison.breaks.iter().take(BROKEN_MAX).map(ToString::to_string).collect();
    let named = named.join(", ");
    let breaks = match more {
        _ if named.is_empty() => None,
        0 => Some(format!("{verb} {named}")),
        more => Some(format!("{verb} {named} and {more} more (--json has all of them)")),
    };
    let identity = format!("{} {}", comparison.rule, comparison.fingerprint);
    [shown, lost, reason, breaks, Some(identity)].into_iter().flatten().collect()
}

/// A value in the length that people read.
pub(super) fn shortened(text: &str) -> String {
    match text.char_indices().nth(WITNESS_CHARS_MAX) {
        Some((end, _)) => format!("{}… (--json has all of it)", &text[..end]),
        None => text.to_owned(),
    }
}

fn mark<'a>(group: Group<'a>, place: &'a Place, kind: AnnotationKind, label: Option<&'a str>) -> Group<'a> {
    if place.line == 0 {
        return group.element(Origin::path(place.file.as_str()));
    }
    let annotation: Annotation<'a> = kind.span(byte_span(place));
    let annotation = match label {
        Some(label) => annotation.label(label),
        None => annotation,
    };
    let snippet =
        Snippet::source(place.source.as_str()).line_start(place.line).path(place.file.as_str()).annotation(annotation);
    group.element(snippet)
}

/// Places count characters, the renderer bytes.
fn byte_span(place: &Place) -> std::ops::Range<usize> {
    let offset =
        |characters: usize| place.source.char_indices().nth(characters).map_or(place.source.len(), |(byte, _)| byte);
    let start = place.column.saturating_sub(1);
    offset(start)..offset(start + place.length.max(1))
}

#[cfg(test)]
mod tests {
    use super::findings;
    use crate::settings::Look;
    use seam_model::{Address, Comparison, Finding, Name, Place, codes};
    use serde_json::json;

    #[test]
    fn a_long_help_is_wrapped() {
        let help = "the keys here are name, tool, source, environments, inputs, after, tags, sources, timeout";
        let finding = Finding::error(codes::UNKNOWN_KEY, "unknown key `zz`").at(&Place::file("stack.yaml")).help(help);
        let text = findings(&[finding], Look { colour: false, width: 60 });
        assert!(text.lines().all(|line| line.chars().count() <= 60), "{text}");
        assert!(text.contains("timeout"), "{text}");
    }

    #[test]
    fn a_finding_shows_its_line_and_the_way_on() {
        let place = Place {
            file: "stacks/app/stack.yaml".into(),
            line: 4,
            column: 11,
            length: 11,
            source: "  vpc_id: network.idd".into(),
        };
        let finding = Finding::error(codes::UNKNOWN_OUTPUT, "stack `network` has no output `idd`")
            .at(&place)
            .label("it provides id, cidr, subnets")
            .help("did you mean `network.id`?");
        let text = findings(&[finding], Look { colour: false, width: 80 });
        let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
        assert_eq!(
            lines,
            [
                "error[S0102]: stack `network` has no output `idd`",
                "  ╭▸ stacks/app/stack.yaml:4:11",
                "  │",
                "4 │   vpc_id: network.idd",
                "  │           ━━━━━━━━━━━ it provides id, cidr, subnets",
                "  │",
                "  ╰ help: did you mean `network.id`?",
                "",
            ]
        );
    }

    #[test]
    fn a_comparison_shows_what_breaks_and_whom() {
        let name = |text: &str| Name::new(text).unwrap();
        let consumer = |number: usize| Address::new(name("shop"), name(&format!("app{number}")), name("dev"));
        let comparison = Comparison {
            rule: "output-removed".into(),
            fingerprint: "0123456789abcdef".into(),
            witness: Some(json!({"id": ""})),
            lost: Some("output `id`".into()),
            reason: None,
            breaks: vec![consumer(0).to_string(), consumer(1).to_string()],
        };
        let finding = Finding::error(codes::CONTRACT_BREAKS, "output `id`: it is gone")
            .help("keep it")
            .comparison(comparison.clone());
        let told = |finding: &Finding| {
            let text = findings([finding], Look { colour: false, width: 80 });
            text.lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>()
        };
        let without_place = [
            "error[S0601]: output `id`: it is gone",
            "  shown by {\"id\":\"\"}",
            "  lost: output `id`",
            "  breaks shop/app0/dev, shop/app1/dev",
            "  output-removed 0123456789abcdef",
            "  help: keep it",
            "",
        ];
        assert_eq!(told(&finding), without_place);
        let unknown = Comparison {
            witness: None,
            lost: None,
            reason: Some("budget".into()),
            breaks: (0..10).map(|number| consumer(number).to_string()).collect(),
            ..comparison
        };
        let source = "  id: {type: string}".to_owned();
        let place = Place { file: "stack.yaml".into(), line: 3, column: 3, length: 2, source };
        let lines = told(&finding.at(&place).comparison(unknown));
        assert_eq!(
            lines[..5],
            [
                "error[S0601]: output `id`: it is gone",
                "  ╭▸ stack.yaml:3:3",
                "  │",
                "3 │   id: {type: string}",
                "  │   ━━"
            ]
        );
        let below = lines[5..].join("\n");
        for line in [
            "├ not known: budget\n",
            "├ may break shop/app0/dev, ",
            "and 2 more (--json has all",
            "├ output-removed 0123456789abcdef\n",
            "╰ help: keep it",
        ] {
            assert!(below.contains(line), "{line}\n{below}");
        }
    }
}
