//! The shop of `examples/shop-aws` as the test's own workspace, with everything that AWS and the
//! plugin need around it.

use crate::harness::{Answer, Harness, terraform};
use crate::moto::Moto;
use crate::proxy::Proxy;
use serde_json::Value as Json;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Environment, account, region.
pub const ENVIRONMENTS: [(&str, &str, &str); 2] =
    [("dev", "111111111111", "eu-west-1"), ("prod", "222222222222", "eu-central-1")];

/// A key of whoever starts the tests, which must never be used.
pub const STRAY_KEY: &str = "AKIASTRAY";

/// What a plugin is waited for comes within this time, or never: it takes seconds to start, and far
/// more on a machine that is busy.
pub const PLUGIN_PATIENCE: Duration = Duration::from_secs(300);

/// One shop at a time: each has two plugins at work.
static TURN: Mutex<()> = Mutex::new(());

/// The shop, and what stands in for AWS.
pub struct Shop {
    pub harness: Harness,
    /// The way to AWS of each environment, by its name: nobody else goes it.
    pub ways: BTreeMap<&'static str, Proxy>,
    /// How many calls of `terraform` were asked for.
    told: Cell<usize>,
    moto: Moto,
    _turn: MutexGuard<'static, ()>,
}

impl Shop {
    /// The shop with nothing applied; `None` where something is missing and the test is skipped.
    pub fn new() -> Option<Self> {
        let (terraform, plugins) = (terraform()?, plugins()?);
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let mut harness = Harness::new();
        let moto = Moto::start(&harness)?;
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/shop-aws"), &harness.path(""));
        harness.edit("seam.yaml", "    approve: true", "    approve: false");
        let ways: BTreeMap<_, _> =
            ENVIRONMENTS.map(|(environment, ..)| (environment, Proxy::start(moto.address()))).into();
        for (environment, account, region) in ENVIRONMENTS {
            moto.make_bucket(account, region, &format!("shop-state-{account}"));
            let (profile, url) = (format!("AWS_PROFILE: shop-{environment}"), ways[environment].url());
            let own = format!("{profile}, AWS_ENDPOINT_URL: \"{url}\", AWS_ENDPOINT_URL_STS: \"{url}\"");
            harness.edit("seam.yaml", &profile, &own);
        }
        set_up(&mut harness, &terraform, &plugins);
        Some(Self { harness, ways, told: Cell::new(0), moto, _turn: turn })
    }

    /// Nothing is applied, and nothing is in AWS.
    pub fn begin_anew(&self) {
        self.moto.reset();
        let _ = fs::remove_dir_all(self.harness.path(".seam"));
        for (_, account, region) in ENVIRONMENTS {
            self.moto.make_bucket(account, region, &format!("shop-state-{account}"));
        }
    }

    /// The state of a stack in an account.
    pub fn state(&self, account: &str, stack: &str) -> Json {
        let region = ENVIRONMENTS.iter().find(|(_, own, _)| *own == account).unwrap().2;
        self.moto.object(account, region, &format!("/shop-state-{account}/{stack}.tfstate"))
    }

    /// What AWS has of the stacks `network` and `database` in an account: id and address in the code.
    pub fn made(&self, account: &str) -> BTreeMap<String, String> {
        let data = self.moto.data();
        let own = |service: &str, kind: &str, account_key: &str, default: &str| -> Vec<Json> {
            let all = data[service][kind].as_array().cloned().unwrap_or_default();
            all.into_iter().filter(|one| one[account_key] == account && one[default] != true).collect()
        };
        let text = |one: &Json, key: &str| one[key].as_str().unwrap_or_default().to_owned();
        let vpcs = own("ec2", "VPC", "owner_id", "is_default");
        let subnets = own("ec2", "Subnet", "owner_id", "default_for_az");
        let tables = own("dynamodb", "Table", "account_id", "is_default");
        let subnet = |one: &Json| format!("aws_subnet.private[\"{}\"]", text(one, "availability_zone"));
        let vpcs = vpcs.iter().map(|one| (text(one, "id"), "aws_vpc.this".to_owned()));
        let subnets = subnets.iter().map(|one| (text(one, "id"), subnet(one)));
        let tables = tables.iter().map(|one| (text(one, "name"), "aws_dynamodb_table.orders".to_owned()));
        vpcs.chain(subnets).chain(tables).collect()
    }

