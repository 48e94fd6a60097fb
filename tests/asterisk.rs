//! Real calls on a real Asterisk: every scenario of the lab is placed while the daemon watches, and what it stored is held
//! against the truth.
//!
//! Each part keeps one Asterisk and one daemon for all its scenarios, so that what one scenario leaves behind meets the next.

mod support;

use std::fs;
use std::io::{self, Write};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Result, ensure};
use jiff::Timestamp;

use support::clock::{now, wait_for};
use support::daemon::{Daemon, Settings};
use support::lab::{self, Client, Lab, Scenario};
use support::program::{command, good, target};
use support::truth::compare;

/// Where the parts write what became of each scenario, for the table that `scripts/test` prints.
const RESULTS: &str = "tmp/scenarios";

const PARTS: usize = 6;

/// How often the lab may refuse to tell a truth.
const TRIES: usize = 4;

#[test]
fn scenarios_part_1_by_tcp_and_digest() -> Result<()> {
    part(1, |_, _| {})
}

#[test]
fn scenarios_part_2_by_tls() -> Result<()> {
    part(2, |settings, lab| {
        settings.set("pbx.address", format!("127.0.0.1:{}", lab.lane.ami_tls()));
        settings.set("pbx.tls.ca_file", lab.certificate().display().to_string());
    })
}

#[test]
fn scenarios_part_3_with_the_least_permissions() -> Result<()> {
    part(3, |settings, _| {
        settings.set("pbx.username", "minimal");
        settings.set("pbx.secret", "minimal-secret");
    })
}

#[test]
fn scenarios_part_4_by_plain_login() -> Result<()> {
    part(4, |settings, _| settings.set("pbx.auth", "plain"))
}

#[test]
fn scenarios_part_5_with_noise_filtered_by_the_pbx() -> Result<()> {
    part(5, |settings, _| {
        settings.set("pbx.username", "filtered");
        settings.set("pbx.secret", "filtered-secret");
    })
}

#[test]
fn scenarios_part_6_with_all_traffic_captured() -> Result<()> {
    part(6, |settings, _| settings.set("pbx.capture.directory", settings.folder().join("capture").display().to_string()))
}

#[test]
fn scenarios_that_need_an_asterisk_set_up_otherwise() -> Result<()> {
    let special: Vec<Scenario> =
        lab::scenarios()?.into_iter().filter(|scenario| !scenario.up.is_empty() && scenario.client == Client::Stays).collect();
    ensure!(!special.is_empty(), "the lab has no such scenario any more: remove this test");
    let mut differences = Vec::new();
    for scenario in special {
        let options: Vec<&str> = scenario.up.iter().map(String::as_str).collect();
        let name = format!("scenario-{}", scenario.name);
        let lab = Lab::up(&name, &options)?;
        let settings = Settings::of(&lab, &name)?;
        differences.extend(place(&lab, settings, &name, std::slice::from_ref(&scenario))?);
    }
    ensure!(differences.is_empty(), "{}", differences.join("\n\n"));
    Ok(())
}

/// Calls are up already when the daemon logs in: what it knows of them it has from the snapshot.
#[test]
fn scenarios_in_which_the_daemon_comes_late() -> Result<()> {
    let name = "scenarios-late";
    let lab = Lab::up(name, &[])?;
    let folder = target().join(RESULTS).join("late");
    fs::create_dir_all(&folder)?;
    let mut differences = Vec::new();
    for scenario in lab::scenarios()?.into_iter().filter(|scenario| scenario.client == Client::ComesLate) {
        let mut daemon = Settings::of(&lab, &scenario.name)?.daemon()?;
        // Who holds what counts from the import on, and the calls begin before the daemon comes.
        daemon.import_people()?;
        let began = now();
        let mut call = lab.call_command(&scenario.name);
        let mut calling = call.arg("--record").arg(&folder).stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
        // The lab's own recording comes at the moment that the truth counts from: after the one who drives the scenario.
        wait_for("the lab's recording begins", Duration::from_mins(1), || {
            ensure!(calling.try_wait()?.is_none(), "{} ended before", scenario.name);
            Ok((lab.clients()? >= 2).then_some(()))
        })?;
        daemon.up()?;
        let output = calling.wait_with_output()?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        daemon.settled()?;
        let truth = fs::read_to_string(folder.join(format!("{}.truth.json", scenario.name)))?;
        differences.extend(held_against_truth(&daemon, name, &scenario.name, &truth, (began, now()))?);
        ensure!(daemon.stop()?.success(), "the daemon did not stop well");
    }
    ensure!(differences.is_empty(), "{}", differences.join("\n\n"));
    Ok(())
}

/// A part of all scenarios, one after the other, on one Asterisk and one daemon.
fn part(number: usize, change: impl FnOnce(&mut Settings, &Lab)) -> Result<()> {
    let plain = lab::scenarios()?.into_iter().filter(|scenario| scenario.up.is_empty() && scenario.client == Client::Stays);
    let mine: Vec<Scenario> = plain.enumerate().filter(|(index, _)| index % PARTS == number - 1).map(|(_, scenario)| scenario).collect();
    let name = format!("scenarios-{number}");
    let lab = Lab::up(&name, &[])?;
    let mut settings = Settings::of(&lab, &name)?;
    change(&mut settings, &lab);
    let differences = place(&lab, settings, &name, &mine)?;
    ensure!(differences.is_empty(), "{}", differences.join("\n\n"));
    Ok(())
}

