//! The link to a real Asterisk is lost in every way it can be, under calls: the records end by the gap rules, none is
//! missing, none stays open.

mod support;

use std::thread::sleep;
use std::time::Duration;

use anyhow::{Result, ensure};
use jiff::{SignedDuration, Timestamp};
use strowger::record::{CallOutcome, CallRecord, LeftBy};

use support::clock::now;
use support::daemon::{Daemon, Settings};
use support::firewall::Cut;
use support::lab::Lab;
use support::phones::{Planned, Played, Playing, moment};

/// As in `compare`.
const TOLERANCE: SignedDuration = SignedDuration::from_millis(600);

/// When the gap begins and when its cause ends, in seconds of the score.
const GAP: (f64, f64) = (6.0, 12.0);

/// What the gap hides of a call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Hidden {
    /// All of it.
    All,
    /// Its start.
    Start,
    /// Its answer.
    Answer,
    /// Its end.
    End,
    /// The middle only: nothing of it happened while the link was down.
    Middle,
    /// Nothing.
    Nothing,
}

/// The score: a call for each thing that a gap can hide.
fn score() -> Vec<(Planned, Hidden)> {
    let call = |number: u32, at: f64, answer: Option<f64>, end: f64, hidden| {
        let planned = Planned {
            id: format!("01705550{number:03}"),
            at,
            extension: (1000 + number).to_string(),
            outbound: false,
            answer,
            end,
            by_caller: true,
        };
        (planned, hidden)
    };
    vec![
        call(1, 1.0, Some(0.5), 8.0, Hidden::End),       // answered before, over when the link is back
        call(2, 4.0, None, 8.5, Hidden::End),            // rang before, given up in the gap
        call(3, 1.5, Some(0.5), 18.0, Hidden::Middle),   // answered before, still up after
        call(4, 4.5, Some(4.0), 18.5, Hidden::Answer),   // rang before, answered in the gap, still up after
        call(5, 7.5, Some(1.0), 19.0, Hidden::Start),    // began and was answered in the gap, still up after
        call(6, 7.6, Some(0.5), 10.0, Hidden::All),      // began and ended in the gap
        call(7, 10.5, Some(6.0), 19.5, Hidden::Start),   // began in the gap, is answered after
        call(9, 16.5, Some(0.5), 20.0, Hidden::Nothing), // all after
    ]
}

#[test]
fn port_firewalled_for_a_while() -> Result<()> {
    hidden_by("gap-firewall", |lab, _, playing| {
        let cut = Cut::port(lab.lane.ami())?;
        playing.sleep_until(GAP.1);
        cut.mend()
    })
}

#[test]
fn daemon_stopped_for_a_while() -> Result<()> {
    hidden_by("gap-stopped", |_, daemon, playing| {
        ensure!(daemon.stop()?.success(), "the daemon did not stop well");
        playing.sleep_until(GAP.1);
        daemon.start()
    })
}

#[test]
fn daemon_killed_and_away_for_a_while() -> Result<()> {
    hidden_by("gap-killed", |_, daemon, playing| {
        daemon.kill()?;
        playing.sleep_until(GAP.1);
        daemon.start()
    })
}

#[test]
fn pbx_restarted_in_mid_call() -> Result<()> {
    pbx_lost("gap-restarted", false, |lab| lab.console("core restart now").map(drop))
}

#[test]
fn pbx_killed_in_mid_call() -> Result<()> {
    pbx_lost("gap-pbx-killed", true, |lab| lab.crash(Duration::from_secs(2)))
}

/// Plays the score while `gap` takes the link away and gives it back, then looks at every record.
fn hidden_by(name: &str, gap: impl FnOnce(&Lab, &mut Daemon, &Playing) -> Result<()>) -> Result<()> {
    let lab = Lab::up(name, &[])?;
    let mut settings = Settings::of(&lab, name)?;
    settings.set("pbx.connect_timeout_s", 1);
    let mut daemon = settings.daemon()?;
    daemon.up()?;
    let score = score();
    let calls: Vec<Planned> = score.iter().map(|(call, _)| call.clone()).collect();
    let since = now();
    let playing = Playing::begin(&lab, &calls, &[])?;
    playing.sleep_until(GAP.0);
    gap(&lab, &mut daemon, &playing)?;
    // A daemon that has not noticed the silence yet still believes that it is in step.
    playing.sleep_until(GAP.1 + 1.0);
    daemon.ready()?;
    let back = now();
    let began = playing.began()?;
    ensure!(back < began + SignedDuration::from_millis(16_000), "the daemon was back too late for this score");
    let (played, lost) = playing.end()?;
    ensure!(lost.is_empty(), "telephones lost calls: {lost:?}");
    daemon.settled()?;

    let records = daemon.records(since, now())?;
    let gap = (began + SignedDuration::from_secs_f64(GAP.0), back);
    let mut difference: Vec<String> = Vec::new();
    for (call, hidden) in &score {
        let mine: Vec<&CallRecord> = records.iter().filter(|record| record.caller.number.as_deref() == Some(&call.id)).collect();
        let Some(truth) = played.iter().find(|played| played.id == call.id) else {
            difference.push(format!("{}: the telephones do not tell of it", call.id));
            continue;
        };
        let wrong = match (mine.as_slice(), hidden) {
            ([], Hidden::All) => None,
            ([record], hidden) if *hidden != Hidden::All => breaks_rules(record, truth, *hidden, gap)?,
            (several, _) => Some(format!("{} records", several.len())),
        };
        difference.extend(wrong.map(|wrong| format!("{} ({hidden:?} hidden): {wrong}\n  {truth:?}\n  {mine:?}", call.id)));
    }
    ensure!(difference.is_empty(), "{}", difference.join("\n"));
    ensure!(records.len() == score.len() - 1, "{} records of {} calls that could be seen", records.len(), score.len() - 1);
    ensure!(daemon.stop()?.success());
    Ok(())
}

