//! Prints findings: what is wrong, the source line with the place marked, and what to do next.

use crate::settings::Look;
use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use seam_model::{Finding, Place, Severity};

/// Columns before a help below a place: the bar, and `help: `.
const BEFORE_HELP: usize = 12;

/// A longer source line is shown around its place alone, wherever it is shown.
const COLUMNS_MAX: usize = 120;

/// The whole text of `findings`, in order, with an empty line between them.
pub fn findings(findings: &[Finding], look: Look) -> String {
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
    match &finding.help {
        // The renderer hangs it under a bar that leads nowhere.
        Some(help) if finding.place.is_none() => return format!("{}\n  help: {help}", renderer.render(&[group])),
        Some(help) => {
            let columns = if width < COLUMNS_MAX { width.saturating_sub(BEFORE_HELP) } else { usize::MAX };
            let help = super::wrapped(help, columns).join("\n");
            return renderer.render(&[group.element(Level::HELP.message(help))]);
        }
        None => {}
    }
    renderer.render(&[group])
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
    use seam_model::{Finding, Place, codes};

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
}
