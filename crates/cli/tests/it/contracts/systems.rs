//! Between systems: a contract and a range are required, and a break needs an approval.

use super::{APPLY, consumer, found, provider};
use crate::harness::Harness;

const OUTPUTS: &str = r#"{"id": {"value": "n-1"}}"#;

#[test]
fn another_system_needs_a_contract_and_a_range() {
    let net = Harness::new();
    net.write("seam.yaml", "system: platform\nenvironments: {dev: {}}\n");
    provider(&net, OUTPUTS, "{outputs: {id: {type: string}}}");
    net.ok(&APPLY);
    let app = Harness::new();
    let registry = net.path(".seam/registry.db");
    app.write("seam.yaml", format!("system: shop\nregistry: {}\nenvironments: {{dev: {{}}}}\n", registry.display()));
    consumer(&app, "{id: platform/net.id}");
    assert_eq!(found(&app, "S0605").len(), 1);
    assert_eq!(found(&app, "S0606").len(), 1);
    consumer(&app, "{id: {registry: platform/net.id, version: \"^1\"}}");
    provider(&net, OUTPUTS, "{version: 1.0.0, outputs: {id: {type: string}}}");
    net.ok(&APPLY);
    app.ok(&["check"]);
    app.ok(&APPLY);
    // Its team finds out before it deploys; nobody here could move in the same run.
    provider(&net, r#"{"uid": {"value": "n-1"}}"#, "{version: 2.0.0, outputs: {uid: {type: string}}}");
    net.seam(&["check"]).exits(3).says(&["it breaks shop/app/dev"]);
    net.seam(&APPLY).exits(3).says(&["S0601"]);
    // What does not break a consumer that accepts another range keeps it from its next plan.
    provider(&net, OUTPUTS, "{version: 2.0.0, outputs: {id: {type: string, maxLength: 9}}}");
    for warned in [net.ok(&["check"]), net.ok(&["plan", "-e", "dev"])] {
        warned.says(&["S0521", "shop/app/dev accepts ^1 of net, and this is 2.0.0"]);
    }
    // The consumer's pipeline fails first where it asks for more than is there.
    consumer(&app, "{id: {registry: platform/net.name, version: \"^1\"}}");
    app.seam(&["check", "-e", "dev"])
        .exits(1)
        .says(&["S0607", "contract 1.0.0 of platform/net/dev promises no output `name`"]);
    consumer(&app, "{id: {registry: platform/net.id, version: \"^2\"}}");
    app.seam(&["check"]).exits(1).says(&["platform/net/dev has contract 1.0.0, and ^2 is accepted"]);
}
