//! `check --connect`, `capture` and `replay` with a PBX that wants a session with a login, as Avaya's does.

use std::fs;
use std::io::BufReader;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use anyhow::{Context, Result, ensure};
use strowger::pbx::capture::{Entry, Reader};
use strowger::record::CallRecord;
use strowger::telephony::Rule;
use tempfile::TempDir;

use crate::calls::Call;
use crate::following::{SOON, listing, monitored, segment};
use crate::pbx::Pbx;
use crate::server::Server;
use crate::support::clock::wait_for;
use crate::support::program::{STROWGER, source};

const PASSWORD: &str = "swordfish";

struct Site {
    directory: TempDir,
}

impl Site {
    fn new(port: u16) -> Result<Self> {
        let site = Self { directory: tempfile::tempdir()? };
        let config = format!(
            "[site]\nname = \"hq\"\n[state]\ndirectory = \"state\"\n[people]\nfile = \"{}\"\n\
             [[pbx]]\nname = \"aes\"\ndriver = \"csta\"\naddress = \"127.0.0.1:{port}\"\nusername = \"cti\"\nsecret_file = \"secret\"\n\
             [pbx.csta]\ndialect = \"dmcc\"\nextensions = [\"201\", \"202\"]\n",
            source().join("tests/csta/people.toml").display()
        );
        fs::write(site.path().join("strowger.toml"), config)?;
        site.password(PASSWORD)?;
        Ok(site)
    }

    fn password(&self, password: &str) -> Result<()> {
        let file = self.path().join("secret");
        fs::write(&file, password)?;
        Ok(fs::set_permissions(file, fs::Permissions::from_mode(0o600))?)
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(STROWGER);
        command.current_dir(self.path()).args(arguments).stdin(Stdio::null()).env_remove("STROWGER_CONFIG");
        command
    }
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn avaya() -> Pbx {
    Pbx { login: Some(("cti", PASSWORD)), ..Pbx::default() }
}

#[test]
fn check_tells_what_answers_and_what_is_refused() -> Result<()> {
    let server = Server::listen(avaya(), None)?;
    let site = Site::new(server.port())?;
    let right = site.command(&["check", "--connect"]).output()?;
    ensure!(right.status.success() && told(&right).contains("logged in and read"), "{}", told(&right));
    ensure!(server.with(|pbx| pbx.heard("StartApplicationSession", "ed3/priv4") == 1 && pbx.heard("MonitorStart", "201:::0") == 1));

    server.with(|pbx| pbx.refused.insert("202", "invalidDeviceID"));
    let refused = site.command(&["check", "--connect"]).output()?;
    ensure!(refused.status.code() == Some(77) && told(&refused).contains("refuses to monitor 202"), "{}", told(&refused));

    site.password("halibut")?;
    let wrong = site.command(&["check", "--connect"]).output()?;
    ensure!(wrong.status.code() == Some(77) && told(&wrong).contains("the PBX refuses a session"), "{}: {}", wrong.status, told(&wrong));
    ensure!(!told(&wrong).contains("halibut"));
    Ok(())
}

#[test]
fn check_names_a_pbx_that_gives_no_device() -> Result<()> {
    let server = Server::listen(listing(&[]), None)?;
    let site = Site::new(server.port())?;
    let config = fs::read_to_string(site.path().join("strowger.toml"))?;
    let config = config.split("username").next().context("a username")?;
    fs::write(site.path().join("strowger.toml"), config)?;
    let output = site.command(&["check", "--connect"]).output()?;
    ensure!(output.status.code() == Some(69) && told(&output).contains("no device is known"), "{}: {}", output.status, told(&output));
    Ok(())
}

#[test]
fn what_was_captured_gives_the_records_and_holds_no_password() -> Result<()> {
    let server = Server::listen(avaya(), None)?;
    let site = Site::new(server.port())?;
    let mut capturing = site.command(&["capture", "--for", "60s", "aes.jsonl"]).stderr(Stdio::null()).spawn()?;
    monitored(&server, "202")?;
    wait_for("both snapshots", SOON, || Ok((server.with(|pbx| pbx.heard("GetAgentState", "")) >= 2).then_some(())))?;
    server.with(|pbx| Call { number: "41", caller: "201", called: "202" }.happens(pbx));
    // What it answers after the call was captured after the call.
    server.with(|pbx| pbx.request("RequestSystemStatus", ""));
    wait_for("an answer", SOON, || Ok((server.with(|pbx| pbx.heard("RequestSystemStatusResponse", "")) >= 1).then_some(())))?;
    let capture = site.path().join("aes.jsonl");
    crate::support::program::signal(capturing.id(), "INT")?;
    wait_for("the capture ends", SOON, || Ok(capturing.try_wait()?))?;
    let entries = Reader::new("aes.jsonl".to_owned(), BufReader::new(fs::File::open(&capture)?));
    let sent = entries.filter_map(|entry| match entry {
        Ok((_, Entry::Out(bytes))) => Some(String::from_utf8_lossy(&bytes).into_owned()),
        _ => None,
    });
    let sent: String = sent.collect();
    ensure!(sent.contains("SessionLoginInfo") && !sent.contains(PASSWORD), "the login is kept, its password is not: {sent}");

    let replayed = site.command(&["replay", "aes.jsonl"]).output()?;
    ensure!(replayed.status.success(), "{}", told(&replayed));
    let records: Vec<CallRecord> = String::from_utf8(replayed.stdout)?.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    let [record] = &records[..] else { anyhow::bail!("one call was made: {records:#?}") };
    let ben = segment(record, "202")?;
    ensure!(ben.user.as_ref().is_some_and(|user| user.name == "Ben Baker") && ben.attribution.rule == Rule::PrimaryExtension);
    ensure!(record.pbx == "aes" && record.answered_at.is_some() && !record.end_uncertain, "{record:#?}");
    Ok(())
}
