//! Monitors and snapshots (CSTA reference §6.1 to §6.3).

use smol_str::SmolStr;
use strowger_protocol::csta::request::{
    ChangeMonitorFilter, MonitorObject, MonitorStart, MonitorStop, Request, SnapshotCall, SnapshotDevice, SnapshotDeviceData,
};
use strowger_protocol::csta::response::{
    CallSnapshot, CallSnapshotData, CallState, CompoundCallState, DeviceSnapshot, DeviceSnapshotData, MonitorEntries, MonitorEntry,
    MonitorFilterChanged, MonitorStarted, MonitorsListed, MonitorsOrService, Response, SnapshotCallEntries, SnapshotCallEntry,
    SnapshotDeviceEntries, SnapshotDeviceEntry,
};
use strowger_protocol::csta::{ConnectionId, Device, ErrorCode};

use super::{Answered, Context, invalid_device};
use crate::simulator::csta::monitor::Subject;
use crate::simulator::csta::tell::{local_state, other_states};
use crate::simulator::exchange::{Call, Leg};

impl Context<'_> {
    pub(super) fn monitor_start(&mut self, start: &MonitorStart) -> Answered {
        if self.connection.monitors.len() >= self.profile.monitors {
            return Err(ErrorCode::SystemResource(SmolStr::new_static("overallMonitorLimitExceeded")));
        }
        let subject = match &start.object {
            Some(MonitorObject::Device(named)) if named.text.is_empty() && self.profile.monitors_all => Subject::Everything,
            Some(MonitorObject::Device(named)) => {
                let number = named.number();
                if self.profile.unanswered.iter().any(|silent| silent == number) {
                    return Ok(None);
                }
                if self.profile.refused.iter().any(|refused| refused == number) {
                    return Err(ErrorCode::Operation(SmolStr::new_static("invalidMonitorObject")));
                }
                Subject::Device(self.device(named)?)
            }
            Some(MonitorObject::Call(connection)) => Subject::Call(self.call(connection)?.1),
            _ => return Err(ErrorCode::Operation(SmolStr::new_static("invalidMonitorObject"))),
        };
        let monitor = self.connection.monitors.start(subject, start.filter.clone());
        let started = MonitorStarted { monitor, filter: start.filter.clone(), existing_calls: Some(true), ..MonitorStarted::default() };
        Ok(Some(Response::MonitorStart(Box::new(started))))
    }

    pub(super) fn change_filter(&mut self, change: &ChangeMonitorFilter) -> Answered {
        let monitor = self.connection.monitors.get_mut(&change.monitor).ok_or_else(no_monitor)?;
        monitor.filter.clone_from(&change.filter);
        let changed = MonitorFilterChanged { filter: change.filter.clone(), ..MonitorFilterChanged::default() };
        Ok(Some(Response::ChangeMonitorFilter(Box::new(changed))))
    }

    pub(super) fn monitor_stop(&mut self, stop: &MonitorStop) -> Answered {
        if self.connection.monitors.stop(&stop.monitor) { Ok(Some(Response::MonitorStop(Box::default()))) } else { Err(no_monitor()) }
    }

    pub(super) fn get_monitors(&self) -> Response {
        let entry = |(id, monitor): (&SmolStr, &crate::simulator::csta::monitor::Monitor)| MonitorEntry {
            monitor: id.clone(),
            object: match &monitor.subject {
                Subject::Device(device) => Some(self.naming.device(device.as_str())),
                Subject::Call(_) | Subject::Everything => None,
            },
            ..MonitorEntry::default()
        };
        let entries = self.connection.monitors.iter().map(entry).collect();
        let list = Some(MonitorsOrService::Monitors(MonitorEntries { entries, ..MonitorEntries::default() }));
        Response::GetMonitors(Box::new(MonitorsListed { list, ..MonitorsListed::default() }))
    }

    pub(super) fn snapshot_device(&mut self, snapshot: &SnapshotDevice) -> Answered {
        let device = self.device(&snapshot.device)?;
        let entries: Vec<SnapshotDeviceEntry> = self.exchange.legs_of(&device).map(|(call, leg)| self.device_entry(call, leg)).collect();
        let data = if self.profile.snapshot_segment == 0 {
            DeviceSnapshotData::Data(SnapshotDeviceEntries { entries, ..SnapshotDeviceEntries::default() })
        } else {
            let service = self.number();
            let size = self.profile.snapshot_segment;
            let parts = entries.len().div_ceil(size).max(1);
            let mut entries = entries.into_iter();
            for part in 1..=parts {
                let entries = entries.by_ref().take(size).collect();
                let data = SnapshotDeviceData {
                    service: service.clone(),
                    segment: u32::try_from(part).ok(),
                    last: Some(part == parts),
                    data: SnapshotDeviceEntries { entries, ..SnapshotDeviceEntries::default() },
                    ..SnapshotDeviceData::default()
                };
                self.after.push(Request::SnapshotDeviceData(Box::new(data)));
            }
            DeviceSnapshotData::Service(service)
        };
        let snapshot = DeviceSnapshot { data: Some(data), ..DeviceSnapshot::default() };
        Ok(Some(Response::SnapshotDevice(Box::new(snapshot))))
    }

    fn device_entry(&self, call: &Call, leg: &Leg) -> SnapshotDeviceEntry {
        let mut others = call.legs().iter().filter(|other| other.device() != leg.device());
        let endpoint = others.next().filter(|_| others.next().is_none());
        let states = other_states(call, leg);
        SnapshotDeviceEntry {
            connection: self.naming.connection(&self.numbers.peek(leg.call()), leg.device()),
            endpoint: Some(endpoint.map_or(Device::NotKnown, |other| self.party(call, other))),
            state: Some(CallState::Compound(CompoundCallState { states, ..CompoundCallState::default() })),
            ..SnapshotDeviceEntry::default()
        }
    }

    fn party(&self, call: &Call, leg: &Leg) -> Device {
        let info = call.info();
        if info.calling.device == *leg.device() { self.naming.calling(&info) } else { self.naming.party(&leg.side()) }
    }

    pub(super) fn snapshot_call(&mut self, snapshot: &SnapshotCall) -> Answered {
        let (id, number) = self.call(&snapshot.connection)?;
        let call = self.exchange.call(&id).ok_or_else(no_call)?;
        let entry = |leg: &Leg| SnapshotCallEntry {
            device: self.party(call, leg),
            connection: Some(self.naming.connection(&number, leg.device())),
            state: Some(local_state(leg.state())),
            ..SnapshotCallEntry::default()
        };
        let entries = call.legs().iter().map(entry).collect();
        let info = call.info();
        let called = info.originally_called.as_deref().map(|called| Device::Id(self.naming.device(called)));
        let snapshot = CallSnapshot {
            data: Some(CallSnapshotData::Data(SnapshotCallEntries { entries, ..SnapshotCallEntries::default() })),
            calling: Some(self.naming.calling(&info)),
            called,
            associated_calling: self.naming.trunk(&info.calling),
            ..CallSnapshot::default()
        };
        Ok(Some(Response::SnapshotCall(Box::new(snapshot))))
    }

    /// The call that a connection names: by the exchange's number, and by that on the wire.
    pub(super) fn call(&self, connection: &ConnectionId) -> Result<(crate::telephony::SwitchCallId, SmolStr), ErrorCode> {
        let number = self.naming.call_read(&connection.call).ok_or_else(no_call)?;
        let found = self.numbers.read(&number).into_iter().find(|id| self.exchange.call(id).is_some());
        found.map(|id| (id, number)).ok_or_else(no_call)
    }

    /// The device's part that a connection names: the device, and its number of the call.
    pub(super) fn part(
        &self,
        connection: &ConnectionId,
    ) -> Result<(crate::telephony::DeviceId, crate::telephony::SwitchCallId), ErrorCode> {
        let number = self.naming.call_read(&connection.call).ok_or_else(no_call)?;
        let device = connection.device.as_ref().ok_or_else(invalid_device)?;
        let device = self.device(device)?;
        let mut legs = self.exchange.legs_of(&device).filter(|(_, leg)| self.numbers.peek(leg.call()) == number);
        let call = legs.next().map(|(_, leg)| leg.call().clone()).ok_or_else(no_call);
        drop(legs);
        Ok((device, call?))
    }
}

fn no_monitor() -> ErrorCode {
    ErrorCode::Operation(SmolStr::new_static("invalidMonitorCrossRefID"))
}

pub(super) fn no_call() -> ErrorCode {
    ErrorCode::Operation(SmolStr::new_static("invalidConnectionID"))
}
