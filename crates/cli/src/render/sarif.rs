//! Findings as a log of SARIF 2.1.0, which code hosts and editors show beside the lines.

use super::finding::lines_below;
use super::json;
use seam_model::{Code, Finding, Place, Severity};
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// What relative URIs start at: the root of the repository, by the name that code hosts give it.
const BASE: &str = "%SRCROOT%";

/// The log, as one JSON document.
pub fn report(findings: &[Finding]) -> String {
    let rules: BTreeSet<Code> = findings.iter().map(|finding| finding.code).collect();
    let rules: Vec<Code> = rules.into_iter().collect();
    let results: Vec<Json> = findings.iter().map(|finding| result(finding, &rules)).collect();
    let driver = json!({
        "name": "seam",
        "semanticVersion": env!("CARGO_PKG_VERSION"),
        "rules": rules.iter().map(rule).collect::<Vec<_>>(),
    });
    let run = json!({
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {BASE: {"description": {"text": "The root of the repository"}}},
        "results": results,
    });
    json!({"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}).to_string()
}

fn rule(code: &Code) -> Json {
    json!({
        "id": code.id,
        "shortDescription": {"text": code.title},
        "fullDescription": {"text": code.explanation},
        "help": {"text": code.explanation, "markdown": code.explanation},
    })
}

fn result(finding: &Finding, rules: &[Code]) -> Json {
    let mut told = json!({
        "ruleId": finding.code.id,
        "ruleIndex": rules.iter().position(|rule| *rule == finding.code),
        "level": if finding.severity == Severity::Error { "error" } else { "warning" },
        "message": {"text": text(finding)},
        "locations": finding.place.iter().map(|place| location(place, finding.label.as_deref())).collect::<Vec<_>>(),
    });
    if !finding.related.is_empty() {
        let related = finding.related.iter().map(|(place, words)| location(place, Some(words)));
        told["relatedLocations"] = related.collect();
    }
    if let Some(comparison) = &finding.comparison {
        told["partialFingerprints"] = json!({"seamContract/v1": comparison.fingerprint});
        told["properties"] = json::comparison(comparison).into();
        if let Some(witness) = &comparison.witness {
            let shown = format!("{}\n\nShown by\n\n{}", finding.message, fenced(&format!("{witness:#}")));
            let help = finding.help.iter().fold(shown, |shown, help| format!("{shown}\n\n{help}"));
            told["message"]["markdown"] = help.into();
        }
    }
    told
}

fn text(finding: &Finding) -> String {
    let lines = [finding.message.clone()].into_iter().chain(lines_below(finding));
    lines.collect::<Vec<_>>().join("\n")
}

fn location(place: &Place, words: Option<&str>) -> Json {
    let mut physical = json!({"artifactLocation": artifact(&place.file)});
    if place.line > 0 {
        let column = place.column.max(1);
        physical["region"] =
            json!({"startLine": place.line, "startColumn": column, "endColumn": column + place.length.max(1)});
    }
    let mut location = json!({"physicalLocation": physical});
    if let Some(words) = words {
        location["message"] = json!({"text": words});
    }
    location
}

fn artifact(file: &str) -> Json {
    let mut uri = String::new();
    for byte in file.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    if file.starts_with('/') { json!({"uri": format!("file://{uri}")}) } else { json!({"uri": uri, "uriBaseId": BASE}) }
}

/// A block of code in Markdown, whose fence is longer than any in it.
fn fenced(code: &str) -> String {
    let longest = code.split(|letter| letter != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}json\n{code}\n{fence}")
}

#[cfg(test)]
mod tests {
    use super::{artifact, fenced, report};
    use crate::render::example;
    use serde_json::{Value as Json, json};

    #[test]
    fn a_result_has_its_rule_place_and_proof() {
        let log: Json = serde_json::from_str(&report(&example::findings())).unwrap();
        assert_eq!((&log["version"], log["runs"].as_array().unwrap().len()), (&json!("2.1.0"), 1));
        let run = &log["runs"][0];
        let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
        let ids: Vec<&str> = rules.iter().map(|rule| rule["id"].as_str().unwrap()).collect();
        assert_eq!(ids, ["S0004", "S0016", "S0601"]);
        assert!(rules.iter().all(|rule| !rule["help"]["text"].as_str().unwrap().is_empty()));
        let results = run["results"].as_array().unwrap();
        for result in results {
            assert_eq!(rules[usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()]["id"], result["ruleId"]);
        }
        let [contract, quotes, workspace] = results.as_slice() else { panic!("{results:?}") };
        assert_eq!((&contract["level"], &quotes["level"]), (&json!("error"), &json!("warning")));
        let location = json!({
            "physicalLocation": {
                "artifactLocation": {"uri": "stacks/a%20b%2C%3A/stack.yaml", "uriBaseId": "%SRCROOT%"},
                "region": {"startLine": 4, "startColumn": 3, "endColumn": 5},
            },
            "message": {"text": "it was a string"},
        });
        assert_eq!(contract["locations"], json!([location]));
        assert_eq!(contract["relatedLocations"][0]["message"]["text"], "declared here");
        assert_eq!(contract["partialFingerprints"], json!({"seamContract/v1": "0123456789abcdef"}));
        assert_eq!(contract["properties"]["witness"], json!({"id": "<&>\u{1b}`"}));
        assert_eq!(contract["properties"]["breaks"], json!(["shop/app/dev"]));
        let markdown = contract["message"]["markdown"].as_str().unwrap();
        assert!(markdown.contains("```json\n{\n  \"id\": \"<&>\\u001b`\"\n}\n```"), "{markdown}");
        assert_eq!(quotes["locations"][0]["physicalLocation"].get("region"), None, "a whole file has no region");
        assert_eq!((&workspace["locations"], workspace.get("properties")), (&json!([]), None));
    }

    #[test]
    fn uris_and_fences_are_escaped() {
        assert_eq!(artifact("größe/%.yaml")["uri"], "gr%C3%B6%C3%9Fe/%25.yaml");
        assert_eq!(artifact("/tmp/x y.tf"), json!({"uri": "file:///tmp/x%20y.tf"}));
        assert_eq!(fenced("a ```` b"), "`````json\na ```` b\n`````");
    }
}
