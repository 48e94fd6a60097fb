//! A process that hands in numbered entries and delivers what comes of them is killed at random moments, again and again.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;
use std::time::Duration;

use rusqlite::Connection;
use strowger::spool::outbox::{Outbox, Sink, Start};
use strowger::spool::{Checkpoint, Input, Recovered, Report, Spool};
use strowger::store::{Store, database_path};
use strowger::telephony::Time;

use super::{clock, entry, numbers, open, record, settings};

const KILLS: u32 = 40;
const CHILD: &str = "STROWGER_TEST_SPOOL_CHILD";
const SINK: &str = "file";

#[test]
fn forty_kills_lose_and_double_nothing() {
    let state = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("temporary directory");
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let (mut total, mut with_loss) = (0, 0);
    for round in 0..KILLS {
        // Every fourth may be hit while it starts.
        let acknowledged = run_and_kill(state.path(), round % 4 == 3, Duration::from_millis(random.u64(0..120)));
        let (spool, _reports) = open(state.path(), settings());
        let last = last_number(&spool.recover("a").expect("read"));
        delivered_or_kept(state.path(), &spool.outbox(), last);
        spool.close(Duration::from_secs(10)).expect("closes");
        // Acknowledgements are counted from what the child itself found.
        if let Some((found, acknowledged)) = acknowledged {
            assert_eq!(found, total, "round {round}: what one process recovers, the next does too");
            assert!(last >= found + acknowledged, "round {round}: {acknowledged} acknowledged after {found}, but {last} is the last");
            with_loss += u32::from(last > found + acknowledged);
        }
        assert!(last >= total, "round {round}: {last} after {total}");
        total = last;
        stored_once(state.path(), last);
    }
    assert_eq!(Store::open_existing(state.path()).expect("opens").check().expect("checked"), Vec::<String>::new());
    assert!(total > 200, "only {total} entries: the kills came too early to prove anything");
    println!("{total} entries over {KILLS} kills; {with_loss} times more was durable than acknowledged");
}

/// What the child found at its start and how many it acknowledged since; `None` where it was killed before it was ready.
fn run_and_kill(state: &Path, in_start: bool, after: Duration) -> Option<(u64, u64)> {
    let mut child = Command::new(std::env::current_exe().expect("own path"))
        .args(["--exact", "crash::child", "--ignored", "--nocapture", "--test-threads=1"])
        .env(CHILD, state)
        .stdout(Stdio::piped())
        .spawn()
        .expect("starts");
    let mut output = BufReader::new(child.stdout.take().expect("a pipe"));
    let (ready, is_ready) = channel();
    let reader = std::thread::spawn(move || {
        let (mut found, mut acknowledged, mut line) = (None, 0, String::new());
        // A line without its end was cut by the kill.
        while output.read_line(&mut line).expect("read") > 0 && line.ends_with('\n') {
            if let Some(number) = line.trim_end().strip_prefix("found ") {
                found = number.parse().ok();
                ready.send(()).ok();
            }
            if let Some(number) = line.trim_end().strip_prefix("acknowledged ") {
                acknowledged = number.parse().expect("a number");
            }
            line.clear();
        }
        found.map(|found: u64| (found, acknowledged))
    });
    if !in_start {
        is_ready.recv_timeout(Duration::from_mins(1)).expect("the child is ready");
    }
    std::thread::sleep(after);
    child.kill().expect("killed");
    child.wait().expect("ended");
    reader.join().expect("read")
}

/// The number of the last entry there, after checking that none is missing before it.
fn last_number(recovered: &Recovered) -> u64 {
    let checkpoint: u64 = recovered.checkpoint.as_deref().map_or(0, |state| numbers(&[state.to_vec()])[0]);
    let events = numbers(&recovered.events);
    let expected: Vec<u64> = (checkpoint + 1..).take(events.len()).collect();
    assert_eq!(events, expected, "after the checkpoint of {checkpoint} every event once and in order");
    events.last().copied().unwrap_or(checkpoint)
}

