//! Resync: the PBX tells the present state again (OAI §3).
//!
//! One at a time. It begins for the switchboard when it is asked for, so that whatever happens from then on counts as told. Until
//! its RD no command is sent. Then come the events that the PBX held back, and the questions who is logged on; the answer to
//! the first command after the RD says that the backlog is through; after the last one the resync ends for the switchboard.
//! A gap meanwhile spoils it: it does not end, and another one follows.
//!
//! A resync of everything is granted once in [`Timers::resync_interval`]; until then the gap stays open. One node is not limited so.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use strowger_protocol::oai::{EventBody, Extension, Sequence};

use super::task::{Mark, Part, Task};
use super::{Phase, Session};
use crate::pbx::oai::settings::Timers;
use crate::pbx::session::Status;
use crate::telephony::{Now, Time};

/// Nodes that wait for a resync at most; beyond this everything is told anew.
const NODES_MAX: usize = 64;
/// Resyncs of single devices that are told apart in a capture.
const SINGLE_MAX: usize = 16;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stage {
    /// Its confirmation is awaited.
    Asked,
    /// Its RD is awaited: no commands.
    Replaying,
    /// Its RD came, or is not waited for any more.
    Told,
}

/// The resync under way.
#[derive(Debug)]
struct Open {
    part: Part,
    /// The code of what is told, where known.
    code: Option<u32>,
    /// A monitor of type 6 started it.
    by_monitor: bool,
    stage: Stage,
    /// When waiting for its RD ends.
    until: Duration,
    /// Something of it came.
    is_heard: bool,
    /// Lines were lost since it began.
    is_spoilt: bool,
    /// When something of it came last, its agents included.
    last: Now,
}

/// What is to be told again, and what is being told.
#[derive(Default, Debug)]
pub(super) struct Resync {
    open: Option<Open>,
    wants_all: bool,
    wants: BTreeSet<u16>,
    /// When everything was asked for last. It outlives a connection, as the PBX's limit may.
    last_all: Option<Duration>,
    /// One that got no answer was put off once.
    is_put_off: bool,
    /// A replay came with the monitors of this startup.
    is_replayed: bool,
    /// The code of the last resync: what comes late of it is not of the next.
    last_code: Option<u32>,
    /// In a capture: resyncs of single devices.
    singles: VecDeque<u32>,
    /// In a capture: since when the gap is open.
    lost_at: Option<Duration>,
}

impl Resync {
    /// The connection, or all monitors, are gone.
    pub(super) fn interrupted(&mut self) {
        *self = Self { last_all: self.last_all, lost_at: self.lost_at, ..Self::default() };
    }

    /// In a capture: the PBX begins anew, and whoever was connected then may ask for the present state.
    pub(super) fn restarted(&mut self, now: Now) {
        self.lost_at = self.lost_at.map(|_| now.monotonic);
    }

    /// A part went out of sight: what is being told of just that part is not the whole truth.
    pub(super) fn lost_again(&mut self, part: Part) {
        match part {
            Part::Node(node) => {
                self.wants.remove(&node);
                if self.open.as_ref().is_some_and(|open| open.part == part) {
                    self.open = None;
                }
            }
            Part::All => {
                if let Some(open) = &mut self.open {
                    open.is_spoilt = true;
                }
            }
        }
    }

    pub(super) fn holds_commands(&self) -> bool {
        self.open.as_ref().is_some_and(|open| open.stage == Stage::Replaying)
    }

    /// The code of what is being told.
    pub(super) fn code(&self) -> Option<u32> {
        self.open.as_ref().map(|open| open.code.unwrap_or(1))
    }

    pub(super) fn want(&mut self, part: Part) {
        match part {
            Part::Node(node) if self.wants.len() < NODES_MAX => {
                self.wants.insert(node);
            }
            Part::Node(_) | Part::All => self.wants_all = true,
        }
    }

    fn wants_none(&self) -> bool {
        !self.wants_all && self.wants.is_empty()
    }

    fn all_due(&self, timers: &Timers) -> Duration {
        self.last_all.map_or(Duration::ZERO, |last| last + timers.resync_interval)
    }

