//! Everything around the daemon that can be wrong: it says what and what to do, ends with the right code or tries again,
//! loses nothing, and its memory stays flat.

mod support;

use std::fs;
use std::process::Output;
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use support::clock::{now, wait_for};
use support::daemon::{Daemon, Settings};
use support::lab::Lab;
use support::lane::Lane;
use support::peer::{self, Peer};
use support::phones::{Planned, Playing};
use support::program::{STROWGER, command, run};
use support::small_disk::SmallDisk;

/// Idle it takes less than 30 MiB; nothing that a peer sends may cost much more.
const MEMORY_MAX_MIB: u64 = 48;

/// However much garbage comes, the disk of the log is not what it fills.
const LOG_MAX: usize = 256 * 1024;

const SOON: Duration = Duration::from_secs(15);

/// Exit codes, as `strowger --help` tells them.
const UNAVAILABLE: i32 = 69;
const STATE: i32 = 73;
const REFUSED: i32 = 77;

#[test]
fn wrong_password() -> Result<()> {
    let lab = Lab::up("bad-password", &[])?;
    let mut settings = Settings::of(&lab, "bad-password")?;
    settings.set("pbx.secret", "not-the-secret");
    let mut daemon = settings.daemon()?;
    daemon.start()?;
    let line = daemon.says(&["connector", "refuse"], SOON)?;
    ensure!(!line.contains("not-the-secret"), "the log shows the secret: {line}");
    lives_on_out_of_step(&mut daemon)?;
    ensure!(daemon.stop()?.success());
    let check = check_connect(&daemon)?;
    ensure!(check.status.code() == Some(REFUSED), "check --connect: {check:?}");
    Ok(())
}

#[test]
fn missing_privilege() -> Result<()> {
    let lab = Lab::up("bad-privilege", &[])?;
    let mut settings = Settings::of(&lab, "bad-privilege")?;
    settings.set("pbx.username", "listener");
    settings.set("pbx.secret", "listener-secret");
    let mut daemon = settings.daemon()?;
    daemon.start()?;
    // It names what is missing, and where to give it.
    daemon.says(&["listener", "write", "manager.conf"], SOON)?;
    lives_on(&mut daemon)?;
    ensure!(daemon.stop()?.success());
    let check = check_connect(&daemon)?;
    ensure!(check.status.code() == Some(REFUSED), "check --connect: {check:?}");
    Ok(())
}

#[test]
fn a_port_that_speaks_http() -> Result<()> {
    let (peer, mut daemon, _lane) = before("bad-http", peer::http, |_| {})?;
    daemon.says(&["HTTP"], SOON)?;
    again(&peer, &daemon)?;
    lives_on_out_of_step(&mut daemon)
}

#[test]
fn a_port_that_says_nothing() -> Result<()> {
    let (peer, mut daemon, _lane) = before("bad-silence", peer::silence, |settings| settings.set("pbx.connect_timeout_s", 1))?;
    daemon.says(&["greeting"], SOON)?;
    again(&peer, &daemon)?;
    lives_on_out_of_step(&mut daemon)
}

#[test]
fn nobody_listens() -> Result<()> {
    let lane = Lane::take()?;
    let mut daemon = Settings::new("bad-nobody", lane.http(), &format!("127.0.0.1:{}", lane.other()))?.daemon()?;
    daemon.start()?;
    daemon.says(&["refuses connections"], SOON)?;
    lives_on_out_of_step(&mut daemon)?;
    ensure!(daemon.stop()?.success());
    let check = check_connect(&daemon)?;
    ensure!(check.status.code() == Some(UNAVAILABLE), "check --connect: {check:?}");
    Ok(())
}

#[test]
fn garbage_bytes() -> Result<()> {
    let (peer, mut daemon, _lane) = before("bad-garbage", peer::garbage, |_| {})?;
    daemon.says(&["expected the greeting", "check host and port"], SOON)?;
    again(&peer, &daemon)?;
    lives_on_out_of_step(&mut daemon)
}

#[test]
fn garbage_bytes_behind_a_good_greeting() -> Result<()> {
    let (peer, mut daemon, _lane) = before("bad-stream", peer::greeting_then_garbage, |_| {})?;
    daemon.says(&["skipped what could not be read"], SOON)?;
    again(&peer, &daemon)?;
    sleep(Duration::from_secs(3));
    eprintln!("{} connections, {} MiB sent", peer.connections(), peer.bytes() / 1024 / 1024);
    ensure!(daemon.log()?.len() < LOG_MAX, "{} bytes of log", daemon.log()?.len());
    lives_on_out_of_step(&mut daemon)
}

