//! What sound files become.

use crate::{load_text, rendered, sound};
use seam_model::{Input, RegistryPlace, Secret, Source, Stack, Target, Tool, UsedPart};
use seam_workspace::{find, load};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::time::Duration;

const FULL: &str = r#"
== seam.yaml
system: shop
registry: data/registry.db
environments:
  dev:
  prod-eu: {account: "1", region: eu-west-1, zone: a, labels: {tier: gold}, env: {AWS_PROFILE: p}, approve: true, local_state: true, maps: {platform: prod}}
  prod-us: {account: "2", labels: {tier: gold}}
defaults:
  tool: terraform
  timeout: 15m
  terraform: {backend: {type: s3, bucket: "acme-{environment}", key: "{system}/{stack}.tfstate"}}
pass_env: ["ACME_*"]
mirror_exclude: [fixtures]
teams: {checkout: [app, job]}
== stacks/app/stack.yaml
source: ../../modules/app
environments: [dev, "prod-{eu,us}"]
inputs:
  vpc_id: network.vpc_id
  zone_id: {registry: platform/dns.zone_id, version: "^2", environment: global}
  first: {registry: "job.subnets[0].id"}
  image: {run: job.image}
  peers: {registry: "tag:web.url", many: true, as: map}
  cidrs: {registry: job.cidrs, join: ",", format: "[{value}]"}
  alarm: {registry: job.topic, optional: true}
  password: {secret: {env: DB_PASSWORD}}
  cert: {secret: {file: ../cert.pem}}
  token: {secret: {command: [pass, show, "x y"]}}
  name: {value: {text: "app-{environment}", list: [1, 1.50, true, null]}}
after: [job]
tags: [web]
sources: ["../../dist/app.zip"]
timeout: 90s
backend: {key: other}
contract:
  version: 1.4.0
  outputs:
    url: {type: string, description: where}
    password: {type: [string, "null"], sensitive: true}
    any: {}
== modules/app/main.tf
variable "vpc_id" {}
variable "zone_id" {}
variable "first" {}
variable "image" {}
variable "peers" {}
variable "cidrs" {}
variable "alarm" {}
variable "password" {}
variable "cert" {}
variable "token" {}
variable "name" {}
output "url" { value = 1 }
output "password" { value = 1 }
output "any" { value = 1 }
== stacks/job/stack.yaml
tool: exec
exec: {plan: [sh, plan.sh], apply: [sh, "apply it.sh"], plan_unknown: true}
== stacks/local/stack.yaml
backend: {type: local, path: "{stack}"}
== stacks/local/main.tf
== ext/stack.yaml
name: network
tool: external
"#;

fn input<'s>(stack: &'s Stack, name: &str) -> &'s Input {
    &stack.inputs[name]
}

fn stack<'w>(workspace: &'w seam_model::Workspace, name: &str) -> &'w Stack {
    &workspace.stacks[&name.parse().unwrap()]
}

#[test]
fn seam_yaml_is_decoded_whole() {
    let workspace = sound(FULL);
    assert_eq!(workspace.system.as_str(), "shop");
    assert_eq!(workspace.registry, RegistryPlace::File(PathBuf::from("data/registry.db")));
    assert_eq!(workspace.repository, workspace.root);
    assert_eq!(
        (&workspace.pass_env[..], &workspace.mirror_exclude[..]),
        (&["ACME_*".into()][..], &["fixtures".into()][..])
    );
    assert_eq!(workspace.teams.values().next().unwrap().len(), 2);
    let environment = &workspace.environments[&"prod-eu".parse().unwrap()];
    assert_eq!(environment.region.as_deref(), Some("eu-west-1"));
    assert_eq!((environment.approve, environment.local_state), (true, true));
    assert_eq!(environment.env["AWS_PROFILE"], "p");
    assert_eq!(environment.maps[&"platform".parse().unwrap()].as_str(), "prod");
    assert_eq!(environment.place.to_string(), "seam.yaml:5:3");
    let attributes = environment.attributes(&workspace.system, &"app".parse().unwrap());
    assert_eq!(attributes["tier"], "gold");
}

