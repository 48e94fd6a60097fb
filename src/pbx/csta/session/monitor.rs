//! Monitors, snapshots and agents of each device, a bounded number at a time; and the present state that comes of them.

use smol_str::{SmolStr, ToSmolStr};
use strowger_protocol::csta::data::{Extensions, PrivateData};
use strowger_protocol::csta::request::{GetAgentState, ListedDevice, MonitorFilter, MonitorObject, MonitorStart, SnapshotDevice};
use strowger_protocol::csta::response::{AgentStateEntry, SnapshotDeviceEntry};
use strowger_protocol::csta::{DeviceId, ErrorCode, RawXml, Request};

use super::watch::Step;
use super::{Asked, Phase, Session};
use crate::pbx::csta::settings::FilterPolarity;
use crate::pbx::session::{Fault, Status};
use crate::telephony::{DeviceKind, Now, Time};

impl Session {
    pub(super) fn watch(&mut self, number: &SmolStr) {
        if !self.watches.add(number, self.settings.devices_max) {
            let text = format!("more than {} devices are not monitored", self.settings.devices_max);
            self.degraded("devices_max", text);
        }
    }

    /// All devices that there are, or all that there are now.
    pub(super) fn devices_listed(&mut self, devices: &[ListedDevice], now: Now) {
        self.lists.clear();
        for device in devices {
            let (number, kind) = self.switchboard.listed(device);
            // A call may go on where no telephone is: from trunk to trunk, in a mailbox.
            let takes_part = matches!(kind, DeviceKind::Extension | DeviceKind::HuntGroup | DeviceKind::Trunk | DeviceKind::VoiceMail);
            if takes_part && !number.is_empty() {
                self.watch(&number);
                if self.passive {
                    self.switchboard.monitored(&number, true);
                }
            }
        }
        if !self.passive {
            self.run(now);
        }
    }

    /// Sends what may be sent now, and tells the present state when nothing more is awaited for it.
    pub(super) fn advance(&mut self, now: Now) {
        if self.phase != Phase::Running || self.passive {
            return;
        }
        while let Some((index, step)) = self.watches.due(now.monotonic, self.settings.in_flight_max.max(1)) {
            let Some(number) = self.watches.get(index).map(|watch| watch.number.clone()) else { continue };
            let (asked, request) = match step {
                Step::Monitor => (Asked::Monitor(index), self.monitor_start(&number)),
                Step::Snapshot => {
                    let snapshot = SnapshotDevice { device: self.device(&number), ..SnapshotDevice::default() };
                    (Asked::Snapshot(index), Request::SnapshotDevice(Box::new(snapshot)))
                }
                Step::Agents => {
                    let agents = GetAgentState { device: self.device(&number), ..GetAgentState::default() };
                    (Asked::Agents(index), Request::GetAgentState(Box::new(agents)))
                }
            };
            if !self.ask(asked, request, now) {
                self.watches.landed();
            }
        }
        if self.is_stale && !self.is_down && self.watches.is_idle() {
            let (monitored, all) = (self.watches.monitored(), self.watches.len());
            if !self.has_heard {
                return self.give_up(Fault::Silent("the PBX answers nothing that it is asked".to_owned()));
            }
            if monitored == 0 {
                let text = format!("none of {all} devices is monitored, so no call is seen; they are tried again");
                return self.degraded("monitors", text);
            }
            self.is_stale = false;
            if monitored < all {
                self.info(format!("{monitored} of {all} devices are monitored; the others are tried again"));
            }
            self.tell_present(now);
            self.status(Status::InStep);
        }
    }

    pub(super) fn tell_present(&mut self, now: Now) {
        self.switchboard.resynchronised(now.wall);
        self.drain_switchboard();
    }

    /// What happened may not have been told: every device is asked for its calls.
    ///
    /// `since`: until then everything was.
    pub(super) fn look_again(&mut self, since: Time, now: Now) {
        self.switchboard.lost(since);
        self.drain_switchboard();
        self.is_stale = true;
        self.status(Status::Resynchronising);
        self.watches.snapshot_all();
        self.advance(now);
    }

    fn device(&self, number: &str) -> DeviceId {
        if number.is_empty() { DeviceId::default() } else { self.settings.device_form.device(number) }
    }

