//! What waits, what was refused and what a restart needs change with the stored records.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use strowger::privacy::{Erasure, Numbers, Policy};
use strowger::record::{CallRecord, UserRef};
use strowger::spool::outbox::{Outbox, QUARANTINE_MAX, Sink, Start};
use strowger::spool::{Checkpoint, Entry, Input};
use strowger::store::{Erased, Store, Sweep, database_path};
use strowger::telephony::Time;
use uuid::Uuid;

use super::transfer::{exported, folder, imported};
use super::{open, record, settings};

const SOON: Duration = Duration::from_secs(20);
const NOW: Time = Time::from_millis(1_790_000_000_000);
const NAME: &str = "Noor Haddad";

/// Two calls, one of them refused by its sink, and what a restart needs: all with the name.
fn filled(directory: &Path) -> Uuid {
    let (spool, _reports) = open(directory, settings());
    let (outbox, handle) = (spool.outbox(), spool.handle());
    outbox.register(&[Sink { name: "crm".to_owned(), start: Start::Present }], NOW).expect("registered");
    let user = strowger::directory::user_id(NAME, None);
    for number in 0..2 {
        let mut call = record(number);
        call.caller.name = Some(NAME.to_owned());
        call.segments[0].user = Some(UserRef { id: user, name: NAME.to_owned() });
        let event = format!("{{\"number\":{number},\"name\":\"{NAME}\"}}").into_bytes();
        let entry = Entry { pbx: Arc::from("a"), event, records: vec![call], gaps: Vec::new() };
        handle.blocking_send(Input::Entry(entry)).expect("taken");
    }
    let state = format!("{{\"calls\":[{{\"name\":\"{NAME}\",\"since\":1790000000000000}}]}}").into_bytes();
    handle.blocking_send(Input::Checkpoint(Checkpoint { pbx: Arc::from("b"), state })).expect("taken");
    handle.blocking_flush(SOON).expect("durable");
    let first = outbox.read("crm", None, 1, usize::MAX).expect("read").remove(0);
    outbox.quarantine("crm", &first, "400: who is Noor Haddad?", NOW, QUARANTINE_MAX).expect("aside");
    spool.close(SOON).expect("closed");
    user
}

fn told(outbox: &Outbox) -> Vec<CallRecord> {
    let waiting = outbox.read("crm", None, usize::MAX, usize::MAX).expect("read");
    let refused = outbox.quarantined(None, None, usize::MAX).expect("read").into_iter().map(|found| found.entry);
    waiting.into_iter().chain(refused).map(|entry| serde_json::from_str(&entry.json).expect("a record")).collect()
}

fn weighed(directory: &Path) -> (i64, i64) {
    let connection = rusqlite::Connection::open(database_path(directory)).expect("opens");
    let sql = "SELECT (SELECT sum(length(CAST(body AS BLOB)) + length(message_id) + 64) FROM outbox), bytes FROM outbox_head";
    connection.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?))).expect("read")
}

#[test]
fn what_waits_goes_out_without_numbers_and_names() {
    let day = Duration::from_hours(24);
    for (policy, left) in [
        (Policy { anonymise_after: Some(day), delete_after: None }, 2),
        // Without having been anonymised before, which cannot be seen from outside any more.
        (Policy { anonymise_after: None, delete_after: Some(day) }, 0),
    ] {
        let fresh = tempfile::tempdir().expect("a directory");
        filled(fresh.path());
        let store = Store::open(fresh.path()).expect("opens");
        let sweep = Sweep { policy, numbers: Numbers::Truncate, now: NOW.plus(day * 2), dry_run: false, batch: 1 };
        let mut mark = None;
        loop {
            mark = store.sweep(&sweep, mark).expect("swept").next;
            if mark.is_none() {
                break;
            }
        }
        assert_eq!(store.calls(&strowger::store::CallFilter::default()).expect("read").len(), left);
        let outbox = Outbox::open_existing(fresh.path()).expect("opens");
        let told = told(&outbox);
        assert_eq!(told.len(), 2, "numbers have no holes");
        for call in told {
            assert!(call.anonymised_at.is_some() && call.caller.name.is_none() && call.segments[0].user.is_none(), "{call:?}");
        }
        let (sum, head) = weighed(fresh.path());
        assert_eq!(sum, head, "how much waits is known");
        assert!(store.check().expect("checked").is_empty());
    }
}

/// The bytes of the file and its log.
fn holds(directory: &Path, what: &str) -> bool {
    let files = fs::read_dir(directory).expect("listed").map(|file| fs::read(file.expect("a file").path()).expect("read"));
    files.into_iter().any(|bytes| bytes.windows(what.len()).any(|window| window.eq_ignore_ascii_case(what.as_bytes())))
}

