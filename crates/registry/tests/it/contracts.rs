//! Contracts on record: versions that stay what they are, what others deployed, who answers for a
//! break, what was seen to be called.

use crate::support::{Home, ask as submit, at, name, publish, start_run, uses};
use seam_model::{Lookup, Path, Pattern, Schema, UsedOperation, UsedPart};
use seam_registry::{
    Approval, Call, Command, ContractVersion, Covered, Deployment, Handle, Observation, Refusal, Use, contract_digest,
};
use serde_json::{Value as Json, json};

fn version(stack: &str, version: &str, document: Json) -> Command {
    Command::RegisterContract(ContractVersion {
        system: name("shop"),
        stack: name(stack),
        version: Some(version.to_owned()),
        document,
        actor: "ann".to_owned(),
    })
}

fn deployed(stack: &str, version: &str, beside: bool, uses: Vec<Use>) -> Command {
    let (actor, host) = ("ann".to_owned(), "laptop".to_owned());
    Command::Deploy(Deployment {
        address: at(stack),
        version: version.to_owned(),
        beside,
        uses,
        assumed: false,
        actor,
        host,
    })
}

fn live(registry: &Handle, stack: &str) -> Vec<String> {
    let state = registry.instances(vec![at(stack)]).unwrap().remove(0);
    state.deployed.into_iter().map(|live| live.version).collect()
}

#[test]
fn a_version_has_one_content_and_is_found_by_its_digest() {
    let home = Home::new();
    let registry = home.open();
    // A document beyond what stands in a record, with numbers that no float holds.
    let big = json!({"a": "x".repeat(200_000), "n": serde_json::from_str::<Json>("9007199254740993.10").unwrap()});
    submit(&registry, version("api", "1.0.0", big.clone())).unwrap();
    submit(&registry, version("api", "1.0.0", big.clone())).unwrap();
    let other = submit(&registry, version("api", "1.0.0", json!({}))).unwrap_err();
    assert_eq!(other, Refusal::VersionTaken { stack: "shop/api".to_owned(), version: "1.0.0".to_owned() });
    submit(&registry, version("api", "1.1.0", json!({}))).unwrap();
    drop(registry);
    let registry = home.open();
    let known = registry.contracts(name("shop"), name("api")).unwrap();
    let versions: Vec<_> = known.iter().map(|one| (one.version.as_deref(), one.digest.clone())).collect();
    assert_eq!(versions, [(Some("1.1.0"), contract_digest(&json!({}))), (Some("1.0.0"), contract_digest(&big))]);
    let found = registry.contract(name("shop"), name("api"), contract_digest(&big)).unwrap();
    assert_eq!(found.unwrap().to_string(), big.to_string());
    assert_eq!(registry.contract(name("shop"), name("net"), contract_digest(&big)).unwrap(), None);
}

#[test]
fn a_contract_and_what_is_published_under_it_are_on_record_together_or_not_at_all() {
    let home = Home::new();
    let registry = home.open();
    let contract = |version: &str, document: Json| {
        let (system, stack, actor) = (name("shop"), name("net"), "ann".to_owned());
        Some(ContractVersion { system, stack, version: Some(version.to_owned()), document, actor })
    };
    let by_hand = || publish(None, "net", "n-1", vec![]);
    submit(&registry, by_hand().with_contract(contract("1.0.0", json!({})))).unwrap();
    let taken = submit(&registry, by_hand().with_contract(contract("1.0.0", json!({"a": 1})))).unwrap_err();
    assert!(matches!(taken, Refusal::VersionTaken { .. }), "{taken}");
    let revision = registry.instances(vec![at("net")]).unwrap().remove(0).publication.unwrap().revision;
    assert_eq!(revision, 1, "nothing is published under a contract that is refused");
    // A publication that is refused leaves no contract.
    let run_by_nobody = publish(Some(7), "net", "n-1", vec![]);
    submit(&registry, run_by_nobody.with_contract(contract("2.0.0", json!({"b": 1})))).unwrap_err();
    assert_eq!(registry.contracts(name("shop"), name("net")).unwrap().len(), 1);
    // So it is with a version that others deployed.
    let of_others = |version: &str, document: Json| {
        submit(&registry, deployed("net", version, false, vec![]).with_contract(contract(version, document)))
    };
    of_others("2.0.0", json!({"b": 1})).unwrap();
    assert_eq!(live(&registry, "net"), ["2.0.0"]);
    let run = start_run(&registry, &["net"]);
    submit(&registry, publish(Some(run), "net", "n-1", vec![])).unwrap();
    of_others("3.0.0", json!({"c": 1})).unwrap_err();
    assert_eq!(registry.contracts(name("shop"), name("net")).unwrap().len(), 2);
}

