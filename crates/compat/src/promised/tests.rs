//! What consumers are told of fields that are on their way out.

use super::of_use;
use crate::ContractDocument;
use crate::live::Live;
use seam_model::{Address, Pattern, Place, UsedPart};
use seam_registry::Use;
use serde_json::{Value, json};
use std::sync::Arc;

fn told(net: &Value, path: &str) -> Vec<(String, Option<String>)> {
    let contract = json!({"base": "stack.yaml", "contract": {"version": "1.0.0", "outputs": {"net": net}}});
    let provider: Address = "shop/net/dev".parse().unwrap();
    let document = Arc::new(ContractDocument::of_json(contract).unwrap());
    let (version, digest) = (document.version.clone(), Some(document.digest()));
    let live = [Live { address: provider.clone(), version, digest, document }];
    let path = if path.is_empty() { seam_model::Path::default() } else { path.parse().unwrap() };
    let part = UsedPart::Output { output: "net".to_owned(), path, takes: None };
    let uses = Use { provider, part, pattern: Pattern::Registry, range: None };
    let found = of_use(&live, &"shop/app/dev".parse().unwrap(), &uses, &Place::default(), true);
    assert!(found.iter().all(|one| one.code.id == "S0609"), "{found:?}");
    found.into_iter().map(|one| (one.message, one.help)).collect()
}

#[test]
fn who_reads_a_field_that_goes_is_told_and_nobody_else() {
    let net = json!({"properties": {"id": {}, "port": {"deprecated": {"use": "ports", "sunset": "2027-02-01"}}}});
    let port = "output `net`, field `.port` of net is deprecated, and may go from 2027-02-01".to_owned();
    let expected = vec![(port, Some("use ports in its place".to_owned()))];
    assert_eq!((told(&net, ".port"), told(&net, ""), told(&net, ".id")), (expected.clone(), expected, Vec::new()));
}

#[test]
fn of_very_many_a_few_are_told_and_how_many_more() {
    let members: serde_json::Map<String, Value> =
        (0..30).map(|index| (format!("p{index:02}"), json!({"deprecated": true}))).collect();
    let found = told(&json!({ "properties": members }), "");
    assert_eq!(found.len(), 10);
    assert_eq!(found[9].0, "output `net`, field `.p09` of net is deprecated (and 20 more)");
}
