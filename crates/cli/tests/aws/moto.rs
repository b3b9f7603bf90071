//! The server `moto`, which stands in for AWS: one of its own for a test, on a free port of this
//! machine, and gone with the test however it ends.

use crate::harness::{Harness, wait_for};
use crate::http::Request;
use serde_json::Value as Json;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

/// A server that runs until it is dropped.
pub struct Moto {
    address: SocketAddr,
    shell: Child,
}

impl Moto {
    /// Starts the server; `None` where it is not installed and the test is skipped.
    pub fn start(harness: &Harness) -> Option<Self> {
        let program = program()?;
        let log = harness.root().join("moto");
        // The shell's input ends with this process, however that ends, and then it ends the server.
        let script = r#""$0" -H 127.0.0.1 -p 0 > /dev/null 2> "$1" & cat > /dev/null; kill $!"#;
        let mut command =
            harness.command_of("sh", &["-c".as_ref(), script.as_ref(), program.as_os_str(), log.as_os_str()]);
        let shell = command.stdin(Stdio::piped()).spawn().unwrap();
        let address = wait_for("moto", || {
            let said = fs::read_to_string(&log).ok()?;
            let (_, rest) = said.split_once("Running on http://")?;
            let (address, _) = rest.split_once('\n')?;
            address.trim().parse().ok()
        });
        Some(Self { address, shell })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Makes the bucket of an account's states, which is there before any stack is.
    pub fn make_bucket(&self, account: &str, region: &str, bucket: &str) {
        let key = self.key_of(account, region);
        let place = format!(
            "<CreateBucketConfiguration><LocationConstraint>{region}</LocationConstraint></CreateBucketConfiguration>"
        );
        self.call(&format!("PUT /{bucket} HTTP/1.1"), &key, (region, "s3"), "xml", &place);
    }

    /// An object of a bucket, in JSON; null where it is not there.
    pub fn object(&self, account: &str, region: &str, path: &str) -> Json {
        let key = self.key_of(account, region);
        let answer = self.send(&format!("GET {path} HTTP/1.1"), &key, (region, "s3"), "xml", "");
        if answer.starts_with("HTTP/1.1 404") { Json::Null } else { body(&answer) }
    }

    /// Everything that it holds, by service and kind.
    pub fn data(&self) -> Json {
        body(&self.call("GET /moto-api/data.json HTTP/1.1", "", ("", ""), "json", ""))
    }

    /// Forgets everything.
    pub fn reset(&self) {
        self.call("POST /moto-api/reset HTTP/1.1", "", ("", ""), "json", "");
    }

    /// An access key of the account.
    pub fn key_of(&self, account: &str, region: &str) -> String {
        let role = format!("arn:aws:iam::{account}:role/deploy");
        let form = format!("Action=AssumeRole&Version=2011-06-15&RoleSessionName=bucket&RoleArn={role}");
        let given = self.call("POST / HTTP/1.1", "AKIABASE", (region, "sts"), "x-www-form-urlencoded", &form);
        given.split_once("<AccessKeyId>").and_then(|(_, rest)| rest.split('<').next()).unwrap().to_owned()
    }

    fn call(&self, line: &str, key: &str, scope: (&str, &str), kind: &str, body: &str) -> String {
        let answer = self.send(line, key, scope, kind, body);
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        answer
    }

    /// Moto reads whose key it is, and not whether it signed.
    fn send(&self, line: &str, key: &str, (region, service): (&str, &str), kind: &str, body: &str) -> String {
        let scope = format!("{key}/20260101/{region}/{service}/aws4_request");
        let headers = [
            ("host", self.address.to_string()),
            ("authorization", format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0")),
            ("content-type", format!("application/{kind}")),
            ("content-length", body.len().to_string()),
        ];
        let headers = headers.map(|(name, value)| (name.to_owned(), value)).into();
        let answer = Request { line: line.to_owned(), headers, body: body.into() }.send(self.address).unwrap();
        String::from_utf8(answer).unwrap()
    }
}

fn body(answer: &str) -> Json {
    serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
}

impl Drop for Moto {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        let _ = self.shell.wait();
    }
}

/// Where `cargo xtask test` installs it: a Python environment of its own in the target folder.
fn program() -> Option<PathBuf> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let program = target.join("moto/bin/moto_server");
    if program.is_file() {
        return Some(program);
    }
    println!("skipped: moto is not installed in {}", target.display());
    None
}