    fn monitor_start(&mut self, number: &str) -> Request {
        let private = self.settings.monitor_private.as_ref().and_then(|element| RawXml::new(&format!("<private>{element}</private>")).ok());
        let extensions = private.map(|private| Extensions {
            private_data: Some(PrivateData { private: vec![private], ..PrivateData::default() }),
            ..Extensions::default()
        });
        let filter = self.settings.unwanted.as_ref().map(|unwanted| match self.settings.filter_polarity {
            FilterPolarity::TrueIsLeftOut => unwanted.clone(),
            FilterPolarity::TrueIsSent => inverted(unwanted),
        });
        let object = Some(MonitorObject::Device(self.device(number)));
        Request::MonitorStart(Box::new(MonitorStart { object, filter, extensions, ..MonitorStart::default() }))
    }

    pub(super) fn monitor_started(&mut self, index: usize, monitor: &SmolStr, now: Now) {
        self.watches.landed();
        let Some(number) = self.watches.get(index).map(|watch| watch.number.clone()) else { return };
        self.watches.started(index, monitor, now.monotonic);
        if number.is_empty() {
            return;
        }
        self.switchboard.monitored(&number, true);
        self.watches.next(Step::Snapshot, index);
    }

    pub(super) fn monitor_refused(&mut self, index: usize, error: &ErrorCode, now: Now) {
        self.watches.landed();
        let number = self.watches.get(index).map(|watch| watch.number.clone()).unwrap_or_default();
        let timers = &self.settings.timers;
        let (first, longest) = match error {
            ErrorCode::Operation(_) | ErrorCode::Security(_) | ErrorCode::PrivateData(_) | ErrorCode::Private(_) => {
                (timers.refused, timers.refused)
            }
            _ => (timers.retry, timers.retry_max),
        };
        self.switchboard.monitored(&number, false);
        self.watches.retry(index, now.monotonic, first, longest);
        self.denied(format!("monitor {number}"), format!("the PBX refuses to monitor {number}: {error}"));
    }

    /// The PBX ended a monitor: the device is out of sight until it has another.
    pub(super) fn monitor_stopped(&mut self, monitor: &str, now: Now) {
        let Some(index) = self.watches.stopped(monitor) else { return };
        let number = self.watches.get(index).map(|watch| watch.number.clone()).unwrap_or_default();
        self.info(format!("the PBX ended the monitor of {number}; it is placed again"));
        self.switchboard.out_of_sight(now.wall, &number);
        self.drain_switchboard();
        self.is_stale = true;
        self.status(Status::Resynchronising);
        let timers = &self.settings.timers;
        self.watches.place_again(index, now.monotonic, timers.retry, timers.retry_max);
    }

    pub(super) fn snapshot_taken(&mut self, index: usize, entries: &[SnapshotDeviceEntry], now: Now) {
        self.watches.landed();
        let Some(number) = self.watches.get(index).map(|watch| watch.number.clone()) else { return };
        self.watches.snapshot_came(index);
        self.switchboard.snapshot(now.wall, &number, entries);
        self.is_stale = true;
        // Agents log on at telephones; of a group a PBX may tell all its members.
        if self.settings.agents && self.switchboard.is_extension(&number) {
            self.watches.next(Step::Agents, index);
        }
    }

    pub(super) fn agents_told(&mut self, index: usize, entries: &[AgentStateEntry]) {
        self.watches.landed();
        if let Some(number) = self.watches.get(index).map(|watch| watch.number.to_smolstr()) {
            self.switchboard.agents(&number, entries);
        }
    }
}

/// Of the groups that are there, what is wanted instead of what is not.
fn inverted(unwanted: &MonitorFilter) -> MonitorFilter {
    let mut filter = unwanted.clone();
    macro_rules! invert {
        ($($group:ident: $type:ident)*) => {$(
            if let Some(group) = filter.$group.take() {
                use strowger_protocol::csta::request::$type;
                filter.$group = Some($type::KNOWN.iter().fold($type::default(), |all, name| all.with(name, !group.is_set(name))));
            }
        )*};
    }
    invert! {
        call_control: CallControlEvents
        call_associated: CallAssociatedEvents
        media: MediaAttachmentEvents
        physical_device: PhysicalDeviceEvents
        logical_device: LogicalDeviceEvents
        maintenance: MaintenanceEvents
    }
    filter
}
