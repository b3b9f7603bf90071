//! Breaks of outputs: found in every environment, refused before anything runs, let through by approval
//! or because the consumer moves in the same run.

use super::{APPLY, SEAM, consumer, found, provider};
use crate::harness::Harness;
use serde_json::json;

const OUTPUTS: &str = r#"{"net": {"value": {"id": "n-1", "cidr": "10.0.0.0/16"}}, "spare": {"value": "x"}}"#;
const V1: &str = "{version: 1.0.0, outputs: {net: {type: object, required: [id, cidr], properties: \
                  {id: {type: string}, cidr: {type: string}}}, spare: {type: string}}}";

/// Network and an app that reads `net.id`, applied to dev.
fn applied() -> Harness {
    applied_with(V1)
}

fn applied_with(contract: &str) -> Harness {
    let harness = Harness::new();
    harness.write("seam.yaml", SEAM);
    provider(&harness, OUTPUTS, contract);
    consumer(&harness, "{id: \"net.net.id\"}");
    harness.ok(&APPLY);
    harness
}

#[test]
fn what_nobody_reads_may_go_and_the_version_has_to_say_so() {
    let harness = applied();
    harness.ok(&["check"]);
    let contract = V1.replace(", spare: {type: string}", "").replace("required: [id, cidr]", "required: [id]");
    provider(&harness, OUTPUTS, &contract);
    let refused = harness.seam(&["check"]).exits(1);
    refused.says(&["S0604", "version 1.0.0 of the contract of net is on record with another content", "2.0.0"]);
    provider(&harness, OUTPUTS, &contract.replace("1.0.0", "1.1.0"));
    let small = [
        "S0603",
        "1.1.0 of the contract of net is too small",
        "since 1.0.0: output `net`: `cidr`: it was always there",
        "; output `spare`: it is gone",
        "write `version: 2.0.0`",
    ];
    harness.seam(&["check"]).exits(1).says(&small);
    provider(&harness, OUTPUTS, &contract.replace("1.0.0", "2.0.0"));
    harness.ok(&["check"]);
    harness.ok(&APPLY).says(&["1 applied"]);
    assert_eq!(harness.json(&["get", "shop/net/dev", "--json"])["contract"], "2.0.0");
}

#[test]
fn more_is_a_minor_version_and_words_are_a_patch() {
    let harness = applied();
    for (from, to, wanted) in [
        ("spare: {type: string}", "spare: {type: string, description: none}", "1.0.1"),
        ("spare: {type: string}", "spare: {type: string}, more: {type: string}", "1.1.0"),
        ("spare: {type: string}", "spare: {type: integer}", "2.0.0"),
    ] {
        provider(&harness, OUTPUTS, &V1.replace(from, to));
        harness.seam(&["check"]).exits(1).says(&["S0604", &format!("write `version: {wanted}`")]);
    }
    // Below all that are on record.
    provider(&harness, OUTPUTS, &V1.replace("1.0.0", "0.9.0").replace("spare: {type: string}", "spare: {}"));
    harness.seam(&["check"]).exits(1).says(&[
        "S0603",
        "too small for what changed since 1.0.0",
        "write `version: 2.0.0`",
    ]);
}

