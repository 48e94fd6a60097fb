//! A simulated exchange with its traffic on the one side, a session and an engine on the other, between them a link that can be
//! troubled: all in virtual time.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use strowger::directory::Directory;
use strowger::engine::{Engine, Outcome};
use strowger::pbx::session::{Fault, Notice, Output, Session as _, Status};
use strowger::record::{CallIdentity, CallRecord, Naming};
use strowger::simulator::exchange::Action;
use strowger::simulator::scenario::LinkFault;
use strowger::simulator::{ClientId, Output as Said, Simulation};
use strowger::telephony::{Now, Time};
use strowger::tracker::{Change, Limits};

use crate::compare::{Books, Difference};
use crate::spoken::{Oai, Spoken};
use crate::windows::Windows;

pub(crate) const BEGINNING: &str = "2026-11-22T05:00:00Z";

/// Site and PBX of all records here.
pub(crate) const SITE: &str = "hq";
pub(crate) const PBX: &str = "mitel";

/// The PBX is called again so long after a connection was lost.
const REDIAL: Duration = Duration::from_secs(1);

/// Lines kept of each switch call, for whoever looks into a difference.
const LINES_MAX: usize = 400;

/// Older ones are not asked for any more: no call lasts that long.
const LINES_KEPT_FOR: Duration = Duration::from_mins(15);

/// Something that goes wrong, at a moment.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Trouble {
    /// Between the exchange and its clients.
    Link(LinkFault),
    /// A node is lost behind the gateway, or back.
    Node(u16, bool),
    /// The daemon is killed, and goes on from its checkpoint so much later.
    Restart(Duration),
}

/// How the link carries bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Pieces {
    Whole,
    /// Pieces of up to so many bytes, drawn by this seed.
    Cut(usize, u64),
}

/// What truly happened, and what the program made of it.
#[derive(Default)]
pub(crate) struct Ledger {
    pub(crate) truth: Vec<CallRecord>,
    pub(crate) records: Vec<CallRecord>,
}

pub(crate) struct Stage<P: Spoken = Oai> {
    pub(crate) simulation: Simulation<P::Server>,
    session: P::Session,
    settings: P::Settings,
    engine: Engine,
    /// Who is credited.
    pub(crate) directory: Arc<Directory>,
    client: Option<ClientId>,
    next_client: u64,
    /// What the client sends takes so long: a resync, or a startup, of many questions lasts as long as in life.
    pub(crate) sending_takes: Duration,
    /// On its way to the exchange, until when.
    sent: VecDeque<(Time, ClientId, Bytes)>,
    redial_at: Option<Time>,
    /// The daemon is away.
    is_away: bool,
    began: Time,
    pub(crate) now: Time,
    last_sign: Time,
    /// The one before it.
    former_sign: Time,
    /// When it was last told what happens, and before that.
    events_at: [Time; 2],
    troubles: VecDeque<(Time, Trouble)>,
    random: Option<(usize, fastrand::Rng)>,
    pub(crate) status: Status,
    /// When something was out of sight.
    pub(crate) windows: Windows,
    /// The last signs of life before the daemon was killed.
    pub(crate) restarts: Vec<Time>,
    /// Compared as it comes, unless it is all kept.
    pub(crate) books: Books,
    pub(crate) ledger: Option<Ledger>,
    /// As many differences have their lines.
    gathered: usize,
    pub(crate) strays: usize,
    pub(crate) overflows: usize,
    pub(crate) complaints: Vec<String>,
    pub(crate) infos: Vec<String>,
    pub(crate) faults: Vec<Fault>,
    pub(crate) connections: usize,
    pub(crate) lines: usize,
    /// As many messages did the session send before it heard an answer.
    pub(crate) sent_at_once_max: usize,
    /// The newest lines of each switch call.
    wire: BTreeMap<String, VecDeque<(Time, String)>>,
    /// So long at least.
    pub(crate) lines_kept_for: Duration,
    pub(crate) keeps_lines: bool,
    heard: P,
    pub(crate) calls_open_max: usize,
    /// Every event, if wanted.
    pub(crate) events: Option<Vec<String>>,
}

