//! Retention, holds, export and erasure as an administrator meets them.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use serde_json::Value;
use strowger::directory::user_id;
use strowger::record::{CallRecord, UserRef};
use strowger::store::{CallFilter, Stood, Store};
use strowger::telephony::Time;
use tempfile::TempDir;
use uuid::Uuid;

use super::{run, site};

const NOBODY: &str = "[[users]]\nname = \"Ada Lind\"\nprimary = { extension = \"1003\" }\n";

/// Two calls long ago, credited to Noor Haddad, and nothing else.
fn filled(retention: &str) -> TempDir {
    let site = site();
    let file = site.path().join("strowger.toml");
    let config = fs::read_to_string(&file).expect("read");
    fs::write(&file, format!("{config}{retention}")).expect("written");
    let (code, _, stderr) = run(site.path(), &["users", "import", "people.toml"]);
    assert_eq!(code, 0, "{stderr}");
    let mut calls: Vec<CallRecord> = Vec::new();
    for (number, year) in [(1, 2020), (2, 2021)] {
        let mut call: CallRecord = serde_json::from_str(include_str!("record.json")).expect("a record");
        call.id = Uuid::from_u128(number << 120);
        call.started_at = Time::parse(&format!("{year}-03-01T12:00:00Z")).expect("a time");
        call.ended_at = Time::parse(&format!("{year}-03-01T12:01:00Z")).expect("a time");
        for segment in call.segments.iter_mut().filter(|segment| segment.user.is_some()) {
            segment.user = Some(UserRef { id: user_id("Noor Haddad", None), name: "Noor Haddad".to_owned() });
        }
        calls.push(call);
    }
    let store = store(site.path());
    store.put(&calls).expect("stored");
    site
}

fn store(site: &Path) -> Store {
    Store::open(&site.join("state")).expect("a store")
}

fn calls(site: &Path) -> Vec<CallRecord> {
    store(site).calls(&CallFilter::default()).expect("read")
}

#[test]
fn retention_says_what_it_would_do_and_does_it() {
    let site = filled("");
    let (code, stdout, stderr) = run(site.path(), &["retention", "run"]);
    assert_eq!((code, stdout.as_str()), (0, ""));
    assert!(stderr.contains("kept for ever"), "{stderr}");

    let site = filled("[retention]\nanonymise_after_days = 30\npause_ms = 0\nbatch_calls = 1\n");
    let before = calls(site.path());
    let (code, stdout, stderr) = run(site.path(), &["retention", "run", "--dry-run"]);
    assert_eq!(code, 0, "{stderr}");
    let said = "  would anonymise  2 calls, ended 2020-03-01T12:01:00.000Z to 2021-03-01T12:01:00.000Z\n  would delete     0 calls\n  kept by a hold   0 calls\n";
    assert!(stdout.ends_with(said), "{stdout}");
    assert_eq!(calls(site.path()), before);
    let (code, stdout, _) = run(site.path(), &["retention", "run"]);
    assert_eq!(code, 0);
    assert!(stdout.contains("  anonymised       2 calls") && !stdout.contains("clock says"), "{stdout}");
    let text = serde_json::to_string(&calls(site.path())).expect("JSON");
    assert!(!text.contains("Noor") && text.contains("anonymised_at"), "{text}");
    let (_, stdout, _) = run(site.path(), &["retention", "run"]);
    assert!(stdout.contains("  anonymised       0 calls"), "{stdout}");
    let (code, stdout, stderr) = run(site.path(), &["explain", "01000000"]);
    assert_eq!(code, 0, "{stderr}");
    assert!(stdout.contains("numbers and names were taken out"), "{stdout}");
    assert_eq!(run(site.path(), &["calls"]).1.lines().count(), 3, "a heading and two calls");
    // A last run that is far back may be a clock that is ahead: it is shown, and somebody decides.
    let last = wall().minus(std::time::Duration::from_hours(24 * 30 + 1));
    store(site.path()).note_sweep(last).expect("noted");
    for arguments in [["retention", "run", "--dry-run"].as_slice(), &["retention", "run"]] {
        let (_, stdout, _) = run(site.path(), arguments);
        let lines: Vec<&str> = stdout.lines().collect();
        assert!(lines[1].starts_with("  clock says       2") && lines[2].ends_with(", 30 days ago by this clock"), "{stdout}");
    }
    assert!(!run(site.path(), &["retention", "run"]).1.contains("clock says"), "that was one");
}

