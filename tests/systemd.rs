//! The daemon as a systemd service: the unit is well-formed and tight, and what the service manager is told is true.

mod support;

use std::fs;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use support::clock::Deadline;
use support::daemon::{Daemon, Settings};
use support::lane::Lane;
use support::program::{STROWGER, command, good, run, signal, source, target};

const UNITS: [&str; 2] = ["strowger.service", "strowger-hub.service"];

/// As `systemd-analyze security` counts, times ten.
const EXPOSURE_MAX: &str = "15";

#[test]
fn the_units_are_well_formed() -> Result<()> {
    let nothing: [&str; 0] = [];
    for unit in UNITS {
        let output = run(command("systemd-analyze", nothing).args(["verify", "--man=no"]).arg(unit_with_our_program("verify", unit)?))?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success() && said.trim().is_empty(), "systemd-analyze verify {unit}: {}\n{said}", output.status);
    }
    Ok(())
}

#[test]
fn the_units_expose_little() -> Result<()> {
    let nothing: [&str; 0] = [];
    for unit in UNITS {
        let unit = unit_with_our_program("security", unit)?;
        let said = good(
            command("systemd-analyze", nothing).args(["security", "--offline=true", "--no-pager", "--threshold", EXPOSURE_MAX]).arg(unit),
        )?;
        ensure!(said.contains("Overall exposure level"), "systemd-analyze security said nothing of the exposure:\n{said}");
    }
    Ok(())
}

#[test]
fn the_service_manager_hears_of_the_daemons_life() -> Result<()> {
    let lane = Lane::take()?;
    let mut settings = Settings::new("notify", lane.http(), &format!("127.0.0.1:{}", lane.other()))?;
    let socket_path = settings.folder().join("notify.socket");
    let socket = UnixDatagram::bind(&socket_path).with_context(|| format!("{}", socket_path.display()))?;
    socket.set_read_timeout(Some(Duration::from_millis(200)))?;
    let people = settings.folder().join("people.toml");
    fs::copy(source().join("tests/traces/people.toml"), &people)?;
    settings.set("people.file", people.display().to_string());
    let mut daemon = settings.daemon()?;

    let mut command = daemon.command()?;
    command.env("NOTIFY_SOCKET", &socket_path).env("WATCHDOG_USEC", "600000");
    daemon.start_as(command)?;
    let life = Life { socket };
    life.hear("READY=1")?;
    // Half of the watchdog's time is the custom; twice to see that it goes on.
    life.hear("WATCHDOG=1")?;
    life.hear("WATCHDOG=1")?;

    signal(daemon.pid()?, "HUP")?;
    let reloading = life.hear("RELOADING=1")?;
    ensure!(reloading.contains("MONOTONIC_USEC="), "Type=notify-reload wants the time with it: {reloading:?}");
    life.hear("READY=1")?;

    signal(daemon.pid()?, "TERM")?;
    life.hear("STOPPING=1")?;
    ensure!(daemon.ended(Duration::from_secs(10))?.success());
    Ok(())
}

#[test]
fn a_broken_people_file_does_not_break_a_reload() -> Result<()> {
    let lane = Lane::take()?;
    let mut settings = Settings::new("reload", lane.http(), &format!("127.0.0.1:{}", lane.other()))?;
    let people = settings.folder().join("people.toml");
    fs::copy(source().join("tests/traces/people.toml"), &people)?;
    settings.set("people.file", people.display().to_string());
    let mut daemon = settings.daemon()?;
    daemon.start()?;
    alive(&daemon)?;
    fs::write(
        &people,
        "[[users]]\nname = \"A\"\nprimary = { extension = \"1001\" }\n\n[[users]]\nname = \"B\"\nprimary = { extension = \"1001\" }\n",
    )?;
    signal(daemon.pid()?, "HUP")?;
    // The device given to two: both are named with their lines, and what held before goes on holding.
    daemon.says(&["extension 1001", "given to B", "to A on line"], Duration::from_secs(10))?;
    daemon.says(&["everything goes on as before"], Duration::from_secs(10))?;
    alive(&daemon)?;
    ensure!(daemon.stop()?.success());
    Ok(())
}

fn alive(daemon: &Daemon) -> Result<()> {
    support::clock::wait_for("the daemon is alive", Duration::from_secs(10), || {
        Ok(daemon.get("/health/live").is_ok_and(|answer| answer.status == 200).then_some(()))
    })
}

struct Life {
    socket: UnixDatagram,
}

impl Life {
    /// Waits until the service manager is told this, whatever else it is told before.
    fn hear(&self, what: &str) -> Result<String> {
        let deadline = Deadline::after(Duration::from_secs(15));
        let mut heard = Vec::new();
        let mut buffer = [0; 4096];
        while !deadline.is_over() {
            let Ok(size) = self.socket.recv(&mut buffer) else { continue };
            let text = String::from_utf8_lossy(&buffer[..size]).into_owned();
            if text.lines().any(|line| line == what) {
                return Ok(text);
            }
            heard.push(text);
        }
        anyhow::bail!("the service manager never heard {what}, but {heard:?}")
    }
}

/// A unit, with the program under test where the installed one would be.
fn unit_with_our_program(name: &str, unit: &str) -> Result<PathBuf> {
    let folder = target().join("tmp/systemd").join(name);
    fs::create_dir_all(&folder)?;
    let text = fs::read_to_string(source().join("systemd").join(unit))?;
    let installed = text.lines().find_map(|line| line.strip_prefix("ExecStart=")?.split(' ').next()).context("no ExecStart in the unit")?;
    ensure!(Path::new(installed).is_absolute(), "ExecStart names {installed}");
    let unit = folder.join(unit);
    fs::write(&unit, text.replace(installed, STROWGER))?;
    Ok(unit)
}