#[test]
fn the_contracts_of_a_renamed_stack_are_on_record_under_both_names() {
    let home = Home::new();
    let registry = home.open();
    submit(&registry, version("app", "1.0.0", json!({"v": 1}))).unwrap();
    let run = start_run(&registry, &["app", "shop"]);
    submit(&registry, publish(Some(run), "app", "a-1", vec![])).unwrap();
    let home_of = "github.com/acme/shop".to_owned();
    let rename = Command::Rename { run, address: at("shop"), from: at("app"), home: home_of, place: None };
    submit(&registry, rename).unwrap();
    for stack in ["app", "shop"] {
        let known = registry.contracts(name("shop"), name(stack)).unwrap();
        assert_eq!(known.len(), 1, "{stack}");
        let document = registry.contract(name("shop"), name(stack), known[0].digest.clone()).unwrap();
        assert_eq!(document, Some(json!({"v": 1})), "{stack}");
    }
    let other = submit(&registry, version("shop", "1.0.0", json!({"v": 2}))).unwrap_err();
    assert!(matches!(other, Refusal::VersionTaken { .. }), "{other}");
}

#[test]
fn what_others_deploy_is_live_beside_or_in_place_of_what_was() {
    let home = Home::new();
    let registry = home.open();
    let missing = submit(&registry, deployed("api", "1.0.0", false, vec![])).unwrap_err();
    assert_eq!(missing, Refusal::NoSuchVersion { stack: "shop/api".to_owned(), version: "1.0.0".to_owned() });
    for number in ["1.0.0", "1.1.0", "2.0.0"] {
        submit(&registry, version("api", number, json!({ "v": number }))).unwrap();
    }
    submit(&registry, deployed("api", "1.0.0", false, vec![uses("net", "id")])).unwrap();
    submit(&registry, deployed("api", "1.1.0", true, vec![uses("net", "url")])).unwrap();
    assert_eq!(live(&registry, "api"), ["1.0.0", "1.1.0"]);
    let used = || -> Vec<_> {
        let users = registry.users(vec![at("net")]).unwrap().into_iter();
        users.filter_map(|user| user.uses.part.output().map(str::to_owned)).collect()
    };
    assert_eq!(used(), ["id", "url"], "both versions use what they use");
    let withdraw = |version: &str| Command::Withdraw {
        address: at("api"),
        version: version.to_owned(),
        actor: "ann".to_owned(),
        host: "laptop".to_owned(),
    };
    submit(&registry, withdraw("1.0.0")).unwrap();
    assert_eq!(used(), ["url"], "what is there no more uses nothing");
    submit(&registry, deployed("api", "1.0.0", true, vec![uses("net", "id")])).unwrap();
    assert_eq!(used(), ["id", "url"]);
    submit(&registry, deployed("api", "2.0.0", false, vec![uses("net", "id")])).unwrap();
    assert_eq!(live(&registry, "api"), ["2.0.0"]);
    let (actor, host, version) = ("ann".to_owned(), "laptop".to_owned(), "1.1.0".to_owned());
    let assumed = Deployment { address: at("api"), version, beside: true, uses: vec![], assumed: true, actor, host };
    submit(&registry, Command::Deploy(assumed)).unwrap();
    let known = registry.contracts(name("shop"), name("api")).unwrap().into_iter();
    let said: Vec<_> = known.map(|one| (one.version.unwrap(), one.uses)).collect();
    let uses_of = |version: &str, output: &str| (version.to_owned(), Some((name("dev"), vec![uses("net", output)])));
    let wanted = [uses_of("2.0.0", "id"), uses_of("1.1.0", "url"), uses_of("1.0.0", "id")];
    assert_eq!(said, wanted, "what a version uses stays on record, and is not what somebody assumes");
    submit(&registry, withdraw("1.1.0")).unwrap();
    assert_eq!(registry.users(vec![at("net")]).unwrap().len(), 1);
    assert_eq!(registry.live(name("shop"), name("api")).unwrap(), [at("api")]);
    assert!(matches!(submit(&registry, withdraw("1.0.0")), Err(Refusal::NotDeployed { .. })));
    submit(&registry, withdraw("2.0.0")).unwrap();
    assert_eq!(registry.live(name("shop"), name("api")).unwrap(), []);
    assert_eq!(registry.users(vec![at("net")]).unwrap(), []);
}

