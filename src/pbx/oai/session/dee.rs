//! Dynamic Extension Express: which devices ring with a main extension, asked by the configured query (OAI §8.3).

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use strowger_protocol::oai::{Confirmation, ConfirmationBody, Field, Line};

use super::Session;
use super::task::Task;
use crate::pbx::oai::settings::FieldMap;
use crate::pbx::session::{DeeQuerySource, DeeReport, Output};
use crate::telephony::{DeviceId, Now};

/// Fields of a confirmation before its own: sequence number, `CF`, command, invoke id, outcome.
const BEFORE: usize = 5;
/// Destinations of one main that are taken; published descriptions know ten.
const MEMBERS_MAX: usize = 100;

/// The mains whose members are wanted.
#[derive(Debug)]
pub(super) struct Members {
    mains: Arc<[DeviceId]>,
    /// Those to be asked, in order.
    to_ask: VecDeque<DeviceId>,
    /// When all are asked again.
    due: Option<Duration>,
    /// The PBX does not know the query.
    is_refused: bool,
}

impl Default for Members {
    fn default() -> Self {
        Self { mains: Arc::from([]), to_ask: VecDeque::new(), due: None, is_refused: false }
    }
}

impl Members {
    /// These from now on. Those that are new are asked first.
    pub(super) fn want(&mut self, mains: Arc<[DeviceId]>) {
        let known: BTreeSet<&DeviceId> = self.mains.iter().filter(|main| !self.to_ask.contains(main)).collect();
        self.to_ask = mains.iter().filter(|main| !known.contains(main)).cloned().collect();
        self.mains = mains;
    }

    /// Their answers may have changed.
    pub(super) fn ask_again(&mut self) {
        self.to_ask = self.mains.iter().cloned().collect();
    }

    /// A connection begins: what one PBX does not know, the next may.
    pub(super) fn started(&mut self, now: Now, interval: Duration) {
        self.is_refused = false;
        self.due = Some(now.monotonic + interval);
    }

    /// The connection, or its monitors, are gone.
    pub(super) fn paused(&mut self) {
        self.due = None;
    }

    pub(super) fn refused(&mut self) {
        self.is_refused = true;
        self.to_ask.clear();
    }

    pub(super) fn next_timer(&self) -> Option<Duration> {
        self.due
    }
}

impl Session {
    /// The next main to ask, when nothing else is to be done.
    pub(super) fn next_main(&mut self) -> Option<Task> {
        if self.settings.dee.query.is_none() || self.members.is_refused || self.members.due.is_none() {
            return None;
        }
        self.members.to_ask.pop_front().map(Task::Destinations)
    }

    pub(super) fn members_if_due(&mut self, now: Now) {
        if self.members.due.is_some_and(|due| now.monotonic >= due) {
            self.members.due = Some(now.monotonic + self.settings.dee.interval);
            self.members.ask_again();
            self.read_users();
        }
    }

    pub(super) fn take_members(&mut self, main: &DeviceId, answer: &Confirmation, line: &Line) {
        let fields = match &answer.body {
            ConfirmationBody::Unknown(fields) | ConfirmationBody::Malformed(fields) => Some(&fields[..]),
            ConfirmationBody::Empty => Some(&[][..]),
            _ => None,
        };
        if let Some(members) = fields.and_then(|fields| destinations(fields, &self.settings.dee.fields)) {
            self.out.push_back(Output::Dee(DeeReport { main: main.clone(), members, source: DeeQuerySource::Query }));
        } else {
            let shown: String = self.settings.charset.text(line).chars().take(500).collect();
            let shown = shown.escape_debug();
            self.info(format!("the answer about the destinations of {main} does not fit the configured fields: {shown}"));
        }
    }
}

/// `None`: the fields are no whole number of destinations, or one has neither extension nor number.
fn destinations(fields: &[Field], map: &FieldMap) -> Option<Vec<DeviceId>> {
    let start = map.start.checked_sub(BEFORE)?;
    let rest = fields.get(start.min(fields.len())..)?;
    // A comma at the end makes one blank field more.
    let rest = match rest.split_last() {
        Some((last, before)) if last.as_str().is_empty() && before.len().is_multiple_of(map.stride.max(1)) => before,
        _ => rest,
    };
    if !rest.len().is_multiple_of(map.stride.max(1)) {
        return None;
    }
    let mut members = Vec::new();
    for destination in rest.chunks(map.stride.max(1)).take(MEMBERS_MAX) {
        let field = |at: Option<usize>| at.and_then(|at| destination.get(at)).map_or("", |field| field.as_str().trim());
        // A place that nobody filled.
        if destination.iter().all(|field| field.as_str().trim().is_empty()) || map.skipped_kinds.iter().any(|kind| kind == field(map.kind))
        {
            continue;
        }
        let device = Some(field(map.extension)).filter(|device| !device.is_empty()).unwrap_or(field(map.number));
        if device.is_empty() {
            return None;
        }
        let device = DeviceId::new(device);
        if !members.contains(&device) {
            members.push(device);
        }
    }
    Some(members)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(line: &str, map: &FieldMap) -> Option<Vec<String>> {
        let fields: Vec<Field> = line.split(',').map(Field::of).collect();
        let members = destinations(&fields, map)?;
        Some(members.iter().map(|member| member.as_str().to_owned()).collect())
    }

    #[test]
    fn destinations_stand_where_the_map_says() {
        let default = FieldMap::default();
        let extensions = FieldMap { start: 5, stride: 1, kind: None, extension: Some(0), number: None, ..FieldMap::default() };
        let without_mail = FieldMap { skipped_kinds: vec!["3000".to_owned()], ..FieldMap::default() };
        let cases: &[(&str, &FieldMap, Option<&[&str]>)] = &[
            ("2,1000,1001,,2000,,5550123", &default, Some(&["1001", "5550123"])),
            ("2,1000,1001,,2000,,5550123,", &default, Some(&["1001", "5550123"])),
            ("0", &default, Some(&[])),
            ("", &default, Some(&[])),
            ("1,1000,|2:1001|,", &default, Some(&["2:1001"])),
            ("2,1000,1001,,,,", &default, Some(&["1001"])),
            ("2,1000,1001,,1001,1001,", &default, Some(&["1001"])),
            ("1,1000,,", &default, None),
            ("1,1000,1001", &default, None),
            ("1001,1011", &extensions, Some(&["1001", "1011"])),
            ("2,3000,2500,,1000,1001,", &without_mail, Some(&["1001"])),
        ];
        for (line, map, expected) in cases {
            let expected = expected.map(|members| members.iter().map(|member| (*member).to_owned()).collect::<Vec<_>>());
            assert_eq!(taken(line, map), expected, "{line}");
        }
    }
}
