//! The simulation: an exchange, what happens in it (traffic), and how it is spoken (a face), merged in the order of time.
//!
//! Pure: moments go in. Whether they are those of a clock or of nobody's, the same inputs give the same outputs, so an hour can pass
//! in a second. What is due at once is done in this order: the exchange's timers, the traffic, the face.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;

use super::exchange::{Action, Done, Exchange, Fact, Refusal};
use super::face::{ClientId, Face, Output};
use super::scenario::LinkFault;
use super::traffic::{Act, Notice, Traffic};
use crate::record::CallRecord;
use crate::telephony::Time;

/// As many notices wait to be fetched; further ones are not told.
const NOTICES_MAX: usize = 10_000;
/// When everything is done, calls that nobody ends may go on for so long (virtual time).
const LEFT_OPEN: Duration = Duration::from_mins(2);

/// When traffic begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Start {
    /// At the first moment.
    AtOnce,
    /// So long after the first client began to watch.
    Watched(Duration),
}

/// An exchange with traffic and a face.
#[derive(Debug)]
pub struct Simulation<F> {
    exchange: Exchange,
    face: F,
    traffic: Traffic,
    start: Start,
    began: Option<Time>,
    done_since: Option<Time>,
    refused_until: Option<Time>,
    notices: VecDeque<Notice>,
    now: Time,
}

impl<F: Face> Simulation<F> {
    /// Nothing has happened yet.
    pub fn new(exchange: Exchange, face: F, traffic: Traffic, start: Start) -> Self {
        let (notices, now) = (VecDeque::new(), Time::MIN);
        Self { exchange, face, traffic, start, began: None, done_since: None, refused_until: None, notices, now }
    }

    /// Does everything that is due by `now`, each thing as at its own moment. Moments before the latest so far count as that.
    pub fn advance(&mut self, now: Time) {
        let now = now.max(self.now);
        self.begin(now);
        while let Some(next) = self.poll_timeout().filter(|next| *next <= now) {
            self.now = self.now.max(next);
            let at = self.now;
            if self.exchange.poll_timeout().is_some_and(|due| due <= at) {
                self.exchange.timeout(at);
            } else if self.traffic_due().is_some_and(|due| due <= at) {
                self.act(at);
            } else {
                self.face.timeout(&mut self.exchange, at);
            }
            self.spread();
        }
        self.now = now;
        self.rest();
    }

    /// A client has connected. `false`: the link is cut, and the connection is to be closed at once.
    pub fn connected(&mut self, client: ClientId, now: Time) -> bool {
        self.advance(now);
        if self.refuses_until().is_some() {
            return false;
        }
        self.face.connected(client, self.now);
        true
    }

    /// Bytes from a client.
    pub fn received(&mut self, client: ClientId, bytes: Bytes, now: Time) {
        self.advance(now);
        self.face.received(client, bytes, &mut self.exchange, self.now);
        self.spread();
        self.begin(self.now);
    }

    /// A client's connection is gone.
    pub fn closed(&mut self, client: ClientId) {
        self.face.closed(client);
    }

    /// A client's connection takes no bytes at present, or does again.
    pub fn stalled(&mut self, client: ClientId, is_stalled: bool) {
        self.face.stalled(client, is_stalled);
    }

    /// The link is cut until then: nobody may connect.
    pub fn refuses_until(&self) -> Option<Time> {
        self.refused_until.filter(|until| self.now < *until)
    }

    /// When [`Simulation::advance`] is wanted next; a moment that has passed: at once.
    pub fn poll_timeout(&self) -> Option<Time> {
        let done = self.done_since.filter(|_| self.has_calls()).map(|since| since.plus(LEFT_OPEN)).filter(|until| *until > self.now);
        [self.exchange.poll_timeout(), self.traffic_due(), self.face.poll_timeout(), done].into_iter().flatten().min()
    }

    /// What is to be sent and closed.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.face.poll_output()
    }

    /// The truth of the next call that is over.
    pub fn poll_truth(&mut self) -> Option<CallRecord> {
        self.exchange.poll_truth()
    }

    /// What deserves to be told of the run itself.
    pub fn poll_notice(&mut self) -> Option<Notice> {
        self.notices.pop_front()
    }

    /// The traffic is over: every step was done, or every call was made; and no call is open, or those that are have been left alone for
    /// two minutes.
    pub fn is_done(&self) -> bool {
        self.done_since.is_some_and(|since| !self.has_calls() || since.plus(LEFT_OPEN) <= self.now)
    }

    /// When the traffic began.
    pub fn began(&self) -> Option<Time> {
        self.began
    }

    /// The exchange, to look at.
    pub fn exchange(&self) -> &Exchange {
        &self.exchange
    }

    /// The traffic, to look at.
    pub fn traffic(&self) -> &Traffic {
        &self.traffic
    }

    /// The face, to look at.
    pub fn face(&self) -> &F {
        &self.face
    }

    /// The latest moment so far.
    pub fn now(&self) -> Time {
        self.now
    }

    /// Makes something happen to the links, beside what the traffic does.
    pub fn fault(&mut self, fault: &LinkFault, now: Time) {
        self.advance(now);
        self.break_link(fault);
    }

    /// Does something in the exchange, beside what the traffic does.
    pub fn perform(&mut self, action: Action, now: Time) -> Result<Done, Refusal> {
        self.advance(now);
        let done = self.exchange.act(self.now, action);
        self.spread();
        done
    }

    fn has_calls(&self) -> bool {
        self.exchange.calls().next().is_some()
    }

    /// Lets the traffic begin when its moment has come, or sets that moment.
    fn begin(&mut self, now: Time) {
        if self.began.is_some() {
            return;
        }
        let at = match self.start {
            Start::AtOnce => now,
            Start::Watched(settle) if self.face.watching() > 0 => now.plus(settle),
            Start::Watched(_) => return,
        };
        self.began = Some(at);
        self.traffic.begin(at);
    }

    fn traffic_due(&self) -> Option<Time> {
        self.began.and_then(|_| self.traffic.poll_timeout())
    }

    fn act(&mut self, at: Time) {
        for act in self.traffic.timeout(at, &mut self.exchange) {
            match act {
                Act::Link(fault) => self.break_link(&fault),
                Act::Notice(notice) => self.note(notice),
            }
        }
    }

    fn break_link(&mut self, fault: &LinkFault) {
        if let LinkFault::Cut(time) = fault {
            self.refused_until = Some(self.now.plus(*time));
        }
        self.face.fault(fault, self.now);
    }

    fn note(&mut self, notice: Notice) {
        if self.notices.len() < NOTICES_MAX {
            self.notices.push_back(notice);
        }
    }

    /// Hands out what happened.
    fn spread(&mut self) {
        let mut facts: Vec<Fact> = Vec::new();
        while let Some(fact) = self.exchange.poll_fact() {
            facts.push(fact);
        }
        if !facts.is_empty() {
            self.traffic.facts(&facts, &self.exchange);
            self.face.facts(&facts, &self.exchange);
        }
    }

    fn rest(&mut self) {
        if self.began.is_none() || !self.traffic.is_done() {
            self.done_since = None;
        } else if self.done_since.is_none() {
            self.done_since = Some(self.now);
        }
    }
}
