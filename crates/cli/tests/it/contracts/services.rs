//! Services that others deploy: their APIs, what consumers declare that they read of them, versions side
//! by side, and whether one may be deployed.

use super::{SEAM, found};
use crate::harness::{Harness, files_with};
use serde_json::json;

const ORDER: &str = "type: object\nrequired: [id, total]\nproperties:\n  id: {type: string}\n  total: {type: number}\n  note: {type: string}\n";
const API: &str = "openapi: 3.0.3
info: {title: orders, version: 1.0.0}
paths:
  /orders/{id}:
    get:
      operationId: getOrder
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses:
        '200': {description: one, content: {application/json: {schema: {$ref: ../../schemas/order.yaml}}}}
  /orders:
    delete: {operationId: forgetAll, responses: {'204': {description: gone}}}
";

/// Two services with an API between them.
fn services() -> Harness {
    let harness = Harness::new();
    harness.write("seam.yaml", SEAM);
    harness.write("schemas/order.yaml", ORDER);
    harness.write("stacks/orders/openapi.yaml", API);
    harness.write("stacks/orders/stack.yaml", "tool: external\ncontract: {version: 1.0.0, api: openapi.yaml}\n");
    let web = "tool: external\ncontract: {version: 0.1.0}\nuses: [{api: orders, operations: [getOrder], fields: [id, total]}]\n";
    harness.write("stacks/web/stack.yaml", web);
    harness
}

#[test]
fn a_version_may_be_deployed_where_what_it_needs_is_and_nobody_is_broken() {
    let harness = services();
    let can = |what: &str, code: i32| harness.seam(&["can-deploy", what, "-e", "prod"]).exits(code).stdout;
    assert_eq!(can("orders", 0), "yes: shop/orders/prod, this workspace's (the first one there)\n");
    assert!(can("web", 3).contains("shop/orders/prod is not deployed, and web calls `getOrder` of it"));
    assert!(can("orders@1.0.0", 0).starts_with("yes: shop/orders/prod, 1.0.0"));
    assert!(can("orders@0.9.0", 3).starts_with("not known: shop/orders/prod, 0.9.0\n"));
    harness.seam(&["deployed", "orders@2.0.0", "-e", "prod"]).exits(1).says(&["S0608"]);
    harness.ok(&["deployed", "orders@1.0.0", "-e", "prod"]);
    assert_eq!(can("web", 0), "yes: shop/web/prod, this workspace's (the first one there)\n");
    harness.ok(&["deployed", "web@0.1.0", "-e", "prod"]);
    // Of one that says what it reads, the calls that are seen read no more.
    harness.write(
        "access.log",
        "1.2.3.4 - - [20/Nov/2026:10:00:00 +0000] \"GET /orders/1 HTTP/1.1\" 200 12 \"-\" \"web/1\"\n",
    );
    harness.ok(&["uses", "import", "access.log", "--of", "orders", "-e", "prod"]);

    // What nobody reads goes; what web reads does not.
    harness.edit("stacks/orders/stack.yaml", "1.0.0", "2.0.0");
    harness.write(
        "stacks/orders/openapi.yaml",
        API.replace("    delete: {operationId: forgetAll, responses: {'204': {description: gone}}}\n", "    {}\n"),
    );
    harness.write("schemas/order.yaml", ORDER.replace("  note: {type: string}\n", ""));
    assert_eq!(can("orders", 0), "yes: shop/orders/prod, this workspace's (1.0.0 is there now)\n");
    harness.write("schemas/order.yaml", ORDER.replace("note: {type: string}", "note: {type: integer}"));
    assert!(can("orders", 0).starts_with("yes"));
    harness.write("schemas/order.yaml", ORDER.replace("total: {type: number}", "total: {type: string}"));
    let no = can("orders", 3);
    assert!(
        no.contains("no: shop/orders/prod")
            && no.contains("`total`: the type was `number`, now it is `string`; it breaks shop/web/prod"),
        "{no}"
    );
    let answer = harness.seam(&["can-deploy", "orders", "-e", "prod", "--json"]).exits(3).json();
    assert_eq!((&answer["verdict"], &answer["live"]), (&json!("no"), &json!(["1.0.0"])));
    assert_eq!(answer["version"], "2.0.0", "the workspace's");
    assert_eq!(answer["reasons"][0]["kind"], "consumer-broken");
    assert_eq!(answer["reasons"][0]["breaks"], json!(["shop/web/prod", "web (seen in logs)"]));
    assert_eq!(found(&harness, "S0601").len(), 1);
}

