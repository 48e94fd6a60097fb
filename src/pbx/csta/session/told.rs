//! What the PBX asks, and what it tells that is no event: its status, lists and snapshots in parts, that a monitor or the session is over.

use strowger_protocol::csta::request::SystemStatus;
use strowger_protocol::csta::response::{ErrorCode, Response, SystemStatusReported};
use strowger_protocol::csta::word::SystemState;
use strowger_protocol::csta::{InvokeId, Message, Request};

use super::{Asked, Phase, Session};
use crate::pbx::session::Fault;
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
                }
            }
            Request::SwitchingFunctionDevices(list) => {
                let is_last = list.last != Some(false);
                if self.passive {
                    return self.devices_listed(&list.list.devices, now);
                }
                if let Some((_, devices)) = self.lists.came(&list.service, list.list.devices, is_last) {
                    self.devices_listed(&devices, now);
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
        let was_down = self.is_down;
        match &status.state {
            Some(SystemState::MessagesLost) => {
                self.info("the PBX lost messages: everything is asked for anew");
                self.look_again(self.last_event, now);
            }
            Some(state @ (SystemState::Initializing | SystemState::Disabled)) => {
                self.is_down = true;
                if !was_down {
                    self.info(format!("the PBX says that it is {state}"));
                    self.switchboard.lost(now.wall);
                    self.drain_switchboard();
                }
            }
            Some(state @ (SystemState::OverloadImminent | SystemState::OverloadReached)) => {
                self.degraded(state.as_str(), format!("the PBX says {state}"));
            }
            _ => {
                self.is_down = false;
                if was_down && self.phase == Phase::Running {
                    self.look_again(now.wall, now);
                }
            }
        }
        if self.phase == Phase::Greeting {
            self.greeted(now);
        }
    }
}