#[test]
fn published_instances_are_live_and_uses_keep_what_they_say() {
    let home = Home::new();
    let registry = home.open();
    let takes = serde_json::from_str::<Json>(r#"{"maximum": 1e400, "minimum": 0.10, "maxItems": 7}"#).unwrap();
    let output = UsedPart::Output {
        output: "id".to_owned(),
        path: "[0].a".parse::<Path>().unwrap(),
        takes: Some(Schema(takes)),
    };
    let strings = |words: &[&str]| words.iter().map(ToString::to_string).collect::<Vec<_>>();
    let (id, tags) = ("getOrder".to_owned(), [("tier".to_owned(), "web".to_owned())].into());
    let operations = vec![UsedOperation { name: id, route: Some("GET /orders/{}".to_owned()) }, "getAll".into()];
    let lookup = Lookup { kind: "subnet".to_owned(), name: Some("a-*".to_owned()), tags };
    let parts = [
        (Pattern::Registry, output),
        (Pattern::Lookup, UsedPart::Lookup(lookup)),
        (Pattern::Api, UsedPart::Api { operations, fields: strings(&["items[].sku"]) }),
        (Pattern::Event, UsedPart::Event { event: "created".to_owned(), fields: vec![] }),
        (Pattern::Table, UsedPart::Table { table: "orders".to_owned(), columns: strings(&["id"]) }),
    ];
    let range = Some("^1".to_owned());
    let uses = parts.map(|(pattern, part)| Use { provider: at("net"), part, pattern, range: range.clone() });
    submit(&registry, publish(None, "app", "x", uses.to_vec())).unwrap();
    drop(registry);
    let registry = home.open();
    let mut wanted = uses.to_vec();
    wanted.sort();
    assert_eq!(registry.instances(vec![at("app")]).unwrap().remove(0).uses, wanted);
    assert_eq!(registry.live(name("shop"), name("app")).unwrap(), [at("app")]);
}

#[test]
fn the_last_word_on_a_break_counts_and_what_was_seen_is_seen_once() {
    let home = Home::new();
    let registry = home.open();
    let covered = |consumer: &str| {
        [None, Some("dev"), Some("prod")].map(|environment| {
            let consumer = environment.map_or(consumer.to_owned(), |_| format!("{consumer} (seen in logs)"));
            Covered { environment: environment.map(name), consumer }
        })
    };
    let approval = |environment: Option<&str>, until: &str, consumer: Option<&str>| Approval {
        fingerprint: "0123456789abcdef".to_owned(),
        environment: environment.map(name),
        until: until.to_owned(),
        why: "moves in May".to_owned(),
        consumers: consumer.map(|consumer| covered(consumer).into()),
        actor: "ann".to_owned(),
        time_us: 0,
    };
    for (environment, until, consumer) in
        [(None, "2027-01-01", None), (Some("dev"), "2027-02-01", None), (None, "2027-05-01", Some("shop/app/dev"))]
    {
        submit(&registry, Command::ApproveBreak(approval(environment, until, consumer))).unwrap();
    }
    let known = registry.approvals(vec!["0123456789abcdef".to_owned(), "unknown".to_owned()]).unwrap();
    let told: Vec<_> = known.iter().map(|one| (one.environment.clone(), one.until.as_str())).collect();
    assert_eq!(told, [(None, "2027-05-01"), (Some(name("dev")), "2027-02-01")]);
    assert_eq!(known[0].consumers, Some(covered("shop/app/dev").into()));
    assert_eq!(known[1].consumers, None, "whoever it breaks");
    let route = Some("GET /orders/{}".to_owned());
    let call = Call { operation: "getOrder".to_owned(), route, consumer: None, count: 7, last_us: Some(5) };
    let observation = Observation {
        source: "digest".to_owned(),
        from_us: Some(1),
        until_us: Some(5),
        calls: vec![call],
        unmatched: 2,
        actor: "ann".to_owned(),
    };
    for _ in 0..2 {
        let observe = Command::ObserveUses { address: at("api"), observation: observation.clone() };
        submit(&registry, observe).unwrap();
    }
    assert_eq!(registry.observed(at("api")).unwrap(), [observation]);
}
