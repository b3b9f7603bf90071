//! Links, neighbours and deployment order.

use crate::{address, graph, short, workspace};
use seam_model::Pattern;

const SHOP: &str = "
    network :vpc_id
    database :table vpc_id=network.vpc_id
    api :url table=database.table +web
    backend :url api=run/api.url +web
    monitoring :topic urls=tag:web.url <network
    frontend origin=backend.url
";

#[test]
fn links_say_who_reads_what_by_which_pattern() {
    let graph = graph(&workspace(SHOP));
    let links = graph.links_of(&address("monitoring/dev"));
    let words: Vec<_> =
        links.iter().map(|link| format!("{:?} {} {:?}", link.input, short([&link.provider]), link.pattern)).collect();
    assert_eq!(
        words,
        [r#"Some("urls") api/dev Registry"#, r#"Some("urls") backend/dev Registry"#, "None network/dev After"]
    );
    assert_eq!(graph.links_of(&address("backend/prod"))[0].pattern, Pattern::Run);
    assert_eq!(short(graph.dependencies(&address("monitoring/dev"))), "api/dev backend/dev network/dev");
    assert_eq!(short(graph.dependents(&address("api/prod"))), "backend/prod monitoring/prod");
    assert!(graph.links_of(&address("nothing/dev")).is_empty());
}

#[test]
fn other_environments_and_systems() {
    let workspace =
        workspace("app zone=platform/dns.id cert=platform/tls.id!eu vpc=network.id!prod\nnetwork :id @prod");
    let graph = graph(&workspace);
    let providers: Vec<_> = graph.links_of(&address("app/dev")).iter().map(|link| link.provider.to_string()).collect();
    assert_eq!(providers, ["platform/tls/eu", "shop/network/prod", "platform/dns/global"]);
    assert_eq!(short(graph.dependencies(&address("app/dev"))), "network/prod");
}

#[test]
fn an_instance_never_collects_its_own_output() {
    let graph = graph(&workspace("a :url +web peers=tag:web.url\nb :url +web"));
    assert_eq!(short(graph.dependencies(&address("a/dev"))), "b/dev");
}

#[test]
fn steps_wait_through_what_is_not_selected() {
    let graph = graph(&workspace(SHOP));
    let set = ["network/dev", "api/dev", "frontend/dev"].map(address).into();
    let steps = |steps: Vec<(_, Vec<_>)>| -> Vec<String> {
        steps.iter().map(|(step, waits)| format!("{}: {}", short([step]), short(waits))).collect()
    };
    assert_eq!(steps(graph.steps(&set)), ["network/dev: ", "api/dev: network/dev", "frontend/dev: api/dev"]);
    assert_eq!(
        steps(graph.steps_of_destroy(&set)),
        ["frontend/dev: ", "api/dev: frontend/dev", "network/dev: api/dev"]
    );
    assert_eq!(short(&graph.order(&set)), "network/dev api/dev frontend/dev");
}
