//! Checks a tree of nodes against the table of shapes: kinds, forms, unknown, missing and
//! not-yet keys. Decoding comes after it and takes only what has its shape.

use crate::form::Form;
use crate::node::{Content, Entry, Node};
use crate::report::Report;
use crate::shape::{Mapping, Need, Shape};
use crate::text::{Span, Text};
use seam_model::{Place, codes};

/// Checks the whole of a file.
pub(crate) fn check_file(root: &Node, mapping: &'static Mapping, report: &mut Report) {
    if let Content::Map(_) = root.content {
        check_mapping(root, mapping, &Place::file(&report.text.file), report);
    } else {
        let message = format!("the file holds {}, and a mapping of keys is wanted", root.kind());
        report.error(codes::WRONG_TYPE, message, &root.span);
    }
}

/// Checks a file of free keys: a layer of the configuration.
pub(crate) fn check_free_file(root: &Node, report: &mut Report) {
    static FREE: Mapping = Mapping { keys: &[], others: Some((Form::Free, &Shape::Any)), exactly_one: &[] };
    check_file(root, &FREE, report);
}

fn check_node(node: &Node, shape: &'static Shape, key: &Entry, report: &mut Report) {
    if let Content::Ambiguous(written) = &node.content {
        let message = format!("`{written}` is a number, a boolean or null to some readers and a string to others");
        let help = format!("write \"{written}\" for the string, or the value in its plain form");
        report.error(codes::QUOTES, message, &node.span).help(help);
        return;
    }
    match (shape, &node.content) {
        (_, Content::Refused) | (Shape::Bool, Content::Bool(_)) | (Shape::MappingOrNothing(_), Content::Null) => {}
        (Shape::Any, _) => check_any(node, key, report),
        (Shape::Text(form), Content::Text(text)) => check_form(text, *form, &node.span, report),
        (Shape::List(_, at_least_one), Content::List(items)) if items.is_empty() => {
            if *at_least_one {
                report.error(codes::BAD_VALUE, format!("`{}` is an empty list", key.key), &node.span);
            }
        }
        (Shape::List(item, _), Content::List(items)) => {
            for node in items {
                check_node(node, item, key, report);
            }
        }
        (Shape::Mapping(mapping) | Shape::MappingOrNothing(mapping), Content::Map(_)) => {
            let place = report.place(&key.span);
            check_mapping(node, mapping, &place, report);
        }
        (Shape::Either(shapes), _) => match shapes.iter().find(|shape| fits(shape, &node.content)) {
            Some(shape) => check_node(node, shape, key, report),
            None => wrong_kind(node, shape, key, report),
        },
        _ => wrong_kind(node, shape, key, report),
    }
}

fn fits(shape: &Shape, content: &Content) -> bool {
    matches!(
        (shape, content),
        (Shape::Text(_), Content::Text(_))
            | (Shape::List(..), Content::List(_))
            | (Shape::Mapping(_), Content::Map(_))
            | (Shape::Bool, Content::Bool(_))
    )
}

fn check_any(node: &Node, key: &Entry, report: &mut Report) {
    if is_bare_template(node, report.text) {
        needs_quotes(node, report);
        return;
    }
    node.items().iter().for_each(|item| check_node(item, &Shape::Any, key, report));
    node.entries().iter().for_each(|entry| check_node(&entry.value, &Shape::Any, entry, report));
}

fn check_form(text: &str, form: Form, span: &Span, report: &mut Report) {
    if let Err(bad) = form.check(text) {
        report.error(bad.code, bad.message, span).maybe_help(bad.help);
    }
}

fn check_mapping(node: &Node, mapping: &'static Mapping, owner: &Place, report: &mut Report) {
    for entry in node.entries() {
        match (mapping.key(&entry.key), mapping.others) {
            (Some(key), _) => match key.need {
                Need::NotYet(brings) => {
                    let message = format!("`{}` is known, and not built yet", entry.key);
                    report
                        .error(codes::NOT_YET, message, &entry.span)
                        .help(format!("remove it; it comes with {brings}"));
                }
                _ => check_node(&entry.value, &key.shape, entry, report),
            },
            (None, Some((form, shape))) => {
                check_form(&entry.key, form, &entry.span, report);
                check_node(&entry.value, shape, entry, report);
            }
            (None, None) => unknown_key(entry, mapping, report),
        }
    }
    for key in mapping.keys.iter().filter(|key| key.need == Need::Required && node.get(key.name).is_none()) {
        report
            .error_at(codes::MISSING_KEY, format!("the required key `{}` is missing", key.name), owner)
            .help(format!("add `{}:`. {}", key.name, key.doc));
    }
    check_exactly_one(node, mapping, owner, report);
}