#[test]
fn an_erased_name_is_not_even_in_the_bytes_of_the_file() {
    let state = tempfile::tempdir().expect("a directory");
    let user = filled(state.path());
    assert!(holds(state.path(), NAME));
    let store = Store::open(state.path()).expect("opens");
    let people = |text: &str| strowger::directory::PeopleFile::parse(text).expect("people");
    store.import_people(&people("[[users]]\nname = \"Noor Haddad\"\nprimary = { extension = \"1001\" }\n"), NOW).expect("imported");
    store.import_people(&strowger::directory::PeopleFile::default(), NOW).expect("imported");
    let dossier = store.dossier(NAME).expect("known");
    assert_eq!(dossier.user.id, user);
    let id = Uuid::from_u128(7);
    store.begin_erasure(id, &Erasure::new(dossier.person, Uuid::from_u128(8 << 96)), None, NOW).expect("begun");
    let receipt = loop {
        // Every step on a connection of its own, as after a crash.
        let store = Store::open(state.path()).expect("opens");
        if let Erased::Done(receipt) = store.erase_step(id, 1, NOW).expect("a step") {
            break receipt;
        }
    };
    let changed = receipt.changed;
    assert_eq!((changed.calls, changed.outbox, changed.quarantine, changed.users), (2, 2, 1, 1));
    assert_eq!((changed.journal > 0, changed.checkpoints), (true, 1));
    assert!(store.scour().expect("written anew"), "nobody else works there");
    for what in [NAME, &user.to_string()] {
        assert!(!holds(state.path(), what), "{what} is still in the file");
    }
    // The spool goes on from it, with everything in its place.
    let (spool, _reports) = open(state.path(), settings());
    let recovered = spool.recover("a").expect("recovered");
    let events: Vec<serde_json::Value> = recovered.events.iter().map(|event| serde_json::from_slice(event).expect("JSON")).collect();
    assert_eq!(events.iter().map(|event| event["number"].as_u64()).collect::<Vec<_>>(), [Some(0), Some(1)]);
    assert!(!store.scour().expect("looked"), "beside a daemon the file is not written anew");
    assert_eq!(told(&spool.outbox()).len(), 2);
    let (sum, head) = weighed(state.path());
    assert_eq!(sum, head);
    spool.close(SOON).expect("closed");
}

#[test]
fn legal_holds_and_receipts_come_along_into_a_new_file() {
    let (state, other, files) = (folder(), folder(), folder());
    let erased = filled(state.path());
    let store = Store::open(state.path()).expect("opens");
    let (held, freed) = (Uuid::from_u128(1), Uuid::from_u128(2));
    for user in [held, freed] {
        assert!(store.add_hold(user, "case 7", "an officer", NOW).expect("held"));
    }
    assert!(store.remove_hold(freed, "a judge", NOW.plus(Duration::from_secs(1))).expect("freed"));
    let people = |text: &str| strowger::directory::PeopleFile::parse(text).expect("people");
    store.import_people(&people("[[users]]\nname = \"Noor Haddad\"\nprimary = { extension = \"1001\" }\n"), NOW).expect("imported");
    let person = store.dossier(NAME).expect("known").person;
    assert_eq!(person.id, erased);
    let id = Uuid::from_u128(7);
    store.begin_erasure(id, &Erasure::new(person, Uuid::from_u128(8 << 96)), None, NOW).expect("begun");

    let (_, told) = exported(state.path(), &files);
    let [damage] = &told.damage[..] else { panic!("{told:?}") };
    assert!(
        told.privacy == 2 && damage.contains("the erasure that began at 2026-09-21T") && damage.contains("ask for it again"),
        "{damage}"
    );
    while !matches!(store.erase_step(id, 9, NOW).expect("a step"), Erased::Done(_)) {}
    let (file, told) = exported(state.path(), &files);
    assert_eq!((told.privacy, told.damage), (3, Vec::new()));

    assert_eq!(imported(other.path(), &file).expect("imported").privacy, 3);
    let there = Store::open(other.path()).expect("opens");
    let holds = there.holds(true).expect("read");
    assert_eq!(holds.iter().map(|hold| hold.user).collect::<Vec<_>>(), [held, freed]);
    assert_eq!(holds, store.holds(true).expect("read"));
    assert_eq!(there.receipts().expect("read"), store.receipts().expect("read"));
    assert!(!there.add_hold(held, "case 8", "an officer", NOW).expect("asked"), "one stands already");
}
