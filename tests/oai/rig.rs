//! A session with a PBX of these tests in front and an engine behind, in virtual time.

use std::sync::Arc;
use std::time::Duration;

use strowger::directory::{Directory, PeopleFile};
use strowger::engine::{Engine, Outcome};
use strowger::pbx::oai::{Session, Settings};
use strowger::pbx::session::{Fault, Notice, Output, Session as _, Status};
use strowger::record::{CallIdentity, CallRecord, Naming};
use strowger::telephony::{Now, Time};
use strowger::tracker::{Change, Limits};

use crate::flow::{Flow, Step, What};
use crate::support::oai::frame::Writing;
use crate::support::oai::pbx::Pbx;
use crate::telling::{Telling, told};

const BEGINNING: &str = "2026-11-22T05:00:00Z";

/// Time that a session may take to come into step, and a call to be told: nothing of it is of the flow.
const LEAD: Duration = Duration::from_secs(10);

pub(crate) struct Rig {
    pub(crate) pbx: Pbx,
    pub(crate) writing: Writing,
    session: Session,
    engine: Engine,
    directory: Arc<Directory>,
    now: Duration,
    is_open: bool,
    pub(crate) records: Vec<CallRecord>,
    pub(crate) statuses: Vec<Status>,
    pub(crate) faults: Vec<Fault>,
    /// What was malformed, degraded, denied.
    pub(crate) complaints: Vec<String>,
    pub(crate) infos: Vec<String>,
    pub(crate) strays: usize,
    /// Telephony events, for whoever looks into a difference.
    pub(crate) events: Vec<String>,
    /// All that was said, for whoever looks into a difference.
    pub(crate) wire: Vec<String>,
}

/// The people of the flows.
pub(crate) fn people() -> Directory {
    Directory::from_people(&PeopleFile::parse(include_str!("people.toml")).expect("people"))
}

pub(crate) fn settings() -> Settings {
    Settings::default()
}

impl Rig {
    pub(crate) fn new(pbx: Pbx, settings: Settings) -> Self {
        let naming = Naming { site: "hq".into(), pbx: "mitel".into(), country: None, identity: CallIdentity::NumberAndStart };
        Self {
            pbx,
            writing: Writing::default(),
            session: Session::new(settings),
            engine: Engine::new(naming, Limits::default()),
            directory: Arc::new(people()),
            now: Duration::ZERO,
            is_open: false,
            records: Vec::new(),
            statuses: Vec::new(),
            faults: Vec::new(),
            complaints: Vec::new(),
            infos: Vec::new(),
            strays: 0,
            events: Vec::new(),
            wire: Vec::new(),
        }
    }

    /// Plays a flow from the connection to some time after its last line; returns its beginning.
    pub(crate) fn play(flow: &Flow, telling: &Telling) -> (Self, Time) {
        let mut pbx = Pbx::new(flow.plan.clone());
        pbx.wraps_to = telling.wraps_to;
        let mut rig = Self::new(pbx, settings());
        rig.writing = telling.writing;
        rig.connect();
        rig.pass(LEAD);
        assert_eq!(rig.statuses.last(), Some(&Status::InStep), "{}: not in step: {:?}, heard {:?}", flow.name, rig.faults, rig.pbx.heard);
        for _ in 0..telling.said_before {
            rig.pbx.say("NM,,M1:,1,0");
        }
        rig.exchange();
        rig.pbx.heard.clear();
        let begin = rig.now;
        for steps in told(flow, telling.copies).chunk_by(|a, b| a.at == b.at) {
            rig.until(begin + Duration::from_millis(steps[0].at));
            rig.steps(steps, &flow.name);
        }
        // Longer than anything that may be told late; shorter than the signs of life.
        rig.pass(Duration::from_mins(2));
        let base = wall(begin);
        (rig, base)
    }

    fn steps(&mut self, steps: &[Step], name: &str) {
        for step in steps {
            match &step.what {
                What::Line(line) => self.pbx.say(line),
                What::PowerUp => {
                    self.exchange();
                    self.pbx.power_up();
                }
                What::Loses(lines) => {
                    self.exchange();
                    self.pbx.loses(*lines);
                }
                What::State(Some(line)) => self.pbx.state.push(line.clone()),
                What::State(None) => self.pbx.state.clear(),
                What::Heard(command) => {
                    self.exchange();
                    assert!(
                        self.pbx.heard.contains(command),
                        "{name}: at {} the client has not said {command}, but {:?}",
                        step.at,
                        self.pbx.heard
                    );
                    self.pbx.heard.clear();
                }
            }
        }
        self.exchange();
    }

    pub(crate) fn connect(&mut self) {
        self.is_open = true;
        self.pbx.hung_up();
        self.session.connected(self.at());
        self.exchange();
    }

    /// Time goes by; the session's timers fire when they want to.
    pub(crate) fn pass(&mut self, time: Duration) {
        self.until(self.now + time);
    }

    fn until(&mut self, until: Duration) {
        let mut fired = 0;
        while let Some(due) = self.session.poll_timeout().filter(|due| *due <= until) {
            fired = if due > self.now { 0 } else { fired + 1 };
            assert!(fired < 5, "the session wants its timer again and again at {:?}", self.now);
            self.now = self.now.max(due);
            self.session.timeout(self.at());
            self.exchange();
        }
        self.now = until;
    }

    /// Bytes go to and fro until nobody has anything to say.
    pub(crate) fn exchange(&mut self) {
        loop {
            let heard = self.drain();
            let said = self.pbx.take();
            if said.is_empty() && !heard {
                break;
            }
            self.wire.extend(said.iter().map(|line| format!("{:?} < {line}", self.now)));
            if self.is_open {
                for piece in self.writing.write(&said) {
                    self.session.received(piece.into(), self.at());
                    self.drain();
                }
            }
        }
    }

    /// Takes what the session wants; whether it said something.
    fn drain(&mut self) -> bool {
        let mut has_said = false;
        let mut outcomes = Vec::new();
        while let Some(output) = self.session.poll_output() {
            match output {
                Output::Send { bytes, .. } => {
                    has_said = true;
                    self.wire.push(format!("{:?} > {}", self.now, String::from_utf8_lossy(&bytes).escape_debug()));
                    self.pbx.received(&bytes);
                }
                Output::Event(stamped) => {
                    self.events.push(format!("{:?} {:?}", stamped.at, stamped.event));
                    self.engine.handle(&stamped, &self.directory, &mut outcomes);
                }
                Output::Status(status) => self.statuses.push(status),
                Output::Notice(Notice::Malformed { what, bytes }) => self.complaints.push(format!("{what}: {bytes:?}")),
                Output::Notice(Notice::Degraded(text) | Notice::Denied(text)) => self.complaints.push(text),
                Output::Notice(Notice::Info(text)) => self.infos.push(text),
                Output::Notice(Notice::Message { .. }) | Output::Dee(_) => {}
                Output::Disconnect(fault) => self.faults.push(fault),
            }
        }
        for outcome in outcomes {
            match outcome {
                Outcome::Record(record) => self.records.push(*record),
                Outcome::Change(Change::Stray) => self.strays += 1,
                Outcome::Change(_) | Outcome::Gap(_) => {}
            }
        }
        has_said
    }

    pub(crate) fn open_calls(&self) -> usize {
        self.engine.tracker().open_calls()
    }

    fn at(&self) -> Now {
        Now { wall: wall(self.now), monotonic: self.now }
    }
}

fn wall(monotonic: Duration) -> Time {
    Time::parse(BEGINNING).expect("valid").plus(monotonic)
}