    /// The next one that may be asked for.
    fn take_due(&mut self, now: Now, timers: &Timers) -> Option<Part> {
        if self.open.is_some() {
            return None;
        }
        if self.wants_all && now.monotonic >= self.all_due(timers) {
            // Everything includes every node.
            self.wants_all = false;
            self.wants.clear();
            return Some(Part::All);
        }
        self.wants.pop_first().map(Part::Node)
    }

    pub(super) fn next_timer(&self, timers: &Timers) -> Option<Duration> {
        match &self.open {
            Some(open) if open.stage == Stage::Replaying => Some(open.until),
            None if self.wants_all => Some(self.all_due(timers)),
            Some(_) | None => None,
        }
    }

    /// In a capture: when a resync, or a gap without one, is over.
    pub(super) fn quiet_until(&self, timers: &Timers) -> Option<Duration> {
        match &self.open {
            Some(open) if open.stage == Stage::Told => Some(open.last.monotonic + timers.capture_quiet),
            Some(_) => None,
            None => self.lost_at.map(|lost| lost + timers.resync_interval + timers.resync),
        }
    }
}

impl Session {
    /// Lines are missing before this one: something happened that is not known.
    pub(super) fn lines_lost(&mut self, due: Sequence, got: Sequence, now: Now) {
        if !matches!(self.phase, Phase::Running) {
            return;
        }
        let is_new = !self.resync.wants_all && self.resync.lost_at.is_none();
        match &mut self.resync.open {
            Some(open) => open.is_spoilt = true,
            // Before the state was asked for in the startup there is nothing to spoil.
            None if self.desk.any(|task| *task == Task::Mark(Mark::Replayed)) => return,
            None if self.passive => {}
            None => self.resync.want(Part::All),
        }
        if is_new {
            self.info(format!("lines are missing: {due} was due and {got} came; the present state is asked for"));
        }
        self.out_of_sight(self.last_received.wall, now);
        self.status(Status::Resynchronising);
    }

    /// Tells the switchboard that something may have happened since that sign of life.
    pub(super) fn out_of_sight(&mut self, last_sign: Time, now: Now) {
        if self.has_told || self.switchboard.poll_timeout().is_some() {
            self.switchboard.lost(last_sign.min(now.wall), Part::All.scope());
            self.drain_switchboard();
            if self.passive {
                self.resync.lost_at.get_or_insert(now.monotonic);
            }
        }
    }

    /// Asks for what is due.
    pub(super) fn resync_if_due(&mut self, now: Now) {
        if self.resync.wants_none() || self.desk.any(|task| *task == Task::Mark(Mark::Replayed)) {
            return;
        }
        if let Some(part) = self.resync.take_due(now, &self.settings.timers) {
            self.desk.push_first([Task::Resync(part), Task::Mark(Mark::Agents(part)), Task::Mark(Mark::End(part))]);
        }
    }

    /// The startup's monitors are placed.
    pub(super) fn after_monitors(&mut self, now: Now) {
        let ends = [Task::Mark(Mark::Agents(Part::All)), Task::Mark(Mark::End(Part::All))];
        if self.resync.is_replayed {
            self.desk.push_first(ends);
        } else if now.monotonic >= self.resync.all_due(&self.settings.timers) || !self.has_told {
            self.desk.push_first(ends);
            self.desk.push_first([Task::Resync(Part::All)]);
        } else {
            self.resync.open = None;
            self.resync.want(Part::All);
        }
    }

    /// It is asked for from now on.
    pub(super) fn resync_begins(&mut self, part: Part, code: Option<u32>, by_monitor: bool, now: Now) {
        if part == Part::All && !by_monitor {
            self.resync.last_all = Some(now.monotonic);
        }
        let is_new = self.resync.open.as_ref().is_none_or(|open| open.part != part);
        let is_spoilt = self.resync.open.as_ref().is_some_and(|open| open.is_spoilt);
        let until = now.monotonic + self.settings.timers.reply;
        self.resync.open = Some(Open { part, code, by_monitor, stage: Stage::Asked, until, is_heard: false, is_spoilt, last: now });
        if is_new {
            self.switchboard.resync_began(now.wall, part.scope());
            if part == Part::All {
                self.nodes_stay_lost(now);
            }
            self.drain_switchboard();
            self.status(Status::Resynchronising);
        }
    }

