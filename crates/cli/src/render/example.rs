//! Findings that the tests of every report are made of, with what some format gives a meaning to.

use seam_model::{Comparison, Finding, Place, codes};
use serde_json::json;

/// An error of a comparison, a warning about a whole file, and an error without a place.
pub fn findings() -> Vec<Finding> {
    let comparison = Comparison {
        rule: "output-removed".into(),
        fingerprint: "0123456789abcdef".into(),
        witness: Some(json!({"id": "<&>\u{1b}`"})),
        breaks: vec!["shop/app/dev".to_owned()],
        ..Comparison::default()
    };
    let file = "stacks/a b,:/stack.yaml".into();
    let place = Place { file, line: 4, column: 3, length: 2, source: "  id: {type: string}".into() };
    vec![
        Finding::error(codes::CONTRACT_BREAKS, "output `id`: 100% gone, was <&>\n::warning::")
            .at(&place)
            .label("it was a string")
            .related(&Place::file("old/stack.yaml"), "declared here")
            .help("keep it ]]>")
            .comparison(comparison),
        Finding::warning(codes::QUOTES, "quotes\u{1b}[31m").at(&Place::file("config/dev.yaml")),
        Finding::error(codes::NO_WORKSPACE, "no seam.yaml"),
    ]
}
