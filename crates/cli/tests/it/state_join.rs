//! Inputs that read a state directly: of a stack of the workspace, of one that only its place is known
//! of, in a file and on a server; and what is said where it cannot be read.

use crate::harness::{Harness, terraform};
use crate::runs::APPLY;
use serde_json::{Value as Json, json};
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

const SEAM: &str = "system: shop\nenvironments: {dev: {}}\ndefaults: {tool: terraform}\n";

/// A database whose endpoint and password depend on `size`.
const DATABASE: &str = r#"
resource "terraform_data" "db" { input = "v1" }
output "endpoint" { value = { host = "db-${terraform_data.db.output}", ports = [5432, 5433] } }
output "password" {
  value     = "hush-hush-hush"
  sensitive = true
}
"#;

/// A stack whose output `all` is everything that it was given.
fn consumer(harness: &Harness, inputs: &str) {
    harness.write("stacks/all/stack.yaml", format!("tool: exec\nexec: {{apply: [sh, apply.sh]}}\n{inputs}"));
    harness.write(
        "stacks/all/apply.sh",
        "printf '{\"all\": {\"value\": %s, \"sensitive\": false}}' \"$(cat \"$SEAM_INPUTS\")\" > \"$SEAM_OUTPUTS\"\n",
    );
}

fn given(harness: &Harness) -> Json {
    harness.json(&["output", "all", "all", "-e", "dev", "--json"])
}

fn step(plan: &Json, stack: &str) -> Json {
    let address = format!("shop/{stack}/dev");
    plan["steps"].as_array().unwrap().iter().find(|step| step["address"] == *address).unwrap().clone()
}

/// A state of version 4 with these outputs.
fn state(outputs: &Json) -> String {
    let outputs: serde_json::Map<String, Json> = outputs
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, value)| (name.clone(), json!({"value": value, "type": "string"})))
        .collect();
    json!({"version": 4, "terraform_version": "1.11.4", "serial": 1, "lineage": "l", "outputs": outputs,
           "resources": [{"mode": "managed", "type": "x", "instances": []}]})
    .to_string()
}

/// Serves what `answer` holds, a status and a body, and remembers each request's head.
struct Server {
    address: String,
    answer: Arc<Mutex<(u16, String)>>,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn new(body: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let (answer, heads) = (Arc::new(Mutex::new((200, body))), Arc::new(Mutex::new(Vec::new())));
        let server = Self { address, answer: Arc::clone(&answer), heads: Arc::clone(&heads) };
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
                let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
                heads.lock().unwrap().push(head.join("\n"));
                let (status, body) = answer.lock().unwrap().clone();
                let _ = write!(
                    stream,
                    "HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                    body.len()
                );
            }
        });
        server
    }

    fn answers(&self, status: u16, body: &str) {
        *self.answer.lock().unwrap() = (status, body.to_owned());
    }
}

#[test]
fn a_state_of_the_workspace_is_read_without_a_publication() {
    if terraform().is_none() {
        return;
    }
    let harness = Harness::new();
    harness.write("seam.yaml", SEAM);
    harness.stack("database", "", DATABASE);
    consumer(
        &harness,
        "inputs:\n  port: {state: \"database.endpoint.ports[0]\"}\n  host: {state: database.endpoint, select: host, format: \"{value}:1\"}\n  ports: {state: database.endpoint.ports, join: \",\"}\n  password: {state: database.password}\n",
    );
    harness.seam(&["apply", "-e", "dev", "--yes", "all"]).exits(1).says(&[
        "S0313",
        "stacks/all/stack.yaml:4:",
        "`all...` takes all into the run",
    ]);

    // Both at once: what is not there yet is unknown, and the order is right.
    let plan = harness.json(&["plan", "-e", "dev", "--json"]);
    assert_eq!(step(&plan, "all")["inputs"]["host"]["status"], "unknown");
    assert_eq!(step(&plan, "all")["inputs"]["host"]["pattern"], "state");
    harness.ok(&APPLY);
    let expected = json!({"port": 5432, "host": "db-v1:1", "ports": "5432,5433", "password": "hush-hush-hush"});
    assert_eq!(given(&harness), expected);
    let plan = harness.json(&["plan", "-e", "dev", "--json"]);
    assert_eq!(step(&plan, "all")["action"], "skip");
    assert_eq!(
        step(&plan, "all")["inputs"]["password"],
        json!({"status": "applied", "sensitive": true,
        "pattern": "state", "from": "shop/database/dev", "output": "password"})
    );

    // A change of the provider reaches it in the same run, and in a run of its own.
    harness.edit("stacks/database/main.tf", "\"v1\"", "\"v2\"");
    harness.ok(&APPLY).says(&["2 applied"]);
    assert_eq!(given(&harness)["host"], "db-v2:1");
    harness.edit("stacks/database/main.tf", "\"v2\"", "\"v3\"");
    harness.ok(&["apply", "-e", "dev", "--yes", "database"]);
    assert_eq!(harness.status("all")["state"], "changed");
    harness.ok(&["apply", "-e", "dev", "--yes", "all"]);
    assert_eq!(given(&harness)["host"], "db-v3:1");

    // It is a use like any other, and an edge of the graph.
    harness
        .seam(&["destroy", "-e", "dev", "--yes", "database"])
        .exits(3)
        .says(&["S0502", "shop/all/dev reads `endpoint`"]);
    harness.seam(&["graph"]).exits(0);
    let graph = harness.json(&["graph", "--json"]);
    assert!(graph["links"].as_array().unwrap().iter().all(|link| link["pattern"] == "state"), "{graph}");
    assert!(harness.ok(&["graph"]).stdout.contains("password ← database.password (state)"));
}