#[test]
fn a_break_is_refused_with_whom_and_why_until_somebody_answers_for_it() {
    let harness = applied();
    let outputs = OUTPUTS.replace("\"n-1\"", "7");
    let contract = V1.replace("1.0.0", "2.0.0").replace("{id: {type: string}", "{id: {type: integer}");
    provider(&harness, &outputs, &contract);
    let broken = found(&harness, "S0601");
    assert_eq!(broken.len(), 1, "{broken:?}");
    assert_eq!((&broken[0]["breaks"], &broken[0]["severity"]), (&json!(["shop/app/dev"]), &json!("error")));
    assert!(broken[0]["witness"]["id"].is_number(), "{}", broken[0]);
    harness.seam(&["check"]).exits(3).says(&["it breaks shop/app/dev"]);
    let runs = || harness.json(&["runs", "--json"])["runs"].as_array().unwrap().len();
    let before = runs();
    harness.seam(&["apply", "net", "-e", "dev", "--yes"]).exits(3).says(&["S0601", "it breaks shop/app/dev"]);
    assert_eq!(runs(), before, "nothing is on record");
    let planned =
        harness.seam(&["plan", "net", "-e", "dev"]).exits(3).says(&["error[S0601]", "it breaks shop/app/dev"]);
    assert!(
        planned
            .stdout
            .ends_with("1 to update, 1 contract to publish in 1 stack.\nAn apply of it is refused (S0601).\n"),
        "{}",
        planned.stdout
    );
    let planned = harness.seam(&["plan", "-e", "dev", "--json", "--detailed-exitcode"]).exits(3).json();
    assert_eq!((&planned["refused"][0]["code"], planned["steps"].as_array().unwrap().len()), (&json!("S0601"), 2));
    harness.ok(&["check", "-e", "prod"]);

    let fingerprint = broken[0]["fingerprint"].as_str().unwrap().to_owned();
    let approve = |fingerprint: &str, until: &str| {
        harness.seam(&["approve", fingerprint, "--until", until, "--why", "app moves tomorrow"])
    };
    approve("0000000000000000", "2999-01-01").exits(64).says(&["no finding of this workspace"]);
    approve("12", "2999-01-01").exits(64).says(&["16 hexadecimal digits"]);
    approve(&fingerprint, "2020-01-01").exits(64).says(&["2020-01-01 is over"]);
    assert_eq!(
        approve(&fingerprint, "2999-01-01").exits(0).stdout,
        format!("{fingerprint} is approved until 2999-01-01, by tester, for shop/app/dev\n")
    );
    let can = harness.ok(&["can-deploy", "net", "-e", "dev"]).stdout;
    assert!(can.starts_with("yes: ") && can.contains("it breaks shop/app/dev\n    tester answers for it"), "{can}");
    harness.ok(&["check"]).says(&["warning[S0601]", "tester answers for it until 2999-01-01: app moves tomorrow"]);
    harness.ok(&["apply", "net", "-e", "dev", "--yes"]).says(&["1 applied", "tester answers for it"]);
}

#[test]
fn an_approval_may_be_of_one_environment() {
    let harness = applied();
    harness.ok(&["apply", "-e", "prod", "--yes"]);
    let contract = V1.replace("1.0.0", "2.0.0").replace("{id: {type: string}", "{id: {type: integer}");
    provider(&harness, &OUTPUTS.replace("\"n-1\"", "7"), &contract);
    let broken = found(&harness, "S0601").remove(0);
    let fingerprint = broken["fingerprint"].as_str().unwrap();
    let proposed = |place: &str| format!("`seam approve {fingerprint} {place}--until DATE --why TEXT`");
    assert!(broken["help"].as_str().unwrap().contains(&proposed("")), "{broken}");
    harness.seam(&["check", "-e", "dev"]).exits(3).says(&[&proposed("-e dev ")]);
    let approve = |more: &[&str]| {
        let given = ["approve", fingerprint, "--until", "2999-01-01", "--why", "dev may break"];
        harness.ok(&[&given[..], more].concat()).stdout
    };
    let approved = format!("{fingerprint} is approved in dev until 2999-01-01, by tester, for shop/app/dev\n");
    assert_eq!(approve(&["-e", "dev"]), approved);
    harness.ok(&["check", "-e", "dev"]).says(&["tester answers for it in dev until 2999-01-01: dev may break"]);
    let told = ["tester answers for it in dev", "until they moved in prod (", &proposed("-e prod ")];
    harness.seam(&["check"]).exits(3).says(&told);
    harness.seam(&["apply", "net", "-e", "prod", "--yes"]).exits(3).says(&["S0601"]);
    harness.ok(&["apply", "net", "-e", "dev", "--yes"]).says(&["1 applied"]);
    approve(&[]);
    harness.ok(&["apply", "net", "-e", "prod", "--yes"]).says(&["1 applied"]);
}

