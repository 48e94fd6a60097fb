//! Calls from the wire to the store: who is credited, and why.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use strowger::record::{CallRecord, Segment};
use strowger::telephony::Rule;
use toml::{Table, Value};

use crate::calls::Call;
use crate::pbx::Pbx;
use crate::server::Server;
use crate::support::clock::{now, wait_for};
use crate::support::daemon::{Daemon, Settings};
use crate::support::lane::Lane;

pub(crate) const PEOPLE: &str = "tests/csta/people.toml";
/// Two cores may have much else to do.
pub(crate) const SOON: Duration = Duration::from_secs(30);

/// A PBX that lists these extensions.
pub(crate) fn listing(numbers: &[&'static str]) -> Pbx {
    Pbx { listed: Some(numbers.to_vec()), ..Pbx::default() }
}

/// Waits until that device has a monitor.
pub(crate) fn monitored(server: &Server, number: &str) -> Result<()> {
    wait_for(&format!("a monitor of {number}"), SOON, || Ok(server.with(|pbx| pbx.has_monitor(number)).then_some(())))
}

/// Waits for so many records, and gives all there are.
pub(crate) fn records(daemon: &Daemon, since: jiff::Timestamp, count: usize) -> Result<Vec<CallRecord>> {
    // Records have whole milliseconds: what began within the one of `since` began before it.
    let since = since - jiff::SignedDuration::from_millis(1);
    let found = wait_for("the records", SOON, || {
        let records = daemon.records(since, now())?;
        Ok((records.len() >= count).then_some(records))
    });
    found.with_context(|| format!("its log: {}", daemon.log().unwrap_or_default()))
}

pub(crate) fn segment<'a>(record: &'a CallRecord, device: &str) -> Result<&'a Segment> {
    record.segments.iter().find(|segment| segment.device == device).with_context(|| format!("no segment of {device}: {record:#?}"))
}

fn credited(record: &CallRecord, device: &str) -> Result<(Option<String>, Rule)> {
    let segment = segment(record, device)?;
    Ok((segment.user.as_ref().map(|user| user.name.clone()), segment.attribution.rule))
}

#[test]
fn a_call_is_recorded_with_who_and_why() -> Result<()> {
    let lane = Lane::take()?;
    let mut pbx = listing(&["201", "202", "203", "212"]);
    pbx.agents = BTreeMap::from([("203", "7001")]);
    let server = Server::listen(pbx, None)?;
    let mut settings = Settings::csta("csta-call", lane.http(), PEOPLE, server.port())?;
    let dee: Table = "main = \"202\"\nmembers = [\"212\"]".parse()?;
    settings.set("pbx.dee", Value::Array(vec![Value::Table(dee)]));
    let mut daemon = settings.daemon()?;
    let since = now();
    daemon.up()?;

    // By extension, by the agent who was logged on before the program came, and by a twin that the configuration knows.
    let by_extension = Call { number: "11", caller: "201", called: "202" };
    let by_agent = Call { number: "12", caller: "201", called: "203" };
    let by_twin = Call { number: "13", caller: "201", called: "202" };
    server.with(|pbx| {
        by_extension.happens(pbx);
        by_agent.happens(pbx);
        by_twin.rings(pbx);
        by_twin.rings_at(pbx, "212");
        by_twin.is_answered_at(pbx, "212");
        by_twin.leaves(pbx, "202", &["202", "201"]);
        by_twin.leaves(pbx, "201", &["201", "212"]);
        by_twin.leaves(pbx, "212", &["212"]);
    });
    let records = records(&daemon, since, 3)?;
    let of = |number: &str| records.iter().find(|record| record.switch_calls == [number]).context("a record of that call");
    let ann = (Some("Ann Archer".to_owned()), Rule::PrimaryExtension);
    let ben = |rule| (Some("Ben Baker".to_owned()), rule);
    for record in &records {
        ensure!(record.answered_at.is_some() && record.gaps.is_empty() && !record.end_uncertain, "{record:#?}");
        ensure!(credited(record, "201")? == ann, "{record:#?}");
    }
    ensure!(credited(of("11")?, "202")? == ben(Rule::PrimaryExtension), "{records:#?}");
    let agent = segment(of("12")?, "203")?;
    ensure!(agent.agent.as_deref() == Some("7001"), "{agent:#?}");
    ensure!(credited(of("12")?, "203")? == (Some("Cem Cole".to_owned()), Rule::Agent), "{records:#?}");
    ensure!(credited(of("13")?, "212")? == ben(Rule::Dee), "{records:#?}");
    ensure!(segment(of("13")?, "202")?.talk_ms == 0, "{records:#?}");
    ensure!(daemon.stop()?.success());
    Ok(())
}

/// OpenScape's habits: the PBX speaks first, and lists nothing.
#[test]
fn a_pbx_that_speaks_first_and_lists_nothing_is_followed() -> Result<()> {
    let lane = Lane::take()?;
    let server = Server::listen(Pbx { speaks_first: true, ..Pbx::default() }, None)?;
    let mut settings = Settings::csta("csta-openscape", lane.http(), PEOPLE, server.port())?;
    settings.set("pbx.csta.dialect", "openscape");
    settings.set("pbx.csta.extensions", vec!["201-202"]);
    let mut daemon = settings.daemon()?;
    let since = now();
    daemon.up()?;
    server.with(|pbx| {
        let order: Vec<&str> = pbx.heard.iter().map(|heard| heard.name.as_str()).take(2).collect();
        assert_eq!(order, ["SystemStatusResponse", "SystemRegister"]);
        assert_eq!(pbx.heard("StartApplicationSession", ""), 0);
        Call { number: "21", caller: "201", called: "202" }.happens(pbx);
    });
    let records = records(&daemon, since, 1)?;
    ensure!(credited(&records[0], "202")? == (Some("Ben Baker".to_owned()), Rule::PrimaryExtension), "{records:#?}");
    ensure!(daemon.stop()?.success());
    Ok(())
}

/// A call that was up before the program came is learnt from snapshots, and says that its beginning is uncertain.
#[test]
fn a_call_that_is_up_already_is_learnt() -> Result<()> {
    let lane = Lane::take()?;
    let mut pbx = listing(&["201", "202"]);
    let call = Call { number: "31", caller: "201", called: "202" };
    call.rings(&mut pbx);
    call.is_answered_at(&mut pbx, "202");
    let server = Server::listen(pbx, None)?;
    let mut daemon = Settings::csta("csta-present", lane.http(), PEOPLE, server.port())?.daemon()?;
    let since = now();
    daemon.up()?;
    server.with(|pbx| call.ends(pbx));
    let records = records(&daemon, since, 1)?;
    ensure!(records[0].start_uncertain && !records[0].end_uncertain, "{records:#?}");
    ensure!(credited(&records[0], "202")?.0.as_deref() == Some("Ben Baker"), "{records:#?}");
    ensure!(daemon.stop()?.success());
    Ok(())
}
