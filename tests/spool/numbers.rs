//! Numbers of calls and of the outbox mean the same wherever the file goes.

use std::fs;
use std::path::Path;

use strowger::sink::{Again, Desk};
use strowger::spool::outbox::{Outbox, Place, QUARANTINE_MAX, Start};
use strowger::spool::transfer::How;
use strowger::spool::transfer::{Imported, export};
use strowger::spool::{Spool, inspect, renumber};
use strowger::store::database_path;
use tempfile::TempDir;

use super::transfer::{NOW, SOON, exported, fill, folder, gap, imported, register};
use super::{entry, open, record, settings};

type Row = (Place, String, String);

fn read(outbox: &Outbox, sink: &str) -> Vec<Row> {
    let found = outbox.read(sink, None, usize::MAX, usize::MAX).expect("read");
    found.into_iter().map(|entry| (entry.place, entry.message_id, entry.json)).collect()
}

fn numbers(state: &Path, sql: &str) -> Vec<(i64, String)> {
    let connection = rusqlite::Connection::open(database_path(state)).expect("opens");
    let mut statement = connection.prepare(sql).expect("prepared");
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).expect("asked");
    rows.collect::<Result<_, _>>().expect("read")
}

/// Everything that goes by numbers.
fn all_numbers(state: &Path) -> Vec<(i64, String)> {
    [
        "SELECT seq, id FROM calls ORDER BY seq",
        "SELECT history_cursor, name || history_until || ':' || cursor FROM sinks ORDER BY name",
        "SELECT seq, sink || history || message_id || reason FROM quarantine ORDER BY sink, history, seq",
        "SELECT call, sink FROM sink_replays ORDER BY sink, call",
        "SELECT seq, source FROM outbox_head UNION ALL SELECT value, key FROM meta WHERE key = 'calls_upto'",
        "SELECT seq, message_id FROM outbox ORDER BY seq",
    ]
    .into_iter()
    .flat_map(|sql| numbers(state, sql))
    .collect()
}

/// Two sinks in the middle of a history with a hole; one refused a call of it, one was asked for a call once more that it had.
fn site() -> (TempDir, Spool) {
    let state = folder();
    let (spool, _reports) = open(state.path(), settings());
    fill(&spool, 0..8);
    let mut uncertain = record(40);
    uncertain.end_uncertain = true;
    spool.handle().blocking_send(entry("a", 40, vec![uncertain])).expect("taken");
    fill(&spool, 8..10);
    // It gets another number: the one that it had is a hole.
    spool.handle().blocking_send(entry("a", 41, vec![record(40)])).expect("taken");
    spool.handle().blocking_flush(SOON).expect("durable");
    let outbox = spool.outbox();
    register(&outbox, &[("late", Start::Beginning), ("web", Start::Beginning)]);
    fill(&spool, 10..13);
    outbox.advance("late", Place::History(4)).expect("advanced");
    outbox.advance("web", Place::History(6)).expect("advanced");
    let refused = outbox.read("late", None, 1, usize::MAX).expect("read").swap_remove(0);
    outbox.quarantine("late", &refused, "too long", NOW, QUARANTINE_MAX).expect("put aside");
    let desk = Desk::open(state.path()).expect("opens");
    assert_eq!(desk.ask_again("web", &Again::Id(record(1).id.to_string())).expect("asked"), 1);
    assert_eq!(desk.ask_again("late", &Again::Id(record(1).id.to_string())).expect("asked"), 1);
    (state, spool)
}

fn take_over(state: &Path, all_calls: bool) -> (TempDir, Imported) {
    let (files, other) = (folder(), folder());
    let file = files.path().join("spool.jsonl");
    let mut out = fs::File::create(&file).expect("made");
    let told = export(state, all_calls, NOW, &mut out, &mut |_, _| {}).expect("exported");
    assert_eq!((told.quarantined, told.replays, told.damage), (1, 2, Vec::new()));
    let how = imported(other.path(), &file).expect("imported");
    let once = all_numbers(other.path());
    assert_eq!(imported(other.path(), &file).expect("imported").how, How::NothingNew);
    assert_eq!(all_numbers(other.path()), once, "a second time changes nothing");
    (other, how)
}