#[test]
fn graph_and_status_show_what_services_use_and_where_others_deployed_them() {
    let harness = services();
    assert!(harness.ok(&["graph"]).stdout.contains("calls `getOrder` of orders"));
    let links = harness.json(&["graph", "-e", "prod", "--json"])["links"].clone();
    let wanted = json!([{"consumer": "shop/web/prod", "provider": "shop/orders/prod", "input": null, "output": null,
        "path": "", "pattern": "api", "part": {"operations": ["getOrder"], "fields": ["id", "total"]}}]);
    assert_eq!(links, wanted);
    harness.ok(&["deployed", "orders@1.0.0", "-e", "prod"]);
    assert!(harness.ok(&["status"]).stdout.contains("✓ 1.0.0"));
    assert!(harness.ok(&["status", "-e", "prod"]).stdout.contains("deployed by others: 1.0.0 by tester, "));
    let orders = harness.json(&["status", "orders", "-e", "prod", "--json"])["instances"][0].clone();
    assert_eq!((&orders["state"], &orders["deployed"][0]["version"]), (&json!("current"), &json!("1.0.0")));
    assert_eq!(orders["deployed"][0]["actor"], "tester");
    assert!(orders["deployed"][0]["time"].is_string(), "{orders}");
}

#[test]
fn versions_side_by_side_each_count() {
    let harness = services();
    harness.ok(&["deployed", "orders@1.0.0", "-e", "prod"]);
    harness.edit("stacks/orders/stack.yaml", "1.0.0", "2.0.0");
    harness.write(
        "schemas/order.yaml",
        ORDER.replace("  total: {type: number}\n", "  total: {type: number}\n  more: {type: string}\n"),
    );
    harness.ok(&["deployed", "orders@2.0.0", "-e", "prod", "--beside"]);
    let web = |range: &str| {
        let uses = format!("uses: [{{api: orders, operations: [getOrder], version: \"{range}\"}}]\n");
        harness.write("stacks/web/stack.yaml", format!("tool: external\ncontract: {{version: 0.1.0}}\n{uses}"));
        harness.seam(&["can-deploy", "web", "-e", "prod"])
    };
    assert!(web("^2").exits(3).stdout.contains("shop/orders/prod has contract 1.0.0, and ^2 is accepted"));
    assert!(web(">=1").exits(0).stdout.starts_with("yes"));
    harness.ok(&["deployed", "orders@1.0.0", "-e", "prod", "--gone"]);
    assert!(web("^2").exits(0).stdout.starts_with("yes"));
    harness.seam(&["deployed", "orders@1.0.0", "-e", "prod", "--gone"]).exits(1).says(&["S0608", "1.0.0"]);
    harness.seam(&["deployed", "nobody@1.0.0", "-e", "prod", "--gone"]).exits(1).says(&["S0608"]);
    // A version on record takes the uses along that it has elsewhere.
    harness.ok(&["deployed", "web@0.1.0", "-e", "prod"]);
    let elsewhere = harness.seam(&["can-deploy", "web@0.1.0", "-e", "dev"]).exits(3).stdout;
    assert!(elsewhere.contains("shop/orders/dev is not deployed"), "{elsewhere}");
}

#[test]
fn what_is_declared_and_not_promised_is_found_in_the_consumer() {
    let harness = services();
    harness.edit("stacks/web/stack.yaml", "[getOrder]", "[getOrdr]");
    let missing = found(&harness, "S0607");
    assert_eq!(missing.len(), 1, "{missing:?}");
    assert_eq!(missing[0]["message"], "contract 1.0.0 of orders promises no operation `getOrdr`");
    assert_eq!(
        (&missing[0]["file"], &missing[0]["help"]),
        (&json!("stacks/web/stack.yaml"), &json!("did you mean `getOrder`?"))
    );
}