#[test]
fn a_hold_keeps_calls_and_forbids_erasing() {
    let site = filled("[retention]\ndelete_after_days = 30\npause_ms = 0\n");
    let hold = |arguments: &[&str]| run(site.path(), &[&["privacy", "hold"], arguments].concat());
    let (code, _, stderr) = hold(&["add", "--user", "noor haddad", "--reason", "case 7", "--by", "the court"]);
    assert_eq!(code, 0, "{stderr}");
    assert!(hold(&["add", "--user", "Noor Haddad"]).2.contains("nothing was changed"));
    let (_, listed, _) = hold(&["list"]);
    assert!(listed.starts_with("Noor Haddad  since 2") && listed.ends_with(" by the court: case 7\n"), "{listed}");
    let (_, stdout, _) = run(site.path(), &["retention", "run"]);
    assert!(stdout.contains("  deleted          0 calls\n  kept by a hold   2 calls, ended 2020"), "{stdout}");
    fs::write(site.path().join("people.toml"), NOBODY).expect("written");
    run(site.path(), &["users", "import", "people.toml"]);
    let (code, _, stderr) = run(site.path(), &["privacy", "erase", "--user", "Noor Haddad", "--yes"]);
    assert_eq!(code, 1);
    assert!(stderr.contains("a legal hold stands"), "{stderr}");
    assert_eq!(hold(&["remove", "--user", "Noor Haddad", "--by", "the court"]).0, 0);
    assert_eq!(hold(&["remove", "--user", "Noor Haddad"]).0, 1);
    assert_eq!(hold(&["list"]).1, "");
    assert!(hold(&["list", "--all"]).1.contains(", until 2"));
    let (_, stdout, _) = run(site.path(), &["retention", "run"]);
    assert!(stdout.contains("  deleted          2 calls"), "{stdout}");
    assert_eq!(calls(site.path()), []);
}

#[test]
fn a_person_gets_the_own_data_and_is_forgotten_with_a_receipt() {
    let site = filled("");
    let (code, _, stderr) = run(site.path(), &["privacy", "export", "--user", "Noor Haddad", "noor.jsonl"]);
    assert_eq!(code, 0, "{stderr}");
    let file = site.path().join("noor.jsonl");
    assert_eq!(fs::metadata(&file).expect("there").permissions().mode() & 0o777, 0o600);
    let lines: Vec<Value> =
        fs::read_to_string(&file).expect("read").lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let kinds: Vec<&String> = lines.iter().filter_map(|line| line.as_object()?.keys().next()).collect();
    assert_eq!(kinds, ["strowger_privacy_export", "person", "association", "association", "group", "primary_group", "call", "call", "end"]);
    assert_eq!(lines[1]["person"]["name"], "Noor Haddad");
    let (code, _, again) = run(site.path(), &["privacy", "export", "--user", "Noor Haddad", "noor.jsonl"]);
    assert_eq!(code, 1, "{again}");

    let erase = |arguments: &[&str]| run(site.path(), &[&["privacy", "erase", "--user", "Noor Haddad"], arguments].concat());
    let (code, _, refused) = erase(&["--yes"]);
    assert_eq!(code, 1);
    assert!(refused.contains("the people file still has this person"), "{refused}");
    fs::write(site.path().join("people.toml"), NOBODY).expect("written");
    assert_eq!(run(site.path(), &["users", "import", "people.toml"]).0, 0);
    let (code, _, said) = erase(&["--dry-run"]);
    assert_eq!(code, 0);
    assert!(said.contains("2 calls are credited to this person"), "{said}");
    assert_eq!(erase(&[]).0, 2, "it wants a yes");
    let (code, stdout, erased) = erase(&["--yes", "--export", "noor.jsonl"]);
    assert_eq!(code, 0, "{erased}");
    let receipt: Value = serde_json::from_str(stdout.trim_end()).expect("a receipt");
    assert_eq!(receipt["changed"]["calls"], 2);
    let sha256 = receipt["export_sha256"].as_str().expect("a digest");
    assert!(stderr.contains(sha256), "the one that the export told: {stderr}");
    assert_eq!(calls(site.path()).len(), 2);
    assert!(!serde_json::to_string(&calls(site.path())).expect("JSON").contains("Noor"));
    let (_, listed, _) = run(site.path(), &["users", "list", "--gone"]);
    assert!(!listed.contains("Noor") && listed.contains("erased "), "{listed}");
    assert_eq!(erase(&["--yes"]).0, 1, "nobody is called that any more");
    assert_eq!(run(site.path(), &["privacy", "receipts"]).1, stdout);
}

