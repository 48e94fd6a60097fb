//! The daemon is killed at random moments, again and again, while calls come, are answered and end on a real Asterisk:
//! every call is in the store exactly once.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Result, ensure};
use jiff::{SignedDuration, Timestamp};
use strowger::record::{CallOutcome, CallRecord};

use support::clock::now;
use support::daemon::Settings;
use support::lab::Lab;
use support::phones::{Planned, Played, Playing, moment};

const KILLS: usize = 60;

/// Between two calls, in seconds: about seven calls are up at any moment.
const BETWEEN_CALLS: f64 = 0.7;

/// Longer than the daemon is ever away, so that every call is there before or after.
const SHORTEST_CALL: f64 = 3.0;

/// As in `compare`.
const TOLERANCE: SignedDuration = SignedDuration::from_millis(600);

/// While the daemon was away.
struct Away {
    from: Timestamp,
    until: Timestamp,
}

#[test]
fn sixty_kills_under_calls_lose_and_double_nothing() -> Result<()> {
    let seed = now().as_millisecond().unsigned_abs();
    eprintln!("seed {seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let lab = Lab::up("crash", &[])?;
    let mut daemon = Settings::of(&lab, "crash")?.daemon()?;
    daemon.up()?;

    let since = now();
    let calls = plan(&mut random, 75.0);
    let playing = Playing::begin(&lab, &calls, &[])?;
    playing.sleep_until(1.0);
    let mut away = Vec::new();
    for _ in 0..KILLS {
        // Sometimes right in the start: half a second is about what a start takes here.
        sleep(Duration::from_millis(random.u64(30..1_600)));
        let from = now();
        daemon.kill()?;
        sleep(Duration::from_millis(random.u64(0..200)));
        daemon.start()?;
        if random.u8(0..4) > 0 {
            daemon.ready()?;
            away.push(Away { from, until: now() });
        } else {
            // Killed again before it is in step: the time away goes on.
            sleep(Duration::from_millis(random.u64(0..150)));
            daemon.kill()?;
            daemon.start()?;
            daemon.ready()?;
            away.push(Away { from, until: now() });
        }
    }
    let (played, lost) = playing.end()?;
    ensure!(lost.is_empty(), "telephones lost calls: {lost:?}");
    ensure!(played.len() == calls.len(), "{} of {} calls were made", played.len(), calls.len());
    daemon.settled()?;

    let records = daemon.records(since, now())?;
    let difference = hold_against(&calls, &played, &records, &away)?;
    ensure!(difference.is_empty(), "{} of {} calls:\n{}", difference.len(), calls.len(), difference.join("\n"));
    the_pbx_counts_the_same(&lab, &records)?;

    // And once more over a clean stop: what was stored stays as it was.
    ensure!(daemon.stop()?.success());
    daemon.up()?;
    ensure!(daemon.records(since, now())? == records, "a further start changed what was stored");
    eprintln!("{} calls, {KILLS} kills, {} records", calls.len(), records.len());
    Ok(())
}

/// Calls of all sorts for so many seconds: in and out, answered and not, ended by either side.
fn plan(random: &mut fastrand::Rng, seconds: f64) -> Vec<Planned> {
    let mut calls = Vec::new();
    let mut at = 0.2;
    while at < seconds {
        let number = calls.len() + 1;
        let answer = (random.u8(0..5) > 0).then(|| 0.3 + 2.0 * random.f64());
        calls.push(Planned {
            id: format!("0170555{number:04}"),
            at,
            extension: format!("{}", 1001 + random.u32(0..7)),
            outbound: random.u8(0..3) == 0,
            answer,
            end: at + SHORTEST_CALL + answer.unwrap_or_default() + 5.0 * random.f64(),
            by_caller: answer.is_none() || random.bool(),
        });
        at += BETWEEN_CALLS * 2.0 * random.f64();
    }
    calls
}

/// Every way in which the records differ from what the telephones saw.
fn hold_against(calls: &[Planned], played: &[Played], records: &[CallRecord], away: &[Away]) -> Result<Vec<String>> {
    let mut by_number: BTreeMap<&str, Vec<&CallRecord>> = BTreeMap::new();
    let mut difference = Vec::new();
    for record in records {
        let ours =
            calls.iter().find(|call| outside_number(record).is_some_and(|number| number == call.id || number == format!("0{}", call.id)));
        match ours {
            Some(call) => by_number.entry(&call.id).or_default().push(record),
            None => difference.push(format!("a record of no call: {record:?}")),
        }
    }
    for call in calls {
        let Some(truth) = played.iter().find(|played| played.id == call.id) else {
            difference.push(format!("{}: the telephones do not tell of it", call.id));
            continue;
        };
        match by_number.get(call.id.as_str()).map(Vec::as_slice) {
            Some([record]) => difference
                .extend(differs(call, truth, record, away)?.into_iter().map(|what| format!("{}: {what}; {truth:?}; {record:?}", call.id))),
            Some(several) => difference.push(format!("{}: {} records: {several:?}", call.id, several.len())),
            None => difference.push(format!("{}: no record; {truth:?}", call.id)),
        }
    }
    Ok(difference)
}

fn outside_number(record: &CallRecord) -> Option<&str> {
    let outside =
        if record.caller.number.as_deref().is_some_and(|number| number.starts_with("0170555")) { &record.caller } else { &record.dialled };
    outside.number.as_deref()
}

fn differs(call: &Planned, truth: &Played, record: &CallRecord, away: &[Away]) -> Result<Option<String>> {
    let unseen = |at: Timestamp| away.iter().any(|away| away.from - TOLERANCE <= at && at <= away.until + TOLERANCE);
    let near = |a: Timestamp, b: Timestamp| a.duration_since(b).abs() <= TOLERANCE;
    let (start, end) = (moment(truth.start)?, moment(truth.end)?);
    let answer = truth.answer.map(moment).transpose()?;

    if !near(record.started_at.timestamp(), start) && !unseen(start) {
        return Ok(Some("it was seen to start at another time".to_owned()));
    }
    if !near(record.ended_at.timestamp(), end) && !unseen(end) {
        return Ok(Some("it was seen to end at another time".to_owned()));
    }
    if record.end_uncertain && !unseen(end) {
        return Ok(Some("its end was seen, but counts as uncertain".to_owned()));
    }
    let expected = match answer {
        Some(_) => CallOutcome::Answered,
        None if unseen(end) && record.end_uncertain => CallOutcome::LinkLost,
        None => CallOutcome::Abandoned,
    };
    if record.outcome != expected {
        return Ok(Some(format!("its outcome is not {expected:?}")));
    }
    if let (Some(truly), Some(stored)) = (answer, record.answered_at)
        && !near(truly, stored.timestamp())
        && !unseen(truly)
    {
        return Ok(Some("it was seen to be answered at another time".to_owned()));
    }
    let credited: BTreeSet<&str> =
        record.segments.iter().filter(|segment| segment.user.is_some()).map(|segment| segment.device.as_str()).collect();
    if credited != BTreeSet::from([call.extension.as_str()]) {
        return Ok(Some(format!("credited are {credited:?}")));
    }
    Ok(None)
}

/// Asterisk's own call detail records name every call by its Linkedid.
fn the_pbx_counts_the_same(lab: &Lab, records: &[CallRecord]) -> Result<()> {
    let theirs: BTreeSet<String> =
        lab.call_detail_records()?.lines().filter_map(|line| line.rsplit(',').nth(1)).map(|id| id.trim_matches('"').to_owned()).collect();
    let ours: BTreeSet<String> = records.iter().flat_map(|record| record.switch_calls.clone()).collect();
    ensure!(!theirs.is_empty(), "Asterisk wrote no call detail records");
    ensure!(theirs == ours, "only in Asterisk's: {:?}; only in ours: {:?}", theirs.difference(&ours), ours.difference(&theirs));
    ensure!(records.len() == ours.len(), "{} records of {} switch calls", records.len(), ours.len());
    Ok(())
}