/// Every third entry finished a call.
fn stored_once(state: &Path, last: u64) {
    let connection = Connection::open(database_path(state)).expect("opens");
    let sql = "SELECT count(*), count(DISTINCT id), (SELECT count(*) FROM segments), (SELECT count(*) FROM call_numbers) FROM calls";
    let counts: (u64, u64, u64, u64) = connection
        .query_row(sql, [], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, i64>(2)?, row.get::<_, i64>(3)?)))
        .map(|(a, b, c, d)| (a.unsigned_abs(), b.unsigned_abs(), c.unsigned_abs(), d.unsigned_abs()))
        .expect("read");
    let calls = last / 3;
    assert_eq!(counts, (calls, calls, 2 * calls, 2 * calls), "records up to entry {last}, whole");
}

/// Every number once, with the record that was stored under it: delivered (perhaps twice), or kept for delivery.
fn delivered_or_kept(state: &Path, outbox: &Outbox, last: u64) {
    let mut found: BTreeMap<u64, String> = BTreeMap::new();
    let mut take = |seq: u64, message: &str| {
        let before = found.insert(seq, message.to_owned());
        assert!(before.is_none_or(|before| before == message), "number {seq} was given twice");
    };
    let delivered = fs::read_to_string(state.join("delivered")).unwrap_or_default();
    for line in delivered.lines() {
        let (seq, message) = line.split_once(' ').expect("a number and a message");
        take(seq.parse().expect("a number"), message);
    }
    // A child that was killed early enough had not registered its sink.
    for entry in outbox.read(SINK, None, usize::MAX, usize::MAX).unwrap_or_default() {
        take(entry.seq().expect("no history"), &entry.message_id);
    }
    let expected = (1..=last / 3).map(|number| (number, record(3 * number).id.to_string()));
    assert_eq!(found, expected.collect::<BTreeMap<_, _>>(), "every record up to entry {last} in order, without a hole");
    assert_eq!(*outbox.newest().borrow(), last / 3);
}

#[test]
#[ignore = "the process that the test above kills"]
fn child() {
    let Some(state) = std::env::var_os(CHILD) else { return };
    let mut acknowledged = 0;
    let report = move |report| {
        if let Report::Committed(committed) = report {
            acknowledged += committed.entries;
            println!("acknowledged {acknowledged}");
        }
    };
    let spool = Spool::open(Path::new(&state), settings(), clock(), report).expect("opens");
    let sink = Sink { name: SINK.to_owned(), start: Start::Present };
    spool.outbox().register(&[sink], Time::from_millis(0)).expect("registered");
    let found = last_number(&spool.recover("a").expect("read"));
    println!("\nfound {found}");
    let (outbox, delivered) = (spool.outbox(), Path::new(&state).join("delivered"));
    std::thread::spawn(move || deliver(&outbox, &delivered));
    let handle = spool.handle();
    for number in found + 1.. {
        let mut records = if number % 3 == 0 { vec![record(number)] } else { Vec::new() };
        if number == found + 1 {
            // A restart plays what it recovers again: the same calls are finished a second time.
            records.extend((found.saturating_sub(30)..=found).filter(|number| number % 3 == 0 && *number > 0).map(record));
        }
        handle.blocking_send(entry("a", number, records)).expect("taken");
        if fastrand::u8(..) == 0 {
            let state = number.to_string().into_bytes();
            handle.blocking_send(Input::Checkpoint(Checkpoint { pbx: "a".into(), state })).expect("taken");
        }
        if fastrand::u8(..) < 4 {
            std::thread::sleep(Duration::from_millis(fastrand::u64(0..5)));
        }
    }
}

/// Writes number and message of each entry into the file, then says that it has it.
fn deliver(outbox: &Outbox, into: &Path) {
    let mut file = File::options().create(true).append(true).open(into).expect("opened");
    loop {
        let entries = outbox.read(SINK, None, fastrand::usize(1..50), usize::MAX).expect("read");
        let lines: Vec<String> =
            entries.iter().map(|entry| format!("{} {}\n", entry.seq().expect("no history"), entry.message_id)).collect();
        file.write_all(lines.concat().as_bytes()).expect("written");
        match entries.last() {
            Some(last) => outbox.advance(SINK, last.place).expect("advanced"),
            None => std::thread::sleep(Duration::from_millis(1)),
        }
    }
}
