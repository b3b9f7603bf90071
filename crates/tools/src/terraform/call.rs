//! A call of the tool by a person, in the mirror: which subcommands there are for it, and what they
//! are given beside a person's own arguments.

use super::Job;
use super::plan::{variables, variables_file};
use super::ready::{init, ready};
use crate::{Failure, Launcher};
use seam_model::{Finding, codes};
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::Path;

/// What somebody wants of the tool: a subcommand and its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    args: Vec<OsString>,
    words: Vec<String>,
}

/// Subcommands that take `-var-file` and evaluate the code with it.
const WITH_VARIABLES: [&str; 4] = ["plan", "console", "import", "refresh"];

/// Subcommands that look at the state or the backend alone, and need no plugins or modules of new code.
const WITHOUT_CODE: [&str; 5] = ["state", "force-unlock", "output", "show", "version"];

/// Subcommands that never write a state; of `state` those whose second word is one.
const READING: [&str; 14] = [
    "plan",
    "console",
    "output",
    "show",
    "version",
    "force-unlock",
    "validate",
    "graph",
    "providers",
    "fmt",
    "get",
    "metadata",
    "modules",
    "test",
];
const READING_STATE: [&str; 3] = ["list", "show", "pull"];

/// Options that lead to another folder, to a state without its lease, or leave values in clear behind; each
/// with what to do instead.
const REFUSED_OPTIONS: [(&str, &str); 6] = [
    ("chdir", "the tool runs in the mirror of the stack's code, with its backend and inputs in place"),
    ("state", OWN_STATE),
    ("state-out", OWN_STATE),
    ("backup", OWN_BACKUP),
    ("backup-out", OWN_BACKUP),
    ("out", "a saved plan has values in clear, and only `seam apply` carries one out: leave it away"),
];
const OWN_STATE: &str = "the stack's own state is in place: leave it away";
const OWN_BACKUP: &str = "a backup is kept beside the stack's own state: leave it away";

impl Wish {
    /// Reads the arguments of a person. Refused (S0021): what `seam` does itself, for `stack` in
    /// `environment`, and what would read or put something elsewhere.
    pub fn parse(args: Vec<OsString>, stack: &str, environment: &str) -> Result<Self, Box<Finding>> {
        let words: Vec<String> =
            args.iter().map(|arg| arg.to_string_lossy().into_owned()).filter(|word| !word.starts_with('-')).collect();
        let refused = |message: String, help: String| Box::new(Finding::error(codes::USAGE, message).help(help));
        let names: Vec<String> = args.iter().filter_map(|arg| option_name(arg)).collect();
        if let Some((name, help)) = REFUSED_OPTIONS.iter().find(|(name, _)| names.iter().any(|it| it == name)) {
            return Err(refused(format!("`-{name}` leads away from the stack"), (*help).to_owned()));
        }
        let second = words.get(1).map(String::as_str);
        match words.first().map(String::as_str) {
            Some(verb @ ("apply" | "destroy")) => Err(refused(
                format!("`{verb}` is run by seam itself, which records and publishes what it does"),
                format!("seam {verb} -e {environment} {stack}"),
            )),
            Some("init") => Err(refused(
                "`init` is run by seam itself, where something changed that needs it".to_owned(),
                "a newer plugin is chosen by its version in the code, or by removing it from .terraform.lock.hcl"
                    .to_owned(),
            )),
            Some("workspace") if !matches!(second, Some("list" | "show")) => Err(refused(
                "another TF workspace is another state".to_owned(),
                format!("`workspace: NAME` in the stack.yaml of {stack} says which one it uses"),
            )),
            _ => Ok(Self { args, words }),
        }
    }

    /// Is it given the inputs?
    pub fn takes_variables(&self) -> bool {
        self.is_one_of(&WITH_VARIABLES)
    }

    /// May it write the state?
    pub fn may_write(&self) -> bool {
        match (self.words.first().map(String::as_str), self.words.get(1)) {
            (None, _) => false,
            (Some("state"), second) => second.is_some_and(|second| !READING_STATE.contains(&second.as_str())),
            _ => !self.is_one_of(&READING),
        }
    }

