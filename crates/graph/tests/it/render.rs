//! What `seam graph` prints.

use crate::{address, graph, workspace};
use seam_graph::{Graph, dot, mermaid, text};
use seam_model::{
    Address, Backend, Contract, DeclaredUse, ExternalState, Input, Lookup, LookupRule, Name, Place, Search, Source,
    UsedPart, Value, Workspace,
};
use std::collections::BTreeSet;

const SHOP: &str = "
    network :id
    database :table vpc_id=network.id
    api :url table=database.table vpc_id=network.id +web
    backend :url api=run/api.url +web
    frontend zone=platform/dns.id urls=tag:web.url
    monitoring <network
";

fn dev(workspace: &Workspace) -> BTreeSet<Address> {
    let graph = graph(workspace);
    graph.instances().iter().filter(|address| address.environment.as_str() == "dev").cloned().collect()
}

#[test]
fn a_tree_in_one_environment() {
    let workspace = workspace(SHOP);
    assert_eq!(
        text(&graph(&workspace), &dev(&workspace), 100),
        "\
shop · 6 stacks, 8 links · dev
network
└─ database           vpc_id ← network.id
   └─ api             table ← database.table · vpc_id ← network.id
      └─ backend      api ← api.url (run)
         └─ frontend  urls ← api.url, backend.url · zone ← platform/dns.id in global
monitoring            (after network)
"
    );
}

#[test]
fn what_is_used_without_an_input_is_an_edge_that_orders_nothing() {
    let mut workspace = workspace("web\n orders\n after <web");
    let uses = |system: Option<&str>, stack: &str, what| DeclaredUse {
        system: system.map(|system| Name::new(system).unwrap()),
        stack: Name::new(stack).unwrap(),
        what,
        range: None,
        place: Place::default(),
    };
    let web = workspace.stacks.values_mut().find(|stack| stack.name.as_str() == "web").unwrap();
    web.uses = vec![
        uses(None, "orders", UsedPart::Api { operations: vec!["getOrder".into()], fields: vec!["id".into()] }),
        uses(None, "orders", UsedPart::Table { table: "orders".into(), columns: vec![] }),
        uses(Some("platform"), "bus", UsedPart::Event { event: "paid".into(), fields: vec![] }),
    ];
    let graph = graph(&workspace);
    assert_eq!(
        text(&graph, &dev(&workspace), 200),
        "\
shop · 3 stacks, 4 links · dev
orders
web     calls `getOrder` of orders · reads table `orders` of orders · receives `paid` of platform/bus in global
after   (after web)
"
    );
    let dot = dot(&graph, &dev(&workspace));
    assert!(dot.contains("\"orders\" -> \"web\" [label=\"calls `getOrder`\", style=dashed];"), "{dot}");
    assert!(dot.contains("\"platform/bus in global\" [style=dashed];"), "{dot}");
    let mermaid = mermaid(&graph, &dev(&workspace));
    assert!(mermaid.contains("n0 -.->|\"calls `getOrder`\"| n1"), "{mermaid}");
    let (web, both) = (address("web/dev"), dev(&workspace));
    assert_eq!(graph.dependencies(&web).count(), 0);
    assert!(graph.steps(&both).iter().all(|(one, waits)| *one != web || waits.is_empty()));
}

#[test]
fn links_that_have_no_room_stand_below() {
    let workspace = workspace(SHOP);
    assert_eq!(
        text(&graph(&workspace), &dev(&workspace), 50),
        "\
shop · 6 stacks, 8 links · dev
network
└─ database           vpc_id ← network.id
   └─ api             table ← database.table
      │               vpc_id ← network.id
      └─ backend      api ← api.url (run)
         └─ frontend  urls ← api.url, backend.url
                      zone ← platform/dns.id in global
monitoring            (after network)
"
    );
}

#[test]
fn the_union_says_where_environments_differ() {
    let workspace = workspace("a :x\nb :x @prod\nc one=a.x\nd only=b.x!prod @dev\ne in=b.x?");
    let graph = graph(&workspace);
    let all: BTreeSet<Address> = graph.instances().iter().cloned().collect();
    assert_eq!(
        text(&graph, &all, 120),
        "\
shop · 5 stacks, 3 links · dev, prod
a
└─ c      one ← a.x
b [prod]
└─ e      in ← b.x [prod]
d [dev]   only ← b.x in prod
"
    );
}