impl<P: Spoken> Stage<P> {
    pub(crate) fn new(simulation: Simulation<P::Server>, settings: P::Settings, directory: Directory) -> Self {
        let began = Time::parse(BEGINNING).expect("valid");
        Self {
            simulation,
            session: P::session(&settings),
            settings,
            engine: Engine::new(naming(), Limits::default()),
            directory: Arc::new(directory),
            client: None,
            next_client: 0,
            sending_takes: Duration::ZERO,
            sent: VecDeque::new(),
            redial_at: Some(began),
            is_away: false,
            began,
            now: began,
            last_sign: began,
            former_sign: began,
            events_at: [began; 2],
            troubles: VecDeque::new(),
            random: None,
            status: Status::Down,
            windows: Windows::default(),
            restarts: Vec::new(),
            books: Books::default(),
            ledger: None,
            gathered: 0,
            strays: 0,
            overflows: 0,
            complaints: Vec::new(),
            infos: Vec::new(),
            faults: Vec::new(),
            connections: 0,
            lines: 0,
            sent_at_once_max: 0,
            wire: BTreeMap::new(),
            lines_kept_for: LINES_KEPT_FOR,
            keeps_lines: true,
            heard: P::default(),
            calls_open_max: 0,
            events: None,
        }
    }

    /// The troubles to come, in the order of time.
    pub(crate) fn trouble(&mut self, troubles: Vec<(Time, Trouble)>) {
        self.troubles = troubles.into();
    }

    pub(crate) fn in_pieces(&mut self, pieces: Pieces) {
        self.random = match pieces {
            Pieces::Whole => None,
            Pieces::Cut(max, seed) => Some((max, fastrand::Rng::with_seed(seed))),
        };
    }

    /// Until that moment at most; earlier where the traffic is over and nothing is left to be told.
    pub(crate) fn run(&mut self, until: Time) {
        self.pump();
        while let Some(due) = self.next_at().filter(|due| *due <= until) {
            if self.simulation.is_done()
                && self.troubles.is_empty()
                && self.engine.tracker().open_calls() == 0
                && self.status == Status::InStep
            {
                return;
            }
            self.step(due);
        }
        self.now = self.now.max(until);
    }

    fn next_at(&self) -> Option<Time> {
        let session = self.session.poll_timeout().filter(|_| !self.is_away).map(|due| self.began.plus(due));
        let trouble = self.troubles.front().map(|(at, _)| *at);
        let sent = self.sent.front().map(|(at, ..)| *at);
        [self.simulation.poll_timeout(), session, self.redial_at, trouble, sent].into_iter().flatten().min()
    }

    /// What is due at that moment, whoever wants it.
    fn step(&mut self, due: Time) {
        self.now = self.now.max(due);
        self.simulation.advance(self.now);
        while let Some((_, client, bytes)) = self.sent.pop_front_if(|(at, ..)| *at <= self.now) {
            self.simulation.received(client, bytes, self.now);
        }
        self.pump();
        if self.troubles.front().is_some_and(|(at, _)| *at <= self.now)
            && let Some((_, trouble)) = self.troubles.pop_front()
        {
            self.befall(trouble);
        }
        if self.redial_at.is_some_and(|at| at <= self.now) {
            self.dial();
        }
        if !self.is_away && self.session.poll_timeout().is_some_and(|due| self.began.plus(due) <= self.now) {
            self.session.timeout(self.at());
        }
        self.pump();
    }

    fn befall(&mut self, trouble: Trouble) {
        match trouble {
            Trouble::Link(fault) => self.simulation.fault(&fault, self.now),
            Trouble::Node(node, is_up) => {
                self.simulation.perform(Action::NodeLink { node, up: is_up }, self.now).expect("a node");
            }
            Trouble::Restart(away) => self.restart(away),
        }
    }

