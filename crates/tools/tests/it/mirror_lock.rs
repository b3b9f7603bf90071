//! The lock of a mirror: one tool in it at a time.

use crate::mirror::World;
use crate::world::name;
use seam_tools::mirror::{self, Source};
use std::time::Duration;

#[test]
fn a_second_one_waits_and_says_for_whom() {
    let world = World::new(&[]);
    let cache = world.root.join("cache");
    let dev = name("dev");
    let source = Source { workspace: &world.workspace, stack: &world.stack, environment: &dev, cache: &cache };
    let first = mirror::lock(&source, "seam apply -e dev", &mut |_| panic!("nobody has it")).unwrap();
    assert!(mirror::lock(&source, "seam status", &mut |_| false).unwrap().is_none());
    std::thread::scope(|scope| {
        let (told, tell) = std::sync::mpsc::channel();
        let second = scope.spawn(move || {
            // Who listens hangs up after the first word.
            let mut waits = |holder: &str| {
                let _ = told.send(holder.to_owned());
                true
            };
            mirror::lock(&source, "seam plan -e dev", &mut waits).map(|held| held.is_some())
        });
        let holder = tell.recv_timeout(Duration::from_secs(10)).unwrap();
        assert!(holder.starts_with("seam apply -e dev"), "{holder}");
        drop(first);
        assert!(second.join().unwrap().unwrap());
    });
}
