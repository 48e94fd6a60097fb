//! Recordings in memory, and the way from their bytes to telephony events and records.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use strowger::directory::{Directory, PeopleFile};
use strowger::engine::{Engine, Outcome};
use strowger::pbx::ami;
use strowger::pbx::capture::{Entry, Reader};
use strowger::pbx::session::{Output, Session as _};
use strowger::record::{CallIdentity, CallRecord, Naming};
use strowger::telephony::{Now, Stamped, Time};
use strowger::tracker::{Change, Limits};

/// One line of a recording.
pub(super) type Line = (Time, Entry);

/// Every recording, in the order of their names.
pub(super) fn all() -> Vec<PathBuf> {
    let mut captures = Vec::new();
    for part in ["ami", "ami/asterisk16", "hard", "hard/asterisk16", "review"] {
        for entry in std::fs::read_dir(traces().join(part)).expect("recordings are there") {
            let path = entry.expect("read").path();
            if path.to_string_lossy().ends_with(".capture.jsonl") {
                captures.push(path);
            }
        }
    }
    captures.sort();
    assert!(captures.len() > 200, "recordings are missing");
    captures
}

fn traces() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/traces")
}

pub(super) fn read(capture: &Path) -> Vec<Line> {
    Reader::open(capture).expect("opened").collect::<Result<_, _>>().expect("a capture")
}

/// The same, one line for each message that came in; a message arrives when its end does.
pub(super) fn messages(lines: Vec<Line>) -> Vec<Line> {
    const END: &[u8] = b"\r\n\r\n";
    let (mut cut, mut rest, mut last) = (Vec::new(), Vec::new(), Time::MIN);
    for (at, entry) in lines {
        match entry {
            Entry::In(bytes) => {
                rest.extend_from_slice(&bytes);
                while let Some(end) = rest.windows(END.len()).position(|window| window == END) {
                    let message: Vec<u8> = rest.drain(..end + END.len()).collect();
                    cut.push((at, Entry::In(Bytes::from(message))));
                }
            }
            Entry::Out(_) => {}
            other => {
                if !rest.is_empty() {
                    cut.push((last, Entry::In(Bytes::from(std::mem::take(&mut rest)))));
                }
                cut.push((at, other));
            }
        }
        last = at;
    }
    cut
}

pub(super) fn settings() -> ami::Settings {
    let pattern = |text: &str| vec![text.parse().expect("valid")];
    let naming = ami::Naming {
        trunks: pattern("trunk"),
        extensions: pattern("_10XX"),
        agents: pattern("_20XX"),
        agent_source: ami::AgentSource::MemberName,
        ..ami::Naming::default()
    };
    ami::Settings { naming, ..ami::Settings::default() }
}

pub(super) fn people() -> Arc<Directory> {
    let file = PeopleFile::read(&traces().join("people.toml")).expect("people");
    Arc::new(Directory::from_people(&file))
}

pub(super) fn naming() -> Naming {
    Naming { site: "lab".into(), pbx: "asterisk".into(), country: None, identity: CallIdentity::Number }
}

/// The telephony events of a recording, and its last sign of life.
pub(super) fn events_of(lines: Vec<Line>) -> (Vec<Stamped>, Time) {
    let mut session = ami::Session::passive(settings());
    let began = lines.first().expect("not empty").0;
    let (mut events, mut last, mut is_open) = (Vec::new(), began, false);
    for (at, entry) in lines {
        let now = moment(began, at);
        while let Some(due) = session.poll_timeout().filter(|due| is_open && *due <= now.monotonic) {
            session.timeout(Now { wall: began.plus(due), monotonic: due });
            drain(&mut session, &mut events);
            assert_ne!(session.poll_timeout(), Some(due), "a timer that comes back");
        }
        match entry {
            Entry::Open(_) => {
                is_open = true;
                session.connected(now);
            }
            Entry::In(bytes) => {
                last = at;
                session.received(bytes, now);
            }
            Entry::Close(_) | Entry::Dropped(_) if is_open => {
                is_open = false;
                session.closed(moment(began, last));
            }
            Entry::Close(_) | Entry::Dropped(_) | Entry::Out(_) => {}
        }
        drain(&mut session, &mut events);
    }
    if is_open {
        session.closed(moment(began, last));
        drain(&mut session, &mut events);
    }
    (events, last)
}

fn moment(began: Time, at: Time) -> Now {
    let micros = u64::try_from(at.as_micros() - began.as_micros()).unwrap_or_default();
    Now { wall: at, monotonic: Duration::from_micros(micros) }
}

fn drain(session: &mut ami::Session, events: &mut Vec<Stamped>) {
    while let Some(output) = session.poll_output() {
        if let Output::Event(stamped) = output {
            events.push(stamped);
        }
    }
}

/// What an engine made of events.
#[derive(PartialEq, Debug)]
pub(super) struct Heard {
    pub(super) records: Vec<CallRecord>,
    pub(super) stray: usize,
}

impl Heard {
    pub(super) fn take(&mut self, outcomes: &mut Vec<Outcome>) {
        for outcome in outcomes.drain(..) {
            match outcome {
                Outcome::Record(record) => self.records.push(*record),
                Outcome::Change(change) => self.stray += usize::from(change == Change::Stray),
                Outcome::Gap(_) => {}
            }
        }
    }
}

/// Hears a recording to its end, as a replay does; nothing stays open.
pub(super) fn hear(lines: Vec<Line>, people: &Directory) -> Heard {
    let (events, last) = events_of(lines);
    let mut engine = Engine::new(naming(), Limits::default());
    let (mut heard, mut outcomes) = (Heard { records: Vec::new(), stray: 0 }, Vec::new());
    for stamped in &events {
        engine.handle(stamped, people, &mut outcomes);
    }
    engine.close(last, people, &mut outcomes);
    heard.take(&mut outcomes);
    assert_eq!(engine.tracker().open_calls(), 0, "something stays open");
    heard
}
