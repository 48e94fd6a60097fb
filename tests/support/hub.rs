//! A hub under test: configured, started, asked, stopped or killed.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use super::clock::wait_for;
use super::daemon::{Answer, get};
use super::program::{STROWGER, command, run, signal};

/// How long a start may take on a busy machine before it counts as failed.
const PATIENCE: Duration = Duration::from_mins(1);

/// A hub, running or not.
pub(crate) struct Hub {
    config: PathBuf,
    http: u16,
    child: Option<Child>,
}

impl Hub {
    /// Writes its configuration; `more` are further lines of `[hub]`.
    pub(crate) fn new(folder: &Path, name: &str, servers: &str, database: &str, http: u16, more: &str) -> Result<Self> {
        let servers: Vec<String> = servers.split(',').map(|server| format!("\"{server}\"")).collect();
        let text = format!(
            "[hub]\nservers = [{}]\nbatch_messages_max = 50\nack_wait_s = 5\n{more}\n[hub.postgres]\nurl = \"{database}\"\n\
             [http]\nlisten = \"127.0.0.1:{http}\"\n[log]\nformat = \"json\"\nlevel = \"debug,async_nats=info,tokio_postgres=info\"\n",
            servers.join(", ")
        );
        let config = folder.join(format!("{name}.toml"));
        fs::write(&config, text)?;
        Ok(Self { config, http, child: None })
    }

    /// With a configuration that is there.
    pub(crate) fn of_file(config: PathBuf, http: u16) -> Self {
        Self { config, http, child: None }
    }

    pub(crate) fn start(&mut self) -> Result<()> {
        ensure!(self.child.is_none(), "it runs already");
        let log = File::options().create(true).append(true).open(self.log_file())?;
        let mut hub = command(STROWGER, ["hub".as_ref(), "--config".as_ref(), self.config.as_os_str()]);
        self.child = Some(hub.stdout(log.try_clone()?).stderr(Stdio::from(log)).spawn()?);
        Ok(())
    }

    /// Starts it and waits until it takes and stores.
    pub(crate) fn up(&mut self) -> Result<()> {
        self.start()?;
        self.ready()
    }

    pub(crate) fn ready(&mut self) -> Result<()> {
        let waited = wait_for("the hub is ready", PATIENCE, || {
            if let Some(status) = self.child.as_mut().context("it does not run")?.try_wait()? {
                bail!("the hub ended: {status}");
            }
            Ok(self.get("/health/ready").is_ok_and(|answer| answer.status == 200).then_some(()))
        });
        waited.with_context(|| format!("its log ends: {}", self.log_end()))
    }

    /// `kill -9`.
    pub(crate) fn kill(&mut self) -> Result<()> {
        let mut child = self.child.take().context("it does not run")?;
        child.kill()?;
        child.wait()?;
        Ok(())
    }

    /// How it ended, if it did so by itself since it was started.
    pub(crate) fn has_ended(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.child.as_mut().context("it does not run")?.try_wait()?)
    }

    /// SIGTERM; it has ten seconds to stop.
    pub(crate) fn stop(&mut self) -> Result<ExitStatus> {
        let child = self.child.as_mut().context("it does not run")?;
        signal(child.id(), "TERM")?;
        let status = wait_for("the hub ends", Duration::from_secs(11), || Ok(child.try_wait()?));
        self.child = None;
        status.with_context(|| format!("its log ends: {}", self.log_end()))
    }

    pub(crate) fn get(&self, path: &str) -> Result<Answer> {
        get(self.http, path)
    }

    /// A metric, with its labels as they are written; 0 if it is not there.
    pub(crate) fn metric(&self, name: &str) -> Result<f64> {
        let text = self.get("/metrics")?.body;
        let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        Ok(value.map(str::parse).transpose()?.unwrap_or(0.0))
    }

    /// Whether a metric that counts is this number.
    pub(crate) fn counts(&self, name: &str, number: f64) -> Result<bool> {
        Ok((self.metric(name)? - number).abs() < 0.5)
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.log_file()).unwrap_or_default()
    }

    pub(crate) fn log_end(&self) -> String {
        let log = self.log();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(15)..].join("\n")
    }

    fn log_file(&self) -> PathBuf {
        self.config.with_extension("log")
    }

    /// `strowger hub completeness` with these arguments.
    pub(crate) fn completeness(&self, arguments: &[&str]) -> Result<String> {
        let mut asked = command(STROWGER, ["hub", "completeness"]);
        let output = run(asked.args(arguments).arg("--config").arg(&self.config))?;
        ensure!(output.status.success(), "{}: {}", output.status, String::from_utf8_lossy(&output.stderr));
        Ok(String::from_utf8(output.stdout)?)
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ended = child.kill();
            let _status = child.wait();
        }
    }
}