    /// Runs the binary again and again while somebody else is at it (5).
    pub fn seam_when_free(&self, args: &[&str]) -> Answer {
        let deadline = Instant::now() + PLUGIN_PATIENCE;
        loop {
            let answer = self.harness.seam(args);
            if answer.code != 5 {
                return answer;
            }
            assert!(Instant::now() < deadline, "{}", answer.stderr);
            std::thread::park_timeout(Duration::from_millis(200));
        }
    }

    /// The calls of `terraform` since the last question, ordered: `dev plan api`.
    pub fn tools(&self) -> Vec<String> {
        let mut tools = self.all_tools().split_off(self.told.get());
        self.told.set(self.told.get() + tools.len());
        tools.sort();
        tools
    }

    /// All calls of `terraform` in a mirror, in their order.
    pub fn all_tools(&self) -> Vec<String> {
        let text = fs::read_to_string(self.harness.root().join("tools")).unwrap_or_default();
        let short = |line: &str| {
            let (verb, folder) = line.split_once(' ')?;
            let (_, below) = folder.split_once("/mirror/")?;
            let environment = below.split('/').next()?;
            Some(format!("{environment} {verb} {}", below.rsplit('/').next()?))
        };
        text.lines().filter_map(short).collect()
    }
}

/// Where the plugin lies, as a mirror of Terraform's registry.
#[expect(clippy::disallowed_methods, reason = "a test looks where it runs")]
fn plugins() -> Option<PathBuf> {
    let folder = std::env::var("SEAM_TEST_TF_PLUGINS").unwrap_or_else(|_| "/opt/tf-plugins".to_owned());
    let found = Path::new(&folder).join("registry.terraform.io/hashicorp/aws");
    if found.is_dir() {
        return Some(folder.into());
    }
    println!("skipped: no plugin hashicorp/aws in {folder} (SEAM_TEST_TF_PLUGINS)");
    None
}

/// Profiles, the place of plugins, and a program before the real `terraform` that writes down how it
/// is called.
fn set_up(harness: &mut Harness, terraform: &Path, plugins: &Path) {
    let home = harness.root().join("home");
    let mut profiles = "[profile base]\n".to_owned();
    for (environment, account, region) in ENVIRONMENTS {
        let _ = write!(
            profiles,
            "[profile shop-{environment}]\nregion = {region}\nsource_profile = base\n\
             role_arn = arn:aws:iam::{account}:role/deploy\n"
        );
    }
    let mirror = plugins.display();
    for (name, variable, text) in [
        ("aws-config", "AWS_CONFIG_FILE", profiles),
        (
            "aws-credentials",
            "AWS_SHARED_CREDENTIALS_FILE",
            "[base]\naws_access_key_id = AKIABASE\naws_secret_access_key = secret\n".to_owned(),
        ),
        (
            "terraformrc",
            "TF_CLI_CONFIG_FILE",
            format!("provider_installation {{\n  filesystem_mirror {{\n    path = \"{mirror}\"\n  }}\n}}\n"),
        ),
    ] {
        fs::write(home.join(name), text).unwrap();
        harness.var(variable, home.join(name).to_str().unwrap());
    }
    harness.var("AWS_EC2_METADATA_DISABLED", "true");
    harness.var("AWS_ACCESS_KEY_ID", STRAY_KEY);
    harness.var("AWS_SECRET_ACCESS_KEY", "secret");
    let tools = harness.root().join("tools");
    harness.program(
        "terraform",
        &format!("#!/bin/sh\necho \"$1 $PWD\" >> '{}'\nexec '{}' \"$@\"\n", tools.display(), terraform.display()),
    );
}

/// Copies the files of a folder, but for what a run of the example left there.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        if name == ".seam" || name == ".terraform.lock.hcl" {
            continue;
        }
        if path.is_dir() {
            copy(&path, &to.join(name));
        } else {
            fs::copy(path, to.join(name)).unwrap();
        }
    }
}