#[test]
fn a_stack_is_decoded_whole() {
    let workspace = sound(FULL);
    let app = stack(&workspace, "app");
    assert_eq!((app.tool, app.source.as_path()), (Tool::Terraform, Path::new("modules/app")));
    assert_eq!(app.environments.len(), 3);
    assert_eq!(app.after[0].1.to_string(), "stacks/app/stack.yaml:15:9");
    assert_eq!(app.sources, [PathBuf::from("dist/app.zip")]);
    assert_eq!(app.timeout, Duration::from_secs(90));
    let backend = app.backend.as_ref().unwrap();
    assert_eq!((backend.kind.as_str(), backend.settings.len()), ("s3", 2));
    assert_eq!(backend.settings["key"], "other".into());
    let contract = app.contract.as_ref().unwrap();
    assert_eq!(contract.version.as_deref(), Some("1.4.0"));
    assert_eq!(contract.outputs["url"].schema.0, json!({"type": "string", "description": "where"}));
    assert_eq!(contract.outputs["password"].schema.0, json!({"type": ["string", "null"]}));
    assert!(contract.outputs["password"].sensitive);
    let job = stack(&workspace, "job");
    let exec = job.exec.as_ref().unwrap();
    assert_eq!((exec.apply[1].as_str(), exec.destroy.as_ref(), exec.plan_unknown), ("apply it.sh", None, true));
    assert_eq!((job.backend.as_ref(), job.timeout), (None, Duration::from_secs(900)));
    let local = stack(&workspace, "local").backend.as_ref().unwrap();
    assert_eq!((local.kind.as_str(), local.settings.len()), ("local", 1));
    assert_eq!(stack(&workspace, "network").tool, Tool::External);
}

