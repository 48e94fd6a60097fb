//! An independent PBX: answers the commands of a connector in the documented layout, numbers its lines, and says what it is
//! told to say. It knows no calls: what happens is written in the flow that it tells.

use std::collections::BTreeMap;

use super::frame::Reader;
use super::plan::{Group, Plan};

/// Masks granted to FFFF by a V10.x system (OAI reference §4.2).
const MASKS: &str = "A:00FC,C:FFFE,F:1FFF";

/// One connection's far end.
pub(crate) struct Pbx {
    pub(crate) plan: Plan,
    /// Commands that it knows; empty: all that are written here. Others are answered with outcome 45.
    pub(crate) known: Vec<&'static str>,
    /// What it tells of the present state at a resync; `%` stands for the resync code.
    pub(crate) state: Vec<String>,
    /// Commands received, without their invoke ids.
    pub(crate) heard: Vec<String>,
    /// Cross references and whose they are.
    monitors: BTreeMap<String, String>,
    next_reference: u32,
    sequence: u16,
    /// After 999 comes this.
    pub(crate) wraps_to: u16,
    reader: Reader,
    is_logged_in: bool,
    /// Extensions are told with their node (`_XE`).
    is_expanded: bool,
    said: Vec<String>,
}

impl Pbx {
    pub(crate) fn new(plan: Plan) -> Self {
        Self {
            plan,
            known: Vec::new(),
            state: Vec::new(),
            heard: Vec::new(),
            monitors: BTreeMap::new(),
            next_reference: 1,
            sequence: 0,
            wraps_to: 0,
            reader: Reader::default(),
            is_logged_in: false,
            is_expanded: false,
            said: Vec::new(),
        }
    }

    /// Takes bytes from the client.
    pub(crate) fn received(&mut self, bytes: &[u8]) {
        for payload in self.reader.take(bytes) {
            if self.is_logged_in {
                let line = String::from_utf8_lossy(&payload).into_owned();
                let line = line.strip_suffix('\r').unwrap_or_else(|| panic!("a command ends with CR: {line:?}"));
                self.command(line);
            } else {
                assert_eq!(payload.first(), Some(&0x87), "the first frame is the login of a System OAI client: {payload:?}");
                assert_eq!(payload.split(|byte| *byte == 0).count(), 3, "password and application end with NUL: {payload:?}");
                self.is_logged_in = true;
                self.power_up();
            }
        }
    }

    /// The connection is gone; the next one begins with a login.
    pub(crate) fn hung_up(&mut self) {
        self.reader = Reader::default();
        self.is_logged_in = false;
        self.said.clear();
    }

    /// Says that monitors and settings are gone (OAI reference §1.5, §3): to begin with, and when the idle timer runs out.
    pub(crate) fn power_up(&mut self) {
        self.monitors.clear();
        self.sequence = 0;
        self.is_expanded = false;
        let node = u8::from(!self.plan.is_gateway());
        self.say(&format!("RS,0,02:04,070515,V10.20,V6.0.11.113,3,{node},1,3,1"));
        self.say("RD,0,");
    }

    /// Says a line: it gets its sequence number, and each `M` and extension the cross reference of that device's monitor.
    pub(crate) fn say(&mut self, line: &str) {
        let fields: Vec<String> = line.split(',').enumerate().map(|(index, field)| self.resolved(index, field)).collect();
        // The time in RS looks like a node and an extension, and is none.
        let keeps_nodes = self.is_expanded || fields[0] == "RS";
        let fields: Vec<&str> = fields.iter().map(|field| if keeps_nodes { field } else { without_node(field) }).collect();
        self.said.push(format!("{:03},{}", self.sequence, fields.join(",")));
        self.sequence = if self.sequence >= 999 { self.wraps_to } else { self.sequence + 1 };
    }

    /// Lines of which the client never hears: their numbers are spent.
    pub(crate) fn loses(&mut self, lines: u16) {
        for _ in 0..lines {
            self.say("NM,,M0,1,0");
            self.said.pop();
        }
    }

