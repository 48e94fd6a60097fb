//! One scenario file, played by the program and followed by the program.

use std::fs;
use std::io::{BufRead as _, BufReader, Lines};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use jiff::Timestamp;
use strowger::record::CallRecord;

use super::support::clock::{now, wait_for};
use super::support::daemon::{Daemon, Settings};
use super::support::program::{STROWGER, command, good};
use super::told::in_seconds;

/// As the daemon under test is configured.
const SITE: &str = "lab";
const PASSWORD: &str = "1234";
/// The login of the simulated system where a dialect of CSTA has one.
const CSTA_USER: &str = "strowger";
const CSTA_PASSWORD: &str = "secret";

/// In what the two programs speak with each other.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Language {
    /// Mitel System OAI.
    Oai,
    /// CSTA in this dialect.
    Csta(&'static str),
}

/// From the end of the last call to its record in the store, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// What came of a scenario.
pub(crate) struct Played {
    pub(crate) name: String,
    /// What the simulator says that happened.
    pub(crate) truth: Vec<CallRecord>,
    /// What the daemon has stored.
    pub(crate) records: Vec<CallRecord>,
    daemon: Daemon,
}

/// Plays it to its end.
pub(crate) fn play(scenario: &Path, language: Language) -> Result<Played> {
    let mut name = scenario.file_stem().context("a name")?.to_string_lossy().into_owned();
    if let Language::Csta(dialect) = language {
        name = format!("{name}-{dialect}");
    }
    let folder = tempfile::tempdir()?;
    let truth = folder.path().join("truth.jsonl");
    let began = now();
    let mut simulated = Simulated::start(scenario, language, folder.path(), &truth)?;
    let people = people_of(scenario, folder.path())?;
    let mut settings = language.settings(&format!("scenario-{name}"), &people.display().to_string(), simulated.port)?;
    settings.set("http.listen", "off");
    let mut daemon = settings.daemon()?;
    daemon.start()?;
    while let Some(line) = simulated.said.next().transpose()? {
        if let Some((_, file)) = line.split_once(": people from ") {
            let file = scenario.with_file_name(file);
            good(command(STROWGER, ["users", "import"]).arg(file).arg("--config").arg(daemon.config()))?;
        }
        ensure!(!line.contains("refused"), "the exchange refused a step: {line}");
    }
    ensure!(simulated.child.wait()?.success(), "the simulator failed");
    let truth = fs::read_to_string(&truth)?;
    let truth: Vec<CallRecord> = truth.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    let records = stored(&daemon, truth.len(), began);
    let mut records =
        records.with_context(|| format!("{} calls took place; the log: {}", truth.len(), daemon.log().unwrap_or_default()))?;
    daemon.stop()?;
    records.sort_by_key(|record| record.started_at);
    Ok(Played { name, truth, records, daemon })
}

/// The records, as soon as there are as many as calls took place.
fn stored(daemon: &Daemon, calls: usize, since: Timestamp) -> Result<Vec<CallRecord>> {
    wait_for("every call is stored", PATIENCE, || {
        let records = daemon.records(since, now())?;
        Ok((records.len() >= calls).then_some(records))
    })
}

/// Who holds what there: the file that the scenario names, else the people of the default site.
fn people_of(scenario: &Path, folder: &Path) -> Result<PathBuf> {
    let table: toml::Table = fs::read_to_string(scenario)?.parse()?;
    if let Some(named) = table.get("people").and_then(toml::Value::as_str) {
        return Ok(scenario.with_file_name(named));
    }
    let file = folder.join("people.toml");
    fs::write(&file, good(&mut command(STROWGER, ["simulate", "people"]))?)?;
    Ok(file)
}

impl Language {
    /// What the daemon calls the system.
    fn pbx(self) -> &'static str {
        match self {
            Self::Oai => "mitel",
            Self::Csta(_) => "pbx",
        }
    }

    /// As an administrator would describe the default site to the daemon.
    fn settings(self, name: &str, people: &str, port: u16) -> Result<Settings> {
        let Self::Csta(dialect) = self else { return Settings::mitel(name, 0, people, &[(self.pbx(), port)]) };
        let mut settings = Settings::csta(name, 0, people, port)?;
        settings.set("pbx.csta.dialect", dialect);
        settings.set("pbx.csta.extensions", vec!["1001-1060"]);
        settings.set("pbx.csta.hunt_groups", vec!["3001-3006"]);
        if dialect == "dmcc" {
            settings.set("pbx.username", CSTA_USER);
            settings.set("pbx.secret", CSTA_PASSWORD);
        }
        Ok(settings)
    }

    /// The command that begins to simulate it.
    fn simulate(self, folder: &Path) -> Result<Command> {
        let mut simulate = command(STROWGER, ["simulate"]);
        match self {
            Self::Oai => {
                let password = folder.join("password");
                fs::write(&password, PASSWORD)?;
                simulate.arg("oai").arg("--password-file").arg(password);
            }
            Self::Csta(dialect) => {
                simulate.args(["csta", "--dialect", dialect]);
            }
        }
        Ok(simulate)
    }
}

impl Played {
    /// What `strowger explain` says of every call, in their order, with times that do not depend on the day.
    pub(crate) fn explained(&self) -> Result<String> {
        let mut texts = Vec::new();
        for record in &self.records {
            let mut explain = command(STROWGER, ["explain", &record.id.to_string(), "--config"]);
            let text = good(explain.arg(self.daemon.config()).env("TZ", "UTC"))?;
            texts.push(in_seconds(&text, record));
        }
        Ok(texts.join("\n\n"))
    }
}

/// The simulator as a program.
struct Simulated {
    child: Child,
    said: Lines<BufReader<ChildStderr>>,
    port: u16,
}

impl Simulated {
    fn start(scenario: &Path, language: Language, folder: &Path, truth: &Path) -> Result<Self> {
        let mut simulate = language.simulate(folder)?;
        simulate.args(["--listen", "127.0.0.1:0", "--verbose", "--site", SITE, "--pbx", language.pbx()]);
        simulate.arg("--scenario").arg(scenario).arg("--truth").arg(truth);
        let mut child = simulate.stderr(Stdio::piped()).stdout(Stdio::null()).spawn()?;
        let mut said = BufReader::new(child.stderr.take().context("a pipe")?).lines();
        let first = said.next().context("it says where it listens")??;
        let port = first.rsplit(':').next().and_then(|port| port.parse().ok()).with_context(|| format!("it said {first:?}"))?;
        Ok(Self { child, said, port })
    }
}

impl Drop for Simulated {
    fn drop(&mut self) {
        // It is ours, and has mostly ended already.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
