//! The whole program with sinks: started, reloaded, asked and told by the command.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use strowger::store::Store;

use super::receiver::{Receiver, Say};
use super::rig::record;
use super::support::clock::wait_for;
use super::support::daemon::{Daemon, Settings};
use super::support::program::{STROWGER, command, good, signal};

const PATIENCE: Duration = Duration::from_secs(30);

const CALLS: u64 = 25;

fn lines(folder: &Path) -> usize {
    fs::read_to_string(folder.join("lines/shipper.jsonl")).map_or(0, |text| text.lines().count())
}

fn sinks(daemon: &Daemon, arguments: &[&str]) -> Result<String> {
    good(command(STROWGER, ["sinks"]).args(arguments).arg("--config").arg(daemon.config()))
}

fn reload(daemon: &Daemon, config: &str) -> Result<()> {
    fs::write(daemon.config(), config)?;
    signal(daemon.pid()?, "HUP")
}

#[tokio::test(flavor = "multi_thread")]
async fn sinks_come_and_go_by_reload_and_are_asked_by_the_command() -> Result<()> {
    let receiver = Receiver::start(|_| Say::Status(200)).await;
    let http = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    // No PBX is there: what was stored before is delivered.
    let settings = Settings::mitel("sinks", http, "tests/traces/people.toml", &[("nowhere", 1)])?;
    let (state, folder) = (settings.state(), settings.folder().to_owned());
    let mut daemon = settings.daemon()?;
    Store::open(&state)?.put(&(0..CALLS).map(record).collect::<Vec<_>>())?;
    let without = fs::read_to_string(daemon.config())?;
    let one = format!("{without}\n[[sinks]]\nname = \"shipper\"\ntype = \"file\"\nfrom = \"beginning\"\ndirectory = \"lines\"\n");
    fs::write(daemon.config(), &one)?;
    daemon.start()?;
    let all = usize::try_from(CALLS)?;
    wait_for("all lines", PATIENCE, || Ok((lines(&folder) == all).then_some(())))?;

    fs::write(folder.join("crm.secret"), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n")?;
    let crm = format!(
        "\n[[sinks]]\nname = \"crm\"\ntype = \"webhook\"\nfrom = \"beginning\"\nurl = \"http://{}/\"\nsecret_files = [\"crm.secret\"]\nallow_private_addresses = true\n",
        receiver.address
    );
    reload(&daemon, &format!("{one}{crm}"))?;
    wait_for("all requests", PATIENCE, || Ok((receiver.seen().len() == all).then_some(())))?;
    let ready: serde_json::Value = serde_json::from_str(&daemon.get("/health/ready")?.body)?;
    ensure!(ready["sinks"].as_array().is_some_and(|sinks| !sinks.is_empty()), "{ready}");
    wait_for("metrics", PATIENCE, || {
        Ok((daemon.metric("strowger_sink_delivered_total")? == Some(f64::from(u32::try_from(2 * CALLS)?))).then_some(()))
    })?;

    sinks(&daemon, &["replay", "crm", "--call", &record(3).id.to_string()])?;
    wait_for("one more", PATIENCE, || Ok((receiver.times(&record(3).id.to_string()) == 2).then_some(())))?;
    sinks(&daemon, &["disable", "crm"])?;
    let listed = || -> Result<Option<()>> { Ok(sinks(&daemon, &["list"])?.contains("crm  webhook  disabled").then_some(())) };
    wait_for("disabled", PATIENCE, listed)?;
    sinks(&daemon, &["enable", "crm"])?;
    ensure!(sinks(&daemon, &["quarantine", "list"])?.is_empty());

    reload(&daemon, &one)?;
    daemon.says(&["no longer configured", "crm"], PATIENCE)?;
    sinks(&daemon, &["forget", "crm"])?;
    ensure!(!sinks(&daemon, &["list"])?.contains("crm"));
    ensure!(sinks(&daemon, &["forget", "shipper"]).is_err(), "a sink that is configured is not forgotten");
    ensure!(daemon.stop().context("the end")?.success());
    ensure!(lines(&folder) == all, "nothing is doubled");
    Ok(())
}
