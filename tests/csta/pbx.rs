//! A small PBX that speaks CSTA, written from the reference (`docs/csta.md`) and sharing no code with the program.
//!
//! It answers what it is asked, and tells each monitored device its own copy of what happens.

use std::collections::BTreeMap;

use crate::xml::{connection, device, root, text, wrapped};

const ED4: &str = "http://www.ecma-international.org/standards/ecma-323/csta/ed4";
const SESSIONS: &str = "http://www.ecma-international.org/standards/ecma-354/appl_session";

/// What the PBX was told or asked.
#[derive(Clone, Debug)]
pub(crate) struct Heard {
    pub(crate) name: String,
    pub(crate) body: String,
}

/// Its habits, and what it knows.
#[derive(Default)]
pub(crate) struct Pbx {
    /// It says its status as soon as somebody connects.
    pub(crate) speaks_first: bool,
    /// User and password without which there is no session; `None`: it knows no sessions.
    pub(crate) login: Option<(&'static str, &'static str)>,
    /// The devices that it lists; `None`: it knows no such list.
    pub(crate) listed: Option<Vec<&'static str>>,
    /// It answers nothing at all.
    pub(crate) is_deaf: bool,
    /// Devices that cannot be monitored, and what the error says.
    pub(crate) refused: BTreeMap<&'static str, &'static str>,
    /// Agents by their devices.
    pub(crate) agents: BTreeMap<&'static str, &'static str>,
    /// For snapshots: (call, other side, own state, state of the other side) of each device.
    pub(crate) calls: BTreeMap<String, Vec<(String, String, &'static str, &'static str)>>,
    /// All that was heard since it was cleared.
    pub(crate) heard: Vec<Heard>,
    pub(crate) monitors: BTreeMap<String, String>,
    pub(crate) placed: usize,
    pub(crate) incoming: Vec<u8>,
    pub(crate) outgoing: Vec<u8>,
}

impl Pbx {
    /// A new connection: nothing of the old one holds.
    pub(crate) fn connected(&mut self) {
        self.monitors.clear();
        self.incoming.clear();
        self.outgoing.clear();
        if self.speaks_first {
            self.request("SystemStatus", "<systemStatus>enabled</systemStatus>");
        }
    }

    pub(crate) fn received(&mut self, bytes: &[u8]) {
        self.incoming.extend_from_slice(bytes);
        while self.incoming.len() >= 8 {
            let length = usize::from(u16::from_be_bytes([self.incoming[2], self.incoming[3]]));
            assert!(self.incoming[..2] == [0, 0] && length >= 8, "no header: {:?}", &self.incoming[..8]);
            if self.incoming.len() < length {
                break;
            }
            let frame: Vec<u8> = self.incoming.drain(..length).collect();
            let id = [frame[4], frame[5], frame[6], frame[7]];
            let body = String::from_utf8(frame[8..].to_vec()).expect("UTF-8");
            let name = root(&body).to_owned();
            self.heard.push(Heard { name: name.clone(), body: body.clone() });
            if !self.is_deaf {
                self.answer(id, &name, &body);
            }
        }
    }

