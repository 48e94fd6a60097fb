//! Monitors that are refused, that the PBX ends, and messages that it lost.

use anyhow::{Result, ensure};

use crate::calls::Call;
use crate::following::{PEOPLE, SOON, listing, monitored, records, segment};
use crate::server::Server;
use crate::support::clock::{now, wait_for};
use crate::support::daemon::Settings;
use crate::support::lane::Lane;

#[test]
fn what_cannot_be_monitored_is_told_and_the_rest_works() -> Result<()> {
    let lane = Lane::take()?;
    let mut pbx = listing(&["201", "202", "203", "204"]);
    pbx.refused.insert("203", "invalidDeviceID");
    pbx.refused.insert("204", "privilegeViolationSpecifiedDevice");
    let server = Server::listen(pbx, None)?;
    let mut settings = Settings::csta("csta-refused", lane.http(), PEOPLE, server.port())?;
    settings.set("pbx.csta.timers.refused_s", 1);
    let mut daemon = settings.daemon()?;
    let since = now();
    daemon.up()?;
    daemon.says(&["refuses to monitor 203", "invalidDeviceID"], SOON)?;
    daemon.says(&["refuses to monitor 204", "privilegeViolationSpecifiedDevice"], SOON)?;
    daemon.says(&["2 of 4 devices are monitored"], SOON)?;
    ensure!(daemon.metric("strowger_pbx_degraded_total")? >= Some(2.0));
    server.with(|pbx| Call { number: "51", caller: "201", called: "202" }.happens(pbx));
    records(&daemon, since, 1)?;

    // Once the PBX lets it, it is monitored as well.
    server.with(|pbx| pbx.refused.remove("203"));
    monitored(&server, "203")?;
    ensure!(daemon.get("/health/ready")?.status == 200);
    ensure!(daemon.stop()?.success());
    Ok(())
}

/// The call goes on while its monitor is away, and what happened meanwhile is learnt from the snapshot that follows.
#[test]
fn a_monitor_that_the_pbx_ends_is_placed_again() -> Result<()> {
    let lane = Lane::take()?;
    let server = Server::listen(listing(&["201", "202"]), None)?;
    let mut settings = Settings::csta("csta-stopped", lane.http(), PEOPLE, server.port())?;
    settings.set("pbx.csta.timers.retry_s", 1);
    let mut daemon = settings.daemon()?;
    let since = now();
    daemon.up()?;
    let call = Call { number: "61", caller: "201", called: "202" };
    server.with(|pbx| {
        call.rings(pbx);
        call.is_answered_at(pbx, "202");
        pbx.heard.clear();
        pbx.end_monitor("202");
    });
    daemon.says(&["ended the monitor of 202"], SOON)?;
    monitored(&server, "202")?;
    wait_for("its snapshot", SOON, || Ok((server.with(|pbx| pbx.heard("SnapshotDevice", ">202<")) >= 1).then_some(())))?;
    ensure!(server.with(|pbx| pbx.heard("MonitorStopResponse", "") == 1 && pbx.heard("MonitorStart", ">201<") == 0), "only that one");
    // The answer to the question that follows the snapshot: it was taken.
    wait_for("its agents", SOON, || Ok((server.with(|pbx| pbx.heard("GetAgentState", ">202<")) >= 1).then_some(())))?;
    server.with(|pbx| call.ends(pbx));
    let records = records(&daemon, since, 1)?;
    ensure!(records.len() == 1 && records[0].switch_calls == ["61"] && !records[0].end_uncertain, "{records:#?}");
    ensure!(segment(&records[0], "202")?.user.as_ref().is_some_and(|user| user.name == "Ben Baker"), "{records:#?}");
    ensure!(daemon.stop()?.success());
    Ok(())
}

/// What ended while messages were lost ends at the last sign of life; what is still there goes on, with the gap noted.
#[test]
fn after_lost_messages_every_device_is_asked_again() -> Result<()> {
    let lane = Lane::take()?;
    let server = Server::listen(listing(&["201", "202", "203", "204"]), None)?;
    let mut daemon = Settings::csta("csta-lost", lane.http(), PEOPLE, server.port())?.daemon()?;
    let since = now();
    daemon.up()?;
    let stays = Call { number: "71", caller: "201", called: "202" };
    let goes = Call { number: "72", caller: "203", called: "204" };
    server.with(|pbx| {
        for call in [&stays, &goes] {
            call.rings(pbx);
            call.is_answered_at(pbx, call.called);
        }
    });
    wait_for("two calls", SOON, || Ok((daemon.metric("strowger_calls_open")? == Some(2.0)).then_some(())))?;
    server.with(|pbx| {
        pbx.calls.remove("203");
        pbx.calls.remove("204");
        pbx.heard.clear();
        pbx.request("SystemStatus", "<systemStatus>messagesLost</systemStatus>");
    });
    daemon.says(&["lost messages"], SOON)?;
    let first = records(&daemon, since, 1)?;
    ensure!(first.len() == 1 && first[0].switch_calls == ["72"] && first[0].end_uncertain, "{first:#?}");
    server.with(|pbx| {
        let asked: Vec<usize> = ["201", "202", "203", "204"].iter().map(|of| pbx.heard("SnapshotDevice", &format!(">{of}<"))).collect();
        assert_eq!(asked, [1, 1, 1, 1], "each is asked for its calls, once");
        assert_eq!((pbx.heard("SystemStatusResponse", ""), pbx.heard("MonitorStart", "")), (1, 0));
        stays.ends(pbx);
    });
    let all = records(&daemon, since, 2)?;
    let record = all.iter().find(|record| record.switch_calls == ["71"]).expect("the other call");
    ensure!(!record.gaps.is_empty() && !record.end_uncertain && record.answered_at.is_some(), "{record:#?}");
    ensure!(server.connections() == 1, "the connection was kept");
    ensure!(daemon.stop()?.success());
    Ok(())
}