#[test]
fn a_state_of_the_workspace_is_read_as_it_is() {
    if terraform().is_none() {
        return;
    }
    let harness = Harness::new();
    harness.write("seam.yaml", SEAM);
    harness.stack("database", "", DATABASE);
    consumer(&harness, "inputs:\n  host: {state: database.endpoint.host}\n");
    harness.ok(&APPLY);
    let file = harness.path(".seam/state/dev/database.tfstate");
    let good = std::fs::read_to_string(&file).unwrap();

    // What somebody else wrote to the state is read, although nobody published it.
    std::fs::write(&file, good.replace("\"db-v1\"", "\"db-elsewhere\"")).unwrap();
    harness.ok(&["apply", "-e", "dev", "--yes", "all"]);
    assert_eq!(given(&harness)["host"], "db-elsewhere");

    let lineage = serde_json::from_str::<Json>(&good).unwrap()["lineage"].as_str().unwrap().to_owned();
    let broken = [
        (good.replace(&lineage, "another"), "S0306", "is another one"),
        (good.replace("\"version\": 4", "\"version\": 3"), "S0308", "version 3"),
        (good[..good.len() / 2].to_owned(), "S0308", "it ends in the middle"),
        (good.replace("\"endpoint\"", "\"endpiont\""), "S0407", "did you mean `endpiont`?"),
    ];
    for (text, code, words) in broken {
        std::fs::write(&file, text).unwrap();
        let refused = harness.seam(&["apply", "-e", "dev", "--yes", "all"]).exits(1);
        refused.says(&[code, words, "stacks/all/stack.yaml:4:"]);
    }
    std::fs::write(&file, &good).unwrap();
    std::fs::write(file.with_file_name(".database.tfstate.lock.info"), r#"{"Who": "ann@host"}"#).unwrap();
    let locked = harness.seam(&["apply", "-e", "dev", "--yes", "all"]).exits(1);
    locked.says(&["S0314", "being written by ann@host", "stacks/all/stack.yaml:4:"]);
}

#[test]
fn a_state_of_others_is_read_at_its_place() {
    let mut harness = Harness::new();
    harness.write(
        "seam.yaml",
        "system: shop\nenvironments: {dev: {}}\ndefaults: {tool: exec}\npass_env: [\"TF_HTTP_*\"]\n",
    );
    harness.write("stacks/legacy-dev.tfstate", state(&json!({"vpc_id": "vpc-1"})));
    let server = Server::new(state(&json!({"zone": "z-1"})));
    let address = &server.address;
    consumer(
        &harness,
        &format!(
            "inputs:\n  vpc: {{state: {{backend: local, config: {{path: \"../legacy-{{environment}}.tfstate\"}}}}, output: vpc_id}}\n  zone: {{state: {{backend: http, config: {{address: \"{address}/state?token=abc\"}}}}, output: zone}}\n  none: {{state: {{backend: local, config: {{path: ../none.tfstate}}}}, output: x, optional: true}}\n"
        ),
    );
    harness.var("TF_HTTP_USERNAME", "me");
    harness.var("TF_HTTP_PASSWORD", "hush");
    harness.ok(&APPLY);
    assert_eq!(given(&harness), json!({"vpc": "vpc-1", "zone": "z-1"}));
    assert!(server.heads.lock().unwrap().last().unwrap().contains("Basic bWU6aHVzaA=="), "me:hush in base64");
    let asked = server.heads.lock().unwrap().len();
    harness.ok(&APPLY).says(&["1 unchanged"]);
    assert_eq!(server.heads.lock().unwrap().len(), asked + 1, "a state is read once a run");

    let graph = harness.json(&["graph", "--json"]);
    let zone = graph["links"].as_array().unwrap().iter().find(|link| link["input"] == "zone").unwrap();
    assert_eq!(zone["provider"], format!("http {address}/state"), "without the token");
    assert_eq!((&zone["external"], &zone["pattern"]), (&json!(true), &json!("state")));
    assert!(harness.ok(&["graph"]).stdout.contains("vpc ← vpc_id of local ../legacy-{environment}.tfstate"));

    server.answers(200, &state(&json!({"zone": "z-2"})));
    harness.ok(&APPLY);
    assert_eq!(given(&harness)["zone"], "z-2");
    for (status, body, code, words) in [
        (401, "", "S0314", "refuses the credentials (401)"),
        (404, "", "S0313", "there is no state at"),
        (423, "", "S0314", "is locked (423)"),
        (200, "<html>Sign in</html>", "S0308", "it is a web page"),
        (200, "", "S0308", "it is empty"),
    ] {
        server.answers(status, body);
        let refused = harness.seam(&APPLY).exits(1);
        refused.says(&[code, words, "stacks/all/stack.yaml:5:"]);
    }
}

#[test]
fn what_only_a_tool_can_read_is_read_by_it_once_a_run() {
    let Some(harness) = crate::runs::workspace() else { return };
    crate::runs::count_calls(&harness);
    let server = Server::new(state(&json!({"zone": "z-1", "key": "hush-hush-hush"})));
    let place = format!("{{backend: http, config: {{address: \"{}\", skip_cert_verification: true}}}}", server.address);
    consumer(
        &harness,
        &format!("inputs:\n  zone: {{state: {place}, output: zone}}\n  twice: {{state: {place}, output: zone}}\n"),
    );
    let calls = || {
        let calls = std::fs::read_to_string(harness.root().join("calls")).unwrap_or_default();
        let words = calls.lines().map(|line| line.split(' ').next().unwrap().to_owned());
        words.filter(|word| word != "version").collect::<Vec<_>>()
    };
    harness.ok(&APPLY);
    assert_eq!(given(&harness), json!({"zone": "z-1", "twice": "z-1"}));
    assert_eq!(calls(), ["init", "state"]);
    let status = harness.status("all");
    assert_eq!(
        (&status["state"], &status["reason"]),
        (&json!("current"), &json!("up to date · state in http not compared"))
    );
    assert_eq!(calls().len(), 2);
    harness.ok(&APPLY).says(&["1 unchanged"]);
    server.answers(200, &state(&json!({"zone": "z-2"})));
    harness.ok(&["plan", "-e", "dev"]);
    harness.ok(&APPLY);
    assert_eq!(given(&harness)["zone"], "z-2");
    assert_eq!(calls().len(), 8, "two a run");
    let left = crate::harness::files_with(&harness.path(".seam/runs"), b"hush-hush-hush");
    assert!(left.is_empty(), "{left:?}");

    server.answers(404, "");
    harness.seam(&APPLY).exits(1).says(&["S0313", "stacks/all/stack.yaml:4:"]);
}

#[test]
fn what_has_no_state_here_is_said_with_the_way_on() {
    let harness = Harness::new();
    harness.write("seam.yaml", "system: shop\nenvironments: {dev: {}}\ndefaults: {tool: exec}\n");
    harness.write("stacks/build/stack.yaml", "exec: {apply: [\"true\"]}\n");
    consumer(
        &harness,
        "inputs:\n  a: {state: build.image}\n  b: {state: platform/dns.zone}\n  c: {state: {backend: s3}}\n  d: {state: nowhere.x}\n  e: {state: \"tag:app.url\"}\n",
    );
    harness.seam(&["check"]).exits(1).says(&[
        "S0109",
        "`build` has no state that Seam reads: its tool is exec",
        "use `registry: build.image`",
        "of the system `platform` is not read",
        "add `output: NAME` beside `state`",
        "there is no stack `nowhere`",
        "a fan-in does not read states",
    ]);
}

#[test]
fn what_was_sealed_stays_so_where_the_state_has_it_in_clear() {
    let Some(mut harness) = crate::runs::workspace() else { return };
    harness.var("PASSWORD", "hush-hush-hush");
    harness.stack(
        "database",
        "inputs: {password: {secret: {env: PASSWORD}}}\n",
        "variable \"password\" {}\noutput \"url\" {\n  value = \"db://${var.password}@h\"\n}\n",
    );
    let read = "variable \"url\" {}\noutput \"url\" {\n  value = var.url\n}\n";
    harness.stack("app", "inputs: {url: {state: database.url}}\n", read);
    harness.ok(&APPLY);
    harness.edit("stacks/app/main.tf", "value = var.url", "value = \"${var.url}/db\"");
    let plan = harness.ok(&["plan", "-e", "dev", "--full", "--json", "app"]);
    assert_eq!(step(&plan.json(), "app")["inputs"]["url"]["sensitive"], true);
    harness.ok(&["apply", "-e", "dev", "--yes", "app"]);
    assert!(!plan.stdout.contains("hush"), "{}", plan.stdout);
    let in_clear = crate::harness::files_with(&harness.path(".seam"), b"hush-hush");
    assert!(in_clear.iter().all(|path| path.starts_with(harness.path(".seam/state"))), "{in_clear:?}");
}
