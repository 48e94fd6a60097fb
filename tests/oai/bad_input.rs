//! Peers that are no Mitel system, or a wrong one: the program says what is wrong, tries again, and its memory stays flat.

use std::net::TcpStream;
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::support::clock::wait_for;
use crate::support::daemon::{Daemon, Settings};
use crate::support::lane::Lane;
use crate::support::oai::wrong;
use crate::support::peer::{self, Peer};

/// Idle it takes less than 30 MiB; nothing that a peer sends may cost much more.
const MEMORY_MAX_MIB: u64 = 48;
/// What all calls and agents that may be open at once take, design §10.
const STATE_MAX_MIB: u64 = 300;

/// However much garbage comes, the disk of the log is not what it fills.
const LOG_MAX: usize = 256 * 1024;

const SOON: Duration = Duration::from_secs(15);

#[test]
fn a_port_that_speaks_http() -> Result<()> {
    meets("oai-bad-http", peer::http, &["HTTP"])
}

#[test]
fn a_port_that_speaks_the_manager_interface() -> Result<()> {
    meets("oai-bad-asterisk", wrong::asterisk, &["Asterisk"])
}

#[test]
fn a_server_that_never_sends_rs() -> Result<()> {
    meets("oai-bad-silence", wrong::silence, &["RS"])
}

#[test]
fn a_server_that_closes_after_the_login() -> Result<()> {
    meets("oai-bad-close", wrong::close_after_login, &["password"])
}

#[test]
fn a_server_that_refuses_the_login_in_words_of_its_own() -> Result<()> {
    meets("oai-bad-refusal", wrong::refusal, &["INVALID PASSWORD"])
}

#[test]
fn a_server_without_a_free_port() -> Result<()> {
    meets("oai-bad-ports", wrong::ports_exceeded, &["30", "port"])
}

#[test]
fn a_server_that_is_never_ready() -> Result<()> {
    meets("oai-bad-never-ready", wrong::never_ready, &["RD"])
}

#[test]
fn a_server_that_answers_nothing() -> Result<()> {
    meets("oai-bad-deaf", wrong::deaf, &["_MS"])
}

#[test]
fn garbage_bytes() -> Result<()> {
    meets("oai-bad-garbage", wrong::garbage, &["bytes"])
}

#[test]
fn a_frame_that_is_too_long() -> Result<()> {
    meets("oai-bad-oversize", wrong::oversize_frame, &["16777216", "frame"])
}

#[test]
fn half_a_frame() -> Result<()> {
    meets("oai-bad-half", wrong::half_a_frame, &["RS"])
}

#[test]
fn lines_without_meaning() -> Result<()> {
    meets("oai-bad-lines", wrong::garbage_lines, &["could not be read"])
}

/// They look like calls and logins, and each is told as one: the memory stays within the bounds of calls and agents.
#[test]
fn events_without_meaning() -> Result<()> {
    meets_within("oai-bad-events", wrong::nonsense_events, &["mitel"], usize::MAX, STATE_MAX_MIB)
}

#[test]
fn empty_frames_without_end() -> Result<()> {
    meets("oai-bad-empty", wrong::empty_frames, &["mitel"])
}

/// The daemon before a peer that does something wrong.
fn meets(name: &str, wrong: fn(&mut TcpStream) -> u64, words: &[&str]) -> Result<()> {
    meets_within(name, wrong, words, LOG_MAX, MEMORY_MAX_MIB)
}

fn meets_within(name: &str, wrong: fn(&mut TcpStream) -> u64, words: &[&str], log_max: usize, memory_max_mib: u64) -> Result<()> {
    let lane = Lane::take()?;
    let peer = Peer::listen(lane.other(), wrong)?;
    let mut settings = Settings::mitel(name, lane.http(), "tests/oai/people.toml", &[("mitel", lane.other())])?;
    settings.set("pbx.login_timeout_s", 1);
    settings.set("pbx.oai.timers.ready_s", 1);
    settings.set("pbx.oai.timers.reply_s", 1);
    settings.set("pbx.oai.timers.optional_reply_s", 1);
    let mut daemon = settings.daemon()?;
    daemon.start()?;
    daemon.says(words, SOON)?;
    tries_again(&peer, &daemon)?;
    // What still comes must neither be kept nor told without end.
    sleep(Duration::from_secs(2));
    let (log, memory) = (daemon.log()?.len(), daemon.memory_peak_mib()?);
    let sent = format!("{} connections, {} KiB sent", peer.connections(), peer.bytes() / 1024);
    ensure!(log < log_max, "{log} bytes of log after {sent}");
    ensure!(memory <= memory_max_mib, "it took {memory} MiB after {sent}");
    lives_on_out_of_step(&daemon)?;
    ensure!(daemon.stop()?.success());
    Ok(())
}

/// It tries again: unless the fault is one of configuration it does so soon, and else it says when.
fn tries_again(peer: &Peer, daemon: &Daemon) -> Result<()> {
    let waited = wait_for("a second connection", Duration::from_secs(8), || Ok((peer.connections() >= 2).then_some(())));
    waited.or_else(|_| daemon.says(&["retry_s"], SOON).map(drop)).context("it neither tries again nor says when")
}

fn lives_on_out_of_step(daemon: &Daemon) -> Result<()> {
    wait_for("it is alive", SOON, || Ok(daemon.get("/health/live").is_ok_and(|answer| answer.status == 200).then_some(())))?;
    let ready = daemon.get("/health/ready")?;
    ensure!(ready.status == 503, "it says that it is ready: {} {}", ready.status, ready.body);
    Ok(())
}
