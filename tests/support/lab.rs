//! A real Asterisk, brought up by the lab's own scripts and stopped when dropped.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use super::lane::Lane;
use super::program::{command, good, run, signal, source, target};

/// What the lab says about one of its scenarios.
#[derive(Clone, Deserialize, Debug)]
pub(crate) struct Scenario {
    pub(crate) name: String,
    /// Options that the instance has to be brought up with.
    pub(crate) up: Vec<String>,
    /// Oldest Asterisk that can do it.
    pub(crate) since: u32,
    /// What it expects of the client that watches.
    pub(crate) client: Client,
}

/// What a scenario expects of the client that watches.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize, Debug)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Client {
    /// It is there all the time.
    Stays,
    /// It logs in while calls are up.
    ComesLate,
    /// Its own link is cut and comes back: the truth holds for the lab's recording of it only.
    IsCut,
}

/// One instance of Asterisk.
pub(crate) struct Lab {
    pub(crate) lane: Lane,
    name: String,
    options: Vec<String>,
}

impl Lab {
    /// Brings up an instance of its own for the test of this name.
    pub(crate) fn up(name: &str, options: &[&str]) -> Result<Self> {
        let lab = Self { lane: Lane::take()?, name: name.to_owned(), options: options.iter().map(|&option| option.to_owned()).collect() };
        lab.start(&["--fresh"])?;
        Ok(lab)
    }

    fn start(&self, more: &[&str]) -> Result<()> {
        let lane = &self.lane;
        let (first, last) = lane.pbx_media();
        let mut up = tool("up");
        up.args(["--instance", &self.name, "--ami-port", &lane.ami().to_string(), "--tls-port", &lane.ami_tls().to_string()])
            .args(["--sip-port", &lane.sip().to_string(), "--trunk-ip", &lane.trunk_address(), "--trunk-port", &lane.trunk().to_string()])
            .args(["--rtp", &format!("{first}-{last}")])
            .args(&self.options)
            .args(more);
        // To a file: Asterisk inherits what `up` writes to, and a pipe would stay open as long as it runs.
        let log = target().join("tmp").join(format!("up-{}.log", self.name));
        let out = fs::File::create(&log)?;
        let status = up.stdout(out.try_clone()?).stderr(out).status().context("cannot start the lab's `up`")?;
        ensure!(status.success(), "the lab's `up` failed:\n{}", fs::read_to_string(&log)?);
        Ok(())
    }

    /// Kills the PBX without a word, and starts it again after a pause.
    pub(crate) fn crash(&self, pause: Duration) -> Result<()> {
        signal(self.pid()?, "KILL")?;
        sleep(pause);
        self.start(&[])
    }

    /// Places the calls of a scenario; returns the truth about them, as JSON.
    pub(crate) fn call(&self, scenario: &str) -> Result<String> {
        good(&mut self.call_command(scenario))
    }

    /// The command that does it.
    pub(crate) fn call_command(&self, scenario: &str) -> Command {
        let mut call = tool("call");
        call.args(["--instance", &self.name, "--scenarios"]).arg(folder().join("scenarios-hard")).arg(scenario);
        call
    }

    /// A command of Asterisk's own console.
    pub(crate) fn console(&self, line: &str) -> Result<String> {
        let configuration = format!("/srv/pbx/{}/etc/asterisk.conf", self.name);
        let tree = tree();
        good(&mut command(
            "chroot",
            [tree.as_os_str(), "/usr/sbin/asterisk".as_ref(), "-C".as_ref(), configuration.as_ref(), "-rx".as_ref(), line.as_ref()],
        ))
    }

    /// How many clients its manager interface has.
    pub(crate) fn clients(&self) -> Result<usize> {
        let said = self.console("manager show connected")?;
        let count = said.lines().find_map(|line| line.strip_suffix(" users connected."));
        count.and_then(|count| count.trim().parse().ok()).with_context(|| format!("no count of clients in {said:?}"))
    }

    fn pid(&self) -> Result<u32> {
        let file = self.home().join("run/asterisk.pid");
        let text = fs::read_to_string(&file).with_context(|| format!("{}", file.display()))?;
        text.trim().parse().with_context(|| format!("{}: {text:?}", file.display()))
    }

    fn home(&self) -> PathBuf {
        tree().join("srv/pbx").join(&self.name)
    }

    /// Where everything of this instance listens, for the lab's own tools.
    pub(crate) fn environment_file(&self) -> PathBuf {
        self.home().join("instance.env")
    }

    /// The certificate of its manager interface, which is also its own authority.
    pub(crate) fn certificate(&self) -> PathBuf {
        self.home().join("etc/ami.crt")
    }

    /// Asterisk's own call detail records: a witness who knows nothing of the manager interface.
    pub(crate) fn call_detail_records(&self) -> Result<String> {
        let file = self.home().join("log/cdr-custom/cdr.csv");
        fs::read_to_string(&file).with_context(|| format!("{}", file.display()))
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        if let Ok(output) = run(tool("down").args(["--instance", &self.name])) {
            debug_assert!(output.status.success() || std::thread::panicking(), "the lab's `down` failed: {output:?}");
        }
    }
}

/// The folder of the lab.
pub(crate) fn folder() -> PathBuf {
    source().join("tests/pbx/asterisk")
}

/// Every scenario that is given.
pub(crate) fn scenarios() -> Result<Vec<Scenario>> {
    let said = good(&mut command("python3", [source().join("tests/support/scenarios.py"), folder()]))?;
    serde_json::from_str(&said).context("the list of scenarios")
}

/// Major version of the Asterisk that is installed.
pub(crate) fn version(lab: &Lab) -> Result<u32> {
    let text = fs::read_to_string(lab.environment_file())?;
    let version = text.lines().find_map(|line| line.strip_prefix("PBX_VERSION="));
    version.and_then(|version| version.split('.').next()).and_then(|major| major.parse().ok()).context("no version in instance.env")
}

fn root() -> PathBuf {
    env::var_os("PBX_ROOT").map_or_else(|| target().join("pbx/asterisk"), PathBuf::from)
}

fn suite() -> String {
    env::var("PBX_SUITE").unwrap_or_else(|_| "sid".to_owned())
}

fn tree() -> PathBuf {
    root().join(suite())
}

fn tool(name: &str) -> Command {
    let nothing: [&Path; 0] = [];
    let mut tool = command(folder().join(name), nothing);
    tool.env("PBX_ROOT", root()).env("PBX_SUITE", suite());
    tool
}
