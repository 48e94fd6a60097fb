//! What stays behind in a session that has heard a recording: nothing.

use std::path::{Path, PathBuf};
use std::time::Duration;

use proptest::prelude::*;

use super::Session;
use crate::pbx::ami::settings::{Naming, Settings};
use crate::pbx::capture::{Entry, Reader};
use crate::pbx::session::Session as _;
use crate::telephony::{Now, Time};

fn settings() -> Settings {
    let pattern = |text: &str| vec![text.parse().expect("valid")];
    let naming = Naming { trunks: pattern("trunk"), extensions: pattern("_10XX"), agents: pattern("_20XX"), ..Naming::default() };
    Settings { naming, ..Settings::default() }
}

fn captures() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/traces");
    let mut captures = Vec::new();
    for part in ["ami", "ami/asterisk16", "hard", "hard/asterisk16", "review"] {
        for entry in std::fs::read_dir(folder.join(part)).expect("recordings are there") {
            let path = entry.expect("read").path();
            if path.extension().is_some_and(|extension| extension == "jsonl") {
                captures.push(path);
            }
        }
    }
    captures.sort();
    captures
}

fn entries(capture: &Path) -> Vec<(Time, Entry)> {
    Reader::open(capture).expect("opened").collect::<Result<_, _>>().expect("a capture")
}

fn hear(session: &mut Session, began: Time, at: Time, entry: Entry) {
    let micros = u64::try_from(at.as_micros() - began.as_micros()).unwrap_or_default();
    let now = Now { wall: at, monotonic: Duration::from_micros(micros) };
    match entry {
        Entry::Open(_) => session.connected(now),
        Entry::In(bytes) => session.received(bytes, now),
        Entry::Close(_) | Entry::Dropped(_) => session.closed(now),
        Entry::Out(_) => {}
    }
    while session.poll_output().is_some() {}
    session.switchboard.assert_consistent();
}

#[test]
fn after_every_event_of_a_recording_the_switchboard_is_consistent_and_keeps_nothing_without_a_channel() {
    for capture in captures() {
        let entries = entries(&capture);
        let began = entries[0].0;
        let mut session = Session::passive(settings());
        for (at, entry) in entries {
            hear(&mut session, began, at, entry);
        }
        session.switchboard.assert_nothing_without_a_channel();
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn pieces_of_a_recording_that_are_lost_doubled_or_late_leave_it_consistent(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), 0..3), 1..20),
    ) {
        let captures = captures();
        let mut entries = entries(&captures[which.index(captures.len())]);
        let began = entries[0].0;
        for (place, change) in changes {
            let place = place.index(entries.len() - 1);
            let at = entries[place].0;
            match change {
                0 => entries[place].1 = Entry::Out(bytes::Bytes::new()),
                1 => entries.insert(place, entries[place].clone()),
                _ => {
                    entries.swap(place, place + 1);
                    entries[place + 1].0 = entries[place].0;
                    entries[place].0 = at;
                }
            }
        }
        let mut session = Session::passive(settings());
        for (at, entry) in entries {
            hear(&mut session, began, at, entry);
        }
        session.switchboard.assert_nothing_without_a_channel();
    }
}
