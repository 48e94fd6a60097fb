//! `strowger demo` as whoever tries the program meets it: calls with who and why within seconds, and nothing left behind.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use tempfile::TempDir;

/// From the start to the first call that is credited to somebody.
const FIRST_CALL_WITHIN: Duration = Duration::from_secs(10);
/// From a signal to the end, on a busy machine.
const END_WITHIN: Duration = Duration::from_secs(15);

/// A demo that runs, its temporary files where this test looks.
struct Demo {
    child: Child,
    lines: Receiver<String>,
    said: Vec<String>,
    temporary: TempDir,
}

impl Demo {
    fn start(arguments: &[&str]) -> Result<Self> {
        let temporary = tempfile::tempdir()?;
        let mut command = Command::new(env!("CARGO_BIN_EXE_strowger"));
        command.arg("demo").args(arguments).env("TMPDIR", temporary.path()).env("TZ", "UTC").current_dir(temporary.path());
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let output = child.stdout.take().context("a pipe")?;
        let (sender, lines) = channel();
        std::thread::spawn(move || BufReader::new(output).lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        Ok(Self { child, lines, said: Vec::new(), temporary })
    }

    /// The first line that fits.
    fn wait_for(&mut self, what: &str, within: Duration, fits: impl Fn(&str) -> bool) -> Result<String> {
        let mut left = within;
        loop {
            let step = Duration::from_millis(50).min(left);
            match self.lines.recv_timeout(step) {
                Ok(line) => {
                    self.said.push(line.clone());
                    if fits(&line) {
                        return Ok(line);
                    }
                }
                Err(RecvTimeoutError::Timeout) if !left.is_zero() => left = left.saturating_sub(step),
                Err(error) => bail!("no {what} ({error}):\n{}", self.said.join("\n")),
            }
        }
    }

    /// What follows a word of the introduction.
    fn place_of(&mut self, word: &str) -> Result<String> {
        let start = format!("  {word} ");
        let line = self.wait_for(word, FIRST_CALL_WITHIN, |line| line.starts_with(&start))?;
        Ok(line.trim_start_matches(&start).trim().to_owned())
    }

    fn signal(&self, name: &str) -> Result<()> {
        let killed = Command::new("bash").args(["-c", "kill -\"$0\" \"$1\"", name, &self.child.id().to_string()]).status()?;
        ensure!(killed.success(), "kill: {killed}");
        Ok(())
    }

    /// Waits until it has ended, well; everything that it still said is kept.
    fn ended(&mut self) -> Result<()> {
        let last = self.wait_for("last line", END_WITHIN, |line| line.contains(" calls finished, "))?;
        ensure!(last.contains("credited to somebody"), "{last}");
        let status = self.child.wait()?;
        ensure!(status.success(), "{status}:\n{}", self.said.join("\n"));
        Ok(())
    }

    fn left_behind(&self) -> Result<Vec<PathBuf>> {
        fs::read_dir(self.temporary.path())?.map(|entry| Ok(entry?.path())).collect()
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        // It is ours, and may have ended already.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn is_credited(line: &str) -> bool {
    line.contains(", because ")
}

fn get(http: &str) -> Result<String> {
    use std::io::{Read as _, Write as _};
    let (address, path) = http.trim_start_matches("http://").split_once('/').context("an address")?;
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(END_WITHIN))?;
    write!(stream, "GET /{path} HTTP/1.0\r\nHost: {address}\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

#[test]
fn a_signal_ends_it_and_nothing_is_left() -> Result<()> {
    for signal in ["INT", "TERM"] {
        let mut demo = Demo::start(&["--seed", "1", "--calls-per-second", "3"])?;
        let health = demo.place_of("HTTP API")?;
        let metrics = demo.place_of("metrics")?;
        demo.wait_for("credited call", FIRST_CALL_WITHIN, is_credited)?;
        ensure!(get(&health)?.contains("\"ready\":true"), "{}", get(&health)?);
        ensure!(get(&metrics)?.contains("strowger_calls_open"), "no metrics at {metrics}");
        demo.signal(signal)?;
        demo.ended()?;
        ensure!(demo.left_behind()?.is_empty(), "{signal}: {:?}", demo.left_behind()?);
        let address: SocketAddr = metrics.trim_start_matches("http://").trim_end_matches("/metrics").parse()?;
        ensure!(TcpStream::connect(address).is_err(), "{signal}: {address} still answers");
    }
    Ok(())
}

#[test]
fn what_is_kept_can_be_looked_into_while_it_runs_and_afterwards() -> Result<()> {
    let mut demo = Demo::start(&["--seed", "2", "--calls-per-second", "3", "--keep", "kept"])?;
    demo.wait_for("credited call", FIRST_CALL_WITHIN, is_credited)?;
    let kept = demo.temporary.path().join("kept");
    let calls = |kept: &Path| -> Result<usize> {
        let config = kept.join("strowger.toml");
        let output = Command::new(env!("CARGO_BIN_EXE_strowger")).arg("-c").arg(config).args(["calls", "--format", "jsonl"]).output()?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Ok(String::from_utf8(output.stdout)?.lines().count())
    };
    ensure!(calls(&kept)? > 0, "no call while it runs");
    demo.signal("INT")?;
    demo.ended()?;
    let finished = demo.said.last().and_then(|line| line.split(' ').next()?.parse::<usize>().ok()).context("a count")?;
    ensure!(calls(&kept)? == finished, "{finished} were told, {} are stored", calls(&kept)?);
    let log = fs::read_to_string(kept.join("strowger.log"))?;
    ensure!(log.contains("stopped; everything seen is on disk") && !log.contains(" WARN ") && !log.contains("ERROR"), "{log}");
    Ok(())
}

#[test]
fn it_ends_by_itself_and_when_nobody_reads_any_more() -> Result<()> {
    let mut demo = Demo::start(&["--for", "3"])?;
    demo.ended()?;
    ensure!(demo.left_behind()?.is_empty(), "{:?}", demo.left_behind()?);

    let temporary = tempfile::tempdir()?;
    let script = "\"$0\" demo --calls-per-second 5 | head -n 3";
    let status = Command::new("bash")
        .args(["-o", "pipefail", "-c", script, env!("CARGO_BIN_EXE_strowger")])
        .env("TMPDIR", temporary.path())
        .stdout(Stdio::null())
        .status()?;
    ensure!(status.success(), "{status}");
    ensure!(fs::read_dir(temporary.path())?.next().is_none(), "something is left");
    Ok(())
}

#[test]
fn what_cannot_be_is_told_with_what_to_do() -> Result<()> {
    let directory = tempfile::tempdir()?;
    fs::write(directory.path().join("file"), "")?;
    let cases = [
        (&["--calls-per-second", "0"][..], 2, "must be a number from 0.01 to 50"),
        (&["--for", "0"], 2, "0 is not in 1.."),
        (&["--keep", "file/below"], 1, "name another with --keep"),
    ];
    for (arguments, code, expected) in cases {
        let mut command = Command::new(env!("CARGO_BIN_EXE_strowger"));
        let output = command.arg("demo").args(arguments).current_dir(directory.path()).output()?;
        let said = String::from_utf8(output.stderr)?;
        ensure!(output.status.code() == Some(code) && said.contains(expected), "{arguments:?}: {}: {said}", output.status);
    }
    Ok(())
}
