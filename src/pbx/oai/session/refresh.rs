//! What the PBX's programming changed is read again, a little later and together (OAI §5.4, §6.10).

use std::collections::BTreeSet;
use std::time::Duration;

use strowger_protocol::oai::{DatabaseArea, DatabaseChange, DeviceType, Extension, ExtensionChange, ListType};

use super::Session;
use super::task::{Task, Watch};
use crate::telephony::Now;

/// Devices that are asked about one by one; beyond this the lists must do.
const DEVICES_MAX: usize = 1_000;

/// What is to be read again.
#[derive(Default, Debug)]
pub(super) struct Stale {
    lists: BTreeSet<(ListType, Option<u16>)>,
    devices: BTreeSet<Extension>,
    groups: BTreeSet<Extension>,
    members: bool,
    due: Option<Duration>,
}

impl Stale {
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    pub(super) fn next_timer(&self) -> Option<Duration> {
        self.due
    }
}

impl Session {
    /// EC: an extension is new, gone, or has another number.
    pub(super) fn extension_changed(&mut self, change: &ExtensionChange, now: Now) {
        if self.passive {
            return;
        }
        let with_node = |device: &Option<Extension>| {
            device.as_ref().filter(|device| !device.is_empty()).map(|device| self.with_node(device, change.node))
        };
        let (old, new) = (with_node(&change.old), with_node(&change.new));
        if let Some(old) = old.filter(|old| Some(old) != new.as_ref()) {
            self.book.forget(&old);
            self.monitors.forget(&Watch::Device(old.clone()));
            self.monitors.forget(&Watch::Group(old));
        }
        self.list_is_stale(change.device_type.map_or(ListType::STATIONS, list_of), change.node, now);
        if let Some(new) = new
            && self.stale.devices.len() < DEVICES_MAX
        {
            self.stale.devices.insert(new.clone());
            // A monitor on all stations is on those that there were. Groups get theirs once they are listed.
            let kind = change.device_type.unwrap_or_default();
            if kind.is_station() || kind.is_trunk() && self.settings.monitor_trunks {
                self.watch_soon(Watch::Device(new), now);
            }
        }
        self.stale.members = true;
    }

    /// DC: something was programmed anew.
    pub(super) fn database_changed(&mut self, change: &DatabaseChange, now: Now) {
        if self.passive {
            return;
        }
        let list = match change.area {
            DatabaseArea::STATION => ListType::STATIONS,
            DatabaseArea::HUNT_GROUP => ListType::HUNT_GROUPS,
            DatabaseArea::TRUNK_GROUP => ListType::TRUNK_GROUPS,
            DatabaseArea::TRUNK => ListType::TRUNKS,
            DatabaseArea::VOICE_MAIL => ListType::VOICE_MAIL_APPLICATIONS,
            DatabaseArea::DND_MESSAGE => ListType::DND_MESSAGES,
            DatabaseArea::ACD_AGENT => ListType::ACD_AGENTS,
            DatabaseArea::NODE => ListType::NODES,
            // Which number stands for users is not public.
            area if area.name().is_none() && self.settings.dee.users => ListType::USERS,
            area if area.name().is_none() => ListType::STATIONS,
            _ => return,
        };
        self.list_is_stale(list, change.node, now);
        if let Some(group) = change.subject.as_ref().filter(|_| change.area == DatabaseArea::HUNT_GROUP) {
            let group = self.with_node(&Extension::from(group.as_str()), change.node);
            if self.stale.groups.len() < DEVICES_MAX {
                self.stale.groups.insert(group);
            }
        }
        self.stale.members |= change.area == DatabaseArea::STATION || change.area.name().is_none();
    }

    /// Extensions in these events are told beside their node.
    fn with_node(&self, device: &Extension, node: Option<u16>) -> Extension {
        Extension { node: device.node.or(node.filter(|_| self.pbx.is_networked)), number: device.number.clone() }
    }

    fn list_is_stale(&mut self, list: ListType, node: Option<u16>, now: Now) {
        self.stale.lists.insert((list, node.filter(|_| self.pbx.is_networked)));
        self.stale.due.get_or_insert(now.monotonic + self.settings.timers.refresh_pause);
    }

    pub(super) fn refresh_if_due(&mut self, now: Now) {
        if self.stale.due.is_none_or(|due| now.monotonic < due) {
            return;
        }
        let stale = std::mem::take(&mut self.stale);
        for (list, node) in stale.lists {
            self.desk.push(Task::List(list, node));
        }
        for device in stale.devices {
            self.desk.push(Task::Info(device));
        }
        for group in stale.groups {
            if self.book.groups(super::task::Part::All).any(|known| *known == group) {
                self.desk.push(Task::Agents(group));
            }
        }
        if stale.members {
            self.members.ask_again();
        }
    }
}

/// The list that has devices of this kind.
fn list_of(kind: DeviceType) -> ListType {
    match kind {
        kind if kind.is_hunt_group() => ListType::HUNT_GROUPS,
        kind if kind.is_trunk() => ListType::TRUNKS,
        kind if kind.is_voice_mail() => ListType::VOICE_MAIL_APPLICATIONS,
        DeviceType::TRUNK_GROUP => ListType::TRUNK_GROUPS,
        _ => ListType::STATIONS,
    }
}
