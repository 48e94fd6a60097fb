//! `check --connect`, `capture` and `replay` with a Mitel system, which is the simulator: its socket in this process, the program beside it.

#![allow(clippy::expect_used, reason = "a test may fail anywhere")]

use std::collections::BTreeMap;
use std::fs;
use std::io::BufReader;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use strowger::daemon::clock::SystemClock;
use strowger::pbx::capture::{Entry, Reader};
use strowger::record::CallRecord;
use strowger::simulator::exchange::Exchange;
use strowger::simulator::load::{self, Load};
use strowger::simulator::oai::{Profile, Server};
use strowger::simulator::serve::{Sight, serve};
use strowger::simulator::{self, Simulation, Start, Traffic, truth};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

const PASSWORD: &str = "swordfish";

/// A Mitel system with a password, and a site that is configured for it.
struct Site {
    directory: TempDir,
    truth: Arc<Mutex<Vec<CallRecord>>>,
    stop: CancellationToken,
}

impl Site {
    async fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let people = simulator::default_people()?;
        let mut site = simulator::default_site(&people);
        let pace = 0.1;
        load::compress(&mut site, pace);
        let settings = load::Settings { calls_per_s: 3.0, calls: None, seed: 11, pace };
        let told = truth::Settings { site: "hq".to_owned(), pbx: "mitel".to_owned(), country: None, people };
        let face = Server::new(Profile { password: PASSWORD.to_owned(), ..Profile::default() });
        let start = Start::Watched(Duration::from_millis(200));
        let mut simulation = Simulation::new(Exchange::new(site, told)?, face, Traffic::Load(Box::new(Load::new(settings))), start);
        let (truth, stop, clock) = (Arc::new(Mutex::new(Vec::new())), CancellationToken::new(), SystemClock::start());
        let (kept, stopped) = (Arc::clone(&truth), stop.clone());
        tokio::spawn(async move {
            let keep = |sight| {
                if let Sight::Ended(record) = sight {
                    kept.lock().unwrap_or_else(PoisonError::into_inner).push(*record);
                }
                Ok(())
            };
            serve(listener, &mut simulation, move || clock.now(), Duration::ZERO, &stopped, keep).await
        });
        let directory = tempfile::tempdir()?;
        let config = format!(
            "[site]\nname = \"hq\"\n[state]\ndirectory = \"state\"\n[people]\nfile = \"people.toml\"\n\
             [[pbx]]\nname = \"mitel\"\ndriver = \"oai\"\naddress = \"{address}\"\nsecret_file = \"oai.password\"\nlogin_timeout_s = 2\n"
        );
        fs::write(directory.path().join("strowger.toml"), config)?;
        fs::write(directory.path().join("people.toml"), simulator::default_people_text())?;
        let site = Self { directory, truth, stop };
        site.password(PASSWORD)?;
        Ok(site)
    }

    fn password(&self, password: &str) -> Result<()> {
        use std::os::unix::fs::PermissionsExt as _;
        let file = self.path().join("oai.password");
        fs::write(&file, password)?;
        Ok(fs::set_permissions(file, fs::Permissions::from_mode(0o600))?)
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    async fn strowger(&self, arguments: &[&str]) -> Result<Output> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_strowger"));
        command.current_dir(self.path()).args(arguments).stdin(Stdio::null()).env_remove("STROWGER_CONFIG");
        Ok(tokio::task::spawn_blocking(move || command.output()).await??)
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn check_tells_what_answers_and_what_a_wrong_password_looks_like() -> Result<()> {
    let site = Site::start().await?;
    let right = site.strowger(&["check", "--connect"]).await?;
    ensure!(right.status.success() && told(&right).contains("logged in and read"), "{}", told(&right));
    ensure!(told(&right).contains("V10.20"), "what answers: {}", told(&right));
    site.password("halibut")?;
    let wrong = site.strowger(&["check", "--connect"]).await?;
    ensure!(wrong.status.code() == Some(77) && told(&wrong).contains("the OAI password is wrong"), "{}: {}", wrong.status, told(&wrong));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_captured_gives_the_true_records_and_holds_no_password() -> Result<()> {
    let site = Site::start().await?;
    let captured = site.strowger(&["capture", "--for", "6s", "mitel.jsonl"]).await?;
    ensure!(captured.status.success(), "{}", told(&captured));
    let capture = site.path().join("mitel.jsonl");
    let entries = Reader::new("mitel.jsonl".to_owned(), BufReader::new(fs::File::open(&capture)?));
    let sent = entries.filter_map(|entry| match entry {
        Ok((_, Entry::Out(bytes))) => Some(String::from_utf8_lossy(&bytes).into_owned()),
        _ => None,
    });
    let sent: Vec<String> = sent.collect();
    ensure!(sent[0].contains("Strowger") && !sent.concat().contains(PASSWORD), "the login is kept, its password is not: {sent:?}");
    ensure!(!fs::read_to_string(&capture)?.contains(PASSWORD));
    let replayed = site.strowger(&["replay", "mitel.jsonl"]).await?;
    ensure!(replayed.status.success(), "{}", told(&replayed));
    ensure!(replayed.stdout == site.strowger(&["replay", "mitel.jsonl"]).await?.stdout, "the same capture gives the same records");

    // Calls that ended while it was captured are told as they were. Only their ids and moments come from other clocks.
    let records: Vec<CallRecord> = String::from_utf8(replayed.stdout)?.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    let truth = site.truth.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let by_number: BTreeMap<&Vec<String>, &CallRecord> = truth.iter().map(|record| (&record.switch_calls, record)).collect();
    let mut compared = 0;
    for record in records.iter().filter(|record| !record.end_uncertain) {
        let true_one = by_number.get(&record.switch_calls).with_context(|| format!("no such call: {record:#?}"))?;
        let who = |record: &CallRecord| -> Vec<_> {
            let of = |segment: &strowger::record::Segment| (segment.device.clone(), segment.user.as_ref().map(|user| user.name.clone()));
            record.segments.iter().map(of).collect()
        };
        ensure!(record.outcome == true_one.outcome && who(record) == who(true_one), "{record:#?}\nis truly\n{true_one:#?}");
        compared += 1;
    }
    ensure!(compared > 3, "only {compared} of {} records could be compared with {} true ones", records.len(), truth.len());
    Ok(())
}
