//! What is in the databases, held against each other and against the truth.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use rusqlite::{Connection, OpenFlags};
use strowger::record::{CallRecord, Role, Segment};
use strowger::telephony::{Scope, Time};
use uuid::Uuid;

use super::compare::Difference;
use super::faults::Blind;
use super::judge::{Judge, Verdict};
use super::path::{DATABASES, Path};
use super::windows::Window;

/// By how much moments may differ: two processes on a busy machine.
const LATE_MS: u64 = 600;

/// From one sign of life that is on disk to the next, while calls go on.
const SIGN_MS: u64 = 2_500;

/// A resync takes time in life, and what happens amid it may be told by the list and by its own line: as a part, or even a record, too
/// many. No more than one call of so many, and a few in a short run.
const AMID_ONE_OF: usize = 50;
const AMID_ALWAYS: usize = 5;

/// Differing calls that are printed.
const SHOWN: usize = 8;

/// What the site's own database holds, and when the telephone system was out of sight by what the centre was told.
pub(crate) struct Kept {
    records: Vec<CallRecord>,
    windows: Vec<Window>,
}

/// The site's own database, by id.
fn of_site(path: &Path) -> Result<(BTreeMap<String, String>, i64)> {
    let store = Connection::open_with_flags(&path.store, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let mut asked = store.prepare("SELECT id, record FROM calls")?;
    let calls = asked.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
    let newest = store.query_row("SELECT seq FROM outbox_head", [], |row| row.get(0))?;
    Ok((calls, newest))
}

/// A database of the server, by id. An id that is there twice is an error.
fn of_server(path: &Path, database: &str) -> Result<BTreeMap<String, String>> {
    let text = path.postgres.sql(database, "SELECT id || ' ' || record FROM calls")?;
    let mut calls = BTreeMap::new();
    for line in text.lines() {
        let (id, record) = line.split_once(' ').with_context(|| format!("no record: {line:?}"))?;
        ensure!(calls.insert(id.to_owned(), record.to_owned()).is_none(), "{database} has call {id} twice");
    }
    Ok(calls)
}

/// What is kept, if every database has the same calls with the same words, and the centre every number once.
pub(crate) fn if_equal(path: &Path) -> Result<Option<Kept>> {
    let (site, newest) = of_site(path)?;
    let numbers = path.postgres.sql("centre", "SELECT first_seq, last_seq FROM received_ranges")?;
    let mut is_equal = numbers == format!("1|{newest}");
    for database in DATABASES {
        is_equal = is_equal && of_server(path, database)? == site;
    }
    if !is_equal {
        sleep(Duration::from_secs(1));
        return Ok(None);
    }
    ensure!(path.postgres.sql("centre", "SELECT count(*) FROM quarantine")? == "0", "the hub has put something aside");
    let records = site.values().map(|text| serde_json::from_str(text)).collect::<Result<_, _>>()?;
    Ok(Some(Kept { records, windows: windows(path)? }))
}

/// For people: how many calls are where.
pub(crate) fn how_it_stands(path: &Path) -> Result<String> {
    let (site, newest) = of_site(path)?;
    let mut text = format!("site: {} calls, newest number {newest}", site.len());
    for database in DATABASES {
        let calls = of_server(path, database)?;
        let lacks: Vec<&String> = site.keys().filter(|id| !calls.contains_key(*id)).take(3).collect();
        let others = calls.iter().filter(|(id, record)| site.get(*id) != Some(record)).count();
        write!(text, "\n{database}: {} calls, {others} of them other than the site's, lacks {lacks:?} …", calls.len())?;
    }
    let numbers = path.postgres.sql("centre", "SELECT first_seq, last_seq FROM received_ranges ORDER BY 1")?;
    let aside = path.postgres.sql("centre", "SELECT seq, reason FROM quarantine")?;
    write!(
        text,
        "\nnumbers at the centre: {numbers:?}; put aside: {aside:?}\nhub: {}\ndaemon: {}",
        path.hub.log_end(),
        path.daemon.log_end()
    )?;
    Ok(text)
}

/// The gaps as the site told the centre of them. The one that the simulator's end began lasts.
fn windows(path: &Path) -> Result<Vec<Window>> {
    let asked = "SELECT scope, (extract(epoch FROM began_at) * 1000)::bigint, (extract(epoch FROM ended_at) * 1000)::bigint FROM link_gaps";
    let text = path.postgres.sql("centre", &format!("{asked} ORDER BY began_at"))?;
    let mut windows = Vec::new();
    for line in text.lines() {
        let fields: Vec<&str> = line.split('|').collect();
        let [scope, from, until] = fields[..] else { anyhow::bail!("{line:?}") };
        let scope = if scope == "all" { Scope::All } else { Scope::Node(scope.trim_start_matches("node ").into()) };
        let until = if until.is_empty() { None } else { Some(Time::from_millis(until.parse()?)) };
        windows.push((scope, Time::from_millis(from.parse()?), until));
    }
    let open: Vec<_> = windows.iter().filter(|(_, _, until)| until.is_none()).collect();
    ensure!(open.len() <= 1, "gaps that never ended: {open:?}");
    Ok(windows.into_iter().filter_map(|(scope, from, until)| Some(Window { scope, from, until: until? })).collect())
}

/// Holds what is kept against the truth.
pub(crate) fn hold(truth: &[CallRecord], kept: &Kept, blind: &[Blind]) -> Result<String> {
    let unfounded: Vec<&Window> = kept.windows.iter().filter(|window| !is_founded(window, blind)).collect();
    ensure!(unfounded.is_empty(), "gaps without a fault: {unfounded:#?}; faults: {blind:#?}");
    let trunks = (94_001..=94_016).map(|number| number.to_string()).collect();
    let restarts = kept.windows.iter().map(|window| window.from).collect();
    let judge = Judge { windows: kept.windows.clone(), tolerance_ms: LATE_MS, is_numbered: true, trunks, restarts };
    let records: Vec<CallRecord> = kept.records.iter().map(comparable).collect();
    let truth: Vec<CallRecord> = truth.iter().map(|call| as_can_be_known(comparable(call), &records, &kept.windows)).collect();
    let verdict = judge.judge(&truth, &records);
    let told = told(&verdict, records.len(), &kept.windows);
    let amid = |difference: &&Difference| is_amid_a_gap(difference, &kept.windows);
    let all: Vec<String> = verdict.wrong.iter().map(Difference::text).collect();
    fs::write(super::path::folder().join("otherwise.txt"), all.join("\n"))?;
    let wrong: Vec<&Difference> = verdict.wrong.iter().filter(|difference| !amid(difference)).collect();
    ensure!(wrong.is_empty(), "{told}\n{}", shown(&wrong));
    let amid: Vec<&Difference> = verdict.wrong.iter().filter(amid).collect();
    ensure!(amid.len() * AMID_ONE_OF <= verdict.calls + AMID_ALWAYS * AMID_ONE_OF, "{told}\n{}", shown(&amid));
    // The allowances are for the calls that a gap touches; enough are not touched for this to say something.
    ensure!(verdict.untouched * 8 > verdict.calls, "too few calls without a gap: {told}");
    Ok(told)
}

/// It lies in a time in which nothing could be seen, from the last thing that was on disk.
fn is_founded(window: &Window, blind: &[Blind]) -> bool {
    let at = |moment: jiff::Timestamp| Time::from_millis(moment.as_millisecond());
    blind.iter().any(|blind| at(blind.from).millis_since(window.from) <= SIGN_MS && window.until.millis_since(at(blind.until)) <= LATE_MS)
}

/// Without what differs between any two programs: ids, and since when the store knows who holds what.
fn comparable(call: &CallRecord) -> CallRecord {
    let mut call = call.clone();
    call.id = Uuid::nil();
    for segment in &mut call.segments {
        segment.user.iter_mut().for_each(|user| user.id = Uuid::nil());
        segment.group.iter_mut().for_each(|group| group.id = Uuid::nil());
        segment.attribution.since = segment.attribution.since.filter(|since| *since >= call.started_at);
    }
    call
}

/// The PBX tells an outside caller's name when somebody rings: who is busy hears none, and what rang unseen may have had one.
fn as_can_be_known(mut call: CallRecord, records: &[CallRecord], windows: &[Window]) -> CallRecord {
    let late = Duration::from_millis(LATE_MS);
    let is_seen = |at: Time| !windows.iter().any(|window| window.from <= at.plus(late) && at <= window.until.plus(late));
    let rang = |part: &Segment| part.role != Role::Caller && (part.ring_ms > 0 || part.queue_ms > 0 || part.answered_at.is_some());
    let is_told = call.segments.iter().any(|part| rang(part) && is_seen(part.started_at));
    let is_it =
        |record: &&CallRecord| record.switch_calls.first() == call.switch_calls.first() && record.started_at <= call.ended_at.plus(late);
    let record = records.iter().filter(is_it).max_by_key(|record| record.started_at);
    if !is_told && record.is_some_and(|record| record.caller.name.is_none()) {
        call.caller.name = None;
    }
    call
}

/// Something happened in it while nothing could be seen, and a record of it is there.
fn is_amid_a_gap(difference: &Difference, windows: &[Window]) -> bool {
    let late = Duration::from_millis(LATE_MS);
    let is_unseen = |at: Time| windows.iter().any(|window| window.from <= at.plus(late) && at <= window.until.plus(late));
    match (&difference.truth, &difference.record) {
        (Some(call), Some(_)) => {
            let moments = |part: &Segment| [Some(part.started_at), part.answered_at, Some(part.ended_at)];
            call.segments.iter().flat_map(moments).flatten().any(is_unseen)
        }
        (None, Some(record)) => record.start_uncertain && is_unseen(record.started_at),
        _ => false,
    }
}

fn told(verdict: &Verdict, records: usize, windows: &[Window]) -> String {
    let blind_ms: u64 = windows.iter().map(|window| window.until.millis_since(window.from)).sum();
    let mut text = format!(
        "{} calls, {records} records in each of {} databases; {} gaps of {} s in all; {} calls untouched by them, {} touched and told exactly, {} told otherwise than the gap rules say after something happened amid a gap",
        verdict.calls,
        DATABASES.len() + 1,
        windows.len(),
        blind_ms / 1000,
        verdict.untouched,
        verdict.exact,
        verdict.wrong.len()
    );
    for (name, count) in &verdict.allowed {
        write!(text, "\n  {count} {name}").expect("text");
    }
    text
}

fn shown(differences: &[&Difference]) -> String {
    differences.iter().take(SHOWN).map(|difference| difference.text()).collect::<Vec<_>>().join("\n")
}