#[test]
fn an_erasure_that_was_broken_off_is_completed() {
    let site = filled("[retention]\nbatch_calls = 1\n");
    fs::write(site.path().join("people.toml"), NOBODY).expect("written");
    assert_eq!(run(site.path(), &["users", "import", "people.toml"]).0, 0);
    let store = store(site.path());
    let dossier = store.dossier("Noor Haddad").expect("known");
    let erasure = strowger::privacy::Erasure::new(dossier.person, Uuid::from_u128(9 << 96));
    store.begin_erasure(Uuid::from_u128(3), &erasure, None, Time::from_millis(0)).expect("begun");
    store.erase_step(Uuid::from_u128(3), 1, Time::from_millis(1)).expect("a step");
    drop(store);
    let (code, stdout, stderr) = run(site.path(), &["privacy", "erase", "--user", "Noor Haddad", "--yes"]);
    assert_eq!(code, 1, "the name was known to nobody then: {stderr}");
    assert!(stderr.contains("an erasure that was broken off goes on"), "{stderr}");
    let receipt: Value = serde_json::from_str(stdout.trim_end()).expect("a receipt");
    assert_eq!((receipt["id"].as_str(), receipt["changed"]["calls"].as_u64()), (Some("00000000-0000-0000-0000-000000000003"), Some(2)));
}

#[test]
fn an_erasure_that_was_broken_off_waits_for_a_legal_hold_and_holds_up_no_other() {
    let site = filled("[retention]\nbatch_calls = 1\n");
    fs::write(site.path().join("people.toml"), NOBODY).expect("written");
    assert_eq!(run(site.path(), &["users", "import", "people.toml"]).0, 0);
    let store = store(site.path());
    let erasure = strowger::privacy::Erasure::new(store.dossier("Noor Haddad").expect("known").person, Uuid::from_u128(9 << 96));
    store.begin_erasure(Uuid::from_u128(3), &erasure, None, Time::from_millis(0)).expect("begun");
    store.erase_step(Uuid::from_u128(3), 1, Time::from_millis(1)).expect("a step");
    assert_eq!(run(site.path(), &["privacy", "hold", "add", "--user", "Noor Haddad"]).0, 0);
    fs::write(site.path().join("people.toml"), "[[users]]\nname = \"Bob Baker\"\nprimary = { extension = \"1004\" }\n").expect("written");
    assert_eq!(run(site.path(), &["users", "import", "people.toml"]).0, 0);
    let erase_ada = || run(site.path(), &["privacy", "erase", "--user", "Ada Lind", "--yes"]);
    let (code, stdout, stderr) = erase_ada();
    assert_eq!((code, stdout.lines().count()), (0, 1), "{stderr}");
    assert!(stderr.contains("a legal hold was put on the person meanwhile"), "{stderr}");
    assert_eq!(store.pending_erasures().expect("read"), [Uuid::from_u128(3)]);
    assert_eq!(run(site.path(), &["privacy", "hold", "remove", "--user", "Noor Haddad"]).0, 0);
    let (code, stdout, stderr) = erase_ada();
    assert_eq!((code, stdout.lines().count()), (1, 1), "known to nobody any more: {stderr}");
    assert_eq!(store.pending_erasures().expect("read"), [] as [Uuid; 0]);
}

/// A day's run that was missed is made up for at the start, beside the writer, and is noted.
#[test]
fn the_daemon_does_what_is_due() {
    let site = filled("[retention]\nanonymise_after_days = 30\npause_ms = 0\nbatch_calls = 1\n[http]\nlisten = \"off\"\n");
    let days_ago = wall().minus(std::time::Duration::from_hours(60));
    let store = store(site.path());
    store.note_sweep(days_ago).expect("noted");
    let noted = || store.last_sweep().expect("read");
    let said = daemon_until(site.path(), || noted().is_some_and(|at| at > days_ago));
    assert!(calls(site.path()).iter().all(|call| call.anonymised_at.is_some()), "{said}");
    assert!(said.contains("are anonymised and deleted"), "{said}");
}