#[test]
fn an_approval_answers_for_those_whom_it_broke_then() {
    let harness = applied();
    let contract = V1.replace("1.0.0", "2.0.0").replace("{id: {type: string}", "{id: {type: integer}");
    provider(&harness, &OUTPUTS.replace("\"n-1\"", "7"), &contract);
    let fingerprint = found(&harness, "S0601")[0]["fingerprint"].as_str().unwrap().to_owned();
    let approve = |more: &[&str]| {
        let given = ["approve", &fingerprint, "--until", "2999-01-01", "--why", "they know"];
        harness.ok(&[&given[..], more].concat()).stdout
    };
    assert!(approve(&[]).ends_with(", for shop/app/dev\n"));
    harness.ok(&["check"]);
    let late = "tool: exec\nexec: {apply: [\"true\"]}\ninputs: {id: net.net.id}\n";
    harness.write("stacks/late/stack.yaml", late);
    harness.ok(&["apply", "late", "-e", "dev", "--yes"]);
    let told = "tester answers for it until 2999-01-01: they know; that does not cover shop/late/dev in dev, which it did not break then";
    harness.seam(&["check"]).exits(3).says(&["error[S0601]", told]);
    harness.seam(&["apply", "net", "-e", "dev", "--yes"]).exits(3).says(&[told]);
    assert!(approve(&[]).ends_with(", for shop/app/dev, shop/late/dev\n"));
    harness.ok(&["check"]);
    // Under its new name a consumer is the one that it was.
    std::fs::rename(harness.path("stacks/late"), harness.path("stacks/later")).unwrap();
    harness.write("stacks/later/stack.yaml", format!("{late}formerly: late\n"));
    harness.ok(&["apply", "later", "-e", "dev", "--yes"]);
    harness.ok(&["check"]);
    // Whom a change of another checkout breaks is not known here.
    assert!(approve(&["--elsewhere"]).ends_with(", for whoever it breaks\n"));
    harness.ok(&["apply", "net", "-e", "dev", "--yes"]).says(&["1 applied"]);
}

#[test]
fn a_lookup_is_broken_by_the_tags_that_it_asks_for_and_told_what_is_not_promised() {
    let harness = Harness::new();
    harness.write("seam.yaml", SEAM);
    let resources = r#"[{"kind": "subnet", "id": "s-1", "tags": {"tier": "web"}}]"#;
    let script = format!("#!/bin/sh\necho '{{}}' > \"$SEAM_OUTPUTS\"\necho '{resources}' > \"$SEAM_RESOURCES\"\n");
    let net = |version: &str, tiers: &str| {
        harness.script("stacks/net/make", &script);
        let rule = format!("{{kind: subnet, tags: {{tier: {tiers}}}}}");
        let contract = format!("{{version: {version}, lookups: {{subnet: {rule}}}}}");
        harness
            .write("stacks/net/stack.yaml", format!("tool: exec\nexec: {{apply: [./make]}}\ncontract: {contract}\n"));
    };
    let app = |tier: &str| {
        let lookup = format!("{{kind: subnet, tags: {{tier: {tier}}}, from: net}}");
        consumer(&harness, &format!("{{id: {{lookup: {lookup}, select: id}}}}"));
    };
    net("1.0.0", "[web, db]");
    app("web");
    harness.ok(&APPLY);
    let part = &harness.json(&["uses", "net", "--json"])["uses"][0]["part"];
    assert_eq!((&part["output"], &part["lookup"]["tags"]), (&json!("subnet tier=web"), &json!({"tier": "web"})));
    net("2.0.0", "[web]");
    harness.ok(&["check"]);
    net("2.0.0", "[db]");
    let broken = found(&harness, "S0601");
    assert_eq!((broken.len(), &broken[0]["rule"]), (1, &json!("lookup-tag-value-removed")), "{broken:?}");
    let unmet = found(&harness, "S0607");
    assert_eq!(unmet[0]["message"], "contract 2.0.0 of net promises no `subnet tier=web`");
    assert_eq!(unmet[0]["help"], "it promises subnet tier=db");
}

#[test]
fn a_plan_says_which_contract_an_apply_would_publish_without_running_a_tool() {
    let harness = applied();
    let net = "tool: exec\nexec: {plan: [\"true\"], apply: [./make]}\n";
    harness.write("stacks/net/stack.yaml", format!("{net}contract: {V1}\n"));
    harness.ok(&APPLY);
    harness.write("stacks/net/stack.yaml", format!("{net}contract: {}\n", V1.replace("1.0.0", "1.1.0")));
    let planned = harness.seam(&["plan", "-e", "dev", "--detailed-exitcode"]).exits(2);
    for words in [
        "publish contract",
        "contract 1.0.0 → 1.1.0",
        "1 contract to publish in 1 stack, 1 stack unchanged.\nApply it:",
    ] {
        assert!(planned.stdout.contains(words), "{}", planned.stdout);
    }
    let planned = harness.json(&["plan", "-e", "dev", "--json"]);
    let net = planned["steps"].as_array().unwrap().iter().find(|step| step["address"] == "shop/net/dev").unwrap();
    assert_eq!((&net["action"], &net["contract"]), (&json!("none"), &json!({"before": "1.0.0", "after": "1.1.0"})));
    assert_eq!(planned["refused"], json!([]));
    let destroyed = harness.json(&["plan", "-e", "dev", "--destroy", "--json"]);
    assert!(destroyed["steps"].as_array().unwrap().iter().all(|step| step.get("contract").is_none()), "{destroyed}");
    harness.ok(&APPLY);
    assert_eq!(harness.json(&["get", "shop/net/dev", "--json"])["contract"], "1.1.0");
    let planned = harness.ok(&["plan", "-e", "dev", "--detailed-exitcode"]).stdout;
    assert!(planned.contains("Nothing to do, 2 stacks unchanged."), "{planned}");
}

