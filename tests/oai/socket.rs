//! The flows through real sockets into one real daemon: an independent PBX for each, all at once.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::ops::Range;
use std::thread::{self, sleep};
use std::time::Duration;

use anyhow::{Result, ensure};
use serde_json::Value;
use strowger::telephony::Time;

use crate::expected::{differences, golden, in_short};
use crate::flow::{self, Flow, What};
use crate::support::clock::{Deadline, now, wait_for};
use crate::support::daemon::Settings;
use crate::support::lane::Lane;
use crate::support::oai::frame::Writing;
use crate::support::oai::server::Server;

/// Two cores may have much else to do.
const TOLERANCE_S: f64 = 0.4;

/// From ready to the first line.
const LEAD: Duration = Duration::from_millis(500);

const SOON: Duration = Duration::from_secs(10);

#[test]
fn each_flow_through_a_socket_into_the_daemon() -> Result<()> {
    let flows = flow::all();
    let lane = Lane::take()?;
    // Every form of writing is used by some of them.
    let forms: [Writing; 4] = [
        Writing::default(),
        Writing { several: true, ..Writing::default() },
        Writing { end: b"\r", piece: 3, ..Writing::default() },
        Writing { end: b"\r\n\0", several: true, ..Writing::default() },
    ];
    let servers: Vec<Server> = flows
        .iter()
        .zip(forms.iter().cycle())
        .map(|(flow, form)| Server::listen(flow.plan.clone(), *form, |_| {}))
        .collect::<Result<_>>()?;
    let systems: Vec<(&str, u16)> = flows.iter().zip(&servers).map(|(flow, server)| (flow.name.as_str(), server.port())).collect();
    let mut daemon = Settings::mitel("oai-flows", lane.http(), "tests/oai/people.toml", &systems)?.daemon()?;
    let since = now();
    daemon.up()?;
    for server in &servers {
        server.with(|pbx| pbx.heard.clear());
    }
    sleep(LEAD);
    let began = now();
    let playing: Vec<_> =
        flows.iter().cloned().zip(servers.iter().cloned()).map(|(flow, server)| thread::spawn(move || play(&flow, &server))).collect();
    let mut wrong = String::new();
    for (flow, played) in flows.iter().zip(playing) {
        match played.join() {
            Ok(Ok(())) => {}
            Ok(Err(error)) => writeln!(wrong, "{}: {error:#}", flow.name)?,
            Err(_) => writeln!(wrong, "{}: its PBX failed", flow.name)?,
        }
    }
    daemon.settled()?;
    let base = Time::from_micros(began.as_microsecond());
    let mut records: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for record in daemon.records(since, now())? {
        records.entry(record.pbx.clone()).or_default().push(record);
    }
    for flow in &flows {
        let mut got = records.remove(&flow.name).unwrap_or_default();
        got.sort_by_key(|record| record.ended_at);
        let mut got: Vec<Value> = got.iter().map(|record| in_short(record, base)).collect();
        let mut wanted = golden(&flow.name);
        wanted.sort_by(|a, b| a["until"].as_f64().partial_cmp(&b["until"].as_f64()).expect("moments"));
        for (wanted, got) in wanted.iter_mut().zip(&mut got) {
            let together = begun_together(wanted);
            for record in [wanted, got] {
                order_by_device(record, &together);
            }
        }
        let mut found = Vec::new();
        differences("records", &Value::Array(wanted), &Value::Array(got), TOLERANCE_S, &mut found);
        // A resync of all these at once takes its time.
        found.retain(|line| !line.contains(".gaps["));
        for line in found {
            writeln!(wrong, "{}: {line}", flow.name)?;
        }
    }
    ensure!(wrong.is_empty(), "\n{wrong}");
    ensure!(daemon.stop()?.success());
    Ok(())
}

/// Runs of segments that begin in one moment of the flow. Their lines have no time of their own and may be read in several moments,
/// so that in a record of the daemon any of them may stand first.
fn begun_together(record: &Value) -> Vec<Range<usize>> {
    let segments = record["segments"].as_array().map_or(&[][..], Vec::as_slice);
    let from = |segment: &Value| segment["from"].as_f64().unwrap_or_default();
    let mut runs = Vec::new();
    let mut start = 0;
    for run in segments.chunk_by(|a, b| (from(a) - from(b)).abs() < 0.001) {
        runs.push(start..start + run.len());
        start += run.len();
    }
    runs
}

/// Puts the segments of each run into the order of their devices; who gave a call away still says to whom.
fn order_by_device(record: &mut Value, runs: &[Range<usize>]) {
    let Some(segments) = record["segments"].as_array_mut() else { return };
    let mut order: Vec<usize> = (0..segments.len()).collect();
    for run in runs.iter().filter(|run| run.end <= segments.len()) {
        order[run.clone()].sort_by_key(|&index| segments[index]["device"].to_string());
    }
    *segments = order.iter().map(|&index| segments[index].clone()).collect();
    for segment in segments {
        let Some(to) = segment.get_mut("transfer").and_then(|transfer| transfer.get_mut(1)) else { continue };
        if let Some(place) = to.as_u64().and_then(|seq| order.iter().position(|&index| index as u64 + 1 == seq)) {
            *to = Value::from(place + 1);
        }
    }
}

fn play(flow: &Flow, server: &Server) -> Result<()> {
    let last = flow.steps.last().map_or(0, |step| step.at);
    let end = Deadline::after(Duration::from_millis(last));
    for steps in flow.steps.chunk_by(|a, b| a.at == b.at) {
        sleep(end.left().saturating_sub(Duration::from_millis(last - steps[0].at)));
        // Lines that come together are said together.
        for steps in steps.chunk_by(|a, b| matches!((&a.what, &b.what), (What::Line(_), What::Line(_)))) {
            match &steps[0].what {
                What::Line(_) => server.with(|pbx| {
                    for step in steps {
                        if let What::Line(line) = &step.what {
                            pbx.say(line);
                        }
                    }
                }),
                What::PowerUp => server.with(super::support::oai::pbx::Pbx::power_up),
                What::Loses(lines) => server.with(|pbx| pbx.loses(*lines)),
                What::State(Some(line)) => server.with(|pbx| pbx.state.push(line.clone())),
                What::State(None) => server.with(|pbx| pbx.state.clear()),
                What::Heard(command) => {
                    wait_for(command, SOON, || Ok(server.with(|pbx| pbx.heard.contains(command)).then_some(())))?;
                    server.with(|pbx| pbx.heard.clear());
                }
            }
        }
    }
    Ok(())
}
