//! What of deprecations is refused, and what is warned of.

use super::{leads_nowhere, unreadable_windows};
use crate::ContractDocument;
use serde_json::{Value, json};
use std::path::Path;

fn contract(port: &Value) -> ContractDocument {
    let net = json!({"type": "object", "properties": {"port": {"deprecated": port}, "ports": {"items": {"properties":
        {"tcp": {}}}}}});
    let tables = json!({"orders": {"columns": {"total": {"deprecated": {"use": "sum"}}, "sum": {}}}});
    ContractDocument::of_json(json!({"base": "stack.yaml", "contract": {"outputs": {"net": net, "url": {}, "both": {"properties": {"port": {}}}},
        "tables": tables}}))
    .unwrap()
}

#[test]
fn a_sunset_is_a_day_and_since_a_version() {
    for (said, wanted) in [
        (json!({"sunset": "2027-02-01", "since": "1.2.0"}), ""),
        (json!({"sunset": "soon"}), "the sunset of output `net`, field `.port` is no day: `soon`"),
        (json!({"sunset": 2027}), "the sunset of output `net`, field `.port` is no day: `2027`"),
        (json!({"since": "v1"}), "output `net`, field `.port` is deprecated since `v1`, which is no version"),
    ] {
        let found = unreadable_windows(Path::new("/nowhere"), &contract(&said));
        let messages: Vec<&str> = found.iter().map(|one| one.message.as_str()).collect();
        assert_eq!(messages.join("; "), wanted);
    }
}

#[test]
fn what_is_to_be_used_instead_has_to_be_there() {
    for (instead, help) in [
        ("ports", None),
        (".ports", None),
        ("ports[].tcp", None),
        ("url", None),
        ("net.ports", None),
        ("both.port", None),
        ("other.anything", None),
        ("the URL of the new service", None),
        ("https://example.com/moved", None),
        ("portz", Some("did you mean `ports`?")),
        ("entirely[].else", Some("name an output, event, table, operation or field of the contract")),
        ("ports[].udp", Some("did you mean `ports`?")),
        ("port", Some("did you mean `ports`?")),
        ("elsewhere.url", Some("name an output, event, table, operation or field of the contract")),
    ] {
        let found = leads_nowhere(Path::new("/nowhere"), &contract(&json!({ "use": instead })), ["other"].into_iter());
        assert_eq!(found.first().map(|one| one.help.clone()), help.map(|help| Some(help.to_owned())), "{instead}");
    }
}