    /// What is to be sent.
    pub(crate) fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.outgoing)
    }

    fn answer(&mut self, id: [u8; 4], name: &str, body: &str) {
        let number = |element: &str| text(body, element).and_then(|text| text.split(':').next()).unwrap_or_default().to_owned();
        match name {
            "StartApplicationSession" => match self.login {
                None => self.error(id, "serviceNotSupported"),
                Some((user, password)) if text(body, "userName") == Some(user) && text(body, "password") == Some(password) => self.frame(
                    id,
                    &format!(
                        "<StartApplicationSessionPosResponse xmlns=\"{SESSIONS}\"><sessionID>42</sessionID><actualProtocolVersion>{}\
                         </actualProtocolVersion><actualSessionDuration>180</actualSessionDuration></StartApplicationSessionPosResponse>",
                        text(body, "protocolVersion").unwrap_or_default()
                    ),
                ),
                Some(_) => self.frame(
                    id,
                    &format!(
                        "<StartApplicationSessionNegResponse xmlns=\"{SESSIONS}\"><errorCode><definedError>invalidApplicationInfo\
                         </definedError></errorCode></StartApplicationSessionNegResponse>"
                    ),
                ),
            },
            "StopApplicationSession" => {
                self.frame(id, &format!("<StopApplicationSessionPosResponse xmlns=\"{SESSIONS}\"/>"));
            }
            "SystemRegister" => self.say(id, "SystemRegisterResponse", "<sysStatRegisterID>1</sysStatRegisterID>"),
            "RequestSystemStatus" => self.say(id, "RequestSystemStatusResponse", "<systemStatus>normal</systemStatus>"),
            "GetSwitchingFunctionDevices" => match self.listed.clone() {
                None => self.error(id, "serviceNotSupported"),
                Some(numbers) => {
                    self.say(id, "GetSwitchingFunctionDevicesResponse", "<serviceCrossRefID>9</serviceCrossRefID>");
                    let entry =
                        |number: &&str| format!("<device><deviceID>{number}</deviceID><deviceCategory>station</deviceCategory></device>");
                    let list = wrapped("deviceList", &numbers.iter().map(entry).collect::<String>());
                    let head = "<serviceCrossRefID>9</serviceCrossRefID><lastSegment>true</lastSegment>";
                    self.say(*b"0001", "SwitchingFunctionDevices", &format!("{head}{list}"));
                }
            },
            "MonitorStart" => {
                let number = number("deviceObject");
                if let Some(error) = self.refused.get(number.as_str()).copied() {
                    return self.error(id, error);
                }
                self.placed += 1;
                let monitor = format!("7{:04}", self.placed);
                self.say(id, "MonitorStartResponse", &wrapped("monitorCrossRefID", &monitor));
                self.monitors.insert(number, monitor);
            }
            "SnapshotDevice" => {
                let number = number("snapshotObject");
                let entry = |(call, other, own, others): &(String, String, &str, &str)| {
                    let states = format!("{}{}", wrapped("localConnectionState", own), wrapped("localConnectionState", others));
                    let state = wrapped("localCallState", &wrapped("compoundCallState", &states));
                    let part = connection("connectionIdentifier", call, &number);
                    wrapped("snapshotDeviceResponseInfo", &format!("{part}{}{state}", device("endpointDevice", other)))
                };
                let entries: String = self.calls.get(&number).into_iter().flatten().map(entry).collect();
                self.say(id, "SnapshotDeviceResponse", &wrapped("crossRefIDorSnapshotData", &wrapped("snapshotData", &entries)));
            }
            "GetAgentState" => {
                let entry = self.agents.get(number("device").as_str()).map(|agent| {
                    let info = "<agentInfo><agentInfoItem><agentState>agentReady</agentState></agentInfoItem></agentInfo>";
                    wrapped("agentStateEntry", &format!("<agentID>{agent}</agentID><loggedOnState>true</loggedOnState>{info}"))
                });
                self.say(id, "GetAgentStateResponse", &wrapped("agentStateList", &entry.unwrap_or_default()));
            }
            // Its answers to the PBX's own requests, and what it tells on the way.
            _ if name.ends_with("Response") || name == "CSTAErrorCode" => {}
            _ => self.error(id, "serviceNotSupported"),
        }
    }

    fn error(&mut self, id: [u8; 4], word: &str) {
        self.say(id, "CSTAErrorCode", &wrapped("operation", word));
    }

    fn say(&mut self, id: [u8; 4], name: &str, inner: &str) {
        self.frame(id, &format!("<{name} xmlns=\"{ED4}\">{inner}</{name}>"));
    }

    fn frame(&mut self, id: [u8; 4], body: &str) {
        self.raw(&frame(id, format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>{body}").as_bytes()));
    }

    /// Bytes as they are.
    pub(crate) fn raw(&mut self, bytes: &[u8]) {
        self.outgoing.extend_from_slice(bytes);
    }

    /// A request of the PBX's own.
    pub(crate) fn request(&mut self, name: &str, inner: &str) {
        self.say(*b"0077", name, inner);
    }

    /// An event, to the monitor of that device, if it has one.
    pub(crate) fn event(&mut self, monitored: &str, name: &str, inner: &str) {
        if let Some(monitor) = self.monitors.get(monitored).cloned() {
            self.say(*b"9999", &format!("{name}Event"), &format!("{}{inner}", wrapped("monitorCrossRefID", &monitor)));
        }
    }

    /// The PBX ends the monitor of a device by itself.
    pub(crate) fn end_monitor(&mut self, number: &str) {
        if let Some(monitor) = self.monitors.remove(number) {
            self.request("MonitorStop", &wrapped("monitorCrossRefID", &monitor));
        }
    }

    pub(crate) fn has_monitor(&self, number: &str) -> bool {
        self.monitors.contains_key(number)
    }

    /// How often that was heard.
    pub(crate) fn heard(&self, name: &str, of: &str) -> usize {
        self.heard.iter().filter(|heard| heard.name == name && heard.body.contains(of)).count()
    }
}

/// Eight bytes of header, and the body.
pub(crate) fn frame(id: [u8; 4], body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(8 + body.len()).expect("it fits");
    [&[0, 0][..], &length.to_be_bytes(), &id, body].concat()
}