/// A clock a year ahead looks like a machine that was off for a year: neither is believed at once, and it says so.
#[test]
fn the_daemon_does_not_believe_a_clock_that_is_far_beyond_the_last_run() {
    let http = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port");
    let site = filled(&format!("[retention]\nanonymise_after_days = 30\npause_ms = 0\n[http]\nlisten = \"{http}\"\n"));
    let a_year_ago = Time::from_millis(wall().minus(std::time::Duration::from_hours(24 * 365)).as_millis());
    let store = store(site.path());
    store.note_sweep(a_year_ago).expect("noted");
    let ready = || -> std::io::Result<String> {
        let (mut stream, mut answer) = (TcpStream::connect(http)?, String::new());
        stream.write_all(b"GET /health/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    };
    let shown = std::cell::RefCell::new(String::new());
    let is_shown = |answer: &String| answer.contains(&format!("because the last run was {a_year_ago}"));
    let said = daemon_until(site.path(), || {
        if !is_shown(&shown.borrow()) {
            *shown.borrow_mut() = ready().unwrap_or_default();
        }
        is_shown(&shown.borrow())
    });
    for what in [a_year_ago.to_string().as_str(), "\"until\":\"", "`strowger retention run` does it now"] {
        assert!(said.contains(what), "{what}: {said}");
    }
    assert_eq!(store.last_sweep().expect("read"), Some(a_year_ago));
    let kept = || store.clock_stood().expect("read");
    assert!(kept().is_some_and(|stood| stood.seen > a_year_ago), "a restart does not begin the wait anew: {said}");
    assert!(calls(site.path()).iter().all(|call| call.anonymised_at.is_none()), "{said}");
}

/// On a machine that is off every night it would never stand for a day otherwise.
#[test]
fn the_daemon_goes_on_with_the_wait_of_the_one_before() {
    let site = filled("[retention]\nanonymise_after_days = 30\npause_ms = 0\n[http]\nlisten = \"off\"\n");
    let (store, day) = (store(site.path()), std::time::Duration::from_hours(24));
    store.note_sweep(wall().minus(day * 365)).expect("noted");
    store.keep_clock_stood(Some(Stood { seen: wall().minus(day), standing: day })).expect("kept");
    let said = daemon_until(site.path(), || calls(site.path()).iter().all(|call| call.anonymised_at.is_some()));
    assert!(!said.contains("\"until\":\""), "{said}");
}

/// Where no run was noted the first one waits for the clock; where one in the future was, it counts from the start of the daemon on.
/// Nothing is changed at once.
#[test]
fn the_daemon_notes_from_when_on_the_retention_counts() {
    let site = filled("[retention]\nanonymise_after_days = 30\n[http]\nlisten = \"off\"\n");
    let store = store(site.path());
    let began = wall();
    let noted = || store.last_sweep().expect("read");
    let is_of_now = || noted().is_some_and(|at| at >= began && at <= wall());
    let log = || fs::read_to_string(site.path().join("log")).unwrap_or_default();
    let said = daemon_until(site.path(), || log().contains("no run of the retention is noted yet"));
    assert!(noted().is_none() && !said.contains("in the future"), "{said}");
    store.note_sweep(began.plus(std::time::Duration::from_hours(48))).expect("noted");
    let said = daemon_until(site.path(), is_of_now);
    assert!(said.contains("noted in the future"), "{said}");
    assert!(calls(site.path()).iter().all(|call| call.anonymised_at.is_none()), "{said}");
}

#[allow(clippy::disallowed_methods, reason = "a test is at the rim")]
fn wall() -> Time {
    Time::from_micros(jiff::Timestamp::now().as_microsecond())
}

/// Runs the daemon until that holds, ends it, and gives what it logged.
fn daemon_until(site: &Path, holds: impl Fn() -> bool) -> String {
    let log = fs::File::create(site.join("log")).expect("made");
    let mut daemon = super::strowger(site, &["run"]).stderr(log).spawn().expect("it runs");
    let said = || fs::read_to_string(site.join("log")).expect("read");
    for _ in 0..1200 {
        if holds() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    let ended = std::process::Command::new("kill").arg(daemon.id().to_string()).status().expect("sent");
    let status = daemon.wait().expect("it ends");
    assert!(ended.success() && status.success() && holds(), "{}", said());
    said()
}