    fn is_one_of(&self, subcommands: &[&str]) -> bool {
        self.words.first().is_some_and(|first| subcommands.contains(&first.as_str()))
    }
}

/// The name of an option, as Go reads it: after one dash or two, up to an equals sign.
fn option_name(arg: &OsStr) -> Option<String> {
    let text = arg.to_string_lossy();
    let option = text.strip_prefix("--").or_else(|| text.strip_prefix('-'))?;
    option.split('=').next().map(str::to_owned)
}

/// Puts the state's place beside the code, and runs `init`: where something changed for those that
/// look at the state alone, and always for those that evaluate the code, because it is they who would
/// ask for it.
pub fn make_ready(job: &Job, launcher: &mut dyn Launcher, wish: &Wish) -> Result<(), Failure> {
    ready(job, launcher, &mut |_| {})?;
    if wish.words.is_empty() || wish.is_one_of(&WITHOUT_CODE) {
        return Ok(());
    }
    init(job, launcher, &mut |_| {})
}

/// The program with a person's arguments, and with the inputs in a file (0600) in `folder` where the
/// subcommand takes one. On a `terminal` it may ask.
pub fn call(job: &Job, folder: &Path, wish: &Wish, terminal: bool) -> io::Result<seam_process::Command> {
    let mut args = wish.args.clone();
    if wish.takes_variables()
        && let Some(option) = variables_file(folder, &variables(job, |_| true))?
    {
        let at = args.iter().position(|arg| !arg.to_string_lossy().starts_with('-')).map_or(0, |at| at + 1);
        args.insert(at, option);
    }
    let mut command = job.command(args);
    if terminal {
        command.env.retain(|(name, _)| name != "TF_INPUT" && name != "TF_IN_AUTOMATION");
    }
    Ok(seam_process::Command { time_limit: None, ..command })
}

/// How a person calls the tool of the job's instance; `None` for a job that is of no instance.
pub(super) fn by_hand(job: &Job, args: &str) -> Option<String> {
    let instance = job.instance?;
    Some(format!("seam tool {} -e {} -- {args}", instance.stack, instance.environment))
}

#[cfg(test)]
mod tests {
    use super::Wish;

    fn parse(text: &str) -> Result<Wish, String> {
        let args = text.split_whitespace().map(Into::into).collect();
        Wish::parse(args, "app", "dev").map_err(|finding| finding.help.clone().unwrap_or_default())
    }

    #[test]
    fn what_seam_does_itself_is_refused() {
        assert_eq!(parse("apply -auto-approve").unwrap_err(), "seam apply -e dev app");
        assert_eq!(parse("-no-color destroy").unwrap_err(), "seam destroy -e dev app");
        for text in ["init -upgrade", "workspace select a", "workspace"] {
            assert!(parse(text).is_err(), "{text}");
        }
        for text in ["workspace show", "-version", "state list", ""] {
            assert!(parse(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn what_leads_elsewhere_is_refused() {
        for text in [
            "-chdir=x state list",
            "--chdir=x plan",
            "state rm -state=x a.b",
            "state rm --state x a.b",
            "state mv -state-out=x a.b a.c",
            "state mv -backup=- a.b a.c",
            "state mv --backup-out=x a.b a.c",
            "plan -out=x",
            "plan -out x",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
        for text in ["state show state", "import a.chdir -id", "plan -generate-config-out=x"] {
            assert!(parse(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn what_it_does_is_told_from_its_words() {
        let of = |text: &str| {
            let wish = parse(text).unwrap();
            (wish.takes_variables(), wish.may_write())
        };
        assert_eq!(of("import a.b id"), (true, true));
        assert_eq!(of("console"), (true, false));
        assert_eq!(of("state mv a b"), (false, true));
        assert_eq!(of("state list"), (false, false));
        assert_eq!(of("taint a.b"), (false, true));
        assert_eq!(of("force-unlock -force x"), (false, false));
    }
}
