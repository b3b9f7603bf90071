//! What the process was given from outside: folder, variables, terminal, clock. Everything below
//! `main` gets it from here and reads nothing of it by itself.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::ffi::OsString;
use std::io::IsTerminal as _;
use std::path::PathBuf;

/// How text is written.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// With colours.
    pub colour: bool,
    /// Of the terminal, in columns. Without one nothing is wrapped: somebody may search for it.
    pub width: usize,
}

/// The surroundings of one command.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The folder the command was started in, or `-C`.
    pub folder: PathBuf,
    /// All variables of the environment.
    pub env: Vec<(OsString, OsString)>,
    /// Standard output.
    pub out: Look,
    /// Standard error.
    pub err: Look,
    /// Can somebody be asked, and can lines be redrawn?
    pub terminal: bool,
}

/// `--color`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Colour {
    /// On a terminal that shows them, unless NO_COLOR is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Colour {
    fn is_shown(self, terminal: bool, env: &[(OsString, OsString)]) -> bool {
        let refused = env
            .iter()
            .any(|(name, value)| name == "NO_COLOR" && !value.is_empty() || name == "TERM" && value == "dumb");
        match self {
            Self::Auto => terminal && !refused,
            Self::Always => true,
            Self::Never => false,
        }
    }
}

impl Settings {
    /// Reads them, once.
    pub fn read(folder: Option<PathBuf>, colour: Colour) -> std::io::Result<Self> {
        #[expect(clippy::disallowed_methods, reason = "the binary is where the working directory is read")]
        let here = std::env::current_dir()?;
        #[expect(clippy::disallowed_methods, reason = "the binary is where the environment is read")]
        let env: Vec<_> = std::env::vars_os().collect();
        let look = |terminal: bool, width: Option<usize>| Look {
            colour: colour.is_shown(terminal, &env),
            width: width.unwrap_or(usize::MAX),
        };
        let (out, err) = (std::io::stdout().is_terminal(), std::io::stderr().is_terminal());
        Ok(Self {
            folder: folder.map_or_else(|| here.clone(), |folder| here.join(folder)),
            out: look(out, columns(std::io::stdout())),
            err: look(err, columns(std::io::stderr())),
            terminal: err && std::io::stdin().is_terminal(),
            env,
        })
    }

    /// A variable of the environment, where it is set and not empty.
    pub fn var(&self, name: &str) -> Option<&OsString> {
        self.env.iter().find(|(key, value)| key == name && !value.is_empty()).map(|(_, value)| value)
    }
}

fn columns(terminal: impl std::os::fd::AsFd) -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(terminal).ok()?;
    (size.ws_col > 0).then(|| usize::from(size.ws_col))
}

/// Microseconds since 1970, UTC.
pub fn now_us() -> i64 {
    #[expect(clippy::disallowed_methods, reason = "the binary is where the wall clock is read")]
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

/// The day, in UTC: `2026-01-31`.
pub fn today() -> String {
    let now = Timestamp::from_microsecond(now_us()).unwrap_or_default();
    now.to_zoned(TimeZone::UTC).date().to_string()
}

#[cfg(test)]
mod tests {
    use super::Colour;
    use std::ffi::OsString;

    #[test]
    fn colours_are_for_terminals_that_want_them() {
        let env = |name: &str, value: &str| vec![(OsString::from(name), OsString::from(value))];
        assert!(Colour::Auto.is_shown(true, &env("NO_COLOR", "")));
        assert!(!Colour::Auto.is_shown(false, &[]));
        assert!(!Colour::Auto.is_shown(true, &env("NO_COLOR", "1")));
        assert!(!Colour::Auto.is_shown(true, &env("TERM", "dumb")));
        assert!(Colour::Always.is_shown(false, &env("NO_COLOR", "1")));
        assert!(!Colour::Never.is_shown(true, &[]));
    }
}