    /// `RR` has no confirmation: commands are held at once.
    pub(super) fn resync_is_legacy(&mut self) {
        if let Some(open) = &mut self.resync.open {
            open.stage = Stage::Replaying;
        }
    }

    /// The PBX will tell.
    pub(super) fn resync_accepted(&mut self, now: Now) {
        let timers = &self.settings.timers;
        let Some(open) = self.resync.open.as_mut().filter(|open| open.stage == Stage::Asked) else { return };
        open.stage = Stage::Replaying;
        open.until = now.monotonic + if open.by_monitor && !open.is_heard { timers.resync_start } else { timers.resync };
    }

    /// RS with code 1: `RR` is accepted.
    pub(super) fn legacy_resync_began(&mut self, now: Now) {
        if self.passive {
            self.overheard_resync(1, now);
        } else if let Some(open) = &mut self.resync.open {
            open.until = now.monotonic + self.settings.timers.resync;
        }
    }

    /// Something of a resync came.
    pub(super) fn heard_of_resync(&mut self, code: u32, body: &EventBody, now: Now) {
        if self.passive {
            let is_of_device = matches!(body, EventBody::ResyncEnded(rd) if rd.device.as_ref().is_some_and(|device| !device.is_node()));
            if !is_of_device {
                self.overheard_resync(code, now);
            }
        }
        if !self.passive && Some(code) == self.resync.last_code {
            return;
        }
        let Some(open) = &mut self.resync.open else { return };
        open.last = now;
        if !std::mem::replace(&mut open.is_heard, true) && open.by_monitor {
            open.until = now.monotonic + self.settings.timers.resync;
        }
        if open.by_monitor {
            open.code = Some(code);
        }
    }

    /// RD. `code` is `None` where it has none.
    pub(super) fn resync_ended(&mut self, code: Option<u32>, device: Option<&Extension>, now: Now) {
        if !self.passive && code.is_some() && code == self.resync.last_code || device.is_some_and(|device| !device.is_node()) {
            return;
        }
        let Some(open) = &mut self.resync.open else { return };
        if let (Part::Node(node), Some(device)) = (open.part, device)
            && device.node != Some(node)
        {
            return;
        }
        if open.by_monitor || self.passive {
            self.resync.is_replayed = true;
        }
        let is_news = std::mem::replace(&mut open.stage, Stage::Told) != Stage::Told;
        open.last = now;
        if is_news {
            self.resync_is_told(now);
        }
    }

    /// Waiting for an RD may be over.
    pub(super) fn resync_timed_out(&mut self, now: Now) {
        let Some(open) = self.resync.open.as_mut().filter(|open| open.stage == Stage::Replaying && now.monotonic >= open.until) else {
            return;
        };
        if open.by_monitor && !open.is_heard {
            open.stage = Stage::Told;
            self.degraded(
                "replay",
                "the monitor on all stations is placed, but the PBX does not replay their state; it is asked for by a resync instead",
            );
        } else {
            let part = open.part;
            self.resync_failed(part, None, now);
        }
    }

