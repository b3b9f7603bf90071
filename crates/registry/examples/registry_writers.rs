//! Many writers in one process, for the test that counts flushes: `registry_writers FOLDER WRITERS
//! COUNT` starts threads that publish COUNT times each, and prints how many were acknowledged.

#![expect(clippy::disallowed_methods, clippy::print_stdout, reason = "a program reads its surroundings, and prints")]

use seam_model::Schema;
use seam_registry::{Command, Output, Provenance, Settings, open};
use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::sync::{Arc, Barrier};
use std::thread;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, writers, count] = &arguments[..] else {
        return Err("usage: registry_writers FOLDER WRITERS COUNT".into());
    };
    let folder = Path::new(folder);
    let (writers, count): (usize, usize) = (writers.parse()?, count.parse()?);
    let registry = open(Settings {
        log: folder.join("registry.db"),
        cache: folder.join("cache"),
        keys: folder.join("keys"),
        key_file: None,
        command: "registry_writers".to_owned(),
        clock: Arc::new(|| 0),
        read_only: false,
    })?;
    let start = Arc::new(Barrier::new(writers));
    let writer = |n: usize| {
        let (registry, start) = (registry.clone(), Arc::clone(&start));
        thread::spawn(move || {
            start.wait();
            (0..count).filter(|_| registry.submit(vec![publish(n)]).is_ok_and(|answers| answers[0].is_ok())).count()
        })
    };
    let threads: Vec<_> = (0..writers).map(writer).collect();
    let acknowledged: usize = threads.into_iter().map(|thread| thread.join().unwrap_or(0)).sum();
    println!("{acknowledged}");
    Ok(())
}

fn publish(n: usize) -> Command {
    let value = "v".into();
    let schema = Schema::infer(&value);
    Command::Publish {
        address: format!("shop/stack-{n}/dev").parse().unwrap_or_else(|_| unreachable!("it is an address")),
        outputs: BTreeMap::from([("id".to_owned(), Output { value, schema, sensitive: false })]),
        provenance: Provenance::default(),
        success: None,
        uses: vec![],
        tags: vec![],
    }
}
