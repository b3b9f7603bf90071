//! Reads one output of a state of 200 MB from its file. As Terraform writes it, that may take 1.2
//! times the processor time in which `serde_json` skips the same bytes where they lie in memory
//! already; without white space, which no tool writes, 1.5 times; and 20 MB. To be run with
//! `--release`; exits 1 where a figure is beyond its limit.

#![expect(clippy::disallowed_methods, clippy::print_stdout, reason = "a program reads its surroundings, and prints")]

use seam_process::{Command, Ended, capture};
use seam_tools::state::{Wanted, from_reader};
use serde::de::IgnoredAny;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

const STATE_BYTES: usize = 200_000_000;
const MEMORY_MB_MAX: f64 = 20.0;
const ROUNDS: usize = 5;

fn main() -> ExitCode {
    if let Some(state) = std::env::args_os().nth(1) {
        read(Path::new(&state));
        println!("{}", peak_kb());
        return ExitCode::SUCCESS;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let mut holds = true;
    for (words, indented, ratio_max) in [("as Terraform writes it", true, 1.2), ("without white space", false, 1.5)] {
        let path = folder.path().join("big.tfstate");
        write(&path, indented);
        let ratio = against_skipping(&path);
        holds &= say(&format!("one output of 200 MB, {words}, against skipping"), ratio, ratio_max);
        holds &= say(&format!("MB of memory for it, {words}"), memory_mb(&path), MEMORY_MB_MAX);
    }
    if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn say(what: &str, figure: f64, most: f64) -> bool {
    println!("{what}: {figure:.2} (at most {most}){}", if figure <= most { "" } else { "  BROKEN" });
    figure <= most
}

fn read(path: &Path) {
    let wanted = Wanted { names: Some(&["vpc_id"]), bytes_max: 1 << 20 };
    let state = from_reader(File::open(path).expect("the state"), wanted).expect("a state");
    assert_eq!(state.outputs.expect("outputs")["vpc_id"].value.scalar_text().as_deref(), Some("vpc-1"));
    assert!(state.resources > 1_000);
}

/// How long a read takes against a skip by `serde_json`, the shortest of each.
fn against_skipping(path: &Path) -> f64 {
    let bytes = std::fs::read(path).expect("the state");
    let timed = |act: &dyn Fn()| {
        let start = processor_time();
        act();
        processor_time().saturating_sub(start)
    };
    let (mut ours, mut theirs) = (Duration::MAX, Duration::MAX);
    for _ in 0..ROUNDS {
        theirs = theirs.min(timed(&|| assert!(serde_json::from_slice::<IgnoredAny>(&bytes).is_ok())));
        ours = ours.min(timed(&|| read(path)));
    }
    println!("  read in {ours:.0?}, skipped in {theirs:.0?}");
    ours.as_secs_f64() / theirs.as_secs_f64()
}

/// How long this thread was on a processor; a busy machine does not count.
fn processor_time() -> Duration {
    let statistics = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux");
    let first = statistics.split(' ').next().and_then(|text| text.parse().ok());
    Duration::from_nanos(first.expect("a number"))
}

/// What a process that does nothing else needs at most.
fn memory_mb(path: &Path) -> f64 {
    let command = Command {
        program: std::env::current_exe().expect("this program"),
        args: vec![path.into()],
        folder: "/".into(),
        env: Vec::new(),
        time_limit: Some(Duration::from_secs(60)),
        grace: Duration::ZERO,
        lock: None,
    };
    let answer = capture(&command, 1024).expect("an answer");
    assert_eq!(answer.ended, Ended::Exited(0));
    let kb: f64 = String::from_utf8_lossy(&answer.stdout).trim().parse().expect("a number");
    kb / 1000.0
}

fn peak_kb() -> String {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("the peak");
    line.trim().trim_end_matches(" kB").to_owned()
}

/// A state of many machines with scripts, tags and nested blocks.
fn write(path: &Path, indented: bool) {
    let text = |value: &serde_json::Value| {
        if indented { serde_json::to_string_pretty(value) } else { serde_json::to_string(value) }.expect("JSON")
    };
    let mut file = BufWriter::new(File::create(path).expect("the state"));
    let mut head = text(&serde_json::json!({"outputs": {
        "vpc_id": {"value": "vpc-1", "type": "string"},
        "ids": {"value": vec!["i-0123456789abcdef0"; 500], "type": ["tuple", vec!["string"; 500]]},
    }}));
    head.insert_str(1, "\"version\": 4, \"terraform_version\": \"1.11.4\", \"serial\": 9, \"lineage\": \"l\",");
    head.truncate(head.trim_end().len() - 1);
    write!(file, "{head}, \"resources\": [").expect("room on the disk");
    let (mut bytes, mut at) = (0, 0);
    while bytes < STATE_BYTES {
        let text = text(&resource(at)).replace('\n', "\n    ");
        bytes += text.len() + 1;
        write!(file, "{}{text}", if at == 0 { "" } else { "," }).expect("room on the disk");
        at += 1;
    }
    writeln!(file, "], \"check_results\": null}}").expect("room on the disk");
    file.flush().expect("room on the disk");
}

fn resource(at: usize) -> serde_json::Value {
    let instance = |index: usize| {
        serde_json::json!({
            "index_key": index, "schema_version": 1, "sensitive_attributes": [[{"type": "get_attr", "value": "user_data"}]],
            "attributes": {
                "id": format!("i-{at:017x}{index}"), "ami": "ami-0abcdef1234567890", "monitoring": false, "cpu_core_count": 2,
                "arn": format!("arn:aws:ec2:eu-west-1:111111111111:instance/i-{at:017x}{index}"),
                "ebs_block_device": [{"device_name": "/dev/sdf", "volume_size": 100, "tags": {}, "throughput": 125}],
                "tags": {"Name": format!("worker-{at}-{index}"), "tier": "private", "note": "a \"quoted\" word \\ more"},
                "user_data": "#!/bin/sh\nset -eu\necho \"hello\" > /etc/motd\n".repeat(8), "timeouts": null,
                "policy": "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"s3:*\"}]}",
                "vpc_security_group_ids": ["sg-0123456789abcdef0", "sg-0123456789abcdef1"],
            },
        })
    };
    serde_json::json!({
        "mode": "managed", "type": "aws_instance", "name": format!("worker_{at}"),
        "provider": "provider[\"registry.terraform.io/hashicorp/aws\"]",
        "instances": (0..3).map(instance).collect::<Vec<_>>(),
    })
}
