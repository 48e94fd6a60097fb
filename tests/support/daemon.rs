//! The daemon under test: configured, started, asked, stopped or killed.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use jiff::Timestamp;
use strowger::record::CallRecord;
use toml::{Table, Value};

use super::clock::wait_for;
use super::lab::Lab;
use super::program::{STROWGER, command, good, signal, source, target};

/// How long a start may take on a busy machine before it counts as failed.
const PATIENCE: Duration = Duration::from_mins(1);

/// A configured daemon, running or not.
pub(crate) struct Daemon {
    folder: PathBuf,
    config: PathBuf,
    http: u16,
    child: Option<Child>,
}

/// What to configure: the description of the lab's PBX that `replay` uses too, with the places of this test.
pub(crate) struct Settings {
    folder: PathBuf,
    http: u16,
    table: Table,
}

impl Settings {
    /// For a daemon of its own for the test of this name, talking to `address`.
    pub(crate) fn new(name: &str, http: u16, address: &str) -> Result<Self> {
        let folder = fresh_folder(name)?;
        let given = source().join("tests/traces/strowger.toml");
        let table = fs::read_to_string(&given).with_context(|| format!("{}", given.display()))?.parse()?;
        let mut settings = Self { folder, http, table };
        settings.set("state.directory", settings.state().display().to_string());
        settings.set("people.file", source().join("tests/traces/people.toml").display().to_string());
        settings.set("http.listen", format!("127.0.0.1:{http}"));
        settings.set("log.format", "json");
        settings.set("pbx.address", address);
        settings.set("pbx.username", "connector");
        settings.set("pbx.secret", "connector-secret");
        settings.set("pbx.reconnect_min_ms", 100);
        settings.set("pbx.reconnect_max_s", 1);
        settings.set("pbx.keep_alive_s", 1);
        settings.set("pbx.dead_after_s", 3);
        Ok(settings)
    }

    /// For a daemon that talks to Mitel systems: their names and ports on this machine. `people` is a file of the project.
    pub(crate) fn mitel(name: &str, http: u16, people: &str, systems: &[(&str, u16)]) -> Result<Self> {
        let folder = fresh_folder(name)?;
        let table: Table = "[site]\nname = \"lab\"".parse()?;
        let mut settings = Self { folder, http, table };
        let pbx = |(name, port): &(&str, u16)| -> Result<Value> {
            let mut table: Table = "driver = \"oai\"\nsecret = \"1234\"\nreconnect_min_ms = 100\nreconnect_max_s = 1".parse()?;
            table.insert("name".to_owned(), (*name).into());
            table.insert("address".to_owned(), format!("127.0.0.1:{port}").into());
            Ok(Value::Table(table))
        };
        settings.table.insert("pbx".to_owned(), Value::Array(systems.iter().map(pbx).collect::<Result<_>>()?));
        settings.set("state.directory", settings.state().display().to_string());
        settings.set("people.file", source().join(people).display().to_string());
        settings.set("http.listen", format!("127.0.0.1:{http}"));
        settings.set("log.format", "json");
        Ok(settings)
    }

    /// For a daemon that talks to a PBX that speaks CSTA, on this machine. `people` is a file of the project.
    pub(crate) fn csta(name: &str, http: u16, people: &str, port: u16) -> Result<Self> {
        let folder = fresh_folder(name)?;
        let pbx = "[[pbx]]\nname = \"pbx\"\ndriver = \"csta\"\nreconnect_min_ms = 100\nreconnect_max_s = 1\n";
        let table: Table = format!("[site]\nname = \"lab\"\n{pbx}").parse()?;
        let mut settings = Self { folder, http, table };
        settings.set("pbx.address", format!("127.0.0.1:{port}"));
        settings.set("state.directory", settings.state().display().to_string());
        settings.set("people.file", source().join(people).display().to_string());
        settings.set("http.listen", format!("127.0.0.1:{http}"));
        settings.set("log.format", "json");
        Ok(settings)
    }

