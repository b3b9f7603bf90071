//! The plan of a rewritten module does what the real plan does when every unknown input changes.

use crate::case::{Case, fixtures};
use crate::program;
use seam_hcl::source_words;

/// One test for each fixture whose plans are equal.
macro_rules! equal {
    ($($name:ident),* $(,)?) => {
        const EQUAL: &[&str] = &[$(stringify!($name)),*];
        $(
            #[test]
            fn $name() {
                plans_are_equal(stringify!($name));
            }
        )*
    };
}

equal! {
    bom, check, collections, crlf, ephemeral, import_known, json, moved, nested_modules, object_optional, override_files,
    partial_list, partial_object, paths, replaced, scalars, sensitive, string_validation, templates, tfvars,
    validation_other,
}

const REFUSED: [&str; 2] = ["count_deferred", "known_leaf_broken"];

#[test]
fn every_fixture_is_planned() {
    let mut there: Vec<_> =
        std::fs::read_dir(fixtures()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    there.sort();
    let mut planned: Vec<_> = EQUAL.iter().chain(&REFUSED).copied().collect();
    planned.sort_unstable();
    assert_eq!(there, planned);
}

fn plans_are_equal(name: &str) {
    if !program::is_there(name) {
        return;
    }
    let case = Case::open(name);
    case.prepare();
    let (unknown, outcome) = case.unknown_plan();
    assert!(outcome.success, "{}{}", outcome.stdout, outcome.stderr);
    let rewritten = case.rewrite();
    let warnings: Vec<_> = program::diagnostics(&outcome)
        .into_iter()
        .filter(|it| !rewritten.is_ours(it["summary"].as_str().unwrap(), it["detail"].as_str().unwrap()))
        .filter(|it| it["summary"] != "Check block assertion known after apply")
        .collect();
    assert!(warnings.is_empty(), "{warnings:#?}");
    assert_eq!(unknown, case.real_actions());
    assert!(!unknown.is_empty());
}

/// What was shown may be more than what comes true, and never less.
#[test]
fn an_input_that_turns_out_unchanged_does_no_more_than_was_shown() {
    if !program::is_there("unchanged inputs") {
        return;
    }
    for name in ["nested_modules", "partial_list", "partial_object", "replaced", "string_validation"] {
        let case = Case::open(name);
        case.prepare();
        let (shown, _) = case.unknown_plan();
        let real = case.unchanged_actions();
        assert_eq!(shown.keys().collect::<Vec<_>>(), real.keys().collect::<Vec<_>>(), "{name}");
        for (address, actions) in real {
            assert!(actions == shown[&address] || actions == NO_OP, "{name}: {address} {actions}");
        }
    }
}

const NO_OP: &str = r#"["no-op"]"#;

/// The message, the source place and the blamed inputs of each error.
fn errors(name: &str) -> Vec<(String, String, Vec<String>)> {
    let case = Case::open(name);
    case.prepare();
    let (_, outcome) = case.unknown_plan();
    assert!(!outcome.success);
    let rewritten = case.rewrite();
    let mut errors = Vec::new();
    for diagnostic in program::diagnostics(&outcome) {
        let range = &diagnostic["range"];
        let byte = |end: &str| usize::try_from(range[end]["byte"].as_u64().unwrap()).unwrap();
        let (file, span) = (range["filename"].as_str().unwrap(), byte("start")..byte("end"));
        let blamed = rewritten.blamed_inputs(file, span.clone());
        let place = match rewritten.source_place(file, span) {
            Some(place) => {
                let meant: String = place.source.chars().skip(place.column - 1).take(place.length).collect();
                format!("{}:{} {meant}", place.file, place.line)
            }
            None => file.to_owned(),
        };
        let words = |key: &str| source_words(diagnostic[key].as_str().unwrap_or_default());
        let message = format!("{}: {}", words("summary"), words("detail"));
        errors.push((message, place, blamed));
    }
    errors.sort();
    errors
}

#[test]
fn a_count_on_an_unknown_is_an_error_at_its_source() {
    if !program::is_there("count_deferred") {
        return;
    }
    let errors = errors("count_deferred");
    let short: Vec<_> = errors
        .iter()
        .map(|(message, place, blamed)| (message.split(':').next().unwrap(), place.as_str(), blamed.join(",")))
        .collect();
    assert_eq!(
        short,
        [
            ("Invalid count argument", "child/main.tf", "size".to_owned()),
            ("Invalid count argument", "main.tf:18 min(var.size, 1) + var.size", "size".to_owned()),
            ("Invalid for_each argument", "main.tf:22 var.names", "names".to_owned()),
            ("Invalid import id argument", "main.tf:32 local.id", "size".to_owned()),
        ]
    );
}

#[test]
fn what_could_be_planned_is_shown_beside_the_error() {
    if !program::is_there("partial plan") {
        return;
    }
    let case = Case::open("count_deferred");
    case.prepare();
    let (actions, _) = case.unknown_plan();
    assert_eq!(actions.get("terraform_data.ok").map(String::as_str), Some(r#"["create"]"#));
}

#[test]
fn a_known_leaf_that_breaks_a_validation_fails_in_terraforms_words() {
    if !program::is_there("known_leaf_broken") {
        return;
    }
    let errors = errors("known_leaf_broken");
    let texts: Vec<_> = errors.iter().map(|(message, place, _)| format!("{place}: {message}")).collect();
    assert_eq!(
        texts,
        [
            "main.tf:9 variable \"size\": Invalid value for input variable: The given value is not suitable for \
             var.size declared at main.tf:9,1-16: a number is required.",
            "main.tf:1 variable \"net\": Invalid value for variable: The range nonsense is none.\n\n\
             This was checked by the validation rule at main.tf:3,3-13.",
        ]
    );
}
