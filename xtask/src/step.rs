//! Running other programs, and saying what went wrong.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::{env, fmt, io};

/// Why a command of `cargo xtask` did not do what was asked.
#[derive(Debug)]
pub enum Error {
    /// The command line makes no sense; the text says what is allowed.
    Usage(String),
    /// A program could not be started.
    Start {
        /// The command line.
        command: String,
        /// What the system said.
        cause: io::Error,
        /// What to do about it.
        advice: String,
    },
    /// A program ran and reported failure.
    Failed {
        /// The command line.
        command: String,
        /// How it ended.
        status: ExitStatus,
        /// What to do about it.
        advice: String,
    },
    /// The machine lacks something that cannot be had from here.
    Missing {
        /// What is missing, or does not fit, and what needs it.
        what: String,
        /// What to do about it.
        advice: String,
    },
    /// A file could not be read or written.
    File {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
}

impl Error {
    /// Wraps what the system said about a file.
    pub fn file(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |cause| Self::File { path, cause }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(text) => write!(out, "{text}\n`cargo xtask help` explains the commands."),
            Self::Start { command, cause, advice } => {
                write!(out, "could not start `{command}`: {cause}\n{advice}")
            }
            Self::Failed { command, status, advice } => write!(out, "`{command}` ended with {status}\n{advice}"),
            Self::Missing { what, advice } => write!(out, "{what}\n{advice}"),
            Self::File { path, cause } => write!(out, "{}: {cause}", path.display()),
        }
    }
}

impl std::error::Error for Error {}

/// One program to run, with the advice for when it fails.
pub struct Step {
    command: Command,
    advice: String,
}

impl Step {
    /// A program with its arguments, to run in `folder` with the search path `path`.
    pub fn new(folder: &Path, path: &OsStr, program: &OsStr) -> Self {
        let mut command = Command::new(program);
        command.current_dir(folder).env("PATH", path);
        Self { command, advice: String::from("Its own messages are above.") }
    }

    /// Appends an argument.
    #[must_use]
    pub fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.command.arg(argument);
        self
    }

    /// Appends arguments.
    #[must_use]
    pub fn args<A: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.command.args(arguments);
        self
    }

    /// Sets an environment variable.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Sets an environment variable, unless the person who runs this has set it.
    #[must_use]
    pub fn env_default(self, name: &str, value: impl AsRef<OsStr>) -> Self {
        if env::var_os(name).is_some() { self } else { self.env(name, value) }
    }

    /// Leaves an environment variable out.
    #[must_use]
    pub fn without_env(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    /// What to do if this fails.
    #[must_use]
    pub fn advice(mut self, advice: impl Into<String>) -> Self {
        self.advice = advice.into();
        self
    }

    /// Shows the command line, runs it and waits for it; its output goes where this program's goes.
    ///
    /// # Errors
    /// If it cannot be started or fails.
    pub fn run(mut self) -> Result<(), Error> {
        println!("    $ {}", shown(&self.command));
        let status = self.command.status();
        self.judge(status)
    }

    /// Runs without a word and returns what it wrote to its standard output; none if it did not run or failed.
    pub fn output(mut self) -> Option<String> {
        let output = self.command.output().ok().filter(|output| output.status.success())?;
        String::from_utf8(output.stdout).ok()
    }

    /// As [`Step::run`], and writes its standard output into a file instead.
    ///
    /// # Errors
    /// If the file cannot be written, or the program cannot be started or fails.
    pub fn run_into(mut self, file: &Path) -> Result<(), Error> {
        println!("    $ {} > {}", shown(&self.command), file.display());
        let output = std::fs::File::create(file).map_err(Error::file(file))?;
        let status = self.command.stdout(output).status();
        self.judge(status)
    }

    /// Becomes the program, so that signals reach it; on systems without that, runs it to its end.
    ///
    /// # Errors
    /// If it cannot be started or fails.
    pub fn replace(mut self) -> Result<(), Error> {
        println!("    $ {}", shown(&self.command));
        #[cfg(unix)]
        let status = Err(std::os::unix::process::CommandExt::exec(&mut self.command));
        #[cfg(not(unix))]
        let status = self.command.status();
        self.judge(status)
    }

    fn judge(self, status: io::Result<ExitStatus>) -> Result<(), Error> {
        let Self { command, advice } = self;
        let command = shown(&command);
        match status {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(Error::Failed { command, status, advice }),
            Err(cause) => Err(Error::Start { command, cause, advice }),
        }
    }
}

/// The command line as one would type it.
fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let words = std::iter::once(program).chain(command.get_args()).map(|word| {
        let word = word.to_string_lossy();
        if word.is_empty() || word.contains(char::is_whitespace) { format!("'{word}'") } else { word.into_owned() }
    });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cargo() -> Step {
        let path = env::var_os("PATH").unwrap_or_default();
        Step::new(Path::new("."), &path, OsStr::new("cargo"))
    }

    #[test]
    fn failures_name_command_status_and_advice() {
        let mut step = cargo().args(["no-such-command"]).advice("Do this.");
        let status = step.command.output().map(|output| output.status);
        let text = step.judge(status).expect_err("cargo knows no such command").to_string();
        assert!(
            text.contains("`cargo no-such-command`") && text.contains("101") && text.ends_with("Do this."),
            "{text}"
        );
    }

    #[test]
    fn a_program_that_is_not_there_is_named() {
        let step = Step::new(Path::new("."), OsStr::new(""), OsStr::new("no-such-program"));
        let text = step.advice("Install it.").run().expect_err("there is no such program").to_string();
        assert!(text.contains("could not start `no-such-program`") && text.ends_with("Install it."), "{text}");
    }

    #[test]
    fn output_is_only_had_from_success() {
        assert!(cargo().args(["--version"]).output().is_some_and(|text| text.starts_with("cargo ")));
        assert_eq!(cargo().args(["no-such-command"]).output(), None);
    }

    #[test]
    fn output_goes_into_a_file() {
        let file = env::temp_dir().join(format!("reptile-lab-step-{}", std::process::id()));
        cargo().args(["--version"]).run_into(&file).expect("cargo knows its version");
        let text = std::fs::read_to_string(&file).expect("it was written");
        std::fs::remove_file(&file).expect("the temporary folder is writable");
        assert!(text.starts_with("cargo "), "{text}");
    }

    #[test]
    fn words_with_spaces_are_shown_quoted() {
        let mut command = Command::new("/usr/bin/env");
        command.args(["A=1 2", "", "b"]);
        assert_eq!(shown(&command), "env 'A=1 2' '' b");
    }
}