#[test]
fn calls_that_were_seen_count_and_what_nobody_calls_may_go() {
    let harness = services();
    harness.ok(&["deployed", "orders@1.0.0", "-e", "prod"]);
    let line = |path: &str, agent: &str| {
        format!("1.2.3.4 - - [20/Nov/2026:10:00:00 +0000] \"GET {path} HTTP/1.1\" 200 12 \"-\" \"{agent}\"\n")
    };
    let secret = line("/orders/42?token=hunter2-hunter2", "mobile/3.2");
    harness.write("access.log", format!("{secret}{}", line("/nothing/hunter2-hunter2", "curl/8")));
    let import = ["uses", "import", "access.log", "--of", "orders", "-e", "prod"];
    let told = harness.ok(&import).stdout;
    assert!(
        told.starts_with("shop/orders/prod: 1 call of 1 of 2 operations, in 2 lines\nNobody called forgetAll.\n1 call is of no operation: "),
        "{told}"
    );
    harness.ok(&import);
    let uses = harness.ok(&["uses", "orders", "-e", "prod"]).stdout;
    assert_eq!(uses.matches("mobile (seen in logs)   1 call ").count(), 1, "{uses}");
    let seen = harness.json(&["uses", "orders", "-e", "prod", "--json"])["uses"][0].clone();
    assert_eq!((&seen["calls"], &seen["part"]["routes"]), (&json!(1), &json!({"getOrder": "GET /orders/{}"})));
    assert!(uses.contains("Calls of shop/orders/prod were seen in logs from 2026-11-20 until 2026-11-20."), "{uses}");
    assert_eq!(files_with(&harness.path(".seam"), b"hunter2"), [] as [std::path::PathBuf; 0]);
    harness.edit("stacks/orders/stack.yaml", "1.0.0", "2.0.0");
    harness.write("stacks/orders/openapi.yaml", renamed_id());
    harness.ok(&["deployed", "orders@2.0.0", "-e", "prod"]);
    harness.edit("stacks/orders/stack.yaml", "2.0.0", "3.0.0");
    let without = |operation: &str, rest: &str| {
        harness.write("stacks/orders/openapi.yaml", API.replace(operation, rest));
        harness.seam(&["can-deploy", "orders", "-e", "prod"])
    };
    let delete = "    delete: {operationId: forgetAll, responses: {'204': {description: gone}}}\n";
    assert!(without(delete, "    {}\n").exits(0).stdout.starts_with("yes"));
    let gone = without("    get:\n", "    put:\n").exits(3).stdout;
    assert!(gone.starts_with("no:") && gone.contains("it breaks mobile (seen in logs)"), "{gone}");
    harness.write("access.log", "neither\nnor\n");
    harness.seam(&import).exits(1).says(&["S0610"]);
}

#[test]
fn what_is_sent_is_not_narrowed_by_what_is_read_and_a_field_that_goes_is_missed() {
    let harness = services();
    harness.ok(&["deployed", "orders@1.0.0", "-e", "prod"]);
    harness.edit("stacks/web/stack.yaml", "[id, total]", "[id, note]");
    harness.ok(&["deployed", "web@0.1.0", "-e", "prod"]);
    harness.edit("stacks/orders/stack.yaml", "1.0.0", "2.0.0");
    let sent = "required: true, schema: {type: string}";
    harness.edit("stacks/orders/openapi.yaml", sent, "required: true, schema: {type: string, maxLength: 3}");
    let no = |words: &str| {
        let told = harness.seam(&["can-deploy", "orders", "-e", "prod"]).exits(3).stdout;
        assert!(told.contains(words) && told.contains("it breaks shop/web/prod"), "{told}");
    };
    no("GET /orders/{id}, path parameter `id`");
    harness.write("stacks/orders/openapi.yaml", API);
    harness.write("schemas/order.yaml", ORDER.replace("  note: {type: string}\n", ""));
    no("getOrder: `note` is gone, which is read");
    assert_eq!(
        found(&harness, "S0607")[0]["message"],
        "contract 2.0.0 of orders promises no field `note`, which is declared as read"
    );
    harness.write(
        "stacks/web/stack.yaml",
        "tool: external\ncontract: {version: 0.1.0}\nuses: [{api: ordrs, operations: [x]}]\n",
    );
    assert_eq!(found(&harness, "S0101")[0]["help"], "did you mean `orders`?");
}

