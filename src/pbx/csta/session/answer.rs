//! Answers, by what was asked; and what follows where none comes.

use strowger_protocol::csta::response::{DeviceSnapshotData, ErrorCode, Response};
use strowger_protocol::csta::{InvokeId, Message};

use super::watch::Step;
use super::{Asked, Phase, Session};
use crate::pbx::session::Fault;
use crate::telephony::Now;

impl Session {
    pub(super) fn answer(&mut self, invoke: InvokeId, answer: Message, now: Now) {
        if self.passive {
            return self.overheard(&answer, now);
        }
        let Some(asked) = self.desk.answered(invoke) else {
            // It was given up, or nothing was asked.
            return self.count("late_response");
        };
        match (asked, answer) {
            (Asked::StartSession, Message::Response(Response::StartApplicationSession(started))) => self.session_started(&started, now),
            (Asked::StartSession, Message::Response(Response::StartApplicationSessionRefused(refused))) => {
                self.session_refused(Some(&refused), now);
            }
            (Asked::StartSession, Message::Error(error)) => self.no_session(&error.to_string(), now),
            (Asked::RefreshSession, Message::Response(Response::ResetApplicationSessionTimer(reset))) => {
                self.granted(reset.duration_s, now);
            }
            (Asked::RefreshSession, _) => self.give_up(Fault::ShuttingDown("the PBX does not let the session go on".to_owned())),
            (Asked::Register, Message::Error(error)) => {
                self.degraded("register", format!("the PBX does not tell its status: {error}"));
            }
            (Asked::Devices, Message::Response(Response::GetSwitchingFunctionDevices(follow))) => {
                let came = self.lists.announced(&follow.service, 0);
                match came {
                    Some(devices) => self.devices_listed(&devices, now),
                    None if self.phase == Phase::Devices => self.deadline = Some(now.monotonic + self.settings.timers.answer),
                    None => {}
                }
            }
            (Asked::Devices, Message::Error(error)) => self.no_list(&error.to_string(), now),
            (Asked::Monitor(index), Message::Response(Response::MonitorStart(started))) => {
                self.monitor_started(index, &started.monitor, now);
            }
            (Asked::Monitor(index), Message::Error(error)) => self.monitor_refused(index, &error, now),
            (Asked::Snapshot(index), Message::Response(Response::SnapshotDevice(snapshot))) => match &snapshot.data {
                Some(DeviceSnapshotData::Data(data)) => self.snapshot_taken(index, &data.entries, now),
                Some(DeviceSnapshotData::Service(service)) => {
                    if let Some(entries) = self.snapshots.announced(service, index) {
                        self.snapshot_taken(index, &entries, now);
                    } else {
                        // The rest is awaited as long as an answer.
                        let deadline = now.monotonic + self.settings.timers.answer;
                        self.desk.open(Asked::Snapshot(index), deadline);
                    }
                }
                // Some peers never send what they announce.
                _ => self.snapshot_taken(index, &[], now),
            },
            (Asked::Snapshot(index), Message::Error(error)) => self.no_snapshot(index, &error, now),
            (Asked::Agents(index), Message::Response(Response::GetAgentState(states))) => self.agents_told(index, &states.list.entries),
            // A device without agents.
            (Asked::Agents(_), Message::Error(_)) => self.watches.landed(),
            (Asked::Monitor(_) | Asked::Snapshot(_) | Asked::Agents(_) | Asked::StartSession | Asked::Devices, other) => {
                self.malformed(format!("{} answers another request", other.name()), b"");
                self.unanswered(asked, now);
            }
            (Asked::Status, Message::Response(Response::RequestSystemStatus(told))) => {
                if let Some(state) = &told.state {
                    self.state_told(state, now);
                }
            }
            (Asked::Register | Asked::Status | Asked::StopSession, _) => {}
        }
    }

    /// What a capture says of answers: snapshots name their devices themselves.
    fn overheard(&mut self, answer: &Message, now: Now) {
        if let Message::Response(Response::SnapshotDevice(snapshot)) = answer
            && let Some(DeviceSnapshotData::Data(data)) = &snapshot.data
        {
            for entry in &data.entries {
                if let Some(number) = entry.connection.number() {
                    self.switchboard.monitored(number, true);
                    self.switchboard.snapshot(now.wall, number, std::slice::from_ref(entry));
                }
            }
            self.captured_at = Some(now.monotonic);
        }
    }

    fn no_list(&mut self, why: &str, now: Now) {
        if self.watches.len() == 0 {
            self.degraded("list", format!("the PBX lists no devices ({why}), and none is configured"));
        } else {
            self.info(format!("the PBX lists no devices ({why}): those that are configured are monitored"));
        }
        if self.phase == Phase::Devices {
            self.run(now);
        }
    }

    fn no_snapshot(&mut self, index: usize, error: &ErrorCode, now: Now) {
        let number = self.watches.get(index).map(|watch| watch.number.clone()).unwrap_or_default();
        if self.watches.may_ask_again(index) {
            // It may have been busy, or told it too slowly.
            self.watches.landed();
            return self.watches.next(Step::Snapshot, index);
        }
        self.degraded("snapshot", format!("the PBX does not tell the calls of {number}: {error}; those that were known there stay"));
        self.switchboard.untold(&number);
        self.snapshot_taken(index, &[], now);
    }

    /// No answer came in time.
    pub(super) fn unanswered(&mut self, asked: Asked, now: Now) {
        match asked {
            Asked::StartSession => self.no_session("it does not answer", now),
            Asked::RefreshSession => self.give_up(Fault::Silent("the PBX does not answer the refresh of the session".to_owned())),
            Asked::Register => self.degraded("register", "the PBX does not answer SystemRegister"),
            Asked::Devices => self.no_list("it does not answer", now),
            Asked::Status => {
                self.missed += 1;
                if self.missed >= self.settings.timers.keep_alive_misses {
                    self.give_up(Fault::Silent("the PBX gives no sign of life".to_owned()));
                }
            }
            Asked::Monitor(index) => {
                let error = ErrorCode::Private("it does not answer".into());
                self.watches.landed();
                let number = self.watches.get(index).map(|watch| watch.number.clone()).unwrap_or_default();
                self.switchboard.monitored(&number, false);
                self.denied(format!("monitor {number}"), format!("the PBX does not monitor {number}: {error}"));
                let timers = &self.settings.timers;
                self.watches.retry(index, now.monotonic, timers.retry, timers.retry_max);
            }
            Asked::Snapshot(index) => {
                self.snapshots.forget(index);
                self.no_snapshot(index, &ErrorCode::Private("it does not answer".into()), now);
            }
            Asked::Agents(_) => self.watches.landed(),
            Asked::StopSession => {}
        }
    }
}