#[test]
fn a_gibibyte_without_a_line_end() -> Result<()> {
    let (peer, mut daemon, _lane) = before("bad-endless", peer::endless_line, |_| {})?;
    daemon.says(&["a line is longer than 65536 bytes"], SOON)?;
    daemon.says(&["without the empty line that ends a message"], SOON)?;
    again(&peer, &daemon)?;
    // Either it takes the whole GiB without keeping it, or it gives such a connection up.
    sleep(Duration::from_secs(5));
    eprintln!("{} connections, {} MiB sent", peer.connections(), peer.bytes() / 1024 / 1024);
    lives_on_out_of_step(&mut daemon)
}

#[test]
fn a_truncated_tls_handshake() -> Result<()> {
    let trusted = rcgen::generate_simple_self_signed(["localhost".to_owned()])?.cert.pem();
    let (peer, mut daemon, _lane) = before("bad-tls", peer::half_a_handshake, |settings| {
        let file = settings.folder().join("ca.pem");
        if fs::write(&file, &trusted).is_ok() {
            settings.set("pbx.tls.ca_file", file.display().to_string());
        }
    })?;
    daemon.says(&["middle of the handshake"], SOON)?;
    again(&peer, &daemon)?;
    lives_on_out_of_step(&mut daemon)
}

#[test]
fn tls_where_none_is_spoken_and_the_other_way_round() -> Result<()> {
    let lab = Lab::up("bad-tls-port", &[])?;
    let mut settings = Settings::of(&lab, "bad-tls-port-tls")?;
    settings.set("pbx.tls.ca_file", lab.certificate().display().to_string());
    let mut daemon = settings.daemon()?;
    daemon.start()?;
    daemon.says(&["does not speak TLS"], SOON)?;
    lives_on_out_of_step(&mut daemon)?;
    ensure!(daemon.stop()?.success());

    let mut settings = Settings::of(&lab, "bad-tls-port-plain")?;
    settings.set("pbx.address", format!("127.0.0.1:{}", lab.lane.ami_tls()));
    settings.set("pbx.connect_timeout_s", 2);
    let mut daemon = settings.daemon()?;
    daemon.start()?;
    daemon.says(&["no greeting", "manager.conf"], SOON)?;
    lives_on_out_of_step(&mut daemon)
}

#[test]
fn a_full_disk() -> Result<()> {
    let lab = Lab::up("bad-disk", &[])?;
    let settings = Settings::of(&lab, "bad-disk")?;
    let disk = SmallDisk::mount(&settings.state(), 24)?;
    let mut daemon = settings.daemon()?;
    daemon.up()?;
    let since = now();
    // One call before, one over the beginning, two within, one over the end, one after the disk was full.
    let times = [(0.3, 2.0), (1.0, 5.0), (3.5, 6.0), (4.0, 6.5), (5.0, 10.0), (10.5, 12.0)];
    let calls: Vec<Planned> = times.iter().zip(1..).map(|(&(at, end), number)| call(number, at, end)).collect();
    let playing = Playing::begin(&lab, &calls, &[])?;
    playing.sleep_until(3.0);
    disk.fill()?;
    daemon.says(&["disk", "full"], SOON)?;
    wait_for("the metrics tell it", SOON, || Ok((daemon.metric("strowger_spool_stalled")? == Some(1.0)).then_some(())))?;
    playing.sleep_until(8.0);
    disk.free()?;
    let (played, lost) = playing.end()?;
    ensure!(lost.is_empty() && played.len() == calls.len(), "telephones lost calls: {lost:?}");
    daemon.settled()?;
    let records = daemon.records(since, now())?;
    for call in &calls {
        let mine = records.iter().filter(|record| record.caller.number.as_deref() == Some(&call.id)).count();
        ensure!(mine == 1, "{}: {mine} records; all: {records:#?}", call.id);
    }
    ensure!(records.len() == calls.len(), "{} records of {} calls", records.len(), calls.len());
    ensure!(records.iter().all(|record| !record.end_uncertain), "the link was up all the time: {records:#?}");
    ensure!(daemon.memory_peak_mib()? <= MEMORY_MAX_MIB, "{} MiB", daemon.memory_peak_mib()?);

    // And a start on a full disk ends at once, and says why.
    ensure!(daemon.stop()?.success());
    disk.fill()?;
    daemon.start()?;
    match daemon.ended(SOON) {
        Ok(status) => ensure!(status.code() == Some(STATE), "{status}"),
        // What was there already may suffice for a start; then it has to say that nothing can be written.
        Err(_) => daemon.says(&["disk", "full"], SOON).map(drop)?,
    }
    disk.free()?;
    Ok(())
}