#[test]
fn a_fault_in_an_api_is_one_finding_with_its_line() {
    let harness = services();
    harness.ok(&["deployed", "orders@1.0.0", "-e", "prod"]);
    harness.edit(
        "stacks/orders/openapi.yaml",
        "required: true, schema: {type: string}",
        "required: true, schema: {type: strng}",
    );
    let faults = found(&harness, "S0024");
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert_eq!((&faults[0]["file"], &faults[0]["line"]), (&json!("stacks/orders/openapi.yaml"), &json!(7)));
}

#[test]
fn operations_stay_known_whatever_is_renamed_around_them() {
    let harness = services();
    harness.ok(&["deployed", "orders@1.0.0", "-e", "prod"]);
    harness.ok(&["deployed", "web@0.1.0", "-e", "prod"]);
    harness.edit("stacks/orders/stack.yaml", "1.0.0", "2.0.0");
    // Without the break the new name of a parameter is nothing.
    let renamed = API.replace("{id}", "{order}").replace("name: id", "name: order");
    let more = renamed.replace("'204': {description: gone}", "'204': {description: gone}, '404': {description: none}");
    harness.write("stacks/orders/openapi.yaml", &more);
    harness.ok(&["can-deploy", "orders", "-e", "prod"]);
    harness.write("schemas/order.yaml", ORDER.replace("total: {type: number}", "total: {type: string}"));
    let told = harness.seam(&["can-deploy", "orders", "-e", "prod"]).exits(3).stdout;
    assert!(told.contains("`total`: the type was `number`"), "{told}");
    // Under another id it is the operation that it was.
    harness.write("schemas/order.yaml", ORDER);
    harness.write("stacks/orders/openapi.yaml", renamed_id());
    harness.ok(&["deployed", "orders@2.0.0", "-e", "prod"]);
    harness.ok(&["check"]).says(&["contract 2.0.0 of orders calls the operation `getOrder` `readOrder` now"]);
    assert_eq!(found(&harness, "S0607")[0]["severity"], "warning");
    harness.ok(&["can-deploy", "web", "-e", "prod"]);
    harness.ok(&["deployed", "web@0.1.0", "-e", "prod"]);
    assert!(harness.ok(&["uses", "orders.readOrder", "-e", "prod"]).stdout.contains("getOrder: id, total"));
    let part = &harness.json(&["uses", "orders", "-e", "prod", "--json"])["uses"][0]["part"];
    assert_eq!(part["routes"], json!({"getOrder": "GET /orders/{}"}));
    harness.edit("stacks/orders/stack.yaml", "2.0.0", "3.0.0");
    let gone = renamed_id().replace("    get:\n", "    put:\n");
    harness.write("stacks/orders/openapi.yaml", gone);
    let told = harness.seam(&["can-deploy", "orders", "-e", "prod"]).exits(3).stdout;
    assert!(told.starts_with("no:") && told.contains("it breaks shop/web/prod"), "{told}");
    let missing = "contract 3.0.0 of orders promises no operation `getOrder`";
    harness.seam(&["check"]).exits(3).says(&[missing]);
}

#[test]
fn whoever_writes_the_new_id_calls_the_same_operation() {
    let harness = services();
    let web = "tool: exec\nexec: {apply: [\"true\"]}\nuses: [{api: orders, operations: [getOrder]}]\n";
    harness.write("stacks/web/stack.yaml", web);
    harness.ok(&["deployed", "orders@1.0.0", "-e", "dev"]);
    harness.ok(&["apply", "web", "-e", "dev", "--yes"]);
    harness.edit("stacks/orders/stack.yaml", "1.0.0", "2.0.0");
    harness.write("stacks/orders/openapi.yaml", renamed_id());
    harness.ok(&["apply", "web", "-e", "dev", "--yes"]).says(&["calls the operation `getOrder` `readOrder` now"]);
    harness.edit("stacks/web/stack.yaml", "getOrder", "readOrder");
    harness.ok(&["check"]);
    harness.write("schemas/order.yaml", ORDER.replace("total: {type: number}", "total: {type: string}"));
    assert_eq!(found(&harness, "S0601")[0]["severity"], "error", "it reads what it read");
}