#[test]
fn a_consumer_that_moves_in_the_same_run_is_not_broken() {
    let harness = applied();
    let outputs = OUTPUTS.replace("\"id\"", "\"uid\"");
    let contract = V1.replace("1.0.0", "2.0.0").replace("[id, cidr]", "[uid, cidr]").replace("{id:", "{uid:");
    provider(&harness, &outputs, &contract);
    consumer(&harness, "{id: \"net.net.uid\"}");
    harness.ok(&["check"]).says(&["warning[S0601]", "it breaks shop/app/dev", "apply them in the same run"]);
    harness.seam(&["apply", "net", "-e", "dev", "--yes"]).exits(3).says(&["S0601"]);
    harness.ok(&APPLY).says(&["2 applied"]);
    harness.ok(&["check"]);
}

#[test]
fn an_output_is_renamed_in_four_steps() {
    let harness = applied();
    let both = r#"{"net": {"value": {"id": "n", "cidr": "c"}}, "spare": {"value": "x"}, "network_id": {"value": "n"}}"#;
    let window = V1.replace("1.0.0", "1.1.0").replace(
        "net: {",
        "network_id: {type: string}, net: {deprecated: {since: 1.1.0, use: network_id, sunset: 2999-02-01}, ",
    );
    // 1. Old and new side by side. 2. Who uses the old one is told.
    provider(&harness, both, &window);
    harness.ok(&["check"]);
    harness.ok(&APPLY);
    let uses = harness.ok(&["uses", "net.net"]).stdout;
    let words =
        "output `net` is deprecated since 1.1.0, use network_id: still used by shop/app/dev; it may go from 2999-02-01";
    assert!(uses.contains(words), "{uses}");
    let gone = window.replace("1.1.0", "2.0.0");
    let gone = gone.replace(&gone[gone.find("net: {").unwrap()..gone.find("spare").unwrap()], "");
    provider(&harness, both, &gone);
    harness.seam(&["check"]).exits(3).says(&["it is gone before its sunset, 2999-02-01", "it breaks shop/app/dev"]);
    let column = format!("contract: {gone}").find("outputs").unwrap() + 1;
    let broken = found(&harness, "S0601").remove(0);
    assert_eq!((&broken["line"], &broken["column"]), (&json!(3), &json!(column)), "where it was");
    // 3. The consumer moves.
    provider(&harness, both, &window);
    consumer(&harness, "{id: net.network_id}");
    harness.ok(&APPLY);
    assert!(harness.ok(&["uses", "net.net"]).stdout.contains("nobody uses it; it may go"));
    // 4. The old one goes.
    provider(&harness, both, &gone);
    harness.ok(&["check"]);
    harness.ok(&APPLY).says(&["1 applied"]);
}

#[test]
fn an_apply_takes_no_version_that_is_too_small_and_no_contract_that_is_gone() {
    let harness = applied();
    let runs = || harness.json(&["runs", "--json"])["runs"].as_array().unwrap().len();
    let before = runs();
    for (contract, code) in [
        (V1.replace("spare: {type: string}", "spare: {type: integer}"), "S0604"),
        (V1.replace("spare: {type: string}", "spare: {type: integer}").replace("1.0.0", "1.0.1"), "S0603"),
        (V1.replace("version: 1.0.0, ", ""), "S0603"),
    ] {
        provider(&harness, OUTPUTS, &contract);
        harness.seam(&APPLY).exits(1).says(&[code]);
    }
    harness.write("stacks/net/stack.yaml", "tool: exec\nexec: {apply: [./make]}\n");
    harness.seam(&["check"]).exits(1).says(&["S0603", "net has no contract any more"]);
    harness.seam(&APPLY).exits(1).says(&["net has no contract any more"]);
    assert_eq!(runs(), before, "nothing is on record");
}

