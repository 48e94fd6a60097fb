//! Servers, hubs and what came into the database.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use crate::site::Site;
use crate::support::clock::wait_for;
use crate::support::daemon::{Answer, get};
use crate::support::postgres::PostgresServer;
use crate::support::program::{STROWGER, command, run, signal, target};

/// How long anything may take on a busy machine before it counts as failed.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

pub(crate) const DATABASE: &str = "strowger";

/// An empty folder for the test of this name.
pub(crate) fn folder(name: &str) -> Result<PathBuf> {
    let folder = target().join("tmp/hub").join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

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

/// Waits until all calls of the sites are in the database, and holds that each is there once and none else.
pub(crate) fn all_there_once(postgres: &PostgresServer, sites: &[&Site], hubs: &[&Hub]) -> Result<()> {
    let wanted: BTreeSet<String> = sites.iter().flat_map(|site| site.calls.iter().cloned()).collect();
    let count = wait_for("all calls are in the database", PATIENCE, || {
        let count: usize = postgres.sql(DATABASE, "SELECT count(DISTINCT id) FROM calls")?.parse()?;
        Ok((count >= wanted.len()).then_some(count))
    });
    let ends = || hubs.iter().map(|hub| hub.log_end()).collect::<Vec<_>>().join("\n--\n");
    let there = postgres.sql(DATABASE, "SELECT id FROM calls")?;
    let there: Vec<String> = there.lines().map(str::to_owned).collect();
    count.with_context(|| format!("{} of {} are there\n{}", there.len(), wanted.len(), ends()))?;
    ensure!(there.len() == wanted.len(), "{} rows of {} calls", there.len(), wanted.len());
    ensure!(there.into_iter().collect::<BTreeSet<_>>() == wanted, "other calls than those that were published");
    Ok(())
}
