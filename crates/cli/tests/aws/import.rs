//! States in S3: taken in where the registry is gone, moved there and from key to key, and apart by
//! their TF workspaces. The backend is part of Terraform and so is the resource: no plugin is called.

use crate::harness::{Harness, terraform};
use crate::moto::Moto;
use serde_json::{Value as Json, json};
use std::fs;

const ACCOUNT: &str = "111111111111";
const REGION: &str = "eu-west-1";
const BUCKET: &str = "states";
const APPLY: [&str; 4] = ["apply", "-e", "dev", "--yes"];
const IMPORT: [&str; 5] = ["import", "-e", "dev", "--yes", "--json"];

const NETWORK: &str = r#"
resource "terraform_data" "vpc" { input = "vpc of ${terraform.workspace}" }
output "vpc_id" { value = terraform_data.vpc.id }
"#;
const APP: &str =
    "variable \"vpc_id\" {\n  type = string\n}\nresource \"terraform_data\" \"it\" { input = var.vpc_id }\n";

/// `app` reads what `network` provides, with a server that has an empty bucket.
struct Shop {
    harness: Harness,
    moto: Moto,
}

impl Shop {
    fn new(settings: &str) -> Option<Self> {
        terraform()?;
        let harness = Harness::new();
        let moto = Moto::start(&harness)?;
        moto.make_bucket(ACCOUNT, REGION, BUCKET);
        harness.stack("network", "{}\n", NETWORK);
        harness.stack("app", "inputs: {vpc_id: network.vpc_id}\n", APP);
        let shop = Self { harness, moto };
        shop.set_backend(settings);
        Some(shop)
    }

    /// The settings of all states from now on; none for files on this machine.
    fn set_backend(&self, settings: &str) {
        let (key, url) = (self.moto.key_of(ACCOUNT, REGION), format!("http://{}", self.moto.address()));
        let env = format!("AWS_ACCESS_KEY_ID: {key}, AWS_SECRET_ACCESS_KEY: secret, AWS_ENDPOINT_URL_S3: \"{url}\"");
        let environments = format!("dev: {{env: {{{env}}}}}, prod: {{env: {{{env}}}}}");
        let more = "use_path_style: true, skip_credentials_validation: true, skip_requesting_account_id: true, \
                    skip_metadata_api_check: true, use_lockfile: true";
        let backend = match settings {
            "" => String::new(),
            settings => format!(
                "  terraform:\n    backend: {{type: s3, bucket: {BUCKET}, region: {REGION}, {more}, {settings}}}\n"
            ),
        };
        let seam = format!("system: shop\nenvironments: {{{environments}}}\ndefaults:\n  tool: terraform\n{backend}");
        self.harness.write("seam.yaml", seam);
    }

    fn state(&self, key: &str) -> Json {
        self.moto.object(ACCOUNT, REGION, &format!("/{BUCKET}/{key}"))
    }

    /// What the import did with `network`.
    fn import(&self) -> Json {
        let done = self.harness.json(&IMPORT);
        let rows = done["instances"].as_array().unwrap();
        rows.iter().find(|row| row["address"] == "shop/network/dev").unwrap().clone()
    }

    /// The next apply plans and changes nothing, and the one after it does not even plan.
    fn applies_nothing(&self) {
        let before = self.state("one/dev/network");
        self.harness.ok(&APPLY).says(&["2 unchanged"]);
        self.harness.ok(&APPLY).says(&["2 unchanged", "nothing it reads changed", "state in s3 not compared"]);
        assert_eq!(self.state("one/dev/network"), before);
    }
}

#[test]
fn a_registry_that_is_gone_with_states_in_s3() {
    let Some(shop) = Shop::new("key: \"one/{environment}/{stack}\"") else { return };
    shop.harness.ok(&APPLY);
    fs::remove_dir_all(shop.harness.path(".seam")).unwrap();
    let place = "s3 (bucket states, key one/dev/network, region eu-west-1";
    shop.harness.seam(&["plan", "network", "-e", "dev"]).exits(1).says(&["error[S0305]", place]);
    let network = shop.import();
    assert_eq!((&network["action"], &network["resources"]), (&json!("adopted"), &json!(1)));
    shop.applies_nothing();
    assert_eq!(shop.import()["action"], "unchanged");
}

#[test]
fn states_move_to_s3_and_from_key_to_key() {
    let Some(shop) = Shop::new("") else { return };
    shop.harness.ok(&APPLY);
    let local = shop.harness.path(".seam/state/dev/network.tfstate");
    let state: Json = serde_json::from_slice(&fs::read(&local).unwrap()).unwrap();

    shop.set_backend("key: \"one/{environment}/{stack}\"");
    shop.harness.seam(&APPLY).exits(1).says(&["error[S0307]", "seam import network -e dev"]);
    let network = shop.import();
    assert_eq!((&network["action"], &network["lineage"]), (&json!("moved"), &state["lineage"]));
    assert!(!local.exists());
    shop.applies_nothing();

    shop.set_backend("key: \"two/{environment}/{stack}\"");
    shop.harness.seam(&APPLY).exits(1).says(&["error[S0307]", "key one/dev/network", "key two/dev/network"]);
    let old = shop.state("one/dev/network");
    assert_eq!(shop.import()["action"], "moved");
    assert_eq!(shop.state("two/dev/network")["lineage"], state["lineage"]);
    assert_eq!(shop.state("two/dev/network")["resources"], state["resources"]);
    assert_eq!(shop.state("one/dev/network"), old, "the old copy stays");
    shop.applies_nothing();
}

#[test]
fn environments_on_one_key_are_apart_by_their_tf_workspaces() {
    let Some(shop) = Shop::new("key: \"{stack}\"") else { return };
    for (stack, inputs) in [("network", ""), ("app", "inputs: {vpc_id: network.vpc_id}\n")] {
        shop.harness.write(&format!("stacks/{stack}/stack.yaml"), format!("workspace: \"{{environment}}\"\n{inputs}"));
    }
    for environment in ["dev", "prod"] {
        shop.harness.ok(&["apply", "-e", environment, "--yes"]).says(&["2 applied"]);
    }
    let vpc =
        |environment: &str| shop.state(&format!("env:/{environment}/network"))["resources"][0]["instances"][0].clone();
    assert_eq!(vpc("dev")["attributes"]["input"]["value"], "vpc of dev");
    assert_eq!(vpc("prod")["attributes"]["input"]["value"], "vpc of prod");
    assert_eq!(shop.state("network"), Json::Null);
    shop.applies_nothing();
    shop.harness.ok(&["destroy", "-e", "prod", "--yes"]);
    assert_eq!(vpc("prod"), Json::Null);
    shop.applies_nothing();

    // Into a TF workspace that nobody made yet.
    shop.set_backend("key: \"moved/{stack}\"");
    assert_eq!(shop.import()["action"], "moved");
    assert_eq!(shop.state("moved/network"), Json::Null);
    assert_eq!(shop.state("env:/dev/moved/network")["lineage"], shop.state("env:/dev/network")["lineage"]);
    shop.applies_nothing();
}