fn unknown_key(entry: &Entry, mapping: &Mapping, report: &mut Report) {
    let known: Vec<&str> = mapping.built().map(|key| key.name).collect();
    let added = report.error(codes::UNKNOWN_KEY, format!("unknown key `{}`", entry.key), &entry.span);
    match seam_model::nearest(&entry.key, known.iter().copied()) {
        Some(nearest) => added.help(format!("did you mean `{nearest}`?")),
        None if known.is_empty() => added,
        None => added.help(format!("the keys here are {}", known.join(", "))),
    };
}

fn check_exactly_one(node: &Node, mapping: &Mapping, owner: &Place, report: &mut Report) {
    if mapping.exactly_one.is_empty() {
        return;
    }
    let chosen: Vec<&Entry> =
        node.entries().iter().filter(|entry| mapping.exactly_one.contains(&entry.key.as_str())).collect();
    match chosen[..] {
        [_] => {}
        [] => {
            let is_built = |name: &&&str| mapping.built().any(|key| key.name == **name);
            let built: Vec<&str> = mapping.exactly_one.iter().filter(is_built).copied().collect();
            report
                .error_at(codes::ONE_SOURCE, "nothing here says where it comes from", owner)
                .help(format!("add one of {}", built.join(", ")));
        }
        [first, second, ..] => {
            let message = format!("both `{}` and `{}` say where it comes from", first.key, second.key);
            let place = report.place(&first.span);
            report
                .error(codes::ONE_SOURCE, message, &second.span)
                .related(&place, "the first one")
                .help("keep one of them");
        }
    }
}

fn wrong_kind(node: &Node, shape: &Shape, key: &Entry, report: &mut Report) {
    let wants_text = matches!(shape, Shape::Text(_)) || matches!(shape, Shape::Either([Shape::Text(_), ..]));
    if wants_text && is_bare_template(node, report.text) {
        needs_quotes(node, report);
        return;
    }
    let message = format!("`{}` takes {}, and this is {}", key.key, words(shape), node.kind());
    let written = report.text.slice(&node.span).to_owned();
    match (shape, &node.content) {
        (_, Content::Null) if node.span.is_empty() => {
            let message = format!("`{}` takes {}, and nothing stands here", key.key, words(shape));
            report.error(codes::WRONG_TYPE, message, &key.span);
        }
        (Shape::Text(form), Content::Bool(_) | Content::Number(_) | Content::Null) => match form.check(&written) {
            Ok(()) => drop(report.error(codes::QUOTES, message, &node.span).help(format!("write \"{written}\""))),
            Err(bad) => report.error(codes::WRONG_TYPE, message, &node.span).maybe_help(bad.help),
        },
        (Shape::Bool, Content::Text(text)) => {
            let word = if matches!(text.as_str(), "no" | "off" | "false" | "n") { "false" } else { "true" };
            report.error(codes::WRONG_TYPE, message, &node.span).help(format!("write `{word}`, without quotes"));
        }
        (Shape::List(..), Content::Text(text)) => {
            report.error(codes::WRONG_TYPE, message, &node.span).help(format!("write [{text}]"));
        }
        _ => {
            report.error(codes::WRONG_TYPE, message, &node.span);
        }
    }
}

/// `{environment}` without quotes is a mapping with one key and nothing behind it.
fn is_bare_template(node: &Node, text: &Text) -> bool {
    let Content::Map(entries) = &node.content else { return false };
    let [entry] = &entries[..] else { return false };
    let written = text.slice(&node.span);
    matches!(entry.value.content, Content::Null) && written == format!("{{{}}}", entry.key)
}

fn needs_quotes(node: &Node, report: &mut Report) {
    let written = report.text.slice(&node.span).to_owned();
    report
        .error(codes::QUOTES, format!("`{written}` without quotes is a mapping"), &node.span)
        .help(format!("write \"{written}\""));
}

fn words(shape: &Shape) -> String {
    match shape {
        Shape::Any => "any value".to_owned(),
        Shape::Bool => "true or false".to_owned(),
        Shape::Text(form) => form.words().to_owned(),
        Shape::List(..) => "a list".to_owned(),
        Shape::Mapping(_) | Shape::MappingOrNothing(_) => "a mapping".to_owned(),
        Shape::Either(shapes) => shapes.iter().map(words).collect::<Vec<_>>().join(" or "),
    }
}
