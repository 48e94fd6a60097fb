//! What monitors were started (OAI reference §4.3).

use super::super::id::{Extension, MonitorId};
use super::super::table::{Filters, MonitorType, filter};
use super::super::wire::{Reader, Record, Writer};

/// `_MS` and `_MA`: the monitors started. `_MA` may come in several parts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MonitorsStarted {
    /// Only of `_MA`: whether this is the last part, and the type.
    pub part: Option<MonitorPart>,
    /// How many the PBX says that there are here.
    pub count: u32,
    /// The monitors.
    pub monitors: Vec<StartedMonitor>,
    /// The filters as granted. `None` below P 5.00.
    pub filters: Option<Filters>,
}

/// What `_MA` says before its monitors.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MonitorPart {
    /// Whether it is the last.
    pub last: bool,
    /// Type of the monitors.
    pub kind: MonitorType,
}

/// A monitor and what it is on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StartedMonitor {
    /// Its cross reference.
    pub monitor: MonitorId,
    /// The device, or the node (`1:`) of a system monitor. Blank for a call-termination monitor.
    pub device: Option<Extension>,
}

impl MonitorsStarted {
    pub(super) fn read(fields: &mut Reader<'_>, advanced: bool) -> Option<Self> {
        let part = if advanced { Some(MonitorPart { last: fields.take()?, kind: fields.take()? }) } else { None };
        let alone = part.is_some_and(|part| part.kind == MonitorType::CALL_TERMINATION);
        let count = fields.take::<Option<u32>>()?.unwrap_or_default();
        let mut monitors = Vec::with_capacity(fields.remaining() / if alone { 1 } else { 2 });
        while fields.peek().is_some_and(|field| !field.is_empty() && filter(field).is_none()) {
            let monitor = fields.take()?;
            let device = if alone || fields.peek().is_none_or(|field| filter(field).is_some()) { None } else { fields.take()? };
            monitors.push(StartedMonitor { monitor, device });
        }
        let filters = if fields.is_empty() { None } else { Filters::read(fields) };
        Some(Self { part, count, monitors, filters: filters.filter(|filters| *filters != Filters::default()) })
    }

    pub(super) fn write(&self, out: &mut Writer<'_>) {
        if let Some(part) = self.part {
            out.put(&part.last);
            out.put(&part.kind);
        }
        let digits = out.style().count_digits;
        out.number(self.count, digits);
        let alone = self.part.is_some_and(|part| part.kind == MonitorType::CALL_TERMINATION);
        for started in &self.monitors {
            out.put(&started.monitor);
            if !alone {
                out.put(&started.device);
            }
        }
        if let Some(filters) = &self.filters {
            filters.write(out);
        }
    }
}