    /// For a daemon that talks to the manager interface of an instance of the lab.
    pub(crate) fn of(lab: &Lab, name: &str) -> Result<Self> {
        Self::new(name, lab.lane.http(), &format!("127.0.0.1:{}", lab.lane.ami()))
    }

    /// Sets a key, given with the names of its sections. `pbx` is the first PBX.
    pub(crate) fn set(&mut self, key: &str, value: impl Into<Value>) {
        let (sections, last) = key.rsplit_once('.').unwrap_or(("", key));
        let mut table = &mut self.table;
        for section in sections.split('.') {
            let next = table.entry(section).or_insert_with(|| Value::Table(Table::new()));
            let Some(found) = (match next {
                Value::Array(several) => several.first_mut().and_then(Value::as_table_mut),
                one => one.as_table_mut(),
            }) else {
                return;
            };
            table = found;
        }
        table.insert(last.to_owned(), value.into());
    }

    /// The state directory.
    pub(crate) fn state(&self) -> PathBuf {
        self.folder.join("state")
    }

    /// The folder of this daemon.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Writes it down. Nothing is started yet.
    pub(crate) fn daemon(self) -> Result<Daemon> {
        fs::create_dir_all(self.state())?;
        let config = self.folder.join("strowger.toml");
        fs::write(&config, toml::to_string(&self.table)?)?;
        Ok(Daemon { folder: self.folder, config, http: self.http, child: None })
    }
}

/// An empty folder for the test of this name.
fn fresh_folder(name: &str) -> Result<PathBuf> {
    let folder = target().join("tmp/daemon").join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("{}", folder.display()))?;
    }
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

impl Daemon {
    /// Starts it; it need not be ready yet.
    pub(crate) fn start(&mut self) -> Result<()> {
        let command = self.command()?;
        self.start_as(command)
    }

    /// Starts it by a command made from [`Daemon::command`].
    pub(crate) fn start_as(&mut self, mut command: Command) -> Result<()> {
        ensure!(self.child.is_none(), "it runs already");
        self.child = Some(command.spawn().context("cannot start the daemon")?);
        Ok(())
    }

    /// The command that starts it. What it says goes to the end of its log.
    pub(crate) fn command(&self) -> Result<Command> {
        let log = File::options().create(true).append(true).open(self.log_file())?;
        let mut command = command(STROWGER, ["run".as_ref(), "--config".as_ref(), self.config.as_os_str()]);
        command.stdout(log.try_clone()?).stderr(Stdio::from(log));
        Ok(command)
    }

    /// Waits until it is in step with the PBX.
    pub(crate) fn ready(&mut self) -> Result<()> {
        let waited = wait_for("the daemon is ready", PATIENCE, || {
            self.still_runs()?;
            Ok((self.get("/health/ready").is_ok_and(|answer| answer.status == 200)).then_some(()))
        });
        waited.with_context(|| format!("its log ends: {}", self.log_end()))
    }

    /// Starts it and waits until it is in step.
    pub(crate) fn up(&mut self) -> Result<()> {
        self.start()?;
        self.ready()
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
        signal(self.pid()?, "TERM")?;
        let status = self.ended(Duration::from_secs(10)).context("after SIGTERM")?;
        Ok(status)
    }

    /// Waits until it ends by itself.
    pub(crate) fn ended(&mut self, wait: Duration) -> Result<ExitStatus> {
        let child = self.child.as_mut().context("it does not run")?;
        let status = wait_for("the daemon ends", wait, || Ok(child.try_wait()?))?;
        self.child = None;
        Ok(status)
    }

    pub(crate) fn pid(&self) -> Result<u32> {
        Ok(self.child.as_ref().context("it does not run")?.id())
    }

    /// How it ended, if it did so by itself since it was started.
    pub(crate) fn has_ended(&mut self) -> Result<Option<ExitStatus>> {
        let status = self.child.as_mut().context("it does not run")?.try_wait()?;
        if status.is_some() {
            self.child = None;
        }
        Ok(status)
    }

