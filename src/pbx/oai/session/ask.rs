//! Sending commands, one at a time, and what happens when no answer comes.

use std::time::Duration;

use bytes::Bytes;
use strowger_protocol::oai::{
    Command, CommandBody, EncodeError, Extension, Filters, HuntGroup, ListMask, ListType, MonitorType, Node, OtherCommand, Station, Version,
};

use super::desk::Asked;
use super::task::{Part, Task, Watch};
use super::{Phase, Session};
use crate::pbx::oai::settings::ListMode;
use crate::pbx::session::{Fault, Output};
use crate::telephony::Now;

/// Below this version `_RR` is not known, only `RR` (OAI §3).
const RESYNC_SINCE: Version = Version { major: 6, minor: 0 };

impl Session {
    /// Does what there is to do until an answer is awaited, or nothing is left.
    pub(super) fn advance(&mut self, now: Now) {
        while self.phase == Phase::Running && !self.passive && self.desk.asked.is_none() && !self.resync.holds_commands() {
            self.resync_if_due(now);
            let Some(task) = self.desk.pop().or_else(|| self.background(now)) else { break };
            match task {
                Task::Mark(mark) => self.pass(mark, now),
                task => self.ask(task, false, now),
            }
        }
        if self.desk.take_overflow() {
            self.degraded("queue", "there is more to be asked than can wait; some hunt groups may not be followed");
        }
    }

    /// What is due when nothing else waits.
    fn background(&mut self, now: Now) -> Option<Task> {
        self.refresh_if_due(now);
        self.place_monitors_again(now);
        self.members_if_due(now);
        if let Some(task) = self.desk.pop() {
            return Some(task);
        }
        if now.monotonic >= self.life_due() {
            return Some(Task::Life);
        }
        self.next_main().or_else(|| self.audit(now))
    }

    /// A call of which nothing was heard for long may have ended unseen: device monitors do not tell the end of a call.
    fn audit(&mut self, now: Now) -> Option<Task> {
        if self.next_audit.is_none_or(|due| now.monotonic < due) {
            return None;
        }
        self.next_audit = Some(now.monotonic + self.settings.timers.audit_pause);
        let device = self.switchboard.silent_since(now.wall.minus(self.settings.timers.call_silence))?;
        Some(Task::Calls(Extension::from(device.as_str())))
    }

    fn life_due(&self) -> Duration {
        self.last_sent + self.settings.timers.keep_alive
    }

    /// When something is to be done though nothing arrives.
    pub(super) fn next_timer(&self) -> Option<Duration> {
        let timers = &self.settings.timers;
        if let Some(asked) = &self.desk.asked {
            return Some(asked.deadline);
        }
        let resync = self.resync.next_timer(timers);
        if self.resync.holds_commands() {
            return resync;
        }
        let timers =
            [resync, self.stale.next_timer(), self.monitors.next_due(), self.members.next_timer(), self.next_audit, Some(self.life_due())];
        timers.into_iter().flatten().min()
    }

    pub(super) fn ask(&mut self, task: Task, is_second: bool, now: Now) {
        let invoke = self.desk.invoke_id();
        let encoded = self.command(&task, invoke).encode();
        let Some(bytes) = self.encoded(encoded, &task) else { return };
        let is_legacy = matches!(task, Task::Resync(_)) && self.has_only_legacy_resync();
        match &task {
            Task::Resync(part) => self.resync_begins(*part, Some(if is_legacy { 1 } else { invoke.into() }), false, now),
            Task::Watch(Watch::Stations { node: None, replay: true }) => self.resync_begins(Part::All, None, true, now),
            _ => {}
        }
        self.last_sent = now.monotonic;
        self.out.push_back(Output::Send { bytes, shown: None });
        if is_legacy {
            self.resync_is_legacy();
            return;
        }
        let timers = &self.settings.timers;
        let patience = if task.is_optional() { timers.optional_reply } else { timers.reply };
        self.desk.asked = Some(Asked { invoke, task, deadline: now.monotonic + patience, is_second, has_part: false });
    }

    /// A command that cannot be written is left out.
    fn encoded(&mut self, encoded: Result<Bytes, EncodeError>, task: &Task) -> Option<Bytes> {
        encoded.map_err(|error| self.degraded(task.kind(), format!("{task} cannot be asked for: {error}; {}", task.loss()))).ok()
    }

    fn has_only_legacy_resync(&self) -> bool {
        self.pbx.version.is_some_and(|version| version < RESYNC_SINCE)
    }

    fn command(&self, task: &Task, invoke: u16) -> Command {
        let body = match task {
            Task::NodeAware => CommandBody::NodeAware { on: true },
            Task::Life | Task::Mark(_) => CommandBody::NoOperation {},
            Task::Expanded => CommandBody::ExpandedExtension { on: true },
            Task::Watch(watch) => monitor(watch),
            Task::List(list, node) => CommandBody::QueryList {
                device: node.map(Extension::node),
                list: *list,
                mask: ListMask(self.mask(*list)),
                mode: Some(if self.asks_whole_lists() { 1 } else { 2 }),
                size: (!self.asks_whole_lists()).then(|| self.settings.list_chunk.clamp(1, 500)),
            },
            Task::Agents(group) => CommandBody::QueryHuntGroup { group: group.clone() },
            Task::Resync(part) => {
                let device = match part {
                    Part::All => None,
                    Part::Node(node) => Some(Extension::node(*node)),
                };
                if self.has_only_legacy_resync() { CommandBody::LegacyResync { device } } else { CommandBody::Resync { device } }
            }
            Task::Calls(device) => CommandBody::Snapshot { device: device.clone() },
            Task::Info(device) => CommandBody::QueryDevice { device: device.clone() },
            Task::Destinations(main) => {
                let (code, arguments) = self.settings.dee.query.as_ref().map(|query| query.fill(main.as_str())).unwrap_or_default();
                CommandBody::Other(OtherCommand::new(code, arguments.iter().map(String::as_str)))
            }
        };
        Command::new(invoke, body)
    }