    /// What it said since the last time.
    pub(crate) fn take(&mut self) -> Vec<String> {
        std::mem::take(&mut self.said)
    }

    /// Whether a device is watched by a monitor.
    pub(crate) fn monitors(&self, extension: &str) -> bool {
        self.monitors.values().any(|watched| watched == extension)
    }

    fn resolved(&self, index: usize, field: &str) -> String {
        match field.strip_prefix('M').filter(|_| index == 2) {
            Some(extension) => {
                let known = self.monitors.iter().find(|(_, watched)| *watched == extension);
                known.map_or_else(|| "000999".to_owned(), |(reference, _)| reference.clone())
            }
            None => field.to_owned(),
        }
    }

    fn command(&mut self, line: &str) {
        let parts: Vec<&str> = line.split(',').collect();
        let (code, invoke) = (parts[0], parts.get(1).copied().unwrap_or_default());
        let arguments: Vec<&str> = parts.get(2..).unwrap_or_default().to_vec();
        self.heard.push([&[code], arguments.as_slice()].concat().join(","));
        let argument = |index: usize| arguments.get(index).copied().unwrap_or_default();
        let confirm = |outcome: &str| format!("CF,{code},{invoke},{outcome}");
        assert!(invoke.parse::<u16>().is_ok_and(|id| id > 1), "an invoke id of 2 to 65535: {line:?}");
        if !self.known.is_empty() && !self.known.contains(&code) {
            return self.say(&confirm("45"));
        }
        match code {
            "_NO" if self.plan.is_gateway() => {
                let nodes: Vec<String> = self.plan.nodes.iter().map(|node| format!(",{node},1")).collect();
                self.say(&format!("{},{}{}", confirm("0"), nodes.len(), nodes.concat()));
            }
            "_NA" if self.plan.is_gateway() => self.say(&format!("{},{}", confirm("0"), argument(0))),
            "_XE" => {
                self.is_expanded = argument(0) == "1";
                self.say(&format!("{},{}", confirm("0"), argument(0)));
            }
            "_NO" | "_AP" => self.say(&confirm("0")),
            "_MS" | "_MA" => self.monitor(code, invoke, argument(0), argument(1).parse().unwrap_or(1)),
            "_RR" => {
                self.say(&format!("{},{}", confirm("0"), argument(0)));
                self.tell_state(invoke, argument(0));
            }
            "_QX" => self.list(invoke, &arguments),
            "_QH" => match self.plan.groups.iter().find(|group| group.device.extension == argument(0)).cloned() {
                Some(group) => self.say(&format!("{},{}", confirm("0"), members(&group))),
                None => self.say(&confirm("9")),
            },
            _ => self.say(&confirm("45")),
        }
    }

    /// Present state, then the end of the resync.
    fn tell_state(&mut self, code: &str, scope: &str) {
        for line in self.state.clone() {
            let of_scope = match scope.strip_suffix(':') {
                Some(_) => line.contains(&format!(",{scope}")) || line.contains(&format!("M{scope}")),
                None => scope.is_empty() || line.contains(scope),
            };
            if of_scope {
                self.say(&line.replace('%', code));
            }
        }
        self.say(&format!("RD,{code},{scope}"));
    }

