//! Approvals: for whom in which environment, what becomes of them when they are given again, and under the
//! new name of a stack.

use super::{APPLY, SEAM, found, provider};
use crate::harness::Harness;

const API: &str = "openapi: 3.1.0\ninfo: {title: a, version: '1'}\npaths:\n  /a:\n    get:\n      operationId: getA\n      responses:\n        '200': {description: ok, content: {application/json: {schema: {type: object, required: [id], properties: {id: {type: string}}}}}}\n";
const NET: &str = "tool: external\ncontract: {version: 1.0.0, events: {e: {type: x, schema: {type: object, properties: {i: {type: string}}}}}}\n";
const WEB: &str = "tool: external\ncontract: {version: 1.0.0}\nuses: [{event: net.e}]\n";

fn with(stacks: &[(&str, &str)]) -> Harness {
    let harness = Harness::new();
    harness.write("seam.yaml", SEAM);
    for (name, text) in stacks {
        harness.write(&format!("stacks/{name}/stack.yaml"), text);
    }
    harness
}

fn fingerprint(harness: &Harness) -> String {
    found(harness, "S0601")[0]["fingerprint"].as_str().unwrap().to_owned()
}

fn approve(harness: &Harness, fingerprint: &str, more: &[&str]) -> String {
    let given = ["approve", fingerprint, "--until", "2999-01-01", "--why", "they know"];
    harness.ok(&[&given[..], more].concat()).stdout
}

#[test]
fn who_was_seen_in_one_environment_is_not_covered_in_another() {
    let harness = with(&[("api", "tool: external\ncontract: {version: 1.0.0, api: openapi.yaml}\n")]);
    harness.write("stacks/api/openapi.yaml", API);
    let seen_in = |environment: &str, day: u8| {
        harness.ok(&["deployed", "api@1.0.0", "-e", environment]);
        let line =
            format!("1.2.3.4 - - [{day}/Nov/2026:10:00:00 +0000] \"GET /a HTTP/1.1\" 200 12 \"-\" \"mobile/1\"\n");
        harness.write("access.log", line);
        harness.ok(&["uses", "import", "access.log", "--of", "api", "-e", environment]);
    };
    let is_broken = |is: bool| {
        let (version, kind) = if is { ("2.0.0", "integer") } else { ("1.0.0", "string") };
        let contract = format!("tool: external\ncontract: {{version: {version}, api: openapi.yaml}}\n");
        harness.write("stacks/api/stack.yaml", contract);
        harness.write("stacks/api/openapi.yaml", API.replace("id: {type: string}", &format!("id: {{type: {kind}}}")));
    };
    seen_in("dev", 20);
    is_broken(true);
    approve(&harness, &fingerprint(&harness), &[]);
    harness.ok(&["check"]);
    is_broken(false);
    seen_in("prod", 21);
    is_broken(true);
    let told = "that does not cover mobile (seen in logs) in prod, which it did not break then";
    harness.seam(&["check"]).exits(3).says(&[told]);
    harness.ok(&["check", "-e", "dev"]);
    harness.seam(&["can-deploy", "api", "-e", "prod"]).exits(3);
}

#[test]
fn an_approval_that_is_given_again_covers_whom_it_covered() {
    let harness = with(&[("net", NET), ("web", WEB)]);
    for environment in ["dev", "prod"] {
        harness.ok(&["deployed", "net@1.0.0", "-e", environment]);
        harness.ok(&["deployed", "web@1.0.0", "-e", environment]);
    }
    let change = |version: &str, kind: &str| {
        harness.write("stacks/net/stack.yaml", NET.replace("1.0.0", version).replace("i: {type: string}", kind));
    };
    change("2.0.0", "i: {type: integer}");
    let fingerprint = fingerprint(&harness);
    let both = ", for shop/web/dev, shop/web/prod\n";
    assert!(approve(&harness, &fingerprint, &[]).ends_with(both));
    // In dev it is there already, and breaks nobody any more; what was before comes back there.
    harness.ok(&["deployed", "net@2.0.0", "-e", "dev"]);
    assert!(approve(&harness, &fingerprint, &[]).ends_with(both));
    change("3.0.0", "i: {type: string}");
    harness.ok(&["deployed", "net@3.0.0", "-e", "dev"]);
    change("4.0.0", "i: {type: integer}");
    harness.ok(&["check"]);
}

#[test]
fn a_renamed_provider_has_its_approvals_and_its_versions() {
    let harness = with(&[]);
    let contract = |version: &str, outputs: &str| format!("{{version: {version}, outputs: {{{outputs}}}}}");
    let outputs = r#"{"a": {"value": "x"}, "b": {"value": "x"}}"#;
    provider(&harness, outputs, &contract("1.0.0", "a: {type: string}, b: {type: string}"));
    super::consumer(&harness, "{p: net.b}");
    harness.ok(&APPLY);
    std::fs::remove_dir_all(harness.path("stacks/app")).unwrap();
    provider(&harness, r#"{"a": {"value": "x"}}"#, &contract("2.0.0", "a: {type: string}"));
    let before = fingerprint(&harness);
    approve(&harness, &before, &[]);
    std::fs::rename(harness.path("stacks/net"), harness.path("stacks/network")).unwrap();
    harness.edit("stacks/network/stack.yaml", "tool: exec\n", "tool: exec\nformerly: net\n");
    harness.ok(&["check"]).says(&["warning[S0601]", "tester answers for it"]);
    assert_eq!(fingerprint(&harness), before);
    // Nothing is recorded under the new name before an apply.
    let can = harness.ok(&["can-deploy", "network@1.0.0", "-e", "dev"]).stdout;
    assert!(can.starts_with("yes: shop/network/dev, 1.0.0"), "{can}");
    let differs = harness.seam(&["contract", "diff", "network@1.0.0", "network"]).exits(3).stdout;
    assert!(differs.contains("output `b`: it is gone"), "{differs}");
    harness.ok(&["apply", "network", "-e", "dev", "--yes"]);
    assert_eq!(found(&harness, "S0601").len(), 0);
}
