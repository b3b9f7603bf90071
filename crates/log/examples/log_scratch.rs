use seam_log::*;
use std::time::Duration;
fn main() {
    let d = tempfile::tempdir().unwrap();
    let mut log = Log::open(&d.path().join("log.db"), &Options::default()).unwrap();
    let records: Vec<Record> = (0..80000usize).map(|n| Record { id: Digest::of(&n.to_be_bytes()).0, key: format!("shop/stack-{}/dev", n % 100), kind: "published".into(), critical: true, body: vec![b'x'; 512] }).collect();
    for r in records.chunks(64) { log.turn(Duration::from_secs(30)).unwrap().append(r, 0).unwrap(); }
}