    fn still_runs(&mut self) -> Result<()> {
        if let Some(status) = self.child.as_mut().context("it does not run")?.try_wait()? {
            self.child = None;
            bail!("the daemon ended: {status}; its log ends: {}", self.log_end());
        }
        Ok(())
    }

    /// Asks its HTTP port.
    pub(crate) fn get(&self, path: &str) -> Result<Answer> {
        get(self.http, path)
    }

    /// Imports the people of the lab, as an administrator would before the first start.
    pub(crate) fn import_people(&self) -> Result<()> {
        let people = source().join("tests/traces/people.toml");
        good(command(STROWGER, ["users", "import"]).arg(people).arg("--config").arg(&self.config)).map(drop)
    }

    /// Value of a metric, summed over its labels; `None` if there is none of that name.
    pub(crate) fn metric(&self, name: &str) -> Result<Option<f64>> {
        let text = self.get("/metrics")?.body;
        let values = text.lines().filter_map(|line| {
            let rest = line.strip_prefix(name)?;
            let value = if rest.starts_with('{') { rest.rsplit_once('}')?.1 } else { rest };
            value.starts_with(' ').then(|| value.trim().parse::<f64>().ok())?
        });
        let values: Vec<f64> = values.collect();
        Ok((!values.is_empty()).then(|| values.iter().sum()))
    }

    /// What is in the store, through the program's own `calls`.
    pub(crate) fn records(&self, since: Timestamp, until: Timestamp) -> Result<Vec<CallRecord>> {
        let lines = self.records_text(since, until)?;
        lines.lines().map(|line| serde_json::from_str(line).with_context(|| format!("not a call record: {line}"))).collect()
    }

    /// The same, as JSON Lines.
    pub(crate) fn records_text(&self, since: Timestamp, until: Timestamp) -> Result<String> {
        let config = self.config.display().to_string();
        let (since, until) = (since.to_string(), until.to_string());
        good(&mut command(STROWGER, ["calls", "--config", &config, "--format", "jsonl", "--since", &since, "--until", &until]))
    }

    /// Waits until no call is open and nothing waits for the disk.
    pub(crate) fn settled(&self) -> Result<()> {
        wait_for("no call is open", PATIENCE, || Ok((self.metric("strowger_calls_open")? == Some(0.0)).then_some(()))).map(drop)
    }

    /// Most memory that it ever had at once, in MiB.
    pub(crate) fn memory_peak_mib(&self) -> Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid()?))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no VmHWM")?;
        Ok(line.trim().trim_end_matches(" kB").parse::<u64>()? / 1024)
    }

    pub(crate) fn log(&self) -> Result<String> {
        Ok(fs::read_to_string(self.log_file())?)
    }

    /// Waits until it says something that contains all of these.
    pub(crate) fn says(&self, words: &[&str], wait: Duration) -> Result<String> {
        let found = wait_for(&format!("the log says {words:?}"), wait, || {
            Ok(self.log()?.lines().find(|line| words.iter().all(|word| line.contains(word))).map(str::to_owned))
        });
        found.with_context(|| format!("the log ends: {}", self.log_end()))
    }

    fn log_file(&self) -> PathBuf {
        self.folder.join("log")
    }

    pub(crate) fn log_end(&self) -> String {
        let log = self.log().unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(12)..].join("\n")
    }

    /// Its configuration file.
    pub(crate) fn config(&self) -> &Path {
        &self.config
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ended = child.kill();
            let _status = child.wait();
        }
    }
}

/// An HTTP answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
}

/// Asks an HTTP port of this machine.
pub(crate) fn get(port: u16, path: &str) -> Result<Answer> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    let (head, body) = text.split_once("\r\n\r\n").context("no end of the HTTP header")?;
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).context("no HTTP status")?;
    ensure!(!head.to_ascii_lowercase().contains("transfer-encoding: chunked"), "this small client does not read chunks");
    Ok(Answer { status, body: body.to_owned() })
}