    /// It was refused, for this reason, or not answered or not finished in time.
    pub(super) fn resync_failed(&mut self, part: Part, refusal: Option<String>, now: Now) {
        let Some(open) = self.resync.open.as_mut().filter(|open| open.part == part) else { return };
        open.stage = Stage::Told;
        let (is_heard, seconds) = (open.is_heard, self.settings.timers.resync.as_secs());
        let loss = Task::Resync(part).loss();
        if let Some(refusal) = refusal {
            self.degraded("resync", format!("the PBX refuses {}: {refusal}; {loss}", Task::Resync(part)));
            self.resync_is_told(now);
        } else if is_heard {
            self.degraded("resync", format!("{} was not over within {seconds} s; what was told until then is taken", Task::Resync(part)));
            self.resync_is_told(now);
        } else if self.has_told && !std::mem::replace(&mut self.resync.is_put_off, true) {
            let minutes = self.settings.timers.resync_interval.as_secs_f32() / 60.0;
            self.info(format!(
                "the PBX does not answer {}, perhaps because of an earlier one; asking again in {minutes} min",
                Task::Resync(part)
            ));
            self.desk.retain(|task| *task != Task::Mark(Mark::Agents(part)) && *task != Task::Mark(Mark::End(part)));
            self.resync.open = None;
            self.resync.last_all = Some(now.monotonic);
            self.resync.want(Part::All);
        } else {
            self.degraded("resync", format!("the PBX does not answer {}; {loss}", Task::Resync(part)));
            self.resync_is_told(now);
        }
    }

    /// What comes from now on came after what was told.
    fn resync_is_told(&mut self, now: Now) {
        if self.resync.open.as_ref().is_some_and(|open| !open.is_spoilt) {
            self.switchboard.resync_told(now.wall);
            self.drain_switchboard();
        }
    }

    /// What was held back is through, and who is logged on is told.
    pub(super) fn resync_is_through(&mut self, part: Part, now: Now) {
        let Some(open) = self.resync.open.take_if(|open| open.part == part) else { return };
        self.resync.last_code = open.code.filter(|code| *code != 1);
        if open.is_spoilt {
            // The gap that spoilt it is open still.
            if !self.passive {
                self.resync.want(Part::All);
            }
            return;
        }
        self.resync.is_put_off = false;
        self.resync.lost_at = None;
        self.switchboard.resync_ended(now.wall, part.scope());
        self.drain_switchboard();
        self.members.ask_again();
        self.next_audit.get_or_insert(now.monotonic + self.settings.timers.audit_pause);
        if !self.resync.wants_all {
            self.status(Status::InStep);
        }
    }

    /// A resync in a capture, which somebody else asked for.
    fn overheard_resync(&mut self, code: u32, now: Now) {
        if self.resync.open.is_none() && !self.resync.singles.contains(&code) {
            self.resync_begins(Part::All, Some(code), false, now);
            self.resync_accepted(now);
        }
    }

    /// The confirmation of an `_RR` in a capture.
    pub(super) fn overheard_request(&mut self, code: u32, device: Option<&Extension>, now: Now) {
        let part = match device.map(|device| device.node.filter(|_| device.is_node())) {
            None => Part::All,
            Some(Some(node)) => Part::Node(node),
            Some(None) => {
                if self.resync.singles.len() >= SINGLE_MAX {
                    self.resync.singles.pop_front();
                }
                self.resync.singles.push_back(code);
                return;
            }
        };
        self.resync.singles.retain(|single| *single != code);
        self.end_told_resync(now);
        self.resync_begins(part, Some(code), false, now);
        self.resync_accepted(now);
    }

    /// In a capture: something that belongs to the resync came.
    pub(super) fn resync_goes_on(&mut self, now: Now) {
        if let Some(open) = &mut self.resync.open {
            open.last = now;
        }
    }

    /// In a capture a resync is over when nothing of it came for a while, and a gap when nobody asked for one.
    pub(super) fn close_quiet_resync(&mut self, now: Now) {
        if !self.passive
            || self.phase == Phase::Down
            || self.resync.quiet_until(&self.settings.timers).is_none_or(|until| now.monotonic < until)
        {
            return;
        }
        if self.resync.open.is_none() && self.phase != Phase::Login {
            self.resync_begins(Part::All, None, false, now);
            self.resync_accepted(now);
            self.resync_ended(None, None, now);
        }
        self.end_told_resync(now);
    }

    pub(super) fn end_told_resync(&mut self, now: Now) {
        if let Some(open) = self.resync.open.as_ref().filter(|open| open.stage == Stage::Told) {
            let (part, at) = (open.part, Now { wall: open.last.wall.min(now.wall), monotonic: now.monotonic });
            self.resync_is_through(part, at);
        }
    }
}
