//! Exit codes: few, and the same for every command. They stand in `strowger --help` and in the man page.

use std::fmt;
use std::process::ExitCode;

/// How a command ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Exit {
    /// It did what was asked. A reader that went away (a broken pipe) is no failure.
    Success = 0,
    /// It failed in a way that has no code of its own; or what was looked for is not there.
    Failed = 1,
    /// The arguments are wrong.
    Usage = 2,
    /// A file that was handed in (a capture, a people file, a spool export) cannot be used.
    Data = 65,
    /// The PBX cannot be reached.
    Unavailable = 69,
    /// The state directory or its database cannot be used.
    State = 73,
    /// The PBX refuses user name or secret, or a permission is missing.
    Refused = 77,
    /// The configuration has mistakes.
    Config = 78,
}

/// As the help shows them.
pub const HELP: &str = "\
Exit codes:
   0  done
   1  failed, or not found
   2  the arguments are wrong
  65  a capture, people file or spool export cannot be used
  69  the PBX cannot be reached
  73  the state directory or its database cannot be used
  77  the PBX refuses user name or secret, or a permission is missing
  78  the configuration has mistakes";

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        // The discriminants are the codes.
        Self::from(exit as u8)
    }
}

/// Why a command could not do what was asked, and with which code it ends.
#[derive(Debug)]
pub struct Failure {
    exit: Exit,
    error: Option<anyhow::Error>,
}

impl Failure {
    /// Ends with `exit` and tells `error`.
    pub fn new(exit: Exit, error: impl Into<anyhow::Error>) -> Self {
        Self { exit, error: Some(error.into()) }
    }

    /// Ends with `exit`; everything was said already.
    pub fn told(exit: Exit) -> Self {
        Self { exit, error: None }
    }

    /// The code. A broken pipe is success: the reader had enough.
    pub fn exit(&self) -> Exit {
        if self.is_broken_pipe() { Exit::Success } else { self.exit }
    }

    /// What there is to tell.
    pub fn error(&self) -> Option<&anyhow::Error> {
        self.error.as_ref().filter(|_| !self.is_broken_pipe())
    }

    fn is_broken_pipe(&self) -> bool {
        let pipe = |cause: &(dyn std::error::Error + 'static)| {
            cause.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
        };
        self.error.as_ref().is_some_and(|error| error.chain().any(pipe))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.error {
            Some(error) => write!(f, "{error:#}"),
            None => Ok(()),
        }
    }
}

impl From<std::io::Error> for Failure {
    /// Writing the answer failed.
    fn from(error: std::io::Error) -> Self {
        Self::new(Exit::Failed, anyhow::Error::new(error).context("standard output cannot be written"))
    }
}

/// Gives an error its exit code.
pub trait OrExit<T> {
    /// Ends with `exit` if this failed.
    fn or_exit(self, exit: Exit) -> Result<T, Failure>;
}

impl<T, E: Into<anyhow::Error>> OrExit<T> for Result<T, E> {
    fn or_exit(self, exit: Exit) -> Result<T, Failure> {
        self.map_err(|error| Failure::new(exit, error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_pipe_is_success() {
        let failure = Failure::from(std::io::Error::from(std::io::ErrorKind::BrokenPipe));
        assert_eq!(failure.exit(), Exit::Success);
        assert!(failure.error().is_none());
        assert_eq!(Failure::from(std::io::Error::other("full")).exit(), Exit::Failed);
    }

    #[test]
    fn help_tells_every_code() {
        for exit in [Exit::Success, Exit::Failed, Exit::Usage, Exit::Data, Exit::Unavailable, Exit::State, Exit::Refused, Exit::Config] {
            assert!(HELP.contains(&format!("{:>4}  ", exit as u8)), "{exit:?}");
        }
    }
}