#[test]
fn a_release_of_an_older_line_follows_the_last_one_of_that_line() {
    let harness = applied();
    provider(&harness, OUTPUTS, &V1.replace(", spare: {type: string}", "").replace("1.0.0", "2.0.0"));
    harness.ok(&APPLY);
    provider(
        &harness,
        OUTPUTS,
        &V1.replace("spare: {type: string}", "spare: {type: string, title: none}").replace("1.0.0", "1.0.1"),
    );
    harness.ok(&["check"]);
}

#[test]
fn declared_uses_are_on_record_once_they_are_applied_and_what_is_over_may_go() {
    let window = V1.replace("spare: {type: string}", "spare: {type: string, deprecated: {sunset: 2020-01-01}}");
    // Announced later, it would have left nobody any time.
    let late = applied();
    provider(&late, OUTPUTS, &window.replace("1.0.0", "2.0.0"));
    late.ok(&["check"]);
    provider(&late, OUTPUTS, &window.replace("1.0.0", "1.1.0"));
    late.seam(&["check"]).exits(1).says(&["S0603", "its sunset, 2020-01-01, is over already"]);

    let harness = applied_with(&window);
    for (slip, help) in
        [("nett", "did you mean `net`?"), ("net.spar", "did you mean `spare`?"), ("shop/other", "nothing is on record")]
    {
        harness.seam(&["uses", slip]).exits(64).says(&[help]);
    }
    harness.ok(&["uses", "net.spare"]);
    provider(
        &harness,
        OUTPUTS,
        &window.replace("1.0.0, outputs", "1.1.0, events: {made: {type: com.acme.made, schema: {}}}, outputs"),
    );
    harness.ok(&APPLY).says(&["1 applied"]);
    let app = "tool: exec\nexec: {apply: [\"true\"]}\ninputs: {id: \"net.net.id\", spare: net.spare}\n";
    harness.write("stacks/app/stack.yaml", app);
    harness.ok(&APPLY).says(&["1 applied, 1 unchanged"]);
    harness.ok(&["check"]).says(&["warning[S0609]", "output `spare` of net is deprecated, and may go from 2020-01-01"]);
    harness.write("stacks/app/stack.yaml", format!("{app}uses: [{{event: net.made}}]\n"));
    harness.ok(&APPLY).says(&["1 applied, 1 unchanged"]);
    assert!(harness.ok(&["uses", "net.made"]).stdout.contains("shop/app/dev"));
    let gone =
        window.replace("1.0.0", "2.0.0").replace(", spare: {type: string, deprecated: {sunset: 2020-01-01}}", "");
    provider(
        &harness,
        OUTPUTS,
        &gone.replace("2.0.0, outputs", "2.0.0, events: {made: {type: com.acme.made, schema: {}}}, outputs"),
    );
    let broken = found(&harness, "S0601");
    assert_eq!((broken.len(), &broken[0]["severity"]), (1, &json!("warning")), "{broken:?}");
    provider(&harness, OUTPUTS, &gone);
    let broken = found(&harness, "S0601");
    assert!(
        broken.iter().any(|one| one["severity"] == "error" && one["breaks"] == json!(["shop/app/dev"])),
        "{broken:?}"
    );
}

#[test]
fn what_is_handed_on_in_a_run_is_used_too() {
    let harness = applied();
    let app = "tool: exec\nexec: {apply: [\"true\"]}\ninputs: {spare: {run: net.spare}}\n";
    harness.write("stacks/app/stack.yaml", app);
    harness.ok(&APPLY);
    assert!(harness.ok(&["uses", "net.spare"]).stdout.contains("shop/app/dev"));
    provider(&harness, OUTPUTS, &V1.replace("spare: {type: string}", "spare: {}").replace("1.0.0", "2.0.0"));
    let broken = found(&harness, "S0601");
    assert_eq!((broken.len(), &broken[0]["breaks"]), (1, &json!(["shop/app/dev"])), "{broken:?}");
    harness.seam(&APPLY).exits(3).says(&["S0601"]);
}
