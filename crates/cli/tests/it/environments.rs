//! `in:` of a stack: what differs in one environment, wherever inputs are looked at.

use crate::harness::Harness;

const SEAM: &str = "system: shop\nenvironments: {dev: {}, prod-eu: {}, prod-us: {}}\ndefaults: {tool: exec}\n";

const APP: &str = "\
inputs: {size: {value: 1}, id: network.id}
in:
  prod-*: {inputs: {size: {value: \"n-{environment}\"}}}
  prod-eu: {inputs: {id: dns.zone, extra: {value: true}}}
exec: {apply: [sh, apply.sh]}
";

fn harness(app: &str) -> Harness {
    let harness = Harness::new();
    harness.write("seam.yaml", SEAM);
    for (name, output) in [("network", "id"), ("dns", "zone")] {
        let script = format!("echo '{{\"{output}\": {{\"value\": \"{name}-1\"}}}}' > \"$SEAM_OUTPUTS\"\n");
        harness.write(&format!("stacks/{name}/stack.yaml"), "exec: {apply: [sh, apply.sh]}\n");
        harness.write(&format!("stacks/{name}/apply.sh"), script);
    }
    harness.write("stacks/app/stack.yaml", app);
    harness.write("stacks/app/apply.sh", "cp \"$SEAM_INPUTS\" seen.json\necho '{}' > \"$SEAM_OUTPUTS\"\n");
    harness
}

#[test]
fn an_instance_gets_the_inputs_of_its_environment() {
    let harness = harness(APP);
    harness.ok(&["check"]);
    for (environment, inputs) in [
        ("dev", serde_json::json!({"size": 1, "id": "network-1"})),
        ("prod-eu", serde_json::json!({"size": "n-prod-eu", "id": "dns-1", "extra": true})),
        ("prod-us", serde_json::json!({"size": "n-prod-us", "id": "network-1"})),
    ] {
        let graph = harness.json(&["graph", "-e", environment, "--format", "json"]);
        let provider = if environment == "prod-eu" { "dns" } else { "network" };
        let links = graph["links"].as_array().unwrap();
        let providers: Vec<_> = links.iter().map(|link| link["provider"].as_str().unwrap()).collect();
        assert_eq!(providers, [format!("shop/{provider}/{environment}")]);

        let plan = harness.json(&["plan", "-e", environment, "--json"]);
        let step =
            plan["steps"].as_array().unwrap().iter().find(|step| step["address"].as_str().unwrap().contains("app"));
        assert_eq!(step.unwrap()["inputs"]["size"]["value"], inputs["size"]);
        harness.ok(&["apply", "-e", environment, "--yes"]);
        let seen =
            std::fs::read_to_string(harness.path(format!(".seam/cache/mirror/{environment}/app/stacks/app/seen.json")));
        assert_eq!(serde_json::from_str::<serde_json::Value>(&seen.unwrap()).unwrap(), inputs);
    }
    // What is said of one environment is nothing new to another.
    harness.edit("stacks/app/stack.yaml", "extra: {value: true}", "extra: {value: false}");
    harness.ok(&["apply", "-e", "prod-us", "--yes"]).says(&["3 unchanged"]);
    harness.ok(&["apply", "-e", "prod-eu", "--yes"]).says(&["extra changed"]);
}

#[test]
fn patterns_that_clash_or_match_nothing_are_refused_with_their_places() {
    let harness = harness(&APP.replace("extra: {value: true}", "size: {value: 2}"));
    harness.seam(&["check"]).exits(1).says(&[
        "error[S0023]",
        "`prod-*` and `prod-eu` both set `size` in prod-eu",
        "stacks/app/stack.yaml:4",
        "stacks/app/stack.yaml:3",
        "help: ",
    ]);
    harness.write("stacks/app/stack.yaml", APP.replace("prod-eu:", "stage-*:"));
    harness.seam(&["check"]).exits(1).says(&["error[S0015]", "no environment matches `stage-*`", "app/stack.yaml:4"]);
    harness.write("stacks/app/stack.yaml", format!("environments: [dev, prod-us]\n{APP}"));
    let says = ["error[S0015]", "deployed to no environment that `prod-eu` matches", "it is deployed to dev, prod-us"];
    harness.seam(&["check"]).exits(1).says(&says);
    harness.write("stacks/app/stack.yaml", APP.replace("dns.zone", "dnss.zone"));
    harness.seam(&["check"]).exits(1).says(&["error[S0101]", "app/stack.yaml:4", "did you mean `dns`?"]);
}

#[test]
fn a_variable_must_be_set_in_every_environment() {
    let harness = harness(APP);
    harness.write("stacks/app/main.tf", "variable \"size\" {}\nvariable \"id\" {}\nvariable \"extra\" {}\n");
    harness.write(
        "stacks/app/stack.yaml",
        APP.replace("exec: {apply: [sh, apply.sh]}", "tool: terraform").replace("{size: {value: 1}, ", "{"),
    );
    harness.seam(&["check"]).exits(1).says(&[
        "nothing sets the variable `size` of stack `app` in dev\n",
        "nothing sets the variable `extra` of stack `app` in dev, prod-us\n",
    ]);
    harness.edit("stacks/app/main.tf", "variable \"extra\" {}\n", "");
    harness.seam(&["check"]).exits(1).says(&["S0202", "declares no variable `extra`", "app/stack.yaml:4"]);
}