fn renamed_id() -> String {
    API.replace("operationId: getOrder", "operationId: readOrder")
}

#[test]
fn a_use_from_before_the_contract_is_known_by_any_that_is_on_record() {
    let harness = Harness::new();
    harness.write("seam.yaml", SEAM);
    let web = "tool: external\ncontract: {version: 0.1.0}\nuses: [{api: orders, operations: [getOrder]}]\n";
    harness.write("stacks/web/stack.yaml", web);
    harness.ok(&["deployed", "web@0.1.0", "-e", "prod"]);
    harness.write("schemas/order.yaml", ORDER);
    let orders = |version: &str, api: String| {
        harness.write("stacks/orders/openapi.yaml", api);
        let contract = format!("contract: {{version: {version}, api: openapi.yaml}}");
        harness.write("stacks/orders/stack.yaml", format!("tool: external\n{contract}\n"));
    };
    for (version, api) in [("1.0.0", API.to_owned()), ("2.0.0", renamed_id())] {
        orders(version, api);
        harness.ok(&["deployed", &format!("orders@{version}"), "-e", "prod"]);
    }
    harness.ok(&["check"]).says(&["calls the operation `getOrder` `readOrder` now"]);
    orders("3.0.0", renamed_id().replace("    get:\n", "    put:\n"));
    let told = harness.seam(&["can-deploy", "orders", "-e", "prod"]).exits(3).stdout;
    assert!(told.starts_with("no:") && told.contains("it breaks shop/web/prod"), "{told}");
}

#[test]
fn what_is_not_known_of_a_version_leaves_what_is_known() {
    let harness = services();
    harness.ok(&["deployed", "orders@1.0.0", "-e", "prod"]);
    harness.ok(&["deployed", "web@0.1.0", "-e", "prod"]);
    harness.ok(&["deployed", "web@0.1.0", "-e", "dev"]);
    harness.edit("stacks/web/stack.yaml", "0.1.0", "0.2.0");
    harness.ok(&["deployed", "web@0.2.0", "-e", "prod"]);
    harness.ok(&["deployed", "web@0.2.0", "-e", "dev"]);
    // Nowhere is 0.3.0 live that could tell what it uses, and nobody ever said it.
    harness.write("o.json", "{}");
    for (before, version) in [("0.2.0", "0.3.0"), ("0.3.0", "0.4.0")] {
        harness.edit("stacks/web/stack.yaml", before, version);
        harness.ok(&["publish", "shop/web/dev", "--outputs", "o.json"]);
    }
    harness.ok(&["deployed", "web@0.3.0", "-e", "prod"]).says(&["the 1 use of before stays on record"]);
    assert!(harness.ok(&["uses", "orders", "-e", "prod"]).stdout.contains("shop/web/prod"));
    harness.write("stacks/orders/stack.yaml", "tool: external\n");
    let told = harness.seam(&["can-deploy", "orders", "-e", "prod"]).exits(3).stdout;
    assert!(told.contains("orders has no contract any more, and others use what it promised"), "{told}");
}

#[test]
fn references_in_a_circle_end() {
    let harness = services();
    let circle = "components: {responses: {a: {$ref: '#/components/responses/a'}}}\n";
    let answer = "{description: one, content: {application/json: {schema: {$ref: ../../schemas/order.yaml}}}}";
    harness.write(
        "stacks/orders/openapi.yaml",
        format!("{}{circle}", API.replace(answer, "{$ref: '#/components/responses/a'}")),
    );
    assert_eq!(found(&harness, "S0024").len(), 1);
    harness.write(
        "stacks/orders/openapi.yaml",
        API.replace("required: true, schema: {type: string}", "required: true, schema: {type: strng}"),
    );
    assert_eq!(found(&harness, "S0024").len(), 1, "before anything is on record");
}