/// Places the calls of all these scenarios, then holds the store against the truth of each. Returns the differences.
fn place(lab: &Lab, settings: Settings, name: &str, scenarios: &[Scenario]) -> Result<Vec<String>> {
    let version = lab::version(lab)?;
    let mut daemon = settings.daemon()?;
    daemon.up()?;
    let mut told = Vec::new();
    let mut differences = Vec::new();
    for scenario in scenarios {
        if version < scenario.since {
            write_result(name, &scenario.name, &format!("not possible on Asterisk {version}: it needs {}", scenario.since))?;
            continue;
        }
        daemon.ready()?;
        match placed(lab, &scenario.name) {
            Ok((truth, window)) => told.push((scenario.name.as_str(), truth, window)),
            Err(error) => {
                write_result(name, &scenario.name, "the calls could not be placed")?;
                differences.push(format!("{}: {error:#}", scenario.name));
            }
        }
    }
    daemon.settled()?;
    check_metrics(&daemon)?;
    // Only now: a record that came late or twice is seen too.
    let mut otherwise = Vec::new();
    for (scenario, truth, window) in &told {
        if let Some(difference) = held_against_truth(&daemon, name, scenario, truth, *window)? {
            otherwise.push((*scenario, difference));
        }
    }
    if let [(scenario, first)] = otherwise.as_slice() {
        differences.extend(placed_once_more(lab, &mut daemon, name, scenario, first)?);
    } else {
        differences.extend(otherwise.into_iter().map(|(_, difference)| difference));
    }
    ensure!(daemon.stop()?.success(), "the daemon did not stop well");
    Ok(differences)
}

/// Telephones that act within milliseconds of each other may, on a machine that is busy, do so in an order that their truth does
/// not know. So one scenario of a part, and no more, may be told otherwise than it was, if it is told rightly when it is placed
/// once more. The table that `scripts/test` prints shows it, with what was said at first.
fn placed_once_more(lab: &Lab, daemon: &mut Daemon, part: &str, scenario: &str, first: &str) -> Result<Option<String>> {
    writeln!(io::stderr(), "placed once more, because it was told otherwise than it was: {first}")?;
    daemon.ready()?;
    let (truth, window) = placed(lab, scenario)?;
    daemon.settled()?;
    let second = held_against_truth(daemon, part, scenario, &truth, window)?;
    if second.is_none() {
        let last = first.lines().last().unwrap_or_default();
        write_result(part, scenario, &format!("holds at the second try; at the first: {last}"))?;
    }
    Ok(second)
}

/// Places the calls of a scenario; the truth, and the time in which all of them began.
///
/// The lab refuses to tell a truth when the telephones and Asterisk's own log disagree, as they do where a telephone answers
/// in the very instant in which the PBX gives it up. Then the calls are placed anew, and it is told aloud.
fn placed(lab: &Lab, scenario: &str) -> Result<(String, (Timestamp, Timestamp))> {
    let mut tries = 1;
    loop {
        let began = now();
        match lab.call(scenario) {
            Ok(truth) => return Ok((truth, (began, now()))),
            Err(error) if tries == TRIES => return Err(error),
            Err(error) => writeln!(io::stderr(), "placed anew, because the lab does not vouch for try {tries}: {error:#}")?,
        }
        tries += 1;
    }
}

fn held_against_truth(daemon: &Daemon, part: &str, scenario: &str, truth: &str, window: (Timestamp, Timestamp)) -> Result<Option<String>> {
    let folder = target().join(RESULTS);
    fs::create_dir_all(&folder)?;
    let verdict = compare(&folder, scenario, truth, &daemon.records_text(window.0, window.1)?)?;
    let last = verdict.text.lines().last().unwrap_or_default();
    write_result(part, scenario, last.split_once(": ").map_or(last, |(_, count)| count))?;
    Ok((!verdict.fits).then_some(verdict.text))
}

fn write_result(part: &str, scenario: &str, text: &str) -> Result<()> {
    let folder = target().join(RESULTS);
    fs::create_dir_all(&folder)?;
    Ok(fs::write(folder.join(format!("{scenario}.result")), format!("{scenario}\t{part}\t{text}\n"))?)
}

/// After many calls the metrics have all their labels: a good moment to let Prometheus' own tool read them.
fn check_metrics(daemon: &Daemon) -> Result<()> {
    let file = target().join(RESULTS).join(format!("{}.metrics", daemon.pid()?));
    fs::create_dir_all(target().join(RESULTS))?;
    fs::write(&file, daemon.get("/metrics")?.body)?;
    let metrics = fs::File::open(&file)?;
    let nothing: [&str; 0] = [];
    good(command("promtool", nothing).args(["check", "metrics"]).stdin(metrics)).map(drop)
}