#[test]
fn each_kind_of_input_is_decoded() {
    let workspace = sound(FULL);
    let app = stack(&workspace, "app");
    let reference = |name| match &input(app, name).source {
        Source::Registry(Target::Output(reference)) | Source::Run(Target::Output(reference)) => reference.to_string(),
        other => panic!("{other:?}"),
    };
    assert_eq!(reference("vpc_id"), "network.vpc_id");
    assert_eq!(reference("first"), "job.subnets[0].id");
    assert_eq!(reference("image"), "job.image");
    let zone = input(app, "zone_id");
    assert_eq!(reference("zone_id"), "platform/dns.zone_id");
    assert_eq!((zone.version.as_deref(), zone.environment.as_ref().unwrap().as_str()), (Some("^2"), "global"));
    assert_eq!(zone.place.to_string(), "stacks/app/stack.yaml:5:12");
    let Source::Registry(Target::Tagged(peers)) = &input(app, "peers").source else { panic!() };
    assert_eq!((peers.tag.as_str(), peers.output.as_str(), peers.as_map), ("web", "url", true));
    let cidrs = &input(app, "cidrs").transform;
    assert_eq!((cidrs.join.as_deref(), cidrs.format.as_deref()), (Some(","), Some("[{value}]")));
    assert!(input(app, "alarm").optional);
    assert_eq!(input(app, "password").source, Source::Secret(Secret::Env("DB_PASSWORD".into())));
    assert_eq!(input(app, "cert").source, Source::Secret(Secret::File("stacks/cert.pem".into())));
    let command = ["pass", "show", "x y"].map(str::to_owned).to_vec();
    assert_eq!(input(app, "token").source, Source::Secret(Secret::Command(command)));
    let Source::Value(value) = &input(app, "name").source else { panic!() };
    let json = value.to_json().unwrap().to_string();
    assert_eq!(json, r#"{"list":[1,1.50,true,null],"text":"app-{environment}"}"#);
}

#[test]
fn states_lookups_and_promises_are_decoded() {
    let workspace = sound(
        r#"
== seam.yaml
system: shop
environments: {dev: {}}
defaults: {tool: external}
== db/stack.yaml
contract: {lookups: {subnet: {kind: aws_subnet, tags: {tier: [private, public], zone: a}}}}
== app/stack.yaml
inputs:
  host: {state: "db.hosts[0].name"}
  legacy: {state: {backend: s3, config: {bucket: b, key: "{environment}/k"}}, output: "vpc.id"}
  own: {lookup: {kind: aws_subnet, name: "a-*", tags: {tier: private}, many: true, from: shop/db}, select: "tags.tier"}
  other: {lookup: {kind: aws_vpc, from: platform/net}}
"#,
    );
    let app = stack(&workspace, "app");
    let Source::State(host) = &input(app, "host").source else { panic!() };
    assert_eq!(host.to_string(), "db.hosts[0].name");
    let Source::ExternalState(legacy) = &input(app, "legacy").source else { panic!() };
    assert_eq!((legacy.words().as_str(), legacy.output.as_str()), ("s3 b/{environment}/k", "vpc"));
    assert_eq!((legacy.path.to_string(), legacy.backend.place.line), (".id".to_owned(), 3));
    let Source::Lookup(own) = &input(app, "own").source else { panic!() };
    assert_eq!((own.lookup.words().as_str(), own.many), ("aws_subnet a-* tier=private", true));
    assert_eq!(own.from, Some((None, "db".parse().unwrap())), "the own system is none");
    assert_eq!(input(app, "own").transform.select.as_ref().unwrap().to_string(), ".tags.tier");
    let Source::Lookup(other) = &input(app, "other").source else { panic!() };
    assert_eq!(other.from, Some((Some("platform".parse().unwrap()), "net".parse().unwrap())));
    let rule = &stack(&workspace, "db").contract.as_ref().unwrap().lookups["subnet"];
    assert_eq!(rule.words(), "aws_subnet tier=private|public zone=a");
}

#[test]
fn contracts_and_declared_uses_are_decoded_whole() {
    let workspace = sound(
        r#"
== seam.yaml
system: shop
environments: {dev: {}}
defaults: {tool: external}
== orders/stack.yaml
contract:
  version: 1.4.0
  outputs:
    url: {type: string, format: uri, deprecated: {since: 1.3.0, use: base_url, sunset: 2027-02-01}}
    totals: {type: array, items: {type: number, minimum: 0.5}, uniqueItems: true, sensitive: true}
    price: {$ref: ../schemas/money.json}
  lookups: {subnet: {kind: aws_subnet, name: "{environment}-*"}}
  api: api/openapi.yaml
  events: {order.created: {type: com.acme.order.created, key: order_id, schema: {$ref: ../schemas/order.json}}}
  tables: {orders: {columns: {id: {type: string}, total: {type: [number, "null"]}}, key: [id]}}
== shop/stack.yaml
uses:
  - {api: orders, operations: [getOrder, "GET /orders"], fields: ["items[].sku"], version: "^1.2"}
  - {event: other/orders.order.created}
  - {table: orders.orders, columns: [id]}
"#,
    );
    let contract = stack(&workspace, "orders").contract.clone().unwrap();
    assert_eq!(contract.api.as_ref().unwrap().path, Path::new("orders/api/openapi.yaml"));
    assert_eq!(
        contract.to_json(),
        json!({
            "version": "1.4.0",
            "outputs": {
                "url": {"type": "string", "format": "uri",
                        "deprecated": {"since": "1.3.0", "use": "base_url", "sunset": "2027-02-01"}},
                "totals": {"type": "array", "items": {"type": "number", "minimum": 0.5}, "uniqueItems": true,
                           "sensitive": true},
                "price": {"$ref": "../schemas/money.json"}},
            "lookups": {"subnet": {"kind": "aws_subnet", "name": "{environment}-*", "tags": {}}},
            "events": {"order.created": {"type": "com.acme.order.created", "key": "order_id",
                                         "schema": {"$ref": "../schemas/order.json"}}},
            "tables": {"orders": {"columns": {"id": {"type": "string"}, "total": {"type": ["number", "null"]}},
                                  "key": ["id"]}},
        })
    );
    let [api, event, table] = &stack(&workspace, "shop").uses[..] else { panic!() };
    let operations = ["getOrder", "GET /orders"].map(Into::into).into();
    let fields = vec!["items[].sku".to_owned()];
    assert_eq!((api.what.clone(), api.range.as_deref()), (UsedPart::Api { operations, fields }, Some("^1.2")));
    let (event_name, fields) = ("order.created".to_owned(), vec![]);
    assert_eq!(event.what, UsedPart::Event { event: event_name, fields });
    assert_eq!(event.system.as_ref().unwrap().as_str(), "other");
    assert_eq!(table.what, UsedPart::Table { table: "orders".into(), columns: vec!["id".into()] });
}

#[test]
fn walking_stops_at_other_workspaces_and_never_follows_links() {
    let folder = crate::write_files(
        "== seam.yaml\nsystem: a\nenvironments: {dev: }\ndefaults: {tool: external}\n\
         == stack.yaml\nname: top\n\
         == a/stack.yaml\n== a/deep/er/stack.yaml\nname: inner\n\
         == b/seam.yaml\nsystem: b\n== b/x/stack.yaml\n\
         == .seam/cache/m/stack.yaml\n== .git/x/stack.yaml\n== a/node_modules/x/stack.yaml\n== a/.terraform/x/stack.yaml\n\
         == .gitignore\ndist/\n== dist/copy/stack.yaml\n== old/stack.yml\n",
    );
    std::os::unix::fs::symlink("..", folder.path().join("a/loop")).unwrap();
    let loaded = load(folder.path());
    assert_eq!(
        rendered(&loaded.findings),
        "S0018 old/stack.yml this file is not read: the name is `stack.yaml` > rename it to stack.yaml\n"
    );
    let names: Vec<String> = loaded.workspace.unwrap().stacks.keys().map(ToString::to_string).collect();
    assert_eq!(names, ["a", "inner", "top"]);
    assert_eq!(find(&folder.path().join("a/deep")).as_deref(), Some(folder.path()));
    assert_eq!(find(&folder.path().join("b/x")), Some(folder.path().join("b")));
}

#[test]
fn an_unusable_seam_yaml_does_not_hide_what_is_wrong_with_stacks() {
    let loaded = load_text("== seam.yaml\nsystem: [a\n== a/stack.yaml\ninputz: {}\n");
    assert!(loaded.workspace.is_none());
    let codes: Vec<&str> = loaded.findings.iter().map(|finding| finding.code.id).collect();
    assert_eq!(codes, ["S0007", "S0001"]);
}
