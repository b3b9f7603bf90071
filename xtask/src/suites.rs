//! Reads what `cargo test` prints, line by line, into suites: one a package, with its counts,
//! seconds and skipped tests. A test that finds something missing prints `skipped: WHY` and passes.

use std::collections::BTreeSet;
use std::time::Duration;

/// What was seen so far.
#[derive(Debug, Default)]
pub(crate) struct Suites {
    /// Finished test programs.
    finished: Vec<Suite>,
    current: Option<Suite>,
    /// The package whose library or program was tested last.
    package: String,
    /// How many ended without counts: not built, killed.
    pub(crate) broken: usize,
}

#[derive(Debug, Default)]
struct Suite {
    package: String,
    start: Duration,
    /// Everything it printed, for when it fails.
    output: Vec<String>,
    /// The test whose captured output is being read.
    test: String,
    skipped: BTreeSet<String>,
    reasons: BTreeSet<String>,
    counts: Option<(usize, usize, usize)>,
}

/// The sum.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Tests that passed and did not say that they skipped.
    pub(crate) passed: usize,
    /// Tests that failed, and suites that broke.
    pub(crate) failed: usize,
    /// Ignored tests, and those that said so.
    pub(crate) skipped: usize,
    /// Why, each once.
    pub(crate) reasons: BTreeSet<String>,
}

impl Suites {
    /// Takes one line, printed `at` this time since the start. Returns what to show.
    pub(crate) fn line(&mut self, line: &str, at: Duration) -> Option<String> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let begins = match words[..] {
            ["Running", .., source, program] if line.starts_with("     Running ") => {
                Some(self.package(source, program))
            }
            ["Doc-tests", package] if line.starts_with("   Doc-tests ") => Some(package.replace('_', "-")),
            _ => None,
        };
        if let Some(package) = begins {
            let report = self.finish(at);
            self.current = Some(Suite { package, start: at, ..Suite::default() });
            return report;
        }
        match &mut self.current {
            Some(suite) => {
                suite.line(line);
                None
            }
            None => Some(line.to_owned()),
        }
    }

    /// Cargo ended. Returns what to show.
    pub(crate) fn end(&mut self, at: Duration, success: bool) -> Option<String> {
        let report = self.finish(at);
        if !success && self.counts().failed == 0 {
            self.broken += 1;
        }
        report
    }

    /// Sums up.
    pub(crate) fn counts(&self) -> Counts {
        let mut sum = Counts { failed: self.broken, ..Counts::default() };
        for suite in &self.finished {
            let (passed, failed, ignored) = suite.counts.unwrap_or((0, 1, 0));
            sum.passed += passed.saturating_sub(suite.skipped.len());
            sum.failed += failed;
            sum.skipped += ignored + suite.skipped.len();
            sum.reasons.extend(suite.reasons.iter().cloned());
        }
        sum
    }

    /// `src/lib.rs (target/debug/deps/seam_graph-0a1b)` is of seam-graph, and so is the
    /// `tests/it/main.rs` behind it: cargo runs a package's suites one after the other.
    fn package(&mut self, source: &str, program: &str) -> String {
        let file = program.trim_matches(['(', ')']).rsplit('/').next().unwrap_or_default();
        if source == "src/lib.rs" || source == "src/main.rs" {
            self.package = file.rsplit_once('-').map_or(file, |(name, _)| name).replace('_', "-");
        }
        self.package.clone()
    }

    fn finish(&mut self, at: Duration) -> Option<String> {
        let suite = self.current.take()?;
        let seconds = at.saturating_sub(suite.start).as_secs_f64();
        let report = match suite.counts {
            Some((0, 0, 0)) => None,
            Some((passed, 0, ignored)) => {
                let skipped = ignored + suite.skipped.len();
                let skipped = if skipped > 0 { format!(", {skipped} skipped") } else { String::new() };
                let passed = passed.saturating_sub(suite.skipped.len());
                Some(format!("{:<16} {seconds:>6.1} s   {passed} passed{skipped}", suite.package))
            }
            _ => Some(format!("{:<16} {seconds:>6.1} s   FAILED\n{}", suite.package, suite.why().join("\n"))),
        };
        self.finished.push(suite);
        report
    }
}

impl Suite {
    /// What failed; everything where nothing says so.
    fn why(&self) -> &[String] {
        let failures = self.output.iter().position(|line| line == "failures:").unwrap_or(0);
        &self.output[failures..]
    }

    fn line(&mut self, line: &str) {
        if let Some(test) = line.strip_prefix("---- ").and_then(|rest| rest.strip_suffix(" stdout ----")) {
            test.clone_into(&mut self.test);
        } else if let Some(reason) = line.strip_prefix("skipped: ") {
            self.skipped.insert(self.test.clone());
            self.reasons.insert(reason.to_owned());
        } else if let Some(result) = line.strip_prefix("test result: ") {
            let count = |word: &str| {
                let before = result.split(word).next()?.trim_end();
                before.rsplit(' ').next()?.parse().ok()
            };
            self.counts = count("passed").zip(count("failed")).zip(count("ignored")).map(|((p, f), i)| (p, f, i));
        }
        self.output.push(line.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::{Counts, Suites};
    use std::time::Duration;

    const OUTPUT: &str = "   Compiling seam-graph v0.1.0
     Running unittests src/lib.rs (target/debug/deps/seam_graph-0a1b)

running 0 tests

test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s

     Running tests/it/main.rs (target/debug/deps/it-0a1b)
running 3 tests
test a ... ok

successes:

---- b stdout ----
skipped: terraform is not on PATH
skipped: terraform is not on PATH

---- c stdout ----
skipped: strace is not on PATH

test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.23s

     Running unittests src/lib.rs (target/debug/deps/seam_log-0a1b)
test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.23s
   Doc-tests seam_graph
killed";

    #[test]
    fn what_cargo_prints_becomes_counts() {
        let mut suites = Suites::default();
        let shown: Vec<String> = OUTPUT.lines().filter_map(|line| suites.line(line, Duration::ZERO)).collect();
        let last = suites.end(Duration::from_secs(2), false).unwrap();
        assert_eq!(shown[0], "   Compiling seam-graph v0.1.0");
        assert_eq!(shown[1], "seam-graph          0.0 s   1 passed, 3 skipped");
        assert!(shown[2].starts_with("seam-log            0.0 s   FAILED\ntest result"), "{}", shown[2]);
        assert!(last.starts_with("seam-graph          2.0 s   FAILED\nkilled"), "{last}");
        let reasons = ["strace is not on PATH", "terraform is not on PATH"].map(str::to_owned);
        assert_eq!(suites.counts(), Counts { passed: 3, failed: 2, skipped: 3, reasons: reasons.into() });
    }

    #[test]
    fn what_does_not_build_is_a_failure() {
        let mut suites = Suites::default();
        assert_eq!(suites.line("error: no", Duration::ZERO).as_deref(), Some("error: no"));
        assert_eq!(suites.end(Duration::ZERO, false), None);
        assert_eq!(suites.counts().failed, 1);
    }
}