#[test]
fn an_unreadable_state_directory() -> Result<()> {
    let lane = Lane::take()?;
    let settings = Settings::new("bad-state", lane.http(), &format!("127.0.0.1:{}", lane.other()))?;
    let state = settings.state();
    let mut daemon = settings.daemon()?;
    let bare = good_start(&daemon)?;
    ensure!(!bare.is_empty());
    command("chmod", ["0000"]).arg(&state).status()?;
    // Root may read everything: without that privilege.
    let mut as_others =
        command("setpriv", ["--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-dac_override,-dac_read_search", STROWGER, "run"]);
    let output = run(as_others.arg("--config").arg(daemon.config()))?;
    command("chmod", ["0700"]).arg(&state).status()?;
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    ensure!(output.status.code() == Some(STATE), "{}: {said}", output.status);
    ensure!(said.contains(&state.display().to_string()) && said.contains("ermission"), "it does not say which directory, or why: {said}");
    daemon.start()?;
    lives_on(&mut daemon)
}

#[test]
fn a_file_where_the_state_directory_should_be() -> Result<()> {
    let lane = Lane::take()?;
    let mut settings = Settings::new("bad-state-file", lane.http(), &format!("127.0.0.1:{}", lane.other()))?;
    let file = settings.folder().join("a-file");
    fs::write(&file, "not a directory")?;
    settings.set("state.directory", file.display().to_string());
    let mut daemon = settings.daemon()?;
    daemon.start()?;
    let status = daemon.ended(SOON)?;
    ensure!(status.code() == Some(STATE), "{status}");
    daemon.says(&["a-file"], SOON).map(drop)
}

fn call(number: u32, at: f64, end: f64) -> Planned {
    Planned {
        id: format!("0170555{number:04}"),
        at,
        extension: (1000 + number).to_string(),
        outbound: false,
        answer: Some(0.3),
        end,
        by_caller: true,
    }
}

/// A daemon before a peer that does something wrong.
fn before(name: &str, wrong: fn(&mut std::net::TcpStream) -> u64, change: impl FnOnce(&mut Settings)) -> Result<(Peer, Daemon, Lane)> {
    let lane = Lane::take()?;
    let peer = Peer::listen(lane.other(), wrong)?;
    let mut settings = Settings::new(name, lane.http(), &format!("127.0.0.1:{}", lane.other()))?;
    change(&mut settings);
    let mut daemon = settings.daemon()?;
    daemon.start()?;
    Ok((peer, daemon, lane))
}

/// It tries again: unless the fault is one of configuration it does so soon, and else it says when.
fn again(peer: &Peer, daemon: &Daemon) -> Result<()> {
    let waited = wait_for("a second connection", Duration::from_secs(5), || Ok((peer.connections() >= 2).then_some(())));
    waited.or_else(|_| daemon.says(&["retry_s"], SOON).map(drop)).context("it neither tries again nor says when")
}

fn lives_on(daemon: &mut Daemon) -> Result<()> {
    wait_for("it is alive", SOON, || Ok(daemon.get("/health/live").is_ok_and(|answer| answer.status == 200).then_some(())))?;
    let memory = daemon.memory_peak_mib()?;
    ensure!(memory <= MEMORY_MAX_MIB, "it took {memory} MiB");
    Ok(())
}

fn lives_on_out_of_step(daemon: &mut Daemon) -> Result<()> {
    lives_on(daemon)?;
    let ready = daemon.get("/health/ready")?;
    ensure!(ready.status == 503, "it says that it is ready: {} {}", ready.status, ready.body);
    Ok(())
}

/// A first start, so that there is a state to read; returns its log.
fn good_start(daemon: &Daemon) -> Result<String> {
    let mut child = daemon.command()?.spawn()?;
    wait_for("it is alive", SOON, || Ok(daemon.get("/health/live").is_ok_and(|answer| answer.status == 200).then_some(())))?;
    child.kill()?;
    child.wait()?;
    daemon.log()
}

fn check_connect(daemon: &Daemon) -> Result<Output> {
    run(command(STROWGER, ["check", "--connect", "--config"]).arg(daemon.config()))
}