#[test]
fn what_sinks_have_of_the_history_comes_along_exactly() {
    for all_calls in [false, true] {
        let (state, spool) = site();
        let outbox = spool.outbox();
        let before = ["late", "web"].map(|sink| read(&outbox, sink));
        let calls = numbers(state.path(), "SELECT seq, id FROM calls ORDER BY seq");
        assert_eq!(calls.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15]);
        let (other, how) = take_over(state.path(), all_calls);
        assert_eq!((how.how, how.replays, how.replays_left), (How::GoesOn, 2, 0));
        // What was delivered to both stays behind, but for the call that was asked for once more.
        let kept: Vec<_> = calls.iter().filter(|(number, _)| all_calls || *number == 2 || *number > 4).cloned().collect();
        assert_eq!(numbers(other.path(), "SELECT seq, id FROM calls ORDER BY seq"), kept);
        assert_eq!(inspect(other.path()).expect("read").findings, Vec::<String>::new());
        let (moved, _reports) = open(other.path(), settings());
        assert_eq!(["late", "web"].map(|sink| read(&moved.outbox(), sink)), before);
        let desk = Desk::open(other.path()).expect("opens");
        for sink in ["late", "web"] {
            let again = desk.replays(sink, 9, usize::MAX).expect("read");
            assert_eq!(
                again.into_iter().map(|entry| (entry.place, entry.message_id)).collect::<Vec<_>>(),
                [(Place::History(2), record(1).id.to_string())]
            );
        }
        let refused = moved.outbox().quarantined(None, None, 9).expect("read");
        assert_eq!(
            refused.iter().map(|refused| (refused.entry.place, refused.reason.as_str())).collect::<Vec<_>>(),
            [(Place::History(5), "too long")]
        );
    }
}

/// Nothing waits, so no call comes along: the numbers that sinks had are not given to other calls.
#[test]
fn later_calls_get_numbers_above_those_of_calls_that_stayed_behind() {
    let state = folder();
    let (spool, _reports) = open(state.path(), settings());
    fill(&spool, 0..5);
    register(&spool.outbox(), &[("late", Start::Beginning)]);
    spool.outbox().advance("late", Place::Sequence(99)).expect("advanced");
    let (files, other) = (folder(), folder());
    let (file, told) = exported(state.path(), &files);
    assert_eq!((told.calls, told.entries), (0, 0));
    imported(other.path(), &file).expect("imported");
    let (moved, _reports) = open(other.path(), settings());
    fill(&moved, 5..7);
    assert_eq!(
        numbers(other.path(), "SELECT seq, id FROM calls ORDER BY seq"),
        [(6, record(5).id.to_string()), (7, record(6).id.to_string())]
    );
    assert!(read(&moved.outbox(), "late").iter().all(|(place, ..)| matches!(place, Place::Sequence(_))));
}

/// The other daemon worked on after the first export, which was a rehearsal.
#[test]
fn a_later_export_adds_what_is_new_under_its_numbers() {
    let (state, spool) = site();
    let (other, _) = take_over(state.path(), false);
    fill(&spool, 13..16);
    register(&spool.outbox(), &[("late", Start::Beginning), ("web", Start::Beginning), ("new", Start::Beginning)]);
    spool.outbox().advance("new", Place::History(16)).expect("advanced");
    let files = folder();
    let (file, _) = exported(state.path(), &files);
    let how = imported(other.path(), &file).expect("imported");
    assert_eq!((how.how, how.records, how.sinks), (How::GoesOn, 3, 1));
    let (moved, _reports) = open(other.path(), settings());
    for sink in ["late", "web", "new"] {
        assert_eq!(read(&moved.outbox(), sink), read(&spool.outbox(), sink), "{sink}");
    }
}

/// As an export of format 2 was: it names no numbers of calls.
#[test]
fn an_old_export_is_numbered_anew_and_its_history_begins_again() {
    let (state, _spool) = site();
    let files = folder();
    let (file, _) = exported(state.path(), &files);
    let old = |line: &str| -> Option<String> {
        let mut line: serde_json::Value = serde_json::from_str(line).expect("JSON");
        let (kind, body) =
            line.as_object_mut().and_then(|line| line.iter_mut().next()).map(|(kind, body)| (kind.clone(), body)).expect("one key");
        let is_new = kind == "replay" || body.get("history") == Some(&true.into());
        let body = body.as_object_mut().expect("an object");
        for field in ["call_seq", "history_cursor", "history_until", "calls_upto", "earlier"] {
            body.remove(field);
        }
        body.entry("format").and_modify(|format| *format = 2.into());
        body.entry("lines").and_modify(|lines| *lines = (lines.as_u64().expect("a number") - 3).into());
        (!is_new).then(|| format!("{line}\n"))
    };
    let text: String = fs::read_to_string(&file).expect("read").lines().filter_map(old).collect();
    fs::write(&file, text).expect("written");
    let other = folder();
    assert_eq!(imported(other.path(), &file).expect("imported").how, How::GoesOn);
    let calls = numbers(other.path(), "SELECT seq, id FROM calls ORDER BY seq");
    assert_eq!(
        calls.iter().map(|(number, _)| *number).collect::<Vec<_>>(),
        (1..=i64::try_from(calls.len()).expect("few")).collect::<Vec<_>>()
    );
    let (moved, _reports) = open(other.path(), settings());
    let history = read(&moved.outbox(), "late").into_iter().filter(|(place, ..)| matches!(place, Place::History(_))).count();
    assert_eq!(history, calls.len());
    assert_eq!(imported(folder().path(), &file).expect("imported").records, calls.len() as u64);
}

