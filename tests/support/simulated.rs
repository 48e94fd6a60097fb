//! A simulated Mitel system with random calls, as a program, and how far it has come.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use strowger::record::CallRecord;

use super::clock::wait_for;
use super::program::{STROWGER, command, good, signal};

/// What [`super::daemon::Settings::mitel`] says of the site, and what its PBX is called here.
pub(crate) const SITE: &str = "lab";
pub(crate) const PBX: &str = "mitel";
const PASSWORD: &str = "1234";

/// Ends with the test.
pub(crate) struct Simulated {
    child: Child,
    said: Option<BufReader<ChildStderr>>,
    truth: PathBuf,
    /// How far the truth was read, and how many lines it had.
    read: (u64, u64),
    people: PathBuf,
    pub(crate) port: u16,
}

impl Simulated {
    /// With these further arguments. Its files are kept in the folder.
    pub(crate) fn start(folder: &Path, arguments: &[&str]) -> Result<Self> {
        fs::create_dir_all(folder)?;
        let (password, truth, people) = (folder.join("oai.password"), folder.join("truth.jsonl"), folder.join("people.toml"));
        fs::write(&password, PASSWORD)?;
        fs::write(&people, good(&mut command(STROWGER, ["simulate", "people"]))?)?;
        let mut simulate = command(STROWGER, ["simulate", "oai", "--listen", "127.0.0.1:0", "--site", SITE, "--pbx", PBX]);
        simulate.args(arguments).arg("--truth").arg(&truth).arg("--password-file").arg(password);
        let mut child = simulate.stderr(Stdio::piped()).stdout(Stdio::null()).spawn()?;
        let mut said = BufReader::new(child.stderr.take().context("a pipe")?);
        let mut first = String::new();
        said.read_line(&mut first)?;
        let port = first.trim().rsplit(':').next().and_then(|port| port.parse().ok()).with_context(|| format!("it said {first:?}"))?;
        Ok(Self { child, said: Some(said), truth, read: (0, 0), people, port })
    }

    /// The people of its site.
    pub(crate) fn people(&self) -> String {
        self.people.display().to_string()
    }

    /// How many calls are over, by the lines of the truth.
    pub(crate) fn calls_over(&mut self) -> Result<u64> {
        let mut file = File::open(&self.truth)?;
        file.seek(SeekFrom::Start(self.read.0))?;
        let mut more = Vec::new();
        self.read.0 += u64::try_from(file.read_to_end(&mut more)?)?;
        self.read.1 += u64::try_from(more.split(|byte| *byte == b'\n').count() - 1)?;
        Ok(self.read.1)
    }

    /// Interrupts it: calls that are open then end unseen.
    pub(crate) fn interrupt(&self) -> Result<()> {
        signal(self.child.id(), "INT")
    }

    /// Waits until it ends: by itself when the load is over.
    pub(crate) fn ended(&mut self) -> Result<()> {
        let mut said = self.said.take().context("it ends once")?;
        let reader = thread::spawn(move || {
            let mut text = String::new();
            said.read_to_string(&mut text).map(|_| text)
        });
        let child = &mut self.child;
        let status = wait_for("the simulated calls are over", Duration::from_mins(3), || Ok(child.try_wait()?))?;
        let text = reader.join().ok().context("its words")??;
        ensure!(status.success(), "the simulator: {status}: {text}");
        Ok(())
    }

    /// What happened.
    pub(crate) fn truth(&self) -> Result<Vec<CallRecord>> {
        let text = fs::read_to_string(&self.truth)?;
        Ok(text.lines().map(serde_json::from_str).collect::<Result<_, _>>()?)
    }
}

impl Drop for Simulated {
    fn drop(&mut self) {
        // It is ours, and has mostly ended already.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
