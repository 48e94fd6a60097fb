//! What the PBX asks, and what it tells that is no event: its status, lists and snapshots in parts, that a monitor or the session is over.

use strowger_protocol::csta::request::SystemStatus;
use strowger_protocol::csta::response::{ErrorCode, Response, SystemStatusReported};
use strowger_protocol::csta::word::SystemState;
use strowger_protocol::csta::{InvokeId, Message, Request};

use super::{Asked, Phase, Session};
use crate::pbx::session::{Fault, Status};
use crate::telephony::Now;

impl Session {
    /// What the PBX asks or tells that is no event. Its status is answered at once, whatever else is under way.
    pub(super) fn request_of_pbx(&mut self, invoke: InvokeId, request: Request, now: Now) {
        match request {
            Request::SystemStatus(status) => {
                self.send(invoke, &Response::SystemStatus(Box::default()).into());
                self.status_told(&status, now);
            }
            Request::RequestSystemStatus(_) => {
                let state = SystemStatusReported { state: Some(SystemState::Normal), ..SystemStatusReported::default() };
                self.send(invoke, &Response::RequestSystemStatus(Box::new(state)).into());
            }
            Request::SwFunctionDevicesChanged(_) => {
                self.send(invoke, &Response::SwFunctionDevicesChanged(Box::default()).into());
                if self.settings.discover && self.phase == Phase::Running && !self.desk.is_open(Asked::Devices) {
                    self.ask_for_devices(now);
                }
            }
            Request::SwFunctionCapsChanged(_) => {
                self.send(invoke, &Response::SwFunctionCapsChanged(Box::default()).into());
            }
            Request::MonitorStop(stop) => {
                self.send(invoke, &Response::MonitorStop(Box::default()).into());
                self.monitor_stopped(&stop.monitor, now);
            }
            Request::SnapshotDeviceData(data) => {
                let is_last = data.last != Some(false);
                if let Some((index, entries)) = self.snapshots.came(&data.service, data.data.entries, is_last) {
                    self.desk.close(Asked::Snapshot(index));
                    self.snapshot_taken(index, &entries, now);
                } else if let Some(index) = self.snapshots.whose(&data.service) {
                    self.desk.put_off(Asked::Snapshot(index), now.monotonic + self.settings.timers.answer);
                }
            }
            Request::SwitchingFunctionDevices(list) => {
                let is_last = list.last != Some(false);
                if self.passive {
                    return self.devices_listed(&list.list.devices, now);
                }
                if let Some((_, devices)) = self.lists.came(&list.service, list.list.devices, is_last) {
                    self.devices_listed(&devices, now);
                } else if self.phase == Phase::Devices {
                    // The next part is awaited as long as an answer.
                    self.deadline = Some(now.monotonic + self.settings.timers.answer);
                }
            }
            Request::ApplicationSessionTerminated(terminated) => {
                let why = terminated.reason.map_or_else(|| "without a reason".to_owned(), |reason| format!("{reason:?}"));
                self.give_up(Fault::ShuttingDown(format!("the PBX ended the session: {why}")));
            }
            Request::SystemRegisterAbort(_) => self.degraded("abort", "the PBX tells its status no longer"),
            other => {
                if other.is_answered() {
                    self.send(invoke, &Message::Error(ErrorCode::not_supported()));
                }
            }
        }
    }

    fn status_told(&mut self, status: &SystemStatus, now: Now) {
        if status.state == Some(SystemState::MessagesLost) {
            self.info("the PBX lost messages: everything is asked for anew");
            self.look_again(self.last_event, now);
        } else {
            self.state_told(status.state.as_ref().unwrap_or(&SystemState::Normal), now);
        }
        if self.phase == Phase::Greeting {
            self.greeted(now);
        }
    }

    /// The state of the PBX, by itself or as it was asked for it.
    pub(super) fn state_told(&mut self, state: &SystemState, now: Now) {
        let was_down = self.is_down;
        match state {
            SystemState::Initializing | SystemState::Disabled => {
                self.is_down = true;
                self.is_anew |= *state == SystemState::Initializing;
                if !was_down {
                    self.info(format!("the PBX says that it is {state}"));
                    self.switchboard.lost(now.wall);
                    self.drain_switchboard();
                    if self.phase == Phase::Running {
                        self.is_stale = true;
                        self.status(Status::Resynchronising);
                    }
                }
            }
            SystemState::OverloadImminent | SystemState::OverloadReached => {
                self.degraded(state.as_str(), format!("the PBX says {state}"));
            }
            // In an answer it is no news.
            SystemState::MessagesLost => {}
            _ => {
                self.is_down = false;
                let is_anew = std::mem::take(&mut self.is_anew);
                if was_down && self.phase == Phase::Running {
                    if is_anew {
                        // Whoever begins anew knows no monitors.
                        self.watches.paused();
                        self.desk.forget_watches();
                        self.snapshots.clear();
                        self.watches.place_all();
                    }
                    self.look_again(now.wall, now);
                }
            }
        }
    }
}