    fn restart(&mut self, away: Duration) {
        let checkpoint = self.engine.checkpoint().expect("written");
        if let Some(client) = self.client.take() {
            self.simulation.closed(client);
        }
        self.engine = Engine::restored(naming(), Limits::default(), &checkpoint).expect("read");
        let mut outcomes = Vec::new();
        self.restarts.push(self.last_sign);
        let lost = Engine::resume(self.last_sign);
        self.windows.event(&lost, &[self.former_sign, self.last_sign]);
        self.engine.handle(&lost, &self.directory, &mut outcomes);
        self.take_outcomes(outcomes);
        self.session = P::session(&self.settings);
        self.status = Status::Down;
        self.is_away = true;
        self.redial_at = Some(self.now.plus(away));
    }

    fn dial(&mut self) {
        self.redial_at = None;
        self.is_away = false;
        let client = ClientId(self.next_client);
        self.next_client += 1;
        if self.simulation.connected(client, self.now) {
            self.connections += 1;
            self.client = Some(client);
            self.heard = P::default();
            self.session.connected(self.at());
        } else {
            self.redial_at = Some(self.now.plus(REDIAL));
        }
    }

    fn lose(&mut self) {
        if self.client.take().is_some() {
            let at = Now { wall: self.last_sign, monotonic: self.at().monotonic };
            self.session.closed(at);
            self.redial_at = Some(self.now.plus(REDIAL));
        }
    }

    /// Bytes go to and fro until nobody has anything to say.
    fn pump(&mut self) {
        loop {
            let mut went = self.drain();
            while let Some(output) = self.simulation.poll_output() {
                went = true;
                match output {
                    Said::Send(client, bytes) if Some(client) == self.client => self.carry(bytes),
                    Said::Close(client, _) if Some(client) == self.client => self.lose(),
                    Said::Send(..) | Said::Close(..) => {}
                }
            }
            if !went {
                break;
            }
        }
        while let Some(call) = self.simulation.poll_truth() {
            let numbers: Vec<&str> = call.switch_calls.iter().map(String::as_str).collect();
            let said = self.lines_of(&numbers, call.started_at, call.ended_at);
            let was_told = |name: &str| said.iter().any(|line| line.contains(name));
            match &mut self.ledger {
                Some(ledger) => ledger.truth.push(P::numbered(as_told(call, was_told))),
                None => self.books.truth(P::comparable(as_told(call, was_told))),
            }
        }
        self.gather();
        self.calls_open_max = self.calls_open_max.max(self.engine.tracker().open_calls());
    }

    fn carry(&mut self, bytes: Bytes) {
        self.note(&bytes);
        if self.last_sign < self.now {
            self.former_sign = std::mem::replace(&mut self.last_sign, self.now);
        }
        let mut rest = bytes;
        while !rest.is_empty() {
            let size = self.random.as_mut().map_or(rest.len(), |(max, random)| random.usize(1..=*max).min(rest.len()));
            let piece = rest.split_to(size);
            self.session.received(piece, self.at());
            self.drain();
        }
    }

    /// Takes what the session wants; whether there was something.
    fn drain(&mut self) -> bool {
        let (mut went, mut sent) = (false, 0);
        let mut outcomes = Vec::new();
        while let Some(output) = self.session.poll_output() {
            went = true;
            match output {
                Output::Send { bytes, .. } => {
                    sent += 1;
                    if let Some(client) = self.client {
                        self.sent.push_back((self.now.plus(self.sending_takes), client, bytes));
                    }
                    while let Some((_, client, bytes)) = self.sent.pop_front_if(|(at, ..)| *at <= self.now) {
                        self.simulation.received(client, bytes, self.now);
                    }
                }
                Output::Event(stamped) => {
                    if let Some(events) = &mut self.events {
                        events.push(format!("{} {:?}", stamped.at, stamped.event));
                    }
                    self.windows.event(&stamped, &[self.former_sign, self.last_sign, self.events_at[0], self.events_at[1]]);
                    self.engine.handle(&stamped, &self.directory, &mut outcomes);
                }
                Output::Status(status) => self.status = status,
                Output::Notice(Notice::Malformed { what, bytes }) => self.complaints.push(format!("{what}: {bytes:?}")),
                Output::Notice(Notice::Degraded(text) | Notice::Denied(text)) => self.complaints.push(text),
                Output::Notice(Notice::Info(text)) => self.infos.push(text),
                Output::Notice(Notice::Message { .. }) | Output::Dee(_) => {}
                Output::Disconnect(fault) => {
                    self.faults.push(fault);
                    if let Some(client) = self.client {
                        self.simulation.closed(client);
                        self.lose();
                    }
                }
            }
        }
        self.take_outcomes(outcomes);
        self.sent_at_once_max = self.sent_at_once_max.max(sent);
        went
    }