#[test]
fn a_directory_of_its_own_numbers_by_itself_and_says_what_it_left() {
    let (state, _spool) = site();
    let (files, other) = (folder(), folder());
    let (file, _) = exported(state.path(), &files);
    let (spool, _reports) = open(other.path(), settings());
    register(&spool.outbox(), &[("own", Start::Present)]);
    fill(&spool, 100..102);
    spool.close(SOON).expect("closed");
    let how = imported(other.path(), &file).expect("imported");
    assert_eq!((how.how, how.replays, how.replays_left), (How::Merged, 0, 2));
    let calls = numbers(other.path(), "SELECT seq, id FROM calls ORDER BY seq");
    assert_eq!(
        calls.iter().map(|(number, _)| *number).collect::<Vec<_>>(),
        (1..=i64::try_from(calls.len()).expect("few")).collect::<Vec<_>>()
    );
    let once = all_numbers(other.path());
    let again = imported(other.path(), &file).expect("imported");
    assert_eq!((again.records, again.entries), (0, 0));
    assert_eq!(all_numbers(other.path()), once);
    // What a sink had refused is offered to the own one.
    let (spool, _reports) = open(other.path(), settings());
    assert!(read(&spool.outbox(), "own").iter().any(|(_, message, _)| *message == record(4).id.to_string()));
}

#[test]
fn renumbering_changes_nothing_that_waits_and_names_what_comes() {
    let state = folder();
    let (spool, _reports) = open(state.path(), settings());
    register(&spool.outbox(), &[("crm", Start::Present)]);
    fill(&spool, 0..4);
    let (waits, before) = (read(&spool.outbox(), "crm"), spool.outbox().source().to_owned());
    spool.close(SOON).expect("closed");
    // Twice, as somebody who is not sure does it.
    let unused = renumber(state.path()).expect("renumbered");
    let told = renumber(state.path()).expect("renumbered");
    assert_eq!((unused.before.as_str(), told.before.as_str(), told.newest, told.waiting), (before.as_str(), unused.after.as_str(), 5, 5));
    assert_eq!(inspect(state.path()).expect("read").findings, Vec::<String>::new());
    let (spool, _reports) = open(state.path(), settings());
    assert_eq!(read(&spool.outbox(), "crm"), waits);
    spool.handle().blocking_send(gap()).expect("taken");
    spool.handle().blocking_flush(SOON).expect("durable");
    let all = read(&spool.outbox(), "crm");
    assert_eq!((all[5].0, &all[5].1), (Place::Sequence(6), &format!("{}.6", told.after)));
    let names = |outbox: &Outbox| [5, 6].map(|number| outbox.sources().of(Place::Sequence(number)).to_owned());
    assert_eq!(names(&spool.outbox()), [before, told.after]);

    // Names come along.
    let (files, other) = (folder(), folder());
    let (file, _) = exported(state.path(), &files);
    imported(other.path(), &file).expect("imported");
    let (moved, _reports) = open(other.path(), settings());
    assert_eq!((names(&moved.outbox()), read(&moved.outbox(), "crm")), (names(&spool.outbox()), all));
}

/// Made before the failure, taken in after the backup was put back: what the backup lacks is new to it, what it has is not.
#[test]
fn an_export_from_before_the_renumbering_adds_what_the_backup_lacks() {
    let (state, backup) = (folder(), folder());
    let (spool, _reports) = open(state.path(), settings());
    register(&spool.outbox(), &[("crm", Start::Present)]);
    fill(&spool, 0..4);
    spool.close(SOON).expect("closed");
    fs::copy(database_path(state.path()), database_path(backup.path())).expect("copied");
    let (spool, _reports) = open(state.path(), settings());
    fill(&spool, 4..6);
    let files = folder();
    let (file, _) = exported(state.path(), &files);
    renumber(backup.path()).expect("renumbered");
    let how = imported(backup.path(), &file).expect("imported");
    assert_eq!((how.how, how.records, how.entries), (How::Merged, 2, 3));
    let again = imported(backup.path(), &file).expect("imported");
    assert_eq!((again.records, again.entries), (0, 0));
    let (back, _reports) = open(backup.path(), settings());
    let ids = |outbox: &Outbox| read(outbox, "crm").into_iter().map(|(place, message, _)| (place, message)).collect::<Vec<_>>();
    assert_eq!(ids(&back.outbox()), ids(&spool.outbox()));
}
