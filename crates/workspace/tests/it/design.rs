//! The example of the design, as far as it is built.

use crate::{load_text, rendered};
use seam_model::codes;

#[test]
fn the_example_says_what_is_not_built_yet() {
    let findings = load_text(EXAMPLE).findings;
    assert!(findings.iter().all(|finding| finding.code == codes::NOT_YET));
    let places: Vec<String> =
        rendered(&findings).lines().map(|line| line.split(' ').skip(1).take(2).collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(
        places,
        ["seam.yaml:5:11 [promotes_from]", "seam.yaml:6:13 [promotes_from]", "seam.yaml:6:35 [isolation]",]
    );
}

const EXAMPLE: &str = r#"
== seam.yaml
system: shop
registry: .seam/registry.db           # default; or https://seam.example.com; or {static: https://cdn.example.com/registry}
environments:
  dev:   {config: config/dev.yaml}
  stage: {promotes_from: dev, account: "111111111111", region: eu-west-1}
  prod-eu: {promotes_from: stage, isolation: account, account: "222222222222", region: eu-west-1,
          env: {AWS_PROFILE: prod-admin}, approve: true}
defaults:
  terraform: {backend: {type: s3, bucket: "acme-{environment}", key: "{system}/{stack}.tfstate"}}
teams: {net: [network, dns], checkout: [app]}
== config/dev.yaml
replicas: 1
== config/prod-eu.yaml
replicas: 3
== stacks/app/stack.yaml
name: app                             # default: the folder's name; unique in the system
tool: terraform                       # default: defaults.tool; recorded at the first success, another tool is refused
source: .                             # where the code is; several stacks may share one module folder
environments: [dev, "prod-*"]         # default: all
inputs:
  vpc_id:   network.vpc_id                                          # short for {registry: network.vpc_id}
  zone_id:  {registry: platform/dns.zone_id, version: "^2", environment: global}
  first:    {registry: "network.subnets[0].id"}                     # a path: recorded as what is really read
  db_host:  {state: database.endpoint}
  legacy:   {state: {backend: s3, config: {bucket: b, key: k}}, output: vpc_id}      # an external stack
  subnets:  {lookup: {kind: aws_subnet, tags: {tier: private}, many: true}, select: id}
  image:    {run: build.image_digest}
  peers:    {registry: "tag:app.url", many: true}                   # fan-in
  cidrs:    {registry: network.cidrs, join: ","}                    # join, format: pure, work on unknowns
  alarm:    {registry: monitoring.topic, optional: true}            # absent: the variable is not set at all
  password: {secret: {env: DB_PASSWORD}}                            # or file, command, registry
  replicas: {config: replicas}                                      # from the layered configuration
  name:     {value: "app-{environment}"}
in: {prod-eu: {inputs: {replicas: {value: 9}}}}                     # differences in one environment
after: [monitoring]                   # order without data
tags: [pci]
sources: ["../../dist/app.zip"]       # files read that cannot be seen in the code
contract:
  version: 1.4.0
  outputs:
    url:      {type: string, format: uri}
    password: {type: string, sensitive: true}
  lookups:
    subnet:   {kind: aws_subnet, tags: {tier: [private, public]}}
== stacks/app/main.tf
variable "vpc_id" {}
variable "zone_id" {}
variable "first" {}
variable "db_host" {}
variable "legacy" {}
variable "subnets" {}
variable "image" {}
variable "peers" {}
variable "cidrs" {}
variable "alarm" {}
variable "password" {}
variable "replicas" {}
variable "name" {}
output "url" { value = 1 }
output "password" { value = 1 }
== stacks/network/stack.yaml
tool: external
== stacks/dns/stack.yaml
tool: external
== stacks/monitoring/stack.yaml
tool: external
"#;