    fn monitor(&mut self, code: &str, invoke: &str, affected: &str, kind: u8) {
        let of_node = |extension: &str| affected.is_empty() || extension.starts_with(affected);
        let all = |devices: &[super::plan::Device]| -> Vec<String> {
            devices.iter().map(|device| device.extension.clone()).filter(|extension| of_node(extension)).collect()
        };
        let watched: Vec<String> = match kind {
            3 | 6 => all(&self.plan.stations),
            4 => all(&self.plan.trunks),
            9 => all(&self.plan.mailboxes),
            11 => self.plan.nodes.iter().map(|node| format!("{node}:")).filter(|node| of_node(node)).collect(),
            12 | 13 => {
                let of_kind = self.plan.groups.iter().filter(|group| (group.kind == 0) == (kind == 12));
                of_kind.map(|group| group.device.extension.clone()).filter(|extension| of_node(extension)).collect()
            }
            1 | 2 | 5 => {
                let groups = self.plan.groups.iter().map(|group| &group.device);
                let known = groups.chain(&self.plan.stations).chain(&self.plan.trunks).chain(&self.plan.mailboxes);
                known.map(|device| device.extension.clone()).filter(|extension| extension == affected).collect()
            }
            _ => Vec::new(),
        };
        if watched.is_empty() && matches!(kind, 1 | 2 | 5) {
            return self.say(&format!("CF,{code},{invoke},9"));
        }
        let masks = if kind == 11 { "S:00FE" } else { MASKS };
        let head = if code == "_MA" { format!(",1,{kind}") } else { String::new() };
        let mut line = format!("CF,{code},{invoke},0{head},{:04}", watched.len());
        let digits = if self.plan.is_gateway() { 6 } else { 3 };
        for extension in watched {
            let existing = self.monitors.iter().find(|(_, known)| **known == extension).map(|(reference, _)| reference.clone());
            let reference = existing.unwrap_or_else(|| {
                self.next_reference += 1;
                format!("{:0digits$}", self.next_reference - 1)
            });
            line = [&line, ",", &reference, ",", &extension].concat();
            self.monitors.insert(reference, extension);
        }
        let is_empty = line.ends_with(",0000");
        self.say(&format!("{line},{masks}"));
        if matches!(kind, 5 | 6) && !is_empty {
            self.tell_state(invoke, affected);
        }
    }

    /// OAI reference §7.2.
    fn list(&mut self, invoke: &str, arguments: &[&str]) {
        let argument = |index: usize| arguments.get(index).copied().unwrap_or_default();
        let asked = u32::from_str_radix(argument(2), 16).unwrap_or(0);
        let Some(known) = argument(1).parse().ok().and_then(|number| self.plan.list(number)) else {
            return self.say(&format!("CF,_QX,{invoke},31"));
        };
        let granted = asked & known.mask;
        let rows: Vec<String> = known
            .rows
            .iter()
            .filter(|(key, _)| key.starts_with(argument(0)))
            .map(|(key, fields)| {
                let fields: Vec<&str> = fields.iter().filter(|(bit, _)| granted & bit != 0).map(|(_, text)| text.as_str()).collect();
                [&[key.as_str()], fields.as_slice()].concat().join(",")
            })
            .collect();
        let size: usize = if argument(3) == "2" { argument(4).parse().unwrap_or(20) } else { usize::MAX };
        let mut chunks: Vec<&[String]> = rows.chunks(size.max(1)).collect();
        if chunks.is_empty() {
            chunks.push(&[]);
        }
        for (index, chunk) in chunks.iter().enumerate() {
            let last = u8::from(index + 1 == chunks.len());
            let mut line = format!("CF,_QX,{invoke},0,{},{granted:03X},{last},{:04}", argument(1), chunk.len());
            for row in *chunk {
                line.push(',');
                line.push_str(row);
            }
            self.say(&line);
        }
    }
}

/// As `_QH` confirms on V10: triples, then the tail.
fn members(group: &Group) -> String {
    let triples: Vec<String> = group.members.iter().map(|(agent, device, mode)| format!(",{agent},{device},{mode}")).collect();
    format!("{}{},0,{}", triples.len(), triples.concat(), group.kind)
}

/// `2:1001` is told as `1001` unless asked for otherwise; `2:` alone stays.
fn without_node(field: &str) -> &str {
    match field.split_once(':') {
        Some((node, extension))
            if !extension.is_empty() && !node.is_empty() && node.bytes().chain(extension.bytes()).all(|byte| byte.is_ascii_digit()) =>
        {
            extension
        }
        _ => field,
    }
}