    fn asks_whole_lists(&self) -> bool {
        self.pbx.lists_whole || self.settings.list_mode == ListMode::Whole
    }

    /// Only what is used is asked for, and what the documented startup asks for.
    fn mask(&self, list: ListType) -> u32 {
        match list {
            ListType::STATIONS => Station::USERNAME | Station::IS_ADMINISTRATOR | Station::DEVICE_TYPE,
            ListType::HUNT_GROUPS => HuntGroup::USERNAME | HuntGroup::DESCRIPTION | HuntGroup::TYPE | HuntGroup::MEMBERS,
            ListType::FEATURES => 0x3F,
            ListType::NODES => Node::DESCRIPTION,
            ListType::USERS => self.settings.dee.users_mask,
            _ => 1,
        }
    }

    /// The answer that is awaited may not come any more.
    pub(super) fn reply_timed_out(&mut self, now: Now) {
        if self.desk.asked.as_ref().is_none_or(|asked| now.monotonic < asked.deadline) {
            return;
        }
        let Some(asked) = self.desk.give_up() else { return };
        if !asked.is_second && asked.task.is_asked_twice() {
            self.ask(asked.task, true, now);
            return;
        }
        self.unanswered(&asked.task, now);
    }

    fn unanswered(&mut self, task: &Task, now: Now) {
        let patience = if task.is_optional() { self.settings.timers.optional_reply } else { self.settings.timers.reply };
        let seconds = patience.as_secs_f32();
        match task {
            Task::Life => {
                self.missed += 1;
                if self.missed >= self.settings.timers.keep_alive_misses.max(1) {
                    let silent = now.monotonic.saturating_sub(self.last_received.monotonic).as_secs();
                    self.give_up(Fault::Silent(format!(
                        "the PBX left {} signs of life unanswered (_NO) and has said nothing for {silent} s; the connection is given up",
                        self.missed
                    )));
                }
                return;
            }
            Task::Resync(part) => return self.resync_failed(*part, None, now),
            Task::Watch(Watch::Stations { node, replay: true }) => {
                self.desk.push_first([Task::Watch(Watch::Stations { node: *node, replay: false })]);
            }
            Task::Watch(Watch::Stations { node: None, replay: false }) => {
                return self.give_up(Fault::Silent(format!("the PBX does not answer {task} (_MS): {}; connecting again", task.loss())));
            }
            _ => {}
        }
        self.degraded(task.kind(), format!("the PBX did not answer {task} within {seconds} s; {}", task.loss()));
        self.leave_out_the_like(task);
        // A PBX that is silent about one thing may be so about others: they shall not hold up what matters.
        if task.is_optional() {
            self.desk.postpone(|waiting| matches!(waiting, Task::List(..)) && waiting.is_optional());
        }
        if let Task::Watch(watch) = task {
            self.monitors.failed(watch, now, &self.settings.timers);
        }
    }

    /// The PBX does not know this: the same for other devices is not asked for either.
    pub(super) fn leave_out_the_like(&mut self, task: &Task) {
        match task {
            Task::Watch(Watch::Group(_)) => self.desk.retain(|waiting| !matches!(waiting, Task::Watch(Watch::Group(_)))),
            Task::Agents(_) => self.desk.retain(|waiting| !matches!(waiting, Task::Agents(_))),
            Task::Calls(_) => {
                self.next_audit = None;
                self.desk.retain(|waiting| !matches!(waiting, Task::Calls(_)));
            }
            Task::Info(_) => self.desk.retain(|waiting| !matches!(waiting, Task::Info(_))),
            Task::Destinations(_) => self.members.refused(),
            _ => {}
        }
    }
}

fn monitor(watch: &Watch) -> CommandBody {
    let (target, kind) = match watch {
        Watch::Stations { node, replay: true } => (node.map(Extension::node), MonitorType::ALL_STATIONS_RESYNC),
        Watch::Stations { node, replay: false } => (node.map(Extension::node), MonitorType::ALL_STATIONS),
        Watch::Trunks(node) => (node.map(Extension::node), MonitorType::ALL_TRUNKS),
        Watch::System(node) => (node.map(Extension::node), MonitorType::SYSTEM),
        Watch::Group(device) | Watch::Device(device) | Watch::Router(device) => (Some(device.clone()), MonitorType::DEVICE),
    };
    let filters = if matches!(watch, Watch::System(_)) { Filters::every_system_event() } else { Filters::everything() };
    CommandBody::MonitorStart { target, kind: Some(kind), filters }
}
