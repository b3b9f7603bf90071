//! The edges between crates. What is not in the list is refused, downward too: a crate must not
//! come to know what its responsibility does not need.

use crate::program::cargo;
use std::collections::BTreeMap;

/// Every crate, and the crates that it may depend on; dev-dependencies count.
const ALLOWED: &[(&str, &[&str])] = &[
    ("xtask", &[]),
    ("seam-model", &[]),
    ("seam-contract", &[]),
    ("seam-hcl", &[]),
    ("seam-process", &[]),
    ("seam-log", &[]),
    ("seam-graph", &["seam-model"]),
    ("seam-workspace", &["seam-model", "seam-hcl", "seam-process"]),
    ("seam-tools", &["seam-model", "seam-hcl", "seam-process"]),
    ("seam-registry", &["seam-model", "seam-log"]),
    ("seam-compat", &["seam-model", "seam-contract", "seam-graph", "seam-registry"]),
    (
        "seam-run",
        &[
            "seam-model",
            "seam-compat",
            "seam-contract",
            "seam-hcl",
            "seam-process",
            "seam-log",
            "seam-graph",
            "seam-workspace",
            "seam-tools",
            "seam-registry",
        ],
    ),
    (
        "seam-cli",
        &[
            "seam-model",
            "seam-compat",
            "seam-contract",
            "seam-hcl",
            "seam-process",
            "seam-log",
            "seam-graph",
            "seam-workspace",
            "seam-tools",
            "seam-registry",
            "seam-run",
        ],
    ),
];

/// Compares what `cargo metadata` says with the list.
pub(crate) fn check() -> Result<(), String> {
    let output = cargo(&["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .output()
        .map_err(|error| format!("cargo metadata: {error}"))?;
    if !output.status.success() {
        return Err(format!("cargo metadata: {}", String::from_utf8_lossy(&output.stderr)));
    }
    let problems = problems(&edges(&String::from_utf8_lossy(&output.stdout)));
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n")) }
}

fn problems(edges: &BTreeMap<String, Vec<String>>) -> Vec<String> {
    let allowed: BTreeMap<&str, &[&str]> = ALLOWED.iter().copied().collect();
    let mut problems = Vec::new();
    for (package, dependencies) in edges {
        let Some(may) = allowed.get(package.as_str()) else {
            problems.push(format!("{package} is in no layer: add it to xtask/src/layers.rs"));
            continue;
        };
        let refused = dependencies.iter().filter(|dependency| !may.contains(&dependency.as_str()));
        problems.extend(refused.map(|dependency| format!("{package} must not depend on {dependency}")));
    }
    problems.extend(
        ALLOWED
            .iter()
            .filter(|(package, _)| !edges.contains_key(*package))
            .map(|(package, _)| format!("{package} is in xtask/src/layers.rs and not in the workspace")),
    );
    problems
}

/// Each package of the workspace with its dependencies inside the workspace. In cargo's document a
/// package begins with its name and version, a dependency with its name and source, and the source
/// of a folder is null.
fn edges(metadata: &str) -> BTreeMap<String, Vec<String>> {
    let mut edges: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut package = None;
    for part in metadata.split("{\"name\":\"").skip(1) {
        let Some((name, rest)) = part.split_once('"') else { continue };
        if rest.starts_with(",\"version\":") {
            edges.entry(name.to_owned()).or_default();
            package = Some(name);
        } else if let (true, Some(package)) = (rest.starts_with(",\"source\":null"), package) {
            edges.entry(package.to_owned()).or_default().push(name.to_owned());
        }
    }
    edges
}

#[cfg(test)]
mod tests {
    #[test]
    fn crates_know_only_what_the_list_allows() {
        assert_eq!(super::check(), Ok(()));
    }

    #[test]
    fn an_edge_that_is_not_in_the_list_is_found() {
        let metadata = r#"{"packages":[{"name":"seam-graph","version":"0.1.0","dependencies":[
            {"name":"seam-model","source":null},{"name":"thiserror","source":"registry"},{"name":"seam-run","source":null}],
            "targets":[{"kind":["lib"],"name":"seam_graph"}]},{"name":"stranger","version":"0.1.0","dependencies":[]}]}"#
            .replace("\n            ", "");
        let problems = super::problems(&super::edges(&metadata));
        assert!(problems.contains(&"seam-graph must not depend on seam-run".to_owned()), "{problems:?}");
        assert!(problems.iter().any(|problem| problem.starts_with("stranger is in no layer")), "{problems:?}");
        assert!(!problems.iter().any(|problem| problem.contains("seam-model,")), "{problems:?}");
    }
}