#[test]
fn a_cycle_is_drawn_too() {
    let (graph, _) = Graph::build(&workspace("a :x in=b.x @dev\nb :x in=a.x @dev"));
    let all = graph.instances().iter().cloned().collect();
    assert_eq!(text(&graph, &all, 80), "shop · 2 stacks, 2 links · dev\na     in ← b.x\n└─ b  in ← a.x\n");
}

#[test]
fn dot_and_mermaid_draw_every_link() {
    let workspace = workspace("end :id\napp id=end.id zone=platform/dns.id x=run/end.id <end\n");
    let (graph, shown) = (graph(&workspace), dev(&workspace));
    assert_eq!(
        dot(&graph, &shown),
        r#"digraph "shop" {
  rankdir=LR;
  node [shape=box];
  "end";
  "app";
  "platform/dns in global" [style=dashed];
  "end" -> "app" [label="id"];
  "end" -> "app" [label="x ← id", style=bold];
  "platform/dns in global" -> "app" [label="zone ← id"];
  "end" -> "app" [label="after", style=dotted];
}
"#
    );
    assert_eq!(
        mermaid(&graph, &shown),
        r#"flowchart LR
  n0["end"]
  n1["app"]
  n0 -->|"id"| n1
  n0 ==>|"x ← id"| n1
  n2("platform/dns in global")
  n2 -->|"zone ← id"| n1
  n0 -.->|"after"| n1
"#
    );
}

/// The shop with a state that is read, one that is nobody's here, and a lookup in two stacks.
fn joined() -> Workspace {
    let mut workspace =
        workspace("network :id\nother\ndatabase :url x=network.id\napp :z id=network.id db=state/database.url");
    let app = workspace.stacks.get_mut(&crate::name("app")).unwrap();
    let place = app.place.clone();
    let settings = [("bucket", "acme"), ("key", "{environment}/old"), ("secret_key", "hush")];
    let settings = settings.map(|(name, value)| (name.to_owned(), Value::from(value))).into();
    let backend = Backend { kind: "s3".into(), settings, place: place.clone() };
    let state = ExternalState { backend, output: "vpc".into(), path: "[0]".parse().unwrap() };
    let lookup =
        Lookup { kind: "subnet".into(), name: None, tags: [("tier".to_owned(), "{environment}".to_owned())].into() };
    let search = Search { lookup, many: true, from: None };
    for (name, source) in [("legacy", Source::ExternalState(state)), ("nets", Source::Lookup(search))] {
        let input = Input { name: name.into(), source, ..app.inputs["id"].clone() };
        app.inputs.insert(name.into(), input);
    }
    for name in ["network", "other"] {
        let tags = [("tier".to_owned(), vec!["dev".to_owned(), "prod".to_owned()])].into();
        let rule = LookupRule { kind: "subnet".into(), name: None, tags };
        let contract = Contract { lookups: [("subnet".to_owned(), rule)].into(), ..crate::contract(&[]) };
        workspace.stacks.get_mut(&crate::name(name)).unwrap().contract = Some(contract);
    }
    workspace
}

#[test]
fn states_and_lookups_are_edges() {
    let workspace = joined();
    assert_eq!(
        text(&graph(&workspace), &dev(&workspace), 200),
        "\
shop · 4 stacks, 6 links · dev
network
└─ database  x ← network.id
   └─ app    db ← database.url (state) · id ← network.id · nets ← lookup subnet tier=dev of network, lookup subnet tier=dev of other · legacy ← vpc[0] of s3 acme/{environment}/old
other
"
    );
    let (dot, mermaid) = (dot(&graph(&workspace), &dev(&workspace)), mermaid(&graph(&workspace), &dev(&workspace)));
    assert!(dot.contains(r#"  "s3 acme/{environment}/old" [style=dashed];"#), "{dot}");
    assert!(dot.contains(r#"  "s3 acme/{environment}/old" -> "app" [label="legacy ← vpc[0]"];"#), "{dot}");
    assert!(dot.contains(r#"  "other" -> "app" [label="nets ← lookup subnet tier=dev"];"#), "{dot}");
    assert!(mermaid.contains(r#"("s3 acme/{environment}/old")"#), "{mermaid}");
    assert!(mermaid.contains(r#"-->|"legacy ← vpc[0]"|"#), "{mermaid}");
    assert!(!dot.contains("hush") && !mermaid.contains("hush"));
}