    fn take_outcomes(&mut self, outcomes: Vec<Outcome>) {
        for outcome in outcomes {
            match outcome {
                Outcome::Record(record) => match &mut self.ledger {
                    Some(ledger) => ledger.records.push(P::numbered(*record)),
                    None => self.books.record(P::comparable(*record)),
                },
                Outcome::Change(Change::Stray) => self.strays += 1,
                Outcome::Change(Change::Overflow) => self.overflows += 1,
                Outcome::Change(_) | Outcome::Gap(_) => {}
            }
        }
    }

    /// Keeps the lines by their switch calls.
    fn note(&mut self, bytes: &Bytes) {
        for (numbers, line) in self.heard.lines(bytes) {
            self.lines += 1;
            if P::is_event(&line) && self.events_at[1] < self.now {
                self.events_at = [self.events_at[1], self.now];
            }
            for number in numbers.into_iter().filter(|_| self.keeps_lines) {
                let lines = self.wire.entry(number).or_default();
                while lines.len() >= LINES_MAX || lines.front().is_some_and(|(at, _)| at.plus(self.lines_kept_for) < self.now) {
                    lines.pop_front();
                }
                lines.push_back((self.now, line.clone()));
            }
        }
    }

    /// What was said of calls of these numbers between two moments.
    pub(crate) fn lines_of(&self, numbers: &[&str], from: Time, until: Time) -> Vec<String> {
        let of_calls = numbers.iter().filter_map(|number| self.wire.get(*number)).flatten();
        let mut lines: Vec<&(Time, String)> = of_calls.filter(|(at, _)| *at >= from && *at <= until).collect();
        lines.sort_by_key(|(at, line)| (*at, line.split(',').next().map(str::to_owned)));
        lines.dedup();
        lines.into_iter().map(|(at, line)| format!("{at} {line}")).collect()
    }

    /// Keeps with what differs what was said of it, before the numbers are given to other calls.
    fn gather(&mut self) {
        for place in self.gathered..self.books.differing.len() {
            let difference = &self.books.differing[place];
            let (from, until) = difference.span();
            let lines = self.lines_of(&difference.numbers(), from, until);
            self.books.differing[place].lines = lines;
        }
        self.gathered = self.books.differing.len();
    }

    /// Nothing more comes.
    pub(crate) fn close(&mut self) {
        self.books.close();
        self.gather();
        self.books.differing.sort_by_key(Difference::began);
    }

    pub(crate) fn open_calls(&self) -> usize {
        self.engine.tracker().open_calls()
    }

    fn at(&self) -> Now {
        let micros = u64::try_from(self.now.as_micros() - self.began.as_micros()).expect("time goes on");
        Now { wall: self.now, monotonic: Duration::from_micros(micros) }
    }
}

/// A call as it can be known: nobody can know a caller's name that no line bore.
fn as_told(mut call: CallRecord, was_told: impl FnOnce(&str) -> bool) -> CallRecord {
    if call.caller.name.as_deref().is_some_and(|name| !was_told(name)) {
        call.caller.name = None;
    }
    call
}

pub(crate) fn naming() -> Naming {
    Naming { site: SITE.into(), pbx: PBX.into(), country: None, identity: CallIdentity::NumberAndStart }
}
