//! What a person sees: an apply on a terminal of its own, read back as a screen.

use crate::harness::{Harness, terraform, wait_for};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex};

/// A terminal with a command on it.
pub struct Terminal {
    keyboard: File,
    screen: Arc<Mutex<vt100::Parser>>,
    child: Child,
}

impl Terminal {
    /// Runs the binary on a terminal of this size.
    fn start(harness: &Harness, args: &[&str], rows: u16, columns: u16) -> Self {
        Self::start_of(harness, env!("CARGO_BIN_EXE_seam"), args, rows, columns)
    }

    /// Runs any program on a terminal of this size.
    pub fn start_of(harness: &Harness, program: &str, args: &[&str], rows: u16, columns: u16) -> Self {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let name = ptsname(&master, Vec::new()).unwrap().into_string().unwrap();
        let master = File::from(master);
        let size = Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        let slave = OpenOptions::new().read(true).write(true).open(name).unwrap();
        tcsetwinsize(&slave, size).unwrap();
        let end = || Stdio::from(slave.try_clone().unwrap());
        let child = harness.command_of(program, args).stdin(end()).stdout(end()).stderr(end()).spawn().unwrap();
        let screen = Arc::new(Mutex::new(vt100::Parser::new(rows, columns, 0)));
        let (drawn, mut output) = (Arc::clone(&screen), master.try_clone().unwrap());
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = output.read(&mut bytes) {
                drawn.lock().unwrap().process(&bytes[..count]);
            }
        });
        Self { keyboard: master, screen, child }
    }

    fn text(&self) -> String {
        self.screen.lock().unwrap().screen().contents()
    }

    /// Waits until the screen has all these texts.
    #[track_caller]
    pub fn shows(&self, texts: &[&str]) -> String {
        wait_for(&format!("{texts:?} on the screen"), || {
            let text = self.text();
            texts.iter().all(|wanted| text.contains(wanted)).then_some(text)
        })
    }

    pub fn types(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
    }

    #[track_caller]
    pub fn exits(&mut self, code: i32) {
        assert_eq!(self.child.wait().unwrap().code(), Some(code), "{}", self.text());
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Two linked stacks in shell; the first goes on once there is a file `go`.
fn two_stacks() -> Harness {
    let harness = Harness::new();
    harness.write("seam.yaml", "system: shop\nenvironments: {dev: {}}\ndefaults: {tool: exec}\n");
    let go = harness.root().join("go");
    let script = format!(
        "echo creating\nwhile [ ! -e '{}' ]; do sleep 0.02; done\necho '{{\"id\": {{\"value\": \"x\"}}}}' > \"$SEAM_OUTPUTS\"\n",
        go.display()
    );
    for (name, input) in [("network", "{value: \"1\"}"), ("app", "network.id")] {
        let yaml = format!("inputs: {{n: {input}}}\nexec: {{apply: [sh, apply.sh]}}\n");
        harness.write(&format!("stacks/{name}/stack.yaml"), yaml);
        harness.write(&format!("stacks/{name}/apply.sh"), &script);
    }
    harness
}

#[test]
fn a_plan_a_yes_and_rows_that_move() {
    let harness = two_stacks();
    let mut terminal = Terminal::start(&harness, &["apply", "-e", "dev"], 30, 70);
    let text = terminal.shows(&["2 to create in 2 stacks.", "Only `yes` is a yes: "]);
    assert!(!text.contains("waits for network"), "no rows below a question:\n{text}");
    terminal.types("yes\n");
    let text =
        terminal.shows(&["network  applying", "▸ creating", "app      waits for network", "1 running · 1 waiting"]);
    assert_eq!(text.matches("network  applying").count(), 1, "{text}");
    std::fs::write(harness.root().join("go"), "").unwrap();
    let text = terminal.shows(&["2 applied."]);
    terminal.exits(0);
    assert!(text.contains("✓ network  1 created") && text.contains("✓ app      1 created"), "{text}");
    assert!(!text.contains("running"), "the rows are gone:\n{text}");
}

#[test]
fn no_and_an_interrupt_at_the_question_apply_nothing() {
    let harness = two_stacks();
    let mut terminal = Terminal::start(&harness, &["apply", "-e", "dev"], 30, 70);
    terminal.shows(&["Only `yes` is a yes: "]);
    terminal.types("y\n");
    terminal.exits(1);
    let mut terminal = Terminal::start(&harness, &["apply", "-e", "dev"], 30, 70);
    terminal.shows(&["Only `yes` is a yes: "]);
    rustix::process::kill_process(rustix::process::Pid::from_child(&terminal.child), rustix::process::Signal::INT)
        .unwrap();
    terminal.exits(130);
    assert_eq!(harness.status("app")["state"], "never");
    let runs = harness.json(&["runs", "--json"]);
    assert_eq!([&runs["runs"][0]["result"], &runs["runs"][1]["result"]], ["interrupted", "refused"]);
    let show = harness.ok(&["runs", "show", "2"]).stdout;
    assert!(show.contains("2 planned") && show.contains("no tool was started"), "{show}");
}

#[test]
fn a_question_shows_what_of_each_resource_changes() {
    if terraform().is_none() {
        return;
    }
    let harness = Harness::new();
    harness.write("seam.yaml", "system: shop\nenvironments: {dev: {}}\ndefaults: {tool: terraform}\n");
    for name in ["network", "app"] {
        harness.stack(name, "{}\n", &format!("resource \"terraform_data\" \"it\" {{\n  input = \"{name}-1\"\n}}\n"));
    }
    let mut terminal = Terminal::start(&harness, &["apply", "-e", "dev"], 40, 70);
    let text = terminal.shows(&["Only `yes` is a yes: "]);
    for name in ["network", "app"] {
        assert!(text.contains(&format!("+ input   \"{name}-1\"")), "{text}");
    }
    terminal.types("no\n");
    terminal.exits(1);
}

#[test]
fn a_status_stays_in_its_columns_and_on_its_lines_where_nobody_looks() {
    let harness = Harness::new();
    harness.write("seam.yaml", "system: shop\nenvironments: {dev: {}}\ndefaults: {tool: exec}\n");
    let app = |value: &str| {
        let inputs = format!("{{certificate_arn: {{value: {value}}}, database_host: {{value: {value}}}}}");
        let yaml = format!("inputs: {inputs}\nexec: {{apply: [\"true\", {value}]}}\n");
        harness.write("stacks/app/stack.yaml", yaml);
        harness.write("stacks/app/app.txt", value);
    };
    app("old");
    harness.write("stacks/late/stack.yaml", "exec: {apply: [\"true\"]}\n");
    harness.ok(&["apply", "-e", "dev", "--yes", "app"]);
    app("new");
    let why = "its files changed · its settings changed · certificate_arn and database_host changed";
    let piped = harness.ok(&["status", "-e", "dev"]).stdout;
    assert!(piped.lines().nth(1).unwrap().ends_with(why), "{piped}");

    let mut terminal = Terminal::start(&harness, &["status", "-e", "dev"], 30, 70);
    let text = terminal.shows(&["never applied"]);
    terminal.exits(0);
    let below = |line: &str| format!("{}{line}", " ".repeat(20));
    let lines = [
        "stack   state       why",
        "app     ! changed   its files changed · its settings changed ·",
        &below("certificate_arn and database_host changed"),
        &below("revision 1 · run 1, "),
        "late    – never     never applied",
    ];
    for (line, expected) in text.lines().zip(lines) {
        assert!(line.starts_with(expected), "{text}");
    }
}