/// The gap rules, for one record.
fn breaks_rules(record: &CallRecord, truth: &Played, hidden: Hidden, gap: (Timestamp, Timestamp)) -> Result<Option<String>> {
    let near = |stored: strowger::telephony::Time, truly: Timestamp| stored.timestamp().duration_since(truly).abs() <= TOLERANCE;
    let (start, end) = (moment(truth.start)?, moment(truth.end)?);
    let answer = truth.answer.map(moment).transpose()?;
    let mut wrong = Vec::new();
    let mut must = |holds: bool, what: &str| {
        if !holds {
            wrong.push(what.to_owned());
        }
    };

    must(record.start_uncertain == (hidden == Hidden::Start), "start_uncertain");
    must(record.end_uncertain == (hidden == Hidden::End), "end_uncertain");
    must(hidden == Hidden::Start || near(record.started_at, start), "start");
    must(!matches!(hidden, Hidden::Middle | Hidden::Answer) || record.gaps.len() == 1, "one gap noted");
    must(hidden != Hidden::Nothing || record.gaps.is_empty(), "no gap noted");
    for noted in &record.gaps {
        must(noted.from.timestamp() <= gap.0 + TOLERANCE && noted.until.timestamp() <= gap.1 + TOLERANCE, "the gap's bounds");
    }
    if hidden == Hidden::End {
        let ended = record.ended_at.timestamp();
        must(ended >= start && ended <= gap.0 + TOLERANCE, "its end is the last sign of life");
        let outcome = if answer.is_some() { CallOutcome::Answered } else { CallOutcome::LinkLost };
        must(record.outcome == outcome, "outcome of a call that ended unseen");
        must(record.segments.iter().any(|segment| segment.left_by == LeftBy::LinkLost), "segments left by link_lost");
    } else {
        must(near(record.ended_at, end), "end");
        must(record.outcome == CallOutcome::Answered, "outcome");
        must(record.answered_at.is_some(), "an answer");
        let seen = matches!(hidden, Hidden::Middle | Hidden::Nothing);
        must(!seen || record.answered_at.zip(answer).is_some_and(|(stored, truly)| near(stored, truly)), "the time of the answer");
    }
    Ok((!wrong.is_empty()).then(|| format!("wrong: {}", wrong.join(", "))))
}

/// The PBX itself goes, and every call with it; it comes back, and calls go on. `unseen`: it goes without a word.
fn pbx_lost(name: &str, unseen: bool, lose: impl FnOnce(&Lab) -> Result<()>) -> Result<()> {
    let lab = Lab::up(name, &[])?;
    let mut daemon = Settings::of(&lab, name)?.daemon()?;
    daemon.up()?;
    let mut calls: Vec<Planned> = score().into_iter().map(|(call, _)| call).filter(|call| call.at < GAP.0 || call.at > GAP.1).collect();
    let last = calls.len() - 1;
    for call in &mut calls {
        call.end = call.end.max(GAP.0 + 4.0);
    }
    calls[last].at = 20.0;
    calls[last].end = 23.0;
    let since = now();
    let playing = Playing::begin(&lab, &calls, &[18.0])?;
    playing.sleep_until(GAP.0);
    let before = now();
    lose(&lab)?;
    sleep(Duration::from_secs(1));
    daemon.ready()?;
    let (played, _lost) = playing.end()?;
    daemon.settled()?;

    let records = daemon.records(since, now())?;
    ensure!(records.len() == calls.len(), "{} records of {} calls: {records:#?}", records.len(), calls.len());
    for (index, call) in calls.iter().enumerate() {
        let record = records.iter().find(|record| record.caller.number.as_deref() == Some(&call.id));
        let Some(record) = record else { anyhow::bail!("no record of {}", call.id) };
        let truth = played.iter().find(|played| played.id == call.id);
        if index == last {
            ensure!(
                !record.start_uncertain && !record.end_uncertain && record.outcome == CallOutcome::Answered,
                "the call after: {record:#?}; {truth:?}"
            );
        } else {
            let answered = call.answer.is_some_and(|ringing| call.at + ringing < GAP.0);
            // An orderly restart hangs up first, and says so: then nothing is uncertain.
            let fits = match (record.end_uncertain, answered) {
                (_, true) => record.outcome == CallOutcome::Answered,
                (true, false) => record.outcome == CallOutcome::LinkLost,
                (false, false) => !matches!(record.outcome, CallOutcome::Answered | CallOutcome::LinkLost),
            };
            ensure!(fits && record.end_uncertain == unseen, "not as the gap rules say: {record:#?}");
            let ended = record.ended_at.timestamp();
            ensure!(ended <= before + TOLERANCE && ended >= record.started_at.timestamp(), "it did not end with the PBX: {record:#?}");
        }
    }
    ensure!(daemon.stop()?.success());
    Ok(())
}
