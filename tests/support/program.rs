//! Programs that the tests start: run to the end with everything they said, or fail with it.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use anyhow::{Context, Result, ensure};

/// The program under test.
pub(crate) const STROWGER: &str = env!("CARGO_BIN_EXE_strowger");

/// The project's own folder.
pub(crate) fn source() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The build's own folder: everything that the tests write is below it.
pub(crate) fn target() -> PathBuf {
    let tmp = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    tmp.parent().map_or(tmp.clone(), PathBuf::from)
}

/// A command without standard input.
pub(crate) fn command<A: AsRef<OsStr>>(program: impl AsRef<OsStr>, arguments: impl IntoIterator<Item = A>) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null());
    command
}

/// Runs to the end, whatever that is.
pub(crate) fn run(command: &mut Command) -> Result<Output> {
    command.output().with_context(|| format!("cannot start {}", command.get_program().display()))
}

/// Runs to a good end; its standard output.
pub(crate) fn good(command: &mut Command) -> Result<String> {
    let output = run(command)?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{command:?}: {}\n{}{said}", output.status, String::from_utf8_lossy(&output.stdout));
    String::from_utf8(output.stdout).with_context(|| format!("{command:?} wrote something that is not UTF-8"))
}

/// Sends a signal to a process of ours.
pub(crate) fn signal(pid: u32, name: &str) -> Result<()> {
    good(&mut command("bash", ["-c", "kill -\"$0\" \"$1\"", name, &pid.to_string()])).map(drop)
}
